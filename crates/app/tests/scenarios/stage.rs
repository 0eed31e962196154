//! The two sides of a scenario on a real disk, and what may befall them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole, Whereabouts};
use photobridge_core::item::Stamp;
use photobridge_core::library::{ImportError, Library, LibraryError, NewAsset, NewResource, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_media::details::Details;
use photobridge_testkit::alter;

use crate::contents::{self, Contents};
use crate::support::{Household, text};

/// Who may not read what only its owner may.
const NOBODY: u32 = 65_534;

/// When assets were added to the library unless a scenario says otherwise.
const ADDED: &str = "2024-05-20T00:00:00Z";

/// Which of two Photobridges: each has a library and a data directory of its own, the folder is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    Main,
    Other,
}

/// Everything that a scenario plays with.
pub struct Stage {
    pub home: Household,
    pub contents: Contents,
    /// What the files of assets hold, also of those that are not here.
    held: BTreeMap<(AssetId, ResourceRole), String>,
    zone: Option<String>,
    bundle: bool,
    nobody: bool,
    mounted: bool,
}

impl Stage {
    pub fn new() -> Self {
        let contents = Contents::default();
        let home = Household::new();
        Self { home, contents, held: BTreeMap::new(), zone: None, bundle: false, nobody: false, mounted: false }
    }

    pub fn folder(&self) -> PathBuf {
        self.home.folder()
    }

    /// The library that tests alter.
    pub fn library(&self, which: Which) -> PathBuf {
        self.home.root().join(match which {
            Which::Main => "library",
            Which::Other => "other-library",
        })
    }

    /// The library that the program is given.
    pub fn given_library(&self, which: Which) -> PathBuf {
        if self.bundle { self.home.root().join("Library.photoslibrary") } else { self.library(which) }
    }

    pub fn data(&self, which: Which) -> PathBuf {
        self.home.root().join(match which {
            Which::Main => "data",
            Which::Other => "other-data",
        })
    }

    /// The machine stands in this zone.
    pub fn stand_in(&mut self, zone: &str) {
        assert!(Path::new("/usr/share/zoneinfo").join(zone).exists(), "this machine knows no zone {zone}");
        self.zone = Some(zone.to_owned());
    }

    /// The library is given as a bundle of Photos, which is only read.
    pub fn be_a_bundle(&mut self) {
        self.bundle = true;
    }

    /// Puts a small disk where the folder is. `false` where this may not be done here.
    pub fn make_folder_small(&mut self, size: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o"]).arg(format!("size={size}")).arg("tmpfs").arg(self.folder());
        self.mounted = mount.output().is_ok_and(|output| output.status.success());
        self.mounted
    }

