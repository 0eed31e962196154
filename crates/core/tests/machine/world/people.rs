//! What people do to the folder and the library between two runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::SignedDuration;
use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole, Standing, Whereabouts};
use photobridge_core::ledger::{Identified, Ledger};
use photobridge_core::memory::Decision;
use photobridge_testkit::shelf::Kept;

use super::{DIRECTORIES, PLACEHOLDER, SECOND, SIDECAR, STEMS, World, name_of, stem};
use crate::operation::{Operation, Parts, Set, Which};
use crate::pictures::{CONVERTED, MADE, Made, PICTURES, Picture, RETAGGED, SHARED, picture_of, whole_of};

impl World {
    /// Does what an operation says, unless it is a run.
    pub fn change(&mut self, operation: &Operation) {
        let now = self.now.checked_add(SignedDuration::from_secs(4)).expect("before 9999");
        self.now = now;
        match operation {
            Operation::PutIntoFolder { made, parts, place, fresh } => self.put(*made, *parts, *place, *fresh),
            Operation::CopyFile { file, place } => self.copy(*file, *place),
            Operation::EditFile { file, variant } => self.edit_file(*file, *variant),
            Operation::OverwriteFile { file, made } => self.overwrite(*file, *made),
            Operation::DeleteFile { file } => self.delete(*file, |file, other| file == other),
            Operation::DeleteStem { file } => self.delete(*file, |file, other| stem(file) == stem(other)),
            Operation::DeleteAllCopies { file } => self.delete_copies(*file),
            Operation::MoveStem { file, place } => self.move_to(*file, *place, |file, other| stem(file) == stem(other)),
            Operation::MoveFile { file, place } => self.move_to(*file, *place, |file, other| file == other),
            Operation::ReorganiseFolder { how } => self.reorganise(*how),
            Operation::WriteSidecar { file } => self.write_sidecar(*file),
            Operation::MakeOnlineOnly { file } => self.make_online_only(*file),
            Operation::MakeLocal { file } => self.make_local(*file),
            Operation::AddToLibrary { made, parts, name } => self.add_to_library(*made, *parts, *name),
            Operation::DuplicateAsset { asset } => self.with_asset(*asset, "duplicates", |world, kept| {
                let copy = Asset { added: Some(world.now), ..kept.asset.clone() };
                let files: Vec<_> = kept.files().map(|(resource, bytes)| (resource.role, Arc::clone(bytes))).collect();
                world.shelf.add(copy, files);
            }),
            Operation::EditAsset { asset, render } => self.edit_asset(*asset, *render),
            Operation::RevertAsset { asset } => self.with_asset(*asset, "reverts to the original", |world, kept| {
                world.on_asset(&kept.asset.id, revert);
            }),
            Operation::DeleteAsset { asset } => self.with_asset(*asset, "deletes for good", |world, kept| {
                world.shelf.change(|all| all.retain(|other| other.asset.id != kept.asset.id));
            }),
            Operation::TrashAsset { asset } => self.with_asset(*asset, "moves to the trash", |world, kept| {
                world.on_asset(&kept.asset.id, |kept| kept.asset.standing.trashed = true);
            }),
            Operation::RestoreAsset { asset } => self.with_asset(*asset, "restores from the trash", |world, kept| {
                world.on_asset(&kept.asset.id, |kept| kept.asset.standing.trashed = false);
            }),
            Operation::SetAsset { asset, set } => {
                let words = format!("turns {set:?} on or off for");
                self.with_asset(*asset, &words, |world, kept| {
                    world.on_asset(&kept.asset.id, |kept| {
                        let Standing { hidden, shared_album, unpicked_burst_frame, .. } = &mut kept.asset.standing;
                        match set {
                            Set::Hidden => *hidden = !*hidden,
                            Set::Shared => *shared_album = !*shared_album,
                            Set::Unpicked => *unpicked_burst_frame = !*unpicked_burst_frame,
                        }
                    });
                });
            }
            Operation::Evict { asset, which, to } => {
                let words = format!("loses ({which:?}, {to:?}) the files of");
                self.with_asset(*asset, &words, |world, kept| {
                    world.on_asset(&kept.asset.id, |kept| evict(kept, *which, *to));
                });
            }
            Operation::BringBack { asset } => self.with_asset(*asset, "has all files here again of", |world, kept| {
                world.on_asset(&kept.asset.id, |kept| {
                    kept.asset.resources.iter_mut().for_each(|resource| resource.whereabouts = Whereabouts::Here);
                });
            }),
            Operation::Grow { file } => self.grow(*file),
            Operation::Convert { file, place } => self.convert(*file, *place),
            Operation::Retag { file, place } => self.retag(*file, *place),
            Operation::ShareMovie { place } => self.share_movie(*place),
            Operation::AddFolder => {
                self.tell("from now on there is a second folder");
                fs::create_dir_all(self.at(Path::new(SECOND))).expect("a folder");
                self.settings.second = true;
            }
            Operation::ToSecondFolder { file, moved } => self.reach_second_folder(*file, *moved),
            Operation::RebuildLibrary => {
                self.tell("Photos rebuilds the library: every asset has another id");
                self.shelf.rebuild();
                self.model.has_other_ids = true;
            }
            Operation::ChangeMode(mode) => {
                self.tell(format!("the mode is now {mode:?}"));
                self.settings.mode = *mode;
            }
            Operation::ChangeRange(range) => {
                self.tell(format!("the range is now {range:?}"));
                self.settings.export.range = *range;
            }
            Operation::SetBaseline => {
                self.tell(format!("the baseline is now {now}"));
                self.set_baseline();
            }
            Operation::SetBaselineAhead => {
                let ahead = now.checked_add(SignedDuration::from_hours(24 * 3_000)).expect("before 9999");
                self.tell(format!("the clock is wrong: the baseline is now {ahead}"));
                self.set_baseline_to(ahead);
            }
            Operation::SwitchComputer => self.switch_computer(),
            Operation::ChangeLayout(layout) => {
                self.tell(format!("the layout is now {layout:?}"));
                self.settings.export.layout = *layout;
            }
            Operation::ChangeEdited(edited) => {
                self.tell(format!("edited photos now go as {edited:?}"));
                self.settings.export.edited = *edited;
            }
            Operation::LoseLedger => {
                self.tell("the ledger is lost");
                let _ = fs::remove_dir_all(self.data());
                // A new one may number the folders otherwise: then all is looked at.
                (self.synced, self.seen) = (None, None);
                self.model.met.clear();
                self.model.decisions.clear();
                self.model.knows_held = false;
            }
            Operation::BackUp(thing) => self.back_up(*thing),
            Operation::Restore(thing) => self.put_back(*thing),
            Operation::Decide { picture, decision } => self.decide(*picture, *decision),
            Operation::Days(days) => {
                self.tell(format!("{days} days pass"));
                self.now = now.checked_add(SignedDuration::from_hours(24 * i64::from(*days))).expect("before 9999");
            }
            Operation::Undo
            | Operation::Unmount
            | Operation::MoveFolder(_)
            | Operation::Simulate
            | Operation::Sync
            | Operation::SyncThatFails { .. } => {}
        }
        self.note_what_was_where();
    }

