//! What files say of themselves beyond being photos or videos, each rule on the smallest file that has it.

use std::io::Write;

use photobridge_media::{MediaTypes, TakenAs, media_types};

fn types(bytes: &[u8]) -> MediaTypes {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    media_types(file).expect("readable")
}

/// A value of a tag: a number, a text, or bytes.
enum Value<'a> {
    Short(u16),
    Text(&'a str),
    Bytes(&'a [u8]),
}
use Value::{Bytes, Short, Text};

/// A directory of tags at `at` of a little-endian block, its longer values behind it.
fn directory(at: usize, tags: &[(u16, Value<'_>)]) -> Vec<u8> {
    let mut entries = (tags.len() as u16).to_le_bytes().to_vec();
    let behind_at = at + 2 + tags.len() * 12 + 4;
    let mut behind: Vec<u8> = Vec::new();
    for (tag, value) in tags {
        let (format, count, raw) = match value {
            Short(number) => (3_u16, 1, number.to_le_bytes().to_vec()),
            Text(text) => (2, text.len() + 1, [text.as_bytes(), b"\0"].concat()),
            Bytes(bytes) => (7, bytes.len(), bytes.to_vec()),
        };
        entries.extend(tag.to_le_bytes());
        entries.extend(format.to_le_bytes());
        entries.extend((count as u32).to_le_bytes());
        if raw.len() <= 4 {
            let mut short = raw;
            short.resize(4, 0);
            entries.extend(short);
        } else {
            entries.extend(((behind_at + behind.len()) as u32).to_le_bytes());
            behind.extend(raw);
        }
    }
    entries.extend([0; 4]);
    [entries, behind].concat()
}

/// A JPEG of this maker with these tags in its Exif directory.
fn jpeg(make: &str, tags: &[(u16, Value<'_>)]) -> Vec<u8> {
    let header = b"II\x2A\0\x08\0\0\0";
    let with = |exif: usize| {
        let pointer = (exif as u32).to_le_bytes();
        let mut first = directory(8, &[(0x010F, Text(make)), (0x8769, Bytes(&pointer))]);
        // The pointer is a number of four bytes.
        first[2 + 12 + 2..2 + 12 + 8].copy_from_slice(&[4, 0, 1, 0, 0, 0]);
        first
    };
    let exif = 8 + with(0).len();
    let block = [header.to_vec(), with(exif), directory(exif, tags)].concat();
    let segment = [b"Exif\0\0".to_vec(), block].concat();
    let length = ((segment.len() + 2) as u16).to_be_bytes();
    [b"\xFF\xD8\xFF\xE1".to_vec(), length.to_vec(), segment, b"\xFF\xD9".to_vec()].concat()
}

/// A MakerNote as Apple writes them: its directory counts from the note's own start.
fn apple_note(tags: &[(u16, Value<'_>)]) -> Vec<u8> {
    [b"Apple iOS\0\0\x01II".to_vec(), directory(14, tags)].concat()
}

fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], &content].concat()
}

/// A HEIC that has properties with these names, and groups of these kinds.
fn heic(auxiliaries: &[&str], groups: &[&[u8; 4]]) -> Vec<u8> {
    let properties: Vec<u8> =
        auxiliaries.iter().flat_map(|name| boxed(b"auxC", &[&[0; 4], name.as_bytes(), b"\0"])).collect();
    let groups: Vec<u8> = groups.iter().flat_map(|kind| boxed(kind, &[&[0; 8]])).collect();
    let properties = boxed(b"iprp", &[&boxed(b"ipco", &[&properties])]);
    let meta = boxed(b"meta", &[&[0; 4], &properties, &boxed(b"grpl", &[&groups])]);
    [boxed(b"ftyp", &[b"heic\0\0\0\0mif1heic"]), meta].concat()
}

/// Words of Apple's, each a text or a number.
fn words(list: &[(&str, &[u8])]) -> Vec<u8> {
    let key = |name: &str| [&(name.len() as u32 + 8).to_be_bytes(), &b"mdta"[..], name.as_bytes()].concat();
    let keys: Vec<u8> = list.iter().flat_map(|(name, _)| key(name)).collect();
    let count = (list.len() as u32).to_be_bytes();
    let item = |(at, (_, value)): (usize, &(&str, &[u8]))| {
        boxed(&(at as u32 + 1).to_be_bytes(), &[&boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], value])])
    };
    let items: Vec<u8> = list.iter().enumerate().flat_map(item).collect();
    let handler = boxed(b"hdlr", &[&[0; 8], b"mdta", &[0; 12]]);
    boxed(b"meta", &[&handler, &boxed(b"keys", &[&[0; 4], &count, &keys]), &boxed(b"ilst", &[&items])])
}

/// A movie of one second with so many pictures, and these words in itself and beside its track.
fn movie(pictures: u32, own: &[(&str, &[u8])], of_track: &[(&str, &[u8])]) -> Vec<u8> {
    let numbers = |list: &[u32]| list.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let sizes = boxed(b"stsz", &[&numbers(&[0, 1, pictures])]);
    let table = boxed(b"stbl", &[&sizes]);
    let header = boxed(b"mdhd", &[&numbers(&[0, 0, 0, 600, 600, 0])]);
    let handler = boxed(b"hdlr", &[&[0; 8], b"vide", &[0; 12]]);
    let media = boxed(b"mdia", &[&header, &handler, &boxed(b"minf", &[&table])]);
    let mut track = vec![0; 84];
    track[76..84].copy_from_slice(&numbers(&[640 << 16, 480 << 16]));
    let track = boxed(b"trak", &[&boxed(b"tkhd", &[&track]), &media, &words(of_track)]);
    [boxed(b"ftyp", &[b"qt  \0\0\0\0qt  "]), boxed(b"moov", &[&track, &words(own)])].concat()
}

fn taken_as(bytes: &[u8]) -> Option<TakenAs> {
    types(bytes).taken_as
}

#[test]
fn the_way_in_which_a_phone_made_the_picture() {
    let rendered = |number| types(&jpeg("Apple", &[(0xA401, Short(number))]));
    let plain = MediaTypes::default();
    for number in [0, 1, 2, 4] {
        assert_eq!(rendered(number), plain, "{number}");
    }
    assert_eq!(rendered(3), MediaTypes { hdr: true, ..plain.clone() });
    assert_eq!(rendered(6), MediaTypes { taken_as: Some(TakenAs::Panorama), ..plain.clone() });
    for number in [7, 8, 9] {
        assert_eq!(rendered(number), MediaTypes { depth: true, ..plain.clone() }, "{number}");
    }
}

#[test]
fn the_camera_on_the_side_of_the_screen() {
    let selfie = |make, lens| types(&jpeg(make, &[(0xA434, Text(lens))])).selfie;
    assert!(selfie("Apple", "iPhone 5 front camera 2.18mm f/2.4"));
    assert!(selfie("Apple", "iPhone 13 Pro Max front TrueDepth camera 2.71mm f/2.2"));
    assert!(!selfie("Apple", "iPhone 6s back camera 4.15mm f/2.2"));
    assert!(!selfie("Zeiss", "a front camera"), "no phone of Apple's");
}

#[test]
fn frames_of_one_burst_say_so() {
    let note = apple_note(&[(0x0B, Text("D4E4B3D1-0E45-4987-BE12-76D604E25D2C"))]);
    let burst = types(&jpeg("Apple", &[(0x927C, Bytes(&note))])).burst;
    assert_eq!(burst.as_deref(), Some("D4E4B3D1-0E45-4987-BE12-76D604E25D2C"));
}

#[test]
fn a_picture_of_the_screen_has_it_in_its_comment() {
    let comment = |text: &str| jpeg("Apple", &[(0x9286, Bytes(&[b"ASCII\0\0\0", text.as_bytes()].concat()))]);
    assert_eq!(taken_as(&comment("Screenshot")), Some(TakenAs::Screenshot));
    assert_eq!(taken_as(&comment("My Screenshot of a film")), None);

    let xmp = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"><exif:UserComment><rdf:Alt>
<rdf:li xml:lang="x-default">Screenshot</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>"#;
    let chunk =
        |kind: &[u8; 4], content: &[u8]| [&(content.len() as u32).to_be_bytes(), &kind[..], content, &[0; 4]].concat();
    let text = [b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_bytes()].concat();
    let last = b"\0\0\0\0IEND\xAE\x42\x60\x82".to_vec();
    let png = [b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IHDR", &[0; 13]), chunk(b"iTXt", &text), last].concat();
    assert_eq!(taken_as(&png), Some(TakenAs::Screenshot));
}

#[test]
fn what_lies_beside_the_picture_of_a_heic() {
    let plain = MediaTypes::default();
    let depth = "urn:mpeg:hevc:2015:auxid:2";
    let gain = "urn:com:apple:photo:2020:aux:hdrgainmap";
    assert_eq!(types(&heic(&["urn:mpeg:hevc:2015:auxid:1"], &[b"altr"])), plain, "an alpha plane is none of these");
    assert_eq!(types(&heic(&[depth], &[])), MediaTypes { depth: true, ..plain.clone() });
    assert_eq!(types(&heic(&[gain], &[])), MediaTypes { gain_map: true, ..plain.clone() });
    assert_eq!(types(&heic(&[], &[b"ster"])), MediaTypes { spatial: true, ..plain });
}

#[test]
fn how_a_movie_was_taken_and_is_to_be_played() {
    const MODE: &str = "com.apple.photos.captureMode";
    const INTENT: &str = "com.apple.quicktime.full-frame-rate-playback-intent";
    assert_eq!(taken_as(&movie(30, &[], &[(MODE, b"Time-lapse")])), Some(TakenAs::TimeLapse), "beside the track");
    assert_eq!(taken_as(&movie(60, &[(INTENT, &[0])], &[])), None);
    assert_eq!(taken_as(&movie(119, &[(INTENT, &[0])], &[])), Some(TakenAs::SlowMotion));
    assert_eq!(taken_as(&movie(240, &[], &[])), Some(TakenAs::SlowMotion), "older phones have no word for it");
    assert_eq!(taken_as(&movie(120, &[(INTENT, &[1])], &[])), None, "it is played as fast as it was taken");
    let recorder = [("com.apple.quicktime.author", &b"ReplayKitRecording"[..])];
    assert_eq!(taken_as(&movie(60, &recorder, &[])), Some(TakenAs::ScreenRecording));
    assert!(types(&movie(30, &[("com.apple.quicktime.spatial.format-version", b"1.0")], &[])).spatial);
    assert!(types(&movie(30, &[("com.apple.quicktime.cinematic-video", &[1])], &[])).depth);
}

#[test]
fn what_is_damaged_tells_nothing_and_breaks_nothing() {
    let whole = [heic(&["urn:mpeg:hevc:2015:auxid:2"], &[b"ster"]), movie(240, &[], &[])];
    for file in &whole {
        for length in 0..file.len() {
            types(&file[..length]);
        }
    }
    assert_eq!(types(b""), MediaTypes::default());
}
