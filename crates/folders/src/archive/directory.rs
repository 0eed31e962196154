//! The central directory of one zip: what it holds, told without reading any of it. Everything in it may be a lie.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil;
use jiff::tz::TimeZone;
use photobridge_core::folder::Kind;
use rawzip::time::{TimeZone as Zone, ZipDateTimeKind};
use rawzip::{
    CompressionMethod, ErrorKind, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipFileHeaderRecord, ZipLocator,
};
use sha1::{Digest, Sha1};

use super::naming;

/// Files of one zip; Google's have some thousands.
const MOST_FILES: usize = 1_000_000;

/// Bytes of a directory of so many files.
const LONGEST: u64 = 512 << 20;

/// Pictures and films are packed already: what would become so many times longer is none, once it is as long as this.
const MOST_TIMES: u64 = 200;
/// See [`MOST_TIMES`].
const SHORT: u64 = 64 << 20;

/// Bytes before each file's own that repeat what the directory says, and more.
const LOCAL_HEADER: u64 = 30;

/// A zip that is read at any place, by several at once.
#[derive(Debug, Clone)]
pub(super) struct At(pub(super) Arc<File>);

impl ReaderAt for At {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(&*self.0, buffer, offset)
    }
}

/// Why a file in a zip cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Encrypted,
    Method(CompressionMethod),
    Bomb { size: u64, packed: u64 },
    Overlaps,
    Cut,
    Twice,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => f.write_str(
                "it is encrypted in its archive. Unpack the archive with its password into a folder of photos",
            ),
            Self::Method(method) => write!(
                f,
                "it is packed in a way that is not supported ({}). Unpack its archive into a folder of photos",
                method.name().unwrap_or("an unknown one")
            ),
            Self::Bomb { size, packed } => {
                write!(f, "{packed} bytes of its archive claim to be {size}, which only files made to fill disks do")
            }
            Self::Overlaps => f.write_str("its archive gives the same bytes to several files"),
            Self::Cut => f.write_str("its bytes are not in its archive, which is damaged. Download the archive again"),
            Self::Twice => f.write_str("its archive has two files of this name. Unpack it into a folder of photos"),
        }
    }
}

/// A file in a zip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where its bytes are.
    pub(super) way: ZipArchiveEntryWayfinder,
    /// Where what is said before them begins: no two files have that in common.
    pub(super) begins: u64,
    pub(super) is_deflated: bool,
    pub(super) size: u64,
    pub(super) crc: u32,
    /// Nanoseconds since 1970; 0 is none.
    pub(super) mtime: i64,
    pub(super) kind: Kind,
    pub(super) flaw: Option<Flaw>,
}

/// What a zip holds.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) zip: ZipArchive<At>,
    /// Of all that the directory says.
    pub(super) digest: [u8; 20],
    pub(super) entries: Vec<(PathBuf, Entry)>,
    /// What can lie at no path, each with the reason.
    pub(super) refused: Vec<(String, &'static str)>,
}