    /// Writes a file. Unless it is fresh its time says that it is days old; it is always one of its own.
    pub fn write(&mut self, path: &Path, bytes: &[u8], fresh: bool) {
        let whole = self.at(path);
        fs::create_dir_all(whole.parent().expect("below the folder")).expect("a directory");
        fs::write(&whole, bytes).expect("written");
        self.written += 1;
        let ago = if fresh { SignedDuration::ZERO } else { SignedDuration::from_hours(240) };
        let modified = self.now - ago + SignedDuration::from_micros(self.written * 1_000 + 1);
        let modified: SystemTime = modified.into();
        let file = fs::File::options().write(true).open(&whole).expect("it opens");
        file.set_modified(modified).expect("dated");
    }

    /// The file of this number, of those that hold a picture.
    fn file(&self, number: u8) -> Option<(PathBuf, Picture)> {
        let files = self.files();
        let pictures: Vec<(&PathBuf, Picture)> =
            files.iter().filter_map(|(path, file)| Some((path, picture_of(&file.bytes)?))).collect();
        let at = usize::from(number).checked_rem(pictures.len())?;
        Some((pictures[at].0.clone(), pictures[at].1))
    }

    fn put(&mut self, made: u8, parts: Parts, place: u8, fresh: bool) {
        for picture in pictures_of(made_of(made), parts) {
            let path = placed(place, PICTURES[picture].ending);
            if self.at(&path).exists() {
                self.tell(format!("(nothing: {} is there already)", path.display()));
                continue;
            }
            let words = if fresh { "just now appears" } else { "appears" };
            self.tell(format!("in the folder {words} {}: {}", path.display(), PICTURES[picture].name));
            self.write(&path, &PICTURES[picture].bytes, fresh);
        }
    }

    fn copy(&mut self, file: u8, place: u8) {
        let Some((from, picture)) = self.file(file) else { return };
        let to = placed(place, PICTURES[picture].ending);
        if !self.at(&to).exists() {
            self.tell(format!("{} is copied to {} ({})", from.display(), to.display(), PICTURES[picture].name));
            self.write(&to, &PICTURES[picture].bytes, false);
        }
    }

