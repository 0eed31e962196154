//! Where dates lie in files, and which of several is believed. docs/dates.md tells the same in words.

mod build;

use std::io::Cursor;

use build::{Tag, avi, boxed, chunk, exif, exif_segment, iptc, iptc_segment, jpeg, png, riff, xmp_segment};
use miniz_oxide::deflate::compress_to_vec_zlib;
use photobridge_media::capture::CaptureSource::{
    self, Exif, Gps, Iptc, ModifyDate, MovieHeader, QuickTime, Recorder, Xmp,
};
use photobridge_media::header::Header;
use photobridge_media::{FileKind, read_header};

fn read(bytes: &[u8]) -> Header {
    read_header(Cursor::new(bytes), bytes.len() as u64, FileKind::Still).expect("memory can be read").0
}

fn captured(bytes: &[u8]) -> Option<(String, CaptureSource)> {
    read(bytes).captured.map(|(time, source)| (time.to_string(), source))
}

fn told(date: &str, source: CaptureSource) -> Option<(String, CaptureSource)> {
    Some((date.to_owned(), source))
}

/// A packet with these properties.
fn xmp(properties: &str) -> Vec<u8> {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" {properties}/></rdf:RDF></x:xmpmeta>"
    )
    .into_bytes()
}

const BY_A_PERSON: &str = "exif:DateTimeOriginal=\"1988-12-01T18:53:44+01:00\"";
const IN_XMP: &str = "1988-12-01T18:53:44+01:00";

/// A text of `udta`, its length and language in front.
fn spoken(kind: &[u8; 4], text: &str) -> Vec<u8> {
    boxed(kind, &[&(text.len() as u16).to_be_bytes(), &[0x15, 0xC7], text.as_bytes()].concat())
}

/// A movie whose header says 2005-08-11T14:03:54Z, with these boxes in its index and these behind.
fn movie(inside: &[Vec<u8>], behind: &[Vec<u8>]) -> Vec<u8> {
    let mut header = vec![0; 4];
    header.extend([3_206_613_834_u32.to_be_bytes(), [0; 4], 600_u32.to_be_bytes(), 600_u32.to_be_bytes()].concat());
    header.resize(100, 0);
    let index = [boxed(b"mvhd", &header), inside.concat()].concat();
    [boxed(b"ftyp", b"qt  \0\0\0\0qt  "), boxed(b"mdat", &[7; 100]), boxed(b"moov", &index), behind.concat()].concat()
}

/// `meta` of named values, or of values whose kinds are their names.
fn meta(named: &[(&str, &str)], kinds: &[(&[u8; 4], &str)]) -> Vec<u8> {
    let value = |kind: &[u8; 4], text: &str| {
        boxed(kind, &boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], text.as_bytes()].concat()))
    };
    let keys: Vec<u8> = named.iter().flat_map(|(name, _)| boxed(b"mdta", name.as_bytes())).collect();
    let by_number = named.iter().enumerate().flat_map(|(at, (_, text))| value(&(at as u32 + 1).to_be_bytes(), text));
    let values: Vec<u8> = by_number.chain(kinds.iter().flat_map(|(kind, text)| value(kind, text))).collect();
    let mut content = [vec![0; 4], boxed(b"hdlr", &[0; 24])].concat();
    if !named.is_empty() {
        content.extend(boxed(b"keys", &[vec![0; 4], (named.len() as u32).to_be_bytes().to_vec(), keys].concat()));
    }
    content.extend(boxed(b"ilst", &values));
    boxed(b"meta", &content)
}

#[test]
fn ffmpeg_keeps_what_a_phone_wrote_in_another_place() {
    let words = [
        ("com.apple.quicktime.creationdate", "2024-01-31T23:59:59+0900"),
        ("com.apple.quicktime.content.identifier", "570F1469-09C7-4E50-9875-05F21D5BD166"),
        ("com.apple.quicktime.make", "Apple"),
        ("com.apple.quicktime.model", "iPhone 15"),
        ("com.apple.quicktime.location.ISO6709", "+48.8584+002.2945/"),
    ];
    let file = movie(&[boxed(b"udta", &meta(&words, &[]))], &[]);
    let header = read(&file);
    assert_eq!(captured(&file), told("2024-01-31T23:59:59+09:00", QuickTime));
    assert_eq!(header.content_identifier.as_deref(), Some("570F1469-09C7-4E50-9875-05F21D5BD166"));
    assert_eq!(header.camera.as_deref(), Some("Apple iPhone 15"));
    assert!(header.location.is_some());
    // Where both are there, Apple's own place speaks.
    let both = [
        boxed(b"udta", &meta(&[("com.apple.quicktime.creationdate", "2025-01-01T00:00:00Z")], &[])),
        meta(&words, &[]),
    ];
    assert_eq!(captured(&movie(&both, &[])), told("2024-01-31T23:59:59+09:00", QuickTime));
}

