//! A JPEG at an eighth of its size: the means of its blocks of 8 by 8. All else is nearly all of its bytes and of the time
//! that decoding takes, and here it is stepped over. The values are those that `jpeg-decoder` makes.

mod codes;

use image::RgbImage;
use memchr::{memchr, memchr_iter};

use super::Small;
use codes::{Codes, Reader, Steps, unstuff};

/// What a profile of colours begins with in a segment: behind it are its number and how many there are.
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// How much of its distance a colour adds to brightness, in 2²⁰ths of it.
const RED_OF_RED: i32 = 1_470_104;
const GREEN_OF_RED: i32 = 748_830;
const GREEN_OF_BLUE: i32 = 360_857;
const BLUE_OF_BLUE: i32 = 1_858_077;

/// The picture at an eighth. Nothing of one that is damaged, or coded as hardly any is: that is for a decoder that knows
/// them all.
pub(super) fn of_blocks(jpeg: &[u8]) -> Option<Small> {
    let (mut frame, mut tables, mut profile) = (None, Tables::default(), Vec::new());
    let mut at = 2;
    loop {
        let [0xFF, marker] = *jpeg.get(at..)?.first_chunk()? else { return None };
        if marker == 0xD9 {
            return frame.and_then(|frame: Frame| frame.picture(&tables, assembled(&profile)));
        }
        let length = usize::from(u16::from_be_bytes(*jpeg.get(at + 2..)?.first_chunk()?));
        let content = jpeg.get(at + 4..at + 2 + length)?;
        at += 2 + length;
        match marker {
            0xC0..=0xC2 if frame.is_none() => frame = Some(Frame::of(content, marker == 0xC2)?),
            0xC4 => tables.add_codes(content)?,
            0xDB => tables.add_steps(content)?,
            0xDD => tables.interval = u16::from_be_bytes(content.try_into().ok()?).into(),
            0xDA => {
                let end = scan_end(jpeg, at)?;
                frame.as_mut()?.take(content, &jpeg[at..end], &tables)?;
                at = end;
            }
            0xE2 if content.starts_with(PROFILE) => profile.push(content),
            0xE0..=0xEF | 0xFE => {}
            _ => return None,
        }
    }
}

/// Where a scan ends: at the first marker that does not belong into it.
fn scan_end(jpeg: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr(0xFF, jpeg.get(at..)?)?;
        match jpeg.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            _ => return Some(at),
        }
    }
}

/// A profile in so many segments, if they are all there.
fn assembled(segments: &[&[u8]]) -> Option<Vec<u8>> {
    let parts = segments.iter().map(|segment| segment[PROFILE.len()..].split_first_chunk::<2>());
    let mut parts: Vec<(&[u8; 2], &[u8])> = parts.collect::<Option<_>>()?;
    parts.sort_by_key(|([number, _], _)| *number);
    let count = parts.len();
    let mut numbered = (1..).zip(&parts);
    let is_whole = numbered.all(|(number, (told, _))| told.map(usize::from) == [number, count]);
    (is_whole && count > 0).then(|| parts.iter().flat_map(|(_, part)| *part).copied().collect())
}

/// What is known of how to read scans.
#[derive(Default)]
struct Tables {
    means: [Option<Codes>; 4],
    details: [Option<Codes>; 4],
    /// What a mean counts in.
    steps: [Option<i32>; 4],
    /// Units between two restarts; none at all for zero.
    interval: usize,
}