    fn edit_file(&mut self, file: u8, variant: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let Some(made) = MADE.iter().find(|made| made.primary == picture || made.variants.contains(&picture)) else {
            return;
        };
        let versions: Vec<Picture> = std::iter::once(made.primary).chain(made.variants.iter().copied()).collect();
        let edited = versions[usize::from(variant) % versions.len()];
        if edited != picture {
            self.tell(format!("{} is edited in its place: now {}", path.display(), PICTURES[edited].name));
            self.write(&path, &PICTURES[edited].bytes, false);
        }
    }

    /// What was cut off arrives.
    fn grow(&mut self, file: u8) {
        let files = self.files().into_iter();
        let begun: Vec<(PathBuf, Picture)> =
            files.filter_map(|(path, file)| Some((path, whole_of(picture_of(&file.bytes)?)?))).collect();
        let Some(at) = usize::from(file).checked_rem(begun.len()) else { return };
        let (path, whole) = &begun[at];
        self.tell(format!("the rest of {} arrives: now {}", path.display(), PICTURES[*whole].name));
        self.write(path, &PICTURES[*whole].bytes, false);
    }

    /// A program writes the picture of a file in another format.
    fn convert(&mut self, file: u8, place: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let Some(converted) = other_of(&CONVERTED, picture) else { return };
        let to = placed(place, PICTURES[converted].ending);
        if !self.at(&to).exists() {
            self.tell(format!("{} is converted to {} ({})", path.display(), to.display(), PICTURES[converted].name));
            self.write(&to, &PICTURES[converted].bytes, false);
        }
    }

    /// A program writes other words about a picture, and moves its file.
    fn retag(&mut self, file: u8, place: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let Some(retagged) = other_of(&RETAGGED, picture) else { return };
        let to = placed(place, PICTURES[retagged].ending);
        if !self.at(&to).exists() {
            self.remove(&path);
            self.tell(format!("  with other words it lies at {} ({})", to.display(), PICTURES[retagged].name));
            self.write(&to, &PICTURES[retagged].bytes, false);
        }
    }

    /// An app copies a Live Photo: two stills, each with the one movie.
    fn share_movie(&mut self, place: u8) {
        for (made, place) in (0..)
            .zip(&MADE)
            .filter(|(_, made)| made.companion == Some(SHARED))
            .map(|(at, _)| at)
            .zip([place, place.wrapping_add(3)])
        {
            self.put(made, Parts::All, place, false);
        }
    }

    /// A file goes from the first folder into the second one, or is copied there.
    fn reach_second_folder(&mut self, file: u8, moved: bool) {
        let Some((path, picture)) = self.file(file).filter(|_| self.settings.second) else { return };
        let to = Path::new(SECOND).join(path.file_name().unwrap_or_default());
        if moved {
            self.rename(&path, &to);
        } else if !self.at(&to).exists() {
            self.tell(format!("{} is copied to {} ({})", path.display(), to.display(), PICTURES[picture].name));
            self.write(&to, &PICTURES[picture].bytes, false);
        }
    }

    fn overwrite(&mut self, file: u8, made: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let other = made_of(made).primary;
        if PICTURES[other].ending == PICTURES[picture].ending && other != picture {
            self.tell(format!("{} is replaced by {}", path.display(), PICTURES[other].name));
            self.write(&path, &PICTURES[other].bytes, false);
        }
    }

    fn delete(&mut self, file: u8, goes_too: impl Fn(&Path, &Path) -> bool) {
        let Some((chosen, _)) = self.file(file) else { return };
        for path in self.files().into_keys().filter(|path| goes_too(&chosen, path)) {
            self.remove(&path);
        }
    }

    fn delete_copies(&mut self, file: u8) {
        let Some((_, picture)) = self.file(file) else { return };
        for (path, file) in self.files() {
            if picture_of(&file.bytes) == Some(picture) {
                self.remove(&path);
            }
        }
    }

    fn remove(&mut self, path: &Path) {
        self.tell(format!("{} is deleted in the folder", path.display()));
        fs::remove_file(self.at(path)).expect("removed");
        self.online.remove(path);
    }

    fn move_to(&mut self, file: u8, place: u8, goes_too: impl Fn(&Path, &Path) -> bool) {
        let Some((chosen, _)) = self.file(file) else { return };
        for path in self.files().into_keys().filter(|path| goes_too(&chosen, path)) {
            let ending = endings(&path);
            self.rename(&path, &placed(place, &ending));
        }
    }

