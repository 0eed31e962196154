//! Writes the containers: PNG's chunks, and the boxes of HEIF and QuickTime.

use jiff::tz::Offset;

use super::{Shot, offset_text};
use crate::boxes::{boxed, longs, shorts};

/// Seconds from 1904, when Macintosh time began, to 1970.
const MACINTOSH_EPOCH: i64 = 2_082_844_800;

/// No turning and no scaling, in QuickTime's fixed point.
const UPRIGHT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// Puts an EXIF chunk behind the first chunk of a PNG file.
pub(super) fn png_with_exif(picture: &[u8], exif: &[u8]) -> Vec<u8> {
    const FIRST_CHUNK_END: usize = 33;
    let chunk = [b"eXIf", exif].concat();
    let mut file = picture[..FIRST_CHUNK_END].to_vec();
    file.extend((exif.len() as u32).to_be_bytes());
    file.extend(&chunk);
    file.extend(checksum(&chunk).to_be_bytes());
    file.extend(&picture[FIRST_CHUNK_END..]);
    file
}

/// PNG's CRC-32.
fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// A HEIF file of one picture, coded as JPEG, and its EXIF.
pub(super) fn heif(picture: &[u8], exif: &[u8], (width, height): (u16, u16), orientation: u16) -> Vec<u8> {
    let brands = boxed(b"ftyp", &[b"mif1", &[0; 4], b"mif1", b"jpeg"]);
    let block = [&longs(&[6]), b"Exif\0\0".as_slice(), exif].concat();
    // How often to turn the picture to the left.
    let turns: Option<u8> = match orientation {
        3 => Some(2),
        6 => Some(3),
        8 => Some(1),
        _ => None,
    };
    let meta = |at: usize| {
        let item = |id: u16, kind: &[u8; 4]| boxed(b"infe", &[&longs(&[0x0200_0000]), &shorts(&[id, 0]), kind, &[0]]);
        let mut properties = boxed(b"ispe", &[&longs(&[0, width.into(), height.into()])]);
        properties.extend(turns.map(|turns| boxed(b"irot", &[&[turns]])).unwrap_or_default());
        let association: &[u8] = if turns.is_some() { &[2, 0x01, 0x82] } else { &[1, 0x01] };
        let place =
            |id: u16, at: usize, length: usize| [shorts(&[id, 0, 1]), longs(&[at as u32, length as u32])].concat();
        boxed(
            b"meta",
            &[
                &[0; 4],
                &boxed(b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
                &boxed(b"pitm", &[&[0; 4], &shorts(&[1])]),
                &boxed(b"iinf", &[&[0; 4], &shorts(&[2]), &item(1, b"jpeg"), &item(2, b"Exif")]),
                &boxed(b"iref", &[&[0; 4], &boxed(b"cdsc", &[&shorts(&[2, 1, 1])])]),
                &boxed(
                    b"iprp",
                    &[
                        &boxed(b"ipco", &[&properties]),
                        &boxed(b"ipma", &[&[0; 4], &longs(&[1]), &shorts(&[1]), association]),
                    ],
                ),
                &boxed(
                    b"iloc",
                    &[
                        &[0, 0, 0, 0, 0x44, 0x00],
                        &shorts(&[2]),
                        &place(1, at + block.len(), picture.len()),
                        &place(2, at, block.len()),
                    ],
                ),
            ],
        )
    };
    let at = brands.len() + meta(0).len() + 8;
    [brands, meta(at), boxed(b"mdat", &[&block, picture])].concat()
}

/// A QuickTime movie of these frames.
pub(super) fn movie(shot: &Shot, frames: &[Vec<u8>], size: (u16, u16), duration_ms: u32) -> Vec<u8> {
    let brands = boxed(b"ftyp", &[b"qt  ", &[0; 4], b"qt  "]);
    let data = boxed(b"mdat", &[&frames.concat()]);
    let created = created(shot);
    let header = boxed(
        b"mvhd",
        &[
            &longs(&[0, created, created, 1000, duration_ms, 0x1_0000]),
            &shorts(&[0x100, 0]),
            &[0; 8],
            &longs(&UPRIGHT),
            &[0; 24],
            &longs(&[2]),
        ],
    );
    let track = track(frames, size, duration_ms, created, brands.len() + 8);
    [brands, data, boxed(b"moov", &[&header, &track, &metadata(shot)])].concat()
}

/// The instant in seconds since 1904, which is all that QuickTime's own header knows.
fn created(shot: &Shot) -> u32 {
    let offset = Offset::from_seconds(shot.offset.unwrap_or(0)).unwrap_or(Offset::UTC);
    let seconds = offset.to_timestamp(shot.captured).map_or(0, |instant| instant.as_second() + MACINTOSH_EPOCH);
    u32::try_from(seconds).unwrap_or(0)
}

fn track(frames: &[Vec<u8>], (width, height): (u16, u16), duration: u32, created: u32, data_at: usize) -> Vec<u8> {
    let header = boxed(
        b"tkhd",
        &[
            &longs(&[0x0F, created, created, 1, 0, duration, 0, 0]),
            &[0; 8],
            &longs(&UPRIGHT),
            &longs(&[u32::from(width) << 16, u32::from(height) << 16]),
        ],
    );
    let description = boxed(
        b"jpeg",
        &[
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 16],
            &shorts(&[width, height]),
            &longs(&[0x48_0000, 0x48_0000, 0]),
            &shorts(&[1]),
            b"\x0CPhoto - JPEG",
            &[0; 19],
            &shorts(&[24, 0xFFFF]),
        ],
    );
    let count = frames.len() as u32;
    // All frames last equally long, the last one a little longer where the division leaves a rest.
    let each = duration / count;
    let last = duration - each * (count - 1);
    let times = if count == 1 { longs(&[0, 1, 1, last]) } else { longs(&[0, 2, count - 1, each, 1, last]) };
    let sizes: Vec<u32> = frames.iter().map(|frame| frame.len() as u32).collect();
    let tables = boxed(
        b"stbl",
        &[
            &boxed(b"stsd", &[&longs(&[0, 1]), &description]),
            &boxed(b"stts", &[&times]),
            &boxed(b"stsc", &[&longs(&[0, 1, 1, count, 1])]),
            &boxed(b"stsz", &[&longs(&[0, 0, count]), &longs(&sizes)]),
            &boxed(b"stco", &[&longs(&[0, 1, data_at as u32])]),
        ],
    );
    let references = boxed(b"dinf", &[&boxed(b"dref", &[&longs(&[0, 1]), &boxed(b"alis", &[&longs(&[1])])])]);
    let information = boxed(
        b"minf",
        &[&boxed(b"vmhd", &[&longs(&[1]), &shorts(&[0x40, 0x8000, 0x8000, 0x8000])]), &references, &tables],
    );
    let media = boxed(
        b"mdia",
        &[
            &boxed(b"mdhd", &[&longs(&[0, created, created, 1000, duration]), &shorts(&[0x55C4, 0])]),
            &boxed(b"hdlr", &[&[0; 4], b"mhlrvideappl", &[0; 8], b"\x05Video"]),
            &information,
        ],
    );
    boxed(b"trak", &[&header, &media])
}