impl Tables {
    fn add_codes(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((place, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (values, rest) = rest.split_at_checked(counts.iter().copied().map(usize::from).sum())?;
            let tables = match place >> 4 {
                0 => &mut self.means,
                1 => &mut self.details,
                _ => return None,
            };
            *tables.get_mut(usize::from(place & 15))? = Some(Codes::new(counts, values)?);
            content = rest;
        }
        Some(())
    }

    fn add_steps(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((place, rest)) = content.split_first() {
            let (step, length) = match (place >> 4, rest) {
                (0, [step, ..]) => (i32::from(*step), 64),
                (1, [high, low, ..]) => (i32::from(u16::from_be_bytes([*high, *low])), 128),
                _ => return None,
            };
            let known = self.steps.get_mut(usize::from(place & 15))?;
            // Tables that change on the way are not told apart.
            if step == 0 || known.is_some_and(|known| known != step) {
                return None;
            }
            *known = Some(step);
            content = rest.get(length..)?;
        }
        Some(())
    }
}

/// The picture as its head describes it, and what was read of it.
struct Frame {
    is_progressive: bool,
    width: usize,
    height: usize,
    /// Units in which all parts come, in a row and in all.
    units: (usize, usize),
    parts: Vec<Part>,
}

/// Brightness, or one of two colours.
struct Part {
    name: u8,
    /// Blocks in a unit.
    across: usize,
    down: usize,
    /// Which step its means count in.
    step: usize,
    /// Its size at an eighth.
    width: usize,
    height: usize,
    /// The means, row after row, up to whole units.
    means: Vec<i16>,
    is_read: bool,
}

impl Frame {
    fn of(content: &[u8], is_progressive: bool) -> Option<Self> {
        let [8, h1, h0, w1, w0, count, parts @ ..] = content else { return None };
        let size = |high: &u8, low: &u8| usize::from(u16::from_be_bytes([*high, *low]));
        let (width, height) = (size(w1, w0), size(h1, h0));
        let (parts, []) = parts.as_chunks::<3>() else { return None };
        // Brightness with two colours, or alone; their names tell that they are no red, green and blue.
        let names: Vec<u8> = parts.iter().map(|[name, ..]| *name).collect();
        let is_usual = matches!(
            (names.as_slice(), parts),
            ([1, 2, 3], [[_, 0x11 | 0x12 | 0x21 | 0x22, _], [_, 0x11, _], [_, 0x11, _]]) | (_, [[_, 0x11, _]])
        );
        if !is_usual || parts.len() != usize::from(*count) || width < 16 || height < 16 {
            return None;
        }
        let (most_across, most_down) = (usize::from(parts[0][1] >> 4), usize::from(parts[0][1] & 15));
        let (across, down) = (width.div_ceil(8 * most_across), height.div_ceil(8 * most_down));
        let part = |[name, blocks, step]: &[u8; 3]| {
            let (blocks_across, blocks_down) = (usize::from(blocks >> 4), usize::from(blocks & 15));
            Part {
                name: *name,
                across: blocks_across,
                down: blocks_down,
                step: usize::from(*step),
                width: (width * blocks_across).div_ceil(8 * most_across),
                height: (height * blocks_down).div_ceil(8 * most_down),
                means: vec![0; across * blocks_across * down * blocks_down],
                is_read: false,
            }
        };
        let parts = parts.iter().map(part).collect();
        Some(Self { is_progressive, width, height, units: (across, across * down), parts })
    }

    /// Takes what a scan tells of means.
    fn take(&mut self, head: &[u8], coded: &[u8], tables: &Tables) -> Option<()> {
        let (count, rest) = head.split_first()?;
        let (named, [first, last, bits]) = rest.split_at_checked(usize::from(*count) * 2)? else { return None };
        let (is_refined, low) = (bits >> 4 > 0, u32::from(bits & 15));
        match (self.is_progressive, first, last) {
            (true, 1.., _) => return Some(()),
            (true, 0, 0) if low < 14 => {}
            (false, 0, 63) if *bits == 0 => {}
            _ => return None,
        }
        let mut coders = Vec::new();
        for [name, places] in named.as_chunks().0 {
            let part = self.parts.iter().position(|part| part.name == *name)?;
            let details = match self.is_progressive {
                true => None,
                false => Some(Steps::new(tables.details.get(usize::from(places & 15))?.as_ref()?)),
            };
            if std::mem::replace(&mut self.parts[part].is_read, true) != is_refined {
                return None;
            }
            let means = tables.means.get(usize::from(places >> 4))?.as_ref().filter(|_| !is_refined);
            coders.push(Coder { part, means, details, before: 0 });
        }
        if coders.is_empty() || coders.iter().any(|coder| coder.means.is_none() != is_refined) {
            return None;
        }
        self.take_scan(coded, coders, low, tables.interval)
    }

    fn take_scan(&mut self, coded: &[u8], mut coders: Vec<Coder<'_>>, low: u32, interval: usize) -> Option<()> {
        // A part alone comes block by block, as far as the picture reaches.
        let alone =
            (coders.len() == 1).then(|| &self.parts[coders[0].part]).map(|part| (part.width, part.width * part.height));
        let (row, all) = alone.unwrap_or(self.units);
        let interval = if interval == 0 { all } else { interval };
        let (mut rest, mut plain) = (coded, Vec::new());
        for (turn, start) in (0..all).step_by(interval).enumerate() {
            if turn > 0 {
                let [0xFF, marker, behind @ ..] = rest else { return None };
                rest = behind;
                if *marker != 0xD0 + ((turn - 1) % 8) as u8 {
                    return None;
                }
            }
            let is_marker = |at: &usize| rest.get(at + 1).is_some_and(|marker| *marker != 0);
            let (part, behind) = rest.split_at(memchr_iter(0xFF, rest).find(is_marker).unwrap_or(rest.len()));
            rest = behind;
            unstuff(part, &mut plain);
            let mut bits = Reader::of(&plain);
            coders.iter_mut().for_each(|coder| coder.before = 0);
            for unit in start..all.min(start + interval) {
                for coder in &mut coders {
                    let part = &mut self.parts[coder.part];
                    let (across, down) = if alone.is_some() { (1, 1) } else { (part.across, part.down) };
                    let stride = self.units.0 * part.across;
                    let at = unit / row * down * stride + unit % row * across;
                    for y in 0..down {
                        for mean in &mut part.means[at + y * stride..][..across] {
                            coder.take(&mut bits, mean, low)?;
                        }
                    }
                }
            }
            if !bits.is_at_the_end() {
                return None;
            }
        }
        rest.is_empty().then_some(())
    }

