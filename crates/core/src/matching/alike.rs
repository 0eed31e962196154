//! Rungs 3 and 4: what shows the same. Words make candidates and pictures decide, for both sides alike: which of two came
//! first, and whether one of them is known already, decides nothing.

use photobridge_media as media;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::fractions::Fractions;
use super::index::Index;
use super::open::Open;
use super::parts::Parts;
use super::rungs::is_open;
use super::seconds::{OfSecond, Seconds};
use super::undated::Undated;
use super::words::{Face, Words, as_coded, between_files, words};
use super::{Absence, Facts, PictureOf, Questions, Relation, Rung, Sides};
use crate::asset::{ResourceRef, ResourceRole};
use crate::item::FileRef;
use crate::memory::LinkId;

/// What may belong to a still on both sides.
const COMPANIONS: [ResourceRole; 2] = [ResourceRole::AlternatePhoto, ResourceRole::PairedVideo];

/// More pairs of one second than any burst makes: clocks that nobody set say nothing.
pub(super) const MOST_OF_A_SECOND: usize = 1 << 16;

/// What may be the same, by words.
pub(super) struct Alike<'a> {
    sides: Sides<'a>,
    index: &'a Index<'a>,
    pairs: Vec<Pair>,
    /// Two items of the folder, at least one of them new. The library holds neither, or no longer.
    twins: Vec<(u32, u32, Words)>,
    /// Those that no second brings together.
    undated: Undated,
    fractions: Fractions<'a>,
}

/// An item and an asset.
struct Pair {
    item: u32,
    asset: u32,
    words: Words,
    /// Something is asked of the item or of the asset.
    open: bool,
    /// They are known to be one, so that only others can be mistaken for either.
    one: bool,
}

/// What was decided.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// By asset, an item that shows the same, and how that is known.
    pub(super) items: FxHashMap<u32, (u32, Rung)>,
    /// New items that show the same as each other.
    pub(super) twins: Vec<Vec<u32>>,
    /// By asset, an item that may show the same: one of both could not be read just now.
    pub(super) unclear: FxHashMap<u32, u32>,
}

impl<'a> Alike<'a> {
    /// Finds the pairs: only seconds in which something is open are looked at.
    pub(super) fn new(index: &'a Index<'a>, facts: &Facts, relations: &[Relation]) -> Self {
        let sides = index.sides;
        let open = Open::new(index, facts, relations);
        let undated = Undated::new(sides, &open);
        let fractions = Fractions::of(sides);
        let mut alike = Self { sides, index, pairs: Vec::new(), twins: Vec::new(), undated, fractions };
        if !(open.items.is_empty() && open.assets.is_empty() && open.parted.is_empty()) {
            let (items, assets) = rayon::join(|| Seconds::of_items(sides.items), || index.seconds());
            for (second, items) in items.each() {
                let assets = assets.at(second);
                let is_open = |item: u32| open.items.contains(item) || open.parted.contains(item);
                let is_open = items.iter().any(|(_, item)| is_open(*item));
                if is_open || assets.iter().any(|(_, asset)| open.assets.contains(*asset)) {
                    alike.pair(items, assets, &open, facts);
                    alike.pair_twins(items, assets, &open);
                }
            }
        }
        alike.add_remembered(relations);
        alike.add_known_paths(&open, facts);
        for (item, asset) in alike.undated.pairs(facts) {
            alike.add_coded(item, asset, facts);
        }
        alike.pairs.sort_unstable_by_key(|pair| (pair.item, pair.asset, !pair.open, !pair.words.shot));
        alike.pairs.dedup_by_key(|pair| (pair.item, pair.asset));
        alike.twins.sort_unstable_by_key(|(one, other, _)| (*one, *other));
        alike.twins.dedup_by_key(|(one, other, _)| (*one, *other));
        alike
    }

