//! Whether all of a file is there, as its own structure tells: built by hand, with sizes and places counted by hand.

use std::io::Cursor;

use photobridge_media::header::{Flaw, Header};
use photobridge_media::sample::Shot;
use photobridge_media::{FileKind, read_header};

fn read(bytes: &[u8]) -> Header {
    read_header(Cursor::new(bytes), bytes.len() as u64, FileKind::Still).expect("memory can be read").0
}

fn is_whole(bytes: &[u8]) -> bool {
    read(bytes).flaw().is_none()
}

/// Every one of these lengths of a file, which is whole at its full length, must be held.
fn assert_held(what: &str, file: &[u8], lengths: impl IntoIterator<Item = usize>) {
    assert!(is_whole(file), "{what} is whole: {:?}", read(file).truncated);
    for length in lengths {
        assert!(!is_whole(&file[..length]), "{length} of {} bytes of {what}", file.len());
    }
}

fn shot() -> Shot {
    Shot::new(jiff::civil::date(2024, 1, 31).at(23, 59, 59, 0), 7)
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], content].concat()
}

/// A movie as phones put it behind a picture, its index last, and one with its index first.
fn movies() -> [Vec<u8>; 2] {
    let first = shot().movie(64, 48, 1500);
    let at = |kind: &[u8; 4]| first.windows(4).position(|four| four == kind).expect("the box is there") - 4;
    let (data, index) = (at(b"mdat"), at(b"moov"));
    // Where the pictures lie is counted from the start of the file: now behind the index.
    let mut second = [&first[..data], &first[index..], &first[data..index]].concat();
    let table = second.windows(4).position(|four| four == b"stco").expect("the table is there") + 12;
    let place = u32::try_from(data + 8 + first.len() - index).expect("a short movie");
    second[table..table + 4].copy_from_slice(&place.to_be_bytes());
    [first, second]
}

/// One stretch of the trailer of Samsung's phones, and the directory that ends it.
fn samsung(movie: &[u8]) -> Vec<u8> {
    let stretch = |kind: u16, name: &[u8], content: &[u8]| {
        [&[0, 0], &kind.to_le_bytes()[..], &(name.len() as u32).to_le_bytes(), name, content].concat()
    };
    let stretches =
        [stretch(0x0A01, b"Image_UTC_Data", b"1705124333853"), stretch(0x0A30, b"MotionPhoto_Data", movie)].concat();
    let directory = [&b"SEFH"[..], &107_u32.to_le_bytes(), &2_u32.to_le_bytes(), &[7; 24]].concat();
    [&stretches[..], &directory, &(directory.len() as u32).to_le_bytes(), b"SEFT"].concat()
}

#[test]
fn half_a_movie_behind_a_picture_waits() {
    let picture = shot().jpeg(160, 120);
    let gain_map = shot().jpeg(80, 60);
    let end = picture.len();
    for movie in movies() {
        for (what, between, behind) in [
            ("Pixel, Xiaomi, OPPO", vec![], vec![]),
            ("Ultra HDR", gain_map.clone(), vec![]),
            ("Ultra HDR, filled up", [vec![0; 40], gain_map.clone()].concat(), vec![]),
            ("Huawei", vec![], b"v2_f36              0:0                 LIVE_0001234567".to_vec()),
            ("vivo", vec![], b"vivo{\"com.android.camera.livephoto\":\"1\"}".to_vec()),
            ("filled up", vec![], vec![0; 300]),
        ] {
            let file = [&picture[..], &between, &movie, &behind].concat();
            let start = end + between.len();
            // From a movie of which only its brands are there, up to the last byte of its last box.
            let within = [20, 24, 100, movie.len() / 2, movie.len() * 9 / 10, movie.len() - 64, movie.len() - 1];
            assert_held(what, &file, within.map(|length| start + length));
            if !between.is_empty() {
                assert_held(what, &file, [end + between.len() / 2, start - 1]);
            }
            assert!(is_whole(&file[..end]), "{what}: a picture without any movie is whole");
            let mut hollow = file.clone();
            hollow[start + movie.len() * 6 / 10..].fill(0);
            assert!(!is_whole(&hollow), "{what}: its movie's bytes never came");
        }
    }
}

