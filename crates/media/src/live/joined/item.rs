//! A HEIC with a movie behind it. Its index grows by what is said of the movie, and the one that it had is kept as it was in
//! a free box behind that: so both files come out of the one byte by byte.

use std::io;

use super::words::{HEIC, Words};
use super::{Movie, Why};
use crate::boxes::{self, Place, boxed, longs, shorts};
use crate::bytes::Bytes;
use crate::found::{Behind, Found, Packet};
use crate::heif::{self, Table, Widths};
use crate::live::Made;
use crate::xmp;

/// The longest index of a picture; an iPhone's has some 30 KB.
const LONGEST_INDEX: u64 = 1024 * 1024;

/// Boxes that may stand in it: in others may be said where something lies.
const KNOWN: [&[u8; 4]; 5] = [b"ftyp", b"meta", b"mdat", b"free", b"skip"];

/// The name of the kind of item that holds XMP.
const XMP: &[u8] = b"application/rdf+xml\0";

/// The head of a box.
const HEAD: u64 = 8;

const STRANGE: Why = "its index has a form that is not known";

/// The picture with this movie behind it.
pub(super) fn joined(bytes: &mut impl Bytes, found: &Found, movie: &Movie) -> io::Result<Result<Made, Why>> {
    let size = bytes.size();
    let (top, too_short) = boxes::top(bytes)?;
    let are_known = top.iter().all(|place| KNOWN.contains(&&place.kind)) && !too_short;
    let metas: Vec<usize> = (0..top.len()).filter(|at| &top[*at].kind == b"meta").collect();
    let (&[meta], Some(last)) = (&metas[..], top.last()) else { return Ok(Err(STRANGE)) };
    let (start, end) = (start(&top, meta), top[meta].end);
    if !are_known || last.end != size || end - start > LONGEST_INDEX || start + HEAD != top[meta].at {
        return Ok(Err("something else stands in its file"));
    }
    let packet = found.packet(bytes)?.to_vec();
    if found.packet.is_some() && packet.is_empty() {
        return Ok(Err("what is written about it leaves no room for more"));
    }
    let words = Words { still: HEIC, padding: HEAD, movie: movie.size, moment: movie.moment };
    let packet = match words.added(&packet) {
        Ok((at, text)) => [&packet[..at], &text, &packet[at..]].concat(),
        Err(why) => return Ok(Err(why)),
    };
    let inside = boxes::meta_children(bytes, top[meta])?;
    let (items, references) = (heif::items(bytes, &inside)?, heif::references(bytes, &inside)?);
    let known = heif::words_of_the_picture(bytes, &inside, &items, &references)?;
    let (Some(primary), Some(last)) = (heif::primary(bytes, &inside)?, items.iter().map(|item| item.id).max()) else {
        return Ok(Err(STRANGE));
    };
    let raw = bytes.get(top[meta].at, (end - start - HEAD) as usize)?.to_vec();
    let said = Said { item: known.unwrap_or(last + 1), is_new: known.is_none(), primary, from: start, size };
    let (Some(index), Ok(length)) = (said.index(&raw, packet.len() as u64), u32::try_from(movie.size + HEAD)) else {
        return Ok(Err(STRANGE));
    };
    let mut made = Made::default();
    made.of(0..start);
    made.own(
        [boxed(b"meta", &[&index]), ((end - start + HEAD) as u32).to_be_bytes().to_vec(), b"free".to_vec()].concat(),
    );
    made.of(start..size);
    made.own([&boxed(b"mdat", &[&packet])[..], &length.to_be_bytes(), b"mpvd"].concat());
    made.of(size..size + movie.size);
    Ok(Ok(made))
}

/// Where a box at the top begins.
fn start(top: &[Place], at: usize) -> u64 {
    at.checked_sub(1).map_or(0, |before| top[before].end)
}

/// The words as an item.
struct Said {
    item: u32,
    is_new: bool,
    /// The picture that they describe.
    primary: u32,
    /// From where on everything lies further back in the new file.
    from: u64,
    /// The length of the old one.
    size: u64,
}

impl Said {
    /// The content of the new index, of the old one; nothing of one in which it cannot be said.
    fn index(&self, raw: &[u8], length: u64) -> Option<Vec<u8>> {
        let places = boxes::list(&mut &raw[..], 4, raw.len() as u64).ok()?;
        if places.last()?.end != raw.len() as u64 {
            return None;
        }
        let content = |place: &Place| &raw[place.at as usize..place.end as usize];
        let own = |kind: &[u8; 4]| boxes::find(&places, kind).map(|place| content(&place));
        let items = if self.is_new { self.listed(own(b"iinf")?)? } else { Vec::new() };
        let references = if self.is_new { self.described(own(b"iref"))? } else { Vec::new() };
        let begin = |number: usize| number.checked_sub(1).map_or(4, |before| places[before].end) as usize;
        let written = |at: u64, more: u64| {
            let mut written = raw[..4].to_vec();
            for (number, place) in places.iter().enumerate() {
                let is_first = boxes::find(&places, &place.kind) == Some(*place);
                written.extend(match &place.kind {
                    b"iinf" if self.is_new && is_first => boxed(b"iinf", &[&items]),
                    b"iref" if self.is_new && is_first => boxed(b"iref", &[&references]),
                    b"iloc" if is_first => boxed(b"iloc", &[&self.placed(content(place), more, (at, length))?]),
                    _ => raw[begin(number)..place.end as usize].to_vec(),
                });
            }
            if self.is_new && own(b"iref").is_none() {
                written.extend(boxed(b"iref", &[&references]));
            }
            Some(written)
        };
        // How long it gets does not depend on what it says.
        let more = written(self.size, 0)?.len() as u64 + 2 * HEAD;
        written(self.size + more + HEAD, more)
    }

