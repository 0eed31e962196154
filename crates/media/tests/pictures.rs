//! Which pictures are found in a file: previews of raw files, tiles and small pictures of HEIF files, how they are
//! turned. The files are built by hand, byte for byte as their formats ask for.

mod phone;

use std::io::Cursor;

use jiff::civil::date;
use photobridge_media::sample::Shot;
use photobridge_media::{Coding, Frame, Picture, Tiles, pictures};

use phone::{boxed, decoder, phone};

fn read(file: &[u8], side: u32) -> Vec<Picture> {
    pictures(&mut Cursor::new(file), file.len() as u64, side).expect("memory can be read")
}

/// What of a file would be decoded, in order: the bytes of JPEGs, and how each picture is turned.
fn jpegs(file: &[u8], side: u32) -> Vec<(Option<&[u8]>, u8)> {
    let bytes = |coding: &Coding| match coding {
        Coding::Jpeg { at, length } => Some(&file[*at as usize..(at + length) as usize]),
        _ => None,
    };
    read(file, side).iter().map(|picture| (bytes(&picture.coding), picture.turn.exif())).collect()
}

/// The start of a JPEG: a frame of this kind and size, and a scan.
fn jpeg(frame: u8, width: u16, height: u16) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8, 0xFF, frame, 0, 11, 8];
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend(b"\x01\0\0\0\xFF\xDA\0\x08\x01\0\0\0\x3F\0abc\xFF\xD9");
    file
}

/// A directory of numbers, its tags in order, and where the next one lies.
fn directory(tags: &[(u16, u32)], next: usize) -> Vec<u8> {
    let mut written = (tags.len() as u16).to_le_bytes().to_vec();
    for (tag, number) in tags {
        written.extend(tag.to_le_bytes());
        written.extend(4_u16.to_le_bytes());
        written.extend(1_u32.to_le_bytes());
        written.extend(number.to_le_bytes());
    }
    written.extend((next as u32).to_le_bytes());
    written
}

/// A raw file as Canon's and Nikon's are: the first directory has a JPEG of 1620 pixels in a strip, one below it the raw
/// picture, itself a JPEG without loss, and the second one a thumbnail.
fn raw() -> (Vec<u8>, [Vec<u8>; 3]) {
    let parts = [jpeg(0xC0, 1620, 1080), jpeg(0xC3, 6000, 4000), jpeg(0xC2, 160, 120)];
    let (preview, sensor, thumbnail) = (&parts[0], &parts[1], &parts[2]);
    let at = |number: usize| 200 + parts[..number].iter().map(Vec::len).sum::<usize>() as u32;
    let first = [
        (0x0103, 6),
        (0x0111, at(0)),
        (0x0112, 8),
        (0x0117, preview.len() as u32),
        // Where the directory below lies.
        (0x014A, 74),
    ];
    let below = [(0x0103, 7), (0x0111, at(1)), (0x0117, sensor.len() as u32)];
    let second = [(0x0201, at(2)), (0x0202, thumbnail.len() as u32)];
    let mut file = b"II\x2A\0\x08\0\0\0".to_vec();
    file.extend(directory(&first, 116));
    assert_eq!(file.len(), 74);
    file.extend(directory(&below, 0));
    assert_eq!(file.len(), 116);
    // The chain ends in a circle.
    file.extend(directory(&second, 8));
    file.resize(200, 0);
    file.extend(parts.concat());
    (file, parts)
}

#[test]
fn a_jpeg_is_its_own_picture_turned_as_exif_says() {
    for orientation in 1..=8 {
        let file = Shot { orientation, ..Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3) }.jpeg(32, 24);
        assert_eq!(jpegs(&file, 320), [(Some(&*file), orientation as u8)]);
    }
    // Pictures of other formats are decoded as they are.
    let file = Shot { orientation: 6, ..Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3) }.png(32, 24);
    assert_eq!(jpegs(&file, 320), [(None, 6)]);
}

