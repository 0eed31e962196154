//! Acts: carries what the plan says, one item at a time, and confirms each by reading the library back.
//!
//! For every item: the prospective id goes to the journal, the library commits, the asset is read back and compared
//! with what was sent, the ledger records it. Stop anywhere, and the next run finishes or undoes it.

pub mod export;
mod halves;
pub(crate) mod holdings;
pub mod out;
mod tell;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_media as media;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Details;
use photobridge_media::takeout::Photo;
use rustc_hash::FxHashMap;

use crate::asset::{Asset, AssetId, MediaKind, ResourceRole, Whereabouts};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::folder::look::RACY;
use crate::folder::settle::changed_within;
use crate::folder::{Folder, Local};
use crate::item::{Archived, CachedFact, FileRef, FolderId, Format, Item, ItemFile};
use crate::ledger::{Intent, JournalId, Ledger, LedgerError, LibraryId};
use crate::library::{ImportError, Library, LibraryError, NewAsset, NewResource};
use crate::memory::{AgreedFile, Agreement, MadeFile, Origin};
use crate::picture::Picture;
use crate::plan::{Evidence, Fate, Join, Plan};
use crate::progress::{Cancel, Event, Phase, Progress};
use crate::reason::Reason;
use crate::run::RunId;

/// How a planned item ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is in the library, and was seen there.
    Imported(AssetId),
    /// It is in the folder, whole and under its name.
    Exported,
    /// The world changed since the plan; the next run looks again.
    Skipped(Reason),
    /// It did not work: what happened, and what was kept safe.
    Failed(String),
}

/// What applying came to.
#[derive(Debug, Default)]
pub struct Applied {
    /// How each import ended that was begun, by the file that stands for it.
    pub endings: FxHashMap<FileRef, Ending>,
    /// The same for assets.
    pub exported: FxHashMap<u32, Ending>,
    /// Exported photos that are not dated by when they were taken.
    pub misdated: Misdated,
    /// Live Photos that were to go as one file and went as two, by asset, each with the reason.
    pub apart: FxHashMap<u32, &'static str>,
    /// Exported photos that may lie in a cache of this computer only.
    pub on_their_way: u64,
    /// Why it stopped before the end, if it did.
    pub stopped: Option<String>,
    /// Bytes carried.
    pub bytes: u64,
}

/// How many exported photos are not dated by when they were taken, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Misdated {
    /// They are older than the earliest date that we give to a file.
    pub earliest: u64,
    /// Their disk holds no such date.
    pub otherwise: u64,
}

/// Whose plan is applied, and who watches.
pub struct Errand<'a> {
    /// The run that acts.
    pub run: RunId,
    /// The ledger's number of the library.
    pub library_id: LibraryId,
    /// Where our own files lie.
    pub data: &'a Path,
    /// Each folder, and the title of its album.
    pub folders: &'a FxHashMap<FolderId, (Arc<dyn Folder>, String)>,
    /// Whether the people whom an archive names become keywords.
    pub people: bool,
    /// The time now.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a Cancel,
}

