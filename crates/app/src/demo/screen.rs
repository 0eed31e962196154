//! What the demo prints. It says only what the runs reported and what the library and the folder hold
//! now, never what was meant to happen.

use std::path::Path;

use photobridge_core::asset::{Asset, MediaKind, ResourceRole};
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Ruling, VerdictLine};
use photobridge_core::sync::Finished;
use photobridge_media as media;

use super::{Household, Story, applied, export, import};
use crate::words::{clean, count, thousands};

/// Columns that fit every terminal of today.
const COLUMNS: usize = 100;

/// The whole screen.
pub fn tell(root: &Path, household: &Household, story: &Story, program: &Path) -> String {
    let mut lines = opening(root, story);
    lines.extend(imported(story));
    lines.extend(left(&story.synced));
    lines.extend(exported(story));
    lines.extend(stayed(&story.synced));
    lines.extend(failed(&story.synced));
    lines.extend(proof(story));
    lines.extend(next(root, household, program, story));
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn opening(root: &Path, story: &Story) -> Vec<String> {
    let files = count(story.before.folder.len() as u64, "file");
    let held = count(story.before.library.assets.len() as u64, "photo");
    vec![
        "Photobridge created a small sample household and synced it both ways. The pictures are painted;".into(),
        "none of your files were read or touched. Everything is in".into(),
        format!("  {}", shown(root)),
        format!("    Nextcloud/Photos   {files} of two phones, a camera and WhatsApp"),
        format!("    Photos library     Photobridge's own library; it had {held}"),
        "    data               the settings, and what Photobridge remembers of each run".into(),
        String::new(),
    ]
}

fn imported(story: &Story) -> Vec<String> {
    let (first_in, first_out) = (import(&story.first), export(&story.first));
    let (came, went) = (import(&story.synced), export(&story.synced));
    let is_kept = (came.applied, went.applied) == (first_in.planned, first_out.planned);
    let kept = if is_kept { "just that" } else { "SOMETHING ELSE" };
    let mut lines = vec![
        format!(
            "simulate found {} in the folder (a Live Photo, or RAW with JPEG, is one) and {} in the library,",
            count(came.seen, "item"),
            thousands(went.seen)
        ),
        format!(
            "and planned to import {} and to export {}.",
            thousands(first_in.planned),
            thousands(first_out.planned)
        ),
        format!("sync did {kept}: {} imported", thousands(came.applied)),
    ];
    let applied = applied(&story.synced, Way::Import);
    for (at, line) in applied.iter().enumerate() {
        let path = line.path.as_deref().unwrap_or("?");
        let assets = &story.after.library.assets;
        let asset = assets.iter().find(|asset| Some(&*asset.id.0) == line.asset.as_deref());
        let same_name = applied[..at].iter().find(|other| name(other) == name(line));
        let note = asset.map(|asset| note(asset, line, same_name)).unwrap_or_default();
        lines.push(format!("  {path:34}{note}").trim_end().into());
    }
    lines
}

fn name(line: &VerdictLine) -> Option<&str> {
    line.path.as_deref()?.rsplit('/').next()
}

/// What is worth saying of an imported item, as the library now holds it.
fn note(asset: &Asset, line: &VerdictLine, same_name: Option<&VerdictLine>) -> String {
    let details = asset.details.as_deref();
    let title = details.and_then(|details| details.title.as_deref());
    if asset.resource(ResourceRole::PairedVideo).is_some() {
        "with its video: one Live Photo".into()
    } else if asset.resource(ResourceRole::AlternatePhoto).is_some() {
        "with its RAW: one photo".into()
    } else if let Some((title, details)) = title.zip(details) {
        format!("with “{title}” and {} of its .xmp", count(details.keywords.len() as u64, "keyword"))
    } else if same_name.is_some() {
        "another photo of the same name: both are in".into()
    } else if let (Some("file name" | "file time"), Some(captured)) = (line.captured_from.as_deref(), &line.captured)
        && name(line).and_then(media::captured_from_name).is_some()
    {
        format!("no date inside; its name says {}", captured.split('T').next().unwrap_or(captured))
    } else if asset.kind == MediaKind::Video {
        "a video".into()
    } else {
        String::new()
    }
}

/// What stayed on its side.
fn skipped(synced: &Finished, direction: Way) -> Vec<VerdictLine> {
    synced.lines().filter(|line| line.direction == direction && line.verdict == Ruling::Skipped).collect()
}

fn left(synced: &Finished) -> Vec<String> {
    let skipped = skipped(synced, Way::Import);
    let mut lines = vec![format!("and {} not imported, each for a reason", thousands(skipped.len() as u64))];
    for line in &skipped {
        let reason = line.reason.map(Reason::as_str).unwrap_or_default();
        let path = line.path.as_deref().unwrap_or("?");
        let other = line.matched.as_deref().filter(|_| line.reason == Some(Reason::SameBytesAs)).unwrap_or_default();
        lines.push(format!("  {path:38}{reason} {other}").trim_end().into());
        lines.extend(because(line).map(|why| format!("      {why}")));
    }
    lines
}

/// A reason in words, with what decided.
fn because(line: &VerdictLine) -> Option<String> {
    let original = line.matched_name().unwrap_or("?");
    Some(match line.reason? {
        Reason::SameBytes => format!("The library has {original}, equal byte for byte."),
        Reason::SameShot => {
            format!("The library has {original}: same camera, same size, same second, different format.")
        }
        Reason::SameBytesAs => "Two copies of one photo; one is enough.".into(),
        Reason::OnlineOnly => "A placeholder of Nextcloud's. The photo is imported once it is on this disk.".into(),
        Reason::Truncated => {
            let why = line.error.as_deref().unwrap_or("the file is shorter than it says");
            format!("Incomplete: {why}. It is imported once it is complete.")
        }
        Reason::NotSupported => "Photos doesn't support this file type. It stays in the folder.".into(),
        _ => return line.error.clone(),
    })
}

fn exported(story: &Story) -> Vec<String> {
    let applied = applied(&story.synced, Way::Export);
    let mut lines =
        vec![String::new(), format!("sync also exported {} from the library", thousands(applied.len() as u64))];
    for line in &applied {
        let original = line.name.as_deref().unwrap_or("?");
        let path = line.path.as_deref().unwrap_or("?");
        let together = line.files.iter().filter_map(|file| file.path.as_deref()).nth(1);
        let note = if let Some(video) = together {
            format!("with {}: both halves of a Live Photo", last(video))
        } else if last(path) != original {
            "the month has another photo of that name".into()
        } else {
            String::new()
        };
        lines.push(format!("  {:42}{note}", format!("{original:13} \u{2192} {path}")).trim_end().into());
    }
    lines
}

/// What the library keeps for itself, or need not give.
fn stayed(synced: &Finished) -> Vec<String> {
    let skipped = skipped(synced, Way::Export);
    let mut lines = vec![format!("and {} not exported, each for a reason", thousands(skipped.len() as u64))];
    for line in &skipped {
        let reason = line.reason.map(Reason::as_str).unwrap_or_default();
        let path = line.path.as_deref().unwrap_or("?");
        lines.push(format!("  {:38}{reason}", line.name.as_deref().unwrap_or("?")));
        let why = match line.reason {
            Some(Reason::Hidden) => "It is in the Hidden album, so it should not appear in a folder.".into(),
            Some(Reason::SameBytes) => format!("The folder has {path}, equal byte for byte."),
            Some(Reason::SameShot) => format!("The folder has {path}, the same shot in another format."),
            Some(reason) => reason.explanation(Way::Export).to_owned(),
            None => String::new(),
        };
        lines.push(format!("      {why}"));
    }
    lines
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Says what failed, which a demo hardly ever has to.
fn failed(synced: &Finished) -> Vec<String> {
    let failed = synced.lines().filter(|line| line.verdict == Ruling::Failed);
    let line =
        |line: VerdictLine| format!("  FAILED {}: {}", line.path.unwrap_or_default(), line.error.unwrap_or_default());
    let stopped = synced.report.stopped.iter().map(|why| format!("  STOPPED: {why}"));
    failed.map(line).chain(stopped).collect()
}

/// What was checked: both sides before and after, and that nothing is left to do.
fn proof(story: &Story) -> Vec<String> {
    let report = "which must never happen: please report it";
    let files = count(story.before.folder.len() as u64, "file");
    let folder = match story.folder_is_kept() {
        true => format!("  folder    the {files} that were there have the same bytes and dates"),
        false => format!("  folder    A FILE IS GONE OR CHANGED, {report}"),
    };
    let held = count(story.before.library.assets.len() as u64, "photo");
    let library = match story.library_is_kept() {
        true => format!("  library   the originals of the {held} that were there have the same bytes"),
        false => format!("  library   AN ORIGINAL IS GONE OR CHANGED, {report}"),
    };
    let new = match story.arrivals_are_whole() {
        true => "  new       every copied file has the same bytes on both sides".into(),
        false => format!("  new       A COPY DIFFERS, {report}"),
    };
    let again = match import(&story.again).planned + export(&story.again).planned {
        0 => "A second simulate has nothing to import and nothing to export.".into(),
        more => format!("A SECOND simulate WANTS TO COPY {more}, {report}"),
    };
    let heading = "All files on both sides were read before and after:".into();
    vec![String::new(), heading, folder, library, new, again, String::new()]
}

/// What to try next, as commands that can be copied.
fn next(root: &Path, household: &Household, program: &Path, story: &Story) -> Vec<String> {
    let photobridge = format!("{} --data-dir {}", quoted(program), quoted(&household.data));
    let mut lines = vec![
        "See all of it on a page, with pictures (press Ctrl-C to stop it):".into(),
        format!("  {photobridge} serve"),
        "Copy in a photo of your own, and see what sync would do with it:".into(),
        format!("  cp YOUR-PHOTO.jpg {}", quoted(&household.photos)),
        format!("  {photobridge} simulate"),
        "See what happened to every single item:".into(),
    ];
    lines.push(format!("  {photobridge} history {}", story.synced.report.run));
    let same_shot = skipped(&story.synced, Way::Import).into_iter().find(|line| line.reason == Some(Reason::SameShot));
    if let Some(path) = same_shot.and_then(|line| line.path) {
        lines.push("Import that same shot as well, with the next sync:".into());
        let file = quoted(&household.photos.join(path));
        let command = format!("  {photobridge} decide take-in");
        if command.chars().count() + 1 + file.chars().count() <= COLUMNS {
            lines.push(format!("{command} {file}"));
        } else {
            lines.extend([format!("{command} \\"), format!("    {file}")]);
        }
    }
    lines.push("Move the exports back out of the folder, without deleting them:".into());
    lines.push(format!("  {photobridge} undo {}", story.synced.report.run));
    lines.push(format!("Delete all of it (there is nothing anywhere else):  rm -r {}", quoted(root)));
    lines
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = shown(path);
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_every_path() {
        for (path, expected) in [
            ("/tmp/demo/data", "/tmp/demo/data"),
            ("photobridge-demo (2)", "'photobridge-demo (2)'"),
            ("Anna's photos", r"'Anna'\''s photos'"),
            ("~tmp/$HOME", "'~tmp/$HOME'"),
        ] {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }
}
