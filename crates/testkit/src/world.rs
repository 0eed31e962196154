//! A folder and a library without a disk: answers matching's questions, counts them, and can apply a plan to itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use photobridge_core::asset::{Asset, AssetId, ResourceRef, ResourceRole};
use photobridge_core::export::{Export, Range};
use photobridge_core::fingerprint::{Fingerprint, PairIdentity};
use photobridge_core::item::{FileRef, FolderId, Item};
use photobridge_core::library::Properties;
use photobridge_core::matching::{
    self, Absence, Answer, Beginning, Facts, Matched, Outcome, Outward, PictureOf, Questions, Relation, Sides,
};
use photobridge_core::memory::{AgreedFile, Agreement, Decision, Edit, Held, Memory, Origin};
use photobridge_core::plan::{self, ExportFate, ExportVerdict, Fate, OutgoingFile, Plan, Rules, Verdict};
use photobridge_core::reason::Reason;
use photobridge_core::run::MotionPhotos;
use photobridge_media::{Glance, History, PictureDigest, Seen};

use crate::book::Book;
use crate::make::{self, Library, Source};

/// Both sides, what is remembered of them, and the settings.
#[derive(Clone)]
pub struct World {
    /// The folder.
    pub items: Vec<Source>,
    /// The library.
    pub assets: Vec<Library>,
    /// The ledger.
    pub book: Book,
    /// Whether the ledger's assets are of this library.
    pub same_library: bool,
    /// Whether bytes that were read in one run are known in the next.
    pub caches: bool,
    /// The settings.
    pub rules: Rules,
    /// What the library held when the baseline was set.
    pub held: Held,
    /// What is asked of the way into folder 1; nothing where none goes out.
    pub export: Option<Export>,
    /// What lies in folder 1 besides items.
    pub others: Vec<PathBuf>,
    /// Whether files there keep the names that they have.
    pub keeps_names: bool,
    /// What can be seen of bytes: of all others nothing.
    pub sights: BTreeMap<Vec<u8>, Sight>,
    /// What motion photos would be as Live Photos.
    pub pairs: BTreeMap<Vec<u8>, PairIdentity>,
    read: Vec<Vec<u8>>,
    imported: usize,
}

impl Default for World {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let library = Properties {
            writable: true,
            fetches: false,
            fingerprints: true,
            sees_hidden: true,
            sees_trashed: true,
            removes: false,
            fed_by_icloud: false,
            joins: false,
            at_once: false,
        };
        let rules = Rules {
            now: make::now(),
            settle: Duration::from_secs(10),
            other_half: hours(24),
            icloud: hours(24),
            imports: true,
            joins: false,
            motion_photos: MotionPhotos::default(),
            library,
            refuses: BTreeSet::new(),
            only: None,
        };
        Self {
            items: Vec::new(),
            assets: Default::default(),
            book: Book::default(),
            same_library: true,
            caches: false,
            rules,
            held: Held::default(),
            export: None,
            others: Vec::new(),
            keeps_names: false,
            sights: BTreeMap::new(),
            pairs: BTreeMap::new(),
            read: Vec::new(),
            imported: 0,
        }
    }
}

impl fmt::Debug for World {
    /// A line for every item and asset, so that a failing property can be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &Option<Vec<u8>>| {
            bytes.as_ref().map_or_else(|| "-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        for source in &self.items {
            write!(f, "\n  item")?;
            for (file, bytes) in source.item.files.iter().zip(&source.bytes) {
                let header = file.header.as_deref();
                let time = header.and_then(|header| header.captured).map(|(time, source)| format!("{time} {source:?}"));
                let said = header.map(|header| {
                    (header.pixels, header.camera.as_deref(), header.content_identifier.as_deref(), &header.truncated)
                });
                let shown = file.path.display();
                write!(
                    f,
                    " {shown}={} {time:?} {said:?} {:?} {};",
                    text(bytes),
                    file.trouble,
                    file.excluded.is_some()
                )?;
            }
        }
        for Library { asset, bytes } in &self.assets {
            let Asset { id, original_name, captured, pixels, camera, standing, .. } = asset;
            let time = captured.map(|time| time.to_string());
            write!(f, "\n  asset {id} {original_name} {time:?} {pixels:?} {camera:?} trashed: {}", standing.trashed)?;
            for (resource, bytes) in asset.resources.iter().zip(bytes) {
                let known = resource.fingerprint.is_some();
                write!(f, "; {:?}={} {:?} known: {known}", resource.role, text(bytes), resource.size)?;
            }
        }
        write!(f, "\n  {:?}\n  caches: {} {:?}", self.book, self.caches, self.rules.library)
    }
}

