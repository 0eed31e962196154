//! Where archives lie: one zip, a pattern such as `takeout-*.zip`, or several names in braces, all in one directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use photobridge_core::folder::FolderError;
use photobridge_core::folder::names::{Packed, packed};

/// What makes a name a pattern.
const OF_PATTERNS: [char; 4] = ['*', '?', '[', '{'];

/// Whether a place names archives, and no directory: it ends as zips do. A directory may be called `Photos [old]`, and be away.
pub fn is_place(place: &Path) -> bool {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    packed(name.trim_end_matches('}')) == Some(Packed::Zip) && !place.is_dir()
}

/// The one place of several archives, where they lie in one directory; a person names the parts of an export one by one.
pub fn of_several(places: &[PathBuf]) -> Option<PathBuf> {
    let (first, more) = places.split_first()?;
    let directory = first.parent()?;
    if more.is_empty() || more.iter().any(|other| other.parent() != Some(directory)) {
        return None;
    }
    let name = |place: &PathBuf| {
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What is a pattern stays one.
        let is_pattern = !place.is_file() && name.contains(OF_PATTERNS);
        if is_pattern { name } else { globset::escape(&name).replace(',', "[,]") }
    };
    let names: Vec<String> = places.iter().map(name).collect();
    Some(directory.join(format!("{{{}}}", names.join(","))))
}

/// A directory, and which zips of it.
#[derive(Debug)]
pub(super) struct Zips {
    directory: PathBuf,
    wanted: GlobMatcher,
    /// The one form in which all of it is named.
    pub(super) place: PathBuf,
}

impl Zips {
    pub(super) fn at(place: &Path) -> Result<Self, FolderError> {
        let absolute = std::path::absolute(place)?;
        let (Some(directory), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Err(FolderError::Gone);
        };
        let directory = fs::canonicalize(directory)?;
        let place = directory.join(name);
        let wanted = GlobBuilder::new(&name.to_string_lossy()).literal_separator(true).build();
        let wanted = wanted.map_err(|error| FolderError::Permanent(error.to_string()))?.compile_matcher();
        Ok(Self { directory, wanted, place })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Those that are there, in the order of their names.
    pub(super) fn there(&self) -> Result<Vec<PathBuf>, FolderError> {
        if self.place.is_file() {
            return Ok(vec![self.place.clone()]);
        }
        let mut zips = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let is_zip = packed(&name.to_string_lossy()) == Some(Packed::Zip) && self.wanted.is_match(&name);
            let path = self.directory.join(name);
            if is_zip && path.is_file() {
                zips.push(path);
            }
        }
        zips.sort();
        Ok(zips)
    }
}

/// The state of a zip on its disk: length and date, as a zip that was renamed is the same.
pub(super) fn state_of(zip: &fs::File) -> io::Result<(u64, i64)> {
    use std::os::unix::fs::MetadataExt;
    let found = zip.metadata()?;
    Ok((found.len(), found.mtime().saturating_mul(1_000_000_000).saturating_add(found.mtime_nsec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_a_pattern_and_a_list_find_their_zips() {
        let room = tempfile::tempdir().expect("a directory");
        let root = fs::canonicalize(room.path()).expect("there");
        for name in ["a-1.zip", "a-2.ZIP", "b, [2].zip", "a-3.txt"] {
            fs::write(root.join(name), "").expect("written");
        }
        fs::create_dir(root.join("a-4.zip")).expect("made");
        let found = |place: &Path| {
            let zips = Zips::at(place).expect("a place").there().expect("listed");
            zips.iter().map(|zip| zip.strip_prefix(&root).expect("there").display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(&root.join("a-*")), ["a-1.zip", "a-2.ZIP"]);
        assert_eq!(found(&root.join("b, [2].zip")), ["b, [2].zip"], "a name that looks like a pattern is a name first");
        let both = of_several(&[root.join("a-1.zip"), root.join("b, [2].zip")]).expect("one place");
        assert_eq!(found(&both), ["a-1.zip", "b, [2].zip"]);
        assert_eq!(of_several(&[root.join("a-1.zip"), root.join("else/a-2.zip")]), None);
        for (place, is_it) in [
            (both, true),
            (root.join("c.zip"), true),
            (root.join("takeout-*.ZIP"), true),
            (root.join("a-4.zip"), false),
            (root.join("Photos [old]"), false),
            (root.join("a-*"), false),
            (root.clone(), false),
        ] {
            assert_eq!(is_place(&place), is_it, "{}", place.display());
        }
        assert_eq!(found(&root.join("c-*.zip")), <[&str; 0]>::default());
    }
}
