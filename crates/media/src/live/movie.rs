//! The movie of a Live Photo: the samples as they are, in a QuickTime file whose index names the identifier and the moment of
//! the still.

use std::io;
use std::ops::Range;

use super::Made;
use crate::boxes::{self, Place, boxed, longs, shorts, u32_at, u64_at};
use crate::bytes::{Bytes, Part};
use crate::movie;

/// The longest index that is read; a motion photo's has some 10 KB.
const LONGEST_INDEX: u64 = 2 * 1024 * 1024;

/// Pictures that Apple's devices play, by how they are coded.
const PLAYED: [&[u8; 4]; 4] = [b"avc1", b"hvc1", b"mp4v", b"jpeg"];

/// Sound that they play.
const HEARD: [&[u8; 4]; 6] = [b"mp4a", b"lpcm", b"sowt", b"twos", b"alac", b"samr"];

/// No turning and no scaling, in QuickTime's fixed point.
const UPRIGHT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// Units of a second in which the track of the still's moment counts.
const STILL_SCALE: u32 = 600;

/// The name under which the identifier stands.
const IDENTIFIER: &[u8] = b"com.apple.quicktime.content.identifier";

/// The name of what the track of the still's moment tells.
const STILL_IMAGE_TIME: &[u8] = b"com.apple.quicktime.still-image-time";

/// The one sample of the track of the still's moment: its length, the number of its key, and a byte that says nothing.
const STILL_SAMPLE: [u8; 9] = [0, 0, 0, 9, 0, 0, 0, 1, 0xFF];

type Why = &'static str;

const DAMAGED: Why = "the index of its movie makes no sense";

/// How long the movie is, in milliseconds.
pub(super) fn duration(bytes: &mut impl Bytes, range: Range<u64>) -> io::Result<Option<u32>> {
    let mut part = Part::new(bytes, range.start, range.end - range.start);
    let (top, too_short) = boxes::top(&mut part)?;
    Ok(movie::read(&mut part, &top, too_short)?.header.duration_ms)
}

/// The moment of the still within the movie of a Live Photo, in microseconds, by the track that tells it.
pub(super) fn still_moment(bytes: &mut impl Bytes) -> io::Result<Option<u64>> {
    let (top, _) = boxes::top(bytes)?;
    let Some(moov) = boxes::find(&top, b"moov").filter(|moov| moov.length() <= LONGEST_INDEX) else {
        return Ok(None);
    };
    let index = bytes.get(moov.at, moov.length() as usize)?.to_vec();
    Ok(moment_in(&index))
}

fn moment_in(index: &[u8]) -> Option<u64> {
    let inside = Inside::of(index, 0, index.len() as u64).ok()?;
    let Head { scale, .. } = Head::of(inside.content(b"mvhd")?)?;
    let tells = |track: &Track<'_>| {
        let description = track.tables.content(b"stsd");
        description.is_some_and(|raw| memchr::memmem::find(raw, STILL_IMAGE_TIME).is_some())
    };
    let track = inside.all(b"trak").filter_map(|track| Track::of(track).ok()).find(tells)?;
    let units = match track.inside.inside(b"edts") {
        Ok(edits) => empty_time(edits.content(b"elst")?)?,
        Err(_) => 0,
    };
    u64::try_from(u128::from(units) * 1_000_000 / u128::from(scale)).ok()
}

/// How long the empty stretches last with which a list of edits begins.
fn empty_time(raw: &[u8]) -> Option<u64> {
    let (width, count) = (if raw.first()? == &1 { 20 } else { 12 }, u32_at(raw, 4)?);
    let mut time = 0_u64;
    for entry in raw.get(8..)?.chunks_exact(width).take(count as usize) {
        let (length, is_empty) = match width {
            20 => (u64_at(entry, 0)?, u64_at(entry, 8)? == u64::MAX),
            _ => (u32_at(entry, 0)?.into(), u32_at(entry, 4)? == u32::MAX),
        };
        if !is_empty {
            break;
        }
        time = time.checked_add(length)?;
    }
    Some(time)
}

