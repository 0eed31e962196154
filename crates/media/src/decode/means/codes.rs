//! The codes of a JPEG's scan, and its bits.

use memchr::memchr_iter;

/// Bits that are looked up at once: several details mostly.
const AHEAD: u32 = 12;

/// Bits of a short code.
const SHORT: u32 = 9;

/// Coefficients of a block.
const BLOCK: u32 = 64;

/// The code of nothing but zeros to the end of the block, and that of sixteen zeros.
const END: u8 = 0;
const ZEROS: u8 = 0xF0;

/// Codes by their first bits.
pub(super) struct Codes {
    /// Of those that are short, what they stand for and how long they are.
    short: [(u8, u8); 1 << SHORT],
    /// By length, from one bit, the first number of sixteen bits that is beyond codes of this length, and what to add to a
    /// code to find its value.
    long: [(u32, i32); 16],
    values: Vec<u8>,
}

impl Codes {
    /// By how many there are of each length; nothing where there are too many.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut codes = Self { short: [(0, 0); 1 << SHORT], long: [(0, 0); 16], values: values.to_vec() };
        let (mut code, mut first) = (0_u32, 0);
        for (length, count) in (1..).zip(counts.iter().copied()) {
            code *= 2;
            codes.long[length as usize - 1].1 = first as i32 - code as i32;
            for value in &values[first..first + usize::from(count)] {
                if code >> length != 0 {
                    return None;
                }
                if length <= SHORT {
                    let at = (code << (SHORT - length)) as usize;
                    codes.short[at..at + (1 << (SHORT - length))].fill((*value, length as u8));
                }
                code += 1;
            }
            codes.long[length as usize - 1].0 = code << (16 - length);
            first += usize::from(count);
        }
        Some(codes)
    }

    /// What the first of these bits stand for, and how many they are.
    fn first(&self, bits: u64) -> Option<(u8, u32)> {
        let (value, length) = self.short[(bits >> (64 - SHORT)) as usize];
        if length > 0 {
            return Some((value, u32::from(length)));
        }
        let code = (bits >> 48) as u32;
        let length = (SHORT + 1..=16).find(|length| code < self.long[*length as usize - 1].0)?;
        let at = (code >> (16 - length)) as i32 + self.long[length as usize - 1].1;
        Some((*self.values.get(usize::try_from(at).ok()?)?, length))
    }
}

/// Codes of details with the bits behind them, as many as can be stepped over at once.
pub(super) struct Steps<'a> {
    codes: &'a Codes,
    ahead: Box<[Step]>,
}

/// Some details of a block.
#[derive(Clone, Copy, Default)]
struct Step {
    /// The bits that they take; none where the first one takes too many.
    bits: u8,
    /// How many they are.
    details: u8,
    /// One where the block ends with them.
    ends: u8,
}

impl<'a> Steps<'a> {
    pub(super) fn new(codes: &'a Codes) -> Self {
        Self { codes, ahead: (0..1 << AHEAD).map(|bits| Step::of(codes, bits << (64 - AHEAD))).collect() }
    }
}

impl Step {
    fn of(codes: &Codes, bits: u64) -> Self {
        let mut step = Self::default();
        while step.ends == 0
            && let Some((bits, details)) = one(codes, bits << step.bits)
            && u32::from(step.bits) + bits <= AHEAD
        {
            step.bits += bits as u8;
            step.details += details;
            step.ends = u8::from(details == 0);
        }
        step
    }
}

/// The bits of the first detail and how many places it takes, none for the end of the block.
fn one(codes: &Codes, bits: u64) -> Option<(u32, u8)> {
    let (code, length) = codes.first(bits)?;
    match code {
        END => Some((length, 0)),
        ZEROS => Some((length, 16)),
        code if code & 15 == 0 => None,
        code => Some((length + u32::from(code & 15), (code >> 4) + 1)),
    }
}

/// Zeros behind the last bits, so that eight bytes can always be read.
const PAD: usize = 16;

/// Takes away the zeros that tell bits from markers.
pub(super) fn unstuff(coded: &[u8], plain: &mut Vec<u8>) {
    plain.clear();
    plain.reserve(coded.len() + PAD);
    let mut start = 0;
    for at in memchr_iter(0xFF, coded) {
        plain.extend(&coded[start..=at]);
        start = at + 2;
    }
    plain.extend(coded.get(start..).unwrap_or_default());
    plain.extend([0; PAD]);
}

/// Bits of a scan.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, the first one on top.
    held: u64,
    count: u32,
}

impl<'a> Reader<'a> {
    /// Of bytes that [`unstuff`] made.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, held: 0, count: 0 }
    }

    /// Whether no more is left than what fills the last byte up.
    pub(super) fn is_at_the_end(&self) -> bool {
        let (taken, there) = (self.at * 8 - self.count as usize, (self.bytes.len() - PAD) * 8);
        taken <= there && there - taken < 8
    }

    /// Holds 56 bits at least.
    fn fill(&mut self) -> Option<()> {
        let next = u64::from_be_bytes(*self.bytes.get(self.at..)?.first_chunk()?);
        self.held |= next >> self.count;
        self.at += ((63 - self.count) / 8) as usize;
        self.count |= 56;
        Some(())
    }

    fn pass(&mut self, bits: u32) {
        self.held <<= bits;
        self.count -= bits;
    }

    /// The next bit.
    pub(super) fn bit(&mut self) -> Option<bool> {
        self.fill()?;
        let is_set = self.held >> 63 == 1;
        self.pass(1);
        Some(is_set)
    }

    /// How much the next mean differs from the one before.
    pub(super) fn difference(&mut self, codes: &Codes) -> Option<i16> {
        self.fill()?;
        let (more, length) = codes.first(self.held).filter(|(more, _)| *more <= 11)?;
        self.pass(length);
        if more == 0 {
            return Some(0);
        }
        let (bits, is_more) = ((self.held >> (64 - more)) as i16, self.held >> 63 == 1);
        self.pass(u32::from(more));
        Some(if is_more { bits } else { bits - (1 << more) + 1 })
    }

    /// Passes what stands behind the mean of a block.
    pub(super) fn pass_details(&mut self, steps: &Steps<'_>) -> Option<()> {
        let mut place = 1;
        while place < BLOCK {
            self.fill()?;
            let step = steps.ahead[(self.held >> (64 - AHEAD)) as usize];
            let next = place + u32::from(step.details);
            if step.bits > 0 && next + u32::from(step.ends) <= BLOCK {
                self.pass(u32::from(step.bits));
                if step.ends > 0 {
                    return Some(());
                }
                place = next;
                continue;
            }
            let (bits, details) = one(steps.codes, self.held)?;
            self.pass(bits);
            if details == 0 {
                return Some(());
            }
            place += u32::from(details);
        }
        (place == BLOCK).then_some(())
    }
}
