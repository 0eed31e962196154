//! Equal bytes are carried once, whatever the number of their copies.

use std::cmp::Reverse;

use photobridge_media::PictureDigest;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Fate, Verdict, words_of};
use crate::asset::ResourceRole;
use crate::fingerprint::Fingerprint;
use crate::folder::copies;
use crate::item::{FileRef, Item};
use crate::matching::{Facts, PictureOf};
use crate::reason::Reason;

/// Leaves one of the imports of equal bytes. The item with the most files goes first, so that a copy of its still alone does
/// not leave the rest for the next run; then one with words beside it; then plain names, then what no sync client set aside; then the smallest path. Of the
/// companions of a copy those that only it has have a verdict of their own.
pub(super) fn carry_equal_bytes_once(mut verdicts: Vec<Verdict>, items: &[Item], facts: &Facts) -> Vec<Verdict> {
    // What nothing else resembles was not read, and equals nothing.
    let is_read = |item: u32, files: &[u16]| files.iter().any(|at| facts.file(FileRef { item, file: *at }).is_some());
    let mut imports: Vec<usize> = (verdicts.iter().enumerate())
        .filter(|(_, verdict)| matches!(&verdict.fate, Fate::Import(files) if is_read(verdict.item, files)))
        .map(|(at, _)| at)
        .collect();
    if imports.is_empty() {
        return verdicts;
    }
    imports.sort_by_cached_key(|at| rank(&verdicts[*at], items));
    let mut once = Once { items, facts, carried: FxHashMap::default(), raws: FxHashSet::default() };
    let mut parted = Vec::new();
    for at in imports {
        parted.extend(once.carry(at, &mut verdicts));
    }
    once.answer_those_that_wait(&mut verdicts);
    if !parted.is_empty() {
        verdicts.extend(parted);
        verdicts.sort_by_key(Verdict::file);
    }
    verdicts
}

fn rank(verdict: &Verdict, items: &[Item]) -> impl Ord + use<> {
    let item = &items[verdict.item as usize];
    let Fate::Import(files) = &verdict.fate else { unreachable!("only imports are ranked") };
    let role = |at: &u16| item.files[usize::from(*at)].role;
    let has_movie = files.iter().any(|at| role(at) == ResourceRole::PairedVideo);
    let originals = files.iter().filter(|at| role(at).is_original()).count();
    let file = &item.files[usize::from(verdict.file)];
    let copied = copies::copied(&file.name().to_string_lossy());
    // What describes it: a sidecar, a recipe, what its archive tells.
    let told = item.archived.as_deref().is_some_and(|archived| archived.photo.is_some());
    let words = files.len() - originals + usize::from(told);
    // Without the ending `IMG_1` comes before `IMG_1 2` and `IMG_1-LAPTOP`, as sync clients call what they set aside.
    let path = (file.path.with_extension("").into_os_string(), file.path.as_os_str().to_owned());
    (Reverse((originals, has_movie, words)), copied, path, item.folder, verdict.file)
}

struct Once<'a> {
    items: &'a [Item],
    facts: &'a Facts,
    /// By bytes, the position of the verdict that carries them.
    carried: FxHashMap<Fingerprint, usize>,
    /// Coded pictures of RAWs that are carried.
    raws: FxHashSet<PictureDigest>,
}

