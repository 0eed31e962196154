//! A disk that may lose its power: what was not brought to it may be there or not, in any mixture.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::recording::{END, Effect};

/// The number of a file or directory, which stays its own under every name.
type Node = usize;

/// The directory that holds everything.
const ROOT: Node = 0;

/// What lies on a disk.
#[derive(Debug, Clone, Default)]
struct Tree {
    names: HashMap<Node, BTreeMap<OsString, Node>>,
    bytes: HashMap<Node, Vec<u8>>,
}

/// An effect on nodes instead of paths.
#[derive(Debug, Clone)]
enum Step {
    Name { directory: Node, name: OsString, node: Node },
    Unname { directory: Node, name: OsString },
    Rename { from: (Node, OsString), to: (Node, OsString), node: Node },
    Write { node: Node, at: u64, bytes: Vec<u8> },
    Cut { node: Node, length: u64 },
    Sync(Node),
}

/// What becomes of steps that were not brought to the disk when the power fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All are there: the process died, the machine did not.
    Nothing,
    /// None is there.
    Everything,
    /// Names are there, bytes are not.
    Bytes,
    /// Bytes are there, names are not.
    Names,
    /// Each is there, or half there, or not, by chance.
    Chance(u64),
}

/// Everything that a run did to a disk.
pub struct Disk {
    before: Tree,
    steps: Vec<Step>,
    /// For each step, the one that brought it to the disk.
    safe: Vec<Option<usize>>,
}

impl Disk {
    /// A disk as it lies below `before`, and what then happened to it below `root`.
    pub fn new(before: &Path, root: &Path, effects: &[Effect]) -> Self {
        let mut begun = Tree::default();
        let mut next = ROOT + 1;
        begun.load(before, ROOT, &mut next);
        let mut tree = begun.clone();
        let mut steps = Vec::new();
        for effect in effects {
            if let Some(step) = tree.step(effect, root, &mut next) {
                tree.apply(&step);
                steps.push(step);
            }
        }
        // Directories that came later are empty until something is put into them, and nowhere until they are named.
        for node in tree.names.keys() {
            begun.names.entry(*node).or_default();
        }
        let safe =
            (0..steps.len()).map(|at| (at + 1..steps.len()).find(|later| steps[at].is_brought_by(&steps[*later])));
        Self { safe: safe.collect(), before: begun, steps }
    }

    /// What lies on the disk when the power fails at a moment.
    fn after(&self, moment: usize, loss: Loss) -> Tree {
        let mut tree = self.before.clone();
        let chance = if let Loss::Chance(seed) = loss { seed } else { 0 };
        let mut random = fastrand::Rng::with_seed(chance.wrapping_mul(1_000_003).wrapping_add(moment as u64));
        for (step, safe) in self.steps[..moment].iter().zip(&self.safe) {
            if safe.is_some_and(|safe| safe < moment) {
                tree.apply(step);
                continue;
            }
            match (loss, step) {
                (Loss::Everything, _) => {}
                (Loss::Bytes, Step::Write { .. } | Step::Cut { .. }) => {}
                (Loss::Names, Step::Name { .. } | Step::Unname { .. } | Step::Rename { .. }) => {}
                (Loss::Chance(_), Step::Write { node, at, bytes }) => {
                    let length = [0, bytes.len() / 2, bytes.len()][random.usize(..3)];
                    if length > 0 {
                        tree.apply(&Step::Write { node: *node, at: *at, bytes: bytes[..length].to_vec() });
                    }
                }
                (Loss::Chance(_), step) if random.bool() => tree.apply(step),
                (Loss::Chance(_), _) => {}
                (Loss::Nothing | Loss::Bytes | Loss::Names, step) => tree.apply(step),
            }
        }
        tree
    }

    /// The states in which it can be when the power fails, each once, with the moment and the loss that lead there.
    pub fn states(&self, losses: &[Loss]) -> Vec<(usize, Loss)> {
        let mut seen = HashSet::new();
        let moments = (0..=self.steps.len()).flat_map(|moment| losses.iter().map(move |loss| (moment, *loss)));
        moments.filter(|(moment, loss)| seen.insert(self.after(*moment, *loss).hash())).collect()
    }

    /// Makes `root`, which is empty, what the disk is when the power fails at a moment.
    pub fn fail(&self, (moment, loss): (usize, Loss), root: &Path) {
        self.after(moment, loss).walk(ROOT, root, &mut |path, bytes| {
            let stored = match bytes {
                Some(bytes) => std::fs::write(path, bytes),
                None => std::fs::create_dir(path),
            };
            stored.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        });
    }

    /// What lies there at the end, by path: empty directories apart.
    pub fn in_the_end(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.after(self.steps.len(), Loss::Nothing).files()
    }
}

