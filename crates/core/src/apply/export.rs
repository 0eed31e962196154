//! Carries photos of the library into the folder: whole under a free name, or not at all.
//!
//! Many at once, since a disk's answer costs more than a photo: the journal names every part before it is written; the
//! parts are written, checked and brought to the disk; the journal learns their bytes; they get their names; the ledger
//! records them. Stop anywhere, and the next run finishes what has all its bytes and removes the rest.

mod motion;
mod parts;
mod placing;
mod recovery;
mod renames;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use photobridge_media::header::Header;

use parts::bring_to_disk;
use placing::Arrived;
pub use recovery::recover;
use renames::Renames;

use super::{Applied, Ending, TOGETHER, TOGETHER_BYTES};
use crate::asset::{Asset, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::dates::Held;
use crate::folder::place::{self, PlaceError, Written};
use crate::folder::{Folder, Ground, Properties};
use crate::item::{CachedFact, FolderId, Stamp};
use crate::ledger::{
    ConcludedExport, ExportIntent, IntendedFile, IntendedRename, Intent, JournalId, Ledger, LedgerError, LibraryId,
};
use crate::library::Library;
use crate::matching::Facts;
use crate::memory::{AgreedFile, Agreement, Edit, MadeFile, Origin};
use crate::plan::{ExportVerdict, Outgoing, OutgoingFile, Payload, Plan, Rename};
use crate::progress::{Cancel, Event, Phase, Progress};
use crate::run::RunId;

/// Whose plan is carried out, and where to.
pub struct Departure<'a> {
    /// The run that acts.
    pub run: RunId,
    /// The ledger's number of the library.
    pub library_id: LibraryId,
    /// The ledger's number of the folder.
    pub folder: FolderId,
    /// The folder itself.
    pub to: &'a dyn Folder,
    /// Where our own files lie.
    pub data: &'a Path,
    /// The directory that was looked at.
    pub ground: Ground,
    /// Directories of it that were disks of their own then.
    pub disks: &'a BTreeSet<PathBuf>,
    /// What can be expected of it.
    pub properties: Properties,
    /// What the library held.
    pub assets: &'a [Asset],
    /// What is known of bytes.
    pub facts: &'a Facts,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a Cancel,
}

/// Exports what the plan says. An error here is the ledger's: nothing more can be done safely.
pub fn export(
    plan: &Plan,
    departure: &Departure<'_>,
    library: &mut dyn Library,
    ledger: &mut Ledger,
    applied: &mut Applied,
) -> Result<(), LedgerError> {
    let going: Vec<(&ExportVerdict, &Outgoing)> = plan.departures().collect();
    let (steps, bytes) =
        (Some(going.len() as u64), going.iter().map(|(verdict, out)| size(departure, verdict, out)).sum());
    departure.progress.event(Event::Begin { phase: Phase::Exporting, steps, bytes: Some(bytes) });
    let mut rest = &going[..];
    while !rest.is_empty() && !departure.cancel.is_cancelled() && applied.stopped.is_none() {
        let (batch, later) = rest.split_at(batch_length(departure, rest));
        rest = later;
        Batch { departure, library: &mut *library, ledger: &mut *ledger, applied: &mut *applied }.run(batch)?;
    }
    departure.progress.event(Event::End(Phase::Exporting));
    Ok(())
}

impl Departure<'_> {
    /// Why nothing goes on, if another directory lies where the one that was looked at lay, or where a disk within it was.
    fn gone(&self) -> Option<String> {
        let own = || self.disks.iter().find(|disk| !self.to.is_disk(disk)).map(PathBuf::as_path);
        let gone = match self.to.ground() {
            Ok(now) if now == self.ground => self.to.place().join(own()?),
            Err(error) if self.properties.uploads => {
                return Some(format!(
                    "the folder {} cannot be reached any more: {error}. Nothing more was sent there; the next sync goes on",
                    self.to.place().display()
                ));
            }
            _ => self.to.place().to_owned(),
        };
        Some(format!(
            "the folder {} has been replaced since it was checked. Nothing more was written there. Check that its disk is \
             connected",
            gone.display()
        ))
    }
}

