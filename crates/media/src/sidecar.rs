//! Writes XMP sidecars: what people wrote about a photo, beside the photo, as other photo programs read it.
//!
//! The same words give the same bytes on every machine and in every version: no date of ours, no name of a program.
//! [`crate::read_sidecar`] reads back what is written here, but for the favourite (see [`write_sidecar`]).

use unicode_normalization::UnicodeNormalization;

use jiff::civil::DateTime;

use crate::capture::CaptureTime;
use crate::details::{Details, Location};

const START: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">
 <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">
  <rdf:Description rdf:about=\"\"
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\"
    xmlns:exif=\"http://ns.adobe.com/exif/1.0/\"
    xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\"
    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">
";

const END: &str = "  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end=\"w\"?>
";

/// Millionths of a minute in a degree: two millimetres on the ground.
const DEGREE: u64 = 60_000_000;

/// The bytes of an `.xmp` file with these details.
///
/// XMP has no word for a favourite. It is written as five stars, as osxphotos and most photo programs do, unless somebody gave
/// it another number of them; stars are not read, since a person who rates hundreds of photos has not marked them in Photos. A capture
/// time is written in the two places where programs look, with its zone only where that is known.
pub fn write_sidecar(details: &Details, captured: Option<&CaptureTime>) -> Vec<u8> {
    let mut text = String::from(START);
    for (name, value) in [("dc:title", &details.title), ("dc:description", &details.description)] {
        if let Some(value) = value.as_deref().and_then(escaped) {
            let list = format!("<rdf:Alt><rdf:li xml:lang=\"x-default\">{value}</rdf:li></rdf:Alt>");
            property(&mut text, name, &list);
        }
    }
    let keywords: String = details
        .keywords
        .iter()
        .filter_map(|keyword| escaped(keyword))
        .map(|keyword| format!("<rdf:li>{keyword}</rdf:li>"))
        .collect();
    if !keywords.is_empty() {
        property(&mut text, "dc:subject", &format!("<rdf:Bag>{keywords}</rdf:Bag>"));
    }
    if let Some(stars) = details.rating.or(details.favorite.then_some(5)) {
        property(&mut text, "xmp:Rating", &stars.min(5).to_string());
    }
    // Whoever filled the details may have taken any numbers.
    if let Some(place) = details.location.and_then(|place| Location::new(place.latitude, place.longitude)) {
        property(&mut text, "exif:GPSLatitude", &coordinate(place.latitude, ['N', 'S']));
        property(&mut text, "exif:GPSLongitude", &coordinate(place.longitude, ['E', 'W']));
    }
    if let Some(captured) = captured.filter(|time| time.civil().is_some_and(is_writable)) {
        property(&mut text, "exif:DateTimeOriginal", &captured.to_string());
        property(&mut text, "photoshop:DateCreated", &captured.to_string());
    }
    text.push_str(END);
    text.into_bytes()
}

fn property(text: &mut String, name: &str, value: &str) {
    for part in ["   <", name, ">", value, "</", name, ">\n"] {
        text.push_str(part);
    }
}

/// ISO 8601 has years of four digits.
fn is_writable(date: DateTime) -> bool {
    date.year() >= 1
}

/// `48,51.5N`: whole degrees, then minutes. Counted in whole numbers, so that no rounding shows in the digits.
fn coordinate(value: f64, [positive, negative]: [char; 2]) -> String {
    let millionths = (value.abs() * DEGREE as f64).round() as u64;
    let (degrees, minutes) = (millionths / DEGREE, millionths % DEGREE);
    let fraction = format!("{:06}", minutes % 1_000_000);
    let fraction = match fraction.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let letter = if value < 0.0 { negative } else { positive };
    format!("{degrees},{}.{fraction}{letter}", minutes / 1_000_000)
}

