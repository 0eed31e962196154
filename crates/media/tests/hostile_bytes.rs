//! No bytes may make the readers of media panic, hang or read without end.

mod phone;

use std::io::Cursor;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff::civil::date;
use photobridge_media::details::Location;
use photobridge_media::sample::{Shot, xmp};
use photobridge_media::{Coding, FileKind, captured_from_name, pictures, read_header};
use proptest::prelude::*;

use phone::{boxed, phone};

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let shot = Shot {
        location: Location::new(47.5615, -52.7126),
        content_identifier: Some("570F1469-09C7-4E50-9875-05F21D5BD166".into()),
        ..Shot::new(date(2024, 1, 31).at(23, 59, 59, 0), 7)
    };
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x08\0\0\0\x3F\x01\0\xEF\0\0EXIF".to_vec();
    let exif = shot.dng(8, 8);
    webp.extend((exif.len() as u32).to_le_bytes());
    webp.extend(exif);
    let mut raf = b"FUJIFILMCCD-RAW 0201".to_vec();
    raf.resize(84, 0);
    raf.extend(100_u32.to_be_bytes());
    raf.extend(2000_u32.to_be_bytes());
    raf.resize(100, 0);
    raf.extend(shot.jpeg(32, 24));
    let mut packet = b"\xFF\xD8\xFF\xE1\x02\x00http://ns.adobe.com/xap/1.0/\0".to_vec();
    packet.extend(xmp(&Default::default(), captured_from_name("20240131_235959")));
    vec![
        shot.jpeg(32, 24),
        shot.png(32, 24),
        shot.heif(32, 24),
        phone(&[boxed(b"irot", &[&[3]])], (416, 312)),
        shot.dng(32, 24),
        shot.movie(32, 24, 1000),
        webp,
        raf,
        packet,
        b"GIF89a\x08\0\x08\0\x80\0\0abcdef\x21\xF9\x04\0\0\0\0\0\x2C\0\0\0\0\x08\0\x08\0\0\x02\x03abc\0\x3B".to_vec(),
        b"BM\x42\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0".to_vec(),
    ]
});

