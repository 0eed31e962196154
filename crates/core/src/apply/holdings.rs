//! What the library has now, asked before the other copy of it is moved away: what it had once says nothing.

use crate::fingerprint::{Fingerprint, Hasher, PairIdentity};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::asset::{Asset, AssetId, Resource, ResourceRole, Whereabouts};
use crate::ledger::PlacedFile;
use crate::library::{Library, LibraryError};
use crate::progress::{Cancel, Silent};

/// What is told of a file that lies in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lying {
    /// Its length.
    pub size: u64,
    /// Of a motion photo, the two files that it would be as a Live Photo.
    pub pair: Option<PairIdentity>,
}

/// The library, and where in it bytes may be.
pub(crate) struct Holdings<'a> {
    pub(crate) library: &'a mut dyn Library,
    /// Assets that are not in the trash.
    assets: Vec<Asset>,
    /// Of each fingerprint that the library stores, the assets and their files.
    stored: FxHashMap<Fingerprint, Vec<(usize, ResourceRole)>>,
    /// The same by length, of the files of which it stores none.
    sizes: FxHashMap<u64, Vec<(usize, ResourceRole)>>,
}

impl<'a> Holdings<'a> {
    /// Lists the library.
    pub(crate) fn of(library: &'a mut dyn Library) -> Result<Self, LibraryError> {
        let mut assets = library.snapshot(&Silent, &Cancel::new())?.assets;
        assets.retain(|asset| !asset.standing.trashed);
        let mut holdings = Self { library, assets, stored: FxHashMap::default(), sizes: FxHashMap::default() };
        for (at, asset) in holdings.assets.iter().enumerate() {
            for resource in &asset.resources {
                match (resource.fingerprint, resource.size) {
                    (Some(bytes), _) => holdings.stored.entry(bytes).or_default().push((at, resource.role)),
                    (None, Some(size)) => holdings.sizes.entry(size).or_default().push((at, resource.role)),
                    (None, None) => {}
                }
            }
        }
        Ok(holdings)
    }

    /// Those that the library has.
    pub(crate) fn only_those_there(&self, mut ids: Vec<AssetId>) -> Vec<AssetId> {
        let there: FxHashSet<&AssetId> = self.assets.iter().map(|asset| &asset.id).collect();
        ids.retain(|id| there.contains(id));
        ids
    }

    /// Whether the library has the bytes of this export, or those of which it was made: on this disk, where they are read, or
    /// in iCloud, by what it stores. What we wrote of our own beside a photo nobody needs to have. `known` are the assets of
    /// the photo.
    pub(crate) fn have(&mut self, file: &PlacedFile, lying: Lying, known: &[AssetId]) -> bool {
        if file.role == ResourceRole::Sidecar {
            return true;
        }
        let by_bytes = self.stored.get(&file.written).into_iter().flatten();
        let by_size = self.sizes.get(&lying.size).into_iter().flatten();
        let mut places: Vec<(Asset, ResourceRole)> =
            by_bytes.chain(by_size).map(|(at, role)| (self.assets[*at].clone(), *role)).collect();
        // A library that lists no files tells them asset by asset.
        let untold = known.iter().filter(|id| self.assets.iter().any(|asset| asset.id == **id && !asset.is_listed()));
        for asset in untold.filter_map(|id| self.library.asset(id).ok().flatten()) {
            places.extend(asset.resources.iter().map(|resource| (asset.clone(), resource.role)));
        }
        let has_it =
            |(asset, role): (Asset, _)| asset.resource(role).is_some_and(|entry| self.has(&asset, entry, file.written));
        places.into_iter().any(has_it) || lying.pair.is_some_and(|pair| self.have_both(pair, known))
    }

    /// Whether an asset has both files of a Live Photo: one of these, or one that stores what the still is.
    fn have_both(&mut self, pair: PairIdentity, known: &[AssetId]) -> bool {
        let by_bytes = self.stored.get(&pair.still).into_iter().flatten().map(|(at, _)| &self.assets[*at].id);
        let ids: FxHashSet<AssetId> = by_bytes.chain(known).cloned().collect();
        let assets: Vec<Asset> = ids.iter().filter_map(|id| self.library.asset(id).ok().flatten()).collect();
        assets.into_iter().filter(|asset| !asset.standing.trashed).any(|asset| {
            let mut has = |bytes| asset.resources.iter().any(|resource| self.has(&asset, resource, bytes));
            has(pair.still) && has(pair.movie)
        })
    }

    fn has(&mut self, asset: &Asset, resource: &Resource, bytes: Fingerprint) -> bool {
        match resource.whereabouts {
            Whereabouts::Cloud => resource.fingerprint == Some(bytes),
            whereabouts if whereabouts.may_be_here() => {
                let mut hasher = Hasher::new();
                let read = self.library.read(asset, resource.role, &mut hasher, &Cancel::new());
                read.is_ok() && hasher.finish() == bytes
            }
            _ => false,
        }
    }
}
