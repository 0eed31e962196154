//! Lives of photos that move, under settings that change. Such a photo has forms: the one file that a phone made, both files of
//! its Live Photo, and the one file that these become. In whichever form it lies on a side, it is one photo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole, Standing};
use photobridge_core::export::{Edited, Layout, LivePhotos, Range};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::run::{Command, Mode, MotionPhotos};
use photobridge_media::live::{self, Both};
use photobridge_media::sample::Shot;
use photobridge_media::{FileKind, read_header};
use photobridge_testkit::shelf::{Fault, Kept, Telling};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::check::{self, Checked, ensure};
use crate::operation::{Beginning, Operation, Stage};
use crate::world::{Look, Ran, World, stem};
use crate::{check_lives, run, simulate};

/// What a file is to its photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Whole,
    Still,
    Movie,
    Joined,
}

/// A photo that moves.
struct Photo {
    ending: &'static str,
    parts: BTreeMap<Part, Arc<[u8]>>,
}

impl Photo {
    /// What a phone made, and all that it can become.
    fn of(ending: &'static str, whole: Vec<u8>) -> Self {
        let size = whole.len() as u64;
        let pair = live::pair(Cursor::new(&whole), size, Fingerprint::of(&whole).as_bytes()).expect("memory");
        let pair = pair.expect("a motion photo");
        let made = |half: &live::Made| {
            let mut bytes = Vec::new();
            half.write(&mut Cursor::new(&whole), &mut bytes).map(|()| bytes).expect("memory")
        };
        let mut photo = Self::of_two(ending, made(&pair.still), made(&pair.movie));
        photo.parts.insert(Part::Whole, whole.into());
        photo
    }

    /// A Live Photo, and what it becomes as one file.
    fn of_two(ending: &'static str, still: Vec<u8>, movie: Vec<u8>) -> Self {
        let sized = |bytes: &[u8]| (Cursor::new(bytes.to_vec()), bytes.len() as u64);
        let made = live::joined(sized(&still), sized(&movie)).expect("memory").expect("one file");
        let mut joined = Vec::new();
        made.write(&mut Both::new(sized(&still), sized(&movie)), &mut joined).expect("memory");
        let parts = [(Part::Still, still), (Part::Movie, movie), (Part::Joined, joined)];
        Self { ending, parts: parts.map(|(part, bytes)| (part, bytes.into())).into() }
    }

    /// A form of it, by a number.
    fn form(&self, number: u8) -> &'static [Part] {
        match number % 3 {
            0 if self.parts.contains_key(&Part::Whole) => &[Part::Whole],
            1 => &[Part::Joined],
            _ => &[Part::Still, Part::Movie],
        }
    }
}

static PHOTOS: LazyLock<Vec<Photo>> = LazyLock::new(|| {
    let shot = |second: i8, seed: u64| {
        let shot = Shot::new(date(2024, 5, 14).at(12, 0, second, 0), seed);
        Shot { make: "Google".into(), model: "Pixel 9".into(), ..shot }
    };
    let tied = |second, seed| {
        let content_identifier = Some(format!("5A1F0C52-0000-4000-8000-0000000000{seed}"));
        Shot { content_identifier, ..shot(second, seed) }
    };
    let (movie, both) =
        (|shot: &Shot| shot.movie(16, 12, 500), |shot: Shot| [shot.jpeg(16, 12), shot.movie(16, 12, 500)]);
    let in_boxes = |shot: Shot| {
        let movie = movie(&shot);
        let head = [&(movie.len() as u32 + 8).to_be_bytes()[..], b"mpvd"].concat();
        [shot.heif(16, 12), head, movie].concat()
    };
    let (first, last) = (tied(30, 15), tied(40, 16));
    vec![
        Photo::of("JPG", both(shot(1, 11)).concat()),
        // The next frame of its burst, as long.
        Photo::of("JPG", both(shot(1, 12)).concat()),
        Photo::of("HEIC", in_boxes(shot(20, 13))),
        Photo::of_two("HEIC", first.heif(16, 12), movie(&first)),
        Photo::of_two("JPG", last.jpeg(16, 12), movie(&last)),
    ]
});