/// Reads the directory of a zip of this length; why it cannot be read, in words for people.
pub(super) fn read(file: Arc<File>, length: u64) -> Result<Directory, String> {
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let zip = ZipLocator::new().locate_in_reader(At(file), &mut buffer, length).map_err(|(_, error)| words(&error))?;
    let (begins, ends) = (zip.directory_offset(), zip.eocd_offset());
    if ends.saturating_sub(begins) > LONGEST {
        return Err(TOO_MANY.into());
    }
    let (mut entries, mut refused, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    let mut listing = zip.entries(&mut buffer);
    while let Some(record) = listing.next_entry().map_err(|error| words(&error))? {
        if entries.len() + refused.len() >= MOST_FILES {
            return Err(TOO_MANY.into());
        }
        let bytes = record.file_path();
        let name = naming::text(bytes.as_bytes());
        if name.ends_with('/') || record.is_dir() {
            continue;
        }
        let entry = entry(&record, begins);
        let length = LOCAL_HEADER.saturating_add(record.compressed_size_hint());
        match naming::path(&name) {
            Ok(path) => {
                spans.push((entry.begins, entry.begins.saturating_add(length), entries.len()));
                entries.push((path, entry));
            }
            Err(why) => refused.push((name, why)),
        }
    }
    overlaps(spans, |at| {
        let flaw = &mut entries[at].1.flaw;
        *flaw = flaw.or(Some(Flaw::Overlaps));
    });
    let digest = digest(zip.get_ref(), begins, ends).map_err(|error| error.to_string())?;
    Ok(Directory { zip, digest, entries, refused })
}

const TOO_MANY: &str = "it claims to have more files than any archive of photos";

fn words(error: &rawzip::Error) -> String {
    match error.kind() {
        ErrorKind::IO(error) => error.to_string(),
        _ => "its end is not here, or damaged: it may still be on its way. If it is not, fetch it once more".into(),
    }
}

fn entry(record: &ZipFileHeaderRecord<'_>, directory: u64) -> Entry {
    const KINDS: u32 = 0o170_000;
    let (size, packed, begins) =
        (record.uncompressed_size_hint(), record.compressed_size_hint(), record.local_header_offset());
    let (flags, method) = (record.flags(), record.compression_method());
    let kind = match record.mode().value() & KINDS {
        0o100_000 | 0 => Kind::File,
        0o120_000 => Kind::Link,
        _ => Kind::Other,
    };
    let is_stored = method == CompressionMethod::STORE;
    let flaw = if flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked() {
        Some(Flaw::Encrypted)
    } else if !is_stored && method != CompressionMethod::DEFLATE {
        Some(Flaw::Method(method))
    } else if begins.saturating_add(LOCAL_HEADER).saturating_add(packed) > directory
        || (is_stored && size != packed)
        || (size == 0 && record.crc32() != 0)
    {
        Some(Flaw::Cut)
    } else if size > SHORT && size / MOST_TIMES > packed {
        Some(Flaw::Bomb { size, packed })
    } else {
        None
    };
    let (way, crc) = (record.wayfinder(), record.crc32());
    Entry { way, begins, is_deflated: !is_stored, size, crc, mtime: mtime(record.last_modified()), kind, flaw }
}

/// A time of a zip is UTC where the program that made it says so, else that of the wall, as unpacking it would take it.
fn mtime(time: ZipDateTimeKind) -> i64 {
    let small = |number: u8| i8::try_from(number).unwrap_or_default();
    let civil = civil::DateTime::new(
        i16::try_from(time.year()).unwrap_or_default(),
        small(time.month()),
        small(time.day()),
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
        i32::try_from(time.nanosecond()).unwrap_or_default(),
    );
    let zone = if time.timezone() == Zone::Utc { TimeZone::UTC } else { TimeZone::system() };
    let instant = civil.ok().and_then(|civil| civil.to_zoned(zone).ok()).map(|zoned| zoned.timestamp());
    instant.and_then(|instant| i64::try_from(instant.as_nanosecond()).ok()).unwrap_or_default()
}

/// Gives the files whose bytes begin before those of another end: a few bytes could stand for a thousand films.
fn overlaps(mut spans: Vec<(u64, u64, usize)>, mut each: impl FnMut(usize)) {
    spans.sort_unstable();
    let mut furthest: Option<(u64, usize)> = None;
    for (begins, ends, at) in spans {
        if let Some((end, before)) = furthest.filter(|(end, _)| *end > begins) {
            each(at);
            each(before);
            furthest = Some(if ends > end { (ends, at) } else { (end, before) });
        } else {
            furthest = Some((ends, at));
        }
    }
}

fn digest(zip: &At, from: u64, to: u64) -> io::Result<[u8; 20]> {
    let mut digest = Sha1::new();
    let mut piece = vec![0; 64 * 1024];
    let mut at = from;
    while at < to {
        let wanted = piece.len().min(usize::try_from(to - at).unwrap_or(usize::MAX));
        let read = zip.read_at(&mut piece[..wanted], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        digest.update(&piece[..read]);
        at += read as u64;
    }
    Ok(digest.finalize().into())
}
