//! Thumbnails of made files: of every format, turned, damaged, absurd. Those of real ones need `../shared`.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jiff::civil::date;
use photobridge_core::folder::Folder;
use photobridge_folders::disk::Disk;
use photobridge_media::decode::Refusal::{NoRoom, Nothing, TooLarge, Unreadable};
use photobridge_media::sample::Shot;

use super::make::{Refusal, thumbnail};
use super::*;

const MEMORY: u64 = 64 << 20;

/// Four squares of 32 pixels: red, green, blue, white; written by an encoder of HEVC.
const QUARTERS: &[u8] = include_bytes!("quarters.heic");

const RED: [u8; 3] = [220, 30, 30];
const GREEN: [u8; 3] = [30, 160, 60];
const BLUE: [u8; 3] = [40, 60, 210];
const WHITE: [u8; 3] = [240, 240, 240];

fn made(file: &[u8]) -> Result<Vec<u8>, Refusal> {
    thumbnail(&mut Cursor::new(file), SIDE, MEMORY, Instant::now() + Duration::from_secs(60))
}

/// The pixels of the thumbnail of a file.
fn seen(file: &[u8]) -> RgbImage {
    let thumbnail = made(file).expect("a picture");
    image::load_from_memory_with_format(&thumbnail, ImageFormat::Jpeg).expect("a JPEG").to_rgb8()
}

/// The same four colours, in a picture that is wider than high.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        })
    })
}

fn is_near(seen: [u8; 3], wanted: [u8; 3]) -> bool {
    seen.iter().zip(wanted).all(|(&seen, wanted)| seen.abs_diff(wanted) < 24)
}

/// The colours of the quarters from left to right and from top to bottom.
fn corners(picture: &RgbImage) -> [&'static str; 4] {
    let (width, height) = picture.dimensions();
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| {
        let pixel = picture.get_pixel(width * x / 4, height * y / 4).0;
        let colours = [("red", RED), ("green", GREEN), ("blue", BLUE), ("white", WHITE)];
        colours.into_iter().find(|(_, colour)| is_near(pixel, *colour)).map_or("another", |(name, _)| name)
    })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).expect("memory takes it");
    file.into_inner()
}

/// A JPEG with this orientation in its EXIF.
fn turned(picture: &RgbImage, orientation: u8) -> Vec<u8> {
    let exif = [&b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], &[0; 6]].concat();
    let plain = encoded(picture.clone(), ImageFormat::Jpeg);
    [&plain[..2], &[0xFF, 0xE1, 0, exif.len() as u8 + 2], &exif, &plain[2..]].concat()
}

#[test]
fn a_picture_is_turned_as_its_camera_was_held() {
    // What EXIF says of its first row and its first column, seen from the red, green, blue and white quarters.
    for (orientation, size, upright) in [
        (1, (320, 160), ["red", "green", "blue", "white"]),
        (2, (320, 160), ["green", "red", "white", "blue"]),
        (3, (320, 160), ["white", "blue", "green", "red"]),
        (4, (320, 160), ["blue", "white", "red", "green"]),
        (5, (160, 320), ["red", "blue", "green", "white"]),
        (6, (160, 320), ["blue", "red", "white", "green"]),
        (7, (160, 320), ["white", "green", "blue", "red"]),
        (8, (160, 320), ["green", "white", "red", "blue"]),
    ] {
        let picture = seen(&turned(&quarters(800, 400), orientation));
        assert_eq!((picture.dimensions(), corners(&picture)), (size, upright), "{orientation}");
    }
}

#[test]
fn every_format_shows_the_same() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for format in [Jpeg, Png, Gif, Tiff, WebP, Bmp] {
        let file = encoded(quarters(2000, 1000), format);
        let picture = seen(&file);
        assert_eq!(
            (picture.dimensions(), corners(&picture)),
            ((320, 160), ["red", "green", "blue", "white"]),
            "{format:?}"
        );
        // A small picture stays as it is.
        assert_eq!(seen(&encoded(quarters(64, 48), format)).dimensions(), (64, 48), "{format:?}");
        assert_eq!(seen(&encoded(quarters(3000, 2), format)).dimensions(), (320, 1), "{format:?}");
    }
    let shot = Shot { orientation: 6, ..Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3) };
    for file in [shot.jpeg(640, 480), shot.png(640, 480), shot.heif(640, 480)] {
        assert_eq!(seen(&file).dimensions(), (240, 320));
    }
}