impl Step {
    /// Whether a later step makes this one safe.
    fn is_brought_by(&self, later: &Self) -> bool {
        let Step::Sync(synced) = later else { return false };
        match self {
            Self::Name { directory, .. } | Self::Unname { directory, .. } => directory == synced,
            Self::Rename { from, to, .. } => from.0 == *synced || to.0 == *synced,
            Self::Write { node, .. } | Self::Cut { node, .. } => node == synced,
            Self::Sync(_) => true,
        }
    }
}

impl Tree {
    fn load(&mut self, path: &Path, node: Node, next: &mut Node) {
        self.names.entry(node).or_default();
        for entry in std::fs::read_dir(path).expect("a directory").map(|entry| entry.expect("listed")) {
            let child = *next;
            *next += 1;
            self.names.entry(node).or_default().insert(entry.file_name(), child);
            if entry.path().is_dir() {
                self.load(&entry.path(), child, next);
            } else {
                self.bytes.insert(child, std::fs::read(entry.path()).expect("readable"));
            }
        }
    }

    /// The node at a path, if there is one.
    fn find(&self, path: &Path) -> Option<Node> {
        path.iter().try_fold(ROOT, |node, name| self.names.get(&node)?.get(name).copied())
    }

    /// The directory and name of a path.
    fn place(&self, path: &Path) -> Option<(Node, OsString)> {
        Some((self.find(path.parent()?)?, path.file_name()?.to_owned()))
    }

    /// What an effect is on this tree; nothing where it changes nothing that anybody could find again.
    fn step(&mut self, effect: &Effect, root: &Path, next: &mut Node) -> Option<Step> {
        let below = |path: &Path| path.strip_prefix(root).map(Path::to_owned).unwrap_or_default();
        let find = |path: &Path| self.find(&below(path));
        let place = |path: &Path| self.place(&below(path));
        match effect {
            Effect::Make(path) if find(path).is_some() => None,
            Effect::Make(path) | Effect::MakeDirectory(path) => {
                let (directory, name) = place(path)?;
                let node = *next;
                *next += 1;
                if matches!(effect, Effect::MakeDirectory(_)) {
                    self.names.insert(node, BTreeMap::new());
                }
                Some(Step::Name { directory, name, node })
            }
            Effect::Write(path, at, bytes) => {
                let node = find(path)?;
                let end = self.bytes.get(&node).map_or(0, Vec::len) as u64;
                let at = if *at == END { end } else { *at };
                Some(Step::Write { node, at, bytes: bytes.clone() })
            }
            Effect::Clone(path, of) => {
                let bytes = self.bytes.get(&find(of)?).cloned().unwrap_or_default();
                Some(Step::Write { node: find(path)?, at: 0, bytes })
            }
            Effect::Cut(path, length) => Some(Step::Cut { node: find(path)?, length: *length }),
            Effect::Move(from, to) => Some(Step::Rename { from: place(from)?, to: place(to)?, node: find(from)? }),
            Effect::Link(from, to) => {
                let (directory, name) = place(to)?;
                Some(Step::Name { directory, name, node: find(from)? })
            }
            Effect::Remove(path) => {
                let (directory, name) = place(path)?;
                Some(Step::Unname { directory, name })
            }
            Effect::Sync(path) => find(path).map(Step::Sync),
        }
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Name { directory, name, node } => {
                self.names.entry(*directory).or_default().insert(name.clone(), *node);
            }
            Step::Unname { directory, name } => {
                self.names.entry(*directory).or_default().remove(name);
            }
            Step::Rename { from, to, node } => {
                let names = self.names.entry(from.0).or_default();
                if names.get(&from.1) == Some(node) {
                    names.remove(&from.1);
                }
                self.names.entry(to.0).or_default().insert(to.1.clone(), *node);
            }
            Step::Write { node, at, bytes } => {
                let (file, start) = (self.bytes.entry(*node).or_default(), *at as usize);
                file.resize(file.len().max(start + bytes.len()), 0);
                file[start..start + bytes.len()].copy_from_slice(bytes);
            }
            Step::Cut { node, length } => self.bytes.entry(*node).or_default().resize(*length as usize, 0),
            Step::Sync(_) => {}
        }
    }

    fn walk(&self, node: Node, path: &Path, found: &mut dyn FnMut(&Path, Option<&Vec<u8>>)) {
        for (name, child) in self.names.get(&node).into_iter().flatten() {
            let path = path.join(name);
            match self.names.contains_key(child) {
                true => {
                    found(&path, None);
                    self.walk(*child, &path, found);
                }
                false => found(&path, Some(self.bytes.get(child).unwrap_or(&Vec::new()))),
            }
        }
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        self.walk(ROOT, Path::new(""), &mut |path, bytes| {
            files.extend(bytes.map(|bytes| (path.to_owned(), bytes.clone())));
        });
        files
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.walk(ROOT, Path::new(""), &mut |path, bytes| Hash::hash(&(path, bytes), &mut hasher));
        hasher.finish()
    }
}
