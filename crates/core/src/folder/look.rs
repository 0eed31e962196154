//! Looks at what a walk found: reads the headers of files not seen before, and groups all into items.

use std::io::{self, Seek};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use photobridge_media::capture::{CaptureSource, CaptureTime};
use photobridge_media::header::Header;
use photobridge_media::{self as media, FileKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::archive::{self, Archives};
use super::dates;
use super::group::{self, Grouped, Read};
use super::names;
use super::sample::{SAMPLED, sample};
use super::scan::{Found, Scan, Unlisted};
use super::settle::{changed_around, settle};
use super::{FolderError, Opener, Properties, Source};
use crate::asset::ResourceRole;
use crate::fingerprint::Fingerprint;
use crate::item::{Archived, CachedFact, Exclusion, FileRef, Item, ItemFile, Stamp, Trouble};
use crate::progress::{Cancel, Event, Phase, Progress};

/// A file that changed less than this long before it was looked at may change again within one tick of its clock.
pub const RACY: Duration = Duration::from_secs(2);

/// Files that are read before what they said is cached.
const AT_ONCE: usize = 4096;

/// What a look at one folder brought.
#[derive(Debug, Default)]
pub struct Look {
    /// Its items.
    pub items: Vec<Item>,
    /// Fingerprints known from the cache; items are counted from the first of this look.
    pub known: Vec<(FileRef, Fingerprint)>,
    /// What else has a name there, where exports go.
    pub others: Vec<PathBuf>,
    /// What could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// What was passed over and should be known.
    pub notices: Vec<String>,
    /// Sidecars that could not be read, each with the cause.
    unread_words: Vec<(PathBuf, FolderError)>,
    /// Cached paths that are gone.
    pub gone: Vec<PathBuf>,
    /// Inodes of the files that were opened.
    pub opened: FxHashSet<u64>,
    /// Bytes read.
    pub bytes_read: u64,
}

/// What a look needs besides the folder.
pub struct Circumstances<'a> {
    /// When the walk began, and when it ended.
    pub walked: RangeInclusive<Timestamp>,
    /// How long a file must have rested.
    pub settle: Duration,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a Cancel,
}

/// Why a look ended before its end.
#[derive(Debug)]
pub enum LookError<E> {
    /// Somebody asked to stop.
    Cancelled,
    /// What was read could not be cached.
    Cache(E),
}

/// Takes facts into the cache.
pub type Learn<'a, E> = dyn FnMut(&[CachedFact]) -> Result<(), E> + Send + 'a;

