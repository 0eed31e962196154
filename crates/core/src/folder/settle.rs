//! Which files somebody may still be writing.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;

use super::scan::Found;
use crate::item::{CachedFact, Stamp, Trouble};

/// Marks the files that changed less than `settle` before they were looked at, and empty ones: a sync client writes before
/// it is done. A file whose present state is known byte for byte is written by nobody: it is one that we exported.
pub fn settle(files: &mut [Found], known: &[Option<CachedFact>], looked: &RangeInclusive<Timestamp>, settle: Duration) {
    if settle.is_zero() {
        return;
    }
    let is_whole = |file: &Found, fact: &Option<CachedFact>| {
        let is_known = |fact: &CachedFact| fact.fingerprint.is_some() && !fact.is_doubtful(&file.path, &file.stamp);
        fact.as_ref().is_some_and(is_known)
    };
    for (file, _) in files.iter_mut().zip(known).filter(|(file, fact)| file.trouble.is_none() && !is_whole(file, fact))
    {
        if file.stamp.size == 0 || changed_around(&file.stamp, looked, settle) {
            file.trouble = Some(Trouble::Settling);
        }
    }
}

/// Whether the file's mtime or ctime lies within `span` of `now`, on either side: a camera with a wrong clock writes
/// dates far in the future, and its photo must not wait for them.
pub fn changed_within(stamp: &Stamp, now: Timestamp, span: Duration) -> bool {
    changed_around(stamp, &(now..=now), span)
}

/// The same for a look that takes a while, as on a slow disk: what changes meanwhile is as fresh as what changed just
/// before it. The clock may have been set back in between.
pub fn changed_around(stamp: &Stamp, looked: &RangeInclusive<Timestamp>, span: Duration) -> bool {
    let span = i128::try_from(span.as_nanos()).unwrap_or(i128::MAX / 2);
    let (one, other) = (looked.start().as_nanosecond(), looked.end().as_nanosecond());
    let (first, last) = (one.min(other) - span, one.max(other) + span);
    let is_fresh = |time: i64| first < i128::from(time) && i128::from(time) < last;
    is_fresh(stamp.mtime) || is_fresh(stamp.ctime)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn trouble(size: u64, mtime: i64, ctime: i64, settle_for: u64) -> Option<Trouble> {
        let now = Timestamp::from_second(1_000_000).expect("valid");
        let stamp = Stamp { size, mtime: mtime * SECOND, ctime: ctime * SECOND, inode: 1 };
        let kind = photobridge_media::FileKind::Still;
        let mut files = [Found { path: "a.jpg".into(), kind, stamp, trouble: None }];
        settle(&mut files, &[None], &(now..=now), Duration::from_secs(settle_for));
        files[0].trouble.clone()
    }

    #[test]
    fn waits_for_what_changed_just_now_by_either_clock() {
        assert_eq!(trouble(9, 999_995, 0, 10), Some(Trouble::Settling));
        assert_eq!(trouble(9, 0, 999_995, 10), Some(Trouble::Settling));
        assert_eq!(trouble(0, 0, 0, 10), Some(Trouble::Settling));
    }

    #[test]
    fn waits_for_what_changed_while_a_slow_disk_was_walked() {
        let second = |second| Timestamp::from_second(second).expect("valid");
        let stamp = |time: i64| Stamp { size: 9, mtime: time * SECOND, ctime: 0, inode: 1 };
        let is_fresh = |time| {
            let (looked, ten) = (second(1_000_000)..=second(1_000_060), Duration::from_secs(10));
            changed_around(&stamp(time), &looked, ten)
        };
        assert!([999_991, 1_000_000, 1_000_030, 1_000_060, 1_000_069].into_iter().all(is_fresh));
        assert!(![999_990, 1_000_070, 9_000_000].into_iter().any(is_fresh));
    }

    #[test]
    fn waits_also_where_the_clock_was_set_back_during_the_walk() {
        let second = |second| Timestamp::from_second(second).expect("valid");
        let stamp = Stamp { size: 9, mtime: 999_995 * SECOND, ctime: 0, inode: 1 };
        assert!(changed_around(&stamp, &(second(1_000_000)..=second(900_000)), Duration::from_secs(10)));
    }

    #[test]
    fn does_not_wait_for_what_is_old_enough_or_dated_in_the_future() {
        assert_eq!(trouble(9, 999_990, 999_990, 10), None);
        assert_eq!(trouble(9, 9_000_000, 0, 10), None);
        assert_eq!(trouble(0, 999_999, 999_999, 0), None);
    }
}