    fn pair(&mut self, items: OfSecond<'_>, assets: OfSecond<'_>, open: &Open, facts: &Facts) {
        if items.len() * assets.len() > MOST_OF_A_SECOND {
            return;
        }
        for (_, item) in items.iter().copied() {
            for (_, asset) in assets.iter().copied() {
                let (entry, holder) = (&self.sides.items[item as usize], &self.sides.assets[asset as usize]);
                let Some(words) = words(entry, holder, &self.fractions) else { continue };
                let one = self.is_one(item, asset, facts);
                let open = open.items.contains(item) || open.assets.contains(asset);
                self.pairs.push(Pair { item, asset, words, open, one });
            }
        }
    }

    fn pair_twins(&mut self, items: OfSecond<'_>, assets: OfSecond<'_>, open: &Open) {
        // Of three photos any two may be frames of a burst.
        let fractions = (items.len() + assets.len() == 2).then_some(&self.fractions);
        let is_absent = |item: &u32| open.new.contains(*item) || open.gone.contains(*item);
        let items: SmallVec<[u32; 4]> = items.iter().map(|(_, item)| *item).filter(is_absent).collect();
        if items.len() * items.len() > MOST_OF_A_SECOND {
            return;
        }
        let may_bring = |item: u32| open.new.contains(item) || open.parted.contains(item);
        for (at, one) in items.iter().enumerate() {
            for other in items[at + 1..].iter().filter(|other| may_bring(*one) || may_bring(**other)) {
                let pair = (&self.sides.items[*one as usize], &self.sides.items[*other as usize]);
                let words = between_files(pair.0, pair.1, fractions);
                self.twins.extend(words.map(|words| (*one, *other, words)));
            }
        }
    }

    /// What the memory knows to be another file of an asset may differ from it only in what is written about it.
    fn add_remembered(&mut self, relations: &[Relation]) {
        for (item, relation) in relations.iter().enumerate() {
            let Relation::Held { asset, rung: Rung::Shot } = relation else { continue };
            if let Some(words) = as_coded(&self.sides.items[item], &self.sides.assets[*asset as usize]) {
                self.pairs.push(Pair { item: item as u32, asset: *asset, words, open: true, one: false });
            }
        }
    }

    /// What lies at a known path may be what lay there, whatever it says of its second now.
    fn add_known_paths(&mut self, open: &Open, facts: &Facts) {
        for item in open.items.iter() {
            let entry = &self.sides.items[item as usize];
            let link = self.sides.memory.by_path(entry.folder, entry.path());
            for asset in link.into_iter().flat_map(|link| &link.assets).filter_map(|id| self.index.by_id(id)) {
                self.add_coded(item, asset, facts);
            }
        }
    }

    fn add_coded(&mut self, item: u32, asset: u32, facts: &Facts) {
        let words = as_coded(&self.sides.items[item as usize], &self.sides.assets[asset as usize]);
        let one = self.is_one(item, asset, facts);
        self.pairs.extend(words.map(|words| Pair { item, asset, words, open: true, one }));
    }

    /// Whether the asset holds the bytes of the item.
    fn is_one(&self, item: u32, asset: u32, facts: &Facts) -> bool {
        let bytes = facts.file(FileRef { item, file: 0 });
        bytes.is_some_and(|bytes| self.index.holders(bytes).any(|other| other == asset))
    }

