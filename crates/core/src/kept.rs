//! Runs kept as files in the data directory, for people to look at and for `sync --plan`. No run decides by them.
//!
//! Of a run there are its verdicts and, where whoever drives it writes one, its log. They are forgotten together. A sync lists
//! what is news; the rest of what it saw lies beside that, of the latest sync alone, so that both sides can be shown whole.

mod groups;
mod lines;
mod picture;
mod recent;
mod verdicts;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

pub use groups::{Group, Groups, Section, Tally};
pub use picture::{Found, Lost};
pub use recent::Recent;
pub use verdicts::{Digits, Filter, Mark, Page, Verdicts, asset_mark, digits};

use crate::asset::AssetId;
use crate::data;
use crate::fingerprint::Fingerprint;
use crate::plan::Promise;
use crate::reason::Way;
use crate::report::{FileLine, Other, Ruling, VerdictLine};
use crate::run::RunId;

/// Runs that are kept at most: so many that carried something, and so many others, which never push those out.
const KEPT: usize = 50;

/// Bytes that either may take: a run is forgotten once those after it fill this. So the newest one is always kept, and a
/// simulation of 100,000 photos (40 MB) outlives the small runs that follow it.
const ROOM: u64 = 100_000_000;

/// The ending of verdicts that are being written.
const HALF: &str = "part";

/// The ending of the mark of a run that carried something.
const CARRIED: &str = "carried";

/// The ending of what a sync saw and does not list.
const REST: &str = "rest";

/// Verdicts that are put into words at once: some megabytes of them.
const AT_ONCE: usize = 8192;

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
    // Not synced: after a power failure it may be short, and then `--plan` finds nothing in it and carries nothing.
    if write(data, run, &path(data, run), verdicts, line, "")? {
        mark(data, run)?;
    }
    forget_oldest(data)
}

/// Keeps what a sync saw besides what it lists, and forgets that of earlier ones: it is as large as both sides, and only how
/// things stand now is shown by it. `seen` is a number that is the same where an earlier sync saw the same: then what that
/// kept becomes this one's, since to put 100,000 photos into words takes as long as all else of a sync.
pub fn keep_rest<V: Sync>(
    data: &Path,
    run: RunId,
    seen: u64,
    verdicts: &[V],
    line: impl Fn(&V) -> VerdictLine + Sync,
) -> io::Result<()> {
    let (rest, seen) = (rest(data, run), format!("{{\"seen\":\"{seen:016x}\"}}\n"));
    let others = data::files_of_runs(data)?.map(|(_, path)| path);
    let (same, others): (Vec<_>, Vec<_>) =
        others.filter(|path| is_rest(path) && *path != rest).partition(|path| ends_with(path, &seen).unwrap_or(false));
    match same.last() {
        Some(same) => std::fs::rename(same, &rest)?,
        None => drop(write(data, run, &rest, verdicts, line, &seen)?),
    }
    others.iter().try_for_each(|path| std::fs::remove_file(path).map_err(|error| named(path, error)))
}

/// Whether a file ends with this line.
fn ends_with(path: &Path, line: &str) -> io::Result<bool> {
    let (mut file, mut end) = (File::open(path)?, String::new());
    file.seek(SeekFrom::End(-(line.len() as i64)))?;
    file.read_to_string(&mut end)?;
    Ok(end == line)
}

/// Where the rest of what a run saw lies, if it is kept.
fn rest(data: &Path, run: RunId) -> PathBuf {
    path(data, run).with_extension(REST)
}

fn is_rest(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == REST)
}

