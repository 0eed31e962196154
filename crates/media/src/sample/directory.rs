//! Writes EXIF's directories, big-endian as phones do.

/// The values of a tag.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Bytes(Vec<u8>),
    Text(String),
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    Rationals(Vec<(u32, u32)>),
    SignedRationals(Vec<(i32, i32)>),
    Undefined(Vec<u8>),
}

impl Values {
    /// The format's number, how many values there are, and their bytes.
    fn encoded(&self) -> (u16, usize, Vec<u8>) {
        match self {
            Self::Bytes(bytes) => (1, bytes.len(), bytes.clone()),
            Self::Text(text) => (2, text.len() + 1, [text.as_bytes(), &[0]].concat()),
            Self::Shorts(shorts) => (3, shorts.len(), shorts.iter().flat_map(|value| value.to_be_bytes()).collect()),
            Self::Longs(longs) => (4, longs.len(), longs.iter().flat_map(|value| value.to_be_bytes()).collect()),
            Self::Rationals(list) => {
                (5, list.len(), list.iter().flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()]).flatten().collect())
            }
            Self::Undefined(bytes) => (7, bytes.len(), bytes.clone()),
            Self::SignedRationals(list) => {
                (10, list.len(), list.iter().flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()]).flatten().collect())
            }
        }
    }
}

/// A directory of tags.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory(Vec<(u16, Values)>);

impl Directory {
    pub(super) fn push(&mut self, tag: u16, values: Values) {
        self.0.push((tag, values));
    }

    /// The directory as it stands at `at`, long values behind it.
    pub(super) fn write(&self, at: usize) -> Vec<u8> {
        let mut tags: Vec<_> = self.0.iter().map(|(tag, values)| (*tag, values.encoded())).collect();
        tags.sort_by_key(|(tag, _)| *tag);
        let mut written = (tags.len() as u16).to_be_bytes().to_vec();
        let mut behind = Vec::new();
        let behind_at = at + 2 + tags.len() * 12 + 4;
        for (tag, (format, count, bytes)) in tags {
            written.extend(tag.to_be_bytes());
            written.extend(format.to_be_bytes());
            written.extend((count as u32).to_be_bytes());
            if bytes.len() <= 4 {
                let mut short = bytes;
                short.resize(4, 0);
                written.extend(short);
            } else {
                written.extend(((behind_at + behind.len()) as u32).to_be_bytes());
                behind.extend(&bytes);
                behind.resize(behind.len().next_multiple_of(2), 0);
            }
        }
        written.extend([0; 4]);
        written.extend(behind);
        written
    }
}

/// A whole block: the TIFF header, the directories one behind the other, the strip of pixels at last.
pub(super) fn block(mut first: Directory, exif: Directory, gps: Option<Directory>, strip: Option<Vec<u8>>) -> Vec<u8> {
    const HEADER: usize = 8;
    first.push(0x8769, Values::Longs(vec![0]));
    if gps.is_some() {
        first.push(0x8825, Values::Longs(vec![0]));
    }
    if strip.is_some() {
        first.push(0x0111, Values::Longs(vec![0]));
    }
    // Lengths do not depend on where things lie, so the pointers can be filled in afterwards.
    let exif_at = HEADER + first.write(HEADER).len();
    let gps_at = exif_at + exif.write(exif_at).len();
    let strip_at = gps_at + gps.as_ref().map_or(0, |gps| gps.write(gps_at).len());
    for (tag, values) in &mut first.0 {
        match tag {
            0x8769 => *values = Values::Longs(vec![exif_at as u32]),
            0x8825 => *values = Values::Longs(vec![gps_at as u32]),
            0x0111 => *values = Values::Longs(vec![strip_at as u32]),
            _ => {}
        }
    }
    let mut block = b"MM\0\x2A\0\0\0\x08".to_vec();
    block.extend(first.write(HEADER));
    block.extend(exif.write(exif_at));
    block.extend(gps.map(|gps| gps.write(gps_at)).unwrap_or_default());
    block.extend(strip.unwrap_or_default());
    block
}