    /// What must be read or looked at: first the coded pictures, then, of what is left, how it looks.
    pub(super) fn questions(&self, parts: &Parts, facts: &Facts) -> Questions {
        let mut asked = Questions::default();
        let coded = self.pairs.iter().filter(|pair| pair.open && !pair.one && pair.words.coded);
        let ends = coded.flat_map(|pair| self.ends(pair, |face| face.coded));
        let twins = self.twins.iter().filter(|(.., words)| words.coded).flat_map(files);
        asked.pictures.extend(
            ends.chain(twins)
                .chain(self.undated.pictures())
                .chain(parts.pictures())
                .filter(|picture| !facts.pictures.contains_key(picture)),
        );
        if asked.pictures.is_empty() {
            let doubtful = self.doubtful();
            let is_asked = |pair: &&Pair| {
                let counts = pair.open || doubtful.0.contains(&pair.item) || doubtful.1.contains(&pair.asset);
                pair.words.shot && !pair.one && counts && !self.is_one_picture(pair, facts)
            };
            let ends = self.pairs.iter().filter(is_asked).flat_map(|pair| self.ends(pair, |face| face.shot));
            let is_another =
                |(one, other, words): &&(u32, u32, Words)| words.shot && !has_one_digest(*one, *other, facts);
            let twins = self.twins.iter().filter(is_another).flat_map(files);
            asked.looks.extend(ends.chain(twins).filter(|picture| !facts.looks.contains_key(picture)));
        }
        if asked.pictures.is_empty() && asked.looks.is_empty() {
            let twins = self.twins.iter().filter(|twins| is_one(twins, facts));
            let companions = twins.flat_map(|(one, other, _)| self.companions(*one, *other, facts));
            asked.pictures.extend(companions.filter(|picture| !facts.pictures.contains_key(picture)));
        }
        for asked in [&mut asked.pictures, &mut asked.looks] {
            asked.sort_unstable();
            asked.dedup();
        }
        asked
    }

    /// The files that belong to two items which show the same, as far as they may be one coded picture: a RAW of each, a
    /// movie of each.
    fn companions(&self, one: u32, other: u32, facts: &Facts) -> impl Iterator<Item = PictureOf> {
        let differ =
            |(one, other): &(FileRef, FileRef)| facts.file(*one).is_none() || facts.file(*one) != facts.file(*other);
        let pairs: Vec<_> = self.companion_pairs(one, other).filter(differ).collect();
        pairs.into_iter().flat_map(|(one, other)| [one, other]).map(PictureOf::File)
    }

    fn companion_pairs(&self, one: u32, other: u32) -> impl Iterator<Item = (FileRef, FileRef)> {
        let file = move |item: u32, role| {
            let files = &self.sides.items[item as usize].files;
            let at = files.iter().position(|file| file.role == role && file.is_readable() && file.flaw().is_none())?;
            Some(FileRef { item, file: at as u16 })
        };
        COMPANIONS.into_iter().filter_map(move |role| file(one, role).zip(file(other, role)))
    }

    /// The pictures of a pair: the item's, and those of the asset that may be it.
    fn ends(&self, pair: &Pair, is_meant: impl Fn(&Face) -> bool) -> impl Iterator<Item = PictureOf> {
        let file = PictureOf::File(FileRef { item: pair.item, file: 0 });
        let faces: Vec<PictureOf> =
            pair.words.faces.iter().filter(|face| is_meant(face)).map(|face| of(pair, face)).collect();
        std::iter::once(file).filter(|_| !faces.is_empty()).collect::<Vec<_>>().into_iter().chain(faces)
    }

    /// Items and assets of open pairs that only their being alone makes certain: all that may stand beside them counts.
    fn doubtful(&self) -> (FxHashSet<u32>, FxHashSet<u32>) {
        let doubtful = || self.pairs.iter().filter(|pair| pair.open && pair.words.shot && !pair.words.told);
        (doubtful().map(|pair| pair.item).collect(), doubtful().map(|pair| pair.asset).collect())
    }

    fn is_one_picture(&self, pair: &Pair, facts: &Facts) -> bool {
        let file = facts.picture(PictureOf::File(FileRef { item: pair.item, file: 0 }));
        let mut faces = pair.words.faces.iter().filter(|face| face.coded);
        pair.words.coded && file.is_some() && faces.any(|face| facts.picture(of(pair, face)) == file)
    }

