//! What always holds, over small worlds in which almost everything collides.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use photobridge_core::asset::Resource;
use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo, Photo, RenderedPhoto};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::{Exclusion, Trouble};
use photobridge_core::matching::ROUNDS;
use photobridge_core::memory::Decision;
use photobridge_core::plan::{Fate, OutgoingFile, Payload, Verdict};
use photobridge_core::report::Scene;
use photobridge_media::capture::CaptureSource;
use photobridge_media::header::Header;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{Book, Run, World, asset, moment, photo, video, video_asset};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Bytes with all that their header says: equal bytes say equal things.
#[derive(Debug, Clone)]
struct Content {
    bytes: String,
    second: Option<u8>,
    camera: bool,
    wide: bool,
    live: bool,
    truncated: bool,
    /// Changed a minute ago. Videos only: of two copies of a still one may wait for its other half while the other, which
    /// came with a RAW, goes; the next plan is then rightly not empty.
    fresh: bool,
}

/// Four stills, two videos and two RAWs; a still's format follows from its number.
const STILLS: usize = 4;
const FORMATS: [&str; 8] = ["JPG", "HEIC", "JPG", "HEIC", "MOV", "MOV", "DNG", "DNG"];

fn contents() -> impl Strategy<Value = Vec<Content>> {
    let one = (any::<bool>(), prop::option::weighted(0.8, 0..2u8), any::<bool>(), any::<bool>(), any::<bool>());
    vec((one, prop::bool::weighted(0.1), prop::bool::weighted(0.1)), FORMATS.len()).prop_map(|all| {
        let content = |(n, ((long, second, camera, wide, live), truncated, fresh))| Content {
            bytes: format!("{n:0>width$}", width = if long { 9 } else { 5 }),
            second,
            camera,
            wide,
            live,
            truncated,
            fresh: fresh && n >= STILLS,
        };
        all.into_iter().enumerate().map(content).collect()
    })
}

#[derive(Debug, Clone)]
struct ItemPlan {
    content: usize,
    companion: Option<usize>,
    name: u8,
    trouble: Option<Trouble>,
    excluded: bool,
    readable: bool,
}

fn item_plans() -> impl Strategy<Value = Vec<ItemPlan>> {
    let trouble = prop::option::weighted(0.1, select(vec![Trouble::Settling, Trouble::OnlineOnly]));
    let companion = prop::option::of(STILLS..FORMATS.len());
    let one = (0..FORMATS.len(), companion, 0..3u8, trouble, prop::bool::weighted(0.1));
    let one = (one, prop::bool::weighted(0.95));
    let plan = |((content, companion, name, trouble, excluded), readable)| ItemPlan {
        content,
        companion,
        name,
        trouble,
        excluded,
        readable,
    };
    vec(one.prop_map(plan), 0..7)
}

fn item(at: usize, plan: &ItemPlan, contents: &[Content]) -> Source {
    let content = &contents[plan.content];
    let path = |content: usize| format!("folder {at}/IMG_{}.{}", plan.name, FORMATS[content]);
    let is_video = FORMATS[plan.content] == "MOV";
    let mut item = if is_video { video(&path(plan.content)) } else { photo(&path(plan.content)) };
    item = item.bytes(&content.bytes);
    item = match content.second {
        Some(second) => item.at(&time(second)),
        // Dated by its name, which says nothing of its bytes.
        None => item.dated(&time(plan.name), CaptureSource::FileName),
    };
    tell(content, item.header());
    if let Some(companion) = plan.companion.filter(|_| plan.content < STILLS) {
        let role = if FORMATS[companion] == "MOV" { PairedVideo } else { AlternatePhoto };
        let companion_path = path(companion);
        let companion = &contents[companion];
        item = item.with(role, &companion_path, &companion.bytes);
        let header = item.item.files[1].header.get_or_insert_default();
        header.captured = companion.second.map(|second| (moment(&time(second)), CaptureSource::Exif));
        tell(companion, header);
    }
    item.item.files[0].trouble = plan.trouble.clone();
    item.item.files[0].excluded = plan.excluded.then_some(Exclusion::Filter);
    if content.fresh {
        item = item.changed_ago(60);
    }
    if !plan.readable {
        item = item.unreadable();
    }
    item
}