    /// The list of items, and one more.
    fn listed(&self, raw: &[u8]) -> Option<Vec<u8>> {
        let item = u16::try_from(self.item).ok()?;
        let width = if raw.first()? == &0 { 2 } else { 4 };
        let entry = boxed(b"infe", &[&longs(&[0x0200_0001]), &shorts(&[item, 0]), b"mime\0", XMP]);
        Some([&counted(raw, 4, width)?[..], &entry].concat())
    }

    /// What items are to each other, and that this one describes the picture.
    fn described(&self, raw: Option<&[u8]>) -> Option<Vec<u8>> {
        let raw = raw.unwrap_or(&[0; 4]);
        let (item, primary) = (u16::try_from(self.item).ok()?, u16::try_from(self.primary).ok()?);
        let to = match raw.first()? {
            0 => shorts(&[item, 1, primary]),
            _ => [longs(&[self.item]), shorts(&[1]), longs(&[self.primary])].concat(),
        };
        Some([raw, &boxed(b"cdsc", &[&to])].concat())
    }

    /// The table of places where everything from a place on lies further back, and the words at a new one.
    fn placed(&self, raw: &[u8], more: u64, (at, length): (u64, u64)) -> Option<Vec<u8>> {
        let mut table = Table::new(raw);
        let Widths { version, offset_width, length_width, base_width, index_width, id_width } = table.widths()?;
        let (count_at, mut written) = (table.position(), raw.to_vec());
        for _ in 0..table.number(id_width)? {
            let item = table.number(id_width)?;
            let method = if version == 0 { 0 } else { table.number(2)? & 15 };
            let is_here = table.number(2)? == 0 && method == 0;
            let base = table.number(base_width)?;
            let count = table.number(2)?;
            let is_it = item == u64::from(self.item) && !self.is_new;
            if is_it && !(is_here && count == 1) {
                return None;
            }
            for _ in 0..count {
                table.number(index_width)?;
                let start = table.position();
                let (old, _) = (table.number(offset_width)?, table.number(length_width)?);
                let now = match base.checked_add(old)? {
                    _ if is_it => at.checked_sub(base)?,
                    place if is_here && place >= self.from => old.checked_add(more)?,
                    _ => continue,
                };
                put(&mut written, start, offset_width, now)?;
                if is_it {
                    put(&mut written, start + offset_width, length_width, length)?;
                }
            }
        }
        if self.is_new && table.position() == raw.len() {
            written = counted(&written, count_at, id_width)?;
            let zeros = |width: usize| vec![0; width];
            written.extend(number(self.item.into(), id_width)?);
            written.extend(zeros(if version == 0 { 2 } else { 4 } + base_width));
            written.extend([&[0, 1][..], &zeros(index_width)].concat());
            written.extend([number(at, offset_width)?, number(length, length_width)?].concat());
        } else if self.is_new {
            return None;
        }
        Some(written)
    }
}

/// A table with one more in its count.
fn counted(raw: &[u8], at: usize, width: usize) -> Option<Vec<u8>> {
    let mut written = raw.to_vec();
    let count = Table::new(raw.get(at..)?).number(width)?;
    put(&mut written, at, width, count + 1)?;
    Some(written)
}

/// Writes a number at a place, if it has room there.
fn put(written: &mut [u8], at: usize, width: usize, value: u64) -> Option<()> {
    written.get_mut(at..at + width)?.copy_from_slice(&number(value, width)?);
    Some(())
}

/// A number in so many bytes.
fn number(value: u64, width: usize) -> Option<Vec<u8>> {
    let raw = value.to_be_bytes();
    let unused = raw.len().checked_sub(width)?;
    raw[..unused].iter().all(|byte| *byte == 0).then(|| raw[unused..].to_vec())
}

/// The picture as it was, of a file that is made as above.
pub(super) fn parted(bytes: &mut impl Bytes, found: &Found, behind: &Behind) -> io::Result<Option<Made>> {
    let Some(Packet::At(packet, length)) = found.packet else { return Ok(None) };
    let (top, _) = boxes::top(bytes)?;
    let at = top.iter().position(|place| &place.kind == b"meta");
    let (Some(at), [.., data, movie]) = (at, &top[..]) else { return Ok(None) };
    let is_last = &movie.kind == b"mpvd" && behind.movie == (movie.at..movie.end) && movie.end == bytes.size();
    let is_packet = &data.kind == b"mdat" && (data.at, data.length()) == (packet, length as u64);
    let Some(kept) = top.get(at + 1).filter(|kept| &kept.kind == b"free" && is_last && is_packet) else {
        return Ok(None);
    };
    let is_index = boxes::list(bytes, kept.at, kept.end)?;
    let is_index = matches!(&is_index[..], [one] if &one.kind == b"meta" && one.end == kept.end);
    let said = Words::found(bytes.get(packet, length.min(xmp::LONGEST))?);
    let is_said = said.is_some_and(|(words, _)| words.still == HEIC && words.movie == movie.length());
    Ok((is_index && is_said).then(|| {
        let mut still = Made::default();
        still.of(0..start(&top, at));
        still.of(kept.at..start(&top, top.len() - 2));
        still
    }))
}
