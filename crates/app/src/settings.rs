//! The settings: one TOML file that people may edit. Comments and keys that this version does not know survive our writes.
//!
//! `edit` changes the file and `comments` keeps what people wrote around it, `check` says what would keep settings from working before they are saved.

pub mod check;
mod comments;
mod edit;
pub mod environment;
mod library;
pub mod schedules;
pub mod unknown;

use std::fmt::Display;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use jiff::civil::Date;
use photobridge_core::export::{Edited, Export, ExportFilter, Layout, LivePhotos, Range, ScopeFilter, Sidecar};
use photobridge_core::folder::Filter;
use photobridge_core::run::{ArchivesInFolders, Mode, MotionPhotos};
use photobridge_core::sync::{Source, Waits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use comments::{comments_of, put};
pub use edit::{Version, Wanted, edited, replace, save, set, set_aside, value, with};
use edit::{change, ended_like, reason};
#[cfg(target_os = "macos")]
pub use library::system_package;
pub use library::{is_system_library, library_path};

use crate::schedule::{self, Schedule};
use crate::whole;

/// Larger than any settings that a person writes; a file beyond it is something else.
const LARGEST: u64 = 1 << 20;

/// The settings file with every key at its default, explained. `config --show` prints it with the values in force.
pub const TEMPLATE: &str = include_str!("settings.toml");

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read or written.
    #[error("the settings {} could not be {what}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// A value that was not set.
    #[error("{key} was not changed to \u{201c}{value}\u{201d}: {why}")]
    Refused {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
        /// What is wrong and what to write instead.
        why: String,
    },
    /// Somebody else changed the file between a look at it and a change that was made from that look.
    #[error(
        "the settings {} have changed in the meantime, by a run, the command line or another page. Nothing was saved",
        .0.display()
    )]
    Changed(PathBuf),
    /// A schedule that was not changed.
    #[error("the schedule \u{201c}{name}\u{201d} was not changed: {why}")]
    Schedule {
        /// What the schedule is called.
        name: String,
        /// What is wrong and what to do instead.
        why: String,
    },
    /// Keys that this version does not know, where nobody watches.
    #[error(
        "{place} says {keys}, which this version does not know. Nothing was synced: it may have been there to keep photos where \
         they are, and nobody is watching. Mend the key, take it out, or put a # before it. A sync that you start yourself goes \
         on without it"
    )]
    Unknown {
        /// The file, or the environment.
        place: String,
        /// The keys, each with where it stands and what may be meant.
        keys: String,
    },
    /// The library that is named cannot be one.
    #[error("{0}")]
    Library(String),
    /// The environment says something that makes no sense.
    #[error("the environment variable {name} is not valid: {why}. Nothing was changed")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong and what to write instead.
        why: String,
    },
    /// The file says something that makes no sense.
    #[error("the settings {} are not valid: {why}.\nNothing was changed. Fix the file with any editor", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to write instead.
        why: String,
    },
}

/// The settings as the file has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// `photos`, or the path of a library; empty for the default.
    pub library: String,
    /// What is synced.
    pub mode: Mode,
    /// The album for imports.
    pub album: String,
    /// Seconds that a file must have rested; 0 switches all waits off.
    pub settle_seconds: u64,
    /// Minutes that half a Live Photo waits for the other.
    pub other_half_minutes: u64,
    /// Hours that a new picture of an Apple device waits for iCloud.
    pub icloud_hours: u64,
    /// Whether files that come after their photo become a part of it, in a library of our own.
    pub join_late_files: bool,
    /// Motion photos on their way into the library.
    pub motion_photos: MotionPhotos,
    /// Archives that lie in the source folders.
    pub archives: ArchivesInFolders,
    /// Whether the people whom an archive names become keywords.
    pub people_as_keywords: bool,
    /// Imports that an unattended run may make.
    pub unattended_limit: usize,
    /// Whether `serve` syncs by itself what arrives.
    pub watch: bool,
    /// What goes from the library to the folder, and how.
    pub export: ExportSettings,
    /// Where `serve` listens, and who may come.
    pub server: ServerSettings,
    /// Who is told when syncs do not work.
    pub notify: NotifySettings,
    /// The source folders.
    pub folder: Vec<FolderSettings>,
    /// Syncs that start by themselves.
    #[serde(skip_serializing)]
    pub schedule: Vec<Schedule>,
}

