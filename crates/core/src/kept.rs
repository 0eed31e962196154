//! Runs kept as files in the data directory, for people to look at and for `sync --plan`. No run decides by them.
//!
//! Of a run there are its verdicts and, where whoever drives it writes one, its log. They are forgotten together.

mod groups;
mod lines;
mod picture;
mod recent;
mod verdicts;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub use groups::{Group, Groups, Section, Tally};
pub use picture::{Found, Lost};
pub use recent::Recent;
pub use verdicts::{Filter, Page, Verdicts};

use crate::asset::AssetId;
use crate::data;
use crate::fingerprint::Fingerprint;
use crate::plan::Promise;
use crate::reason::Way;
use crate::report::{FileLine, Ruling, VerdictLine};
use crate::run::RunId;

/// Runs that are kept at most.
const KEPT: usize = 50;

/// Bytes that they may take: a run is forgotten once those after it fill this. So the newest one is always kept, and a
/// simulation of 100,000 photos (40 MB) outlives the small runs that follow it.
const ROOM: u64 = 100_000_000;

/// The ending of verdicts that are being written.
const HALF: &str = "part";

/// Verdicts that are put into words at once: some megabytes of them.
const AT_ONCE: usize = 16_384;

/// Verdicts that one processor puts into words at once.
const A_PIECE: usize = 512;

/// Where the verdicts of a run lie: one JSON object a line.
pub fn path(data: &Path, run: RunId) -> PathBuf {
    data::runs(data).join(format!("{run}.jsonl"))
}

/// Where the log of a run lies, if one is written.
pub fn log_path(data: &Path, run: RunId) -> PathBuf {
    data::runs(data).join(format!("{run}.log"))
}

/// Keeps the verdicts of a run, each put into words by `line`, and forgets the oldest.
pub fn keep<V: Sync>(
    data: &Path,
    run: RunId,
    verdicts: &[V],
    line: impl Fn(&V) -> VerdictLine + Sync,
) -> io::Result<()> {
    std::fs::create_dir_all(data::runs(data))?;
    let half = path(data, run).with_extension(HALF);
    let mut file = File::create(&half)?;
    let written = |few: &[V]| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        few.iter().try_for_each(|verdict| lines::write(&mut bytes, &line(verdict)))?;
        Ok(bytes)
    };
    // The words cost far more than the writing, so they are found on all processors; only some of them at a time.
    for many in verdicts.chunks(AT_ONCE) {
        let pieces: Vec<_> = many.par_chunks(A_PIECE).map(written).collect();
        pieces.into_iter().try_for_each(|piece| file.write_all(&piece?))?;
    }
    // Not synced: after a power failure it may be short, and then `--plan` finds nothing in it and carries nothing.
    std::fs::rename(&half, path(data, run))?;
    forget_oldest(data)
}

/// The latest run whose verdicts are kept.
pub fn latest(data: &Path) -> Option<RunId> {
    data::kept_runs(data).into_iter().rev().find(|run| path(data, *run).exists())
}

fn forget_oldest(data: &Path) -> io::Result<()> {
    let mut runs: BTreeMap<RunId, Vec<PathBuf>> = BTreeMap::new();
    for (run, path) in data::files_of_runs(data)? {
        runs.entry(run).or_default().push(path);
    }
    let mut filled = 0;
    for (place, files) in runs.values().rev().enumerate() {
        let is_forgotten = place >= KEPT || filled >= ROOM;
        for path in files {
            if is_forgotten {
                std::fs::remove_file(path)?;
            } else {
                filled += std::fs::metadata(path)?.len();
            }
        }
    }
    Ok(())
}

/// Makes way for a run: forgets what a lost ledger kept under its number, what a run that died kept half of, and the
/// oldest, also if this one keeps nothing.
pub fn make_way(data: &Path, run: RunId) -> io::Result<()> {
    std::fs::create_dir_all(data::runs(data))?;
    for path in [path(data, run), log_path(data, run)] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let halves = data::files_of_runs(data)?.map(|(_, path)| path);
    for path in halves.filter(|path| path.extension().is_some_and(|extension| extension == HALF)) {
        std::fs::remove_file(path)?;
    }
    forget_oldest(data)
}

