//! PNG: a list of chunks that ends with `IEND`.

use std::io;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::bytes::{Bytes, Part};
use crate::found::Found;
use crate::{iptc, xmp};

/// Chunks looked at one by one; a longer list is believed to go on as it began.
const MOST_CHUNKS: usize = 20_000;

/// The last chunk is empty and always the same.
const LAST: [u8; 12] = *b"\0\0\0\0IEND\xAE\x42\x60\x82";

/// How far from the end chunks behind the picture are looked for: going through the picture's own to get there would mean
/// to read all over the file.
const TAIL: u64 = 64 * 1024;

/// Chunks behind the picture, and places that look like the first of them.
const MOST_BEHIND: usize = 64;

/// Texts of one file that are unpacked, and how long each may be.
const MOST_TEXTS: usize = 8;
const LONGEST_TEXT: usize = xmp::LONGEST;

/// The longest keyword that matters here, with its NUL.
const LONGEST_KEYWORD: usize = 24;

/// Under these keywords programs put what other formats have a place for, as digits.
const PROFILE: &str = "Raw profile type ";

/// What stands in front of XMP in such a profile, as it does in a JPEG.
const XMP_IN_JPEG: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Reads a PNG file.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    let mut texts = Texts { left: MOST_TEXTS, xmp: None };
    let mut at = 8;
    let size = bytes.size();
    let complete = bytes.array::<12>(size.saturating_sub(12))? == Some(LAST);
    for _ in 0..MOST_CHUNKS {
        let Some([l0, l1, l2, l3, kind @ ..]) = bytes.array::<8>(at)? else {
            found.header.truncated = (!complete).then(|| "the picture ends before its last chunk".into());
            break;
        };
        let length = u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
        let content = at + 8;
        match &kind {
            b"IHDR" => {
                if let Some([w0, w1, w2, w3, h0, h1, h2, h3]) = bytes.array::<8>(content)? {
                    let size = (u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3]));
                    found.header.pixels = (size.0 > 0 && size.1 > 0).then_some(size);
                }
            }
            // If the end is where it belongs, only words may follow the picture data.
            b"IDAT" if complete => {
                if found.exif.captured().is_none() && texts.xmp.is_none() {
                    behind(bytes, at, &mut texts, &mut found)?;
                }
                break;
            }
            b"IEND" => {
                // Four bytes follow that check the name.
                if content + 4 > size {
                    found.truncate("the picture ends before its last chunk does");
                }
                break;
            }
            // A copy that was given its full length before its bytes came.
            [0, 0, 0, 0] if length == 0 => {
                found.truncate("the picture ends before its last chunk");
                break;
            }
            // Something else follows the picture, or it is no PNG from here on: nothing can be said about its end.
            kind if !kind.iter().all(u8::is_ascii_alphabetic) => break,
            kind => texts.chunk(bytes, kind, (content, length), &mut found)?,
        }
        at = content + length + 4;
    }
    match texts.xmp {
        Some(Xmp::At(at, length)) => found.take_xmp(bytes, at, length)?,
        Some(Xmp::Unpacked(packet)) => found.take_unpacked_xmp(packet),
        None => {}
    }
    found.exif.pixels = None;
    Ok(found)
}

/// Looks for chunks behind the picture, which begins at `start`: from the end, since those lead there.
fn behind(bytes: &mut impl Bytes, start: u64, texts: &mut Texts, found: &mut Found) -> io::Result<()> {
    let from = bytes.size().saturating_sub(TAIL).max(start);
    let tail = bytes.get(from, TAIL as usize)?.to_vec();
    let is_text = |place: &usize| matches!(&tail[place + 4..place + 8], b"eXIf" | b"iTXt" | b"zTXt" | b"tEXt");
    let mut places = (0..tail.len().saturating_sub(8)).filter(is_text).take(MOST_BEHIND);
    let Some(chunks) = places.find_map(|place| chunks_to_the_end(&tail, place)) else { return Ok(()) };
    for (kind, place, length) in chunks {
        texts.chunk(bytes, &kind, (from + place as u64, length as u64), found)?;
    }
    Ok(())
}

