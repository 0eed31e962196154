//! Pictures coded as HEVC, shrunk tile by tile.

use std::io::{Read, Seek};

use heic_decoder::DecodedImage;
use image::RgbImage;

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
        let small = shrink(decoded, factor).to_rgb8()?;
        let (column, row) = (tile % tiles.columns, tile / tiles.columns);
        let at = (column * size.0 / factor, row * size.1 / factor);
        let pixels = RgbImage::from_raw(small.width as u32, small.height as u32, small.data);
        let pixels = pixels.ok_or_else(|| Refusal::Damaged("a tile lacks pixels".into()))?;
        image::imageops::replace(&mut canvas, &pixels, at.0 as i64, at.1 as i64);
    }
    let extent = (width as f32 / factor as f32, height as f32 / factor as f32);
    Ok(Small { pixels: canvas.into(), extent, profile })
}

/// By how much the picture can shrink and still be large enough: a power of two that divides the tiles, so that they
/// meet without seams.
fn shrinking(tiles: &Tiles, (width, height): (usize, usize), side: u32) -> usize {
    let longer = tiles.size.0.max(tiles.size.1);
    let is_enough = |factor: &usize| longer / *factor as u32 >= side;
    let meets = |factor: &usize| tiles.count() == 1 || width % factor == 0 && height % factor == 0;
    (0..16).map(|power| 1 << power).take_while(|factor| is_enough(factor) && meets(factor)).last().unwrap_or(1)
}

/// The picture with each square of `factor` pixels a side as one: before its colours are computed, as the decoder
/// holds four bytes for each sample.
fn shrink(image: DecodedImage, factor: usize) -> DecodedImage {
    let plane = |samples: &[i32], width, height| shrink_plane(samples, width, height, factor);
    DecodedImage {
        y: plane(&image.y, image.width, image.height),
        cb: plane(&image.cb, image.cb_width, image.cb_height),
        cr: plane(&image.cr, image.cb_width, image.cb_height),
        width: image.width.div_ceil(factor),
        height: image.height.div_ceil(factor),
        cb_width: image.cb_width.div_ceil(factor),
        cb_height: image.cb_height.div_ceil(factor),
        alpha: None,
        ..image
    }
}

fn shrink_plane(samples: &[i32], width: usize, height: usize, factor: usize) -> Vec<i32> {
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let mut shrunk = Vec::with_capacity(width.div_ceil(factor) * height.div_ceil(factor));
    for rows in samples.chunks(width * factor) {
        for left in (0..width).step_by(factor) {
            let right = (left + factor).min(width);
            let square = rows.chunks_exact(width).flat_map(|row| &row[left..right]);
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
        assert_eq!(shrink_plane(&plane, 3, 3, 1), plane);
        assert_eq!(shrink_plane(&plane, 3, 3, 2), [4, 15, 150, 300]);
        assert_eq!(shrink_plane(&plane, 3, 3, 8), [71]);
        assert!(shrink_plane(&[], 0, 0, 2).is_empty());
    }
}
