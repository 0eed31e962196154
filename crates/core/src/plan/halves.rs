//! A Live Photo has one movie: another version of that, as an MP4 that was converted from it, does not go in beside it.

use rustc_hash::FxHashMap;

use super::{Evidence, Fate, Verdict};
use crate::asset::{MediaKind, ResourceRole};
use crate::item::Item;
use crate::reason::Reason;

/// Says of videos that carry the identifier of a Live Photo, which the library has whole or gets whole now, what they are, as
/// it would be said of one that comes later. What a person took in goes all the same.
pub(super) fn leave_other_movies(verdicts: &mut [Verdict], items: &[Item]) {
    let mut whole: FxHashMap<&str, u32> = FxHashMap::default();
    for verdict in verdicts.iter().filter(|verdict| verdict.file == 0) {
        let item = &items[verdict.item as usize];
        let Some(movie) = item.files.iter().position(|file| file.role == ResourceRole::PairedVideo) else { continue };
        let has_it = match &verdict.fate {
            Fate::Import(files) => files.contains(&(movie as u16)),
            Fate::Skip(reason) => matches!(reason, Reason::SameBytes | Reason::ExportedByUs),
            Fate::Fail(_) => false,
        };
        if let Some(identifier) = identifier(item).filter(|_| has_it) {
            whole.entry(identifier).or_insert(verdict.item);
        }
    }
    if whole.is_empty() {
        return;
    }
    let goes = |verdict: &&mut Verdict| {
        let goes = matches!(verdict.fate, Fate::Import(_)) && verdict.tells().is_none();
        goes && verdict.taken_in.is_none()
    };
    for verdict in verdicts.iter_mut().filter(goes) {
        let item = &items[verdict.item as usize];
        let photo = identifier(item).and_then(|identifier| whole.get(identifier));
        if let Some(photo) = photo.filter(|_| item.kind == MediaKind::Video) {
            verdict.fate = Fate::Skip(Reason::OtherHalfOfImported);
            verdict.evidence = Some(Evidence::Item(*photo));
        }
    }
}

fn identifier(item: &Item) -> Option<&str> {
    item.header()?.content_identifier.as_deref()
}