/// What the bytes say besides the time.
fn tell(content: &Content, header: &mut Header) {
    header.camera = content.camera.then(|| "Apple iPhone".into());
    header.pixels = Some(if content.wide { (400, 300) } else { (40, 30) });
    header.content_identifier = content.live.then(|| "X".into());
    header.truncated = content.truncated.then(|| "cut".into());
}

fn time(second: u8) -> String {
    format!("2024-05-01T10:00:{second:02}")
}

#[derive(Debug, Clone)]
struct AssetPlan {
    content: usize,
    companion: Option<usize>,
    rendition: Option<usize>,
    name: u8,
    standing: u8,
    knowledge: u8,
}

fn asset_plans() -> impl Strategy<Value = Vec<AssetPlan>> {
    let companion = prop::option::of(STILLS..FORMATS.len());
    let rendition = prop::option::weighted(0.2, 0..STILLS);
    let one = (0..FORMATS.len(), companion, rendition, 0..3u8, 0..8u8, 0..6u8);
    let plan = |(content, companion, rendition, name, standing, knowledge)| AssetPlan {
        content,
        companion,
        rendition,
        name,
        standing,
        knowledge,
    };
    vec(one.prop_map(plan), 0..5)
}

fn holding(at: usize, plan: &AssetPlan, contents: &[Content]) -> Library {
    let content = &contents[plan.content];
    let name = format!("IMG_{}.{}", plan.name, FORMATS[plan.content]);
    let is_video = FORMATS[plan.content] == "MOV";
    let mut held = if is_video { video_asset(&name, &content.bytes) } else { asset(&name, &content.bytes) };
    held = held.id(&format!("asset {at}"));
    if plan.content < STILLS {
        if let Some(companion) = plan.companion {
            let role = if FORMATS[companion] == "MOV" { PairedVideo } else { AlternatePhoto };
            held = held.with(role, &contents[companion].bytes);
        }
        if let Some(rendition) = plan.rendition {
            held = held.with(RenderedPhoto, &contents[rendition].bytes).edited(40, 30);
        }
    }
    held.asset.captured = content.second.map(|second| moment(&time(second)));
    held.asset.camera = content.camera.then(|| "Apple iPhone".into());
    held.asset.pixels = Some(if content.wide { (400, 300) } else { (40, 30) });
    held = held.standing(|standing| match plan.standing {
        0 => standing.trashed = true,
        1 => standing.hidden = true,
        2 => standing.shared_album = true,
        3 => standing.unpicked_burst_frame = true,
        _ => {}
    });
    // An edited picture of unknown bytes with the size of another picture in its format is one coincidence too many: no
    // rule could tell them apart.
    match plan.knowledge {
        0 if !held.asset.edited => held.without_fingerprint().in_icloud(),
        1 => held.in_icloud(),
        2 => held.without_fingerprint(),
        _ => held,
    }
}

/// A world without memory.
fn sides() -> impl Strategy<Value = World> {
    sides_with_contents().prop_map(|(world, _)| world)
}

fn sides_with_contents() -> impl Strategy<Value = (World, Vec<Content>)> {
    (contents(), item_plans(), asset_plans(), any::<[bool; 3]>()).prop_map(|(contents, items, assets, flags)| {
        let items: Vec<_> = items.iter().enumerate().map(|(at, plan)| item(at, plan, &contents)).collect();
        let assets: Vec<_> = assets.iter().enumerate().map(|(at, plan)| holding(at, plan, &contents)).collect();
        let mut world = World::of(items, assets);
        world.caches = flags[0];
        world.rules.library.fingerprints = flags[1];
        world.rules.library.fed_by_icloud = flags[2];
        (world, contents)
    })
}

