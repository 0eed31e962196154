//! Carries files of the folder into the library, many at once where the library takes them so.
//!
//! The journal names every prospective asset; the library commits them; each is read back and compared with what was sent;
//! the ledger records all that are there. Stop anywhere, and the next run finishes or undoes it.

use std::collections::BTreeSet;
use std::thread;

use jiff::Timestamp;
use photobridge_media as media;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Details;
use photobridge_media::takeout::Photo;
use rustc_hash::FxHashMap;

use super::confirm::confirm;
use super::halves::{Ahead, Halved, halve};
use super::{Applied, Ending, Errand, TOGETHER, TOGETHER_BYTES, agreement};
use crate::asset::{Asset, AssetId, MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::look::RACY;
use crate::folder::settle::changed_within;
use crate::folder::{Folder, Local};
use crate::item::{Archived, CachedFact, Format, Item, ItemFile};
use crate::ledger::{ConcludedImport, Intent, JournalId, Ledger, LedgerError};
use crate::library::{ImportError, Imported, Importer, Library, LibraryError, NewAsset, NewResource};
use crate::memory::Origin;
use crate::picture::Picture;
use crate::plan::{Evidence, Plan, Verdict};
use crate::progress::{Event, Phase};
use crate::reason::Reason;

/// The title of an album.
type Title = Box<str>;

/// What goes in, and what it is put into.
pub(super) struct Arrival<'a> {
    pub(super) errand: &'a Errand<'a>,
    pub(super) items: &'a [Item],
    pub(super) library: &'a mut dyn Library,
    pub(super) ledger: &'a mut Ledger,
    pub(super) applied: &'a mut Applied,
    /// By item, titles of the albums in which it was where its archive was made.
    pub(super) archive_albums: FxHashMap<u32, Vec<&'a str>>,
    /// The albums that were asked for so far.
    pub(super) albums: FxHashMap<Title, Box<str>>,
    /// Formats of which the library refused a file in this run.
    pub(super) refuses: BTreeSet<Format>,
}

/// A file on its way into the library: one of the item, or one that is made of it.
pub(super) struct Sent<'a> {
    role: ResourceRole,
    name: String,
    local: Local,
    /// The file of the item that it is, or is made of.
    pub(super) file: &'a ItemFile,
}

impl Sent<'_> {
    pub(super) fn resource(&self, role: ResourceRole) -> NewResource<'_> {
        let Local { path, stamp, spool } = &self.local;
        NewResource { role, file: path, name: &self.name, stamp: *stamp, is_spare: spool.is_some() }
    }
}

/// One item on its way.
pub(super) struct Parcel<'a> {
    pub(super) verdict: &'a Verdict,
    pub(super) item: &'a Item,
    kind: MediaKind,
    pub(super) sent: Vec<Sent<'a>>,
    /// What a motion photo is of which the first files are made.
    whole: Option<(Fingerprint, Box<str>)>,
    details: Details,
    albums: Vec<Box<str>>,
    added: Timestamp,
}

/// What can be said of an item before the library has anything of it.
enum Prepared<'a> {
    Parcel(Box<Parcel<'a>>),
    Ended(Ending),
    /// Going on would fail for every other item too.
    Stop(String),
}

impl<'a> Arrival<'a> {
    /// Imports what the plan says.
    pub(super) fn run(self, plan: &'a Plan) -> Result<(), LedgerError> {
        let (items, errand) = (self.items, self.errand);
        thread::scope(|scope| self.run_with(plan, Ahead::begin(scope, plan, items, errand)))
    }