/// Looks at what lies in one folder; opens only files that the cache does not know in their present state. What is read
/// of them is cached on the way, so that a first look which is cut short need not begin anew.
pub fn look<E: Send>(
    source: &Source,
    mut scan: Scan,
    cache: Vec<CachedFact>,
    with: &Circumstances<'_>,
    learn: &mut Learn<'_, E>,
) -> Result<Look, LookError<E>> {
    let properties = source.folder.properties();
    let (remembered, gone) = remember(&scan.files, cache, &scan.unlisted, properties);
    settle(&mut scan.files, &remembered, &with.walked, with.settle);
    let (notices, unlisted, others) = (scan.notices, scan.unlisted, scan.others);
    let mut look = Look { notices, unlisted, others, gone, ..Look::default() };
    if source.receives {
        // Words that lie alone are no item, and keep their name from a photo that they do not describe.
        let words =
            scan.files.iter().filter(|found| matches!(found.kind, FileKind::Xmp | FileKind::Aae | FileKind::Catalog));
        look.others.extend(words.map(|found| found.path.clone()));
    }
    let both = || scan.files.iter().zip(&remembered);
    let unread = both().filter(|(found, fact)| is_to_be_read(found, fact.as_ref(), properties)).count();
    with.progress.event(Event::Begin { phase: Phase::Reading, steps: Some(unread as u64), bytes: None });
    // One after the other: nobody needs both of 100,000 files side by side.
    let files = scan.files.into_iter().zip(remembered);
    let mut files = read_headers((source, properties), files, with, learn, &mut look)?;
    with.progress.event(Event::End(Phase::Reading));
    look.notices.extend(unread_words(&look.unread_words));
    let recipes = files.iter().filter(|read| read.found.kind == FileKind::Aae && source.filter.images);
    let mut recipes: FxHashSet<PathBuf> = recipes.map(|read| read.found.path.clone()).collect();
    let words = files.iter().filter(|read| read.found.kind == FileKind::Xmp && read.found.stamp.size > 0);
    let mut words: FxHashSet<PathBuf> = words.map(|read| read.found.path.clone()).collect();
    let is_nomedia_heeded = !(source.filter.nomedia || scan.nomedia.is_empty());
    look.items.reserve_exact(files.len());
    look.known.reserve_exact(files.len());
    let mut archives = group::archives(&mut files, properties.only_gives);
    look.notices.append(&mut archives.remarks);
    read_bytes_of_listed(source, &archives, &mut files, with, &mut look);
    for Grouped { mut item, fingerprints } in group::group(source.id, files, &archives, &source.filter) {
        date(&mut item);
        if item.archived.is_none() && archive::is_of_another_year(&item, properties.only_gives) {
            item.archived = Some(Box::new(Archived { is_awaited: true, ..Archived::default() }));
        }
        if let Some(newest) = properties.newest_part {
            item.archived.get_or_insert_default().newest_part = Some(newest);
        }
        if let Some(recipe) = item.file(ResourceRole::AdjustmentData) {
            recipes.remove(&recipe.path);
        }
        if let Some(sidecar) = item.file(ResourceRole::Sidecar) {
            words.remove(&sidecar.path);
        }
        if is_nomedia_heeded && item.path().ancestors().skip(1).any(|above| scan.nomedia.contains(above)) {
            item.files.iter_mut().for_each(|file| file.excluded = file.excluded.or(Some(Exclusion::NoMedia)));
        }
        let position = look.items.len() as u32;
        for (at, fingerprint) in fingerprints.into_iter().enumerate() {
            let file = FileRef { item: position, file: at as u16 };
            look.known.extend(fingerprint.map(|fingerprint| (file, fingerprint)));
        }
        look.items.push(item);
    }
    look.notices.extend(lone_recipes(recipes));
    words.retain(|path| !look.unread_words.iter().any(|(unread, _)| unread == path));
    look.notices.extend(further_words(words, &look.items));
    Ok(look)
}

/// A header with the number of bytes that were read for it.
type HeaderRead = Result<(Box<Header>, u64), FolderError>;

/// What was read of one file.
#[derive(Default)]
struct Looked {
    /// Its header, where none that is known holds.
    header: Option<HeaderRead>,
    /// A sample of its bytes, on a disk where one is needed.
    sample: Option<i64>,
    /// Whether what is known of its bytes holds.
    holds: bool,
}