/// A world with a past: it was synced, then assets went, items came, went and changed.
fn lived() -> impl Strategy<Value = World> {
    (sides_with_contents(), item_plans(), any::<u16>()).prop_map(|((mut world, contents), more, gone)| {
        world.sync();
        let mut at = 0;
        let mut stays = || {
            at += 1;
            gone >> (at % 16) & 1 == 0
        };
        world.assets.retain(|_| stays());
        world.items.retain(|_| stays());
        for (at, plan) in more.iter().enumerate() {
            let item = item(at, plan, &contents);
            let taken: HashSet<_> = world.items.iter().flat_map(paths).collect();
            if paths(&item).all(|path| !taken.contains(path)) {
                world.items.push(item);
            }
        }
        world
    })
}

fn paths(source: &Source) -> impl Iterator<Item = &Path> {
    source.item.files.iter().map(|file| file.path.as_path())
}

/// As [`lived`], and a person said something.
fn decided() -> impl Strategy<Value = World> {
    let choice = prop::option::of(select(vec![Decision::LeaveOut, Decision::TakeIn]));
    (lived(), vec(choice, 7)).prop_map(|(mut world, choices)| {
        let items = world.items.clone();
        for (item, choice) in items.iter().zip(choices) {
            if let (Some(choice), Some(bytes)) = (choice, &item.bytes[0]) {
                world.book.decide(bytes, choice);
            }
        }
        world
    })
}

/// Every file of every import but the movies of Live Photos, which go with each still: the item's position and the bytes.
fn carried(world: &World, run: &Run) -> Vec<(u32, Vec<u8>)> {
    let of = |verdict: &Verdict| {
        let Fate::Import(files) = &verdict.fate else { return Vec::new() };
        let Source { item, bytes } = &world.items[verdict.item as usize];
        let is_half = |at: &u16| files.len() > 1 && item.files[usize::from(*at)].role == PairedVideo;
        let files = files.iter().filter(|at| !is_half(at));
        files.filter_map(|at| Some((verdict.item, bytes[usize::from(*at)].clone()?))).collect()
    };
    run.plan.verdicts.iter().flat_map(of).collect()
}

fn nothing(run: &Run) -> Result<(), TestCaseError> {
    prop_assert_eq!(run.imports(), Vec::<String>::new());
    Ok(())
}

/// A file that never can be read stays planned, rightly: worlds of which this is asked have none.
fn readable(world: &mut World) {
    world.items.retain(|item| item.bytes.iter().all(Option::is_some));
}

