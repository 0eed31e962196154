//! What a sync saw besides its news is taken over from the one before it, where that saw the same.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use photobridge_core::run::Command;

use crate::household::{Household, shot};

/// What the next sync saw, and where that lies.
fn seen_by_next(home: &Household) -> (PathBuf, Vec<u8>, u64) {
    let path = home.data().join(format!("runs/{}.rest", home.run(Command::Sync)));
    let inode = fs::metadata(&path).expect("kept").ino();
    (path.clone(), fs::read(path).expect("kept"), inode)
}

#[test]
fn what_is_taken_over_is_what_would_be_written() {
    let home = Household::new();
    let in_folder: Vec<PathBuf> = (0..4)
        .map(|number| {
            let bytes = shot(number).jpeg(48, 32);
            home.add(&format!("IMG_{number}.JPG"), &bytes);
            home.put(format!("a/IMG_{number}.JPG"), &bytes)
        })
        .collect();
    home.run(Command::Sync);
    let (_, mut before, mut place) = seen_by_next(&home);
    let nothing: &dyn Fn() = &|| ();
    let touched = || {
        let file = File::options().write(true).open(&in_folder[0]).expect("it is there");
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).expect("dated");
    };
    let moved = || fs::rename(&in_folder[1], home.folder().join("moved.jpg")).expect("moved");
    let renamed = || home.library.change(|all| all[2].asset.original_name = "Anna.jpg".into());
    let dated = || home.library.change(|all| all[3].asset.captured = None);
    let changes = [("touched", &touched as &dyn Fn()), ("moved", &moved), ("renamed", &renamed), ("dated", &dated)];
    for (what, change) in changes.into_iter().flat_map(|change| [change, ("left as it is", nothing)]) {
        change();
        let (path, taken, now) = seen_by_next(&home);
        assert_eq!((taken == before, now == place), (what == "left as it is", what == "left as it is"), "{what}");
        // Where nothing is to be taken over, all is written.
        fs::remove_file(path).expect("kept");
        let (_, anew, at) = seen_by_next(&home);
        assert_eq!(String::from_utf8_lossy(&anew), String::from_utf8_lossy(&taken), "{what}");
        (before, place) = (taken, at);
    }
}
