//! Makes settings of a form's fields.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::civil::Date;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::fields::{Fields, Row, of_row};
use crate::places;
use crate::settings::check::Remark;
use crate::settings::{ExportSettings, FolderSettings, Settings, Wanted, home, is_only_read};

/// Which of the three a library of the settings is.
pub fn library_kind(library: &str, own: &Path) -> &'static str {
    match library {
        "photos" => "photos",
        "" if cfg!(target_os = "macos") => "photos",
        path if is_only_read(path) && home(path) != own => "bundle",
        _ => "own",
    }
}

/// Reads what of a form is not as the settings are, and remembers what is wrong with it.
pub struct Reader<'a> {
    fields: &'a Fields,
    now: &'a Fields,
    /// What made no sense.
    pub wrong: Vec<Remark>,
}

impl<'a> Reader<'a> {
    /// A reader of fields beside those that say how the settings are.
    pub fn new(fields: &'a Fields, now: &'a Fields) -> Self {
        Self { fields, now, wrong: Vec::new() }
    }

    /// What a field says, if the settings do not say it already: what is not changed is not read, and so stays as the file
    /// has it.
    fn changed(&self, name: &str) -> Option<&'a str> {
        self.fields.get(name).filter(|value| self.now.get(name) != Some(value))
    }

    fn value(&self, name: &str) -> &'a str {
        self.fields.get(name).unwrap_or_default()
    }

    /// The settings that the form makes of the ones that there are.
    pub fn wanted(&mut self, from: &Settings, data: &Path) -> Wanted {
        let rows: Vec<(Row, Option<usize>)> = self.rows();
        let settings = Settings {
            library: self.library(from, data),
            mode: self.word("mode", from.mode),
            album: self.changed("album").map_or_else(|| from.album.clone(), |album| album.trim().to_owned()),
            settle_seconds: self.number("settle_seconds", from.settle_seconds),
            other_half_minutes: self.number("other_half_minutes", from.other_half_minutes),
            icloud_hours: self.number("icloud_hours", from.icloud_hours),
            join_late_files: self.tick("join_late_files", from.join_late_files),
            motion_photos: self.word("motion_photos", from.motion_photos),
            archives: self.word("archives", from.archives),
            people_as_keywords: self.tick("people_as_keywords", from.people_as_keywords),
            unattended_limit: self.number("unattended_limit", from.unattended_limit),
            watch: self.tick("watch", from.watch),
            export: self.export(&from.export),
            server: from.server.clone(),
            notify: from.notify.clone(),
            folder: rows.iter().map(|(row, at)| self.folder(*row, at.map(|at| &from.folder[at]))).collect(),
            schedule: from.schedule.clone(),
        };
        Wanted { settings, came_from: rows.into_iter().map(|(_, at)| at).collect() }
    }

    fn export(&mut self, from: &ExportSettings) -> ExportSettings {
        ExportSettings {
            folder: self.changed("export.folder").map_or_else(|| from.folder.clone(), home),
            range: self.word("export.range", from.range),
            baseline: from.baseline,
            layout: self.word("export.layout", from.layout),
            edited: self.word("export.edited", from.edited),
            sidecar: self.word("export.sidecar", from.sidecar),
            live_photos: self.word("export.live_photos", from.live_photos),
            photos: self.tick("export.photos", from.photos),
            videos: self.tick("export.videos", from.videos),
            from: self.day("export.from", from.from),
            until: self.day("export.until", from.until),
            hidden: self.tick("export.hidden", from.hidden),
            shared_albums: self.tick("export.shared_albums", from.shared_albums),
            unpicked_burst_frames: self.tick("export.unpicked_burst_frames", from.unpicked_burst_frames),
            scope: self.word("export.scope", from.scope),
            command: from.command.clone(),
        }
    }

    /// The folders, each with its place in the settings as they are.
    fn rows(&self) -> Vec<(Row, Option<usize>)> {
        let now = self.now.rows();
        self.fields.rows().into_iter().map(|row| (row, now.iter().position(|known| *known == row))).collect()
    }

    fn blame(&mut self, field: impl Into<String>, words: &str) {
        self.wrong.push(Remark { field: field.into(), words: words.into() });
    }

    fn library(&mut self, from: &Settings, data: &Path) -> String {
        if ["library.kind", "library.bundle", "library.own"].iter().all(|name| self.changed(name).is_none()) {
            return from.library.clone();
        }
        let own = places::own_library(data);
        let (kind, old) = (self.value("library.kind"), library_kind(&from.library, &own));
        let typed = match kind {
            "bundle" => self.value("library.bundle"),
            "own" => self.value("library.own"),
            _ => "",
        };
        let is_apples = typed.trim_end_matches('/').to_lowercase().ends_with(".photoslibrary");
        match kind {
            // Written as it was.
            _ if kind == old && home(typed) == home(&from.library) => from.library.clone(),
            "photos" if old == "photos" => from.library.clone(),
            "photos" => "photos".into(),
            "bundle" if !is_apples => {
                self.blame("library.bundle", "name a Photos library: the path of a folder that ends in .photoslibrary");
                from.library.clone()
            }
            "own" if is_apples => {
                self.blame("library.own", "a library of Apple Photos is read-only. Choose it as one on a disk, above");
                from.library.clone()
            }
            "own" if typed.is_empty() && home(&from.library) == own => from.library.clone(),
            "own" if typed.is_empty() && cfg!(target_os = "macos") => own.to_string_lossy().into_owned(),
            "own" | "bundle" => typed.to_owned(),
            _ => {
                self.blame("library.kind", "choose one of these");
                from.library.clone()
            }
        }
    }

    /// A folder of the list, which is that of the settings or a new one.
    fn folder(&mut self, row: Row, from: Option<&FolderSettings>) -> FolderSettings {
        let name = |key: &str| of_row(row, key);
        let old = from.cloned().unwrap_or_else(|| FolderSettings::whole(PathBuf::new()));
        let path = self.changed(&name("path"));
        if path == Some("") {
            self.blame(name("path"), "name the folder, or remove it from the list");
        }
        let lines = |text: &str| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<String>>()
        };
        let album = |album: &str| Some(album.trim().to_owned()).filter(|album| !album.is_empty());
        FolderSettings {
            path: path.map_or(old.path, home),
            album: self.changed(&name("album")).map_or(old.album, album),
            recursive: self.tick(&name("recursive"), old.recursive),
            include: self.changed(&name("include")).map_or(old.include, lines),
            exclude: self.changed(&name("exclude")).map_or(old.exclude, lines),
            images: self.tick(&name("images"), old.images),
            videos: self.tick(&name("videos"), old.videos),
            nomedia: self.tick(&name("nomedia"), old.nomedia),
        }
    }

    fn tick(&self, name: &str, old: bool) -> bool {
        self.changed(name).map_or(old, |value| value == "yes")
    }

    fn number<T: FromStr>(&mut self, name: &str, old: T) -> T {
        let Some(text) = self.changed(name) else { return old };
        text.trim().parse().unwrap_or_else(|_| {
            self.blame(name, "write a whole number");
            old
        })
    }

    fn day(&mut self, name: &str, old: Option<Date>) -> Option<Date> {
        match self.changed(name).map(str::trim) {
            None => old,
            Some("") => None,
            Some(text) => text.parse().map_or_else(
                |_| {
                    self.blame(name, "write a day like 2024-01-31");
                    old
                },
                Some,
            ),
        }
    }

    /// One of a setting's words.
    fn word<T: DeserializeOwned>(&mut self, name: &str, old: T) -> T {
        let Some(text) = self.changed(name) else { return old };
        let text: StrDeserializer<'_, WordError> = text.into_deserializer();
        T::deserialize(text).unwrap_or_else(|_| {
            self.blame(name, "choose one of these");
            old
        })
    }
}
