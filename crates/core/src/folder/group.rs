//! Groups files into items: a Live Photo's two halves, RAW with JPEG, and sidecars with what they describe.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use photobridge_media::capture::{CaptureSource, CaptureTime};
use photobridge_media::header::{Header, MotionPhoto};
use photobridge_media::{self as media, FileKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::archive::Archives;
use super::scan::Found;
use super::{Filter, names};
use crate::asset::{MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::{Exclusion, FolderId, Item, ItemFile, Trouble};

/// A Live Photo's video runs about three seconds; an unrelated clip of the same name is usually longer.
const LIVE_PHOTO_MS: u32 = 5_000;

/// How far apart the halves of one picture may be dated, in seconds.
const SAME_MOMENT: i64 = 2;

/// A file with what it says of itself.
#[derive(Debug)]
pub struct Read {
    /// The file.
    pub found: Found,
    /// What was read of it; absent for sidecars and where something stands in the way.
    pub header: Option<Box<Header>>,
    /// The identity of its bytes, if that is known.
    pub fingerprint: Option<Fingerprint>,
}

/// An item.
#[derive(Debug)]
pub struct Grouped {
    /// The item itself.
    pub item: Item,
    /// Of each of its files the identity of the bytes, if that is known.
    pub fingerprints: SmallVec<[Option<Fingerprint>; 1]>,
}

/// Takes out the JSON files of an archive, which are no part of any item: they tell of photos.
pub fn archives(files: &mut Vec<Read>, is_archive: bool) -> Archives {
    let told: Vec<Read> = files.extract_if(.., |file| file.found.kind == FileKind::Catalog).collect();
    let takeout = |file: &'_ Read| file.header.as_ref().and_then(|header| header.takeout.clone());
    let mut archives = Archives::of(told.iter().map(|file| (&*file.found.path, takeout(file))), is_archive);
    let is_media = |file: &&Read| !matches!(file.found.kind, FileKind::Xmp | FileKind::Aae);
    archives.settle(files.iter().filter(is_media).map(|file| &*file.found.path));
    archives
}

/// Groups the files of one folder into items, in the order of their primary paths.
pub fn group(folder: FolderId, files: Vec<Read>, archives: &Archives, filter: &Filter) -> Vec<Grouped> {
    let mut files: Vec<(Vec<u8>, Read)> = files.into_par_iter().map(|file| (stem(&file.found.path), file)).collect();
    // Nearly in this order already; files of one stem stay in the order of their paths.
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut items = Vec::with_capacity(files.len());
    let mut files = files.into_iter().peekable();
    while let Some((stem, first)) = files.next() {
        match files.next_if(|(other, _)| *other == stem) {
            None => items.extend(alone(folder, first)),
            Some((_, second)) => {
                let mut group = vec![first, second];
                group.extend(std::iter::from_fn(|| files.next_if(|(other, _)| *other == stem)).map(|(_, file)| file));
                items.extend(group_stem(folder, archives, group));
            }
        }
    }
    join_by_identifier(&mut items);
    for Grouped { item, fingerprints } in &mut items {
        item.archived = archives.about(item.path(), fingerprints[0]).map(Box::new);
        let kind = item.kind;
        item.files.iter_mut().for_each(|file| {
            file.excluded = is_excluded(kind, file, filter).then_some(Exclusion::Filter);
        });
    }
    items.sort_by(|a, b| a.item.path().as_os_str().cmp(b.item.path().as_os_str()));
    items
}

/// Joins the halves of Live Photos that lie under other names or in other directories, by the identifier that both carry. Of
/// several that carry it the closest are one: copies, converted and edited ones stay photos of their own.
fn join_by_identifier(items: &mut Vec<Grouped>) {
    let mut halves: FxHashMap<&str, Halves> = FxHashMap::default();
    for (at, Grouped { item, .. }) in items.iter().enumerate() {
        let Some(known) = identifier(item.header()) else { continue };
        let primary = item.primary();
        match primary.role {
            ResourceRole::Video => halves.entry(known).or_default().movies.push((at, primary)),
            _ if item.file(ResourceRole::PairedVideo).is_none() => {
                halves.entry(known).or_default().stills.push((at, primary));
            }
            _ => {}
        }
    }
    let mut pairs: Vec<(usize, usize)> = halves.into_values().flat_map(Halves::pairs).collect();
    if pairs.is_empty() {
        return;
    }
    pairs.sort_unstable();
    let mut joined = Vec::with_capacity(pairs.len());
    for (still, movie) in pairs {
        let Grouped { item, fingerprints } = &mut items[movie];
        let files: Vec<_> = std::mem::take(&mut item.files).into_iter().zip(std::mem::take(fingerprints)).collect();
        joined.push(movie);
        for (file, fingerprint) in files {
            let is_movie = file.role == ResourceRole::Video;
            let role = if is_movie { ResourceRole::PairedVideo } else { file.role };
            let Grouped { item, fingerprints } = &mut items[still];
            if is_movie || item.file(role).is_none() {
                item.files.push(ItemFile { role, ..file });
                fingerprints.push(fingerprint);
            }
        }
    }
    joined.sort_unstable();
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        joined.binary_search(&(at - 1)).is_err()
    });
}

