//! HEIC, HEIF and AVIF: pictures as items, with EXIF and XMP as further items.

use std::io;

use super::boxes::{self, Place, u16_at, u32_at};
use super::bytes::Bytes;
use super::found::Found;

/// Longest table of items that is read; an iPhone's picture of 50 tiles has some 4 KB.
const LONGEST_TABLE: usize = 1024 * 1024;

/// More items than any picture has.
const MOST_ITEMS: usize = 5000;

/// Where an item's bytes lie.
#[derive(Debug, Clone, Copy)]
struct Extent {
    item: u32,
    at: u64,
    length: u64,
}

/// Whether the brands name a picture and not a movie.
pub(super) fn is_picture(bytes: &mut impl Bytes, top: &[Place]) -> io::Result<bool> {
    let Some(brands) = boxes::find(top, b"ftyp") else { return Ok(false) };
    let length = usize::try_from(brands.length()).unwrap_or(usize::MAX).min(256);
    let picture = |brand: &[u8]| {
        matches!(
            brand,
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"avif" | b"avis" | b"jpeg"
        )
    };
    Ok(bytes.get(brands.at, length)?.chunks_exact(4).any(picture))
}

/// Reads a picture, its boxes at the top found already.
pub(super) fn read(bytes: &mut impl Bytes, top: &[Place], too_short: bool) -> io::Result<Found> {
    let mut found = Found::default();
    let meta = boxes::find(top, b"meta").filter(|meta| meta.end <= bytes.size());
    let mut extents = Vec::new();
    if let Some(meta) = meta {
        let inside = boxes::meta_children(bytes, meta)?;
        extents = locations(bytes, &inside)?;
        metadata(bytes, &inside, &extents, &mut found)?;
        found.header.pixels = picture_size(bytes, &inside)?;
    }
    let beyond = extents.iter().any(|extent| extent.at + extent.length > bytes.size());
    found.header.truncated = if too_short || beyond {
        Some("the file is shorter than its own boxes say".into())
    } else if meta.is_none() && boxes::find(top, b"moov").is_none() {
        Some("the file ends before its picture begins".into())
    } else {
        None
    };
    found.exif.pixels = None;
    Ok(found)
}

/// The content of a box inside `meta`, as much as a table may have.
fn table<'a>(bytes: &'a mut impl Bytes, inside: &[Place], kind: &[u8; 4]) -> io::Result<&'a [u8]> {
    let Some(place) = boxes::find(inside, kind) else { return Ok(&[]) };
    let length = usize::try_from(place.length()).unwrap_or(usize::MAX).min(LONGEST_TABLE);
    bytes.get(place.at, length)
}

/// `iinf`: finds the EXIF and XMP items and reads them.
fn metadata(bytes: &mut impl Bytes, inside: &[Place], extents: &[Extent], found: &mut Found) -> io::Result<()> {
    let Some(list) = boxes::find(inside, b"iinf") else { return Ok(()) };
    let counted = if bytes.get(list.at, 1)? == [0] { 2 } else { 4 };
    let (mut exif, mut xmp) = (None, None);
    for entry in boxes::list(bytes, list.at + 4 + counted, list.end)?.into_iter().take(MOST_ITEMS) {
        let raw = bytes.get(entry.at, usize::try_from(entry.length()).unwrap_or(usize::MAX).min(256))?;
        let (id, kind) = match raw.first() {
            Some(2) => (u16_at(raw, 4).map(u32::from), raw.get(8..)),
            Some(3) => (u32_at(raw, 4), raw.get(10..)),
            _ => continue,
        };
        let (Some(id), Some(kind)) = (id, kind) else { continue };
        let extent = || extents.iter().find(|extent| extent.item == id).copied();
        if kind.starts_with(b"Exif") {
            exif = exif.or_else(extent);
        } else if kind.starts_with(b"mime") && memchr::memmem::find(kind, b"application/rdf+xml").is_some() {
            xmp = xmp.or_else(extent);
        }
    }
    if let Some(extent) = exif
        && let Some(skip) = bytes.array::<4>(extent.at)?
    {
        // The block begins with how far into it the TIFF header lies.
        let skip = 4 + u64::from(u32::from_be_bytes(skip));
        found.take_exif(bytes, extent.at.saturating_add(skip), extent.length.saturating_sub(skip))?;
    }
    match xmp {
        Some(extent) => found.take_xmp(bytes, extent.at, usize::try_from(extent.length).unwrap_or(usize::MAX)),
        None => Ok(()),
    }
}

