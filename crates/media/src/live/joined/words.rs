//! What a motion photo says of itself in XMP, in Google's words: that it is one, and what lies behind its picture.

use std::ops::Range;

use memchr::memmem;

use super::Why;

/// What a packet begins and ends with that holds nothing else.
const BEGIN: &str = "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
                     <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
const END: &str = "</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>";

/// Where words are put into a packet that holds others.
const LAST: &[u8] = b"</rdf:RDF>";

/// What stands before the subject of a description.
const ABOUT: &[u8] = b"rdf:about=";

/// The longest subject that is taken over.
const LONGEST_ABOUT: usize = 256;

/// Words of a packet that tell of something behind the picture already.
const OTHERS: [&[u8]; 3] = [b"MotionPhoto", b"MicroVideo", b"http://ns.google.com/photos/1.0/container/"];

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// The kind of the picture.
    pub(super) still: &'static str,
    /// Bytes between the picture and the movie.
    pub(super) padding: u64,
    /// The length of the movie.
    pub(super) movie: u64,
    /// The moment of the picture within it, in microseconds.
    pub(super) moment: Option<u64>,
}

/// The kinds of pictures that are made into motion photos.
pub(super) const JPEG: &str = "image/jpeg";
pub(super) const HEIC: &str = "image/heic";

impl Words {
    /// A description with this subject, which stands in its quotes.
    fn written(&self, about: &str) -> String {
        let Self { still, padding, movie, .. } = self;
        let moment = self.moment.map_or("-1".into(), |moment| moment.to_string());
        let item = |kind: &str, meaning: &str, length: u64, padding: u64| {
            format!(
                "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Mime=\"{kind}\" Item:Semantic=\"{meaning}\" \
                 Item:Length=\"{length}\" Item:Padding=\"{padding}\"/></rdf:li>"
            )
        };
        format!(
            "<rdf:Description rdf:about={about} xmlns:GCamera=\"http://ns.google.com/photos/1.0/camera/\" \
             xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" \
             xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\" GCamera:MotionPhoto=\"1\" \
             GCamera:MotionPhotoVersion=\"1\" GCamera:MotionPhotoPresentationTimestampUs=\"{moment}\">\
             <Container:Directory><rdf:Seq>{}{}</rdf:Seq></Container:Directory></rdf:Description>",
            item(still, "Primary", 0, *padding),
            item("video/quicktime", "MotionPhoto", *movie, 0),
        )
    }

    /// The bytes that say it, and where in the packet of the picture they go. One without words gets a packet.
    pub(super) fn added(&self, packet: &[u8]) -> Result<(usize, Vec<u8>), Why> {
        if packet.is_empty() {
            return Ok((0, [BEGIN, &self.written("\"\""), END].concat().into()));
        }
        if OTHERS.iter().any(|words| memmem::find(packet, words).is_some()) {
            return Err("its words tell of something behind its picture already");
        }
        let strange = "what is written about it has a form that is not known";
        let at = memmem::rfind(packet, LAST).ok_or(strange)?;
        let about = about(&packet[..at]).ok_or(strange)?;
        Ok((at, self.written(about).into()))
    }

    /// What a packet says with the very bytes that are written here, and where in it they stand: all of it, where it says
    /// nothing else.
    pub(super) fn found(packet: &[u8]) -> Option<(Self, Range<usize>)> {
        let end = memmem::rfind(packet, LAST)?;
        let start = memmem::rfind(&packet[..end], b"<rdf:Description ")?;
        let text = str::from_utf8(&packet[start..end]).ok()?;
        let still = [JPEG, HEIC].into_iter().find(|kind| text.contains(kind))?;
        let number = |text: &str, name: &str| {
            let (_, rest) = text.split_once(name)?;
            rest.split('"').next()?.parse::<u64>().ok()
        };
        let (picture, movie) = text.split_once("</rdf:li>")?;
        let moment = number(picture, "TimestampUs=\"");
        let (padding, movie) = (number(picture, "Item:Padding=\"")?, number(movie, "Item:Length=\"")?);
        let words = Self { still, padding, movie, moment };
        let is_all = packet.starts_with(BEGIN.as_bytes()) && start == BEGIN.len() && packet[end..] == *END.as_bytes();
        let is_ours = words.written(about(packet)?) == text;
        is_ours.then_some((words, if is_all { 0..packet.len() } else { start..end }))
    }
}

/// The subject of the first description of a packet, in its quotes.
fn about(packet: &[u8]) -> Option<&str> {
    let Some(at) = memmem::find(packet, ABOUT) else { return Some("\"\"") };
    let rest = &packet[at + ABOUT.len()..];
    let quote = *rest.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    let length = rest[1..].iter().take(LONGEST_ABOUT).position(|byte| *byte == quote)?;
    str::from_utf8(&rest[..length + 2]).ok()
}
