//! What a sync needs, looked at one by one.

#[cfg(any(target_os = "macos", test))]
mod mac;

mod machine;
mod rights;

#[cfg(target_os = "macos")]
pub use mac::{answer_for_itself_where_refused, asked, permission};

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, Resource, Whereabouts};
use photobridge_core::folder::Folders;
use photobridge_core::ledger::{self, Doubt, Ledger};
use photobridge_core::library::{Identity, Library};
use photobridge_core::notices;
use photobridge_core::plan::name_of;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_folders::archive::place::is_place;
use rustix::fs::{Access, access};
use serde::Serialize;

use crate::baseline;
use crate::change;
use crate::context::Context;
use crate::folders::everywhere;
use crate::owner;
use crate::places::settings_file;
use crate::servers;
use crate::settings::check::{Findings, Remark, check};
use crate::settings::unknown::{self, Unknown};
use crate::settings::{Settings, SettingsError, is_only_read, is_system_library, library_path};
use crate::words::{count, moment, size, thousands};

/// What one check found, in words.
#[derive(Debug, Serialize)]
#[serde(tag = "state", content = "words", rename_all = "lowercase")]
pub enum Finding {
    /// It is as it should be.
    Fine(String),
    /// It may be meant so.
    Note(String),
    /// A sync would stop at it, or photos are at risk.
    Wrong(String),
}

/// What was found, as programs are told it.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// Whether nothing is wrong.
    pub is_well: bool,
    findings: Vec<Finding>,
}

impl Diagnosis {
    /// Of these findings.
    pub fn of(findings: Vec<Finding>) -> Self {
        Self { is_well: !findings.iter().any(Finding::is_wrong), findings }
    }
}

use Finding::{Fine, Note, Wrong};

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fine(words) => write!(f, "ok    {words}"),
            Note(words) => write!(f, "note  {words}"),
            Wrong(words) => write!(f, "WRONG {words}"),
        }
    }
}

impl Finding {
    /// Whether a person must do something.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Wrong(_))
    }
}

/// Checks that everything a sync needs is there. Changes nothing: what must be writable is asked for its rights, and
/// nothing is written there to see.
pub fn findings(context: &Context) -> Vec<Finding> {
    let own = library_path(&context.data, &context.settings).ok().filter(|path| !is_only_read(&path.to_string_lossy()));
    let own = own.filter(|_| !is_system_library(&context.settings));
    let mut findings = vec![data_directory(&context.data)];
    findings.extend(rights::of_ours(&context.data, own.as_deref()));
    if owner::root_must_not(&context.data).is_some() {
        // To look further would write: SQLite makes files beside a database that it only reads.
        return findings;
    }
    findings.extend(machine::findings(&context.data, own.as_deref(), &context.settings, Timestamp::now()));
    findings.extend(unknown_keys(&settings_file(&context.data)));
    findings.push(ledger(&context.data));
    let (library, looked) = library(context);
    findings.extend(library);
    let checked = check(&context.settings, &context.data);
    findings.extend(folders(context, &checked));
    if context.settings.mode.exports() {
        findings.extend(receiver(context, &checked));
        findings.extend(context.settings.receiver().and_then(rights::of_exports));
        findings.push(baseline(context, looked.as_ref().map(|looked| &looked.identity)));
    }
    // The library was looked at more closely, and whether it can be written decides what the mode can do.
    let is_told = |remark: &Remark| is_of_a_place(&remark.field) || remark.field == "mode";
    let others = checked.wrong.into_iter().filter(|remark| !is_told(remark));
    findings.extend(others.map(|Remark { field, words }| Wrong(format!("the setting {field}: {words}"))));
    let notes = checked.notes.into_iter().filter(|remark| remark.field != "mode");
    findings.extend(notes.map(|remark| Note(remark.words)));
    findings
}

