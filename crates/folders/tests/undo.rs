//! What an undo that died left half moved out of a folder is finished, or is back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use photobridge_core::apply::out::{Recovered, recover_what};
use photobridge_core::asset::ResourceRole;
use photobridge_core::data;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place;
use photobridge_core::ledger::{LeavingFile, Ledger, LibraryId, MoveOut, PlacedFile};
use photobridge_core::library::Identity;
use photobridge_core::memory::LinkId;
use photobridge_core::run::StartedBy;
use photobridge_folders::Everywhere;
use photobridge_folders::disk::Disk;
use photobridge_testkit::Faulty;

const STILL: &[u8] = b"the still";
const MOVIE: &[u8] = b"the movie";

/// A folder with both files of a photo, of which an undo wrote down that they leave, and then died.
struct Dead {
    root: tempfile::TempDir,
    ledger: Ledger,
    library: LibraryId,
    /// Whether the library has the photo.
    has: bool,
    ways: Vec<Way>,
}

/// Where a file lies before, in between and in the end.
struct Way {
    source: PathBuf,
    held: PathBuf,
    target: PathBuf,
}

impl Dead {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let path = root.path().canonicalize().expect("there");
        let (folder, data) = (path.join("folder"), path.join("data"));
        fs::create_dir_all(folder.join("2024")).expect("made");
        fs::create_dir(&data).expect("made");
        let mut ledger = Ledger::open(&data).expect("opens");
        let id = ledger.folder(&Disk::open(&folder).expect("there"), &Everywhere, &[]).expect("known").id;
        let library = ledger.library(&Identity { uuid: None, path: path.join("library") }).expect("known");
        let run = ledger.begin_run("undo", "import", &StartedBy::CommandLine, jiff::Timestamp::UNIX_EPOCH);
        let placed = |name: &str, bytes: &[u8]| PlacedFile {
            link: LinkId(1),
            folder: id,
            root: folder.clone(),
            path: Path::new("2024").join(name),
            role: ResourceRole::Photo,
            written: Fingerprint::of(bytes),
        };
        let files = [placed("1.HEIC", STILL), placed("1.MOV", MOVIE)];
        let files = files.map(|file| LeavingFile::new(&file, place::part_name())).to_vec();
        let photo = MoveOut { link: 1, directory: "run-1".into(), files };
        ledger.begin_move_out(run.expect("begun"), library, &photo).expect("written down");
        let aside = data.join(data::UNDONE).join(&photo.directory);
        let way = |file: &LeavingFile| {
            let (source, target) = (folder.join(file.path()), aside.join(file.path()));
            Way { held: source.with_file_name(&file.part), source, target }
        };
        let ways: Vec<Way> = photo.files.iter().map(way).collect();
        fs::create_dir_all(aside.join("2024")).expect("made");
        Self { root, ledger, library, has: true, ways }
    }

    /// Lets the next run finish it, on one disk or from afar; what lies where then.
    fn recovered_from(&mut self, is_afar: bool) -> (usize, BTreeMap<PathBuf, Vec<u8>>) {
        let data = self.root.path().join("data");
        let folders = Faulty { folders: &Everywhere, fuse: Arc::default(), is_afar };
        let recovered = recover_what(&data, self.library, &folders, &mut self.ledger, |_, _, _| self.has);
        let out = recovered.expect("the ledger works").out.len();
        assert_eq!(self.ledger.open_moves_out().expect("the ledger works"), [], "the entry is closed");
        let mut found = BTreeMap::new();
        for directory in ["folder/2024", "data/undone/run-1/2024"] {
            for entry in fs::read_dir(self.root.path().join(directory)).expect("listed").flatten() {
                let path = Path::new(directory).join(entry.file_name());
                found.insert(path, fs::read(entry.path()).expect("a file"));
            }
        }
        (out, found)
    }

    fn recovered(&mut self) -> (usize, BTreeMap<PathBuf, Vec<u8>>) {
        self.recovered_from(false)
    }
}

fn lies<const N: usize>(files: [(&str, &[u8]); N]) -> BTreeMap<PathBuf, Vec<u8>> {
    files.map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec())).into()
}

