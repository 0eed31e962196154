//! What a run looks at, and how it would carry. A kept plan holds for that alone.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::export::{Edited, Layout, LivePhotos, Sidecar};
use crate::run::{Mode, MotionPhotos};

/// Everything that the settings name and that what a simulation showed depends on. Filters and decisions are not in it: what
/// they leave out later is left out of the plan, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedAt {
    /// The library's path.
    pub library: String,
    /// The library's own number, where it has one by then: another one may lie at the same path by turns.
    pub library_uuid: Option<String>,
    /// The source folders, by path.
    pub folders: Vec<Source>,
    /// Which ways photos go.
    pub mode: Mode,
    /// What becomes of motion photos, in the modes that import; an earlier version did not ask.
    #[serde(default)]
    pub motion_photos: Option<MotionPhotos>,
    /// Where exports go and as what, in the modes that export.
    pub export: Option<Destination>,
}

/// A source folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Its path.
    pub path: String,
    /// The album for what comes from it.
    pub album: String,
}

/// Where exports go, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The folder.
    pub folder: String,
    /// How it is laid out.
    pub layout: Layout,
    /// Which version of an edited photo goes.
    pub edited: Edited,
    /// What is written beside a photo.
    pub sidecar: Sidecar,
    /// As what Live Photos go; an earlier version wrote two files.
    #[serde(default)]
    pub live_photos: LivePhotos,
}

impl LookedAt {
    /// What is another now, in words: then, and now.
    pub fn difference(&self, now: &Self) -> Option<(String, String)> {
        let mode = |look: &Self| format!("mode {}", look.mode.as_str());
        self.difference_of_sides(now).or_else(|| (self.mode != now.mode).then(|| (mode(self), mode(now))))
    }

    /// The same, whichever ways photos go: only what both name is compared.
    pub fn difference_of_sides(&self, now: &Self) -> Option<(String, String)> {
        let both = self.names().into_iter().zip(now.names());
        both.filter_map(|(then, now)| then.zip(now)).find(|(then, now)| then != now)
    }

    /// Everything that it names, in words.
    fn names(&self) -> [Option<String>; 10] {
        let out = |name: fn(&Destination) -> String| self.export.as_ref().map(name);
        let list = |of: fn(&Source) -> String| self.folders.iter().map(of).collect::<Vec<_>>().join(", ");
        let albums = || list(|source| format!("album \u{201c}{}\u{201d} for {}", source.album, source.path));
        [
            Some(self.library.clone()),
            // A library that was not there yet has no number of its own.
            self.library_uuid.as_ref().map(|uuid| format!("{} ({uuid})", self.library)),
            Some(list(|source| source.path.clone())),
            out(|to| format!("exports into {}", to.folder)),
            out(|to| format!("layout {}", word(to.layout))),
            out(|to| format!("edited {}", word(to.edited))),
            out(|to| format!("sidecar {}", word(to.sidecar))),
            out(|to| format!("Live Photos as {}", word(to.live_photos))),
            self.mode.imports().then(albums),
            self.motion_photos.map(|motion| format!("motion photos {}", word(motion))),
        ]
    }
}

/// A place as it is compared and said: `/a/./b/` is `/a/b`. One that is no path has one form anyway.
pub(crate) fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.contains("://") {
        return text.into_owned();
    }
    path.components().collect::<PathBuf>().to_string_lossy().into_owned()
}

/// A choice as the settings write it.
fn word(choice: impl Serialize) -> String {
    serde_json::to_value(choice).ok().and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default()
}
