//! `config`.

use std::path::Path;

use jiff::Timestamp;
use photobridge_core::lock::Lock;

use crate::arguments::ConfigArguments;
use crate::change::{RELEASED, change, is_set_up, release_at, release_disk, whole};
use crate::exit::{Code, Error};
use crate::places;
use crate::servers;
use crate::settings::{self, Settings, SettingsError, TEMPLATE, Wanted, environment};
use crate::terminal::{print, remark, say};
use crate::words::clean;

/// Shows the settings, or changes one.
pub fn run(data: &Path, arguments: &ConfigArguments) -> Result<Code, Error> {
    let path = places::settings_file(data);
    if let (true, Some(folder)) = (arguments.gone, &arguments.value) {
        return release(data, arguments.key.as_deref(), folder);
    }
    if let (Some(key), Some(value)) = (&arguments.key, &arguments.value) {
        let is_folder = matches!(&**key, "folder" | "export.folder") && !arguments.remove;
        let (key, value, told) = match servers::place(value).filter(|_| is_folder) {
            _ if key == "nextcloud" => {
                let show =
                    |link: &str| drop(print(&format!("Open this page in a browser and grant access: {}", clean(link))));
                let (place, told) = servers::log_in(data, value, &show).map_err(Error::Usage)?;
                ("folder", place.to_string_lossy().into_owned(), told)
            }
            Some(place) => {
                (&**key, value.clone(), servers::introduce(data, &place, &servers::ask).map_err(Error::Usage)?)
            }
            None => (&**key, value.clone(), Vec::new()),
        };
        let is_known = || servers::place(&value).map(|place| is_set_up(data, &place)).transpose();
        if key == "folder" && arguments.album.is_none() && !told.is_empty() && is_known()? == Some(true) {
            // Who we are there was said anew; the rest is as it was.
            for line in told {
                say!("{}", clean(&line));
            }
            return Ok(Code::Done);
        }
        let value = &value;
        let (says, notes) = change(data, key, value, arguments)?;
        match path.exists() {
            true => say!("{}", clean(&says)),
            false => say!("{} = {} is already the default. Nothing was changed.", clean(key), clean(value)),
        }
        for note in told.into_iter().chain(notes) {
            say!("{}", clean(&note));
        }
        return Ok(Code::Done);
    }
    let settings = Settings::read(&path)?;
    if let Some(key) = &arguments.key {
        for value in present(&settings, key)? {
            say!("{}", clean(&value));
        }
        if let Some(giver) = environment::giver(key) {
            remark!("Note: set by the environment variable {giver}, not by the settings file.");
        }
    } else if arguments.show {
        say!("{}", shown(&path, settings)?);
    } else {
        let state = if path.exists() { "" } else { " (not created yet: every setting has its default)" };
        say!("{}{state}\n`photobridge config --show` explains every setting.", path.display());
    }
    Ok(Code::Done)
}

/// A folder is gone for good: what came from it is held back from the others no longer.
fn release(data: &Path, key: Option<&str>, folder: &str) -> Result<Code, Error> {
    if key != Some("folder") {
        return Err(Error::Usage("--gone works only with `config folder DIR`. Nothing was changed".into()));
    }
    let path = whole(folder).map_err(|error| Error::Io(folder.to_owned(), error))?;
    let shown = path.display();
    if is_set_up(data, &path)? {
        let how = format!(
            "{shown} is still in the settings. Nothing was changed. First run `photobridge config folder {shown} --remove`"
        );
        return Err(Error::Usage(how));
    }
    let _lock = Lock::take(data, "config", Timestamp::now())?;
    if release_disk(data, &path)? {
        say!(
            "The disk that was {} counts as gone: what lay on it counts as deleted in the folder.",
            clean(&shown.to_string())
        );
        return Ok(Code::Done);
    }
    if !release_at(data, &path)? {
        return Err(Error::Usage(format!("{shown} was never synced. Nothing was changed")));
    }
    say!("Photos from {} {RELEASED}", clean(&shown.to_string()));
    Ok(Code::Done)
}

