//! Takes back what a run carried, without deleting anything: files that it exported move out of the folder, photos that it
//! imported are gathered in an album, since only Photos may delete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::fingerprint::Fingerprint;
use crate::ledger::{Ledger, PlacedFile, RunId, RunState};
use crate::library::Library;
use crate::lock::Lock;
use crate::memory::LinkId;
use crate::sync::{Command, SyncError};

/// What undoing came to.
#[derive(Debug, Default)]
pub struct Undone {
    /// Where the files lie now, if any were moved.
    pub directory: Option<PathBuf>,
    /// How many were moved.
    pub moved: u64,
    /// Files that stay in the folder, each with the reason.
    pub kept: Vec<(PathBuf, String)>,
    /// The album in which the imports are gathered, and how many there are.
    pub album: Option<(String, u64)>,
}

/// Undoes a run, as far as nobody changed since what it carried.
pub fn undo(data: &Path, run: RunId, library: &mut dyn Library, now: Timestamp) -> Result<Undone, SyncError> {
    let _lock = Lock::take(data, "undo", now)?;
    let mut ledger = Ledger::open(data)?;
    let record = ledger.run(run)?.filter(|record| record.command == Command::Sync.as_str());
    let Some(record) = record else { return Err(SyncError::NoSync(run)) };
    let this = ledger.begin_run("undo", &record.mode, now)?;
    let result = take_back(data, run, library, &mut ledger, now);
    let (state, words) = match &result {
        Ok(undone) => {
            let gathered = undone.album.as_ref().map_or(0, |(_, photos)| *photos);
            (RunState::Done, format!("of run {run}: {} files moved out, {gathered} imports gathered", undone.moved))
        }
        Err(error) => (RunState::Failed, error.to_string()),
    };
    ledger.end_run(this, state, &words, now)?;
    result
}

fn take_back(
    data: &Path,
    run: RunId,
    library: &mut dyn Library,
    ledger: &mut Ledger,
    now: Timestamp,
) -> Result<Undone, SyncError> {
    let mut undone = Undone::default();
    let directory = data.join("undone").join(format!("{}-run-{run}", now.strftime("%Y%m%dT%H%M%S")));
    let placed = ledger.placed_by(run)?;
    for photo in placed.chunk_by(|a, b| a.link == b.link) {
        // The files of one photo stay together: half of it in each place would be nobody's wish.
        let stays: Vec<Option<String>> = photo.iter().map(why_it_stays).collect();
        if stays.iter().any(Option::is_some) {
            let whole = || "a file that belongs to it stays".to_owned();
            let kept = photo.iter().zip(stays).map(|(file, why)| (file.path.clone(), why.unwrap_or_else(whole)));
            undone.kept.extend(kept);
            continue;
        }
        // First the memory: a file that is gone while it says nothing would be one that its owner deleted.
        ledger.undo(&[photo[0].link])?;
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
    let library_id = ledger.library(&library.identity())?;
    let imported = ledger.imported_by(run, library_id)?;
    if !imported.is_empty() {
        let title = format!("Photobridge: undo {run}");
        let album = library.ensure_album(&title)?;
        let (links, assets): (Vec<LinkId>, Vec<_>) = imported.into_iter().unzip();
        library.add_to_album(&album, &assets)?;
        ledger.undo(&links)?;
        ledger.forget_importing(run, library_id)?;
        undone.album = Some((title, assets.len() as u64));
    }
    Ok(undone)
}

/// Why a file cannot be taken back; nothing where a plain file with the bytes that the run wrote lies there.
fn why_it_stays(file: &PlacedFile) -> Option<String> {
    let path = file.root.join(&file.path);
    let bytes = fs::symlink_metadata(&path).and_then(|found| match found.is_file() {
        true => Fingerprint::of_reader(File::open(&path)?).map(|(bytes, _)| Some(bytes)),
        false => Ok(None),
    });
    match bytes {
        Ok(bytes) if bytes == Some(file.written) => None,
        Ok(_) => Some("it was changed since".into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("it was moved or deleted since".into()),
        Err(error) => Some(format!("it could not be read: {error}")),
    }
}

/// Moves a file out of the folder: nothing that lies at the target is replaced, and on another disk the copy is whole and
/// durable before the original goes.
fn move_out(source: &Path, target: &Path, bytes: Fingerprint) -> io::Result<()> {
    let directory = target.parent().unwrap_or(target);
    fs::create_dir_all(directory)?;
    if fs::symlink_metadata(target).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", target.display())));
    }
    match fs::rename(source, target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_out(source, target, bytes)?,
        moved => moved?,
    }
    File::open(directory)?.sync_all()
}

fn copy_out(source: &Path, target: &Path, bytes: Fingerprint) -> io::Result<()> {
    fs::copy(source, target)?;
    let copy = File::open(target)?;
    copy.set_modified(fs::metadata(source)?.modified()?)?;
    copy.sync_all()?;
    if Fingerprint::of_reader(&copy)?.0 != bytes {
        return Err(io::Error::other("it changed while it was copied"));
    }
    File::open(target.parent().unwrap_or(target))?.sync_all()?;
    fs::remove_file(source)
}
