//! Moves the files of a photo that is undone out of their folder: all of them or none.
//!
//! Each goes by a name of our own, so that nobody can put another file in its place between the look at its bytes and the
//! move. The journal holds these names before the first is given. Stop anywhere, and the same steps once more finish what
//! was begun ([`recover`]).

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::holdings::{Holdings, Lying};
use crate::asset::{AssetId, ResourceRole};
use crate::data;
use crate::fingerprint::Fingerprint;
use crate::folder::place::{self, Part, holds};
use crate::folder::{Folder, FolderError, Folders, motion, names};
use crate::item::FolderId;
use crate::ledger::{JournalId, LeavingFile, Ledger, LedgerError, LibraryId, MoveOut, PlacedFile};
use crate::library::Library;
use crate::memory::LinkId;
use crate::run::RunId;

/// Files of a photo that stay in their folder, each with the reason; none where all of them are out.
pub type Kept = Vec<(PathBuf, String)>;

/// Moves a photo's files into the `directory` of an undo. Nothing is moved before the ledger says that it is undone.
pub fn move_out(
    data: &Path,
    (run, library): (RunId, LibraryId),
    files: &[PlacedFile],
    directory: &str,
    folders: &dyn Folders,
    ledger: &mut Ledger,
) -> Result<Kept, LedgerError> {
    let leaving = |file: &PlacedFile| LeavingFile::new(file, place::part_name());
    let link = files.first().map_or(0, |file| file.link.0);
    let photo = MoveOut { link, directory: directory.to_owned(), files: files.iter().map(leaving).collect() };
    let entry = ledger.begin_move_out(run, library, &photo)?;
    let sources: Result<Vec<_>, FolderError> = files.iter().map(|file| folders.open(&file.root)).collect();
    let (sources, aside) = match sources.and_then(|sources| Ok((sources, aside(data, folders)?))) {
        Ok(both) => both,
        // Whoever looks next finds them as they lie.
        Err(error) => return Ok(photo.files.iter().map(|file| (file.path(), could_not(&error))).collect()),
    };
    finish(&*aside, entry, &photo, &sources, ledger)
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
pub fn recover(
    data: &Path,
    library: &mut dyn Library,
    folders: &dyn Folders,
    ledger: &mut Ledger,
) -> Result<Recovered, LedgerError> {
    if ledger.open_moves_out()?.is_empty() {
        return Ok(Recovered::default());
    }
    let library_id = ledger.library(&library.identity())?;
    let Ok(mut holdings) = Holdings::of(library) else { return Ok(Recovered::default()) };
    recover_what(data, library_id, folders, ledger, |file, lying, assets| holdings.have(file, lying, assets))
}

/// The same, where `has` tells whether the library has the bytes of a file that lies so, of a photo with these assets.
pub fn recover_what(
    data: &Path,
    library: LibraryId,
    folders: &dyn Folders,
    ledger: &mut Ledger,
    mut has: impl FnMut(&PlacedFile, Lying, &[AssetId]) -> bool,
) -> Result<Recovered, LedgerError> {
    let mut recovered = Recovered::default();
    for (entry, photo) in ledger.open_moves_out()? {
        let mut sources = Vec::with_capacity(photo.files.len());
        for file in &photo.files {
            let Some(place) = ledger.folder_path(file.folder)? else { break };
            let Some(source) = lies_at(ledger, folders, file.folder, &place)? else { break };
            sources.push(source);
        }
        if sources.len() < photo.files.len() {
            continue;
        }
        let Ok(aside) = aside(data, folders) else { break };
        let assets = ledger.assets_of(LinkId(photo.link), library)?;
        let ways = ways(&*aside, &photo, &sources);
        let mut has_all = true;
        for ((file, source), way) in photo.files.iter().zip(&sources).zip(&ways) {
            let (Some(written), Some(lying)) = (file.written(), way.lying()) else { continue };
            let (link, folder, path) = (LinkId(photo.link), file.folder, file.path());
            let role = ledger.role_at(link, folder, &path)?.unwrap_or(ResourceRole::Photo);
            let root = source.place().to_owned();
            has_all &= has(&PlacedFile { link, folder, root, path, role, written }, lying, &assets);
        }
        if !has_all {
            if put_back(entry, &photo, &ways, ledger)? {
                recovered.back.push(photo);
            }
        } else if finish(&*aside, entry, &photo, &sources, ledger)?.is_empty() {
            recovered.out.push(photo);
        }
    }
    Ok(recovered)
}

fn ways<'a>(aside: &'a dyn Folder, photo: &'a MoveOut, sources: &'a [Arc<dyn Folder>]) -> Vec<Way<'a>> {
    let (files, below) = (photo.files.iter().zip(sources), Path::new(&photo.directory));
    files.map(|(file, source)| Way::new(file, &**source, aside, below)).collect()
}

