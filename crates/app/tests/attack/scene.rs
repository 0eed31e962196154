//! A household under attack: what lies on both sides before, what must lie there in the end, and what must never be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use photobridge_core::asset::Whereabouts;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_media::details::Details;
use photobridge_media::sample;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Household, jpeg, shot, text, tree};
use crate::tally::Harm;

/// Harms with what tells of them.
pub type Harms = Vec<(Harm, String)>;

/// A household as it stands before the attack, which can be had back.
pub struct Scene {
    pub home: Household,
    /// The command that is attacked.
    attacked: Vec<&'static str>,
    /// The one that follows, and must put everything right.
    next: Vec<&'static str>,
    before: TempDir,
    /// Files of the folder that must stay where they are, as they are.
    own: BTreeMap<PathBuf, Fingerprint>,
    /// What the folder and the library must hold in the end besides, each once.
    exported: Vec<Fingerprint>,
    stored: Vec<Fingerprint>,
    assets: usize,
    /// What the library must hold at every moment.
    held: Vec<Fingerprint>,
}

pub const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

/// Both halves of a Live Photo.
fn live(number: u64) -> [(String, Vec<u8>); 2] {
    let mut live = shot(number);
    live.content_identifier = Some(format!("5A1F0C52-0000-4000-8000-{number:012}"));
    [(format!("IMG_{number}.HEIC"), live.heif(64, 48)), (format!("IMG_{number}.MOV"), live.movie(64, 48, 2_000))]
}

fn fingerprints(files: &[(String, Vec<u8>)]) -> Vec<Fingerprint> {
    files.iter().map(|(_, bytes)| Fingerprint::of(bytes)).collect()
}

/// What lies in the folder: a photo, one in a folder below with words beside it, a Live Photo.
fn of_the_folder() -> Vec<(String, Vec<u8>)> {
    let words = Details { title: Some("Tide".into()), keywords: vec!["sea".into()], ..Details::default() };
    let mut files = vec![
        ("IMG_1.JPG".into(), jpeg(1)),
        ("below/IMG_2.JPG".into(), jpeg(2)),
        ("below/IMG_2.xmp".into(), sample::xmp(&words, None)),
    ];
    files.extend(live(3));
    files
}

/// What lies in the library only: two photos, of which one has a name of the folder, and a Live Photo.
fn of_the_library() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("IMG_1.JPG".into(), jpeg(11)), ("IMG_12.JPG".into(), jpeg(12))];
    files.extend(live(13));
    files
}

