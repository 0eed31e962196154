//! Keeps what a person says of single photos, by the identity of their bytes: of a file, an asset, or a verdict that was
//! shown.
//!
//! A [`Desk`] holds what that needs: one lock and one ledger, however many photos it is about, and the library only once an
//! asset must be looked up.

use std::path::Path;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::folder::{FolderError, Folders, Opened};
use crate::item::Stamp;
use crate::kept::{Lost, Verdicts};
use crate::ledger::{Identified, Ledger, LedgerError, ResourceFact};
use crate::library::{Library, ReadError};
use crate::lock::Lock;
use crate::memory::Decision;
use crate::picture::Trail;
use crate::plan;
use crate::progress::Cancel;
use crate::reason::{Reason, Way};
use crate::report::{Ruling, VerdictLine};
use crate::sync::SyncError;

/// Why nothing was decided of one photo. Others are not affected.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Its file is not the one that was shown.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// It would stay anyway.
    #[error("only what is planned can be left out")]
    NotPlanned,
    /// No person overrules this.
    #[error("“{0}” cannot be overruled")]
    NotOverruled(Reason),
    /// It belongs to no photo that the library has without it, or the library adds nothing to photos.
    #[error(
        "the last run found no photo in the library to add it to: one of the same name beside it, taken at the \
         same moment. Simulate again if it arrived since"
    )]
    NothingToJoin,
    /// Nothing would be carried.
    #[error("it is empty")]
    Empty,
    /// Nothing speaks against it.
    #[error("there is no reason against it that could be overruled")]
    NothingAgainst,
    /// The run does not say where it lies.
    #[error("the run does not say where it is. Simulate again")]
    NoTrace,
    /// The run has no such verdict.
    #[error("the run has no such photo. Simulate again")]
    NoVerdict,
    /// The library holds nothing of this name.
    #[error("it was not found. Give a file, an asset ID, or a name from the last run")]
    NoAsset,
    /// Photos often share a name.
    #[error("{} photos have this name. Give the ID of one: {}", .0.len(), .0.join(", "))]
    SeveralAssets(Vec<String>),
    /// The library lists it without its file.
    #[error("the library has lost its original")]
    NoOriginal,
    /// Its bytes did not come.
    #[error(transparent)]
    Unread(#[from] ReadError),
    /// Nothing is to be withdrawn.
    #[error("there is no decision about it")]
    Undecided,
}

/// What a decision is kept by, or why there is none.
type Answer = Result<Identified, Refusal>;

/// Where decisions are made. Opens the library with `L` when an asset must be looked up.
pub struct Desk<'a, L> {
    ledger: Ledger,
    folders: &'a dyn Folders,
    open: L,
    library: Option<Box<dyn Library>>,
    now: Timestamp,
    _lock: Lock,
}