/// What can be seen of a picture.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    shows: Option<u8>,
    coded: Option<u8>,
    moves: bool,
    software: String,
}

impl Sight {
    fn seen(&self) -> Option<Seen> {
        let glance = self.shows.and_then(|level| Glance::from_bytes(&[&[0][..], &vec![level; 32 * 32 * 3]].concat()));
        let history = Some(History(self.software.as_str().into()));
        (glance.is_some() || self.moves).then_some(Seen { glance, history, moves: Some(self.moves) })
    }
}

/// What one look at the world came to.
#[derive(Debug)]
pub struct Run {
    /// The plan.
    pub plan: Plan,
    /// What matching said.
    pub matched: Matched,
    /// What was known in the end.
    pub facts: Facts,
    /// Every file that was asked for, by path, in the order of asking.
    pub asked: Vec<String>,
    /// Every resource that was asked for, by asset and role.
    pub asked_resources: Vec<(String, ResourceRole)>,
    /// How often matching asked before it answered.
    pub rounds: usize,
    /// The items, for speaking of them by path.
    pub items: Vec<Item>,
    /// The assets, for speaking of them by id.
    pub assets: Vec<Asset>,
}

impl Run {
    /// The verdict on the file at this path: its own, or that of its item.
    pub fn verdict(&self, path: &str) -> &Verdict {
        let of_item = |item: &Item| item.files.iter().position(|file| file.path.as_os_str() == path);
        let mut items = (0..).zip(&self.items);
        let (item, file) = items.find_map(|(at, item)| Some((at, of_item(item)?))).expect("no file has this path");
        let verdict_on = |file: u16| self.plan.verdicts.iter().find(|verdict| verdict.file() == FileRef { item, file });
        verdict_on(file as u16).or_else(|| verdict_on(0)).expect("every item has a verdict")
    }

    /// Why the file at this path is skipped; `None` where it is imported. Failing is no skipping.
    pub fn reason(&self, path: &str) -> Option<Reason> {
        match &self.verdict(path).fate {
            Fate::Skip(reason) => Some(*reason),
            Fate::Import(_) => None,
            Fate::Fail(why) => panic!("{path} fails: {why}"),
        }
    }

    /// Where the files of this asset go, in their order; or why it stays.
    pub fn departure(&self, id: &str) -> Result<Vec<String>, Reason> {
        let at = self.assets.iter().position(|asset| &*asset.id.0 == id).expect("no asset has this id");
        let of_asset = |verdict: &&ExportVerdict| verdict.asset as usize == at && verdict.resource.is_none();
        match &self.plan.exports.iter().find(of_asset).expect("every asset has a verdict").fate {
            ExportFate::Skip(reason) => Err(*reason),
            ExportFate::Fail(why) => panic!("{id} fails: {why}"),
            ExportFate::Export(out) => {
                let path = |file: &OutgoingFile| out.directory.join(&file.name).to_string_lossy().into_owned();
                Ok(out.files.iter().map(path).collect())
            }
        }
    }

    /// The other names that files get, as `from -> to`, where this asset goes.
    pub fn renames(&self, id: &str) -> Vec<String> {
        let of_asset = self.plan.departures().filter(|(verdict, _)| &*self.assets[verdict.asset as usize].id.0 == id);
        let renames = of_asset.flat_map(|(_, out)| &out.renames);
        renames.map(|rename| format!("{} -> {}", rename.from, rename.to)).collect()
    }

