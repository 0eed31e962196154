//! Ten rounds of a household in which everything happens at once that once lost or doubled a photo, with a ledger that is
//! lost in the middle. In the end every file is counted on both sides, by its bytes.

mod support;

use std::collections::BTreeMap;
use std::fs;

use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::sample::Shot;
use support::{Household, jpeg, shot, text, tree};

const ROUNDS: u64 = 10;

/// After this round nothing is remembered any more.
const FORGETS_AFTER: u64 = 4;

/// How often bytes are to lie on a side.
type Counts = BTreeMap<Fingerprint, usize>;

/// A household, and what each side must hold by the rules.
struct Told {
    home: Household,
    folder: Counts,
    library: Counts,
}

impl Told {
    fn new() -> Self {
        let home = Household::new();
        home.set_up("bidirectional");
        let settings = home.data().join("settings.toml");
        let more = fs::read_to_string(&settings)
            .expect("written")
            .replace("[[folder]]", "[export]\nrange = \"full-library\"\n\n[[folder]]");
        fs::write(settings, more).expect("written");
        Self { home, folder: Counts::new(), library: Counts::new() }
    }

    /// A file appears in the folder.
    fn put(&mut self, path: &str, bytes: &[u8]) {
        self.home.put(path, bytes);
        *self.folder.entry(Fingerprint::of(bytes)).or_default() += 1;
    }

    /// It is replaced, or its rest arrives.
    fn replace(&mut self, path: &str, bytes: &[u8]) {
        let before = fs::read(self.home.folder().join(path)).expect("it is there");
        *self.folder.get_mut(&Fingerprint::of(&before)).expect("counted") -= 1;
        self.put(path, bytes);
    }

    fn remove(&mut self, path: &str) {
        let before = fs::read(self.home.folder().join(path)).expect("it is there");
        *self.folder.get_mut(&Fingerprint::of(&before)).expect("counted") -= 1;
        fs::remove_file(self.home.folder().join(path)).expect("removed");
    }

    /// These bytes belong into the library once more.
    fn belongs(&mut self, bytes: &[u8]) {
        *self.library.entry(Fingerprint::of(bytes)).or_default() += 1;
    }

    fn sync(&self) -> String {
        let output = self.home.command(&["sync"]).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    }

    /// One round: what a family does in a month, and two syncs of which the second has nothing to do.
    fn live(&mut self, round: u64) {
        let number = |of: u64| 100 * round + of;
        // Two photos; of the one before, a program writes the tags anew and moves it, another converts it.
        for of in [1, 2] {
            let photo = jpeg(number(of));
            self.put(&format!("Camera/IMG_{:04}.JPG", number(of)), &photo);
            self.belongs(&photo);
        }
        self.put(&format!("Camera/IMG_{:04} (conflicted copy 2026-11-29).JPG", number(1)), &jpeg(number(1)));
        if let Some(before) = round.checked_sub(1) {
            let was = |of: u64| 100 * before + of;
            self.put(&format!("converted/IMG_{:04}.HEIC", was(1)), &shot(was(1)).heif(48, 32));
            self.remove(&format!("Camera/IMG_{:04}.JPG", was(2)));
            self.put(&format!("sorted/IMG_{:04}.JPG", was(2)), &Shot { orientation: 6, ..shot(was(2)) }.jpeg(48, 32));
        }
        // Half a photo, half a motion photo, and half of a kind of which nobody can tell; the rest comes a round later.
        let (cut, motion, stream) = (cut(number(3)), motion(number(4)), stream(number(5)));
        self.put(&format!("Camera/IMG_{:04}.JPG", number(3)), &cut[..cut.len() - 64]);
        self.put(&format!("Camera/PXL_{:04}.MP.jpg", number(4)), &motion[..motion.len() - 300]);
        self.put(&format!("DVD/VOB_{:04}.MPG", number(5)), &stream[..3000]);
        self.belongs(&stream[..3000]);
        if let Some(before) = round.checked_sub(1) {
            self.grow(before);
        }
        // Two Live Photos with one movie, and one whose halves have other names.
        let live = |of: u64, name: &str| Shot { content_identifier: Some(name.into()), ..shot(number(of)) };
        let shared = live(6, &format!("SHARED-{round}")).movie(64, 48, 1500);
        for of in [6, 7] {
            let still = live(of, &format!("SHARED-{round}")).heif(64, 48);
            self.put(&format!("Camera/IMG_{:04}.HEIC", number(of)), &still);
            self.put(&format!("Camera/IMG_{:04}.MOV", number(of)), &shared);
            self.belongs(&still);
            self.belongs(&shared);
        }
        let named = live(8, &format!("NAMED-{round}"));
        let (still, movie) = (named.heif(64, 48), named.movie(64, 48, 1500));
        self.put(&format!("stills/IMG_{:04}.HEIC", number(8)), &still);
        self.put(&format!("videos/IMG_{:04}_HEVC.MOV", number(8)), &movie);
        self.belongs(&still);
        self.belongs(&movie);
        // A login page, and a photo that came to the library by itself.
        self.put(&format!("Camera/login {round}.jpg"), format!("<html>log in {round}</html>").as_bytes());
        let cloud = jpeg(number(9));
        self.home.fill_library(&[(&format!("IMG_{:04}.JPG", number(9)), cloud.clone())]);
        self.belongs(&cloud);
        *self.folder.entry(Fingerprint::of(&cloud)).or_default() += 1;

        let first = self.sync();
        self.check(&format!("round {round}: {first}"));
        let second = self.sync();
        assert!(
            second.contains("Nothing to import.") && second.contains("Nothing to export."),
            "round {round}: {second}"
        );
        self.check(&format!("round {round}, synced again"));
    }

