//! Directories that are disks of their own, and those that were.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::again::is_walked;
use super::{Found, Scan, Unlisted, Walk, unlisted_notice};

impl Scan {
    /// Finds which disks are not there, or no longer: what a walk saw of one that went away meanwhile says nothing.
    pub(super) fn look_at_disks(&mut self, walk: &Walk<'_>) {
        let went: Vec<PathBuf> = self.disks.iter().filter(|disk| !walk.folder.is_disk(disk)).cloned().collect();
        for disk in went {
            self.lose(&disk);
            self.notices.extend(self.unlisted.last().map(unlisted_notice));
        }
        let is_bare = |disk: &&PathBuf| !self.disks.contains(*disk) && !self.is_unlisted(disk) && is_walked(walk, disk);
        self.bare = walk.source.disks.iter().filter(is_bare).cloned().collect();
    }

    /// Whether nobody knows what lies at a path.
    pub fn is_unlisted(&self, path: &Path) -> bool {
        self.unlisted.iter().any(|unlisted| path.starts_with(&unlisted.path))
    }

    /// Whether most of these files, by their paths below it and their sizes, lie in a directory.
    pub fn has_most(&self, files: &[(PathBuf, u64)], directory: &Path) -> bool {
        let below = |file: &'_ Found| Some((file.path.strip_prefix(directory).ok()?.to_owned(), file.stamp.size));
        let here: FxHashSet<(PathBuf, u64)> = self.files.iter().filter_map(below).collect();
        files.iter().filter(|file| here.contains(*file)).count() * 2 > files.len()
    }

    /// Counts a directory whose disk is away as one that could not be listed.
    pub fn lose(&mut self, directory: &Path) {
        self.forget(directory);
        self.unlisted.push(Unlisted { path: directory.to_owned(), why: "its disk is not connected".into() });
    }
}
