//! Files from the bytes up, for what `photobridge_media::sample` does not make.

#![allow(dead_code, reason = "each of the tests builds some of them")]

/// A box of this kind.
pub fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), &kind[..], content].concat()
}

/// A JPEG of 32 by 16 pixels with these segments.
pub fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    for (marker, content) in segments {
        file.extend([0xFF, *marker]);
        file.extend((content.len() as u16 + 2).to_be_bytes());
        file.extend(content);
    }
    file.extend(b"\xFF\xC0\0\x0B\x08\0\x10\0\x20\x01\0\0\0\xFF\xDA\0\x08\x01\0\0\0\x3F\0abc\xFF\0def\xFF\xD9");
    file
}

/// The segment of a JPEG that holds an XMP packet.
pub fn xmp_segment(packet: &[u8]) -> (u8, Vec<u8>) {
    (0xE1, [&b"http://ns.adobe.com/xap/1.0/\0"[..], packet].concat())
}

/// The segment of a JPEG that holds EXIF.
pub fn exif_segment(block: &[u8]) -> (u8, Vec<u8>) {
    (0xE1, [&b"Exif\0\0"[..], block].concat())
}

/// The segment of a JPEG in which IPTC's records lie between Photoshop's resources.
pub fn iptc_segment(records: &[(u8, &str)]) -> (u8, Vec<u8>) {
    let records = iptc(records);
    let name = [&b"Photoshop 3.0\0"[..], b"8BIM\x03\xED\0\0\0\0\0\x03abc\0", b"8BIM\x04\x04\0\0"].concat();
    (0xED, [&name[..], &(records.len() as u32).to_be_bytes(), &records].concat())
}

/// IPTC's records.
pub fn iptc(records: &[(u8, &str)]) -> Vec<u8> {
    let record = |(number, text): &(u8, &str)| {
        [&[0x1C, 2, *number], &(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
    };
    records.iter().flat_map(record).collect()
}

/// A directory of EXIF, little-endian, at `at`, with texts behind it and whole numbers in place.
fn directory(at: usize, tags: &[(u16, Tag)]) -> Vec<u8> {
    let mut written = (tags.len() as u16).to_le_bytes().to_vec();
    let mut behind = Vec::new();
    let behind_at = at + 2 + tags.len() * 12 + 4;
    for (tag, value) in tags {
        let (format, count, bytes): (u16, usize, Vec<u8>) = match value {
            Tag::Text(text) => (2, text.len() + 1, [text.as_bytes(), &[0]].concat()),
            Tag::Long(number) => (4, 1, number.to_le_bytes().to_vec()),
            Tag::Bytes(bytes) => (7, bytes.len(), bytes.clone()),
            Tag::Ratios(numbers) => {
                (5, numbers.len(), numbers.iter().flat_map(|n| [n.to_le_bytes(), [1, 0, 0, 0]].concat()).collect())
            }
        };
        written.extend([tag.to_le_bytes(), format.to_le_bytes()].concat());
        written.extend((count as u32).to_le_bytes());
        if bytes.len() <= 4 {
            written.extend(bytes.iter().copied().chain([0; 4]).take(4));
        } else {
            written.extend(((behind_at + behind.len()) as u32).to_le_bytes());
            behind.extend(bytes);
        }
    }
    written.extend([0; 4]);
    [written, behind].concat()
}

/// A value of a tag.
pub enum Tag {
    Text(&'static str),
    Long(u32),
    Bytes(Vec<u8>),
    Ratios(Vec<u32>),
}

/// An EXIF block of the first directory, the Exif directory and that of GPS.
pub fn exif(mut first: Vec<(u16, Tag)>, exif: &[(u16, Tag)], gps: &[(u16, Tag)]) -> Vec<u8> {
    first.push((0x8769, Tag::Long(0)));
    first.push((0x8825, Tag::Long(0)));
    let exif_at = 8 + directory(8, &first).len();
    let gps_at = exif_at + directory(exif_at, exif).len();
    for (tag, value) in &mut first {
        match tag {
            0x8769 => *value = Tag::Long(exif_at as u32),
            0x8825 => *value = Tag::Long(gps_at as u32),
            _ => {}
        }
    }
    [b"II\x2A\0\x08\0\0\0".to_vec(), directory(8, &first), directory(exif_at, exif), directory(gps_at, gps)].concat()
}

/// A chunk of a PNG; nobody here looks at its checksum.
pub fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32).to_be_bytes(), &kind[..], content, &[0; 4]].concat()
}

/// A PNG of 40 by 30 pixels with these chunks before and behind its picture.
pub fn png(before: &[Vec<u8>], behind: &[Vec<u8>]) -> Vec<u8> {
    let size = [&40_u32.to_be_bytes()[..], &30_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let picture = chunk(b"IDAT", &[0x55; 200]);
    let start = [b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IHDR", &size)].concat();
    [start, before.concat(), picture.clone(), picture, behind.concat(), b"\0\0\0\0IEND\xAE\x42\x60\x82".to_vec()]
        .concat()
}

/// A chunk of RIFF.
pub fn riff(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let padding = vec![0; content.len() % 2];
    [&kind[..], &(content.len() as u32).to_le_bytes(), content, &padding].concat()
}

/// An AVI of 320 by 240 pixels with these chunks at the end of its header and these lists behind.
pub fn avi(in_header: &[Vec<u8>], behind: &[Vec<u8>]) -> Vec<u8> {
    let numbers = [40_000_u32, 0, 0, 0, 50, 0, 1, 0, 320, 240, 0, 0, 0, 0];
    let main = riff(b"avih", &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    let header = riff(b"LIST", &[b"hdrl".to_vec(), main, in_header.concat()].concat());
    let pictures = riff(b"LIST", &[&b"movi"[..], &[7; 100]].concat());
    riff(b"RIFF", &[b"AVI ".to_vec(), header, pictures, behind.concat()].concat())
}