/// The same 256 worlds at every run; `PROPTEST_CASES=40000` asks for as many other ones.
fn config() -> ProptestConfig {
    let rng_seed = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => RngSeed::Random,
        None => RngSeed::Fixed(20_240_601),
    };
    ProptestConfig { failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_item_gets_one_verdict_and_the_counts_agree(mut world in decided()) {
        let run = world.look();
        let of_items = run.plan.verdicts.iter().filter(|verdict| verdict.file == 0);
        let positions: Vec<u32> = of_items.map(|verdict| verdict.item).collect();
        prop_assert_eq!(positions, (0..world.items.len() as u32).collect::<Vec<_>>());
        let files: Vec<_> = run.plan.verdicts.iter().map(|verdict| verdict.file()).collect();
        prop_assert!(files.is_sorted_by(|a, b| a < b), "{:?}", files);
        let (items, assets) = (world.folder(), world.library());
        let (endings, exported, albums) = (Default::default(), Default::default(), BTreeMap::new());
        let scene = Scene {
            items: &items, assets: &assets, facts: &run.facts, plan: &run.plan, endings: &endings, exported: &exported,
            apart: &Default::default(),
            albums: &albums,
            roots: &Default::default(),
            places: &Default::default(),
        };
        let counts = scene.imports();
        prop_assert_eq!(counts.seen, counts.planned + counts.skipped.values().sum::<u64>() + counts.failed);
        let empty = run.plan.verdicts.iter().any(|verdict| matches!(&verdict.fate, Fate::Import(files) if files.is_empty()));
        prop_assert!(!empty, "an import without a file");
    }

    #[test]
    fn every_question_is_asked_once_and_soon(mut world in decided()) {
        let run = world.look();
        prop_assert!(run.rounds <= ROUNDS);
        prop_assert_eq!(run.asked.iter().collect::<HashSet<_>>().len(), run.asked.len());
        prop_assert_eq!(run.asked_resources.iter().collect::<HashSet<_>>().len(), run.asked_resources.len());
    }

    /// Each picture and movie of the folder is in the library byte by byte, or a verdict names that very file.
    #[test]
    fn no_file_is_without_a_word(mut world in decided()) {
        for _ in 0..2 {
            world.sync();
            let run = world.look();
            let here = || world.assets.iter().filter(|entry| !entry.asset.standing.trashed);
            let told = here().flat_map(|entry| entry.asset.resources.iter().filter_map(|resource| resource.fingerprint));
            let held: HashSet<Fingerprint> = here()
                .flat_map(|entry| entry.bytes.iter().flatten())
                .map(|bytes| Fingerprint::of(bytes))
                .chain(told)
                .collect();
            for (at, source) in (0..).zip(&world.items) {
                for (file, bytes) in source.item.files.iter().zip(&source.bytes) {
                    // Of what the library cannot show now only the size is known.
                    let may_be = here().flat_map(|entry| &entry.asset.resources)
                        .any(|resource| resource.fingerprint.is_none() && resource.size == Some(file.stamp.size));
                    let is_held = may_be || bytes.as_ref().is_some_and(|bytes| held.contains(&Fingerprint::of(bytes)));
                    let names_it = |verdict: &&Verdict| verdict.item == at && verdict.files(&source.item).any(|one| one == file);
                    let is_named = run.plan.verdicts.iter().any(|verdict| names_it(&verdict));
                    prop_assert!(is_held || is_named, "{} in {:?}", file.path.display(), run.plan.verdicts);
                }
            }
        }
    }

    /// Each original of the library is in the folder byte by byte, or a verdict names that very file.
    #[test]
    fn no_resource_is_without_a_word(world in decided()) {
        let mut world = world.exporting(|_| {});
        for _ in 0..2 {
            let run = world.look();
            let here = world.items.iter().flat_map(|item| item.bytes.iter().flatten());
            let going = run.plan.departures().flat_map(|(verdict, out)| {
                let bytes = |file: &OutgoingFile| match file.payload {
                    Payload::Resource(at) => world.assets[verdict.asset as usize].bytes[usize::from(at)].as_ref(),
                    Payload::Sidecar => None,
                };
                out.files.iter().filter_map(bytes).collect::<Vec<_>>()
            });
            let there: HashSet<Fingerprint> = here.chain(going).map(|bytes| Fingerprint::of(bytes)).collect();
            let sizes: HashSet<u64> =
                world.items.iter().flat_map(|item| item.item.files.iter().map(|file| file.stamp.size)).collect();
            for (position, entry) in (0..).zip(&world.assets) {
                let of_asset = run.plan.exports.iter().filter(|verdict| verdict.asset == position);
                let named: HashSet<u16> = of_asset.flat_map(|verdict| verdict.files(&entry.asset)).collect();
                let files = || (0..).zip(&entry.asset.resources).zip(&entry.bytes);
                let is_there = |resource: &Resource, bytes: &Option<Vec<u8>>| {
                    let bytes = bytes.as_ref().map(|bytes| Fingerprint::of(bytes)).or(resource.fingerprint);
                    // Of what the library cannot show now only the size is known.
                    let may_be = bytes.is_none() && resource.size.is_none_or(|size| sizes.contains(&size));
                    may_be || bytes.is_some_and(|bytes| there.contains(&bytes))
                };
                // Where the folder has the edited version, that stands for the photo.
                let is_shown = files().any(|((_, file), bytes)| file.role == RenderedPhoto && is_there(file, bytes));
                for ((at, file), bytes) in files().filter(|((_, file), _)| file.role.is_original()) {
                    let is_there = is_there(file, bytes) || (file.role == Photo && is_shown);
                    let words = || format!("{:?} of {} in {:?}", file.role, entry.asset.id, run.plan.exports);
                    prop_assert!(is_there || named.contains(&at), "{}", words());
                }
            }
            world.sync();
        }
    }

    #[test]
    fn after_a_sync_the_next_plan_is_empty(mut world in lived()) {
        readable(&mut world);
        world.sync();
        nothing(&world.look())?;
    }

    /// What a person takes in can show another item as its late half, which they took in too: one sync for each link of
    /// that chain, then none.
    #[test]
    fn what_a_person_takes_in_comes_to_an_end(mut world in decided()) {
        readable(&mut world);
        let runs: Vec<_> = (0..3).map(|_| world.sync().by_path()).collect();
        let run = world.look();
        prop_assert!(run.imports().is_empty(), "{:?}, after {runs:?}", run.imports());
    }

    #[test]
    fn no_bytes_are_imported_twice(mut world in decided()) {
        let run = world.look();
        let carried = carried(&world, &run);
        let distinct: HashSet<&Vec<u8>> = carried.iter().map(|(_, bytes)| bytes).collect();
        prop_assert_eq!(distinct.len(), carried.len(), "{:?}", run.imports());
    }

    #[test]
    fn what_the_library_holds_is_not_imported(mut world in lived()) {
        let run = world.look();
        let held: HashSet<Vec<u8>> = world.assets.iter()
            .filter(|entry| !entry.asset.standing.trashed)
            .flat_map(|entry| entry.bytes.iter().flatten().cloned())
            .collect();
        let known: HashSet<_> = world.assets.iter()
            .filter(|entry| !entry.asset.standing.trashed)
            .flat_map(|entry| entry.asset.resources.iter().filter_map(|resource| resource.fingerprint))
            .collect();
        for (_, bytes) in carried(&world, &run) {
            let fingerprint = photobridge_core::fingerprint::Fingerprint::of(&bytes);
            prop_assert!(!held.contains(&bytes) && !known.contains(&fingerprint), "{:?}", run.imports());
        }
    }

    #[test]
    fn deleted_stays_deleted(mut world in lived()) {
        readable(&mut world);
        world.sync();
        let is_ours = |entry: &Library| entry.asset.id.0.starts_with("imported");
        let ours = world.assets.iter().filter(|entry| is_ours(entry));
        let deleted: HashSet<Vec<u8>> = ours.flat_map(|entry| entry.bytes.iter().flatten().cloned()).collect();
        world.assets.retain(|entry| !is_ours(entry));
        let run = world.look();
        prop_assert!(carried(&world, &run).iter().all(|(_, bytes)| !deleted.contains(bytes)), "{:?}", run.imports());
    }

    #[test]
    fn a_lost_memory_brings_nothing_in_again(mut world in sides()) {
        readable(&mut world);
        world.sync();
        world.book = Book::default();
        world.caches = false;
        nothing(&world.look())?;
    }

    #[test]
    fn a_reorganised_folder_brings_nothing_in_again(mut world in sides()) {
        readable(&mut world);
        world.sync();
        for (at, item) in world.items.iter_mut().enumerate() {
            for file in &mut item.item.files {
                let extension = file.path.extension().unwrap().to_string_lossy().into_owned();
                file.path = format!("sorted/renamed {}.{extension}", 100 - at).into();
            }
        }
        nothing(&world.look())?;
    }

    #[test]
    fn a_rebuilt_library_brings_nothing_in_again(mut world in sides()) {
        readable(&mut world);
        world.sync();
        for (at, entry) in world.assets.iter_mut().enumerate() {
            entry.asset.id = photobridge_core::asset::AssetId(format!("rebuilt {at}").into());
        }
        nothing(&world.look())?;
    }

    #[test]
    fn the_order_of_both_sides_decides_nothing(mut world in decided(), items in any::<u64>(), assets in any::<u64>()) {
        let before = world.look().by_path();
        let turn = |seed: u64, at: usize| (seed.rotate_left(at as u32 * 7) & 0xff, at);
        let mut keyed: Vec<_> = world.items.drain(..).enumerate().map(|(at, item)| (turn(items, at), item)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        world.items = keyed.into_iter().map(|(_, item)| item).collect();
        let mut keyed: Vec<_> = world.assets.drain(..).enumerate().map(|(at, entry)| (turn(assets, at), entry)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        world.assets = keyed.into_iter().map(|(_, entry)| entry).collect();
        prop_assert_eq!(world.look().by_path(), before);
    }
}