    /// The program of one of the two, ready for more arguments.
    pub fn command(&self, which: Which) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.env_clear().env("HOME", self.home.root()).current_dir(self.home.root());
        if let Some(zone) = &self.zone {
            command.env("TZ", zone);
        }
        if self.nobody && is_root() {
            own(self.home.root());
            command.uid(NOBODY).gid(NOBODY);
        }
        command.arg("--data-dir").arg(self.data(which));
        command
    }

    /// The arguments that name both sides.
    pub fn sides(&self, command: &mut Command, library: Which) {
        command.arg("--folder").arg(self.folder()).arg("--library").arg(self.given_library(library));
    }

    /// A bundle is a fresh copy of what Photos holds now.
    pub fn renew_bundle(&self) {
        if !self.bundle {
            return;
        }
        let bundle = self.given_library(Which::Main);
        let _ = fs::remove_dir_all(&bundle);
        let copied = Command::new("cp").arg("-rp").arg(self.library(Which::Main)).arg(&bundle).status();
        assert!(copied.expect("cp runs").success());
    }

    /// What the library holds now; nothing where there is none yet.
    pub fn snapshot(&self, which: Which) -> Snapshot {
        let path = self.library(which);
        if !path.exists() {
            return Snapshot::default();
        }
        self.open(which).snapshot(&Silent, &Cancel::new()).expect("the library can be read")
    }

    fn open(&self, which: Which) -> Box<dyn Library> {
        photobridge_libraries::open(&self.library(which), &self.home.root().join("scratch")).expect("a library")
    }

    /// How a scenario writes an asset: its original name and the content that stands for it.
    pub fn label(&self, asset: &Asset) -> String {
        let by_fingerprint = |file: &photobridge_core::asset::Resource| {
            file.fingerprint.and_then(|stored| self.contents.name_of_fingerprint(&stored))
        };
        let primary = asset
            .primary()
            .map_or_else(|| "?".into(), |file| by_fingerprint(file).unwrap_or_else(|| self.content(asset, file.role)));
        format!("{} = {primary}", asset.original_name)
    }

    /// What a file of an asset holds: by its bytes where they are here.
    fn content(&self, asset: &Asset, role: ResourceRole) -> String {
        let resource = asset.resource(role).expect("a file of the asset");
        let remembered = || self.held.get(&(asset.id.clone(), role)).cloned();
        if resource.whereabouts == Whereabouts::Here {
            let mut bytes = Vec::new();
            // The path is of the library on the disk; it is only read.
            for which in [Which::Main, Which::Other] {
                let is_there = self.library(which).exists();
                if is_there && self.open(which).read(asset, role, &mut bytes, &Cancel::new()).is_ok() {
                    return self.contents.name_of(&bytes);
                }
            }
        }
        let stored = resource.fingerprint.and_then(|fingerprint| self.contents.name_of_fingerprint(&fingerprint));
        stored.or_else(remembered).unwrap_or_else(|| "unknown bytes".into())
    }

    /// The lines of a library's listing, sorted.
    pub fn library_listing(&self, which: Which, with_albums: bool) -> Vec<String> {
        let snapshot = self.snapshot(which);
        let mut lines: Vec<String> =
            snapshot.assets.iter().map(|asset| self.asset_line(&snapshot, asset, with_albums)).collect();
        lines.sort();
        lines
    }

    fn asset_line(&self, snapshot: &Snapshot, asset: &Asset, with_albums: bool) -> String {
        let roles = |is_wanted: fn(ResourceRole) -> bool| {
            let named = asset.resources.iter().filter(move |file| is_wanted(file.role)).map(|file| {
                let place = match file.whereabouts {
                    Whereabouts::Here => "",
                    Whereabouts::Cloud => " (in iCloud)",
                    Whereabouts::Missing => " (lost)",
                    Whereabouts::Unreachable => " (not reachable)",
                    Whereabouts::Unread => " (not looked at)",
                };
                format!("{}{place}", self.content(asset, file.role))
            });
            named.collect::<Vec<_>>().join(" + ")
        };
        let mut line = format!("{} = {}", asset.original_name, roles(ResourceRole::is_original));
        let renders = roles(|role| {
            use ResourceRole::{RenderedPairedVideo, RenderedPhoto, RenderedVideo};
            matches!(role, RenderedPhoto | RenderedVideo | RenderedPairedVideo)
        });
        if !renders.is_empty() {
            line += &format!(", edited as {renders}");
        }
        for (holds, word) in [(asset.standing.hidden, ", hidden"), (asset.standing.trashed, ", in the trash")] {
            line += if holds { word } else { "" };
        }
        for album in asset.albums.iter().filter(|_| with_albums) {
            line += &format!(", in album {}", snapshot.albums[*album as usize].title);
        }
        line
    }

    /// The lines of the folder's listing, sorted, and those of any other directory.
    pub fn folder_listing(&self, root: &Path) -> Vec<String> {
        let mut lines: Vec<String> = crate::support::tree(root)
            .keys()
            .map(|path| format!("{} = {}", path.display(), self.file_content(&root.join(path))))
            .collect();
        lines.sort();
        lines
    }

    fn file_content(&self, path: &Path) -> String {
        let bytes = fs::read(path).expect("readable");
        let name = self.contents.name_of(&bytes);
        if path.extension().is_none_or(|ending| ending != "xmp") || !name.starts_with("unknown") {
            return name;
        }
        let sidecar = fs::File::open(path).and_then(photobridge_media::read_sidecar).expect("readable");
        let title = sidecar.details.title.as_ref().map(|title| format!(" {title}")).unwrap_or_default();
        let keywords = sidecar.details.keywords.iter().map(|keyword| format!(" #{keyword}"));
        let captured = sidecar.taken().map(|time| format!(", taken {time}")).unwrap_or_default();
        format!("words{title}{}{captured}", keywords.collect::<String>())
    }

    /// Writes a file into the folder: `PATH = CONTENT`.
    pub fn put(&mut self, line: &str) {
        let (path, content) = line.rsplit_once(" = ").unwrap_or_else(|| panic!("not `PATH = CONTENT`: {line}"));
        let bytes = self.contents.bytes(content);
        self.home.put(path, &bytes);
    }

    /// Adds assets to a library as Photos would have them.
    pub fn add_assets(&mut self, which: Which, lines: &[String]) {
        let mut frames = Vec::new();
        for line in lines {
            let (id, mask) = self.add_asset(which, line);
            frames.extend(mask.map(|mask| (id, mask)));
        }
        if !frames.is_empty() {
            let frames: Vec<(&AssetId, i64)> = frames.iter().map(|(id, mask)| (id, *mask)).collect();
            alter::burst(&self.library(which), &frames);
        }
    }

    /// `NAME = CONTENT + CONTENT, how it stands, …`; returns its mask in a burst too.
    fn add_asset(&mut self, which: Which, line: &str) -> (AssetId, Option<i64>) {
        let mut parts = line.split(", ");
        let first = parts.next().and_then(|first| first.split_once(" = "));
        let (name, files) = first.unwrap_or_else(|| panic!("not `NAME = CONTENT`: {line}"));
        let files: Vec<&str> = files.split(" + ").collect();
        let attributes: Vec<&str> = parts.collect();
        let said = |what: &str| attributes.iter().find_map(|attribute| attribute.strip_prefix(what)).map(str::trim);
        let details = Details {
            title: said("titled ").map(Into::into),
            keywords: said("keywords ").map(|words| words.split(' ').map(Into::into).collect()).unwrap_or_default(),
            ..Details::default()
        };
        let added = instant(said("added ").filter(|added| *added != "never").unwrap_or(ADDED));
        let id = self.import(which, name, &files, details, added);
        let path = self.library(which);
        if stored_name(name, files[0]) != name {
            alter::rename_original(&path, &id, name);
        }
        let mut mask = None;
        for attribute in attributes {
            let told_above = ["titled ", "keywords "].iter().any(|start| attribute.starts_with(start));
            match attribute.strip_prefix("frame of the burst ") {
                Some(pick) => mask = Some(burst_mask(pick)),
                None if told_above || (attribute.starts_with("added ") && attribute != "added never") => {}
                None => self.befall(which, &id, attribute),
            }
        }
        (id, mask)
    }

    fn import(&mut self, which: Which, name: &str, files: &[&str], details: Details, added: Timestamp) -> AssetId {
        let kind = contents::kind(files[0]);
        let directory = tempfile::tempdir().expect("a directory");
        let own = stored_name(name, files[0]);
        let stem = own.rsplit_once('.').map_or(own.as_str(), |(stem, _)| stem);
        let mut parts = Vec::new();
        for (at, content) in files.iter().enumerate() {
            let (role, name) = match (at, kind) {
                (0, MediaKind::Photo) => (ResourceRole::Photo, own.clone()),
                (0, MediaKind::Video) => (ResourceRole::Video, own.clone()),
                _ => (contents::companion(content), format!("{stem}.{}", contents::ending(content))),
            };
            let file = directory.path().join(format!("{at}.{}", contents::ending(content)));
            fs::write(&file, self.contents.bytes(content)).expect("written");
            parts.push((role, file, name));
        }
        let resources = parts
            .iter()
            .map(|(role, file, name)| NewResource { role: *role, file, name, stamp: stamp(file), is_spare: false })
            .collect();
        let camera = self.contents.camera(files[0]);
        let asset = NewAsset {
            kind,
            resources,
            captured: self.contents.captured(files[0]),
            written: self.contents.captured(files[0]),
            pixels: Some((contents::PIXELS.0.into(), contents::PIXELS.1.into())),
            orientation: None,
            camera: Some(&camera),
            duration_ms: contents::duration(files[0]),
            details,
            albums: &[],
            added,
        };
        let mut library = self.open(which);
        let imported = loop {
            match library.import(&asset, &mut |_| Ok(())) {
                // A program that another test starts just now holds our lock until it has become that program.
                Err(ImportError::Library(LibraryError::Busy(_))) => std::thread::sleep(Duration::from_millis(10)),
                imported => break imported.expect("imported"),
            }
        };
        for ((role, ..), content) in parts.iter().zip(files) {
            self.held.insert((imported.id.clone(), *role), (*content).to_owned());
        }
        imported.id
    }

    /// What Photos may do to an asset, in the words of a scenario.
    fn befall(&mut self, which: Which, id: &AssetId, what: &str) {
        let path = self.library(which);
        self.remember(&path, id);
        match what {
            "hidden" => alter::hide(&path, id),
            "shown" => alter::unhide(&path, id),
            "in the trash" => alter::trash(&path, id),
            "restored" => alter::restore(&path, id),
            "deleted" => alter::delete(&path, id),
            "only in iCloud" => alter::evict_one(&path, id),
            "its video only in iCloud" => alter::evict_resource(&path, id, ResourceRole::PairedVideo),
            "its RAW only in iCloud" => alter::evict_resource(&path, id, ResourceRole::AlternatePhoto),
            "its edit only in iCloud" => alter::evict_resource(&path, id, ResourceRole::RenderedPhoto),
            "lost" => alter::lose_original(&path, id),
            "here again" => self.bring_back(&path, id),
            "edited without a render" => alter::edit_without_render(&path, id),
            "reverted" => alter::revert(&path, id),
            "in a shared album" => alter::shared_album(&path, id),
            "in the Shared Library" => alter::shared_library(&path, id),
            "dated absurdly" => alter::set_captured(&path, id, Some(123_456_789_012_345.0), None),
            "dated 31 days later" => alter::retime(&path, id, 31.0 * 86_400.0),
            "added never" => alter::set_added(&path, id, None),
            "added anew" => alter::set_added(&path, id, Some(Timestamp::now())),
            _ if what.starts_with("edited as ") => self.edit(&path, id, &what["edited as ".len()..]),
            _ if what.starts_with("referenced as ") => {
                let file = self.home.root().join(&what["referenced as ".len()..]);
                fs::create_dir_all(file.parent().expect("below the household")).expect("a directory");
                alter::reference(&path, id, &file);
            }
            _ => panic!("nothing that befalls an asset: {what}"),
        }
    }

    /// What the files of an asset hold, before they may go.
    fn remember(&mut self, path: &Path, id: &AssetId) {
        let asset = self.open_at(path).asset(id).expect("readable").expect("the asset");
        for file in asset.resources.iter().filter(|file| file.whereabouts == Whereabouts::Here) {
            let content = self.content(&asset, file.role);
            self.held.insert((id.clone(), file.role), content);
        }
    }

    fn edit(&mut self, path: &Path, id: &AssetId, renders: &str) {
        let (still, video) = renders.split_once(" + ").map_or((renders, None), |(still, video)| (still, Some(video)));
        let bytes = self.contents.bytes(still);
        let video_bytes = video.map(|video| self.contents.bytes(video));
        let is_video = contents::kind(still) == MediaKind::Video;
        let (ending, role) = match is_video {
            true => ("mov", ResourceRole::RenderedVideo),
            false => ("jpeg", ResourceRole::RenderedPhoto),
        };
        alter::edit(path, id, ending, &bytes, video_bytes.as_deref());
        self.held.insert((id.clone(), role), still.to_owned());
        if let Some(video) = video {
            self.held.insert((id.clone(), ResourceRole::RenderedPairedVideo), video.to_owned());
        }
    }

    /// Every file of an asset that is only in iCloud comes down.
    fn bring_back(&mut self, path: &Path, id: &AssetId) {
        let asset = self.open_at(path).asset(id).expect("readable").expect("the asset");
        for file in asset.resources.iter().filter(|file| file.whereabouts != Whereabouts::Here) {
            let content = self.content(&asset, file.role);
            let bytes = self.contents.bytes(&content);
            alter::bring_back(path, id, file.role, &bytes);
        }
    }

    fn open_at(&self, path: &Path) -> Box<dyn Library> {
        photobridge_libraries::open(path, &self.home.root().join("scratch")).expect("a library")
    }

    /// The only asset that a line speaks of: `NAME`, or `NAME = CONTENT` where names repeat.
    pub fn asset(&self, which: Which, label: &str) -> Asset {
        let snapshot = self.snapshot(which);
        let mut found = snapshot.assets.into_iter().filter(|asset| {
            if label.contains(" = ") { self.label(asset) == label } else { *asset.original_name == *label }
        });
        let asset = found.next().unwrap_or_else(|| panic!("the library has no {label}"));
        assert!(found.next().is_none(), "the library has several: {label}");
        asset
    }

    /// One thing that happens between runs.
    pub fn happen(&mut self, line: &str) {
        let (which, line) = line.strip_prefix("other: ").map_or((Which::Main, line), |line| (Which::Other, line));
        let folder = self.folder();
        let file = |path: &str| folder.join(path);
        let aside = |path: &Path| path.with_extension("aside");
        let two = |rest: &str, word: &str| {
            let (a, b) = rest.split_once(word).unwrap_or_else(|| panic!("`{word}` is missing: {line}"));
            (a.to_owned(), b.to_owned())
        };
        match line {
            "the ledger is lost" => self.lose_ledger(which),
            "the library is rebuilt" => self.rebuild(which),
            "the library forgets all fingerprints" => alter::forget_fingerprints(&self.library(which)),
            "the library is unplugged" => moved(&self.library(which), &aside(&self.library(which))),
            "the library is back" => moved(&aside(&self.library(which)), &self.library(which)),
            "the folder is unplugged" => moved(&folder, &aside(&folder)),
            "the folder is back" => {
                if folder.exists() {
                    moved(&folder, &self.home.root().join("what lay there"));
                }
                moved(&aside(&folder), &folder);
            }
            "another directory lies where the folder was" => {
                fs::rename(&folder, aside(&folder)).expect("moved away");
                fs::create_dir(&folder).expect("made");
            }
            "the folder is empty" => all_moved(&folder, &aside(&folder)),
            "the folder is full again" => all_moved(&aside(&folder), &folder),
            "the folder is restored from a copy" => {
                copied(&folder, &folder.with_extension("copy"));
                fs::rename(&folder, folder.with_extension("old disk")).expect("moved away");
                moved(&folder.with_extension("copy"), &folder);
            }
            "the library is backed up" => copied(&self.library(which), &self.home.root().join("backup")),
            "the library is restored from its backup" => {
                fs::remove_dir_all(self.library(which)).expect("gone");
                moved(&self.home.root().join("backup"), &self.library(which));
            }
            "the ledger is backed up" => {
                let ledger = rusqlite::Connection::open(self.data(which).join("ledger.sqlite")).expect("the ledger");
                let backup = self.home.root().join("ledger backup");
                ledger.execute("vacuum into ?1", [backup.to_string_lossy()]).expect("copied");
            }
            "the ledger is restored from its backup" => {
                for suffix in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(self.data(which).join(format!("ledger.sqlite{suffix}")));
                }
                moved(&self.home.root().join("ledger backup"), &self.data(which).join("ledger.sqlite"));
            }
            _ => {
                let (verb, rest) = line.split_once(' ').unwrap_or_else(|| panic!("nothing happens so: {line}"));
                match verb {
                    "delete" => fs::remove_file(file(rest)).unwrap_or_else(|error| panic!("{rest}: {error}")),
                    "move" => {
                        let (from, to) = two(rest, " to ");
                        moved(&file(&from), &file(&to));
                    }
                    "write" => self.put(rest),
                    "lock" => self.lock(&file(rest)),
                    "unlock" => readable(&file(rest)),
                    "unplug" => moved(&self.home.root().join(rest), &aside(&self.home.root().join(rest))),
                    "asset" => {
                        let (label, what) = two(rest, " is ");
                        let id = self.asset(which, &label).id;
                        self.befall(which, &id, &what);
                    }
                    "decide" => self.decide(which, rest),
                    "baseline" => {
                        let mut command = self.command(which);
                        command.arg("baseline").args(rest.split(' '));
                        self.sides(&mut command, which);
                        succeeds(&mut command);
                    }
                    _ => panic!("nothing happens so: {line}"),
                }
            }
        }
    }

    /// `take-in file PATH`, `leave-out asset NAME`.
    fn decide(&mut self, which: Which, rest: &str) {
        let mut words = rest.splitn(3, ' ');
        let (Some(choice), Some(of), Some(name)) = (words.next(), words.next(), words.next()) else {
            panic!("not `decide CHOICE file|asset NAME`: {rest}");
        };
        let mut command = self.command(which);
        command.args(["decide", choice]);
        match of {
            "file" => command.arg(self.folder().join(name)).arg("--folder").arg(self.folder()),
            "asset" => command.arg(&*self.asset(which, name).id.0).arg("--library").arg(self.given_library(which)),
            "all" => command.args(["--reason", name]).arg("--library").arg(self.given_library(which)),
            _ => panic!("neither a file nor an asset: {rest}"),
        };
        succeeds(&mut command);
    }

    /// Everything that Photobridge remembers, but not what it was told.
    fn lose_ledger(&self, which: Which) {
        for entry in fs::read_dir(self.data(which)).expect("the data directory") {
            let path = entry.expect("listed").path();
            if path.file_name().is_some_and(|name| name == "settings.toml") {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("lost");
        }
    }

    fn rebuild(&mut self, which: Which) {
        let old: Vec<AssetId> = self.snapshot(which).assets.into_iter().map(|asset| asset.id).collect();
        let new = alter::rebuild(&self.library(which), &old);
        for (old, new) in old.into_iter().zip(new) {
            let of_old: Vec<_> = self.held.keys().filter(|(id, _)| *id == old).cloned().collect();
            for key in of_old {
                let content = self.held.remove(&key).expect("its content");
                self.held.insert((new.clone(), key.1), content);
            }
        }
    }

    /// Nobody but its owner may read this file; the superuser may read everything, so the program gives that up.
    fn lock(&mut self, file: &Path) {
        use std::os::unix::fs::PermissionsExt;
        self.nobody = true;
        fs::set_permissions(file, fs::Permissions::from_mode(0o000)).expect("its own file");
    }

    /// Undoes the last sync that carried anything, or the last undo; returns what was said.
    pub fn undo(&self, which: Which, kind: &str) -> Output {
        let run = if kind == "undo" { self.last_undo(which) } else { self.last_run(which, kind) };
        let mut command = self.command(which);
        command.args(["undo", &run.to_string()]);
        self.sides(&mut command, which);
        command.output().expect("the program runs")
    }

    /// The number of the last undo: the history as people read it begins its lines with numbers, the newest first.
    fn last_undo(&self, which: Which) -> i64 {
        let output = self.command(which).arg("history").output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = said.lines().find(|line| line.contains("UTC  undo")).expect("an undo is in the history");
        line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a line begins with its run")
    }

    /// The number of the last run of this kind that carried or planned anything.
    pub fn last_run(&self, which: Which, kind: &str) -> i64 {
        let output = self.command(which).args(["history", "--json-lines"]).output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let runs = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let key = if kind == "sync" { "applied" } else { "planned" };
        let carried = |run: &serde_json::Value| {
            ["import", "export"].iter().any(|way| run[way][key].as_u64().is_some_and(|number| number > 0))
        };
        let numbers = runs.filter(|run| run["command"] == kind && carried(run)).filter_map(|run| run["run"].as_i64());
        numbers.max().unwrap_or_else(|| panic!("no {kind} is in the history: {}", text(&output)))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg(self.folder()).output();
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Gives everything below a directory to nobody.
fn own(root: &Path) {
    std::os::unix::fs::lchown(root, Some(NOBODY), Some(NOBODY)).expect("the superuser may");
    if root.is_dir() && !root.is_symlink() {
        for entry in fs::read_dir(root).expect("listed") {
            own(&entry.expect("listed").path());
        }
    }
}

fn readable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("its own file");
}

/// Moves everything that lies in a directory, and not the directory itself.
fn all_moved(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("listed");
        fs::rename(entry.path(), to.join(entry.file_name())).expect("moved");
    }
}