#[test]
fn the_smallest_preview_that_is_large_enough_comes_first() {
    let (file, [preview, _, thumbnail]) = raw();
    assert_eq!(jpegs(&file, 320), [(Some(&*preview), 8), (None, 8), (Some(&*thumbnail), 8)]);
    assert_eq!(jpegs(&file, 160), [(Some(&*thumbnail), 8), (None, 8)]);
    // Where none is large enough, the largest is still better than nothing.
    assert_eq!(jpegs(&file, 2000), [(None, 8), (Some(&*preview), 8)]);
    // A preview that is not all there is none.
    let cut = &file[..file.len() - 1];
    assert_eq!(jpegs(cut, 320), [(Some(&*preview), 8), (None, 8)]);
}

#[test]
fn panasonics_preview_is_a_tag_of_its_own() {
    let preview = jpeg(0xC0, 1920, 1440);
    let mut file = b"IIU\0\x18\0\0\0".to_vec();
    file.resize(24, 0);
    let tags = directory(&[(0x0112, 6), (0x002E, 100)], 0);
    file.extend(tags);
    // The tag's bytes are the JPEG: their number stands where other tags say how many numbers follow.
    let entry = file.len() - 4 - 12;
    file[entry + 2..entry + 4].copy_from_slice(&7_u16.to_le_bytes());
    file[entry + 4..entry + 8].copy_from_slice(&(preview.len() as u32).to_le_bytes());
    file.resize(100, 0);
    file.extend(&preview);
    assert_eq!(jpegs(&file, 320), [(Some(&*preview), 6), (None, 6)]);
}

#[test]
fn fujifilms_preview_has_an_orientation_of_its_own() {
    let preview = Shot { orientation: 8, ..Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3) }.jpeg(640, 480);
    let mut file = b"FUJIFILMCCD-RAW 0201".to_vec();
    file.resize(84, 0);
    file.extend(100_u32.to_be_bytes());
    file.extend((preview.len() as u32).to_be_bytes());
    file.resize(100, 0);
    file.extend(&preview);
    file.extend([0; 500]);
    assert_eq!(jpegs(&file, 320), [(Some(&*preview), 8)]);
    assert_eq!(jpegs(&file[..300], 320), []);
}

#[test]
fn canons_preview_lies_in_a_box_of_its_own() {
    let preview = jpeg(0xC0, 1620, 1080);
    let numbers = [&[0; 4][..], &[0, 1, 0x06, 0x54, 0x04, 0x38, 0, 1], &(preview.len() as u32).to_be_bytes()].concat();
    let inner = boxed(b"PRVW", &[&numbers, &preview]);
    let name = [0xEA, 0xF4, 0x2B, 0x5E, 0x1C, 0x98, 0x4B, 0x88, 0xB9, 0xFB, 0xB7, 0xDC, 0x40, 0x6E, 0x4D, 0x16];
    let canon = [0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48];
    let camera = [&b"II\x2A\0\x08\0\0\0"[..], &directory(&[(0x0112, 6)], 0)].concat();
    let file = [
        boxed(b"ftyp", &[b"crx \0\0\0\x01crx isom"]),
        boxed(b"moov", &[&boxed(b"uuid", &[&canon, &boxed(b"CMT1", &[&camera])])]),
        boxed(b"uuid", &[&name, &[0, 0, 0, 0, 0, 0, 0, 1], &inner]),
        boxed(b"mdat", &[&[0; 100]]),
    ]
    .concat();
    assert_eq!(jpegs(&file, 320), [(Some(&*preview), 6)]);
}

#[test]
fn movies_and_rubbish_show_nothing() {
    let movie = Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3).movie(64, 48, 1000);
    for file in [&movie[..], b"", b"text that is no picture at all", &[0; 5000]] {
        assert_eq!(read(file, 320), []);
    }
}

