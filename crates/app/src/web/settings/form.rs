//! The settings as a form has them: every field is text, and what was typed stays, also where it makes no sense.
//!
//! A field is named as its setting is (`album`, `export.until`, `folder.0.path`); only the library has several.

use std::ops::Range;
use std::path::Path;

use super::reader::{Reader, library_kind};
use crate::places;
use crate::settings::check::Remark;
use crate::settings::{FolderSettings, Settings, home};

/// The Mac's own library; one of Apple's on a disk; one of ours.
const LIBRARIES: [(&str, &str); 3] = [("photos", "library"), ("bundle", "library.bundle"), ("own", "library.own")];

/// Fields with what was typed, and what is wrong with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
    remarks: Vec<Remark>,
}

impl Form {
    /// What the settings say.
    pub fn of(settings: &Settings, data: &Path) -> Self {
        let mut form = Self::default();
        form.put_library(settings, data);
        form.put_all(settings);
        for (at, folder) in settings.folder.iter().enumerate() {
            form.put_folder(at, folder);
        }
        form
    }

    /// What a browser sent. A folder that was typed into the empty line is one of the list from now on.
    pub fn sent(fields: Vec<(String, String)>) -> Self {
        let mut form = Self { fields, remarks: Vec::new() };
        form.take_in_the_new();
        form
    }

    fn put_library(&mut self, settings: &Settings, data: &Path) {
        let own = places::own_library(data);
        let path = settings.library.as_str();
        let kind = library_kind(path, &own);
        self.put("library.kind", kind);
        self.put("library.bundle", if kind == "bundle" { path } else { "" });
        self.put("library.own", if kind == "own" && home(path) != own { path } else { "" });
    }

    fn put_all(&mut self, settings: &Settings) {
        self.put("mode", settings.mode.as_str());
        self.put("album", &settings.album);
        self.put("settle_seconds", &settings.settle_seconds.to_string());
        self.put("other_half_minutes", &settings.other_half_minutes.to_string());
        self.put("icloud_hours", &settings.icloud_hours.to_string());
        self.put("unattended_limit", &settings.unattended_limit.to_string());
        // The words of the file are those of the form.
        let table = toml::Table::try_from(&settings.export).unwrap_or_default();
        for (key, value) in &table {
            let name = format!("export.{key}");
            match value {
                toml::Value::Boolean(is) => self.tick(&name, *is),
                toml::Value::String(text) => self.put(&name, text),
                _ => {}
            }
        }
        // It has a dialog of its own.
        self.fields.retain(|(name, _)| name != "export.baseline");
    }

    fn put_folder(&mut self, at: usize, folder: &FolderSettings) {
        let name = |key: &str| format!("folder.{at}.{key}");
        self.put(&name("path"), &folder.path.to_string_lossy());
        self.put(&name("album"), folder.album.as_deref().unwrap_or_default());
        self.tick(&name("recursive"), folder.recursive);
        self.tick(&name("images"), folder.images);
        self.tick(&name("videos"), folder.videos);
        self.put(&name("include"), &folder.include.join("\n"));
        self.put(&name("exclude"), &folder.exclude.join("\n"));
    }

    /// What a field says, if there is one.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What a field says.
    pub fn value(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// Whether a field says this: which of several is chosen, or whether there is a tick.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.given(name) == Some(value)
    }

