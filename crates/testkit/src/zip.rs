//! Makes zips as programs write them, and as nobody should.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A file in a zip that is being made. What its zip says of it can be made a lie.
#[derive(Debug, Clone)]
pub struct Packed {
    name: Vec<u8>,
    bytes: Vec<u8>,
    method: u16,
    crc: u32,
    size: u64,
    flags: u16,
    mode: u32,
    is_wide: bool,
    begins: Option<u64>,
}

/// In the flags of a zip: its bytes are encrypted; its name is UTF-8.
const ENCRYPTED: u16 = 1;
const UTF_8: u16 = 1 << 11;

/// That of 2025-03-01 12:00:00, in the words of DOS.
const DATE: u16 = (45 << 9) | (3 << 5) | 1;
const TIME: u16 = 12 << 11;

impl Packed {
    /// A file as it is, not packed.
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        Self {
            name: name.as_bytes().to_vec(),
            bytes: bytes.to_vec(),
            method: 0,
            crc: crc.sum(),
            size: bytes.len() as u64,
            flags: UTF_8,
            mode: 0o100_644,
            is_wide: false,
            begins: None,
        }
    }

    /// A packed file.
    pub fn deflated(name: &str, bytes: &[u8]) -> Self {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).expect("in memory");
        Self { bytes: packed.finish().expect("in memory"), method: 8, ..Self::stored(name, bytes) }
    }

    /// Named in the letters of an older time.
    pub fn named(self, name: &[u8]) -> Self {
        Self { name: name.to_vec(), flags: 0, ..self }
    }

    /// With a password.
    pub fn encrypted(self) -> Self {
        Self { flags: self.flags | ENCRYPTED, ..self }
    }

    /// A link to what its bytes say.
    pub fn link(self) -> Self {
        Self { mode: 0o120_777, ..self }
    }

    /// Packed in this way, as the zip says.
    pub fn method(self, method: u16) -> Self {
        Self { method, ..self }
    }

    /// So long, as the zip says.
    pub fn claims(self, size: u64) -> Self {
        Self { size, ..self }
    }

    /// With its numbers in the form for what is longer than 4 GB.
    pub fn wide(self) -> Self {
        Self { is_wide: true, ..self }
    }

    /// Whose bytes begin here, as the zip says.
    pub fn begins(self, at: u64) -> Self {
        Self { begins: Some(at), ..self }
    }

    fn sizes(&self) -> [u32; 2] {
        let size = |size: u64| if self.is_wide { u32::MAX } else { u32::try_from(size).unwrap_or(u32::MAX) };
        [size(self.bytes.len() as u64), size(self.size)]
    }

    /// The numbers that do not fit, as far as they stand where this is.
    fn extra(&self, begins: Option<u64>) -> Vec<u8> {
        if !self.is_wide {
            return Vec::new();
        }
        let numbers: Vec<u64> = [self.size, self.bytes.len() as u64].into_iter().chain(begins).collect();
        let mut extra = [1_u16.to_le_bytes(), (numbers.len() as u16 * 8).to_le_bytes()].concat();
        numbers.iter().for_each(|number| extra.extend(number.to_le_bytes()));
        extra
    }

    /// What stands both before the bytes and in the directory.
    fn common(&self, extra: usize) -> Vec<u8> {
        let [packed, size] = self.sizes();
        let words = [if self.is_wide { 45 } else { 20 }, self.flags, self.method, TIME, DATE];
        let mut out: Vec<u8> = words.into_iter().flat_map(u16::to_le_bytes).collect();
        [self.crc, packed, size].into_iter().for_each(|number| out.extend(number.to_le_bytes()));
        [self.name.len() as u16, extra as u16].into_iter().for_each(|number| out.extend(number.to_le_bytes()));
        out
    }
}

/// A zip of these files.
pub fn zip(files: &[Packed]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let (begins, extra) = (out.len() as u64, file.extra(None));
        out.extend(b"PK\x03\x04");
        out.extend(file.common(extra.len()));
        [&file.name, &extra, &file.bytes].into_iter().for_each(|piece| out.extend(piece));
        let begins = file.begins.unwrap_or(begins);
        let extra = file.extra(Some(begins));
        directory.extend(b"PK\x01\x02");
        // Made by a Unix.
        directory.extend((3_u16 << 8 | 63).to_le_bytes());
        directory.extend(file.common(extra.len()));
        [0_u16; 3].into_iter().for_each(|number| directory.extend(number.to_le_bytes()));
        directory.extend((file.mode << 16).to_le_bytes());
        let begins = if file.is_wide { u32::MAX } else { begins as u32 };
        directory.extend(begins.to_le_bytes());
        [&file.name, &extra].into_iter().for_each(|piece| directory.extend(piece));
    }
    end(out, directory, files)
}

fn end(mut out: Vec<u8>, directory: Vec<u8>, files: &[Packed]) -> Vec<u8> {
    let (begins, length, count) = (out.len() as u64, directory.len() as u64, files.len() as u64);
    out.extend(directory);
    let is_wide = files.iter().any(|file| file.is_wide);
    if is_wide {
        let at = out.len() as u64;
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        [45_u16, 45].into_iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend([0; 8]);
        [count, count, length, begins].into_iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend(b"PK\x06\x07");
        out.extend(0_u32.to_le_bytes());
        out.extend(at.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    let count = if is_wide { u16::MAX } else { count as u16 };
    [count, count].into_iter().for_each(|number| out.extend(number.to_le_bytes()));
    let [length, begins] = [length, begins].map(|number| if is_wide { u32::MAX } else { number as u32 });
    [length, begins].into_iter().for_each(|number| out.extend(number.to_le_bytes()));
    out.extend([0; 2]);
    out
}
