//! Motion photos that are made of Live Photos: what they say, and both halves out of the one file again.

mod build;

use std::io::Cursor;

use build::{boxed, xmp_segment};
use jiff::civil::date;
use photobridge_media::header::Header;
use photobridge_media::live::{self, Both, joined};
use photobridge_media::sample::Shot;
use photobridge_media::{FileKind, read_header};

const IDENTIFIER: &str = "602FEBB7-6B59-4799-96E6-9C8484D873C7";

fn shot() -> Shot {
    let shot = Shot::new(date(2024, 5, 1).at(10, 0, 0, 0), 7);
    Shot { content_identifier: Some(IDENTIFIER.into()), ..shot }
}

fn header(file: &[u8]) -> Header {
    read_header(Cursor::new(file), file.len() as u64, FileKind::Still).expect("memory can be read").0
}

/// The motion photo of both, or why it can be none.
fn one(still: &[u8], movie: &[u8]) -> Result<Vec<u8>, &'static str> {
    let halves = |bytes: &[u8]| (Cursor::new(bytes.to_vec()), bytes.len() as u64);
    let made = joined(halves(still), halves(movie)).expect("memory can be read")?;
    let mut written = Vec::new();
    made.write(&mut Both::new(halves(still), halves(movie)), &mut written).expect("memory can be written");
    assert_eq!(written.len() as u64, made.size());
    Ok(written)
}

/// Both halves of a motion photo.
fn two(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let pair = live::pair(Cursor::new(file), file.len() as u64, &[7; 20]).expect("memory can be read");
    let pair = pair.expect("a motion photo");
    assert_eq!(&*pair.identifier, IDENTIFIER);
    let written = |made: &live::Made| {
        let mut written = Vec::new();
        made.write(&mut Cursor::new(file), &mut written).expect("memory can be written");
        written
    };
    (written(&pair.still), written(&pair.movie))
}

fn segment((marker, content): (u8, Vec<u8>)) -> Vec<u8> {
    [&[0xFF, marker][..], &(content.len() as u16 + 2).to_be_bytes(), &content].concat()
}

/// A JPEG with further segments behind its EXIF.
fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    let picture = shot().jpeg(160, 120);
    let end = 4 + usize::from(u16::from_be_bytes([picture[4], picture[5]]));
    [&picture[..end], &segments.concat(), &picture[end..]].concat()
}

/// A packet of XMP as Apple's programs write it.
fn packet(about: &str, words: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n  \
         <rdf:Description {about}{words}/>\n </rdf:RDF>\n</x:xmpmeta>\n"
    )
}

const TITLE: &str = " xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\" photoshop:Headline=\"A day\"";

/// A JPEG with a gain map behind it, and the list of both: how long the first is, and where the other lies from the list on.
fn with_gain_map(before: &[Vec<u8>], behind: &[Vec<u8>]) -> Vec<u8> {
    let map = shot().jpeg(40, 30);
    let made = |length: u32, offset: u32| {
        let entry = |kind: u32, length: u32, at: u32| [kind, length, at, 0].map(u32::to_be_bytes).concat();
        let entries = [entry(0x2003_0000, length, 0), entry(0, map.len() as u32, offset)].concat();
        // One directory of one tag: the entries, which lie behind it.
        let head = b"MPF\0MM\0\x2A\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0";
        let list = segment((0xE2, [&head[..], &entries].concat()));
        jpeg(&[before, &[list], behind].concat())
    };
    let length = made(0, 0).len() as u32;
    let at = |file: &[u8]| file.windows(4).position(|four| four == b"MPF\0").expect("the list") as u32 + 4;
    let offset = length - at(&made(0, 0));
    [made(length, offset), map].concat()
}

fn stills() -> Vec<(&'static str, Vec<u8>)> {
    let words = |about: &str| segment(xmp_segment(packet(about, TITLE).as_bytes()));
    let heic = shot().heif(160, 120);
    let bare = {
        let picture = shot().jpeg(160, 120);
        // JFIF first.
        let jfif = segment((0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec()));
        [&picture[..2], &jfif, &picture[2..]].concat()
    };
    vec![
        ("JPEG", shot().jpeg(160, 120)),
        ("JPEG with JFIF", bare),
        ("JPEG with words", jpeg(&[words("rdf:about=\"\"")])),
        ("JPEG with words of a subject", jpeg(&[words("rdf:about='uuid:5'")])),
        ("JPEG with words of none", jpeg(&[words("")])),
        ("JPEG with a gain map", with_gain_map(&[], &[])),
        ("JPEG with words and a gain map", with_gain_map(&[words("rdf:about=\"\"")], &[])),
        ("JPEG with zeros behind it", [jpeg(&[]), vec![0; 100]].concat()),
        ("HEIC", heic.clone()),
        ("HEIC with words", heic_with_words(&heic)),
        ("HEIC with its index at the end", index_last(&heic)),
    ]
}

