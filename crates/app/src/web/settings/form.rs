//! The form of the settings: every field is text, and what was typed stays, also where it makes no sense.
//!
//! A field is named as its setting is (`album`, `export.until`, `folder.0.path`); only the library has several. A form need not
//! show every setting: of what it has no field for, nothing is said. It carries what it was made from, so that what a person
//! changed is told from what just stands in it.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fields::{Fields, Row, of_row, row_of};
use super::merge::{Merged, merge};
use super::reader::Reader;
use crate::settings::check::{self, Remark};
use crate::settings::{FolderSettings, Settings, Wanted, environment};

/// The Mac's own library; one of Apple's on a disk; one of ours.
const LIBRARIES: [(&str, &str); 3] = [("photos", "library"), ("bundle", "library.bundle"), ("own", "library.own")];

/// The field in which a page sends what its form was made from.
pub const MADE_FROM: &str = "made_from";

/// The tick by which a person says that the whole disk is meant.
pub const WHOLE_DISK: &str = "whole_disk";

/// Fields with what was typed, what they were made from, and what is wrong with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    from: Fields,
    fields: Fields,
    remarks: Vec<Remark>,
}

/// What a form makes of the settings as they are now.
#[derive(Debug)]
pub struct Reading {
    /// The settings that it asks for. What the form does not have, or says in a way that makes no sense, is as it was.
    pub wanted: Wanted,
    /// What makes no sense.
    pub wrong: Vec<Remark>,
    /// What was changed elsewhere meanwhile, and otherwise: of that the settings stay as they are, and one is asked.
    pub clashes: Vec<Remark>,
    form: Form,
    agreed: Fields,
    rows: Vec<Row>,
}

impl Reading {
    /// Remarks about settings as remarks about the fields of the form.
    pub fn at_fields(&self, remarks: Vec<Remark>) -> Vec<Remark> {
        let field = |field: String| match row_of(&field) {
            Some((place, key)) => self.rows.get(place).map_or_else(|| field.clone(), |row| of_row(*row, key)),
            None => field,
        };
        remarks.into_iter().map(|remark| Remark { field: field(remark.field), words: remark.words }).collect()
    }

    /// The form as it is to be shown where nothing of it was saved.
    pub fn refused(self) -> Form {
        let Self { wrong, clashes, mut form, .. } = self;
        form.blame([wrong, clashes].concat());
        form
    }

    /// The form as it is to be shown where all of it was saved but what was changed elsewhere, too.
    pub fn asked(self) -> Form {
        let from = self.agreed.clone();
        Form { from, ..self.refused() }
    }
}

impl Form {
    /// What the settings say.
    pub fn of(settings: &Settings, data: &Path) -> Self {
        let fields = Fields::of(settings, data);
        Self { from: fields.clone(), fields, remarks: Vec::new() }
    }

    /// What a browser sent. A folder that was typed into the empty line is one of the list from now on.
    pub fn sent(sent: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut fields = Fields::sent(sent);
        // A form that does not say what it was made from is asked about each difference.
        let from = fields.remove(MADE_FROM).and_then(|from| serde_json::from_str(&from).ok()).unwrap_or_default();
        let mut form = Self { from, fields, remarks: Vec::new() };
        form.take_in_the_new();
        form
    }

    /// What it was made from, as a page carries it.
    pub fn made_from(&self) -> String {
        serde_json::to_string(&self.from).unwrap_or_default()
    }

