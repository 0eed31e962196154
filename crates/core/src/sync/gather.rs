//! Looks at both sides: walks the folders while the library is being listed and the ledger read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Kin, Look as Looks, Request, Seen, Session, SyncError, disks};
use crate::asset::{AssetId, ResourceRef, ResourceRole};
use crate::export::{Export, Range};
use crate::folder::archive::Archives;
use crate::folder::group::{Read, group};
use crate::folder::look::{self, Circumstances, Look, LookError};
use crate::folder::scan::{self, Scan, ScanError, Unlisted, scan_again};
use crate::folder::{Filter, Folder, FolderError, Ground, Source, many_at_once, names, overlap, packed, touched};
use crate::item::{CachedFact, FileRef, FolderId, Item, Stamp};
use crate::ledger::{Doubt, Ledger, LedgerError, LibraryId, ResourceFact};
use crate::library::{LibraryError, Snapshot};
use crate::matching::{Answer, Facts, Outward, Sides};
use crate::memory::{Gone, Memory};
use crate::notices;
use crate::run::{ArchivesInFolders, Command};

/// Both sides as they were found, with what is remembered and known.
pub(super) struct Found {
    pub(super) library_id: LibraryId,
    pub(super) folders: Vec<Source>,
    pub(super) items: Vec<Item>,
    pub(super) snapshot: Snapshot,
    pub(super) memory: Memory,
    pub(super) facts: Facts,
    pub(super) notices: Vec<String>,
    pub(super) opened: FxHashSet<u64>,
    pub(super) bytes_read: u64,
    /// What is asked of the way out, where there is one.
    pub(super) export: Option<Export>,
    /// What lies in the export folder besides items.
    pub(super) others: Vec<PathBuf>,
    /// Directories of the export folder that are disks of their own.
    pub(super) disks: BTreeSet<PathBuf>,
    /// Why some of what lies in the folders is unknown.
    pub(super) unlisted: Option<Box<str>>,
    /// Whether the library fetches what is only in iCloud.
    pub(super) fetches: bool,
    /// What is gone from either side, once the guard has looked, as far as a person knows of it.
    pub(super) gone: Gone,
    /// What lay in the folders, where that is asked for.
    pub(super) seen: Option<Seen>,
    /// Of folders that were not looked at as a whole the directories that were.
    pub(super) within: FxHashMap<FolderId, BTreeSet<PathBuf>>,
}

impl Found {
    pub(super) fn sides(&self) -> Sides<'_> {
        let outward = self.export.as_ref().zip(self.receiver()).map(|(export, folder)| Outward {
            folder: folder.id,
            others: &self.others,
            unlisted: self.unlisted.as_deref(),
            keeps_names: folder.folder.properties().keeps_names,
            export,
        });
        Sides {
            items: &self.items,
            assets: &self.snapshot.assets,
            albums: &self.snapshot.albums,
            memory: &self.memory,
            outward,
            fetches: self.fetches,
        }
    }

    /// What is known to lie where nobody could look is unreadable: it is neither deleted nor exported anew.
    fn take_unlisted(&mut self, at: usize, unlisted: &[Unlisted]) {
        let folder = &self.folders[at];
        let unseen = |path: &Path| unlisted.iter().find(|unlisted| path.starts_with(&unlisted.path));
        let paths = self.memory.paths(folder.id).filter_map(|path| {
            let (kind, _) = names::read(&path.file_name()?.to_string_lossy())?;
            let stamp = Stamp { size: 0, mtime: 0, ctime: 0, inode: 0 };
            let found = scan::Found { path: path.to_owned(), kind, stamp, trouble: Some(unseen(path)?.trouble()) };
            Some(Read { found, header: None, fingerprint: None })
        });
        let unseen = group(folder.id, paths.collect(), &Archives::default(), &folder.filter);
        self.items.extend(unseen.into_iter().map(|grouped| grouped.item));
        if let Some(first) = unlisted.first() {
            let shown = folder.place().join(&first.path);
            self.unlisted
                .get_or_insert_with(|| format!("{} could not be listed: {}", shown.display(), first.why).into());
        }
    }

    /// Whether every folder was looked at as a whole: only then something may count as gone.
    pub(super) fn is_whole(&self) -> bool {
        self.within.is_empty()
    }

    /// Whether all files of an item lie where this run looked.
    pub(super) fn is_looked_at(&self, item: u32) -> bool {
        let item = &self.items[item as usize];
        let lies_there = |directories: &BTreeSet<PathBuf>| {
            item.files.iter().all(|file| file.path.parent().is_some_and(|parent| directories.contains(parent)))
        };
        self.within.get(&item.folder).is_none_or(lies_there)
    }

    /// The numbers of the folders that are kept, and of those that only give.
    pub(super) fn kept_and_giving(&self) -> (Vec<FolderId>, Vec<FolderId>) {
        kept_and_giving(&self.folders)
    }

    /// The folders by their numbers.
    pub(super) fn folders(&self) -> FxHashMap<FolderId, &dyn Folder> {
        self.folders.iter().map(|source| (source.id, &*source.folder)).collect()
    }

    /// The folder that exports go to.
    pub(super) fn receiver(&self) -> Option<&Source> {
        self.folders.iter().find(|folder| folder.receives)
    }
}