/// Which photo these bytes are of, and what they are to it.
fn known(bytes: &[u8]) -> Option<(usize, Part)> {
    type Known = BTreeMap<&'static [u8], (usize, Part)>;
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let parts =
            |(at, photo): (usize, &'static Photo)| photo.parts.iter().map(move |(part, bytes)| (&**bytes, (at, *part)));
        PHOTOS.iter().enumerate().flat_map(parts).collect()
    });
    KNOWN.get(bytes).copied()
}

/// Whether these are bytes of such a photo.
pub fn is_of_one(bytes: &[u8]) -> bool {
    known(bytes).is_some()
}

#[derive(Debug, Clone)]
enum Step {
    Put { photo: u8, form: u8, place: u8 },
    Remove { file: u8 },
    Move { file: u8, place: u8 },
    Add { photo: u8, form: u8 },
    Delete { asset: u8 },
    Trash { asset: u8 },
    Set(MotionPhotos, LivePhotos),
    Other(Operation),
    SyncThatFails { stage: Stage, after: u32, fault: Fault },
    Sync,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let n = any::<u8>;
    let stage = select(vec![Stage::Beginning, Stage::Importing, Stage::Exporting]);
    let other = select(vec![
        Operation::LoseLedger,
        Operation::LoseLedger,
        Operation::RebuildLibrary,
        Operation::SwitchComputer,
        Operation::ChangeMode(Mode::Import),
        Operation::ChangeMode(Mode::Export),
        Operation::ChangeMode(Mode::Bidirectional),
    ]);
    let settings = (select(MOTION.to_vec()), select(LIVE.to_vec()));
    let step = prop_oneof![
        8 => (n(), n(), n()).prop_map(|(photo, form, place)| Step::Put { photo, form, place }),
        3 => n().prop_map(|file| Step::Remove { file }),
        2 => (n(), n()).prop_map(|(file, place)| Step::Move { file, place }),
        6 => (n(), n()).prop_map(|(photo, form)| Step::Add { photo, form }),
        3 => n().prop_map(|asset| Step::Delete { asset }),
        1 => n().prop_map(|asset| Step::Trash { asset }),
        4 => settings.prop_map(|(motion, live)| Step::Set(motion, live)),
        3 => other.prop_map(Step::Other),
        2 => (stage, 0..30_u32, select(vec![Fault::Death, Fault::Refusal]))
            .prop_map(|(stage, after, fault)| Step::SyncThatFails { stage, after, fault }),
        8 => Just(Step::Sync),
    ];
    vec(step, 3..20).prop_map(|mut steps| {
        steps.push(Step::Sync);
        steps
    })
}

const MOTION: [MotionPhotos; 2] = [MotionPhotos::AsTheyAre, MotionPhotos::Live];
const LIVE: [LivePhotos; 2] = [LivePhotos::TwoFiles, LivePhotos::MotionPhoto];

/// What must be remembered of a life: photos by number.
#[derive(Default)]
struct Past {
    /// Both sides had them since the ledger began, on either computer, and in which forms.
    met: [BTreeMap<usize, BTreeSet<Part>>; 2],
    computer: usize,
    ever_in_folder: BTreeSet<usize>,
    ever_in_library: BTreeSet<usize>,
}

/// The forms of the photos that lie in the folder: by directory and stem.
fn in_folder(look: &Look) -> BTreeMap<PathBuf, (usize, BTreeSet<Part>)> {
    let mut forms: BTreeMap<PathBuf, (usize, BTreeSet<Part>)> = BTreeMap::new();
    for (path, file) in &look.files {
        if let Some((photo, part)) = known(&file.bytes) {
            forms.entry(stem(path)).or_insert((photo, BTreeSet::new())).1.insert(part);
        }
    }
    forms
}