/// Gives all files of a photo their names back, and closes the entry. One of which a file could not be given back stays open:
/// the next run tries again.
fn put_back(entry: JournalId, photo: &MoveOut, ways: &[Way<'_>], ledger: &mut Ledger) -> Result<bool, LedgerError> {
    let are_back = ways.iter().filter(|way| way.give_back().is_err()).count() == 0;
    if are_back {
        ledger.end_move_out(entry, photo, false)?;
    }
    Ok(are_back)
}

/// Where the files of undos go: a folder, too.
fn aside(data: &Path, folders: &dyn Folders) -> Result<Arc<dyn Folder>, FolderError> {
    folders.open(&data::undone(data)?)
}

/// The folder, if this very one lies there now.
pub fn lies_at(
    ledger: &mut Ledger,
    folders: &dyn Folders,
    id: FolderId,
    place: &Path,
) -> Result<Option<Arc<dyn Folder>>, LedgerError> {
    let Ok(there) = folders.open(place) else { return Ok(None) };
    if there.ground().is_err() {
        return Ok(None);
    }
    let known = ledger.folder(&*there, folders, &[])?;
    Ok(Some(there).filter(|_| known.id == id && known.doubt.is_none()))
}

/// Goes on wherever it was stopped, and closes the entry once all files are on one side.
fn finish(
    aside: &dyn Folder,
    entry: JournalId,
    photo: &MoveOut,
    sources: &[Arc<dyn Folder>],
    ledger: &mut Ledger,
) -> Result<Kept, LedgerError> {
    let ways = ways(aside, photo, sources);
    let steps: [Step<'_>; 3] = [Way::hold, Way::take, Way::release];
    let each = steps.iter().flat_map(|step| ways.iter().enumerate().map(move |(at, way)| (at, step, way)));
    let failed = { each }.find_map(|(at, step, way)| step(way).err().map(|error| (at, error)));
    let Some((at, error)) = failed else {
        ledger.end_move_out(entry, photo, true)?;
        return Ok(Kept::new());
    };
    put_back(entry, photo, &ways, ledger)?;
    let why = |other: usize| match other == at {
        true => could_not(&error),
        false => "another file of its photo is not moved".into(),
    };
    Ok(photo.files.iter().enumerate().map(|(other, file)| (file.path(), why(other))).collect())
}

fn could_not(error: &FolderError) -> String {
    format!("it could not be moved: {error}")
}

type Step<'a> = fn(&Way<'a>) -> Result<(), FolderError>;

/// Where one file lies before, in between and in the end.
struct Way<'a> {
    folder: &'a dyn Folder,
    /// Paths below the folder.
    source: PathBuf,
    held: PathBuf,
    /// Where its files go that are undone, and the path below that.
    aside: &'a dyn Folder,
    target: PathBuf,
    part: &'a str,
    bytes: Option<Fingerprint>,
}

impl<'a> Way<'a> {
    fn new(file: &'a LeavingFile, folder: &'a dyn Folder, aside: &'a dyn Folder, below: &Path) -> Self {
        let source = file.path();
        let target = below.join(&source);
        let (held, part) = (source.with_file_name(&file.part), file.part.as_str());
        Self { folder, source, held, aside, target, part, bytes: file.written() }
    }