    /// Why the file with this role of this asset stays, where that has a verdict of its own.
    pub fn stays(&self, id: &str, role: ResourceRole) -> Option<Reason> {
        let is_it = |verdict: &&ExportVerdict| {
            let asset = &self.assets[verdict.asset as usize];
            &*asset.id.0 == id && verdict.resource.is_some_and(|at| asset.resources[usize::from(at)].role == role)
        };
        match self.plan.exports.iter().find(is_it)?.fate {
            ExportFate::Skip(reason) => Some(reason),
            _ => None,
        }
    }

    /// The files that are imported, as `path` or `path + companion`, in the order of the items.
    pub fn imports(&self) -> Vec<String> {
        let import = |verdict: &Verdict| match &verdict.fate {
            Fate::Import(files) => {
                let item = &self.items[verdict.item as usize];
                let paths: Vec<String> =
                    files.iter().map(|at| item.files[usize::from(*at)].path.to_string_lossy().into_owned()).collect();
                Some(paths.join(" + "))
            }
            _ => None,
        };
        self.plan.verdicts.iter().filter_map(import).collect()
    }

    /// Every verdict by folder and path, whatever the order of the items.
    pub fn by_path(&self) -> BTreeMap<(i64, String), Fate> {
        let entry = |verdict: &Verdict| {
            let item = &self.items[verdict.item as usize];
            let file = &item.files[usize::from(verdict.file)];
            ((item.folder.0, file.path.display().to_string()), verdict.fate.clone())
        };
        self.plan.verdicts.iter().map(entry).collect()
    }
}

impl World {
    /// A world with these items and assets, and nothing remembered.
    pub fn of(items: impl IntoIterator<Item = Source>, assets: impl IntoIterator<Item = Library>) -> Self {
        Self { items: items.into_iter().collect(), assets: assets.into_iter().collect(), ..Self::default() }
    }

    /// A person says something of the bytes of a photo.
    pub fn decide(mut self, bytes: &str, decision: Decision) -> Self {
        self.book.decide(bytes.as_bytes(), decision);
        self
    }

    /// These bytes show a plain picture of this level of grey: the larger the difference, the further two are apart.
    pub fn shows(mut self, bytes: &str, level: u8) -> Self {
        self.sights.entry(bytes.into()).or_default().shows = Some(level);
        self
    }

    /// The picture in these bytes is coded in this way, whatever else they hold.
    pub fn coded(mut self, bytes: &str, coded: u8) -> Self {
        self.sights.entry(bytes.into()).or_default().coded = Some(coded);
        self
    }

    /// A movie stands behind the picture in these bytes.
    pub fn moves(mut self, bytes: &str) -> Self {
        self.sights.entry(bytes.into()).or_default().moves = true;
        self
    }

    /// These bytes are a motion photo, which would be these two files as a Live Photo.
    pub fn splits(mut self, bytes: &str, still: &str, movie: &str) -> Self {
        let [still, movie] = [still, movie].map(|half| Fingerprint::of(half.as_bytes()));
        self.pairs.insert(bytes.into(), PairIdentity { still, movie });
        self
    }

    /// This program wrote these bytes.
    pub fn written_by(mut self, bytes: &str, program: &str) -> Self {
        self.sights.entry(bytes.into()).or_default().software = program.into();
        self
    }

    fn sight(&self, picture: PictureOf) -> Sight {
        let bytes = match picture {
            PictureOf::File(FileRef { item, file }) => &self.items[item as usize].bytes[usize::from(file)],
            PictureOf::Resource(ResourceRef { asset, resource }) => {
                &self.assets[asset as usize].bytes[usize::from(resource)]
            }
        };
        bytes.as_ref().and_then(|bytes| self.sights.get(bytes)).cloned().unwrap_or_default()
    }