#[test]
fn itunes_and_ffmpeg_write_the_day_of_a_movie() {
    let of = |day: &str| captured(&movie(&[boxed(b"udta", &meta(&[], &[(b"\xA9day", day)]))], &[]));
    assert_eq!(of("2019-05-06T07:08:09+0200"), told("2019-05-06T07:08:09+02:00", QuickTime));
    assert_eq!(of("1999"), told("1999", QuickTime));
    assert_eq!(of("2005"), told("2005-08-11T14:03:54Z", MovieHeader), "the header says the same and more");
    assert_eq!(of("2005-08"), told("2005-08-11T14:03:54Z", MovieHeader));
    assert_eq!(of("soon"), told("2005-08-11T14:03:54Z", MovieHeader));
}

#[test]
fn xmp_in_movies() {
    let adobe = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
    let of_adobe = boxed(b"uuid", &[&adobe[..], &xmp(BY_A_PERSON)].concat());
    assert_eq!(captured(&movie(&[], std::slice::from_ref(&of_adobe))), told(IN_XMP, Xmp));
    assert_eq!(captured(&movie(std::slice::from_ref(&of_adobe), &[])), told(IN_XMP, Xmp));
    let in_user_data = boxed(b"udta", &boxed(b"XMP_", &xmp(BY_A_PERSON)));
    assert_eq!(captured(&movie(&[in_user_data], &[])), told(IN_XMP, Xmp));
    let of_another = boxed(b"uuid", &[&[7; 16], &xmp(BY_A_PERSON)[..]].concat());
    assert_eq!(captured(&movie(&[], &[of_another])), told("2005-08-11T14:03:54Z", MovieHeader));
}

fn camera_exif() -> Vec<u8> {
    exif(vec![(0x0110, Tag::Text("EOS"))], &[(0x9003, Tag::Text("2004:05:06 07:08:09"))], &[])
}

/// A profile as exiv2 and ImageMagick write it: a name, a length, digits.
fn profile(kind: &str, content: &[u8]) -> Vec<u8> {
    let digits: String = content
        .chunks(36)
        .flat_map(|line| line.iter().map(|byte| format!("{byte:02x}")).chain(["\n".into()]))
        .collect();
    format!("\n{kind}\n{:8}\n{digits}", content.len()).into_bytes()
}