/// The chunks from a place in the last bytes of a file, each with its content, if they lead to its end.
fn chunks_to_the_end(tail: &[u8], mut at: usize) -> Option<Vec<([u8; 4], usize, usize)>> {
    let mut chunks = Vec::new();
    while chunks.len() < MOST_BEHIND {
        let [l0, l1, l2, l3, kind @ ..] = *tail.get(at..)?.first_chunk::<8>()?;
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        chunks.push((kind, at + 8, length));
        at = at.checked_add(length)?.checked_add(12)?;
        if at == tail.len() {
            return Some(chunks);
        }
    }
    None
}

/// Where an XMP packet is.
enum Xmp {
    At(u64, usize),
    Unpacked(Vec<u8>),
}

/// The words of a file, chunk by chunk.
struct Texts {
    left: usize,
    xmp: Option<Xmp>,
}

impl Texts {
    /// Takes what a chunk says, if it is of a kind that says something.
    fn chunk(
        &mut self,
        bytes: &mut impl Bytes,
        kind: &[u8; 4],
        (content, length): (u64, u64),
        found: &mut Found,
    ) -> io::Result<()> {
        match kind {
            b"eXIf" => found.take_exif(bytes, content, length),
            b"iTXt" | b"zTXt" | b"tEXt" if self.left > 0 => self.text(bytes, kind, (content, length), found),
            _ => Ok(()),
        }
    }

    fn text(
        &mut self,
        bytes: &mut impl Bytes,
        kind: &[u8; 4],
        (content, length): (u64, u64),
        found: &mut Found,
    ) -> io::Result<()> {
        let mut part = Part::new(bytes, content, length);
        let start = part.get(0, LONGEST_KEYWORD)?;
        let Some(keyword) = start.split(|&byte| byte == 0).next().filter(|keyword| keyword.len() < start.len()) else {
            return Ok(());
        };
        let is_xmp = keyword == b"XML:com.adobe.xmp";
        if !is_xmp && !keyword.starts_with(PROFILE.as_bytes()) {
            return Ok(());
        }
        let (keyword, mut at) = (String::from_utf8_lossy(keyword).into_owned(), keyword.len() as u64 + 1);
        self.left -= 1;
        let is_packed = match kind {
            b"zTXt" => {
                at += 1;
                true
            }
            b"iTXt" => {
                let Some([packed, _]) = part.array::<2>(at)? else { return Ok(()) };
                // A language, and the keyword in that language, each with its NUL.
                let words = part.get(at + 2, LONGEST_KEYWORD * 4)?;
                let Some((end, _)) = words.iter().enumerate().filter(|(_, byte)| **byte == 0).nth(1) else {
                    return Ok(());
                };
                at += 2 + end as u64 + 1;
                packed != 0
            }
            _ => false,
        };
        let rest = usize::try_from(length.saturating_sub(at)).unwrap_or(usize::MAX);
        if is_xmp && !is_packed {
            self.xmp = Some(Xmp::At(content + at, rest));
            return Ok(());
        }
        let raw = part.get(at, rest)?;
        let text = match is_packed {
            // What was unpacked of a damaged one still counts.
            true => decompress_to_vec_zlib_with_limit(raw, LONGEST_TEXT).unwrap_or_else(|error| error.output),
            false => raw[..raw.len().min(LONGEST_TEXT)].to_vec(),
        };
        if is_xmp {
            self.xmp = Some(Xmp::Unpacked(text));
        } else if let Some(profile) = from_digits(&text) {
            self.profile(&keyword[PROFILE.len()..], &profile, found)?;
        }
        Ok(())
    }

    /// Takes a profile of this kind.
    fn profile(&mut self, kind: &str, mut profile: &[u8], found: &mut Found) -> io::Result<()> {
        let length = profile.len() as u64;
        match (kind, profile.strip_prefix(XMP_IN_JPEG)) {
            ("exif" | "APP1", None) => found.take_exif(&mut profile, 0, length)?,
            ("exif" | "APP1", Some(packet)) => self.xmp = Some(Xmp::Unpacked(packet.to_vec())),
            ("xmp", _) => self.xmp = Some(Xmp::Unpacked(profile.to_vec())),
            ("iptc", _) => {
                let records = iptc::in_photoshop(&mut profile, 0, length)?;
                found.iptc = records.or(iptc::captured(&mut profile, 0, length)?);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The bytes of a profile: its name and its length on lines of their own, then two digits for each byte.
fn from_digits(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.trim_ascii_start().splitn(3, |&byte| byte == b'\n');
    let (_name, _length, digits) = (lines.next()?, lines.next()?, lines.next()?);
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let digits: Vec<u8> = digits.iter().filter_map(digit).collect();
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
