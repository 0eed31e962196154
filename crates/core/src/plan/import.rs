//! Decides about every file of the folder: whether it goes into the library, with which other files, or why it stays.
//!
//! The primary file is decided about first, and speaks for its item. A companion goes along, shares what holds for the
//! item, or has a fate of its own; what the library has of it needs no word.

use std::time::Duration;

use photobridge_media::capture::CaptureSource;
use photobridge_media::header::Header;
use photobridge_media::{self as media, FileKind};
use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use super::{Evidence, Fate, Join, Late, Rules, Verdict, late, of_known};
use crate::asset::{MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::settle::changed_within;
use crate::item::{FileRef, Item, ItemFile, Trouble};
use crate::matching::{Absence, Facts, Matched, Relation, Rung, Sides, role_of, sizes_as_live};
use crate::memory::{Decision, Link, LinkId, Origin};
use crate::reason::{Reason, Way};
use crate::run::MotionPhotos;

/// How long a photo that arrived just now waits for a file that photos of its camera have, where nothing in it tells of one:
/// the larger file comes last.
const LARGER_FILE: Duration = Duration::from_secs(10 * 60);

/// The cameras of which photos with a RAW, and with a movie, are known on either side.
#[derive(Debug, Default)]
pub(super) struct Habits<'a> {
    raw: FxHashSet<&'a str>,
    movie: FxHashSet<&'a str>,
}

impl<'a> Habits<'a> {
    pub(super) fn of(sides: Sides<'a>) -> Self {
        let mut habits = Self::default();
        for item in sides.items.iter().filter(|item| item.files.len() > 1) {
            let camera = item.header().and_then(|header| header.camera.as_deref());
            habits.note(camera, item.files.iter().map(|file| file.role));
        }
        for asset in sides.assets.iter().filter(|asset| asset.resources.len() > 1) {
            habits.note(asset.camera.as_deref(), asset.resources.iter().map(|resource| resource.role));
        }
        habits
    }

    fn note(&mut self, camera: Option<&'a str>, roles: impl Iterator<Item = ResourceRole>) {
        let Some(camera) = camera else { return };
        for role in roles {
            match role {
                ResourceRole::AlternatePhoto => self.raw.insert(camera),
                ResourceRole::PairedVideo => self.movie.insert(camera),
                _ => false,
            };
        }
    }
}

/// The verdict on the item at this position, then one on each companion that has another fate.
pub(super) fn verdicts(
    sides: Sides<'_>,
    facts: &Facts,
    matched: &Matched,
    rules: &Rules,
    habits: &Habits<'_>,
    position: u32,
) -> SmallVec<[Verdict; 1]> {
    let item = &sides.items[position as usize];
    let relation = &matched.relations[position as usize];
    Case { sides, facts, matched, rules, habits, position, item, relation }.verdicts()
}

/// One item, and all that is known of it.
struct Case<'a> {
    sides: Sides<'a>,
    facts: &'a Facts,
    matched: &'a Matched,
    rules: &'a Rules,
    habits: &'a Habits<'a>,
    position: u32,
    item: &'a Item,
    relation: &'a Relation,
}

/// What speaks for or against a file before any person or filter is asked.
enum Finding {
    Carry,
    Against(Reason),
    Broken(Box<str>),
}

/// What becomes of a companion.
enum Part {
    /// The library has it.
    IsThere,
    /// What is said of its item holds for it.
    Shares,
    /// Its own fate: where it goes without its item, the files that go.
    Own(Fate),
    /// The same, of a file of which its photo in the library can have it.
    Late(Fate, Box<Join>),
}