fn size(departure: &Departure<'_>, verdict: &ExportVerdict, out: &Outgoing) -> u64 {
    out.size(&departure.assets[verdict.asset as usize])
}

fn batch_length(departure: &Departure<'_>, rest: &[(&ExportVerdict, &Outgoing)]) -> usize {
    let mut bytes = 0;
    let fits = |(verdict, out): &&(&ExportVerdict, &Outgoing)| {
        bytes += size(departure, verdict, out);
        bytes <= TOGETHER_BYTES
    };
    rest.iter().take(TOGETHER).take_while(fits).count().max(1)
}

struct Batch<'a> {
    departure: &'a Departure<'a>,
    library: &'a mut dyn Library,
    ledger: &'a mut Ledger,
    applied: &'a mut Applied,
}

/// What is known of a part before it has its name.
struct Said {
    header: Box<Header>,
    stamp: Option<Stamp>,
    /// A sample of its bytes, where its disk needs one.
    sample: Option<i64>,
}

/// One photo on its way.
struct Parcel<'a> {
    verdict: &'a ExportVerdict,
    out: &'a Outgoing,
    asset: &'a Asset,
    entry: JournalId,
    intent: ExportIntent,
    /// What was written of its files, each with what its bytes say; as long as nothing went wrong.
    written: Vec<(Written<'a>, Said)>,
    ending: Option<Ending>,
}

impl Parcel<'_> {
    /// The path below the folder that one of its files is to have.
    fn path(&self, at: usize) -> PathBuf {
        self.out.directory.join(&self.intent.files[at].name)
    }
}

