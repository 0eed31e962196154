//! XMP: what photo programs write down, in a packet inside a file or in a sidecar beside it.

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use crate::capture::CaptureTime;
use crate::details::{Details, Location};

use crate::date;

/// Longer packets are not opened: real ones have some 10 KB, or a few hundred with an editing history.
pub(super) const LONGEST: usize = 1024 * 1024;

/// Elements and texts of one packet that are read at most.
const MOST_NODES: u32 = 50_000;

/// More attributes than any program gives one element; the parser compares each with each.
const MOST_ATTRIBUTES: usize = 1000;

/// More namespaces than any program declares; the parser copies those of an element for each element inside.
const MOST_NAMESPACES: usize = 1000;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";

/// What an XMP packet says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sidecar {
    /// Title, description, keywords, stars and place. XMP has no common word for a favourite.
    pub details: Details,
    /// When the picture was taken, as somebody wrote it.
    pub captured: Option<CaptureTime>,
    /// When it was made into a file, as somebody wrote it: of a scanned print years later.
    pub digitized: Option<CaptureTime>,
}

impl Sidecar {
    /// When the picture was taken, as far as that was written.
    pub fn taken(&self) -> Option<CaptureTime> {
        self.captured.or(self.digitized)
    }
}

/// Whether a packet has words of its own for when the picture was taken: XML is slow to read.
pub(crate) fn tells_when(packet: &[u8]) -> bool {
    [&b"DateTimeOriginal"[..], b"DateCreated"].iter().any(|name| memchr::memmem::find(packet, name).is_some())
}

/// The comment of whoever made the picture (`exif:UserComment`).
pub(crate) fn comment(packet: &[u8]) -> Option<String> {
    let text = rdf(packet)?;
    let document = parse(&text)?;
    let mut descriptions = document.descendants().filter(|node| node.has_tag_name((RDF, "Description")));
    descriptions.find_map(|node| texts(node, EXIF, "UserComment").into_iter().next())
}

fn parse(text: &str) -> Option<Document<'_>> {
    // Entities could make a short packet long, and XMP knows none.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).ok()
}

/// Reads a packet; nothing where it is no XMP.
pub(crate) fn read(packet: &[u8]) -> Option<Sidecar> {
    let text = rdf(packet)?;
    let document = parse(&text)?;
    let descriptions: Vec<_> = document.descendants().filter(|node| node.has_tag_name((RDF, "Description"))).collect();
    let texts = |namespace, name| descriptions.iter().flat_map(move |node| texts(*node, namespace, name));
    let first = |namespace, name| texts(namespace, name).next();
    let date = |(namespace, name)| date::parse_in_part(&first(namespace, name)?)?.capture_time();
    let coordinate = |name| degrees(&first(EXIF, name)?);
    let location = coordinate("GPSLatitude").zip(coordinate("GPSLongitude"));
    let mut keywords: Vec<String> = Vec::new();
    for keyword in texts(DC, "subject") {
        if !keywords.contains(&keyword) {
            keywords.push(keyword);
        }
    }
    Some(Sidecar {
        details: Details {
            title: first(DC, "title"),
            description: first(DC, "description"),
            keywords,
            location: location.and_then(|(latitude, longitude)| Location::new(latitude, longitude)),
            favorite: false,
            rating: first(XMP, "Rating").and_then(|text| stars(&text)),
        },
        captured: [(EXIF, "DateTimeOriginal"), (PHOTOSHOP, "DateCreated")].into_iter().find_map(date),
        digitized: [(EXIF, "DateTimeDigitized"), (XMP, "CreateDate")].into_iter().find_map(date),
    })
}

/// One to five stars. What was rejected has −1, and what nobody rated 0.
fn stars(text: &str) -> Option<u8> {
    let stars = text.parse::<f32>().ok()?.round();
    (1.0..=5.0).contains(&stars).then_some(stars as u8)
}

