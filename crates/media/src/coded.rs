//! The coded picture alone: what is left of a file when all that is written about the picture is taken away.
//!
//! Programs that tag, rate or date a photo write its header anew and leave the picture as it was coded. Two files with one
//! digest show the same, bit for bit, and hold the same further pictures and movie. Whoever encodes again, crops or turns
//! the pixels makes another picture.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use sha1::{Digest, Sha1};

use crate::boxes::{self, Place};
use crate::bytes::{Bytes, FileBytes};
use crate::ciff;
use crate::heif::{self, Extent};
use crate::tiff::{Entry, Tiff, find};

/// Taken at once.
const BLOCK: usize = 256 * 1024;

/// Directories of a TIFF file that are looked at.
const MOST_DIRECTORIES: usize = 64;

/// Chunks of a PNG or WebP file, segments of a JPEG.
const MOST_PIECES: usize = 1_000_000;

/// What a directory of TIFF says of how its picture is coded: its measures, the depth, the compression, what the values
/// stand for, how many there are and how they lie.
const DECODING: [u16; 8] = [0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0115, 0x011C, 0x013D];

/// What a digest begins with, as the fingerprint of a file does: ledgers keep digests that were made so.
const PREFIX: &[u8] = b"com.apple.XattrObjectSalt\0com.apple.DataObjectSalt\0";

/// The identity of a picture as it is coded, whatever is written about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PictureDigest([u8; 20]);

impl PictureDigest {
    /// The form in which the ledger stores it.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The inverse of [`PictureDigest::as_bytes`].
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

/// The digest of the picture, or of the movie, in a file of `size` bytes; `None` where it cannot be told from the rest:
/// a format that is not taken apart, or a file that breaks off.
pub fn picture_digest(source: impl Read + Seek, size: u64) -> io::Result<Option<PictureDigest>> {
    let mut bytes = FileBytes::new(source, size)?;
    let mut start = [0; 16];
    let there = bytes.get(0, start.len())?;
    start[..there.len()].copy_from_slice(there);
    let mut coded = Coded { bytes: &mut bytes, hasher: Sha1::new_with_prefix(PREFIX) };
    let is_whole = match &start {
        [0xFF, 0xD8, ..] => coded.jpeg()?,
        [0x89, b'P', b'N', b'G', ..] => coded.png()?,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => coded.webp()?,
        [b'F', b'U', b'J', b'I', ..] => coded.fujifilm()?,
        [b'I', b'I', _, _, _, _, b'H', b'E', b'A', b'P', ..] => coded.canon()?,
        [b'I', b'I', ..] | [b'M', b'M', ..] => coded.tiff()?,
        _ => coded.boxed()?,
    };
    let digest = |hasher: Sha1| PictureDigest(hasher.finalize().into());
    Ok(is_whole.then_some(coded.hasher).map(digest))
}

/// What is taken of a file. Each reader says whether it found a picture and all of it.
struct Coded<'a, B> {
    bytes: &'a mut B,
    hasher: Sha1,
}