/// For each file what the cache knows of its present state: under its own path, or under a path that is gone, where
/// inode, size and mtime say that it was moved. Also the cached paths that are gone.
///
/// Where most files have other inodes than before, and the disk is of a kind that gives them anew, it is still what was
/// there before, if a sample of each says so: such facts are doubtful.
fn remember(
    files: &[Found],
    mut cache: Vec<CachedFact>,
    unlisted: &[Unlisted],
    properties: Properties,
) -> (Vec<Option<CachedFact>>, Vec<PathBuf>) {
    cache.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    let mut cached = cache.into_iter().peekable();
    let mut known: Vec<Option<CachedFact>> = Vec::with_capacity(files.len());
    let mut lost = Vec::new();
    // Both are in the order of their paths.
    for file in files {
        let path = file.path.as_os_str();
        lost.extend(std::iter::from_fn(|| cached.next_if(|fact| fact.path.as_os_str() < path)));
        known.push(cached.next_if(|fact| fact.path.as_os_str() == path));
    }
    lost.extend(cached);
    lost.retain(|fact| !unlisted.iter().any(|unlisted| fact.path.starts_with(&unlisted.path)));
    let gone: Vec<PathBuf> = lost.iter().map(|fact| fact.path.clone()).collect();
    let identity = |stamp: &Stamp| (stamp.inode, stamp.size, stamp.mtime);
    // Inodes are given anew, and sync clients write whole seconds: only a time with a fraction says that it is the file.
    let is_certain = |fact: &CachedFact| fact.stamp.mtime % 1_000_000_000 != 0;
    let certain = lost.into_iter().filter(is_certain);
    let mut moved: FxHashMap<_, CachedFact> = certain.map(|fact| (identity(&fact.stamp), fact)).collect();
    let is_near = |file: &Found, fact: &CachedFact| fact.sample.is_some() && fact.stamp.is_near(&file.stamp);
    let both = || files.iter().zip(&known).filter_map(|(file, known)| Some((file, known.as_ref()?)));
    let kept = || both().filter(|(file, fact)| fact.stamp == file.stamp).count();
    let near = || both().filter(|(file, fact)| fact.stamp != file.stamp && is_near(file, fact)).count();
    let is_renumbered = properties.renumbers && near() > kept();
    for (file, known) in files.iter().zip(&mut known) {
        let holds = |fact: &CachedFact| fact.stamp == file.stamp || (is_renumbered && is_near(file, fact));
        *known = known.take().filter(holds);
        if known.is_none() {
            *known = moved.remove(&identity(&file.stamp));
        }
    }
    (known, gone)
}

/// Whether something can be read of a file.
fn is_wanted(found: &Found) -> bool {
    found.trouble.is_none() && found.kind != FileKind::Aae
}

fn read_headers<E: Send>(
    place: (&Source, Properties),
    mut files: impl ExactSizeIterator<Item = (Found, Option<CachedFact>)>,
    with: &Circumstances<'_>,
    learn: &mut Learn<'_, E>,
    look: &mut Look,
) -> Result<Vec<Read>, LookError<E>> {
    let (mut reads, mut learned) = (Vec::with_capacity(files.len()), Vec::new());
    loop {
        let some: Vec<(Found, Option<CachedFact>)> = files.by_ref().take(AT_ONCE).collect();
        // These are read while those before them are cached.
        let (headers, cached) = rayon::join(|| headers(place, &some, with), || learn(&learned));
        cached.map_err(LookError::Cache)?;
        learned.clear();
        if with.cancel.is_cancelled() {
            return Err(LookError::Cancelled);
        }
        if some.is_empty() {
            break;
        }
        for ((found, fact), looked) in some.into_iter().zip(headers) {
            let (read, fact) = conclude(found, fact, looked, look);
            reads.extend(read);
            learned.extend(fact.filter(|fact| !changed_around(&fact.stamp, &with.walked, RACY)));
        }
    }
    Ok(reads)
}

/// Reads the bytes of photos of which only they tell the row in Apple's lists that is theirs. Of one that cannot be read now
/// nothing is told.
fn read_bytes_of_listed(
    source: &Source,
    archives: &Archives,
    files: &mut [Read],
    with: &Circumstances<'_>,
    look: &mut Look,
) {
    let is_asked =
        |read: &Read| read.fingerprint.is_none() && is_wanted(&read.found) && archives.asks_for_bytes(&read.found.path);
    for read in files.iter_mut().filter(|read| is_asked(read)) {
        if with.cancel.is_cancelled() {
            return;
        }
        let opened = source.folder.open(&read.found.path).ok();
        if let Some((fingerprint, bytes)) = opened.and_then(|file| Fingerprint::of_reader(file).ok()) {
            read.fingerprint = Some(fingerprint);
            look.bytes_read += bytes;
        }
    }
}

/// Whether something must be read of a file: nothing is known of it, or not enough to know it again on its disk, or what
/// an earlier version of the readers told is no longer cached.
fn is_to_be_read(found: &Found, fact: Option<&CachedFact>, properties: Properties) -> bool {
    let is_known = |fact: &CachedFact| {
        let can_be_known_again = fact.sample.is_some() || !properties.renumbers;
        fact.header.is_some() && can_be_known_again && !fact.is_doubtful(&found.path, &found.stamp)
    };
    is_wanted(found) && !fact.is_some_and(is_known)
}

