//! One setting, changed as a person types it.

use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use photobridge_core::ledger::{self, Ledger};
use photobridge_core::lock::Lock;
use photobridge_core::run::Mode;
use photobridge_folders::archive::place::is_place;

use crate::arguments::ConfigArguments;
use crate::baseline;
use crate::context::Context;
use crate::exit::Error;
use crate::places;
use crate::servers;
use crate::settings::check::{Findings, Remark, WHOLE_DISK, check_change};
use crate::settings::environment;
use crate::settings::{self, FolderSettings, Settings, SettingsError, Version, Wanted, home, is_only_read};
use crate::terminal::confirm;

/// Changes one setting as a person types it. Returns what the file says now, and what should be known besides.
pub fn change(
    data: &Path,
    key: &str,
    value: &str,
    arguments: &ConfigArguments,
) -> Result<(String, Vec<String>), Error> {
    if key != "folder" && (arguments.remove || arguments.album.is_some()) {
        return Err(Error::Usage(
            "--album and --remove work only with `config folder DIR`. Nothing was changed".into(),
        ));
    }
    let path = &places::settings_file(data);
    let invalid = |why| SettingsError::Invalid { path: path.to_owned(), why };
    let refused = |why| SettingsError::Refused { key: key.to_owned(), value: value.to_owned(), why };
    let text = settings::text(path)?;
    let before = Settings::parse(&text).map_err(invalid)?;
    let mut says = format!("Set {key} = {value} in {}", path.display());
    let new = match key {
        "folder" => {
            let (wanted, told) = with_folder(&before, value, arguments).map_err(refused)?;
            says = told;
            settings::edited(&text, &Wanted::by_path(&before, wanted)).map_err(invalid)?
        }
        // Another command may be given elsewhere.
        "export.folder" if servers::is_address(Path::new(value)) => {
            let place = servers::place(value).unwrap_or_else(|| value.into());
            settings::with(path, &text, key, &place.to_string_lossy())?
        }
        "library" | "export.folder" if !matches!(value, "" | "photos") => {
            let absolute = std::path::absolute(home(value)).map_err(|error| refused(error.to_string()))?;
            settings::with(path, &text, key, &absolute.to_string_lossy())?
        }
        _ => settings::with(path, &text, key, value)?,
    };
    let mut after = Settings::parse(&new).map_err(invalid)?;
    let mut new = new;
    let must_export = key == "library" && is_only_read(&after.library) && after.mode == Mode::Import;
    if must_export {
        new = settings::with(path, &new, "mode", Mode::Export.as_str())?;
        after.mode = Mode::Export;
    }
    if let Some(why) = after.export.baseline.and_then(|instant| baseline::is_to_come(instant, Timestamp::now()))
        && after.export.baseline != before.export.baseline
    {
        return Err(refused(why).into());
    }
    let Findings { mut wrong, notes } = check_change(&before, &after, data);
    // Asked about once nothing else is wrong.
    wrong.sort_by_key(|remark| remark.words == WHOLE_DISK);
    if wrong.first().is_some_and(|remark| remark.words == WHOLE_DISK)
        && confirm("/ is the whole disk. Use all of it as a folder of photos?", arguments.yes)?
    {
        wrong.clear();
    }
    let words = |remarks: Vec<Remark>| remarks.into_iter().map(|remark| remark.words).collect::<Vec<_>>();
    if !wrong.is_empty() {
        return Err(refused(words(wrong).join("; ")).into());
    }
    settings::replace(path, &Version::of(&text), |_| Ok(new))?;
    let mut notes: Vec<String> = words(notes).into_iter().map(|note| format!("Note: {note}")).collect();
    if must_export {
        notes.insert(
            0,
            "mode = export, too: this library is read-only, so photos can be copied out of it, but not into it.".into(),
        );
    }
    notes.extend(environment::giver(key).map(|giver| {
        format!("Note: the environment variable {giver} overrides it, so this changes nothing as long as that is set.")
    }));
    let settings = Settings::read(path)?;
    if (key == "mode" || must_export) && settings.mode.exports() {
        notes.extend(exports_are_on(Context { data: data.to_owned(), settings, quiet: true, verbose: false })?);
    }
    Ok((says, notes))
}

