//! PNG: a list of chunks that ends with `IEND`.

use std::io;

use crate::bytes::Bytes;
use crate::found::Found;

/// Chunks looked at one by one; a longer list is believed to go on as it began.
const MOST_CHUNKS: usize = 20_000;

/// The last chunk is empty and always the same.
const LAST: [u8; 12] = *b"\0\0\0\0IEND\xAE\x42\x60\x82";

const XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// Reads a PNG file.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    let mut xmp = None;
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
            b"eXIf" => found.take_exif(bytes, content, length)?,
            b"iTXt" if bytes.get(content, XMP.len())? == XMP => {
                // Not compressed, no language, no translated keyword: what writers of XMP must put here.
                xmp =
                    Some((content + XMP.len() as u64, usize::try_from(length).unwrap_or(0).saturating_sub(XMP.len())));
            }
            // Behind the picture data lies nothing that matters, if the end is where it belongs.
            b"IDAT" if complete => break,
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
            _ => {}
        }
        at = content + length + 4;
    }
    if let Some((at, length)) = xmp {
        found.take_xmp(bytes, at, length)?;
    }
    found.exif.pixels = None;
    Ok(found)
}
