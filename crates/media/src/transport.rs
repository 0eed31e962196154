//! MPEG's transport stream, in which camcorders record: packets of one length, each with the same first byte.

use std::io;

use crate::avc;
use crate::bytes::{Bytes, FIRST_BLOCK};
use crate::found::Found;

/// What every packet begins with.
const SYNC: u8 = 0x47;

/// Lengths of packets, and where in them the first byte lies: camcorders put a time in front.
const PACKETS: [(u64, u64); 2] = [(192, 4), (188, 0)];

/// What camcorders write, and what programs write for the same disks, is filled up to whole stretches of so many bytes.
const STRETCH: u64 = 6144;

/// The length of the packets, and where in one its first byte lies; nothing for any other file.
pub(crate) fn packets(bytes: &mut impl Bytes) -> io::Result<Option<(u64, u64)>> {
    for (length, sync) in PACKETS {
        let first = [bytes.array::<1>(sync)?, bytes.array::<1>(sync + length)?];
        let third = bytes.array::<1>(sync + 2 * length)?;
        if first == [Some([SYNC]); 2] && third.is_none_or(|third| third == [SYNC]) {
            return Ok(Some((length, sync)));
        }
    }
    Ok(None)
}

/// Reads a stream of such packets: whether its last one is there, and what the first pictures say.
pub(crate) fn read(bytes: &mut impl Bytes, (length, sync): (u64, u64)) -> io::Result<Found> {
    let mut found = Found::default();
    let stream = in_packets(bytes, (length, sync))?;
    found.header.pixels = older_size(&stream);
    if found.header.pixels.is_none() {
        let stream = avc::read(&stream);
        (found.header.pixels, found.recorder, found.header.camera) = (stream.pixels, stream.captured, stream.camera);
    }
    let size = bytes.size();
    let rest = size % if sync > 0 { STRETCH } else { length };
    let last = size - size % length - length;
    if rest > 0 || bytes.array::<1>(last + sync)? != Some([SYNC]) {
        found.truncate("the movie ends within a packet");
    }
    Ok(found)
}

/// The beginning of the first video among the packets, put together again.
fn in_packets(bytes: &mut impl Bytes, (length, sync): (u64, u64)) -> io::Result<Vec<u8>> {
    let raw = bytes.get(0, FIRST_BLOCK)?;
    let mut video = None;
    let mut stream = Vec::with_capacity(raw.len());
    for packet in raw.chunks_exact(length as usize) {
        let packet = &packet[sync as usize..];
        let is_start = packet[1] & 0x40 != 0;
        let number = u16::from_be_bytes([packet[1] & 0x1F, packet[2]]);
        // Bytes of other use may stand between the head of a packet and what it carries.
        let skip = match packet[3] >> 4 & 3 {
            1 => 4,
            3 => 5 + usize::from(packet[4]),
            _ => continue,
        };
        let Some(mut carried) = packet.get(skip..) else { continue };
        if is_start && matches!(carried, [0, 0, 1, 0xE0..=0xEF, ..]) {
            video.get_or_insert(number);
            let head = 9 + carried.get(8).map_or(0, |length| usize::from(*length));
            carried = carried.get(head..).unwrap_or_default();
        }
        if video == Some(number) {
            stream.extend(carried);
        }
    }
    Ok(stream)
}

/// Reads MPEG's program stream, or a stream of nothing but pictures: how large these are.
pub(crate) fn program(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    found.header.pixels = older_size(bytes.get(0, FIRST_BLOCK)?);
    Ok(found)
}

/// The size of the pictures of MPEG-1 and MPEG-2: twelve bits each, where a sequence begins.
fn older_size(stream: &[u8]) -> Option<(u32, u32)> {
    let at = memchr::memmem::find(stream, &[0, 0, 1, 0xB3])?;
    let [first, second, third] = *stream.get(at + 4..)?.first_chunk::<3>()?;
    let (first, second, third) = (u32::from(first), u32::from(second), u32::from(third));
    let size = (first << 4 | second >> 4, (second & 0x0F) << 8 | third);
    (size.0 > 0 && size.1 > 0).then_some(size)
}
