//! Takes back what a run carried, without deleting anything: files that it exported move out of the folder, photos that it
//! imported are gathered in an album, since only Photos may delete.

mod removal;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::apply;
use crate::apply::holdings::{Holdings, Lying};
use crate::data;
use crate::folder::scan::ScanError;
use crate::folder::{Folder, FolderError, Folders, Kind, motion};
use crate::item::FolderId;
use crate::kept;
use crate::ledger::{Identified, Ledger, LibraryId, PlacedFile, RunRecord, RunState, TakenBack};
use crate::library::Library;
use crate::lock::Lock;
use crate::memory::{Decision, LinkId};
use crate::report::Report;
use crate::run::{Command, RunId, StartedBy};
use crate::sync::SyncError;
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
    /// How many of those stay because moving them did not work.
    pub failed: u64,
    /// Files that are no longer where the run put them.
    pub gone: Vec<PathBuf>,
    /// The album in which the imports are gathered, and how many there are.
    pub album: Option<(String, u64)>,
    /// Where an undo was undone: photos that are in the library all the same, or go with the next sync.
    pub again: u64,
    /// Files that the run made a part of photos that were there: they stay that.
    pub joined: u64,
    /// Photos that are again as they were before the run told them what came late.
    pub untold: u64,
}

impl Undone {
    /// The same for the history, in a few words.
    fn words(&self) -> String {
        let count = |number: u64, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
        let moved = (self.moved > 0).then(|| format!("{} moved out of the folder", count(self.moved, "file")));
        let album = self.album.as_ref().map(|(_, photos)| format!("{} added to an album", count(*photos, "photo")));
        let untold = (self.untold > 0).then(|| format!("{} as before", count(self.untold, "photo")));
        match moved.into_iter().chain(album).chain(untold).collect::<Vec<_>>() {
            parts if parts.is_empty() => "nothing left to undo".into(),
            parts => parts.join(", "),
        }
    }
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
    /// Photos of the library that the run told what came late of them: they would be as before.
    pub told: u64,
}

/// Says what undoing a run would do. Changes nothing.
pub fn prospect(data: &Path, run: RunId, library: &dyn Library, now: Timestamp) -> Result<Prospect, SyncError> {
    let Some(ledger) = Ledger::look(data)? else { return Err(SyncError::NoSync(run)) };
    let joined = joined(&what_can_be_undone(data, &ledger, run)?);
    let placed = ledger.placed_by(run)?;
    let (photos, again, told) = match ledger.known_library(&library.identity())? {
        Some(library) => {
            let again = ledger.taken_back_by(run, library)?.len() as u64 + ledger.untold_by(run, library)?;
            (ledger.imported_by(run, library)?.len() as u64, again, ledger.photos_told_by(run, library)?)
        }
        None => (0, 0, 0),
    };
    let mut folders: Vec<PathBuf> = placed.iter().map(|file| file.root.clone()).collect();
    folders.sort();
    folders.dedup();
    let (files, directory) = (placed.len() as u64, data.join(data::UNDONE).join(directory(run, now)));
    Ok(Prospect { files, folders, directory, photos, album: album(run), again, joined, told })
}

/// How many files a run made a part of photos that were there.
fn joined(record: &RunRecord) -> u64 {
    let report = record.report.as_deref().and_then(|text| serde_json::from_str::<Report>(text).ok());
    report.and_then(|report| report.import).map_or(0, |import| import.joined)
}

/// The name of the directory that the files of a run go to.
fn directory(run: RunId, now: Timestamp) -> String {
    format!("{}-run-{run}", now.strftime("%Y%m%dT%H%M%S"))
}

/// Whether a directory has the files of this run.
fn is_of(run: RunId, directory: &str) -> bool {
    directory.ends_with(&format!("-run-{run}"))
}

/// The album that its imports are gathered in.
fn album(run: RunId) -> String {
    format!("Photobridge: undo {run}")
}

/// What undoing is called in the history.
const UNDO: &str = "undo";

/// Only a sync can be undone, and an undo.
fn what_can_be_undone(data: &Path, ledger: &Ledger, run: RunId) -> Result<RunRecord, SyncError> {
    match ledger.run(run)? {
        Some(record) if [Command::Sync.as_str(), UNDO].contains(&record.command.as_str()) => Ok(record),
        // An undo keeps no lines.
        None if data::kept_runs(data).last().is_some_and(|last| run <= *last) => Err(SyncError::Forgotten(run)),
        _ => Err(SyncError::NoSync(run)),
    }
}

