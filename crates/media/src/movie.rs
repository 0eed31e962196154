//! QuickTime and MP4 movies: the movie header, the video tracks and the metadata of phones.

use std::io;

use jiff::Timestamp;

use crate::capture::CaptureTime;
use crate::details::Location;
use crate::header::{Header, camera_name};

use crate::boxes::{self, Place, u32_at, u64_at};
use crate::bytes::Bytes;
use crate::date;
use crate::found::Found;

/// Seconds from 1904, when Macintosh time began, to 1970.
const MACINTOSH_EPOCH: i64 = 2_082_844_800;

/// From 1970-01-02 to 2100, in seconds since 1970.
const PLAUSIBLE: std::ops::Range<i64> = 86_400..4_102_444_800;

/// Tracks looked at; phones write up to ten.
const MOST_TRACKS: usize = 64;

/// Tracks beside the sound of a song or a book that show nothing by themselves: chapters, words, times.
const SHOWS_NOTHING: [&[u8; 4]; 8] = [b"text", b"sbtl", b"subt", b"clcp", b"tmcd", b"meta", b"hint", b"odsm"];

/// So many zeros where pictures should be mean that these never came.
const HOLLOW: usize = 64;

/// More pictures than any recorder puts into one stretch of a file.
const MOST_OF_STRETCH: u32 = 64 * 1024;

/// Longest list of metadata that is read.
const LONGEST_METADATA: usize = 256 * 1024;

/// Longest single value.
const LONGEST_VALUE: usize = 1024;

/// The name of the box in which Adobe's programs keep XMP.
const XMP: [u8; 16] = [0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC];

/// What the names of Apple's values begin with.
const APPLE: &str = "com.apple.quicktime.";

/// What the metadata says, before it is decided which word counts.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    make: Option<String>,
    model: Option<String>,
    date: Option<String>,
    place: Option<String>,
    location: Option<Location>,
    identifier: Option<String>,
    /// Who made it, where that is a program.
    pub(super) author: Option<String>,
    /// In which mode the camera took it; Apple's says so beside the track.
    pub(super) mode: Option<String>,
    /// The words of Apple's camera about movies for two eyes.
    pub(super) is_spatial: bool,
    /// Those about movies with a depth that can be changed.
    pub(super) is_cinematic: bool,
    /// It is to be played as fast as it was taken, whatever its rate.
    pub(super) plays_at_full_rate: bool,
}

/// Reads a movie, its boxes at the top found already.
pub(crate) fn read(bytes: &mut impl Bytes, top: &[Place], too_short: bool) -> io::Result<Found> {
    let mut found = Found::default();
    let moov = boxes::find(top, b"moov").filter(|moov| moov.end <= bytes.size());
    if let Some(moov) = moov {
        movie(bytes, moov, &mut found)?;
    }
    for place in top.iter().filter(|place| &place.kind == b"uuid") {
        adobe(bytes, *place, &mut found)?;
    }
    // A file of nothing but fragments, and one with more boxes than were looked at, may well be whole.
    if too_short {
        found.truncate("the file is shorter than its own boxes say");
    } else if moov.is_none() && boxes::find(top, b"moof").is_none() && top.len() < boxes::MOST_BOXES {
        found.truncate("the movie has no index, as if its recording or copying had stopped");
    }
    Ok(found)
}

fn movie(bytes: &mut impl Bytes, moov: Place, found: &mut Found) -> io::Result<()> {
    // What Apple's cameras write, and the older ways.
    let (mut metadata, mut older) = (Metadata::default(), Metadata::default());
    let (mut tracks, mut has_sound, mut shows_something) = (0, false, false);
    for place in boxes::children(bytes, moov)? {
        match &place.kind {
            b"mvhd" => movie_header(bytes, place, found)?,
            b"trak" if tracks < MOST_TRACKS => {
                tracks += 1;
                match track_kind(bytes, place)? {
                    Some(kind) if kind == *b"soun" => has_sound = true,
                    Some(kind) if SHOWS_NOTHING.contains(&&kind) => {}
                    _ => shows_something = true,
                }
                let size = track_size(bytes, place)?;
                let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
                // Phones add small tracks, such as depth or a preview, beside the one that is shown.
                if size.map(area) > found.header.pixels.map(area) {
                    found.header.orientation = if lies_on_its_side(bytes, place)? { Some(6) } else { None };
                }
                found.header.pixels = found.header.pixels.into_iter().chain(size).max_by_key(|size| area(*size));
                if size.is_some() && ends_early(bytes, place)? {
                    found.truncate("the movie ends before its last pictures");
                }
            }
            b"meta" => apple_metadata(bytes, place, &mut metadata)?,
            b"udta" => user_data(bytes, place, &mut older, found)?,
            b"uuid" => adobe(bytes, place, found)?,
            _ => {}
        }
    }
    found.header.not_a_photo = has_sound && !shows_something;
    let metadata = metadata.or(older);
    metadata.add_to(&mut found.header);
    found.quicktime = metadata.date.as_deref().and_then(date::parse_in_part).and_then(|written| written.capture_time());
    Ok(())
}