/// Where `serve` listens, and who may come. The page does not change it: who may come by the page must not open it to others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// The address; empty for this machine only.
    pub listen: String,
    /// Other names under which browsers reach it.
    pub names: Vec<String>,
    /// Proxies that are believed who asks them.
    pub proxies: Vec<String>,
    /// Whether a proxy asks people who they are.
    pub proxy_asks: bool,
    /// A file that holds the password; empty for the one of the data directory.
    pub password_file: String,
    /// Whether programs are told figures for Prometheus.
    pub metrics: bool,
}

/// Who is told when syncs do not work. The page does not change it: who may come by the page must not have anything sent
/// elsewhere. Passwords stand in a file of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotifySettings {
    /// The desktop of whoever runs `serve`.
    pub desktop: bool,
    /// A topic of ntfy.
    pub ntfy: String,
    /// An address that is sent JSON.
    pub webhook: String,
    /// An address of mail.
    pub mail: String,
    /// From whom the mail is; empty for the same.
    pub mail_from: String,
    /// The server that takes it.
    pub mail_server: String,
    /// Days without a sync that worked after which that is told; 0 for never.
    pub days: u32,
    /// Whether photos may be named.
    pub names: bool,
}

impl Default for NotifySettings {
    fn default() -> Self {
        let none = String::new;
        let (ntfy, webhook, mail, mail_from, mail_server) = (none(), none(), none(), none(), none());
        Self { desktop: true, ntfy, webhook, mail, mail_from, mail_server, days: 3, names: false }
    }
}

/// What goes from the library to the folder, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportSettings {
    /// The folder that exports go to; empty for the first source folder.
    pub folder: PathBuf,
    /// Which photos go out.
    pub range: Range,
    /// The instant from which Going Forward counts.
    #[serde(deserialize_with = "moment", serialize_with = "or_empty")]
    pub baseline: Option<Timestamp>,
    /// Folder layout.
    pub layout: Layout,
    /// Which version of an edited photo goes out.
    pub edited: Edited,
    /// What is written beside a photo.
    pub sidecar: Sidecar,
    /// As what Live Photos go.
    pub live_photos: LivePhotos,
    /// Stills.
    pub photos: bool,
    /// Videos.
    pub videos: bool,
    /// The first capture date.
    #[serde(deserialize_with = "day", serialize_with = "or_empty")]
    pub from: Option<Date>,
    /// The last capture date.
    #[serde(deserialize_with = "day", serialize_with = "or_empty")]
    pub until: Option<Date>,
    /// What is in the Hidden album.
    pub hidden: bool,
    /// What is in shared albums.
    pub shared_albums: bool,
    /// Frames of bursts that nobody picked.
    pub unpicked_burst_frames: bool,
    /// Personal or Shared Library.
    pub scope: ScopeFilter,
    /// What is called after a sync that exported something. The page does not change it.
    pub command: String,
}

impl Default for ExportSettings {
    fn default() -> Self {
        let ExportFilter { photos, videos, from, until, hidden, shared_albums, unpicked_burst_frames, scope } =
            ExportFilter::default();
        let Export { range, baseline, layout, edited, sidecar, live_photos, .. } = Export::default();
        let folder = PathBuf::new();
        Self {
            folder,
            range,
            baseline,
            layout,
            edited,
            sidecar,
            live_photos,
            photos,
            videos,
            from,
            until,
            hidden,
            shared_albums,
            unpicked_burst_frames,
            scope,
            command: String::new(),
        }
    }
}

impl ExportSettings {
    /// As the engine takes it.
    pub fn export(&self) -> Export {
        let filter = ExportFilter {
            photos: self.photos,
            videos: self.videos,
            from: self.from,
            until: self.until,
            hidden: self.hidden,
            shared_albums: self.shared_albums,
            unpicked_burst_frames: self.unpicked_burst_frames,
            scope: self.scope,
        };
        Export {
            range: self.range,
            baseline: self.baseline,
            layout: self.layout,
            edited: self.edited,
            sidecar: self.sidecar,
            live_photos: self.live_photos,
            filter,
        }
    }
}

fn day<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Date>, D::Error> {
    unless_empty(value, "write a day like 2024-01-31")
}

fn moment<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Timestamp>, D::Error> {
    unless_empty(value, "write a moment as 2026-02-28T17:00:00Z")
}

