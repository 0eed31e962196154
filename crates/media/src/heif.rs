//! HEIC, HEIF and AVIF: pictures as items, with EXIF and XMP as further items.

use std::collections::{HashMap, HashSet};
use std::io;

use crate::boxes::{self, Place, u16_at, u32_at};
use crate::bytes::Bytes;
use crate::found::Found;
use crate::{motion, movie};

/// Longest table of items that is read; an iPhone's picture of 50 tiles has some 4 KB.
const LONGEST_TABLE: usize = 1024 * 1024;

/// More items than any picture has.
const MOST_ITEMS: usize = 5000;

/// So many zeros at the end of a coded picture mean that its bytes never came.
const HOLLOW: u64 = 64;

/// Where an item's bytes, or some of them, lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) item: u32,
    pub(super) at: u64,
    pub(super) length: u64,
}

/// A thing in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) id: u32,
    /// Four letters: how it is coded.
    pub(super) kind: [u8; 4],
    is_xmp: bool,
}

/// What an item is to others.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) kind: [u8; 4],
    pub(super) from: u32,
    pub(super) to: Vec<u32>,
}

/// Whether the brands name a picture and not a movie.
pub(crate) fn is_picture(bytes: &mut impl Bytes, top: &[Place]) -> io::Result<bool> {
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
pub(crate) fn read(bytes: &mut impl Bytes, top: &[Place], too_short: bool) -> io::Result<Found> {
    let mut found = Found::default();
    let meta = boxes::find(top, b"meta").filter(|meta| meta.end <= bytes.size());
    let mut extents = Vec::new();
    if let Some(meta) = meta {
        let inside = boxes::meta_children(bytes, meta)?;
        extents = locations(bytes, &inside)?;
        metadata(bytes, &inside, &extents, &mut found)?;
        found.header.pixels = picture_size(bytes, &inside)?;
    }
    if found.header.pixels.is_none() {
        sequence(bytes, top, &mut found)?;
    }
    let beyond = extents.iter().any(|extent| extent.at + extent.length > bytes.size());
    let is_of_the_movie = meta.is_some() && motion::stands_last(top, bytes.size());
    if beyond || (too_short && !is_of_the_movie) {
        found.truncate("the file is shorter than its own boxes say");
    } else if meta.is_none() && !top.iter().any(|place| matches!(&place.kind, b"moov" | b"mini")) {
        found.truncate("the file ends before its picture begins");
    } else if let Some(meta) = meta
        && is_hollow(bytes, meta, &extents)?
    {
        found.truncate("its picture ends in nothing but zeros");
    }
    if too_short {
        found.truncate_movie("what the phone wrote behind the picture ends too early");
    }
    for (start, end) in motion::among(top, bytes.size()) {
        if let Some(why) = motion::lacks(bytes, start, end)? {
            found.truncate_movie(why);
        }
    }
    found.behind = motion::in_boxes(bytes, top)?;
    found.exif.pixels = None;
    Ok(found)
}

/// What a sequence of pictures, which is a movie, or a picture in the shortest form says of itself.
fn sequence(bytes: &mut impl Bytes, top: &[Place], found: &mut Found) -> io::Result<()> {
    if boxes::find(top, b"moov").is_some() {
        let movie = movie::read(bytes, top, false)?;
        found.header.pixels = movie.header.pixels;
        found.movie_header = movie.movie_header;
    } else if let Some(mini) = boxes::find(top, b"mini")
        && let Some([_, flags, s0, s1, s2, s3]) = bytes.array::<6>(mini.at)?
    {
        // One bit says how wide the two numbers behind it are; each is one less than what it stands for.
        let size = u32::from_be_bytes([s0, s1, s2, s3]);
        let (width, height) = match size >> 31 {
            0 => (size >> 24 & 0x7F, size >> 17 & 0x7F),
            _ => (size >> 16 & 0x7FFF, size >> 1 & 0x7FFF),
        };
        found.header.pixels = Some((width + 1, height + 1));
        found.header.orientation = Some((flags & 7) + 1);
    }
    Ok(())
}

/// Whether the coded picture that lies furthest back ends in zeros, as none does: its bytes never came.
fn is_hollow(bytes: &mut impl Bytes, meta: Place, extents: &[Extent]) -> io::Result<bool> {
    let inside = boxes::meta_children(bytes, meta)?;
    let is_coded = |item: &Item| matches!(&item.kind, b"hvc1" | b"av01" | b"avc1" | b"jpeg");
    let coded: HashSet<u32> = items(bytes, &inside)?.iter().filter(|item| is_coded(item)).map(|item| item.id).collect();
    let last = extents.iter().filter(|extent| coded.contains(&extent.item)).max_by_key(|extent| extent.at);
    let Some(last) = last.filter(|last| last.length >= HOLLOW) else { return Ok(false) };
    Ok(bytes.get(last.at + last.length - HOLLOW, HOLLOW as usize)?.iter().all(|&byte| byte == 0))
}

/// The content of a box inside `meta`, as much as a table may have.
fn table<'a>(bytes: &'a mut impl Bytes, inside: &[Place], kind: &[u8; 4]) -> io::Result<&'a [u8]> {
    let Some(place) = boxes::find(inside, kind) else { return Ok(&[]) };
    let length = usize::try_from(place.length()).unwrap_or(usize::MAX).min(LONGEST_TABLE);
    bytes.get(place.at, length)
}