impl Metadata {
    /// Each word, by the other one where there is none here.
    fn or(self, other: Self) -> Self {
        Self {
            make: self.make.or(other.make),
            model: self.model.or(other.model),
            date: self.date.or(other.date),
            place: self.place.or(other.place),
            location: self.location.or(other.location),
            identifier: self.identifier.or(other.identifier),
            ..self
        }
    }

    fn add_to(&self, header: &mut Header) {
        header.camera = camera_name(self.make.as_deref(), self.model.as_deref());
        header.location = self.place.as_deref().and_then(iso6709).or(self.location);
        header.content_identifier = self.identifier.as_deref().map(Into::into);
    }
}

/// `mvhd`: when the movie was made and how long it is.
fn movie_header(bytes: &mut impl Bytes, place: Place, found: &mut Found) -> io::Result<()> {
    let raw = bytes.get(place.at, 32)?;
    let long = raw.first() == Some(&1);
    let fields = if long {
        (u64_at(raw, 4), u32_at(raw, 20), u64_at(raw, 24).filter(|&duration| duration != u64::MAX))
    } else {
        let duration = u32_at(raw, 16).filter(|&duration| duration != u32::MAX);
        (u32_at(raw, 4).map(u64::from), u32_at(raw, 12), duration.map(u64::from))
    };
    let (created, scale, duration) = fields;
    // Not nothing (1904), no clock that was never set (1970), no rubbish.
    let seconds = created.and_then(|created| i64::try_from(created).ok()?.checked_sub(MACINTOSH_EPOCH));
    found.movie_header = seconds
        .filter(|seconds| PLAUSIBLE.contains(seconds))
        .and_then(|seconds| CaptureTime::from_instant(Timestamp::from_second(seconds).ok()?, None, None));
    if let (Some(scale @ 1..), Some(duration @ 1..)) = (scale, duration) {
        let milliseconds = u128::from(duration) * 1000 / u128::from(scale);
        found.header.duration_ms = Some(u32::try_from(milliseconds).unwrap_or(u32::MAX));
    }
    Ok(())
}

/// What the handler of a track says that it is.
fn track_kind(bytes: &mut impl Bytes, trak: Place) -> io::Result<Option<[u8; 4]>> {
    let inside = boxes::children(bytes, trak)?;
    let Some(media) = boxes::find(&inside, b"mdia") else { return Ok(None) };
    let media = boxes::children(bytes, media)?;
    let Some(handler) = boxes::find(&media, b"hdlr") else { return Ok(None) };
    bytes.array::<4>(handler.at + 8)
}

/// The size of a video track as it is stored; `None` for tracks of other kinds.
pub(super) fn track_size(bytes: &mut impl Bytes, trak: Place) -> io::Result<Option<(u32, u32)>> {
    if !matches!(track_kind(bytes, trak)?.as_ref(), Some(b"vide" | b"pict")) {
        return Ok(None);
    }
    let inside = boxes::children(bytes, trak)?;
    if let Some(header) = boxes::find(&inside, b"tkhd") {
        let raw = bytes.get(header.at, 96)?;
        let at = if raw.first() == Some(&1) { 88 } else { 76 };
        // Fixed point, 16 bits before the point.
        let size = u32_at(raw, at).zip(u32_at(raw, at + 4)).map(|(width, height)| (width >> 16, height >> 16));
        return Ok(size.filter(|size| size.0 > 0 && size.1 > 0));
    }
    Ok(None)
}