/// Imports what the plan says. An error here is the ledger's: nothing more can be done safely.
pub fn apply(
    plan: &Plan,
    items: &[Item],
    errand: &Errand<'_>,
    library: &mut dyn Library,
    ledger: &mut Ledger,
) -> Result<Applied, LedgerError> {
    let mut applied = Applied::default();
    let bytes = plan.imports().map(|verdict| verdict.size(&items[verdict.item as usize])).sum();
    let steps = Some(plan.imports().count() as u64);
    let Errand { progress, cancel, .. } = errand;
    progress.event(Event::Begin { phase: Phase::Importing, steps, bytes: Some(bytes) });
    let archive_albums = archive_albums(plan, items);
    let (mut albums, mut refuses) = (FxHashMap::default(), BTreeSet::new());
    for verdict in plan.imports() {
        if cancel.is_cancelled() {
            break;
        }
        let Fate::Import(files) = &verdict.fate else { continue };
        let item = &items[verdict.item as usize];
        let file = &item.files[usize::from(verdict.file)];
        let name = file.path.display().to_string();
        progress.event(Event::Current { name: name.clone(), picture: Picture::of_file(item.folder, file) });
        let mut import = Import {
            item,
            files,
            taken_in: verdict.taken_in,
            join: verdict.joins(),
            as_live: verdict.as_live,
            apart: matches!(verdict.evidence, Some(Evidence::Asset(_, rung)) if rung.is_of_other_bytes()),
            errand,
            library,
            ledger,
            archive_albums: archive_albums.get(&verdict.item).map_or(&[], |titles| titles),
            albums: &mut albums,
            refuses: &mut refuses,
            now: (errand.clock)(),
        };
        let step = match verdict.tells() {
            Some(late) => import.tell(late)?,
            None => import.run()?,
        };
        let ending = match step {
            Step::Ended(ending) => ending,
            Step::Stop(why) => {
                applied.stopped = Some(why);
                break;
            }
        };
        if let Ending::Failed(error) = &ending {
            progress.event(Event::Failed { path: name, error: error.clone() });
        }
        let bytes = verdict.size(item);
        applied.bytes += bytes;
        applied.endings.insert(verdict.file(), ending);
        progress.event(Event::Advance { phase: Phase::Importing, steps: 1, bytes });
    }
    progress.event(Event::End(Phase::Importing));
    Ok(applied)
}

/// The title of an album.
type Title = Box<str>;

/// By item that goes the titles of the albums in which its archive has it or an equal one: an archive repeats a photo for
/// each of them.
fn archive_albums<'a>(plan: &Plan, items: &'a [Item]) -> FxHashMap<u32, Vec<&'a str>> {
    let mut titles: FxHashMap<u32, Vec<&str>> = FxHashMap::default();
    let mut add = |carried: u32, holder: u32| {
        let album = items[holder as usize].archived.as_deref().and_then(|archived| archived.album());
        if let Some(title) = album {
            let titles = titles.entry(carried).or_default();
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    };
    for verdict in &plan.verdicts {
        match (&verdict.fate, verdict.evidence) {
            (Fate::Import(_), _) => add(verdict.item, verdict.item),
            (Fate::Skip(Reason::SameBytesAs), Some(Evidence::Item(carried))) => add(carried, verdict.item),
            _ => {}
        }
    }
    titles
}

/// A file on its way into the library: one of the item, or one that is made of it.
struct Sent<'a> {
    role: ResourceRole,
    name: String,
    local: Local,
    /// The file of the item that it is, or is made of.
    file: &'a ItemFile,
}

impl Sent<'_> {
    fn resource(&self, role: ResourceRole) -> NewResource<'_> {
        let Local { path, stamp, .. } = &self.local;
        NewResource { role, file: path, name: &self.name, stamp: *stamp }
    }
}

enum Step {
    Ended(Ending),
    /// Going on would fail for every other item too.
    Stop(String),
}

struct Import<'a> {
    item: &'a Item,
    files: &'a [u16],
    taken_in: Option<Fingerprint>,
    /// What it becomes a part of.
    join: Option<&'a Join>,
    /// It is a motion photo, of which two files are made.
    as_live: bool,
    /// It is the same shot as an asset, and goes in all the same.
    apart: bool,
    errand: &'a Errand<'a>,
    library: &'a mut dyn Library,
    ledger: &'a mut Ledger,
    /// Titles of the albums in which it was where its archive was made.
    archive_albums: &'a [&'a str],
    albums: &'a mut FxHashMap<Title, Box<str>>,
    /// Formats of which the library refused a file in this run.
    refuses: &'a mut BTreeSet<Format>,
    now: Timestamp,
}