/// What the ledger remembers, and, where only what is newer than the baseline goes out, what the library held at that.
fn memory(
    ledger: &Ledger,
    (kept, giving): (&[FolderId], &[FolderId]),
    library: LibraryId,
    request: &Request,
) -> Result<Memory, LedgerError> {
    let mut memory = ledger.memory(kept, giving, library)?;
    if request.mode.exports() && request.export.range == Range::GoingForward {
        memory.held = ledger.held(library)?;
    }
    Ok(memory)
}

fn kept_and_giving(folders: &[Source]) -> (Vec<FolderId>, Vec<FolderId>) {
    let (giving, kept): (Vec<&Source>, Vec<&Source>) =
        folders.iter().partition(|source| source.folder.properties().only_gives);
    let ids = |sources: Vec<&Source>| sources.into_iter().map(|source| source.id).collect();
    (ids(kept), ids(giving))
}

/// A folder of this run.
struct Looked {
    named: super::Source,
    receives: bool,
}

/// A folder of this run that is there.
type Placed = (Looked, Arc<dyn Folder>, Ground);

impl Session<'_> {
    /// The source folders, each with the ledger's number, and what is to be said of them.
    pub(super) fn folders(&mut self) -> Result<(Vec<Source>, Vec<String>), SyncError> {
        let mut placed: Vec<Placed> = Vec::new();
        let mut said = Vec::new();
        for looked in self.sources() {
            let failed = |error| ScanError::of(&looked.named.path, &error);
            let folder = self.folders.open(&looked.named.path).map_err(failed)?;
            let (place, only_gives) = (folder.place(), folder.properties().only_gives);
            if only_gives && looked.receives {
                return Err(SyncError::OnlyGives(place.to_owned()));
            }
            // Before anything is looked at: exports go to what was looked at, or nowhere.
            let ground = match folder.ground() {
                Err(FolderError::Gone)
                    if only_gives && self.ledger.folder_paths()?.iter().any(|known| known == place) =>
                {
                    said.push(notices::thrown_away(place));
                    continue;
                }
                ground => ground.map_err(failed)?,
            };
            self.keep_out(&*folder)?;
            if let Some((same, ..)) = placed.iter_mut().find(|(_, other, _)| other.place() == place && looked.receives)
            {
                same.receives = true;
                continue;
            }
            // Zips that lie in a folder are no photos of it.
            let is_shared =
                |other: &dyn Folder| !only_gives && !other.properties().only_gives && overlap(place, other.place());
            if let Some((_, other, _)) = placed.iter().find(|(_, other, _)| is_shared(&**other)) {
                return Err(SyncError::Overlap(place.to_owned(), other.place().to_owned()));
            }
            placed.push((looked, folder, ground));
        }
        if self.request.archives == ArchivesInFolders::Read && self.request.mode.imports() {
            let archives = self.archives_in(&placed);
            placed.extend(archives);
        }
        let mut folders = Vec::new();
        let places: Vec<PathBuf> = placed.iter().map(|(_, folder, _)| folder.place().to_owned()).collect();
        for (Looked { named, receives }, folder, ground) in placed {
            let id = self.recognise(&*folder, receives, &places, &mut said)?;
            let (album, filter) = (named.album, named.filter);
            let disks = self.ledger.disks(id)?;
            folders.push(Source { id, folder, ground, disks, album, filter, receives });
        }
        Ok((folders, said))
    }

    /// The archives that lie in these folders, each as one of its own.
    fn archives_in(&self, placed: &[Placed]) -> Vec<Placed> {
        let ours = self.ours();
        let is_read = |zip: &Path| placed.iter().any(|(_, other, _)| other.is_made_of(zip));
        let of_source = |(looked, folder, _): &Placed| -> Vec<Placed> {
            let super::Source { filter, .. } = &looked.named;
            if !(filter.images || filter.videos) {
                return Vec::new();
            }
            let places = packed::places(&**folder, (filter.recursive, &filter.exclude), &ours, &is_read);
            // One that is gone, or cannot be read now, is said to be left.
            let opened = places.into_iter().filter_map(|path| {
                let archive = self.folders.open(&path).ok().filter(|archive| archive.library_around().is_none())?;
                let ground = archive.ground().ok()?;
                let named = super::Source { path, ..looked.named.clone() };
                Some((Looked { named, receives: false }, archive, ground))
            });
            opened.collect()
        };
        placed.iter().flat_map(of_source).collect()
    }

    /// The ledger's number of the folder at a path. Where exports may go astray a person is asked.
    fn recognise(
        &mut self,
        folder: &dyn Folder,
        receives: bool,
        of_this_run: &[PathBuf],
        said: &mut Vec<String>,
    ) -> Result<FolderId, SyncError> {
        let path = folder.place();
        match self.request.kin.as_ref().filter(|_| receives) {
            Some(Kin::Another) => return Ok(self.ledger.is_another_folder(folder)?),
            Some(Kin::SameAs(other)) => {
                let there = self.folders.open(other);
                let other = there.map_or_else(|_| other.clone(), |there| there.place().to_owned());
                return self.ledger.is_same_folder(folder, &other)?.ok_or(SyncError::NoSuchFolder(other));
            }
            None => {}
        }
        let known = self.ledger.folder(folder, self.folders, of_this_run)?;
        said.extend(known.from.map(|from| notices::moved(path, &from)));
        if folder.properties().only_gives {
            return Ok(known.id);
        }
        match known.doubt {
            Some(doubt @ Doubt::Another { .. }) if receives => {
                return Err(SyncError::AnotherFolder { path: folder.named().to_owned(), doubt });
            }
            // Cards change, and a disk may be away: what one directory lacks was not deleted in another one.
            Some(doubt @ Doubt::Another { lacking, photos }) if lacking == photos && self.request.mode.exports() => {
                said.push(notices::another_source(folder.named(), &doubt));
                return Ok(self.ledger.own_folder(folder)?);
            }
            Some(doubt @ Doubt::MayBe { .. }) if receives => self.ask(path, doubt, said)?,
            _ => {}
        }
        Ok(known.id)
    }

    /// A sync asks which folder a new one is; a simulation tells that it would.
    fn ask(&self, path: &Path, doubt: Doubt, said: &mut Vec<String>) -> Result<(), SyncError> {
        let Doubt::MayBe { from, .. } = &doubt else { return Ok(()) };
        let asked = SyncError::WhichFolder { path: path.to_owned(), from: from.clone(), doubt };
        if self.request.command == Command::Sync {
            return Err(asked);
        }
        said.push(format!("a sync would ask: {asked}"));
        Ok(())
    }

    /// No folder of photos lies in a library or in what is ours.
    fn keep_out(&self, folder: &dyn Folder) -> Result<(), SyncError> {
        let place = folder.place();
        let around = |ours: &Path| self.place_of(ours).filter(|ours| place.starts_with(ours));
        if let Some(library) = folder.library_around() {
            return Err(SyncError::InsideLibrary(place.to_owned(), library));
        }
        if let Some(library) = around(&self.library.identity().path) {
            return Err(SyncError::Overlap(place.to_owned(), library));
        }
        around(&self.request.data).map_or(Ok(()), |data| Err(SyncError::InsideData(place.to_owned(), data)))
    }

    /// Where something lies whatever links lead to it, as far as it is there.
    pub(super) fn place_of(&self, path: &Path) -> Option<PathBuf> {
        self.folders.open(path).ok().map(|there| there.place().to_owned())
    }

    /// The source folders, and the one that exports go to if it is none of them: that is only looked at.
    fn sources(&self) -> Vec<Looked> {
        let exports = self.request.mode.exports();
        let target = self.request.export_folder.as_ref().filter(|_| exports);
        let mut sources: Vec<Looked> = (self.request.sources.iter().enumerate())
            .map(|(at, source)| Looked { named: source.clone(), receives: exports && target.is_none() && at == 0 })
            .collect();
        sources.extend(target.map(|path| Looked {
            named: super::Source { path: path.clone(), album: String::new(), filter: Filter::nothing() },
            receives: true,
        }));
        sources
    }

    /// Walks the folders while the library is being listed and the ledger read.
    pub(super) fn look_at_both(
        &mut self,
        (folders, said): (Vec<Source>, Vec<String>),
        library_id: LibraryId,
    ) -> Result<Found, SyncError> {
        let never_enter = self.ours();
        let ids: Vec<FolderId> = folders.iter().map(|folder| folder.id).collect();
        let (kept, giving) = kept_and_giving(&folders);
        let (library, ledger, progress, cancel) = (&mut *self.library, &mut *self.ledger, self.progress, self.cancel);
        let (clock, began, settle) = (self.clock, self.began, self.request.waits.settle);
        let within = folders.iter().map(|folder| match &self.request.look {
            Looks::Within(within) => within.of(folder),
            Looks::Whole | Looks::Watched => None,
        });
        let within: Vec<Option<(Scan, BTreeSet<PathBuf>)>> = within.collect();
        let (mut seen, mut left, mut on_disks) = (None, Vec::new(), BTreeSet::new());
        let (wanted, thorough) = (self.request.archives, self.request.thorough);
        let (snapshot, looks, memory) = std::thread::scope(|scope| {
            let listing = scope.spawn(move || library.snapshot(progress, cancel));
            let walking = scope.spawn(|| {
                let scans = folders.iter().zip(&within).map(|(folder, within)| match within {
                    Some((was, directories)) => {
                        scan_again(folder, was.clone(), directories, &never_enter, progress, cancel)
                    }
                    None => many_at_once(&*folder.folder, || scan::scan(folder, &never_enter, progress, cancel)),
                });
                scans.collect::<Result<Vec<_>, _>>()
            });
            let cached = |folder: &FolderId| if thorough { Ok(Vec::new()) } else { ledger.facts(*folder) };
            let caches: Result<Vec<_>, _> = ids.iter().map(cached).collect();
            let scans = walking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let with = Circumstances { walked: began..=clock(), settle, progress, cancel };
            let looks = caches.map_err(SyncError::from).and_then(|caches| {
                let mut scans = scans?;
                if !matches!(self.request.look, Looks::Whole) {
                    seen = Some(Seen::of(&folders, &scans));
                }
                for (folder, scan) in folders.iter().zip(&mut scans) {
                    left.extend(disks::know(ledger, folder, scan)?);
                    if folder.receives {
                        on_disks = scan.disks.clone();
                    }
                }
                let is_read = |zip: &Path| folders.iter().any(|other| other.folder.is_made_of(zip));
                let found = || folders.iter().zip(&scans);
                left.extend(
                    found().flat_map(|(folder, scan)| packed::notices(&*folder.folder, &scan.packed, &is_read, wanted)),
                );
                let found = folders.iter().zip(scans).zip(caches);
                let looks = found.map(|((folder, scan), mut cache)| -> Result<Look, LookError<LedgerError>> {
                    let again = touched::known_again(folder, &scan, &mut cache, &with);
                    ledger.note_touched(folder.id, &again.touched).map_err(LookError::Cache)?;
                    let mut learn = |facts: &[CachedFact]| ledger.cache(folder.id, facts);
                    let mut look =
                        many_at_once(&*folder.folder, || look::look(folder, scan, cache, &with, &mut learn))?;
                    look.opened.extend(again.opened);
                    look.bytes_read += again.bytes_read;
                    Ok(look)
                });
                Ok(looks.collect::<Result<Vec<Look>, _>>()?)
            });
            // After the looks: while files become items they need the room twice.
            let memory = memory(ledger, (&kept, &giving), library_id, self.request);
            let snapshot = listing.join().map_err(|_| LibraryError::Failed {
                what: "the library could not be listed".into(),
                source: "it panicked".into(),
            });
            (snapshot, looks, memory)
        });
        let within = folders.iter().zip(within).filter_map(|(folder, within)| Some((folder.id, within?.1))).collect();
        let mut found = Found {
            library_id,
            folders,
            seen,
            within,
            items: Vec::new(),
            snapshot: snapshot.map_err(SyncError::from)??,
            memory: memory?,
            facts: Facts::default(),
            notices: said,
            opened: FxHashSet::default(),
            bytes_read: 0,
            export: self.request.mode.exports().then(|| self.request.export.clone()),
            others: Vec::new(),
            disks: on_disks,
            unlisted: None,
            fetches: self.library.properties().fetches,
            gone: Gone::default(),
        };
        found.notices.append(&mut left);
        found.notices.append(&mut found.snapshot.warnings);
        for (at, look) in looks?.into_iter().enumerate() {
            self.take(&mut found, at, look)?;
        }
        if !thorough {
            self.recall_resources(&mut found)?;
            self.recall_pictures(&mut found)?;
        }
        Ok(found)
    }

    /// Adds one folder's look to what was found, and forgets the facts of what is gone.
    fn take(&mut self, found: &mut Found, at: usize, look: Look) -> Result<(), SyncError> {
        let folder = found.folders[at].id;
        let first = found.items.len() as u32;
        if first == 0 {
            // Most people have one folder: what may be 100,000 items need not be moved.
            found.items = look.items;
        } else {
            found.items.extend(look.items);
        }
        let known = look
            .known
            .into_iter()
            .map(|(file, fingerprint)| (FileRef { item: file.item + first, ..file }, Answer::Fingerprint(fingerprint)));
        found.facts.files.extend(known);
        found.take_unlisted(at, &look.unlisted);
        found.notices.extend(look.notices);
        found.others.extend(look.others);
        found.opened.extend(look.opened);
        found.bytes_read += look.bytes_read;
        if !look.gone.is_empty() {
            self.ledger.forget_facts(folder, &look.gone)?;
        }
        Ok(())
    }

    /// A library of another UUID at a known path is that one, rebuilt, if most of its photos are there.
    pub(super) fn know_again(&mut self, found: &mut Found, before: LibraryId) -> Result<(), SyncError> {
        let (here, photos) = self.ledger.share_of_library(before, &found.snapshot.assets)?;
        if photos == 0 {
            return Ok(());
        }
        let path = self.library.identity().path;
        if here * 2 <= photos {
            found.notices.push(notices::another_library(&path, here, photos));
            return Ok(());
        }
        found.notices.push(notices::rebuilt_library(&path, here, photos));
        self.ledger.is_same_library(found.library_id, before)?;
        found.library_id = before;
        let (kept, giving) = found.kept_and_giving();
        found.memory = memory(self.ledger, (&kept, &giving), before, self.request)?;
        self.recall_resources(found)?;
        self.recall_pictures(found)
    }

    /// Fingerprints computed in earlier runs of resources for which the library stores none, while their files are in the
    /// state in which they were read.
    fn recall_resources(&mut self, found: &mut Found) -> Result<(), SyncError> {
        let facts = self.ledger.resource_facts(found.library_id)?;
        if facts.is_empty() {
            return Ok(());
        }
        let known: FxHashMap<(&AssetId, ResourceRole, u64), &ResourceFact> =
            facts.iter().map(|fact| ((&fact.asset, fact.role, fact.size), fact)).collect();
        let mut noted = Vec::new();
        for (position, asset) in found.snapshot.assets.iter().enumerate() {
            for (at, resource) in asset.resources.iter().enumerate().filter(|(_, r)| r.fingerprint.is_none()) {
                let key = (&asset.id, resource.role, resource.size.unwrap_or(0));
                let Some(fact) = known.get(&key) else { continue };
                match fact.state {
                    Some(state) if state != resource.state => continue,
                    Some(_) => {}
                    None => noted.push(ResourceFact { state: Some(resource.state), ..(*fact).clone() }),
                }
                let resource = ResourceRef { asset: position as u32, resource: at as u16 };
                found.facts.resources.insert(resource, Answer::Fingerprint(fact.fingerprint));
            }
        }
        self.ledger.cache_resources(found.library_id, &noted)?;
        Ok(())
    }
}
