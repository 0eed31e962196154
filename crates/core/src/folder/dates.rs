//! Dates files by when their photos were taken, as far as that can be held: by the disk, and by the services that carry the
//! files on. Nothing is decided by these dates: what is known of a photo stands in its bytes, its sidecar and the ledger.

use std::time::Duration;

use jiff::Timestamp;

use crate::item::Stamp;

/// No file of ours is dated earlier. Nextcloud's client passes over a new file whose time is not after the first day of
/// 1970, and its server answers 500 to some that are; two days later both take it.
pub const EARLIEST: Timestamp = Timestamp::constant(172_800, 0);

/// Where disks stop counting, with a day to spare for those that count on a local clock: FAT and exFAT begin with 1980; old
/// file systems count seconds in 31 bits, to 2038, some in 32, to 2106.
const BEGINS: Timestamp = Timestamp::constant(315_619_200, 0);
const ENDS: [Timestamp; 2] = [Timestamp::constant(4_294_857_600, 0), Timestamp::constant(2_147_385_600, 0)];

/// How far a disk may round: FAT keeps every other second.
pub const ROUNDED: Duration = Duration::from_secs(2);

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

/// The dates for a file whose photo was taken then, the best first: one that its disk does not hold is followed by the
/// nearest that disks do.
pub fn for_taken(taken: Timestamp) -> impl Iterator<Item = Timestamp> {
    let taken = taken.max(EARLIEST);
    let ends = ENDS.into_iter().filter(move |end| *end < taken);
    std::iter::once(taken).chain(ends).chain([BEGINS].into_iter().filter(move |begin| taken < *begin))
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
}