#[test]
fn other_colours_than_red_green_and_blue_are_shown() {
    let grey = image::GrayImage::from_pixel(640, 480, image::Luma([90]));
    assert!(is_near(seen(&encoded(grey.clone(), ImageFormat::Jpeg)).get_pixel(9, 9).0, [90; 3]));
    assert!(is_near(seen(&encoded(grey, ImageFormat::Png)).get_pixel(9, 9).0, [90; 3]));
    let deep = image::ImageBuffer::from_pixel(640, 480, Rgb([220_u16 << 8, 30 << 8, 30 << 8]));
    assert!(is_near(seen(&encoded(deep.clone(), ImageFormat::Png)).get_pixel(9, 9).0, RED));
    assert!(is_near(seen(&encoded(deep, ImageFormat::Tiff)).get_pixel(9, 9).0, RED));
    // What is transparent lies on white.
    let glass = RgbaImage::from_fn(640, 480, |x, _| Rgba([0, 0, 0, if x < 320 { 0 } else { 255 }]));
    let picture = seen(&encoded(glass, ImageFormat::Png));
    assert!(is_near(picture.get_pixel(40, 40).0, [255; 3]) && is_near(picture.get_pixel(280, 40).0, [0; 3]));
}

#[test]
fn colours_keep_their_meaning() {
    let encoded = |profile: &[u8]| {
        let mut file = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        encoder.set_icc_profile(profile.to_vec()).expect("PNG takes profiles");
        let picture = quarters(64, 48);
        encoder.write_image(&picture, 64, 48, image::ExtendedColorType::Rgb8).expect("memory takes it");
        file
    };
    let profile = [&[7; 16][..], b"RGB ", &[7; 500]].concat();
    let holds = |file: Vec<u8>| made(&file).expect("a picture").windows(12).any(|found| found == b"ICC_PROFILE\0");
    assert!(holds(encoded(&profile)));
    // One of inks does not fit what is written, one of a megabyte is not worth it.
    assert!(!holds(encoded(&[&[7; 16][..], b"CMYK", &[7; 500]].concat())));
    assert!(!holds(encoded(&[&profile[..], &[7; 100_000]].concat())));
}

/// A box of this kind.
fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], &content].concat()
}

/// Where these bytes stand in [`QUARTERS`].
fn place(bytes: &[u8]) -> usize {
    QUARTERS.windows(bytes.len()).position(|found| found == bytes).expect("it is there")
}

/// A HEIC file whose picture is a grid of the [`QUARTERS`], again and again, turned once to the right.
fn grid(columns: u8, rows: u8, width: u16, height: u16) -> Vec<u8> {
    grid_of(&QUARTERS[place(b"hvcC") - 4..place(b"ispe") - 4], columns, rows, width, height)
}

