//! Where our files lie.

use std::io::Write;
use std::path::{Path, PathBuf};

use photobridge_core::data;

/// Where the page is, unless `serve` is told otherwise.
pub const PAGE: &str = "http://127.0.0.1:27731";

/// The settings file of a data directory.
pub fn settings_file(data: &Path) -> PathBuf {
    data.join("settings.toml")
}

/// The embedded library that is used where nothing else is asked for.
pub fn own_library(data: &Path) -> PathBuf {
    data.join("library")
}

/// What is kept of the password that the page asks for.
pub fn password(data: &Path) -> PathBuf {
    data.join("password")
}

/// What is kept of the sessions of those who gave it.
pub fn sessions(data: &Path) -> PathBuf {
    data.join("sessions.json")
}

/// Where the log of `serve` lies.
pub fn logs(data: &Path) -> PathBuf {
    data.join("logs")
}

/// Where clones of foreign databases are opened.
pub fn scratch(data: &Path) -> PathBuf {
    data.join("scratch")
}

/// Whether a program is the one inside an app (`Photobridge.app/Contents/MacOS/photobridge`).
pub fn is_in_app(program: &Path) -> bool {
    let mut above = program.ancestors().skip(1);
    let is = |directory: Option<&Path>, name: &str| directory.is_some_and(|path| path.ends_with(name));
    is(above.next(), "MacOS")
        && is(above.next(), "Contents")
        && above.next().and_then(Path::extension).is_some_and(|extension| extension == "app")
}

/// Links that are followed one after the other, as Linux does.
const LINKS: usize = 40;

/// Where a whole path leads by its links, also where what lies there is away: folders are known by that.
pub fn led_to(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let found = path.ancestors().find_map(|above| {
            let rest = path.strip_prefix(above).ok()?;
            let (there, is_link) = match std::fs::canonicalize(above) {
                Ok(there) => (there, false),
                // A link to what is not there now.
                Err(_) => (above.parent()?.join(std::fs::read_link(above).ok()?), true),
            };
            // Nothing is added where nothing is left: it would end in a slash.
            Some((if rest.as_os_str().is_empty() { there } else { there.join(rest) }, is_link))
        });
        match found {
            Some((there, true)) => path = there,
            Some((there, false)) => return there,
            None => break,
        }
    }
    path
}

/// Writes a file that only its owner may read, as a whole or not at all.
pub fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let half = path.with_extension("part");
    let mut file = data::create(&half)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&half, path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_on_also_where_a_disk_is_away() {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path().canonicalize().expect("there");
        fs::create_dir_all(root.join("disk/photos")).expect("made");
        symlink("disk", root.join("link")).expect("linked");
        symlink(root.join("away/photos"), root.join("dangling")).expect("linked");
        symlink("round", root.join("round")).expect("linked");
        for (path, leads) in [
            ("link/photos", "disk/photos"),
            ("link/gone/deeper", "disk/gone/deeper"),
            ("dangling", "away/photos"),
            ("dangling/2024", "away/photos/2024"),
            ("nowhere", "nowhere"),
            ("round", "round"),
        ] {
            assert_eq!(led_to(&root.join(path)), root.join(leads), "{path}");
        }
    }
}
