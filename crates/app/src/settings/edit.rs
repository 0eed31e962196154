//! Changes the settings file, and leaves what is not changed as it is, comments included.
//!
//! Every change reads, edits and replaces the file while it holds a lock, so that two never lose each other's. What comes
//! out is parsed before it is written: a file that makes no sense is never made.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

use super::{FolderSettings, Settings, SettingsError, no_such, text};
use crate::whole;

/// What names a state of the file. A form carries it from the look to the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version that this text is.
    pub fn of(text: &str) -> Self {
        Self(Fingerprint::of(text.as_bytes()).to_string())
    }

    /// A version as a form brings it back.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes all of these settings those of the file, if it still is in the state that they were made from.
pub fn save(path: &Path, wanted: &Settings, seen: &Version) -> Result<(), SettingsError> {
    let invalid = |why| SettingsError::Invalid { path: path.to_owned(), why };
    replace(path, seen, |text| edited(text, wanted).map_err(invalid))
}

/// Changes the text of the file, if it still is in the state that was looked at.
pub fn replace(
    path: &Path,
    seen: &Version,
    edit: impl FnOnce(&str) -> Result<String, SettingsError>,
) -> Result<(), SettingsError> {
    change(
        path,
        |text| if Version::of(text) == *seen { edit(text) } else { Err(SettingsError::Changed(path.to_owned())) },
    )
}

/// Sets one key in the file. Refuses what would make no sense.
pub fn set(path: &Path, key: &str, value: &str) -> Result<(), SettingsError> {
    change(path, |text| with(path, text, key, value))
}

/// Changes the text of the file, which is the explained template where there is none.
pub fn change(path: &Path, edit: impl FnOnce(&str) -> Result<String, SettingsError>) -> Result<(), SettingsError> {
    let failed = |source| SettingsError::File { path: path.to_owned(), what: "written", source };
    let _only = hold(path).map_err(failed)?;
    let text = text(path)?;
    let new = edit(&text)?;
    if new == text { Ok(()) } else { whole::write(path, &new).map_err(failed) }
}