/// As [`grid`], with other boxes that say how a tile is decoded.
fn grid_of(decoder: &[u8], columns: u8, rows: u8, width: u16, height: u16) -> Vec<u8> {
    let data = &QUARTERS[place(b"mdat") + 4..];
    let tiles = u16::from(columns) * u16::from(rows);
    let item = |id: u16, kind| boxed(b"infe", &[&[2, 0, 0, 0], &id.to_be_bytes(), &[0, 0], kind, &[0]]);
    let size =
        |width: u16, height: u16| boxed(b"ispe", &[&[0; 6], &width.to_be_bytes(), &[0, 0], &height.to_be_bytes()]);
    let shape = [&[0, 0, rows - 1, columns - 1][..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
    let ids = || 1..=tiles;
    let items: Vec<u8> = ids().flat_map(|id| item(id, b"hvc1")).chain(item(tiles + 1, b"grid")).collect();
    let to: Vec<u8> = ids().flat_map(u16::to_be_bytes).collect();
    let own = |id: u16, own: &[u8]| [&id.to_be_bytes()[..], &[own.len() as u8], own].concat();
    // Numbers 1 and 2 are what decodes a tile, 3 and 4 the two sizes, 5 the turn.
    let owned: Vec<u8> = ids().flat_map(|id| own(id, &[0x81, 2, 3])).chain(own(tiles + 1, &[4, 0x85])).collect();
    let meta = |at: usize| {
        let place = |id: u16, at: usize, length: usize| {
            [&id.to_be_bytes()[..], &[0, 0, 0, 1], &(at as u32).to_be_bytes(), &(length as u32).to_be_bytes()].concat()
        };
        let places: Vec<u8> = ids()
            .flat_map(|id| place(id, at, data.len()))
            .chain(place(tiles + 1, at + data.len(), shape.len()))
            .collect();
        let count = (tiles + 1).to_be_bytes();
        boxed(
            b"meta",
            &[
                &[0; 4],
                &boxed(b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
                &boxed(b"pitm", &[&[0; 4], &count]),
                &boxed(b"iinf", &[&[0; 4], &count, &items]),
                &boxed(b"iref", &[&[0; 4], &boxed(b"dimg", &[&count, &tiles.to_be_bytes(), &to])]),
                &boxed(
                    b"iprp",
                    &[
                        &boxed(b"ipco", &[decoder, &size(64, 64), &size(width, height), &boxed(b"irot", &[&[3]])]),
                        &boxed(b"ipma", &[&[0; 6], &count, &owned]),
                    ],
                ),
                &boxed(b"iloc", &[&[0, 0, 0, 0, 0x44, 0], &count, &places]),
            ],
        )
    };
    let brands = boxed(b"ftyp", &[b"heic\0\0\0\0mif1heic"]);
    let at = brands.len() + meta(0).len() + 8;
    [brands, meta(at), boxed(b"mdat", &[data, &shape])].concat()
}

#[test]
fn hevc_is_decoded_whole_and_in_tiles() {
    let single = seen(QUARTERS);
    assert_eq!((single.dimensions(), corners(&single)), ((64, 64), ["red", "green", "blue", "white"]));
    // Three tiles and a half wide, turned.
    let picture = seen(&grid(4, 2, 224, 128));
    assert_eq!(picture.dimensions(), (128, 224));
    let colour = |x: u32, y: u32| picture.get_pixel(x, y).0;
    for (tile_x, tile_y) in [(0, 0), (64, 0), (0, 64), (64, 128)] {
        let at = |x: u32, y: u32| colour(tile_x + x, tile_y + y);
        assert!(is_near(at(16, 16), BLUE) && is_near(at(48, 16), RED), "{tile_x} {tile_y}");
        assert!(is_near(at(16, 48), WHITE) && is_near(at(48, 48), GREEN), "{tile_x} {tile_y}");
    }
    // The half at the end.
    assert!(is_near(colour(16, 208), BLUE) && is_near(colour(48, 208), RED));
    // A picture so large that each tile becomes four pixels.
    assert_eq!(seen(&grid(100, 10, 6400, 640)).dimensions(), (32, 320));
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_made() {
    let sized = |mut file: Vec<u8>, at: usize, size: &[u8]| {
        file[at..at + size.len()].copy_from_slice(size);
        file
    };
    let small = || quarters(16, 16);
    let png = sized(encoded(small(), ImageFormat::Png), 16, &[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    // The header is guarded by a checksum, which the maker of such a file would not forget.
    let png = sized(png.clone(), 29, &crc32(&png[12..29]).to_be_bytes());
    let jpeg = encoded(small(), ImageFormat::Jpeg);
    let place = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).expect("a frame");
    let bomb = sized(jpeg, place + 5, &[0xFF, 0xDC, 0xFF, 0xDC]);
    let gif = sized(encoded(small(), ImageFormat::Gif), 6, &[0xFF; 4]);
    let bmp = sized(encoded(small(), ImageFormat::Bmp), 18, &[0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0]);
    let heic = grid(1, 1, 0xEA60, 0xEA60);
    let frame = huge_frame();
    for (name, file) in [("png", png), ("jpeg", bomb), ("gif", gif), ("bmp", bmp), ("heic", heic), ("frame", frame)] {
        let started = Instant::now();
        let result = made(&file);
        assert!(matches!(result, Err(Refusal::Undecodable(TooLarge | NoRoom))), "{name}: {result:?}");
        assert!(started.elapsed() < Duration::from_secs(2), "{name}: {:?}", started.elapsed());
    }
    // More than the memory allows, though not absurd: 25 megapixels.
    let file = encoded(RgbImage::new(5000, 5000), ImageFormat::Png);
    assert!(matches!(made(&file), Err(Refusal::Undecodable(NoRoom))));
    let all = thumbnail(&mut Cursor::new(&file), SIDE, 88 << 20, Instant::now() + Duration::from_secs(60));
    assert!(all.is_ok(), "{all:?}");
}

/// A HEIC file whose parameter set announces a frame of 16,000 pixels a side, of which all but 64 are cropped away.
fn huge_frame() -> Vec<u8> {
    let (start, end) = (place(&[0x42, 0x01, 0x01]), place(&[0x44, 0x01, 0xC1]) - 5);
    let bits: String = QUARTERS[start..end].iter().map(|byte| format!("{byte:08b}")).collect();
    let number = |value: u32| format!("{:0>1$b}", value + 1, 2 * (value + 1).ilog2() as usize + 1);
    let at = bits.find(&number(64).repeat(2)).expect("the size");
    let rest = &bits[at + 2 * number(64).len() + 1..];
    // A one where the zero stood that nothing is cropped, and how much on each side.
    let crop = ["1".to_owned(), number(0), number(7968), number(0), number(7968)].concat();
    let mut bits = [&bits[..at], &number(16_000).repeat(2), &crop, rest].concat();
    bits += &"0".repeat(bits.len().next_multiple_of(8) - bits.len());
    let byte = |at: usize| u8::from_str_radix(&bits[at..at + 8], 2).expect("eight bits");
    let set: Vec<u8> = (0..bits.len()).step_by(8).map(byte).collect();
    let colours = place(b"colr") - 4;
    let before = &QUARTERS[place(b"hvcC") + 4..start - 2];
    let decoder = boxed(b"hvcC", &[before, &(set.len() as u16).to_be_bytes(), &set, &QUARTERS[end..colours]]);
    grid_of(&[&decoder, &QUARTERS[colours..place(b"ispe") - 4]].concat(), 1, 1, 64, 64)
}

/// PNG's checksum.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

/// A file of each format.
fn files() -> Vec<Vec<u8>> {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    let shot = Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3);
    let formats = [Jpeg, Png, Gif, Tiff, WebP, Bmp].map(|format| encoded(quarters(96, 64), format));
    let others = [QUARTERS.to_vec(), grid(2, 1, 128, 64), shot.heif(96, 64), shot.dng(96, 64), shot.movie(32, 24, 500)];
    formats.into_iter().chain(others).collect()
}

#[test]
fn damaged_files_cost_no_more_than_their_thumbnail() {
    let (_data, thumbnails) = thumbnails();
    for (number, file) in files().into_iter().enumerate() {
        for part in 0..24 {
            // Cut short, and with a few bytes turned over: whatever comes of it, it comes back.
            let at = file.len() * part / 24;
            _ = thumbnails.make(&mut Cursor::new(&file[..at]), SIDE, &thumbnails.room.part());
            let mut broken = file.clone();
            broken[at..].iter_mut().step_by(97).for_each(|byte| *byte = !*byte);
            _ = thumbnails.make(&mut Cursor::new(broken), SIDE, &thumbnails.room.part());
        }
        let half = &file[..file.len() / 2];
        assert!(number == 2 || made(half).is_err(), "half of file {number}");
    }
}

#[test]
fn what_shows_nothing_has_none() {
    let shot = Shot::new(date(2024, 1, 31).at(12, 0, 0, 0), 3);
    for file in [shot.movie(64, 48, 1000), Vec::new(), b"text".to_vec(), vec![0; 4096]] {
        assert!(matches!(made(&file), Err(Refusal::Undecodable(Nothing))));
    }
}

#[test]
fn nothing_is_decoded_when_the_time_is_up() {
    for file in files() {
        let result = thumbnail(&mut Cursor::new(file), SIDE, MEMORY, Instant::now() - Duration::from_secs(1));
        assert!(matches!(result, Err(Refusal::Undecodable(Unreadable(_)))), "{result:?}");
    }
}

/// Thumbnails in a new data directory.
fn thumbnails() -> (tempfile::TempDir, Thumbnails) {
    let data = tempfile::tempdir().expect("a directory");
    let thumbnails = Thumbnails::new(data.path());
    (data, thumbnails)
}

fn key(text: &str) -> Key {
    Key::of_bytes(&Fingerprint::of(text.as_bytes()))
}

fn opened(file: Vec<u8>) -> Result<Option<Box<dyn Readable>>, ReadError> {
    Ok(Some(Box::new(Cursor::new(file))))
}

#[test]
fn each_is_made_once() {
    let (data, thumbnails) = thumbnails();
    let first = thumbnails.of_asset(key("one"), || opened(turned(&quarters(64, 48), 1))).expect("a picture");
    let again = thumbnails.of_asset(key("one"), || panic!("the source is asked again"));
    assert_eq!(again.as_ref(), Some(&first));
    // Also by the next process.
    let later = Thumbnails::new(data.path());
    assert_eq!(later.of_asset(key("one"), || panic!("the source is asked again")), Some(first));
    assert_ne!(later.of_asset(key("two"), || opened(grid(1, 1, 64, 64))), again);
}

#[test]
fn what_failed_is_tried_again() {
    let (_data, thumbnails) = thumbnails();
    assert_eq!(thumbnails.of_asset(key("one"), || Ok(None)), None);
    assert_eq!(thumbnails.of_asset(key("one"), || Err(ReadError::NotHere)), None);
    assert_eq!(thumbnails.of_asset(key("one"), || opened(b"\xFF\xD8 half a picture".to_vec())), None);
    assert!(thumbnails.of_asset(key("one"), || opened(QUARTERS.to_vec())).is_some());
}

#[test]
fn a_large_picture_gets_all_the_room() {
    let (_data, thumbnails) = thumbnails();
    let file = encoded(RgbImage::new(6000, 5500), ImageFormat::Png);
    assert!(thumbnails.of_asset(key("one"), || opened(file)).is_some());
}

/// A source whose reading panics, as a decoder might.
struct Trap;

impl Read for Trap {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("the test says so");
    }
}

impl Seek for Trap {
    fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
        Ok(0)
    }
}

#[test]
fn a_panic_costs_one_thumbnail() {
    let (_data, thumbnails) = thumbnails();
    for _ in 0..3 {
        assert_eq!(thumbnails.of_asset(key("one"), || Ok(Some(Box::new(Trap)))), None);
    }
    assert!(thumbnails.of_asset(key("one"), || opened(QUARTERS.to_vec())).is_some());
}

#[test]
fn the_shared_threads_are_not_waited_for() {
    let (_data, thumbnails) = thumbnails();
    let (busy, is_busy) = std::sync::mpsc::channel();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let is_done = std::sync::Arc::new(std::sync::Mutex::new(is_done));
    // Each of the shared threads reads for a sync until the thumbnail is there.
    for _ in 0..rayon::current_num_threads() {
        let (busy, is_done) = (busy.clone(), std::sync::Arc::clone(&is_done));
        rayon::spawn(move || {
            busy.send(()).expect("the test listens");
            let _ = is_done.lock().expect("no test panics here").recv_timeout(Duration::from_secs(30));
        });
    }
    (0..rayon::current_num_threads()).for_each(|_| is_busy.recv().expect("a thread is busy"));
    let started = Instant::now();
    assert!(thumbnails.of_asset(key("one"), || opened(grid(2, 2, 128, 128))).is_some());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    drop(done);
}

#[cfg(unix)]
#[test]
fn only_files_are_opened() {
    let (data, thumbnails) = thumbnails();
    let pipe = data.path().join("pipe.jpg");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("every system has mkfifo");
    assert!(made.success());
    let folder = Disk::open(data.path()).expect("a directory");
    for name in ["pipe.jpg", "", "gone.jpg"] {
        assert_eq!(thumbnails.of_file(key("one"), folder.open(Path::new(name)).ok()), None);
    }
    let photo = data.path().join("photo.heic");
    std::fs::write(&photo, QUARTERS).expect("a file");
    assert!(thumbnails.of_file(key("one"), folder.open(Path::new("photo.heic")).ok()).is_some());
}

#[test]
fn keys_tell_apart_what_differs() {
    let stamp = Stamp { size: 1, mtime: 2, ctime: 3, inode: 4 };
    let library = Identity { uuid: Some("A".into()), path: "/b".into() };
    let asset = AssetId("c".into());
    let keys = [
        key("one"),
        key("two"),
        Key::of_file(Path::new("/a"), &stamp),
        Key::of_file(Path::new("/b"), &stamp),
        Key::of_file(Path::new("/a"), &Stamp { mtime: 3, ..stamp }),
        Key::of_asset(&library, &asset, 1),
        // An edit.
        Key::of_asset(&library, &asset, 2),
        Key::of_asset(&library, &AssetId("d".into()), 1),
        Key::of_asset(&Identity { uuid: None, path: "A/b".into() }, &asset, 1),
        Key::of_asset(&Identity { uuid: Some("A/".into()), path: "b".into() }, &asset, 1),
    ];
    for (place, key) in keys.iter().enumerate() {
        assert!(!keys[..place].contains(key), "{place}");
    }
    assert_eq!(Key::of_asset(&library, &asset, 1), keys[5]);
}
