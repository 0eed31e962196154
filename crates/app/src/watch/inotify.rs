//! Linux tells of changes in single directories, so every one of a folder is listened to.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use photobridge_core::folder::names::{self, Naming};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::hints::Hint;

/// Bytes that are taken at once of what the system tells.
const AT_ONCE: usize = 64 * 1024;

/// What may come of the reading of one batch.
type Heard = (Vec<Hint>, Option<String>);

/// The directories that are listened to.
pub struct Inotify {
    system: OwnedFd,
    directories: HashMap<i32, Directory>,
    ours: Vec<PathBuf>,
}

struct Directory {
    path: PathBuf,
    /// Whether those below are listened to.
    recursive: bool,
    is_root: bool,
}

impl Inotify {
    /// Listens to nothing yet.
    pub fn new() -> Result<Self, Errno> {
        let system = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        Ok(Self { system, directories: HashMap::new(), ours: Vec::new() })
    }

    /// Listens to a folder, and to all below it, but not to what is ours. The error says why nothing is heard of it.
    pub fn watch(&mut self, folder: &Path, recursive: bool, ours: &[PathBuf]) -> Result<(), String> {
        self.ours = ours.to_vec();
        self.add(folder.to_owned(), recursive, true, &mut |_| {})
    }

    /// Listens to a directory and those below it, and gives `heard` the path of each.
    fn add(
        &mut self,
        first: PathBuf,
        recursive: bool,
        is_root: bool,
        heard: &mut dyn FnMut(&Path),
    ) -> Result<(), String> {
        let flags = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        let mut next = vec![(first, is_root)];
        while let Some((path, is_root)) = next.pop() {
            let watch = match inotify::add_watch(&self.system, &path, flags) {
                Ok(watch) => watch,
                Err(Errno::NOSPC) => {
                    return Err(
                        "this computer cannot watch any more directories. Raise fs.inotify.max_user_watches".into()
                    );
                }
                // Gone again, or closed to us: the look at all of it says so.
                Err(_) if !is_root => continue,
                Err(error) => return Err(format!("{} cannot be watched ({error})", path.display())),
            };
            heard(&path);
            // After that nothing is missed: what comes while it is listed is told.
            if recursive {
                next.extend(self.below(&path).map(|below| (below, false)));
            }
            self.directories.insert(watch, Directory { path, recursive, is_root });
        }
        Ok(())
    }

    /// The directories in one that a walk would enter.
    fn below(&self, directory: &Path) -> impl Iterator<Item = PathBuf> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        let is_directory = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        entries.filter(is_directory).map(|entry| entry.path()).filter(|path| self.is_entered(path))
    }

    fn is_entered(&self, directory: &Path) -> bool {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        !names::is_hidden_folder(&name)
            && !names::is_never_ours(&name)
            && !names::is_library_package(&name)
            && !self.ours.iter().any(|ours| ours == directory)
    }

    /// What was told since this was asked last, and why nothing more is heard, if that is so.
    pub fn heard(&mut self) -> Heard {
        let told = match self.told() {
            Ok(told) => told,
            Err(error) => return (vec![Hint::Lost(error.to_string())], None),
        };
        let (mut hints, mut deaf) = (Vec::new(), None);
        for Told { watch, what, name } in told {
            if what.contains(ReadFlags::QUEUE_OVERFLOW) {
                hints.push(Hint::Lost("too much came at once".into()));
                continue;
            }
            let Some(directory) = self.directories.get(&watch) else { continue };
            if what.intersects(ReadFlags::IGNORED | ReadFlags::UNMOUNT | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF)
            {
                if directory.is_root {
                    hints.push(Hint::Lost(format!("{} was moved, removed or unmounted", directory.path.display())));
                } else if what.contains(ReadFlags::IGNORED) {
                    self.directories.remove(&watch);
                }
                continue;
            }
            let path = directory.path.join(OsStr::from_bytes(&name));
            let (above, recursive) = (directory.path.clone(), directory.recursive);
            let goes = what.intersects(ReadFlags::MOVED_FROM | ReadFlags::DELETE);
            let is_directory = what.contains(ReadFlags::ISDIR);
            if is_directory && (!recursive || !self.is_entered(&path)) || !is_directory && !is_told_of(&path) {
                continue;
            }
            if is_directory && what.contains(ReadFlags::MOVED_FROM) {
                self.forget(&path);
            } else if is_directory && !goes {
                // Of what lies in it already nothing is told.
                if let Err(why) = self.add(path, true, false, &mut |path| hints.push(Hint::Arrived(path.to_owned()))) {
                    deaf = Some(why);
                }
            }
            hints.push(if goes { Hint::Went(above) } else { Hint::Arrived(above) });
        }
        (hints, deaf)
    }

    /// A directory is elsewhere now: under its old path nothing is told any more.
    fn forget(&mut self, path: &Path) {
        let system = &self.system;
        self.directories.retain(|watch, directory| {
            let is_kept = !directory.path.starts_with(path);
            if !is_kept {
                // Where it is gone, nobody listens already.
                let _ = inotify::remove_watch(system, *watch);
            }
            is_kept
        });
    }

    fn told(&self) -> Result<Vec<Told>, Errno> {
        let mut room = vec![MaybeUninit::uninit(); AT_ONCE];
        let mut reader = Reader::new(&self.system, &mut room);
        let mut told = Vec::new();
        loop {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_bytes().to_vec()).unwrap_or_default();
                    told.push(Told { watch: event.wd(), what: event.events(), name });
                }
                Err(Errno::AGAIN) => return Ok(told),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// One thing that the system tells.