/// The settings with a source folder added, changed or removed, and what is to be said of it.
fn with_folder(before: &Settings, name: &str, arguments: &ConfigArguments) -> Result<(Settings, String), String> {
    let mut wanted = before.clone();
    let path = whole(name).map_err(|error| error.to_string())?;
    let shown = path.display();
    let at = before.folder.iter().position(|folder| is_at(folder, &path));
    let album = arguments.album.clone().map(|album| Some(album).filter(|album| !album.is_empty()));
    let says = match (at, album) {
        (Some(at), _) if arguments.remove => {
            wanted.folder.remove(at);
            format!(
                "Removed {shown} from the folders. Its files are untouched. If the folder is gone for good, \
                 `photobridge config folder {shown} --gone` lets its photos be exported to others."
            )
        }
        (None, _) if arguments.remove => return Err("it is not one of the source folders".into()),
        (Some(_), None) => return Err("it is already a source folder".into()),
        (Some(at), Some(album)) => {
            let says = goes_into(&path, album.as_deref());
            wanted.folder[at].album = album;
            says
        }
        (None, album) => {
            let named = as_named(name).unwrap_or_else(|| path.clone());
            let album = album.flatten();
            let into = album.as_deref().map(|album| format!(" {}", goes_into(&path, Some(album))));
            let says = format!("Added the folder {}.{}", named.display(), into.unwrap_or_default());
            wanted.folder.push(FolderSettings { album, ..FolderSettings::whole(named) });
            says
        }
    };
    Ok((wanted, says))
}

/// Which album the photos of a folder go into, as a sentence.
fn goes_into(folder: &Path, album: Option<&str>) -> String {
    let folder = folder.display();
    match album {
        Some(album) => format!("Photos from {folder} go into the album \u{201c}{album}\u{201d}."),
        None => format!("Photos from {folder} go into the album of all folders."),
    }
}

/// From now on photos go out: says from when, and what must not happen besides.
fn exports_are_on(mut context: Context) -> Result<Vec<String>, Error> {
    let begun = baseline::begin(&mut context)?;
    let from = begun.map(|begun| format!("{} To export them, too: `photobridge sync --full-library`.", begun.words()));
    Ok(from.into_iter().chain([baseline::OWN_UPLOAD.to_owned()]).collect())
}

/// The whole path of a folder; one that is gone can still be named.
pub fn whole(name: &str) -> std::io::Result<PathBuf> {
    if let Some(address) = servers::place(name) {
        return Ok(address);
    }
    std::path::absolute(home(name)).map(canonical)
}

/// Where it lies whatever links lead to it, as far as it is there; of archives, where their directory does.
fn canonical(absolute: PathBuf) -> PathBuf {
    let found = match absolute.file_name().zip(absolute.parent()).filter(|_| is_place(&absolute)) {
        Some((name, directory)) => std::fs::canonicalize(directory).map(|directory| directory.join(name)),
        None => std::fs::canonicalize(&absolute),
    };
    found.unwrap_or_else(|_| places::led_to(&absolute))
}

/// The whole path of a folder as a person named it: a link may lead elsewhere one day, and so then do they mean it.
fn as_named(name: &str) -> Option<PathBuf> {
    if servers::is_address(Path::new(name)) {
        return None;
    }
    let absolute = std::path::absolute(home(name)).ok()?;
    let is_plain = absolute.components().all(|part| part != Component::ParentDir);
    is_plain.then_some(absolute)
}

/// Whether a folder of the settings lies at this whole path.
pub fn is_at(folder: &FolderSettings, path: &Path) -> bool {
    canonical(folder.path.clone()) == path
}

/// What that means for what came from it.
pub const RELEASED: &str = "can be exported to other folders from now on.";

/// A folder is gone for good, also one that is still set up: the settings name it no longer. Returns what is to be told.
pub fn give_up(data: &Path, folder: &str) -> Result<String, Error> {
    let path = whole(folder).map_err(|error| Error::Io(folder.to_owned(), error))?;
    let _lock = Lock::take(data, "config", Timestamp::now())?;
    if is_set_up(data, &path)? {
        change(data, "folder", folder, &ConfigArguments { remove: true, ..ConfigArguments::default() })?;
    }
    let released = release_at(data, &path)?;
    let told = if released { format!(" Its photos {RELEASED}") } else { String::new() };
    Ok(format!("{} is removed from the settings.{told}", path.display()))
}

/// Whether the settings name the folder at this whole path.
pub fn is_set_up(data: &Path, path: &Path) -> Result<bool, Error> {
    Ok(Settings::read(&places::settings_file(data))?.folder.iter().any(|known| is_at(known, path)))
}

/// The disk that was the directory at this whole path, within a folder, is gone for good; whether it was known.
pub fn release_disk(data: &Path, path: &Path) -> Result<bool, Error> {
    Ok(data.join(ledger::FILE).exists() && Ledger::open(data)?.release_disk(path)?)
}

/// What came from the folder at this whole path is held back from others no longer; whether it was known.
pub fn release_at(data: &Path, path: &Path) -> Result<bool, Error> {
    Ok(data.join(ledger::FILE).exists() && Ledger::open(data)?.release_folder(path)?)
}