/// The movie at this place, made into that of a Live Photo; or why that cannot be.
pub(super) fn remade(
    bytes: &mut impl Bytes,
    range: Range<u64>,
    moment_us: Option<u64>,
    identifier: &str,
) -> io::Result<Result<Made, Why>> {
    let mut part = Part::new(bytes, range.start, range.end - range.start);
    let (top, _) = boxes::top(&mut part)?;
    let Some(moov) =
        boxes::find(&top, b"moov").filter(|moov| moov.length() <= LONGEST_INDEX && moov.end <= part.size())
    else {
        return Ok(Err("its movie has no index at one place, as those that are streamed"));
    };
    let index = part.get(moov.at, moov.length() as usize)?.to_vec();
    let data: Vec<Range<u64>> = top
        .iter()
        .filter(|place| &place.kind == b"mdat")
        .map(|place| place.at..place.end.min(range.end - range.start))
        .collect();
    if boxes::find(&top, b"moof").is_some() || index.len() as u64 != moov.length() {
        return Ok(Err("its movie is cut into fragments, as those that are streamed"));
    }
    Ok(Layout::of(data).made(&index, range.start, moment_us, identifier))
}

/// Where the data lie, before and after.
struct Layout {
    /// Each stretch of data in the old file, and where it begins in the new one.
    data: Vec<(Range<u64>, u64)>,
    /// Where the data end in the new one.
    end: u64,
}

const BRANDS: [u8; 20] = *b"\0\0\0\x14ftypqt  \0\0\0\0qt  ";

impl Layout {
    fn of(data: Vec<Range<u64>>) -> Self {
        let mut end = BRANDS.len() as u64;
        let place = |range: Range<u64>| {
            let at = end + data_header(range.end - range.start).len() as u64;
            end = at + (range.end - range.start);
            (range, at)
        };
        let data = data.into_iter().map(place).collect();
        Self { data, end }
    }

    /// Where a place of the old file is in the new one.
    fn moved(&self, at: u64) -> Option<u64> {
        let (range, new) = self.data.iter().find(|(range, _)| range.contains(&at))?;
        Some(new + (at - range.start))
    }

    fn made(&self, index: &[u8], start: u64, moment_us: Option<u64>, identifier: &str) -> Result<Made, Why> {
        let moov = self.index(index, moment_us, identifier)?;
        let mut made = Made::default();
        made.own(BRANDS.to_vec());
        for (range, _) in &self.data {
            made.own(data_header(range.end - range.start));
            made.of(start + range.start..start + range.end);
        }
        made.own([boxed(b"mdat", &[&STILL_SAMPLE]), moov].concat());
        Ok(made)
    }