/// The headers of those files that are wanted and not known, and samples where they are needed.
fn headers(
    (source, properties): (&Source, Properties),
    files: &[(Found, Option<CachedFact>)],
    with: &Circumstances<'_>,
) -> Vec<Looked> {
    let look = |opener: &mut Box<dyn Opener + '_>, (found, fact): &(Found, Option<CachedFact>)| {
        if !is_to_be_read(found, fact.as_ref(), properties) || with.cancel.is_cancelled() {
            return Looked::default();
        }
        let opened = opener.open(&found.path);
        let looked = opened.and_then(|file| Ok(look_into(file, found, fact.as_ref(), properties)?));
        with.progress.event(Event::Advance { phase: Phase::Reading, steps: 1, bytes: 0 });
        looked.unwrap_or_else(|error| Looked { header: Some(Err(error)), ..Looked::default() })
    };
    files.par_iter().map_init(|| source.folder.opener(), look).collect()
}

/// What one file says of itself, unless what is known of it holds.
fn look_into(
    mut file: impl io::Read + Seek,
    found: &Found,
    fact: Option<&CachedFact>,
    properties: Properties,
) -> io::Result<Looked> {
    let size = found.stamp.size;
    let sample = if properties.renumbers { Some(sample(&mut file, size)?) } else { None };
    let fact = fact.filter(|fact| !fact.is_doubtful(&found.path, &found.stamp) || fact.sample == sample);
    if fact.is_some_and(|fact| fact.header.is_some()) {
        return Ok(Looked { header: None, sample, holds: true });
    }
    file.rewind()?;
    let (header, bytes) = read_header(file, found.kind, size)?;
    Ok(Looked { header: Some(Ok((Box::new(header), bytes))), sample, holds: fact.is_some() })
}

/// A file with what is known of it, and what of that the cache does not know yet. Nothing of a file that is gone since
/// the walk: it is simply not there.
fn conclude(
    mut found: Found,
    fact: Option<CachedFact>,
    Looked { header, sample, holds }: Looked,
    look: &mut Look,
) -> (Option<Read>, Option<CachedFact>) {
    let (path, stamp) = (&found.path, found.stamp);
    let fact = fact.filter(|_| found.trouble.is_none());
    let fingerprint = fact.as_ref().filter(|_| holds).and_then(|fact| fact.fingerprint);
    match (header, fact) {
        (None, Some(fact)) => {
            if sample.is_some() {
                look.opened.insert(stamp.inode);
                look.bytes_read += stamp.size.min(SAMPLED);
            }
            // Under a new path, or after a sample, the same facts are cached again.
            let is_news = fact.path != *path || fact.stamp != stamp || sample.is_some();
            let sample = sample.or(fact.sample);
            let news = is_news.then(|| CachedFact { path: path.clone(), stamp, sample, ..fact.clone() });
            (Some(Read { found, header: fact.header, fingerprint: fact.fingerprint }), news)
        }
        (Some(Ok((header, bytes))), _) => {
            look.opened.insert(stamp.inode);
            look.bytes_read += bytes;
            let header = Some(header);
            let fact = CachedFact { path: path.clone(), stamp, fingerprint, header: header.clone(), sample };
            (Some(Read { found, header, fingerprint }), Some(fact))
        }
        (Some(Err(FolderError::Gone)), _) => (None, None),
        // Words never hold a picture back.
        (Some(Err(error)), _) if matches!(found.kind, FileKind::Xmp | FileKind::Catalog) => {
            look.unread_words.push((found.path, error));
            (None, None)
        }
        (Some(Err(error)), _) => {
            found.trouble = Some(Trouble::Unreadable(format!("it could not be read: {error}").into()));
            (Some(Read { found, header: None, fingerprint: None }), None)
        }
        (None, None) => (Some(Read { found, header: None, fingerprint: None }), None),
    }
}

