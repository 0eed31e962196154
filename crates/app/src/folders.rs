//! Where the folders of photos are found that settings, people and the ledger name.

use std::path::Path;

use photobridge_folders::Everywhere;

/// All of them, for what keeps its things in this data directory.
pub fn everywhere(_data: &Path) -> Everywhere {
    Everywhere
}