    /// The item was this asset in an earlier run.
    pub fn linked(mut self, item: &Source, asset: &str) -> Self {
        let files = (0..item.item.files.len() as u16).collect::<Vec<_>>();
        self.book.agree(&agreement(item, &files, AssetId(asset.into()), Origin::Both));
        self
    }

    /// The asset went out as these files in an earlier run, of which the first stands for it.
    pub fn exported(mut self, item: &Source, asset: &str) -> Self {
        let agreed = agreement(item, &[], AssetId(asset.into()), Origin::Library);
        let files = item.item.files.iter().zip(&item.bytes).filter_map(|(file, bytes)| {
            let fingerprint = Fingerprint::of(bytes.as_ref()?);
            Some(AgreedFile { role: file.role, path: file.path.clone(), fingerprint, size: file.stamp.size })
        });
        let files: Vec<AgreedFile> = files.collect();
        let is_edit = files.iter().any(|file| file.role.is_render());
        let holder = self.assets.iter().map(|entry| &entry.asset).find(|entry| is_edit && &*entry.id.0 == asset);
        let render = holder.and_then(Asset::render).and_then(|render| render.fingerprint);
        let edit = holder.map_or(Edit::None, |holder| Edit::of(holder, render));
        self.book.agree(&Agreement { edit: Some(edit), files, ..agreed });
        self
    }

    /// The item went in as this asset in an earlier run.
    pub fn imported(mut self, item: &Source, asset: &str) -> Self {
        let files = (0..item.item.files.len() as u16).collect::<Vec<_>>();
        self.book.agree(&agreement(item, &files, AssetId(asset.into()), Origin::Folder));
        self
    }

    /// A folder is none of this run's.
    pub fn without_folder(mut self, folder: i64) -> Self {
        self.book.leave(FolderId(folder));
        self
    }

    /// Everything that the library holds is asked for, but for what this changes.
    pub fn exporting(mut self, change: impl FnOnce(&mut Export)) -> Self {
        let mut export = Export { range: Range::FullLibrary, ..Export::default() };
        change(&mut export);
        self.export = Some(export);
        self
    }

    /// Changes the settings.
    pub fn ruled(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(&mut self.rules);
        self
    }

    /// The library's assets.
    pub fn library(&self) -> Vec<Asset> {
        self.assets.iter().map(|entry| entry.asset.clone()).collect()
    }

    /// The folder's items.
    pub fn folder(&self) -> Vec<Item> {
        self.items.iter().map(|entry| entry.item.clone()).collect()
    }

    /// What the ledger remembers.
    pub fn memory(&self) -> Memory {
        let mut memory = self.book.memory(self.same_library);
        memory.held = self.held.clone();
        memory
    }

    /// Matches and plans, as a simulation does.
    pub fn look(&mut self) -> Run {
        let (items, assets, memory) = (self.folder(), self.library(), self.memory());
        let (export, others) = (self.export.clone(), self.others.clone());
        let outward = export.as_ref().map(|export| Outward {
            folder: FolderId(1),
            others: &others,
            unlisted: None,
            keeps_names: self.keeps_names,
            export,
        });
        let sides = Sides {
            items: &items,
            assets: &assets,
            albums: &[],
            memory: &memory,
            outward,
            fetches: self.rules.library.fetches,
        };
        let mut facts = self.cached();
        let mut run = (Vec::new(), Vec::new());
        for rounds in 0..=matching::ROUNDS {
            match matching::compare(sides, &facts, rounds == matching::ROUNDS) {
                Outcome::Questions(questions) => self.answer(&questions, &mut facts, &mut run),
                Outcome::Matched(matched) => {
                    let plan = plan::plan(sides, &facts, &matched, &self.rules);
                    let (asked, asked_resources) = run;
                    return Run { plan, matched, facts, asked, asked_resources, rounds, items, assets };
                }
            }
        }
        panic!("the last round must answer")
    }