/// A change to a file: numbers that mean much to parsers are tried more often than others.
#[derive(Debug, Clone)]
enum Change {
    Byte(usize, u8),
    Long(usize, u32),
    Cut(usize),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    // Most of what is parsed lies in the first or the last kilobytes.
    let place = prop_oneof![0..1500_usize, (0..1500_usize).prop_map(|back| usize::MAX - back), any::<usize>()];
    let long = prop_oneof![Just(0), Just(1), Just(8), Just(u32::MAX), Just(1 << 31), 0..5000_u32, any::<u32>()];
    prop_oneof![
        4 => (place.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        4 => (place.clone(), long).prop_map(|(at, long)| Change::Long(at, long)),
        1 => place.clone().prop_map(Change::Cut),
        1 => (place, 1..3000_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    let size = file.len().max(1);
    // From the end for the largest numbers, else from the start.
    let place = |at: usize| if at > usize::MAX - 2000 { size.saturating_sub(usize::MAX - at + 1) } else { at % size };
    match *change {
        Change::Byte(at, byte) => {
            if let Some(old) = file.get_mut(place(at)) {
                *old = byte;
            }
        }
        Change::Long(at, long) => {
            for (old, byte) in file.iter_mut().skip(place(at)).zip(long.to_be_bytes()) {
                *old = byte;
            }
        }
        Change::Cut(at) => file.truncate(place(at)),
        Change::Repeat(at, length) => {
            let at = place(at).min(file.len());
            let piece: Vec<u8> = file[at..].iter().take(length).copied().collect();
            file.extend(piece);
        }
    }
}

fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    for kind in [FileKind::Still, FileKind::Raw, FileKind::Video] {
        let started = Instant::now();
        let (_, read) = read_header(Cursor::new(bytes), bytes.len() as u64, kind).expect("memory can be read");
        prop_assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        prop_assert!(read < 64 << 20, "{read} bytes read of {}", bytes.len());
    }
    let (mut file, started) = (Cursor::new(bytes), Instant::now());
    for picture in pictures(&mut file, bytes.len() as u64, 320).expect("memory can be read") {
        match picture.coding {
            Coding::Jpeg { at, length } => prop_assert!(at + length <= bytes.len() as u64),
            // What lies behind the end is an error.
            Coding::Hevc(tiles) => (0..tiles.count()).for_each(|tile| drop(tiles.heic(&mut file, tile))),
            Coding::Whole => {}
        }
    }
    prop_assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn damaged_files_are_survived(which in 0..FILES.len(), changes in prop::collection::vec(change(), 1..12)) {
        let mut file = FILES[which].clone();
        for change in &changes {
            apply(&mut file, change);
        }
        survives(&file)?;
    }

    #[test]
    fn any_bytes_behind_a_known_start_are_survived(
        start in prop::sample::select(vec![
            &b"\xFF\xD8\xFF\xE1"[..], b"\x89PNG\r\n\x1A\n", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0AVI ", b"MM\0\x2A\0\0\0\x08",
            b"II\x2A\0\x08\0\0\0", b"\0\0\0\x10ftypheic\0\0\0\0", b"\0\0\0\x10ftypqt  \0\0\0\0", b"GIF89a", b"BM",
            b"FUJIFILMCCD-RAW ",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        survives(&[start, &rest].concat())?;
    }

    #[test]
    fn any_name_is_survived(name in any::<String>(), digits in "[0-9 ._T-]{0,30}(AM|PM|-WA)?[0-9]{0,4}") {
        _ = captured_from_name(&name);
        _ = captured_from_name(&digits);
    }
}

/// Files built to make a careless reader go round and round.
#[test]
fn mazes_end_soon() {
    let directory = |entry: &dyn Fn(u16) -> [u8; 12]| {
        let mut file = b"MM\0\x2A\0\0\0\x08".to_vec();
        file.extend(u16::MAX.to_be_bytes());
        file.extend((0..u16::MAX).flat_map(entry));
        file
    };
    let pointer = |tag: u16| {
        move |_: u16| {
            let mut entry = [0, 0, 0, 4, 0, 0, 0xFF, 0xFF, 0, 0, 0, 8];
            entry[..2].copy_from_slice(&tag.to_be_bytes());
            entry
        }
    };
    let boxes = |kind: &[u8; 4], depth: usize, count: usize| {
        let mut inside: Vec<u8> = [&[0, 0, 0, 8], &kind[..]].concat().repeat(count);
        for name in [b"trak", b"moov"].into_iter().cycle().take(depth) {
            inside = [&(inside.len() as u32 + 8).to_be_bytes()[..], name, &inside].concat();
        }
        [b"\0\0\0\x10ftypqt  \0\0\0\0".to_vec(), inside].concat()
    };
    let mazes = [
        directory(&pointer(0x8769)),
        directory(&pointer(0x014A)),
        directory(&pointer(0x927C)),
        directory(&|place| [(place >> 8) as u8, place as u8, 0, 4, 0, 0, 0xFF, 0xFF, 0, 0, 0, 8]),
        boxes(b"trak", 1, 200_000),
        boxes(b"udta", 2, 200_000),
        boxes(b"free", 1000, 1000),
        [b"\0\0\0\0", &b"mdat"[..]].concat().repeat(100_000),
        [&b"\0\0\0\x10ftypheic\0\0\0\0"[..], &b"\0\0\0\0meta".repeat(100_000)].concat(),
        b"\xFF\xD8".iter().copied().chain(std::iter::repeat_n(0xFF, 3_000_000)).collect(),
        [&b"\xFF\xD8"[..], &b"\xFF\xE1\0\x08Exif\0\0".repeat(200_000)].concat(),
        [&b"\x89PNG\r\n\x1A\n"[..], &b"\0\0\0\x08eXIfMM\0\x2A\0\0\0\x08\0\0\0\0".repeat(200_000)].concat(),
        [&b"RIFF\0\0\0\0WEBP"[..], &b"EXIF\x08\0\0\0MM\0\x2A\0\0\0\x08".repeat(200_000)].concat(),
        [&b"GIF89a\x08\0\x08\0\0\0\0"[..], &b"\x21\xF9\0".repeat(3_000_000)].concat(),
        [&b"GIF89a\x08\0\x08\0\0\0\0\x21\xF9"[..], &[1; 9_000_000]].concat(),
        [&b"GIF89a\x08\0\x08\0\0\0\0\x21\xF9"[..], &[255; 90 << 20]].concat(),
    ];
    for (number, maze) in mazes.iter().enumerate() {
        let started = Instant::now();
        let read = read_header(Cursor::new(maze), maze.len() as u64, FileKind::Still).expect("memory can be read").1;
        assert!(started.elapsed() < Duration::from_secs(5), "maze {number}: {:?}", started.elapsed());
        assert!(read < 128 << 20, "maze {number}: {read} bytes");
        let started = Instant::now();
        pictures(&mut Cursor::new(maze), maze.len() as u64, 320).expect("memory can be read");
        assert!(started.elapsed() < Duration::from_secs(5), "maze {number}: {:?}", started.elapsed());
    }
}
