//! What the server does for those who mean it no good, over plain sockets.

mod address;
mod client;
mod crowd;
mod password;
mod proxies;
mod refused;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use photobridge_core::fingerprint::Fingerprint;
use support::{Household, jpeg, tree};

/// A household that is set up to bring so many photos from its folder into its library.
fn household(photos: u64) -> Household {
    let home = Household::new();
    home.set_up("import");
    for number in 0..photos {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    home
}

/// The bytes of everything that a household has: folder, library, settings and memory.
fn everything(home: &Household) -> BTreeMap<PathBuf, Fingerprint> {
    let files = tree(home.root()).into_iter();
    // The index of SQLite's log holds no data, and is made anew by whoever looks. What is refused is a line of the log.
    let files = files.filter(|(path, _)| path.extension().is_none_or(|ending| ending != "sqlite-shm"));
    let files = files.filter(|(path, _)| !path.starts_with("data/logs"));
    files.map(|(path, (bytes, _))| (path, bytes)).collect()
}
