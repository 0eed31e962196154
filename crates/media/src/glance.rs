//! A picture at a glance: 32 by 32 points of it, by which it is told from another shot.
//!
//! Taken from the smallest picture in the file that is sure to be of it: what a HEIC carries for that, a JPEG decoded at
//! an eighth, the whole only where there is nothing else. The thumbnail in EXIF is not asked, since most editors leave
//! that of the photo before the edit. docs/same-shot.md says where the limits come from.

use std::io::{self, Read, Seek};

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use crate::bytes::{Bytes, FileBytes};
use crate::decode::{Refusal, Small, decode, on_white};
use crate::pictures::{Coding, pictures};
use crate::{History, Turn, boxes, colour, heif, jpeg, motion};

/// Points of a side.
const SIDE: usize = 32;

/// Values in all: red, green and blue of each point.
const VALUES: usize = SIDE * SIDE * 3;

/// Pixels of the longer side from which the points are made.
const DECODED: u32 = 4 * SIDE as u32;

/// Of a hundred values of two glances at one shot ninety-nine differ by no more than this, of 255.
pub const NEAR: u8 = 4;

/// The same, where one of both is of the small copy that a file carries: phones do not make it quite as the large picture.
pub const NEAR_A_COPY: u8 = 7;

/// And none by more than this: what was taken out of a picture, or put into it, can be small.
pub const NEVER_FURTHER: u8 = 24;

/// A picture at a glance, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Its values in sRGB.
    shown: Box<[u8]>,
    /// Its values as they were written, where a profile makes others of them: some converters write those and lose the
    /// profile.
    written: Option<Box<[u8]>>,
    /// It is of the small copy that the file carries of its picture.
    of_a_copy: bool,
}

/// What can be seen of a picture without knowing its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// What it shows, where it can be decoded.
    pub glance: Option<Glance>,
    /// The programs that it went through, where it says so.
    pub history: Option<History>,
    /// Whether a movie stands behind it, where that can be told.
    pub moves: Option<bool>,
}

impl Seen {
    /// Looks at a file of `size` bytes, with so many bytes of memory. Whoever calls catches the panics of decoders.
    pub fn of(source: &mut (impl Read + Seek), size: u64, memory: u64) -> io::Result<Self> {
        let (pixels, history, moves) = {
            let mut bytes = FileBytes::new(&mut *source, size)?;
            let found = crate::read(&mut bytes)?;
            let history = History::of(&mut bytes, &found)?;
            let moves = moves(&mut bytes)?;
            (found.into_header().pixels, history, moves)
        };
        let glance = match Glance::of(source, size, pixels, memory) {
            Ok(glance) => Some(glance),
            Err(Refusal::Unreadable(error)) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            Err(_) => None,
        };
        Ok(Self { glance, history: Some(history), moves: Some(moves) })
    }

    /// Whether both show one and the same picture, and neither went through a program that the other did not; nothing where
    /// one of them cannot be looked at.
    pub fn shows_the_same(&self, other: &Self) -> Option<bool> {
        let (one, another) = self.glance.as_ref().zip(other.glance.as_ref())?;
        let histories = self.history.as_ref().zip(other.history.as_ref());
        Some(histories.is_none_or(|(one, other)| one == other) && one.distance(another).is_near())
    }
}

/// Whether a movie stands behind the picture of this file.
fn moves(bytes: &mut impl Bytes) -> io::Result<bool> {
    if bytes.array(0)? == Some([0xFF, 0xD8]) {
        return jpeg::has_movie(bytes);
    }
    let (top, _) = boxes::top(bytes)?;
    Ok(heif::is_picture(bytes, &top)? && motion::among(&top, bytes.size()).next().is_some())
}

/// How far two glances are apart, in the turn in which they are nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distance {
    /// Ninety-nine of a hundred values differ by no more.
    pub most: u8,
    /// No value differs by more.
    pub all: u8,
    /// So much is no difference, of ninety-nine of a hundred.
    pub near: u8,
}

impl Distance {
    /// Whether both may show one and the same picture.
    pub fn is_near(self) -> bool {
        self.most <= self.near && self.all <= NEVER_FURTHER
    }
}