/// A date or an instant; an empty text is none.
fn unless_empty<'de, D: Deserializer<'de>, T: FromStr>(value: D, how: &str) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(value)?;
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| serde::de::Error::custom(how)),
    }
}

/// What is none is an empty text.
fn or_empty<S: Serializer, T: Display>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map_or_else(String::new, T::to_string).serialize(serializer)
}

/// One source folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FolderSettings {
    /// Its path.
    pub path: PathBuf,
    /// Its own album.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<String>,
    /// Whether folders below are looked at.
    #[serde(default = "yes")]
    pub recursive: bool,
    /// If not empty, only these.
    #[serde(default)]
    pub include: Vec<String>,
    /// None of these.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Stills.
    #[serde(default = "yes")]
    pub images: bool,
    /// Videos.
    #[serde(default = "yes")]
    pub videos: bool,
    /// What lies in directories with a `.nomedia`, Android's word for what belongs in no gallery.
    #[serde(default)]
    pub nomedia: bool,
}

fn yes() -> bool {
    true
}

impl FolderSettings {
    /// A folder with everything in it.
    pub fn whole(path: PathBuf) -> Self {
        Self {
            path,
            album: None,
            recursive: true,
            include: vec![],
            exclude: vec![],
            images: true,
            videos: true,
            nomedia: false,
        }
    }

    /// The folder as the engine takes it. `album` is what the settings say for all.
    pub fn source(&self, album: &str) -> Result<Source, String> {
        let filter = Filter {
            recursive: self.recursive,
            include: globs(&self.include)?,
            exclude: globs(&self.exclude)?,
            images: self.images,
            videos: self.videos,
            nomedia: self.nomedia,
        };
        Ok(Source { path: self.path.clone(), album: self.album.clone().unwrap_or_else(|| album.into()), filter })
    }
}

/// Patterns as the engine takes them.
pub fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    set.build().map_err(|error| error.to_string())
}

impl Default for Settings {
    fn default() -> Self {
        let waits = Waits::default();
        Self {
            library: String::new(),
            mode: Mode::Import,
            album: "Photobridge Imports".into(),
            settle_seconds: waits.settle.as_secs(),
            other_half_minutes: waits.other_half.as_secs() / 60,
            icloud_hours: waits.icloud.as_secs() / 3600,
            join_late_files: false,
            motion_photos: MotionPhotos::default(),
            archives: ArchivesInFolders::default(),
            people_as_keywords: false,
            unattended_limit: 500,
            watch: true,
            export: ExportSettings::default(),
            server: ServerSettings::default(),
            notify: NotifySettings::default(),
            folder: Vec::new(),
            schedule: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads the settings as they are in force: those of the file, the defaults where there is none, and before both what the
    /// environment says.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let settings = match read_text(path)? {
            Some(text) => Self::parse(&text).map_err(|why| SettingsError::Invalid { path: path.to_owned(), why })?,
            None => Self::default(),
        };
        Self::given(settings, "")
    }

    /// Reads how a server is reached, also while the rest makes no sense: the page is then there to say so.
    pub fn read_server(path: &Path) -> Result<ServerSettings, SettingsError> {
        let text = read_text(path).ok().flatten().unwrap_or_default();
        Ok(Self::given(Self::parse(&text).unwrap_or_default(), "server.")?.server)
    }

    /// With what the environment says in place of their own, for the keys that begin so.
    fn given(self, beginning: &str) -> Result<Self, SettingsError> {
        environment::over(self, beginning, environment::says)
            .map_err(|(name, why)| SettingsError::Environment { name, why })
    }

    /// Reads the settings, and names the state of the file that they were in.
    pub fn read_with_version(path: &Path) -> Result<(Self, Version), SettingsError> {
        let text = text(path)?;
        let settings = Self::parse(&text).map_err(|why| SettingsError::Invalid { path: path.to_owned(), why })?;
        Ok((settings, Version::of(&text)))
    }