/// Sets the file aside under a dated name, so that every setting is at its default. Returns that name, if there was one.
pub fn set_aside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>, SettingsError> {
    let failed = |source| SettingsError::File { path: path.to_owned(), what: "set aside", source };
    let _only = hold(path).map_err(failed)?;
    let stamp = now.strftime("%Y%m%dT%H%M%S");
    let named = |number: u32| match number {
        1 => path.with_file_name(format!("settings-set-aside-{stamp}.toml")),
        _ => path.with_file_name(format!("settings-set-aside-{stamp} ({number}).toml")),
    };
    let aside = (1..).map(named).find(|path| !path.exists()).expect("numbers do not end");
    match fs::rename(path, &aside) {
        Ok(()) => Ok(Some(aside)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Keeps others from changing the file for as long as it lives.
fn hold(path: &Path) -> io::Result<File> {
    let directory = path.parent().unwrap_or(Path::new("."));
    photobridge_core::data::directory(directory)?;
    let file = File::options().write(true).create(true).truncate(false).open(path.with_extension("lock"))?;
    file.lock()?;
    Ok(file)
}

/// The text with one key set, as people type it.
pub fn with(path: &Path, text: &str, key: &str, value: &str) -> Result<String, SettingsError> {
    let refused = |why: String| SettingsError::Refused {
        path: path.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        why,
    };
    let mut document = parsed(text).map_err(|why| SettingsError::Invalid { path: path.to_owned(), why })?;
    typed(key, value).and_then(|value| put_at(&mut document, key, Some(value))).map_err(refused)?;
    let text = document.to_string();
    Settings::parse(&text).map_err(|why| refused(reason(&why)))?;
    Ok(text)
}

/// The text with all of these settings; what says them already is not touched.
pub fn edited(text: &str, wanted: &Settings) -> Result<String, String> {
    let (now, mut document) = (Settings::parse(text)?, parsed(text)?);
    let (old, new) = (table_of(&now)?, table_of(wanted)?);
    for (key, value) in differing(&old, &new) {
        match value {
            Some(toml::Value::Table(inner)) => {
                let was = old.get(key).and_then(toml::Value::as_table).cloned().unwrap_or_default();
                for (inner_key, value) in differing(&was, inner) {
                    put_at(&mut document, &format!("{key}.{inner_key}"), value.map(written).transpose()?)?;
                }
            }
            value if key != "folder" => put_at(&mut document, key, value.map(written).transpose()?)?,
            _ => put_folders(&mut document, &now.folder, &wanted.folder)?,
        }
    }
    let text = document.to_string();
    if Settings::parse(&text)? != *wanted {
        return Err("they are written in a way that cannot be changed from here. Edit the file by hand".into());
    }
    Ok(text)
}

/// What the first settings say, as the file writes it, where the second ones say something else.
pub fn differences(now: &Settings, other: &Settings) -> Vec<String> {
    let (Ok(mut now), Ok(mut other)) = (table_of(now), table_of(other)) else { return Vec::new() };
    for table in [&mut now, &mut other] {
        if let Some(toml::Value::Table(export)) = table.remove("export") {
            table.extend(export.into_iter().map(|(key, value)| (format!("export.{key}"), value)));
        }
    }
    let say = |(key, value): (&str, Option<&toml::Value>)| match (key, value) {
        ("folder", _) => "another list of folders".to_owned(),
        (key, value) => format!("{key} = {}", value.map_or_else(String::new, toml::Value::to_string)),
    };
    differing(&other, &now).map(say).collect()
}

fn parsed(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

fn table_of(settings: &impl serde::Serialize) -> Result<toml::Table, String> {
    toml::Table::try_from(settings).map_err(|error| error.to_string())
}

/// The keys of which two tables say different things, with what the new one says.
fn differing<'a>(
    old: &'a toml::Table,
    new: &'a toml::Table,
) -> impl Iterator<Item = (&'a str, Option<&'a toml::Value>)> {
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.as_str(), None));
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(value));
    changed.map(|(key, value)| (key.as_str(), Some(value))).chain(gone)
}