fn in_library(kept: &Kept) -> Option<(usize, BTreeSet<Part>)> {
    let parts: Option<Vec<_>> = kept.bytes.iter().map(|bytes| known(bytes)).collect();
    let (photo, _) = *parts.as_ref()?.first()?;
    let parts = parts?;
    parts.iter().all(|(other, _)| *other == photo).then(|| (photo, parts.into_iter().map(|(_, part)| part).collect()))
}

fn lives(beginning: &Beginning, steps: &[Step]) -> Checked {
    let mut world = World::new(&Beginning { range: Range::FullLibrary, settle: false, ..beginning.clone() });
    let mut past = Past::default();
    for step in steps {
        let checked = take(&mut world, &mut past, step);
        past.ever_in_folder.extend(in_folder(&world.look()).into_values().map(|(photo, _)| photo));
        past.ever_in_library.extend(world.shelf.kept().iter().filter_map(|kept| Some(in_library(kept)?.0)));
        if let Err(broken) = checked {
            return Err(format!("{broken}\n\nthe history:\n  {}\n\n{}", world.history.join("\n  "), world.describe()));
        }
    }
    Ok(())
}

fn take(world: &mut World, past: &mut Past, step: &Step) -> Checked {
    let asset_of = |world: &World, number: u8| {
        let kept = world.shelf.kept();
        Some(kept[usize::from(number).checked_rem(kept.len())?].asset.id.clone())
    };
    match step {
        Step::Put { photo, form, place } => put(world, usize::from(*photo) % PHOTOS.len(), *form, *place),
        Step::Remove { file } => on_stem(world, *file, "is deleted in the folder", |world, path, _| {
            fs::remove_file(world.folder().join(path)).expect("removed");
        }),
        Step::Move { file, place } => on_stem(world, *file, "is moved", |world, path, all| {
            let to = placed(*place, &path.extension().unwrap_or_default().to_string_lossy());
            if all.iter().all(|other| stem(other) != stem(&to)) {
                let to = world.folder().join(to);
                fs::create_dir_all(to.parent().expect("below the folder")).expect("a directory");
                fs::rename(world.folder().join(path), to).expect("moved");
            }
        }),
        Step::Add { photo, form } => add(world, usize::from(*photo) % PHOTOS.len(), *form),
        Step::Delete { asset } => {
            let Some(id) = asset_of(world, *asset) else { return Ok(()) };
            world.tell(format!("the library deletes {id} for good"));
            world.shelf.change(|all| all.retain(|kept| kept.asset.id != id));
        }
        Step::Trash { asset } => {
            let Some(id) = asset_of(world, *asset) else { return Ok(()) };
            world.tell(format!("the library moves {id} to the trash"));
            let trash = |kept: &mut Kept| kept.asset.standing.trashed |= kept.asset.id == id;
            world.shelf.change(|all| all.iter_mut().for_each(trash));
        }
        Step::Set(motion, live) => {
            world.tell(format!("the settings say {motion:?} and {live:?} from now on"));
            world.settings.motion_photos = *motion;
            world.settings.export.live_photos = *live;
        }
        Step::Other(operation) => {
            match operation {
                Operation::LoseLedger => past.met[past.computer].clear(),
                Operation::SwitchComputer => past.computer = 1 - past.computer,
                _ => {}
            }
            world.change(operation);
        }
        Step::SyncThatFails { stage, after, fault } => {
            world.begin_to_export();
            let before = world.look();
            world.tell(format!("sync that fails ({fault:?}) {after} steps after {stage:?}"));
            let ran = world.run(Command::Sync, Some((*stage, *after, *fault)))?;
            world.tell(match ran {
                Ran::Finished(_) => "  it came to its end".into(),
                Ran::Stopped(error) => format!("  it stopped: {error}"),
                Ran::Died(step) => format!("  it died {step}"),
            });
            let between = world.look();
            check::nothing_lost(&check::under_their_new_names(&before, &between), &between)?;
            run(world, Command::Sync)?;
            let after = settled(world, past, &before)?;
            nothing_more(world, &after)?;
        }
        Step::Sync => {
            world.begin_to_export();
            let before = world.look();
            world.tell(format!("sync ({:?})", world.settings.mode));
            let promised = simulate(world)?;
            let done = run(world, Command::Sync)?;
            check::counts_agree(&done, before.kept.len())?;
            check::promise_kept(&promised, &done)?;
            let is_due = (past.due_in_library(world, &before), past.due_in_folder(world, &before));
            let after = settled(world, past, &before)?;
            for photo in is_due.0 {
                let arrived = after.kept.iter().any(|kept| in_library(kept).is_some_and(|(held, _)| held == photo));
                ensure!(arrived, "(11) photo {photo} did not arrive in the library");
            }
            for photo in is_due.1 {
                let arrived = in_folder(&after).values().any(|(there, _)| *there == photo);
                ensure!(arrived, "(11) photo {photo} did not arrive in the folder");
            }
            nothing_more(world, &after)?;
        }
    }
    Ok(())
}

