//! What the ledger remembers, as the pure stages see it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use jiff::Timestamp;
use photobridge_media::capture::CaptureTime;
use photobridge_media::{self as media, FileKind};

use crate::asset::{Asset, AssetId, MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::FolderId;
use crate::telling::Telling;

/// The ledger's number for a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub i64);

/// From which side the photo of a link first came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Imported from the folder.
    Folder,
    /// Exported from the library.
    Library,
    /// Found on both sides.
    Both,
}

impl Origin {
    /// The word that the ledger stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Library => "library",
            Self::Both => "both",
        }
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u16);

impl Roles {
    /// Adds a role.
    pub fn insert(&mut self, role: ResourceRole) {
        self.0 |= 1 << role.code();
    }

    /// All but this one.
    pub fn without(self, role: ResourceRole) -> Self {
        Self(self.0 & !(1 << role.code()))
    }

    /// Whether the role is one of them.
    pub fn contains(self, role: ResourceRole) -> bool {
        self.0 & (1 << role.code()) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// In which state of editing a photo was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edit {
    /// As the camera made it.
    #[default]
    None,
    /// Edited; the fingerprint of its render, where that was known.
    Edited(Option<Fingerprint>),
}

impl Edit {
    /// The state of this asset, whose render has this fingerprint if that is known.
    pub fn of(asset: &Asset, render: Option<Fingerprint>) -> Self {
        if asset.edited { Self::Edited(render) } else { Self::None }
    }

    /// Whether an asset in the state `now` was edited after this. What is not known on either side says nothing.
    pub fn is_before(self, now: Self) -> bool {
        match (self, now) {
            (Self::None, Self::Edited(_)) => true,
            (Self::Edited(Some(then)), Self::Edited(Some(now))) => then != now,
            _ => false,
        }
    }
}

/// Who put a file at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaidBy {
    /// A person, a camera, a sync client.
    Others,
    /// A run of ours.
    Us,
}

/// One photo that is, or once was, the same on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Its number.
    pub id: LinkId,
    /// Where it came from.
    pub origin: Origin,
    /// Photo or video.
    pub kind: MediaKind,
    /// When it was taken, as the folder's file said.
    pub captured: Option<CaptureTime>,
    /// What ties its halves together, of a Live Photo.
    pub content_identifier: Option<Box<str>>,
    /// Its assets in the library of this run, those that we exported first.
    pub assets: SmallVec<[AssetId; 1]>,
    /// How many of them we exported.
    pub exported: usize,
    /// In which state of editing each of those was when it was exported.
    pub edits: SmallVec<[Edit; 1]>,
    /// What of it lay in the folders of this run at some time.
    pub placed: Roles,
    /// A run that carried it was undone.
    pub undone: bool,
    /// It lies, or lay, in a folder that is none of this run's, and of which nobody said that it is gone for good.
    pub elsewhere: bool,
    /// What of it lies, or lay, in folders that are none of this run's.
    pub apart: Roles,
}

impl Link {
    /// The assets that we exported, as opposed to those that were found to be the same.
    pub fn exported_assets(&self) -> &[AssetId] {
        &self.assets[..self.exported]
    }

    /// Whether it came in from a folder of this run, or from one of which nobody said that it is gone for good: what belongs
    /// to it may be there.
    pub fn came_in(&self) -> bool {
        self.origin == Origin::Folder && (!self.placed.is_empty() || self.elsewhere)
    }

    /// Whether this asset is edited otherwise now than when it went out; under a new id, than any that went out.
    pub fn was_edited_since(&self, asset: &AssetId, now: Edit) -> bool {
        let own = self.exported_assets().iter().position(|exported| exported == asset);
        match own {
            Some(at) => self.edits[at].is_before(now),
            None if self.edits.is_empty() => Edit::None.is_before(now),
            None => self.edits.iter().all(|then| then.is_before(now)),
        }
    }
}

/// How many photos were gone from either side when a person synced last, and are gone since: that is as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gone {
    /// From the library.
    pub library: usize,
    /// From each folder.
    pub folders: BTreeMap<FolderId, usize>,
}

impl Gone {
    /// From this folder.
    pub fn from(&self, folder: FolderId) -> usize {
        self.folders.get(&folder).copied().unwrap_or(0)
    }

    /// The lesser of both, on either side: what came back is missed when it goes again.
    pub fn at_most(&self, other: &Self) -> Self {
        let folders = self.folders.iter().map(|(folder, gone)| (*folder, other.from(*folder).min(*gone)));
        Self { library: self.library.min(other.library), folders: folders.collect() }
    }
}