/// Writes verdicts to a file, and what stands at its end; says whether one of them tells that something went.
fn write<V: Sync>(
    data: &Path,
    run: RunId,
    to: &Path,
    verdicts: &[V],
    line: impl Fn(&V) -> VerdictLine + Sync,
    end: &str,
) -> io::Result<bool> {
    data::directory(&data::runs(data)).map_err(|error| named(&data::runs(data), error))?;
    let half = path(data, run).with_extension(HALF);
    let mut file = data::create(&half).map_err(|error| named(&half, error))?;
    let has_carried = AtomicBool::new(false);
    let written = |few: &[V]| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        few.iter().map(&line).try_for_each(|line| {
            if line.verdict == Ruling::Applied {
                has_carried.store(true, Ordering::Relaxed);
            }
            lines::write(&mut bytes, &line)
        })?;
        Ok(bytes)
    };
    // The words cost far more than the writing, so they are found on all processors; only some of them at a time.
    for many in verdicts.chunks(AT_ONCE) {
        let pieces: Vec<_> = many.par_chunks(A_PIECE).map(written).collect();
        pieces.into_iter().try_for_each(|piece| file.write_all(&piece?))?;
    }
    file.write_all(end.as_bytes())?;
    std::fs::rename(&half, to)?;
    Ok(has_carried.into_inner())
}

/// The latest run whose verdicts are kept.
pub fn latest(data: &Path) -> Option<RunId> {
    data::kept_runs(data).into_iter().rev().find(|run| path(data, *run).exists())
}

/// Notes that a run carried something, or took something back: its number is not given again, whatever becomes of the ledger.
pub fn mark(data: &Path, run: RunId) -> io::Result<()> {
    let mark = path(data, run).with_extension(CARRIED);
    data::create(&mark).map(drop).map_err(|error| named(&mark, error))
}

/// An error of the file system that says of which file.
fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn forget_oldest(data: &Path) -> io::Result<()> {
    let mut runs: BTreeMap<RunId, Vec<PathBuf>> = BTreeMap::new();
    for (run, path) in data::files_of_runs(data)? {
        runs.entry(run).or_default().push(path);
    }
    let (mut carried, mut idle) = (Shelf::default(), Shelf::default());
    for (run, files) in runs.iter().rev() {
        let is_marked = files.iter().any(|path| path.extension().is_some_and(|ending| ending == CARRIED));
        let shelf = if is_marked { &mut carried } else { &mut idle };
        if shelf.is_full() && !is_marked && carries(data, *run) {
            // It was kept before runs were marked.
            mark(data, *run)?;
            carried.take(files)?;
        } else if shelf.is_full() {
            files.iter().try_for_each(|path| std::fs::remove_file(path).map_err(|error| named(path, error)))?;
        } else {
            shelf.take(files)?;
        }
    }
    Ok(())
}

/// Whether the kept verdicts of a run say that something went.
fn carries(data: &Path, run: RunId) -> bool {
    lines(data, run).is_ok_and(|lines| lines.filter_map(Result::ok).any(|line| line.verdict == Ruling::Applied))
}

/// Runs that are kept, from the newest on.
#[derive(Debug, Default)]
struct Shelf {
    runs: usize,
    bytes: u64,
}

impl Shelf {
    fn is_full(&self) -> bool {
        self.runs >= KEPT || self.bytes >= ROOM
    }

    fn take(&mut self, files: &[PathBuf]) -> io::Result<()> {
        self.runs += 1;
        for path in files.iter().filter(|path| !is_rest(path)) {
            self.bytes += std::fs::metadata(path)?.len();
        }
        Ok(())
    }
}