impl Import<'_> {
    fn run(&mut self) -> Result<Step, LedgerError> {
        let (folder, _) = &self.errand.folders[&self.item.folder];
        let files: Vec<&ItemFile> = self.files.iter().map(|at| &self.item.files[usize::from(*at)]).collect();
        if self.taken_in.is_none() && files.iter().any(|file| self.refuses.contains(&self.item.format(file))) {
            return Ok(Step::Ended(Ending::Skipped(Reason::Refused)));
        }
        let (kind, roles) = as_asset(self.item, &files);
        let mut sent = Vec::with_capacity(files.len() + 1);
        let mut whole = None;
        for (file, role) in files.iter().zip(roles) {
            let half = self.as_live && sent.is_empty();
            let brought = match half {
                true => halves::halve(&**folder, file, self.errand.data).map(|halves| {
                    let halves = halves?;
                    whole = Some((halves.whole, halves.identifier));
                    Some(Vec::from(halves.files))
                }),
                false => folder
                    .local(&file.path, file.stamp)
                    .map_err(Into::into)
                    .map(|local| Some(vec![(role, file.name().to_string_lossy().into_owned(), local?)])),
            };
            match brought {
                Ok(Some(brought)) => {
                    sent.extend(brought.into_iter().map(|(role, name, local)| Sent { role, name, local, file }));
                }
                Ok(None) => return Ok(Step::Ended(Ending::Skipped(Reason::ChangedSincePlanned))),
                Err(error) if half => {
                    let why = format!("its two files could not be made in {}: {error}", self.errand.data.display());
                    return Ok(Step::Ended(Ending::Failed(why)));
                }
                Err(error) => return Ok(Step::Ended(Ending::Failed(format!("it could not be read: {error}")))),
            }
        }
        if let Some(join) = self.join {
            return self.join(join, &sent[0].resource(files[0].role), files[0]);
        }
        let albums = match self.albums() {
            Ok(albums) => albums,
            Err(error) => return Ok(Step::Stop(error.to_string())),
        };
        let header = files[0].header.as_deref();
        let asset = NewAsset {
            kind,
            resources: sent.iter().map(|sent| sent.resource(sent.role)).collect(),
            captured: self.item.taken(files[0]).map(|(time, _)| time),
            written: self.captured(files[0]),
            pixels: header.and_then(|header| header.pixels),
            orientation: header.and_then(|header| header.orientation),
            camera: header.and_then(|header| header.camera.as_deref()),
            duration_ms: header.and_then(|header| header.duration_ms),
            details: self.details(&**folder, &files),
            albums: &albums,
            added: self.now,
        };
        self.carry(&asset, &sent, whole)
    }

    /// Makes a file a part of a photo that is there. Its id is known beforehand, so the journal has it before anything is
    /// done; what became of it is seen by the file.
    fn join(&mut self, join: &Join, resource: &NewResource<'_>, file: &ItemFile) -> Result<Step, LedgerError> {
        let header = self.item.header();
        let intent = Intent {
            whole: None,
            asset: join.photo.clone(),
            folder: self.item.folder.0,
            kind: MediaKind::Photo,
            captured: self.captured(self.item.primary()),
            content_identifier: header.and_then(|header| header.content_identifier.clone()),
            files: vec![(file.role, Intent::path_bytes(&file.path), file.stamp.size)],
            taken_in: self.taken_in.map(|fingerprint| fingerprint.to_string()),
            apart: false,
            told: false,
            joins: Some(join.alone.clone()),
        };
        let Errand { run, library_id, .. } = *self.errand;
        let entry = self.ledger.begin(run, library_id, &intent)?;
        let fingerprint = match self.library.join(&join.photo, resource, join.alone.as_ref()) {
            Ok(fingerprint) => fingerprint,
            Err(error) => {
                if !matches!(error, ImportError::Library(_)) {
                    self.ledger.abandon(entry)?;
                }
                return Ok(self.refused(error));
            }
        };
        if let Err(why) = confirm(self.library, &join.photo, &[(file.role, fingerprint, file.stamp.size)]) {
            return Ok(Step::Ended(Ending::Failed(why)));
        }
        let agreement = agreement(&intent, Origin::Folder, &[fingerprint], &join.photo);
        let read = self.learned([(file, fingerprint)].into_iter());
        self.ledger.conclude_join(entry, library_id, &agreement, join.alone.as_ref(), self.taken_in, &read)?;
        Ok(Step::Ended(Ending::Imported(join.photo.clone())))
    }

    /// What is known of files now that they were read.
    fn learned<'f>(&self, files: impl Iterator<Item = (&'f ItemFile, Fingerprint)>) -> Vec<CachedFact> {
        let rested = files.filter(|(file, _)| !changed_within(&file.stamp, (self.errand.clock)(), RACY));
        let fact = |(file, fingerprint): (&ItemFile, Fingerprint)| CachedFact {
            path: file.path.clone(),
            stamp: file.stamp,
            fingerprint: Some(fingerprint),
            header: file.header_in_the_bytes(),
            sample: None,
        };
        rested.map(fact).collect()
    }

    /// Imports, confirms and records; `whole` is what a motion photo is of which the first files are made.
    fn carry(
        &mut self,
        asset: &NewAsset<'_>,
        sent: &[Sent<'_>],
        whole: Option<(Fingerprint, Box<str>)>,
    ) -> Result<Step, LedgerError> {
        let first = sent[0].file;
        let own = || first.header.as_deref().and_then(|header| header.content_identifier.clone());
        let mut intent = Intent {
            whole: whole.as_ref().map(|(whole, _)| (whole.to_string(), first.stamp.size)),
            asset: AssetId("".into()),
            folder: self.item.folder.0,
            kind: asset.kind,
            captured: self.captured(first),
            content_identifier: whole.as_ref().map(|(_, identifier)| identifier.clone()).or_else(own),
            files: (sent.iter())
                .map(|sent| (sent.role, Intent::path_bytes(&sent.file.path), sent.local.stamp.size))
                .collect(),
            taken_in: self.taken_in.map(|fingerprint| fingerprint.to_string()),
            apart: self.apart,
            told: self.item.archived.as_deref().is_some_and(|archived| archived.photo.is_some()),
            joins: None,
        };
        let mut entry: Option<JournalId> = None;
        let mut journal_error = None;
        let result = self.library.import(asset, &mut |id| {
            intent.asset = id.clone();
            match self.ledger.begin(self.errand.run, self.errand.library_id, &intent) {
                Ok(begun) => {
                    entry = Some(begun);
                    Ok(())
                }
                Err(error) => {
                    let words = error.to_string();
                    journal_error = Some(error);
                    Err(LibraryError::Failed { what: "the import was not begun".into(), source: words.into() })
                }
            }
        });
        if let Some(error) = journal_error {
            return Err(error);
        }
        let imported = match result {
            Ok(imported) => imported,
            Err(error) => {
                if let Some(entry) = entry.filter(|_| !matches!(error, ImportError::Library(_))) {
                    self.ledger.abandon(entry)?;
                }
                return Ok(self.refused(error));
            }
        };
        let brought: Vec<(ResourceRole, Fingerprint, u64)> = (sent.iter().zip(&imported.fingerprints))
            .map(|(sent, fingerprint)| (sent.role, *fingerprint, sent.local.stamp.size))
            .collect();
        if let Err(why) = confirm(self.library, &imported.id, &brought) {
            // The entry stays open: the next run looks again.
            return Ok(Step::Ended(Ending::Failed(why)));
        }
        let agreement = agreement(&intent, Origin::Folder, &imported.fingerprints, &imported.id);
        let of_whole = whole.iter().map(|(whole, _)| (first, *whole));
        let made = if whole.is_some() { 2 } else { 0 };
        let others = sent.iter().zip(&imported.fingerprints).skip(made).map(|(sent, bytes)| (sent.file, *bytes));
        let read = self.learned(of_whole.chain(others));
        if let Some(entry) = entry {
            self.ledger.conclude(entry, self.errand.run, self.errand.library_id, &agreement, self.taken_in, &read)?;
        }
        Ok(Step::Ended(Ending::Imported(imported.id)))
    }

    fn refused(&mut self, error: ImportError) -> Step {
        match error {
            ImportError::Changed(_) => Step::Ended(Ending::Skipped(Reason::ChangedSincePlanned)),
            // Whoever took it in is told what came of that.
            ImportError::NotTaken { format, .. } if self.taken_in.is_none() => {
                self.refuses.insert(format);
                Step::Ended(Ending::Skipped(Reason::Refused))
            }
            ImportError::Refused(_) | ImportError::NotTaken { .. } | ImportError::Source { .. } => {
                Step::Ended(Ending::Failed(format!("{error}. It stays in the folder as it is")))
            }
            ImportError::DiskFull => Step::Stop(
                "the disk of the library is full. What was imported so far is safe and recorded; make room, and the next \
                 sync continues"
                    .into(),
            ),
            ImportError::Library(error) => Step::Stop(error.to_string()),
        }
    }

    /// The album of its folder, and those of its archive.
    fn albums(&mut self) -> Result<Vec<Box<str>>, LibraryError> {
        let (_, of_folder) = &self.errand.folders[&self.item.folder];
        let titles = std::iter::once(of_folder.as_str()).chain(self.archive_albums.iter().copied());
        let mut albums = Vec::new();
        for title in titles {
            let album = match self.albums.get(title) {
                Some(album) => album.clone(),
                None => self.library.ensure_album(title)?,
            };
            self.albums.entry(title.into()).or_insert_with(|| album.clone());
            if !albums.contains(&album) {
                albums.push(album);
            }
        }
        Ok(albums)
    }

    fn captured(&self, primary: &ItemFile) -> Option<CaptureTime> {
        primary.header.as_deref()?.captured.map(|(time, _)| time)
    }

    /// Title, keywords and the like from the sidecar, the place also from the picture itself.
    fn details(&self, folder: &dyn Folder, files: &[&ItemFile]) -> Details {
        // Words that are by their name of a file which does not go say nothing of this photo.
        let is_of = |sidecar: &&ItemFile| files.iter().any(|file| !sidecar.describes_another(file));
        let sidecar = self.item.words().filter(is_of).and_then(|file| {
            // A sidecar that cannot be read costs its words, never its photo.
            media::read_sidecar(folder.open(&file.path).ok()?).ok()
        });
        let told = self.item.archived.as_deref().and_then(Archived::photo);
        let archived = || told.map(Photo::details);
        let mut details = sidecar.map(|sidecar| sidecar.details).or_else(archived).unwrap_or_default();
        for name in told.iter().flat_map(|photo| &photo.people).filter(|_| self.errand.people) {
            if !details.keywords.iter().any(|keyword| **keyword == **name) {
                details.keywords.push(name.to_string());
            }
        }
        details.location = details.location.or_else(|| self.item.header()?.location);
        details
    }
}

