//! Takes back what a run carried, without deleting anything: files that it exported move out of the folder, photos that it
//! imported are gathered in an album, since only Photos may delete.

mod holdings;
mod removal;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::apply;
use crate::durable;
use crate::fingerprint::Fingerprint;
use crate::folder::opener::open_file;
use crate::folder::scan::ScanError;
use crate::folder::{dates, names, place};
use crate::item::FolderId;
use crate::kept;
use crate::ledger::{Identified, Ledger, PlacedFile, RunRecord, RunState};
use crate::library::Library;
use crate::lock::Lock;
use crate::memory::{Decision, LinkId};
use crate::report::Report;
use crate::run::{Command, RunId, StartedBy};
use crate::sync::SyncError;
use holdings::Holdings;
pub use removal::{Removal, removable, remove};

/// What undoing came to.
#[derive(Debug, Default)]
pub struct Undone {
    /// Where the files lie now, if any were moved.
    pub directory: Option<PathBuf>,
    /// How many were moved.
    pub moved: u64,
    /// Files that stay in the folder, each with the reason.
    pub kept: Vec<(PathBuf, String)>,
    /// Files that are no longer where the run put them.
    pub gone: Vec<PathBuf>,
    /// The album in which the imports are gathered, and how many there are.
    pub album: Option<(String, u64)>,
    /// Where an undo was undone: photos that are in the library all the same, or go with the next sync.
    pub again: u64,
    /// Files that the run made a part of photos that were there: they stay that.
    pub joined: u64,
}

/// What undoing a run would take back. What somebody changed, moved or deleted since stays all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prospect {
    /// Files that the run put into folders.
    pub files: u64,
    /// Those folders.
    pub folders: Vec<PathBuf>,
    /// Where the files would go.
    pub directory: PathBuf,
    /// Photos that the run imported into this library.
    pub photos: u64,
    /// The album that they would be gathered in.
    pub album: String,
    /// Of an undo: photos that it took back, which would be carried again.
    pub again: u64,
    /// Files that the run made a part of photos that were there: they stay that.
    pub joined: u64,
}

/// Says what undoing a run would do. Changes nothing.
pub fn prospect(data: &Path, run: RunId, library: &dyn Library, now: Timestamp) -> Result<Prospect, SyncError> {
    let Some(ledger) = Ledger::look(data)? else { return Err(SyncError::NoSync(run)) };
    let joined = joined(&what_can_be_undone(&ledger, run)?);
    let placed = ledger.placed_by(run)?;
    let (photos, again) = match ledger.known_library(&library.identity())? {
        Some(library) => (ledger.imported_by(run, library)?.len(), ledger.taken_back_by(run, library)?.len()),
        None => (0, 0),
    };
    let (photos, again) = (photos as u64, again as u64);
    let mut folders: Vec<PathBuf> = placed.iter().map(|file| file.root.clone()).collect();
    folders.sort();
    folders.dedup();
    let (files, directory) = (placed.len() as u64, directory(data, run, now));
    Ok(Prospect { files, folders, directory, photos, album: album(run), again, joined })
}

/// How many files a run made a part of photos that were there.
fn joined(record: &RunRecord) -> u64 {
    let report = record.report.as_deref().and_then(|text| serde_json::from_str::<Report>(text).ok());
    report.and_then(|report| report.import).map_or(0, |import| import.joined)
}

/// Where the files of a run go.
fn directory(data: &Path, run: RunId, now: Timestamp) -> PathBuf {
    data.join("undone").join(format!("{}-run-{run}", now.strftime("%Y%m%dT%H%M%S")))
}

/// The album that its imports are gathered in.
fn album(run: RunId) -> String {
    format!("Photobridge: undo {run}")
}

/// What undoing is called in the history.
const UNDO: &str = "undo";

/// Only a sync can be undone, and an undo.
fn what_can_be_undone(ledger: &Ledger, run: RunId) -> Result<RunRecord, SyncError> {
    let is_one = |record: &RunRecord| [Command::Sync.as_str(), UNDO].contains(&record.command.as_str());
    ledger.run(run)?.filter(is_one).ok_or(SyncError::NoSync(run))
}