fn unread_words(sidecars: &[(PathBuf, FolderError)]) -> Option<String> {
    let ((first, why), more) = sidecars.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        more => format!(", and those in {more} more sidecars"),
    };
    Some(format!(
        "the words in {} could not be read ({why}){more}. A photo that they describe goes without them",
        first.display()
    ))
}

/// Recipes of edits that belong to no photo of the folder, or to one that has another beside it.
fn lone_recipes(recipes: FxHashSet<PathBuf>) -> Option<String> {
    let first = recipes.iter().min()?.display();
    Some(format!(
        "{} recipes of edits (AAE; one is {first}) belong to no photo of this folder, or to one that has a recipe already. \
         They stay where they are",
        recipes.len()
    ))
}

/// Sidecars beside photos that have another one: of a RAW, of a movie, or in a second way of naming them.
fn further_words(mut words: FxHashSet<PathBuf>, items: &[Item]) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    let place = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (path.parent().map(Path::to_owned), names::folded(names::stem(&name)))
    };
    let wanted: FxHashSet<_> = words.iter().map(|path| place(path)).collect();
    let files = items.iter().flat_map(|item| &item.files).map(|file| place(&file.path));
    let beside: FxHashSet<_> = files.filter(|place| wanted.contains(place)).collect();
    words.retain(|path| beside.contains(&place(path)));
    let first = words.iter().min()?.display();
    Some(format!(
        "{} sidecars (XMP; one is {first}) lie beside a photo that has another one, or describe a file that is not there. \
         A photo has the words of one; these stay where they are",
        words.len()
    ))
}

/// What a file of `size` bytes says of itself, and how many of them were read; a sidecar's header holds what it says of
/// its photo.
pub fn read_header(file: impl io::Read + Seek, kind: FileKind, size: u64) -> io::Result<(Header, u64)> {
    match kind {
        FileKind::Xmp => {}
        FileKind::Catalog => {
            let takeout = media::read_takeout(file)?.map(Arc::new);
            return Ok((Header { takeout, ..Header::default() }, size.min(media::takeout::LONGEST as u64)));
        }
        _ => return media::read_header(file, size, kind),
    }
    let sidecar = media::read_sidecar(file)?;
    let captured = sidecar.taken().map(|time| (time, CaptureSource::Xmp));
    Ok((Header { captured, ..Header::default() }, size))
}

/// Dates an item whose bytes do not, or only by when a program wrote them: from its sidecar, what the archive in which it
/// came says, its name, the file's own time.
fn date(item: &mut Item) {
    let sidecar = item.words().and_then(|file| file.header.as_deref()?.captured);
    let sidecar = sidecar.map(|(time, _)| (time, CaptureSource::Sidecar));
    let told = item.archived.as_deref().and_then(Archived::photo).cloned();
    // What lies beside a photo says when that was taken, never when it was written itself.
    for file in item.files.iter_mut().filter(|file| file.role.is_original()) {
        let Some(header) = &mut file.header else { continue };
        if header.captured.is_none_or(|(_, source)| source == CaptureSource::ModifyDate) {
            // Of a name that tells a day the file may know the hour.
            let hour = |day: &CaptureTime| filed(&file.stamp).filter(|(time, _)| day.spans(time));
            let name = named(&file.path).map(|(time, source)| hour(&time).unwrap_or((time, source)));
            let found = sidecar.or(name).or(header.captured).or_else(|| filed(&file.stamp));
            header.captured = match &told {
                Some(photo) if sidecar.is_none() => photo.date(found),
                _ => found,
            };
        }
    }
}

fn named(path: &Path) -> Option<(CaptureTime, CaptureSource)> {
    let name = path.file_name()?.to_string_lossy();
    Some((media::captured_from_name(&name)?, CaptureSource::FileName))
}