/// The part of a packet that matters, without the wrapping and the padding that an XML parser might refuse. Lightroom writes
/// a shorter packet over a longer one: what follows the first end is the rest of that.
fn rdf(packet: &[u8]) -> Option<String> {
    if packet.len() > LONGEST {
        return None;
    }
    let packet = in_single_bytes(packet);
    let start = memchr::memmem::find(&packet, b"<x:xmpmeta").or_else(|| memchr::memmem::find(&packet, b"<rdf:RDF"))?;
    let packet = &packet[start..];
    let last: &[u8] = if packet.starts_with(b"<x:") { b"</x:xmpmeta>" } else { b"</rdf:RDF>" };
    let packet = &packet[..memchr::memmem::find(packet, last)? + last.len()];
    // Whatever is no UTF-8 is taken for Latin-1, as a few programs of the nineties write it: each byte is a character.
    let text = str::from_utf8(packet).map_or_else(|_| packet.iter().copied().map(char::from).collect(), str::to_owned);
    let attributes = text.split('<').map(|tag| memchr::memchr_iter(b'=', tag.as_bytes()).count());
    let namespaces = memchr::memmem::find_iter(text.as_bytes(), b"xmlns").count();
    (attributes.max() <= Some(MOST_ATTRIBUTES) && namespaces <= MOST_NAMESPACES).then_some(text)
}

/// A packet in UTF-16 as UTF-8, any other as it is: an XML file in UTF-16 begins with its mark, or with half a bracket.
fn in_single_bytes(packet: &[u8]) -> Cow<'_, [u8]> {
    let pair: fn([u8; 2]) -> u16 = match packet {
        [0xFE, 0xFF, ..] | [0, b'<', ..] => u16::from_be_bytes,
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => u16::from_le_bytes,
        _ => return Cow::Borrowed(packet),
    };
    let units = packet.chunks_exact(2).map(|raw| pair([raw[0], raw[1]]));
    Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into())
}

/// The texts of a property: its attribute, its element's text, or the items of the list inside. Of a list in several
/// languages the default stands first, as `x-default` must.
fn texts(description: Node<'_, '_>, namespace: &str, name: &str) -> Vec<String> {
    let clean = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(text) = description.attribute((namespace, name)).and_then(clean) {
        return vec![text];
    }
    let Some(property) = description.children().find(|child| child.has_tag_name((namespace, name))) else {
        return Vec::new();
    };
    let items: Vec<String> = property
        .children()
        .flat_map(|list| list.children())
        .filter(|node| node.has_tag_name((RDF, "li")))
        .filter_map(|item| item.text().and_then(clean))
        .collect();
    if items.is_empty() { property.text().and_then(clean).into_iter().collect() } else { items }
}