/// How `nextcloud` is used, which is not a setting: it has no value to show.
const NEXTCLOUD: &str = "`config nextcloud` needs an address, such as `photobridge config nextcloud cloud.example/Photos`. It logs in \
                         to that Nextcloud and adds the folder. `photobridge config folder` shows the folders";

/// What the settings say of one key, a line for each folder.
fn present(settings: &Settings, key: &str) -> Result<Vec<String>, Error> {
    if key == "nextcloud" {
        return Err(Error::Usage(NEXTCLOUD.into()));
    }
    if key == "folder" {
        return Ok(settings.folder.iter().map(|folder| folder.path.display().to_string()).collect());
    }
    let value = settings::value(settings, key).map_err(|why| Error::Usage(format!("{key}: {why}")))?;
    Ok(vec![value])
}

/// The explained template with the values in force in it, and below it the folders and schedules, which are explained at its
/// end. What the environment says is marked.
fn shown(path: &Path, in_force: Settings) -> Result<String, Error> {
    let wrong = |why: String| SettingsError::Invalid { path: path.to_owned(), why };
    let invalid = |error: toml_edit::TomlError| wrong(error.to_string());
    let text = settings::text(path)?;
    let of_file = Settings::parse(&text).map_err(wrong)?;
    let text = settings::edited(&text, &Wanted::by_path(&of_file, in_force)).map_err(wrong)?;
    let mut shown: toml_edit::DocumentMut = TEMPLATE.parse().map_err(invalid)?;
    let mut own: toml_edit::DocumentMut = text.parse().map_err(invalid)?;
    let mut lists = toml_edit::DocumentMut::new();
    for key in ["folder", "schedule"] {
        if own.get(key).is_some_and(toml_edit::Item::is_array_of_tables) {
            lists.extend(own.remove_entry(key));
        }
    }
    overlay(shown.as_table_mut(), own.as_table());
    for (key, giver) in environment::keys().iter().filter_map(|key| Some((key, environment::giver(key)?))) {
        mark(shown.as_table_mut(), key, &giver);
    }
    let folders = lists.get_mut("folder").and_then(toml_edit::Item::as_array_of_tables_mut);
    if let (Some(giver), Some(folders)) = (environment::giver("folder"), folders) {
        folders.iter_mut().for_each(|folder| mark(folder, "path", &giver));
    }
    let (shown, lists) = (shown.to_string(), lists.to_string());
    Ok(format!("{}\n\n{}", shown.trim_end(), lists.trim()).trim_end().to_owned())
}

/// Marks the value of a key as one of the environment.
fn mark(table: &mut dyn toml_edit::TableLike, key: &str, giver: &str) {
    let (table, key) = match key.split_once('.') {
        Some((inner, key)) => (table.get_mut(inner).and_then(toml_edit::Item::as_table_like_mut), key),
        None => (Some(table), key),
    };
    if let Some(value) = table.and_then(|table| table.get_mut(key)).and_then(toml_edit::Item::as_value_mut) {
        value.decor_mut().set_suffix(format!(" # set by {giver}"));
    }
}

/// Puts the values of one table in the place of those of another, and keeps what stands around them.
fn overlay(shown: &mut dyn toml_edit::TableLike, own: &dyn toml_edit::TableLike) {
    for (key, item) in own.iter() {
        if let (Some(default), Some(value)) =
            (shown.get_mut(key).and_then(toml_edit::Item::as_value_mut), item.as_value())
        {
            let decor = default.decor().clone();
            *default = value.clone();
            *default.decor_mut() = decor;
        } else if let (Some(default), Some(table)) =
            (shown.get_mut(key).and_then(toml_edit::Item::as_table_like_mut), item.as_table_like())
        {
            overlay(default, table);
        } else {
            shown.insert(key, item.clone());
        }
    }
}