    fn run_with(mut self, plan: &'a Plan, mut ahead: Ahead) -> Result<(), LedgerError> {
        let most = if self.library.properties().at_once { TOGETHER } else { 1 };
        let mut group: Vec<Parcel<'a>> = Vec::new();
        for verdict in plan.imports() {
            if self.is_over() {
                break;
            }
            if let Some(late) = verdict.tells() {
                self.carry(std::mem::take(&mut group))?;
                self.tell_late(verdict, late)?;
                continue;
            }
            let mut prepared = self.prepare(verdict, ahead.take(verdict));
            if matches!(prepared, Prepared::Ended(Ending::Failed(_))) && !group.is_empty() {
                // What the others take of our own disk as long as they wait may be what this one lacks.
                self.carry(std::mem::take(&mut group))?;
                prepared = self.prepare(verdict, None);
            }
            match prepared {
                Prepared::Parcel(parcel) if verdict.joins().is_some() => {
                    self.carry(std::mem::take(&mut group))?;
                    self.join(*parcel)?;
                }
                Prepared::Parcel(parcel) => group.push(*parcel),
                Prepared::Ended(ending) => {
                    self.advance(verdict);
                    self.end(verdict, ending);
                }
                Prepared::Stop(why) => self.applied.stopped = Some(why),
            }
            let bytes: u64 = group.iter().flat_map(|parcel| &parcel.sent).map(|sent| sent.local.stamp.size).sum();
            if group.len() >= most || bytes >= TOGETHER_BYTES {
                self.carry(std::mem::take(&mut group))?;
            }
        }
        self.carry(group)
    }

    pub(super) fn is_over(&self) -> bool {
        self.applied.stopped.is_some() || self.errand.cancel.is_cancelled()
    }

