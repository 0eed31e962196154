//! Writes the files of photos as parts beside their targets, and brings them to the disk.

use std::io::{self, Read, Seek, Write};
use std::panic::resume_unwind;
use std::path::Path;

use photobridge_media as media;
use photobridge_media::header::Header;

use super::motion;
use super::{Batch, Departure, Parcel, Said, taken};
use crate::apply::Ending;
use crate::asset::{Asset, ResourceRef, ResourceRole};
use crate::data::Spool;
use crate::fingerprint::Fingerprint;
use crate::folder::look;
use crate::folder::place::{self, Durable, Part, PlaceError, Written};
use crate::folder::sample::sample;
use crate::library::ReadError;
use crate::picture::Picture;
use crate::plan::Payload;
use crate::progress::{Event, Phase, Progress};
use crate::reason::Reason;

/// Parts that are brought to the disk at once.
const SYNCS: usize = 16;

impl<'a> Batch<'a> {
    /// Writes the parts of one photo; `false` where going on would fail for every other one too.
    pub(super) fn write(&mut self, parcel: &mut Parcel<'a>) -> bool {
        if self.departure.cancel.is_cancelled() {
            return false;
        }
        let name = parcel.asset.original_name.to_string();
        let picture = Picture::Asset(parcel.asset.id.clone());
        self.departure.progress.event(Event::Current { name, picture });
        for at in 0..parcel.out.files.len() {
            match self.write_one(parcel, at) {
                Ok(None) => {}
                Ok(Some(mut written)) => {
                    let said = self.what_it_says(&mut written, &parcel.intent.files[at].name);
                    parcel.intent.files[at].written = Some((written.fingerprint().to_string(), written.size()));
                    parcel.written.push((written, said));
                }
                Err(failure) => {
                    parcel.written.clear();
                    self.departure.discard(parcel);
                    let goes_on = !matches!(failure, Failure::Stop(_) | Failure::Cancelled);
                    match failure {
                        Failure::Ended(ending) => parcel.ending = Some(ending),
                        Failure::Stop(why) => self.applied.stopped = Some(why),
                        Failure::Cancelled => {}
                    }
                    self.departure.progress.event(Event::Advance { phase: Phase::Exporting, steps: 1, bytes: 0 });
                    return goes_on;
                }
            }
        }
        // A movie that stands behind its picture has no file of its own.
        parcel.intent.files.retain(|file| file.written.is_some());
        self.departure.progress.event(Event::Advance { phase: Phase::Exporting, steps: 1, bytes: 0 });
        true
    }

    /// Writes one file of a photo, with its movie behind it where that goes along; nothing of a movie that went along.
    fn write_one(&mut self, parcel: &mut Parcel<'a>, at: usize) -> Result<Option<Written<'a>>, Failure> {
        let is_made = |at: usize| parcel.intent.made.iter().any(|(role, ..)| *role == parcel.intent.files[at].role);
        let both = parcel.out.motion.iter().find(|(still, movie)| *still == at || *movie == at);
        match both {
            Some((_, movie)) if *movie == at && is_made(at) => Ok(None),
            Some((still, movie)) if *still == at => match self.write_as_one(parcel, at, *movie)? {
                Some(written) => Ok(Some(written)),
                None => self.write_file(parcel, at).map(Some),
            },
            _ => self.write_file(parcel, at).map(Some),
        }
    }

    /// Writes a picture with its movie behind it; nothing where that cannot be, which is told.
    fn write_as_one(
        &mut self,
        parcel: &mut Parcel<'a>,
        still_at: usize,
        movie_at: usize,
    ) -> Result<Option<Written<'a>>, Failure> {
        let data = self.departure.data;
        let not_made = |error: io::Error| {
            let why =
                format!("one file of its two could not be made in {}: {error}. Nothing was written", data.display());
            Failure::Ended(Ending::Failed(why))
        };
        let mut still = self.read_half(parcel, still_at)?;
        let mut movie = self.read_half(parcel, movie_at)?;
        let mut whole = match motion::whole(&mut still, &mut movie, data).map_err(not_made)? {
            Ok(whole) => whole,
            Err(why) => {
                self.applied.apart.insert(parcel.verdict.asset, why);
                return Ok(None);
            }
        };
        let mut part = self.begin(parcel, still_at)?;
        let (identity, size) = whole.identity();
        if let Err(error) = io::copy(whole.reader(), &mut part) {
            let failed = part.failed(error);
            part.abandon();
            return Err(failed.into());
        }
        let written = part.finish(Some(identity), Some(size), taken(parcel.asset))?;
        for (at, half) in [(still_at, &still), (movie_at, &movie)] {
            let (identity, size) = half.identity();
            parcel.intent.made.push((parcel.intent.files[at].role, identity.to_string(), size));
        }
        Ok(Some(written))
    }