#[test]
fn samsungs_trailer_must_end() {
    let picture = shot().jpeg(160, 120);
    for movie in movies() {
        let file = [&picture[..], &samsung(&movie)].concat();
        // Also where the movie is there and the directory behind it is not: the last 40 bytes.
        assert_held("Samsung", &file, [file.len() * 9 / 10, file.len() - 45, file.len() - 40, file.len() - 1]);
        assert_held("Samsung", &file, [picture.len() + 30, picture.len() + 40, picture.len() + 100]);
        assert!(is_whole(&picture), "an editor left it out");
    }
    let without = [&picture[..], &samsung(b"")].concat();
    assert_held("Samsung's, of every picture", &without, [picture.len() + 22, without.len() - 1]);
}

#[test]
fn words_about_a_movie_are_no_witness() {
    let words = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF \
        xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
        xmlns:GCamera=\"http://ns.google.com/photos/1.0/camera/\" GCamera:MicroVideo=\"1\" \
        GCamera:MicroVideoOffset=\"2387559\"/></rdf:RDF></x:xmpmeta>";
    let picture = shot().jpeg(160, 120);
    let segment = [&[0xFF, 0xE1], &(words.len() as u16 + 2).to_be_bytes()[..], words].concat();
    let edited = [&picture[..2], &segment, &picture[2..]].concat();
    assert!(is_whole(&edited), "an editor cut the movie off and kept the words");
    let [movie, _] = movies();
    assert!(is_whole(&[&edited[..], &movie].concat()), "a phone wrote a wrong length");
}

#[test]
fn a_movie_in_a_box_of_a_picture_must_end() {
    let picture = shot().heif(160, 120);
    let trailer = boxed(b"sefd", &samsung(b"mpv2"));
    for movie in movies() {
        let file = [&picture[..], &boxed(b"mpvd", &movie), &trailer].concat();
        let start = picture.len();
        let cuts = [start + 8, start + 40, start + movie.len() / 2, start + movie.len() + 7, file.len() - 64];
        assert_held("a HEIC with mpvd and sefd", &file, cuts);
        assert!(is_whole(&picture), "an editor cut the movie off");
        let bare = [&picture[..], &movie].concat();
        assert_held("a HEIC with a movie behind it", &bare, [start + 30, start + movie.len() * 9 / 10, bare.len() - 1]);
        // Its box is whole, the movie in it is not.
        let half = [&picture[..], &boxed(b"mpvd", &movie[..movie.len() / 2])].concat();
        assert!(!is_whole(&half));
    }
}

#[test]
fn a_picture_that_simply_follows_must_end() {
    let (picture, further) = (shot().jpeg(160, 120), shot().jpeg(80, 60));
    let file = [&picture[..], &further].concat();
    assert_held("two pictures", &file, [picture.len() + 3, picture.len() + 200, file.len() - 10]);
    assert!(is_whole(&picture));
}

#[test]
fn the_last_box_of_a_movie_must_end_whatever_its_kind() {
    let [movie, _] = movies();
    for kind in [b"beam", b"thum", b"SDLN", b"1234"] {
        let file = [&movie[..], &boxed(kind, &[7; 200])].concat();
        assert_held("a box of a kind that nobody knows", &file, [movie.len() + 8, file.len() - 64, file.len() - 1]);
    }
    for rubbish in [&b"and that was the holiday"[..], b"\n<x:xmpmeta>", &[0x55; 100], b"\xFF\xFF\xFF\xFFabcd"] {
        assert!(is_whole(&[&movie[..], rubbish].concat()), "{rubbish:?}");
    }
}

#[test]
fn a_movie_whose_bytes_never_came_is_held() {
    let [_, movie] = movies();
    let data = movie.windows(4).position(|four| four == b"mdat").expect("the box is there") + 4;
    let mut hollow = movie.clone();
    hollow[data..].fill(0);
    assert!(is_whole(&movie) && !is_whole(&hollow), "zeros where its pictures should be");
    // The same movie whose last box goes on to the end, wherever that is.
    let mut open = movie.clone();
    open[data - 8..data - 4].fill(0);
    assert!(is_whole(&open));
    assert!(!is_whole(&open[..data]), "not one of its pictures is there");
}