    fn reorganise(&mut self, how: u8) {
        let mut stems: Vec<PathBuf> = self.files().keys().map(|path| stem(path)).collect();
        stems.dedup();
        for path in self.files().into_keys() {
            let number = stems.iter().position(|other| *other == stem(&path)).unwrap_or(0);
            let name = match how % 2 {
                0 => format!("sorted {number}/{}", path.file_name().unwrap_or_default().to_string_lossy()),
                _ => format!("sorted/renamed {}.{}", 100 - number, endings(&path)),
            };
            self.rename(&path, Path::new(&name));
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let target = self.at(to);
        if from == to || target.exists() {
            return;
        }
        self.tell(format!("{} is moved to {}", from.display(), to.display()));
        fs::create_dir_all(target.parent().expect("below the folder")).expect("a directory");
        fs::rename(self.at(from), &target).expect("moved");
        if let Some(bytes) = self.online.remove(from) {
            self.online.insert(to.to_owned(), bytes);
        }
    }

    fn write_sidecar(&mut self, file: u8) {
        let Some((path, _)) = self.file(file) else { return };
        let path = path.with_extension("xmp");
        if !self.at(&path).exists() {
            self.tell(format!("{} appears: a sidecar", path.display()));
            self.write(&path, SIDECAR, false);
        }
    }

    fn make_online_only(&mut self, file: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let stand_in = PathBuf::from(format!("{}{PLACEHOLDER}", path.display()));
        if !self.at(&stand_in).exists() {
            self.tell(format!("{} is online only from now on ({})", path.display(), PICTURES[picture].name));
            let modified = fs::metadata(self.at(&path)).and_then(|found| found.modified()).expect("a time");
            fs::remove_file(self.at(&path)).expect("removed");
            self.write(&stand_in, b" ", false);
            // Sync clients keep the date.
            let file = fs::File::options().write(true).open(self.at(&stand_in)).expect("it opens");
            file.set_modified(modified).expect("dated");
            self.online.insert(stand_in, PICTURES[picture].bytes.to_vec());
        }
    }

    fn make_local(&mut self, file: u8) {
        let Some(at) = usize::from(file).checked_rem(self.online.len()) else { return };
        let Some((stand_in, bytes)) = self.online.iter().nth(at).map(|(path, bytes)| (path.clone(), bytes.clone()))
        else {
            return;
        };
        let path = PathBuf::from(stand_in.to_string_lossy().trim_end_matches(PLACEHOLDER));
        if !self.at(&path).exists() {
            self.tell(format!("{} is on this disk again ({})", path.display(), name_of(&bytes)));
            fs::remove_file(self.at(&stand_in)).expect("removed");
            self.online.remove(&stand_in);
            self.write(&path, &bytes, false);
        }
    }

    fn add_to_library(&mut self, made: u8, parts: Parts, name: u8) {
        let made = made_of(made);
        let pictures = pictures_of(made, parts);
        let Some(primary) = pictures.first().copied() else { return };
        let content = &PICTURES[primary];
        let is_movie = content.is_movie();
        let mut files = vec![(if is_movie { ResourceRole::Video } else { ResourceRole::Photo }, primary)];
        if let (true, Some(companion)) = (pictures.len() > 1, made.companion) {
            let moving = PICTURES[companion].is_movie();
            files.push((if moving { ResourceRole::PairedVideo } else { ResourceRole::AlternatePhoto }, companion));
        }
        let original_name = format!("{}.{}", STEMS[usize::from(name) % STEMS.len()], content.ending);
        let asset = Asset {
            id: AssetId("".into()),
            kind: if is_movie { MediaKind::Video } else { MediaKind::Photo },
            subtype: None,
            original_name: original_name.as_str().into(),
            captured: content.header.captured.map(|(time, _)| time),
            camera_time: None,
            added: Some(self.now),
            pixels: content.header.pixels,
            current_pixels: content.header.pixels,
            camera: content.header.camera.clone(),
            edited: false,
            standing: Standing::default(),
            resources: Box::default(),
            details: None,
            burst: None,
            albums: [].into(),
            by_photobridge: false,
        };
        let names: Vec<&str> = files.iter().map(|(_, picture)| PICTURES[*picture].name).collect();
        let files = files.iter().map(|(role, picture)| (*role, Arc::clone(&PICTURES[*picture].bytes)));
        let id = self.shelf.add(asset, files);
        self.tell(format!("the library gets {id} {original_name}: {}", names.join(" + ")));
    }

    fn with_asset(&mut self, number: u8, words: &str, change: impl FnOnce(&mut Self, &Kept)) {
        let kept = self.shelf.kept();
        let Some(at) = usize::from(number).checked_rem(kept.len()) else { return };
        let kept = &kept[at];
        let names: Vec<&str> = kept.bytes.iter().map(|bytes| name_of(bytes)).collect();
        self.tell(format!("the library {words} {} ({})", kept.asset.id, names.join(" + ")));
        change(self, kept);
    }

    fn on_asset(&self, id: &AssetId, change: impl FnOnce(&mut Kept)) {
        self.shelf.change(|all| {
            if let Some(kept) = all.iter_mut().find(|kept| kept.asset.id == *id) {
                change(kept);
            }
        });
    }

    fn edit_asset(&mut self, asset: u8, render: Option<u8>) {
        self.with_asset(asset, "edits", |world, kept| {
            let primary = kept.bytes.first().and_then(|bytes| picture_of(bytes));
            let made = MADE.iter().find(|made| Some(made.primary) == primary);
            let renders = made.map_or(&[][..], |made| made.renders);
            let render = render.and_then(|render| Some(renders[usize::from(render).checked_rem(renders.len())?]));
            world.on_asset(&kept.asset.id, |kept| {
                kept.asset.edited = true;
                let Some((still, movie)) = render else { return };
                kept.put(ResourceRole::RenderedPhoto, Arc::clone(&PICTURES[still].bytes));
                if let Some(movie) = movie.filter(|_| kept.bytes(ResourceRole::PairedVideo).is_some()) {
                    kept.put(ResourceRole::RenderedPairedVideo, Arc::clone(&PICTURES[movie].bytes));
                }
            });
            let words = render.map_or("without a render", |(still, _)| PICTURES[still].name);
            world.tell(format!("  so it shows {words}"));
        });
    }

    fn decide(&mut self, number: u8, decision: Option<Decision>) {
        let look = self.look();
        let mut present: Vec<Picture> = look.files.values().filter_map(|file| picture_of(&file.bytes)).collect();
        present.extend(look.kept.iter().flat_map(|kept| &kept.bytes).filter_map(|bytes| picture_of(bytes)));
        present.sort_unstable();
        present.dedup();
        let Some(at) = usize::from(number).checked_rem(present.len()) else { return };
        let content = &PICTURES[present[at]];
        self.tell(format!("a person decides of {}: {decision:?}", content.name));
        fs::create_dir_all(self.data()).expect("a data directory");
        let mut ledger = Ledger::open(&self.data()).expect("the ledger opens");
        let size = content.bytes.len() as u64;
        let photo = Identified { fingerprint: content.fingerprint(), size, name: content.name.to_owned() };
        ledger.decide(&[photo], decision, self.now).expect("it is kept");
        match decision {
            Some(decision) => self.model.decisions.insert(present[at], decision),
            None => self.model.decisions.remove(&present[at]),
        };
    }
}

/// The other one of a pair.
fn other_of(pairs: &[[Picture; 2]], picture: Picture) -> Option<Picture> {
    let pair = pairs.iter().find(|pair| pair.contains(&picture))?;
    Some(if pair[0] == picture { pair[1] } else { pair[0] })
}

fn made_of(number: u8) -> &'static Made {
    &MADE[usize::from(number) % MADE.len()]
}

