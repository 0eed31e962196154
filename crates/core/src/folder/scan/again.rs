//! Looks again at single directories of a folder that was walked before; all else counts as it was then.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashSet;

use super::{
    DEEPEST, FolderError, Listing, Scan, ScanError, Source, Unlisted, Walk, follow_links, shorten, unlisted_notice,
};
use crate::folder::{is_library, names};
use crate::progress::{Cancel, Event, Phase, Progress};

/// What lies in `source`, as it `was` when it was walked, with these directories as they are now: what they hold themselves,
/// not what lies deeper. A directory that is gone from one of them is gone with all that lay in it.
pub fn scan_again(
    source: &Source,
    was: Scan,
    directories: &BTreeSet<PathBuf>,
    never_enter: &[PathBuf],
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Scan, ScanError> {
    progress.event(Event::Begin { phase: Phase::Scanning, steps: None, bytes: None });
    let folder = &*source.folder;
    let walk = Walk { source, folder, never_enter, progress, cancel };
    let (mut scan, mut links) = (was, Vec::new());
    for directory in directories.iter().filter(|directory| is_walked(&walk, directory)) {
        let depth = directory.components().count() + 1;
        let listing = walk.list(directory, depth);
        if cancel.is_cancelled() {
            return Err(ScanError::Cancelled);
        }
        let listing = match listing {
            Ok(listing) => listing,
            Err(FolderError::Gone) if depth > 1 => {
                scan.forget(directory);
                continue;
            }
            Err(error) if depth == 1 => return Err(ScanError::of(folder.place(), &error)),
            Err(error) => {
                scan.unlisted.retain(|unlisted| unlisted.path != *directory);
                let unlisted = Unlisted::new(directory.clone(), &error);
                scan.notices.push(unlisted_notice(&unlisted));
                scan.unlisted.push(unlisted);
                continue;
            }
        };
        scan.replace(directory, &listing);
        links.extend(listing.links.iter().cloned());
        scan.take(directory, listing, depth);
    }
    scan.notices.sort_unstable();
    scan.notices.dedup();
    shorten(&mut scan.notices, "directories were passed over");
    follow_links(source, links, &mut scan);
    scan.look_at_disks(&walk);
    scan.packed.sort_unstable();
    scan.files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    progress.event(Event::End(Phase::Scanning));
    Ok(scan)
}

/// Whether a walk would come to a directory.
pub(super) fn is_walked(walk: &Walk<'_>, directory: &Path) -> bool {
    let deepest = if walk.source.filter.recursive || walk.source.receives { DEEPEST } else { 1 };
    let is_entered = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !names::is_hidden_folder(&name)
            && !names::is_never_ours(&name)
            && !walk.is_ours(path)
            && !is_library(walk.folder, path)
    };
    let is_below = directory.components().all(|part| matches!(part, Component::Normal(_)));
    is_below
        && directory.components().count() < deepest
        && directory.ancestors().filter(|path| !path.as_os_str().is_empty()).all(is_entered)
}

impl Scan {
    /// Forgets a directory that is gone, and all that lay in it.
    pub(super) fn forget(&mut self, directory: &Path) {
        self.files.retain(|file| !file.path.starts_with(directory));
        self.others.retain(|path| !path.starts_with(directory));
        self.packed.retain(|path| !path.starts_with(directory));
        self.unlisted.retain(|unlisted| !unlisted.path.starts_with(directory));
        self.nomedia.retain(|path| !path.starts_with(directory));
        self.disks.retain(|path| !path.starts_with(directory));
    }

    /// Forgets what a directory held that is listed anew, with all that lay in directories which it holds no more.
    fn replace(&mut self, directory: &Path, now: &Listing) {
        let below: FxHashSet<&Path> = now.below.iter().map(PathBuf::as_path).collect();
        let lies_in_no_more = |path: &Path| match path.strip_prefix(directory).map(|inside| inside.components().next())
        {
            Ok(Some(first)) => !below.contains(&*directory.join(first)),
            _ => false,
        };
        let is_in_it = |path: &Path| path.parent() == Some(directory);
        self.files.retain(|file| !lies_in_no_more(&file.path));
        // Of directories, too, only the names are listed.
        self.others.retain(|path| !is_in_it(path) && !lies_in_no_more(path));
        self.packed.retain(|path| !is_in_it(path) && !lies_in_no_more(path));
        // These are told of by the directory itself.
        self.unlisted.retain(|unlisted| unlisted.path != directory && !lies_in_no_more(&unlisted.path));
        self.nomedia.retain(|path| path != directory && !lies_in_no_more(path));
        self.disks.retain(|path| path != directory && !lies_in_no_more(path));
    }
}