/// Whether the pictures of a track are shown after a quarter turn: the matrix says where their corners go.
fn lies_on_its_side(bytes: &mut impl Bytes, trak: Place) -> io::Result<bool> {
    let inside = boxes::children(bytes, trak)?;
    let Some(header) = boxes::find(&inside, b"tkhd") else { return Ok(false) };
    let raw = bytes.get(header.at, 96)?;
    let at = if raw.first() == Some(&1) { 52 } else { 40 };
    // The four numbers that turn: where right goes, and where down does.
    let [right, right_down, down_right, down] = [0, 4, 12, 16].map(|after| u32_at(raw, at + after));
    Ok(right == Some(0) && down == Some(0) && right_down != Some(0) && down_right != Some(0) && right_down.is_some())
}

/// Whether the last picture that a video track tells of lies behind the end of the file, or where nothing but zeros are:
/// the index may stand in front, and the length of the file may have come before its bytes.
fn ends_early(bytes: &mut impl Bytes, trak: Place) -> io::Result<bool> {
    let mut place = trak;
    for kind in [b"mdia", b"minf", b"stbl"] {
        let inside = boxes::children(bytes, place)?;
        // Pictures of another file are no matter of this one.
        if let Some(elsewhere) = boxes::find(&inside, b"dinf")
            && is_elsewhere(bytes, elsewhere)?
        {
            return Ok(false);
        }
        let Some(next) = boxes::find(&inside, kind) else { return Ok(false) };
        place = next;
    }
    let tables = boxes::children(bytes, place)?;
    let Some((start, length)) = last_picture(bytes, &tables)? else { return Ok(false) };
    let looked_at = usize::try_from(length).unwrap_or(HOLLOW).min(HOLLOW);
    let is_beyond = start.saturating_add(length) > bytes.size();
    Ok(is_beyond || bytes.get(start, looked_at)? == &[0; HOLLOW][..looked_at])
}

/// Where the last picture of a track lies, and its length: pictures lie in stretches, one behind the other.
fn last_picture(bytes: &mut impl Bytes, tables: &[Place]) -> io::Result<Option<(u64, u64)>> {
    let stretch = match last_entry(bytes, tables, b"stco", 4)? {
        None => last_entry(bytes, tables, b"co64", 8)?.and_then(|raw| u64_at(&raw, 0)),
        Some(raw) => u32_at(&raw, 0).map(u64::from),
    };
    let of_stretch = last_entry(bytes, tables, b"stsc", 12)?.and_then(|raw| u32_at(&raw, 4));
    let (Some(mut at), Some(of_stretch)) = (stretch, of_stretch) else { return Ok(None) };
    let Some(sizes) = boxes::find(tables, b"stsz") else { return Ok(None) };
    let Some(head) = bytes.array::<12>(sizes.at)? else { return Ok(None) };
    let (Some(each), Some(count)) = (u32_at(&head, 4), u32_at(&head, 8)) else { return Ok(None) };
    if count == 0 || of_stretch == 0 || of_stretch > MOST_OF_STRETCH || of_stretch > count {
        return Ok(None);
    }
    if each > 0 {
        let before = u64::from(each) * u64::from(of_stretch - 1);
        return Ok(Some((at.saturating_add(before), each.into())));
    }
    let first = sizes.at + 12 + 4 * u64::from(count - of_stretch);
    let raw = bytes.get(first, of_stretch as usize * 4)?;
    let lengths: Vec<u64> = raw.chunks_exact(4).filter_map(|raw| u32_at(raw, 0)).map(u64::from).collect();
    let Some((last, before)) = lengths.split_last().filter(|_| lengths.len() == of_stretch as usize) else {
        return Ok(None);
    };
    at = at.saturating_add(before.iter().sum());
    Ok(Some((at, *last)))
}

