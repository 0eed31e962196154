//! One space of colours for all: what iPhones write in Display P3 is the same picture when a converter wrote it in sRGB.

use image::RgbImage;
use moxcms::{ColorProfile, Layout, TransformOptions};

/// H.273's number for the primaries of Display P3.
const DISPLAY_P3: u16 = 12;

/// Brings pixels to sRGB from what their profile says. A profile that says nothing usable leaves them as they are, as
/// most viewers do.
pub(crate) fn to_srgb(pixels: &mut RgbImage, profile: &[u8]) {
    let Ok(source) = ColorProfile::new_from_slice(profile) else { return };
    let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
    let Ok(transform) = source.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options) else { return };
    let mut converted = vec![0; pixels.len()];
    if transform.transform(pixels, &mut converted).is_ok() {
        pixels.copy_from_slice(&converted);
    }
}

/// A profile for colours that are told by a number alone, where they are no plain sRGB.
pub(crate) fn of_primaries(number: u16) -> Option<Vec<u8>> {
    if number == DISPLAY_P3 { ColorProfile::new_display_p3().encode().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_p3_becomes_srgb() {
        // By hand: P3's pure green lies outside of sRGB, its greys are the same, and (200, 100, 50) has a redder sRGB.
        let profile = of_primaries(DISPLAY_P3).expect("it is known");
        let mut pixels = RgbImage::from_raw(3, 1, vec![128, 128, 128, 0, 255, 0, 200, 100, 50]).expect("three pixels");
        to_srgb(&mut pixels, &profile);
        let [grey, green, red] = [0, 1, 2].map(|x| pixels.get_pixel(x, 0).0);
        assert!(grey.iter().all(|level| level.abs_diff(128) <= 1), "{grey:?}");
        assert_eq!(green[1], 255);
        assert!(red[0].abs_diff(215) <= 2 && red[1].abs_diff(96) <= 3 && red[2].abs_diff(35) <= 4, "{red:?}");
    }

    #[test]
    fn what_is_no_profile_changes_nothing() {
        let mut pixels = RgbImage::from_pixel(2, 2, image::Rgb([1, 2, 3]));
        to_srgb(&mut pixels, b"no profile");
        assert_eq!(pixels, RgbImage::from_pixel(2, 2, image::Rgb([1, 2, 3])));
        assert!(of_primaries(1).is_none());
    }
}