impl Glance {
    /// A glance at a file of `size` bytes whose picture has so many pixels, with so many bytes of memory.
    pub fn of(
        source: &mut (impl Read + Seek),
        size: u64,
        pixels: Option<(u32, u32)>,
        memory: u64,
    ) -> Result<Self, Refusal> {
        let mut refusal = Refusal::Nothing;
        for picture in pictures(source, size, DECODED)? {
            match decode(source, &picture, DECODED, memory) {
                Ok(small) if has_shape_of(small.extent, pixels) => {
                    let of_a_copy = pixels.is_some_and(|pixels| is_copy(&picture.coding, pixels));
                    return Ok(Self { of_a_copy, ..Self::new(small, picture.turn) });
                }
                // A small picture with bars beside it, or cut to another shape.
                Ok(_) => {}
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn new(small: Small, turn: Turn) -> Self {
        let upright = |pixels: &RgbImage| {
            let mut points = DynamicImage::from(points(pixels, small.extent));
            if let Some(orientation) = Orientation::from_exif(turn.exif()) {
                points.apply_orientation(orientation);
            }
            points.into_rgb8()
        };
        let mut pixels = on_white(&small.pixels);
        let written = upright(&pixels);
        // Pixel by pixel, as converters do: colours that sRGB does not hold are cut before they are mixed.
        let shown = match &small.profile {
            Some(profile) => {
                colour::to_srgb(&mut pixels, profile);
                upright(&pixels)
            }
            None => written.clone(),
        };
        let written = (shown != written).then(|| written.into_raw().into());
        Self { shown: shown.into_raw().into(), written, of_a_copy: false }
    }

    /// The inverse of [`Glance::to_bytes`]; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (of_a_copy, values) = bytes.split_first()?;
        let (shown, written) = values.split_at_checked(VALUES)?;
        let glance = |written| Self { shown: shown.into(), written, of_a_copy: *of_a_copy == 1 };
        match written.len() {
            0 => Some(glance(None)),
            VALUES => Some(glance(Some(written.into()))),
            _ => None,
        }
    }

    /// Whether it is of a copy, then the values, row after row: the form in which the ledger stores it.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[u8::from(self.of_a_copy)], &*self.shown, self.written.as_deref().unwrap_or_default()].concat()
    }

    /// How far this is from another one.
    pub fn distance(&self, other: &Self) -> Distance {
        let near = if self.of_a_copy || other.of_a_copy { NEAR_A_COPY } else { NEAR };
        let written = |glance: &Self| glance.written.clone().unwrap_or_else(|| glance.shown.clone());
        let mut least = nearest(&self.shown, &other.shown);
        if self.written.is_some() || other.written.is_some() {
            least = least.min(nearest(&written(self), &written(other)));
        }
        Distance { near, ..least }
    }
}

/// The distance in the nearest of four turns: a converter may turn the pixels and still say that they are to be turned.
fn nearest(one: &[u8], other: &[u8]) -> Distance {
    // Edges turn with their picture, so each side's are looked for once.
    let edges_of_one = edges(one);
    let [mut turned, mut edges_of_other] = [other.to_vec(), edges(other)];
    let mut nearest = difference((one, &edges_of_one), (&turned, &edges_of_other));
    for _ in 1..4 {
        [turned, edges_of_other] = [turned, edges_of_other].map(quarter);
        nearest = nearest.min(difference((one, &edges_of_one), (&turned, &edges_of_other)));
    }
    nearest
}

/// The values of a picture that is turned by a quarter.
fn quarter(values: Vec<u8>) -> Vec<u8> {
    let picture = RgbImage::from_raw(SIDE as u32, SIDE as u32, values).unwrap_or_default();
    image::imageops::rotate90(&picture).into_raw()
}

/// The mean of each part of a picture: of what is shown by so many of its pixels, the last ones in part.
fn points(pixels: &RgbImage, (width, height): (f32, f32)) -> RgbImage {
    let shares = |length: f32, all: u32| -> Vec<Vec<(u32, f32)>> {
        let part = length / SIDE as f32;
        let share = |place: usize| {
            let (start, end) = (place as f32 * part, (place + 1) as f32 * part);
            let covered = |at: u32| (end.min(at as f32 + 1.0) - start.max(at as f32)).max(0.0) / part;
            let last = (end.ceil() as u32).clamp(1, all);
            ((start as u32).min(last - 1)..last).map(|at| (at, covered(at))).collect()
        };
        (0..SIDE).map(share).collect()
    };
    let (columns, rows) = (shares(width, pixels.width()), shares(height, pixels.height()));
    RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let mut mean = [0.0_f32; 3];
        for (row, down) in &rows[y as usize] {
            for (column, across) in &columns[x as usize] {
                let pixel = pixels.get_pixel(*column, *row).0;
                mean.iter_mut().zip(pixel).for_each(|(mean, level)| *mean += f32::from(level) * down * across);
            }
        }
        image::Rgb(mean.map(|level| level.round() as u8))
    })
}

