//! Fields of a form by their names, in the order in which they stand on the page.
//!
//! A folder of the list is a row: its fields are named `folder.ROW.KEY`. The number is a name and no place, so that a row
//! keeps it when others come, go or change their order.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::reader::library_kind;
use crate::places;
use crate::settings::{FolderSettings, Settings, home};

/// A folder of the list.
pub type Row = usize;

/// The field of a page that shows the whole list of folders: a row that is not sent was taken out of it.
pub const LIST: &str = "folders";

/// Rows that a form may have; a larger number is no row of ours.
const MOST_ROWS: Row = 10_000;

/// Names with values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// What the settings say, as a browser shows it and brings it back.
    pub fn of(settings: &Settings, data: &Path) -> Self {
        let mut fields = Self::default();
        fields.put_library(settings, data);
        fields.put_all(settings);
        fields.put(LIST, "all");
        for (row, folder) in settings.folder.iter().enumerate() {
            fields.put_folder(row, folder);
        }
        fields
    }

    /// What a browser sent. Of several of one name the last one counts: a box that has no tick sends the `no` before it.
    pub fn sent(sent: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (name, value) in sent {
            let value = value.replace("\r\n", "\n").replace('\r', "\n");
            match places.get(&name) {
                Some(at) => fields[*at].1 = value,
                None => {
                    places.insert(name.clone(), fields.len());
                    fields.push((name, value));
                }
            }
        }
        Self(fields)
    }

    fn put_library(&mut self, settings: &Settings, data: &Path) {
        let own = places::own_library(data);
        let path = settings.library.as_str();
        let kind = library_kind(path, &own);
        self.put("library.kind", kind);
        self.put_line("library.bundle", if kind == "bundle" { path } else { "" });
        self.put_line("library.own", if kind == "own" && home(path) != own { path } else { "" });
    }

    fn put_all(&mut self, settings: &Settings) {
        self.put("mode", settings.mode.as_str());
        self.put_line("album", &settings.album);
        self.put("settle_seconds", &settings.settle_seconds.to_string());
        self.put("other_half_minutes", &settings.other_half_minutes.to_string());
        self.put("icloud_hours", &settings.icloud_hours.to_string());
        self.tick("join_late_files", settings.join_late_files);
        let motion_photos = toml::Value::try_from(settings.motion_photos).ok();
        self.put("motion_photos", motion_photos.as_ref().and_then(toml::Value::as_str).unwrap_or_default());
        self.tick("people_as_keywords", settings.people_as_keywords);
        let archives = toml::Value::try_from(settings.archives).ok();
        self.put("archives", archives.as_ref().and_then(toml::Value::as_str).unwrap_or_default());
        self.put("unattended_limit", &settings.unattended_limit.to_string());
        self.tick("watch", settings.watch);
        // The words of the file are those of the form. The baseline has a dialog of its own, and a command no page sets.
        let table = toml::Table::try_from(&settings.export).unwrap_or_default();
        for (key, value) in table.iter().filter(|(key, _)| !matches!(key.as_str(), "baseline" | "command")) {
            let name = format!("export.{key}");
            match value {
                toml::Value::Boolean(is) => self.tick(&name, *is),
                toml::Value::String(text) => self.put_line(&name, text),
                _ => {}
            }
        }
    }

    /// Puts a folder into a row.
    pub fn put_folder(&mut self, row: Row, folder: &FolderSettings) {
        let name = |key: &str| of_row(row, key);
        self.put_line(&name("path"), &folder.path.to_string_lossy());
        self.put_line(&name("album"), folder.album.as_deref().unwrap_or_default());
        self.tick(&name("recursive"), folder.recursive);
        self.tick(&name("images"), folder.images);
        self.tick(&name("videos"), folder.videos);
        self.tick(&name("nomedia"), folder.nomedia);
        let lines = |patterns: &[String]| patterns.join("\n").replace("\r\n", "\n").replace('\r', "\n");
        self.put(&name("include"), &lines(&folder.include));
        self.put(&name("exclude"), &lines(&folder.exclude));
    }

    /// What a field says, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Types into a field.
    pub fn put(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Fills a field of one line, out of which browsers leave line breaks.
    fn put_line(&mut self, name: &str, value: &str) {
        self.put(name, &value.replace(['\r', '\n'], "").replace('\0', "\u{fffd}"));
    }

    /// Gives a box its tick, or none.
    pub fn tick(&mut self, name: &str, is: bool) {
        self.put(name, if is { "yes" } else { "no" });
    }

    /// Takes a field away: of that nothing is said any more.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The folders of the list, in order.
    pub fn rows(&self) -> Vec<Row> {
        self.names().filter_map(row_of).filter(|(_, key)| *key == "path").map(|(row, _)| row).collect()
    }

    /// A number that no row has.
    pub fn free_row(&self) -> Row {
        self.names().filter_map(row_of).map(|(row, _)| row + 1).max().unwrap_or(0)
    }

    /// The fields of a row: which they are, and what they say.
    pub fn of_row(&self, row: Row) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(name, value)| match row_of(name) {
            Some((known, key)) if known == row => Some((key, value.as_str())),
            _ => None,
        })
    }

    /// The row of this path.
    pub fn row_at(&self, path: &str) -> Option<Row> {
        self.rows()
            .into_iter()
            .find(|row| self.get(&of_row(*row, "path")).is_some_and(|known| home(known) == home(path)))
    }

    /// Takes a row away.
    pub fn remove_row(&mut self, row: Row) {
        self.0.retain(|(name, _)| row_of(name).is_none_or(|(known, _)| known != row));
    }

    /// Puts the rows into this order; they stand where rows stood before.
    pub fn order_rows(&mut self, rows: &[Row]) {
        let rank = |name: &str| row_of(name).map(|(row, _)| rows.iter().position(|known| *known == row));
        let (mut places, mut fields) = (Vec::new(), Vec::new());
        for (at, field) in self.0.iter().enumerate() {
            if let Some(rank) = rank(&field.0) {
                places.push(at);
                fields.push((rank.unwrap_or(usize::MAX), field.clone()));
            }
        }
        fields.sort_by_key(|(rank, _)| *rank);
        for (at, (_, field)) in places.into_iter().zip(fields) {
            self.0[at] = field;
        }
    }

    /// The same with every row called by another number.
    pub fn renumbered(&self, number: impl Fn(Row) -> Row) -> Self {
        let renamed = |name: &str| match row_of(name) {
            Some((row, key)) => of_row(number(row), key),
            None => name.to_owned(),
        };
        Self(self.0.iter().map(|(name, value)| (renamed(name), value.clone())).collect())
    }
}

/// The name of a field of a row.
pub fn of_row(row: Row, key: &str) -> String {
    format!("folder.{row}.{key}")
}

/// The row that a field is of, and what it says of it.
pub fn row_of(name: &str) -> Option<(Row, &str)> {
    let (row, key) = name.strip_prefix("folder.")?.split_once('.')?;
    Some((row.parse().ok().filter(|row| *row < MOST_ROWS)?, key))
}
