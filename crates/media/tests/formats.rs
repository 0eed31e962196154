//! Formats and corners that `media::sample` does not make, built by hand.

mod build;

use std::fs::File;
use std::io::{Cursor, Seek, SeekFrom, Write};

use build::{boxed, jpeg};
use photobridge_media::capture::CaptureSource;
use photobridge_media::header::Header;
use photobridge_media::sample::{Shot, xmp};
use photobridge_media::{FileKind, TELLING, captured_from_name, header_of, is_media, read_header};

fn read(bytes: &[u8]) -> Header {
    read_header(Cursor::new(bytes), bytes.len() as u64, FileKind::Still).expect("memory can be read").0
}

fn captured(header: &Header) -> Option<(String, CaptureSource)> {
    header.captured.map(|(time, source)| (time.to_string(), source))
}

fn qt() -> Vec<u8> {
    boxed(b"ftyp", b"qt  \0\0\0\0qt  ")
}

/// A movie header of version 0 or 1.
fn mvhd(version: u8, created: u64, scale: u32, duration: u64) -> Vec<u8> {
    let mut content = vec![version, 0, 0, 0];
    for number in [created, created] {
        content.extend(if version == 1 { number.to_be_bytes().to_vec() } else { (number as u32).to_be_bytes().into() });
    }
    content.extend(scale.to_be_bytes());
    content.extend(if version == 1 { duration.to_be_bytes().to_vec() } else { (duration as u32).to_be_bytes().into() });
    content.resize(112, 0);
    boxed(b"mvhd", &content)
}

/// Text tags, with their NUL.
type Tags = &'static [(u16, &'static str)];

/// An EXIF block of text tags in the Exif directory, and the JPEG around it.
fn jpeg_with(tags: Tags) -> Vec<u8> {
    let mut block = b"II\x2A\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x1A\0\0\0\0\0\0\0".to_vec();
    block.extend((tags.len() as u16).to_le_bytes());
    let mut behind: Vec<u8> = Vec::new();
    let behind_at = block.len() + tags.len() * 12 + 4;
    for (tag, text) in tags {
        block.extend(tag.to_le_bytes());
        block.extend(2_u16.to_le_bytes());
        block.extend((text.len() as u32).to_le_bytes());
        if text.len() <= 4 {
            let mut short = text.as_bytes().to_vec();
            short.resize(4, 0);
            block.extend(short);
        } else {
            block.extend(((behind_at + behind.len()) as u32).to_le_bytes());
            behind.extend(text.as_bytes());
        }
    }
    block.extend([0; 4]);
    block.extend(behind);
    let segment = [&b"Exif\0\0"[..], &block].concat();
    jpeg(&[(0xE1, segment)])
}

#[test]
fn exif_dates_in_all_their_corners() {
    let cases: [(Tags, Option<&str>); 9] = [
        (&[(0x9003, "2024:01:31 23:59:59\0")], Some("2024-01-31T23:59:59")),
        (&[(0x9003, "2024:01:31 23:59:59\0"), (0x9291, "7 \0")], Some("2024-01-31T23:59:59.7")),
        (&[(0x9003, "0000:00:00 00:00:00\0")], None),
        (&[(0x9003, "    :  :     :  :  \0")], None),
        (&[(0x9003, "                   \0"), (0x9004, "2024:01:31 23:59:59\0")], Some("2024-01-31T23:59:59")),
        (&[(0x9003, "2024:01:31 23:59:59\0"), (0x9011, "   :  \0")], Some("2024-01-31T23:59:59")),
        // The zone of the digitized date counts where that is the same date, and only there.
        (
            &[(0x9003, "2024:01:31 23:59:59\0"), (0x9004, "2024:01:31 23:59:59\0"), (0x9012, "+01:00\0")],
            Some("2024-01-31T23:59:59+01:00"),
        ),
        (
            &[(0x9003, "2024:01:31 23:59:59\0"), (0x9004, "2024:03:01 10:00:00\0"), (0x9012, "+01:00\0")],
            Some("2024-01-31T23:59:59"),
        ),
        (&[(0x9003, "\u{fffd}024:01:31 23:59:59\0")], None),
    ];
    for (tags, expected) in cases {
        let expected = expected.map(|time| (time.to_owned(), CaptureSource::Exif));
        let header = read(&jpeg_with(tags));
        assert_eq!(captured(&header), expected, "{tags:?}");
        assert_eq!((header.pixels, header.truncated), (Some((32, 16)), None), "{tags:?}");
    }
}

