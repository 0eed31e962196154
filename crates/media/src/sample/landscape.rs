//! Paints a landscape: a sky with its sun or moon, and hills that fade into the distance.
//!
//! Only additions, multiplications and square roots are used, which are the same on every processor.

/// Colours of the sky from top to horizon, of the sun, and of the nearest hill.
struct Palette {
    top: [f64; 3],
    horizon: [f64; 3],
    sun: [f64; 3],
    hill: [f64; 3],
}

const PALETTES: [Palette; 6] = [
    // Noon, evening, dusk, dawn, autumn, night.
    Palette { top: [52., 120., 200.], horizon: [196., 224., 240.], sun: [255., 252., 232.], hill: [38., 92., 58.] },
    Palette { top: [58., 52., 112.], horizon: [252., 158., 88.], sun: [255., 226., 150.], hill: [44., 28., 56.] },
    Palette { top: [24., 30., 72.], horizon: [214., 112., 132.], sun: [255., 200., 168.], hill: [22., 22., 44.] },
    Palette { top: [116., 150., 204.], horizon: [252., 214., 196.], sun: [255., 244., 214.], hill: [62., 74., 98.] },
    Palette { top: [92., 140., 176.], horizon: [244., 214., 150.], sun: [255., 240., 190.], hill: [120., 62., 30.] },
    Palette { top: [8., 12., 34.], horizon: [48., 70., 116.], sun: [240., 240., 228.], hill: [8., 14., 26.] },
];

/// Rows of hills, the furthest first.
const HILLS: usize = 4;

/// A landscape; its seed decides everything in it.
pub(super) struct Landscape {
    seed: u64,
}

impl Landscape {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The pixels, three bytes each. In later frames the sun has moved on.
    pub(super) fn paint(&self, width: u16, height: u16, frame: u32) -> Vec<u8> {
        let (width, height) = (usize::from(width.max(1)), usize::from(height.max(1)));
        let palette = &PALETTES[(self.random(0) * PALETTES.len() as f64) as usize % PALETTES.len()];
        let light: [f64; 3] = std::array::from_fn(|part| 0.88 + 0.22 * self.random(6 + part as u64));
        let sun_x = 0.15 + 0.7 * self.random(1) + 0.02 * f64::from(frame);
        let sun_y = 0.18 + 0.32 * self.random(2);
        let radius = 0.04 + 0.04 * self.random(3);
        let across = |x: usize| x as f64 / width as f64;
        let aspect = width as f64 / height as f64;
        let column = |x| std::array::from_fn(|hill| self.skyline(hill, across(x) * aspect));
        let skylines: Vec<[f64; HILLS]> = (0..width).map(column).collect();
        let mut pixels = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            let down = y as f64 / height as f64;
            let sky = mix(palette.top, palette.horizon, smooth(down * 1.5));
            for (x, skyline) in skylines.iter().enumerate() {
                let nearest = (0..HILLS).rev().find(|&hill| down > skyline[hill]);
                let color = match nearest {
                    Some(hill) => {
                        let near = (hill + 1) as f64 / HILLS as f64;
                        let shade = 1.0 - 0.35 * (down - skyline[hill]);
                        mix(palette.horizon, palette.hill, 0.25 + 0.75 * near).map(|part| part * shade)
                    }
                    None => {
                        let (dx, dy) = ((across(x) - sun_x) * aspect, down - sun_y);
                        let distance = (dx * dx + dy * dy).sqrt();
                        let disc = smooth((radius - distance) * 60.0 + 0.5);
                        let glow = 0.6 * radius / (radius + distance * 1.8);
                        mix(sky, palette.sun, disc.max(glow * glow))
                    }
                };
                let tinted: [f64; 3] = std::array::from_fn(|part| color[part] * light[part]);
                pixels.extend(tinted.map(|part| part.clamp(0.0, 255.0) as u8));
            }
        }
        pixels
    }

    /// Where a hill ends against the sky: rolling curves of three widths.
    fn skyline(&self, hill: usize, across: f64) -> f64 {
        let mut height = 0.0;
        for octave in 0..3_u32 {
            let scale = f64::from(1 << octave);
            let place = across * (1.4 + 0.5 * hill as f64) * scale;
            let (left, between) = (place.floor(), place - place.floor());
            let point = |at: f64| self.random(1000 * (hill as u64 + 1) + 100 * u64::from(octave) + at as u64);
            height += (point(left) + (point(left + 1.0) - point(left)) * smooth(between)) / scale;
        }
        0.44 + 0.14 * self.random(4) + 0.12 * hill as f64 - (0.08 + 0.1 * self.random(5)) * (height - 0.9)
    }

    /// A number from 0 to 1 that belongs to the seed and to what it is for.
    fn random(&self, purpose: u64) -> f64 {
        let mut mixed = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03);
        for _ in 0..2 {
            mixed ^= mixed >> 31;
            mixed = mixed.wrapping_mul(0x94D0_49BB_1331_11EB);
        }
        (mixed >> 40) as f64 / (1_u64 << 24) as f64
    }
}

fn mix(from: [f64; 3], to: [f64; 3], share: f64) -> [f64; 3] {
    std::array::from_fn(|part| from[part] + (to[part] - from[part]) * share)
}

/// From 0 to 1 without corners.
fn smooth(value: f64) -> f64 {
    let value = value.clamp(0.0, 1.0);
    value * value * (3.0 - 2.0 * value)
}
