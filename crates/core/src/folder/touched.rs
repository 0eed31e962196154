//! Files of which only the inode changed since they were read: all of them got another owner, other rights or an attribute.
//! Size, mtime and inode are as before, so they are known again if a sample of them is what it was.

use std::io::{self, Seek};
use std::path::PathBuf;

use rayon::prelude::*;

use super::look::{Circumstances, RACY, read_header};
use super::scan::{Found, Scan};
use super::settle::changed_around;
use super::{Opener, Source};
use crate::fingerprint::Fingerprint;
use crate::item::{CachedFact, Stamp};

/// Fewer are read as if they were new: a program that keeps a file's times may have written into a few of them.
const MANY: usize = 100;

/// One in so many is compared by what it says of itself.
const ONE_IN: usize = 100;

/// So many are compared in any case, and so many by all their bytes, unless they are longer than this.
const FEWEST: usize = 20;
const LONGEST: u64 = 32 << 20;

/// A file of which only the inode changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Its path below its folder.
    pub path: PathBuf,
    /// The state in which it was read.
    pub was: Stamp,
    /// When its inode changed.
    pub ctime: i64,
}

/// What came of looking for such files.
#[derive(Debug, Default)]
pub struct Again {
    /// Those that are known again.
    pub touched: Vec<Touched>,
    /// Inodes of the files that were compared.
    pub opened: Vec<u64>,
    /// Bytes read.
    pub bytes_read: u64,
}

/// Gives what is cached of such files their present state. Changes nothing if there are only a few, or if one of the sample is
/// not what it was.
pub fn known_again(source: &Source, scan: &Scan, cache: &mut [CachedFact], with: &Circumstances<'_>) -> Again {
    if source.folder.properties().renumbers {
        return Again::default();
    }
    let mut touched = touched(&scan.files, cache);
    touched.retain(|(found, _)| !changed_around(&found.stamp, &with.walked, RACY));
    if touched.len() < MANY {
        return Again::default();
    }
    let compared = compare(source, &touched, with);
    let bytes_read = compared.iter().flatten().sum();
    let opened: Vec<u64> = sample(&touched).map(|(found, _)| found.stamp.inode).collect();
    if compared.iter().any(Option::is_none) {
        return Again { touched: Vec::new(), opened, bytes_read };
    }
    let renewed = touched.into_iter().map(|(found, fact)| {
        let was = std::mem::replace(&mut fact.stamp, found.stamp);
        Touched { path: found.path.clone(), was, ctime: found.stamp.ctime }
    });
    Again { touched: renewed.collect(), opened, bytes_read }
}

/// The files of which only the inode changed, each with what is cached of it.
fn touched<'a>(files: &'a [Found], cache: &'a mut [CachedFact]) -> Vec<(&'a Found, &'a mut CachedFact)> {
    cache.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    let mut files = files.iter().peekable();
    let mut touched = Vec::new();
    // Both are in the order of their paths.
    for fact in cache {
        while files.next_if(|found| found.path.as_os_str() < fact.path.as_os_str()).is_some() {}
        let Some(found) = files.next_if(|found| found.path == fact.path) else { continue };
        if fact.stamp != found.stamp && fact.stamp == (Stamp { ctime: fact.stamp.ctime, ..found.stamp }) {
            touched.push((found, fact));
        }
    }
    touched
}

fn sample<T>(touched: &[T]) -> impl Iterator<Item = &T> {
    touched.iter().step_by(touched.len() / FEWEST.max(touched.len() / ONE_IN))
}

/// Of each file of the sample how many bytes were read; nothing of one that is not what it was, or could not be read.
fn compare(source: &Source, touched: &[(&Found, &mut CachedFact)], with: &Circumstances<'_>) -> Vec<Option<u64>> {
    let sample: Vec<&(&Found, &mut CachedFact)> = sample(touched).collect();
    let whole = sample.len() / FEWEST;
    let compare = |opener: &mut Box<dyn Opener + '_>, (at, (found, fact)): (usize, &&(&Found, &mut CachedFact))| {
        let is_read_whole = at % whole == 0 && found.stamp.size <= LONGEST;
        if with.cancel.is_cancelled() {
            return None;
        }
        as_cached(&mut **opener, found, fact, is_read_whole).ok()?
    };
    sample.par_iter().enumerate().map_init(|| source.folder.opener(), compare).collect()
}

/// How many bytes were read of a file that still says of itself what is cached, and has those bytes.
fn as_cached(opener: &mut dyn Opener, found: &Found, fact: &CachedFact, whole: bool) -> io::Result<Option<u64>> {
    let mut file = opener.open(&found.path).map_err(io::Error::other)?;
    let (header, mut read) = read_header(&mut file, found.kind, found.stamp.size)?;
    if fact.header.as_deref() != Some(&header) {
        return Ok(None);
    }
    if let Some(cached) = fact.fingerprint.filter(|_| whole) {
        file.rewind()?;
        let (fingerprint, bytes) = Fingerprint::of_reader(file)?;
        read += bytes;
        return Ok((fingerprint == cached).then_some(read));
    }
    Ok(Some(read))
}
