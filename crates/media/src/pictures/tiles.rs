//! The pictures of HEIF files, cut into pieces that a decoder of HEVC takes one by one.
//!
//! A phone's picture is a grid of some fifty tiles, and most files carry a small picture beside it. Each piece can be
//! had as a HEIC file of its own: so whoever decodes holds one tile at a time, however large the picture is, and the
//! containers of the world are read here alone.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::boxes::{self, Place, boxed, longs, shorts};
use crate::bytes::Bytes;
use crate::heif::{self, Extent, Properties, Reference};
use crate::hevc::{self, Frame};
use crate::pictures::{Coding, Picture};
use crate::turn::Turn;

/// More tiles than a picture of 250 megapixels has.
const MOST_TILES: usize = 1024;

/// The longest coded piece, and the longest description of how to decode one.
const LONGEST_PIECE: u64 = 64 * 1024 * 1024;
const LONGEST_DESCRIPTION: u64 = 64 * 1024;

/// A picture coded as HEVC, in tiles of one size that lie in rows, or in a single one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    /// Width and height in pixels, before it is turned. The last tiles of rows and columns reach beyond.
    pub size: (u32, u32),
    /// What is to be seen of that (`clap`): how far from the left and the top it begins, and its width and height.
    pub aperture: Option<[u32; 4]>,
    /// Tiles in a row.
    pub columns: usize,
    tiles: Vec<Tile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tile {
    /// Boxes that say how to decode it; tiles of one picture share them.
    description: Arc<Description>,
    /// Where its bytes lie in the file.
    places: Vec<(u64, u64)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Description {
    boxes: Vec<u8>,
    count: u8,
    frame: Frame,
}

impl Tiles {
    /// How many there are, row after row.
    pub fn count(&self) -> usize {
        self.tiles.len()
    }

    /// The largest of them, as it is coded.
    pub fn largest(&self) -> Option<Frame> {
        self.tiles.iter().map(|tile| tile.description.frame).max_by_key(Frame::pixels)
    }

    /// A HEIC file of one tile. `file` is the one in which the tiles were found.
    pub fn heic(&self, file: &mut (impl Read + Seek), tile: usize) -> io::Result<Vec<u8>> {
        let Some(Tile { description, places }) = self.tiles.get(tile) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut data = Vec::new();
        for &(at, length) in places {
            file.seek(SeekFrom::Start(at))?;
            if file.by_ref().take(length).read_to_end(&mut data)? as u64 != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(description.around(&data))
    }
}

impl Description {
    /// Takes the boxes without which the item `properties` belong to cannot be decoded; its colours may be told by
    /// the one that it is a part or a smaller copy of.
    fn read(bytes: &mut impl Bytes, properties: &Properties, item: u32, whole: u32) -> io::Result<Option<Self>> {
        let own: Vec<Place> = properties.of(item).collect();
        let told = own.iter().any(|place| &place.kind == b"colr");
        let lent = properties.of(whole).filter(|place| !told && &place.kind == b"colr");
        let (mut boxes, mut count, mut frame) = (Vec::new(), 0, None);
        let wanted = |place: &Place| matches!(&place.kind, b"hvcC" | b"colr" | b"ispe");
        for place in own.iter().copied().filter(wanted).chain(lent).take(8) {
            if place.length() > LONGEST_DESCRIPTION {
                return Ok(None);
            }
            let content = bytes.get(place.at, place.length() as usize)?;
            boxes.extend(boxed(&place.kind, &[content]));
            count += 1;
            if &place.kind == b"hvcC" {
                // Of two, a decoder might take the other one.
                frame = match (hevc::largest(content), frame) {
                    (Some(told), None) => Some(told),
                    _ => return Ok(None),
                };
            }
        }
        Ok(frame.map(|frame| Self { boxes, count, frame }))
    }

    /// The smallest file that holds these coded bytes and nothing else.
    fn around(&self, data: &[u8]) -> Vec<u8> {
        let brands = boxed(b"ftyp", &[b"heic", &[0; 4], b"mif1heic"]);
        let association: Vec<u8> = (1..=self.count).map(|number| 0x80 | number).collect();
        let meta = |at: usize| {
            let item = boxed(b"infe", &[&longs(&[0x0200_0000]), &shorts(&[1, 0]), b"hvc1", &[0]]);
            let associations = [&longs(&[0, 1]), &shorts(&[1])[..], &[self.count], &association].concat();
            let place = [&shorts(&[1, 1, 0, 1])[..], &longs(&[at as u32, data.len() as u32])].concat();
            boxed(
                b"meta",
                &[
                    &[0; 4],
                    &boxed(b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
                    &boxed(b"pitm", &[&[0; 4], &shorts(&[1])]),
                    &boxed(b"iinf", &[&[0; 4], &shorts(&[1]), &item]),
                    &boxed(b"iprp", &[&boxed(b"ipco", &[&self.boxes]), &boxed(b"ipma", &[&associations])]),
                    &boxed(b"iloc", &[&[0, 0, 0, 0, 0x44, 0x00], &place]),
                ],
            )
        };
        let at = brands.len() + meta(0).len() + 8;
        [brands, meta(at), boxed(b"mdat", &[data])].concat()
    }
}

/// What a file says of its items.
struct Container {
    /// How many bytes the file has.
    size: u64,
    kinds: HashMap<u32, [u8; 4]>,
    extents: HashMap<u32, Vec<Extent>>,
    properties: Properties,
    references: Vec<Reference>,
}

/// The pictures of a file, its boxes at the top found already: first the small ones of at least `side` pixels, the
/// smallest in front, then the one that the file is about.
pub(crate) fn pictures(bytes: &mut impl Bytes, top: &[Place], side: u32) -> io::Result<Vec<Picture>> {
    let Some(meta) = boxes::find(top, b"meta").filter(|meta| meta.end <= bytes.size()) else { return Ok(Vec::new()) };
    let inside = boxes::meta_children(bytes, meta)?;
    let Some(primary) = heif::primary(bytes, &inside)? else { return Ok(Vec::new()) };
    let mut container = Container {
        size: bytes.size(),
        kinds: heif::items(bytes, &inside)?.into_iter().map(|item| (item.id, item.kind)).collect(),
        extents: HashMap::new(),
        properties: heif::properties(bytes, &inside)?,
        references: heif::references(bytes, &inside)?,
    };
    for extent in heif::locations(bytes, &inside)? {
        container.extents.entry(extent.item).or_default().push(extent);
    }
    let mut small = Vec::new();
    for item in container.related(b"thmb", |reference| reference.to.contains(&primary)).map(|thumb| thumb.from) {
        let size = heif::size(bytes, container.properties.of(item))?;
        small.extend(size.filter(|&(width, height)| width.max(height) >= side).map(|size| (size, item)));
    }
    small.sort_by_key(|&((width, height), _)| u64::from(width) * u64::from(height));
    let mut pictures = Vec::new();
    for item in small.into_iter().map(|(_, item)| item).take(1).chain([primary]) {
        pictures.extend(container.picture(bytes, item, primary)?);
    }
    Ok(pictures)
}

impl Container {
    fn related(&self, kind: &[u8; 4], matches: impl Fn(&Reference) -> bool) -> impl Iterator<Item = &Reference> {
        self.references.iter().filter(move |reference| &reference.kind == kind && matches(reference))
    }

    /// An item, if it is coded in a way that can be taken apart. What its colours mean may be told by the primary one, of
    /// which it is a smaller copy.
    fn picture(&self, bytes: &mut impl Bytes, item: u32, primary: u32) -> io::Result<Option<Picture>> {
        let coding = match self.kinds.get(&item) {
            Some(b"jpeg") => match self.places(item).as_deref() {
                Some(&[(at, length)]) => Some(Coding::Jpeg { at, length }),
                _ => None,
            },
            Some(b"hvc1") => self.single(bytes, item, primary)?.map(Coding::Hevc),
            Some(b"grid") => self.grid(bytes, item)?.map(Coding::Hevc),
            _ => None,
        };
        let coding = match coding {
            Some(Coding::Hevc(tiles)) => {
                let aperture = heif::aperture(bytes, self.properties.of(item), tiles.size)?;
                Some(Coding::Hevc(Tiles { aperture, ..tiles }))
            }
            coding => coding,
        };
        let turn = self.turn(bytes, item)?;
        Ok(coding.map(|coding| Picture { coding, turn }))
    }

    /// How an item is turned: `irot` to the left, `imir` from top to bottom or from left to right, in their order.
    fn turn(&self, bytes: &mut impl Bytes, item: u32) -> io::Result<Turn> {
        let mut turn = Turn::default();
        for place in self.properties.of(item) {
            let Some([value]) = bytes.array(place.at)? else { continue };
            turn = match (&place.kind, value & 3) {
                (b"irot", quarters) => turn.then_left(quarters),
                (b"imir", value) if value & 1 == 1 => turn.then_mirrored(),
                (b"imir", _) => turn.then_mirrored().then_left(2),
                _ => turn,
            };
        }
        Ok(turn)
    }

    /// Where the bytes of an item lie, if all of them are there and they are not absurdly many.
    fn places(&self, item: u32) -> Option<Vec<(u64, u64)>> {
        let places: Vec<_> = self.extents.get(&item)?.iter().map(|extent| (extent.at, extent.length)).collect();
        let is_inside = |&(at, length): &(u64, u64)| at.checked_add(length).is_some_and(|end| end <= self.size);
        let length = places.iter().try_fold(0_u64, |sum, &(_, length)| sum.checked_add(length))?;
        (length <= LONGEST_PIECE && places.iter().all(is_inside)).then_some(places)
    }

    fn single(&self, bytes: &mut impl Bytes, item: u32, primary: u32) -> io::Result<Option<Tiles>> {
        let size = heif::size(bytes, self.properties.of(item))?;
        let description = Description::read(bytes, &self.properties, item, primary)?;
        let (Some(size), Some(description), Some(places)) = (size, description, self.places(item)) else {
            return Ok(None);
        };
        let tiles = vec![Tile { description: Arc::new(description), places }];
        Ok(Some(Tiles { size, aperture: None, columns: 1, tiles }))
    }

    /// A grid: its own few bytes say how many tiles there are, the references which.
    fn grid(&self, bytes: &mut impl Bytes, item: u32) -> io::Result<Option<Tiles>> {
        let Some(&[(at, length)]) = self.places(item).as_deref() else { return Ok(None) };
        let raw = bytes.get(at, length.min(12) as usize)?;
        let size = match raw {
            [_, flags, _, _, w3, w2, w1, w0, h3, h2, h1, h0] if flags & 1 == 1 => {
                (u32::from_be_bytes([*w3, *w2, *w1, *w0]), u32::from_be_bytes([*h3, *h2, *h1, *h0]))
            }
            [_, _, _, _, w1, w0, h1, h0, ..] => {
                (u16::from_be_bytes([*w1, *w0]).into(), u16::from_be_bytes([*h1, *h0]).into())
            }
            _ => return Ok(None),
        };
        let (rows, columns) = (usize::from(raw[2]) + 1, usize::from(raw[3]) + 1);
        let parts = self.related(b"dimg", |reference| reference.from == item).next().map(|parts| &parts.to);
        let Some(parts) = parts.filter(|parts| parts.len() == rows * columns && parts.len() <= MOST_TILES) else {
            return Ok(None);
        };
        let mut tiles: Vec<Tile> = Vec::with_capacity(parts.len());
        let mut before: Option<(Vec<Place>, Arc<Description>)> = None;
        for &part in parts {
            let own: Vec<Place> = self.properties.of(part).collect();
            let description = match &before {
                Some((known, description)) if *known == own => Some(Arc::clone(description)),
                _ => Description::read(bytes, &self.properties, part, item)?.map(Arc::new),
            };
            let is_coded = self.kinds.get(&part) == Some(b"hvc1");
            let (true, Some(description), Some(places)) = (is_coded, description, self.places(part)) else {
                return Ok(None);
            };
            before = Some((own, Arc::clone(&description)));
            tiles.push(Tile { description, places });
        }
        Ok((size.0 > 0 && size.1 > 0).then_some(Tiles { size, aperture: None, columns, tiles }))
    }
}