fn filed(stamp: &Stamp) -> Option<(CaptureTime, CaptureSource)> {
    if dates::stands_for_others(stamp.mtime) {
        return None;
    }
    let instant = Timestamp::from_nanosecond(i128::from(stamp.mtime)).ok()?;
    let time = CaptureTime::from_instant(instant, None, Some(instant.subsec_nanosecond().unsigned_abs()))?;
    Some((time, CaptureSource::FileTime))
}

/// The fact to cache of a file, with the identity of its bytes where they were read.
pub fn fact_of(file: &ItemFile, fingerprint: Option<Fingerprint>) -> CachedFact {
    let header = file.header_in_the_bytes();
    CachedFact { path: file.path.clone(), stamp: file.stamp, fingerprint, header, sample: None }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const FUSE: Properties = Properties {
        renumbers: true,
        cache: None,
        silent: true,
        uploads: false,
        keeps_names: false,
        only_gives: false,
        newest_part: None,
    };
    const SECOND: i64 = 1_000_000_000;

    /// A file with a fact of each, and the number of its inode now.
    fn found(name: &str, inode: u64) -> Found {
        let stamp = Stamp { size: 7, mtime: 9 * SECOND, ctime: 9 * SECOND, inode };
        Found { path: name.into(), kind: FileKind::Still, stamp, trouble: None }
    }

    fn fact(name: &str, sample: Option<i64>) -> CachedFact {
        let stamp = Stamp { size: 7, mtime: 9 * SECOND, ctime: 9 * SECOND, inode: 1 };
        let fingerprint = Some(Fingerprint::of(b"picture"));
        CachedFact { path: name.into(), stamp, fingerprint, header: Some(Box::default()), sample }
    }

    /// Which of the files are remembered.
    fn remembered(files: &[Found], facts: &[CachedFact], properties: Properties) -> Vec<bool> {
        remember(files, facts.to_vec(), &[], properties).0.iter().map(Option::is_some).collect()
    }

    #[test]
    fn where_inodes_are_given_anew_size_and_time_are_enough_to_take_a_sample() {
        let facts = ["a", "b", "c"].map(|name| fact(name, Some(1)));
        let anew = [found("a", 1), found("b", 2), found("c", 3)];
        assert_eq!(remembered(&anew, &facts, FUSE), [true, true, true]);
        assert_eq!(
            remembered(&anew, &facts, Properties::default()),
            [true, false, false],
            "a good disk means what it says"
        );
        let one = [found("a", 1), found("b", 1), found("c", 3)];
        assert_eq!(remembered(&one, &facts, FUSE), [true, true, false], "one file that is another is another");
        let unsampled = ["a", "b", "c"].map(|name| fact(name, None));
        assert_eq!(remembered(&anew, &unsampled, FUSE), [true, false, false]);
        let mut rounded = anew.clone();
        rounded[1].stamp.mtime -= 2 * SECOND;
        rounded[2].stamp.mtime -= 3 * SECOND;
        rounded[0].stamp = Stamp { inode: 7, ..rounded[0].stamp };
        assert_eq!(remembered(&rounded, &facts, FUSE), [true, true, false], "FAT keeps every other second");
        let longer = anew.map(|file| Found { stamp: Stamp { size: 8, inode: 7, ..file.stamp }, ..file });
        assert_eq!(remembered(&longer, &facts, FUSE), [false, false, false]);
    }

    #[test]
    fn a_sample_tells_whether_what_is_known_holds() {
        let open = || Cursor::new(b"picture");
        let of_it = sample(open(), 7).expect("readable");
        let file = found("a", 2);
        let known = |sample| fact("a", Some(sample));
        let same = look_into(open(), &file, Some(&known(of_it)), FUSE).expect("readable");
        assert!(same.header.is_none() && same.sample == Some(of_it));
        let another = look_into(open(), &file, Some(&known(of_it + 1)), FUSE).expect("readable");
        assert!(another.header.is_some() && another.sample == Some(of_it));
        let plain = look_into(open(), &file, None, Properties::default()).expect("readable");
        assert!(plain.header.is_some() && plain.sample.is_none());
    }
}