/// Undoes a run, as far as nobody changed since what it carried.
pub fn undo(
    data: &Path,
    run: RunId,
    library: &mut dyn Library,
    by: &StartedBy,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let _lock = Lock::take(data, "undo", now)?;
    let mut ledger = Ledger::open(data)?;
    let record = what_can_be_undone(&ledger, run)?;
    let this = ledger.begin_run(UNDO, &record.mode, by, now)?;
    kept::make_way(data, this).map_err(|error| SyncError::Io("an old run could not be forgotten", error))?;
    let result = match record.command == UNDO {
        true => take_in_again(run, library, &mut ledger, now),
        false => take_back(data, (run, this), library, &mut ledger, now)
            .map(|undone| Undone { joined: joined(&record), ..undone }),
    };
    let (state, words) = match &result {
        Ok(undone) if record.command == UNDO => {
            (RunState::Done, format!("of run {run}: {} photos count or go again", undone.again))
        }
        Ok(undone) => {
            let gathered = undone.album.as_ref().map_or(0, |(_, photos)| *photos);
            (RunState::Done, format!("of run {run}: {} files moved out, {gathered} imports gathered", undone.moved))
        }
        Err(error) => (RunState::Failed, error.to_string()),
    };
    ledger.end_run(this, state, &words, now)?;
    result
}

/// What an undo took back is taken in: the next sync carries it again, from where it is. The files that were moved out stay
/// where they are, as copies.
fn take_in_again(
    run: RunId,
    library: &mut dyn Library,
    ledger: &mut Ledger,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let library_id = ledger.library(&library.identity())?;
    let mut again = 0;
    for photo in ledger.taken_back_by(run, library_id)? {
        let mut wanted = photo.originals;
        let mut is_there = false;
        for id in &photo.assets {
            let Some(asset) = library.asset(id)? else { continue };
            is_there |= !asset.standing.trashed;
            // A photo that went out as edited is known by its original, which may never have lain in the folder.
            let primary = asset.primary().filter(|_| wanted.is_empty());
            wanted.extend(primary.and_then(|primary| primary.fingerprint.zip(primary.size)));
        }
        if photo.was_imported && is_there {
            // Nobody deleted it in the library: it is on both sides, and counts as imported again.
            ledger.redo(photo.link)?;
            again += 1;
            continue;
        }
        let name = |path: PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = ledger.path_of(photo.link)?.map_or_else(|| format!("of run {run}"), name);
        let photos: Vec<Identified> =
            wanted.iter().map(|&(fingerprint, size)| Identified { fingerprint, size, name: name.clone() }).collect();
        ledger.decide(&photos, Some(Decision::TakeIn), now)?;
        again += u64::from(!photos.is_empty());
    }
    Ok(Undone { again, ..Undone::default() })
}

fn take_back(
    data: &Path,
    (run, this): (RunId, RunId),
    library: &mut dyn Library,
    ledger: &mut Ledger,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let mut undone = Undone::default();
    let directory = directory(data, run, now);
    // What lay in a cache only when the run ended is its work, too.
    for (folder, root) in ledger.folders_of_open_exports(run)?.into_iter().filter(|(_, root)| root.is_dir()) {
        apply::export::recover(&root, folder, ledger)?;
    }
    let placed = ledger.placed_by(run)?;
    check_folders(&placed, ledger)?;
    let library_id = ledger.library(&library.identity())?;
    let mut holdings = Holdings::of(library)?;
    for photo in placed.chunk_by(|a, b| a.link == b.link) {
        // The files of one photo stay together: half of it in each place would be nobody's wish.
        let mut findings: Vec<Lies> = photo.iter().map(how_it_lies).collect();
        if findings.iter().all(|lies| matches!(lies, Lies::AsPlaced)) {
            let assets = ledger.assets_of(photo[0].link, library_id)?;
            for (file, lies) in photo.iter().zip(&mut findings) {
                if !holdings.have(file, &assets) {
                    *lies = Lies::Otherwise(
                        "this is the only copy: the library has it no longer, or not where it can be read".into(),
                    );
                }
            }
        }
        if findings.iter().any(|lies| !matches!(lies, Lies::AsPlaced)) {
            for (file, lies) in photo.iter().zip(findings) {
                match lies {
                    Lies::Nowhere => undone.gone.push(file.path.clone()),
                    Lies::Otherwise(why) => undone.kept.push((file.path.clone(), why)),
                    Lies::AsPlaced => {
                        undone.kept.push((file.path.clone(), "another file of its photo is not moved".into()))
                    }
                }
            }
            continue;
        }
        // First the memory: a file that is gone while it says nothing would be one that its owner deleted.
        ledger.undo(&[photo[0].link], this)?;
        for file in photo {
            match move_out(&file.root.join(&file.path), &directory.join(&file.path), file.written) {
                Ok(()) => {
                    ledger.forget_placing(file)?;
                    undone.moved += 1;
                    undone.directory = Some(directory.clone());
                }
                Err(error) => undone.kept.push((file.path.clone(), format!("it could not be moved: {error}"))),
            }
        }
    }
    let imported = ledger.imported_by(run, library_id)?;
    if !imported.is_empty() {
        let title = album(run);
        let (links, assets): (Vec<LinkId>, Vec<_>) = imported.into_iter().unzip();
        let there = holdings.only_those_there(assets);
        if !there.is_empty() {
            let album = holdings.library.ensure_album(&title)?;
            holdings.library.add_to_album(&album, &there)?;
            undone.album = Some((title, there.len() as u64));
        }
        ledger.undo(&links, this)?;
        // Where they can be removed for good, it stays known which they are.
        if !holdings.library.properties().removes {
            ledger.forget_importing(run, library_id)?;
        }
    }
    Ok(undone)
}