impl<'a, E, L> Desk<'a, L>
where
    E: From<SyncError>,
    L: FnMut() -> Result<Box<dyn Library>, E>,
{
    /// Takes the lock of the data directory and opens its ledger.
    pub fn new(data: &Path, folders: &'a dyn Folders, now: Timestamp, open: L) -> Result<Self, SyncError> {
        let _lock = Lock::take(data, "decide", now)?;
        Ok(Self { ledger: Ledger::open(data)?, folders, open, library: None, now, _lock })
    }

    /// What identifies a file of which this is to be decided.
    pub fn file(&self, path: &Path, decision: Option<Decision>) -> Answer {
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = Path::new(path.file_name().unwrap_or_default());
        let opened = self.folders.open(directory).and_then(|folder| folder.open(name)).map_err(Lost::Unreadable)?;
        let read = Fingerprint::of_reader(opened).map_err(FolderError::from);
        let (fingerprint, size) = read.map_err(Lost::Unreadable)?;
        if size == 0 && matches!(decision, Some(Decision::TakeIn | Decision::Join)) {
            return Err(Refusal::Empty);
        }
        Ok(Identified { fingerprint, size, name: name.to_string_lossy().into_owned() })
    }

    /// What identifies a file that is to become a part of its photo: as these verdicts of the last run say, it can.
    pub fn late_file(&self, path: &Path, below: &Path, verdicts: Option<&Verdicts>) -> Result<Answer, SyncError> {
        let lines = verdicts.map_or_else(|| Ok(Vec::new()), |verdicts| verdicts.all(Way::Import));
        let lines = lines.map_err(|error| SyncError::Io("the verdicts of the run", error))?;
        let below = below.to_string_lossy();
        let can_be = |line: &VerdictLine| line.can_join.is_some() || line.part_of.is_some();
        let is_it = |line: &&VerdictLine| line.path.as_deref() == Some(&*below) && can_be(line);
        Ok(match lines.iter().find(is_it) {
            Some(_) => self.file(path, Some(Decision::Join)),
            None => Err(Refusal::NothingToJoin),
        })
    }

    /// What identifies a photo of which something was decided.
    pub fn decided(&self, fingerprint: Fingerprint) -> Result<Answer, SyncError> {
        let record = self.ledger.decisions()?.into_iter().find(|record| record.photo.fingerprint == fingerprint);
        Ok(record.map(|record| record.photo).ok_or(Refusal::Undecided))
    }

    /// What identifies an asset of the library, or a companion of it by what that is to the asset.
    pub fn asset(&mut self, id: &AssetId, companion: Option<ResourceRole>) -> Result<Answer, E> {
        let library = match &mut self.library {
            Some(library) => library,
            None => self.library.insert((self.open)()?),
        };
        let Some(asset) = library.asset(id).map_err(SyncError::from)? else { return Ok(Err(Refusal::NoAsset)) };
        let file = companion.map_or_else(|| asset.primary(), |role| asset.resource(role));
        let Some(file) = file else { return Ok(Err(Refusal::NoOriginal)) };
        let at = asset.resources.iter().position(|entry| entry.role == file.role).unwrap_or_default();
        let name = companion.map_or_else(|| asset.original_name.to_string(), |_| plan::name_of(&asset, at as u16));
        if let Some((fingerprint, size)) = file.fingerprint.zip(file.size) {
            return Ok(Ok(Identified { fingerprint, size, name }));
        }
        let mut hasher = Hasher::new();
        let size = match library.read(&asset, file.role, &mut hasher, &Cancel::new()) {
            Ok(size) => size,
            Err(error) => return Ok(Err(error.into())),
        };
        let fingerprint = hasher.finish();
        let library_id = self.ledger.library(&library.identity()).map_err(SyncError::from)?;
        let (asset, state) = (id.clone(), Some(file.state));
        let fact = ResourceFact { asset, role: file.role, size: file.size.unwrap_or(0), state, fingerprint };
        self.ledger.cache_resources(library_id, &[fact]).map_err(SyncError::from)?;
        Ok(Ok(Identified { fingerprint, size, name }))
    }

    /// What identifies the photos of the library that a person means by this text: the id of an asset, of which those
    /// files are meant of which this may be decided; or what the verdicts of the last run call a file of an asset, by its
    /// name or its path below the folder, where need be after the id and a slash.
    pub fn named(
        &mut self,
        text: &str,
        verdicts: Option<&Verdicts>,
        decision: Option<Decision>,
    ) -> Result<Vec<Answer>, E> {
        let lines = verdicts.map_or_else(|| Ok(Vec::new()), |verdicts| verdicts.all(Way::Export));
        let lines = lines.map_err(|error| SyncError::Io("the verdicts of the run", error))?;
        let is_meant = |line: &&VerdictLine| line.asset.as_deref() == Some(text) && is_allowed(line, decision).is_ok();
        let of_asset: Vec<&VerdictLine> = lines.iter().filter(is_meant).collect();
        if !of_asset.is_empty() {
            return of_asset.into_iter().map(|line| self.verdict(line, decision)).collect();
        }
        let called = |text: &str| -> Vec<_> {
            lines.iter().filter_map(|line| Some((line.asset.as_deref()?, line.file(text)?))).collect()
        };
        let mut files = called(text);
        if let (true, Some((_, name))) = (files.is_empty(), text.rsplit_once('/')) {
            // Nobody knows what path a file would have that does not go.
            files = called(name);
        }
        files.sort_unstable();
        files.dedup();
        match files[..] {
            [] => Ok(vec![self.asset(&AssetId(text.into()), None)?]),
            [(id, companion)] => Ok(vec![self.asset(&AssetId(id.into()), companion)?]),
            _ => Ok(vec![Err(Refusal::SeveralAssets(files.iter().map(|(id, _)| (*id).to_owned()).collect()))]),
        }
    }

    /// What identifies the photo of a verdict, if this may be decided of it; `None` withdraws what was. Its file must still
    /// be the one that was shown. Nothing is read of which the bytes are known.
    pub fn verdict(&mut self, line: &VerdictLine, decision: Option<Decision>) -> Result<Answer, E> {
        if let Err(refusal) = is_allowed(line, decision) {
            return Ok(Err(refusal));
        }
        let bytes = bytes(&self.ledger, line).map_err(SyncError::from)?;
        let photo = |(fingerprint, size)| Identified { fingerprint, size, name: line.title().to_owned() };
        let known = bytes.zip(size(line)).map(photo);
        match (line.direction, known) {
            (Way::Export, Some(known)) => Ok(Ok(known)),
            // The bytes are meant, wherever they are by now.
            (Way::Import, Some(known)) if decision.is_none() => Ok(Ok(known)),
            (Way::Import, known) => Ok(self.shown(line, known).map_err(SyncError::from)?),
            (Way::Export, None) => match &line.asset {
                Some(id) => Ok(self.asset(&AssetId(id.as_str().into()), line.companion())?.map_err(gone)),
                None => Ok(Err(Refusal::NoTrace)),
            },
        }
    }

    /// What identifies the file of an item, as long as it is the one that was shown.
    fn shown(&mut self, line: &VerdictLine, known: Option<Identified>) -> Result<Answer, LedgerError> {
        let Some(trail) = line.trail() else { return Ok(Err(Refusal::NoTrace)) };
        let Some(root) = self.ledger.folder_path(trail.folder)? else { return Ok(Err(Refusal::NoTrace)) };
        let read = match (trail.find(&root, self.folders), known) {
            (Err(lost), _) => Err(lost),
            (Ok(_), Some(known)) => return Ok(Ok(known)),
            (Ok(found), None) => read(&trail, found.file),
        };
        let (fingerprint, stamp) = match read {
            Ok(read) => read,
            Err(lost) => return Ok(Err(lost.into())),
        };
        // So that the next look at the run knows it without reading.
        self.ledger.learn(trail.folder, &trail.path, stamp, fingerprint)?;
        Ok(Ok(Identified { fingerprint, size: stamp.size, name: line.title().to_owned() }))
    }

    /// Keeps a decision about all of these, or about none of them; `None` withdraws what was decided.
    pub fn decide(&mut self, photos: &[Identified], decision: Option<Decision>) -> Result<(), SyncError> {
        Ok(self.ledger.decide(photos, decision, self.now)?)
    }

    /// Decides about verdicts of a kept run, by their numbers. Says for each that was refused why.
    pub fn verdicts(
        &mut self,
        verdicts: &Verdicts,
        numbers: &[usize],
        decision: Option<Decision>,
    ) -> Result<Vec<(usize, Refusal)>, E> {
        let (mut photos, mut refused) = (Vec::new(), Vec::new());
        for number in numbers {
            let line = verdicts.row(*number).map_err(|error| SyncError::Io("the verdicts of the run", error))?;
            let answer = match line {
                Some(line) => self.verdict(&line, decision)?,
                None => Err(Refusal::NoVerdict),
            };
            match answer {
                Ok(photo) => photos.push(photo),
                Err(refusal) => refused.push((*number, refusal)),
            }
        }
        self.decide(&photos, decision)?;
        Ok(refused)
    }
}