impl<'a> Batch<'a> {
    fn run(&mut self, batch: &[(&'a ExportVerdict, &'a Outgoing)]) -> Result<(), LedgerError> {
        let intents: Vec<ExportIntent> = batch.iter().map(|(verdict, out)| self.intent(verdict, out)).collect();
        let Departure { run, library_id, assets, .. } = *self.departure;
        let entries = self.ledger.begin_exports(run, library_id, &intents)?;
        let mut parcels: Vec<Parcel<'_>> = (batch.iter().zip(entries).zip(intents))
            .map(|(((verdict, out), entry), intent)| {
                let asset = &assets[verdict.asset as usize];
                Parcel { verdict, out, asset, entry, intent, written: Vec::new(), ending: None }
            })
            .collect();
        for parcel in &mut parcels {
            if !self.write(parcel) {
                break;
            }
        }
        let synced = bring_to_disk(&mut parcels);
        let whole: Vec<(JournalId, &ExportIntent)> = (parcels.iter().zip(&synced))
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(p, _)| (p.entry, &p.intent))
            .collect();
        self.ledger.parts_are_whole(&whole)?;
        if let Some(why) = self.departure.properties.uploads.then(|| self.departure.gone()).flatten() {
            self.applied.stopped.get_or_insert(why);
            return Ok(());
        }
        let placed = self.departure.place(&mut parcels, synced, &mut self.applied.stopped);
        let arrived = parcels.iter().zip(&placed).filter(|(_, arrived)| !arrived.is_empty());
        let directories: Vec<&Path> = arrived.map(|(parcel, _)| parcel.out.directory.as_path()).collect();
        let synced = self.departure.to.sync_directories(&directories);
        let synced = synced.map_err(|error| PlaceError::of(self.departure.to, Path::new(""), error).to_string());
        parcels.iter().zip(&placed).for_each(|(parcel, arrived)| self.see_dates(parcel.asset, arrived));
        if let Some(why) = self.departure.gone().or(synced.err()) {
            self.applied.stopped.get_or_insert(why);
            // The entries stay open: the next run looks again.
            return Ok(());
        }
        let (uploading, done): (Vec<_>, Vec<_>) = (parcels.iter_mut().zip(placed))
            .partition(|(_, arrived)| self.departure.properties.cache.is_some() && !arrived.is_empty());
        self.leave_open(uploading)?;
        let concluded: Vec<ConcludedExport> =
            done.into_iter().map(|(parcel, arrived)| self.conclude(parcel, arrived)).collect();
        self.ledger.conclude_exports(run, library_id, &concluded)?;
        self.ledger.cache_pictures(&motion::pairs(&concluded))?;
        for parcel in parcels {
            let Some(ending) = parcel.ending else { continue };
            if let Ending::Failed(error) = &ending {
                let path = parcel.asset.original_name.to_string();
                self.departure.progress.event(Event::Failed { path, error: error.clone() });
            }
            if ending == Ending::Exported {
                self.applied.bytes += size(self.departure, parcel.verdict, parcel.out);
            }
            self.applied.exported.insert(parcel.verdict.asset, ending);
        }
        Ok(())
    }

    /// What may lie in a cache only is not exported yet: its entry stays open, and the next run reads it back.
    fn leave_open(&mut self, uploading: Vec<(&mut Parcel<'_>, Vec<Arrived>)>) -> Result<(), LedgerError> {
        self.applied.on_their_way += uploading.len() as u64;
        let mut entries = Vec::with_capacity(uploading.len());
        for (parcel, arrived) in uploading {
            arrived.iter().for_each(|file| parcel.intent.files[file.at].adopted = !file.is_ours);
            entries.push((parcel.entry, &parcel.intent));
        }
        self.ledger.parts_are_whole(&entries)
    }

    fn intent(&self, verdict: &ExportVerdict, out: &Outgoing) -> ExportIntent {
        let asset = &self.departure.assets[verdict.asset as usize];
        let file = |file: &OutgoingFile| IntendedFile {
            role: role(asset, file.payload),
            part: place::part_name(),
            name: file.name.clone(),
            written: None,
            adopted: false,
        };
        let rename = |Rename { from, to, bytes }: &Rename| IntendedRename {
            from: from.clone(),
            to: to.clone(),
            written: bytes.to_string(),
        };
        ExportIntent {
            asset: asset.id.clone(),
            folder: self.departure.folder.0,
            kind: asset.kind,
            captured: asset.taken(),
            dated: taken(asset),
            directory: Intent::path_bytes(&out.directory),
            files: out.files.iter().map(file).collect(),
            renames: out.renames.iter().map(rename).collect(),
            beside: out.beside.map(|bytes| bytes.to_string()),
            edit: out.edit.map(|edit| match edit {
                Edit::None => (false, None),
                Edit::Edited(render) => (true, render.map(|bytes| bytes.to_string())),
            }),
            taken_in: verdict.taken_in.map(|fingerprint| fingerprint.to_string()),
            made: Vec::new(),
        }
    }

    /// Counts a photo whose files do not hold when it was taken.
    fn see_dates(&mut self, asset: &Asset, arrived: &[Arrived]) {
        let Some(taken) = taken(asset) else { return };
        let mut held = arrived.iter().filter(|file| file.is_ours).map(|file| Held::of(file.stamp.mtime, taken));
        match held.find(|held| *held != Held::AsTaken) {
            Some(Held::Earliest) => self.applied.misdated.earliest += 1,
            Some(_) => self.applied.misdated.otherwise += 1,
            None => {}
        }
    }

    /// What the ledger is to know of a photo, and that it is done with it.
    fn conclude(&self, parcel: &Parcel<'_>, arrived: Vec<Arrived>) -> ConcludedExport {
        let found = arrived.iter().map(|file| (file.at, Some(&*file.said.header)));
        let computed = |file: MadeFile| {
            let entry = parcel.asset.resource(file.role).filter(|_| file.role.is_picture())?;
            entry.fingerprint.is_none().then_some((file.role, entry.state))
        };
        let agreement = agreement(&parcel.intent, found);
        let files = agreement.iter().flat_map(Agreement::of_the_library);
        let path = |file: &Arrived| parcel.path(file.at);
        let fact = |file: &Arrived| {
            let (stamp, part) = (file.stamp, file.said.stamp?);
            // Somebody may have put another file there already: of that one nothing is known. Some disks give another inode
            // with the name.
            let is_it = stamp.is_near(&part) && (stamp.inode == part.inode || self.departure.properties.renumbers);
            let (fingerprint, _) = parcel.intent.files[file.at].written.as_ref().filter(|_| is_it)?;
            let header = Some(file.said.header.clone());
            let (fingerprint, sample) = (fingerprint.parse().ok(), file.said.sample);
            Some(CachedFact { path: path(file), stamp, fingerprint, header, sample })
        };
        ConcludedExport {
            entry: parcel.entry,
            folder: self.departure.folder,
            renamed: Renames::of(self.departure.to, &parcel.intent).done(),
            written: arrived.iter().filter_map(fact).collect(),
            adopted: arrived.iter().filter(|file| !file.is_ours).map(path).collect(),
            taken_in: parcel.verdict.taken_in,
            computed: files.filter_map(computed).collect(),
            agreement,
        }
    }
}