    /// Has the files of an item at hand, as they were planned; of a motion photo that goes as two, those that may be made already.
    fn prepare(&mut self, verdict: &'a Verdict, mut halved: Option<Halved>) -> Prepared<'a> {
        let item = &self.items[verdict.item as usize];
        let Errand { folders, data, clock, .. } = self.errand;
        let (folder, _) = &folders[&item.folder];
        self.tell(verdict);
        let files: Vec<&ItemFile> = verdict.files(item).collect();
        if verdict.taken_in.is_none() && files.iter().any(|file| self.refuses.contains(&item.format(file))) {
            return Prepared::Ended(Ending::Skipped(Reason::Refused));
        }
        let (kind, roles) = as_asset(item, &files);
        let mut sent = Vec::with_capacity(files.len() + 1);
        let mut whole = None;
        for (file, role) in files.iter().zip(roles) {
            let half = verdict.as_live && sent.is_empty();
            let brought = match half {
                true => halved.take().unwrap_or_else(|| halve(&**folder, file, data)).map(|halves| {
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
                Ok(None) => return Prepared::Ended(Ending::Skipped(Reason::ChangedSincePlanned)),
                Err(error) if half => {
                    let why = format!("its two files could not be made in {}: {error}", data.display());
                    return Prepared::Ended(Ending::Failed(why));
                }
                Err(error) => return Prepared::Ended(Ending::Failed(format!("it could not be read: {error}"))),
            }
        }
        let is_new = verdict.joins().is_none();
        let (albums, details) = match is_new.then(|| self.albums(verdict, item)).transpose() {
            Ok(albums) => (albums.unwrap_or_default(), is_new.then(|| self.details(item, &**folder, &files))),
            Err(error) => return Prepared::Stop(error.to_string()),
        };
        let details = details.unwrap_or_default();
        Prepared::Parcel(Box::new(Parcel { verdict, item, kind, sent, whole, details, albums, added: clock() }))
    }

    /// The album of its folder, and those of its archive.
    fn albums(&mut self, verdict: &Verdict, item: &Item) -> Result<Vec<Box<str>>, LibraryError> {
        let (_, of_folder) = &self.errand.folders[&item.folder];
        let of_archive = self.archive_albums.get(&verdict.item).into_iter().flatten().copied();
        let mut albums = Vec::new();
        for title in std::iter::once(of_folder.as_str()).chain(of_archive) {
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

    /// Title, keywords and the like from the sidecar, the place also from the picture itself.
    fn details(&self, item: &Item, folder: &dyn Folder, files: &[&ItemFile]) -> Details {
        // Words that are by their name of a file which does not go say nothing of this photo.
        let is_of = |sidecar: &&ItemFile| files.iter().any(|file| !sidecar.describes_another(file));
        let sidecar = item.words().filter(is_of).and_then(|file| {
            // A sidecar that cannot be read costs its words, never its photo.
            media::read_sidecar(folder.open(&file.path).ok()?).ok()
        });
        let told = item.archived.as_deref().and_then(Archived::photo);
        let archived = || told.map(Photo::details);
        let mut details = sidecar.map(|sidecar| sidecar.details).or_else(archived).unwrap_or_default();
        for name in told.iter().flat_map(|photo| &photo.people).filter(|_| self.errand.people) {
            if !details.keywords.iter().any(|keyword| **keyword == **name) {
                details.keywords.push(name.to_string());
            }
        }
        details.location = details.location.or_else(|| item.header()?.location);
        details
    }

    /// Imports items at once, confirms and records them.
    fn carry(&mut self, group: Vec<Parcel<'a>>) -> Result<(), LedgerError> {
        if group.is_empty() || self.is_over() {
            return Ok(());
        }
        let assets: Vec<NewAsset<'_>> = group.iter().map(Parcel::asset).collect();
        let intents = group.iter().map(|parcel| parcel.intent(AssetId("".into()))).collect();
        let entries = vec![None; group.len()];
        let carried = vec![false; group.len()];
        let (errand, ledger) = (self.errand, &mut *self.ledger);
        let mut begun = Begun { errand, ledger, group: &group, intents, entries, carried, failure: None };
        let answers = self.library.import_all(&assets, &mut begun);
        let Begun { intents, mut entries, carried, failure, .. } = begun;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let (mut imported, mut failed) = (Vec::new(), Vec::new());
        for (at, answer) in answers.into_iter().enumerate() {
            if !carried[at] {
                self.advance(group[at].verdict);
            }
            match answer {
                Ok(answer) => imported.push((at, answer)),
                Err(error) => failed.push((at, error)),
            }
        }
        let concluded = self.confirmed(&group, &intents, &entries, &imported);
        self.ledger.conclude_imports(self.errand.library_id, &concluded)?;
        imported.iter().for_each(|(at, _)| entries[*at] = None);
        // Where the library as a whole failed nobody knows what is there: the next run looks.
        if !failed.iter().any(|(_, error)| matches!(error, ImportError::Library(_))) {
            self.ledger.abandon(&entries.into_iter().flatten().collect::<Vec<_>>())?;
        }
        for (at, error) in failed {
            self.refuse(group[at].verdict, error);
        }
        Ok(())
    }

    /// Reads back what was imported. What is not found as it was sent stays in the journal: the next run looks again.
    fn confirmed(
        &mut self,
        group: &[Parcel<'_>],
        intents: &[Intent],
        entries: &[Option<JournalId>],
        imported: &[(usize, Imported)],
    ) -> Vec<ConcludedImport> {
        let ids: Vec<AssetId> = imported.iter().map(|(_, answer)| answer.id.clone()).collect();
        let (mut found, unknown) = match self.library.assets(&ids) {
            Ok(found) => (found, None),
            Err(error) => (vec![None; ids.len()], Some(error)),
        };
        let mut concluded = Vec::with_capacity(imported.len());
        for (position, (at, answer)) in imported.iter().enumerate() {
            let parcel = &group[*at];
            let seen: Result<Option<Asset>, &LibraryError> = unknown.as_ref().map_or(Ok(found[position].take()), Err);
            match confirm(self.library, seen, &parcel.brought(&answer.fingerprints)) {
                Ok(()) => {
                    let agreement = agreement(&intents[*at], Origin::Folder, &answer.fingerprints, &answer.id);
                    let read = parcel.learned(self.errand, &answer.fingerprints);
                    let (run, taken_in) = (self.errand.run, parcel.verdict.taken_in);
                    concluded.extend(entries[*at].map(|entry| ConcludedImport {
                        entry,
                        run,
                        agreement,
                        taken_in,
                        read,
                    }));
                    self.end(parcel.verdict, Ending::Imported(answer.id.clone()));
                }
                Err(why) => self.end(parcel.verdict, Ending::Failed(why)),
            }
        }
        concluded
    }

    /// Says what it means that the library did not take an item.
    pub(super) fn refuse(&mut self, verdict: &Verdict, error: ImportError) {
        match error {
            ImportError::Changed(_) => self.end(verdict, Ending::Skipped(Reason::ChangedSincePlanned)),
            // Whoever took it in is told what came of that.
            ImportError::NotTaken { format, .. } if verdict.taken_in.is_none() => {
                self.refuses.insert(format);
                self.end(verdict, Ending::Skipped(Reason::Refused));
            }
            ImportError::Refused(_) | ImportError::NotTaken { .. } | ImportError::Source { .. } => {
                self.end(verdict, Ending::Failed(format!("{error}. It stays in the folder as it is")));
            }
            ImportError::DiskFull => {
                self.applied.stopped = Some(
                    "the disk of the library is full. What was imported so far is safe and recorded; make room, and the \
                     next sync continues"
                        .into(),
                );
            }
            ImportError::Library(error) => self.applied.stopped = Some(error.to_string()),
        }
    }

    /// Notes how an item ended.
    pub(super) fn end(&mut self, verdict: &Verdict, ending: Ending) {
        if let Ending::Failed(error) = &ending {
            let path = name(verdict, self.items);
            self.errand.progress.event(Event::Failed { path, error: error.clone() });
        }
        self.applied.bytes += verdict.size(&self.items[verdict.item as usize]);
        self.applied.endings.insert(verdict.file(), ending);
    }

    pub(super) fn advance(&self, verdict: &Verdict) {
        let bytes = verdict.size(&self.items[verdict.item as usize]);
        self.errand.progress.event(Event::Advance { phase: Phase::Importing, steps: 1, bytes });
    }

    pub(super) fn tell(&self, verdict: &Verdict) {
        tell(self.errand, verdict, &self.items[verdict.item as usize]);
    }
}

fn name(verdict: &Verdict, items: &[Item]) -> String {
    items[verdict.item as usize].files[usize::from(verdict.file)].path.display().to_string()
}

/// Says whose turn it is.
fn tell(errand: &Errand<'_>, verdict: &Verdict, item: &Item) {
    let file = &item.files[usize::from(verdict.file)];
    let (name, picture) = (file.path.display().to_string(), Picture::of_file(item.folder, file));
    errand.progress.event(Event::Current { name, picture });
}

/// Writes down what the library begins, and tells of it.
struct Begun<'g> {
    errand: &'g Errand<'g>,
    ledger: &'g mut Ledger,
    group: &'g [Parcel<'g>],
    intents: Vec<Intent>,
    entries: Vec<Option<JournalId>>,
    carried: Vec<bool>,
    /// What the ledger said, where it could not be written.
    failure: Option<LedgerError>,
}

impl Importer for Begun<'_> {
    fn begin(&mut self, ids: &[(usize, AssetId)]) -> Result<(), LibraryError> {
        for (at, id) in ids {
            self.intents[*at].asset = id.clone();
        }
        let intents: Vec<&Intent> = ids.iter().map(|(at, _)| &self.intents[*at]).collect();
        match self.ledger.begin_imports(self.errand.run, self.errand.library_id, &intents) {
            Ok(entries) => {
                ids.iter().zip(entries).for_each(|((at, _), entry)| self.entries[*at] = Some(entry));
                Ok(())
            }
            Err(error) => {
                let words = error.to_string();
                self.failure = Some(error);
                Err(LibraryError::Failed { what: "the import was not begun".into(), source: words.into() })
            }
        }
    }

    fn next(&mut self, asset: usize) -> bool {
        if self.errand.cancel.is_cancelled() {
            return false;
        }
        let Parcel { verdict, item, .. } = &self.group[asset];
        tell(self.errand, verdict, item);
        let bytes = verdict.size(item);
        self.errand.progress.event(Event::Advance { phase: Phase::Importing, steps: 1, bytes });
        self.carried[asset] = true;
        true
    }
}

impl Parcel<'_> {
    /// It as an asset that a library may take.
    fn asset(&self) -> NewAsset<'_> {
        let first = self.sent[0].file;
        let header = first.header.as_deref();
        NewAsset {
            kind: self.kind,
            resources: self.sent.iter().map(|sent| sent.resource(sent.role)).collect(),
            captured: self.item.taken(first).map(|(time, _)| time),
            written: captured(first),
            pixels: header.and_then(|header| header.pixels),
            orientation: header.and_then(|header| header.orientation),
            camera: header.and_then(|header| header.camera.as_deref()),
            duration_ms: header.and_then(|header| header.duration_ms),
            details: self.details.clone(),
            albums: &self.albums,
            added: self.added,
        }
    }

    /// What the journal is to know of it.
    fn intent(&self, asset: AssetId) -> Intent {
        let first = self.sent[0].file;
        let own = || first.header.as_deref().and_then(|header| header.content_identifier.clone());
        Intent {
            whole: self.whole.as_ref().map(|(whole, _)| (whole.to_string(), first.stamp.size)),
            asset,
            folder: self.item.folder.0,
            kind: self.kind,
            captured: captured(first),
            content_identifier: self.whole.as_ref().map(|(_, identifier)| identifier.clone()).or_else(own),
            files: (self.sent.iter())
                .map(|sent| (sent.role, Intent::path_bytes(&sent.file.path), sent.local.stamp.size))
                .collect(),
            taken_in: self.verdict.taken_in.map(|fingerprint| fingerprint.to_string()),
            apart: matches!(self.verdict.evidence, Some(Evidence::Asset(_, rung)) if rung.is_of_other_bytes()),
            told: self.item.archived.as_deref().is_some_and(|archived| archived.photo.is_some()),
            joins: None,
        }
    }

    /// What was sent, with what the library read of it.
    fn brought(&self, fingerprints: &[Fingerprint]) -> Vec<(ResourceRole, Fingerprint, u64)> {
        let sent = self.sent.iter().zip(fingerprints);
        sent.map(|(sent, fingerprint)| (sent.role, *fingerprint, sent.local.stamp.size)).collect()
    }

    /// What is known of its files now that they were read.
    fn learned(&self, errand: &Errand<'_>, fingerprints: &[Fingerprint]) -> Vec<CachedFact> {
        let of_whole = self.whole.iter().map(|(whole, _)| (self.sent[0].file, *whole));
        let made = if self.whole.is_some() { 2 } else { 0 };
        let others = self.sent.iter().zip(fingerprints).skip(made).map(|(sent, bytes)| (sent.file, *bytes));
        learned(errand, of_whole.chain(others))
    }
}

/// What is known of files now that they were read.
pub(super) fn learned<'f>(
    errand: &Errand<'_>,
    files: impl Iterator<Item = (&'f ItemFile, Fingerprint)>,
) -> Vec<CachedFact> {
    let rested = files.filter(|(file, _)| !changed_within(&file.stamp, (errand.clock)(), RACY));
    let fact = |(file, fingerprint): (&ItemFile, Fingerprint)| CachedFact {
        path: file.path.clone(),
        stamp: file.stamp,
        fingerprint: Some(fingerprint),
        header: file.header_in_the_bytes(),
        sample: None,
    };
    rested.map(fact).collect()
}

pub(super) fn captured(file: &ItemFile) -> Option<CaptureTime> {
    file.header.as_deref()?.captured.map(|(time, _)| time)
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
