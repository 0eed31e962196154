//! Pictures coded as HEVC, shrunk tile by tile.

use std::io::{Read, Seek};

use heic_decoder::DecodedImage;
use image::{DynamicImage, RgbImage};

use super::{Refusal, Small, is_decodable};
use crate::Tiles;
use crate::colour::of_primaries;

/// Memory that the decoder takes for each pixel of a tile, by how many samples of colour it has: measured, and rounded
/// up; and the three bytes of its colour.
fn bytes_per_pixel(chroma_format: u32) -> u64 {
    match chroma_format {
        0 => 14,
        1 => 17,
        2 => 21,
        _ => 24,
    }
}

/// Decodes one tile after the other and keeps only as many pixels of each as are needed.
pub fn decode(file: &mut (impl Read + Seek), tiles: &Tiles, side: u32, memory: u64) -> Result<Small, Refusal> {
    let (width, height) = tiles.size;
    is_decodable(width, height)?;
    let frame = tiles.largest().ok_or(Refusal::Nothing)?;
    let told = heic_decoder::probe(&tiles.heic(file, 0)?)?;
    let size = (told.coded_width, told.coded_height);
    let factor = shrinking(tiles, size, side);
    let kept = (width.div_ceil(factor as u32), height.div_ceil(factor as u32));
    let pixels = 3 * u64::from(kept.0) * u64::from(kept.1);
    // Not by the size that is told: a file may crop nearly all of a frame away.
    if bytes_per_pixel(frame.chroma_format) * frame.pixels() + pixels > memory {
        return Err(Refusal::NoRoom);
    }
    let (mut canvas, mut profile) = (RgbImage::new(kept.0, kept.1), None);
    for tile in 0..tiles.count() {
        let mut decoded = heic_decoder::decode(&tiles.heic(file, tile)?)?;
        if (decoded.width, decoded.height) != size {
            return Err(Refusal::Damaged("its tiles differ in size".into()));
        }
        let told = decoded.color_info.map(|told| told.color_primaries);
        profile = profile.or_else(|| decoded.metadata.icc_profile.take()).or_else(|| of_primaries(told?));
        let (column, row) = (tile % tiles.columns, tile / tiles.columns);
        // What lies beyond the picture in its last tiles is nothing, and must not be mixed in.
        let left = |whole: u32, before: usize, tile: usize| (whole as usize).saturating_sub(before).clamp(1, tile);
        let seen = (left(width, column * size.0, size.0), left(height, row * size.1, size.1));
        let pixels = shrink(decoded, seen, factor)?;
        let at = (column * size.0 / factor, row * size.1 / factor);
        image::imageops::replace(&mut canvas, &pixels, at.0 as i64, at.1 as i64);
    }
    let Some([left, top, width, height]) = tiles.aperture else {
        let extent = (width as f32 / factor as f32, height as f32 / factor as f32);
        return Ok(Small { pixels: canvas.into(), extent, profile });
    };
    let [left, top, across, down] = [left, top, width, height].map(|length| length as f32 / factor as f32);
    let seen = DynamicImage::from(canvas).crop_imm(
        left.round() as u32,
        top.round() as u32,
        across.ceil() as u32,
        down.ceil() as u32,
    );
    let extent = (across.min(seen.width() as f32), down.min(seen.height() as f32));
    Ok(Small { pixels: seen, extent, profile })
}

/// By how much the picture can shrink and still be large enough: a power of two that divides the tiles, so that they
/// meet without seams.
fn shrinking(tiles: &Tiles, (width, height): (usize, usize), side: u32) -> usize {
    let longer = tiles.size.0.max(tiles.size.1);
    let is_enough = |factor: &usize| longer / *factor as u32 >= side;
    let meets = |factor: &usize| tiles.count() == 1 || width % factor == 0 && height % factor == 0;
    (0..16).map(|power| 1 << power).take_while(|factor| is_enough(factor) && meets(factor)).last().unwrap_or(1)
}