    /// What a pair is, looked at by itself.
    fn rung(&self, pair: &Pair, facts: &Facts) -> Option<Rung> {
        if pair.one {
            return Some(Rung::Bytes);
        }
        if self.is_one_picture(pair, facts) {
            return Some(Rung::Picture);
        }
        // What brings a half that nothing holds is another Live Photo than the still alone.
        let moves = || pair.words.faces.iter().any(|face| face.shot && facts.moves(of(pair, face)) == Some(true));
        let has_half =
            || self.sides.assets[pair.asset as usize].resource(ResourceRole::PairedVideo).is_some() || moves();
        let brings_a_half =
            || self.index.brings_a_half(pair.item, pair.asset, facts) || self.brings_motion(pair, facts);
        if !pair.words.shot || (!has_half() && brings_a_half()) {
            return None;
        }
        let file = facts.look(PictureOf::File(FileRef { item: pair.item, file: 0 }));
        let faces = pair.words.faces.iter().filter(|face| face.shot);
        let seen: Vec<Option<bool>> = faces.map(|face| file?.shows_the_same(facts.look(of(pair, face))?)).collect();
        match seen {
            seen if seen.contains(&Some(true)) => Some(Rung::Shot),
            seen if (seen.is_empty() || seen.contains(&None)) && pair.words.alone => Some(Rung::ShotByWords),
            _ => None,
        }
    }

    /// Whether a movie stands behind the picture of the item, and behind none of the asset.
    fn brings_motion(&self, pair: &Pair, facts: &Facts) -> bool {
        let file = PictureOf::File(FileRef { item: pair.item, file: 0 });
        let mut faces = pair.words.faces.iter().filter(|face| face.shot).peekable();
        facts.moves(file) == Some(true)
            && faces.peek().is_some()
            && faces.all(|face| facts.moves(of(pair, face)) == Some(false))
    }

    fn formats(&self, pair: &Pair) -> (String, String) {
        let item = &self.sides.items[pair.item as usize];
        let asset = &self.sides.assets[pair.asset as usize];
        let format = |name: &str| media::format_of(name).unwrap_or_default();
        (format(&item.primary().name().to_string_lossy()), format(&asset.original_name))
    }

    /// Decides, and says of open items what they are.
    pub(super) fn decide(&self, facts: &Facts, relations: &mut [Relation]) -> Decided {
        let mut found: Vec<(&Pair, Rung)> =
            self.pairs.iter().filter_map(|pair| Some((pair, self.rung(pair, facts)?))).collect();
        let answers = Answers::new(self, &found, facts);
        found.retain(|(pair, rung)| answers.is_certain(self, pair, *rung));
        // The closest first, then the asset that speaks.
        found.sort_by_key(|(pair, rung)| (*rung, self.index.preference(pair.asset), pair.item));
        let mut decided = Decided::default();
        for (pair, rung) in found {
            if rung == Rung::Bytes {
                continue;
            }
            decided.items.entry(pair.asset).or_insert((pair.item, rung));
            let known = &mut relations[pair.item as usize];
            let is_told = match known {
                Relation::Held { asset, rung: Rung::Shot } => *asset == pair.asset,
                Relation::Changed(_) => rung == Rung::Picture,
                _ => is_open(known),
            };
            if is_told {
                *known = Relation::Held { asset: pair.asset, rung };
            }
        }
        self.hold_unseen(facts, relations, &mut decided);
        self.tell_gone(facts, relations);
        decided.twins = self.groups(facts, relations);
        decided
    }

    /// Says of what shows the same as a photo that the library holds no longer that it is gone with it.
    fn tell_gone(&self, facts: &Facts, relations: &mut [Relation]) {
        let is_here = |link: LinkId| {
            let link = self.sides.memory.link(link);
            link.is_some_and(|link| link.assets.iter().any(|id| self.index.by_id(id).is_some()))
        };
        for relation in relations.iter_mut() {
            if let Relation::Changed(link) = *relation
                && !is_here(link)
            {
                *relation = Relation::Gone(link);
            }
        }
        let twins: Vec<_> = self.twins.iter().filter(|twins| is_one(twins, facts)).collect();
        // What was told of one may tell of the next.
        while twins.iter().filter(|twins| tell_of_twin(twins, relations)).count() > 0 {}
    }

