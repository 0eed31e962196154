//! Bits of coded pictures, as the parameter sets of H.264 and HEVC are written.

/// The bytes of a set, without each third byte behind two zeros, which only keeps the set from looking like the start of
/// another.
pub(crate) fn without_stuffing(set: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::with_capacity(set.len());
    let mut zeros = 0;
    for &byte in set {
        if zeros == 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

/// Bits, one after the other.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    /// The bits of these bytes from the one with this number.
    pub(super) fn at(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next bit.
    pub(super) fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit.into())
    }

    /// A number behind as many zeros as it has further digits.
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut digits = 0;
        while self.bit()? == 0 {
            digits += 1;
        }
        let mut number: u32 = 1;
        for _ in 0..digits {
            number = number.checked_mul(2)? | self.bit()?;
        }
        Some(number - 1)
    }

    /// A number with its sign, which is its last digit.
    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = i64::from(self.number()?);
        Some(if number % 2 == 0 { -(number / 2) } else { number / 2 + 1 })
    }
}