/// The last entry of a table of entries of `width` bytes, behind its version and their number.
fn last_entry(bytes: &mut impl Bytes, tables: &[Place], kind: &[u8; 4], width: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(table) = boxes::find(tables, kind) else { return Ok(None) };
    let count = bytes.array::<8>(table.at)?.and_then(|head| u32_at(&head, 4)).map_or(0, u64::from);
    let Some(before) = count.checked_sub(1) else { return Ok(None) };
    let at = table.at + 8 + before * width;
    let raw = if at + width <= table.end { bytes.get(at, width as usize)? } else { &[] };
    Ok((raw.len() as u64 == width).then(|| raw.to_vec()))
}

/// Whether the pictures of a track lie in another file.
fn is_elsewhere(bytes: &mut impl Bytes, information: Place) -> io::Result<bool> {
    let inside = boxes::children(bytes, information)?;
    let Some(list) = boxes::find(&inside, b"dref") else { return Ok(false) };
    // The first entry lies behind eight bytes, and its flags end twelve bytes on.
    let flags = bytes.array::<1>(list.at + 8 + 11)?;
    Ok(flags.is_some_and(|[flags]| flags & 1 == 0))
}

/// `meta` with `keys` and `ilst`: the names of the values, then the values by their number. Without `keys` the kinds of the
/// values are their names.
pub(super) fn apple_metadata(bytes: &mut impl Bytes, meta: Place, metadata: &mut Metadata) -> io::Result<()> {
    let inside = boxes::meta_children(bytes, meta)?;
    let Some(list) = boxes::find(&inside, b"ilst") else { return Ok(()) };
    let names = match boxes::find(&inside, b"keys") {
        Some(keys) => key_names(bytes, keys)?,
        None => Vec::new(),
    };
    for item in boxes::children(bytes, list)? {
        let number = u32::from_be_bytes(item.kind) as usize;
        let name = number.checked_sub(1).and_then(|place| names.get(place)).map(String::as_str);
        let slot = match name.map(|name| name.strip_prefix(APPLE).unwrap_or(name)) {
            Some("make") => &mut metadata.make,
            Some("model") => &mut metadata.model,
            Some("creationdate") => &mut metadata.date,
            Some("location.ISO6709") => &mut metadata.place,
            Some("content.identifier") => &mut metadata.identifier,
            Some("author") => &mut metadata.author,
            Some("com.apple.photos.captureMode") => &mut metadata.mode,
            Some("spatial.format-version") => {
                metadata.is_spatial = true;
                continue;
            }
            Some("cinematic-video") => {
                metadata.is_cinematic = true;
                continue;
            }
            Some("full-frame-rate-playback-intent") => {
                metadata.plays_at_full_rate = is_one(bytes, item)?;
                continue;
            }
            None if &item.kind == b"\xA9day" => &mut metadata.date,
            _ => continue,
        };
        *slot = data_text(bytes, item)?.or(slot.take());
    }
    Ok(())
}

/// The XMP of Adobe's programs.
fn adobe(bytes: &mut impl Bytes, place: Place, found: &mut Found) -> io::Result<()> {
    match bytes.array::<16>(place.at)? {
        Some(XMP) if found.packet.is_none() => {
            found.take_xmp(bytes, place.at + 16, usize::try_from(place.length() - 16).unwrap_or(usize::MAX))
        }
        _ => Ok(()),
    }
}

fn key_names(bytes: &mut impl Bytes, keys: Place) -> io::Result<Vec<String>> {
    let length = usize::try_from(keys.length()).unwrap_or(usize::MAX).min(LONGEST_METADATA);
    let raw = bytes.get(keys.at, length)?;
    let mut names = Vec::new();
    let mut at = 8;
    while let Some(size) = u32_at(raw, at).map(|size| size as usize).filter(|&size| size >= 8) {
        let Some(name) = at.checked_add(size).and_then(|end| raw.get(at + 8..end)) else { break };
        names.push(String::from_utf8_lossy(name).into_owned());
        at += size;
    }
    Ok(names)
}

/// Whether the `data` box inside an item of a list holds the number one, in however many bytes.
fn is_one(bytes: &mut impl Bytes, item: Place) -> io::Result<bool> {
    let inside = boxes::children(bytes, item)?;
    let Some(data) = boxes::find(&inside, b"data") else { return Ok(false) };
    let length = usize::try_from(data.length()).unwrap_or(usize::MAX).min(16).saturating_sub(8);
    Ok(matches!(bytes.get(data.at + 8, length)?, [zeros @ .., 1] if zeros.iter().all(|byte| *byte == 0)))
}

