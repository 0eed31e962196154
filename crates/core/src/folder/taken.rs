//! The names that are taken in the folder to which photos are exported, and free ones beside them. Pure: the caller
//! says what the folder holds.
//!
//! Names are compared as a file system would that keeps neither case nor one form of accents, on every system: the
//! folder is synced to others. A stand-in or temporary of a sync client takes the name of its file.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{self, LONGEST, cut, folded};

/// Bytes of the longest number after a name, ` (4294967295)`.
const NUMBER: usize = 13;

/// The names taken below one folder, by what lies there and by what this plan will put there.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    directories: FxHashMap<Box<str>, Entries>,
}

/// The names of one directory, all of them folded.
#[derive(Debug, Clone, Default)]
struct Entries {
    names: FxHashSet<Box<str>>,
    /// Stems of media and sidecars: `IMG_1.HEIC` beside a stranger's `IMG_1.MOV` would look like one Live Photo.
    stems: FxHashSet<Box<str>>,
    /// For names that were counted up, the next number to try: ten thousand photos may all be called `IMG_0001`.
    next: FxHashMap<Box<str>, u32>,
}

impl Taken {
    /// Takes the name of an entry (media, any other file, a directory), given by its path below the folder.
    pub fn add(&mut self, path: &Path) {
        if let Some(name) = path.file_name() {
            self.entries(path.parent().unwrap_or(Path::new(""))).add(&name.to_string_lossy());
        }
    }

    /// Whether something in `directory` has this name.
    pub fn has(&self, directory: &Path, name: &str) -> bool {
        let directory = folded(&directory.to_string_lossy());
        self.directories.get(&*directory).is_some_and(|entries| entries.names.contains(&*folded(name)))
    }

    /// The stem under which all files of one asset find room in `directory`: `stem`, `stem (2)`, `stem (3)`…, the first
    /// that no other photo there has and with which none of the names is taken. All of `stem + ending` are then taken.
    ///
    /// Endings are what follows the stem (`.HEIC`, `.MOV`, `_edited.jpeg`, `.xmp`) and differ by more than case.
    pub fn claim(&mut self, directory: &Path, stem: &str, endings: &[&str]) -> String {
        let longest = endings.iter().map(|ending| ending.len()).max().unwrap_or(0);
        let entries = self.entries(directory);
        let whole = cut(stem, LONGEST.saturating_sub(longest));
        let claimed = match entries.is_free(whole, endings) {
            true => whole.to_owned(),
            false => entries.numbered(stem, endings),
        };
        for ending in endings {
            entries.add(&format!("{claimed}{ending}"));
        }
        claimed
    }

    /// The stem for files that come later to a photo which lies in `directory` as `stem`: that one, or with a number where
    /// another has one of their names. All of the stem and an ending are then taken.
    pub fn claim_beside(&mut self, directory: &Path, stem: &str, endings: &[&str]) -> String {
        let longest = endings.iter().map(|ending| ending.len()).max().unwrap_or(0);
        let entries = self.entries(directory);
        let whole = cut(stem, LONGEST.saturating_sub(longest));
        // `IMG_1.xmp` shares the stem of its photo; `IMG_1_edited.jpeg` has its own, which may be a stranger's.
        let of_the_photo = folded(names::stem(&format!("{stem}.jpg")));
        let is_free = |ending: &&str| {
            let name = format!("{whole}{ending}");
            let own = folded(names::stem(&name));
            !entries.names.contains(folded(&name).as_str())
                && (own == of_the_photo || !entries.stems.contains(own.as_str()))
        };
        let claimed = match endings.iter().all(is_free) {
            true => whole.to_owned(),
            false => entries.numbered(stem, endings),
        };
        for ending in endings {
            entries.add(&format!("{claimed}{ending}"));
        }
        claimed
    }

    fn entries(&mut self, directory: &Path) -> &mut Entries {
        let path = folded(&directory.to_string_lossy());
        self.directories.entry(path.into()).or_default()
    }
}

impl Entries {
    fn add(&mut self, name: &str) {
        let real = names::stands_for(name);
        if real.len() != name.len() {
            self.names.insert(folded(name).into());
        }
        self.names.insert(folded(real).into());
        if names::read(real).is_some() {
            let stem = names::stem(real);
            self.stems.insert(folded(stem).into());
            // Another photo of that name would look as if this was its edited version.
            self.stems.extend(names::edit_of(stem).map(|photo| folded(photo).into()));
        }
    }

