//! The data directory: where everything of ours lies.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::durable;

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

#[cfg(test)]
mod tests {
    use std::fs;
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