/// What is seen of a picture, with each square of `factor` pixels a side as their mean. Colours come first: what is too bright or
/// too deep for a screen is cut off pixel by pixel, as in every converter, and not in the mean.
fn shrink(image: DecodedImage, (width, height): (usize, usize), factor: usize) -> Result<RgbImage, Refusal> {
    let whole = image.to_rgb8()?;
    drop(image);
    let pixels = means(&whole.data, whole.width, (width.min(whole.width), height.min(whole.height)), factor);
    let (width, height) = (width.div_ceil(factor) as u32, height.div_ceil(factor) as u32);
    RgbImage::from_raw(width, height, pixels).ok_or_else(|| Refusal::Damaged("a tile lacks pixels".into()))
}

/// The means of squares of a picture whose rows have `stride` pixels, of which so many are seen.
fn means(pixels: &[u8], stride: usize, (width, height): (usize, usize), factor: usize) -> Vec<u8> {
    let mut means = Vec::with_capacity(3 * width.div_ceil(factor) * height.div_ceil(factor));
    let mut sums = vec![[0_u32; 3]; width.div_ceil(factor)];
    for top in (0..height).step_by(factor) {
        let rows = factor.min(height - top);
        sums.fill([0; 3]);
        for row in pixels.chunks_exact(3 * stride).skip(top).take(rows) {
            for (sum, square) in sums.iter_mut().zip(row[..3 * width].chunks(3 * factor)) {
                for pixel in square.as_chunks::<3>().0 {
                    sum.iter_mut().zip(pixel).for_each(|(sum, level)| *sum += u32::from(*level));
                }
            }
        }
        for (column, sum) in sums.iter().enumerate() {
            let count = (rows * factor.min(width - column * factor)) as u32;
            means.extend(sum.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use heic_decoder::{ChromaSampling, ColorInfo, Metadata};

    use super::*;

    /// By hand: in video range light of 0 is blacker than black, and cut off; 32 is (32 - 16) * 255 / 219 = 18.6. The mean of both
    /// is 9.3, where the light of their mean, 16, is black.
    #[test]
    fn what_no_screen_shows_is_cut_off_before_it_is_mixed() {
        let image = DecodedImage {
            alpha: None,
            width: 2,
            height: 1,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
            chroma_format_idc: 0,
            color_info: Some(ColorInfo { full_range: false, ..ColorInfo::default() }),
            chroma_sampling: ChromaSampling { sub_x: 1, sub_y: 1, origin_x: 0.0, origin_y: 0.0 },
            y: vec![0, 32],
            cb: Vec::new(),
            cr: Vec::new(),
            cb_width: 0,
            cb_height: 0,
            metadata: Metadata::default(),
        };
        let pixels = shrink(image, (2, 1), 2).expect("it is decoded");
        let [level, ..] = pixels.get_pixel(0, 0).0;
        assert!(level == 9 || level == 10, "{level}");
    }

    #[test]
    fn squares_become_their_mean() {
        let grey = |levels: &[u8]| levels.iter().flat_map(|level| [*level; 3]).collect::<Vec<u8>>();
        let picture = grey(&[1, 3, 10, 5, 7, 20, 100, 200, 250]);
        assert_eq!(means(&picture, 3, (3, 3), 1), picture);
        assert_eq!(means(&picture, 3, (3, 3), 2), grey(&[4, 15, 150, 250]));
        assert_eq!(means(&picture, 3, (3, 3), 8), grey(&[66]));
        assert!(means(&[], 0, (0, 0), 2).is_empty());
        // The last column and row are not seen.
        assert_eq!(means(&picture, 3, (2, 2), 2), grey(&[4]));
        assert_eq!(means(&picture, 3, (1, 3), 2), grey(&[3, 100]));
    }

    /// By hand: (1, 2, 3) and (4, 6, 9) have the mean (2.5, 4, 6), which is rounded up.
    #[test]
    fn each_colour_has_its_own_mean() {
        assert_eq!(means(&[1, 2, 3, 4, 6, 9], 2, (2, 1), 2), [3, 4, 6]);
    }
}