/// What the library held when a baseline was set: only what was added before it.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The baseline.
    pub baseline: Option<Timestamp>,
    /// It was another library that held these: of this one's ids nothing is known.
    pub by_another: bool,
    /// The baseline is still to come, as the clock was wrong when it was set.
    pub is_to_come: bool,
    /// The assets.
    pub assets: FxHashSet<AssetId>,
    /// Their originals, where the fingerprint was known: they are known again under new ids.
    pub fingerprints: FxHashSet<Fingerprint>,
    /// How the originals look whose fingerprint was not known.
    pub looks: FxHashSet<Likeness>,
    /// How the others look, for a library that tells no fingerprints any more.
    pub other_looks: FxHashSet<Likeness>,
}

/// Length, capture time and name of an original, as one number: what is known of bytes that nobody read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Likeness(pub i64);

impl Likeness {
    /// That of an asset's original, if its length is known; what has no date looks like what has none.
    pub fn of(asset: &Asset) -> Option<Self> {
        let (size, name) = (asset.primary()?.size?, &asset.original_name);
        let second = match asset.captured {
            Some(time) => time.wall_second().or(time.instant_second())?.to_string(),
            None => "undated".into(),
        };
        let digest = Fingerprint::of(format!("{size} {second} {name}").as_bytes());
        let beginning = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        Some(Self(i64::from_be_bytes(beginning)))
    }
}

impl Held {
    /// Drops how those look that are there under their own ids: looks are for what a library that was made anew has under
    /// others, and the next frame of a burst may look like this one.
    pub fn drop_looks_of(&mut self, assets: &[Asset]) {
        if self.looks.is_empty() {
            return;
        }
        for asset in assets.iter().filter(|asset| self.assets.contains(&asset.id)) {
            Likeness::of(asset).map(|likeness| self.looks.remove(&likeness));
        }
    }

    /// Whether the library held this asset, with these bytes if they are known, at this baseline; `None` if nothing was
    /// recorded that could tell.
    pub fn holds(&self, baseline: Timestamp, asset: &Asset, bytes: Option<Fingerprint>) -> Option<bool> {
        // Of a baseline that is still to come whatever was held at another one says more than nothing.
        if self.baseline.is_none() || (self.baseline != Some(baseline) && !self.is_to_come) {
            return None;
        }
        let primary = asset.primary();
        let stored = primary.and_then(|primary| primary.fingerprint.or(primary.stale_fingerprint));
        let bytes = bytes.or(stored);
        let looks_like = |looks: &FxHashSet<Likeness>| {
            !looks.is_empty() && Likeness::of(asset).is_some_and(|likeness| looks.contains(&likeness))
        };
        let has_known_bytes = || match bytes {
            Some(bytes) => self.fingerprints.contains(&bytes),
            None => looks_like(&self.other_looks),
        };
        let was_held = self.assets.contains(&asset.id) || has_known_bytes() || looks_like(&self.looks);
        (was_held || !self.by_another).then_some(was_held)
    }
}

/// What a person said of one photo, kept by the identity of its bytes until withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Never carry it.
    LeaveOut,
    /// Carry it although a reason speaks against it.
    TakeIn,
    /// Make it a part of the photo to which it belongs, which the library has without it.
    Join,
}

impl Decision {
    /// The word that the ledger stores and people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeaveOut => "leave out",
            Self::TakeIn => "take in",
            Self::Join => "join",
        }
    }
}

/// Everything remembered that may decide about this folder and this library.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    links: Vec<Link>,
    /// Links by their bytes, each with what those are to its photo.
    by_fingerprint: FxHashMap<Fingerprint, SmallVec<[(u32, ResourceRole); 1]>>,
    by_path: FxHashMap<FolderId, FxHashMap<Box<OsStr>, (u32, LaidBy)>>,
    by_content_identifier: FxHashMap<Box<str>, SmallVec<[u32; 2]>>,
    sizes: FxHashSet<u64>,
    written: FxHashSet<Fingerprint>,
    /// Photos of the library, and the link of a file that showed the same.
    shown: FxHashMap<Fingerprint, u32>,
    decisions: FxHashMap<Fingerprint, Decision>,
    /// When a person took in what they did.
    taken_in: FxHashMap<Fingerprint, Timestamp>,
    /// Assets that came in since the first of that, each with the beginning of the run that brought it.
    brought: FxHashMap<AssetId, Timestamp>,
    /// What was told of assets since they came, or was taken back since.
    told: FxHashMap<AssetId, Telling>,
    /// Assets that came with words.
    came_with_words: FxHashSet<AssetId>,
    /// What the library held when the baseline was set.
    pub held: Held,
    /// When it was lost, or an older one took its place: of what was carried before not all is remembered.
    pub lost: Option<Timestamp>,
}