    /// Reads a file of the library that does not go as it is.
    fn read_half(&mut self, parcel: &Parcel<'_>, at: usize) -> Result<Spool, Failure> {
        let Departure { to, progress, cancel, data, .. } = *self.departure;
        let Payload::Resource(position) = parcel.out.files[at].payload else { unreachable!("a file of the library") };
        let resource = &parcel.asset.resources[usize::from(position)];
        let mut half = Spool::new(data);
        let mut sink = Told { sink: &mut half, progress, failure: None };
        let read = self.library.read(parcel.asset, resource.role, &mut sink, cancel);
        match (read, sink.failure.take()) {
            (_, Some(error)) => {
                let why =
                    format!("it could not be kept in {} for a moment: {error}. Nothing was written", data.display());
                Err(Failure::Ended(Ending::Failed(why)))
            }
            (Err(_), None) if cancel.is_cancelled() => Err(Failure::Cancelled),
            (Err(error), None) => Err(unread(error)),
            (Ok(_), None) => match place::differs(self.expected(parcel, position), half.identity()) {
                Some(why) => Err(PlaceError::Differs { path: to.place().join(parcel.path(at)), why }.into()),
                None => Ok(half),
            },
        }
    }

    /// What is known of the bytes of a file of the library, and of their number.
    fn expected(&self, parcel: &Parcel<'_>, position: u16) -> (Option<Fingerprint>, Option<u64>) {
        let resource = &parcel.asset.resources[usize::from(position)];
        let known = ResourceRef { asset: parcel.verdict.asset, resource: position };
        (resource.fingerprint.or_else(|| self.departure.facts.resource(known)), resource.size)
    }

    /// Begins the part of a file, in the directory that was looked at.
    fn begin(&self, parcel: &Parcel<'_>, at: usize) -> Result<Part<'a>, Failure> {
        let Departure { to, properties, .. } = *self.departure;
        if properties.uploads {
            return Ok(Part::create(to, &parcel.path(at), &parcel.intent.files[at].part)?);
        }
        if let Some(why) = self.departure.gone() {
            return Err(Failure::Stop(why));
        }
        let part = Part::create(to, &parcel.path(at), &parcel.intent.files[at].part)?;
        // It may have gone in between: then this part lies in what its disk left behind.
        if let Some(why) = self.departure.gone() {
            part.abandon();
            return Err(Failure::Stop(why));
        }
        Ok(part)
    }

    /// What is known of a part before it has its name. A part that says nothing goes all the same.
    fn what_it_says(&self, written: &mut Written<'_>, name: &str) -> Said {
        let size = written.size();
        let header = written.reader().ok().and_then(|reader| header_of(reader, name, size).ok());
        let sample = if self.departure.properties.renumbers {
            written.reader().ok().and_then(|reader| sample(reader, size).ok())
        } else {
            None
        };
        Said { header: header.unwrap_or_default(), stamp: written.stamp().ok(), sample }
    }

    fn write_file(&mut self, parcel: &Parcel<'_>, at: usize) -> Result<Written<'a>, Failure> {
        let (out, asset) = (parcel.out, parcel.asset);
        let mut part = self.begin(parcel, at)?;
        let modified = taken(asset);
        let position = match out.files[at].payload {
            Payload::Resource(position) => position,
            Payload::Sidecar => {
                let words = asset.details.as_deref().cloned().unwrap_or_default();
                let text = media::write_sidecar(&words, asset.captured.as_ref());
                part.write_all(&text).map_err(|error| part.failed(error))?;
                return Ok(part.finish(None, None, modified)?);
            }
        };
        let resource = &asset.resources[usize::from(position)];
        if let Err(failure) = self.fill(&mut part, asset, resource.role) {
            part.abandon();
            return Err(failure);
        }
        let (expected, size) = self.expected(parcel, position);
        Ok(part.finish(expected, size, modified)?)
    }

    /// Has the bytes of a file of the library in a part: as a clone that is read back where their disk makes one, else written.
    fn fill(&mut self, part: &mut Part<'_>, asset: &Asset, role: ResourceRole) -> Result<(), Failure> {
        let Departure { progress, cancel, .. } = *self.departure;
        if part.clone_of(|| self.library.file(asset, role)).map_err(|error| part.failed(error))? {
            let read = part.read_back(&mut |bytes| {
                progress.event(Event::Advance { phase: Phase::Exporting, steps: 0, bytes });
                if cancel.is_cancelled() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
            });
            return match read {
                Err(_) if cancel.is_cancelled() => Err(Failure::Cancelled),
                read => read.map_err(|error| unread(ReadError::Permanent(error.to_string()))),
            };
        }
        let mut sink = Told { sink: &mut *part, progress, failure: None };
        let read = self.library.read(asset, role, &mut sink, cancel);
        match (read, sink.failure.take()) {
            (_, Some(error)) => Err(part.failed(error).into()),
            (Err(_), None) if cancel.is_cancelled() => Err(Failure::Cancelled),
            (Err(error), None) => Err(unread(error)),
            (Ok(_), None) => Ok(()),
        }
    }
}

/// Why a photo does not go.
enum Failure {
    Ended(Ending),
    /// Going on would fail for every other photo too.
    Stop(String),
    Cancelled,
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::DiskFull(_) => Self::Stop(format!("{error}. What was exported so far is safe and recorded")),
            PlaceError::Taken(_) => Self::Ended(Ending::Skipped(Reason::ChangedSincePlanned)),
            error => Self::Ended(Ending::Failed(error.to_string())),
        }
    }
}

