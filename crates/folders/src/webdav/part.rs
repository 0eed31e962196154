//! A file that is on its way to a server. Its bytes lie on this computer until they have their name there.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_core::durable;
use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::folder::{FolderError, Part, dates};
use photobridge_core::item::Stamp;
use photobridge_core::library::Readable;
use sha1::{Digest, Sha1};

use super::fault::Fault;
use super::folder::{Server, is_name, stamp};
use super::naming::{Cargo, Placed};

/// A file on its way.
pub(super) struct ServerPart {
    server: Arc<Server>,
    directory: PathBuf,
    part: String,
    path: PathBuf,
    /// Open until all of it is on the disk: there may be hundreds.
    file: Option<File>,
    taken: Option<Timestamp>,
    arrived: Option<Stamp>,
}

impl ServerPart {
    pub(super) fn begin(server: Arc<Server>, directory: &Path, part: &str) -> Result<Self, FolderError> {
        let path = server.spool().join(part);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self {
            server,
            directory: directory.to_owned(),
            part: part.to_owned(),
            path,
            file: Some(file),
            taken: None,
            arrived: None,
        })
    }

    pub(super) fn reopen(server: Arc<Server>, directory: &Path, part: &str) -> Result<Option<Self>, FolderError> {
        let path = server.spool().join(part);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // Its date stands in its own time.
        let dated = Timestamp::try_from(file.metadata()?.modified()?).ok();
        Ok(Some(Self {
            server,
            directory: directory.to_owned(),
            part: part.to_owned(),
            path,
            file: Some(file),
            taken: dated,
            arrived: None,
        }))
    }

    /// Removes what is left of a part, here and there.
    pub(super) fn remove(server: &Server, directory: &Path, part: &str) -> Result<(), FolderError> {
        match fs::remove_file(server.spool().join(part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        // Where no part ever lies on the server, none is there.
        match server.way() {
            Ok((habits, way)) => Ok(server.namer(&habits, way).discard(directory, part)?),
            Err(Fault::Refused(_)) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::Error::other("it is written already"))
    }
}

/// A file of this computer that is ready to go up, with the sums of its bytes.
pub(super) struct Packed<'a> {
    file: &'a Path,
    fingerprint: Fingerprint,
    sha1: String,
    size: u64,
    taken: Option<Timestamp>,
}

impl<'a> Packed<'a> {
    pub(super) fn of(file: &'a Path, taken: Option<Timestamp>) -> io::Result<Self> {
        let (mut fingerprint, mut sha1) = (Hasher::new(), Sha1::new());
        io::copy(&mut File::open(file)?, &mut Both(&mut fingerprint, &mut sha1))?;
        let size = fingerprint.length();
        let sha1 = sha1.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { file, fingerprint: fingerprint.finish(), sha1, size, taken })
    }

    pub(super) fn cargo(&self) -> Cargo<'_> {
        let Self { file, fingerprint, ref sha1, size, taken } = *self;
        Cargo { file, size, fingerprint, sha1: sha1.clone(), taken: taken.map(|taken| taken.max(dates::EARLIEST)) }
    }
}

struct Both<'a>(&'a mut Hasher, &'a mut Sha1);

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        self.1.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for ServerPart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Part for ServerPart {
    fn finish(&mut self, taken: Option<Timestamp>) -> Result<(), FolderError> {
        if let Some(taken) = taken.map(|taken| taken.max(dates::EARLIEST)) {
            // What a crash leaves tells when the photo was taken.
            self.file()?.set_modified(taken.into())?;
            self.taken = Some(taken);
        }
        Ok(())
    }

    fn reader(&mut self) -> Result<Box<dyn Readable + '_>, FolderError> {
        let mut file = self.file()?;
        file.rewind()?;
        Ok(Box::new(file))
    }

    fn stamp(&self) -> Result<Stamp, FolderError> {
        Ok(Stamp::of(&self.file()?.metadata()?))
    }

    fn sync(&mut self) -> Result<(), FolderError> {
        durable::file(self.file()?)?;
        self.file = None;
        Ok(())
    }

    fn name(&mut self, name: &OsStr) -> Result<(), FolderError> {
        if !is_name(name) {
            return Err(FolderError::Permanent("that is no file name".into()));
        }
        let packed = Packed::of(&self.path, self.taken)?;
        let (habits, way) = self.server.way()?;
        let namer = self.server.namer(&habits, way);
        let target = self.directory.join(name);
        match namer.place(&packed.cargo(), &self.part, &target)? {
            (Placed::Adopted, _) => return Err(FolderError::Taken),
            (Placed::New, found) => {
                self.arrived = Some(stamp(&found));
                self.server.arrivals.note(target, found);
            }
        }
        let _ = fs::remove_file(&self.path);
        Ok(())
    }

    fn arrived(&self) -> Option<Stamp> {
        self.arrived
    }

    fn discard(self: Box<Self>) {
        let _ = fs::remove_file(&self.path);
    }
}
