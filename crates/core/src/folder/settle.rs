//! Which files somebody may still be writing.

use jiff::Timestamp;

use super::scan::Found;
use crate::item::Stamp;
use crate::item::Trouble;
use crate::ledger::CachedFact;

/// Marks the files that changed less than `settle` ago, and empty ones: a sync client writes before it is done. A file
/// whose present state is known byte for byte is written by nobody: it is one that we exported.
pub fn settle(files: &mut [Found], known: &[Option<CachedFact>], now: Timestamp, settle: std::time::Duration) {
    if settle.is_zero() {
        return;
    }
    let is_whole = |fact: &Option<CachedFact>| fact.as_ref().is_some_and(|fact| fact.fingerprint.is_some());
    for (file, _) in files.iter_mut().zip(known).filter(|(file, fact)| file.trouble.is_none() && !is_whole(fact)) {
        if file.stamp.size == 0 || changed_within(&file.stamp, now, settle) {
            file.trouble = Some(Trouble::Settling);
        }
    }
}

/// Whether the file's mtime or ctime lies within `span` of `now`, on either side: a camera with a wrong clock writes
/// dates far in the future, and its photo must not wait for them.
pub fn changed_within(stamp: &Stamp, now: Timestamp, span: std::time::Duration) -> bool {
    let near = |time: i64| (now.as_nanosecond() - i128::from(time)).unsigned_abs() < span.as_nanos();
    near(stamp.mtime) || near(stamp.ctime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SECOND: i64 = 1_000_000_000;

    fn trouble(size: u64, mtime: i64, ctime: i64, settle_for: u64) -> Option<Trouble> {
        let now = Timestamp::from_second(1_000_000).expect("valid");
        let stamp = Stamp { size, mtime: mtime * SECOND, ctime: ctime * SECOND, inode: 1 };
        let kind = crate::media::FileKind::Still;
        let mut files = [Found { path: "a.jpg".into(), kind, stamp, trouble: None }];
        settle(&mut files, &[None], now, Duration::from_secs(settle_for));
        files[0].trouble.clone()
    }

    #[test]
    fn waits_for_what_changed_just_now_by_either_clock() {
        assert_eq!(trouble(9, 999_995, 0, 10), Some(Trouble::Settling));
        assert_eq!(trouble(9, 0, 999_995, 10), Some(Trouble::Settling));
        assert_eq!(trouble(0, 0, 0, 10), Some(Trouble::Settling));
    }

    #[test]
    fn does_not_wait_for_what_is_old_enough_or_dated_in_the_future() {
        assert_eq!(trouble(9, 999_990, 999_990, 10), None);
        assert_eq!(trouble(9, 9_000_000, 0, 10), None);
        assert_eq!(trouble(0, 999_999, 999_999, 0), None);
    }
}