fn unread(error: ReadError) -> Failure {
    match error {
        ReadError::NotHere => Failure::Ended(Ending::Skipped(Reason::ChangedSincePlanned)),
        ReadError::DiskFull => Failure::Stop("the disk is full. What was exported so far is safe and recorded".into()),
        error @ (ReadError::Retry(_) | ReadError::Permanent(_)) => {
            Failure::Ended(Ending::Failed(format!("the library did not give its file: {error}. Nothing was written")))
        }
    }
}

/// A file whose growing is told, and which keeps what its disk says from being taken for the library's word.
struct Told<'a, W> {
    sink: &'a mut W,
    progress: &'a dyn Progress,
    failure: Option<io::Error>,
}

impl<W: Write> Write for Told<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.sink.write(bytes) {
            Ok(written) => {
                self.progress.event(Event::Advance { phase: Phase::Exporting, steps: 0, bytes: written as u64 });
                Ok(written)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let words = error.to_string();
                let kind = error.kind();
                self.failure = Some(error);
                Err(io::Error::new(kind, words))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Brings the parts to the disk, many at once: a disk answers several in the time of one. A photo of which one part fails
/// does not go.
pub(super) fn bring_to_disk<'a>(parcels: &mut [Parcel<'a>]) -> Vec<Vec<(Durable<'a>, Said)>> {
    let sync = |parcel: &mut Parcel<'a>| {
        let parts = std::mem::take(&mut parcel.written).into_iter();
        let synced: Result<Vec<_>, PlaceError> = parts.map(|(written, said)| Ok((written.sync()?, said))).collect();
        synced.unwrap_or_else(|error| {
            parcel.ending = Some(Ending::Failed(error.to_string()));
            Vec::new()
        })
    };
    std::thread::scope(|scope| {
        let some = parcels.chunks_mut(parcels.len().div_ceil(SYNCS));
        let threads: Vec<_> = some.map(|some| scope.spawn(|| some.iter_mut().map(sync).collect::<Vec<_>>())).collect();
        let synced = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        synced.flatten().collect()
    })
}

/// What the bytes of a file say of themselves; nothing of a kind that is not known.
pub(super) fn header_of(file: impl Read + Seek, name: &str, size: u64) -> io::Result<Box<Header>> {
    let Some(kind) = media::kind_of(Path::new(name)) else { return Ok(Box::default()) };
    look::read_header(file, kind, size).map(|(header, _)| Box::new(header))
}