/// More pairs than any household has of one photo: then nothing is told apart by its identifier.
const MANY: usize = 400;

/// Stills without a movie, and movies without a still, that carry one identifier; each with the position of its item.
#[derive(Default)]
struct Halves<'a> {
    stills: SmallVec<[(usize, &'a ItemFile); 1]>,
    movies: SmallVec<[(usize, &'a ItemFile); 1]>,
}

impl Halves<'_> {
    /// Positions of stills and movies that are one, each in one pair at most: first what has one name in one directory, the
    /// camera's own before what was made of it.
    fn pairs(self) -> Vec<(usize, usize)> {
        if self.stills.len() * self.movies.len() > MANY {
            return Vec::new();
        }
        let stem = |file: &ItemFile| {
            let name = names::folded(names::stem(names::stands_for(&file.name().to_string_lossy())));
            // As icloudpd names the movie of a HEIC.
            name.strip_suffix("_hevc").unwrap_or(&name).to_owned()
        };
        let is_edit = |file: &ItemFile| media::tells_of_an_edit(&file.name().to_string_lossy());
        let distance = |still: &ItemFile, movie: &ItemFile| {
            let apart = (stem(still) != stem(movie), still.path.parent() != movie.path.parent());
            (is_edit(still) != is_edit(movie), apart, is_edit(still), rank(&still.path), rank(&movie.path))
        };
        let size = |(_, file): &(usize, &ItemFile)| file.stamp.size;
        let mut pairs: Vec<_> = (self.stills.iter())
            .flat_map(|still| self.movies.iter().map(move |movie| (distance(still.1, movie.1), still, movie)))
            .collect();
        // Items are in the order of their paths.
        pairs.sort_unstable_by(|(a, one, movie), (b, other, film)| (a, one.0, movie.0).cmp(&(b, other.0, film.0)));
        let (mut taken, mut found) = (FxHashSet::default(), Vec::new());
        for (distance, still, movie) in &pairs {
            let is_free = |half: &(usize, &ItemFile)| !taken.contains(&half.0);
            // Of two that are as close nobody can tell which is meant, unless one is a copy of the other.
            let is_meant = pairs.iter().filter(|(other, ..)| other == distance).all(|(_, one, other)| {
                let is_rival = (one.0 == still.0) != (other.0 == movie.0) && is_free(one) && is_free(other);
                !is_rival || (size(one) == size(still) && size(other) == size(movie))
            });
            if is_free(still) && is_free(movie) && is_meant {
                taken.extend([still.0, movie.0]);
                found.push((still.0, movie.0));
            }
        }
        found
    }
}

/// What files of one item share: their folder and name up to the ending, as a case-insensitive file system compares
/// names; of a stand-in or temporary those of the file that it stands for. As bytes, since there are as many as there are
/// files.
fn stem(path: &Path) -> Vec<u8> {
    let path = path.as_os_str().as_bytes();
    let name = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    let mut stem = path[..name].to_vec();
    let file = String::from_utf8_lossy(&path[name..]);
    stem.extend(names::folded(names::stem(names::stands_for(&file))).into_bytes());
    stem
}

/// Whether a video is the moving half of a still.
type IsHalf<'a> = dyn Fn(&ItemFile, &Read) -> bool + 'a;

/// Groups files of one stem, of which there are several.
fn group_stem(folder: FolderId, archives: &Archives, files: Vec<Read>) -> Vec<Grouped> {
    let (mut stills, mut raws, mut videos, mut sidecars) = (vec![], vec![], vec![], vec![]);
    let mut items = Vec::new();
    for file in files {
        // What is no photo at all belongs to none, nor does what is none of a format that is read.
        if file.header.as_ref().is_some_and(|header| header.not_a_photo || header.not_supported) {
            items.extend(alone(folder, file));
            continue;
        }
        match file.found.kind {
            FileKind::Still => stills.push(file),
            FileKind::Raw => raws.push(file),
            FileKind::Video => videos.push(file),
            FileKind::Xmp | FileKind::Aae => sidecars.push(file),
            FileKind::Unsupported => items.extend(alone(folder, file)),
            // Taken out before.
            FileKind::Catalog => {}
        }
    }
    for files in [&mut stills, &mut raws, &mut videos] {
        files.sort_by_cached_key(|file| (rank(&file.found.path), spelling(&file.found.path)));
    }
    let mut stills: Vec<Grouped> =
        stills.into_iter().map(|still| new_item(folder, MediaKind::Photo, ResourceRole::Photo, still)).collect();
    // The identifier speaks first: a converted copy beside the still was taken at the same moment too. What cannot be read
    // yet speaks last: it may be the half of whatever still is left.
    let is_of_archive = |still: &ItemFile, video: &Read| is_in_archive_with(archives, still, video);
    let ways: [&IsHalf<'_>; 4] = [&has_its_identifier, &is_paired_video, &is_of_archive, &may_be_its_half];
    for is_half in ways {
        for still in stills.iter_mut().filter(|still| still.item.files.len() == 1) {
            if let Some(at) = videos.iter().position(|video| is_half(still.item.primary(), video)) {
                join(still, ResourceRole::PairedVideo, videos.remove(at));
            }
        }
    }
    for mut still in stills {
        if let Some(at) = raws.iter().position(|raw| is_same_moment(still.item.captured(), captured(raw))) {
            join(&mut still, ResourceRole::AlternatePhoto, raws.remove(at));
        }
        items.push(still);
    }
    items.extend(raws.into_iter().map(|raw| new_item(folder, MediaKind::Photo, ResourceRole::Photo, raw)));
    items.extend(videos.into_iter().map(|video| new_item(folder, MediaKind::Video, ResourceRole::Video, video)));
    attach_sidecars(&mut items, sidecars);
    items
}

/// A name, however its letters are written.
fn spelling(path: &Path) -> String {
    names::folded(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// Which of several stills, RAWs or videos of one stem is the camera's own: a HEIC comes before its JPEG, a MOV before its
/// MP4, any RAW before the DNG that was made of it, in any case of letters.
fn rank(path: &Path) -> u8 {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is = |format: &str| media::same_format(names::stands_for(&name), format);
    match () {
        () if is("heic") || is("mov") => 0,
        () if is("jpg") || is("mp4") => 1,
        () if is("dng") => 3,
        () => 2,
    }
}

/// An item of one file. A sidecar without anything to describe is no item.
fn alone(folder: FolderId, file: Read) -> Option<Grouped> {
    match file.found.kind {
        FileKind::Still | FileKind::Raw => Some(new_item(folder, MediaKind::Photo, ResourceRole::Photo, file)),
        FileKind::Video | FileKind::Unsupported => Some(new_item(folder, MediaKind::Video, ResourceRole::Video, file)),
        FileKind::Xmp | FileKind::Aae | FileKind::Catalog => None,
    }
}

fn new_item(folder: FolderId, kind: MediaKind, role: ResourceRole, file: Read) -> Grouped {
    let name = file.found.path.file_name().unwrap_or_default().to_string_lossy();
    let conflict_copy = names::is_conflict_copy(&name);
    let item = Item { folder, kind, files: Vec::with_capacity(1), conflict_copy, archived: None };
    let mut grouped = Grouped { item, fingerprints: SmallVec::new() };
    join(&mut grouped, role, file);
    grouped
}

/// Adds a file.
fn join(Grouped { item, fingerprints }: &mut Grouped, role: ResourceRole, file: Read) {
    let Found { path, stamp, trouble, .. } = file.found;
    fingerprints.push(file.fingerprint);
    item.files.push(ItemFile { role, path, stamp, header: file.header, trouble, excluded: None });
}

fn captured(file: &Read) -> Option<CaptureTime> {
    file.header.as_deref()?.captured.map(|(time, _)| time)
}

fn identifier(header: Option<&Header>) -> Option<&str> {
    header.and_then(|header| header.content_identifier.as_deref())
}

/// Whether both carry the same content identifier.
fn has_its_identifier(still: &ItemFile, video: &Read) -> bool {
    let identifiers = [identifier(still.header.as_deref()), identifier(video.header.as_deref())];
    identifiers[0].is_some() && identifiers[0] == identifiers[1]
}

/// Whether this video is the moving half of the still: the same content identifier where both carry one, else short
/// and taken, or begun, at the same moment.
fn is_paired_video(still: &ItemFile, video: &Read) -> bool {
    let (Some(still), Some(movie)) = (still.header.as_deref(), video.header.as_deref()) else { return false };
    if let (Some(a), Some(b)) = (&still.content_identifier, &movie.content_identifier) {
        return a == b;
    }
    let both = still.captured.zip(movie.captured);
    let is_of_the_moment = |((still, _), (video, source)): ((CaptureTime, _), (CaptureTime, CaptureSource))| {
        // Android's phones date a movie by when it was written: up to four seconds after the still that stands in it.
        let lasts = movie.duration_ms.filter(|_| source == CaptureSource::MovieHeader).unwrap_or(0);
        let whole_seconds = i64::from(lasts.div_ceil(1000));
        [0, whole_seconds]
            .into_iter()
            .any(|before| seconds_apart(&still, &video, before).is_some_and(|s| s <= SAME_MOMENT))
    };
    let is_of_it = both.map_or_else(|| is_its_own(still, movie, video.found.stamp.size), is_of_the_moment);
    is_short(movie) && is_of_it
}

/// Whether a movie of this size without a date, as encoders write one, is that of this motion photo, taken out of it: it has as
/// many bytes, and lasts as long to the millisecond.
fn is_its_own(still: &Header, movie: &Header, size: u64) -> bool {
    let is_that = |motion: &MotionPhoto| motion.size == Some(size) && motion.duration_ms == movie.duration_ms;
    movie.captured.is_none() && still.motion.as_deref().is_some_and(is_that)
}

/// Whether an archive tells of the still and not of the video, which is short: Google writes nothing of the movies of Live
/// Photos.
fn is_in_archive_with(archives: &Archives, still: &ItemFile, video: &Read) -> bool {
    let is_told = |path: &Path| archives.about(path, None).is_some_and(|about| about.photo.is_some());
    let is_other = |movie: &Header| {
        let known = still.header.as_deref().and_then(|still| still.content_identifier.as_ref());
        known.zip(movie.content_identifier.as_ref()).is_some_and(|(a, b)| a != b)
    };
    let is_film = video.header.as_deref().is_some_and(|movie| is_short(movie) && !is_other(movie));
    is_film && is_told(&still.path) && !is_told(&video.found.path)
}

fn is_short(movie: &Header) -> bool {
    movie.duration_ms.is_some_and(|ms| ms <= LIVE_PHOTO_MS)
}

/// Whether this video may be the moving half of the still, as far as it can be told of what cannot be read yet or ends too
/// early.
fn may_be_its_half(still: &ItemFile, video: &Read) -> bool {
    let is_half = |header: Option<&Header>| header.is_none_or(|header| header.truncated.is_some());
    let (one, other) = (still.header.as_deref(), video.header.as_deref());
    // What ends too early may end within its identifier.
    let differ = identifier(one).zip(identifier(other)).is_some_and(|(a, b)| !a.starts_with(b) && !b.starts_with(a));
    match (is_half(one), is_half(other)) {
        _ if differ => false,
        (_, true) => true,
        // Of a clip of some length nothing says that it moves a photo.
        (true, false) => other.is_some_and(|movie| movie.content_identifier.is_some() || is_short(movie)),
        (false, false) => false,
    }
}

/// Whether nothing says that these two were taken at different moments.
fn is_same_moment(a: Option<CaptureTime>, b: Option<CaptureTime>) -> bool {
    a.zip(b).and_then(|(a, b)| seconds_apart(&a, &b, 0)).is_none_or(|seconds| seconds <= SAME_MOMENT)
}

/// Seconds between a capture time and another one, so many seconds before that, on a clock that both know.
fn seconds_apart(a: &CaptureTime, b: &CaptureTime, before: i64) -> Option<i64> {
    let apart = |a: Option<i64>, b: Option<i64>| Some((a? - (b? - before)).abs());
    apart(a.instant_second(), b.instant_second()).or_else(|| apart(a.wall_second(), b.wall_second()))
}

/// `IMG_1.JPG.xmp` goes to `IMG_1.JPG`, then `IMG_1.xmp` to the first item of its stem that has none yet, then `IMG_1.CR2.xmp`
/// to the photo that `IMG_1.CR2` belongs to. Words about a file that is not there describe nothing.
fn attach_sidecars(items: &mut [Grouped], sidecars: Vec<Read>) {
    let described = |sidecar: &Read| sidecar.found.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut ranked: Vec<(Describes, Read)> =
        sidecars.into_iter().map(|sidecar| (describes(items, &described(&sidecar)), sidecar)).collect();
    ranked.sort_by_key(|(describes, _)| *describes);
    for (describes, sidecar) in ranked {
        let role = match sidecar.found.kind {
            FileKind::Aae => ResourceRole::AdjustmentData,
            _ => ResourceRole::Sidecar,
        };
        let takes = |Grouped { item, .. }: &Grouped| {
            item.file(role).is_none() && item.primary().trouble != Some(Trouble::Unsupported)
        };
        let at = match describes {
            Describes::Primary(at) | Describes::Companion(at) => Some(at).filter(|at| takes(&items[*at])),
            Describes::Stem => items.iter().position(takes),
            Describes::Nothing => None,
        };
        // Words never hold a picture back: only a sidecar that is being written just now is waited for.
        let is_usable = sidecar.found.stamp.size > 0 && matches!(sidecar.found.trouble, None | Some(Trouble::Settling));
        if let Some(at) = at.filter(|_| is_usable) {
            join(&mut items[at], role, sidecar);
        }
    }
}

/// What the name of a sidecar says that it describes, in the order in which sidecars are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Describes {
    /// The primary file of the item at this position.
    Primary(usize),
    /// Whatever has its stem.
    Stem,
    /// Another file of that item.
    Companion(usize),
    /// A file that is not there.
    Nothing,
}

/// What the sidecar `NAME.xmp` describes among these items, of which it shares the stem.
fn describes(items: &[Grouped], name: &str) -> Describes {
    let is_it = |file: &ItemFile| file.name().to_string_lossy().eq_ignore_ascii_case(name);
    let has = |Grouped { item, .. }: &Grouped| item.files.iter().any(is_it);
    match items.iter().position(has) {
        Some(at) if is_it(items[at].item.primary()) => Describes::Primary(at),
        Some(at) => Describes::Companion(at),
        None if media::kind_of(Path::new(name)).is_some() => Describes::Nothing,
        None => Describes::Stem,
    }
}

/// Whether the settings leave a file out of an item of this kind. The movie of a Live Photo belongs to its photo, as a
/// sidecar does: only a glob that names it leaves it out.
fn is_excluded(kind: MediaKind, file: &ItemFile, filter: &Filter) -> bool {
    let path = &file.path;
    let of_kind = match kind {
        MediaKind::Photo => filter.images,
        MediaKind::Video => filter.videos,
    };
    let is_offered_itself =
        matches!(file.role, ResourceRole::Photo | ResourceRole::Video | ResourceRole::AlternatePhoto);
    let included = !is_offered_itself || filter.include.is_empty() || filter.include.is_match(path);
    let too_deep = !filter.recursive && path.components().nth(1).is_some();
    !of_kind || !included || too_deep || filter.exclude.is_match(path)
}