/// The text of the `data` box inside an item of a list.
fn data_text(bytes: &mut impl Bytes, item: Place) -> io::Result<Option<String>> {
    let inside = boxes::children(bytes, item)?;
    let Some(data) = boxes::find(&inside, b"data") else { return Ok(None) };
    // Kind and language come first, four bytes each.
    let length = usize::try_from(data.length()).unwrap_or(usize::MAX).min(LONGEST_VALUE).saturating_sub(8);
    Ok(clean(bytes.get(data.at + 8, length)?))
}

/// `udta`: QuickTime's older metadata, with a length and a language before each text. ffmpeg and iTunes put the newer kind
/// in here, Adobe's programs XMP.
fn user_data(bytes: &mut impl Bytes, udta: Place, metadata: &mut Metadata, found: &mut Found) -> io::Result<()> {
    for place in boxes::children(bytes, udta)? {
        let slot = match &place.kind {
            b"meta" => {
                apple_metadata(bytes, place, metadata)?;
                continue;
            }
            b"XMP_" if found.packet.is_none() => {
                found.take_xmp(bytes, place.at, usize::try_from(place.length()).unwrap_or(usize::MAX))?;
                continue;
            }
            b"loci" => {
                metadata.location = metadata.location.or(phone_location(bytes, place)?);
                continue;
            }
            b"\xA9mak" => &mut metadata.make,
            b"\xA9mod" => &mut metadata.model,
            b"\xA9day" | b"date" => &mut metadata.date,
            b"\xA9xyz" => &mut metadata.place,
            _ => continue,
        };
        if slot.is_some() {
            continue;
        }
        let length = usize::try_from(place.length()).unwrap_or(usize::MAX).min(LONGEST_VALUE);
        let raw = bytes.get(place.at, length)?;
        let text = match &place.kind {
            // In the movies of Apple's shared albums: nothing but the text.
            b"date" => Some(raw),
            _ => boxes::u16_at(raw, 0).and_then(|length| raw.get(4..4 + usize::from(length))),
        };
        *slot = text.and_then(clean);
    }
    Ok(())
}

fn clean(raw: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(raw);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

/// `loci`, as phones write it into 3GP: a name in some language, then longitude and latitude with 16 bits behind the point.
fn phone_location(bytes: &mut impl Bytes, place: Place) -> io::Result<Option<Location>> {
    let raw = bytes.get(place.at, usize::try_from(place.length()).unwrap_or(usize::MAX).min(LONGEST_VALUE))?;
    let behind_name = raw.iter().enumerate().skip(6).find(|(_, byte)| **byte == 0).map(|(at, _)| at + 1);
    // What stands between the two says of what it is the place.
    let degrees = |at: usize| Some(f64::from(u32_at(raw, at)? as i32) / 65_536.0);
    Ok(behind_name.and_then(|at| Location::new(degrees(at + 5)?, degrees(at + 1)?)))
}

/// Reads `+48.8584+002.2945+035.000/`: latitude and longitude in degrees, each with its sign.
fn iso6709(text: &str) -> Option<Location> {
    let second = text.get(1..)?.find(['+', '-'])? + 1;
    let (latitude, rest) = text.split_at(second);
    let end = rest.get(1..)?.find(['+', '-', '/', 'C']).map_or(rest.len(), |end| end + 1);
    let longitude = &rest[..end];
    // More digits before the point would mean degrees and minutes, which no camera seen so far writes.
    let degrees = |text: &str, most: usize| {
        let whole = text.find('.').unwrap_or(text.len());
        (whole <= most).then(|| text.parse::<f64>().ok()).flatten()
    };
    Location::new(degrees(latitude, 3)?, degrees(longitude, 4)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_degrees() {
        let place = iso6709("+48.8584-002.2945+035.000/").expect("a place");
        assert_eq!((place.latitude, place.longitude), (48.8584, -2.2945));
        assert!(iso6709("+48.8584+002.2945/").is_some());
        for wrong in ["", "+", "+48.85", "+4851+00217/", "é+é-", "+91.0+000.0/", "+00.0000+000.0000/"] {
            assert_eq!(iso6709(wrong), None, "{wrong}");
        }
    }
}