/// What the chosen files are as an asset: a RAW or a video that goes without its still is a photo or video of its own.
fn as_asset(item: &Item, files: &[&ItemFile]) -> (MediaKind, Vec<ResourceRole>) {
    let mut roles: Vec<ResourceRole> = files.iter().map(|file| file.role).collect();
    match roles[0] {
        ResourceRole::PairedVideo => {
            roles[0] = ResourceRole::Video;
            (MediaKind::Video, roles)
        }
        ResourceRole::AlternatePhoto => {
            roles[0] = ResourceRole::Photo;
            (MediaKind::Photo, roles)
        }
        _ => (item.kind, roles),
    }
}

fn agreement(intent: &Intent, origin: Origin, fingerprints: &[Fingerprint], asset: &AssetId) -> Agreement {
    let files = (intent.paths().zip(fingerprints)).map(|((role, path, size), fingerprint)| AgreedFile {
        role,
        path,
        fingerprint: *fingerprint,
        size,
    });
    let mut files: Vec<AgreedFile> = files.collect();
    let mut made = Vec::new();
    // Of a motion photo that was made into others the folder has itself.
    if let Some((whole, size)) = &intent.whole
        && let Ok(fingerprint) = whole.parse()
    {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        let halves = files.extract_if(.., |file| file.path == path);
        made.extend(halves.map(|AgreedFile { role, fingerprint, size, .. }| MadeFile { role, fingerprint, size }));
        files.insert(0, AgreedFile { role: ResourceRole::Photo, path, fingerprint, size: *size });
    }
    Agreement {
        made,
        origin,
        kind: intent.kind,
        captured: intent.captured,
        content_identifier: intent.content_identifier.clone(),
        folder: FolderId(intent.folder),
        files,
        asset: Some(asset.clone()),
        edit: None,
        beside: None,
        apart: intent.apart,
        told: intent.told,
    }
}