/// When the photo was taken, by which its files are dated.
fn taken(asset: &Asset) -> Option<Timestamp> {
    asset.captured.and_then(|time| time.instant_or_wall())
}

fn role(asset: &Asset, payload: Payload) -> ResourceRole {
    match payload {
        Payload::Resource(position) => asset.resources[usize::from(position)].role,
        Payload::Sidecar => ResourceRole::Sidecar,
    }
}

/// What is in the folder of an intended export: positions of its files, with what their bytes say.
fn agreement<'a>(intent: &ExportIntent, found: impl Iterator<Item = (usize, Option<&'a Header>)>) -> Option<Agreement> {
    let directory = intent.directory();
    let (mut files, mut captured, mut content_identifier) = (Vec::new(), None, None);
    for (at, header) in found {
        let file = &intent.files[at];
        let (text, size) = file.written.as_ref()?;
        let fingerprint: Fingerprint = text.parse().ok()?;
        if files.is_empty() {
            captured = header.and_then(|header| header.captured).map(|(time, _)| time);
            content_identifier = header.and_then(|header| header.content_identifier.clone());
        }
        files.push(AgreedFile { role: file.role, path: directory.join(&file.name), fingerprint, size: *size });
    }
    let made = intent
        .made
        .iter()
        .filter_map(|(role, text, size)| Some(MadeFile { role: *role, fingerprint: text.parse().ok()?, size: *size }));
    let made: Vec<MadeFile> = if files.is_empty() { Vec::new() } else { made.collect() };
    let edit = intent.edit.as_ref().map(|(edited, render)| {
        let render_of = |role: ResourceRole| role.is_render() && role.stands_for_its_asset();
        let of_library = made.iter().find(|made| render_of(made.role)).map(|made| made.fingerprint);
        let written = || files.iter().find(|file| file.role.is_render()).map(|file| file.fingerprint);
        let written = of_library.or_else(written);
        let known = render.as_ref().and_then(|text| text.parse().ok());
        if *edited { Edit::Edited(known.or(written)) } else { Edit::None }
    });
    (!files.is_empty()).then(|| Agreement {
        origin: Origin::Library,
        kind: intent.kind,
        captured: captured.or(intent.captured),
        content_identifier,
        folder: FolderId(intent.folder),
        files,
        made,
        asset: Some(intent.asset.clone()),
        edit,
        beside: intent.beside.as_ref().and_then(|text| text.parse().ok()),
        apart: false,
        told: false,
    })
}