impl Case<'_> {
    fn verdicts(&self) -> SmallVec<[Verdict; 1]> {
        let (found, evidence) = self.judge();
        let is_broken = matches!(found, Finding::Broken(_));
        let (fate, taken_in) = self.ruled(0, found);
        let is_new = matches!(fate, Fate::Skip(Reason::ChangedSincePlanned));
        let evidence = if is_new { Some(Evidence::NewSinceYouLooked) } else { evidence };
        let mut lead = Verdict { file: 0, evidence, taken_in, ..Verdict::new(self.position, fate) };
        if self.item.files.len() == 1 {
            lead.as_live = self.goes_as_live(&lead.fate);
            self.tell_late(&mut lead);
            return smallvec![lead];
        }
        let overruled = lead.taken_in.is_some();
        let (mut along, mut shares, mut own) = (Vec::new(), Vec::new(), SmallVec::<[Verdict; 1]>::new());
        for at in 1..self.item.files.len() as u16 {
            let file = &self.item.files[usize::from(at)];
            if !file.role.is_original() {
                along.extend(file.excluded.is_none().then_some(at));
                own.extend(self.words(at, &lead, &own));
                continue;
            }
            let goes = matches!(lead.fate, Fate::Import(_));
            let (part, taken_in) = match (goes, is_broken) {
                (true, _) if self.is_made_anew(at) => (Part::Own(Fate::Skip(Reason::OtherHalfOfImported)), None),
                (true, _) => self.along(at, overruled),
                (false, true) => (Part::Shares, None),
                (false, false) => self.late(at).unwrap_or_else(|| self.apart(at, &lead)),
            };
            match part {
                Part::IsThere => {}
                Part::Shares if goes => {
                    along.push(at);
                    lead.taken_in = lead.taken_in.or(taken_in);
                }
                Part::Shares => shares.push(at),
                Part::Late(fate, join) => {
                    let alone = self.matched.alone.get(&self.file(at));
                    let leads = matches!(&fate, Fate::Import(files) if files.contains(&0));
                    let evidence = alone.map(|asset| Evidence::Asset(*asset, Rung::Bytes));
                    let evidence = evidence.or(lead.evidence.filter(|_| leads));
                    let late = Verdict::new(self.position, fate);
                    own.push(Verdict { file: at, evidence, taken_in, join: Some(join), ..late });
                }
                Part::Own(fate) => {
                    let leads = matches!(&fate, Fate::Import(files) if files.contains(&0));
                    let evidence = lead.evidence.filter(|_| leads).or_else(|| self.same_picture(at, &fate));
                    own.push(Verdict { file: at, evidence, taken_in, ..Verdict::new(self.position, fate) });
                }
            }
        }
        match &mut lead.fate {
            Fate::Import(files) => files.extend(along),
            Fate::Skip(_) | Fate::Fail(_) => lead.shared = shares.into(),
        }
        lead.as_live = self.goes_as_live(&lead.fate);
        self.tell_late(&mut lead);
        own.insert(0, lead);
        own.iter_mut().for_each(|verdict| self.keep_the_promise(verdict));
        own
    }

    /// Adds what is told late of the photo that the library has by these bytes, unless the settings, a person or a kept
    /// simulation leave the item out.
    fn tell_late(&self, lead: &mut Verdict) {
        let (Fate::Skip(Reason::SameBytes), Some(Evidence::Asset(asset, Rung::Bytes))) = (&lead.fate, lead.evidence)
        else {
            return;
        };
        let asset = &self.sides.assets[asset as usize];
        let Some(telling) = late::telling(self.sides, self.item, self.facts.file(self.file(0)), asset) else { return };
        let now = self.rules.library.joins;
        match self.ruled(0, Finding::Carry) {
            (Fate::Import(_), _) if now => lead.fate = Fate::Import(Vec::new()),
            (Fate::Import(_) | Fate::Skip(Reason::ReadOnly), _) if !now => {}
            _ => return,
        }
        lead.late = Some(Box::new(Late { photo: asset.id.clone(), telling, now }));
    }

    /// Whether a motion photo goes as a Live Photo: the settings say so, it can be one, and no other original goes with it.
    fn goes_as_live(&self, fate: &Fate) -> bool {
        let Fate::Import(files) = fate else { return false };
        let is_alone = files.iter().all(|at| *at == 0 || !self.item.files[usize::from(*at)].role.is_original());
        self.rules.motion_photos == MotionPhotos::Live && is_alone && sizes_as_live(self.item.primary()).is_some()
    }

    /// Whether this is a movie that a phone or an archive put beside a motion photo which goes as a Live Photo: the movie of that
    /// is made of the motion photo itself, and this one lacks what ties it to the picture, or is the very same.
    fn is_made_anew(&self, at: u16) -> bool {
        let file = &self.item.files[usize::from(at)];
        let is_tied = file.header.as_deref().is_some_and(|header| header.content_identifier.is_some());
        let movie = self.facts.pair(self.file(0)).map(|pair| pair.movie);
        let is_its_own = movie.is_some() && movie == self.facts.file(self.file(at));
        let is_live = self.rules.motion_photos == MotionPhotos::Live && sizes_as_live(self.item.primary()).is_some();
        let is_made = file.role == ResourceRole::PairedVideo && (!is_tied || is_its_own);
        is_live && is_made && self.decision(at) != Some(Decision::TakeIn)
    }

    /// A kept simulation that is honoured knew each file that goes, or none of them goes: bytes that nobody looked at may
    /// stand in the place of one.
    fn keep_the_promise(&self, verdict: &mut Verdict) {
        let (Some(only), Fate::Import(files)) = (&self.rules.only, &verdict.fate) else { return };
        if only.left_beside_another(&self.item.primary().stamp) {
            return;
        }
        let is_new = |at: &u16| {
            let stamp = &self.item.files[usize::from(*at)].stamp;
            !only.knows_beside(stamp, self.facts.file(self.file(*at)))
        };
        if files.iter().any(is_new) {
            verdict.shared = files.iter().copied().filter(|at| *at != verdict.file).collect();
            verdict.fate = Fate::Skip(Reason::ChangedSincePlanned);
            (verdict.evidence, verdict.taken_in) = (Some(Evidence::NewSinceYouLooked), None);
        }
    }

    /// What a finding comes to once the person, the filters, the library and a kept simulation were asked; and the bytes
    /// that a person took in, of what is carried because of that.
    fn ruled(&self, at: u16, found: Finding) -> (Fate, Option<Fingerprint>) {
        let file = &self.item.files[usize::from(at)];
        let bytes = self.facts.file(self.file(at));
        let decision = self.decision(at);
        // Nobody takes in nothing, whatever was said before the bytes were gone.
        let is_taken_in = decision == Some(Decision::TakeIn) && file.stamp.size > 0;
        let skip = |reason| (Fate::Skip(reason), None);
        match found {
            Finding::Broken(why) => (Fate::Fail(why), None),
            Finding::Against(reason) if !(is_taken_in && reason.can_be_taken_in(Way::Import)) => skip(reason),
            _ if decision == Some(Decision::LeaveOut) => skip(Reason::LeftOut),
            // The settings speak last: no person's word reaches past a filter.
            _ if file.excluded.is_some() => skip(Reason::Excluded),
            _ if !self.rules.library.writable => skip(Reason::ReadOnly),
            _ if self.rules.only.as_ref().is_some_and(|only| !only.saw(&file.stamp, bytes)) => {
                skip(Reason::ChangedSincePlanned)
            }
            // What a person took in is done with it once it goes, whether or not anything had to be overruled.
            _ => (Fate::Import(vec![at]), bytes.filter(|_| is_taken_in)),
        }
    }

    /// Whether an export of ours wrote the bytes of this file.
    fn was_written(&self, at: u16) -> bool {
        self.facts.file(self.file(at)).is_some_and(|bytes| self.sides.memory.was_written(&bytes))
    }

    fn decision(&self, at: u16) -> Option<Decision> {
        self.sides.memory.decision(&self.facts.file(self.file(at))?)
    }

    fn file(&self, at: u16) -> FileRef {
        FileRef { item: self.position, file: at }
    }

    /// What speaks for or against the primary file.
    fn judge(&self) -> (Finding, Option<Evidence>) {
        let bytes = self.facts.file(self.file(0));
        let went_out = |link: &Link| link.origin == Origin::Library && !link.placed.is_empty();
        let was_exported = || bytes.and_then(|bytes| self.sides.memory.by_fingerprint(&bytes)).is_some_and(went_out);
        if let Some(trouble) = &self.item.primary().trouble {
            return (in_trouble(trouble), None);
        }
        match self.relation {
            Relation::Unreadable(why) => (Finding::Broken(why.clone()), None),
            Relation::Held { asset, rung } => {
                let reason = match rung {
                    _ if self.sides.assets[*asset as usize].standing.trashed => Reason::DeletedInPhotos,
                    _ if self.is_lost(0) => Reason::OriginalMissing,
                    Rung::Bytes | Rung::Recorded | Rung::Remembered if was_exported() => Reason::ExportedByUs,
                    Rung::Bytes => Reason::SameBytes,
                    Rung::Recorded => Reason::ChangedInLibrary,
                    Rung::Remembered => Reason::NotCompared,
                    Rung::SizeTimeAndName => Reason::SameSizeTimeAndName,
                    // What was edited in the folder is the same shot as what we exported, and not it.
                    Rung::Picture | Rung::Shot | Rung::ShotByWords if self.was_written(0) => Reason::ExportedByUs,
                    Rung::Picture => Reason::SamePicture,
                    Rung::Shot | Rung::ShotByWords => Reason::SameShot,
                };
                (Finding::Against(reason), Some(Evidence::Asset(*asset, *rung)))
            }
            Relation::Gone(link) => (Finding::Against(self.gone_itself(*link)), Some(Evidence::Link(*link))),
            Relation::Begun { asset } => {
                let reason = self.item.primary().flaw().unwrap_or(Reason::Completed);
                (Finding::Against(reason), Some(Evidence::Beginning(*asset)))
            }
            Relation::Changed(link) => {
                let reason = self.item.primary().flaw().unwrap_or(Reason::ChangedInFolder);
                (Finding::Against(reason), Some(Evidence::Link(*link)))
            }
            Relation::HalfOf(link) => (Finding::Against(Reason::OtherHalfOfImported), Some(Evidence::Link(*link))),
            Relation::HalfHeld(asset) => {
                let (found, evidence) = self.waiting();
                (found, evidence.or(Some(Evidence::Asset(*asset, Rung::Bytes))))
            }
            Relation::New => self.waiting(),
        }
    }

    /// Why what this link remembers, or the library's trash, is not carried again.
    fn gone(&self, link: Option<LinkId>) -> Reason {
        let is_undone = link.and_then(|link| self.sides.memory.link(link)).is_some_and(|link| link.undone);
        if is_undone { Reason::Undone } else { Reason::DeletedInPhotos }
    }

    /// The same of the primary file: a movie may never have been there itself, only the still to which it belongs.
    fn gone_itself(&self, link: LinkId) -> Reason {
        let mut bytes = self.facts.bytes_of(self.file(0));
        let is_known = |bytes| self.sides.memory.by_fingerprint(&bytes).is_some();
        let shows_it = self.sides.memory.link(link).is_some_and(|known| known.kind == self.item.kind);
        if shows_it || bytes.any(is_known) { self.gone(Some(link)) } else { Reason::ItsPhotoStaysOut }
    }

    /// Nothing on the other side answers: is it time to carry it? What it waits for may be a file that belongs to it.
    fn waiting(&self) -> (Finding, Option<Evidence>) {
        let primary = self.item.primary();
        let header = primary.header.as_deref();
        if let Some(flaw) = primary.flaw().filter(|_| !self.goes_without_its_movie()) {
            return (Finding::Against(flaw), None);
        }
        if self.is_refused(primary) {
            return (Finding::Against(Reason::Refused), None);
        }
        if let Some(reason) = self.against_by_archive() {
            return (Finding::Against(reason), None);
        }
        for at in 1..self.item.files.len() as u16 {
            if let Some(found) = self.held_back_by(at) {
                return (found, Some(Evidence::Part(at)));
            }
        }
        if !self.rules.settle.is_zero() {
            let is_half = header.is_some_and(|header| header.content_identifier.is_some())
                && self.item.file(ResourceRole::PairedVideo).is_none();
            let is_fresh = |span| changed_within(&primary.stamp, self.rules.now, span);
            let waits = || is_fresh(self.rules.other_half) || self.may_come_in_a_part();
            if (is_half && waits()) || (self.may_lack_a_file() && is_fresh(LARGER_FILE)) {
                return (Finding::Against(Reason::OtherHalf), None);
            }
            if self.rules.library.fed_by_icloud && self.is_fresh_from_apple() {
                return (Finding::Against(Reason::AwaitingICloud), None);
            }
        }
        (Finding::Carry, None)
    }

    /// Whether only the movie behind a picture ends too early, and for longer than one waits for the other half of a Live Photo:
    /// then it costs no more than that.
    fn goes_without_its_movie(&self) -> bool {
        let primary = self.item.primary();
        let is_fresh = changed_within(&primary.stamp, self.rules.now, self.rules.other_half);
        primary.header.as_deref().is_some_and(Header::lacks_only_its_movie) && !is_fresh
    }

    /// What the archive in which it came says against it: that it was thrown away, or nothing yet of a photo that nothing
    /// else dates.
    fn against_by_archive(&self) -> Option<Reason> {
        let archived = self.item.archived.as_deref()?;
        if archived.photo().is_some_and(|photo| photo.trashed) {
            return Some(Reason::ThrownAway);
        }
        // No library is given a photo as a hidden one, and whoever hid it would see it everywhere.
        if archived.photo().is_some_and(|photo| photo.hidden) {
            return Some(Reason::Hidden);
        }
        let is_undated =
            || self.item.taken(self.item.primary()).is_none_or(|(_, source)| source == CaptureSource::FileTime);
        (archived.is_awaited && is_undated()).then_some(Reason::AwaitingWords)
    }

    /// Whether the other half may lie in a part of an archive that is still on its way. What the files in it are dated by says
    /// nothing of that.
    fn may_come_in_a_part(&self) -> bool {
        let newest = self.item.archived.as_deref().and_then(|archived| archived.newest_part);
        let since = newest.map(|newest| self.rules.now.duration_since(newest).unsigned_abs());
        since.is_some_and(|since| since < self.rules.other_half)
    }

    /// Whether photos of this camera often have a RAW or a movie, and this one has neither.
    fn may_lack_a_file(&self) -> bool {
        let Some(header) = self.item.header().filter(|_| self.item.kind == MediaKind::Photo) else { return false };
        let is_still = media::kind_of(self.item.path()) == Some(FileKind::Still);
        let has = |role| self.item.file(role).is_some();
        let knows = |cameras: &FxHashSet<&str>| header.camera.as_deref().is_some_and(|camera| cameras.contains(camera));
        is_still
            && ((!has(ResourceRole::AlternatePhoto) && knows(&self.habits.raw))
                || (!has(ResourceRole::PairedVideo) && knows(&self.habits.movie)))
    }

    /// Why a photo cannot go without this file yet. What ends too early, or is empty, is waited for no longer than for
    /// the other half of a Live Photo: it may stay so for ever.
    fn held_back_by(&self, at: u16) -> Option<Finding> {
        let file = &self.item.files[usize::from(at)];
        let is_fresh = || changed_within(&file.stamp, self.rules.now, self.rules.other_half);
        let is_there = || matches!(self.absence(at), None | Some(Absence::Unproven));
        let is_decided = || is_there() || self.decision(at).is_some();
        match &file.trouble {
            _ if file.excluded.is_some() => None,
            // Also a temporary name that a sync client forgot.
            Some(Trouble::Settling) if !is_fresh() => None,
            Some(trouble) => Some(in_trouble(trouble)),
            None if file.flaw().is_none() || is_decided() => None,
            // Halves that were parted are hard to join again, a RAW is a photo of its own.
            None => {
                let waits = file.role == ResourceRole::PairedVideo || !self.rules.settle.is_zero();
                file.flaw().filter(|_| waits && is_fresh()).map(Finding::Against)
            }
        }
    }

    fn is_fresh_from_apple(&self) -> bool {
        let Some(header) = self.item.header().filter(|header| header.is_from_apple()) else { return false };
        let Some(taken) = header.captured.and_then(|(time, _)| time.instant_or_wall()) else { return false };
        self.rules.now.duration_since(taken).unsigned_abs() < self.rules.icloud
    }

    /// What becomes of a companion whose primary file goes. `overruled`: because a person took that in.
    fn along(&self, at: u16, overruled: bool) -> (Part, Option<Fingerprint>) {
        let file = &self.item.files[usize::from(at)];
        let is_movie = file.role == ResourceRole::PairedVideo;
        let found = match self.absence(at) {
            // A movie goes with each still that it belongs to; a RAW that is there is not needed twice.
            None | Some(Absence::Unproven) if !is_movie => return (Part::IsThere, None),
            Some(Absence::Unread(why)) => Finding::Broken(why.clone()),
            Some(Absence::Deleted(link)) if !overruled => Finding::Against(self.gone(*link)),
            Some(Absence::Lost) if !is_movie && !overruled => Finding::Against(Reason::OriginalMissing),
            Some(Absence::SamePicture(_)) if !is_movie => Finding::Against(Reason::SamePicture),
            _ => self.own_trouble(file).unwrap_or(Finding::Carry),
        };
        match self.ruled(at, found) {
            (Fate::Import(_), taken_in) => (Part::Shares, taken_in),
            // A simulation speaks of items, and of companions only where they have a verdict of their own: what goes
            // along is asked about with its item.
            (Fate::Skip(Reason::ChangedSincePlanned), _) => (Part::Shares, None),
            (fate, _) => (Part::Own(fate), None),
        }
    }

    /// What becomes of a companion that came after its photo, where the library can still make one of both: that, if
    /// somebody said so. Else what the library has apart is told, and the rest goes as it would.
    fn late(&self, at: u16) -> Option<(Part, Option<Fingerprint>)> {
        let join = self.join(at)?;
        let file = &self.item.files[usize::from(at)];
        if join.now {
            let (fate, _) = self.ruled(at, self.own_trouble(file).unwrap_or(Finding::Carry));
            let said = self.decision(at).and_then(|_| self.facts.file(self.file(at)));
            let taken_in = said.filter(|_| matches!(fate, Fate::Import(_)));
            return Some((Part::Late(fate, join), taken_in));
        }
        let is_alone = join.alone.is_some() && file.role == ResourceRole::AlternatePhoto && !self.is_lost(at);
        is_alone.then_some((Part::Late(Fate::Skip(Reason::SameBytes), join), None))
    }

    /// The photo of the library of which a companion can become a part: the library has that by its bytes, and nothing in
    /// the place of this file.
    fn join(&self, at: u16) -> Option<Box<Join>> {
        let Relation::Held { asset: position, rung: Rung::Bytes } = *self.relation else { return None };
        let (file, photo) = (&self.item.files[usize::from(at)], &self.sides.assets[position as usize]);
        let mut bytes = self.facts.bytes_of(self.file(0));
        let is_original = |bytes| role_of(self.sides.assets, self.facts, position, bytes) == Some(ResourceRole::Photo);
        let is_its_original = bytes.any(is_original);
        let has_place = photo.is_listed() && photo.resource(file.role).is_none() && !photo.standing.trashed;
        let alone = self.matched.alone.get(&self.file(at)).map(|asset| &self.sides.assets[*asset as usize]);
        let is_absent = matches!(self.absence(at), Some(Absence::Lacking | Absence::Apart));
        let can_be = self.rules.library.joins && file.role.is_companion() && is_its_original && has_place;
        (can_be && (alone.is_some() || is_absent)).then(|| {
            let now = self.decision(at) == Some(Decision::Join) || (self.rules.joins && !self.is_lost(at));
            let (photo, name) = (photo.id.clone(), photo.original_name.clone());
            Box::new(Join { photo, name, alone: alone.map(|asset| asset.id.clone()), now })
        })
    }

    /// What becomes of a companion whose primary file stays.
    fn apart(&self, at: u16, lead: &Verdict) -> (Part, Option<Fingerprint>) {
        let file = &self.item.files[usize::from(at)];
        let Fate::Skip(reason) = lead.fate else { return (Part::Shares, None) };
        let found = match self.absence(at) {
            None => return (Part::IsThere, None),
            Some(Absence::Unread(why)) => Finding::Broken(why.clone()),
            Some(Absence::Deleted(link)) => Finding::Against(self.gone(*link)),
            Some(Absence::Apart) => Finding::Against(Reason::OtherHalfOfImported),
            // What we wrote came from the library, whatever that can show of it now.
            Some(Absence::Unproven) if reason == Reason::ExportedByUs && self.was_written(at) => {
                Finding::Against(reason)
            }
            Some(Absence::Unproven) => Finding::Against(Reason::NotCompared),
            Some(Absence::Lost) => Finding::Against(Reason::OriginalMissing),
            Some(Absence::SamePicture(_)) => Finding::Against(Reason::SamePicture),
            Some(Absence::Lacking) => match self.own_trouble(file) {
                Some(found) => found,
                None => self.beside(file, reason),
            },
        };
        let is_its_own = lead.evidence == Some(Evidence::Part(at));
        let (fate, taken_in) = match self.ruled(at, found) {
            (Fate::Skip(own), _) if own == reason && !is_its_own => return (Part::Shares, None),
            (Fate::Import(_), _) if self.is_overtaken(at, reason) => (Fate::Skip(Reason::OtherHalfOfImported), None),
            (Fate::Import(_), taken_in) => (Fate::Import(self.anew(at, reason)), taken_in),
            (fate, _) => (fate, None),
        };
        match self.join(at) {
            Some(join) => (Part::Late(fate, join), taken_in),
            None => (Part::Own(fate), taken_in),
        }
    }

    /// What is said of a recipe or a sidecar that does not go with its photo: the settings leave it out, or the photo is in
    /// the library without it. What goes in of a photo is never changed there, so no person can overrule that.
    fn words(&self, at: u16, lead: &Verdict, own: &[Verdict]) -> Option<Verdict> {
        let file = &self.item.files[usize::from(at)];
        if own.iter().any(|verdict| matches!(&verdict.fate, Fate::Import(files) if files.contains(&at))) {
            return None;
        }
        let is_recipe = file.role == ResourceRole::AdjustmentData;
        let reason = match lead.fate {
            Fate::Import(_) if is_recipe && file.excluded.is_some() => Reason::Excluded,
            Fate::Skip(_) if !is_recipe && file.excluded.is_some() => return None,
            Fate::Skip(reason) if is_dealt_with(reason) && self.absence(at).is_some() => of_known(file.role)?,
            _ => return None,
        };
        let (fate, _) = self.ruled(at, Finding::Against(reason));
        Some(Verdict { file: at, ..Verdict::new(self.position, fate) })
    }

    /// What is to be done with a companion that nothing holds and nothing hinders, while `reason` speaks against its item.
    fn beside(&self, file: &ItemFile, reason: Reason) -> Finding {
        let primary = self.item.primary();
        let waits = || {
            let is_patient = !self.rules.settle.is_zero();
            is_patient && changed_within(&primary.stamp, self.rules.now, self.rules.other_half)
        };
        match (file.role, reason) {
            // Photos cannot add a file to a photo that it has: a RAW goes in as one of its own, a movie would be a twin of
            // the still, so a person decides.
            (ResourceRole::AlternatePhoto, reason) if is_dealt_with(reason) => Finding::Carry,
            (ResourceRole::AlternatePhoto, Reason::Excluded | Reason::LeftOut) => Finding::Carry,
            // One that was to go by itself goes, whatever became of its JPEG.
            (ResourceRole::AlternatePhoto, Reason::ChangedSincePlanned) => Finding::Carry,
            (ResourceRole::AlternatePhoto, reason) if primary.flaw() == Some(reason) && !waits() => Finding::Carry,
            (ResourceRole::PairedVideo, Reason::DeletedInPhotos | Reason::Undone) => {
                Finding::Against(Reason::ItsPhotoStaysOut)
            }
            (ResourceRole::PairedVideo, Reason::ChangedInFolder | Reason::Completed) => Finding::Against(reason),
            (ResourceRole::PairedVideo, reason) if is_dealt_with(reason) => {
                Finding::Against(Reason::OtherHalfOfImported)
            }
            _ => Finding::Against(reason),
        }
    }

    /// The files that go where a companion goes and its item stays. A movie that a person takes in brings its still along,
    /// so that the library has the whole Live Photo; any other file goes alone, with words that are its own by their name.
    fn anew(&self, at: u16, reason: Reason) -> Vec<u16> {
        let is_movie = self.item.files[usize::from(at)].role == ResourceRole::PairedVideo;
        if is_movie && (reason.lies_on_both_sides() || reason == Reason::OriginalMissing) {
            return vec![0, at];
        }
        let is_its_own = |file: &ItemFile| {
            file.role == ResourceRole::Sidecar && file.excluded.is_none() && self.item.described_by(file) == Some(at)
        };
        let words = self.item.files.iter().position(is_its_own).map(|words| words as u16);
        std::iter::once(at).chain(words).collect()
    }

    /// Whether a person took in a movie before its still came to the library without it: of that still once more they said
    /// nothing, so they are asked.
    fn is_overtaken(&self, at: u16, reason: Reason) -> bool {
        let is_movie = self.item.files[usize::from(at)].role == ResourceRole::PairedVideo;
        let Relation::Held { asset, .. } = *self.relation else { return false };
        let (bytes, still) = (self.facts.file(self.file(at)), &self.sides.assets[asset as usize]);
        let came_after = |bytes| self.sides.memory.came_after(&bytes, still, self.rules.now);
        is_movie && reason.lies_on_both_sides() && bytes.is_some_and(came_after)
    }

    /// The asset of which a companion is the same picture, where that is said.
    fn same_picture(&self, at: u16, fate: &Fate) -> Option<Evidence> {
        match self.absence(at) {
            Some(Absence::SamePicture(resource)) if *fate == Fate::Skip(Reason::SamePicture) => {
                Some(Evidence::Asset(resource.asset, Rung::Picture))
            }
            _ => None,
        }
    }

    /// What keeps a file back by itself.
    fn own_trouble(&self, file: &ItemFile) -> Option<Finding> {
        let against = || file.flaw().or(self.is_refused(file).then_some(Reason::Refused)).map(Finding::Against);
        file.trouble.as_ref().map(in_trouble).or_else(against)
    }

    /// Whether the library refused a file of this format.
    fn is_refused(&self, file: &ItemFile) -> bool {
        !self.rules.refuses.is_empty() && self.rules.refuses.contains(&self.item.format(file))
    }

    /// Whether the library lists this file, and has lost it.
    fn is_lost(&self, at: u16) -> bool {
        self.absence(at) == Some(&Absence::Lost)
    }

    fn absence(&self, at: u16) -> Option<&Absence> {
        self.matched.absent.get(&self.file(at))
    }
}

/// Whether the photo is in the library, or was there and is known.
fn is_dealt_with(reason: Reason) -> bool {
    use Reason::{ChangedInFolder, ChangedInLibrary, DeletedInPhotos, Undone};
    reason.lies_on_both_sides() || matches!(reason, DeletedInPhotos | Undone | ChangedInFolder | ChangedInLibrary)
}

fn in_trouble(trouble: &Trouble) -> Finding {
    match trouble {
        Trouble::Unreadable(why) => Finding::Broken(why.clone()),
        Trouble::Settling => Finding::Against(Reason::Settling),
        Trouble::OnlineOnly => Finding::Against(Reason::OnlineOnly),
        Trouble::Unsupported => Finding::Against(Reason::NotSupported),
    }
}
