//! Moves the files of a photo that is undone out of their folder: all of them or none.
//!
//! Each goes by a name of our own, so that nobody can put another file in its place between the look at its bytes and the
//! move. The journal holds these names before the first is given. Stop anywhere, and the same steps once more finish what
//! was begun ([`recover`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::holdings::Holdings;
use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::opener::open_file;
use crate::folder::{dates, names, place};
use crate::item::FolderId;
use crate::ledger::{JournalId, LeavingFile, Ledger, LedgerError, LibraryId, MoveOut, PlacedFile};
use crate::library::Library;
use crate::memory::LinkId;
use crate::run::RunId;
use crate::{data, durable};

/// Files of a photo that stay in their folder, each with the reason; none where all of them are out.
pub type Kept = Vec<(PathBuf, String)>;

/// Moves a photo's files into the `directory` of an undo. Nothing is moved before the ledger says that it is undone.
pub fn move_out(
    data: &Path,
    (run, library): (RunId, LibraryId),
    files: &[PlacedFile],
    directory: &str,
    ledger: &mut Ledger,
) -> Result<Kept, LedgerError> {
    let leaving = |file: &PlacedFile| LeavingFile::new(file, place::part_name());
    let link = files.first().map_or(0, |file| file.link.0);
    let photo = MoveOut { link, directory: directory.to_owned(), files: files.iter().map(leaving).collect() };
    let entry = ledger.begin_move_out(run, library, &photo)?;
    let roots: Vec<PathBuf> = files.iter().map(|file| file.root.clone()).collect();
    finish(data, entry, &photo, &roots, ledger)
}

/// What became of the photos of undos that died.
#[derive(Debug, Default, PartialEq)]
pub struct Recovered {
    /// They are out now.
    pub out: Vec<MoveOut>,
    /// They are back in their folders: the library has them no longer.
    pub back: Vec<MoveOut>,
}

/// The paths of the files of photos.
pub fn paths(photos: &[MoveOut]) -> Vec<PathBuf> {
    photos.iter().flat_map(|photo| &photo.files).map(LeavingFile::path).collect()
}

/// Finishes what undos that died began, of photos that the library has now; since then somebody may have deleted one there, and
/// its files go back. A photo of which a folder is away waits for it, all of them for a library that cannot be listed.
pub fn recover(data: &Path, library: &mut dyn Library, ledger: &mut Ledger) -> Result<Recovered, LedgerError> {
    if ledger.open_moves_out()?.is_empty() {
        return Ok(Recovered::default());
    }
    let library_id = ledger.library(&library.identity())?;
    let Ok(mut holdings) = Holdings::of(library) else { return Ok(Recovered::default()) };
    recover_what(data, library_id, ledger, |file, size, assets| holdings.have(file, size, assets))
}

/// The same, where `has` tells whether the library has the bytes of a file, of this length, of a photo with these assets.
fn recover_what(
    data: &Path,
    library: LibraryId,
    ledger: &mut Ledger,
    mut has: impl FnMut(&PlacedFile, u64, &[AssetId]) -> bool,
) -> Result<Recovered, LedgerError> {
    let mut recovered = Recovered::default();
    for (entry, photo) in ledger.open_moves_out()? {
        let mut roots = Vec::with_capacity(photo.files.len());
        for file in &photo.files {
            let Some(root) = ledger.folder_path(file.folder)? else { break };
            if !lies_at(ledger, file.folder, &root)? {
                break;
            }
            roots.push(root);
        }
        if roots.len() < photo.files.len() {
            continue;
        }
        let assets = ledger.assets_of(LinkId(photo.link), library)?;
        let ways = ways(data, &photo, &roots);
        let mut has_all = true;
        for ((file, root), way) in photo.files.iter().zip(&roots).zip(&ways) {
            let (Some(written), Some(size)) = (file.written(), way.size()) else { continue };
            let (link, folder, path) = (LinkId(photo.link), file.folder, file.path());
            let role = ledger.role_at(link, folder, &path)?.unwrap_or(ResourceRole::Photo);
            has_all &= has(&PlacedFile { link, folder, root: root.clone(), path, role, written }, size, &assets);
        }
        if !has_all {
            if put_back(entry, &photo, &ways, ledger)? {
                recovered.back.push(photo);
            }
        } else if finish(data, entry, &photo, &roots, ledger)?.is_empty() {
            recovered.out.push(photo);
        }
    }
    Ok(recovered)
}

fn ways(data: &Path, photo: &MoveOut, roots: &[PathBuf]) -> Vec<Way> {
    let below = Path::new(data::UNDONE).join(&photo.directory);
    photo.files.iter().zip(roots).map(|(file, root)| Way::new(file, root, data, &below)).collect()
}