struct Told {
    watch: i32,
    what: ReadFlags,
    name: Vec<u8>,
}

/// Whether a name is one of what a look would find: not that of a sync client's own notes, nor of a file on its way.
fn is_told_of(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_whole = |(_, naming): (_, Naming)| naming != Naming::Temporary;
    !names::is_never_ours(&name) && (names::read(&name).is_some_and(is_whole) || name == names::NO_MEDIA)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn hears(inotify: &mut Inotify) -> Vec<Hint> {
        let (hints, deaf) = inotify.heard();
        assert_eq!(deaf, None);
        hints
    }

    #[test]
    fn what_arrives_is_heard_and_nothing_else() {
        let root = tempfile::tempdir().expect("a directory");
        let place = root.path().canonicalize().expect("there");
        for directory in ["2024/05", ".hidden", "Old.photoslibrary", "data"] {
            fs::create_dir_all(place.join(directory)).expect("made");
        }
        let mut inotify = Inotify::new().expect("this system tells");
        inotify.watch(&place, true, &[place.join("data")]).expect("it is listened to");
        for quiet in [
            ".sync_1234.db",
            "notes.txt",
            ".IMG_1.JPG.~4f2a",
            ".hidden/IMG_1.JPG",
            "Old.photoslibrary/IMG_1.JPG",
            "data/IMG_1.JPG",
            ".photobridge-k2j4.part",
        ] {
            fs::write(place.join(quiet), "x").expect("written");
            assert!(hears(&mut inotify).is_empty(), "{quiet}");
        }
        let file = place.join("2024/05/IMG_1.JPG");
        fs::write(&file, "x").expect("written");
        let month = || place.join("2024/05");
        assert!(hears(&mut inotify).contains(&Hint::Arrived(month())));
        fs::rename(&file, place.join("2024/05/IMG_2.JPG")).expect("renamed");
        assert_eq!(hears(&mut inotify), [Hint::Went(month()), Hint::Arrived(month())]);
        fs::remove_file(place.join("2024/05/IMG_2.JPG")).expect("removed");
        assert_eq!(hears(&mut inotify), [Hint::Went(month())]);
    }

    #[test]
    fn a_directory_that_moves_is_heard_where_it_is() {
        let root = tempfile::tempdir().expect("a directory");
        let place = root.path().canonicalize().expect("there");
        let other = tempfile::tempdir_in(root.path().parent().expect("above")).expect("a directory");
        fs::create_dir_all(other.path().join("in/deep")).expect("made");
        fs::create_dir(place.join("a")).expect("made");
        let mut inotify = Inotify::new().expect("this system tells");
        inotify.watch(&place, true, &[]).expect("it is listened to");
        fs::rename(other.path().join("in"), place.join("in")).expect("moved in");
        let all = ["in", "in/deep", ""].map(|path| Hint::Arrived(place.join(path)));
        let heard = hears(&mut inotify);
        assert!(all.iter().all(|hint| heard.contains(hint)), "one event, and all that lies in it: {heard:?}");
        fs::write(place.join("in/deep/IMG_1.JPG"), "x").expect("written");
        assert!(!hears(&mut inotify).is_empty(), "what came with it is listened to");
        fs::rename(place.join("in"), place.join("a/in")).expect("moved");
        hears(&mut inotify);
        fs::write(place.join("a/in/deep/IMG_2.JPG"), "x").expect("written");
        assert!(!hears(&mut inotify).is_empty(), "also once it was moved");
        let paths: Vec<&PathBuf> = inotify.directories.values().map(|directory| &directory.path).collect();
        assert!(!paths.iter().any(|path| path.starts_with(place.join("in"))), "{paths:?}");
        fs::rename(place.join("a/in"), other.path().join("out")).expect("moved out");
        hears(&mut inotify);
        fs::write(other.path().join("out/deep/IMG_3.JPG"), "x").expect("written");
        assert!(hears(&mut inotify).is_empty(), "what lies elsewhere is none of ours");
    }

    #[test]
    fn more_than_the_system_keeps_is_lost_and_said() {
        let root = tempfile::tempdir().expect("a directory");
        let place = root.path().canonicalize().expect("there");
        let mut inotify = Inotify::new().expect("this system tells");
        inotify.watch(&place, true, &[]).expect("it is listened to");
        let most: usize = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events")
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .expect("Linux says");
        for number in 0..most {
            fs::write(place.join(format!("{}.jpg", number % 100)), "x").expect("written");
            fs::remove_file(place.join(format!("{}.jpg", number % 100))).expect("removed");
        }
        let hints = hears(&mut inotify);
        assert!(hints.iter().any(|hint| matches!(hint, Hint::Lost(_))), "{} hints", hints.len());
    }

    #[test]
    fn a_folder_that_goes_is_lost() {
        let root = tempfile::tempdir().expect("a directory");
        let place = root.path().canonicalize().expect("there").join("folder");
        fs::create_dir(&place).expect("made");
        let mut inotify = Inotify::new().expect("this system tells");
        inotify.watch(&place, true, &[]).expect("it is listened to");
        fs::rename(&place, place.with_file_name("elsewhere")).expect("moved");
        assert!(matches!(&hears(&mut inotify)[..], [Hint::Lost(_)]));
    }
}