/// Small pictures lie a little beside the whole one: Apple's by half of their pixels. At an edge that makes a difference of
/// this part of the edge's height.
const BESIDE: u8 = 8;

fn difference((one, edges_of_one): (&[u8], &[u8]), (other, edges_of_other): (&[u8], &[u8])) -> Distance {
    let mut counts = [0_usize; 256];
    for ((a, edge), (b, other_edge)) in one.iter().zip(edges_of_one).zip(other.iter().zip(edges_of_other)) {
        let slack = edge.min(other_edge) / BESIDE;
        counts[usize::from(a.abs_diff(*b).saturating_sub(slack))] += 1;
    }
    let reaches = |share: usize| {
        let mut seen = 0;
        let first = counts.iter().position(|count| {
            seen += count;
            seen * 100 >= VALUES * share
        });
        first.map_or(u8::MAX, |level| level as u8)
    };
    Distance { most: reaches(99), all: reaches(100), near: NEAR }
}

/// How far the values around each point are apart.
fn edges(values: &[u8]) -> Vec<u8> {
    let around = |place: usize| place.saturating_sub(1)..=(place + 1).min(SIDE - 1);
    let edge = |at: usize| {
        let (x, y, colour) = (at / 3 % SIDE, at / 3 / SIDE, at % 3);
        let near = around(y).flat_map(|y| around(x).map(move |x| values[(y * SIDE + x) * 3 + colour]));
        let (least, most) = near.fold((u8::MAX, 0), |(least, most), value| (value.min(least), value.max(most)));
        most - least
    };
    (0..values.len()).map(edge).collect()
}

/// Whether this is a smaller picture that a file carries beside one of so many pixels.
fn is_copy(coding: &Coding, (width, height): (u32, u32)) -> bool {
    matches!(coding, Coding::Hevc(tiles) if tiles.size.0.max(tiles.size.1) < width.max(height) / 2)
}