    /// Whether these bytes lie there as a plain file.
    fn lies(&self, folder: &dyn Folder, path: &Path) -> bool {
        self.bytes.is_some_and(|bytes| holds(folder, path, bytes))
    }

    /// What is told of the file, wherever it lies now.
    fn lying(&self) -> Option<Lying> {
        let places = [(self.folder, &self.held), (self.folder, &self.source), (self.aside, &self.target)];
        places.into_iter().find_map(|(folder, path)| {
            let (_, state) = folder.stat(path).ok()?;
            let pair = folder.open(path).ok().and_then(|mut opened| motion::look(&mut *opened).ok()?.1);
            Some(Lying { size: state.stamp.size, pair })
        })
    }

    fn is_out(&self) -> bool {
        !self.is_held() && self.lies(self.aside, &self.target) && !self.lies(self.folder, &self.source)
    }

    /// Whether anything has the name in between. What nobody can tell counts as there.
    fn is_held(&self) -> bool {
        !matches!(self.folder.stat(&self.held), Err(FolderError::Gone))
    }

    /// Gives the file the name in between, and looks at what that is.
    fn hold(&self) -> Result<(), FolderError> {
        if self.is_out() {
            return Ok(());
        }
        if !self.is_held() {
            self.folder.rename(&self.source, OsStr::new(self.part))?;
        }
        match self.lies(self.folder, &self.held) {
            true => Ok(()),
            false => Err(FolderError::Permanent("it was changed just now".into())),
        }
    }

    /// Brings the bytes where they go. Where the folder lies on another disk they are copied, and the file stays for now.
    fn take(&self) -> Result<(), FolderError> {
        let is_to_go = self.is_held() && !self.lies(self.aside, &self.target);
        if is_to_go && !self.folder.hand_over(&self.held, self.aside, &self.target)? {
            self.copy()?;
        }
        self.aside.sync_directories(&[parent(&self.target)])
    }

    /// Whole under its name or not there: first under the name in between, there too.
    fn copy(&self) -> Result<(), FolderError> {
        self.aside.discard(parent(&self.target), self.part)?;
        let (_, state) = self.folder.stat(&self.held)?;
        let mut opened = self.folder.open(&self.held)?;
        let failed = |error: place::PlaceError| FolderError::Permanent(error.to_string());
        let mut part = Part::create(self.aside, &self.target, self.part).map_err(failed)?;
        if let Err(error) = io::copy(&mut opened, &mut part) {
            part.abandon();
            return Err(error.into());
        }
        let modified = Timestamp::from_nanosecond(i128::from(state.stamp.mtime)).ok();
        let whole = part.finish(self.bytes, None, modified).and_then(place::Written::sync);
        whole.and_then(place::Durable::place).map_err(failed).map(drop)
    }

    /// Removes the file where a copy of it went. Afterwards no power failure brings the name in between back.
    fn release(&self) -> Result<(), FolderError> {
        self.folder.discard(parent(&self.held), self.part)?;
        self.sync()
    }

    fn sync(&self) -> Result<(), FolderError> {
        self.folder.sync_directories(&[parent(&self.source)])
    }

    /// Gives the file its name back, or one with a number where somebody took it meanwhile. What a disk of its own holds by
    /// now stays there.
    fn give_back(&self) -> Result<(), FolderError> {
        if self.is_out() && !self.aside.hand_over(&self.target, self.folder, &self.held)? {
            return Ok(());
        }
        if !self.is_held() {
            return Ok(());
        }
        let name = self.source.file_name().unwrap_or_default();
        let text = name.to_string_lossy();
        let stem = names::stem(&text);
        let numbered = |number: u32| match number {
            1 => name.to_owned(),
            _ => OsString::from(format!("{stem} ({number}){}", &text[stem.len()..])),
        };
        for number in 1.. {
            match self.folder.rename(&self.held, &numbered(number)) {
                Err(FolderError::Taken) => {}
                moved => return moved.and_then(|()| self.sync()),
            }
        }
        unreachable!("numbers do not end")
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}