fn pictures_of(made: &Made, parts: Parts) -> Vec<Picture> {
    match (parts, made.companion) {
        (Parts::Companion, Some(companion)) => vec![companion],
        (Parts::All, Some(companion)) => vec![made.primary, companion],
        _ => vec![made.primary],
    }
}

pub(super) fn placed(place: u8, ending: &str) -> PathBuf {
    let place = usize::from(place);
    let stem = STEMS[place / DIRECTORIES.len() % STEMS.len()];
    Path::new(DIRECTORIES[place % DIRECTORIES.len()]).join(format!("{stem}.{ending}"))
}

/// The ending of a name, with the one that a stand-in adds.
fn endings(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once('.').map_or(String::new(), |(_, endings)| endings.to_owned())
}

/// What Photos leaves of an edit that is taken back.
fn revert(kept: &mut Kept) {
    kept.asset.edited = false;
    kept.keep(|role| !role.is_render());
}

fn evict(kept: &mut Kept, which: Which, to: Whereabouts) {
    for (at, resource) in kept.asset.resources.iter_mut().enumerate() {
        let is_meant = match which {
            Which::All => true,
            Which::Companions => at > 0 && resource.role.is_original(),
            Which::Renders => !resource.role.is_original(),
        };
        if is_meant {
            resource.whereabouts = to;
        }
    }
}