#[test]
fn xmp_dates_a_jpeg_that_has_no_exif_date() {
    let packet = xmp(&Default::default(), captured_from_name("20240131_235959"));
    let segment = [&b"http://ns.adobe.com/xap/1.0/\0"[..], &packet].concat();
    let expected = Some(("2024-01-31T23:59:59".to_owned(), CaptureSource::Xmp));
    assert_eq!(captured(&read(&jpeg(&[(0xE1, segment)]))), expected);
}

#[test]
fn a_jpeg_is_truncated_only_without_an_end() {
    let whole = jpeg(&[]);
    let open = &whole[..whole.len() - 2];
    assert!(read(open).truncated.is_some());
    assert!(read(&[open, &[0; 100_000]].concat()).truncated.is_some(), "filled up with zeros");
    assert!(read(&[open, &[0xFF]].concat()).truncated.is_some(), "half a marker");
    for behind in [1, 5, 65_535, 65_536, 65_537, 131_071, 300_000] {
        assert_eq!(read(&[whole.clone(), vec![b'x'; behind]].concat()).truncated, None, "{behind} bytes behind");
    }
}

#[test]
fn a_further_picture_that_begins_must_end() {
    let block = |offset: u32, length: u32| {
        let mut block = b"MPF\0MM\0\x2A\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0".to_vec();
        block.extend([0; 16]);
        block.extend([[0; 4], length.to_be_bytes(), offset.to_be_bytes(), [0; 4]].concat());
        block
    };
    let further = jpeg(&[]);
    let size = jpeg(&[(0xE2, block(0, 0))]).len() as u32;
    // Offsets count from behind the block's name.
    let first = jpeg(&[(0xE2, block(size - 10, further.len() as u32))]);
    assert_eq!(read(&[&first[..], &further].concat()).truncated, None);
    assert!(read(&[&first[..], &further[..further.len() - 9]].concat()).truncated.is_some());
    assert_eq!(read(&first).truncated, None, "an editor left it out");
}

#[test]
fn movies_with_nothing_but_their_header() {
    const IN_2024: u64 = 2_082_844_800 + 1_706_745_599;
    for (version, created, expected) in [
        (0, IN_2024, Some("2024-01-31T23:59:59Z")),
        (1, IN_2024, Some("2024-01-31T23:59:59Z")),
        (0, 0, None),
        (0, 2_082_844_800, None),
        (1, u64::MAX, None),
        (1, 1 << 60, None),
    ] {
        let file = [qt(), boxed(b"moov", &mvhd(version, created, 600, 1500))].concat();
        let header = read(&file);
        let expected = expected.map(|time| (time.to_owned(), CaptureSource::MovieHeader));
        assert_eq!(captured(&header), expected, "{version} {created}");
        assert_eq!((header.duration_ms, header.truncated), (Some(2500), None));
    }
    for (scale, duration) in [(0, 5), (600, 0), (600, u64::from(u32::MAX))] {
        assert_eq!(read(&[qt(), boxed(b"moov", &mvhd(0, IN_2024, scale, duration))].concat()).duration_ms, None);
    }
}

