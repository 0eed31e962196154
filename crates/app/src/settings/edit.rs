//! Changes the settings file, and leaves what is not changed as it is, comments included.
//!
//! Every change reads, edits and replaces the file while it holds a lock, so that two never lose each other's. What comes
//! out is parsed before it is written: a file that makes no sense is never made.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use photobridge_core::data;
use photobridge_core::fingerprint::Fingerprint;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

use super::comments::{comments_of, put};
use super::{FolderSettings, Settings, SettingsError, no_such, text};
use crate::whole;

/// What names a state of the file, between a look at it and a change that is made from that look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version that this text is.
    pub fn of(text: &str) -> Self {
        Self(Fingerprint::of(text.as_bytes()).to_string())
    }
}

/// Settings that the file is to say, and which of its folders became which.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// All of them.
    pub settings: Settings,
    /// The place in the file of each of their folders; of a new one none.
    pub came_from: Vec<Option<usize>>,
}

impl Wanted {
    /// The folders are those of the same paths.
    pub fn by_path(now: &Settings, settings: Settings) -> Self {
        let place = |folder: &FolderSettings| now.folder.iter().position(|known| known.path == folder.path);
        let came_from = settings.folder.iter().map(place).collect();
        Self { settings, came_from }
    }
}

/// Makes all of these settings those of the file, if it still is in the state that they were made from.
pub fn save(path: &Path, wanted: &Wanted, seen: &Version) -> Result<(), SettingsError> {
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
    data::directory(directory)?;
    let path = path.with_extension("lock");
    let file = data::options().write(true).create(true).truncate(false).open(&path)?;
    file.lock().map_err(|error| {
        let remedy = "Choose a data directory on a disk that can lock files, with --data-dir";
        io::Error::new(error.kind(), format!("{} cannot be locked ({error}). {remedy}", path.display()))
    })?;
    Ok(file)
}

/// The text with one key set, as people type it.
pub fn with(path: &Path, text: &str, key: &str, value: &str) -> Result<String, SettingsError> {
    let refused = |why: String| SettingsError::Refused { key: key.to_owned(), value: value.to_owned(), why };
    let mut document = parsed(text).map_err(|why| SettingsError::Invalid { path: path.to_owned(), why })?;
    typed(key, value).and_then(|value| put_at(&mut document, key, Some(value))).map_err(refused)?;
    let text = ended_like(text, &document);
    Settings::parse(&text).map_err(|why| refused(reason(&why)))?;
    Ok(text)
}

/// The text of a document that was made from another text: with the same line ends, which the parser forgets.
pub fn ended_like(text: &str, document: &DocumentMut) -> String {
    let mark = if text.starts_with(MARK) { MARK } else { "" };
    let new = document.to_string();
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => mark.to_owned() + &new.replace("\r\n", "\n").replace('\n', "\r\n"),
        _ => mark.to_owned() + &new,
    }
}

/// What some editors put before everything else.
const MARK: &str = "\u{feff}";

/// The text with all of these settings; what says them already is not touched.
pub fn edited(text: &str, Wanted { settings: wanted, came_from }: &Wanted) -> Result<String, String> {
    let (now, mut document) = (Settings::parse(text)?, parsed(text)?);
    if now == *wanted {
        return Ok(text.to_owned());
    }
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
            _ => put_folders(&mut document, &now.folder, &wanted.folder, came_from)?,
        }
    }
    let text = ended_like(text, &document);
    if Settings::parse(&text)? != *wanted {
        return Err("they are written in a way that cannot be changed from here. Edit the file by hand".into());
    }
    Ok(text)
}