    /// Says of a RAW or a movie that it was deleted with its photo, if it is the same coded picture as one that was.
    pub(super) fn tell_companions(&self, facts: &Facts, absent: &mut FxHashMap<FileRef, Absence>) {
        for (one, other, _) in self.twins.iter().filter(|twins| is_one(twins, facts)) {
            for (new, known) in [(*one, *other), (*other, *one)] {
                let gone = self.same_companions(new, known, facts).filter_map(|(new, known)| {
                    let Some(Absence::Deleted(link)) = absent.get(&known) else { return None };
                    (absent.get(&new) == Some(&Absence::Lacking)).then_some((new, Absence::Deleted(*link)))
                });
                absent.extend(gone.collect::<Vec<_>>());
            }
        }
    }

    /// The companions of two items that are one coded picture.
    fn same_companions(&self, one: u32, other: u32, facts: &Facts) -> impl Iterator<Item = (FileRef, FileRef)> {
        let is_one = |(one, other): &(FileRef, FileRef)| {
            let bytes = [one, other].map(|file| facts.file(*file));
            let pictures = [one, other].map(|file| facts.picture(PictureOf::File(*file)));
            (bytes[0].is_some() && bytes[0] == bytes[1]) || (pictures[0].is_some() && pictures[0] == pictures[1])
        };
        self.companion_pairs(one, other).filter(is_one).collect::<Vec<_>>().into_iter()
    }

    /// Says of what nothing was found to be that this cannot be told now, where a picture that could tell was not read.
    fn hold_unseen(&self, facts: &Facts, relations: &mut [Relation], decided: &mut Decided) {
        if facts.unseen.is_empty() {
            return;
        }
        for pair in self.pairs.iter().filter(|pair| pair.open && !pair.one) {
            let mut ends = self.ends(pair, |_| true);
            let Some(why) = ends.find_map(|end| facts.unseen.get(&end)) else { continue };
            if !decided.items.contains_key(&pair.asset) {
                decided.unclear.entry(pair.asset).or_insert(pair.item);
            }
            let relation = &mut relations[pair.item as usize];
            if is_open(relation) {
                let words = format!("the library may have this picture, and one of the two cannot be read now: {why}");
                *relation = Relation::Unreadable(words.into());
            }
        }
    }

    /// New items in groups of those that show the same.
    fn groups(&self, facts: &Facts, relations: &[Relation]) -> Vec<Vec<u32>> {
        let mut leaders: FxHashMap<u32, u32> = FxHashMap::default();
        let leader = |leaders: &FxHashMap<u32, u32>, item: u32| leaders.get(&item).copied().unwrap_or(item);
        for twins @ (one, other, _) in &self.twins {
            let is_new = |item: u32| matches!(relations[item as usize], Relation::New);
            if is_one(twins, facts) && is_new(*one) && is_new(*other) {
                let (first, second) = (leader(&leaders, *one), leader(&leaders, *other));
                let (first, second) = (first.min(second), first.max(second));
                leaders.values_mut().filter(|known| **known == second).for_each(|known| *known = first);
                leaders.extend([(*one, first), (*other, first)]);
            }
        }
        let mut groups: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (item, leader) in leaders {
            groups.entry(leader).or_default().push(item);
        }
        let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort_unstable();
        groups
    }
}

/// Which different photos of each side answer to one of the other.
struct Answers {
    of_items: FxHashMap<u32, Vec<Answering>>,
    of_assets: FxHashMap<u32, Vec<Answering>>,
}

/// A photo that answers. Of several with equal bytes the first.
#[derive(PartialEq)]
struct Answering {
    photo: u32,
    format: String,
    /// It is the very one, by its bytes.
    one: bool,
}