    /// All of it, as a page of several steps carries it.
    pub fn carried(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a field says, if there is one.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// What a field says.
    pub fn value(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// Whether a field says this: which of several is chosen, or whether there is a tick.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.given(name) == Some(value)
    }

    /// Puts a path that was chosen into a field; what was wrong with the one before is no more.
    pub fn choose(&mut self, field: &str, path: &str) {
        self.remarks.retain(|remark| remark.field != field);
        self.fields.put(field, path);
        self.take_in_the_new();
    }

    /// Puts what one page of several sent in the place of what these fields said.
    pub fn take(&mut self, names: &[&str], sent: &[(String, String)]) {
        for (name, value) in sent.iter().filter(|(name, _)| names.contains(&name.as_str())) {
            self.fields.put(name, value);
        }
        self.take_in_the_new();
    }

    /// The folders in the list.
    pub fn folders(&self) -> Vec<Row> {
        self.fields.rows()
    }

    /// The name of a field of a folder.
    pub fn of_folder(&self, row: &Row, key: &str) -> String {
        of_row(*row, key)
    }

    /// Whether anything beside its path is special about a folder, or wrong.
    pub fn is_special(&self, row: &Row) -> bool {
        let whole = |key: &&str| self.is(&of_row(*row, key), "yes");
        let bare = |key: &&str| self.value(&of_row(*row, key)).is_empty();
        let (ticks, texts) = (["recursive", "images", "videos"], ["album", "include", "exclude"]);
        let is_wrong = ticks.iter().chain(&texts).any(|key| self.wrong(&of_row(*row, key)).is_some());
        is_wrong || self.is(&of_row(*row, "nomedia"), "yes") || !ticks.iter().all(whole) || !texts.iter().all(bare)
    }

    fn take_in_the_new(&mut self) {
        if let Some(new) = self.fields.remove("folder.new").filter(|new| !new.is_empty()) {
            let row = self.fields.free_row().max(self.from.free_row());
            self.fields.put_folder(row, &FolderSettings::whole(new.into()));
        }
    }

    /// Takes a folder out of the list.
    pub fn remove_folder(&mut self, row: Row) {
        self.fields.remove_row(row);
        self.remarks.retain(|remark| row_of(&remark.field).is_none_or(|(known, _)| known != row));
    }

    /// Moves a folder up in the list.
    pub fn move_up(&mut self, row: Row) {
        let mut rows = self.fields.rows();
        if let Some(at) = rows.iter().position(|known| *known == row).filter(|at| *at > 0) {
            rows.swap(at - 1, at);
            self.fields.order_rows(&rows);
        }
    }

    /// The variable of the environment that a field is given by: no page can change it.
    pub fn giver(&self, name: &str) -> Option<String> {
        let is_of = |key: &str| name.split('.').next() == Some(key);
        environment::giver(if is_of("library") {
            "library"
        } else if is_of("folder") {
            "folder"
        } else {
            name
        })
    }

    /// The same at the one field of several of a setting where it is told.
    pub fn told_giver(&self, name: &str) -> Option<String> {
        match name {
            "library" => None,
            "library.kind" => environment::giver("library"),
            "folders" => environment::giver("folder"),
            name => environment::giver(name),
        }
    }

    /// What is wrong with a field.
    pub fn wrong(&self, name: &str) -> Option<&str> {
        self.remarks.iter().find(|remark| remark.field == name).map(|remark| remark.words.as_str())
    }

    /// Whether it is asked at this field if the whole disk is meant.
    pub fn asks_of_the_whole_disk(&self, name: &str) -> bool {
        self.wrong(name) == Some(check::WHOLE_DISK)
    }

    /// What is left of remarks once a person has said that the whole disk is meant.
    pub fn unanswered(&self, mut remarks: Vec<Remark>) -> Vec<Remark> {
        remarks.retain(|remark| remark.words != check::WHOLE_DISK || !self.is(WHOLE_DISK, "yes"));
        remarks
    }

    /// The fields that something is wrong with.
    pub fn blamed(&self) -> impl Iterator<Item = &str> {
        self.remarks.iter().map(|remark| remark.field.as_str())
    }

    /// How a day is shown: browsers show nothing of what is none, and would send it back empty.
    pub fn day_kind(&self, name: &str) -> &'static str {
        let is_day = |text: &str| text.len() == 10 && text.parse::<Date>().is_ok();
        if self.value(name).is_empty() || is_day(self.value(name)) { "date" } else { "text" }
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
        let place = |remark: &Remark| self.fields.names().position(|name| *name == remark.field).unwrap_or(usize::MAX);
        remarks.sort_by_key(place);
        self.remarks = remarks;
    }