fn copied(from: &Path, to: &Path) {
    succeeds(Command::new("cp").arg("-rp").arg(from).arg(to));
}

fn moved(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("below the household")).expect("a directory");
    fs::rename(from, to).unwrap_or_else(|error| panic!("{} could not be moved: {error}", from.display()));
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", text(&output));
}

/// The name under which an asset goes in; a hostile one is given to it afterwards.
fn stored_name(name: &str, content: &str) -> String {
    let is_plain = !name.contains('/') && name.len() <= 200 && name.contains('.') && !name.starts_with('.');
    if is_plain { name.to_owned() } else { format!("stored.{}", contents::ending(content)) }
}

/// Photos' mask of a frame: 2 not selected, 4 picked by Photos, 8 selected, 16 the key photo.
fn burst_mask(pick: &str) -> i64 {
    match pick {
        "unpicked" => 2,
        "picked" => 8,
        "key" => 16 | 8,
        _ => panic!("no pick of a burst: {pick}"),
    }
}

/// A day, an instant, or `3 days ago`.
fn stamp(file: &Path) -> Stamp {
    Stamp::of(&fs::metadata(file).expect("a file"))
}

fn instant(text: &str) -> Timestamp {
    if let Some(days) = text.strip_suffix(" days ago") {
        let hours: i64 = days.parse::<i64>().expect("a number of days") * 24;
        return Timestamp::now() - jiff::SignedDuration::from_hours(hours);
    }
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