#[test]
fn older_movies_keep_their_metadata_in_udta() {
    let text = |kind: &[u8; 4], text: &str| {
        boxed(kind, &[&(text.len() as u16).to_be_bytes(), &[0x15, 0xC7], text.as_bytes()].concat())
    };
    let old = [
        text(b"\xA9mak", "Apple"),
        text(b"\xA9mod", "iPhone 3GS"),
        text(b"\xA9day", "2009-06-21T12:00:00+0200"),
        text(b"\xA9xyz", "+48.8584+002.2945/"),
        vec![0; 4],
    ];
    let header = read(&[qt(), boxed(b"moov", &boxed(b"udta", &old.concat()))].concat());
    assert_eq!(captured(&header), Some(("2009-06-21T12:00:00+02:00".into(), CaptureSource::QuickTime)));
    assert_eq!(header.camera.as_deref(), Some("Apple iPhone 3GS"));
    assert!(header.location.is_some());
    let shared = boxed(b"udta", &boxed(b"date", b"2017-01-31T15:03:12-0800"));
    let header = read(&[qt(), boxed(b"moov", &shared)].concat());
    assert_eq!(captured(&header), Some(("2017-01-31T15:03:12-08:00".into(), CaptureSource::QuickTime)));
}

#[test]
fn valid_movies_are_never_called_truncated() {
    let moov = boxed(b"moov", &mvhd(0, 0, 600, 600));
    let long_mdat = [&1_u32.to_be_bytes()[..], b"mdat", &116_u64.to_be_bytes(), &[7; 100]].concat();
    let open_mdat = [&0_u32.to_be_bytes()[..], b"mdat", &[7; 100]].concat();
    let fragment = [boxed(b"moof", &[0; 40]), boxed(b"mdat", &[7; 100])].concat();
    for (what, file) in [
        ("64-bit size", [qt(), long_mdat.clone(), moov.clone()].concat()),
        ("to the end", [qt(), moov.clone(), open_mdat.clone()].concat()),
        ("no ftyp", [boxed(b"wide", b""), boxed(b"mdat", &[7; 100]), moov.clone()].concat()),
        ("fragments", [qt(), moov.clone(), fragment.clone(), fragment.clone()].concat()),
        ("a segment", [boxed(b"styp", b"msdh\0\0\0\0"), fragment].concat()),
        ("zeros behind", [qt(), moov.clone(), vec![0; 13]].concat()),
        ("text behind", [qt(), moov.clone(), b"and that was the holiday".to_vec()].concat()),
    ] {
        assert_eq!(read(&file).truncated, None, "{what}");
    }
    for (what, file) in [
        ("no index", [qt(), boxed(b"mdat", &[7; 100])].concat()),
        ("no index yet", [qt(), open_mdat].concat()),
        ("cut 64-bit size", [qt(), moov.clone(), long_mdat[..60].to_vec()].concat()),
        ("cut index", [qt(), boxed(b"mdat", &[7; 100]), moov[..moov.len() - 1].to_vec()].concat()),
        ("zeros where the index should be", [qt(), boxed(b"mdat", &[7; 100]), vec![0; moov.len()]].concat()),
    ] {
        assert!(read(&file).truncated.is_some(), "{what}");
    }
}

#[test]
fn a_tiff_that_lost_its_end_says_so() {
    // Its directory lies behind its picture, as many writers put it.
    let mut tiff = b"II\x2A\0\x28\0\0\0".to_vec();
    tiff.resize(40, 7);
    tiff.extend(b"\x04\0\0\x01\x03\0\x01\0\0\0\x08\0\0\0\x01\x01\x03\0\x01\0\0\0\x04\0\0\0");
    tiff.extend(b"\x11\x01\x04\0\x01\0\0\0\x08\0\0\0\x17\x01\x04\0\x01\0\0\0\x20\0\0\0\0\0\0\0");
    assert_eq!((read(&tiff).pixels, read(&tiff).truncated), (Some((8, 4)), None));
    for length in [16, 39, 41, 60, 89] {
        assert!(read(&tiff[..length]).truncated.is_some(), "{length} bytes");
    }
    // The same in Panasonic's dialect, whose strips point nowhere.
    let mut panasonic = tiff.clone();
    panasonic[2] = 0x55;
    panasonic[74..78].copy_from_slice(&[0xFF; 4]);
    assert_eq!(read(&panasonic).truncated, None);
}