    fn index(&self, index: &[u8], moment_us: Option<u64>, identifier: &str) -> Result<Vec<u8>, Why> {
        let inside = Inside::of(index, 0, index.len() as u64)?;
        let header = inside.content(b"mvhd").ok_or(DAMAGED)?;
        let Head { scale, duration, created } = Head::of(header).ok_or(DAMAGED)?;
        let tracks = inside.all(b"trak").map(Track::of).collect::<Result<Vec<_>, _>>()?;
        let played = tracks.iter().filter(|track| &track.handler == b"vide" && track.samples > 0);
        // Phones put a picture of the full size beside it, as a track of one sample.
        let most = played.clone().map(|track| track.samples).max().ok_or("its movie has no pictures")?;
        let shown = played.clone().find(|track| track.samples == most).ok_or(DAMAGED)?;
        shown.is_played(&PLAYED, "its movie is coded in a way that Apple's devices do not play")?;
        let mut written = Vec::new();
        for track in &tracks {
            let is_sound = &track.handler == b"soun" && track.samples > 0;
            if is_sound {
                track.is_played(&HEARD, "its sound is coded in a way that Apple's devices do not play")?;
            }
            if is_sound || track.id == shown.id {
                written.push(self.track(track)?);
            }
        }
        let last = tracks.iter().map(|track| track.id).max().unwrap_or(0);
        let (next, free) = last.checked_add(1).zip(last.checked_add(2)).ok_or(DAMAGED)?;
        let units = moment_us.map(|moment| u128::from(moment) * u128::from(scale) / 1_000_000);
        let units = units.unwrap_or(u128::from(duration) / 2).min(u128::from(duration.saturating_sub(1)));
        let at = u32::try_from(units).map_err(|_| DAMAGED)?;
        let mut header = header.to_vec();
        let last = header.len().checked_sub(4).ok_or(DAMAGED)?;
        header[last..].copy_from_slice(&free.to_be_bytes());
        let data_at = u32::try_from(self.end + 8).map_err(|_| DAMAGED)?;
        let still = still_track(&Still { id: next, shown: shown.id, at, created, data_at });
        let words = inside.place(b"meta").map_or(Ok(Keys::default()), |place| Keys::of(index, place))?;
        let old = inside.place(b"udta").map(|place| boxed(b"udta", &[content(index, place)])).unwrap_or_default();
        Ok(boxed(b"moov", &[&boxed(b"mvhd", &[&header]), &written.concat(), &still, &old, &words.written(identifier)]))
    }

    /// A track as QuickTime has it: its times and its samples as they are, where those lie now.
    fn track(&self, track: &Track<'_>) -> Result<Vec<u8>, Why> {
        let (subtype, header): (&[u8; 4], &[u8; 4]) = match &track.handler {
            b"vide" => (b"vide", b"vmhd"),
            _ => (b"soun", b"smhd"),
        };
        let handler = |kind: &[u8; 4], subtype: &[u8; 4]| boxed(b"hdlr", &[&[0; 4], kind, subtype, b"appl", &[0; 9]]);
        let mut tables = Vec::new();
        for place in &track.tables.places {
            let raw = content(track.tables.raw, *place);
            tables.extend(match &place.kind {
                b"stsd" => boxed(b"stsd", &[&described(raw, &track.handler)?]),
                b"stco" => boxed(b"stco", &[&self.offsets(raw, 4)?]),
                b"co64" => boxed(b"co64", &[&self.offsets(raw, 8)?]),
                kind => boxed(kind, &[raw]),
            });
        }
        let own = boxed(b"dinf", &[&boxed(b"dref", &[&longs(&[0, 1]), &boxed(b"alis", &[&longs(&[1])])])]);
        let information = [
            boxed(header, &[track.information.content(header).ok_or(DAMAGED)?]),
            handler(b"dhlr", b"alis"),
            own,
            boxed(b"stbl", &[&tables]),
        ];
        let media = [
            boxed(b"mdhd", &[track.media.content(b"mdhd").ok_or(DAMAGED)?]),
            handler(b"mhlr", subtype),
            boxed(b"minf", &[&information.concat()]),
        ];
        let edits = track.inside.content(b"edts").map(|edits| boxed(b"edts", &[edits])).unwrap_or_default();
        let header = boxed(b"tkhd", &[track.inside.content(b"tkhd").ok_or(DAMAGED)?]);
        Ok(boxed(b"trak", &[&header, &edits, &boxed(b"mdia", &[&media.concat()])]))
    }

    /// A table of places of data, moved.
    fn offsets(&self, raw: &[u8], width: usize) -> Result<Vec<u8>, Why> {
        let mut raw = raw.to_vec();
        let count = u32_at(&raw, 4).ok_or(DAMAGED)? as usize;
        let places = raw.get_mut(8..).and_then(|raw| raw.get_mut(..count.checked_mul(width)?)).ok_or(DAMAGED)?;
        for place in places.chunks_exact_mut(width) {
            let at = place.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
            let moved = self.moved(at).ok_or("the samples of its movie lie where there are none")?.to_be_bytes();
            if moved[..8 - width].iter().any(|byte| *byte != 0) {
                return Err("its movie is too long");
            }
            place.copy_from_slice(&moved[8 - width..]);
        }
        Ok(raw)
    }
}