/// Keys of the settings that this version does not know.
fn unknown_keys(file: &Path) -> Vec<Finding> {
    let finding =
        |unknown: &Unknown| if unknown.matters { Wrong(unknown.warning(file)) } else { Note(unknown.warning(file)) };
    unknown::found(file).iter().map(finding).collect()
}

/// What can be found where the settings cannot be read: what they would name cannot be looked at.
pub fn without_settings(data: &Path, error: &SettingsError) -> Vec<Finding> {
    // The lines of the file that a parser quotes are left out, so that it is one line.
    let words = error.to_string();
    let words: Vec<&str> = words.lines().filter(|line| !line.contains('|')).collect();
    let mut findings = vec![Wrong(words.join(" ")), data_directory(data)];
    // Whose it is may be why they cannot be read.
    findings.extend(rights::of_ours(data, None));
    if owner::root_must_not(data).is_none() {
        findings.push(ledger(data));
        findings.push(Note("the folders and the library are looked at once the settings can be read".into()));
    }
    findings
}

/// Lets a program that is to use the Mac's Photos answer for itself before macOS, where the app that it was started from may be
/// one that can never ask. Such a program starts again, and this does not come back.
#[cfg_attr(not(target_os = "macos"), expect(unused_variables, reason = "no other system asks so"))]
pub fn answer_for_itself(settings: &Settings) {
    #[cfg(target_os = "macos")]
    if is_system_library(settings) {
        use photobridge_libraries::photos::authorization::ask;

        // A refusal without a question comes at once; an answer is waited for by whoever opens the library.
        let status = ask(&photobridge_photokit::System, std::time::Duration::from_secs(5));
        answer_for_itself_where_refused(status);
    }
}

fn data_directory(data: &Path) -> Finding {
    let place = data.display();
    let Some(nearest) = data.ancestors().find(|path| path.exists()) else {
        return Wrong(format!("the data directory {place} cannot be created"));
    };
    match access(nearest, Access::WRITE_OK | Access::EXEC_OK) {
        Err(error) => Wrong(format!("the data directory {place} cannot be written to: {error}")),
        Ok(()) if data.exists() => Fine(format!("the data directory is {place}")),
        Ok(()) => Fine(format!("the data directory will be {place}")),
    }
}

fn ledger(data: &Path) -> Finding {
    match data.join(ledger::FILE).try_exists() {
        Ok(true) => {}
        Ok(false) => return Fine("there is no ledger yet; the first run makes it".into()),
        Err(error) => return Wrong(format!("whether {} has a ledger cannot be seen: {error}", data.display())),
    }
    let checked = Ledger::open(data).and_then(|ledger| Ok((ledger.check()?, ledger.counts()?.0)));
    match checked {
        Err(error) => Wrong(error.to_string()),
        Ok((problems, links)) => match problems.first() {
            None => Fine(format!("the ledger is whole and knows {}", count(links, "photo"))),
            Some(problem) => {
                Wrong(format!("the ledger is damaged ({problem}); `photobridge ledger rebuild` makes a new one"))
            }
        },
    }
}

/// What could be read of the library.
struct Looked {
    identity: Identity,
    photos: u64,
    only_in_icloud: u64,
}

/// The library, and what it is if it can be read; where it is the Mac's own, also what macOS allows.
fn library(context: &Context) -> (Vec<Finding>, Option<Looked>) {
    #[cfg(target_os = "macos")]
    if is_system_library(&context.settings) {
        let place = library_path(&context.data, &context.settings).unwrap_or_default();
        return mac::findings(&mac::facts(&place), || opened(context));
    }
    opened(context)
}

fn opened(context: &Context) -> (Vec<Finding>, Option<Looked>) {
    let opened = context.library().map_err(|error| error.to_string());
    let looked = opened.and_then(|mut library| {
        let (found, looked) = look(context, library.as_mut())?;
        Ok((found, looked, library.properties().writable))
    });
    match looked {
        Err(wrong) => (vec![Wrong(wrong)], None),
        Ok((found, looked, writable)) => {
            let mut findings = vec![found];
            if !writable && context.settings.mode.imports() {
                let what = "this library is read-only: new photos in the folder are reported, not imported";
                findings.push(Note(what.into()));
            }
            (findings, Some(looked))
        }
    }
}