impl<B: Bytes> Coded<'_, B> {
    /// Takes a stretch; `false` where the file ends before it does.
    fn take(&mut self, mut at: u64, length: u64) -> io::Result<bool> {
        let Some(end) = at.checked_add(length).filter(|end| *end <= self.bytes.size()) else { return Ok(false) };
        while at < end {
            let block = self.bytes.get(at, usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK))?;
            if block.is_empty() {
                return Ok(false);
            }
            self.hasher.update(block);
            at += block.len() as u64;
        }
        Ok(true)
    }

    /// Takes a number, so that two pieces cannot pass for other two.
    fn note(&mut self, number: u64) {
        self.hasher.update(number.to_le_bytes());
    }

    /// Every segment but those with words (APPn, comments), the scans, and all that stands behind the picture: further
    /// pictures, a movie.
    fn jpeg(&mut self) -> io::Result<bool> {
        let mut at = 2;
        for _ in 0..MOST_PIECES {
            let (marker, length) = match self.bytes.array::<4>(at)? {
                Some([0xFF, 0xFF, ..]) => {
                    at += 1;
                    continue;
                }
                Some([0xFF, 0x01 | 0xD0..=0xD8, ..]) => {
                    at += 2;
                    continue;
                }
                Some([0xFF, marker, high, low]) => (marker, u64::from(u16::from_be_bytes([high, low]))),
                _ if self.bytes.array::<2>(at)? == Some([0xFF, 0xD9]) => (0xD9, 2),
                _ => return Ok(false),
            };
            if marker == 0xD9 {
                return self.take(at, self.bytes.size() - at);
            }
            // Adobe's says how the colours are coded.
            let is_adobe = marker == 0xEE && self.bytes.get(at + 4, 5)? == b"Adobe";
            let is_words = matches!(marker, 0xE0..=0xEF | 0xFE) && !is_adobe;
            if !is_words && !self.take(at, 2 + length)? {
                return Ok(false);
            }
            at += 2 + length;
            if marker == 0xDA {
                let Some(end) = self.scan_end(at)? else { return Ok(false) };
                if !self.take(at, end - at)? {
                    return Ok(false);
                }
                at = end;
            }
        }
        Ok(false)
    }

    /// Where a scan that begins here ends: at the first marker that does not belong into it.
    fn scan_end(&mut self, mut at: u64) -> io::Result<Option<u64>> {
        loop {
            let block = self.bytes.get(at, BLOCK)?;
            let ends = |found: &usize| !matches!(block[found + 1], 0x00 | 0xD0..=0xD7 | 0xFF);
            let last = block.len().saturating_sub(1);
            if let Some(found) = memchr::memchr_iter(0xFF, &block[..last]).find(ends) {
                return Ok(Some(at + found as u64));
            }
            if last == 0 {
                return Ok(None);
            }
            at += last as u64;
        }
    }

    /// The header, the palette, what is transparent, the picture and the frames of a moving one, however its chunks are
    /// cut.
    fn png(&mut self) -> io::Result<bool> {
        let mut at = 8;
        let mut before = [0; 4];
        for _ in 0..MOST_PIECES {
            let Some([l0, l1, l2, l3, kind @ ..]) = self.bytes.array::<8>(at)? else { return Ok(false) };
            let length = u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
            if matches!(&kind, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"acTL" | b"fcTL" | b"fdAT") {
                if kind != before {
                    self.hasher.update(kind);
                }
                before = kind;
                if !self.take(at + 8, length)? {
                    return Ok(false);
                }
            }
            if &kind == b"IEND" {
                return Ok(&before != b"\0\0\0\0");
            }
            at += 12 + length;
        }
        Ok(false)
    }

    fn webp(&mut self) -> io::Result<bool> {
        let (mut at, mut found) = (12, false);
        for _ in 0..MOST_PIECES {
            let Some([k0, k1, k2, k3, l0, l1, l2, l3]) = self.bytes.array::<8>(at)? else { return Ok(found) };
            let length = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
            if matches!(&[k0, k1, k2, k3], b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF") {
                found = true;
                if !self.take(at, 8 + length)? {
                    return Ok(false);
                }
            }
            at += 8 + length + (length & 1);
        }
        Ok(false)
    }

    /// What the sensor saw: behind the header and the preview, at the place that the header names.
    fn fujifilm(&mut self) -> io::Result<bool> {
        let Some(place) = self.bytes.array::<8>(100)? else { return Ok(false) };
        let [o0, o1, o2, o3, l0, l1, l2, l3] = place;
        let (at, length) = (u32::from_be_bytes([o0, o1, o2, o3]), u32::from_be_bytes([l0, l1, l2, l3]));
        Ok(length > 0 && self.take(at.into(), length.into())?)
    }

    /// What the sensor saw, in a CRW, wherever its directory has it now.
    fn canon(&mut self) -> io::Result<bool> {
        let places = ciff::picture(self.bytes)?;
        for (at, length) in &places {
            self.note(*length);
            if !self.take(*at, *length)? {
                return Ok(false);
            }
        }
        Ok(!places.is_empty())
    }

    /// The strips and tiles of every directory that is no smaller copy of another one.
    fn tiff(&mut self) -> io::Result<bool> {
        let mut found = Vec::new();
        {
            let Some((mut tiff, first)) = Tiff::open(self.bytes)? else { return Ok(false) };
            let (mut next, mut seen) = (Some(first), Vec::new());
            while let Some(at) = next.filter(|at| seen.len() < MOST_DIRECTORIES && !seen.contains(at)) {
                seen.push(at);
                let entries = tiff.entries(at)?;
                strips(&mut tiff, &entries, &mut found)?;
                for below in
                    find(&entries, 0x014A).map(|entry| tiff.sub_directories(&entry)).transpose()?.iter().flatten()
                {
                    let entries = tiff.entries(*below)?;
                    strips(&mut tiff, &entries, &mut found)?;
                }
                next = tiff.next(at)?;
            }
        }
        for Strips { decoding, places } in &found {
            decoding.iter().for_each(|number| self.note(*number));
            for (at, length) in places {
                // Panasonic's ends with the file, and its length is not told.
                let length = if *length == 0 { self.bytes.size().saturating_sub(*at) } else { *length };
                if !self.take(*at, length)? {
                    return Ok(false);
                }
            }
        }
        Ok(!found.is_empty())
    }

    /// Pictures as items, else a movie or Canon's raw file.
    fn boxed(&mut self) -> io::Result<bool> {
        let (top, _) = boxes::top(self.bytes)?;
        if heif::is_picture(self.bytes, &top)? && boxes::find(&top, b"meta").is_some() {
            return self.items(&top);
        }
        let movie = boxes::find(&top, b"moov").filter(|_| top.first().is_some_and(|first| boxes::is_top(first.kind)));
        let Some(movie) = movie else { return Ok(false) };
        Ok(self.all(top.iter().filter(|place| &place.kind == b"mdat"))? && self.played(movie)?)
    }

    /// Which of its samples each track of a movie plays, and for how long: a movie that was trimmed or slowed down may keep
    /// them all.
    fn played(&mut self, movie: Place) -> io::Result<bool> {
        for track in boxes::children(self.bytes, movie)?.into_iter().filter(|place| &place.kind == b"trak") {
            for path in [&[b"edts", b"elst"][..], &[b"mdia", b"minf", b"stbl", b"stts"]] {
                let Some(table) = self.inside(track, path)? else { continue };
                self.hasher.update(table.kind);
                // Behind its version, which only says how wide its numbers are.
                if !self.take(table.at + 4, table.length().saturating_sub(4))? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The box at the end of this path of kinds.
    fn inside(&mut self, mut place: Place, path: &[&[u8; 4]]) -> io::Result<Option<Place>> {
        for kind in path {
            match boxes::find(&boxes::children(self.bytes, place)?, kind) {
                Some(found) => place = found,
                None => return Ok(None),
            }
        }
        Ok(Some(place))
    }

    /// Everything in the file that is a picture, with what decodes it, and the movie of a motion photo. EXIF and XMP are
    /// items, too.
    fn items(&mut self, top: &[Place]) -> io::Result<bool> {
        let Some(meta) = boxes::find(top, b"meta").filter(|meta| meta.end <= self.bytes.size()) else {
            return Ok(false);
        };
        let inside = boxes::meta_children(self.bytes, meta)?;
        let primary = heif::primary(self.bytes, &inside)?;
        let properties = heif::properties(self.bytes, &inside)?;
        let mut extents: BTreeMap<u32, Vec<Extent>> = BTreeMap::new();
        for extent in heif::locations(self.bytes, &inside)? {
            extents.entry(extent.item).or_default().push(extent);
        }
        let mut items = heif::items(self.bytes, &inside)?;
        items.retain(|item| !matches!(&item.kind, b"Exif" | b"mime" | b"uri "));
        items.sort_by_key(|item| item.id);
        if !items.iter().any(|item| Some(item.id) == primary && extents.contains_key(&item.id)) {
            return Ok(false);
        }
        for item in items {
            self.hasher.update(item.kind);
            let decoding = |place: &Place| matches!(&place.kind, b"hvcC" | b"av1C" | b"jpgC" | b"ispe" | b"pixi");
            let told: Vec<Place> = properties.of(item.id).filter(decoding).collect();
            let data = extents.remove(&item.id).unwrap_or_default();
            let places = told.iter().map(|place| (place.at, place.length()));
            for (at, length) in places.chain(data.iter().map(|extent| (extent.at, extent.length))) {
                if !self.take(at, length)? {
                    return Ok(false);
                }
            }
        }
        let movies: Vec<&Place> = top.iter().filter(|place| &place.kind == b"mpvd").collect();
        Ok(movies.is_empty() || self.all(movies.into_iter())?)
    }

    /// The contents of these boxes; `false` where there is none.
    fn all<'p>(&mut self, places: impl Iterator<Item = &'p Place>) -> io::Result<bool> {
        let mut found = false;
        for place in places {
            found = true;
            if !self.take(place.at, place.length())? {
                return Ok(false);
            }
        }
        Ok(found)
    }
}

/// Where a picture lies in a TIFF file, and how it is coded.
struct Strips {
    decoding: Vec<u64>,
    places: Vec<(u64, u64)>,
}

fn strips<B: Bytes>(tiff: &mut Tiff<'_, B>, entries: &[Entry], found: &mut Vec<Strips>) -> io::Result<()> {
    let mut number = |tag: u16| match find(entries, tag) {
        Some(entry) => tiff.number(&entry, 0),
        None => Ok(None),
    };
    if number(0x00FE)?.is_some_and(|kind| kind & 1 == 1) {
        return Ok(());
    }
    let panasonic = number(0x0118)?;
    let mut decoding = Vec::new();
    for tag in DECODING {
        decoding.extend([u64::from(tag), number(tag)?.unwrap_or(u64::MAX)]);
    }
    let mut places = Vec::new();
    for (offsets, lengths) in [(0x0111, 0x0117), (0x0144, 0x0145)] {
        if let (Some(offsets), Some(lengths)) = (find(entries, offsets), find(entries, lengths)) {
            let (offsets, lengths) = (tiff.numbers(&offsets)?, tiff.numbers(&lengths)?);
            places.extend(offsets.into_iter().zip(lengths).filter(|(_, length)| *length > 0));
        }
    }
    if let Some(at) = panasonic.filter(|at| *at > 0 && *at < u64::from(u32::MAX)) {
        places = vec![(at, 0)];
    }
    if !places.is_empty() {
        found.push(Strips { decoding, places });
    }
    Ok(())
}