#[test]
fn png_says_what_it_says_in_chunks_of_many_kinds() {
    let plain = |keyword: &str, text: &[u8]| chunk(b"tEXt", &[keyword.as_bytes(), &[0], text].concat());
    let packed = |keyword: &str, text: &[u8]| {
        chunk(b"zTXt", &[keyword.as_bytes(), &[0, 0], &compress_to_vec_zlib(text, 6)].concat())
    };
    let international = |is_packed: u8, text: &[u8]| {
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0", &[is_packed, 0][..], b"en\0title\0", text].concat())
    };
    let in_jpeg = [b"Exif\0\0", &camera_exif()[..]].concat();
    let xmp_in_jpeg = [b"http://ns.adobe.com/xap/1.0/\0", &xmp(BY_A_PERSON)[..]].concat();
    let camera = told("2004-05-06T07:08:09", Exif);
    let person = told(IN_XMP, Xmp);
    for (what, words, expected) in [
        ("eXIf", chunk(b"eXIf", &camera_exif()), &camera),
        ("EXIF as digits", plain("Raw profile type exif", &profile("exif", &in_jpeg)), &camera),
        ("EXIF as packed digits", packed("Raw profile type exif", &profile("exif", &in_jpeg)), &camera),
        ("as a segment of a JPEG", packed("Raw profile type APP1", &profile("generic profile", &in_jpeg)), &camera),
        ("XMP as such a segment", packed("Raw profile type APP1", &profile("generic profile", &xmp_in_jpeg)), &person),
        ("XMP as packed digits", packed("Raw profile type xmp", &profile("xmp", &xmp(BY_A_PERSON))), &person),
        ("XMP", international(0, &xmp(BY_A_PERSON)), &person),
        ("packed XMP", international(1, &compress_to_vec_zlib(&xmp(BY_A_PERSON), 6)), &person),
        (
            "IPTC as digits",
            plain("Raw profile type iptc", &profile("iptc", &iptc(&[(55, "19990807")]))),
            &told("1999-08-07", Iptc),
        ),
        ("a comment", plain("Comment", b"2004:05:06 07:08:09"), &None),
        ("no digits", plain("Raw profile type exif", b"\nexif\n"), &None),
        ("what was damaged", packed("Raw profile type exif", b"")[..30].to_vec(), &None),
    ] {
        assert_eq!(&captured(&png(std::slice::from_ref(&words), &[])), expected, "{what}");
        if what != "what was damaged" {
            let behind = [chunk(b"tIME", &[0; 7]), words];
            assert_eq!(&captured(&png(&[], &behind)), expected, "{what} behind the picture");
        }
        assert_eq!(read(&png(&[], &[])).captured, None);
    }
    assert_eq!(read(&png(&[chunk(b"eXIf", &camera_exif())], &[])).pixels, Some((40, 30)));
}

#[test]
fn a_png_that_unpacks_without_end_costs_little() {
    let bomb = compress_to_vec_zlib(&vec![b'0'; 200 << 20], 6);
    let words = chunk(b"zTXt", &[b"Raw profile type exif\0\0", &bomb[..]].concat());
    let started = std::time::Instant::now();
    assert_eq!(read(&png(&vec![words; 100], &[])).captured, None);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn cameras_note_the_date_in_an_avi() {
    let of_camera = |text: &[u8]| captured(&avi(&[riff(b"IDIT", text)], &[]));
    assert_eq!(of_camera(b"SUN SEP 10 20:52:00 2012\n\0"), told("2012-09-10T20:52:00", Recorder));
    assert_eq!(of_camera(b"2001/ 1/27  1:42PM\0"), told("2001-01-27T13:42:00", Recorder));
    assert_eq!(of_camera(b"no clock was set"), None);
    let list = riff(b"LIST", &[b"INFO".to_vec(), riff(b"ISFT", b"program"), riff(b"ICRD", b"2020-08-28\0\0")].concat());
    assert_eq!(captured(&avi(&[], std::slice::from_ref(&list))), told("2020-08-28", Recorder));
    assert_eq!(
        captured(&avi(&[riff(b"IDIT", b"2012:09:10 20:52:00")], &[list])),
        told("2012-09-10T20:52:00", Recorder)
    );
}

/// Bits, written one after the other.
#[derive(Default)]
struct Bits(Vec<u8>);

impl Bits {
    fn push(&mut self, number: u32, width: u32) {
        self.0.extend((0..width).rev().map(|at| (number >> at & 1) as u8));
    }

    fn numbers(&mut self, numbers: &[u32]) {
        for number in numbers {
            let digits = (number + 1).ilog2();
            self.push(0, digits);
            self.push(number + 1, digits + 1);
        }
    }

    fn bytes(mut self) -> Vec<u8> {
        self.push(1, 1);
        self.0.chunks(8).map(|bits| (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).copied().unwrap_or(0))).collect()
    }
}

/// What the pictures of a stream have in common, of a camcorder's 1920 by 1080 in two fields, or of a plain 320 by 240.
fn sequence(of_a_camcorder: bool) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(if of_a_camcorder { 0x64_0028 } else { 0x42_001E }, 24);
    bits.numbers(&[0]);
    if of_a_camcorder {
        bits.numbers(&[1, 0, 0]);
        bits.push(0, 2);
    }
    bits.numbers(&[0, 0, 0, 4]);
    bits.push(0, 1);
    if of_a_camcorder {
        // 120 and 68 blocks, half of them in each field; eight rows are cropped off below, in steps of four.
        bits.numbers(&[119, 33]);
        bits.push(0b0011, 4);
        bits.numbers(&[0, 0, 0, 2]);
    } else {
        bits.numbers(&[19, 14]);
        bits.push(0b110, 3);
    }
    [vec![0x67], bits.bytes()].concat()
}