fn written(value: &toml::Value) -> Result<Value, String> {
    value.to_string().parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

/// Makes these the source folders. The table of one that stays is changed in place, comments above one that goes stay at
/// the end of the file.
fn put_folders(document: &mut DocumentMut, now: &[FolderSettings], wanted: &[FolderSettings]) -> Result<(), String> {
    let listed = document.entry("folder").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let old = std::mem::take(listed).into_array_of_tables().map_err(|_| "`folder` is no list of tables".to_owned())?;
    let mut new = ArrayOfTables::new();
    for folder in wanted {
        let at = now.iter().position(|known| known.path == folder.path);
        let mut table = at.and_then(|at| old.get(at)).cloned().unwrap_or_default();
        if at.is_none() {
            table["path"] = toml_edit::value(folder.path.to_string_lossy().into_owned());
        }
        let was = at.map_or_else(|| FolderSettings::whole(folder.path.clone()), |at| now[at].clone());
        for (key, value) in differing(&table_of(&was)?, &table_of(folder)?) {
            put(&mut table, key, value.map(written).transpose()?);
        }
        new.push(table);
    }
    *listed = Item::ArrayOfTables(new);
    let goes = |folder: &FolderSettings| wanted.iter().all(|kept| kept.path != folder.path);
    let gone = old.iter().zip(now).filter(|(_, folder)| goes(folder)).map(|(table, _)| comments_above(table));
    let comments: String = gone.collect();
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    document.set_trailing(comments + &trailing);
    Ok(())
}

fn comments_above(table: &Table) -> &str {
    let above = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    if above.contains('#') { above } else { "" }
}

/// Sets a key, as `album` or `export.layout`.
fn put_at(document: &mut DocumentMut, key: &str, new: Option<Value>) -> Result<(), String> {
    let (table, key) = match key.split_once('.') {
        Some((table, key)) => {
            let table = document.entry(table).or_insert_with(|| Item::Table(Table::new()));
            (table.as_table_like_mut(), key)
        }
        None => (Some(document.as_table_mut() as &mut dyn TableLike), key),
    };
    put(table.ok_or("there is no such setting")?, key, new);
    Ok(())
}

/// Sets a key and keeps the comments around it, or takes it away.
pub fn put(table: &mut dyn TableLike, key: &str, new: Option<Value>) {
    match (table.get_mut(key).and_then(Item::as_value_mut), new) {
        (Some(old), Some(new)) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        (None, Some(new)) => {
            table.insert(key, Item::Value(new));
        }
        (_, None) => {
            table.remove(key);
        }
    }
}

/// What the settings say of one key, as a person types it.
pub fn value(settings: &Settings, key: &str) -> Result<String, String> {
    let settings = table_of(settings)?;
    match lookup(&settings, key) {
        Some(toml::Value::String(text)) => Ok(text.clone()),
        Some(value @ (toml::Value::Boolean(_) | toml::Value::Integer(_))) => Ok(value.to_string()),
        _ => Err(no_setting(&settings, key)),
    }
}

/// The value of a text that a person typed for this key.
fn typed(key: &str, text: &str) -> Result<Value, String> {
    let defaults = table_of(&Settings::default())?;
    match lookup(&defaults, key) {
        Some(toml::Value::String(_)) => Ok(Value::from(text)),
        Some(toml::Value::Boolean(_)) => {
            text.parse::<bool>().map(Value::from).map_err(|_| "write true or false".into())
        }
        Some(toml::Value::Integer(_)) => match text.parse::<i64>() {
            Ok(number) if number >= 0 => Ok(Value::from(number)),
            _ => Err(match key.rsplit_once('_') {
                Some((_, unit @ ("seconds" | "minutes" | "hours"))) => format!("write a whole number of {unit}"),
                _ => "write a whole number".into(),
            }),
        },
        _ => Err(no_setting(&defaults, key)),
    }
}

fn lookup<'a>(settings: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    match key.split_once('.') {
        Some((table, key)) => settings.get(table)?.get(key),
        None => settings.get(key),
    }
}