/// `meta` with `keys` and `ilst`, as Apple's cameras write it.
fn metadata(shot: &Shot) -> Vec<u8> {
    let fraction_free = shot.captured.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let values = [
        ("make", Some(shot.make.clone())),
        ("model", Some(shot.model.clone())),
        ("creationdate", shot.offset.map(|offset| fraction_free + &offset_text(offset, ""))),
        ("location.ISO6709", shot.location.map(|at| format!("{:+08.4}{:+09.4}/", at.latitude, at.longitude))),
        ("content.identifier", shot.content_identifier.clone()),
    ];
    let (mut keys, mut items, mut count) = (Vec::new(), Vec::new(), 0_u32);
    for (name, value) in values {
        let Some(value) = value else { continue };
        count += 1;
        keys.extend(boxed(b"mdta", &[b"com.apple.quicktime.", name.as_bytes()]));
        items.extend(boxed(&count.to_be_bytes(), &[&boxed(b"data", &[&longs(&[1, 0]), value.as_bytes()])]));
    }
    boxed(
        b"meta",
        &[
            &boxed(b"hdlr", &[&[0; 8], b"mdta", &[0; 13]]),
            &boxed(b"keys", &[&longs(&[0, count]), &keys]),
            &boxed(b"ilst", &[&items]),
        ],
    )
}