fn placed(place: u8, ending: &str) -> PathBuf {
    let place = usize::from(place);
    Path::new(["", "Camera", "2024/05"][place % 3]).join(format!("IMG_{}.{ending}", place / 3 % 3))
}

/// A form of a photo appears, where no file has its stem.
fn put(world: &mut World, photo: usize, form: u8, place: u8) {
    let (made, all) = (&PHOTOS[photo], world.look().files);
    let free = all.keys().all(|path| stem(path) != placed(place, "").with_extension(""));
    for part in made.form(form).iter().filter(|_| free) {
        let path = placed(place, if *part == Part::Movie { "MOV" } else { made.ending });
        world.tell(format!("in the folder appears {}: {part:?} of photo {photo}", path.display()));
        world.write(&path, &made.parts[part], false);
    }
}

fn on_stem(world: &mut World, number: u8, words: &str, change: impl Fn(&World, &Path, &[PathBuf])) {
    let look = world.look();
    let all: Vec<PathBuf> = look.files.into_keys().collect();
    let Some(at) = usize::from(number).checked_rem(all.len()) else { return };
    for path in all.iter().filter(|path| stem(path) == stem(&all[at])) {
        world.tell(format!("{} {words}", path.display()));
        change(world, path, &all);
    }
}

/// The library gets a form of a photo, unless it has another one: two of them are two files of its own, which go out as they are.
fn add(world: &mut World, photo: usize, form: u8) {
    let made = &PHOTOS[photo];
    let form = made.form(form);
    let parts: BTreeSet<Part> = form.iter().copied().collect();
    let is_other = |kept: &Kept| in_library(kept).is_some_and(|(held, own)| held == photo && own != parts);
    if world.shelf.kept().iter().any(is_other) {
        return;
    }
    let bytes = |part: &Part| Arc::clone(&made.parts[part]);
    let first = bytes(&form[0]);
    let (header, _) = read_header(Cursor::new(&first), first.len() as u64, FileKind::Still).expect("memory");
    let asset = Asset {
        id: AssetId("".into()),
        kind: MediaKind::Photo,
        subtype: None,
        original_name: format!("IMG_1.{}", made.ending).into(),
        captured: header.captured.map(|(time, _)| time),
        camera_time: None,
        added: Some(world.now),
        pixels: header.pixels,
        current_pixels: header.pixels,
        camera: header.camera,
        edited: false,
        standing: Standing::default(),
        resources: Box::default(),
        details: None,
        burst: None,
        albums: [].into(),
        by_photobridge: false,
    };
    let roles = [ResourceRole::Photo, ResourceRole::PairedVideo];
    let id = world.shelf.add(asset, roles.into_iter().zip(form.iter().map(bytes)));
    world.tell(format!("the library gets {id}: {form:?} of photo {photo}"));
}

