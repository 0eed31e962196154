//! What in a file shows it: the picture that it is, or a smaller one that it carries.

pub(crate) mod tiles;

use std::io::{self, Read, Seek};

use crate::boxes;
use crate::bytes::{Bytes, FileBytes, Part};
use crate::found::Found;
use crate::turn::Turn;
use crate::{heif, jpeg, preview};
use tiles::Tiles;

/// A picture in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// How to decode it.
    pub coding: Coding,
    /// How to turn it afterwards.
    pub turn: Turn,
}

/// How a picture is coded, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coding {
    /// A JPEG of `length` bytes from `at`.
    Jpeg {
        /// Its first byte in the file.
        at: u64,
        /// How many bytes it has.
        length: u64,
    },
    /// HEVC, tile by tile.
    Hevc(Tiles),
    /// The file itself, in the format that its first bytes name: PNG, GIF, BMP, WebP, TIFF.
    Whole,
}

/// The pictures in a file of `size` bytes that may show it at `side` pixels, the one to try first in front: the smallest
/// of those that are large enough. Movies have none. Damage is no error, only a disk that does not answer is.
pub fn pictures(file: &mut (impl Read + Seek), size: u64, side: u32) -> io::Result<Vec<Picture>> {
    let mut bytes = FileBytes::new(file, size)?;
    let mut start = [0; 16];
    let there = bytes.get(0, start.len())?;
    start[..there.len()].copy_from_slice(there);
    let (top, _) = boxes::top(&mut bytes)?;
    match &start {
        [0xFF, 0xD8, ..] => {
            let turn = turn(&jpeg::read(&mut bytes)?);
            Ok(vec![Picture { coding: Coding::Jpeg { at: 0, length: size }, turn }])
        }
        [0x89, b'P', b'N', b'G', ..] | [b'R', b'I', b'F', b'F', ..] | [b'G', b'I', b'F', ..] | [b'B', b'M', ..] => {
            let turn = turn(&crate::read(&mut bytes)?);
            Ok(vec![Picture { coding: Coding::Whole, turn }])
        }
        [b'I', b'I', ..] | [b'M', b'M', ..] => in_tiff(&mut bytes, side),
        [b'F', b'U', b'J', b'I', ..] => in_fujifilm(&mut bytes),
        _ if heif::is_picture(&mut bytes, &top)? => tiles::pictures(&mut bytes, &top, side),
        _ => match preview::in_canon(&mut bytes, &top)? {
            Some(place) => {
                let turn = turn(&crate::read(&mut bytes)?);
                Ok(jpegs(&mut bytes, [place], turn)?.into_iter().map(|(picture, _)| picture).collect())
            }
            None => Ok(Vec::new()),
        },
    }
}

fn turn(found: &Found) -> Turn {
    found.exif.orientation.map_or_else(Turn::default, Turn::from_exif)
}

/// A JPEG in a raw file that is large enough; else the picture itself, which of a raw file is what its sensor saw and
/// will not decode; else a JPEG that is too small.
fn in_tiff(bytes: &mut impl Bytes, side: u32) -> io::Result<Vec<Picture>> {
    let turn = turn(&crate::read(bytes)?);
    let places = preview::in_tiff(bytes)?;
    let mut found = jpegs(bytes, places, turn)?;
    found.sort_by_key(|&(_, (width, height))| u64::from(width) * u64::from(height));
    let is_large = |(width, height): (u32, u32)| width.max(height) >= side;
    let small = found.iter().take_while(|(_, size)| !is_large(*size)).count();
    let large = found.split_off(small);
    let best = large.into_iter().next().map(|(picture, _)| picture);
    let rest = found.pop().map(|(picture, _)| picture);
    Ok(best.into_iter().chain([Picture { coding: Coding::Whole, turn }]).chain(rest).collect())
}

/// The preview of an RAF file, which is a JPEG as cameras write them, with an orientation of its own.
fn in_fujifilm(bytes: &mut impl Bytes) -> io::Result<Vec<Picture>> {
    let Some((at, length)) = preview::in_fujifilm(bytes)? else { return Ok(Vec::new()) };
    let turn = turn(&jpeg::read(&mut Part::new(bytes, at, length))?);
    Ok(jpegs(bytes, [(at, length)], turn)?.into_iter().map(|(picture, _)| picture).collect())
}

/// Those of the places where a JPEG lies indeed, with its size.
fn jpegs(
    bytes: &mut impl Bytes,
    places: impl IntoIterator<Item = (u64, u64)>,
    turn: Turn,
) -> io::Result<Vec<(Picture, (u32, u32))>> {
    let mut found = Vec::new();
    for (at, length) in places {
        let is_inside = at.checked_add(length).is_some_and(|end| end <= bytes.size());
        if is_inside && let Some(size) = jpeg::shown_size(&mut Part::new(bytes, at, length))? {
            found.push((Picture { coding: Coding::Jpeg { at, length }, turn }, size));
        }
    }
    Ok(found)
}