    /// What was cut off arrives. Of what nobody could tell, a person takes in every second one.
    fn grow(&mut self, round: u64) {
        let number = |of: u64| 100 * round + of;
        for (path, whole) in [
            (format!("Camera/IMG_{:04}.JPG", number(3)), cut(number(3))),
            (format!("Camera/PXL_{:04}.MP.jpg", number(4)), motion(number(4))),
        ] {
            self.replace(&path, &whole);
            self.belongs(&whole);
        }
        let (path, whole) = (format!("DVD/VOB_{:04}.MPG", number(5)), stream(number(5)));
        self.replace(&path, &whole);
        if round.is_multiple_of(2) {
            let file = self.home.folder().join(path).display().to_string();
            let output = self.home.command(&["decide", "take-in", &file]).output().expect("it runs");
            assert!(output.status.success(), "{}", text(&output));
            self.belongs(&whole);
        }
    }

    /// Both sides hold what they must, each as often as it must: nothing is lost, nothing doubled.
    fn check(&self, when: &str) {
        let of = |files: Vec<Fingerprint>| {
            files.into_iter().fold(Counts::new(), |mut counts, bytes| {
                *counts.entry(bytes).or_default() += 1;
                counts
            })
        };
        let expected =
            |counts: &Counts| counts.iter().filter(|(_, count)| **count > 0).map(|(b, c)| (*b, *c)).collect::<Counts>();
        let files = tree(&self.home.folder()).into_values().map(|(bytes, _)| bytes).collect();
        assert_eq!(of(files), expected(&self.folder), "the folder, {when}");
        assert_eq!(of(self.home.stored()), expected(&self.library), "the library, {when}");
    }
}

fn cut(number: u64) -> Vec<u8> {
    jpeg(number)
}

fn motion(number: u64) -> Vec<u8> {
    [jpeg(number), shot(number).movie(64, 48, 1500)].concat()
}

fn stream(number: u64) -> Vec<u8> {
    [&b"\0\0\x01\xBA"[..], &number.to_be_bytes().repeat(600)].concat()
}

#[test]
fn ten_rounds_with_a_lost_ledger_lose_and_double_nothing() {
    let mut told = Told::new();
    for round in 0..ROUNDS {
        told.live(round);
        if round == FORGETS_AFTER {
            for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
                let _ = fs::remove_file(told.home.data().join(name));
            }
            let _ = fs::remove_dir_all(told.home.data().join("backups"));
            let after = told.sync();
            assert!(after.contains("Nothing to import.") && after.contains("Nothing to export."), "it forgot: {after}");
            told.check("after it forgot");
        }
    }
    let files = |counts: &Counts| counts.values().sum::<usize>();
    println!("{ROUNDS} rounds: {} files in the folder, {} in the library", files(&told.folder), files(&told.library));
    // No file of the folder is there without a word: it is held, or the plan names it.
    let named = told.home.command(&["simulate", "--json-lines"]).output().expect("it runs");
    let named = text(&named);
    let held = told.home.stored();
    for (path, (bytes, _)) in tree(&told.home.folder()) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(held.contains(&bytes) || named.contains(&name), "{} is without a word", path.display());
    }
}
