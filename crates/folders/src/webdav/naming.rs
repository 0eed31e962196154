//! Gives a file its name on a server: whole or not at all, and never over anything.
//!
//! 1. The directories on the way are made.
//! 2. The bytes go up by the way that the server was seen to be safe in ([`Way`]), always with their length.
//! 3. Unless the answer proves what arrived, what lies under the name decides, whatever was answered or not answered. Bytes
//!    that were there already, or may have been, are adopted; anything else keeps its name.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::is_part_name;

use super::client::{Answer, Client, Request, cut, patiently};
use super::fault::Fault;
use super::learn::{Habits, Way};
use super::listing::look;
use super::lock;
use super::multistatus::{Etag, Facts};
use super::reader::bytes;

/// A file of this computer that is to go up.
#[derive(Debug, Clone)]
pub struct Cargo<'a> {
    /// Where it lies.
    pub file: &'a Path,
    /// Its length.
    pub size: u64,
    /// The identity of its bytes.
    pub fingerprint: Fingerprint,
    /// The SHA-1 of its bytes, as servers write it, where it is known.
    pub sha1: Option<String>,
    /// When the photo was taken, never before 1970-01-03: an earlier time makes Nextcloud fail and keep the file all the same.
    pub taken: Option<Timestamp>,
}

impl Cargo<'_> {
    /// What is said of its bytes, as Nextcloud keeps it for its clients.
    fn claim(&self) -> Option<String> {
        self.sha1.as_ref().map(|sum| format!("SHA1:{sum}"))
    }
}

/// How a file came to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// We brought it there.
    New,
    /// The same bytes lay there already.
    Adopted,
}

/// Gives names in one folder.
#[derive(Debug)]
pub struct Namer<'a> {
    client: &'a Client,
    habits: &'a Habits,
    way: Way,
    /// Directories that are there.
    there: &'a Mutex<HashSet<PathBuf>>,
}

impl<'a> Namer<'a> {
    /// A namer that goes this way. `there` holds the directories that are known to be there.
    pub fn new(client: &'a Client, habits: &'a Habits, way: Way, there: &'a Mutex<HashSet<PathBuf>>) -> Self {
        Self { client, habits, way, there }
    }

    /// Brings a file to a path at which nothing lies. `part` is its name in the journal, under which it lies on the way there.
    ///
    /// After [`Fault::Taken`] something else lies there, untouched. After any other fault nothing of ours lies there, as far
    /// as the server still answers; what it does not tell, the next look does.
    ///
    /// The state that is returned is of these very bytes.
    pub fn place(&self, cargo: &Cargo<'_>, part: &str, target: &Path) -> Result<(Placed, Facts), Fault> {
        let directory = target.parent().unwrap_or(Path::new(""));
        self.make_directories(directory, cargo.size)?;
        let placed = match self.way {
            Way::PutIfNew => self.put(cargo, target),
            Way::Move => self.put_and_move(cargo, &target.with_file_name(part), target),
        };
        if placed.is_err() {
            // It may have been moved away: the next file looks again.
            lock(self.there).remove(directory);
        }
        placed
    }

    /// Removes a part by its name in the journal. One that is not there is fine; a directory of such a name is not ours.
    pub fn discard(&self, directory: &Path, part: &str) -> Result<(), Fault> {
        let path = directory.join(part);
        match self.found(&path)? {
            _ if !is_part_name(part) => Err(Fault::NotOurs),
            Some(found) if found.is_directory => Err(Fault::NotOurs),
            Some(_) => self.delete(&path),
            None => Ok(()),
        }
    }

    /// Gives a file another name by `MOVE`, unless anything has that one.
    pub fn rename(&self, path: &Path, target: &Path) -> Result<(), Fault> {
        let facts = look(self.client, path)?;
        if self.found(target)?.is_some() {
            return Err(Fault::Taken);
        }
        let answer = self.client.ask(moving(self.client, path, target)?);
        // Whatever was answered: it is there under the one name or the other.
        match (self.found(path)?, self.found(target)?) {
            (None, Some(found)) if found.size == facts.size => Ok(()),
            (Some(_), Some(_)) => Err(Fault::Taken),
            _ => Err(missing(answer)),
        }
    }

    /// Removes what is ours.
    pub(super) fn delete(&self, part: &Path) -> Result<(), Fault> {
        let answer = self.client.ask(Request::new("DELETE", self.client.at(part)?))?;
        match answer.status {
            200 | 204 | 404 | 410 => Ok(()),
            _ => Err(answer.fault()),
        }
    }

