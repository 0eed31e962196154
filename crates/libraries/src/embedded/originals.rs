//! Carries files into `originals`: whole, hashed and safe on disk, or not at all.
//!
//! Each is copied to a part beside its place, or cloned where the disk can; a file that was made for this becomes the part
//! itself. Parts are brought to the disk while the next one is copied. Once all are, they get their names, and then the names
//! are brought to the disk: one sync for each file, and one for each directory.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use photobridge_core::durable;
use photobridge_core::fingerprint::Hasher;
use photobridge_core::library::{ImportError, LibraryError, NewResource};
use photobridge_core::wording::size;
use photobridge_files::{Clones, Ways, free_space, open_file};
use photobridge_media::media_types;
use tempfile::{NamedTempFile, TempPath};

use super::import::{Carried, Content, extension, file_name};
use super::rights;

const CHUNK: usize = 256 * 1024;

/// As long as so many bytes are free, a file that does not fit says nothing of the others.
const AMPLE: u64 = 1 << 30;

/// Files that are brought to the disk at once: it answers several in the time of one.
const SYNCS: usize = 16;

/// The files of an asset, on their way.
pub(super) struct Load<'a> {
    /// The asset.
    pub uuid: &'a str,
    /// Its files.
    pub resources: &'a [NewResource<'a>],
}

/// What became of each load, as far as they were carried: the last answer may be one that concerns all.
pub(super) type Answers = Vec<Result<Content, ImportError>>;

/// The directory of that name in a library, and what whoever writes it learns on the way.
#[derive(Debug)]
pub(super) struct Originals {
    library: PathBuf,
    shards: HashMap<PathBuf, Shard>,
    ways: Ways,
    clones: Clones,
    /// Directories out of which files were taken.
    left: BTreeSet<PathBuf>,
}

/// A directory in `originals`.
#[derive(Debug)]
struct Shard {
    is_private: bool,
    /// Whether its own name is known to be safe on disk. One that is there need not be: an import may have made it and then
    /// failed, or the power, before `originals` was synced. So whoever opens the library for writing trusts none, and syncs
    /// `originals` once for each shard it writes to: at most 16 times, not at each import.
    is_safe: bool,
}

/// A file that is copied and not under its name yet.
struct Part {
    path: TempPath,
    target: PathBuf,
    device: u64,
}

/// The parts of one load.
type Parts = Result<(Content, Vec<Part>), ImportError>;

impl Originals {
    /// Those of the library at a path.
    pub(super) fn of(library: &Path) -> Self {
        Self {
            library: library.to_owned(),
            shards: HashMap::new(),
            ways: Ways::default(),
            clones: Clones::default(),
            left: BTreeSet::new(),
        }
    }

    /// Where the files of an asset lie.
    pub(super) fn directory(&self, uuid: &str) -> PathBuf {
        self.library.join("originals").join(&uuid[..1])
    }