/// `iloc`: where the items lie, in the file or in `idat`.
fn locations(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Vec<Extent>> {
    let data = boxes::find(inside, b"idat").map(|place| place.at);
    let raw = table(bytes, inside, b"iloc")?;
    let mut extents = Vec::new();
    let mut table = Table { raw, at: 0 };
    // Where the table ends early, what was read of it still counts.
    _ = table.extents(data, &mut extents);
    Ok(extents)
}

/// `pitm`, `ipma` and `ipco`: the size (`ispe`) that belongs to the primary item.
fn picture_size(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Option<(u32, u32)>> {
    let primary = match table(bytes, inside, b"pitm")? {
        [0, _, _, _, rest @ ..] => u16_at(rest, 0).map(u32::from),
        [_, _, _, _, rest @ ..] => u32_at(rest, 0),
        _ => None,
    };
    let Some(properties) = boxes::find(inside, b"iprp") else { return Ok(None) };
    let properties = boxes::children(bytes, properties)?;
    let Some(container) = boxes::find(&properties, b"ipco") else { return Ok(None) };
    let list = boxes::children(bytes, container)?;
    let associations = table(bytes, &properties, b"ipma")?;
    let numbers = primary.map(|primary| properties_of(associations, primary)).unwrap_or_default();
    for number in numbers {
        let Some(place) = number.checked_sub(1).and_then(|place| list.get(place)) else { continue };
        if &place.kind == b"ispe" {
            let raw = bytes.get(place.at, 12)?;
            let size = u32_at(raw, 4).zip(u32_at(raw, 8));
            return Ok(size.filter(|size| size.0 > 0 && size.1 > 0));
        }
    }
    Ok(None)
}

/// The numbers of the properties of an item.
fn properties_of(associations: &[u8], item: u32) -> Vec<usize> {
    let mut table = Table { raw: associations, at: 0 };
    table.properties_of(item).unwrap_or_default()
}

/// A table of numbers of several widths.
struct Table<'a> {
    raw: &'a [u8],
    at: usize,
}

impl Table<'_> {
    /// The next big-endian number of `width` bytes, zero for none.
    fn number(&mut self, width: usize) -> Option<u64> {
        let raw = self.raw.get(self.at..self.at.checked_add(width)?)?;
        self.at += width;
        Some(raw.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn extents(&mut self, data: Option<u64>, extents: &mut Vec<Extent>) -> Option<()> {
        let version = self.number(1)?;
        self.number(3)?;
        let widths = self.number(2)? as usize;
        let (offset_width, length_width, base_width) = (widths >> 12, widths >> 8 & 15, widths >> 4 & 15);
        let index_width = if version == 0 { 0 } else { widths & 15 };
        let id_width = if version < 2 { 2 } else { 4 };
        let items = self.number(id_width)?;
        for _ in 0..items.min(MOST_ITEMS as u64) {
            let item = self.number(id_width)? as u32;
            let method = if version == 0 { 0 } else { self.number(2)? & 15 };
            // Other than zero where the bytes are in another file.
            let elsewhere = self.number(2)? != 0;
            let base = self.number(base_width)?;
            for _ in 0..self.number(2)? {
                self.number(index_width)?;
                let offset = self.number(offset_width)?;
                let length = self.number(length_width)?;
                let start = match method {
                    0 if !elsewhere => Some(0),
                    1 => data,
                    _ => None,
                };
                let at = start.and_then(|start| start.checked_add(base)?.checked_add(offset));
                if let Some(at) = at.filter(|at| at.checked_add(length).is_some()) {
                    extents.push(Extent { item, at, length });
                }
                if extents.len() >= MOST_ITEMS || offset_width + length_width == 0 {
                    return None;
                }
            }
        }
        Some(())
    }

    fn properties_of(&mut self, wanted: u32) -> Option<Vec<usize>> {
        let version = self.number(1)?;
        let wide = self.number(3)? & 1 == 1;
        for _ in 0..self.number(4)? {
            let item = self.number(if version == 0 { 2 } else { 4 })?;
            let count = self.number(1)?;
            let mut numbers = Vec::new();
            for _ in 0..count {
                // The first bit says whether a reader must understand the property.
                let number = if wide { self.number(2)? & 0x7FFF } else { self.number(1)? & 0x7F };
                numbers.push(number as usize);
            }
            if item == u64::from(wanted) {
                return Some(numbers);
            }
        }
        None
    }
}