    /// What the means show.
    fn picture(&self, tables: &Tables, profile: Option<Vec<u8>>) -> Option<Small> {
        let (width, height) = (self.width.div_ceil(8), self.height.div_ceil(8));
        let mut planes = Vec::new();
        for part in &self.parts {
            let step = (*tables.steps.get(part.step)?).filter(|_| part.is_read)?;
            let level = |mean: &i16| ((i32::from(*mean) * step + 1024) / 8).clamp(0, 255) as u8;
            planes.push((part, part.means.iter().map(level).collect::<Vec<u8>>()));
        }
        let mut pixels = Vec::with_capacity(width * height * 3);
        let mut lines = vec![Vec::new(); planes.len()];
        for row in 0..height {
            for ((part, plane), line) in planes.iter().zip(&mut lines) {
                part.spread(plane, self, row, line);
            }
            match &*lines {
                [light, blue, red] => {
                    let levels = light.iter().zip(blue).zip(red).take(width);
                    levels.for_each(|((light, blue), red)| pixels.extend(colour(*light, *blue, *red)));
                }
                lines => lines[0].iter().take(width).for_each(|light| pixels.extend([*light; 3])),
            }
        }
        let pixels = RgbImage::from_raw(width as u32, height as u32, pixels)?;
        Some(Small { pixels: pixels.into(), extent: (self.width as f32 / 8.0, self.height as f32 / 8.0), profile })
    }
}

impl Part {
    /// A row of the picture, of a part with half as many values each lying between two of them: three parts of the nearer
    /// and one of the other.
    fn spread(&self, plane: &[u8], frame: &Frame, row: usize, line: &mut Vec<u8>) {
        let (is_half_across, is_half_down) = (self.across < frame.parts[0].across, self.down < frame.parts[0].down);
        let stride = frame.units.0 * self.across;
        let values = |row: usize| plane[row * stride..][..self.width].iter().map(|value| u32::from(*value));
        let (sums, share): (Vec<u32>, u32) = if is_half_down {
            let near = row / 2;
            let far = if row.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(self.height - 1) };
            (values(near).zip(values(far)).map(|(near, far)| 3 * near + far).collect(), 4)
        } else {
            (values(row).collect(), 1)
        };
        line.clear();
        let mut push = |sum: u32, of: u32| line.push(((sum + of / 2) / of) as u8);
        if !is_half_across {
            return sums.iter().for_each(|sum| push(*sum, share));
        }
        push(sums[0], share);
        for (one, next) in sums.iter().zip(&sums[1..]) {
            push(3 * one + next, 4 * share);
            push(3 * next + one, 4 * share);
        }
        push(sums[sums.len() - 1], share);
    }
}

/// Red, green and blue of brightness and its distances from blue and red.
fn colour(light: u8, blue: u8, red: u8) -> [u8; 3] {
    let [light, blue, red] = [i32::from(light) << 20, i32::from(blue) - 128, i32::from(red) - 128];
    let levels =
        [light + RED_OF_RED * red, light - GREEN_OF_BLUE * blue - GREEN_OF_RED * red, light + BLUE_OF_BLUE * blue];
    levels.map(|level| ((level + (1 << 19)) >> 20).clamp(0, 255) as u8)
}

/// How a part is read in a scan.
struct Coder<'a> {
    part: usize,
    /// Nothing where one bit more is told of each mean.
    means: Option<&'a Codes>,
    /// What stands behind each mean, if anything does.
    details: Option<Steps<'a>>,
    /// The mean before.
    before: i16,
}

impl Coder<'_> {
    fn take(&mut self, bits: &mut Reader<'_>, mean: &mut i16, low: u32) -> Option<()> {
        let Some(means) = self.means else {
            *mean |= i16::from(bits.bit()?) << low;
            return Some(());
        };
        self.before = self.before.wrapping_add(bits.difference(means)?);
        *mean = self.before << low;
        self.details.as_ref().map_or(Some(()), |details| bits.pass_details(details))
    }
}