/// Whether a small picture has the shape of the whole one, as far as its few pixels can.
fn has_shape_of((width, height): (f32, f32), whole: Option<(u32, u32)>) -> bool {
    let Some((whole_width, whole_height)) = whole.map(|(width, height)| (width as f32, height as f32)) else {
        return true;
    };
    // A pixel more or less on either side, or two in a hundred.
    let (a, b) = (width * whole_height, height * whole_width);
    (a - b).abs() <= whole_width.max(whole_height) + a.max(b) / 50.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Shot;

    fn glance(of: impl Fn(u32, u32) -> [u8; 3]) -> Glance {
        let points = RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| image::Rgb(of(x, y)));
        Glance { shown: points.into_raw().into(), written: None, of_a_copy: false }
    }

    #[test]
    fn a_turned_picture_is_no_further_than_itself() {
        let slope = |x: u32, y: u32| [(x * 8) as u8, (y * 4) as u8, (x + y) as u8];
        let upright = glance(slope);
        let last = SIDE as u32 - 1;
        for turned in [glance(|x, y| slope(y, last - x)), glance(|x, y| slope(last - x, last - y))] {
            assert_eq!(upright.distance(&turned), Distance { most: 0, all: 0, near: NEAR });
        }
        let mirrored = glance(|x, y| slope(last - x, y));
        assert!(!upright.distance(&mirrored).is_near(), "a mirrored picture is another one");
    }

    /// The slack that edges give turns with the picture: a neighbour that is nearly the same is as near in every turn.
    #[test]
    fn edges_turn_with_their_picture() {
        let bars = |x: u32, y: u32| if x < 9 && y % 4 < 2 { [230; 3] } else { [(x * 2) as u8, 40, (y * 3) as u8] };
        let upright = glance(bars);
        let softer = |x: u32, y: u32| bars(x, y).map(|level| if level == 230 { 214 } else { level });
        let expected = upright.distance(&glance(softer));
        assert!(0 < expected.most && expected.most < 16, "the edges give slack: {expected:?}");
        let last = SIDE as u32 - 1;
        for turned in [glance(|x, y| softer(y, last - x)), glance(|x, y| softer(last - x, last - y))] {
            assert_eq!(upright.distance(&turned), expected);
        }
    }

    #[test]
    fn one_point_in_a_hundred_does_not_count_unless_it_differs_much() {
        let grey = glance(|_, _| [100; 3]);
        // 30 of 3072 values are a hundredth, rounded down.
        let spots = |count: u32, level: u8| glance(move |x, y| if y * 32 + x < count { [level; 3] } else { [100; 3] });
        assert_eq!(grey.distance(&spots(10, 120)), Distance { most: 0, all: 20, near: NEAR });
        assert_eq!(grey.distance(&spots(11, 120)), Distance { most: 20, all: 20, near: NEAR });
        assert!(grey.distance(&spots(10, 124)).is_near());
        assert!(!grey.distance(&spots(1, 125)).is_near(), "something small was put there");
        assert!(grey.distance(&spots(1024, 104)).is_near());
        assert!(!grey.distance(&spots(1024, 105)).is_near());
    }

    #[test]
    fn a_picture_is_seen_behind_however_many_words() {
        let picture = Shot::new(jiff::civil::date(2024, 5, 14).at(12, 0, 0, 0), 1).jpeg(96, 64);
        let segment = |marker: u8, words: &[u8]| {
            let length = u16::try_from(words.len() + 2).expect("a segment is that short").to_be_bytes();
            [&[0xFF, marker], &length[..], words].concat()
        };
        let xmp = [b"http://ns.adobe.com/xap/1.0/\0", &[b' '; 9_000][..]].concat();
        let words = [segment(0xEF, &[0; 60_000]), segment(0xEF, &[0; 60_000]), segment(0xE1, &xmp)].concat();
        let wordy = [&picture[..2], &words, &picture[2..]].concat();
        let [plain, wordy] = [picture, wordy].map(|bytes| {
            let size = bytes.len() as u64;
            Seen::of(&mut std::io::Cursor::new(bytes), size, 1 << 28).expect("it can be seen")
        });
        assert_eq!(plain.glance, wordy.glance);
    }

    #[test]
    fn a_movie_behind_a_picture_is_seen() {
        let shot = Shot::new(jiff::civil::date(2024, 5, 14).at(12, 0, 0, 0), 1);
        let movie = shot.movie(64, 48, 1000);
        let boxed = [&(movie.len() as u32 + 8).to_be_bytes()[..], b"mpvd", &movie].concat();
        let moves = |bytes: Vec<u8>| {
            let size = bytes.len() as u64;
            Seen::of(&mut std::io::Cursor::new(bytes), size, 1 << 28).expect("it can be read").moves
        };
        let (jpeg, heif) = (shot.jpeg(96, 64), shot.heif(96, 64));
        assert_eq!([moves(jpeg.clone()), moves(heif.clone())], [Some(false); 2]);
        for whole in [[&jpeg[..], &movie].concat(), [&heif[..], &boxed].concat(), [&heif[..], &movie].concat()] {
            assert_eq!(moves(whole), Some(true));
        }
        assert_eq!(moves([&jpeg[..], b"ftyp, says a text"].concat()), Some(false));
    }

    #[test]
    fn a_profile_that_a_converter_lost_is_no_difference() {
        let grey = |shown, written: Option<u8>| Glance {
            shown: vec![shown; VALUES].into(),
            written: written.map(|level| vec![level; VALUES].into()),
            of_a_copy: false,
        };
        assert!(grey(150, Some(100)).distance(&grey(100, None)).is_near());
        assert!(grey(150, Some(100)).distance(&grey(150, None)).is_near());
        assert!(!grey(150, Some(100)).distance(&grey(125, Some(125))).is_near());
        let both = grey(150, Some(100));
        assert_eq!(Glance::from_bytes(&both.to_bytes()), Some(both));
        assert_eq!(Glance::from_bytes(&[0; VALUES + 2]), None);
    }

    #[test]
    fn a_small_copy_may_be_a_little_further() {
        let grey = |level: u8, of_a_copy| Glance { of_a_copy, ..glance(|_, _| [level; 3]) };
        for (one, other, is_near) in [
            (grey(100, true), grey(107, false), true),
            (grey(100, false), grey(107, true), true),
            (grey(100, true), grey(108, true), false),
            (grey(100, false), grey(105, false), false),
        ] {
            assert_eq!(one.distance(&other).is_near(), is_near, "{:?}", one.distance(&other));
            assert_eq!(Glance::from_bytes(&one.to_bytes()), Some(one));
        }
    }

    #[test]
    fn a_small_picture_must_have_the_shape_of_the_whole_one() {
        let has = |small, whole| has_shape_of(small, Some(whole));
        assert!(has((320.0, 240.0), (4032, 3024)));
        assert!(has((160.0, 107.0), (6000, 4000)));
        assert!(!has((160.0, 120.0), (6000, 4000)), "with bars above and below");
        assert!(!has((240.0, 320.0), (4032, 3024)), "turned, which no small picture is alone");
    }
}