/// A HEIC with a free box where it begins, and one behind.
fn index_last(heic: &[u8]) -> Vec<u8> {
    [heic, &boxed(b"free", b"nothing")].concat()
}

/// The same HEIC with words as a third item, as our own motion photo of it says them: its halves are a HEIC with words.
fn heic_with_words(heic: &[u8]) -> Vec<u8> {
    // Its list of items, its references and its places are those of two; the words lie in the item's own data.
    let packet = packet("rdf:about=\"\"", TITLE);
    let at = |kind: &[u8; 4]| heic.windows(4).position(|four| four == kind).expect("a box") - 4;
    let length = |at: usize| u32::from_be_bytes(heic[at..at + 4].try_into().expect("four")) as usize;
    let (meta, iinf, iref, iloc) = (at(b"meta"), at(b"iinf"), at(b"iref"), at(b"iloc"));
    let entry = boxed(b"infe", &[&[2, 0, 0, 1, 0, 3, 0, 0][..], b"mime\0application/rdf+xml\0"].concat());
    let description = boxed(b"cdsc", &[0, 3, 0, 1, 0, 1]);
    let more = entry.len() + description.len() + 14;
    let mut places = heic[iloc + 8..iloc + length(iloc)].to_vec();
    places[7] = 3;
    for item in 0..2 {
        let place = 8 + item * 14 + 6;
        let old = u32::from_be_bytes(places[place..place + 4].try_into().expect("four"));
        places[place..place + 4].copy_from_slice(&(old + more as u32).to_be_bytes());
    }
    let words_at = (heic.len() + more + 8) as u32;
    places.extend([&[0, 3, 0, 0, 0, 1][..], &words_at.to_be_bytes(), &(packet.len() as u32).to_be_bytes()].concat());
    let mut items = heic[iinf + 8..iinf + length(iinf)].to_vec();
    items[5] = 3;
    let index = [
        &heic[meta + 8..iinf],
        &boxed(b"iinf", &[items, entry].concat()),
        &boxed(b"iref", &[&heic[iref + 8..iref + length(iref)], &description].concat()),
        &heic[iref + length(iref)..iloc],
        &boxed(b"iloc", &places),
    ];
    let end = meta + length(meta);
    [&heic[..meta], &boxed(b"meta", &index.concat()), &heic[end..], &boxed(b"mdat", packet.as_bytes())].concat()
}

#[test]
fn both_halves_come_out_of_the_one_file_again_byte_by_byte() {
    let movie = shot().movie(64, 48, 1500);
    for (name, still) in stills() {
        assert_eq!(header(&still).truncated, None, "{name}");
        let file = one(&still, &movie).unwrap_or_else(|why| panic!("{name}: {why}"));
        let told = header(&file);
        assert_eq!((told.truncated, told.not_a_photo), (None, false), "{name}");
        let motion = told.motion.unwrap_or_else(|| panic!("{name}: it moves"));
        assert_eq!(motion.duration_ms, Some(1500), "{name}");
        assert_eq!(motion.pair, Ok((still.len() as u64, movie.len() as u64)), "{name}");
        assert_eq!(two(&file), (still.clone(), movie.clone()), "{name}");
        assert_eq!(one(&still, &movie), Ok(file.clone()), "{name}: the same each time");
        assert!(file.ends_with(&movie), "{name}: the movie is last");
        assert_eq!(told.captured, header(&still).captured, "{name}");
        let is_jpeg = still.starts_with(&[0xFF, 0xD8]);
        if let Some(coded) = still.windows(2).position(|two| two == [0xFF, 0xDA]).filter(|_| is_jpeg) {
            assert!(file[..file.len() - movie.len()].ends_with(&still[coded..]), "{name}: the picture is as it was");
        }
        for words in ["GCamera:MotionPhoto=\"1\"", &format!("Item:Length=\"{}\"", movie.len())] {
            let is_said = file.windows(words.len()).any(|window| window == words.as_bytes());
            assert!(is_said, "{name}: {words}");
        }
    }
}