fn look(context: &Context, library: &mut dyn Library) -> Result<(Finding, Looked), String> {
    let snapshot = library.snapshot(&Silent, &Cancel::new()).map_err(|error| error.to_string())?;
    let identity = library.identity();
    let knew = context.data.join(ledger::FILE).exists()
        && Ledger::open(&context.data).and_then(|ledger| ledger.knew_library_at(&identity.path)).unwrap_or(false);
    let place = identity.path.display();
    if identity.uuid.is_none() && knew {
        return Err(format!("the library {place} is missing. Check that its disk is connected"));
    }
    let lies = |asset: &Asset, at| asset.originals().any(|original| original.whereabouts == at);
    let number = |at| snapshot.assets.iter().filter(|asset| lies(asset, at)).count() as u64;
    let is_away = |asset: &&Asset| asset.primary().is_some_and(|primary| primary.whereabouts == Whereabouts::Cloud);
    let only_in_icloud = snapshot.assets.iter().filter(is_away).count() as u64;
    let photos = snapshot.assets.len() as u64;
    let trashed = snapshot.assets.iter().filter(|asset| asset.standing.trashed).count() as u64;
    let looked = Looked { identity: identity.clone(), photos, only_in_icloud };
    let lost = snapshot.assets.iter().find_map(a_lost_file);
    let unread = number(Whereabouts::Unread);
    let found = if unread > 0 {
        Wrong(format!(
            "the library {place} holds {} whose originals could not be looked at, as their directories cannot be listed. \
             They are not lost by that. Check the rights of the library and its disk",
            count(unread, "photo")
        ))
    } else if let Some(lost) = lost {
        Wrong(format!(
            "the library {place} lists {} whose originals are gone (one is {lost}). Keep every other copy of them",
            count(number(Whereabouts::Missing), "photo")
        ))
    } else {
        let away = match looked.only_in_icloud {
            0 => String::new(),
            away => format!(", {} only in iCloud", thousands(away)),
        };
        let trash = match trashed {
            0 => String::new(),
            trashed => format!(", {} of them in its trash", thousands(trashed)),
        };
        let writable = if library.properties().writable { "" } else { ", read-only" };
        Fine(format!("the library {place} has {}{trash}{away}{writable}", count(looked.photos, "photo")))
    };
    Ok((found, looked))
}

/// What a file is called that the library lists of this asset and has lost: a negative, or the movie of a Live Photo, is
/// lost like the picture itself.
fn a_lost_file(asset: &Asset) -> Option<String> {
    let is_lost = |file: &Resource| file.role.is_original() && file.whereabouts == Whereabouts::Missing;
    let at = asset.resources.iter().position(is_lost)?;
    Some(name_of(asset, at as u16))
}

/// Whether a remark about this setting is told with the folder or library that it is of.
fn is_of_a_place(field: &str) -> bool {
    matches!(field, "library" | "export.folder") || field.ends_with(".path")
}

fn folders(context: &Context, checked: &Findings) -> Vec<Finding> {
    let folders = &context.settings.folder;
    if folders.is_empty() {
        return vec![Note("no folder is set up yet: `photobridge config folder DIR`".into())];
    }
    let looked =
        folders.iter().enumerate().map(|(at, folder)| match checked.wrong_with(&format!("folder.{at}.path")) {
            Some(_) if was_read(context, &folder.path) => Note(notices::thrown_away(&folder.path)),
            Some(wrong) => Wrong(wrong.to_owned()),
            None if servers::is_address(&folder.path) => server(context, &folder.path),
            None => match doubt(context, &folder.path).filter(|_| !context.settings.mode.exports()) {
                Some(words) => Note(words),
                None => Fine(format!("the folder {} can be read", folder.path.display())),
            },
        });
    looked.collect()
}

