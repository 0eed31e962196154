//! GIF: blocks of pictures and extensions, up to a trailer.

use std::io;

use crate::bytes::Bytes;
use crate::found::Found;
use crate::xmp;

/// How far the blocks are followed; what is longer is believed to go on as it began.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Steps from block to block: those of a file of [`MOST_BYTES`] in the full blocks that encoders write, four times over.
/// A file of the smallest blocks would have many millions.
const MOST_STEPS: usize = 1_000_000;

const EXTENSION: u8 = 0x21;
const XMP: &[u8] = b"\x21\xFF\x0BXMP DataXMP";
const PICTURE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;

/// So many zeros at the end of a file mean that its bytes never came.
const HOLLOW: usize = 64;

/// How a walk over the blocks ended.
enum End {
    Trailer,
    /// The file ends first.
    Missing,
    /// Something else than GIF, or too much of it.
    Unknown,
    /// The same, or the trailer, before any picture.
    NoPicture,
}

/// Reads a GIF file.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    if let Some([w0, w1, h0, h1]) = bytes.array::<4>(6)? {
        let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
        found.header.pixels = (width > 0 && height > 0).then_some((width.into(), height.into()));
    }
    // The last byte alone proves nothing: one cut file in 256 ends with the trailer's value by chance. A rare writer
    // leaves the trailer out; such a file looks like an animation cut between two frames, so it is not believed.
    let mut xmp = None;
    let is_cut = match walk(bytes, &mut xmp)? {
        End::Trailer => false,
        End::Missing => true,
        End::Unknown => is_hollow(bytes)?,
        End::NoPicture if is_hollow(bytes)? => true,
        // A text about GIFs can begin as they do.
        End::NoPicture => return Ok(Found::no_photo()),
    };
    if is_cut {
        found.truncate("the picture ends before its trailer");
    }
    if let Some(at) = xmp {
        // The packet stands there as it is, with no lengths between.
        let rest = usize::try_from(bytes.size() - at).unwrap_or(usize::MAX);
        found.take_xmp(bytes, at, rest.min(xmp::LONGEST))?;
    }
    Ok(found)
}

fn is_hollow(bytes: &mut impl Bytes) -> io::Result<bool> {
    let last = bytes.size().saturating_sub(HOLLOW as u64);
    Ok(bytes.get(last, HOLLOW)? == [0; HOLLOW])
}

/// Follows the blocks to the trailer. What stands behind that is nobody's business. `xmp` becomes where a packet begins.
fn walk(bytes: &mut impl Bytes, xmp: &mut Option<u64>) -> io::Result<End> {
    let Some([flags]) = bytes.array::<1>(10)? else { return Ok(End::Missing) };
    let mut at = 13 + table(flags);
    let (mut in_blocks, mut has_picture) = (false, false);
    for _ in 0..MOST_STEPS {
        if at > MOST_BYTES {
            return Ok(End::Unknown);
        }
        let Some([first]) = bytes.array::<1>(at)? else { return Ok(End::Missing) };
        if in_blocks {
            // Each block of data begins with its length; an empty one is the last.
            in_blocks = first != 0;
            at += 1 + u64::from(first);
            continue;
        }
        match first {
            EXTENSION => {
                if xmp.is_none() && bytes.get(at, XMP.len())? == XMP {
                    *xmp = Some(at + XMP.len() as u64);
                }
                at += 2;
            }
            PICTURE => {
                let Some([flags]) = bytes.array::<1>(at + 9)? else { return Ok(End::Missing) };
                // One more byte before the data: the width of its first codes.
                at += 10 + table(flags) + 1;
                has_picture = true;
            }
            _ if !has_picture => return Ok(End::NoPicture),
            TRAILER => return Ok(End::Trailer),
            _ => return Ok(End::Unknown),
        }
        in_blocks = true;
    }
    Ok(End::Unknown)
}

/// The length of the colour table that the flags of a screen or a picture announce.
fn table(flags: u8) -> u64 {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}