/// The tiles that a picture consists of.
fn tiles(picture: &Picture) -> &Tiles {
    match &picture.coding {
        Coding::Hevc(tiles) => tiles,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_heic_is_its_small_picture_and_then_its_tiles() {
    let file = phone(&[boxed(b"irot", &[&[3]])], (416, 312));
    let found = read(&file, 320);
    let seen: Vec<_> = found.iter().map(|picture| (tiles(picture).size, tiles(picture).count())).collect();
    assert_eq!(seen, [((416, 312), 1), ((900, 600), 4)]);
    assert_eq!(tiles(&found[1]).columns, 2);
    assert_eq!(tiles(&found[1]).largest(), Some(Frame { width: 512, height: 512, chroma_format: 1 }));
    // Three turns to the left are one to the right.
    assert_eq!(found.iter().map(|picture| picture.turn.exif()).collect::<Vec<_>>(), [6, 6]);
    // One that is too small is passed over.
    assert_eq!(read(&file, 417).iter().map(|picture| tiles(picture).count()).collect::<Vec<_>>(), [4]);
}

#[test]
fn each_tile_is_a_heic_file_of_its_own() {
    let file = phone(&[], (416, 312));
    let found = read(&file, 2000);
    let tiles = tiles(&found[0]);
    for (number, data) in [&b"tile one"[..], b"tile two", b"tile three", b"tile four"].into_iter().enumerate() {
        let heic = tiles.heic(&mut Cursor::new(&file), number).expect("memory can be read");
        assert!(heic.ends_with(data), "{number}");
        let holds = |part: &[u8]| heic.windows(part.len()).any(|found| found == part);
        // The colours are told by the grid alone.
        assert!(holds(&boxed(b"hvcC", &[&decoder()])) && holds(&boxed(b"colr", &[b"profRGB"])));
        let again = read(&heic, 320);
        assert!(matches!(&again[..], [Picture { coding: Coding::Hevc(tile), turn }]
            if tile.size == (512, 512) && tile.count() == 1 && turn.exif() == 1));
    }
    assert!(tiles.heic(&mut Cursor::new(&file), 4).is_err());
    let cut = &file[..file.len() - 15];
    assert!(tiles.heic(&mut Cursor::new(cut), 3).is_err(), "a tile that is not all there");
}

#[test]
fn turns_and_mirrors_apply_in_their_order() {
    let (left, upside, sideways) = (boxed(b"irot", &[&[1]]), boxed(b"imir", &[&[0]]), boxed(b"imir", &[&[1]]));
    for (turns, exif) in [
        (vec![], 1),
        (vec![left.clone()], 8),
        (vec![upside.clone()], 4),
        (vec![sideways.clone()], 2),
        // A turn to the left brings the right edge to the top; then top and bottom change places. The right edge at the
        // bottom and the top still on the left is what EXIF calls 5.
        (vec![left.clone(), upside], 5),
        (vec![left, sideways], 7),
    ] {
        let found = read(&phone(&turns, (416, 312)), 320);
        assert_eq!(found.iter().map(|picture| picture.turn.exif()).collect::<Vec<_>>(), [exif, exif]);
    }
}

#[test]
fn a_grid_without_its_tiles_shows_nothing() {
    let file = phone(&[], (416, 312));
    let at = file.windows(4).position(|kind| kind == b"dimg").expect("the references");
    // Of the four tiles only three are named.
    let mut three = file.clone();
    three[at + 7] = 3;
    assert_eq!(read(&three, 417), []);
    // A tile that is in turn a grid.
    let mut circle = file;
    circle[at + 9] = 5;
    assert_eq!(read(&circle, 417), []);
}

#[test]
fn a_heif_coded_as_jpeg_is_that_jpeg() {
    for (orientation, exif) in [(1, 1), (3, 3), (6, 6), (8, 8)] {
        let shot = Shot { orientation, ..Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3) };
        let file = shot.heif(64, 48);
        let found = jpegs(&file, 320);
        let [(Some(jpeg), turn)] = found[..] else { panic!("{found:?}") };
        assert!(jpeg.starts_with(&[0xFF, 0xD8]) && jpeg.ends_with(&[0xFF, 0xD9]));
        assert_eq!(turn, exif);
    }
}