/// Makes way for a run: forgets what a lost ledger kept under its number, what a run that died kept half of, and the
/// oldest, also if this one keeps nothing.
pub fn make_way(data: &Path, run: RunId) -> io::Result<()> {
    data::directory(&data::runs(data)).map_err(|error| named(&data::runs(data), error))?;
    for path in &[path(data, run), rest(data, run), log_path(data, run), path(data, run).with_extension(CARRIED)] {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(path, error)),
            _ => {}
        }
    }
    let halves = data::files_of_runs(data)?.map(|(_, path)| path);
    for path in halves.filter(|path| path.extension().is_some_and(|extension| extension == HALF)) {
        std::fs::remove_file(&path).map_err(|error| named(&path, error))?;
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
        if let (Ruling::Skipped, Some(trace)) = (line.verdict, &line.trace) {
            match &trace.other {
                Some(Other::File(_)) if line.direction == Way::Import => {
                    promise.beside_others.extend(trace.file.as_ref().and_then(|file| file.stamp));
                }
                Some(Other::Asset(_)) if line.direction == Way::Export => {
                    promise.equal_assets.extend(line.asset.as_deref().map(|asset| AssetId(asset.into())));
                }
                _ => {}
            }
        }
        if line.verdict == Ruling::Planned {
            if line.direction == Way::Import {
                promise.fingerprints.extend(line.fingerprint.and_then(|text| text.parse::<Fingerprint>().ok()));
                let trace = line.trace.unwrap_or_default();
                promise.stamps.extend(trace.file.and_then(|file| file.stamp));
                promise.companions.extend(trace.along);
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
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// A verdict on a file.
    fn of(ruling: &str) -> VerdictLine {
        let line = serde_json::json!({
            "direction": "import", "verdict": ruling, "reason": null, "path": "a.jpg", "asset": null, "matched": null,
            "fingerprint": null, "size": 1, "captured": null, "captured_from": null, "destination": null, "error": null,
        });
        serde_json::from_value(line).expect("a line")
    }

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
    fn what_carried_something_outlives_any_number_of_runs_that_did_not() {
        let data = tempfile::tempdir().expect("a directory");
        let is_there = |run: usize| path(data.path(), RunId(run as i64)).exists();
        let (went, stayed) = (of("applied"), of("skipped"));
        for run in 0..3 * KEPT {
            let line = if run == 1 || run == 3 { &went } else { &stayed };
            keep(data.path(), RunId(run as i64), &[line], |line| (*line).clone()).expect("it is kept");
            if run == 3 {
                // As runs were kept before they were marked.
                std::fs::remove_file(path(data.path(), RunId(3)).with_extension(CARRIED)).expect("a mark");
            }
        }
        let left: Vec<usize> = (0..3 * KEPT).filter(|run| is_there(*run)).collect();
        assert_eq!(left, [1, 3].into_iter().chain(2 * KEPT..3 * KEPT).collect::<Vec<_>>());
        for run in 3 * KEPT..4 * KEPT + 5 {
            keep(data.path(), RunId(run as i64), &[&went], |line| (*line).clone()).expect("it is kept");
        }
        assert!(
            !is_there(1) && !is_there(3) && is_there(4 * KEPT + 4),
            "of those that carried something the newest stay"
        );
        let marks = data::files_of_runs(data.path()).expect("listed").filter(|(run, _)| run.0 <= 3).count();
        assert_eq!(marks, 0, "a mark goes with its run");
    }

    #[test]
    fn what_a_sync_saw_is_put_into_words_again_only_where_it_is_not_what_the_last_one_saw() {
        let data = tempfile::tempdir().expect("a directory");
        let words = AtomicUsize::new(0);
        let is_there = |run: i64| rest(data.path(), RunId(run)).exists();
        // How often a line was made, and how many are shown.
        let sync = |run: i64, seen: u64| {
            make_way(data.path(), RunId(run)).expect("way is made");
            keep(data.path(), RunId(run), &[], VerdictLine::clone).expect("it is kept");
            let line = |ruling: &&str| {
                words.fetch_add(1, Ordering::Relaxed);
                of(ruling)
            };
            keep_rest(data.path(), RunId(run), seen, &["skipped"; 3], line).expect("it is kept");
            let shown = Verdicts::open(data.path(), RunId(run)).expect("it is kept").marks().count();
            (words.swap(0, Ordering::Relaxed), shown)
        };
        assert_eq!(sync(1, 7), (3, 3));
        assert_eq!(sync(2, 7), (0, 3), "it saw the same");
        assert!(!is_there(1) && is_there(2));
        assert_eq!(sync(3, 8), (3, 3), "something changed");
        assert!(!is_there(2) && is_there(3));
        let cut = File::options().write(true).open(rest(data.path(), RunId(3))).expect("it is there");
        cut.set_len(cut.metadata().expect("it is open").len() - 1).expect("it is cut");
        assert_eq!(sync(4, 8), (3, 3), "what a power failure cut off is no longer whole");
        assert_eq!(sync(5, 8), (0, 3));
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
