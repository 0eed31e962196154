//! Pictures whose few bytes promise more pixels than any memory holds.

use super::bounds::{self, report};
use super::support::service::Service;
use super::support::visitor::Visitor;
use super::support::{Household, jpeg};

#[path = "../../../media/tests/phone/mod.rs"]
mod phone;

/// Pixels of a side.
const SIDE: u16 = 60_000;

/// The bytes of a file with others in the place behind a word of it.
fn with_behind(mut file: Vec<u8>, word: &[u8], skip: usize, new: &[u8]) -> Vec<u8> {
    let at = file.windows(word.len()).position(|found| found == word).expect("the word is there") + word.len() + skip;
    file[at..at + new.len()].copy_from_slice(new);
    file
}

fn png() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let named = [&kind[..], content].concat();
        let mut check = u32::MAX;
        for byte in &named {
            check ^= u32::from(*byte);
            for _ in 0..8 {
                check = if check & 1 == 1 { check >> 1 ^ 0xEDB8_8320 } else { check >> 1 };
            }
        }
        [&(content.len() as u32).to_be_bytes()[..], &named, &(!check).to_be_bytes()].concat()
    };
    let side = u32::from(SIDE).to_be_bytes();
    let header = [&side[..], &side, &[8, 2, 0, 0, 0]].concat();
    let nothing = [0x78, 0x9C, 0x03, 0, 0, 0, 0, 1];
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &nothing), chunk(b"IEND", &[])];
    [&b"\x89PNG\r\n\x1A\n"[..], &chunks.concat()].concat()
}

fn tiff() -> Vec<u8> {
    let side = u32::from(SIDE);
    // Width, height, bits, deflated, colours, where the strip lies, samples, rows of it, its length.
    let entries = [
        (0x100_u16, side),
        (0x101, side),
        (0x102, 8),
        (0x103, 8),
        (0x106, 1),
        (0x111, 126),
        (0x115, 1),
        (0x116, side),
        (0x117, 8),
    ];
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 8]);
    file.extend([0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]);
    file
}

/// Files of the formats that are decoded, each of them whole by its own words.
fn bombs() -> [(&'static str, Vec<u8>); 5] {
    let side = SIDE.to_be_bytes();
    // A grid of four tiles that says what it makes of them.
    let heic = with_behind(phone::phone(&[], (416, 312)), &[0, 0, 1, 1], 0, &[side, side].concat());
    let gif = b"GIF89a\x60\xEA\x60\xEA\x80\0\0abcdef\x2C\0\0\0\0\x60\xEA\x60\xEA\0\x02\x03abc\0\x3B";
    [
        ("bomb.JPG", with_behind(jpeg(3), &[0xFF, 0xC0], 3, &[side, side].concat())),
        ("bomb.PNG", png()),
        ("bomb.HEIC", heic),
        ("bomb.TIFF", tiff()),
        ("bomb.GIF", gif.to_vec()),
    ]
}

/// A picture is carried by its bytes and never decoded for that: whatever it promises, it is somebody's photo.
#[test]
fn pictures_of_3600_megapixels_are_carried_and_never_shown() {
    let home = Household::new();
    home.set_up("import");
    home.put("good 1.JPG", &jpeg(1));
    home.put("good 2.JPG", &jpeg(2));
    for (name, bytes) in bombs() {
        home.put(name, &bytes);
    }
    let report = report(&home, &["sync"], 0);
    assert_eq!((report.count("applied"), report.count("failed")), (7, 0), "{}", report.0);

    let service = Service::start(&home);
    bounds::bind(service.id());
    let mut visitor = Visitor::of(&service);
    let (run, mut kinds) = (&report.0["run"], Vec::new());
    for number in 0..7 {
        let answer = visitor.get(&format!("/runs/{run}/items/{number}/picture"));
        assert_eq!(answer.status, 200);
        kinds.push(answer.header("content-type").expect("a kind").to_owned());
    }
    let shown = kinds.iter().filter(|kind| *kind == "image/jpeg").count();
    let placeholders = kinds.iter().filter(|kind| *kind == "image/svg+xml").count();
    assert_eq!((shown, placeholders), (2, 5), "{kinds:?}");
}