/// Reads a file that was found, all of it in one state.
fn read(trail: &Trail, mut file: Box<dyn Opened>) -> Result<(Fingerprint, Stamp), Lost> {
    let (fingerprint, _) = Fingerprint::of_reader(&mut file).map_err(FolderError::from)?;
    let stamp = file.state()?.stamp;
    match trail.stamp {
        Some(shown) if shown == stamp => Ok((fingerprint, stamp)),
        _ => Err(Lost::Changed),
    }
}

/// An asset that was shown is no slip of the keyboard.
fn gone(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NoAsset => Lost::Gone.into(),
        refusal => refusal,
    }
}

/// Whether a person may say this of a verdict. What was decided may always be withdrawn.
pub fn is_allowed(line: &VerdictLine, decision: Option<Decision>) -> Result<(), Refusal> {
    match (decision, line.verdict, line.reason) {
        (None, ..) | (Some(Decision::LeaveOut), Ruling::Planned, _) => Ok(()),
        (Some(Decision::LeaveOut), ..) => Err(Refusal::NotPlanned),
        (Some(_), ..) if line.direction == Way::Import && size(line) == Some(0) => Err(Refusal::Empty),
        (Some(Decision::TakeIn), Ruling::Skipped, Some(reason)) if reason.can_be_taken_in(line.direction) => Ok(()),
        (Some(Decision::TakeIn), Ruling::Skipped, Some(reason)) => Err(Refusal::NotOverruled(reason)),
        (Some(Decision::TakeIn), ..) => Err(Refusal::NothingAgainst),
        (Some(Decision::Join), ..) if line.can_join.is_some() => Ok(()),
        (Some(Decision::Join), ..) => Err(Refusal::NothingToJoin),
    }
}

/// What is decided now of each of these verdicts, as far as their bytes are known.
pub fn standing<'a>(
    ledger: &Ledger,
    lines: impl IntoIterator<Item = &'a VerdictLine>,
) -> Result<Vec<Option<Decision>>, LedgerError> {
    let decisions: FxHashMap<Fingerprint, Decision> =
        ledger.decisions()?.into_iter().map(|record| (record.photo.fingerprint, record.decision)).collect();
    let standing = |line| {
        let bytes = if decisions.is_empty() { None } else { bytes(ledger, line)? };
        Ok(bytes.and_then(|bytes| decisions.get(&bytes).copied()))
    };
    lines.into_iter().map(standing).collect()
}

/// The bytes of a verdict's photo, where the run knew them or they were read since.
fn bytes(ledger: &Ledger, line: &VerdictLine) -> Result<Option<Fingerprint>, LedgerError> {
    if let Some(told) = line.fingerprint.as_ref().and_then(|text| text.parse().ok()) {
        return Ok(Some(told));
    }
    match (line.direction, line.trail(), &line.asset) {
        (Way::Import, Some(Trail { folder, path, stamp: Some(stamp), .. }), _) => {
            ledger.fingerprint_of_file(folder, &path, stamp)
        }
        (Way::Export, _, Some(asset)) => ledger.fingerprint_of_asset(asset, line.companion(), size(line).unwrap_or(0)),
        _ => Ok(None),
    }
}

/// How many bytes that is.
fn size(line: &VerdictLine) -> Option<u64> {
    let trace = line.trace.as_ref()?;
    trace.primary.or_else(|| Some(trace.file.as_ref()?.stamp?.size))
}