/// What a camcorder says beside the pictures.
fn words(entries: &[[u8; 5]]) -> Vec<u8> {
    let name = b"\x17\xEE\x8C\x60\xF8\x4D\x11\xD9\x8C\xD6\x08\x00\x20\x0C\x9A\x66MDPM";
    let content = [&name[..], &[entries.len() as u8], &entries.concat()].concat();
    // Something else stands in front, 260 bytes long.
    [&[0x06, 0x01, 255, 5][..], &[9; 260], &[0x05, content.len() as u8], &content, &[0x80]].concat()
}

/// A recording of these units in packets of 192 bytes, filled up as camcorders do.
fn recording(units: &[Vec<u8>]) -> Vec<u8> {
    let stream: Vec<u8> = units.iter().flat_map(|unit| [&[0, 0, 0, 1][..], unit].concat()).collect();
    let stream = [&b"\0\0\x01\xE0\0\0\x80\x80\x05abcde"[..], &stream].concat();
    let mut file = Vec::new();
    let mut packet = |number: u16, head: &[u8], carried: &[u8]| {
        let [high, low] = number.to_be_bytes();
        file.extend([&[0, 0, 0, 0, 0x47, high, low][..], head, carried].concat());
    };
    packet(0x4000, &[0x10], &[0xFF; 184]);
    for (at, piece) in stream.chunks(150).enumerate() {
        let filled = 184 - piece.len();
        let head = [&[0x30, filled as u8 - 1][..], &vec![0; filled - 1]].concat();
        packet(if at == 0 { 0x5011 } else { 0x1011 }, &head, piece);
        packet(0x1100, &[0x10], &[0x66; 184]);
    }
    while file.len() % 6144 != 0 {
        file.extend([&[0, 0, 0, 0, 0x47, 0x1F, 0xFF, 0x10][..], &[0xFF; 184]].concat());
    }
    file
}

#[test]
fn camcorders_hide_the_date_between_the_pictures() {
    let date = [[0x18, 0x04, 0x20, 0x19, 0x04], [0x19, 0x24, 0x22, 0x24, 0x00]];
    let camera = [[0xE0, 0x01, 0x08, 0, 0], *b"\xE4ILCE", *b"\xE5-7M3", [0xE6, 0, 0, 0, 0]];
    let header = read(&recording(&[sequence(true), words(&[&date[..], &camera].concat()), vec![0x65; 3000]]));
    assert_eq!(
        header.captured.map(|(time, source)| (time.to_string(), source)),
        told("2019-04-24T22:24:00+02:00", Recorder)
    );
    assert_eq!((header.pixels, header.truncated), (Some((1920, 1080)), None));
    assert_eq!(header.camera.as_deref(), Some("Sony ILCE-7M3"));
    let west = [[0x18, 0x27, 0x20, 0x08, 0x12], [0x19, 0x31, 0x23, 0x16, 0x24]];
    let file = recording(&[sequence(false), words(&west)]);
    assert_eq!(captured(&file), told("2008-12-31T23:16:24-03:30", Recorder));
    assert_eq!(read(&file).pixels, Some((320, 240)));
    assert_eq!(read(&recording(&[sequence(true)])).pixels, Some((1920, 1080)));
    for damaged in [words(&[[0x18, 0, 0x20, 0x19, 0x99], date[1]]), words(&date[..1]), words(&date)[..30].to_vec()] {
        assert_eq!(captured(&recording(&[sequence(true), damaged])), None);
    }
    let older = recording(&[vec![0xB3, 0x14, 0x00, 0xF0, 0x13]]);
    assert_eq!(read(&older).pixels, Some((320, 240)), "MPEG-2");
    assert_eq!(read(&[&b"\0\0\x01\xBA"[..], &[0x44; 10], b"\0\0\x01\xB3\x14\0\xF0"].concat()).pixels, Some((320, 240)));
}