/// Text as XML holds it, without the characters that XML 1.0 forbids. `None` where nothing readable is left.
fn escaped(text: &str) -> Option<String> {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    if text.chars().filter(is_allowed).all(char::is_whitespace) {
        return None;
    }
    let mut safe = String::with_capacity(text.len());
    // One form of accents, as what other programs search for.
    for c in text.chars().filter(is_allowed).nfc() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Readers make a line feed of a bare one.
            '\r' => safe.push_str("&#13;"),
            c => safe.push(c),
        }
    }
    Some(safe)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::xmp;

    fn text(details: &Details, captured: Option<&CaptureTime>) -> String {
        String::from_utf8(write_sidecar(details, captured)).expect("text")
    }

    #[test]
    fn a_sidecar_says_what_is_known_and_nothing_else() {
        let details = Details {
            title: Some("Fish & <chips>".into()),
            description: Some("one\ntwo".into()),
            keywords: vec!["sea".into(), "Ünïcode".into(), " ".into()],
            location: Location::new(-33.8568, 151.2153),
            favorite: true,
            rating: None,
        };
        let captured = CaptureTime::from_wall(date(2024, 1, 31).at(23, 59, 59, 0), Some(9 * 3600), Some(500_000_000));
        let expected = format!(
            "{START}   <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Fish &amp; &lt;chips&gt;</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">one\ntwo</rdf:li></rdf:Alt></dc:description>
   <dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>Ünïcode</rdf:li></rdf:Bag></dc:subject>
   <xmp:Rating>5</xmp:Rating>
   <exif:GPSLatitude>33,51.408S</exif:GPSLatitude>
   <exif:GPSLongitude>151,12.918E</exif:GPSLongitude>
   <exif:DateTimeOriginal>2024-01-31T23:59:59.5+09:00</exif:DateTimeOriginal>
   <photoshop:DateCreated>2024-01-31T23:59:59.5+09:00</photoshop:DateCreated>
{END}"
        );
        assert_eq!(text(&details, captured.as_ref()), expected);
        assert_eq!(text(&Details::default(), None), format!("{START}{END}"));
        for (favorite, rating, stars) in [(true, Some(3), 3), (false, Some(1), 1), (true, None, 5)] {
            let rated = text(&Details { favorite, rating, ..Details::default() }, None);
            assert_eq!(rated, format!("{START}   <xmp:Rating>{stars}</xmp:Rating>\n{END}"));
        }
    }

    #[test]
    fn a_zone_stands_only_where_it_is_known() {
        let noon = date(2024, 1, 31).at(12, 0, 0, 0);
        let wall = CaptureTime::from_wall(noon, None, None);
        assert!(text(&Details::default(), wall.as_ref()).contains(">2024-01-31T12:00:00</exif:DateTimeOriginal>"));
        let instant = CaptureTime::from_parts(0, None, crate::capture::Zone::Utc);
        assert!(text(&Details::default(), Some(&instant)).contains(">1970-01-01T00:00:00Z</exif:DateTimeOriginal>"));
    }

    #[test]
    fn what_cannot_be_written_is_left_out() {
        for year in [-1, 0] {
            let time = CaptureTime::from_wall(date(year, 1, 1).at(0, 0, 0, 0), None, None);
            assert_eq!(text(&Details::default(), time.as_ref()), format!("{START}{END}"));
        }
        for (latitude, longitude) in [(-180.0, -180.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0), (0.0, 0.0)] {
            let details = Details { location: Some(Location { latitude, longitude }), ..Details::default() };
            assert_eq!(text(&details, None), format!("{START}{END}"));
        }
        let details = Details { title: Some("\0\u{1}\u{fffe}".into()), ..Details::default() };
        assert_eq!(text(&details, None), format!("{START}{END}"));
        assert_eq!(escaped("Zu\u{308}rich").as_deref(), Some("Z\u{fc}rich"), "macOS writes accents apart");
        assert_eq!(escaped("a\0\u{b}b]]>\u{85}\r\n").as_deref(), Some("ab]]&gt;\u{85}&#13;\n"));
    }

    #[test]
    fn coordinates_keep_their_digits() {
        for (value, expected) in [
            (48.858_333_333, "48,51.5N"),
            (-0.000_000_1, "0,0.000006S"),
            (89.999_999_999_9, "90,0.0N"),
            (12.999_999_999_9, "13,0.0N"),
            (52.1, "52,6.0N"),
        ] {
            assert_eq!(coordinate(value, ['N', 'S']), expected, "{value}");
        }
    }

    /// What XML can hold of a text, as our reader gives it: trimmed, and nothing where nothing is left.
    fn held(text: &str) -> Option<String> {
        let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        let held: String = text.chars().filter(allowed).nfc().collect();
        Some(held.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn words() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[ -~\r\n\t\u{0}\u{85}\u{fffe}<>&\"'é]{0,40}", Just("]]><![CDATA[".to_owned())]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            title in prop::option::of(words()),
            description in prop::option::of(words()),
            keywords in prop::collection::vec(words(), 0..5),
            place in prop::option::of((-90.0..=90.0f64, -180.0..=180.0f64)),
            favorite in any::<bool>(),
            rating in prop::option::of(1..=5u8),
            captured in prop::option::of((-5_000_000_000..250_000_000_000i64, prop::option::of(0..1_000_000_000u32), prop::option::of(-840..=840i32))),
        ) {
            let captured = captured.map(|(seconds, nanos, minutes)| {
                let zone = minutes.map_or(crate::capture::Zone::Unknown, |m| crate::capture::Zone::Offset(m * 60));
                CaptureTime::from_parts(seconds, nanos, zone)
            });
            let location = place.and_then(|(latitude, longitude)| Location::new(latitude, longitude));
            let details = Details { title, description, keywords, location, favorite, rating };
            let bytes = write_sidecar(&details, captured.as_ref());
            let read = xmp::read(&bytes).expect("XMP");
            prop_assert_eq!(read.details.title, details.title.as_deref().and_then(held));
            prop_assert_eq!(read.details.description, details.description.as_deref().and_then(held));
            let mut keywords: Vec<String> = Vec::new();
            for keyword in details.keywords.iter().filter_map(|keyword| held(keyword)) {
                if !keywords.contains(&keyword) {
                    keywords.push(keyword);
                }
            }
            prop_assert_eq!(read.details.keywords, keywords);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-7;
            let same = match (read.details.location, location) {
                (Some(a), Some(b)) => near(a.latitude, b.latitude) && near(a.longitude, b.longitude),
                (a, b) => a == b,
            };
            prop_assert!(same, "{:?} {:?}", read.details.location, location);
            // Five stars stand for a favourite.
            prop_assert_eq!(read.details.rating, rating.or(favorite.then_some(5)));
            prop_assert_eq!(read.captured, captured);
        }
    }
}