    fn cached(&self) -> Facts {
        let mut facts = Facts::default();
        if !self.caches {
            return facts;
        }
        for (item, source) in self.items.iter().enumerate() {
            for (file, bytes) in source.bytes.iter().enumerate() {
                if let Some(bytes) = bytes.as_ref().filter(|bytes| self.read.contains(bytes)) {
                    let file = FileRef { item: item as u32, file: file as u16 };
                    facts.files.insert(file, Answer::Fingerprint(Fingerprint::of(bytes)));
                }
            }
        }
        facts
    }

    fn answer(
        &mut self,
        questions: &Questions,
        facts: &mut Facts,
        (asked, asked_resources): &mut (Vec<String>, Vec<(String, ResourceRole)>),
    ) {
        let answer = |bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => Answer::Fingerprint(Fingerprint::of(bytes)),
            None => Answer::Unavailable("the disk does not answer".into()),
        };
        for file in &questions.files {
            let source = &self.items[file.item as usize];
            asked.push(source.item.files[usize::from(file.file)].path.to_string_lossy().into_owned());
            let bytes = &source.bytes[usize::from(file.file)];
            self.read.extend(bytes.clone());
            facts.files.insert(*file, answer(bytes));
        }
        for resource in &questions.resources {
            let ResourceRef { asset, resource: at } = *resource;
            let entry = &self.assets[asset as usize];
            asked_resources.push((entry.asset.id.to_string(), entry.asset.resources[usize::from(at)].role));
            facts.resources.insert(*resource, answer(&entry.bytes[usize::from(at)]));
        }
        for file in &questions.pairs {
            let bytes = &self.items[file.item as usize].bytes[usize::from(file.file)];
            facts.files.insert(*file, answer(bytes));
            facts.pairs.insert(*file, bytes.as_ref().and_then(|bytes| self.pairs.get(bytes)).copied());
        }
        for resource in &questions.wholes {
            let bytes = &self.assets[resource.asset as usize].bytes[usize::from(resource.resource)];
            facts.wholes.insert(*resource, bytes.as_ref().and_then(|bytes| self.pairs.get(bytes)).copied());
        }
        for beginning in &questions.beginnings {
            let Beginning { file, resource } = *beginning;
            let of_folder = &self.items[file.item as usize].bytes[usize::from(file.file)];
            let of_library = &self.assets[resource.asset as usize].bytes[usize::from(resource.resource)];
            let both = of_folder.as_ref().zip(of_library.as_ref());
            let is_one = both.is_some_and(|(one, other)| one.starts_with(other) || other.starts_with(one));
            facts.beginnings.insert(*beginning, Ok(is_one));
        }
        for picture in &questions.pictures {
            let coded = self.sight(*picture).coded;
            facts.pictures.insert(*picture, coded.map(|coded| PictureDigest::from_bytes([coded; 20])));
        }
        for picture in &questions.looks {
            facts.looks.insert(*picture, self.sight(*picture).seen());
        }
    }

    /// Looks, remembers every match and applies the plan, as a sync does.
    pub fn sync(&mut self) -> Run {
        let run = self.look();
        let agreements: Vec<Agreement> = (self.items.iter().zip(&run.matched.relations))
            .enumerate()
            .filter_map(|(item, (source, relation))| {
                let Relation::Held { asset, .. } = relation else { return None };
                source.bytes[0].as_ref()?;
                let asset = &self.assets[*asset as usize].asset;
                let absence = |file: u16| run.matched.absent.get(&FileRef { item: item as u32, file });
                let is_said_only = |absence: &Absence| matches!(absence, Absence::Unproven | Absence::Lost);
                let is_absent = |file: u16| absence(file).is_some_and(|absence| !is_said_only(absence));
                let has = |file: u16| asset.resource(source.item.files[usize::from(file)].role).is_some();
                let is_shared = |file: &u16| *file == 0 || (has(*file) && !is_absent(*file));
                let files: Vec<u16> = (0..source.item.files.len() as u16).filter(is_shared).collect();
                let mut agreement = agreement(source, &files, asset.id.clone(), Origin::Both);
                if let Some(part) = run.matched.parts.get(&FileRef { item: item as u32, file: 0 }) {
                    agreement.files.first_mut()?.role = asset.resources[usize::from(part.resource)].role;
                }
                Some(agreement)
            })
            .collect();
        let parts = run.matched.parts.iter().filter(|(file, _)| file.file > 0).filter_map(|(file, resource)| {
            let (source, holder) = (&self.items[file.item as usize], &self.assets[resource.asset as usize].asset);
            let mut agreement = agreement(source, &[file.file], holder.id.clone(), Origin::Both);
            agreement.files.first_mut()?.role = holder.resources[usize::from(resource.resource)].role;
            Some(Agreement { kind: holder.kind, content_identifier: None, ..agreement })
        });
        for agreement in agreements.into_iter().chain(parts) {
            self.book.agree(&agreement);
        }
        self.note_shown(&run);
        for verdict in run.plan.imports() {
            let Fate::Import(files) = &verdict.fate else { continue };
            let source = &self.items[verdict.item as usize];
            // The library refuses what cannot be read; the item fails and is looked at again.
            if files.iter().all(|file| source.bytes[usize::from(*file)].is_some()) {
                self.imported += 1;
                let entry = imported(source, files, self.imported, self.rules.library.fingerprints);
                self.book.agree(&agreement(source, files, entry.asset.id.clone(), Origin::Folder));
                self.assets.push(entry);
            }
        }
        run
    }

    fn note_shown(&mut self, run: &Run) {
        for (photo, file) in matching::shown_by_others(&run.assets, &run.facts, &run.matched.presences) {
            if let Some(bytes) = &self.items[file.item as usize].bytes[usize::from(file.file)] {
                self.book.note_shown(photo, Fingerprint::of(bytes));
            }
        }
    }
}