/// Reads the asset back and compares each file with what was sent, by identity.
fn confirm(library: &mut dyn Library, id: &AssetId, sent: &[(ResourceRole, Fingerprint, u64)]) -> Result<(), String> {
    let unconfirmed = |why: String| {
        format!(
            "it was passed to the library, but not found complete there ({why}). It stays in the folder; the next sync checks again"
        )
    };
    let asset = match library.asset(id) {
        Ok(Some(asset)) => asset,
        Ok(None) => return Err(unconfirmed("no such asset".into())),
        Err(error) => return Err(unconfirmed(error.to_string())),
    };
    for (role, fingerprint, size) in sent.iter().filter(|(role, ..)| is_kept(&asset, *role)) {
        match stored_bytes(library, &asset, *role) {
            Ok((stored, length)) if stored == *fingerprint && length == *size => {}
            Ok(_) => return Err(unconfirmed("other bytes were stored".into())),
            Err(why) => return Err(unconfirmed(why)),
        }
    }
    Ok(())
}

/// Whether a library that took this file has it as a file: of a sidecar or a recipe it may only take the words.
fn is_kept(asset: &Asset, role: ResourceRole) -> bool {
    role.is_picture() || asset.resource(role).is_some()
}

/// Identity and size of what the library holds, computed where it stores none.
fn stored_bytes(library: &mut dyn Library, asset: &Asset, role: ResourceRole) -> Result<(Fingerprint, u64), String> {
    let resource = asset.resource(role).ok_or("a file is missing")?;
    let is_at_hand = match resource.whereabouts {
        Whereabouts::Here => true,
        Whereabouts::Cloud => library.properties().fetches,
        Whereabouts::Missing | Whereabouts::Unreachable | Whereabouts::Unread => false,
    };
    if !is_at_hand {
        return Err("a file is missing".into());
    }
    if let (Some(fingerprint), Some(size)) = (resource.fingerprint, resource.size) {
        return Ok((fingerprint, size));
    }
    let mut hasher = Hasher::new();
    let length = library.read(asset, role, &mut hasher, &Cancel::new()).map_err(|error| error.to_string())?;
    Ok((hasher.finish(), length))
}

