//! Motion photos of every make: where their movie lies, and the Live Photo that is made of each.

mod build;

use std::io::Cursor;

use build::{boxed, xmp_segment};
use jiff::civil::date;
use photobridge_media::header::Header;
use photobridge_media::live::{self, Pair};
use photobridge_media::sample::Shot;
use photobridge_media::{FileKind, picture_digest, read_header};

const IDENTITY: [u8; 20] = *b"the identity of it 1";

/// The identity, written as a UUID by hand: letters in their code, a version of 8 and a variant of the first kind.
const IDENTIFIER: &str = "74686520-6964-856E-B469-7479206F6620";

fn shot() -> Shot {
    Shot { make: "Google".into(), model: "Pixel 9".into(), ..Shot::new(date(2024, 5, 1).at(10, 0, 0, 0), 7) }
}

fn movie() -> Vec<u8> {
    shot().movie(64, 48, 1500)
}

fn header(file: &[u8]) -> Header {
    read_header(Cursor::new(file), file.len() as u64, FileKind::Still).expect("memory can be read").0
}

fn header_of_motion(file: &[u8]) -> Result<(u64, u64), Box<str>> {
    header(file).motion.expect("it has a movie").pair
}

fn pair(file: &[u8]) -> Pair {
    live::pair(Cursor::new(file), file.len() as u64, &IDENTITY).expect("memory can be read").expect("a motion photo")
}

fn written(made: &live::Made, file: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    made.write(&mut Cursor::new(file), &mut written).expect("memory can be written");
    assert_eq!(written.len() as u64, made.size());
    written
}

/// A JPEG with words of a phone about the movie behind it.
fn jpeg(words: &str) -> Vec<u8> {
    let packet = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description xmlns:GCamera=\"http://ns.google.com/photos/1.0/camera/\" {words}/></rdf:RDF></x:xmpmeta>"
    );
    let (marker, content) = xmp_segment(packet.as_bytes());
    let picture = shot().jpeg(160, 120);
    let segment = [&[0xFF, marker][..], &(content.len() as u16 + 2).to_be_bytes(), &content].concat();
    // Behind its EXIF.
    let end = 4 + usize::from(u16::from_be_bytes([picture[4], picture[5]]));
    [&picture[..end], &segment, &picture[end..]].concat()
}

/// What Samsung's phones write behind a picture, with a directory that counts back from itself.
fn samsung(movie: &[u8]) -> Vec<u8> {
    let stretch = |kind: u16, name: &[u8], content: &[u8]| {
        [&[0, 0], &kind.to_le_bytes()[..], &(name.len() as u32).to_le_bytes(), name, content].concat()
    };
    let stretches = [stretch(0x0A01, b"Image_UTC_Data", b"1705124333853"), stretch(0x0A30, b"MotionPhoto_Data", movie)];
    let (all, last) = (stretches.concat().len() as u32, stretches[1].len() as u32);
    let entry = |kind: u16, back: u32, length: usize| {
        [&[0, 0], &kind.to_le_bytes()[..], &back.to_le_bytes(), &(length as u32).to_le_bytes()].concat()
    };
    let entries = [entry(0x0A01, all, stretches[0].len()), entry(0x0A30, last, stretches[1].len())].concat();
    let directory = [&b"SEFH"[..], &107_u32.to_le_bytes(), &2_u32.to_le_bytes(), &entries].concat();
    [&stretches.concat()[..], &directory, &(directory.len() as u32).to_le_bytes(), b"SEFT"].concat()
}

/// The motion photos of each make: its name, the picture, and what stands behind it.
fn makes() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let (movie, heif) = (movie(), shot().heif(160, 120));
    let google = |words: &str| jpeg(words);
    let offset = format!("GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"{}\"", movie.len());
    let gain_map = [jpeg("GCamera:MotionPhoto=\"1\""), shot().jpeg(40, 30)].concat();
    let sefd = boxed(b"sefd", &samsung(b"mpv2"));
    vec![
        ("Google before 2020", google(&offset), movie.clone()),
        (
            "Google",
            google("GCamera:MotionPhoto=\"1\" GCamera:MotionPhotoPresentationTimestampUs=\"500000\""),
            movie.clone(),
        ),
        ("a length of 68", google("GCamera:MotionPhoto=\"1\" Item:Length=\"68\""), movie.clone()),
        ("no words", shot().jpeg(160, 120), movie.clone()),
        ("with a gain map", gain_map, movie.clone()),
        ("Samsung", shot().jpeg(160, 120), samsung(&movie)),
        ("a trailer of words", shot().jpeg(160, 120), [&movie[..], b"{\"watermark\":\"Shot on it\"}QDIOBSX"].concat()),
        ("HEIC", heif.clone(), boxed(b"mpvd", &movie)),
        ("HEIC of Samsung", heif.clone(), [boxed(b"mpvd", &movie), sefd.clone()].concat()),
        ("HEIC of Samsung before", heif.clone(), boxed(b"mpvd", &[movie.clone(), sefd].concat())),
        ("HEIC with a bare movie", heif, movie),
    ]
}