    /// What it makes of the settings as they are now, which others may have changed since it was made.
    pub fn read(&self, now: &Settings, data: &Path) -> Reading {
        let Merged { fields, agreed, now: shown, clashes } = merge(&self.from, &self.fields, &Fields::of(now, data));
        let mut reader = Reader::new(&agreed, &shown);
        let wanted = reader.wanted(now, data);
        let (wrong, rows) = (reader.wrong, agreed.rows());
        let form = match &clashes[..] {
            [] => self.clone(),
            // Whoever saves it again has seen how the settings are now.
            _ => Self { from: shown, fields, remarks: Vec::new() },
        };
        Reading { wanted, wrong, clashes, form, agreed, rows }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use photobridge_core::export::{Layout, Range as ExportRange, ScopeFilter};
    use photobridge_core::run::Mode;

    use super::super::fields::LIST;
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

    fn form() -> Form {
        Form::of(&settings(), Path::new(DATA))
    }

    fn read(form: &Form, now: &Settings) -> Result<Settings, Vec<(String, String)>> {
        let Reading { wanted, wrong, clashes, .. } = form.read(now, Path::new(DATA));
        let blamed: Vec<(String, String)> =
            [wrong, clashes].concat().into_iter().map(|remark| (remark.field, remark.words)).collect();
        if blamed.is_empty() { Ok(wanted.settings) } else { Err(blamed) }
    }

    fn tick(form: &mut Form, name: &str, is: bool) {
        form.fields.put(name, if is { "yes" } else { "no" });
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
            form.fields.put(name, value);
        }
        tick(&mut form, "export.hidden", false);
        tick(&mut form, "folder.1.recursive", true);
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
            form.fields.put(name, value);
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

    /// What a browser sends of a form, with some fields typed into.
    fn sent(form: &Form, typed: &[(&str, &str)]) -> Form {
        let shown = form.fields.names().map(|name| (name.to_owned(), form.value(name).replace('\n', "\r\n")));
        let from = (MADE_FROM.to_owned(), form.made_from());
        let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Form::sent(shown.chain([from]).chain(typed))
    }

    #[test]
    fn what_a_page_does_not_show_is_as_it_was() {
        let (mut bare, from) = (form(), settings());
        bare.fields = Fields::sent([("folder.0.album".to_owned(), "Anne".to_owned())]);
        let mut expected = from.clone();
        expected.folder[0].album = Some("Anne".into());
        assert_eq!(read(&bare, &from), Ok(expected));
        // The first run shows a path alone.
        let mut first = Form::of(&Settings::default(), Path::new(DATA));
        first.take(&["folder.0.path"], &[("folder.0.path".into(), "/photos".into()), ("mode".into(), "export".into())]);
        let folder = vec![FolderSettings::whole("/photos".into())];
        assert_eq!(read(&first, &Settings::default()), Ok(Settings { folder, ..Settings::default() }));
    }

    #[test]
    fn what_comes_back_as_it_was_shown_is_no_change() {
        let mut odd = settings();
        odd.album = " Two\nlines ".into();
        odd.folder[0].exclude = vec![" *.gif".into(), String::new(), "a\r\nb".into()];
        odd.export.from = Some(jiff::civil::date(-5, 1, 1));
        let form = sent(&Form::of(&odd, Path::new(DATA)), &[("settle_seconds", "11")]);
        assert_eq!(read(&form, &odd), Ok(Settings { settle_seconds: 11, ..odd.clone() }));
        assert_eq!(form.day_kind("export.from"), "text");
    }

    #[test]
    fn what_only_others_changed_stays_and_what_both_changed_is_asked_for() {
        let mut now = settings();
        (now.mode, now.export.hidden, now.icloud_hours) = (Mode::Import, false, 3);
        let form = sent(&form(), &[("album", "Mine"), ("icloud_hours", "4")]);
        let reading = form.read(&now, Path::new(DATA));
        let [asked] = &reading.clashes[..] else { panic!("{:?}", reading.clashes) };
        assert!(asked.field == "icloud_hours" && asked.words.contains("\u{201c}3\u{201d}"), "{asked:?}");
        let saved = reading.wanted.settings.clone();
        assert_eq!(saved, Settings { album: "Mine".into(), ..now.clone() }, "the rest is saved at once");
        for (shown, then) in [(reading.asked(), &saved), (form.read(&now, Path::new(DATA)).refused(), &now)] {
            let values = (shown.value("mode"), shown.value("album"), shown.value("icloud_hours"));
            assert_eq!(values, ("import", "Mine", "4"));
            assert_eq!(shown.blamed().collect::<Vec<_>>(), ["icloud_hours"]);
            assert_eq!(read(&sent(&shown, &[]), then), Ok(Settings { icloud_hours: 4, ..saved.clone() }));
        }
        // Both changed the same to the same.
        let same = sent(&self::form(), &[("icloud_hours", "3")]);
        assert_eq!(read(&same, &now), Ok(now));
    }

    #[test]
    fn a_library_is_one_setting_in_three_fields() {
        let now = Settings { library: "/new/Fotos.photoslibrary".into(), ..settings() };
        let form = sent(&form(), &[("library.kind", "own"), ("library.own", "/shelf")]);
        let reading = form.read(&now, Path::new(DATA));
        let [asked] = &reading.clashes[..] else { panic!("{:?}", reading.clashes) };
        assert!(asked.field == "library" && asked.words.contains("/new/Fotos.photoslibrary"), "{asked:?}");
        assert_eq!(reading.wanted.settings, now);
        let shown = reading.asked();
        assert_eq!(read(&sent(&shown, &[]), &now).expect("it was asked").library, "/shelf");
        assert_eq!(read(&sent(&self::form(), &[]), &now), Ok(now));
    }

    #[test]
    fn folders_are_known_by_their_paths() {
        let mut now = settings();
        now.folder.insert(0, FolderSettings::whole("/photos/zoe".into()));
        now.folder[2].recursive = true;
        let form = sent(&form(), &[("folder.1.exclude", "*.gif"), ("folder.new", "/photos/zoe")]);
        let read = read(&form, &now).expect("nobody else changed the same");
        let mut expected = now.clone();
        expected.folder[2].exclude = vec!["*.gif".into()];
        assert_eq!(read, expected, "the one that both added is there once");
    }

    #[test]
    fn a_folder_that_goes_on_one_side_only_goes() {
        let paths = |settings: Settings| settings.folder.into_iter().map(|folder| folder.path).collect::<Vec<_>>();
        let mut now = settings();
        now.folder.remove(0);
        assert_eq!(
            paths(read(&sent(&form(), &[("album", "x")]), &now).expect("gone there")),
            [PathBuf::from("/photos/ben")]
        );
        let changed = sent(&form(), &[("folder.0.album", "x"), ("album", "y")]);
        let reading = changed.read(&now, Path::new(DATA));
        assert_eq!(reading.clashes[0].field, "folder.0.path");
        assert_eq!(reading.wanted.settings, Settings { album: "y".into(), ..now.clone() });
        let shown = reading.asked();
        assert_eq!(read(&sent(&shown, &[]), &now).expect("put back").folder.len(), 2);
        let mut less = form();
        less.remove_folder(0);
        let mut now = settings();
        assert_eq!(paths(read(&sent(&less, &[]), &now).expect("gone here")), [PathBuf::from("/photos/ben")]);
        now.folder[0].videos = false;
        let reading = sent(&less, &[]).read(&now, Path::new(DATA));
        assert_eq!(reading.clashes[0].field, "folder.0.path", "somebody changed what would go");
        assert_eq!(reading.wanted.settings, now);
        let mut shown = reading.asked();
        shown.remove_folder(0);
        assert_eq!(paths(read(&sent(&shown, &[]), &now).expect("gone at last")), [PathBuf::from("/photos/ben")]);
    }

    #[test]
    fn folders_change_their_order() {
        let paths = |settings: Settings| settings.folder.into_iter().map(|folder| folder.path).collect::<Vec<_>>();
        let mut form = form();
        form.move_up(0);
        form.move_up(1);
        let mut now = settings();
        assert_eq!(
            paths(read(&sent(&form, &[]), &now).expect("ours")),
            ["/photos/ben", "/photos/anna"].map(PathBuf::from)
        );
        now.folder.insert(1, FolderSettings::whole("/photos/zoe".into()));
        let both = read(&sent(&form, &[]), &now).expect("theirs and ours");
        assert_eq!(paths(both), ["/photos/ben", "/photos/anna", "/photos/zoe"].map(PathBuf::from));
        // Three folders, put into two new orders.
        let mut three = settings();
        three.folder.push(FolderSettings::whole("/photos/cleo".into()));
        let mut form = Form::of(&three, Path::new(DATA));
        form.move_up(1);
        let mut now = three;
        now.folder.swap(1, 2);
        let reading = sent(&form, &[("album", "x")]).read(&now, Path::new(DATA));
        assert_eq!(reading.clashes[0].field, LIST);
        let saved = reading.wanted.settings.clone();
        assert_eq!(saved, Settings { album: "x".into(), ..now });
        let ours = read(&sent(&reading.asked(), &[]), &saved).expect("it was asked");
        assert_eq!(paths(ours), ["/photos/ben", "/photos/anna", "/photos/cleo"].map(PathBuf::from));
    }

    #[test]
    fn folders_come_and_go() {
        let mut form = sent(&form(), &[("folder.new", "/photos/cleo")]);
        let paths = |form: &Form| -> Vec<PathBuf> {
            read(form, &settings()).expect("it makes sense").folder.into_iter().map(|folder| folder.path).collect()
        };
        assert_eq!(paths(&form), ["/photos/anna", "/photos/ben", "/photos/cleo"].map(PathBuf::from));
        assert_eq!(read(&form, &settings()).expect("sense").folder[2], FolderSettings::whole("/photos/cleo".into()));
        form.remove_folder(0);
        form.remove_folder(7);
        assert_eq!(paths(&form), ["/photos/ben", "/photos/cleo"].map(PathBuf::from));
        assert!(!read(&form, &settings()).expect("sense").folder[0].recursive, "its other fields stay with it");
    }

    #[test]
    fn each_kind_of_library_has_its_words() {
        let own = |form: &mut Form, place: &str| {
            form.fields.put("library.kind", "own");
            form.fields.put("library.own", place);
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
        form.fields.put("library.kind", "photos");
        assert_eq!(read(&form, &settings()).expect("sense").library, "photos");
        form.blame(vec![Remark { field: "library".into(), words: "no".into() }]);
        assert_eq!(form.wrong("library"), Some("no"));
    }
}