/// Stops where a folder of these files is away, before anything is taken back: nobody could say what became of them.
fn check_folders(placed: &[PlacedFile], ledger: &mut Ledger) -> Result<(), SyncError> {
    let folders: BTreeMap<FolderId, &Path> = placed.iter().map(|file| (file.folder, file.root.as_path())).collect();
    for (folder, root) in folders {
        let is_there = root.is_dir() && {
            let known = ledger.folder(root)?;
            known.id == folder && known.doubt.is_none()
        };
        if !is_there {
            return Err(SyncError::Folder(ScanError::Missing(root.to_owned())));
        }
    }
    Ok(())
}

/// How a file lies that a run put into a folder.
enum Lies {
    /// A plain file with the bytes that the run wrote.
    AsPlaced,
    /// Not at that path any longer.
    Nowhere,
    /// It cannot be taken back, for this reason.
    Otherwise(String),
}

fn how_it_lies(file: &PlacedFile) -> Lies {
    let path = file.root.join(&file.path);
    let bytes = fs::symlink_metadata(&path).and_then(|found| match found.is_file() {
        true => Fingerprint::of_reader(open_file(&path)?).map(|(bytes, _)| Some(bytes)),
        false => Ok(None),
    });
    match bytes {
        Ok(bytes) if bytes == Some(file.written) => Lies::AsPlaced,
        Ok(_) => Lies::Otherwise("it was changed since".into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Lies::Nowhere,
        Err(error) => Lies::Otherwise(format!("it could not be read: {error}")),
    }
}

/// Moves a file out of the folder. Under a name of our own first, so that nobody can put another file in its place
/// between the look at its bytes and the move: what is moved is what was looked at, or it is put back.
fn move_out(source: &Path, target: &Path, bytes: Fingerprint) -> io::Result<()> {
    let directory = target.parent().unwrap_or(target);
    fs::create_dir_all(directory)?;
    let held = source.with_file_name(place::part_name());
    place::move_new(source, &held)?;
    let moved = take(&held, target, bytes);
    if moved.is_err() {
        put_back(&held, source)?;
    }
    moved?;
    durable::directory(directory)
}

fn take(held: &Path, target: &Path, bytes: Fingerprint) -> io::Result<()> {
    if Fingerprint::of_reader(open_file(held)?)?.0 != bytes {
        return Err(io::Error::other("it was changed just now"));
    }
    match place::move_new(held, target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_out(held, target, bytes),
        moved => moved,
    }
}

/// Gives a file its name back, or one with a number where somebody took it meanwhile.
fn put_back(held: &Path, source: &Path) -> io::Result<()> {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let stem = names::stem(&name);
    let numbered = |number: u32| match number {
        1 => source.to_owned(),
        _ => source.with_file_name(format!("{stem} ({number}){}", &name[stem.len()..])),
    };
    for number in 1.. {
        match place::move_new(held, &numbered(number)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            moved => return moved,
        }
    }
    unreachable!("numbers do not end")
}

/// Copies to another disk; the copy is whole and durable before the original goes.
fn copy_out(held: &Path, target: &Path, bytes: Fingerprint) -> io::Result<()> {
    let mut copy = OpenOptions::new().write(true).create_new(true).open(target)?;
    io::copy(&mut open_file(held)?, &mut copy)?;
    dates::set_times(&copy, fs::metadata(held)?.modified()?)?;
    durable::file(&copy)?;
    if Fingerprint::of_reader(open_file(target)?)?.0 != bytes {
        return Err(io::Error::other("the copy is not the same"));
    }
    durable::directory(target.parent().unwrap_or(target))?;
    fs::remove_file(held)
}