/// The content of the first box of this kind at the top of a movie.
fn content<'a>(movie: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let mut at = 0;
    loop {
        let length = u32::from_be_bytes(movie[at..at + 4].try_into().expect("four")) as usize;
        if &movie[at + 4..at + 8] == kind {
            return &movie[at + 8..at + length];
        }
        at += length;
    }
}

#[test]
fn a_motion_photo_of_each_make_becomes_two_halves_that_know_each_other() {
    for (make, picture, behind) in makes() {
        let file = [&picture[..], &behind].concat();
        let header = self::header(&file);
        assert_eq!(header.truncated, None, "{make}");
        let motion = header.motion.unwrap_or_else(|| panic!("{make} has a movie"));
        assert_eq!((motion.duration_ms, motion.size), (Some(1500), Some(movie().len() as u64)), "{make}");
        let pair = pair(&file);
        assert_eq!(
            (Ok((pair.still.size(), pair.movie.size())), &*pair.identifier),
            (motion.pair, IDENTIFIER),
            "{make}"
        );
        let (still, made) = (written(&pair.still, &file), written(&pair.movie, &file));
        for (half, bytes) in [("still", &still), ("movie", &made)] {
            let header = self::header(bytes);
            assert_eq!(header.content_identifier.as_deref(), Some(IDENTIFIER), "{make}: {half}");
            assert_eq!((header.truncated, header.not_a_photo), (None, false), "{make}: {half}");
            assert!(header.motion.is_none(), "{make}: {half}");
        }
        let digest = |bytes: &[u8]| picture_digest(Cursor::new(bytes), bytes.len() as u64).expect("readable");
        assert_eq!(digest(&still), digest(&picture), "{make}: the picture is as it was");
        assert_eq!(self::header(&still).captured, self::header(&picture).captured, "{make}");
        assert_eq!(content(&made, b"mdat"), content(&movie(), b"mdat"), "{make}: its samples are as they were");
    }
}

#[test]
fn what_is_made_follows_from_the_bytes_alone() {
    let file = [&jpeg("GCamera:MotionPhoto=\"1\"")[..], &movie()].concat();
    assert_eq!(pair(&file), pair(&file.clone()));
    let other = live::pair(Cursor::new(&file), file.len() as u64, &[7; 20]).expect("readable").expect("a pair");
    assert_eq!((other.still.size(), other.movie.size()), (pair(&file).still.size(), pair(&file).movie.size()));
    assert_ne!(other.identifier, pair(&file).identifier);
}

#[test]
fn the_moment_of_the_still_is_told() {
    // An empty stretch of so many thousandths of a second, and one in which the still is.
    let edits = |at: u32| [2, at, u32::MAX, 0x1_0000, 1, 0, 0x1_0000].map(u32::to_be_bytes).concat();
    let now = [1, 1, 0, 0x1_0000].map(u32::to_be_bytes).concat();
    for (words, expected) in [
        ("GCamera:MotionPhotoPresentationTimestampUs=\"500000\"", edits(500)),
        ("GCamera:MicroVideoPresentationTimestampUs=\"1200000\"", edits(1200)),
        // Not set: it is in the middle.
        ("GCamera:MotionPhotoPresentationTimestampUs=\"-1\"", edits(750)),
        ("GCamera:MotionPhoto=\"1\"", edits(750)),
        // Behind its end.
        ("GCamera:MotionPhotoPresentationTimestampUs=\"99000000\"", edits(1499)),
        ("GCamera:MotionPhotoPresentationTimestampUs=\"0\"", now),
    ] {
        let file = [&jpeg(words)[..], &movie()].concat();
        let made = written(&pair(&file).movie, &file);
        let tables = made.windows(4).filter(|four| four == b"elst").count();
        let table = made.windows(4).rposition(|four| four == b"elst").expect("a table") + 8;
        assert_eq!((tables, &made[table..table + expected.len()]), (1, &expected[..]), "{words}");
    }
}