/// Whether these are archives that were read before.
fn was_read(context: &Context, path: &Path) -> bool {
    let known = || Ledger::look(&context.data).ok()??.folder_paths().ok();
    let place = || change::whole(&path.to_string_lossy()).ok();
    is_place(path) && known().zip(place()).is_some_and(|(known, place)| known.contains(&place))
}

/// A folder on a server. Where exports go, what the server can is found out.
fn server(context: &Context, place: &Path) -> Finding {
    let shown = place.display();
    let folder = match servers::open(&context.data, place) {
        Ok(folder) => folder,
        Err(error) => return Wrong(format!("the folder {shown} cannot be read: {error}")),
    };
    if !context.settings.mode.exports() || context.settings.receiver() != Some(place) {
        return Fine(format!("the folder {shown} can be read"));
    }
    match servers::what_it_can(&folder) {
        Ok((true, words)) => Fine(words),
        Ok((false, words)) | Err(words) => Wrong(words),
    }
}

/// The folder that exports go to.
fn receiver(context: &Context, checked: &Findings) -> Option<Finding> {
    let path = context.settings.receiver()?;
    let place = path.display();
    let is_named = !context.settings.export.folder.as_os_str().is_empty();
    match checked.wrong_with("export.folder") {
        Some(wrong) => return Some(Wrong(wrong.to_owned())),
        // Told with the folder.
        None if !is_named && checked.wrong_with("folder.0.path").is_some() => return None,
        None => {}
    }
    if let Some(words) = doubt(context, path) {
        return Some(Wrong(words));
    }
    Some(match everywhere(&context.data).open(path).and_then(|folder| folder.free_space()) {
        Ok(Some(free)) if free < machine::LITTLE => machine::scarce("the exports", path, free),
        Ok(Some(free)) => {
            Fine(format!("exports go to {place}, which can be written to; {} are free there", size(free)))
        }
        Ok(None) => Fine(format!("exports go to {place}, which can be written to")),
        Err(error) => Wrong(format!("the disk of {place} does not say how much is free: {error}")),
    })
}

/// Why the folder that exports go to may be another one than it seems.
fn doubt(context: &Context, path: &Path) -> Option<String> {
    let folders = everywhere(&context.data);
    let (folder, own) = (folders.open(path).ok()?, context.settings.folder_paths());
    let doubt = Ledger::look(&context.data).ok()??.doubt_about(&*folder, &folders, &own).ok()??;
    let place = path.display();
    let (before, same) = match &doubt {
        Doubt::Another { .. } => ("Connect its disk, or say what it is", place.to_string()),
        Doubt::MayBe { from, .. } => ("Say whether it is that folder", from.display().to_string()),
    };
    Some(format!("{place} {doubt}. {before} with `photobridge sync --same-as {same}` or `--new-folder`"))
}

/// From when on photos go out, and whether that is remembered of this library, if it could be looked at.
fn baseline(context: &Context, library: Option<&Identity>) -> Finding {
    let Some(instant) = context.settings.export.baseline else {
        return Note("there is no baseline yet: the first export sets it".into());
    };
    let shown = moment(instant);
    if instant > Timestamp::now() {
        return Wrong(format!(
            "the baseline, {shown}, is in the future: the clock was wrong when it was set. `photobridge baseline set` sets it to now"
        ));
    }
    let Some(library) = library else { return Fine(format!("the baseline is {shown}")) };
    match baseline::held_by(&context.data, library, instant) {
        Ok(Some(held)) => {
            Fine(format!("the baseline is {shown}; added to the library before it: {}", count(held as u64, "photo")))
        }
        Ok(None) => Note(format!(
            "the baseline is {shown}, and what this library had then is not known: what a phone brings late, with \
             an earlier date, counts as old. `photobridge baseline set {instant}` remembers it anew, and leaves the \
             baseline where it is"
        )),
        // Told with the ledger.
        Err(_) => Fine(format!("the baseline is {shown}")),
    }
}
