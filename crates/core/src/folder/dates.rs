//! Dates files by when their photos were taken, as far as that can be held: by the disk, and by the services that carry the
//! files on. Nothing is decided by these dates: what is known of a photo stands in its bytes, its sidecar and the ledger.

use std::fs::{File, FileTimes};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustix::fs::{CWD, OFlags};

use super::opener::open_plain;
use crate::item::Stamp;

/// No file of ours is dated earlier. Nextcloud's client passes over a new file whose time is not after the first day of
/// 1970, and its server answers 500 to some that are; two days later both take it.
pub const EARLIEST: Timestamp = Timestamp::constant(172_800, 0);

/// Where disks stop counting, with a day to spare for those that count on a local clock: FAT and exFAT begin with 1980; old
/// file systems count seconds in 31 bits, to 2038, some in 32, to 2106.
const BEGINS: Timestamp = Timestamp::constant(315_619_200, 0);
const ENDS: [Timestamp; 2] = [Timestamp::constant(4_294_857_600, 0), Timestamp::constant(2_147_385_600, 0)];

/// How far a disk may round: FAT keeps every other second.
const ROUNDED: Duration = Duration::from_secs(2);

/// How the date of a file relates to when its photo was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is that, as precisely as the disk counts.
    AsTaken,
    /// The photo is older than [`EARLIEST`], which stands for it.
    Earliest,
    /// The disk holds another date.
    Otherwise,
}

impl Held {
    /// What a file with this time of modification, in nanoseconds since 1970, holds of the time when its photo was taken.
    pub fn of(modified: i64, taken: Timestamp) -> Self {
        let is = |time: Timestamp| time.as_nanosecond().abs_diff(i128::from(modified)) <= ROUNDED.as_nanos();
        match (is(taken) && taken >= EARLIEST, taken < EARLIEST && is(EARLIEST)) {
            (true, _) => Self::AsTaken,
            (_, true) => Self::Earliest,
            _ => Self::Otherwise,
        }
    }
}

/// Dates a file: by when its photo was taken, else by the nearest time that its disk holds. Where that holds none, the file
/// keeps its own: some disks make any other year of what they do not know.
pub fn set(file: &File, taken: Timestamp) {
    let Ok(before) = modified(file) else { return };
    let taken = taken.max(EARLIEST);
    let edges = ENDS.into_iter().filter(|end| *end < taken).chain([BEGINS].into_iter().filter(|begin| taken < *begin));
    if !std::iter::once(taken).chain(edges).any(|time| set_exactly(file, time.into())) {
        // What the file itself had can be set again.
        let _ = set_times(file, before);
    }
}

/// Whether the file has this time now.
fn set_exactly(file: &File, time: SystemTime) -> bool {
    let apart = |held: SystemTime| held.duration_since(time).unwrap_or_else(|earlier| earlier.duration());
    set_times(file, time).is_ok() && modified(file).is_ok_and(|held| apart(held) <= ROUNDED)
}

fn modified(file: &File) -> io::Result<SystemTime> {
    file.metadata()?.modified()
}

/// Sets a file's time of modification, together with the other one, which stays: exfat-fuse, encfs, bindfs and
/// unionfs-fuse do nothing where only one of them is given, and say that all is well.
pub fn set_times(file: &File, modified: SystemTime) -> io::Result<()> {
    let accessed = file.metadata()?.accessed().unwrap_or(modified);
    file.set_times(FileTimes::new().set_accessed(accessed).set_modified(modified))
}

/// Dates a file once more, unless it is in another state by now. Returns its new one.
pub fn mend(path: &Path, state: Stamp, taken: Timestamp) -> io::Result<Option<Stamp>> {
    let file = open_plain(CWD, path, OFlags::RDONLY | OFlags::NOFOLLOW)?;
    if Stamp::of(&file.metadata()?) != state {
        return Ok(None);
    }
    set(&file, taken);
    Ok(Some(Stamp::of(&file.metadata()?)).filter(|now| *now != state))
}

