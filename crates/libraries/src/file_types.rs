//! Apple's names for kinds of files, and how files of these kinds end.

/// Extensions and uniform type identifiers. Of several extensions of one type the library's own stands first.
const TYPES: [(&str, &str); 35] = [
    ("jpeg", "public.jpeg"),
    ("jpg", "public.jpeg"),
    ("png", "public.png"),
    ("gif", "com.compuserve.gif"),
    ("bmp", "com.microsoft.bmp"),
    ("tiff", "public.tiff"),
    ("tif", "public.tiff"),
    ("webp", "org.webmproject.webp"),
    ("heic", "public.heic"),
    ("heif", "public.heif"),
    ("hif", "public.heif"),
    ("avif", "public.avif"),
    ("dng", "com.adobe.raw-image"),
    ("cr2", "com.canon.cr2-raw-image"),
    ("cr3", "com.canon.cr3-raw-image"),
    ("crw", "com.canon.crw-raw-image"),
    ("nef", "com.nikon.raw-image"),
    ("nrw", "com.nikon.nrw-raw-image"),
    ("arw", "com.sony.arw-raw-image"),
    ("raf", "com.fuji.raw-image"),
    ("orf", "com.olympus.raw-image"),
    ("rw2", "com.panasonic.rw2-raw-image"),
    ("pef", "com.pentax.raw-image"),
    ("srw", "com.samsung.raw-image"),
    ("raw", "com.panasonic.raw-image"),
    ("mov", "com.apple.quicktime-movie"),
    ("mp4", "public.mpeg-4"),
    ("m4v", "com.apple.m4v-video"),
    ("3gp", "public.3gpp"),
    ("3g2", "public.3gpp2"),
    ("avi", "public.avi"),
    ("mts", "public.avchd-mpeg-2-transport-stream"),
    ("m2ts", "public.avchd-mpeg-2-transport-stream"),
    ("mpg", "public.mpeg"),
    ("mpeg", "public.mpeg"),
];

/// `ZCOMPACTUTI`: numbers for the most frequent types. Read off the rows of originals in the libraries here, whose assets
/// name the same type in words; 11 is that of the RAW halves beside IMG_1994.JPG and others, CR2s by the tests of osxphotos.
const COMPACT: [(i64, &str); 7] =
    [(1, "jpeg"), (3, "heic"), (6, "png"), (8, "tiff"), (9, "dng"), (11, "cr2"), (23, "mov")];

/// The uniform type identifier of a kind of file.
pub(crate) fn identifier(extension: &str) -> &'static str {
    TYPES.iter().find(|(found, _)| *found == extension).map_or("public.data", |(_, identifier)| identifier)
}

/// How files of a type end: by its identifier, or by its number.
pub(crate) fn extension(name: &str) -> Option<&'static str> {
    let by_number = name.parse().ok().and_then(|number: i64| COMPACT.iter().find(|(found, _)| *found == number));
    let by_name = || TYPES.iter().find(|(_, identifier)| *identifier == name).map(|(extension, _)| *extension);
    by_number.map(|(_, extension)| *extension).or_else(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_go_both_ways() {
        for (name, expected) in [("1", "jpeg"), ("11", "cr2"), ("public.jpeg", "jpeg"), ("com.fuji.raw-image", "raf")] {
            assert_eq!(extension(name), Some(expected), "{name}");
        }
        assert_eq!(identifier("tif"), "public.tiff");
        assert_eq!(identifier("exe"), "public.data");
        assert_eq!(extension("99"), None);
        assert_eq!(extension("../x"), None);
    }
}