/// The head of a box of data.
fn data_header(length: u64) -> Vec<u8> {
    match u32::try_from(length + 8) {
        Ok(whole) => [&whole.to_be_bytes()[..], b"mdat"].concat(),
        Err(_) => [&1_u32.to_be_bytes()[..], b"mdat", &(length + 16).to_be_bytes()].concat(),
    }
}

fn content(raw: &[u8], place: Place) -> &[u8] {
    &raw[place.at as usize..place.end as usize]
}

/// The boxes within a stretch of an index.
struct Inside<'a> {
    raw: &'a [u8],
    places: Vec<Place>,
}

impl<'a> Inside<'a> {
    fn of(raw: &'a [u8], start: u64, end: u64) -> Result<Self, Why> {
        let places = boxes::list(&mut &raw[..], start, end).map_err(|_| DAMAGED)?;
        Ok(Self { raw, places })
    }

    fn place(&self, kind: &[u8; 4]) -> Option<Place> {
        boxes::find(&self.places, kind)
    }

    fn content(&self, kind: &[u8; 4]) -> Option<&'a [u8]> {
        self.place(kind).map(|place| content(self.raw, place))
    }

    fn inside(&self, kind: &[u8; 4]) -> Result<Self, Why> {
        let place = self.place(kind).ok_or(DAMAGED)?;
        Self::of(self.raw, place.at, place.end)
    }

    fn all(&self, kind: &'static [u8; 4]) -> impl Iterator<Item = Result<Self, Why>> {
        let places = self.places.iter().filter(move |place| &place.kind == kind);
        places.map(|place| Self::of(self.raw, place.at, place.end))
    }
}

/// What the movie's own header says.
struct Head {
    scale: u32,
    duration: u64,
    created: u32,
}

impl Head {
    fn of(raw: &[u8]) -> Option<Self> {
        let (created, scale, duration) = match raw.first()? {
            1 => (0, u32_at(raw, 20)?, u64_at(raw, 24)?),
            _ => (u32_at(raw, 4)?, u32_at(raw, 12)?, u32_at(raw, 16)?.into()),
        };
        (scale > 0).then_some(Self { scale, duration, created })
    }
}

/// A track of the old index.
struct Track<'a> {
    id: u32,
    handler: [u8; 4],
    samples: u32,
    inside: Inside<'a>,
    media: Inside<'a>,
    information: Inside<'a>,
    tables: Inside<'a>,
}

impl<'a> Track<'a> {
    fn of(inside: Result<Inside<'a>, Why>) -> Result<Self, Why> {
        let inside = inside?;
        let header = inside.content(b"tkhd").ok_or(DAMAGED)?;
        let id = u32_at(header, if header.first() == Some(&1) { 20 } else { 12 }).ok_or(DAMAGED)?;
        let media = inside.inside(b"mdia")?;
        let handler = media.content(b"hdlr").and_then(|raw| raw.get(8..12)?.try_into().ok()).ok_or(DAMAGED)?;
        let information = media.inside(b"minf")?;
        let tables = information.inside(b"stbl")?;
        let samples = tables.content(b"stsz").map_or(Some(0), samples).ok_or(DAMAGED)?;
        Ok(Self { id, handler, samples, inside, media, information, tables })
    }

    /// Whether all that describes its samples is of a kind that is played, and they lie in this file.
    fn is_played(&self, kinds: &[&[u8; 4]], why: Why) -> Result<(), Why> {
        let raw = self.tables.content(b"stsd").ok_or(DAMAGED)?;
        let entries = Inside::of(raw, 8, raw.len() as u64)?;
        let is_all = !entries.places.is_empty() && entries.places.iter().all(|entry| kinds.contains(&&entry.kind));
        let is_here =
            self.information.inside(b"dinf").map(|inside| inside.content(b"dref").and_then(|raw| u32_at(raw, 16)));
        match is_here {
            Ok(Some(flags)) if flags & 1 == 1 && is_all => Ok(()),
            Ok(Some(_)) => Err(why),
            _ => Err(DAMAGED),
        }
    }
}

