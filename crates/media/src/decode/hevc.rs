//! Pictures coded as HEVC, shrunk tile by tile.

use std::io::{Read, Seek};

use heic_decoder::DecodedImage;
use image::{DynamicImage, RgbImage};

use super::{Refusal, Small, is_decodable};
use crate::Tiles;
use crate::colour::of_primaries;

/// Memory that the decoder takes for each pixel of a tile, by how many samples of colour it has: measured, and rounded
/// up.
fn bytes_per_pixel(chroma_format: u32) -> u64 {
    match chroma_format {
        0 => 11,
        1 => 14,
        2 => 18,
        _ => 21,
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
        let small = shrink(decoded, seen, factor).to_rgb8()?;
        let at = (column * size.0 / factor, row * size.1 / factor);
        let pixels = RgbImage::from_raw(small.width as u32, small.height as u32, small.data);
        let pixels = pixels.ok_or_else(|| Refusal::Damaged("a tile lacks pixels".into()))?;
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

/// What is seen of a picture, with each square of `factor` pixels a side as one: before its colours are computed, as the
/// decoder holds four bytes for each sample.
fn shrink(image: DecodedImage, (width, height): (usize, usize), factor: usize) -> DecodedImage {
    // Of colours there may be fewer samples than of light.
    let colours = |length: usize, all: usize, of: usize| (length * of).div_ceil(all.max(1)).min(of);
    let (cb_width, cb_height) =
        (colours(width, image.width, image.cb_width), colours(height, image.height, image.cb_height));
    let plane = |samples: &[i32], stride, seen| shrink_plane(samples, stride, seen, factor);
    DecodedImage {
        y: plane(&image.y, image.width, (width, height)),
        cb: plane(&image.cb, image.cb_width, (cb_width, cb_height)),
        cr: plane(&image.cr, image.cb_width, (cb_width, cb_height)),
        width: width.div_ceil(factor),
        height: height.div_ceil(factor),
        cb_width: cb_width.div_ceil(factor),
        cb_height: cb_height.div_ceil(factor),
        alpha: None,
        ..image
    }
}

/// The means of squares of a plane whose rows have `stride` samples, of which so many are seen.
fn shrink_plane(samples: &[i32], stride: usize, (width, height): (usize, usize), factor: usize) -> Vec<i32> {
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let mut shrunk = Vec::with_capacity(width.div_ceil(factor) * height.div_ceil(factor));
    let seen = &samples[..samples.len().min(stride * height)];
    for rows in seen.chunks(stride * factor) {
        for left in (0..width).step_by(factor) {
            let right = (left + factor).min(width);
            let square = rows.chunks_exact(stride).flat_map(|row| &row[left..right]);
            let (sum, count) =
                square.fold((0_i64, 0_i64), |(sum, count), &sample| (sum + i64::from(sample), count + 1));
            shrunk.push((sum / count.max(1)) as i32);
        }
    }
    shrunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_become_their_mean() {
        let plane = [1, 3, 10, 5, 7, 20, 100, 200, 300];
        assert_eq!(shrink_plane(&plane, 3, (3, 3), 1), plane);
        assert_eq!(shrink_plane(&plane, 3, (3, 3), 2), [4, 15, 150, 300]);
        assert_eq!(shrink_plane(&plane, 3, (3, 3), 8), [71]);
        assert!(shrink_plane(&[], 0, (0, 0), 2).is_empty());
        // The last column and row are not seen.
        assert_eq!(shrink_plane(&plane, 3, (2, 2), 2), [4]);
        assert_eq!(shrink_plane(&plane, 3, (1, 3), 2), [3, 100]);
    }
}
