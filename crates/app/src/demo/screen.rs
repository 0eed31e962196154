//! The one screen that the demo prints. It says only what the runs reported and what the library and the folder hold
//! now, never what was meant to happen.

use std::path::Path;

use photobridge_core::asset::{Asset, MediaKind, ResourceRole};
use photobridge_core::reason::Reason;
use photobridge_core::report::VerdictLine;
use photobridge_core::sync::Finished;

use super::{Household, Story, import};
use crate::words::{clean, count, thousands};

/// Columns that fit every terminal of today.
const COLUMNS: usize = 100;

/// The whole screen.
pub fn tell(root: &Path, household: &Household, story: &Story, program: &Path) -> String {
    let mut lines = opening(root, story);
    lines.extend(imported(story));
    lines.extend(left(&story.synced));
    lines.extend(failed(&story.synced));
    lines.extend(proof(story));
    lines.extend(next(root, household, program, story));
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn opening(root: &Path, story: &Story) -> Vec<String> {
    let files = count(story.before.len() as u64, "file");
    let held = count(story.held as u64, "photo");
    vec![
        "Photobridge made a small household to play with, and synced it. The pictures are painted;".into(),
        "nothing of yours was read or touched. Everything lies in".into(),
        format!("  {}", shown(root)),
        format!("    Nextcloud/Photos   {files} of a phone, a camera and WhatsApp"),
        format!("    Photos library     a photo library of Photobridge's own; it held {held}"),
        "    data               the settings, and what Photobridge remembers of each run".into(),
        String::new(),
    ]
}

fn imported(story: &Story) -> Vec<String> {
    let (first, synced) = (import(&story.first), import(&story.synced));
    let seen = count(synced.seen, "item");
    let planned = thousands(first.planned);
    let kept = if synced.applied == first.planned { "just that" } else { "SOMETHING ELSE" };
    let mut lines = vec![
        format!("simulate found {seen} (a Live Photo, or RAW with JPEG, is one) and planned to import {planned}."),
        format!("sync did {kept}: {} imported", thousands(synced.applied)),
    ];
    let applied: Vec<VerdictLine> = story.synced.lines().filter(|line| line.verdict == "applied").collect();
    for (at, line) in applied.iter().enumerate() {
        let path = line.path.as_deref().unwrap_or("?");
        let asset = story.library.assets.iter().find(|asset| Some(&*asset.id.0) == line.asset.as_deref());
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
    } else if let (Some("file name"), Some(captured)) = (line.captured_from.as_deref(), &line.captured) {
        format!("no date inside; its name says {}", captured.split('T').next().unwrap_or(captured))
    } else if asset.kind == MediaKind::Video {
        "a video".into()
    } else {
        String::new()
    }
}

fn left(synced: &Finished) -> Vec<String> {
    let skipped: Vec<VerdictLine> = synced.lines().filter(|line| line.verdict == "skipped").collect();
    let mut lines = vec![format!("and {} left where they are, each for a reason", thousands(skipped.len() as u64))];
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
    let matched = line.matched.as_deref().unwrap_or("?");
    let original = matched.split_once(": ").map_or(matched, |(_, name)| name);
    Some(match line.reason? {
        Reason::SameBytes => format!("The library holds {original}, equal byte by byte."),
        Reason::SameShot => {
            format!("The library holds {original}: same camera, same size, same second, only another format.")
        }
        Reason::SameBytesAs => "Two copies of one photo; one is enough.".into(),
        Reason::OnlineOnly => "A stand-in of Nextcloud's. The photo is taken when it has arrived on this disk.".into(),
        Reason::Truncated => {
            let why = line.error.as_deref().unwrap_or("the file is shorter than it says");
            format!("Half a file: {why}. Once it is whole, it is taken.")
        }
        Reason::NotSupported => "Photos could not show it. It stays what it is: a file in the folder.".into(),
        _ => return line.error.clone(),
    })
}

/// Says what failed, which a demo hardly ever has to.
fn failed(synced: &Finished) -> Vec<String> {
    let failed = synced.lines().filter(|line| line.verdict == "failed");
    let line =
        |line: VerdictLine| format!("  FAILED {}: {}", line.path.unwrap_or_default(), line.error.unwrap_or_default());
    let stopped = synced.report.stopped.iter().map(|why| format!("  STOPPED: {why}"));
    failed.map(line).chain(stopped).collect()
}

/// What was checked: the folder before and after, and that nothing is left to do.
fn proof(story: &Story) -> Vec<String> {
    let files = count(story.after.len() as u64, "file");
    let folder = if story.before == story.after {
        format!("The folder is as it was: {files} read before and after, the same bytes and dates.")
    } else {
        "THE FOLDER CHANGED, which must never happen: please report it.".into()
    };
    let again = match import(&story.again).planned {
        0 => "A second simulate has nothing to import.".into(),
        more => format!("A SECOND simulate WANTS TO IMPORT {more}, which must never happen: please report it."),
    };
    let holds = count(story.library.assets.len() as u64, "photo");
    vec![String::new(), folder, format!("The library holds {holds} now. {again}"), String::new()]
}

/// What to try next, as commands that can be copied.
fn next(root: &Path, household: &Household, program: &Path, story: &Story) -> Vec<String> {
    let photobridge = format!("{} --data-dir {}", quoted(program), quoted(&household.data));
    let mut lines = vec![
        "Go on from here. Copy a photo of your own in, and see what sync would do with it:".into(),
        format!("  cp YOUR-PHOTO.jpg {}", quoted(&household.photos)),
        format!("  {photobridge} simulate"),
        "Read what became of every single item:".into(),
    ];
    lines.push(format!("  {photobridge} history {}", story.synced.report.run));
    let same_shot = story.synced.lines().find(|line| line.reason == Some(Reason::SameShot));
    if let Some(path) = same_shot.and_then(|line| line.path) {
        lines.push("Take that same shot in as well, with the next sync:".into());
        let file = quoted(&household.photos.join(path));
        let command = format!("  {photobridge} decide take-in");
        if command.chars().count() + 1 + file.chars().count() <= COLUMNS {
            lines.push(format!("{command} {file}"));
        } else {
            lines.extend([format!("{command} \\"), format!("    {file}")]);
        }
    }
    lines.push(format!("Throw all of it away (nothing lies anywhere else):  rm -r {}", quoted(root)));
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