#[test]
fn canon_wrote_directories_of_its_own_before_exif() {
    let heap = b"Canon\0Canon EOS DIGITAL REBEL\0";
    let entry = |tag: u16, numbers: [u32; 2]| {
        [&tag.to_le_bytes()[..], &numbers[0].to_le_bytes(), &numbers[1].to_le_bytes()].concat()
    };
    // A directory in a directory, with its values in front and its own place at the end.
    let mut inner = heap.to_vec();
    let date = inner.len() as u32;
    inner.extend([1_068_485_966_u32.to_le_bytes(), [0; 4], [0; 4]].concat());
    let size = inner.len() as u32;
    inner.extend([3072_u32.to_le_bytes(), 2048_u32.to_le_bytes()].concat());
    let at = inner.len() as u32;
    inner.extend(3_u16.to_le_bytes());
    inner.extend([entry(0x080A, [32, 0]), entry(0x180E, [12, date]), entry(0x1810, [8, size])].concat());
    inner.extend(at.to_le_bytes());
    let mut outer = inner.clone();
    outer.extend(1_u16.to_le_bytes());
    outer.extend(entry(0x300A, [inner.len() as u32, 0]));
    outer.extend((inner.len() as u32).to_le_bytes());
    let crw = [&b"II\x1A\0\0\0HEAPCCDR\x02\0\x01\0\0\0\0\0\0\0\0\0"[..], &outer].concat();
    let header = read(&crw);
    assert_eq!(captured(&crw), told("2003-11-10T17:39:26", Exif));
    assert_eq!((header.pixels, header.truncated), (Some((3072, 2048)), None));
    assert_eq!(header.camera.as_deref(), Some("Canon EOS DIGITAL REBEL"));
    // What Canon's editor leaves behind such a file.
    let edited =
        [&crw[..], &[7; 28 + 40], b"CANON OPTIONAL DATA\0", &40_u32.to_be_bytes(), &[0; 38], b"\xFF\xD9"].concat();
    assert_eq!(captured(&edited), told("2003-11-10T17:39:26", Exif));
    let first = [&b"II\x1A\0\0\0HEAPJPGM\0\0\x01\0\0\0\0\0\0\0\0\0"[..], &outer].concat();
    let old = jpeg(&[(0xE0, first)]);
    assert_eq!(captured(&old), told("2003-11-10T17:39:26", Exif));
    assert_eq!(read(&old).pixels, Some((32, 16)), "of the picture itself");
}

#[test]
fn gif_keeps_xmp_between_its_blocks() {
    let magic: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
    let packet = [b"\x21\xFF\x0BXMP DataXMP", &xmp(BY_A_PERSON)[..], &magic].concat();
    let file = [&b"GIF89a\x40\x01\xF0\0\0\0\0"[..], &packet, b"\x2C\0\0\0\0\x40\x01\xF0\0\0\x02\x01\0\0\x3B"].concat();
    assert_eq!(captured(&file), told(IN_XMP, Xmp));
    assert_eq!((read(&file).pixels, read(&file).truncated), (Some((320, 240)), None));
}

/// A HEIC whose second item, Exif, lies in `idat`.
fn heic(block: &[u8]) -> Vec<u8> {
    let item = |id: u8, kind: &[u8; 4]| boxed(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind[..], &[0]].concat());
    let length = (block.len() as u32).to_be_bytes();
    let places = [&[1, 0, 0, 0, 0x44, 0, 0, 1, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0][..], &length].concat();
    let content = [
        vec![0; 4],
        boxed(b"hdlr", &[&[0; 8], &b"pict"[..], &[0; 13]].concat()),
        boxed(b"iinf", &[vec![0, 0, 0, 0, 0, 2], item(1, b"hvc1"), item(2, b"Exif")].concat()),
        boxed(b"iloc", &places),
        boxed(b"idat", block),
    ];
    [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), boxed(b"meta", &content.concat())].concat()
}

#[test]
fn exif_in_heic_with_and_without_its_offset() {
    let named = [b"Exif\0\0", &camera_exif()[..]].concat();
    for (what, block) in [
        ("with an offset", [&[0, 0, 0, 6], &named[..]].concat()),
        ("with an offset of nothing", [&[0; 4], &camera_exif()[..]].concat()),
        ("without one", named.clone()),
        ("bare", camera_exif()),
    ] {
        assert_eq!(captured(&heic(&block)), told("2004-05-06T07:08:09", Exif), "{what}");
    }
}