#[test]
fn canon_keeps_exif_in_boxes_of_its_own() {
    let dng = Shot::new(jiff::civil::date(2024, 1, 31).at(23, 59, 59, 0), 1).dng(64, 48);
    let name = [0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48];
    let canon = boxed(b"uuid", &[&name[..], &boxed(b"CNCV", b"CanonCR3"), &boxed(b"CMT1", &dng)].concat());
    let header = read(&[boxed(b"ftyp", b"crx \0\0\0\x01crx isom"), boxed(b"moov", &canon)].concat());
    assert_eq!(captured(&header).map(|(time, _)| time), Some("2024-01-31T23:59:59.379+01:00".into()));
    assert_eq!(header.pixels, Some((64, 48)));
    assert_eq!(header.truncated, None);
}

#[test]
fn sizes_of_the_smaller_formats() {
    let mut webp = b"RIFF\x1A\0\0\0WEBPVP8L\x0D\0\0\0\x2F\x3F\xC1\x3B\0".to_vec();
    webp.resize(34, 0);
    let mut lossy = b"RIFF\x1A\0\0\0WEBPVP8 \x0E\0\0\0\0\0\0\x9D\x01\x2A\x40\x01\xF0\0".to_vec();
    lossy.resize(34, 0);
    let mut bitmap = b"BM".to_vec();
    bitmap.resize(14, 0);
    bitmap.extend(40_u32.to_le_bytes());
    bitmap.extend(320_i32.to_le_bytes());
    bitmap.extend((-240_i32).to_le_bytes());
    let mut avi = b"RIFF\0\0\0\0AVI LIST\0\0\0\0hdrlavih8\0\0\0".to_vec();
    for number in [40_000_u32, 0, 0, 0, 50, 0, 1, 0, 320, 240, 0, 0] {
        avi.extend(number.to_le_bytes());
    }
    for (what, file) in [
        ("WebP without loss", &webp),
        ("WebP", &lossy),
        ("BMP", &bitmap),
        ("AVI", &avi),
        ("GIF", &b"GIF89a\x40\x01\xF0\0\0\0\0\x2C\0\0\0\0\x40\x01\xF0\0\0\x02\0\x3B".to_vec()),
    ] {
        let header = read(file);
        assert_eq!((header.pixels, header.truncated), (Some((320, 240)), None), "{what}");
    }
    assert_eq!(read(&avi).duration_ms, Some(2000));
    assert!(read(&webp[..30]).truncated.is_some());
}

#[test]
fn a_name_that_lies_is_seen_through() {
    let png = Shot::new(jiff::civil::date(2024, 1, 31).at(12, 0, 0, 0), 1).png(40, 30);
    for kind in [FileKind::Still, FileKind::Raw, FileKind::Video] {
        let (header, _) = read_header(Cursor::new(&png), png.len() as u64, kind).expect("memory can be read");
        assert_eq!(header.pixels, Some((40, 30)), "{kind:?}");
    }
    assert_eq!(read(b"just some text, and more of it"), Header { not_a_photo: true, ..Header::default() });
    assert!(read(&[0; 5000]).truncated.is_some(), "a hollow copy");
}

