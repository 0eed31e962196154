//! An eighth of a JPEG is what another decoder makes of it, however it is coded, and of a damaged one no more.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use jpeg_decoder::PixelFormat;
use photobridge_media::{Coding, Picture, Turn, decode};
use proptest::prelude::*;

const SIDE: u16 = 128;

/// Made by libjpeg-turbo's `cjpeg` and ImageMagick, each with another way of coding.
fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/eighths");
    let files = fs::read_dir(directory).expect("the directory").map(|entry| entry.expect("an entry").path());
    files.map(|path| (path.clone(), fs::read(path).expect("the file"))).collect()
}

fn ours(jpeg: &[u8]) -> Option<Vec<u8>> {
    let coding = Coding::Jpeg { at: 0, length: jpeg.len() as u64 };
    let picture = Picture { coding, turn: Turn::default() };
    let small = decode::decode(&mut Cursor::new(jpeg), &picture, SIDE.into(), 1 << 28).ok()?;
    Some(small.pixels.to_rgb8().into_raw())
}

fn theirs(jpeg: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = jpeg_decoder::Decoder::new(jpeg);
    decoder.scale(SIDE, SIDE).ok()?;
    let pixels = decoder.decode().ok()?;
    Some(match decoder.info()?.pixel_format {
        PixelFormat::L8 => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
        _ => pixels,
    })
}

#[test]
fn it_is_what_another_decoder_makes() {
    let mut compared = 0;
    for (path, jpeg) in samples().into_iter().filter(|(path, _)| !path.ends_with("cmyk.jpg")) {
        let (ours, theirs) = (ours(&jpeg).expect("a picture"), theirs(&jpeg).expect("a picture"));
        assert!(ours == theirs, "{}", path.display());
        compared += 1;
    }
    assert_eq!(compared, 9);
}

/// Nobody knows how these are coded but the decoder that knows all: they are seen all the same.
#[test]
fn what_is_coded_in_an_unusual_way_is_left_to_the_other_decoder() {
    let unusual = |(path, _): &(PathBuf, Vec<u8>)| path.ends_with("cmyk.jpg") || path.ends_with("411.jpg");
    let unusual: Vec<_> = samples().into_iter().filter(unusual).collect();
    assert_eq!(unusual.len(), 2);
    assert!(unusual.iter().all(|(_, jpeg)| ours(jpeg).is_some()));
}

proptest! {
    /// Details of a picture that comes in passes are not looked at; else what the other one refuses is refused.
    #[test]
    fn of_a_damaged_one_it_is_no_other(
        which in 0..10_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (path, mut jpeg) = samples().swap_remove(which);
        for (at, byte) in damage {
            let at = at.index(jpeg.len());
            jpeg[at] = byte;
        }
        if let Some(cut) = cut {
            jpeg.truncate(cut.index(jpeg.len()));
        }
        let comes_in_passes = path.to_string_lossy().contains("progressive");
        let (ours, theirs) = (std::panic::catch_unwind(|| ours(&jpeg)), std::panic::catch_unwind(|| theirs(&jpeg)));
        if !path.ends_with("cmyk.jpg") && let (Ok(ours), Ok(theirs)) = (ours, theirs) && !(comes_in_passes && theirs.is_none()) {
            prop_assert!(ours == theirs, "{}", path.display());
        }
    }
}