#[test]
fn sequences_and_the_shortest_pictures_have_a_size() {
    let mut header = vec![0; 84];
    header[76..].copy_from_slice(&[0, 64, 0, 0, 0, 48, 0, 0]);
    let media = boxed(b"mdia", &boxed(b"hdlr", &[&[0; 8][..], b"pict", &[0; 13]].concat()));
    let track = boxed(b"trak", &[boxed(b"tkhd", &header), media].concat());
    let file = movie(&[track], &[]);
    let sequence = [boxed(b"ftyp", b"avis\0\0\0\0avisavif"), file[20..].to_vec()].concat();
    assert_eq!((read(&sequence).pixels, read(&sequence).truncated), (Some((64, 48)), None));
    // The numbers of libheif's own test files.
    let short = |content: &[u8]| read(&[boxed(b"ftyp", b"mif3\0\0\0\0avifmif1"), boxed(b"mini", content)].concat());
    assert_eq!(short(&[0x08, 0x08, 0x80, 0xFF, 0x01, 0xFE, 0, 0]).pixels, Some((256, 256)));
    assert_eq!(short(&[0x08, 0x0D, 0x1F, 0x3E, 0, 0, 0, 0]).pixels, Some((32, 32)));
    assert_eq!(short(&[0x08, 0x0D, 0x1F, 0x3E, 0, 0, 0, 0]).orientation, Some(6));
}

#[test]
fn sizes_that_stand_elsewhere() {
    let bitmap =
        [&b"BM\0\0\0\0\0\0\0\0\x1A\0\0\0\x0C\0\0\0\x40\x01\xF0\0\x01\0\x18\0"[..], &[9; 320 * 240 * 3]].concat();
    assert_eq!((read(&bitmap).pixels, read(&bitmap).truncated), (Some((320, 240)), None), "OS/2");
    let borders = [(4, 12), (5, 8), (6, 2748), (7, 3656)].map(|(tag, number)| (tag, Tag::Long(number)));
    let mut panasonic = exif(borders.into(), &[], &[]);
    panasonic[2] = 0x55;
    assert_eq!(read(&panasonic).pixels, Some((3648, 2736)), "Panasonic");
    let words = [(0xA002, Tag::Long(3456)), (0xA003, Tag::Long(2304))];
    let mut canon = exif(vec![(0x0100, Tag::Long(1536)), (0x0101, Tag::Long(1024))], &words, &[]);
    assert_eq!(read(&canon).pixels, Some((1536, 1024)));
    // The mark of a CR2 needs room behind the header: the first directory moves back.
    canon.splice(4..8, *b"\x10\0\0\0CR\x02\0\0\0\0\0");
    let moved = |canon: &mut Vec<u8>, at: usize| {
        let number = u32::from_le_bytes(canon[at..at + 4].try_into().expect("four bytes")) + 8;
        canon[at..at + 4].copy_from_slice(&number.to_le_bytes());
    };
    moved(&mut canon, 16 + 2 + 2 * 12 + 8);
    moved(&mut canon, 16 + 2 + 3 * 12 + 8);
    assert_eq!(read(&canon).pixels, Some((3456, 2304)), "Canon");
}

#[test]
fn rubbish_between_two_segments_is_stepped_over() {
    let whole = jpeg(&[exif_segment(&camera_exif())]);
    let at = 2 + 2 + u16::from_be_bytes([whole[4], whole[5]]) as usize;
    let odd = [&whole[..at], &b"?>\0\xFF"[..3], &whole[at..]].concat();
    assert_eq!(captured(&odd), told("2004-05-06T07:08:09", Exif));
    assert_eq!((read(&odd).pixels, read(&odd).truncated), (Some((32, 16)), None));
}