/// How many samples a table of their lengths is of; nothing where it ends before the last one. All may be of one length.
fn samples(raw: &[u8]) -> Option<u32> {
    let (each, count) = (u32_at(raw, 4)?, u32_at(raw, 8)?);
    let has_all = each > 0 || (raw.len() as u64 - 12) / 4 >= u64::from(count);
    has_all.then_some(count)
}

/// A list of descriptions of samples. Sound that is described as MP4 does it is described as QuickTime does.
fn described(raw: &[u8], handler: &[u8; 4]) -> Result<Vec<u8>, Why> {
    let entries = Inside::of(raw, 8, raw.len() as u64)?;
    let mut written = raw.get(..8).ok_or(DAMAGED)?.to_vec();
    for place in &entries.places {
        let entry = content(raw, *place);
        let is_plain = handler == b"soun" && &place.kind == b"mp4a" && entry.get(8..10) == Some(&[0, 0]);
        written.extend(match is_plain {
            true => sound(entry)?,
            false => boxed(&place.kind, &[entry]),
        });
    }
    Ok(written)
}

/// A description of AAC in QuickTime's first version: the same decoder, in a box of its own.
fn sound(entry: &[u8]) -> Result<Vec<u8>, Why> {
    /// Samples that are coded together.
    const TOGETHER: u32 = 1024;
    let inside = Inside::of(entry, 28, entry.len() as u64)?;
    let decoder = inside.place(b"esds").map(|place| boxed(b"esds", &[content(entry, place)])).ok_or(DAMAGED)?;
    let (start, rate) = (entry.get(..8).ok_or(DAMAGED)?, entry.get(24..28).ok_or(DAMAGED)?);
    let channels = entry.get(16..18).ok_or(DAMAGED)?;
    let end = [0, 0, 0, 8, 0, 0, 0, 0];
    let wave = boxed(b"wave", &[&boxed(b"frma", &[b"mp4a"]), &boxed(b"mp4a", &[&[0; 4]]), &decoder, &end]);
    let fields =
        [start, &shorts(&[1, 0, 0, 0]), channels, &shorts(&[16, 0xFFFE, 0]), rate, &longs(&[TOGETHER, 0, 0, 2])];
    Ok(boxed(b"mp4a", &[&fields.concat(), &wave]))
}

/// The named values of a movie.
#[derive(Default)]
struct Keys {
    names: Vec<Vec<u8>>,
    /// Each with the number of its name.
    values: Vec<(u32, Vec<u8>)>,
}

impl Keys {
    fn of(index: &[u8], meta: Place) -> Result<Self, Why> {
        let places = boxes::meta_children(&mut &index[..], meta).map_err(|_| DAMAGED)?;
        let mut keys = Self::default();
        let (Some(names), Some(list)) = (boxes::find(&places, b"keys"), boxes::find(&places, b"ilst")) else {
            return Ok(keys);
        };
        let named = Inside::of(index, names.at.saturating_add(8).min(names.end), names.end)?;
        keys.names = named.places.iter().map(|place| boxed(&place.kind, &[content(index, *place)])).collect();
        let values = Inside::of(index, list.at, list.end)?;
        let value = |place: &Place| (u32::from_be_bytes(place.kind), content(index, *place).to_vec());
        keys.values = values.places.iter().map(value).collect();
        Ok(keys)
    }

