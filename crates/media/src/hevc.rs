//! How large a picture in HEVC is before anything is cropped off it: what a decoder makes room for, whatever else the
//! file says.

use crate::bits::{self, Bits};
use crate::heif::Table;

/// The kind of the parameter sets that say it.
const SEQUENCE: u8 = 33;

/// Bits from the start of such a set to its first number of varying length, where it has no sub-layers.
const BITS_BEFORE: usize = 16 + 8 + 96;

/// A picture as it is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// How many samples of colour there are: none, one for four pixels, for two, or for each.
    pub chroma_format: u32,
}

impl Frame {
    /// How many pixels it has.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The largest picture that the parameter sets in a decoder's record (`hvcC`) announce; `None` where one of them cannot
/// be read.
pub(crate) fn largest(record: &[u8]) -> Option<Frame> {
    let mut table = Table::new(record.get(22..)?);
    let mut largest: Option<Frame> = None;
    for _ in 0..table.number(1)? {
        table.number(1)?;
        for _ in 0..table.number(2)? {
            let length = table.number(2)? as usize;
            let set = table.take(length)?;
            if set.first().is_some_and(|first| first >> 1 & 0x3F == SEQUENCE) {
                let frame = frame(set)?;
                largest = largest.filter(|known| known.pixels() >= frame.pixels()).or(Some(frame));
            }
        }
    }
    largest
}

fn frame(set: &[u8]) -> Option<Frame> {
    let bytes = bits::without_stuffing(set);
    let sub_layers = bytes.get(2)? >> 1 & 7;
    if sub_layers != 0 {
        return None;
    }
    let mut bits = Bits::at(&bytes, BITS_BEFORE);
    bits.number()?;
    let chroma_format = bits.number()?;
    if chroma_format == 3 {
        bits.bit()?;
    }
    Some(Frame { width: bits.number()?, height: bits.number()?, chroma_format })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of one parameter set with these numbers, written as HEVC asks for.
    fn record(sub_layers: u8, numbers: &[u32]) -> Vec<u8> {
        let mut bits: Vec<u8> = Vec::new();
        let mut push = |number: u32, width: u32| bits.extend((0..width).rev().map(|at| (number >> at & 1) as u8));
        for (number, width) in [(SEQUENCE.into(), 7), (1, 9), (0, 4), (sub_layers.into(), 3), (1, 1)] {
            push(number, width);
        }
        for _ in 0..12 {
            push(0x5A, 8);
        }
        for number in numbers {
            let digits = (number + 1).ilog2();
            push(0, digits);
            push(number + 1, digits + 1);
        }
        push(0xFFFF, 16);
        let set: Vec<u8> = bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect();
        let mut record = vec![1; 22];
        record.extend([1, 0x80 | SEQUENCE, 0, 1, 0, set.len() as u8]);
        record.extend(set);
        record
    }

    #[test]
    fn the_size_is_read_as_it_is_coded() {
        let frame = |width, height, chroma_format| Some(Frame { width, height, chroma_format });
        assert_eq!(largest(&record(0, &[0, 1, 512, 512])), frame(512, 512, 1));
        assert_eq!(largest(&record(0, &[3, 0, 4032, 3024])), frame(4032, 3024, 0));
        // A bit more stands there where every pixel has its colour: here it is the first of the next number's.
        assert_eq!(largest(&record(0, &[0, 2, 65535, 1])), frame(65535, 1, 2));
        assert_eq!(largest(&record(1, &[0, 1, 512, 512])), None, "sub-layers");
        assert_eq!(largest(&record(0, &[0, 1, 512, 512])[..40]), None, "half a set");
        assert_eq!(largest(&[1; 22]), None, "no set at all");
    }

    #[test]
    fn the_largest_of_several_counts() {
        let (small, large) = (record(0, &[0, 1, 64, 64]), record(0, &[0, 1, 16000, 16000]));
        for (first, second) in [(&small, &large), (&large, &small)] {
            let mut both = first.clone();
            both[22] = 2;
            both.extend(&second[23..]);
            assert_eq!(largest(&both).map(|frame| frame.pixels()), Some(256_000_000));
        }
    }

    #[test]
    fn bytes_that_only_keep_sets_apart_are_passed_over() {
        let mut record = record(0, &[0, 1, 512, 512]);
        // Two of the bytes in front become zeros, with a three behind them.
        let at = 28 + 5;
        record.splice(at..at + 2, [0, 0, 3]);
        record[27] += 1;
        assert_eq!(largest(&record), Some(Frame { width: 512, height: 512, chroma_format: 1 }));
    }
}
