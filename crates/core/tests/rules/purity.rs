//! The stages that decide must be pure: Simulate then shows exactly what Sync does, and a test needs no disk.

use std::fs;
use std::path::{Path, PathBuf};

const FORBIDDEN: [&str; 16] = [
    "std::fs",
    "fs::",
    "File::",
    "std::io",
    "std::env",
    "std::net",
    "std::process",
    "rusqlite",
    "crate::ledger",
    "crate::apply",
    "crate::sync",
    "crate::library::Library",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant::now",
];

/// What decides: rooms with all that lies in them, and files.
const PURE: [&str; 10] = [
    "matching.rs",
    "matching",
    "plan.rs",
    "plan",
    "export.rs",
    "guard.rs",
    "memory.rs",
    "folder/target.rs",
    "folder/taken.rs",
    "reason.rs",
];

#[test]
fn what_decides_touches_no_disk_no_database_and_no_clock() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<PathBuf> = PURE.iter().flat_map(|room| files(&source.join(room))).collect();
    assert!(files.len() > PURE.len() + 10, "the rooms have files: {files:?}");
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in FORBIDDEN {
                assert!(
                    !line.contains(word),
                    "{}:{}: `{word}`: a stage that reads the world could decide otherwise in Sync than it showed in Simulate",
                    file.display(),
                    number + 1
                );
            }
        }
    }
}

/// How the file system is asked for anything.
const OF_THE_FILE_SYSTEM: [&str; 13] = [
    "std::fs",
    "rustix",
    "tempfile",
    "File::open",
    "File::create",
    "OpenOptions",
    "read_dir(",
    "canonicalize(",
    "symlink_metadata(",
    "try_exists(",
    ".exists()",
    ".is_dir()",
    ".is_file()",
];

/// What keeps what is ours: the only rooms that open files.
const OURS: [&str; 6] = ["ledger", "kept.rs", "kept", "data.rs", "lock.rs", "durable.rs"];

#[test]
fn only_what_keeps_our_own_asks_the_file_system() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_ours = |file: &PathBuf| OURS.iter().any(|room| file.starts_with(source.join(room)));
    let others: Vec<PathBuf> = files(&source).into_iter().filter(|file| !is_ours(file)).collect();
    assert!(others.len() > 60, "{others:?}");
    // What lies in folders of photos is asked of the boundary also by those that keep our own.
    let asks_the_boundary = ["ledger/folders.rs", "ledger/undo.rs", "kept/picture.rs"].map(|file| source.join(file));
    for file in others.into_iter().chain(asks_the_boundary) {
        let text = fs::read_to_string(&file).expect("a source file");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in OF_THE_FILE_SYSTEM {
                assert!(
                    !line.contains(word),
                    "{}:{}: `{word}`: a folder of photos may lie on a server, so it is reached by `folder::Folder` alone",
                    file.display(),
                    number + 1
                );
            }
        }
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).expect("a room");
    entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect()
}
