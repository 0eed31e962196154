//! Hears that something arrived in the folders, where the system tells.

use std::path::{Path, PathBuf};

use photobridge_core::folder::Folders;

use crate::folders::everywhere;
use crate::servers::is_address;
use crate::settings::{Settings, library_path};

#[cfg(target_os = "linux")]
use super::inotify::Inotify;

/// Something that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nothing else is listened to yet"))]
pub enum Hint {
    /// Something arrived in this directory.
    Arrived(PathBuf),
    /// Something is gone from this directory, which is no reason to look at it.
    Went(PathBuf),
    /// Not everything was told: why.
    Lost(String),
}

/// What is told of the folders.
#[derive(Default)]
pub struct Hints {
    #[cfg(target_os = "linux")]
    inotify: Option<Inotify>,
    /// Why folders are looked at from time to time, each in words.
    deaf: Vec<String>,
}

impl Hints {
    /// Listens to all folders of the settings, but not to what is ours in them.
    pub fn over(data: &Path, settings: &Settings) -> Self {
        let ours: Vec<PathBuf> = library_path(data, settings).into_iter().chain([data.to_owned()]).collect();
        let mut hints = Self::default();
        let receiver = settings.receiver().filter(|_| settings.mode.exports());
        let sources = settings.folder.iter().map(|folder| (folder.path.as_path(), folder.recursive));
        let folders: Vec<(&Path, bool)> = sources.chain(receiver.map(|folder| (folder, true))).collect();
        for (path, recursive) in folders {
            if let Err(why) = hints.listen_to(data, path, recursive, &ours) {
                hints.deaf.push(why);
            }
        }
        hints.deaf.sort_unstable();
        hints.deaf.dedup();
        hints
    }

    /// Why some folders are looked at from time to time.
    pub fn deaf(&self) -> &[String] {
        &self.deaf
    }

    fn listen_to(&mut self, data: &Path, path: &Path, recursive: bool, ours: &[PathBuf]) -> Result<(), String> {
        if is_address(path) {
            return Err(format!("{} is on a server, which does not report changes", path.display()));
        }
        let folder = everywhere(data).open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        if folder.properties().only_gives {
            return Err(format!("{} are archives, which nobody changes once they are there", path.display()));
        }
        if folder.properties().silent {
            return Err(format!(
                "{} is on a network or behind a program, which does not report changes",
                path.display()
            ));
        }
        self.register(folder.place(), recursive, ours)
    }

    #[cfg(target_os = "linux")]
    fn register(&mut self, folder: &Path, recursive: bool, ours: &[PathBuf]) -> Result<(), String> {
        let inotify = match self.inotify.take() {
            Some(inotify) => inotify,
            None => Inotify::new().map_err(|error| format!("this system does not tell of changes ({error})"))?,
        };
        self.inotify.insert(inotify).watch(folder, recursive, ours)
    }

    #[cfg(not(target_os = "linux"))]
    fn register(&mut self, _: &Path, _: bool, _: &[PathBuf]) -> Result<(), String> {
        Err("this version hears of changes on Linux only".into())
    }

    /// What was told since this was asked last.
    #[cfg(target_os = "linux")]
    pub fn heard(&mut self) -> Vec<Hint> {
        let (hints, why) = self.inotify.as_mut().map(Inotify::heard).unwrap_or_default();
        if let Some(why) = why {
            self.deaf.push(why);
        }
        hints
    }

    /// What was told since this was asked last: nothing.
    #[cfg(not(target_os = "linux"))]
    pub fn heard(&mut self) -> Vec<Hint> {
        Vec::new()
    }
}