impl Memory {
    /// Makes room for so many links.
    pub fn expect_links(&mut self, links: usize) {
        self.links.reserve_exact(links);
    }

    /// Adds a link; what belongs to it follows with the other calls.
    pub fn add_link(&mut self, link: Link) -> usize {
        let at = self.links.len();
        if let Some(identifier) = &link.content_identifier {
            self.by_content_identifier.entry(identifier.clone()).or_default().push(at as u32);
        }
        self.links.push(link);
        at
    }

    /// Makes room for the bytes of the links: most photos are one file.
    pub fn make_room(&mut self) {
        self.by_fingerprint.reserve(self.links.len());
        self.sizes.reserve(self.links.len());
    }

    /// Bytes that the link at this position stands for, and what they are to its photo.
    pub fn add_resource(&mut self, at: usize, role: ResourceRole, fingerprint: Fingerprint, size: u64) {
        self.by_fingerprint.entry(fingerprint).or_default().push((at as u32, role));
        self.sizes.insert(size);
    }

    /// A file of the link's photo lay in a folder of this run at some time.
    pub fn add_placed(&mut self, at: usize, role: ResourceRole) {
        self.links[at].placed.insert(role);
    }

    /// A file of the link's photo lay in a folder that is none of this run's; where that one is for itself, what was exported there
    /// goes into those of this run, too.
    pub fn add_elsewhere(&mut self, at: usize, role: ResourceRole, is_for_itself: bool) {
        let link = &mut self.links[at];
        link.apart.insert(role);
        link.elsewhere |= !is_for_itself || link.origin != Origin::Library;
    }

    /// A file of the link's photo lay in a folder that is gone for good: that says nothing of those of this run.
    pub fn add_gone(&mut self, at: usize, role: ResourceRole) {
        self.links[at].apart.insert(role);
    }

    /// Bytes that an export of ours wrote into a folder of this run.
    pub fn add_written(&mut self, fingerprint: Fingerprint) {
        self.written.insert(fingerprint);
    }

    /// A photo of the library was not exported because a file of the link at this position showed the same.
    pub fn add_shown(&mut self, photo: Fingerprint, at: usize) {
        self.shown.insert(photo, at as u32);
    }

    /// The position of the link of which a file showed the same as this photo of the library.
    pub fn position_of_shown(&self, photo: &Fingerprint) -> Option<usize> {
        self.shown.get(photo).map(|at| *at as usize)
    }

    /// A path at which a file of the link's photo was the last to lie, and who put it there.
    pub fn add_path(&mut self, at: usize, folder: FolderId, path: PathBuf, by: LaidBy) {
        self.by_path.entry(folder).or_default().insert(OsString::from(path).into(), (at as u32, by));
    }

    /// An asset of the link in the library of this run.
    /// It was exported in the state of editing `exported`, if it was.
    pub fn add_asset(&mut self, at: usize, asset: AssetId, exported: Option<Edit>) {
        let link = &mut self.links[at];
        match exported {
            Some(edit) => {
                link.assets.insert(link.exported, asset);
                link.edits.push(edit);
                link.exported += 1;
            }
            None => link.assets.push(asset),
        }
    }

    /// What a person said of these bytes.
    pub fn add_decision(&mut self, fingerprint: Fingerprint, size: u64, decision: Decision) {
        self.decisions.insert(fingerprint, decision);
        self.sizes.insert(size);
    }

    /// When a person took in these bytes.
    pub fn add_taken_in(&mut self, fingerprint: Fingerprint, made: Timestamp) {
        self.taken_in.insert(fingerprint, made);
    }

    /// When the run began that brought in this asset: of those that came since a person took in something.
    pub fn add_brought(&mut self, asset: AssetId, began: Timestamp) {
        self.brought.insert(asset, began);
    }

    /// What was told late of an asset, also where that was taken back.
    pub fn add_told(&mut self, asset: AssetId, telling: Telling) {
        let told = self.told.entry(asset).or_default();
        told.taken = told.taken.or(telling.taken);
        told.description = told.description.take().or(telling.description);
        told.location = told.location.or(telling.location);
        told.favorite |= telling.favorite;
        told.albums.extend(telling.albums);
    }

    /// An asset came with what was told of it.
    pub fn add_with_words(&mut self, asset: AssetId) {
        self.came_with_words.insert(asset);
    }

    /// All that was told late of an asset: it is told once, so that a person may say otherwise.
    pub fn told(&self, asset: &AssetId) -> Option<&Telling> {
        self.told.get(asset)
    }