impl Once<'_> {
    /// Lets a verdict carry what none before it does. Returns verdicts of their own on companions of a copy.
    fn carry(&mut self, position: usize, verdicts: &mut [Verdict]) -> Vec<Verdict> {
        let Verdict { item, file, ref mut fate, .. } = verdicts[position];
        let Fate::Import(files) = fate else { return Vec::new() };
        let bytes = |at: &u16| self.facts.file(FileRef { item, file: *at });
        let pair = self.facts.pair(FileRef { item, file });
        let role = |at: &u16| self.items[item as usize].files[usize::from(*at)].role;
        let picture = |at: &u16| self.facts.picture(PictureOf::File(FileRef { item, file: *at }));
        let is_new = |at: &u16| bytes(at).is_none_or(|known| !self.carried.contains_key(&known));
        let lead = [bytes(&file), pair.map(|pair| pair.still)].into_iter().flatten();
        let Some(twin) = lead.filter_map(|lead| self.carried.get(&lead).copied()).next() else {
            // A movie goes with each still that it belongs to, a RAW goes once.
            files.retain(|at| *at == file || role(at) != ResourceRole::AlternatePhoto || is_new(at));
            // What a motion photo would be as a Live Photo is carried with it.
            let made = pair.into_iter().flat_map(|pair| [pair.still, pair.movie]);
            let known: Vec<_> = files.iter().filter_map(bytes).chain(made).collect();
            for known in known {
                self.carried.entry(known).or_insert(position);
            }
            let raws = files.iter().filter(|at| role(at) == ResourceRole::AlternatePhoto);
            self.raws.extend(raws.filter_map(picture));
            return Vec::new();
        };
        let files = std::mem::take(files);
        let rest = files.iter().filter(|at| **at != file);
        let raws: Vec<u16> =
            rest.clone().copied().filter(|at| role(at) == ResourceRole::AlternatePhoto && is_new(at)).collect();
        let movies: Vec<u16> = rest.clone().copied().filter(|at| role(at) == ResourceRole::PairedVideo).collect();
        let words = rest.clone().copied().filter(|at| !self.goes_with(&verdicts[twin], FileRef { item, file: *at }));
        let mut own = words_of(item, &self.items[item as usize], words);
        let evidence = Some(Evidence::Item(verdicts[twin].item));
        (verdicts[position].fate, verdicts[position].evidence) = (Fate::Skip(Reason::SameBytesAs), evidence);
        for at in raws {
            // As it would in the next run.
            let is_tagged = picture(&at).is_some_and(|picture| !self.raws.insert(picture));
            let fate = if is_tagged { Fate::Skip(Reason::SamePicture) } else { Fate::Import(vec![at]) };
            self.carried.extend(bytes(&at).filter(|_| !is_tagged).map(|known| (known, position)));
            own.push(Verdict { file: at, evidence: evidence.filter(|_| is_tagged), ..Verdict::new(item, fate) });
        }
        for at in movies.into_iter().filter(|at| !self.goes_with(&verdicts[twin], FileRef { item, file: *at })) {
            let fate = Fate::Skip(Reason::OtherHalfOfImported);
            own.push(Verdict { file: at, evidence, ..Verdict::new(item, fate) });
        }
        own
    }

    /// What waits for its words alone needs none where the same bytes go with theirs: it is a copy of them, as in an album.
    fn answer_those_that_wait(&self, verdicts: &mut [Verdict]) {
        for at in 0..verdicts.len() {
            let Verdict { item, file, ref fate, .. } = verdicts[at];
            if !matches!(fate, Fate::Skip(Reason::AwaitingWords)) {
                continue;
            }
            let twin = self.facts.file(FileRef { item, file }).and_then(|bytes| self.carried.get(&bytes));
            if let Some(twin) = twin {
                verdicts[at].evidence = Some(Evidence::Item(verdicts[*twin].item));
                verdicts[at].fate = Fate::Skip(Reason::SameBytesAs);
            }
        }
    }

    /// Whether a verdict carries the bytes of this file.
    fn goes_with(&self, verdict: &Verdict, file: FileRef) -> bool {
        let Fate::Import(files) = &verdict.fate else { return false };
        let Some(bytes) = self.facts.file(file) else { return false };
        let has = |at: &u16| {
            let other = FileRef { item: verdict.item, file: *at };
            self.facts.file(other) == Some(bytes) || self.facts.pair(other).is_some_and(|pair| pair.movie == bytes)
        };
        files.iter().any(has)
    }
}