#[test]
fn wherever_an_undo_died_both_files_of_a_photo_are_out_afterwards() {
    type Lay = for<'a> fn(&'a Way) -> Vec<&'a Path>;
    let lays: [Lay; 4] = [
        |way| vec![&way.source],
        |way| vec![&way.held],
        // A copy went to another disk.
        |way| vec![&way.held, &way.target],
        |way| vec![&way.target],
    ];
    let moments = lays.iter().flat_map(|still| lays.iter().map(move |movie| [still, movie]));
    let moments = moments.enumerate().flat_map(|moment| [(moment, false), (moment, true)]);
    for ((moment, lay), is_afar) in moments {
        let mut dead = Dead::new();
        for ((way, lay), bytes) in dead.ways.iter().zip(lay).zip([STILL, MOVIE]) {
            lay(way).into_iter().for_each(|path| fs::write(path, bytes).expect("written"));
        }
        let aside = [("data/undone/run-1/2024/1.HEIC", STILL), ("data/undone/run-1/2024/1.MOV", MOVIE)];
        assert_eq!(dead.recovered_from(is_afar), (1, lies(aside)), "moment {moment}, afar: {is_afar}");
    }
}

#[test]
fn a_photo_of_which_a_file_was_changed_or_deleted_meanwhile_is_back_under_names_that_nobody_has() {
    let mut changed = Dead::new();
    fs::write(&changed.ways[0].held, STILL).expect("written");
    fs::write(&changed.ways[0].source, "another photo").expect("written");
    fs::write(&changed.ways[1].source, "retouched").expect("written");
    let all: [(&str, &[u8]); 3] = [
        ("folder/2024/1.HEIC", b"another photo"),
        ("folder/2024/1 (2).HEIC", STILL),
        ("folder/2024/1.MOV", b"retouched"),
    ];
    assert_eq!(changed.recovered(), (0, lies(all)));

    let mut deleted = Dead::new();
    fs::write(&deleted.ways[0].target, STILL).expect("written");
    assert_eq!(deleted.recovered(), (0, lies([("folder/2024/1.HEIC", STILL)])));
}

#[test]
fn what_the_library_has_no_longer_is_back_wherever_the_undo_died() {
    let mut dead = Dead { has: false, ..Dead::new() };
    let [still, movie] = [&dead.ways[0], &dead.ways[1]];
    fs::write(&still.target, STILL).expect("written");
    fs::write(&movie.source, MOVIE).expect("written");
    assert_eq!(dead.recovered(), (0, lies([("folder/2024/1.HEIC", STILL), ("folder/2024/1.MOV", MOVIE)])));
}

#[test]
fn half_a_copy_on_another_disk_is_nothing() {
    let mut dead = Dead::new();
    let [still, movie] = [&dead.ways[0], &dead.ways[1]];
    fs::write(&still.held, STILL).expect("written");
    fs::write(still.target.with_file_name(still.held.file_name().expect("a name")), "the st").expect("written");
    fs::write(&movie.held, MOVIE).expect("written");
    let aside = [("data/undone/run-1/2024/1.HEIC", STILL), ("data/undone/run-1/2024/1.MOV", MOVIE)];
    assert_eq!(dead.recovered_from(true), (1, lies(aside)));
}

#[test]
fn what_lies_in_a_folder_that_is_away_waits_for_it() {
    let mut dead = Dead::new();
    dead.ways.iter().zip([STILL, MOVIE]).for_each(|(way, bytes)| fs::write(&way.target, bytes).expect("written"));
    let folder = dead.root.path().join("folder");
    fs::rename(&folder, dead.root.path().join("away")).expect("moved");
    let data = dead.root.path().join("data");
    let recovered = recover_what(&data, dead.library, &Everywhere, &mut dead.ledger, |_, _, _| true);
    assert_eq!(recovered.expect("the ledger works"), Recovered::default());
    assert_eq!(dead.ledger.open_moves_out().expect("the ledger works").len(), 1);
    fs::rename(dead.root.path().join("away"), &folder).expect("moved back");
    assert_eq!(dead.recovered().0, 1);
}