/// The verdicts of a kept run, one at a time.
pub fn lines(data: &Path, run: RunId) -> io::Result<impl Iterator<Item = io::Result<VerdictLine>> + use<>> {
    let mut file = BufReader::new(File::open(path(data, run))?);
    let mut line = Vec::new();
    Ok(std::iter::from_fn(move || match lines::next(&mut file, &mut line) {
        Ok(0) => None,
        Ok(_) => Some(lines::verdict(&line)),
        Err(error) => Some(Err(error)),
    }))
}

/// What a kept simulation planned.
pub fn promise(data: &Path, run: RunId) -> io::Result<Promise> {
    let mut promise = Promise::default();
    for line in lines(data, run)? {
        let line = line?;
        if line.verdict == Ruling::Planned {
            if line.direction == Way::Import {
                promise.fingerprints.extend(line.fingerprint.and_then(|text| text.parse::<Fingerprint>().ok()));
                promise.stamps.extend(line.trace.and_then(|trace| trace.file?.stamp));
            }
            if let Some(asset) = line.asset.filter(|_| line.direction == Way::Export) {
                let of_asset = |file: FileLine| file.path.map(|_| (AssetId(asset.as_str().into()), file.role));
                promise.resources.extend(line.files.into_iter().filter_map(of_asset));
            }
            promise.planned += 1;
        }
    }
    Ok(promise)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps runs of these lengths, one after the other, and says which are left.
    fn left(lengths: &[u64]) -> Vec<usize> {
        let data = tempfile::tempdir().expect("a directory");
        for (run, length) in lengths.iter().enumerate() {
            let run = RunId(run as i64);
            keep(data.path(), run, &[], VerdictLine::clone).expect("it is kept");
            File::options()
                .write(true)
                .open(path(data.path(), run))
                .and_then(|f| f.set_len(*length))
                .expect("a length");
        }
        (0..lengths.len()).filter(|run| path(data.path(), RunId(*run as i64)).exists()).collect()
    }

    #[test]
    fn the_newest_runs_are_kept_up_to_a_number() {
        assert_eq!(left(&[1; KEPT + 3]), (3..KEPT + 3).collect::<Vec<_>>());
    }

    #[test]
    fn the_newest_runs_are_kept_as_long_as_there_is_room() {
        assert_eq!(left(&[ROOM / 2, ROOM / 2, ROOM / 2, 0]), [1, 2, 3]);
    }

    #[test]
    fn a_log_goes_with_its_run() {
        let data = tempfile::tempdir().expect("a directory");
        let log = |run: i64| log_path(data.path(), RunId(run));
        for run in 0..KEPT as i64 + 3 {
            make_way(data.path(), RunId(run)).expect("way is made");
            std::fs::write(log(run), "began").expect("written");
            // Every other run stops before it keeps verdicts.
            if run % 2 == 0 {
                keep(data.path(), RunId(run), &[], VerdictLine::clone).expect("they are kept");
            }
        }
        let last = KEPT as i64 + 2;
        let left: Vec<i64> = (0..=last).filter(|run| log(*run).exists()).collect();
        assert_eq!(left, (3..=last).collect::<Vec<_>>());
        let verdicts: Vec<i64> = (0..=last).filter(|run| path(data.path(), RunId(*run)).exists()).collect();
        assert_eq!(verdicts, left.into_iter().filter(|run| run % 2 == 0).collect::<Vec<_>>());
        make_way(data.path(), RunId(last)).expect("way is made");
        assert!(!log(last).exists() && !path(data.path(), RunId(last)).exists(), "its number is given anew");
    }

    #[test]
    fn what_a_run_that_died_kept_half_of_goes() {
        let data = tempfile::tempdir().expect("a directory");
        make_way(data.path(), RunId(1)).expect("way is made");
        let half = path(data.path(), RunId(1)).with_extension(HALF);
        std::fs::write(&half, "{").expect("written");
        make_way(data.path(), RunId(2)).expect("way is made");
        assert!(!half.exists());
    }

    #[test]
    fn a_plan_larger_than_the_room_is_kept_until_others_fill_it() {
        assert_eq!(left(&[1, ROOM * 2, 1, 1]), [1, 2, 3]);
        assert_eq!(left(&[ROOM * 2, ROOM, 1]), [1, 2]);
    }
}
