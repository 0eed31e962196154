//! What is promised when something goes wrong in the middle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::{self, Durable, part_name};
use photobridge_core::folder::{Folder, FolderError, Folders};
use photobridge_testkit::Faulty;
use photobridge_testkit::shelf::{Died, Fault, Fuse};

use super::stage::{Stage, Tree};
use super::writing;

const BYTES: &[u8] = b"the bytes of a picture";
const TARGET: &str = "2024/05/IMG_1.jpg";

/// The folder of a stage, wherever it is looked for.
struct Only<'a>(&'a dyn Stage);

impl Folders for Only<'_> {
    fn open(&self, _: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        Ok(self.0.folder())
    }
}

/// The folder of a stage, with a fuse in it.
fn fused(stage: &dyn Stage, fuse: &Arc<Fuse>) -> Arc<dyn Folder> {
    let folders = Faulty { folders: &Only(stage), fuse: fuse.clone(), is_afar: false };
    folders.open(Path::new("")).expect("there")
}

/// What the next run makes of a part by the journal, as the engine does.
fn recover(folder: &dyn Folder, part: &str) {
    let (target, expected) = (Path::new(TARGET), Fingerprint::of(BYTES));
    match place::reopen(folder, target, part, expected, None).expect("the folder is there") {
        Some(written) => drop(written.sync().and_then(Durable::place).expect("it has a name")),
        None => folder.discard(Path::new("2024/05"), part).expect("nothing is left to remove"),
    }
}

/// What lies there, without directories.
fn files(stage: &dyn Stage) -> Tree {
    stage.tree().into_iter().filter(|(path, _)| !path.ends_with('/')).collect()
}

fn all() -> Tree {
    [(TARGET.to_owned(), BYTES.to_vec())].into()
}

/// Does this harm at each step of writing a file in turn. Returns at how many.
fn at_each_step(stage: &dyn Stage, fault: Fault) -> u32 {
    for steps in 0.. {
        let (fuse, part) = (Arc::new(Fuse::default()), part_name());
        let folder = fused(stage, &fuse);
        fuse.light(steps, fault);
        let written = catch_unwind(AssertUnwindSafe(|| writing::place(&*folder, TARGET, &part, BYTES).is_ok()));
        let burnt = fuse.put_out();
        if let Err(died) = &written {
            assert!(died.is::<Died>(), "it died of something else at step {steps}");
        }
        let now = files(stage);
        let halves: Vec<&String> = now.keys().filter(|path| *path != TARGET).collect();
        assert!(halves.iter().all(|path| place::is_part_name(path.trim_start_matches("2024/05/"))), "{halves:?}");
        assert!(now.get(TARGET).is_none_or(|held| held == BYTES), "a half has the name at {burnt:?}");
        if matches!(written, Ok(true)) {
            assert_eq!(now, all(), "{burnt:?}");
        }
        recover(&*stage.folder(), &part);
        let after = files(stage);
        assert!(after == all() || after == Tree::new(), "at {burnt:?} there is {after:?}");
        // What has all its bytes, the journal brings to its name.
        if halves.len() == 1 && now[halves[0]] == BYTES {
            assert_eq!(after, all(), "{burnt:?}");
        }
        if after == all() {
            stage.remove(TARGET);
        }
        if burnt.is_none() {
            return steps;
        }
    }
    unreachable!("there are not so many steps")
}

pub fn wherever_a_writer_dies_there_is_all_or_nothing(stage: &dyn Stage) {
    assert!(at_each_step(stage, Fault::Death) > 8);
}

pub fn whatever_call_fails_there_is_all_or_nothing(stage: &dyn Stage) {
    assert!(at_each_step(stage, Fault::Refusal) > 8);
}

pub fn whatever_comes_in_between_is_kept(stage: &dyn Stage) {
    std::thread::scope(|scope| {
        for steps in 0.. {
            let (fuse, part) = (Arc::new(Fuse::default()), part_name());
            let folder = fused(stage, &fuse);
            let (say, hear) = std::sync::mpsc::channel::<()>();
            let (done, wait) = std::sync::mpsc::channel::<()>();
            // Somebody else puts another file there, at each step in turn.
            scope.spawn(move || {
                if hear.recv().is_ok() {
                    stage.put(TARGET, b"somebody's");
                    let _ = done.send(());
                }
            });
            fuse.light_for(Box::new(move || {
                let _ = say.send(());
                let _ = wait.recv();
            }));
            fuse.light(steps, Fault::Meddling);
            let placed = writing::place(&*folder, TARGET, &part, BYTES);
            let burnt = fuse.put_out();
            let now = files(stage);
            if burnt.is_none() {
                assert!(placed.is_ok());
                break;
            }
            // After the naming it is theirs that replaces ours, which nobody can keep from them.
            assert_eq!(now, [(TARGET.to_owned(), b"somebody's".to_vec())].into(), "{burnt:?}: {placed:?}");
            stage.remove(TARGET);
        }
    });
}

pub fn a_folder_that_goes_away_in_the_middle_is_said(stage: &dyn Stage) {
    let folder = stage.folder();
    let mut part = place::Part::create(&*folder, Path::new(TARGET), &part_name()).expect("a part");
    std::io::Write::write_all(&mut part, BYTES).expect("room");
    stage.go_away();
    let placed = part.finish(None, None, None).and_then(place::Written::sync).and_then(Durable::place);
    assert!(placed.is_err(), "it is nowhere where anybody would look");
    assert!(folder.ground().is_err());
}