#[test]
fn the_note_of_another_maker_goes_along() {
    let note = b"SAMSUNG\0a note of theirs, with places in it".to_vec();
    let exif =
        build::exif(vec![(0x010F, build::Tag::Text("samsung"))], &[(0x927C, build::Tag::Bytes(note.clone()))], &[]);
    let picture = build::jpeg(&[build::exif_segment(&exif)]);
    let file = [&picture[..], &movie()].concat();
    let still = written(&pair(&file).still, &file);
    assert_eq!(header(&still).content_identifier.as_deref(), Some(IDENTIFIER));
    let at = |bytes: &[u8]| bytes.windows(note.len()).position(|window| window == note).expect("it is there");
    assert_eq!(at(&still), at(&picture), "nothing moved");
    // The entry that leads to it stands behind that of Apple's, as it was.
    let place = (exif.windows(note.len()).position(|window| window == note).expect("there") as u32).to_le_bytes();
    let entry = [&0x927C_u16.to_le_bytes()[..], &[7, 0], &(note.len() as u32).to_le_bytes(), &place].concat();
    let leads = |bytes: &[u8]| bytes.windows(entry.len()).filter(|window| *window == entry).count();
    assert_eq!((leads(&picture), leads(&still)), (1, 2), "the old directory stands where it stood, and leads nowhere");
}

#[test]
fn a_still_that_is_half_of_a_live_photo_already_stays_so() {
    let own = "602FEBB7-6B59-4799-96E6-9C8484D873C7";
    let picture = Shot { content_identifier: Some(own.into()), ..shot() }.jpeg(160, 120);
    let file = [&picture[..], &movie()].concat();
    let pair = pair(&file);
    assert_eq!((&*pair.identifier, written(&pair.still, &file)), (own, picture));
    assert_eq!(header(&written(&pair.movie, &file)).content_identifier.as_deref(), Some(own));
}

#[test]
fn what_apple_does_not_play_stays_as_it_is_with_its_reason() {
    let change = |from: &[u8; 4], to: &[u8; 4]| {
        let mut movie = movie();
        let at = movie.windows(4).rposition(|four| four == from).expect("it is there");
        movie[at..at + 4].copy_from_slice(to);
        [&shot().jpeg(160, 120)[..], &movie].concat()
    };
    let why = |file: &[u8]| header_of_motion(file).expect_err("it can be no Live Photo");
    assert_eq!(&*why(&change(b"jpeg", b"av01")), "its movie is coded in a way that Apple's devices do not play");
    assert_eq!(&*why(&change(b"vide", b"soun")), "its movie has no pictures");
    for file in [change(b"jpeg", b"av01"), change(b"vide", b"soun")] {
        assert_eq!(live::pair(Cursor::new(&file), file.len() as u64, &IDENTITY).expect("readable"), None);
    }
}

#[test]
fn another_movie_behind_the_first_is_not_left_out() {
    let boxes = |count| [shot().heif(160, 120), boxed(b"mpvd", &movie()).repeat(count)].concat();
    assert!(header_of_motion(&boxes(1)).is_ok());
    assert_eq!(header_of_motion(&boxes(2)), Err("something else stands behind its movie".into()));
    let file = [&shot().jpeg(160, 120)[..], &movie(), &movie()].concat();
    let (made, movie) = (written(&pair(&file).movie, &file), movie());
    let samples = content(&movie, b"mdat");
    assert_eq!(made.windows(samples.len()).filter(|window| *window == samples).count(), 2, "all data are kept");
}

#[test]
fn a_movie_with_fewer_samples_than_its_index_says_stays_as_it_is() {
    let lengths = movie().windows(4).rposition(|four| four == b"stsz").expect("a table") + 4;
    let [each, count] = [lengths + 4, lengths + 8];
    let said = |at: usize, number: u32| {
        let mut movie = movie();
        movie[at..at + 4].copy_from_slice(&number.to_be_bytes());
        header_of_motion(&[&shot().jpeg(160, 120)[..], &movie].concat())
    };
    let there = u32::from_be_bytes(movie()[count..count + 4].try_into().expect("four bytes"));
    let senseless = Err("the index of its movie makes no sense".into());
    for many in [there + 1, u32::MAX] {
        assert_eq!(said(count, many), senseless, "{many}");
    }
    assert!(said(count, there).is_ok() && said(each, 4).is_ok(), "all may be of one length");
}