    /// Carries files, as long as it is said of a load, whose turn it is, that it is to be carried. The files of one that fails
    /// may lie there.
    pub(super) fn carry(&mut self, loads: &[Load<'_>], goes_on: &mut dyn FnMut(usize) -> bool) -> Answers {
        let mut copied: Vec<Parts> = Vec::with_capacity(loads.len());
        let files: usize = loads.iter().map(|load| load.resources.len()).sum();
        // Nothing waits in between: no more files are open than are being synced.
        let (sender, receiver) = sync_channel(0);
        let receiver = Mutex::new(receiver);
        let unsynced = thread::scope(|scope| {
            let threads: Vec<_> = (0..files.min(SYNCS)).map(|_| scope.spawn(|| sync(&receiver))).collect();
            for (at, load) in loads.iter().enumerate() {
                if copied.last().is_some_and(ends) || !goes_on(at) {
                    break;
                }
                copied.push(self.copy(load, &mut |file| drop(sender.send((at, file)))));
            }
            drop(sender);
            let failed = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            failed.flatten().collect::<Vec<(usize, io::Error)>>()
        });
        for (at, error) in unsynced {
            copied[at] = Err(not_written(&self.directory(loads[at].uuid), error));
        }
        let mut answers = Answers::with_capacity(copied.len());
        let mut shards = BTreeSet::new();
        for (parts, load) in copied.into_iter().zip(loads) {
            let named = parts.and_then(|(content, parts)| self.name(parts).map(|()| content));
            shards.extend(named.is_ok().then(|| self.directory(load.uuid)));
            let is_last = ends(&named);
            answers.push(named);
            if is_last {
                break;
            }
        }
        match self.sync_names(shards) {
            Ok(()) => answers,
            Err(error) => vec![Err(error)],
        }
    }

    /// Copies the files of one load; each goes to `sync` as soon as it has all its bytes.
    fn copy(&mut self, load: &Load<'_>, sync: &mut dyn FnMut(File)) -> Parts {
        let directory = self.directory(load.uuid);
        let is_private = self.shard(&directory).map_err(|error| not_written(&directory, error))?.is_private;
        let (mut content, mut parts) = (Content::default(), Vec::new());
        for resource in load.resources {
            let extension = extension(resource)?;
            let name = file_name(load.uuid, resource.role, &extension);
            let (part, hasher) = self.bring(resource, &directory, &name)?;
            let not_written = |error| not_written(&directory, error);
            if !is_private {
                rights::share(part.as_file()).map_err(not_written)?;
            }
            if parts.is_empty() {
                // What cannot be read of it costs words, not the photo.
                content.types = part.as_file().try_clone().and_then(media_types).unwrap_or_default();
            }
            let device = part.as_file().metadata().map_err(not_written)?.dev();
            let (file, path) = part.into_parts();
            sync(file);
            parts.push(Part { path, target: directory.join(&name), device });
            let size = hasher.length();
            content.carried.push(Carried { role: resource.role, name, extension, fingerprint: hasher.finish(), size });
        }
        Ok((content, parts))
    }

    /// Brings a file to a new part of `directory/name`, with what was read of it: a spare one becomes the part, any other is
    /// cloned or copied. Of a clone the clone itself is read: it has the bytes of one moment, whatever becomes of the file.
    fn bring(
        &mut self,
        resource: &NewResource<'_>,
        directory: &Path,
        name: &str,
    ) -> Result<(NamedTempFile, Hasher), ImportError> {
        let source = resource.file;
        let unreadable = |error| ImportError::Source { path: source.to_owned(), source: error };
        let from = open_file(source).map_err(unreadable)?;
        let expected = from.metadata().map_err(unreadable)?.len();
        let not_written = |error| not_written(directory, error);
        let part = tempfile::Builder::new().prefix(&format!("{name}.")).suffix(".part").tempfile_in(directory);
        let mut part = part.map_err(not_written)?;
        let is_taken = self.take(resource, &from, &mut part).map_err(not_written)?;
        let mut to = part.as_file();
        let is_whole = is_taken || self.clones.make(&from, to).map_err(not_written)?;
        if !is_whole && expected > AMPLE {
            refuse_without_room(source, expected, directory)?;
        }
        let mut hasher = Hasher::new();
        let mut chunk = vec![0; CHUNK];
        // One byte more than it has: a file that keeps growing is noticed, and not followed for ever.
        let mut bytes = if is_whole { to } else { &from }.take(expected.saturating_add(1));
        loop {
            match bytes.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => {
                    hasher.update(&chunk[..n]);
                    if !is_whole {
                        to.write_all(&chunk[..n]).map_err(not_written)?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(error)),
            }
        }
        if hasher.length() == 0 {
            return Err(ImportError::Refused(format!("{} is empty", source.display())));
        }
        if is_taken || resource.is_unchanged(&from.metadata().map_err(unreadable)?) {
            Ok((part, hasher))
        } else {
            Err(ImportError::Changed(source.to_owned()))
        }
    }

    /// Lets a spare file be the part, if it is as it was planned, on the same disk, and belongs to whom a new one does. `false`
    /// where it stays as it is.
    fn take(&mut self, resource: &NewResource<'_>, from: &File, part: &mut NamedTempFile) -> io::Result<bool> {
        let (found, new) = (from.metadata()?, part.as_file().metadata()?);
        let owner = |file: &Metadata| (file.uid(), file.gid());
        if !resource.is_spare || !resource.is_unchanged(&found) || owner(&found) != owner(&new) {
            return Ok(false);
        }
        if fs::rename(resource.file, part.path()).is_err() {
            return Ok(false);
        }
        self.left.extend(resource.file.parent().map(Path::to_owned));
        from.set_permissions(new.permissions())?;
        *part.as_file_mut() = from.try_clone()?;
        Ok(true)
    }

    /// What is known of a shard, which is made where there is none.
    fn shard(&mut self, directory: &Path) -> io::Result<&Shard> {
        if !self.shards.contains_key(directory) {
            rights::directory(&self.library, directory)?;
            let shard = Shard { is_private: rights::is_private(directory), is_safe: false };
            self.shards.insert(directory.to_owned(), shard);
        }
        Ok(&self.shards[directory])
    }

    /// Gives parts their names, which nobody may have.
    fn name(&mut self, parts: Vec<Part>) -> Result<(), ImportError> {
        for Part { path, target, device } in parts {
            let named = self.ways.move_on(device, &path, &target);
            named.map_err(|error| not_written(target.parent().unwrap_or(&self.library), error))?;
        }
        Ok(())
    }

    /// Makes safe that files left other directories, then the names in shards, and then the shards' own.
    fn sync_names(&mut self, shards: BTreeSet<PathBuf>) -> Result<(), ImportError> {
        // A disk that holds a file in two directories after a power failure frees it when it is removed from either.
        for left in std::mem::take(&mut self.left) {
            durable::directory(&left).map_err(|error| not_written(&left, error))?;
        }
        for shard in &shards {
            durable::directory(shard).map_err(|error| not_written(shard, error))?;
        }
        let known = |shard: &PathBuf| self.shards.get(shard).is_some_and(|known| known.is_safe);
        if !shards.iter().all(known) {
            let originals = self.library.join("originals");
            durable::directory(&originals).map_err(|error| not_written(&originals, error))?;
        }
        for shard in shards {
            self.shards.entry(shard).and_modify(|known| known.is_safe = true);
        }
        Ok(())
    }

    /// Removes the files of imports that did not come to their end: those whose names begin with one of these.
    pub(super) fn remove(&self, starts: &[&str]) -> io::Result<()> {
        let mut shards: HashMap<PathBuf, Vec<&str>> = HashMap::new();
        for start in starts {
            shards.entry(self.directory(start)).or_default().push(start);
        }
        shards.into_iter().try_for_each(|(directory, starts)| remove(&directory, &starts))
    }
}

fn ends<T>(answer: &Result<T, ImportError>) -> bool {
    answer.as_ref().is_err_and(ImportError::concerns_all)
}

/// Brings files to the disk until no more come; of those that it does not take, the loads.
fn sync(files: &Mutex<Receiver<(usize, File)>>) -> Vec<(usize, io::Error)> {
    let mut failed = Vec::new();
    loop {
        // Whoever panics with it has received nothing.
        let next = files.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((load, file)) = next else { return failed };
        failed.extend(durable::file(&file).err().map(|error| (load, error)));
    }
}

/// Refuses a file for which there is no room, where there is some for others.
fn refuse_without_room(source: &Path, length: u64, directory: &Path) -> Result<(), ImportError> {
    let free = free_space(directory).map_err(|error| not_written(directory, error))?;
    if length <= free || free < AMPLE {
        return Ok(());
    }
    let (needed, free) = (size(length), size(free));
    let why = format!("there is no room for {}: it takes {needed}, and {free} are free", source.display());
    Err(ImportError::Refused(why))
}

/// The error for a file that could not be written.
fn not_written(directory: &Path, error: io::Error) -> ImportError {
    match error.kind() {
        // Other photos may go into other directories.
        io::ErrorKind::PermissionDenied => {
            let shown = directory.display();
            ImportError::Refused(format!("{shown} cannot be written to ({error}): check its owner and permissions"))
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ImportError::DiskFull,
        _ => LibraryError::failed("copying into the library")(error).into(),
    }
}

fn remove(directory: &Path, starts: &[&str]) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let rest = |start: &&str| name.to_str().and_then(|name| name.strip_prefix(start));
        if starts.iter().filter_map(rest).any(|rest| rest.starts_with(['.', '_'])) {
            fs::remove_file(entry.path())?;
        }
    }
    durable::directory(directory)
}