impl Past {
    fn met(&self, photo: usize) -> bool {
        self.met[self.computer].contains_key(&photo)
    }

    /// Whether both sides had a photo in a form by which this one in the folder is known: of two that are each one file, in bytes
    /// of their own, nothing tells once both sides have lost the first.
    fn knew_in_folder(&self, photo: usize, form: &BTreeSet<Part>) -> bool {
        let met = self.met[self.computer].get(&photo);
        met.is_some_and(|met| met.len() > 1 || form.len() > 1 || met == form)
    }

    /// The same of one in the library, whose files are not read for what they would be as two, or were as one. Where each side
    /// had one file of its own, the bytes of the folder's are remembered.
    fn knew_in_library(&self, photo: usize, form: &BTreeSet<Part>) -> bool {
        let met = self.met[self.computer].get(&photo);
        let were_others =
            |met: &BTreeSet<Part>| form.len() == 1 && met.is_superset(&[Part::Whole, Part::Joined].into());
        met.is_some_and(|met| form.is_subset(met) && !were_others(met))
    }

    /// Photos of which the library never had anything.
    fn due_in_library(&self, world: &World, before: &Look) -> Vec<usize> {
        let photos = in_folder(before).into_values().map(|(photo, _)| photo);
        let is_due = |photo: &usize| !self.met(*photo) && !self.ever_in_library.contains(photo);
        photos.filter(|photo| world.settings.mode.imports() && is_due(photo)).collect()
    }

    fn due_in_folder(&self, world: &World, before: &Look) -> Vec<usize> {
        let photos = before.kept.iter().filter(|kept| !kept.asset.standing.trashed).filter_map(in_library);
        let is_due = |photo: &usize| !self.met(*photo) && !self.ever_in_folder.contains(photo);
        photos.map(|(photo, _)| photo).filter(|photo| world.settings.mode.exports() && is_due(photo)).collect()
    }
}

/// What holds between the state before a sync and now, when it has come to its end.
fn settled(world: &mut World, past: &mut Past, before: &Look) -> Result<Look, String> {
    let after = world.look();
    let before = &check::under_their_new_names(before, &after);
    check::nothing_lost(before, &after)?;
    check::nothing_open(&after)?;
    let (there, held) = (in_folder(before), |photo| {
        before.kept.iter().filter(move |kept| in_library(kept).is_some_and(|(own, _)| own == photo))
    });
    let is_new = |kept: &&Kept| before.kept.iter().all(|other| other.asset.id != kept.asset.id);
    let mut came = BTreeSet::new();
    for kept in after.kept.iter().filter(is_new) {
        let id = &kept.asset.id;
        let Some((photo, form)) = in_library(kept) else { return Err(format!("(5) {id} is of no one photo")) };
        ensure!(came.insert(photo), "(3) photo {photo} was imported twice");
        ensure!(held(photo).next().is_none(), "(3) photo {photo} was imported as {id} and the library had it");
        let lying = || there.values().filter(|(other, _)| *other == photo).map(|(_, lying)| lying);
        let is_again = lying().all(|lying| past.knew_in_folder(photo, lying));
        ensure!(!is_again, "(7) photo {photo} was imported again as {id} after both sides had it");
        let as_one = lying().any(|lying| *lying == form);
        let as_two = form == [Part::Still, Part::Movie].into();
        let is_right = if world.settings.motion_photos == MotionPhotos::Live { as_two } else { as_one };
        ensure!(is_right, "photo {photo} was imported as {form:?}");
    }
    let is_there = |photo: usize| there.values().any(|(other, _)| *other == photo);
    for (at, (photo, form)) in in_folder(&after).into_iter().filter(|(at, _)| !there.contains_key(at)) {
        let shown = at.display();
        ensure!(!is_there(photo), "(3) photo {photo} was exported as {shown} and the folder had it");
        let is_again = held(photo).filter_map(in_library).all(|(_, own)| past.knew_in_library(photo, &own));
        ensure!(!is_again, "(7) photo {photo} was exported again as {shown} after both sides had it");
        ensure!(came.insert(photo), "(3) photo {photo} was exported twice, at last as {shown}");
        let two = [Part::Still, Part::Movie].into();
        let goes = |own: BTreeSet<Part>| match world.settings.export.live_photos {
            LivePhotos::MotionPhoto if own == two => [Part::Joined].into(),
            _ => own,
        };
        let is_right = held(photo).any(|kept| in_library(kept).is_some_and(|(_, own)| goes(own) == form));
        ensure!(is_right, "photo {photo} was exported as {form:?}");
    }
    let both = there.values().map(|(photo, _)| *photo).filter(|photo| held(*photo).next().is_some());
    came.extend(both);
    for photo in came {
        let (there, held) = (in_folder(&after).into_values(), after.kept.iter().filter_map(in_library));
        let forms = there.chain(held).filter(|(other, _)| *other == photo).flat_map(|(_, form)| form);
        past.met[past.computer].entry(photo).or_default().extend(forms);
    }
    Ok(after)
}

