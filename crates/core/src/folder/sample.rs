//! A sample of a file's bytes: enough to know a file again whose size and time are those of one that was read, on a disk
//! that keeps nothing else of it.

use std::io::{self, Read, Seek, SeekFrom};

use crate::fingerprint::Fingerprint;

/// Bytes of each piece: the first one holds what cameras and programs write about a photo.
const PIECE: u64 = 16 * 1024;

/// Bytes that are read of a file that has so many.
pub const SAMPLED: u64 = 3 * PIECE;

/// A number that stands for the beginning, the middle and the end of a file of this size.
pub fn sample(mut file: impl Read + Seek, size: u64) -> io::Result<i64> {
    let mut bytes = Vec::with_capacity(SAMPLED as usize);
    let last = size.saturating_sub(PIECE);
    for start in [0, last / 2, last] {
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(PIECE).read_to_end(&mut bytes)?;
    }
    let mut first = [0; 8];
    first.copy_from_slice(&Fingerprint::of(&bytes).as_bytes()[..8]);
    Ok(i64::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn it_tells_beginning_middle_and_end() {
        for size in [0_usize, 1, 40, 16 * 1024, 50_000, 1_000_000] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let of = |bytes: &[u8]| sample(Cursor::new(bytes), size as u64).expect("in memory");
            assert_eq!(of(&bytes), of(&bytes.clone()));
            for at in [0, size / 2, size.saturating_sub(1)].into_iter().filter(|at| *at < size) {
                let mut other = bytes.clone();
                other[at] ^= 1;
                assert_ne!(of(&other), of(&bytes), "{at} of {size}");
            }
        }
    }
}
