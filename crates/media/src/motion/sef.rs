//! What Samsung's phones write at the end of a file: stretches with a name each, and a directory of them that is read from
//! its end.

use std::io;
use std::ops::Range;

use crate::bytes::Bytes;

/// What ends a directory.
const END: &[u8] = b"SEFT";

/// What begins one.
const START: &[u8] = b"SEFH";

/// More stretches than any phone writes.
const MOST: usize = 256;

/// One stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Where it begins: with its kind and its name.
    pub(crate) start: u64,
    /// What stands behind its name.
    pub(crate) content: Range<u64>,
}

/// The stretches of a trailer that ends with the file, in the order of its directory; none where there is none that makes
/// sense.
pub(crate) fn stretches(bytes: &mut impl Bytes) -> io::Result<Vec<Stretch>> {
    let Some(end) = bytes.size().checked_sub(8) else { return Ok(Vec::new()) };
    let Some([l0, l1, l2, l3, mark @ ..]) = bytes.array::<8>(end)? else { return Ok(Vec::new()) };
    let directory = end.checked_sub(u32::from_le_bytes([l0, l1, l2, l3]).into());
    let Some(directory) = directory.filter(|_| mark == END) else { return Ok(Vec::new()) };
    let Some(head) = bytes.array::<12>(directory)?.filter(|head| head.starts_with(START)) else {
        return Ok(Vec::new());
    };
    let count = (u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize).min(MOST);
    let entries = bytes.get(directory + 12, count * 12)?.to_vec();
    let number = |raw: &[u8]| u64::from(u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]));
    let mut stretches = Vec::new();
    for entry in entries.chunks_exact(12) {
        // Places are counted back from the directory.
        let Some(start) = directory.checked_sub(number(&entry[4..])) else { continue };
        let end = start.saturating_add(number(&entry[8..])).min(directory);
        let Some(head) = bytes.array::<8>(start)? else { continue };
        let content = start.saturating_add(8).saturating_add(number(&head[4..]));
        if content < end {
            stretches.push(Stretch { start, content: content..end });
        }
    }
    Ok(stretches)
}