/// Whether a file is dated before [`EARLIEST`].
pub fn is_too_early(state: &Stamp) -> bool {
    i128::from(state.mtime) < EARLIEST.as_nanosecond()
}

/// Whether a time of modification, in nanoseconds since 1970, is one that stands for times that cannot be held: it tells
/// nothing of the photo.
pub fn stands_for_others(modified: i64) -> bool {
    let times = [EARLIEST, BEGINS].into_iter().chain(ENDS);
    times.map(Timestamp::as_nanosecond).any(|time| time == i128::from(modified))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn held(modified: &str, taken: &str) -> Held {
        Held::of(i64::try_from(time(modified).as_nanosecond()).expect("in the range"), time(taken))
    }

    #[test]
    fn the_edges_lie_a_day_within_what_disks_count() {
        assert_eq!(EARLIEST, time("1970-01-03T00:00:00Z"));
        assert_eq!(BEGINS, time("1980-01-02T00:00:00Z"));
        assert_eq!(ENDS, [time("2106-02-06T00:00:00Z"), time("2038-01-18T00:00:00Z")]);
    }

    #[test]
    fn a_file_is_dated_as_its_photo_was_taken_but_never_before_1970() {
        let file = tempfile::tempfile().expect("a temporary file");
        for (taken, dated) in [
            ("2019-07-04T12:30:15.25Z", "2019-07-04T12:30:15.25Z"),
            ("1970-01-03T00:00:01Z", "1970-01-03T00:00:01Z"),
            ("1970-01-02T23:59:59Z", "1970-01-03T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "1970-01-03T00:00:00Z"),
            ("1955-06-01T12:00:00Z", "1970-01-03T00:00:00Z"),
            ("-004713-11-24T12:00:00Z", "1970-01-03T00:00:00Z"),
        ] {
            set(&file, time(taken));
            let metadata = file.metadata().expect("open");
            let nanoseconds = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
            assert_eq!(nanoseconds, time(dated).as_nanosecond(), "{taken}");
        }
    }

    #[test]
    fn what_a_disk_cannot_hold_is_told_from_what_it_rounds() {
        assert_eq!(held("2019-07-04T12:30:14Z", "2019-07-04T12:30:15.9Z"), Held::AsTaken);
        assert_eq!(held("1970-01-03T00:00:00Z", "1955-06-01T12:00:00Z"), Held::Earliest);
        for (modified, taken) in [
            ("1980-01-02T00:00:00Z", "1955-06-01T12:00:00Z"),
            ("1980-01-02T00:00:00Z", "1975-06-01T12:00:00Z"),
            ("2026-01-01T00:00:00Z", "2019-07-04T12:30:15Z"),
            ("2038-01-18T00:00:00Z", "2050-01-01T00:00:00Z"),
            ("1955-06-01T12:00:00Z", "1955-06-01T12:00:00Z"),
        ] {
            assert_eq!(held(modified, taken), Held::Otherwise, "{modified} {taken}");
        }
    }

    #[test]
    fn only_the_file_that_was_looked_at_is_mended() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let stamp = |file: &File| Stamp::of(&file.metadata().expect("open"));
        set_times(file.as_file(), time("1955-06-01T12:00:00Z").into()).expect("a disk that counts far");
        let looked_at = stamp(file.as_file());
        assert!(is_too_early(&looked_at));
        let another = Stamp { inode: looked_at.inode + 1, ..looked_at };
        assert_eq!(mend(file.path(), another, EARLIEST).expect("open"), None);
        assert_eq!(stamp(file.as_file()), looked_at);
        let now = mend(file.path(), looked_at, EARLIEST).expect("open").expect("mended");
        assert_eq!(now, stamp(file.as_file()));
        assert_eq!(i128::from(now.mtime), EARLIEST.as_nanosecond());
        assert!(!is_too_early(&now));
    }
}