#[test]
fn the_moment_of_the_still_is_kept() {
    // As our own Live Photos tell it, of a motion photo that says half a second.
    let shot = Shot { content_identifier: None, ..shot() };
    let words = packet("rdf:about=\"\"", " xmlns:G=\"x\" G:MotionPhotoPresentationTimestampUs=\"500000\"");
    let picture = shot.jpeg(160, 120);
    let end = 4 + usize::from(u16::from_be_bytes([picture[4], picture[5]]));
    let words = segment(xmp_segment(words.as_bytes()));
    let file = [&picture[..end], &words, &picture[end..], &shot.movie(64, 48, 1500)].concat();
    let pair = live::pair(Cursor::new(&file), file.len() as u64, &[7; 20]).expect("readable").expect("one");
    let mut movie = Vec::new();
    pair.movie.write(&mut Cursor::new(&file), &mut movie).expect("written");
    let own = Shot { content_identifier: Some(pair.identifier.to_string()), ..shot };
    let joined = one(&own.jpeg(160, 120), &movie).expect("they are tied");
    assert_eq!(header(&joined).motion.expect("it moves").moment_us, Some(500_000));
    let untold = one(&self::shot().jpeg(160, 120), &self::shot().movie(64, 48, 1500)).expect("they are tied");
    assert_eq!(header(&untold).motion.expect("it moves").moment_us, None);
}

#[test]
fn places_of_further_pictures_stay_right() {
    let movie = shot().movie(64, 48, 1500);
    let words = segment(xmp_segment(packet("rdf:about=\"\"", TITLE).as_bytes()));
    for before in [vec![], vec![words.clone()]] {
        let still = with_gain_map(&before, &[]);
        let file = one(&still, &movie).expect("one");
        let at = file.windows(4).position(|four| four == b"MPF\0").expect("the list") + 4;
        let long = |place: usize| u32::from_be_bytes(file[place..place + 4].try_into().expect("four")) as usize;
        let entries = at + 26;
        let (first, length, offset) = (long(entries + 4), long(entries + 20), long(entries + 24));
        assert_eq!(file[at + offset..at + offset + length], shot().jpeg(40, 30));
        assert_eq!(file[first - 2..first], [0xFF, 0xD9]);
        assert_eq!(first, at + offset, "the first picture ends where the other begins");
    }
    let behind = with_gain_map(&[], &[words]);
    assert_eq!(one(&behind, &movie), Err("its list of further pictures stands before what is written about it"));
}

#[test]
fn what_can_be_no_motion_photo_says_why() {
    let (still, movie) = (shot().jpeg(160, 120), shot().movie(64, 48, 1500));
    let untied = Shot { content_identifier: None, ..shot() };
    let moving = one(&still, &movie).expect("one");
    let ultra = " xmlns:Container=\"http://ns.google.com/photos/1.0/container/\"";
    let ultra = jpeg(&[segment(xmp_segment(packet("rdf:about=\"\"", ultra).as_bytes()))]);
    let full = packet("rdf:about=\"\"", &format!(" xmlns:a=\"{}\"", "a".repeat(64_700)));
    let full = jpeg(&[segment(xmp_segment(full.as_bytes()))]);
    let words = segment(xmp_segment(packet("rdf:about=\"\"", TITLE).as_bytes()));
    for (still, movie, why) in [
        (shot().png(16, 16), movie.clone(), "its picture is neither a JPEG nor a HEIC"),
        (untied.jpeg(160, 120), movie.clone(), "nothing in its two files ties them together"),
        (still.clone(), untied.movie(64, 48, 1500), "nothing in its two files ties them together"),
        (still[..still.len() / 2].to_vec(), movie.clone(), "its picture is not whole"),
        (still.clone(), movie[..movie.len() - 9].to_vec(), "its movie is not whole, or has a form that is not known"),
        (still.clone(), [&movie[..], b"more"].concat(), "its movie is not whole, or has a form that is not known"),
        (moving, movie.clone(), "a movie stands behind its picture already"),
        (ultra, movie.clone(), "its words tell of something behind its picture already"),
        (full, movie.clone(), "what is written about it leaves no room for more"),
        (jpeg(&[words.clone(), words]), movie.clone(), "two packets of words stand in it"),
    ] {
        assert_eq!(one(&still, &movie), Err(why));
    }
}

#[test]
fn words_about_another_movie_are_none_of_ours() {
    let (still, movie) = (shot().jpeg(160, 120), shot().movie(64, 48, 1500));
    let file = one(&still, &movie).expect("one");
    let longer = [&file[..], &boxed(b"free", b"")].concat();
    let (apart, _) = two(&longer);
    assert_ne!(apart, still, "its movie is another one");
    let edited = {
        let mut edited = file.clone();
        let at = edited.windows(8).position(|word| word == b"Version=").expect("a word");
        edited[at + 9] = b'2';
        edited
    };
    assert_ne!(two(&edited).0, still);
}