/// Gives all files of a photo their names back, and closes the entry. One of which a file could not be given back stays open:
/// the next run tries again.
fn put_back(entry: JournalId, photo: &MoveOut, ways: &[Way], ledger: &mut Ledger) -> Result<bool, LedgerError> {
    let are_back = ways.iter().filter(|way| way.give_back().is_err()).count() == 0;
    if are_back {
        ledger.end_move_out(entry, photo, false)?;
    }
    Ok(are_back)
}

/// Whether this very folder lies there now.
pub fn lies_at(ledger: &mut Ledger, folder: FolderId, root: &Path) -> Result<bool, LedgerError> {
    Ok(root.is_dir() && {
        let known = ledger.folder(root)?;
        known.id == folder && known.doubt.is_none()
    })
}

/// Goes on wherever it was stopped, and closes the entry once all files are on one side.
fn finish(
    data: &Path,
    entry: JournalId,
    photo: &MoveOut,
    roots: &[PathBuf],
    ledger: &mut Ledger,
) -> Result<Kept, LedgerError> {
    let ways = ways(data, photo, roots);
    let steps: [fn(&Way) -> io::Result<()>; 3] = [Way::hold, Way::take, Way::release];
    let each = steps.iter().flat_map(|step| ways.iter().enumerate().map(move |(at, way)| (at, step, way)));
    let failed = { each }.find_map(|(at, step, way)| step(way).err().map(|error| (at, error)));
    let Some((at, error)) = failed else {
        ledger.end_move_out(entry, photo, true)?;
        return Ok(Kept::new());
    };
    put_back(entry, photo, &ways, ledger)?;
    let why = |other: usize| match other == at {
        true => format!("it could not be moved: {error}"),
        false => "another file of its photo is not moved".into(),
    };
    Ok(photo.files.iter().enumerate().map(|(other, file)| (file.path(), why(other))).collect())
}

/// Where one file lies before, in between and in the end.
struct Way {
    source: PathBuf,
    held: PathBuf,
    target: PathBuf,
    /// The data directory, and the directory of `target` below it.
    data: PathBuf,
    below: PathBuf,
    bytes: Option<Fingerprint>,
}

impl Way {
    fn new(file: &LeavingFile, root: &Path, data: &Path, below: &Path) -> Self {
        let source = root.join(file.path());
        let target = below.join(file.path());
        Self {
            held: source.with_file_name(&file.part),
            source,
            data: data.to_owned(),
            below: target.parent().unwrap_or(below).to_owned(),
            target: data.join(target),
            bytes: file.written(),
        }
    }

    /// Whether these bytes lie there as a plain file.
    fn holds(&self, path: &Path) -> bool {
        let read = open_file(path).and_then(Fingerprint::of_reader);
        read.is_ok_and(|(found, _)| Some(found) == self.bytes)
    }

    /// The length of the file, wherever it lies now.
    fn size(&self) -> Option<u64> {
        let places = [&self.held, &self.source, &self.target];
        places.into_iter().find_map(|path| fs::symlink_metadata(path).ok()).map(|found| found.len())
    }

    fn is_out(&self) -> bool {
        !is_there(&self.held) && self.holds(&self.target) && !self.holds(&self.source)
    }

    /// Gives the file the name in between, and looks at what that is.
    fn hold(&self) -> io::Result<()> {
        if self.is_out() {
            return Ok(());
        }
        if !is_there(&self.held) {
            place::move_new(&self.source, &self.held)?;
        }
        match self.holds(&self.held) {
            true => Ok(()),
            false => Err(io::Error::other("it was changed just now")),
        }
    }

    /// Brings the bytes where they go. On another disk they are copied, and the file stays for now.
    fn take(&self) -> io::Result<()> {
        data::directory(&self.data.join(&self.below))?;
        if is_there(&self.held) && !self.holds(&self.target) {
            match place::move_new(&self.held, &self.target) {
                Err(error) if error.kind() == io::ErrorKind::CrossesDevices => self.copy()?,
                moved => moved?,
            }
        }
        place::sync_directories(&self.data, [&self.below]).map_err(io::Error::other)
    }

    /// Whole under its name or not there: first under the name in between, there too.
    fn copy(&self) -> io::Result<()> {
        let part = self.target.with_file_name(self.held.file_name().unwrap_or_default());
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let copied = self.write(&part).and_then(|()| place::move_new(&part, &self.target));
        if copied.is_err() {
            let _ = fs::remove_file(&part);
        }
        copied
    }

