//! `config`.

use std::path::Path;

use jiff::Timestamp;

use super::Context;
use crate::exit::{Code, Error};
use crate::places;
use crate::settings::{self, Settings, SettingsError, TEMPLATE};
use crate::words::{count, say};

/// Shows the settings, or changes one.
pub fn run(data: &Path, show: bool, change: Option<(&str, &str)>, quiet: bool) -> Result<Code, Error> {
    let path = places::settings_file(data);
    if let Some((key, value)) = change {
        settings::set(&path, key, value)?;
        say!("{} now says {key} = {value}", path.display());
        let context = Context { data: data.to_owned(), settings: Settings::read(&path)?, quiet, verbose: false };
        for note in changed(context, key)? {
            say!("{note}");
        }
        return Ok(Code::Done);
    }
    Settings::read(&path)?;
    if show {
        say!("{}", shown(&path)?);
    } else {
        let state = if path.exists() { "" } else { " (not there yet: every setting is at its default)" };
        say!("{}{state}\n`photobridge config --show` explains every setting.", path.display());
    }
    Ok(Code::Done)
}

/// Does what belongs to a change of this setting, and returns what people should know of it.
pub fn changed(context: Context, key: &str) -> Result<Vec<String>, Error> {
    if key == "mode" && context.settings.mode.exports() { exports_are_on(context) } else { Ok(Vec::new()) }
}

/// From now on photos go out: says from when, and what must not happen besides.
fn exports_are_on(mut context: Context) -> Result<Vec<String>, Error> {
    let mut notes = Vec::new();
    if context.settings.export.baseline.is_none() {
        let baseline = Timestamp::now();
        let mut library = context.library()?;
        let held = super::baseline::set(&mut context, library.as_mut(), baseline)?;
        notes.push(format!(
            "The baseline is set to {}: photos that are added to the library from now on go out. The {} that it holds \
             stay, until `photobridge sync --full-library`.",
            super::baseline::shown(baseline),
            count(held as u64, "photo")
        ));
    }
    notes.push(
        "Switch off the upload of photos to this folder on each phone whose photos come into the library by iCloud: \
         they would arrive here twice, from the phone and from the library."
            .into(),
    );
    Ok(notes)
}

/// The explained template with the values of the file in it, and the file's own folders.
fn shown(path: &Path) -> Result<String, Error> {
    let invalid =
        |error: toml_edit::TomlError| SettingsError::Invalid { path: path.to_owned(), why: error.to_string() };
    let mut shown: toml_edit::DocumentMut = TEMPLATE.parse().map_err(invalid)?;
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(TEMPLATE.to_owned()) };
    let own: toml_edit::DocumentMut = text.parse().map_err(invalid)?;
    overlay(shown.as_table_mut(), own.as_table());
    Ok(shown.to_string())
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
