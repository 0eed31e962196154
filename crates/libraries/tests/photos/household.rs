//! A folder, a library that a scripted PhotoKit shows, and a data directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::export::{Edited, Export, Range};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::Filter;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::run::{Command, Mode, MotionPhotos, StartedBy};
use photobridge_core::sync::{self, Finished, Request, Source, SyncError, Waits};
use photobridge_folders::Everywhere;
use photobridge_libraries::Embedded;
use photobridge_media::capture::CaptureTime;
use photobridge_media::sample::Shot;
use photobridge_testkit::alter;

use crate::support::scripted::Scripted;
use crate::support::{self, Sample};

pub struct Household {
    pub root: PathBuf,
    /// Removes what was made; nothing where another household made it.
    _directory: Option<tempfile::TempDir>,
    pub kit: Arc<Scripted>,
    /// Whether the tables of Photos may be read.
    pub has_tables: bool,
    pub range: Range,
    /// Which version goes out.
    pub edited: Edited,
    pub baseline: Option<Timestamp>,
    /// How many may go in while nobody watches; nothing where somebody does.
    pub unattended: Option<usize>,
    /// What becomes of motion photos.
    pub motion_photos: MotionPhotos,
    /// Which macOS it is.
    pub system: &'static str,
}

impl Household {
    /// With these photos in the library.
    pub fn new(has_tables: bool, library: &[Sample]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().to_owned();
        for name in ["folder", "data"] {
            fs::create_dir_all(root.join(name)).expect("a directory");
        }
        let path = root.join("System");
        let mut embedded = Embedded::open(&path).expect("a library");
        let folder = root.join("made");
        for sample in library {
            support::import(&mut embedded, &folder, sample).expect("an import");
        }
        drop(embedded);
        Self { _directory: Some(directory), ..Self::again(&root, has_tables) }
    }

    /// One that another process made.
    pub fn again(root: &Path, has_tables: bool) -> Self {
        let kit = Arc::new(Scripted::over(&root.join("System")));
        let (range, edited) = (Range::FullLibrary, Edited::default());
        let motion_photos = MotionPhotos::default();
        let (root, baseline) = (root.to_owned(), None);
        let system = "26.1";
        Self {
            root,
            _directory: None,
            kit,
            has_tables,
            range,
            edited,
            baseline,
            unattended: None,
            motion_photos,
            system,
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.root.join("folder")
    }

    pub fn library(&self) -> PathBuf {
        self.root.join("System")
    }

    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a directory");
        fs::write(path, bytes).expect("written");
    }

    /// A person adds a photo to the library.
    pub fn add(&self, sample: &Sample) -> AssetId {
        let mut embedded = Embedded::open(self.library()).expect("the library");
        let id = support::import(&mut embedded, &self.root.join("made"), sample).expect("an import").id;
        drop(embedded);
        self.kit.upload();
        id
    }

    pub fn id(&self, name: &str) -> AssetId {
        alter::id_of(&self.library(), name)
    }

    pub fn sync(&self) -> Result<Finished, SyncError> {
        self.run(Command::Sync, Mode::Bidirectional)
    }

    pub fn run(&self, command: Command, mode: Mode) -> Result<Finished, SyncError> {
        let package = if self.has_tables { self.library() } else { self.root.join("no Full Disk Access") };
        let mut library = support::photos_at(&self.kit, &package, &self.data(), now, self.system)?;
        let request = Request {
            started_by: StartedBy::CommandLine,
            command,
            mode,
            export: Export { range: self.range, baseline: self.baseline, edited: self.edited, ..Export::default() },
            export_folder: None,
            sources: vec![Source { path: self.folder(), album: "Imports".into(), filter: Filter::default() }],
            data: self.data(),
            waits: Waits { settle: Duration::ZERO, ..Waits::default() },
            joins: false,
            motion_photos: self.motion_photos,
            archives: Default::default(),
            people_as_keywords: false,
            unattended: self.unattended,
            only: None,
            look: Default::default(),
            thorough: false,
            kin: None,
        };
        sync::run(&request, &mut library, &Everywhere, &now, &Silent, &Cancel::new())
    }

    /// Every file of the folder with the identity of its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Fingerprint> {
        let files = support::tree(&self.folder()).into_iter();
        let relative = |path: &Path| path.strip_prefix(self.folder()).expect("below").to_owned();
        files.filter_map(|(path, (bytes, _))| Some((relative(&path), bytes?))).collect()
    }

    /// The files of each asset that is not in the trash, in the order of their roles.
    pub fn kept(&self) -> Vec<Vec<(ResourceRole, Fingerprint)>> {
        let mut kept: Vec<Vec<_>> = (self.kit.kept().iter().filter(|asset| !asset.standing.trashed))
            .map(|asset| {
                let files = asset.resources.iter().filter(|resource| resource.role.is_original());
                let mut files: Vec<_> =
                    files.map(|file| (file.role, file.fingerprint.expect("an embedded library knows"))).collect();
                files.sort_unstable();
                files
            })
            .collect();
        kept.sort_unstable();
        kept
    }
}

/// Later than every file that a test writes, so that no file seems to have changed a moment ago, nor to be fresh.
pub fn now() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(48)
}

/// A shot of a phone, another for each number.
pub fn shot(number: u64) -> Shot {
    let minutes = SignedDuration::from_mins(number as i64);
    Shot::new(date(2024, 5, 14).at(12, 0, 0, 0).checked_add(minutes).expect("a date"), number)
}

/// A photo of these files, taken when the shot was.
pub fn taken(number: u64, parts: Vec<support::Part>) -> Sample {
    let shot = shot(number);
    let nanos = shot.milliseconds.map(|milliseconds| u32::from(milliseconds) * 1_000_000);
    let kind = if parts[0].0 == ResourceRole::Video { MediaKind::Video } else { MediaKind::Photo };
    let captured = CaptureTime::from_wall(shot.captured, shot.offset, nanos);
    Sample { kind, captured, pixels: Some((48, 32)), parts, ..support::photo("", b"") }
}

/// A Live Photo's halves.
pub fn live(number: u64) -> (Vec<u8>, Vec<u8>) {
    let shot = Shot { content_identifier: Some(format!("LIVE-{number}")), ..shot(number) };
    (shot.heif(48, 32), shot.movie(48, 32, 1500))
}

/// A motion photo.
pub fn motion(number: u64) -> Vec<u8> {
    let shot = Shot { make: "Google".into(), model: "Pixel 9".into(), ..shot(number) };
    [shot.jpeg(48, 32), shot.movie(48, 32, 1500)].concat()
}

/// A picture that says nothing of when it was taken: that of the shot without its first segment, which holds the EXIF.
pub fn undated(number: u64) -> Vec<u8> {
    let dated = shot(number).jpeg(48, 32);
    let segment = 4 + usize::from(u16::from_be_bytes([dated[4], dated[5]]));
    [&dated[..2], &dated[segment..]].concat()
}
