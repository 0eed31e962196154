//! `Photos.sqlite` and its log with some bytes changed, in copies of real libraries where they are at hand, else in one of
//! our own. An input chooses a library and then, again and again, a page of it, a place in that page, and the new bytes:
//! so a few bytes of it reach any place of a file of megabytes.

#![no_main]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use photobridge_core::library::Library;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_libraries::Bundle;
use tempfile::TempDir;

#[path = "../../crates/libraries/tests/support/mod.rs"]
mod support;

/// Changes of one input at most.
const MOST: usize = 16;

/// Bytes of a page in every database of Photos.
const PAGE: u64 = 4096;

/// Assets that are looked at one by one.
const LOOKS: usize = 4;

struct Shelf {
    room: TempDir,
    libraries: Vec<PathBuf>,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let room = tempfile::tempdir().expect("a directory");
    let own = room.path().join("own");
    support::standard_library(&own, &room.path().join("photos"));
    let mut libraries = vec![room.path().join("Own.photoslibrary")];
    fs::rename(own, &libraries[0]).expect("renamed");
    let shared = std::env::var_os("PHOTOBRIDGE_SHARED").map(PathBuf::from);
    let real = shared.and_then(|shared| fs::read_dir(shared.join("libraries")).ok()).into_iter().flatten();
    for library in real.filter_map(|entry| Some(entry.ok()?.path())) {
        let copy = room.path().join(library.file_name().expect("it has a name"));
        support::copy_tree(&library.join("database"), &copy.join("database"));
        libraries.push(copy);
    }
    libraries.sort();
    Shelf { room, libraries }
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&[which, log], changes)) = bytes.split_first_chunk() else { return };
    let library = &SHELF.libraries[usize::from(which) % SHELF.libraries.len()];
    let name = if log & 1 == 1 { "Photos.sqlite-wal" } else { "Photos.sqlite" };
    let path = library.join("database").join(name);
    let Ok(file) = File::options().read(true).write(true).open(&path) else { return };
    let length = file.metadata().expect("it is open").len();
    if length == 0 {
        return;
    }
    let mut undo = Vec::new();
    for change in changes.chunks_exact(8).take(MOST) {
        let [page, page2, place, place2, new @ ..] = change else { continue };
        let page = u64::from(u16::from_be_bytes([*page, *page2])) % length.div_ceil(PAGE);
        let at = page * PAGE + u64::from(u16::from_be_bytes([*place, *place2])) % PAGE;
        let mut old = [0; 4];
        if file.read_exact_at(&mut old, at).is_ok() {
            file.write_all_at(new, at).expect("written");
            undo.push((at, old));
        }
    }
    look(library);
    for (at, old) in undo.into_iter().rev() {
        file.write_all_at(&old, at).expect("written");
    }
});

/// Reads all of a library that can be read.
fn look(path: &Path) {
    let Ok(mut library) = Bundle::open(path, SHELF.room.path().join("scratch")) else { return };
    library.about();
    let Ok(snapshot) = library.snapshot(&Silent, &Cancel::new()) else { return };
    for asset in snapshot.assets.iter().take(LOOKS) {
        let _ = library.asset(&asset.id);
        let _ = library.picture(&asset.id);
        for resource in &asset.resources {
            let _ = library.read(asset, resource.role, &mut Vec::new(), &Cancel::new());
        }
    }
}
