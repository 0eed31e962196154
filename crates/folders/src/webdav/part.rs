//! A file that is on its way to a server. Its bytes lie on this computer until they have their name there.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
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
    /// Open until all of it is written: there may be hundreds.
    file: Option<File>,
    length: u64,
    /// Of the bytes as they were written, for servers that compute the same of what arrives.
    sha1: Option<Sum>,
    /// Known at the end.
    bytes: Option<Fingerprint>,
    taken: Option<Timestamp>,
    arrived: Option<Stamp>,
}

impl ServerPart {
    /// Begins one. `is_summed` where the server computes sums.
    pub(super) fn begin(
        server: Arc<Server>,
        directory: &Path,
        part: &str,
        is_summed: bool,
    ) -> Result<Self, FolderError> {
        let path = server.spool().join(part);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self {
            server,
            directory: directory.to_owned(),
            part: part.to_owned(),
            path,
            file: Some(file),
            length: 0,
            sha1: is_summed.then(Sum::default),
            bytes: None,
            taken: None,
            arrived: None,
        })
    }

    pub(super) fn reopen(server: Arc<Server>, directory: &Path, part: &str) -> Result<Option<Self>, FolderError> {
        let path = server.spool().join(part);
        let mut file = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut sha1 = Sum::default();
        let length = io::copy(&mut file, &mut sha1)?;
        Ok(Some(Self {
            server,
            directory: directory.to_owned(),
            part: part.to_owned(),
            path,
            file: Some(file),
            length,
            sha1: Some(sha1),
            bytes: None,
            taken: None,
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

/// A file of this computer as it can go up again.
pub(super) fn cargo(file: &Path, taken: Option<Timestamp>) -> io::Result<Cargo<'_>> {
    let mut read = File::open(file)?;
    let mut sha1 = Sum::default();
    io::copy(&mut read, &mut sha1)?;
    read.rewind()?;
    let (fingerprint, size) = Fingerprint::of_reader(read)?;
    Ok(Cargo { file, size, fingerprint, sha1: Some(sha1.text()), taken: taken.map(|taken| taken.max(dates::EARLIEST)) })
}

/// What servers compute of the bytes that arrive.
#[derive(Clone, Default)]
struct Sum(Sha1);

impl Sum {
    /// As they write it.
    fn text(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for ServerPart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file()?.write(bytes)?;
        self.length += written as u64;
        if let Some(sha1) = &mut self.sha1 {
            sha1.0.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Part for ServerPart {
    fn finish(&mut self, bytes: Fingerprint, taken: Option<Timestamp>) -> Result<(), FolderError> {
        self.bytes = Some(bytes);
        self.taken = taken.map(|taken| taken.max(dates::EARLIEST));
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
        // What a power failure leaves of it here goes, and the photo is written again. Until then it would only be in the way
        // of the server, if that is a neighbour on this disk.
        self.file = None;
        Ok(())
    }

    fn name(&mut self, name: &OsStr) -> Result<(), FolderError> {
        if !is_name(name) {
            return Err(FolderError::Permanent("that is no file name".into()));
        }
        let unwritten = || FolderError::Permanent("it is not written to its end".into());
        let cargo = Cargo {
            file: &self.path,
            size: self.length,
            fingerprint: self.bytes.ok_or_else(unwritten)?,
            sha1: self.sha1.clone().map(Sum::text),
            taken: self.taken,
        };
        let (habits, way) = self.server.way()?;
        let namer = self.server.namer(&habits, way);
        let target = self.directory.join(name);
        match namer.place(&cargo, &self.part, &target)? {
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
