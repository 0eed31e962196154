//! The kept verdicts of a run, looked at in all ways: a crash may have cut them, and a disk may hold anything.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use photobridge_core::kept::{self, Filter, Verdicts};
use photobridge_core::picture::Picture;
use photobridge_core::run::RunId;
use photobridge_folders::Everywhere;
use tempfile::TempDir;

const RUN: RunId = RunId(1);

static DATA: LazyLock<TempDir> = LazyLock::new(|| {
    let data = tempfile::tempdir().expect("a directory");
    fs::create_dir_all(data.path().join("runs")).expect("a directory");
    fs::create_dir_all(data.path().join("folder/2024")).expect("a directory");
    fs::write(data.path().join("folder/2024/a.jpg"), "a").expect("a file");
    fs::write(data.path().join("secret"), "not to be found").expect("a file");
    data
});

fuzz_target!(|bytes: &[u8]| {
    fs::write(kept::path(DATA.path(), RUN), bytes).expect("a file");
    let verdicts = Verdicts::open(DATA.path(), RUN).expect("it can be read");
    let all = verdicts.page(&Filter::default(), 0, usize::MAX).expect("it can be read");
    let photos: u64 = verdicts.groups().iter().map(|tally| tally.photos).sum();
    assert_eq!(photos, all.total as u64);
    for (number, line) in all.rows {
        assert_eq!(verdicts.row(number).expect("it can be read").as_ref(), Some(&line));
        let root = DATA.path().join("folder").canonicalize().expect("it is there");
        for picture in [line.picture(), line.other_picture()].into_iter().flatten() {
            if let Picture::File(trail) = picture
                && let Ok(found) = trail.find(&root, &Everywhere)
            {
                assert!(found.path.starts_with(&root));
            }
        }
        let filter = Filter { text: line.path.unwrap_or_default(), ..Filter::default() };
        verdicts.page(&filter, 0, 1).expect("it can be read");
    }
    let _ = kept::promise(DATA.path(), RUN);
});
