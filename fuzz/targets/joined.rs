//! The motion photo that is made of a Live Photo: both halves come out of it byte by byte, or it is not made.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use photobridge_media::live::{self, Both, joined};

fuzz_target!(|bytes: &[u8]| {
    // Where the still ends stands in front.
    let Some((cut, halves)) = bytes.split_first_chunk::<4>() else { return };
    let (still, movie) = halves.split_at((u32::from_le_bytes(*cut) as usize).min(halves.len()));
    let halves = || ((Cursor::new(still), still.len() as u64), (Cursor::new(movie), movie.len() as u64));
    let (one, other) = halves();
    let Ok(made) = joined(one, other).expect("memory can be read") else { return };
    let mut file = Vec::new();
    let (one, other) = halves();
    made.write(&mut Both::new(one, other), &mut file).expect("what it is made of is there");
    assert_eq!(file.len() as u64, made.size());
    let Some(pair) = live::pair(Cursor::new(&file), made.size(), &[7; 20]).expect("memory can be read") else { return };
    for half in [&pair.still, &pair.movie] {
        let mut written = Vec::new();
        half.write(&mut Cursor::new(&file), &mut written).expect("what it is made of is there");
        assert_eq!(written.len() as u64, half.size());
    }
});