/// Why it is not known what an interrupted run left.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The library cannot be asked.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Finishes or undoes what an interrupted run left open: the asset is there, then it is recorded, or it never came.
pub fn recover(library: &mut dyn Library, library_id: LibraryId, ledger: &mut Ledger) -> Result<usize, RecoverError> {
    let mut settled = tell::recover(library, library_id, ledger)?;
    for (entry, run, intent) in ledger.open_intents(library_id)? {
        match library.asset(&intent.asset)? {
            Some(asset) => {
                let mut intent = intent;
                intent.files.retain(|(role, ..)| is_kept(&asset, *role));
                let stored: Result<Vec<(Fingerprint, u64)>, String> = (intent.files.iter())
                    .map(|(role, _, size)| match stored_bytes(library, &asset, *role)? {
                        (_, length) if length != *size => Err("other bytes were stored".into()),
                        whole => Ok(whole),
                    })
                    .collect();
                // An asset that is not whole was not made by us: leave it, and let matching say what it is.
                match stored {
                    Ok(stored) => {
                        let fingerprints: Vec<Fingerprint> = stored.iter().map(|(bytes, _)| *bytes).collect();
                        let agreement = agreement(&intent, Origin::Folder, &fingerprints, &asset.id);
                        let taken_in = intent.taken_in.as_deref().and_then(|text| text.parse().ok());
                        match &intent.joins {
                            Some(alone) => {
                                ledger.conclude_join(entry, library_id, &agreement, alone.as_ref(), taken_in, &[])?;
                            }
                            None => ledger.conclude(entry, run, library_id, &agreement, taken_in, &[])?,
                        }
                    }
                    Err(_) => ledger.abandon(entry)?,
                }
            }
            None => ledger.abandon(entry)?,
        }
        settled += 1;
    }
    Ok(settled)
}
