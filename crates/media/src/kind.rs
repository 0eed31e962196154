//! What kind of file a name promises. The bytes are not asked: [`crate::read_header`] looks at those.

use std::path::Path;

/// The kinds of files that Photobridge knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A picture that Photos shows as it is.
    Still,
    /// A camera's raw picture.
    Raw,
    /// A movie.
    Video,
    /// An XMP sidecar: what a photo program wrote down about the file it lies beside.
    Xmp,
    /// Apple's recipe of an edit, beside an exported original.
    Aae,
    /// Perhaps what the archive of a service says of photos: only its content tells, see [`crate::takeout`].
    Catalog,
    /// A picture or movie of a format that Photos does not take, or is not offered.
    Unsupported,
}

/// Bytes of the longest extension that is known, `pjpeg`.
const LONGEST: usize = 5;

/// The kind that a file's extension promises, in any case of letters. `None` is not media.
pub fn kind_of(path: &Path) -> Option<FileKind> {
    of_extension(path.extension()?.as_encoded_bytes())
}

/// The same for a bare name; of a whole folder it is asked several times.
pub fn kind_of_name(name: &str) -> Option<FileKind> {
    let (_, extension) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
    of_extension(extension.as_bytes())
}

fn of_extension(extension: &[u8]) -> Option<FileKind> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..extension.len())?;
    lower.copy_from_slice(extension);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        // Cameras of Canon, Sony and Fujifilm call a HEIC `HIF`.
        b"jpg" | b"jpeg" | b"png" | b"gif" | b"bmp" | b"tif" | b"tiff" | b"webp" | b"heic" | b"heif" | b"hif"
        | b"avif" => FileKind::Still,
        b"dng" | b"cr2" | b"cr3" | b"crw" | b"nef" | b"nrw" | b"arw" | b"raf" | b"orf" | b"rw2" | b"pef" | b"srw"
        | b"raw" => FileKind::Raw,
        b"mov" | b"mp4" | b"m4v" | b"3gp" | b"3g2" | b"avi" | b"mts" | b"m2ts" | b"mpg" | b"mpeg" => FileKind::Video,
        b"xmp" => FileKind::Xmp,
        b"aae" => FileKind::Aae,
        b"json" | b"csv" => FileKind::Catalog,
        // Some of these Photos would take, under these names or others. No library here is offered them, and each
        // is named, as a file that nobody mentions looks as if it were safe in the library.
        b"jpe" | b"jfif" | b"pjpeg" | b"jp2" | b"jxl" | b"psd" | b"mpo" | b"insp" | b"heics" | b"heifs" | b"avifs"
        | b"livp" | b"jxr" => FileKind::Unsupported,
        b"3fr" | b"fff" | b"rwl" | b"x3f" | b"iiq" | b"mrw" | b"gpr" | b"erf" | b"kdc" | b"mef" | b"srf" | b"sr2" => {
            FileKind::Unsupported
        }
        b"mkv" | b"webm" | b"flv" | b"wmv" | b"asf" | b"ogv" | b"rmvb" | b"vob" | b"m2v" | b"qt" | b"insv" | b"m2t"
        | b"mxf" => FileKind::Unsupported,
        _ => return None,
    })
}

/// Whether a name may be that of a picture or a movie, or of something else altogether: only the bytes tell. A camcorder's
/// `MOV001.MOD` and a module of Go end alike; the movies of motion photos are called `PXL_1.MP`, `PXL_1.MP~2` or `1.MV`; the
/// small pictures and movies of cameras `THM` and `LRV`; and some names have no ending.
pub fn only_bytes_tell(name: &str) -> bool {
    let ending =
        name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        None => !name.starts_with('.'),
        Some("mp" | "mv" | "thm" | "lrv" | "360" | "mod" | "tod" | "dv" | "dcr" | "mos" | "cap") => true,
        Some(ending) => {
            ending.strip_prefix("mp~").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        }
    }
}

