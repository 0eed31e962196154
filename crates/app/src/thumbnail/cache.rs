//! Thumbnails on the disk, so that each is made once. Nothing depends on them: any may be missing, damaged or gone.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::Key;

/// A directory of thumbnails.
#[derive(Debug)]
pub struct Cache {
    directory: PathBuf,
    most: u64,
    /// How many bytes are in it, counted when the first thumbnail is put there.
    held: Mutex<Option<u64>>,
}

impl Cache {
    /// A directory that keeps about `most` bytes. It is made when something is put there.
    pub fn new(directory: PathBuf, most: u64) -> Self {
        Self { directory, most, held: Mutex::new(None) }
    }

    /// A thumbnail, if it is there and whole.
    pub fn get(&self, key: Key) -> Option<Vec<u8>> {
        let kept = fs::read(self.path(key)).ok()?;
        // A crash of the machine may leave the name without the bytes.
        (kept.starts_with(&[0xFF, 0xD8]) && kept.ends_with(&[0xFF, 0xD9])).then_some(kept)
    }

    /// Keeps a thumbnail; where that fails, it is made again the next time.
    pub fn put(&self, key: Key, thumbnail: &[u8]) {
        if let Err(error) = self.write(key, thumbnail) {
            tracing::debug!("a thumbnail could not be kept in {}: {error}", self.directory.display());
        }
    }

    fn path(&self, key: Key) -> PathBuf {
        self.directory.join(key.hex() + ".jpg")
    }

    fn write(&self, key: Key, thumbnail: &[u8]) -> io::Result<()> {
        photobridge_core::data::directory(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(thumbnail)?;
        file.persist(self.path(key))?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *held {
            Some(before) => before + thumbnail.len() as u64,
            None => self.list()?.iter().map(|kept| kept.size).sum(),
        };
        *held = Some(if now > self.most { self.sweep()? } else { now });
        Ok(())
    }

    /// Removes the oldest down to three quarters, so that it is not done again at once; says what is left.
    fn sweep(&self) -> io::Result<u64> {
        let mut kept = self.list()?;
        kept.sort_by_key(|kept| kept.made);
        let mut held: u64 = kept.iter().map(|kept| kept.size).sum();
        for old in kept {
            if held <= self.most / 4 * 3 {
                break;
            }
            // Whoever removed it before has made the same room.
            let _ = fs::remove_file(&old.path);
            held -= old.size;
        }
        Ok(held)
    }

    /// Everything in the directory, also what a crash left half written.
    fn list(&self) -> io::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if let Ok(metadata) = entry.metadata()
                && metadata.is_file()
            {
                let made = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                kept.push(Kept { path: entry.path(), size: metadata.len(), made });
            }
        }
        Ok(kept)
    }
}

struct Kept {
    path: PathBuf,
    size: u64,
    made: SystemTime,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use photobridge_core::fingerprint::Fingerprint;

    use super::*;

    fn key(number: usize) -> Key {
        Key::of_bytes(&Fingerprint::of(&number.to_le_bytes()))
    }

    /// A hundred bytes that begin and end as a JPEG does.
    fn thumbnail(number: usize) -> Vec<u8> {
        [&[0xFF, 0xD8][..], &[number as u8; 96], &[0xFF, 0xD9]].concat()
    }

    /// Puts one there that was made so many seconds after the first.
    fn put(cache: &Cache, number: usize) {
        cache.put(key(number), &thumbnail(number));
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + number as u64);
        if let Ok(file) = fs::File::options().write(true).open(cache.path(key(number))) {
            file.set_modified(made).expect("a file of ours");
        }
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let data = tempfile::tempdir().expect("a directory");
        let directory = data.path().join("thumbnails");
        let cache = Cache::new(directory.clone(), 1000);
        (0..10).for_each(|number| put(&cache, number));
        assert!((0..10).all(|number| cache.get(key(number)) == Some(thumbnail(number))));
        // Another process begins with what it finds.
        let cache = Cache::new(directory.clone(), 1000);
        put(&cache, 10);
        let left: Vec<usize> = (0..=10).filter(|&number| cache.get(key(number)).is_some()).collect();
        assert_eq!(left, [4, 5, 6, 7, 8, 9, 10]);
        (11..100).for_each(|number| put(&cache, number));
        let size: u64 = cache.list().expect("a directory").iter().map(|kept| kept.size).sum();
        assert!(size <= 1000, "{size}");
        assert_eq!(cache.get(key(99)), Some(thumbnail(99)));
    }

    #[test]
    fn a_damaged_or_deleted_one_is_none() {
        let data = tempfile::tempdir().expect("a directory");
        let cache = Cache::new(data.path().join("thumbnails"), 1000);
        assert_eq!(cache.get(key(1)), None);
        put(&cache, 1);
        for damaged in [&thumbnail(1)[..50], b""] {
            fs::write(cache.path(key(1)), damaged).expect("a file of ours");
            assert_eq!(cache.get(key(1)), None);
        }
        fs::remove_dir_all(data.path().join("thumbnails")).expect("a directory of ours");
        put(&cache, 1);
        assert_eq!(cache.get(key(1)), Some(thumbnail(1)));
        assert_eq!(fs::read_dir(data.path().join("thumbnails")).expect("a directory").count(), 1);
    }

    #[test]
    fn a_place_that_takes_nothing_is_no_failure() {
        let data = tempfile::tempdir().expect("a directory");
        fs::write(data.path().join("thumbnails"), "a file").expect("a file");
        let cache = Cache::new(data.path().join("thumbnails"), 1000);
        cache.put(key(1), &thumbnail(1));
        assert_eq!(cache.get(key(1)), None);
    }
}