    /// Types into a field.
    pub fn put(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Puts a path that was chosen into a field; what was wrong with the one before is no more.
    pub fn choose(&mut self, field: &str, path: &str) {
        self.remarks.retain(|remark| remark.field != field);
        self.put(field, path);
        self.take_in_the_new();
    }

    fn tick(&mut self, name: &str, is: bool) {
        self.fields.retain(|(known, _)| known != name);
        if is {
            self.put(name, "yes");
        }
    }

    /// Puts what one page of several sent in the place of what these fields said. A field that was not sent is no tick.
    pub fn take(&mut self, names: &[&str], sent: &[(String, String)]) {
        self.fields.retain(|(name, _)| !names.contains(&name.as_str()));
        self.fields.extend(sent.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned());
        self.take_in_the_new();
    }

    /// The places of the folders in the list.
    pub fn folders(&self) -> Range<usize> {
        let mut number = 0;
        while self.given(&format!("folder.{number}.path")).is_some() {
            number += 1;
        }
        0..number
    }

    /// The name of a field of a folder.
    pub fn of_folder(&self, at: &usize, key: &str) -> String {
        format!("folder.{at}.{key}")
    }

    /// Whether anything beside its path is special about a folder, or wrong.
    pub fn is_special(&self, at: &usize) -> bool {
        let whole = |key: &&str| self.is(&self.of_folder(at, key), "yes");
        let bare = |key: &&str| self.value(&self.of_folder(at, key)).is_empty();
        let is_whole = ["recursive", "images", "videos"].iter().all(whole);
        let is_wrong = ["album", "include", "exclude"].iter().any(|key| self.wrong(&self.of_folder(at, key)).is_some());
        is_wrong || !is_whole || !["album", "include", "exclude"].iter().all(bare)
    }

    fn take_in_the_new(&mut self) {
        let new = self.value("folder.new").to_owned();
        if !new.is_empty() {
            self.fields.retain(|(name, _)| name != "folder.new");
            self.put_folder(self.folders().end, &FolderSettings::whole(new.into()));
        }
    }

    /// Takes a folder out of the list.
    pub fn remove_folder(&mut self, at: usize) {
        let all = self.folders();
        if !all.contains(&at) {
            return;
        }
        let place =
            |name: &str| name.strip_prefix("folder.")?.split_once('.').map(|(at, _)| at.parse::<usize>().ok())?;
        self.fields.retain(|(name, _)| place(name) != Some(at));
        for later in at + 1..all.end {
            let (old, new) = (format!("folder.{later}."), format!("folder.{}.", later - 1));
            for (name, _) in &mut self.fields {
                if let Some(key) = name.strip_prefix(&old) {
                    *name = format!("{new}{key}");
                }
            }
        }
    }

    /// What is wrong with a field.
    pub fn wrong(&self, name: &str) -> Option<&str> {
        self.remarks.iter().find(|remark| remark.field == name).map(|remark| remark.words.as_str())
    }

    /// How many fields something is wrong with.
    pub fn wrongs(&self) -> usize {
        self.remarks.len()
    }

    /// Whether this is the first field that something is wrong with, which one wants to see.
    pub fn is_first_wrong(&self, name: &str) -> bool {
        self.remarks.first().is_some_and(|remark| remark.field == name)
    }

    /// Says what is wrong, at the fields that it is about, in the order in which they stand.
    pub fn blame(&mut self, mut remarks: Vec<Remark>) {
        let kind = self.value("library.kind");
        let field = LIBRARIES.iter().find(|(known, _)| *known == kind).map_or("library", |(_, field)| field);
        for remark in remarks.iter_mut().filter(|remark| remark.field == "library") {
            field.clone_into(&mut remark.field);
        }
        let place =
            |remark: &Remark| self.fields.iter().position(|(name, _)| *name == remark.field).unwrap_or(usize::MAX);
        remarks.sort_by_key(place);
        self.remarks = remarks;
    }

    /// The settings that these fields make of others: what the form does not have, or says in a way that makes no sense,
    /// stays as it is there; the latter is told.
    pub fn read(&self, from: &Settings, data: &Path) -> (Settings, Vec<Remark>) {
        let mut reader = Reader::new(self);
        let settings = reader.settings(from, data);
        (settings, reader.wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use photobridge_core::export::{Layout, Range as ExportRange, ScopeFilter};
    use photobridge_core::sync::Mode;

    use super::*;

    const DATA: &str = "/data";

    fn settings() -> Settings {
        Settings::parse(
            "library = \"/old/Fotos.photoslibrary\"\nmode = \"bidirectional\"\nalbum = \"Phones\"\n\
             [export]\nrange = \"full-library\"\nuntil = \"2024-01-31\"\nhidden = true\nvideos = false\nscope = \"shared\"\n\
             baseline = \"2026-02-28T17:00:00Z\"\n\
             [[folder]]\npath = \"/photos/anna\"\nalbum = \"Anna\"\nexclude = [\"*.gif\", \"Memes/**\"]\n\
             [[folder]]\npath = \"/photos/ben\"\nrecursive = false\nimages = false\n\
             [[schedule]]\nname = \"nightly\"\ndaily_at = \"02:30\"\n",
        )
        .expect("valid")
    }

    fn read(form: &Form, from: &Settings) -> Result<Settings, Vec<(String, String)>> {
        let (settings, wrong) = form.read(from, Path::new(DATA));
        let blamed: Vec<(String, String)> = wrong.into_iter().map(|remark| (remark.field, remark.words)).collect();
        if blamed.is_empty() { Ok(settings) } else { Err(blamed) }
    }

    #[test]
    fn a_form_that_nobody_touched_says_what_the_settings_say() {
        for settings in [settings(), Settings::default()] {
            assert_eq!(read(&Form::of(&settings, Path::new(DATA)), &settings), Ok(settings));
        }
    }

    #[test]
    fn what_is_typed_is_what_is_read() {
        let mut form = Form::of(&settings(), Path::new(DATA));
        for (name, value) in [
            ("mode", "export"),
            ("album", " Family "),
            ("settle_seconds", " 20 "),
            ("export.range", "going-forward"),
            ("export.layout", "flat"),
            ("export.until", ""),
            ("export.scope", "personal"),
            ("export.folder", "/out"),
            ("folder.1.exclude", "a\r\n\r\n b \r\n"),
        ] {
            form.put(name, value);
        }
        form.tick("export.hidden", false);
        form.tick("folder.1.recursive", true);
        let read = read(&form, &settings()).expect("it makes sense");
        let mut expected = settings();
        (expected.mode, expected.album, expected.settle_seconds) = (Mode::Export, "Family".into(), 20);
        (expected.export.range, expected.export.layout) = (ExportRange::GoingForward, Layout::Flat);
        (expected.export.until, expected.export.scope) = (None, ScopeFilter::Personal);
        (expected.export.folder, expected.export.hidden) = ("/out".into(), false);
        expected.folder[1].exclude = vec!["a".into(), "b".into()];
        expected.folder[1].recursive = true;
        assert_eq!(read, expected);
    }

    #[test]
    fn what_makes_no_sense_is_told_at_its_field_and_stays() {
        let mut form = Form::of(&settings(), Path::new(DATA));
        for (name, value) in [
            ("mode", "sideways"),
            ("icloud_hours", "-1"),
            ("export.from", "31.1.2024"),
            ("folder.0.path", ""),
            ("library.bundle", "/photos"),
        ] {
            form.put(name, value);
        }
        let wrong = read(&form, &settings()).expect_err("nothing of it makes sense");
        let mut fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["export.from", "folder.0.path", "icloud_hours", "library.bundle", "mode"]);
        assert_eq!(form.value("icloud_hours"), "-1");
    }

    #[test]
    fn the_first_that_is_wrong_is_the_first_on_the_page() {
        let mut form = Form::of(&settings(), Path::new(DATA));
        let remark = |field: &str| Remark { field: field.into(), words: "no".into() };
        form.blame(vec![remark("folder.1.path"), remark("album"), remark("elsewhere")]);
        assert!(form.is_first_wrong("album") && !form.is_first_wrong("folder.1.path"));
    }

    #[test]
    fn folders_come_and_go() {
        let mut fields = Form::of(&settings(), Path::new(DATA)).fields;
        fields.push(("folder.new".into(), "/photos/cleo".into()));
        let mut form = Form::sent(fields);
        let paths = |form: &Form| -> Vec<PathBuf> {
            read(form, &settings()).expect("it makes sense").folder.into_iter().map(|folder| folder.path).collect()
        };
        assert_eq!(paths(&form), ["/photos/anna", "/photos/ben", "/photos/cleo"].map(PathBuf::from));
        assert_eq!(read(&form, &settings()).expect("sense").folder[2], FolderSettings::whole("/photos/cleo".into()));
        form.remove_folder(0);
        form.remove_folder(7);
        assert_eq!(paths(&form), ["/photos/ben", "/photos/cleo"].map(PathBuf::from));
        assert!(!read(&form, &settings()).expect("sense").folder[0].recursive, "its other fields moved with it");
    }

    #[test]
    fn each_kind_of_library_has_its_words() {
        let own = |form: &mut Form, place: &str| {
            form.put("library.kind", "own");
            form.put("library.own", place);
        };
        let mut form = Form::of(&settings(), Path::new(DATA));
        assert!(form.is("library.kind", "bundle") && form.is("library.bundle", "/old/Fotos.photoslibrary"));
        own(&mut form, "/shelf");
        assert_eq!(read(&form, &settings()).expect("sense").library, "/shelf");
        own(&mut form, "/x.photoslibrary/");
        assert_eq!(read(&form, &settings()).expect_err("Apple's")[0].0, "library.own");
        own(&mut form, "");
        let expected = if cfg!(target_os = "macos") { "/data/library" } else { "" };
        assert_eq!(read(&form, &settings()).expect("sense").library, expected);
        form.put("library.kind", "photos");
        assert_eq!(read(&form, &settings()).expect("sense").library, "photos");
        form.blame(vec![Remark { field: "library".into(), words: "no".into() }]);
        assert_eq!(form.wrong("library"), Some("no"));
    }
}