fn no_setting(settings: &toml::Table, key: &str) -> String {
    let named = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(inner) => inner.keys().map(|inner| format!("{key}.{inner}")).collect(),
        _ => vec![key.clone()],
    };
    let names: Vec<String> = settings.iter().flat_map(named).collect();
    no_such(key, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What a parser says, without the place in a file that was never written.
pub fn reason(message: &str) -> String {
    let told = message.lines().filter(|line| !line.contains('|') && !line.starts_with("TOML parse error"));
    told.collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use photobridge_core::export::Layout;
    use photobridge_core::sync::Mode;

    use super::*;
    use crate::settings::TEMPLATE;

    const MINE: &str = "\
# mine
album = \"Old\" # why

[export] # out
until = \"2024-01-31\" # until then

# Anna's phone
[[folder]]
path = \"/photos/anna\"
album = \"Anna\" # hers
exclude = [\"*.gif\"] # none of these

# Ben's phone
[[folder]]
path = \"/photos/ben\" # his
";

    fn after(change: impl FnOnce(&mut Settings)) -> String {
        let mut wanted = Settings::parse(MINE).expect("valid");
        change(&mut wanted);
        let text = edited(MINE, &wanted).expect("it can be written");
        assert_eq!(Settings::parse(&text), Ok(wanted), "{text}");
        text
    }

    #[test]
    fn many_changes_keep_every_comment() {
        let text = after(|wanted| {
            wanted.album = "New".into();
            wanted.mode = Mode::Export;
            wanted.export.layout = Layout::Flat;
            wanted.export.until = None;
            wanted.folder[0].album = None;
            wanted.folder[0].exclude.push("Memes/**".into());
            wanted.folder[1].recursive = false;
        });
        let expected = MINE
            .replace("\"Old\" # why\n", "\"New\" # why\nmode = \"export\"\n")
            .replace("\"2024-01-31\" # until then\n", "\"\" # until then\nlayout = \"flat\"\n")
            .replace("album = \"Anna\" # hers\n", "")
            .replace("[\"*.gif\"]", "[\"*.gif\", \"Memes/**\"]")
            .replace("# his\n", "# his\nrecursive = false\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_not_changed_is_not_touched() {
        assert_eq!(after(|_| {}), MINE);
        assert_eq!(edited(TEMPLATE, &Settings::default()).as_deref(), Ok(TEMPLATE));
    }

    #[test]
    fn folders_come_and_go_and_the_others_keep_their_comments() {
        let text = after(|wanted| {
            wanted.folder.push(FolderSettings {
                album: Some("Say \"cheese\" # not".into()),
                ..FolderSettings::whole("/photos/cleo".into())
            });
        });
        assert!(text.starts_with(MINE), "{text}");
        assert!(text.ends_with("[[folder]]\npath = \"/photos/cleo\"\nalbum = 'Say \"cheese\" # not'\n"), "{text}");
        let text = after(|wanted| drop(wanted.folder.remove(0)));
        assert!(text.contains("# Ben's phone\n[[folder]]\npath = \"/photos/ben\" # his\n"), "{text}");
        assert!(text.contains("# Anna's phone") && !text.contains("/photos/anna"), "{text}");
        after(|wanted| wanted.folder.clear());
        after(|wanted| wanted.folder[0].path = "/photos/nora".into());
    }

    #[test]
    fn tables_written_on_one_line_can_be_changed_too() {
        let text = "export = { layout = \"flat\" }\nfolder = [{ path = \"/photos\" }]\n";
        let mut wanted = Settings::parse(text).expect("valid");
        wanted.export.hidden = true;
        wanted.folder.push(FolderSettings::whole("/more".into()));
        let text = edited(text, &wanted).expect("it can be written");
        assert_eq!(Settings::parse(&text), Ok(wanted), "{text}");
    }

    #[test]
    fn a_key_is_set_as_people_type_it_and_nonsense_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("settings.toml");
        fs::write(&path, "# mine\nalbum = \"Old\" # why\n").expect("written");
        set(&path, "album", "New").expect("a good value");
        set(&path, "settle_seconds", "0").expect("a good value");
        assert!(set(&path, "settle_seconds", "soon").is_err());
        assert!(set(&path, "colour", "red").is_err());
        assert!(set(&path, "album.title", "red").is_err());
        let text = fs::read_to_string(&path).expect("readable");
        assert_eq!(text, "# mine\nalbum = \"New\" # why\nsettle_seconds = 0\n");
    }

    #[test]
    fn a_save_from_an_older_look_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("settings.toml");
        let (mut one, seen) = Settings::read_with_version(&path).expect("the defaults");
        one.album = "One".into();
        save(&path, &one, &seen).expect("nobody else did");
        let text = fs::read_to_string(&path).expect("readable");
        let other = Settings { settle_seconds: 20, ..Settings::default() };
        assert!(matches!(save(&path, &other, &seen), Err(SettingsError::Changed(_))));
        assert_eq!(fs::read_to_string(&path).expect("readable"), text);
    }

    #[test]
    fn differences_are_told_as_the_file_writes_them() {
        let now =
            Settings::parse("album = \"Mine\"\n[export]\nhidden = true\n[[folder]]\npath = \"/a\"\n").expect("valid");
        assert_eq!(
            differences(&now, &Settings::default()),
            ["album = \"Mine\"", "export.hidden = true", "another list of folders"]
        );
        assert!(differences(&now, &now).is_empty());
    }

    #[test]
    fn changes_at_the_same_moment_lose_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("settings.toml");
        let add = |number: usize| {
            let path = path.clone();
            std::thread::spawn(move || {
                change(&path, |text| {
                    let mut settings = Settings::parse(text).expect("valid");
                    settings.folder.push(FolderSettings::whole(format!("/{number}").into()));
                    Ok(edited(text, &settings).expect("it can be written"))
                })
            })
        };
        for thread in (0..16).map(add).collect::<Vec<_>>() {
            thread.join().expect("it ends").expect("it is written");
        }
        assert_eq!(Settings::read(&path).expect("valid").folder.len(), 16);
    }
}