    /// All of them, and the identifier in place of any other.
    fn written(&self, identifier: &str) -> Vec<u8> {
        let name = boxed(b"mdta", &[IDENTIFIER]);
        let (mut names, mut items) = (Vec::new(), Vec::new());
        for (number, known) in (1..).zip(&self.names).filter(|(_, known)| **known != name) {
            names.push(known.clone());
            let now = names.len() as u32;
            let values = self.values.iter().filter(|(of, _)| *of == number);
            items.extend(values.flat_map(|(_, value)| boxed(&now.to_be_bytes(), &[value])));
        }
        names.push(name);
        let count = names.len() as u32;
        let value = boxed(b"data", &[&longs(&[1, 0]), identifier.as_bytes()]);
        items.extend(boxed(&count.to_be_bytes(), &[&value]));
        boxed(
            b"meta",
            &[
                &boxed(b"hdlr", &[&[0; 8], b"mdta", &[0; 14]]),
                &boxed(b"keys", &[&longs(&[0, count]), &names.concat()]),
                &boxed(b"ilst", &[&items]),
            ],
        )
    }
}

/// What is said of the still's moment.
struct Still {
    id: u32,
    /// The track of which it is the moment.
    shown: u32,
    /// In the movie's own units.
    at: u32,
    created: u32,
    data_at: u32,
}

/// The track that says at which moment of the movie the still was taken, as Apple's cameras write it: one sample, behind an
/// empty stretch that lasts until then.
fn still_track(still: &Still) -> Vec<u8> {
    let &Still { id, shown, at, created, data_at } = still;
    let head = [longs(&[0x0F, created, created, id, 0, at.saturating_add(1), 0, 0]), shorts(&[0, 0, 0, 0])].concat();
    let header = boxed(b"tkhd", &[&head, &longs(&UPRIGHT), &longs(&[0, 0])]);
    let now = [1, 0, 0x1_0000];
    let edits = match at {
        0 => longs(&[&[0, 1][..], &now].concat()),
        _ => longs(&[&[0, 2, at, u32::MAX, 0x1_0000][..], &now].concat()),
    };
    let handler = |kind: &[u8; 4], subtype: &[u8; 4]| boxed(b"hdlr", &[&[0; 4], kind, subtype, b"appl", &[0; 9]]);
    let name = boxed(b"keyd", &[b"mdta", STILL_IMAGE_TIME]);
    let key = boxed(&[0, 0, 0, 1], &[&name, &boxed(b"dtyp", &[&longs(&[0, 65])])]);
    let description = boxed(b"mebx", &[&[0, 0, 0, 0, 0, 0, 0, 1], &boxed(b"keys", &[&key])]);
    let tables = boxed(
        b"stbl",
        &[
            &boxed(b"stsd", &[&longs(&[0, 1]), &description]),
            &boxed(b"stts", &[&longs(&[0, 1, 1, 1])]),
            &boxed(b"stsc", &[&longs(&[0, 1, 1, 1, 1])]),
            &boxed(b"stsz", &[&longs(&[0, STILL_SAMPLE.len() as u32, 1])]),
            &boxed(b"stco", &[&longs(&[0, 1, data_at])]),
        ],
    );
    let own = boxed(b"dinf", &[&boxed(b"dref", &[&longs(&[0, 1]), &boxed(b"alis", &[&longs(&[1])])])]);
    let general = boxed(b"gmin", &[&[0; 4], &shorts(&[0x40, 0x8000, 0x8000, 0x8000, 0, 0])]);
    let information = boxed(b"minf", &[&boxed(b"gmhd", &[&general]), &handler(b"dhlr", b"alis"), &own, &tables]);
    let media = boxed(
        b"mdia",
        &[
            &boxed(b"mdhd", &[&longs(&[0, created, created, STILL_SCALE, 1]), &shorts(&[0x55C4, 0])]),
            &handler(b"mhlr", b"meta"),
            &information,
        ],
    );
    let of = boxed(b"tref", &[&boxed(b"cdsc", &[&longs(&[shown])])]);
    boxed(b"trak", &[&header, &boxed(b"edts", &[&boxed(b"elst", &[&edits])]), &of, &media])
}