/// Whether two names (or bare extensions) promise the same format: `jpg` and `jpeg` do, `jpg` and `heic` do not.
/// Names without an extension agree with nothing.
pub fn same_format(a: &str, b: &str) -> bool {
    matches!((format_of(a), format_of(b)), (Some(a), Some(b)) if a == b)
}

/// The format that a name (or bare extension) promises: one name for what goes by several extensions.
pub fn format_of(name: &str) -> Option<String> {
    let extension = match name.rsplit_once('.') {
        Some((_, extension)) => extension,
        None => name,
    };
    let extension = extension.to_ascii_lowercase();
    let family = match extension.as_str() {
        "" => return None,
        "jpeg" | "jpe" | "jfif" | "pjpeg" => "jpg",
        "tiff" => "tif",
        "heif" | "hif" => "heic",
        "qt" => "mov",
        "m4v" => "mp4",
        "3g2" => "3gp",
        "m2ts" => "mts",
        "mpeg" => "mpg",
        other => other,
    };
    Some(family.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_promises_a_kind_in_any_case() {
        for (name, kind) in [
            ("a/IMG_0001.HEIC", Some(FileKind::Still)),
            ("IMG.jpeg", Some(FileKind::Still)),
            ("x.Cr3", Some(FileKind::Raw)),
            ("x.MOV", Some(FileKind::Video)),
            ("IMG_0001.HEIC.xmp", Some(FileKind::Xmp)),
            ("IMG_0001.AAE", Some(FileKind::Aae)),
            ("IMG_0001.HEIC.supplemental-metadata.json", Some(FileKind::Catalog)),
            ("Photo Details-1.csv", Some(FileKind::Catalog)),
            ("x.txt", None),
            ("jpg", None),
            (".jpg", None),
            ("x.", None),
        ] {
            assert_eq!(kind_of(Path::new(name)), kind, "{name}");
            assert_eq!(kind_of_name(name.rsplit('/').next().unwrap_or(name)), kind, "{name}");
        }
    }

    #[test]
    fn what_photos_is_not_offered_has_a_verdict_too() {
        let names = "jpe jfif pjpeg jp2 jxl psd mpo 3fr rwl insp insv m2v qt ogv asf vob rmvb wmv flv webm mkv \
                     heics heifs avifs livp jxr fff x3f iiq mrw gpr erf kdc mef srf sr2 m2t mxf";
        for extension in names.split(' ') {
            for name in [format!("x.{extension}"), format!("X.{}", extension.to_ascii_uppercase())] {
                assert_eq!(kind_of(Path::new(&name)), Some(FileKind::Unsupported), "{name}");
            }
        }
        let offered = "jpg jpeg png gif bmp tif tiff webp heic heif hif avif";
        for extension in offered.split(' ') {
            assert_eq!(kind_of(Path::new(&format!("x.{extension}"))), Some(FileKind::Still), "{extension}");
        }
    }

    #[test]
    fn some_names_promise_nothing() {
        for name in
            ["PXL_1.MP", "PXL_1.mp~2", "1.MV", "GX01.THM", "GX01.LRV", "GS01.360", "MOV001.MOD", "a.tod", "IMG_1"]
        {
            assert!(only_bytes_tell(name) && kind_of_name(name).is_none(), "{name}");
        }
        for name in ["a.txt", "a.mp3", "a.mp4", "a.mp~x", "a.zip", ".hidden", "a."] {
            assert!(!only_bytes_tell(name), "{name}");
        }
    }

    #[test]
    fn formats_go_by_several_names() {
        for (a, b, same) in [
            ("jpg", "JPEG", true),
            ("IMG_1.JPG", "photo.jpeg", true),
            ("a.tif", "tiff", true),
            ("HEIC", "heif", true),
            // In a library these may stand though we never put them there.
            ("a.jpe", "a.jpg", true),
            ("a.jfif", "a.jpg", true),
            ("a.pjpeg", "a.jpeg", true),
            ("a.hif", "a.heic", true),
            ("a.qt", "a.mov", true),
            ("jpg", "heic", false),
            ("png", "png", true),
            ("a.", "b.", false),
        ] {
            assert_eq!(same_format(a, b), same, "{a} {b}");
        }
    }
}