    fn is_free(&self, stem: &str, endings: &[&str]) -> bool {
        endings.iter().all(|ending| {
            let name = format!("{stem}{ending}");
            !self.names.contains(folded(&name).as_str()) && !self.stems.contains(folded(names::stem(&name)).as_str())
        })
    }

    /// The first of `stem (2)`, `stem (3)`… that is free. What was found taken stays taken, so the search for the same
    /// stem and endings goes on where it stopped.
    fn numbered(&mut self, stem: &str, endings: &[&str]) -> String {
        let longest = endings.iter().map(|ending| ending.len()).max().unwrap_or(0);
        let stem = cut(stem, LONGEST.saturating_sub(longest + NUMBER)).trim_end();
        let key = folded(&format!("{stem}/{}", endings.join("/")));
        let mut number = self.next.get(key.as_str()).copied().unwrap_or(2);
        loop {
            let numbered = format!("{stem} ({number})");
            number += 1;
            if self.is_free(&numbered, endings) {
                self.next.insert(key.into(), number);
                return numbered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::collections::HashSet;

    use super::*;

    fn taken(paths: &[&str]) -> Taken {
        let mut taken = Taken::default();
        for path in paths {
            taken.add(Path::new(path));
        }
        taken
    }

    fn claim(paths: &[&str], stem: &str, endings: &[&str]) -> String {
        taken(paths).claim(Path::new("2024/01"), stem, endings)
    }

    #[test]
    fn a_free_name_is_kept() {
        assert_eq!(claim(&[], "IMG_1", &[".HEIC", ".MOV"]), "IMG_1");
        assert_eq!(claim(&["IMG_1.HEIC", "2024/02/IMG_1.HEIC"], "IMG_1", &[".HEIC"]), "IMG_1");
        assert_eq!(claim(&["2024/01/IMG_1.txt", "2024/01/IMG_1"], "IMG_1", &[".HEIC"]), "IMG_1");
    }

    #[test]
    fn a_taken_name_gets_a_number_for_all_files_together() {
        for path in [
            "2024/01/IMG_1.HEIC",
            "2024/01/img_1.heic",
            // Another photo's half, sidecar or edit under this stem.
            "2024/01/IMG_1.MOV",
            "2024/01/IMG_1.JPG.xmp",
            "2024/01/IMG_1.aae",
            "2024/01/IMG_1_EDITED.mov",
            "2024/01/IMG_1_edited.jpeg",
            "2024/01/IMG_1_edited.jpg",
            // As sync clients show it.
            "2024/01/IMG_1.jpg.nextcloud",
            "2024/01/.IMG_1.jpg.icloud",
            "2024/01/.IMG_1.HEIC.~3fa9",
            "2024/01/IMG_1.HEIC.part",
        ] {
            assert_eq!(claim(&[path], "IMG_1", &[".HEIC", "_edited.jpeg"]), "IMG_1 (2)", "{path}");
        }
        let paths = ["2024/01/IMG_1.HEIC", "2024/01/IMG_1 (2).MOV", "2024/01/IMG_1 (3)_edited.jpeg"];
        assert_eq!(claim(&paths, "IMG_1", &[".HEIC", "_edited.jpeg"]), "IMG_1 (4)");
        assert_eq!(claim(&["2024/01/e\u{301}.jpg"], "É", &[".jpg"]), "É (2)");
    }

    #[test]
    fn a_plan_does_not_collide_with_itself() {
        let mut taken = Taken::default();
        let directory = Path::new("Unknown");
        assert_eq!(taken.claim(directory, "a", &[".jpg"]), "a");
        assert_eq!(taken.claim(directory, "A", &[".mov"]), "A (2)");
        assert_eq!(taken.claim(directory, "a", &[".jpg", ".mov"]), "a (3)");
        assert_eq!(taken.claim(directory, "a (3)", &[".png"]), "a (3) (2)");
        assert_eq!(taken.claim(directory, "a.jpg", &[".png"]), "a.jpg (2)");
    }

    #[test]
    fn a_late_companion_keeps_the_stem_of_its_photo() {
        let directory = Path::new("");
        let mut taken =
            taken(&["IMG_1.HEIC", "IMG_2.HEIC", "IMG_2.xmp", "IMG_3.JPG", "IMG_3_edited.mov", "IMG_2 (2).JPG"]);
        assert_eq!(taken.claim_beside(directory, "IMG_1", &[".MOV"]), "IMG_1");
        assert_eq!(taken.claim_beside(directory, "IMG_1", &[".mov"]), "IMG_1 (2)");
        assert_eq!(taken.claim_beside(directory, "IMG_1", &["_edited.jpeg"]), "IMG_1");
        assert_eq!(taken.claim_beside(directory, "IMG_1", &[".HEIC", ".mov"]), "IMG_1 (3)", "all of them together");
        assert_eq!(taken.claim_beside(directory, "IMG_2", &[".xmp"]), "IMG_2 (3)");
        assert_eq!(taken.claim_beside(directory, "IMG_3", &["_edited.jpeg"]), "IMG_3 (2)");
        assert_eq!(taken.claim_beside(directory, "IMG_4.jpg", &[".xmp"]), "IMG_4.jpg");
    }

    #[test]
    fn long_stems_leave_room_for_number_and_ending() {
        let mut taken = Taken::default();
        let long = "日".repeat(100);
        let stems: Vec<String> =
            (0..12).map(|_| taken.claim(Path::new(""), &long, &["_edited.jpeg", ".HEIC"])).collect();
        assert!(stems.iter().all(|stem| stem.len() + "_edited.jpeg".len() <= LONGEST));
        assert_eq!(stems.iter().collect::<HashSet<_>>().len(), 12);
        assert!(stems[11].ends_with("日 (12)"), "{}", stems[11]);
    }

    #[test]
    fn a_hundred_thousand_names_cost_little() {
        let mut taken = Taken::default();
        for number in 0..100_000 {
            taken.add(Path::new(&format!("2024/{:02}/IMG_{number:06}.HEIC", number % 12)));
        }
        for count in 1..=10_000 {
            let stem = taken.claim(Path::new("2024/01"), "IMG_0001", &[".HEIC", ".MOV"]);
            assert!(count == 1 || stem == format!("IMG_0001 ({count})"), "{stem}");
        }
        // Each search went on where the one before it stopped.
        let next: Vec<u32> = taken.entries(Path::new("2024/01")).next.values().copied().collect();
        assert_eq!(next, [10_001]);
    }

    proptest! {
        #[test]
        fn claims_never_collide(
            there in prop::collection::vec("[aAéÉ]{1,2}( \\(2\\))?(_edited)?\\.(jpg|mov|xmp|txt)(\\.nextcloud)?", 0..8),
            claims in prop::collection::vec(
                ("[aAéÉ\u{301}]{1,2}( \\(2\\)|_edited|\\.mov)?", 0..3usize, any::<bool>()), 1..12),
        ) {
            let endings: [&[&str]; 3] = [&[".jpg"], &[".JPG", ".mov", "_edited.jpeg"], &[".mov", ".xmp"]];
            let mut taken = Taken::default();
            let mut names = HashSet::new();
            let mut stems = HashSet::new();
            for path in &there {
                taken.add(Path::new(path));
                let real = names::stands_for(path);
                names.insert(folded(real));
                if names::read(real).is_some() {
                    stems.insert(folded(names::stem(real)));
                }
            }
            for (stem, set, beside) in &claims {
                if *beside {
                    let claimed = taken.claim_beside(Path::new(""), stem, endings[*set]);
                    for name in endings[*set].iter().map(|ending| format!("{claimed}{ending}")) {
                        prop_assert!(names.insert(folded(&name)), "{}", name);
                        stems.insert(folded(names::stem(&name)));
                    }
                    continue;
                }
                let claimed = taken.claim(Path::new(""), stem, endings[*set]);
                let own: Vec<String> = endings[*set].iter().map(|ending| format!("{claimed}{ending}")).collect();
                for name in &own {
                    prop_assert!(!stems.contains(&folded(names::stem(name))), "{}", name);
                    prop_assert!(names.insert(folded(name)), "{}", name);
                }
                stems.extend(own.iter().map(|name| folded(names::stem(name))));
            }
        }
    }
}
