//! Writes an XMP sidecar, as photo programs do.

use crate::asset::Details;
use crate::capture::CaptureTime;

/// An `.xmp` file with these details.
pub fn xmp(details: &Details, captured: Option<CaptureTime>) -> Vec<u8> {
    let mut text = String::from(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n \
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n  <rdf:Description rdf:about=\"\"\n    \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n    xmlns:exif=\"http://ns.adobe.com/exif/1.0/\">\n",
    );
    for (name, value) in [("title", &details.title), ("description", &details.description)] {
        if let Some(value) = value {
            text += &format!(
                "   <dc:{name}><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:{name}>\n",
                escaped(value)
            );
        }
    }
    if !details.keywords.is_empty() {
        let items: String =
            details.keywords.iter().map(|keyword| format!("<rdf:li>{}</rdf:li>", escaped(keyword))).collect();
        text += &format!("   <dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>\n");
    }
    if let Some(place) = details.location {
        let (latitude, longitude) = (degrees(place.latitude, ['N', 'S']), degrees(place.longitude, ['E', 'W']));
        text += &format!("   <exif:GPSLatitude>{latitude}</exif:GPSLatitude>\n");
        text += &format!("   <exif:GPSLongitude>{longitude}</exif:GPSLongitude>\n");
    }
    if let Some(captured) = captured {
        text += &format!("   <exif:DateTimeOriginal>{captured}</exif:DateTimeOriginal>\n");
    }
    text += "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n";
    text.into_bytes()
}

/// `48,51.5N`: whole degrees, then minutes.
fn degrees(value: f64, [positive, negative]: [char; 2]) -> String {
    let minutes = (value.abs() * 60.0 * 1e6).round() / 1e6;
    let letter = if value < 0.0 { negative } else { positive };
    format!("{},{}{letter}", (minutes / 60.0).floor(), minutes % 60.0)
}

/// Text that XML can hold: characters that it forbids are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => safe.push(c),
        }
    }
    safe
}