#[test]
fn first_bytes_tell_media_from_everything_else() {
    let shot = Shot::new(jiff::civil::date(2024, 1, 31).at(12, 0, 0, 0), 1);
    let begin = |file: Vec<u8>| is_media(&file[..file.len().min(TELLING)]);
    for (what, file) in [
        ("JPEG", shot.jpeg(40, 30)),
        ("PNG", shot.png(40, 30)),
        ("HEIF", shot.heif(40, 30)),
        ("DNG", shot.dng(40, 30)),
        ("a movie", shot.movie(40, 30, 500)),
        ("a movie without brands", [vec![0, 0, 0, 8], b"wide".to_vec(), vec![0xFF; 4], b"mdat".to_vec()].concat()),
        ("MPEG", [&b"\0\0\x01\xBA"[..], &[0x44; 100]].concat()),
        ("packets", [&[0x47][..], &[1; 187]].concat().repeat(6)),
        ("DV", b"\x1F\x07\0\xBF\xFF".to_vec()),
        ("MXF", b"\x06\x0E\x2B\x34\x02\x05".to_vec()),
        ("Sigma's raw", b"FOVb\0\0\x02\0".to_vec()),
    ] {
        assert!(begin(file), "{what}");
    }
    for (what, file) in [
        ("nothing", Vec::new()),
        ("zeros", vec![0; 2000]),
        ("text", b"module example.org/thing\n\ngo 1.22\n".to_vec()),
        ("text with the name of a box", b"The free software of 2024 and more of it".to_vec()),
        ("text that begins as packets do", [&b"G"[..], &[b'x'; 187], b"G", &[b'x'; 300]].concat()),
        ("a song", boxed(b"ftyp", b"M4A \0\0\0\0M4A mp42isom")),
        ("an icon", b"\0\0\x01\0\x01\0\x10\x10".to_vec()),
        ("an archive", b"PK\x03\x04and so on".to_vec()),
        ("a program", b"\x7FELF\x02\x01\x01".to_vec()),
    ] {
        assert!(!begin(file), "{what}");
    }
}

#[test]
fn an_empty_file_is_truncated_whatever_it_should_be() {
    for kind in [FileKind::Still, FileKind::Raw, FileKind::Video] {
        let (header, read) = read_header(Cursor::new(b""), 0, kind).expect("memory can be read");
        assert_eq!((header.truncated.as_deref(), read), (Some("it is empty"), 0), "{kind:?}");
    }
    for kind in [FileKind::Xmp, FileKind::Aae, FileKind::Unsupported] {
        let (header, _) = read_header(Cursor::new(b""), 0, kind).expect("memory can be read");
        assert_eq!(header, Header::default(), "{kind:?} has nothing that could be missing");
    }
}

/// An animation of two frames with all that GIF knows: tables for all and for one frame, a comment, a loop count.
fn gif() -> Vec<u8> {
    let table = [0x7F; 3 * 4];
    // Trailers and separators inside blocks mean nothing.
    let data = [&b"\x02\xFF"[..], &[0x3B; 255], b"\x03\x2C\x21\x3B\0"].concat();
    [
        &b"GIF89a\x40\x01\xF0\0\x81\0\0"[..],
        &table,
        b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0",
        b"\x21\xFE\x05hello\0",
        b"\x21\xF9\x04\0\0\0\0\0",
        b"\x2C\0\0\0\0\x40\x01\xF0\0\0",
        &data,
        b"\x2C\0\0\0\0\x40\x01\xF0\0\x81",
        &table,
        &data,
        b"\x3B",
    ]
    .concat()
}

#[test]
fn a_gif_is_truncated_wherever_it_was_cut() {
    let whole = gif();
    let header = read(&whole);
    assert_eq!((header.pixels, header.truncated), (Some((320, 240)), None));
    for length in 6..whole.len() {
        assert!(read(&whole[..length]).truncated.is_some(), "{length} of {} bytes", whole.len());
    }
    for behind in [&b"\0"[..], b"text behind", &[0; 5000], &whole[..20]] {
        assert_eq!(read(&[&whole[..], behind].concat()).truncated, None, "{} bytes behind", behind.len());
    }
}

#[test]
fn a_gif_that_makes_no_sense_is_not_judged() {
    let whole = gif();
    let open = &whole[..whole.len() - 1];
    for odd in [&b"\0"[..], b"\xFF", b"x and no more"] {
        assert_eq!(read(&[open, odd].concat()).truncated, None, "{odd:?}");
    }
}