/// What sync remembers of an item and its asset, of these files.
fn agreement(source: &Source, files: &[u16], asset: AssetId, origin: Origin) -> Agreement {
    let item = &source.item;
    let agreed = files.iter().filter_map(|at| {
        let file = &item.files[usize::from(*at)];
        let fingerprint = Fingerprint::of(source.bytes[usize::from(*at)].as_ref()?);
        let original = file.role.is_original();
        original.then(|| AgreedFile { role: file.role, path: file.path.clone(), fingerprint, size: file.stamp.size })
    });
    Agreement {
        origin,
        kind: item.kind,
        captured: item.captured(),
        content_identifier: item.header().and_then(|header| header.content_identifier.clone()),
        folder: item.folder,
        files: agreed.collect(),
        made: Vec::new(),
        asset: Some(asset),
        edit: None,
        beside: None,
        apart: false,
        told: false,
    }
}

/// The asset that the embedded library makes of these files.
fn imported(source: &Source, files: &[u16], number: usize, fingerprints: bool) -> Library {
    let first = &source.item.files[usize::from(files[0])];
    let text = |at: u16| {
        let bytes = source.bytes[usize::from(at)].clone().expect("checked by the caller");
        String::from_utf8(bytes).expect("bytes of tests are text")
    };
    let name = make::name_of(&first.path);
    let mut entry = match first.role {
        ResourceRole::PairedVideo | ResourceRole::Video => make::video_asset(&name, &text(files[0])),
        _ => make::asset(&name, &text(files[0])),
    };
    for at in files[1..].iter().copied() {
        entry = entry.with(source.item.files[usize::from(at)].role, &text(at));
    }
    if let Some(header) = first.header.as_deref() {
        entry.asset.captured = header.captured.map(|(time, _)| time);
        entry.asset.pixels = header.pixels;
        entry.asset.current_pixels = header.pixels;
        entry.asset.camera = header.camera.clone();
    }
    let entry = entry.id(&format!("imported {number}"));
    if fingerprints { entry } else { entry.without_fingerprint() }
}
