//! What browsers show, told by first bytes alone: names lie.

/// A kind of file that browsers show and that runs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A JPEG.
    Jpeg,
    /// A PNG.
    Png,
    /// A GIF.
    Gif,
    /// A WebP.
    WebP,
    /// An AVIF.
    Avif,
    /// A movie of Apple's or MPEG's boxes.
    Movie,
    /// A WebM, or another Matroska.
    WebM,
}

/// Brands of still pictures: a file of one of them is no movie.
const STILLS: [&[u8]; 12] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1", b"crx "];

/// Boxes that QuickTime's movies began with before they named a brand.
const BRANDLESS: [&[u8]; 6] = [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

impl Sort {
    /// What it is called in HTTP. QuickTime's movies go by MPEG's name, which browsers ask no more about.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Movie => "video/mp4",
            Self::WebM => "video/webm",
        }
    }

    /// Whether it moves.
    pub fn is_movie(self) -> bool {
        matches!(self, Self::Movie | Self::WebM)
    }
}

/// What a file is that begins like this.
pub fn of(start: &[u8]) -> Option<Sort> {
    match start {
        [0xFF, 0xD8, 0xFF, ..] => Some(Sort::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(Sort::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Sort::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Sort::WebP),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(Sort::WebM),
        [s0, s1, s2, s3, kind @ ..] if kind.starts_with(b"ftyp") => {
            let length = u32::from_be_bytes([*s0, *s1, *s2, *s3]) as usize;
            of_brands(start.get(8..length.min(start.len())).unwrap_or_default())
        }
        [_, _, _, _, kind @ ..] => BRANDLESS.iter().any(|known| kind.starts_with(known)).then_some(Sort::Movie),
        _ => None,
    }
}

/// By the brands of a file of boxes: the major one, its version, the others.
fn of_brands(brands: &[u8]) -> Option<Sort> {
    let mut all = brands.chunks_exact(4).enumerate().filter(|(at, _)| *at != 1).map(|(_, brand)| brand);
    if all.clone().any(|brand| matches!(brand, b"avif" | b"avis")) {
        return Some(Sort::Avif);
    }
    let major = all.next()?;
    (!STILLS.contains(&major)).then_some(Sort::Movie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let known: [(&[u8], Option<Sort>); 9] = [
            (b"\xFF\xD8\xFF\xE1", Some(Sort::Jpeg)),
            (b"\0\0\0\x18ftypqt  \0\0\0\0qt  ", Some(Sort::Movie)),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isom", Some(Sort::Movie)),
            (b"\0\0\0\x1Cftypavif\0\0\0\0mif1miaf", Some(Sort::Avif)),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0avifmiaf", Some(Sort::Avif)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1", None),
            (b"\0\0\0\x08wide\0\0\0\0mdat", Some(Sort::Movie)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Sort::WebP)),
            (b"RIFF\0\0\0\0AVI LIST", None),
        ];
        for (start, sort) in known {
            assert_eq!(of(start), sort, "{start:?}");
        }
    }

    /// What a browser would run, whatever it is called.
    #[test]
    fn a_page_is_never_shown() {
        for page in [
            "<svg xmlns='http://www.w3.org/2000/svg'>",
            "<!doctype html>",
            "\u{feff}<html>",
            "%PDF-1.7",
            "<?xml",
            "GIF8<script>",
            "",
        ] {
            assert_eq!(of(page.as_bytes()), None, "{page}");
        }
    }
}
