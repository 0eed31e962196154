//! Makes settings of a form's fields.

use std::path::Path;
use std::str::FromStr;

use jiff::civil::Date;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::form::Form;
use crate::places;
use crate::settings::check::Remark;
use crate::settings::{ExportSettings, FolderSettings, Settings, home};

/// Which of the three a library of the settings is.
pub fn library_kind(library: &str, own: &Path) -> &'static str {
    let is_bundle = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("photoslibrary"));
    match library {
        "photos" => "photos",
        "" if cfg!(target_os = "macos") => "photos",
        path if is_bundle(&home(path)) && home(path) != own => "bundle",
        _ => "own",
    }
}

/// Reads a form, and remembers what is wrong with it.
pub struct Reader<'a> {
    form: &'a Form,
    /// What made no sense.
    pub wrong: Vec<Remark>,
}

impl<'a> Reader<'a> {
    /// A reader of a form.
    pub fn new(form: &'a Form) -> Self {
        Self { form, wrong: Vec::new() }
    }

    /// The settings that the form makes of others.
    pub fn settings(&mut self, from: &Settings, data: &Path) -> Settings {
        let Settings { export, .. } = from;
        let text = |name: &str, old: &str| self.form.given(name).unwrap_or(old).to_owned();
        let (album, export_folder) = (text("album", &from.album), self.form.given("export.folder").map(home));
        let is = |name: &str| self.form.is(name, "yes");
        Settings {
            library: self.library(from, data),
            mode: self.word("mode", from.mode),
            album: album.trim().to_owned(),
            settle_seconds: self.number("settle_seconds", from.settle_seconds),
            other_half_minutes: self.number("other_half_minutes", from.other_half_minutes),
            icloud_hours: self.number("icloud_hours", from.icloud_hours),
            unattended_limit: self.number("unattended_limit", from.unattended_limit),
            export: ExportSettings {
                folder: export_folder.unwrap_or_else(|| export.folder.clone()),
                range: self.word("export.range", export.range),
                baseline: export.baseline,
                layout: self.word("export.layout", export.layout),
                edited: self.word("export.edited", export.edited),
                sidecar: self.word("export.sidecar", export.sidecar),
                photos: is("export.photos"),
                videos: is("export.videos"),
                from: self.day("export.from"),
                until: self.day("export.until"),
                hidden: is("export.hidden"),
                shared_albums: is("export.shared_albums"),
                unpicked_burst_frames: is("export.unpicked_burst_frames"),
                scope: self.word("export.scope", export.scope),
            },
            folder: self.form.folders().map(|at| self.folder(at)).collect(),
            schedule: from.schedule.clone(),
        }
    }

    fn blame(&mut self, field: impl Into<String>, words: &str) {
        self.wrong.push(Remark { field: field.into(), words: words.into() });
    }

    fn library(&mut self, from: &Settings, data: &Path) -> String {
        let own = places::own_library(data);
        let (kind, old) = (self.form.value("library.kind"), library_kind(&from.library, &own));
        let typed = match kind {
            "bundle" => self.form.value("library.bundle"),
            "own" => self.form.value("library.own"),
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
                self.blame("library.own", "a library of Apple Photos is only read. Choose it as one on a disk, above");
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

    fn folder(&mut self, at: usize) -> FolderSettings {
        let name = |key: &str| format!("folder.{at}.{key}");
        let path = self.form.value(&name("path"));
        if path.is_empty() {
            self.blame(name("path"), "name the folder, or remove it from the list");
        }
        let lines = |key: &str| {
            let lines = self.form.value(&name(key)).lines().map(str::trim).filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect()
        };
        let album = self.form.value(&name("album")).trim();
        FolderSettings {
            path: home(path),
            album: Some(album.to_owned()).filter(|album| !album.is_empty()),
            recursive: self.form.is(&name("recursive"), "yes"),
            include: lines("include"),
            exclude: lines("exclude"),
            images: self.form.is(&name("images"), "yes"),
            videos: self.form.is(&name("videos"), "yes"),
        }
    }

    fn number<T: FromStr>(&mut self, name: &str, old: T) -> T {
        let Some(text) = self.form.given(name) else { return old };
        text.trim().parse().unwrap_or_else(|_| {
            self.blame(name, "write a whole number");
            old
        })
    }

    fn day(&mut self, name: &str) -> Option<Date> {
        match self.form.value(name).trim() {
            "" => None,
            text => text.parse().map_or_else(
                |_| {
                    self.blame(name, "write a day as 2024-01-31");
                    None
                },
                Some,
            ),
        }
    }

    /// One of a setting's words.
    fn word<T: DeserializeOwned>(&mut self, name: &str, old: T) -> T {
        let Some(text) = self.form.given(name) else { return old };
        let text: StrDeserializer<'_, WordError> = text.into_deserializer();
        T::deserialize(text).unwrap_or_else(|_| {
            self.blame(name, "choose one of these");
            old
        })
    }
}