    /// Whether an asset had what was told of it from the first.
    pub fn came_with_words(&self, asset: &AssetId) -> bool {
        self.came_with_words.contains(asset)
    }

    /// Every link.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The position of the link with this number.
    pub fn position(&self, id: LinkId) -> Option<usize> {
        // They are read in the order of their numbers, of which hardly any is missing.
        let number = |link: &Link| link.id.0;
        let guess = id.0.checked_sub(number(self.links.first()?)).and_then(|at| usize::try_from(at).ok())?;
        match self.links.get(guess) {
            Some(link) if link.id == id => Some(guess),
            _ => self.links.binary_search_by_key(&id, |link| link.id).ok(),
        }
    }

    /// The link with this number.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.position(id).map(|at| &self.links[at])
    }

    /// The position of the link of every path in a folder at which a photo lay.
    pub fn positions_of_paths(&self, folder: FolderId) -> impl Iterator<Item = usize> {
        self.by_path.get(&folder).into_iter().flat_map(|paths| paths.values()).map(|(at, _)| *at as usize)
    }

    /// Every path of a folder at which a photo was the last to lie.
    pub fn paths(&self, folder: FolderId) -> impl Iterator<Item = &Path> {
        self.by_path.get(&folder).into_iter().flat_map(|paths| paths.keys()).map(|path| Path::new(&**path))
    }

    /// The position of the link whose photo lay at this path.
    pub fn position_of_path(&self, folder: FolderId, path: &Path) -> Option<usize> {
        self.by_path.get(&folder)?.get(path.as_os_str()).map(|(at, _)| *at as usize)
    }

    /// Whether the file that was the last to lie at this path was of this link's photo, and put there by us.
    pub fn was_laid_by_us(&self, link: LinkId, folder: FolderId, path: &Path) -> bool {
        let known = self.by_path.get(&folder).and_then(|paths| paths.get(path.as_os_str()));
        known.is_some_and(|(at, by)| self.links[*at as usize].id == link && *by == LaidBy::Us)
    }

    /// All bytes that links stand for, with the position of the link.
    pub fn fingerprints(&self) -> impl Iterator<Item = (&Fingerprint, usize)> {
        self.by_fingerprint
            .iter()
            .flat_map(|(fingerprint, links)| links.iter().map(move |(at, _)| (fingerprint, *at as usize)))
    }

    /// Whether any bytes of this size are remembered: others need not be read to know that they are not.
    pub fn knows_size(&self, size: u64) -> bool {
        self.sizes.contains(&size)
    }

    /// The link that stands for these bytes; of several (two Live Photos can share a video) one with an asset in the
    /// library of this run, if there is one.
    pub fn by_fingerprint(&self, fingerprint: &Fingerprint) -> Option<&Link> {
        self.position_of_bytes(fingerprint).map(|at| &self.links[at])
    }

    /// The position of that link.
    pub fn position_of_bytes(&self, fingerprint: &Fingerprint) -> Option<usize> {
        // Nearly always it is one, which need not be looked at.
        let (first, rest) = self.by_fingerprint.get(fingerprint)?.split_first()?;
        let (first, mut rest) = (first.0 as usize, rest.iter().map(|(at, _)| *at as usize));
        let holds = |at: &usize| !self.links[*at].assets.is_empty();
        if rest.len() == 0 || holds(&first) { Some(first) } else { rest.find(holds).or(Some(first)) }
    }

    /// Whether these bytes lay in a folder of this run at some time, as whatever photo.
    pub fn was_placed(&self, fingerprint: &Fingerprint) -> bool {
        let mut links = self.by_fingerprint.get(fingerprint).into_iter().flatten();
        // What was made of a file in the folder, as the movie of a motion photo, has no path of its own.
        links.any(|(at, role)| {
            let link = &self.links[*at as usize];
            link.placed.contains(*role) || (!link.placed.is_empty() && !link.apart.contains(*role))
        })
    }

    /// Whether an export of ours wrote these bytes into a folder of this run, as opposed to what was found there.
    pub fn was_written(&self, fingerprint: &Fingerprint) -> bool {
        self.written.contains(fingerprint)
    }

    /// Where the photos of these links lay in folders of this run: of several places one to which a person moved it, then
    /// the smallest path; of a photo's files the one of its own kind.
    pub fn places(&self, links: &FxHashSet<LinkId>) -> FxHashMap<LinkId, (FolderId, PathBuf)> {
        let mut places: FxHashMap<LinkId, _> = FxHashMap::default();
        if links.is_empty() {
            return FxHashMap::default();
        }
        for (folder, paths) in &self.by_path {
            for (path, (at, by)) in paths {
                let link = &self.links[*at as usize];
                if !links.contains(&link.id) {
                    continue;
                }
                let kind = media::kind_of(Path::new(path));
                let is_other = (kind == Some(FileKind::Video)) != (link.kind == MediaKind::Video);
                let is_words = matches!(kind, Some(FileKind::Xmp | FileKind::Aae));
                // A RAW mostly lies beside what stands for its photo.
                let rank = (is_words, is_other, kind == Some(FileKind::Raw), *by == LaidBy::Us, *folder, &**path);
                let known = places.entry(link.id).or_insert(rank);
                *known = rank.min(*known);
            }
        }
        places.into_iter().map(|(link, (.., folder, path))| (link, (folder, path.into()))).collect()
    }

    /// The link whose photo lay at this path.
    pub fn by_path(&self, folder: FolderId, path: &Path) -> Option<&Link> {
        self.position_of_path(folder, path).map(|at| &self.links[at])
    }

    /// A link of this kind with this content identifier and an asset in the library of this run.
    pub fn by_content_identifier(&self, identifier: &str, kind: MediaKind) -> Option<&Link> {
        let links = self.by_content_identifier.get(identifier)?.iter().map(|at| &self.links[*at as usize]);
        links.into_iter().find(|link| link.kind == kind && !link.assets.is_empty())
    }

    /// The bytes of which a person said that they are taken in.
    pub fn taken_in(&self) -> impl Iterator<Item = Fingerprint> {
        self.decisions.iter().filter(|(_, decision)| **decision == Decision::TakeIn).map(|(bytes, _)| *bytes)
    }

    /// Whether an asset came after a person took in these bytes, who could not speak of it then. An asset that was added at a
    /// time to come says nothing.
    pub fn came_after(&self, fingerprint: &Fingerprint, asset: &Asset, now: Timestamp) -> bool {
        let Some(made) = self.taken_in.get(fingerprint) else { return false };
        let came = asset.added.into_iter().chain(self.brought.get(&asset.id).copied());
        came.filter(|came| *came <= now).any(|came| came > *made)
    }

    /// What a person said of these bytes.
    pub fn decision(&self, fingerprint: &Fingerprint) -> Option<Decision> {
        self.decisions.get(fingerprint).copied()
    }
}