/// `iinf`: the items.
pub(crate) fn items(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Vec<Item>> {
    let Some(list) = boxes::find(inside, b"iinf") else { return Ok(Vec::new()) };
    let counted = if bytes.get(list.at, 1)? == [0] { 2 } else { 4 };
    let mut items = Vec::new();
    for entry in boxes::list(bytes, list.at + 4 + counted, list.end)?.into_iter().take(MOST_ITEMS) {
        let raw = bytes.get(entry.at, usize::try_from(entry.length()).unwrap_or(usize::MAX).min(256))?;
        let (id, kind) = match raw.first() {
            Some(2) => (u16_at(raw, 4).map(u32::from), raw.get(8..)),
            Some(3) => (u32_at(raw, 4), raw.get(10..)),
            _ => continue,
        };
        if let (Some(id), Some((&kind, words))) = (id, kind.and_then(|kind| kind.split_first_chunk())) {
            let is_xmp = &kind == b"mime" && memchr::memmem::find(words, b"application/rdf+xml").is_some();
            items.push(Item { id, kind, is_xmp });
        }
    }
    Ok(items)
}

/// Of the items that hold XMP the one that describes the picture: those of iPhones describe its depth and its gain map, too.
pub(crate) fn words_of_the_picture(
    bytes: &mut impl Bytes,
    inside: &[Place],
    items: &[Item],
    references: &[Reference],
) -> io::Result<Option<u32>> {
    let primary = primary(bytes, inside)?;
    let described = |item: &Item| {
        let own = references.iter().filter(|reference| &reference.kind == b"cdsc" && reference.from == item.id);
        own.flat_map(|reference| &reference.to).copied().collect::<Vec<_>>()
    };
    let with_words = || items.iter().filter(|item| item.is_xmp);
    let of_picture = with_words().find(|item| primary.is_some_and(|primary| described(item).contains(&primary)));
    Ok(of_picture.or_else(|| with_words().find(|item| described(item).is_empty())).map(|item| item.id))
}

/// Finds the EXIF and XMP items and reads them.
fn metadata(bytes: &mut impl Bytes, inside: &[Place], extents: &[Extent], found: &mut Found) -> io::Result<()> {
    let (items, references) = (items(bytes, inside)?, references(bytes, inside)?);
    let extent = |item: u32| extents.iter().find(|extent| extent.item == item).copied();
    let exif = items.iter().filter(|item| &item.kind == b"Exif").find_map(|item| extent(item.id));
    let xmp = words_of_the_picture(bytes, inside, &items, &references)?.and_then(extent);
    if let Some(extent) = exif
        && let Some(skip) = bytes.array::<4>(extent.at)?
    {
        // The block begins with how far into it the TIFF header lies; some writers leave that out.
        let skip = match &skip {
            b"MM\0\x2A" | b"II\x2A\0" | b"Exif" => 0,
            _ => 4 + u64::from(u32::from_be_bytes(skip)),
        };
        found.take_exif(bytes, extent.at.saturating_add(skip), extent.length.saturating_sub(skip))?;
    }
    match xmp {
        Some(extent) => found.take_xmp(bytes, extent.at, usize::try_from(extent.length).unwrap_or(usize::MAX)),
        None => Ok(()),
    }
}

/// `iloc`: where the items lie, in the file or in `idat`.
pub(crate) fn locations(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Vec<Extent>> {
    let data = boxes::find(inside, b"idat").map(|place| place.at);
    let raw = table(bytes, inside, b"iloc")?;
    let mut extents = Vec::new();
    let mut table = Table::new(raw);
    // Where the table ends early, what was read of it still counts.
    _ = table.extents(data, &mut extents);
    Ok(extents)
}

/// `pitm`: the item that the file shows.
pub(crate) fn primary(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Option<u32>> {
    Ok(match table(bytes, inside, b"pitm")? {
        [0, _, _, _, rest @ ..] => u16_at(rest, 0).map(u32::from),
        [_, _, _, _, rest @ ..] => u32_at(rest, 0),
        _ => None,
    })
}

/// `iref`: what the items are to each other.
pub(crate) fn references(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Vec<Reference>> {
    let mut table = Table::new(table(bytes, inside, b"iref")?);
    let mut references = Vec::new();
    // Where the table ends early, what was read of it still counts.
    _ = table.references(&mut references);
    Ok(references)
}

/// What is known of the items: their sizes, how they are turned, how to decode them.
#[derive(Debug, Default)]
pub(super) struct Properties {
    list: Vec<Place>,
    of: HashMap<u32, Vec<usize>>,
}

impl Properties {
    /// All of them, whatever has them.
    pub(super) fn all(&self) -> impl Iterator<Item = Place> {
        self.list.iter().copied()
    }

    /// The properties of an item, in the order in which they apply.
    pub(super) fn of(&self, item: u32) -> impl Iterator<Item = Place> {
        let numbers = self.of.get(&item).into_iter().flatten();
        numbers.filter_map(|number| self.list.get(number.checked_sub(1)?).copied())
    }
}

/// `ipma` and `ipco`: the properties.
pub(crate) fn properties(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Properties> {
    let mut properties = Properties::default();
    let Some(place) = boxes::find(inside, b"iprp") else { return Ok(properties) };
    let inside = boxes::children(bytes, place)?;
    let Some(container) = boxes::find(&inside, b"ipco") else { return Ok(properties) };
    properties.list = boxes::children(bytes, container)?;
    let mut table = Table::new(table(bytes, &inside, b"ipma")?);
    _ = table.associations(&mut properties.of);
    Ok(properties)
}

/// The size (`ispe`) among the properties of an item.
pub(crate) fn size(
    bytes: &mut impl Bytes,
    mut properties: impl Iterator<Item = Place>,
) -> io::Result<Option<(u32, u32)>> {
    let Some(place) = properties.find(|place| &place.kind == b"ispe") else { return Ok(None) };
    let raw = bytes.get(place.at, 12)?;
    let size = u32_at(raw, 4).zip(u32_at(raw, 8));
    Ok(size.filter(|size| size.0 > 0 && size.1 > 0))
}

/// What is to be seen of a picture of this size, by the clean aperture (`clap`) among its properties (ISO 14496-12, 12.1.4):
/// its width and height, and how far its middle lies from that of the picture, as fractions. None where that is all, or
/// makes no sense.
pub(crate) fn aperture(
    bytes: &mut impl Bytes,
    mut properties: impl Iterator<Item = Place>,
    (width, height): (u32, u32),
) -> io::Result<Option<[u32; 4]>> {
    let Some(place) = properties.find(|place| &place.kind == b"clap") else { return Ok(None) };
    let raw = bytes.get(place.at, 32)?;
    let number = |at: usize| Some(f64::from(u32_at(raw, at)?)).filter(|number| *number > 0.0);
    let signed = |at: usize| Some(f64::from(u32_at(raw, at)?.cast_signed()));
    let side = |at: usize, whole: u32| {
        let (length, middle) = (number(at)? / number(at + 4)?, signed(at + 16)? / number(at + 20)?);
        let start = (f64::from(whole) - length) / 2.0 + middle;
        let is_inside = start > -1.0 && length >= 1.0 && start + length < f64::from(whole) + 1.0;
        let (start, length) = (start.round().max(0.0) as u32, length.round() as u32);
        is_inside.then_some((start, length.min(whole - start.min(whole))))
    };
    let sides = side(0, width).zip(side(8, height));
    let is_less = |[.., across, down]: &[u32; 4]| (*across, *down) != (width, height) && *across > 0 && *down > 0;
    Ok(sides.map(|((left, across), (top, down))| [left, top, across, down]).filter(is_less))
}

/// The size of what the file shows.
fn picture_size(bytes: &mut impl Bytes, inside: &[Place]) -> io::Result<Option<(u32, u32)>> {
    let Some(primary) = primary(bytes, inside)? else { return Ok(None) };
    let properties = properties(bytes, inside)?;
    size(bytes, properties.of(primary))
}

/// How many bytes each number of a table of places has, and the version that says what else is in it.
pub(super) struct Widths {
    pub(super) version: u64,
    pub(super) offset_width: usize,
    pub(super) length_width: usize,
    pub(super) base_width: usize,
    pub(super) index_width: usize,
    pub(super) id_width: usize,
}

/// A table of numbers of several widths.
pub(super) struct Table<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Table<'a> {
    /// A table in these bytes.
    pub(super) fn new(raw: &'a [u8]) -> Self {
        Self { raw, at: 0 }
    }

    /// How many bytes were taken.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next so many bytes.
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let raw = self.raw.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(raw)
    }

    /// The next big-endian number of `width` bytes, zero for none.
    pub(super) fn number(&mut self, width: usize) -> Option<u64> {
        Some(self.take(width)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The beginning of a table of places: how wide each of its numbers is.
    pub(super) fn widths(&mut self) -> Option<Widths> {
        let version = self.number(1)?;
        self.number(3)?;
        let widths = self.number(2)? as usize;
        Some(Widths {
            version,
            offset_width: widths >> 12,
            length_width: widths >> 8 & 15,
            base_width: widths >> 4 & 15,
            index_width: if version == 0 { 0 } else { widths & 15 },
            id_width: if version < 2 { 2 } else { 4 },
        })
    }

    fn extents(&mut self, data: Option<u64>, extents: &mut Vec<Extent>) -> Option<()> {
        let Widths { version, offset_width, length_width, base_width, index_width, id_width } = self.widths()?;
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

    fn associations(&mut self, of: &mut HashMap<u32, Vec<usize>>) -> Option<()> {
        let version = self.number(1)?;
        let wide = self.number(3)? & 1 == 1;
        for _ in 0..self.number(4)?.min(MOST_ITEMS as u64) {
            let item = self.number(if version == 0 { 2 } else { 4 })?;
            let count = self.number(1)?;
            let mut numbers = Vec::new();
            for _ in 0..count {
                // The first bit says whether a reader must understand the property.
                let number = if wide { self.number(2)? & 0x7FFF } else { self.number(1)? & 0x7F };
                numbers.push(number as usize);
            }
            of.entry(item as u32).or_insert(numbers);
        }
        Some(())
    }

    fn references(&mut self, references: &mut Vec<Reference>) -> Option<()> {
        let width = if self.number(4)? >> 24 == 0 { 2 } else { 4 };
        while references.len() < MOST_ITEMS {
            self.number(4)?;
            let kind = (self.number(4)? as u32).to_be_bytes();
            let from = self.number(width)? as u32;
            let count = self.number(2)?;
            let to = (0..count).map(|_| self.number(width).map(|item| item as u32)).collect::<Option<_>>()?;
            references.push(Reference { kind, from, to });
        }
        None
    }
}