#[test]
fn a_track_with_the_last_number_leaves_none_for_the_moment() {
    let mut movie = movie();
    let header = movie.windows(4).rposition(|four| four == b"tkhd").expect("a track") + 4;
    for (number, is_left) in [(u32::MAX, false), (u32::MAX - 1, false), (u32::MAX - 2, true)] {
        movie[header + 12..header + 16].copy_from_slice(&number.to_be_bytes());
        let file = [&shot().jpeg(160, 120)[..], &movie].concat();
        assert_eq!(header_of_motion(&file).is_ok(), is_left, "{number}");
    }
}

#[test]
fn of_a_movie_whose_index_was_destroyed_it_is_said_that_it_is_there() {
    let says = |make: &str, file: &[u8]| {
        let motion = header(file).motion.unwrap_or_else(|| panic!("{make} has a movie"));
        assert!(motion.pair.is_err(), "{make}");
    };
    for (make, picture, mut behind) in makes() {
        let index = behind.windows(4).position(|four| four == b"moov").expect("an index");
        behind[index..index + 4].fill(0);
        says(make, &[&picture[..], &behind].concat());
    }
    // An encoder may put it first.
    let movie = movie();
    let first = [boxed(b"ftyp", content(&movie, b"ftyp")), boxed(&[0; 4], content(&movie, b"moov"))].concat();
    let movie = [&first[..], &boxed(b"mdat", content(&movie, b"mdat"))].concat();
    let (jpeg, heif) = (shot().jpeg(160, 120), shot().heif(160, 120));
    let bare = [&movie[..], b"QDIOBSX"].concat();
    for (picture, behind) in [(&jpeg, bare), (&jpeg, samsung(&movie)), (&heif, boxed(b"mpvd", &movie))] {
        says("one with its index first", &[&picture[..], &behind].concat());
    }
}

#[test]
fn what_only_looks_like_one_is_none() {
    let picture = shot().jpeg(160, 120);
    for file in [
        picture.clone(),
        jpeg("GCamera:MotionPhoto=\"1\" GCamera:MicroVideoOffset=\"4000\""),
        [&picture[..], b"ftyp, says a text"].concat(),
        [&picture[..], &boxed(b"JXL ", b"\r\n\x87\n"), &boxed(b"ftyp", b"jxl \0\0\0\0jxl "), &boxed(b"jxlc", b"coded")]
            .concat(),
        shot().heif(160, 120),
        movie(),
    ] {
        assert_eq!(header(&file).motion, None);
        assert_eq!(live::pair(Cursor::new(&file), file.len() as u64, &IDENTITY).expect("readable"), None);
    }
}

#[test]
fn no_cut_and_no_other_byte_makes_it_panic() {
    for (_, picture, behind) in makes() {
        let file = [&picture[..], &behind].concat();
        let tail = picture.len().saturating_sub(300)..file.len();
        for at in tail.step_by(37).chain((0..picture.len()).step_by(53)) {
            let _ = live::pair(Cursor::new(&file[..at]), at as u64, &IDENTITY).expect("readable");
            for other in [0, 0x7F, 0xFF] {
                let mut file = file.clone();
                file[at] = other;
                if let Some(pair) = live::pair(Cursor::new(&file), file.len() as u64, &IDENTITY).expect("readable") {
                    written(&pair.still, &file);
                    written(&pair.movie, &file);
                }
            }
        }
    }
}

#[test]
fn a_movie_that_ends_too_early_is_told_apart_from_half_a_picture() {
    for (make, picture, behind) in makes() {
        let file = [&picture[..], &behind].concat();
        // In the middle of its movie: the index at its end is missing.
        let cut = header(&file[..picture.len() + movie().len() / 2]);
        assert!(cut.truncated.is_some() && cut.lacks_only_its_movie(), "{make}");
        assert_eq!(cut.motion.expect("of a movie").pair, Err("its movie is not whole".into()), "{make}");
        let half = header(&file[..picture.len() - 20]);
        assert!(half.truncated.is_some() && !half.lacks_only_its_movie(), "{make}: {:?}", half.truncated);
    }
}