/// A bitmap of 3 by 4 pixels that has its words and its pixels, and says that it is `told` bytes long.
fn bitmap(told: u32, bits: u16, compression: u32, height: i32) -> Vec<u8> {
    let stride = (3 * usize::from(bits)).div_ceil(32) * 4;
    let mut file = b"BM".to_vec();
    file.extend(told.to_le_bytes());
    file.extend([0; 4]);
    for number in [54_u32, 40, 3, height as u32] {
        file.extend(number.to_le_bytes());
    }
    file.extend(1_u16.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(compression.to_le_bytes());
    file.resize(54 + stride * 4, 9);
    file
}

#[test]
fn a_bitmap_shorter_than_it_says_is_truncated() {
    for (told, bits, compression, height, cut, truncated, what) in [
        (102, 24, 0, 4, 0, false, "whole"),
        (102, 24, 0, 4, 1, true, "a byte short"),
        (102, 24, 0, 4, 70, true, "cut in its first words"),
        (0, 24, 0, 4, 0, false, "no length"),
        (0, 24, 0, 4, 3, false, "no padding behind the last row"),
        (0, 24, 0, 4, 4, true, "no length, and cut"),
        (0, 24, 0, -4, 4, true, "from the top"),
        (54, 24, 0, 4, 12, true, "the length of its words alone"),
        (0, 32, 0, 4, 0, false, "32 bits"),
        (0, 32, 0, 4, 1, true, "32 bits, cut"),
        (0, 32, 3, 4, 1, true, "32 bits with masks, cut"),
        (0, 24, 4, 4, 40, false, "compressed: nobody knows"),
        (0, 8, 1, 4, 10, false, "run lengths: nobody knows"),
        (0, 24, 0, i32::MIN, 0, true, "higher than any file"),
    ] {
        let whole = bitmap(told, bits, compression, height);
        let header = read(&whole[..whole.len() - cut]);
        assert_eq!(header.truncated.is_some(), truncated, "{what}");
    }
    let longer = [bitmap(102, 24, 0, 4), vec![7; 100]].concat();
    assert_eq!((read(&longer).pixels, read(&longer).truncated), (Some((3, 4)), None));
}

/// A copy that was given its full length first, as some network disks do, and holds little else than holes.
#[test]
fn the_end_of_a_jpeg_is_looked_for_in_bounds() {
    const SIZE: u64 = 8 << 30;
    const MOST_READ: u64 = 70 << 20;
    let whole = jpeg(&[]);
    let open = &whole[..whole.len() - 2];
    for (what, end_at, truncated) in [
        ("a hole to the end", None, true),
        ("at the very end", Some(SIZE - 2), false),
        ("near the end", Some(SIZE - (3 << 20)), false),
        ("near the start", Some(50 << 20), false),
        // The picture's data begin eight bytes before the end, and are looked through by 256 KB.
        ("across two looks", Some((256 << 10) + open.len() as u64 - 8 - 1), false),
        ("where nobody looks", Some(4 << 30), true),
    ] {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        fill(file.as_file_mut(), SIZE, 0, open);
        if let Some(at) = end_at {
            fill(file.as_file_mut(), SIZE, at, b"\xFF\xD9");
        }
        let (header, read) =
            header_of(file.reopen().expect("the file again"), FileKind::Still).expect("a file that was just written");
        assert_eq!((header.truncated.is_some(), header.pixels), (truncated, Some((32, 16))), "{what}");
        assert!(read <= MOST_READ, "{what}: {read} bytes read");
    }
}

fn fill(file: &mut File, size: u64, at: u64, bytes: &[u8]) {
    file.set_len(size).expect("a sparse file");
    file.seek(SeekFrom::Start(at)).expect("a place in it");
    file.write_all(bytes).expect("room for a few bytes");
}
