//! Photos that are several files, arriving in random orders over several syncs, with the ledger lost now and then: each file
//! ends in the library byte by byte, or the last run names it with a reason. `scripts/check-families` tries many orders and
//! prints what came of them.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use jiff::civil::date;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::sample::Shot;
use serde_json::Value;
use support::{Household, text, tree};

/// A file of a family: where it arrives, and its bytes.
type Arrival = (&'static str, Vec<u8>);

/// A picture of one second with this identifier; another number is another picture of it.
fn shot(number: u64, identifier: Option<&str>) -> Shot {
    let mut shot = Shot::new(date(2024, 5, 14).at(12, 0, 0, 0), number);
    shot.content_identifier = identifier.map(Into::into);
    shot
}

const LIVE: Option<&str> = Some("5A1F0C52-0000-4000-8000-000000000001");

fn heic(number: u64) -> Vec<u8> {
    shot(number, LIVE).heif(64, 48)
}

fn movie(number: u64) -> Vec<u8> {
    shot(number, LIVE).movie(64, 48, 2_000)
}

fn jpeg(number: u64) -> Vec<u8> {
    shot(number, None).jpeg(64, 48)
}

fn raw(number: u64) -> Vec<u8> {
    shot(number, None).dng(64, 48)
}

/// All of a file but its end.
fn cut(bytes: Vec<u8>) -> Vec<u8> {
    bytes[..bytes.len() - 40].to_vec()
}

/// The kinds of families, each by what people call it.
fn families() -> Vec<(&'static str, Vec<Arrival>)> {
    let live = || [("I.HEIC", heic(1)), ("I.MOV", movie(1))];
    vec![
        ("Live Photo", live().into()),
        ("Live Photo, other names", vec![("s/I.HEIC", heic(1)), ("v/clip.MOV", movie(1))]),
        ("Live Photo without identifier", vec![("I.JPG", jpeg(1)), ("I.MOV", shot(1, None).movie(64, 48, 2_000))]),
        ("Live Photo with RAW", [&live()[..], &[("I.DNG", raw(3))]].concat()),
        ("Live Photo and a JPEG of it", [&live()[..], &[("I.JPG", shot(5, LIVE).jpeg(64, 48))]].concat()),
        ("Live Photo and an MP4 of it", [&live()[..], &[("I.MP4", movie(9))]].concat()),
        ("Live Photo, half its movie", vec![("I.HEIC", heic(1)), ("I.MOV", cut(movie(1)))]),
        ("Live Photo, half its still", vec![("I.HEIC", cut(heic(1))), ("I.MOV", movie(1))]),
        ("two stills, one movie", [&live()[..], &[("J.HEIC", heic(2)), ("J.MOV", movie(1))]].concat()),
        ("copies, each with a movie", [&live()[..], &[("b/I.HEIC", heic(1)), ("b/I.MOV", movie(7))]].concat()),
        ("RAW and JPEG", vec![("I.JPG", jpeg(1)), ("I.DNG", raw(1))]),
        ("two RAWs and a JPEG", vec![("I.JPG", jpeg(1)), ("I.DNG", raw(1)), ("I.NEF", raw(2))]),
        ("RAW and JPEG, half the RAW", vec![("I.JPG", jpeg(1)), ("I.DNG", cut(raw(1)))]),
        (
            "copies, each with a RAW",
            vec![("a/I.JPG", jpeg(1)), ("a/I.DNG", raw(1)), ("b/I.JPG", jpeg(1)), ("b/I.DNG", raw(2))],
        ),
        (
            "three copies, one RAW",
            vec![("I.JPG", jpeg(1)), ("I (2).JPG", jpeg(1)), ("b/I.JPG", jpeg(1)), ("I.DNG", raw(1))],
        ),
    ]
}

/// What became of one family.
struct End {
    /// Files that are not in the library, each with the reason that names it; without one nobody heard of it.
    absent: BTreeMap<String, Option<String>>,
    /// The assets, each by the names of its files in the folder.
    assets: BTreeSet<Vec<String>>,
}

/// Lets the files arrive in a random order, with a sync after each step and one more.
fn arrive(family: &[Arrival], chance: &mut fastrand::Rng) -> End {
    let home = Household::new();
    let mut left: Vec<&Arrival> = family.iter().collect();
    chance.shuffle(&mut left);
    let mut steps = Vec::new();
    while !left.is_empty() {
        let step: Vec<_> = left.drain(..chance.usize(1..=left.len())).collect();
        step.iter().for_each(|(path, bytes)| drop(home.put(path, bytes)));
        steps.push(step.iter().map(|(path, _)| *path).collect::<Vec<_>>());
        sync(&home, &steps);
        if chance.u8(..4) == 0 {
            let _ = fs::remove_file(home.data().join("ledger.sqlite"));
            steps.push(vec!["the ledger is lost"]);
        }
    }
    let lines = sync(&home, &steps);
    assert!(lines.iter().all(|line| line["verdict"] != "applied"), "after {steps:?} the last sync carried: {lines:?}");
    let mut reasons: BTreeMap<&str, &str> = BTreeMap::new();
    for line in lines.iter().filter(|line| line["verdict"] == "skipped") {
        let others = line["files"].as_array().into_iter().flatten();
        let paths = others.chain([line]).filter_map(|file| file["path"].as_str());
        reasons.extend(paths.map(|path| (path, line["reason"].as_str().expect("a reason"))));
    }
    let held = tree(&home.library_path().join("originals"));
    let bytes: BTreeSet<Fingerprint> = held.values().map(|(bytes, _)| *bytes).collect();
    let absent = family.iter().filter(|(_, content)| !bytes.contains(&Fingerprint::of(content)));
    let absent = absent.map(|(path, _)| ((*path).to_owned(), reasons.get(path).map(|reason| (*reason).to_owned())));
    End { absent: absent.collect(), assets: assets(held, family) }
}

/// A sync; its verdicts.
fn sync(home: &Household, steps: &[Vec<&str>]) -> Vec<Value> {
    let output = home.run_command(&["sync", "--json-lines"]).output().expect("it runs");
    assert!(output.status.success(), "after {steps:?}: {}", text(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn assets(held: BTreeMap<PathBuf, (Fingerprint, std::time::SystemTime)>, family: &[Arrival]) -> BTreeSet<Vec<String>> {
    let mut assets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, (bytes, _)) in held {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        // Equal bytes have several names in the folder.
        let source = family.iter().find(|(_, content)| Fingerprint::of(content) == bytes).expect("it came from there");
        assets.entry(name[..36].to_owned()).or_default().push(source.0.to_owned());
    }
    assets.into_values().collect()
}

#[test]
fn no_order_of_arrival_leaves_a_file_without_a_word() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (orders, seed) = (number("FAMILIES_ORDERS").unwrap_or(2), number("FAMILIES_SEED").unwrap_or(1));
    println!("| family | all in | some named | without a word | ends | reasons |\n|---|---|---|---|---|---|");
    let mut silent = Vec::new();
    for (kind, (name, family)) in (0..).zip(families()) {
        let (mut whole, mut named, mut without) = (0, 0, 0);
        let (mut ends, mut reasons) = (BTreeSet::new(), BTreeMap::<String, u64>::new());
        for order in 0..orders {
            let mut chance = fastrand::Rng::with_seed(seed << 32 | kind << 16 | order);
            let end = arrive(&family, &mut chance);
            let is_silent = end.absent.values().any(Option::is_none);
            *(if end.absent.is_empty() {
                &mut whole
            } else if is_silent {
                &mut without
            } else {
                &mut named
            }) += 1;
            silent
                .extend(end.absent.iter().filter(|(_, reason)| reason.is_none()).map(|(path, _)| (name, path.clone())));
            end.absent.into_iter().for_each(|(path, reason)| {
                *reasons.entry(format!("{path}: {}", reason.as_deref().unwrap_or("?"))).or_default() += 1;
            });
            ends.insert(end.assets);
        }
        let reasons: Vec<String> = reasons.iter().map(|(reason, times)| format!("{reason} ({times})")).collect();
        println!("| {name} | {whole} | {named} | {without} | {} | {} |", ends.len(), reasons.join(", "));
        if std::env::var_os("FAMILIES_ENDS").is_some() {
            ends.iter().for_each(|end| println!("    {end:?}"));
        }
    }
    assert!(silent.is_empty(), "{silent:?}");
}
