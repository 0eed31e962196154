//! Whether two runs saw the same: then what is said of it is the same, too, and need not be put into words again.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::FxHasher;

use super::Scene;
use crate::asset::ResourceRef;
use crate::plan::{Evidence, ExportVerdict, Verdict};

/// Items, assets or verdicts that one processor looks at at once.
const A_PIECE: usize = 4096;

/// One number for something.
pub(crate) fn number(seen: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    seen.hash(&mut hasher);
    hasher.finish()
}

/// One number for many.
pub(crate) fn number_of_all<T: Sync>(all: &[T], each: impl Fn(&T) -> u64 + Sync) -> u64 {
    let of_piece = |piece: &[T]| piece.iter().map(&each).fold(0, |so_far, next| number(&(so_far, next)));
    number(&all.par_chunks(A_PIECE).map(of_piece).collect::<Vec<_>>())
}

impl Scene<'_> {
    /// Both sides, whole, so that nothing is forgotten of which a line may speak, and what is said of all of either.
    pub(crate) fn number_of_sides(&self) -> u64 {
        let (items, assets) = (number_of_all(self.items, number), number_of_all(self.assets, number));
        number(&(env!("CARGO_PKG_VERSION"), items, assets, self.albums, self.roots))
    }

    /// What else a line says of an item that stays.
    pub(crate) fn number_of(&self, verdict: &Verdict) -> u64 {
        let Verdict { evidence, shared, .. } = verdict;
        number(&(verdict.file(), self.ruling(verdict), evidence, shared, self.facts.file(verdict.file())))
    }

    /// What else a line says of an asset that stays.
    pub(crate) fn number_of_export(&self, verdict: &ExportVerdict) -> u64 {
        let ExportVerdict { asset, resource, evidence, stays, .. } = verdict;
        let computed = resource.and_then(|resource| self.facts.resource(ResourceRef { asset: *asset, resource }));
        let place = match evidence {
            Some(Evidence::Link(link)) => self.places.get(link),
            _ => None,
        };
        let bytes = (self.identity(*asset), computed);
        number(&(asset, resource, self.export_ruling(verdict), evidence, stays, bytes, place))
    }
}