impl Scene {
    fn new(home: Household, attacked: &[&'static str]) -> Self {
        let own = tree(&home.folder()).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect();
        let before = tempfile::tempdir().expect("a directory");
        copy(home.root(), before.path());
        let (exported, stored, held) = (Vec::new(), Vec::new(), Vec::new());
        let (attacked, next) = (attacked.to_vec(), attacked.to_vec());
        Self { home, attacked, next, before, own, exported, stored, assets: 0, held }
    }

    /// The first sync of all: there is a folder, and neither a library nor a memory.
    pub fn first_sync() -> Self {
        let home = Household::new();
        of_the_folder().iter().for_each(|(name, bytes)| drop(home.put(name, bytes)));
        Self { stored: fingerprints(&of_the_folder()), assets: 3, ..Self::new(home, &BOTH) }
    }

    /// A motion photo that goes in as a Live Photo, beside a photo. What is made of it is known from a sync that nobody attacks.
    pub fn motion_photo() -> Self {
        let begun = || {
            let home = Household::new();
            home.make_data();
            std::fs::write(home.data().join("settings.toml"), "motion_photos = \"live\"\n").expect("settings");
            home.put("IMG_1.JPG", &jpeg(1));
            home.put("PXL_2.MP.jpg", &[shot(2).jpeg(64, 48), shot(2).movie(64, 48, 1_500)].concat());
            home
        };
        let unharmed = begun();
        let output = unharmed.run_command(&BOTH).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        let stored = unharmed.stored();
        assert_eq!(stored.len(), 3, "a photo, and two files of the other");
        Self { stored, assets: 2, ..Self::new(begun(), &BOTH) }
    }

    /// Photos on both sides that are still to go, and one that lies on both already.
    pub fn both_ways() -> Self {
        let home = Household::new();
        let (folder, library, common) = (of_the_folder(), of_the_library(), jpeg(21));
        folder.iter().for_each(|(name, bytes)| drop(home.put(name, bytes)));
        home.put("2024/05/IMG_21.JPG", &common);
        let common = [("IMG_21.JPG".to_owned(), common)];
        let held: Vec<(&str, Vec<u8>)> =
            library.iter().chain(&common).map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        home.fill_library(&held);
        let stored = [fingerprints(&folder), fingerprints(&library), fingerprints(&common)].concat();
        Self { exported: fingerprints(&library), stored, assets: 7, ..Self::new(home, &BOTH) }
    }

    /// Photos on both sides that are still to go, where both sides know each other already.
    pub fn with_memory() -> Self {
        let Self { home, stored, .. } = Self::both_ways();
        let output = home.run_command(&BOTH).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        home.put("IMG_31.JPG", &jpeg(31));
        home.put("below/IMG_32.JPG", &jpeg(32));
        home.fill_library(&[("IMG_33.JPG", jpeg(33)), ("IMG_34.JPG", jpeg(34))]);
        let of = |numbers: [u64; 2]| numbers.map(|number| Fingerprint::of(&jpeg(number)));
        Self {
            exported: of([33, 34]).into(),
            stored: [&stored[..], &of([31, 32]), &of([33, 34])].concat(),
            assets: 11,
            ..Self::new(home, &BOTH)
        }
    }

    /// A RAW that went in after its JPEG as a photo of its own, and a video that came after its still: both are to become a
    /// part of what was there.
    pub fn late_files() -> Self {
        let home = Household::new();
        let [still, movie] = live(3);
        let files = [("IMG_1.JPG".into(), jpeg(1)), still, ("IMG_1.DNG".into(), shot(1).dng(64, 48)), movie];
        for (name, bytes) in &files {
            home.put(name, bytes);
            let output = home.run_command(&BOTH).output().expect("it runs");
            assert!(output.status.success(), "{}", text(&output));
        }
        let mut decide = home.command(&["decide", "join"]);
        decide.args(["IMG_1.DNG", "IMG_3.MOV"].map(|name| home.folder().join(name)));
        let output = decide.arg("--library").arg(home.library_path()).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        let stored = fingerprints(&files);
        Self { held: stored[..3].to_vec(), stored, assets: 2, ..Self::new(home, &BOTH) }
    }

    /// Photos that a sync exported, among them a Live Photo, and that are to be taken back: what follows is the same undo once
    /// more, or a sync.
    pub fn undone(then: Option<&[&'static str]>) -> Self {
        let home = Household::new();
        let library = of_the_library();
        home.fill_library(&library.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect::<Vec<_>>());
        let output = home.run_command(&BOTH).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        let undo = ["undo", "1"];
        let mut scene = Self::new(home, &undo);
        scene.own.clear();
        let (exported, stored) = (fingerprints(&library), fingerprints(&library));
        Self { exported, held: stored.clone(), stored, assets: 3, next: then.unwrap_or(&undo).to_vec(), ..scene }
    }

    /// Files that lie in the folder.
    pub fn in_folder(&self) -> Vec<PathBuf> {
        tree(&self.home.folder()).into_keys().collect()
    }

    /// So many photos, every other one in the folder and the rest in the library, all still to go.
    pub fn many(photos: u64) -> Self {
        let home = Household::new();
        let photo = |number: u64| (format!("IMG_{number}.JPG"), jpeg(number));
        let folder: Vec<_> = (0..photos).step_by(2).map(photo).collect();
        let library: Vec<_> = (1..photos).step_by(2).map(photo).collect();
        for (at, (name, bytes)) in folder.iter().enumerate() {
            home.put(&format!("phone/{}/{name}", at % 7), bytes);
        }
        let held: Vec<(&str, Vec<u8>)> = library.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        home.fill_library(&held);
        let stored = [fingerprints(&folder), fingerprints(&library)].concat();
        Self { exported: fingerprints(&library), assets: stored.len(), stored, ..Self::new(home, &BOTH) }
    }

    /// Puts everything back as it was before the attack.
    pub fn restore(&self) {
        self.clear();
        self.fill();
    }

    /// Puts everything from before the attack into the directory that was cleared.
    pub fn fill(&self) {
        copy(self.before.path(), self.home.root());
    }

    /// The owner deletes a file of the folder that is not in the library yet.
    pub fn delete(&mut self, path: &Path) {
        std::fs::remove_file(self.home.folder().join(path)).expect("deleted");
        let bytes = self.own.remove(path).expect("a file of the folder");
        self.stored.retain(|other| *other != bytes);
        self.assets -= 1;
    }

    /// The owner writes another photo over a file of the folder that is not in the library yet.
    pub fn rewrite(&mut self, path: &Path, bytes: &[u8]) {
        std::fs::write(self.home.folder().join(path), bytes).expect("written");
        let before = self.own.insert(path.to_owned(), Fingerprint::of(bytes)).expect("a file of the folder");
        self.stored.retain(|other| *other != before);
        self.stored.push(Fingerprint::of(bytes));
    }

    /// Files of the folder that are not in the library yet, the last ones first.
    pub fn waiting(&self) -> Vec<PathBuf> {
        let stored = self.home.stored();
        let is_waiting = |(_, bytes): &(&PathBuf, &Fingerprint)| !stored.contains(bytes);
        self.own.iter().rev().filter(is_waiting).map(|(path, _)| path.clone()).collect()
    }

    /// How many files have come to both sides by now.
    pub fn carried(&self) -> usize {
        let of = |root: &Path| ["folder", "library/originals"].map(|place| tree(&root.join(place)).len());
        let ([folder, library], [lay, held]) = (of(self.home.root()), of(self.before.path()));
        library - held + folder.saturating_sub(lay)
    }

    /// What lay there before the attack.
    pub fn before(&self) -> &Path {
        self.before.path()
    }

    /// Leaves nothing but an empty directory.
    pub fn clear(&self) {
        for entry in std::fs::read_dir(self.home.root()).expect("there") {
            let path = entry.expect("listed").path();
            let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            removed.expect("removed");
        }
    }

    /// The command that is attacked.
    pub fn attacked(&self) -> Command {
        self.command(&self.attacked)
    }

    /// A command over both sides. An undo has no waits to be switched off.
    pub fn command(&self, arguments: &[&str]) -> Command {
        if arguments[0] != "undo" {
            return self.home.run_command(arguments);
        }
        let mut command = self.home.command(arguments);
        command.arg("--folder").arg(self.home.folder()).arg("--library").arg(self.home.library_path());
        command
    }

    /// The same command of another Photobridge, with a memory of its own.
    pub fn attacked_by_another(&self) -> Command {
        let ours = self.attacked();
        let mut command = Command::new(ours.get_program());
        command.env_clear().env("HOME", self.home.root()).current_dir(self.home.root());
        let (data, other) = (self.home.data(), self.home.root().join("other-data"));
        command.args(ours.get_args().map(|argument| if argument == data { other.as_os_str() } else { argument }));
        command
    }

    /// What is seen right after the attack, before anything puts it right.
    pub fn seen_at_once(&self) -> Harms {
        let mut harms = Harms::new();
        let known: Vec<Fingerprint> = [&self.exported[..], &self.stored].concat();
        for (path, (bytes, _)) in tree(&self.home.folder()) {
            let is_whole = known.contains(&bytes) || self.own.get(&path) == Some(&bytes);
            if !is_whole && !is_half(&path) {
                harms.push((Harm::Partial, format!("{} in the folder", path.display())));
            }
        }
        self.own_files_stay(&mut harms);
        let mut library = self.home.library();
        let assets = match library.snapshot(&Silent, &Cancel::new()) {
            Ok(snapshot) => snapshot.assets,
            Err(error) => {
                harms.push((Harm::Partial, format!("the library cannot be read: {error}")));
                Vec::new()
            }
        };
        let mut there = Vec::new();
        for asset in &assets {
            for resource in &asset.resources {
                let mut bytes = Vec::new();
                let is_here = resource.whereabouts == Whereabouts::Here;
                let read = library.read(asset, resource.role, &mut bytes, &Cancel::new());
                there.push(Fingerprint::of(&bytes));
                if !is_here || read.is_err() || !known.contains(&Fingerprint::of(&bytes)) {
                    harms.push((Harm::Partial, format!("{} in the library", asset.original_name)));
                }
            }
        }
        let lost = self.held.iter().filter(|bytes| !there.contains(bytes)).count();
        harms.extend((lost > 0).then(|| (Harm::Lost, format!("{lost} files are not in the library"))));
        harms
    }

    /// Lets the next run put everything right, and looks whether it did.
    pub fn seen_after_the_next_run(&self) -> Harms {
        let mut harms = Harms::new();
        let next = self.command(&self.next).output().expect("it runs");
        if !next.status.success() {
            harms.push((Harm::Ending, format!("the next run: {}", text(&next))));
        }
        harms.extend(self.seen_in_the_end());
        harms
    }

    /// What must hold when all is done.
    pub fn seen_in_the_end(&self) -> Harms {
        let mut harms = Harms::new();
        self.own_files_stay(&mut harms);
        let folder = tree(&self.home.folder()).into_iter().filter(|(path, _)| !self.own.contains_key(path));
        let moved_out = tree(&self.home.data().join("undone")).into_iter();
        let carried = folder.chain(moved_out).map(|(path, (bytes, _))| (path, bytes));
        compare("folder", &self.exported, carried, &mut harms);
        for still in self.in_folder().iter().filter(|path| path.extension().is_some_and(|ending| ending == "HEIC")) {
            if !self.home.folder().join(still).with_extension("MOV").exists() {
                harms.push((Harm::Unfinished, format!("{} lies in the folder without its movie", still.display())));
            }
        }
        let originals = tree(&self.home.library_path().join("originals")).into_iter();
        compare("library", &self.stored, originals.map(|(path, (bytes, _))| (path, bytes)), &mut harms);
        match self.home.library().snapshot(&Silent, &Cancel::new()) {
            Ok(snapshot) if snapshot.assets.len() == self.assets => {}
            Ok(snapshot) => {
                let harm = if snapshot.assets.len() > self.assets { Harm::Doubled } else { Harm::Lost };
                harms.push((harm, format!("{} assets instead of {}", snapshot.assets.len(), self.assets)));
            }
            Err(error) => harms.push((Harm::Lost, format!("the library cannot be read: {error}"))),
        }
        halves(self.home.root(), &mut |path| harms.push((Harm::LeftOver, path.display().to_string())));
        self.nothing_is_left_to_do(&mut harms);
        harms
    }

    fn own_files_stay(&self, harms: &mut Harms) {
        let now = tree(&self.home.folder());
        for (path, bytes) in &self.own {
            if now.get(path).map(|(now, _)| now) != Some(bytes) {
                harms.push((Harm::Lost, format!("{} of the folder is gone or another", path.display())));
            }
        }
    }

    fn nothing_is_left_to_do(&self, harms: &mut Harms) {
        let simulate: Vec<&str> = ["simulate"].into_iter().chain(BOTH[1..].iter().copied()).chain(["--json"]).collect();
        let output = self.home.run_command(&simulate).output().expect("it runs");
        match planned(&output) {
            Some(0) => {}
            _ => harms.push((Harm::Unfinished, text(&output))),
        }
        let check = self.home.command(&["ledger", "check"]).output().expect("it runs");
        if !check.status.success() {
            harms.push((Harm::Ledger, text(&check)));
        }
        let left = [
            (self.home.data().join("ledger.sqlite"), "journal"),
            (self.home.library_path().join("database/Photos.sqlite"), "PHOTOBRIDGE_PENDING"),
        ];
        for (database, table) in left {
            if count(&database, table) != Some(0) {
                harms.push((Harm::LeftOver, format!("rows of {table} in {}", database.display())));
            }
        }
    }
}

/// Whatever befell a run, it ends by itself and says how: not in a panic, not by a signal.
pub fn ending(output: &Output) -> Harms {
    match output.status.code() {
        Some(0..=5) => Harms::new(),
        _ => vec![(Harm::Ending, format!("{}: {}", output.status, text(output)))],
    }
}

/// Compares what is there with what must be, each once.
fn compare(
    side: &str,
    expected: &[Fingerprint],
    found: impl Iterator<Item = (PathBuf, Fingerprint)>,
    harms: &mut Harms,
) {
    let mut missing = expected.to_vec();
    for (path, bytes) in found.filter(|(path, _)| !is_half(path)) {
        match missing.iter().position(|other| *other == bytes) {
            Some(at) => drop(missing.swap_remove(at)),
            None => {
                let harm = if expected.contains(&bytes) { Harm::Doubled } else { Harm::Partial };
                harms.push((harm, format!("{} in the {side}", path.display())));
            }
        }
    }
    if !missing.is_empty() {
        harms.push((Harm::Lost, format!("{} files are not in the {side}", missing.len())));
    }
}

/// Whether a file says by its name that it is not whole.
fn is_half(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(".part"))
}

/// Everything half-written below a directory.
fn halves(directory: &Path, found: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if is_half(&path) {
            found(&path);
        } else if path.is_dir() {
            halves(&path, found);
        }
    }
}

/// What a simulation that ended well would carry, either way.
fn planned(output: &Output) -> Option<u64> {
    let report: Value = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success())?;
    let of = |way: &str| report[way]["planned"].as_u64();
    Some(of("import")? + of("export")?)
}

fn count(database: &Path, table: &str) -> Option<i64> {
    let connection = rusqlite::Connection::open(database).ok()?;
    connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).ok()
}

/// Copies what lies in a directory, with times and rights.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).output().expect("it runs");
    assert!(copied.status.success(), "{}", text(&copied));
}