/// A directory of TIFF, little-endian: entries of (tag, format, count, value), and where the next one lies.
fn directory(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
    let mut bytes = (entries.len() as u16).to_le_bytes().to_vec();
    for (tag, format, count, value) in entries {
        bytes.extend([tag.to_le_bytes(), format.to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend(next.to_le_bytes());
    bytes
}

/// Pixels 8 × 4, a strip of `length` bytes at `at`, coded as `coding` says.
fn page(coding: u32, at: u32, length: u32) -> [(u16, u16, u32, u32); 5] {
    [(0x0100, 4, 1, 8), (0x0101, 4, 1, 4), (0x0103, 3, 1, coding), (0x0111, 4, 1, at), (0x0117, 4, 1, length)]
}

/// Bytes of a directory with five entries.
const PAGE: u32 = 2 + 5 * 12 + 4;

#[test]
fn every_page_of_a_tiff_must_be_there() {
    // Three pages: each a directory of 66 bytes and 100 bytes of pixels behind it.
    let mut file = b"II\x2A\0\x08\0\0\0".to_vec();
    for number in 0..3 {
        let at = 8 + number * (PAGE + 100);
        let next = if number == 2 { 0 } else { at + PAGE + 100 };
        file.extend(directory(&page(1, at + PAGE, 100), next));
        file.extend([number as u8 + 1; 100]);
    }
    assert_eq!((file.len(), read(&file).pixels), (8 + 3 * 166, Some((8, 4))));
    assert_held("three pages", &file, [40, 95, 170, 174, 230, 340, 400, 405, 442, 505]);
    let mut hollow = file.clone();
    hollow[340..].fill(0);
    assert!(!is_whole(&hollow), "zeros where the last page should be");
    // A chain that goes in a circle ends all the same.
    let mut circle = file.clone();
    circle[8 + 62..8 + 66].copy_from_slice(&8_u32.to_le_bytes());
    assert!(is_whole(&circle));
}

/// As libtiff and ImageMagick write one: the pixels, and behind them the directory that tells of them.
#[test]
fn a_directory_at_the_end_must_be_there() {
    let file = [b"II\x2A\0\xF8\x01\0\0", &[7; 496][..], &directory(&page(1, 8, 496), 0)].concat();
    assert_eq!((file.len(), read(&file).pixels), (8 + 496 + 66, Some((8, 4))));
    assert_held("a directory at the end", &file, [100, 504, 520, 565]);
    let mut hollow = file.clone();
    hollow[500..].fill(0);
    assert!(!is_whole(&hollow), "zeros where the directory should be");
}

#[test]
fn the_words_of_a_tiff_must_be_there() {
    // The directory at 8 has six entries, so 78 bytes; 100 bytes of pixels, then EXIF at 186 with one date at its end.
    let with_words_at = |place: u32| {
        let mut entries = page(1, 86, 100).to_vec();
        entries.push((0x8769, 4, 1, 186));
        let exif = directory(&[(0x9003, 2, 20, place), (0x927C, 7, 100, 9_000)], 0);
        let mut file = [b"II\x2A\0\x08\0\0\0", &directory(&entries, 0)[..], &[7; 100], &exif].concat();
        assert_eq!(file.len(), 186 + 30);
        file.extend(b"2010:09:30 16:06:06\0");
        file
    };
    let file = with_words_at(216);
    assert!(read(&file).captured.is_some());
    assert_held("a TIFF with EXIF behind its picture", &file, [180, 200, 217, 235]);
    assert!(is_whole(&with_words_at(1 << 20)), "a pointer that leads to far away was never right");
}

#[test]
fn a_raw_file_must_hold_what_its_directories_tell() {
    let dialect = |word: &[u8; 2], entries: &[(u16, u16, u32, u32)]| {
        let mut file = [b"II", &word[..], &8_u32.to_le_bytes(), &directory(entries, 0)].concat();
        let end = entries.iter().map(|(.., value)| *value).filter(|value| *value < u32::MAX).max();
        file.resize(end.expect("some entries") as usize + 1000, 7);
        file
    };
    let mut panasonic = page(1, u32::MAX, 1000).to_vec();
    panasonic.push((0x0118, 4, 1, 2000));
    assert_held("RW2", &dialect(b"\x55\0", &panasonic), [100, 1500, 2700, 2936, 2999]);
    assert_held("ORF", &dialect(b"RO", &page(1, 2000, 1000)), [100, 1500, 2700, 2936, 2999]);
    assert_held("another ORF", &dialect(b"RS", &page(1, 2000, 1000)), [1500, 2999]);
}

#[test]
fn a_big_tiff_must_be_there() {
    let entry = |tag: u16, value: u64| {
        [&tag.to_le_bytes()[..], &16_u16.to_le_bytes(), &1_u64.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut file = [b"II\x2B\0\x08\0\0\0", &16_u64.to_le_bytes()[..], &4_u64.to_le_bytes()].concat();
    for (tag, value) in [(0x0100, 8), (0x0101, 4), (0x0111, 112), (0x0117, 500)] {
        file.extend(entry(tag, value));
    }
    file.extend([0; 8]);
    assert_eq!(file.len(), 16 + 8 + 4 * 20 + 8);
    file.resize(112 + 500, 7);
    assert_eq!(read(&file).pixels, Some((8, 4)));
    assert_held("BigTIFF", &file, [20, 50, 105, 300, 548, 611]);
}

#[test]
fn fujifilms_three_parts_must_be_there() {
    let preview = shot().jpeg(160, 120);
    let (at, words, raw) = (160, 160 + preview.len() as u32, 160 + preview.len() as u32 + 16);
    let mut file = b"FUJIFILMCCD-RAW 0201FF389501X-T5".to_vec();
    file.resize(84, 0);
    for number in [at, preview.len() as u32, words, 16, raw, 20_000] {
        file.extend(number.to_be_bytes());
    }
    file.resize(at as usize, 0);
    file.extend(&preview);
    file.resize(raw as usize + 20_000, 7);
    assert!(read(&file).captured.is_some(), "its preview is read");
    let length = file.len();
    assert_held("RAF", &file, [100, 110, 400, raw as usize, length / 2, length * 99 / 100, length - 64, length - 1]);
}

#[test]
fn canons_older_directory_stands_at_the_end() {
    let mut file = b"II\x1A\0\0\0HEAPCCDR\x02\0\x01\0\0\0\0\0\0\0\0\0".to_vec();
    assert_eq!(file.len(), 26);
    file.resize(26 + 5000, 7);
    file.extend(2_u16.to_le_bytes());
    file.extend([9; 20]);
    // It begins 5,000 bytes behind the first words.
    file.extend(5000_u32.to_le_bytes());
    let length = file.len();
    assert_held("CRW", &file, [20, 26, length / 2, length * 9 / 10, length - 64, length - 4, length - 1]);
    let mut hollow = file.clone();
    hollow[3000..].fill(0);
    assert!(!is_whole(&hollow), "zeros where the directory should be");
    let edited = [&file[..], &[5; 300], b"CANON OPTIONAL DATA\0", &[0; 44]].concat();
    assert!(is_whole(&edited), "Canon's editor leaves its words behind it");
}

#[test]
fn the_last_packet_of_a_recording_must_be_there() {
    let packets = |length: usize, before: usize, count: usize| {
        let packet: Vec<u8> = (0..length).map(|at| if at == before { 0x47 } else { 3 }).collect();
        packet.repeat(count)
    };
    let camcorder = packets(192, 4, 32 * 20);
    let length = camcorder.len();
    // Half of it ends with a packet, though not with a stretch of 32.
    assert_held("MTS", &camcorder, [length - 192 * 16, length * 9 / 10 + 5, length - 64, length - 1]);
    let stream = packets(188, 0, 500);
    assert_held("a transport stream", &stream, [stream.len() / 2 + 1, stream.len() - 64, stream.len() - 1]);
    let mut hollow = camcorder;
    hollow[length / 2..].fill(0);
    assert!(!is_whole(&hollow));
}

#[test]
fn coded_pictures_do_not_end_in_zeros() {
    let coded = |coding: u32, tail: u8| {
        let mut file = [&b"II\x2A\0\x08\0\0\0"[..], &directory(&page(coding, 8 + PAGE, 20_000), 0)].concat();
        file.resize(file.len() + 10_000, 7);
        file.resize(file.len() + 10_000, tail);
        file
    };
    // LZW, JPEG, Deflate under its two numbers; pixels as they are may well be black.
    for coding in [5, 7, 8, 32946] {
        assert!(is_whole(&coded(coding, 7)) && !is_whole(&coded(coding, 0)), "{coding}");
    }
    assert!(is_whole(&coded(1, 0)));
    let mut dng = shot().dng(320, 240);
    let length = dng.len();
    dng[length - 5000..].fill(0);
    assert!(!is_whole(&dng), "what a sensor saw is never that black");
    let mut webp = b"RIFF\x1E\x01\0\0WEBPVP8L\x12\x01\0\0\x2F\x3F\xC1\x3B\0".to_vec();
    webp.resize(20 + 274, 9);
    assert!(is_whole(&webp));
    webp[150..].fill(0);
    assert!(!is_whole(&webp));
    let gif = b"GIF89a\x40\x01\xF0\0\0\0\0\x2C\0\0\0\0\x40\x01\xF0\0\0\x02\x03abc";
    assert!(!is_whole(&[&gif[..], &[0; 500]].concat()), "half a GIF and zeros");
}

#[test]
fn every_part_of_a_long_recording_must_be_there() {
    let part = |form: &[u8; 4]| [b"RIFF", &404_u32.to_le_bytes()[..], form, &[1; 400]].concat();
    let file = [part(b"AVI "), part(b"AVIX"), part(b"AVIX")].concat();
    assert_held("AVI", &file, [300, 412 + 20, 412 * 2 + 300, file.len() - 2]);
}

#[test]
fn what_begins_like_no_picture_is_no_photo() {
    let page = b"<!DOCTYPE html>\n<html><body>Please log in to use this hotel's network</body></html>";
    let error = b"<?xml version=\"1.0\"?><d:error xmlns:d=\"DAV:\"><s:exception>Locked</s:exception></d:error>";
    let texts = [&page[..], error, b"x", b"IIII. Chapter the fourth, in which nothing happens", b"MMXXIV", b"BMW 320i"];
    let others =
        [&b"Good morning, this is a letter of some length"[..], b"%PDF-1.7", b"PK\x03\x04", b"RIFF\x10\0\0\0WAVEfmt "];
    for bytes in texts.into_iter().chain(others) {
        for kind in [FileKind::Still, FileKind::Raw, FileKind::Video] {
            let (header, _) = read_header(Cursor::new(bytes), bytes.len() as u64, kind).expect("memory can be read");
            assert_eq!((header.not_a_photo, header.truncated), (true, None), "{:?}", String::from_utf8_lossy(bytes));
        }
    }
    assert!(is_whole(b"\0\0\x01\xBAand so on"));
}

#[test]
fn what_is_only_recognised_is_so_under_every_name() {
    // The first page of an Ogg file: 27 bytes and the length of its only packet, which begins with the name of a coding.
    let ogg = |coding: &[u8]| [b"OggS\0\x02", &[0; 20][..], &[1, coding.len() as u8], coding].concat();
    let in_ogg =
        [ogg(b"\x80theora\x03\x02"), [ogg(b"fishead\0\x03"), ogg(b"\x80theora\x03\x02")].concat(), ogg(b"OVP80\x01")];
    let named = [
        &b"\xFF\x0Aand so on"[..],
        b"\0\0\0\x0CJXL \x0D\x0A\x87\x0A",
        b"\0\0\0\x0CjP  \x0D\x0A\x87\x0A",
        b"8BPS\0\x01",
        b"\x1A\x45\xDF\xA3webm",
        b"II\xBC\x01 and so on",
        b"\0MRM\0\0\0\0",
        b"FLV\x01\x05\0\0\0\x09",
        b"\x30\x26\xB2\x75\x8E\x66\xCF\x11",
        b"RIFF\x10\0\0\0CDXAfmt ",
    ];
    for bytes in named.into_iter().chain(in_ogg.iter().map(Vec::as_slice)) {
        assert_eq!(read(bytes).flaw(), Some(Flaw::NotSupported), "{:?}", String::from_utf8_lossy(bytes));
    }
    for sound in [ogg(b"\x01vorbis\0"), ogg(b"OpusHead\x01")] {
        assert_eq!(read(&sound).flaw(), Some(Flaw::NotAPhoto));
    }
    // What lies in boxes is sound if no track shows anything.
    for movie in movies_of(b"soun").into_iter().chain(movies_of(b"tmcd")) {
        let is_sound = movie.windows(4).any(|four| four == b"soun");
        assert_eq!(read(&movie).flaw(), is_sound.then_some(Flaw::NotAPhoto));
    }
    assert!(movies().iter().all(|movie| is_whole(movie)));
}

/// The same movies, their only track being one of this kind.
fn movies_of(kind: &[u8; 4]) -> [Vec<u8>; 2] {
    movies().map(|mut movie| {
        let at = movie.windows(4).position(|four| four == b"vide").expect("the track of pictures");
        movie[at..at + 4].copy_from_slice(kind);
        movie
    })
}

#[test]
fn a_text_about_gifs_is_no_gif() {
    for text in
        ["GIF89a is a format of 1989; it has 256 colours", "GIF87a, the first one", "GIF8, they say", "GIF89a-tests.;"]
    {
        assert_eq!(read(text.as_bytes()).flaw(), Some(Flaw::NotAPhoto), "{text}");
    }
    let gif = b"GIF89a\x01\0\x01\0\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3B";
    assert_eq!(read(gif).flaw(), None);
    assert_eq!(read(&gif[..20]).flaw(), Some(Flaw::Truncated));
}
