//! The digest of a coded picture: nothing that is written about a picture changes it, everything else does.

use std::io::Cursor;

use jiff::civil::date;
use photobridge_media::sample::Shot;
use photobridge_media::{PictureDigest, picture_digest};

fn digest(file: &[u8]) -> Option<PictureDigest> {
    picture_digest(Cursor::new(file), file.len() as u64).expect("memory can be read")
}

fn shot() -> Shot {
    Shot::new(date(2024, 5, 1).at(10, 0, 0, 0), 7)
}

/// The same picture with other words: another camera, another day, turned by its header.
fn rewritten() -> Shot {
    let later = Shot::new(date(2025, 6, 2).at(11, 1, 1, 0), 7);
    Shot { model: "a camera with a longer name".into(), orientation: 6, ..later }
}

fn another() -> Shot {
    Shot { seed: 8, ..shot() }
}

#[test]
fn only_the_picture_counts_in_every_format() {
    type Make = fn(&Shot) -> Vec<u8>;
    let formats: [(&str, Make); 5] = [
        ("JPEG", |shot| shot.jpeg(64, 48)),
        ("PNG", |shot| shot.png(64, 48)),
        ("HEIF", |shot| shot.heif(64, 48)),
        ("DNG", |shot| shot.dng(64, 48)),
        ("MOV", |shot| shot.movie(64, 48, 1000)),
    ];
    for (name, make) in formats {
        let (before, after) = (make(&shot()), make(&rewritten()));
        assert_ne!(before, after, "{name}");
        assert!(digest(&before).is_some(), "{name}");
        assert_eq!(digest(&before), digest(&after), "{name}: other words");
        assert_ne!(digest(&before), digest(&make(&another())), "{name}: another picture");
        let half = &before[..before.len() / 2];
        assert_eq!(digest(half), None, "{name}: half of it has no picture");
    }
    assert_eq!(digest(b"<html>please log in</html>"), None);
    assert_eq!(digest(&[]), None);
}

#[test]
fn words_may_stand_anywhere_in_a_jpeg() {
    let jpeg = shot().jpeg(64, 48);
    let exif_end = 4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    let comment = b"\xFF\xFE\0\x08tagged";
    let with = |at: usize, words: &[u8]| [&jpeg[..at], words, &jpeg[at..]].concat();
    let plain = digest(&jpeg);
    assert_eq!(digest(&with(2, comment)), plain);
    assert_eq!(digest(&with(exif_end, comment)), plain);
    assert_eq!(digest(&[&jpeg[..2], &jpeg[exif_end..]].concat()), plain, "no EXIF at all");
    let adobe = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
    assert_ne!(digest(&with(exif_end, adobe)), plain, "which says how its colours are coded");
    let movie = [&jpeg[..], b"the movie of a motion photo"].concat();
    assert_ne!(digest(&movie), plain, "what lies behind the picture is no word about it");
    let mut touched = jpeg.clone();
    let in_the_scan = touched.len() - 40;
    touched[in_the_scan] ^= 1;
    assert_ne!(digest(&touched), plain);
}

#[test]
fn a_png_may_be_cut_into_other_chunks() {
    let png = shot().png(64, 48);
    let at = png.windows(4).position(|kind| kind == b"IDAT").expect("a picture") - 4;
    let length = u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes")) as usize;
    let data = &png[at + 8..at + 8 + length];
    let chunk = |data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], b"IDAT", data, &[0; 4]].concat();
    let (first, second) = data.split_at(length / 3);
    let cut = [&png[..at], &chunk(first), &chunk(second), &png[at + 12 + length..]].concat();
    assert_eq!(digest(&cut), digest(&png));
}

/// The movie with an edit list in its first track, which plays so many units of its time from a place in it.
fn with_edits(movie: &[u8], length: u32, from: u32) -> Vec<u8> {
    let place = |kind: &[u8]| movie.windows(4).position(|four| four == kind).expect("it is there");
    let numbers = [28_u32, 0, 0, 1, length, from, 0x1_0000].map(u32::to_be_bytes).concat();
    let mut edits = [&36_u32.to_be_bytes()[..], b"edts", &numbers].concat();
    edits[12..16].copy_from_slice(b"elst");
    let mut made = movie.to_vec();
    for kind in [b"moov", b"trak"] {
        let at = place(kind) - 4;
        let size = u32::from_be_bytes(made[at..at + 4].try_into().expect("four bytes")) + 36;
        made[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    let inside = place(b"trak") + 4;
    made.splice(inside..inside, edits);
    made
}

#[test]
fn what_is_played_of_a_movie_is_a_part_of_it() {
    let [movie, rewritten] = [shot(), rewritten()].map(|shot| shot.movie(64, 48, 3000));
    let whole = digest(&with_edits(&movie, 3000, 0));
    assert!(whole.is_some());
    assert_ne!(whole, digest(&with_edits(&movie, 1000, 0)), "a third of it");
    assert_ne!(whole, digest(&with_edits(&movie, 3000, 1000)), "another part of it");
    assert_eq!(whole, digest(&with_edits(&rewritten, 3000, 0)), "other words");
    let slower = shot().movie(64, 48, 6000);
    assert_ne!(digest(&movie), digest(&slower), "all of it, slower");
}

/// A CRW with one picture, its decoder's table in a directory of its own, and a remark; whatever is in front moves all of it.
fn crw(front: &[u8], raw: &[u8], table: &[u8; 12], remark: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, length: usize, place: usize| {
        [&tag.to_le_bytes()[..], &(length as u32).to_le_bytes(), &(place as u32).to_le_bytes()].concat()
    };
    let directory = |mut values: Vec<u8>, entries: &[Vec<u8>]| {
        let at = values.len() as u32;
        values.extend((entries.len() as u16).to_le_bytes());
        values.extend(entries.concat());
        values.extend(at.to_le_bytes());
        values
    };
    let inner = directory(table.to_vec(), &[entry(0x1835, table.len(), 0)]);
    let values = [front, raw, remark, &inner].concat();
    let after = front.len() + raw.len();
    let entries = [
        entry(0x2005, raw.len(), front.len()),
        entry(0x0805, remark.len(), after),
        entry(0x300A, inner.len(), after + remark.len()),
    ];
    [&b"II\x1A\0\0\0HEAPCCDR\x02\0\x01\0\0\0\0\0\0\0\0\0"[..], &directory(values, &entries)].concat()
}

#[test]
fn of_a_crw_what_the_sensor_saw_and_what_decodes_it_count_wherever_they_are() {
    let table = b"decoder's it";
    let file = crw(b"", b"what the sensor saw", table, b"");
    let known = digest(&file);
    assert!(known.is_some());
    assert_eq!(digest(&crw(b"moved", b"what the sensor saw", table, b"a remark")), known);
    assert_ne!(digest(&crw(b"", b"what the sensor s_w", table, b"")), known);
    assert_ne!(digest(&crw(b"", b"what the sensor saw", b"another's it", b"")), known);
    assert_eq!(digest(&crw(b"", b"", table, b"")), None, "no picture");
    assert_eq!(digest(&file[..file.len() - 1]), None, "it breaks off");
}
