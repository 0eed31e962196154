//! The data directory: where everything of ours lies.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::run::RunId;

/// Makes a directory for what is ours where there is none, with what leads to it. It tells of somebody's photos, so
/// nobody else may look into one that we make.
pub fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the data directory, so that it outlives a power failure.
pub fn make(data: &Path) -> io::Result<()> {
    let mut made: Vec<&Path> = data.ancestors().skip(1).take_while(|path| !path.exists()).collect();
    directory(data)?;
    // Also where it was there: whoever made it may have died before this.
    made.push(data);
    let parents = made.iter().filter_map(|path| path.parent()).filter(|parent| !parent.as_os_str().is_empty());
    parents.map(durable::directory).try_for_each(|synced| match synced {
        // One that may be entered and not read: nothing can be done.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    })
}

/// The directory in it that photos go to which an undo takes out of the folder.
pub const UNDONE: &str = "undone";

/// Where runs are kept as files.
pub fn runs(data: &Path) -> PathBuf {
    data.join("runs")
}

/// The files of the runs that are kept there, each with the number of its run.
pub fn files_of_runs(data: &Path) -> io::Result<impl Iterator<Item = (RunId, PathBuf)>> {
    let number = |path: &Path| path.file_stem()?.to_str()?.parse().ok().map(RunId);
    Ok(fs::read_dir(runs(data))?.filter_map(move |entry| {
        let path = entry.ok()?.path();
        Some((number(&path)?, path))
    }))
}

/// The runs of which something is kept, also of a ledger that was lost.
pub fn kept_runs(data: &Path) -> BTreeSet<RunId> {
    files_of_runs(data).into_iter().flatten().map(|(run, _)| run).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_looks_into_it() {
        let place = tempfile::tempdir().expect("a directory");
        let directory = place.path().join("a/data");
        make(&directory).expect("made");
        make(&directory).expect("there already");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        fs::write(place.path().join("file"), "").expect("a file");
        assert!(make(&place.path().join("file")).is_err());
    }
}