    /// Reads settings from text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let settings: Self = toml::from_str(text).map_err(|error| explain(&error) + &unknown::beside(text))?;
        let mut settings = settings;
        for folder in &mut settings.folder {
            folder.source(&settings.album)?;
            folder.path = home(&folder.path.to_string_lossy());
        }
        schedule::check(&settings.schedule)?;
        settings.export.folder = home(&settings.export.folder.to_string_lossy());
        Ok(settings)
    }

    /// The folder that exports go to, whether or not the mode exports.
    pub fn receiver(&self) -> Option<&Path> {
        let named = Some(self.export.folder.as_path()).filter(|folder| !folder.as_os_str().is_empty());
        named.or(self.folder.first().map(|folder| folder.path.as_path()))
    }

    /// The canonical paths of the source folders that are there.
    pub fn folder_paths(&self) -> Vec<PathBuf> {
        self.folder.iter().filter_map(|folder| folder.path.canonicalize().ok()).collect()
    }

    /// The waits as the engine takes them.
    pub fn waits(&self) -> Waits {
        Waits {
            settle: Duration::from_secs(self.settle_seconds),
            other_half: Duration::from_secs(self.other_half_minutes.saturating_mul(60)),
            icloud: Duration::from_secs(self.icloud_hours.saturating_mul(3600)),
        }
    }
}

/// Whether a library, as the settings name it, is one that nothing but Apple's Photos may write.
pub fn is_only_read(library: &str) -> bool {
    home(library).extension().is_some_and(|end| end.eq_ignore_ascii_case("photoslibrary"))
}

/// A path as people write it: `~/` is their home.
pub fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// The text of the file, which is the explained template where there is none.
pub fn text(path: &Path) -> Result<String, SettingsError> {
    Ok(read_text(path)?.unwrap_or_else(|| TEMPLATE.to_owned()))
}

fn read_text(path: &Path) -> Result<Option<String>, SettingsError> {
    let failed = |source| SettingsError::File { path: path.to_owned(), what: "read", source };
    match whole::read(path, LARGEST) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(failed(std::io::Error::other("it is larger than 1 MB, which no settings are")))
        }
        Err(error) => Err(failed(error)),
    }
}

/// The parser's message in words for people: where, what, and what may be written there.
fn explain(error: &toml::de::Error) -> String {
    // What was written stands first in quotes, and what may be written follows.
    let allowed: Vec<&str> = error.message().split('`').skip(1).step_by(2).skip(1).collect();
    let words = match error.message() {
        message if message.starts_with("unknown variant") => format!("use one of {}", allowed.join(", ")),
        message if message.ends_with("expected a boolean") => "write true or false".into(),
        message if message.ends_with("expected u64") || message.ends_with("expected usize") => {
            "write a whole number".into()
        }
        message if message.ends_with("expected a string") || message.ends_with("wanted string or table") => {
            "write a text in quotes".into()
        }
        message => message.to_owned(),
    };
    // The first line says where, and the lines that the parser quotes follow it.
    error.to_string().replace(error.message(), &words).replacen('\n', ":\n", 1).trim_end().to_owned()
}

/// How alike two names are that one of them may be a slip of the keyboard.
const ALIKE: f64 = 0.8;

/// Which of these names may be meant by another one.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    // `export.foo` is not alike to `export.from` for what both begin with.
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let alike = |other: &str| strsim::jaro_winkler(&last(name), &last(other));
    names.iter().copied().max_by(|a, b| alike(a).total_cmp(&alike(b))).filter(|other| alike(other) >= ALIKE)
}

/// That there is no such setting, with the one that was meant or with all that there are.
fn no_such(name: &str, settings: &[&str]) -> String {
    match nearest(name, settings) {
        Some(nearest) => format!("there is no such setting (did you mean `{nearest}`?)"),
        None => "there is no such setting. `photobridge config --show` lists them all".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_says_the_defaults() {
        assert_eq!(Settings::parse(TEMPLATE), Ok(Settings::default()));
    }

    #[test]
    fn an_unknown_key_changes_nothing_and_a_wrong_type_is_an_error() {
        assert_eq!(Settings::parse("albun = \"x\"\n[colours]\nred = 1"), Ok(Settings::default()));
        for text in [
            "album = 1",
            "watch = \"no\"",
            "export = 3",
            "[export]\nphotos = 1",
            "[[folder]]\npath = \"/p\"\nexclude = 1",
        ] {
            assert!(Settings::parse(text).is_err(), "{text}");
        }
        let why = Settings::parse("[[folder]]\npth = \"/p\"").expect_err("it has no path");
        assert!(why.contains("missing field `path`") && why.contains("did you mean `path`?"), "{why}");
    }

    #[test]
    fn a_bad_glob_is_an_error() {
        let text = "[[folder]]\npath = \"/p\"\nexclude = [\"a[\"]";
        assert!(Settings::parse(text).is_err());
    }
}