/// Whether a run has anything to take back, an export of it died before its end, or any undo did.
fn is_anything_left(ledger: &Ledger, run: RunId) -> Result<bool, SyncError> {
    let is_open = !ledger.open_moves_out()?.is_empty() || !ledger.folders_of_open_exports(run)?.is_empty();
    Ok(is_open || ledger.can_be_undone(run)?)
}

/// Undoes a run, as far as nobody changed since what it carried. Where nothing is left of it, that is no run of its own.
pub fn undo(
    data: &Path,
    run: RunId,
    library: &mut dyn Library,
    folders: &dyn Folders,
    by: &StartedBy,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let _lock = Lock::take(data, "undo", now)?;
    let mut ledger = Ledger::open(data)?;
    let record = what_can_be_undone(data, &ledger, run)?;
    if !is_anything_left(&ledger, run)? {
        // The history tells of what was done, not of each time that somebody asked.
        return Ok(Undone { joined: joined(&record), ..Undone::default() });
    }
    let this = ledger.begin_run(UNDO, &record.mode, by, now)?;
    kept::make_way(data, this).map_err(|error| SyncError::Io("an old run could not be forgotten", error))?;
    kept::mark(data, this).map_err(|error| SyncError::Io("the run could not be noted", error))?;
    let result = match record.command == UNDO {
        true => take_in_again(run, library, folders, &mut ledger, now),
        false => take_back(data, (run, this), library, folders, &mut ledger, now)
            .map(|undone| Undone { joined: joined(&record), ..undone }),
    };
    let (state, words) = match &result {
        Ok(undone) if record.command == UNDO => {
            let photos = if undone.again == 1 { "photo syncs" } else { "photos sync" };
            (RunState::Done, format!("undid undo {run}: {} {photos} again", undone.again))
        }
        Ok(undone) => (RunState::Done, format!("undid run {run}: {}", undone.words())),
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
    folders: &dyn Folders,
    ledger: &mut Ledger,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let library_id = ledger.library(&library.identity())?;
    let mut again = ledger.untold_by(run, library_id)?;
    ledger.forget_untold_by(run, library_id)?;
    for photo in ledger.taken_back_by(run, library_id)? {
        let mut wanted = photo.files.clone();
        let mut is_there = false;
        for id in &photo.assets {
            let Some(asset) = library.asset(id)? else { continue };
            is_there |= !asset.standing.trashed;
            // A photo that went out as edited is known by its original, which may never have lain in the folder.
            let primary = asset.primary().filter(|_| wanted.is_empty());
            wanted.extend(primary.and_then(|primary| primary.fingerprint.zip(primary.size)));
        }
        if photo.was_imported && is_there && lies_in_its_folder(&photo, folders, ledger)? {
            // Nobody deleted it on either side: it counts as imported again.
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

/// Whether one of the files of a photo lies where it was seen last, as far as its length tells.
fn lies_in_its_folder(photo: &TakenBack, folders: &dyn Folders, ledger: &Ledger) -> Result<bool, SyncError> {
    for (bytes, size) in &photo.files {
        let length = |(place, path): &(PathBuf, PathBuf)| {
            let state = folders.open(place).ok()?.open(path).ok()?.state().ok()?;
            Some(state.stamp.size)
        };
        if ledger.places_of(photo.link, *bytes)?.iter().any(|place| length(place) == Some(*size)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn take_back(
    data: &Path,
    (run, this): (RunId, RunId),
    library: &mut dyn Library,
    folders: &dyn Folders,
    ledger: &mut Ledger,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let mut undone = Undone::default();
    let mut directory = directory(run, now);
    // What an undo of this run that died had begun, counts with what this one does.
    let recovered = apply::out::recover(data, library, folders, ledger)?;
    for photo in recovered.out.iter().filter(|photo| is_of(run, &photo.directory)) {
        // To undo this undo takes all of it in again.
        ledger.undo(&[LinkId(photo.link)], this)?;
        directory.clone_from(&photo.directory);
        undone.moved += photo.files.len() as u64;
        undone.directory = Some(data.join(data::UNDONE).join(&directory));
    }
    // What lay in a cache only when the run ended is its work, too.
    for (id, place) in ledger.folders_of_open_exports(run)? {
        if let Ok(folder) = folders.open(&place) {
            apply::export::recover(&*folder, id, ledger)?;
        }
    }
    let placed = ledger.placed_by(run)?;
    let there = folders_of(&placed, folders, ledger)?;
    let library_id = ledger.library(&library.identity())?;
    undone.untold = untell((run, this), library, library_id, ledger)?;
    let mut holdings = Holdings::of(library)?;
    for photo in placed.chunk_by(|a, b| a.link == b.link) {
        // The files of one photo stay together: half of it in each place would be nobody's wish.
        let mut findings: Vec<Lies> = photo.iter().map(|file| how_it_lies(&*there[&file.folder], file)).collect();
        if findings.iter().all(|lies| matches!(lies, Lies::AsPlaced(_))) {
            let assets = ledger.assets_of(photo[0].link, library_id)?;
            for (file, lies) in photo.iter().zip(&mut findings) {
                if !matches!(lies, Lies::AsPlaced(lying) if holdings.have(file, *lying, &assets)) {
                    *lies = Lies::Otherwise(
                        "this is the only copy: the library no longer has it, or its file cannot be read".into(),
                    );
                }
            }
        }
        if findings.iter().any(|lies| !matches!(lies, Lies::AsPlaced(_))) {
            for (file, lies) in photo.iter().zip(findings) {
                match lies {
                    Lies::Nowhere => undone.gone.push(file.path.clone()),
                    Lies::Otherwise(why) => undone.kept.push((file.path.clone(), why)),
                    Lies::AsPlaced(_) => {
                        undone.kept.push((file.path.clone(), "another file of its photo is not moved".into()))
                    }
                }
            }
            continue;
        }
        let kept = apply::out::move_out(data, (this, library_id), photo, &directory, folders, ledger)?;
        if kept.is_empty() {
            undone.moved += photo.len() as u64;
            undone.directory = Some(data.join(data::UNDONE).join(&directory));
        }
        undone.failed += kept.len() as u64;
        undone.kept.extend(kept);
    }
    let imported = ledger.imported_by(run, library_id)?;
    if !imported.is_empty() {
        let title = album(run);
        let there = holdings.only_those_there(imported.iter().map(|(_, asset)| asset.clone()).collect());
        // What a person deleted there before stays that, also when this undo is undone.
        let links: Vec<LinkId> =
            imported.iter().filter(|(_, asset)| there.contains(asset)).map(|(link, _)| *link).collect();
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

/// Takes back what a run told photos late, as far as they still have it. Returns how many photos that is.
fn untell(
    (run, this): (RunId, RunId),
    library: &mut dyn Library,
    library_id: LibraryId,
    ledger: &mut Ledger,
) -> Result<u64, SyncError> {
    let mut photos = BTreeSet::new();
    for (telling, photo, told) in ledger.told_by(run, library_id)? {
        if library.untell(&photo, &told)? {
            photos.insert(photo);
        }
        ledger.untell(telling, this)?;
    }
    Ok(photos.len() as u64)
}

/// The folders of these files. Where one is away, nothing is taken back: nobody could say what became of them.
fn folders_of(
    placed: &[PlacedFile],
    folders: &dyn Folders,
    ledger: &mut Ledger,
) -> Result<BTreeMap<FolderId, Arc<dyn Folder>>, SyncError> {
    let places: BTreeMap<FolderId, &Path> = placed.iter().map(|file| (file.folder, file.root.as_path())).collect();
    let there = places.into_iter().map(|(id, place)| match apply::out::lies_at(ledger, folders, id, place)? {
        Some(folder) => Ok((id, folder)),
        None => Err(SyncError::Folder(ScanError::Missing(place.to_owned()))),
    });
    there.collect()
}

/// How a file lies that a run put into a folder.
enum Lies {
    /// A plain file with the bytes that the run wrote.
    AsPlaced(Lying),
    /// Not at that path any longer.
    Nowhere,
    /// It cannot be taken back, for this reason.
    Otherwise(String),
}

fn how_it_lies(folder: &dyn Folder, file: &PlacedFile) -> Lies {
    let read = folder.stat(&file.path).and_then(|(kind, _)| match kind {
        Kind::File => {
            let mut opened = folder.open(&file.path)?;
            let size = opened.state()?.stamp.size;
            let (bytes, pair) = motion::look(&mut *opened)?;
            Ok(Some((bytes, Lying { size, pair })))
        }
        _ => Ok(None),
    });
    match read {
        Ok(Some((bytes, lying))) if bytes == file.written => Lies::AsPlaced(lying),
        Ok(_) => Lies::Otherwise("it was changed since".into()),
        Err(FolderError::Gone) => Lies::Nowhere,
        Err(error) => Lies::Otherwise(format!("it could not be read: {error}")),
    }
}