fn parsed(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

pub(super) fn table_of(settings: &impl serde::Serialize) -> Result<toml::Table, String> {
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

/// Makes these the source folders. The table of one that stays is changed in place; comments in one that goes, and above it,
/// stay at the end of the file.
fn put_folders(
    document: &mut DocumentMut,
    now: &[FolderSettings],
    wanted: &[FolderSettings],
    came_from: &[Option<usize>],
) -> Result<(), String> {
    let listed = document.entry("folder").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let old = std::mem::take(listed).into_array_of_tables().map_err(|_| "`folder` is no list of tables".to_owned())?;
    // Where a table stands in the file decides its place in the list, not the order in which they are given.
    let mut places: Vec<Option<isize>> =
        came_from.iter().flatten().filter_map(|at| Some(old.get(*at)?.position())).collect();
    places.sort_unstable();
    let mut places = places.into_iter();
    let mut new = ArrayOfTables::new();
    for (folder, at) in wanted.iter().zip(came_from) {
        let known = at.and_then(|at| old.get(at).zip(now.get(at)));
        let (mut table, was) = match known {
            Some((table, was)) => (table.clone(), was.clone()),
            None => {
                let mut table = Table::new();
                table["path"] = toml_edit::value(folder.path.to_string_lossy().into_owned());
                (table, FolderSettings::whole(folder.path.clone()))
            }
        };
        for (key, value) in differing(&table_of(&was)?, &table_of(folder)?) {
            put(&mut table, key, value.map(written).transpose()?);
        }
        table.set_position(if known.is_some() { places.next().flatten() } else { None });
        new.push(table);
    }
    *listed = Item::ArrayOfTables(new);
    let goes = |at: &usize| !came_from.contains(&Some(*at));
    let comments: String =
        old.iter().enumerate().filter(|(at, _)| goes(at)).map(|(_, table)| comments_of(table)).collect();
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    document.set_trailing(comments + &trailing);
    Ok(())
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

/// What the settings say of one key, as a person types it.
pub fn value(settings: &Settings, key: &str) -> Result<String, String> {
    let settings = table_of(settings)?;
    match lookup(&settings, key) {
        Some(toml::Value::String(text)) => Ok(text.clone()),
        Some(toml::Value::Array(list)) if key != "folder" => {
            Ok(list.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(", "))
        }
        Some(value @ (toml::Value::Boolean(_) | toml::Value::Integer(_))) => Ok(value.to_string()),
        _ => Err(no_setting(&settings, key)),
    }
}

/// The value of a text that a person typed for this key.
pub(super) fn typed(key: &str, text: &str) -> Result<Value, String> {
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
        Some(toml::Value::Array(_)) if key != "folder" => {
            Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
        }
        _ => Err(no_setting(&defaults, key)),
    }
}

pub(super) fn lookup<'a>(settings: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
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
    use photobridge_core::run::Mode;

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
        let text = edit(MINE, &wanted);
        assert_eq!(Settings::parse(&text), Ok(wanted), "{text}");
        text
    }

    /// The text with these settings.
    fn edit(text: &str, wanted: &Settings) -> String {
        let now = Settings::parse(text).expect("valid");
        edited(text, &Wanted::by_path(&now, wanted.clone())).expect("it can be written")
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
            .replace("album = \"Anna\" # hers\n", "# hers\n")
            .replace("[\"*.gif\"]", "[\"*.gif\", \"Memes/**\"]")
            .replace("# his\n", "# his\nrecursive = false\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_not_changed_is_not_touched() {
        assert_eq!(after(|_| {}), MINE);
        assert_eq!(edit(TEMPLATE, &Settings::default()), TEMPLATE);
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
        assert!(!text.contains("/photos/anna"), "{text}");
        for comment in ["# Anna's phone\n", "# hers\n", "# none of these\n"] {
            assert!(text.contains(comment), "{text}");
        }
        after(|wanted| wanted.folder.clear());
        after(|wanted| wanted.folder[0].path = "/photos/nora".into());
    }

    #[test]
    fn tables_written_on_one_line_can_be_changed_too() {
        let text = "export = { layout = \"flat\" }\nfolder = [{ path = \"/photos\" }]\n";
        let mut wanted = Settings::parse(text).expect("valid");
        wanted.export.hidden = true;
        wanted.folder.push(FolderSettings::whole("/more".into()));
        let text = edit(text, &wanted);
        assert_eq!(Settings::parse(&text), Ok(wanted), "{text}");
    }

    #[test]
    fn a_folder_keeps_its_comments_at_another_place_and_path() {
        let now = Settings::parse(MINE).expect("valid");
        let mut wanted = now.clone();
        wanted.folder.swap(0, 1);
        wanted.folder[1].path = "/photos/anne".into();
        let wanted = Wanted { settings: wanted, came_from: vec![Some(1), Some(0)] };
        let text = edited(MINE, &wanted).expect("it can be written");
        assert_eq!(Settings::parse(&text), Ok(wanted.settings), "{text}");
        assert!(text.contains("# Ben's phone\n[[folder]]\npath = \"/photos/ben\" # his\n"), "{text}");
        assert!(
            text.contains("# Anna's phone\n[[folder]]\npath = \"/photos/anne\"\nalbum = \"Anna\" # hers\n"),
            "{text}"
        );
    }

    #[test]
    fn a_list_over_several_lines_keeps_its_comments() {
        let text = "[[folder]]\npath = '/p' # it\nexclude = [\n  '*.gif', # moving\n  'b', # why b\n]\n";
        let mut wanted = Settings::parse(text).expect("valid");
        wanted.folder[0].exclude = vec!["*.gif".into(), "c".into()];
        let new = edit(text, &wanted);
        assert_eq!(Settings::parse(&new), Ok(wanted), "{new}");
        assert!(
            new.contains("'*.gif', # moving\n") && new.contains("# why b\n") && new.contains("path = '/p' # it"),
            "{new}"
        );
    }

    #[test]
    fn line_ends_and_what_stands_before_the_text_stay() {
        let text = format!("\u{feff}{}", MINE.replace('\n', "\r\n"));
        let mut wanted = Settings::parse(&text).expect("valid");
        wanted.album = "New".into();
        assert_eq!(edit(&text, &wanted), text.replace("\"Old\"", "\"New\""));
        let set = with(Path::new("settings.toml"), &text, "album", "New").expect("a good value");
        assert_eq!(set, text.replace("\"Old\"", "\"New\""));
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
        let all = |settings: Settings| Wanted::by_path(&Settings::default(), settings);
        save(&path, &all(one), &seen).expect("nobody else did");
        let text = fs::read_to_string(&path).expect("readable");
        let other = Settings { settle_seconds: 20, ..Settings::default() };
        assert!(matches!(save(&path, &all(other), &seen), Err(SettingsError::Changed(_))));
        assert_eq!(fs::read_to_string(&path).expect("readable"), text);
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
                    Ok(edit(text, &settings))
                })
            })
        };
        for thread in (0..16).map(add).collect::<Vec<_>>() {
            thread.join().expect("it ends").expect("it is written");
        }
        assert_eq!(Settings::read(&path).expect("valid").folder.len(), 16);
    }
}
