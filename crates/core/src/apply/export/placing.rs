//! Gives the parts of photos their names in the folder.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::renames::Renames;
use super::{Departure, Parcel, Said, taken};
use crate::apply::Ending;
use crate::asset::Asset;
use crate::folder::dates::Held;
use crate::folder::place::{Durable, PlaceError, Placed};
use crate::folder::{Folder, Kind, many_at_once};
use crate::item::Stamp;
use crate::reason::Reason;

/// A file that has its name.
pub(super) struct Arrived {
    pub(super) at: usize,
    pub(super) said: Said,
    pub(super) stamp: Stamp,
    /// It was moved there; else the same bytes lay there already.
    pub(super) is_ours: bool,
}

/// The parts of one photo, as far as they reached the disk.
type Parts<'a> = Vec<(Durable<'a>, Said)>;

impl Departure<'_> {
    /// Gives the parts of many photos their names: one photo after the other on a disk, several at once where they go up only
    /// now. `stopped` says why no other goes, where that is so.
    pub(super) fn place(
        &self,
        parcels: &mut [Parcel<'_>],
        parts: Vec<Parts<'_>>,
        stopped: &mut Option<String>,
    ) -> Vec<Vec<Arrived>> {
        let stopped = &Mutex::new(stopped);
        if !self.properties.uploads {
            return parcels.iter_mut().zip(parts).map(|(it, parts)| self.place_one(it, parts, stopped)).collect();
        }
        let send = |(parcel, parts): (&mut Parcel<'_>, Parts<'_>)| {
            let is_over = self.cancel.is_cancelled() || lock(stopped).is_some();
            if is_over { keep_back(parcel, parts) } else { self.place_one(parcel, parts, stopped) }
        };
        many_at_once(self.to, || parcels.par_iter_mut().zip(parts).with_max_len(1).map(send).collect())
    }

    /// Gives the parts of one photo their names: of all files, or of none if any name was taken meanwhile.
    fn place_one(&self, parcel: &mut Parcel<'_>, parts: Parts<'_>, stopped: &Stopped<'_>) -> Vec<Arrived> {
        let mut arrived = Vec::new();
        let to = self.to;
        if parts.len() != parcel.intent.files.len() {
            // One did not reach the disk, or was never written: no other stays.
            self.discard(parcel);
            return arrived;
        }
        // Naming a single file says as much, and leaves as little.
        let is_alone = parts.len() == 1 && parcel.intent.renames.is_empty();
        if !is_alone && parts.iter().any(|(part, _)| part.is_kept_out()) {
            drop(parts);
            self.discard(parcel);
            parcel.ending = Some(Ending::Skipped(Reason::ChangedSincePlanned));
            return arrived;
        }
        if let Err(ending) = Renames::of(to, &parcel.intent).carry_out() {
            drop(parts);
            self.discard(parcel);
            parcel.ending = Some(ending);
            return arrived;
        }
        parcel.ending = Some(Ending::Exported);
        for (at, (part, said)) in parts.into_iter().enumerate() {
            let path = parcel.path(at);
            match part.place_and_see() {
                Ok((placed, seen)) => match seen.or_else(|| self.found(parcel, at)) {
                    Some(stamp) => {
                        let said = Said { stamp: seen.or(said.stamp), ..said };
                        let is_ours = placed == Placed::Moved;
                        let stamp = if is_ours { dated(to, &path, stamp, parcel.asset) } else { stamp };
                        arrived.push(Arrived { at, said, stamp, is_ours });
                    }
                    None => parcel.ending = Some(Ending::Failed(lost(&to.place().join(path)))),
                },
                Err(PlaceError::Taken(_)) => parcel.ending = Some(Ending::Skipped(Reason::ChangedSincePlanned)),
                Err(error) => {
                    if let PlaceError::DiskFull(_) = error {
                        lock(stopped)
                            .get_or_insert_with(|| format!("{error}. What was exported so far is safe and recorded"));
                    }
                    parcel.ending = Some(Ending::Failed(error.to_string()));
                }
            }
        }
        // One that has its name though its disk said otherwise keeps the stem that it was given.
        let is_there = |at| self.found(parcel, at).is_some();
        if arrived.is_empty() && !(0..parcel.intent.files.len()).any(is_there) {
            Renames::of(to, &parcel.intent).take_back();
        }
        arrived
    }

    /// The state of a file under its name: with all its bytes, or it is not there, whatever its disk said.
    fn found(&self, parcel: &Parcel<'_>, at: usize) -> Option<Stamp> {
        let (kind, state) = self.to.stat(&parcel.path(at)).ok()?;
        let written = parcel.intent.files[at].written.as_ref();
        let is_whole = written.is_some_and(|(_, size)| *size == state.stamp.size);
        (kind == Kind::File && is_whole).then_some(state.stamp)
    }

    /// Removes the parts of a photo that does not go.
    pub(super) fn discard(&self, parcel: &mut Parcel<'_>) {
        for file in &mut parcel.intent.files {
            file.written = None;
            // What cannot be removed now is removed by the journal.
            let _ = self.to.discard(&parcel.out.directory, &file.part);
        }
    }
}

/// Why no other photo goes, once that is so.
type Stopped<'a> = Mutex<&'a mut Option<String>>;

fn lock<'a, 'b>(stopped: &'a Stopped<'b>) -> MutexGuard<'a, &'b mut Option<String>> {
    // It is whole at any moment.
    stopped.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A photo whose turn did not come: nothing of it went up yet.
fn keep_back(parcel: &mut Parcel<'_>, parts: Parts<'_>) -> Vec<Arrived> {
    parts.into_iter().for_each(|(part, _)| part.abandon());
    parcel.intent.files.iter_mut().for_each(|file| file.written = None);
    Vec::new()
}

/// The state of a file that has its name, after it was dated once more where its disk had forgotten the date: some set their
/// own when a file is closed or renamed.
fn dated(to: &dyn Folder, path: &Path, stamp: Stamp, asset: &Asset) -> Stamp {
    let forgotten = taken(asset).filter(|taken| Held::of(stamp.mtime, *taken) == Held::Otherwise);
    forgotten.and_then(|taken| to.date(path, stamp, taken).ok().flatten()).unwrap_or(stamp)
}

/// What is said of a file that has its name and is not there.
fn lost(path: &Path) -> String {
    format!(
        "{} was written but is not there: its disk did not keep it. The photo is still in the library; the \
         next sync tries again",
        path.display()
    )
}