    fn write(&self, part: &Path) -> io::Result<()> {
        let mut copy = data::options().write(true).create_new(true).open(part)?;
        io::copy(&mut open_file(&self.held)?, &mut copy)?;
        dates::set_times(&copy, fs::metadata(&self.held)?.modified()?)?;
        durable::file(&copy)?;
        match self.holds(part) {
            true => Ok(()),
            false => Err(io::Error::other("the copy is not the same")),
        }
    }

    /// Removes the file where a copy of it went. Afterwards no power failure brings the name in between back.
    fn release(&self) -> io::Result<()> {
        match fs::remove_file(&self.held) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.sync(),
        }
    }

    fn sync(&self) -> io::Result<()> {
        durable::directory(self.source.parent().unwrap_or(&self.source))
    }

    /// Gives the file its name back, or one with a number where somebody took it meanwhile. What a disk of its own holds by
    /// now stays there.
    fn give_back(&self) -> io::Result<()> {
        if self.is_out() {
            match place::move_new(&self.target, &self.held) {
                Err(error) if error.kind() == io::ErrorKind::CrossesDevices => return Ok(()),
                moved => moved?,
            }
        }
        if !is_there(&self.held) {
            return Ok(());
        }
        let name = self.source.file_name().unwrap_or_default().to_string_lossy();
        let stem = names::stem(&name);
        let numbered = |number: u32| match number {
            1 => self.source.clone(),
            _ => self.source.with_file_name(format!("{stem} ({number}){}", &name[stem.len()..])),
        };
        for number in 1.. {
            match place::move_new(&self.held, &numbered(number)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                moved => return moved.and_then(|()| self.sync()),
            }
        }
        unreachable!("numbers do not end")
    }
}

/// Whether anything has this name. What nobody can tell counts as there.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).err().is_none_or(|error| error.kind() != io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::library::Identity;
    use crate::memory::LinkId;
    use crate::run::StartedBy;

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

    impl Dead {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a directory");
            let path = root.path().canonicalize().expect("there");
            let (folder, data) = (path.join("folder"), path.join("data"));
            fs::create_dir_all(folder.join("2024")).expect("made");
            fs::create_dir(&data).expect("made");
            let mut ledger = Ledger::open(&data).expect("opens");
            let id = ledger.folder(&folder).expect("known").id;
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
            let below = Path::new(data::UNDONE).join(&photo.directory);
            let ways: Vec<Way> = photo.files.iter().map(|file| Way::new(file, &folder, &data, &below)).collect();
            fs::create_dir_all(data.join(&ways[0].below)).expect("made");
            Self { root, ledger, library, has: true, ways }
        }

        /// Lets the next run finish it; what lies where then.
        fn recovered(&mut self) -> (usize, BTreeMap<PathBuf, Vec<u8>>) {
            let data = self.root.path().join("data");
            let out = recover_what(&data, self.library, &mut self.ledger, |_, _, _| self.has)
                .expect("the ledger works")
                .out
                .len();
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
        for (moment, lay) in moments.enumerate() {
            let mut dead = Dead::new();
            for ((way, lay), bytes) in dead.ways.iter().zip(lay).zip([STILL, MOVIE]) {
                lay(way).into_iter().for_each(|path| fs::write(path, bytes).expect("written"));
            }
            let aside = [("data/undone/run-1/2024/1.HEIC", STILL), ("data/undone/run-1/2024/1.MOV", MOVIE)];
            assert_eq!(dead.recovered(), (1, lies(aside)), "moment {moment}");
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
        fs::create_dir_all(still.target.parent().expect("below")).expect("made");
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
        still.copy().expect("copied");
        fs::write(&movie.held, MOVIE).expect("written");
        let aside = [("data/undone/run-1/2024/1.HEIC", STILL), ("data/undone/run-1/2024/1.MOV", MOVIE)];
        assert_eq!(dead.recovered(), (1, lies(aside)));
    }

    #[test]
    fn what_lies_in_a_folder_that_is_away_waits_for_it() {
        let mut dead = Dead::new();
        dead.ways.iter().zip([STILL, MOVIE]).for_each(|(way, bytes)| fs::write(&way.target, bytes).expect("written"));
        let folder = dead.root.path().join("folder");
        fs::rename(&folder, dead.root.path().join("away")).expect("moved");
        let data = dead.root.path().join("data");
        let recovered = recover_what(&data, dead.library, &mut dead.ledger, |_, _, _| true).expect("the ledger works");
        assert_eq!(recovered, Recovered::default());
        assert_eq!(dead.ledger.open_moves_out().expect("the ledger works").len(), 1);
        fs::rename(dead.root.path().join("away"), &folder).expect("moved back");
        assert_eq!(dead.recovered().0, 1);
    }
}
