//! The data directory: where everything of ours lies.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, SpooledTempFile};

use crate::durable;
use crate::fingerprint::{Fingerprint, Hasher};
use crate::item::Stamp;
use crate::run::RunId;

/// Makes a directory for what is ours where there is none, with what leads to it. It tells of somebody's photos, so
/// nobody else may look into one that we make.
pub fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// How a file of ours is made that nobody else may read. One that is there keeps its rights.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// A new file of ours, or an old one emptied.
pub fn create(path: &Path) -> io::Result<File> {
    options().write(true).create(true).truncate(true).open(path)
}

/// A file that SQLite is to fill, which makes its own for everybody to read.
pub fn prepare(path: &Path) -> io::Result<()> {
    options().append(true).create(true).open(path).map(drop)
}

/// What others may do with a file.
const OF_OTHERS: u32 = 0o077;

/// Shuts others out of a data directory that somebody else made for us, as a volume or a service's state is: of it, and of what
/// lies in it, so that all below is shut too. Returns whether it was open to them. A directory that holds nothing of ours is
/// left alone, and so is what belongs to somebody else.
pub fn shut(data: &Path) -> io::Result<bool> {
    let is_ours = ["settings.toml", "ledger.sqlite", "lock", "serve.lock"].iter().any(|name| data.join(name).exists());
    let was_open = is_open(data) && is_ours;
    if was_open {
        close(data)?;
    }
    if is_ours {
        for entry in fs::read_dir(data)?.filter_map(Result::ok) {
            let path = entry.path();
            if is_open(&path) {
                let _ = close(&path);
            }
        }
    }
    Ok(was_open)
}

fn is_open(path: &Path) -> bool {
    let is_plain = |file: &fs::Metadata| file.is_dir() || file.is_file();
    fs::symlink_metadata(path).is_ok_and(|file| is_plain(&file) && file.permissions().mode() & OF_OTHERS != 0)
}

fn close(path: &Path) -> io::Result<()> {
    let mode = fs::symlink_metadata(path)?.permissions().mode();
    fs::set_permissions(path, Permissions::from_mode(mode & 0o7777 & !OF_OTHERS))
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

/// Makes that directory, so that it outlives a power failure, and says where it is.
pub fn undone(data: &Path) -> io::Result<PathBuf> {
    let undone = data.join(UNDONE);
    directory(&undone)?;
    durable::directory(data)?;
    Ok(undone)
}

/// A file that nobody needs longer than this process, in memory as long as it has no more than so many bytes.
pub fn spool(data: &Path, in_memory: usize) -> SpooledTempFile {
    tempfile::spooled_tempfile_in(in_memory, data)
}

/// A file that nobody needs longer than this value, which takes bytes through [`Write`] and fingerprints them on their way.
pub struct Spool {
    file: SpooledTempFile,
    hasher: Hasher,
}

impl Spool {
    /// So many bytes are kept in memory; longer files go to the disk.
    const IN_MEMORY: usize = 32 << 20;

    /// An empty one.
    pub fn new(data: &Path) -> Self {
        Self { file: spool(data, Self::IN_MEMORY), hasher: Hasher::new() }
    }

    /// Its bytes, and their number.
    pub fn identity(&self) -> (Fingerprint, u64) {
        (self.hasher.clone().finish(), self.hasher.length())
    }

    /// What it holds, to be read from anywhere.
    pub fn reader(&mut self) -> &mut SpooledTempFile {
        &mut self.file
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// How the names of files begin that are made for an import.
const MAKING: &str = ".making-";

/// Removes what a process that died was making for an import. To be called by whoever alone makes some.
pub fn forget_what_was_being_made(data: &Path) -> io::Result<()> {
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(MAKING) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A file that nobody needs longer than this value, under a name: libraries are given files by their paths. No other user may
/// read it.
pub struct Named(NamedTempFile);

impl Named {
    /// An empty one in a data directory.
    pub fn new(data: &Path) -> io::Result<Self> {
        tempfile::Builder::new().prefix(MAKING).tempfile_in(data).map(Self)
    }

    /// Where it lies, and its state now.
    pub fn place(&self) -> io::Result<(PathBuf, Stamp)> {
        Ok((self.0.path().to_owned(), Stamp::of(&self.0.as_file().metadata()?)))
    }
}

impl Write for Named {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

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
    fn one_that_others_made_is_shut_and_all_in_it() {
        let data = tempfile::tempdir().expect("a directory");
        let at = |name: &str| data.path().join(name);
        let give = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
        let mode = |path: &Path| fs::symlink_metadata(path).expect("there").permissions().mode() & 0o7777;
        give(data.path(), 0o755);
        assert!(!shut(data.path()).expect("looked at"));
        assert_eq!(mode(data.path()), 0o755, "nothing of ours lies there");
        fs::create_dir(at("library")).expect("made");
        fs::write(at("settings.toml"), "").expect("written");
        std::os::unix::fs::symlink("/etc/passwd", at("link")).expect("a link");
        let of_passwd = mode(Path::new("/etc/passwd"));
        for (name, open) in [("library", 0o2775), ("settings.toml", 0o644)] {
            give(&at(name), open);
        }
        assert!(shut(data.path()).expect("shut"));
        let modes = [data.path().to_owned(), at("library"), at("settings.toml")].map(|path| mode(&path));
        assert_eq!(modes, [0o700, 0o2700, 0o600]);
        assert_eq!(mode(Path::new("/etc/passwd")), of_passwd, "what a link leads to is not ours");
        assert!(!shut(data.path()).expect("shut"), "said once");
    }

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