/// 2: the next plan is empty, and a sync does nothing.
fn nothing_more(world: &mut World, after: &Look) -> Checked {
    let next = simulate(world)?;
    ensure!(check::carried(&next) == 0, "(2) the next plan is not empty: {:?}", next.lines().collect::<Vec<_>>());
    run(world, Command::Sync)?;
    let now = world.look();
    ensure!(now.files == after.files && now.kept == after.kept, "(2) the next sync changed something");
    Ok(())
}

#[test]
fn any_life_of_photos_that_move() {
    let modes = &[Mode::Import, Mode::Bidirectional, Mode::Bidirectional, Mode::Export];
    check_lives(5, modes, steps(), lives);
}

#[test]
fn lives_that_went_wrong() {
    let beginning = Beginning {
        mode: Mode::Bidirectional,
        telling: Telling::Some,
        range: Range::FullLibrary,
        layout: Layout::Date,
        edited: Edited::Original,
        settle: false,
    };
    for (what, life) in [
        (
            "two equal Live Photos, of one of which the library does not tell the fingerprints",
            vec![Step::Add { photo: 4, form: 2 }, Step::Add { photo: 4, form: 2 }, Step::Sync],
        ),
        (
            "the phone's own file of a photo that was deleted as another one file",
            vec![
                Step::Add { photo: 2, form: 1 },
                Step::Sync,
                Step::Remove { file: 0 },
                Step::Delete { asset: 0 },
                Step::Put { photo: 2, form: 0, place: 0 },
                Step::Sync,
            ],
        ),
        (
            "a Live Photo that was deleted, and the phone's own file of it in the library",
            vec![
                Step::Add { photo: 1, form: 2 },
                Step::Sync,
                Step::Remove { file: 0 },
                Step::Delete { asset: 0 },
                Step::Add { photo: 1, form: 0 },
                Step::Sync,
            ],
        ),
        (
            "one file in the folder, another one in the library, which gets it anew once the folder's was deleted",
            vec![
                Step::Put { photo: 2, form: 1, place: 0 },
                Step::Add { photo: 2, form: 0 },
                Step::Sync,
                Step::Delete { asset: 0 },
                Step::Add { photo: 2, form: 0 },
                Step::Remove { file: 0 },
                Step::Sync,
            ],
        ),
        (
            "a photo that was deleted as one file, and its Live Photo in the library",
            vec![
                Step::Put { photo: 3, form: 1, place: 0 },
                Step::Sync,
                Step::Remove { file: 0 },
                Step::Delete { asset: 0 },
                Step::Add { photo: 3, form: 2 },
                Step::Sync,
            ],
        ),
    ] {
        lives(&beginning, &life).unwrap_or_else(|broken| panic!("{what}: {broken}"));
    }
}
