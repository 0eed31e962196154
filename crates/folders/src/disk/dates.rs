//! Dates files, as far as their disk holds it.

use std::fs::{File, FileTimes};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;
use photobridge_core::folder::dates::{ROUNDED, for_taken};
use photobridge_core::item::Stamp;
use photobridge_files::open_plain;
use rustix::fs::{CWD, OFlags};

/// Dates a file: by when its photo was taken, else by the nearest time that its disk holds. Where that holds none, the file
/// keeps its own: some disks make any other year of what they do not know.
pub(super) fn set(file: &File, taken: Timestamp) {
    let Ok(before) = modified(file) else { return };
    if !for_taken(taken).any(|time| set_exactly(file, time.into())) {
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
fn set_times(file: &File, modified: SystemTime) -> io::Result<()> {
    let accessed = file.metadata()?.accessed().unwrap_or(modified);
    file.set_times(FileTimes::new().set_accessed(accessed).set_modified(modified))
}

/// Dates a file once more, unless it is in another state by now. Returns its new one.
pub(super) fn mend(path: &Path, state: Stamp, taken: Timestamp) -> io::Result<Option<Stamp>> {
    let file = open_plain(CWD, path, OFlags::RDONLY | OFlags::NOFOLLOW)?;
    if Stamp::of(&file.metadata()?) != state {
        return Ok(None);
    }
    set(&file, taken);
    Ok(Some(Stamp::of(&file.metadata()?)).filter(|now| *now != state))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use photobridge_core::folder::dates::{EARLIEST, is_too_early};

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
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