/// What a run learned about one photo, to be remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Where it came from, if it is new.
    pub origin: Origin,
    /// Photo or video.
    pub kind: MediaKind,
    /// When it was taken, as the folder's file says.
    pub captured: Option<CaptureTime>,
    /// What ties its halves together.
    pub content_identifier: Option<Box<str>>,
    /// The folder of its files.
    pub folder: FolderId,
    /// Its files there.
    pub files: Vec<AgreedFile>,
    /// Files of the library that were made of those, or would be.
    pub made: Vec<MadeFile>,
    /// Its asset.
    pub asset: Option<AssetId>,
    /// In which state of editing the asset is, where that version of it was exported now.
    pub edit: Option<Edit>,
    /// Bytes of the same photo that are known already: it belongs to their link.
    pub beside: Option<Fingerprint>,
    /// A person said that it is a photo of its own, though it was found to be the same shot as another one.
    pub apart: bool,
    /// It came in with what its archive tells of it.
    pub told: bool,
}

impl Agreement {
    /// The files of the library that went, each with its bytes there.
    pub fn of_the_library(&self) -> impl Iterator<Item = MadeFile> {
        let is_whole = |file: &&AgreedFile| !self.made.iter().any(|made| made.role == file.role);
        let whole = self.files.iter().filter(is_whole);
        let whole = whole.map(|&AgreedFile { role, fingerprint, size, .. }| MadeFile { role, fingerprint, size });
        self.made.iter().copied().chain(whole)
    }
}

/// What a run carried, as opposed to what it found on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// Nothing: both sides had it.
    Nothing,
    /// The asset, by this run.
    Asset(i64),
    /// The files, by this run.
    Files(i64),
}

/// A file of the library that lies nowhere in the folder: half of a Live Photo that a motion photo became, or that became one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MadeFile {
    /// What it is to its photo.
    pub role: ResourceRole,
    /// Its bytes.
    pub fingerprint: Fingerprint,
    /// Their number.
    pub size: u64,
}

/// One file of an [`Agreement`].
#[derive(Debug, Clone, PartialEq)]
pub struct AgreedFile {
    /// What it is to its photo.
    pub role: ResourceRole,
    /// Its path below the folder.
    pub path: PathBuf,
    /// Its bytes.
    pub fingerprint: Fingerprint,
    /// Their number.
    pub size: u64,
}