    fn found(&self, path: &Path) -> Result<Option<Facts>, Fault> {
        match look(self.client, path) {
            Ok(facts) => Ok(Some(facts)),
            Err(Fault::Gone) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn adopt(&self, cargo: &Cargo<'_>, target: &Path, found: Facts) -> Result<(Placed, Facts), Fault> {
        match self.is_same(cargo, target, &found)? {
            true => Ok((Placed::Adopted, found)),
            false => Err(Fault::Taken),
        }
    }

    /// Whether a file there has these bytes: all of them are read.
    fn is_same(&self, cargo: &Cargo<'_>, path: &Path, found: &Facts) -> Result<bool, Fault> {
        if found.is_directory || found.size != Some(cargo.size) {
            return Ok(false);
        }
        patiently(|| {
            let reader = bytes(self.client, path, found, 0, cargo.size)?;
            let read = Fingerprint::of_reader(reader);
            let (fingerprint, size) = read.map_err(|error| cut(self.client.address().host(), &error))?;
            match size == cargo.size {
                true => Ok(fingerprint == cargo.fingerprint),
                false => Err(cut(self.client.address().host(), &std::io::ErrorKind::UnexpectedEof.into())),
            }
        })
    }

    /// Makes the directories that are not there, the outermost first; none where the file would find no room in them. Whoever
    /// else makes one at the same time is welcome.
    fn make_directories(&self, directory: &Path, size: u64) -> Result<(), Fault> {
        // One at a time, as two would ask for the same one at once.
        let mut there = lock(self.there);
        let mut missing = Vec::new();
        for path in directory.ancestors() {
            if there.contains(path) {
                break;
            }
            match self.found(path)? {
                Some(found) if !found.is_directory => return Err(Fault::InTheWay(path.to_owned())),
                Some(found) => {
                    if found.available.and_then(|room| u64::try_from(room).ok()).is_some_and(|room| room < size) {
                        return Err(Fault::NoRoom(format!("{} has no room left", self.client.address().host())));
                    }
                    there.insert(path.to_owned());
                    break;
                }
                None if path.as_os_str().is_empty() => return Err(Fault::Gone),
                None => missing.push(path),
            }
        }
        for path in missing.into_iter().rev() {
            self.make_directory(path)?;
            there.insert(path.to_owned());
        }
        Ok(())
    }

    fn make_directory(&self, path: &Path) -> Result<(), Fault> {
        let answer = self.client.ask(Request::new("MKCOL", self.client.at(path)? + "/"));
        let fault = match answer {
            Ok(answer) if answer.status == 201 => return Ok(()),
            Ok(answer) => answer.fault(),
            Err(fault) => fault,
        };
        match self.found(path)? {
            Some(found) if found.is_directory => Ok(()),
            Some(_) => Err(Fault::InTheWay(path.to_owned())),
            None => Err(fault),
        }
    }

    /// The bytes go up under their own name, only if nothing has it.
    fn put(&self, cargo: &Cargo<'_>, target: &Path) -> Result<(Placed, Facts), Fault> {
        let answer = self.upload(cargo, target);
        let proof = answer.as_ref().ok().filter(|answer| is_proof(cargo, answer));
        if let Some(facts) = proof.and_then(|answer| told(cargo, answer)) {
            return Ok((Placed::New, facts));
        }
        let is_made = answer.as_ref().is_ok_and(|answer| answer.status == 201);
        match self.found(target)? {
            Some(found) if proof.is_some_and(|answer| is_of(answer, &found)) => Ok((Placed::New, found)),
            // Without an answer nobody knows whose the same bytes are: then they are taken to be somebody else's.
            Some(found) if self.is_same(cargo, target, &found)? => {
                Ok((if is_made { Placed::New } else { Placed::Adopted }, found))
            }
            Some(found) => Err(self.take_back(target, &found, answer)),
            None => Err(missing(answer)),
        }
    }

    /// Other bytes lie there than were sent: another's, or ours that arrived damaged.
    fn take_back(&self, target: &Path, found: &Facts, answer: Result<Answer, Fault>) -> Fault {
        let Ok(answer) = answer else { return Fault::Taken };
        let Some(etag) = found.etag.as_ref().filter(|_| answer.status == 201 && is_of(&answer, found)) else {
            return Fault::Taken;
        };
        let host = self.client.address().host();
        match self.remove_if(target, etag) {
            Ok(true) => {
                Fault::retry(format!("the bytes did not arrive on {host} as they were sent, and were removed again"))
            }
            _ => Fault::Permanent(format!(
                "the bytes did not arrive on {host} as they were sent: {} there is damaged. Remove it",
                target.display()
            )),
        }
    }

    /// Removes the very file that has this ETag, on a server that heeds that: on others the file of somebody who came between
    /// would go.
    fn remove_if(&self, target: &Path, etag: &Etag) -> Result<bool, Fault> {
        if !self.habits.is_nextcloud() {
            return Ok(false);
        }
        let condition = format!("\"{}\"", etag.text());
        let request = Request::new("DELETE", self.client.at(target)?).header("If-Match", condition);
        Ok(matches!(self.client.ask(request)?.status, 200 | 204))
    }

    /// The bytes go up under a name of ours, are verified there, and then get their name.
    fn put_and_move(&self, cargo: &Cargo<'_>, part: &Path, target: &Path) -> Result<(Placed, Facts), Fault> {
        let placed = self.put_part(cargo, part).and_then(|facts| self.move_part(cargo, part, &facts, target));
        if !matches!(placed, Ok((Placed::New, _))) {
            // What cannot be removed now is removed by the journal.
            let _ = self.delete(part);
        }
        placed
    }

    fn put_part(&self, cargo: &Cargo<'_>, part: &Path) -> Result<Facts, Fault> {
        let answer = self.upload(cargo, part)?;
        if !matches!(answer.status, 200 | 201 | 204) {
            return Err(answer.fault());
        }
        let facts = look(self.client, part)?;
        let is_proven = is_proof(cargo, &answer) && is_of(&answer, &facts);
        match is_proven || self.is_same(cargo, part, &facts)? {
            true => Ok(facts),
            false => {
                let host = self.client.address().host();
                Err(Fault::retry(format!(
                    "the bytes did not arrive on {host} as they were sent, and were removed again"
                )))
            }
        }
    }

    fn move_part(
        &self,
        cargo: &Cargo<'_>,
        part: &Path,
        facts: &Facts,
        target: &Path,
    ) -> Result<(Placed, Facts), Fault> {
        // A look right before keeps short the time in which somebody else can come between on a server that does not heed.
        if let Some(found) = self.found(target)? {
            return self.adopt(cargo, target, found);
        }
        let answer = self.client.ask(moving(self.client, part, target)?);
        let is_moved = answer.as_ref().is_ok_and(|answer| answer.status == 201);
        match self.found(target)? {
            // The part's own state under the name: no need to read it once more.
            Some(found) if is_moved && found.is_same(facts) => Ok((Placed::New, found)),
            Some(found) if self.is_same(cargo, target, &found)? => Ok((Placed::New, found)),
            Some(_) => Err(Fault::Taken),
            None => Err(missing(answer)),
        }
    }

    fn upload(&self, cargo: &Cargo<'_>, path: &Path) -> Result<Answer, Fault> {
        let mut file = File::open(cargo.file).map_err(|error| Fault::of_disk(&error))?;
        let mut request = Request::new("PUT", self.client.at(path)?).header("If-None-Match", "*");
        if self.habits.is_nextcloud() {
            request = request.header("X-Hash", "sha1");
            if let Some(claim) = cargo.claim() {
                request = request.header("OC-Checksum", claim);
            }
            if let Some(taken) = cargo.taken {
                request = request.header("X-OC-Mtime", taken.as_second().to_string());
            }
        }
        self.client.ask(request.bytes(&mut file, cargo.size))
    }
}

/// Whether the server computed that these bytes arrived. What it merely keeps of what we said is no proof.
fn is_proof(cargo: &Cargo<'_>, answer: &Answer) -> bool {
    let sums = answer.header("x-hash-sha1").zip(cargo.sha1.as_deref());
    answer.status == 201 && sums.is_some_and(|(computed, ours)| computed.eq_ignore_ascii_case(ours))
}

/// The state of the file that the server made of these bytes, where its answer tells all of it.
fn told(cargo: &Cargo<'_>, answer: &Answer) -> Option<Facts> {
    let taken = cargo.taken.filter(|_| answer.header("x-oc-mtime") == Some("accepted"))?;
    // The number of the file, then the name of the server: `00000042ocx1y2z3`.
    let number: String = answer.header("oc-fileid")?.chars().take_while(char::is_ascii_digit).collect();
    Some(Facts {
        size: Some(cargo.size),
        modified: Some(Timestamp::from_second(taken.as_second()).ok()?),
        etag: Some(answer.header("etag").and_then(Etag::read)?),
        file_id: Some(number.parse().ok()?),
        ..Facts::default()
    })
}

/// Whether an answer tells the mark of the state that was found.
fn is_of(answer: &Answer, found: &Facts) -> bool {
    let made = answer.header("etag").and_then(Etag::read);
    made.zip(found.etag.as_ref()).is_some_and(|(made, found)| made.is_same(found))
}

/// A request that gives a file a name which nothing has. It never says that something may be replaced: two servers delete the
/// file when such a request comes once more after its answer was lost.
pub(super) fn moving(client: &Client, from: &Path, to: &Path) -> Result<Request<'static>, Fault> {
    let request = Request::new("MOVE", client.at(from)?);
    Ok(request.header("Destination", client.at(to)?).header("Overwrite", "F"))
}

/// Nothing lies where something was put.
fn missing(answer: Result<Answer, Fault>) -> Fault {
    match answer {
        Ok(answer) if answer.status < 300 => {
            Fault::retry("the server took the file and did not keep it; the next sync tries again".into())
        }
        // It was there, and is gone again.
        Ok(answer) if answer.status == 412 => Fault::retry("somebody else had the name for a moment".into()),
        Ok(answer) => answer.fault(),
        Err(fault) => fault,
    }
}