/// Reads `48,51.5N`, `48,51,30N` or a plain number of degrees.
fn degrees(text: &str) -> Option<f64> {
    if let Ok(degrees) = text.parse::<f64>() {
        return Some(degrees);
    }
    let (last, letter) = text.char_indices().next_back()?;
    let sign = match letter.to_ascii_uppercase() {
        'N' | 'E' => 1.0,
        'S' | 'W' => -1.0,
        _ => return None,
    };
    let mut degrees = 0.0;
    for (part, unit) in text[..last].split(',').zip([1.0, 60.0, 3600.0]) {
        degrees += part.trim().parse::<f64>().ok()? / unit;
    }
    Some(sign * degrees)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIGHTROOM: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  exif:DateTimeOriginal="2024-01-31T23:59:59.25+09:00" exif:GPSLatitude="48,51.5N" exif:GPSLongitude="2,17,40.2W">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Evening &amp; sea</rdf:li><rdf:li xml:lang="de">Abend</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">  </rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sun</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"#;

    #[test]
    fn a_sidecar_tells_what_people_wrote() {
        let sidecar = read(LIGHTROOM.as_bytes()).expect("XMP");
        assert_eq!(sidecar.details.title.as_deref(), Some("Evening & sea"));
        assert_eq!(sidecar.details.description, None);
        assert_eq!(sidecar.details.keywords, ["sea", "sun"]);
        let location = sidecar.details.location.expect("a place");
        assert!((location.latitude - 48.858_333).abs() < 1e-5 && (location.longitude + 2.294_5).abs() < 1e-5);
        assert_eq!(sidecar.captured.map(|time| time.to_string()).as_deref(), Some("2024-01-31T23:59:59.25+09:00"));
    }

    #[test]
    fn stars_are_one_to_five() {
        // What digiKam, Lightroom, Bridge and darktable write, and what nobody should.
        let told = [("1", Some(1)), ("5", Some(5)), ("4.0", Some(4)), ("-1", None), ("0", None)];
        let absurd = [("6", None), ("99", None), ("NaN", None), ("five", None)];
        for (text, stars) in told.into_iter().chain(absurd) {
            let rated = format!("xmlns:xmp=\"{XMP}\" xmp:Rating=\"{text}\" rdf:about");
            let read = read(LIGHTROOM.replace("rdf:about", &rated).as_bytes()).expect("XMP");
            assert_eq!(read.details.rating, stars, "{text}");
        }
    }

    #[test]
    fn what_is_no_xmp_says_nothing() {
        let mut padded = LIGHTROOM.as_bytes().to_vec();
        padded.extend([0; 2000]);
        assert_eq!(read(&padded), read(LIGHTROOM.as_bytes()));
        for broken in ["", "<x:xmpmeta", "<x:xmpmeta></x:xmpmeta>", "<rdf:RDF><rdf:Description></rdf:RDF>", "text"] {
            assert_eq!(read(broken.as_bytes()), None, "{broken}");
        }
        assert_eq!(read(&LIGHTROOM.as_bytes()[..600]), None);
        assert_eq!(read(&vec![b'<'; LONGEST + 1]), None);
    }

    #[test]
    fn other_alphabets_are_read_too() {
        let text = LIGHTROOM.replace("Evening", "Ünï日");
        let expected = read(text.as_bytes());
        assert_eq!(expected.as_ref().and_then(|read| read.details.title.as_deref()), Some("Ünï日 & sea"));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&little), expected, "UTF-16");
        assert_eq!(read(&[&b"\xFF\xFE"[..], &little].concat()), expected, "UTF-16 with its mark");
        assert_eq!(read(&[&b"\xFE\xFF"[..], &big].concat()), expected, "UTF-16 the other way round");
        assert_eq!(read(&little[..little.len() - 1]), expected, "half a character behind the end");
        let latin: Vec<u8> = LIGHTROOM.replace("Evening", "Été").chars().map(|c| c as u8).collect();
        assert_eq!(read(&latin).and_then(|read| read.details.title).as_deref(), Some("Été & sea"));
    }

    #[test]
    fn the_rest_of_an_older_packet_is_nobodys() {
        let older = LIGHTROOM.replace("2024-01-31", "1988-12-01");
        let behind = &older[older.len() - 300..];
        assert!(behind.contains("</x:xmpmeta>"));
        assert_eq!(read([LIGHTROOM, behind].concat().as_bytes()), read(LIGHTROOM.as_bytes()));
    }

    #[test]
    fn what_is_known_of_a_date_is_all_that_is_read() {
        let at = |date: &str| read(LIGHTROOM.replace("2024-01-31T23:59:59.25+09:00", date).as_bytes())?.captured;
        for date in ["1960", "1960-05", "1960-05-17"] {
            assert_eq!(at(date).map(|time| time.to_string()).as_deref(), Some(date));
        }
        assert_eq!(at("sometime"), None);
    }

    #[test]
    fn hostile_packets_neither_hang_nor_overflow() {
        let wrap = |inside: String| format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">{inside}</x:xmpmeta>");
        let attributes = |count: usize| (0..count).map(|i| format!(" a{i}=\"\"")).collect::<String>();
        let namespaces = |count: usize| (0..count).map(|i| format!(" xmlns:a{i}=\"{i}\"")).collect::<String>();
        let started = std::time::Instant::now();
        for inside in [
            "<a>".repeat(300_000),
            "<a>".repeat(140_000) + &"</a>".repeat(140_000),
            format!("<a{}/>", attributes(90_000)),
            format!("<a{}/>", attributes(900)).repeat(100),
            format!("<a{}/>", namespaces(900)).repeat(60),
            format!("<a{}>", namespaces(900)) + &"<b/>".repeat(100_000) + "</a>",
            format!("<a{}>", namespaces(900)) + &"<b xmlns:c=\"d\">".repeat(40_000),
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">]>&a;".into(),
        ] {
            assert_eq!(read(wrap(inside).as_bytes()).unwrap_or_default(), Sidecar::default());
        }
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }
}