/// One row for each two neighbours in the table of docs/dates.md: what stands further up is believed.
#[test]
fn the_better_of_two_sources_is_believed() {
    let dates = |original: &'static str, digitized: &'static str, modified: &'static str| {
        let mut tags = Vec::new();
        for (tag, date) in [(0x9003, original), (0x9004, digitized)] {
            if !date.is_empty() {
                tags.push((tag, Tag::Text(date)));
            }
        }
        let first = if modified.is_empty() { Vec::new() } else { vec![(0x0132, Tag::Text(modified))] };
        exif(first, &tags, &[])
    };
    let gps = [(7, Tag::Ratios(vec![10, 11, 12])), (29, Tag::Text("2010:10:10"))];
    let (original, digitized, modified) = ("2001:01:01 01:01:01", "2002:02:02 02:02:02", "2003:03:03 03:03:03");
    let records = [(55, "20040404"), (60, "040404+0100")];
    let in_xmp = || xmp_segment(&xmp(BY_A_PERSON));
    let made = || xmp_segment(&xmp("xmp:CreateDate=\"1977-07-07T07:07:07\""));
    for (what, file, expected) in [
        (
            "DateTimeOriginal before DateTimeDigitized",
            jpeg(&[exif_segment(&dates(original, digitized, modified))]),
            told("2001-01-01T01:01:01", Exif),
        ),
        (
            "DateTimeDigitized before XMP",
            jpeg(&[exif_segment(&dates("", digitized, modified)), in_xmp()]),
            told("2002-02-02T02:02:02", Exif),
        ),
        ("XMP before IPTC", jpeg(&[iptc_segment(&records), in_xmp()]), told(IN_XMP, Xmp)),
        ("XMP's CreateDate before IPTC", jpeg(&[iptc_segment(&records), made()]), told("1977-07-07T07:07:07", Xmp)),
        (
            "IPTC before ModifyDate",
            jpeg(&[exif_segment(&dates("", "", modified)), iptc_segment(&records)]),
            told("2004-04-04T04:04:04+01:00", Iptc),
        ),
        (
            "GPS before ModifyDate",
            jpeg(&[exif_segment(&exif(vec![(0x0132, Tag::Text(modified))], &[], &gps))]),
            told("2010-10-10T10:11:12Z", Gps),
        ),
        ("ModifyDate alone", jpeg(&[exif_segment(&dates("", "", modified))]), told("2003-03-03T03:03:03", ModifyDate)),
        (
            "QuickTime before XMP",
            movie(
                &[boxed(
                    b"udta",
                    &[spoken(b"\xA9day", "2009-06-21T12:00:00+0200"), boxed(b"XMP_", &xmp(BY_A_PERSON))].concat(),
                )],
                &[],
            ),
            told("2009-06-21T12:00:00+02:00", QuickTime),
        ),
        (
            "XMP before the movie's header",
            movie(&[boxed(b"udta", &boxed(b"XMP_", &xmp(BY_A_PERSON)))], &[]),
            told(IN_XMP, Xmp),
        ),
        ("the movie's header alone", movie(&[], &[]), told("2005-08-11T14:03:54Z", MovieHeader)),
    ] {
        assert_eq!(captured(&file), expected, "{what}");
    }
}

#[test]
fn what_a_person_wrote_beside_the_cameras_word_is_kept_too() {
    let corrected = |exif: &[(u16, Tag)], properties: &str| {
        let block = build::exif(Vec::new(), exif, &[]);
        read(&jpeg(&[exif_segment(&block), xmp_segment(&xmp(properties))])).corrected.map(|time| time.to_string())
    };
    let camera = || [(0x9003, Tag::Text("2004:05:06 07:08:09")), (0x9011, Tag::Text("+02:00"))];
    assert_eq!(corrected(&camera(), BY_A_PERSON).as_deref(), Some(IN_XMP));
    assert_eq!(corrected(&camera(), "photoshop:DateCreated=\"1960\"").as_deref(), Some("1960"));
    for (what, properties) in [
        ("the same", "exif:DateTimeOriginal=\"2004-05-06T07:08:09+02:00\""),
        ("the same instant", "exif:DateTimeOriginal=\"2004-05-06T05:08:09Z\""),
        ("the same on the wall, the zone a guess", "exif:DateTimeOriginal=\"2004-05-06T07:08:09-08:00\""),
        ("the same, and less of it", "photoshop:DateCreated=\"2004-05\""),
        ("when a program made a file of it", "xmp:CreateDate=\"2020-01-01T00:00:00\""),
    ] {
        assert_eq!(corrected(&camera(), properties), None, "{what}");
    }
    assert_eq!(corrected(&[], BY_A_PERSON), None, "there is nothing else");
}