impl Answers {
    fn new(alike: &Alike<'_>, found: &[(&Pair, Rung)], facts: &Facts) -> Self {
        let mut answers = Self { of_items: FxHashMap::default(), of_assets: FxHashMap::default() };
        let (mut items, mut assets) = (FxHashMap::default(), FxHashMap::default());
        for (pair, rung) in found {
            let bytes = facts.file(FileRef { item: pair.item, file: 0 });
            let item = bytes.map_or(pair.item, |bytes| *items.entry(bytes).or_insert(pair.item));
            let identity = alike.index.identity(pair.asset, facts);
            let asset = identity.map_or(pair.asset, |bytes| *assets.entry(bytes).or_insert(pair.asset));
            let (item_format, asset_format) = alike.formats(pair);
            let one = *rung == Rung::Bytes;
            for (all, photo, format) in [
                (answers.of_assets.entry(pair.asset).or_default(), item, item_format),
                (answers.of_items.entry(pair.item).or_default(), asset, asset_format),
            ] {
                let answering = Answering { photo, format, one };
                if !all.contains(&answering) {
                    all.push(answering);
                }
            }
        }
        answers
    }

    /// Whether nothing else can be meant: of several that answer on a side none is it, unless the sub-second or the name
    /// tells.
    fn is_certain(&self, alike: &Alike<'_>, pair: &Pair, rung: Rung) -> bool {
        let counts: fn(&Answering, &str) -> bool = match rung {
            Rung::Bytes | Rung::Recorded | Rung::Remembered => return true,
            Rung::Picture | Rung::SizeTimeAndName => return true,
            Rung::Shot if pair.words.told => return true,
            // What else was taken as the second began may be the next frame, unless it is known to be this one.
            Rung::Shot if pair.words.same_format && pair.words.on_the_second => |other, _| !other.one,
            // The next frame looks like this one, and nothing tells them apart.
            Rung::Shot if pair.words.same_format => return false,
            // A burst is shot in one format, and a converted copy has another.
            Rung::Shot => |other, format| other.format == format,
            // Words alone do not know that much.
            Rung::ShotByWords => |other, format| other.format == format || !other.one,
        };
        let (item_format, asset_format) = alike.formats(pair);
        let is_alone = |answers: &FxHashMap<u32, Vec<Answering>>, of: u32, format: &str| {
            answers.get(&of).into_iter().flatten().filter(|other| counts(other, format)).count() < 2
        };
        is_alone(&self.of_assets, pair.asset, &item_format) && is_alone(&self.of_items, pair.item, &asset_format)
    }
}

fn of(pair: &Pair, face: &Face) -> PictureOf {
    PictureOf::Resource(ResourceRef { asset: pair.asset, resource: face.resource })
}

fn files((one, other, _): &(u32, u32, Words)) -> [PictureOf; 2] {
    [*one, *other].map(|item| PictureOf::File(FileRef { item, file: 0 }))
}

/// Whether two items show the same.
fn is_one((one, other, words): &(u32, u32, Words), facts: &Facts) -> bool {
    let looks = [one, other].map(|item| facts.look(PictureOf::File(FileRef { item: *item, file: 0 })));
    let look_alike = || matches!(looks, [Some(a), Some(b)] if a.shows_the_same(b) == Some(true));
    has_one_digest(*one, *other, facts) || (words.shot && look_alike())
}

/// Says of the new one of two that show the same that it is gone, if the other one is. Returns whether it did.
fn tell_of_twin((one, other, _): &(u32, u32, Words), relations: &mut [Relation]) -> bool {
    let (new, link) = match [one, other].map(|item| &relations[*item as usize]) {
        [Relation::New, Relation::Gone(link)] => (*one, *link),
        [Relation::Gone(link), Relation::New] => (*other, *link),
        _ => return false,
    };
    relations[new as usize] = Relation::Gone(link);
    true
}

fn has_one_digest(one: u32, other: u32, facts: &Facts) -> bool {
    let [one, other] = [one, other].map(|item| facts.picture(PictureOf::File(FileRef { item, file: 0 })));
    one.is_some() && one == other
}
