//! MPEG's transport stream, in which camcorders record: packets of one length, each with the same first byte.

use std::io;

use crate::bytes::Bytes;
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
        if first == [Some([SYNC]); 2] {
            return Ok(Some((length, sync)));
        }
    }
    Ok(None)
}

/// Reads a stream of such packets. It says nothing of itself but whether its last packet is there.
pub(crate) fn read(bytes: &mut impl Bytes, (length, sync): (u64, u64)) -> io::Result<Found> {
    let mut found = Found::default();
    let size = bytes.size();
    let rest = size % if sync > 0 { STRETCH } else { length };
    let last = size - size % length - length;
    if rest > 0 || bytes.array::<1>(last + sync)? != Some([SYNC]) {
        found.truncate("the movie ends within a packet");
    }
    Ok(found)
}
