//! What kind of file a name promises. The bytes are not asked: [`super::read_header`] looks at those.

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
    /// A picture or movie of a format that Photos does not take.
    Unsupported,
}

/// The kind that a file's extension promises, in any case of letters. `None` is not media.
pub fn kind_of(path: &Path) -> Option<FileKind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "jpg" | "jpeg" | "jpe" | "png" | "gif" | "bmp" | "tif" | "tiff" | "webp" | "heic" | "heif" | "hif" | "avif" => {
            FileKind::Still
        }
        "dng" | "cr2" | "cr3" | "crw" | "nef" | "nrw" | "arw" | "raf" | "orf" | "rw2" | "pef" | "srw" | "raw" => {
            FileKind::Raw
        }
        "mov" | "mp4" | "m4v" | "3gp" | "3g2" | "avi" | "mts" | "m2ts" | "mpg" | "mpeg" => FileKind::Video,
        "xmp" => FileKind::Xmp,
        "aae" => FileKind::Aae,
        "mkv" | "webm" | "flv" | "wmv" | "asf" | "ogv" | "rm" | "rmvb" | "vob" | "jxl" => FileKind::Unsupported,
        _ => return None,
    })
}

/// Whether two names (or bare extensions) promise the same format: `jpg` and `jpeg` do, `jpg` and `heic` do not.
/// Names without an extension agree with nothing.
pub fn same_format(a: &str, b: &str) -> bool {
    matches!((family(a), family(b)), (Some(a), Some(b)) if a == b)
}

/// One name for a format that goes by several extensions.
fn family(name: &str) -> Option<String> {
    let extension = match name.rsplit_once('.') {
        Some((_, extension)) => extension,
        None => name,
    };
    let extension = extension.to_ascii_lowercase();
    let family = match extension.as_str() {
        "" => return None,
        "jpeg" | "jpe" => "jpg",
        "tiff" => "tif",
        "heif" | "hif" => "heic",
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
            ("x.mkv", Some(FileKind::Unsupported)),
            ("x.txt", None),
            ("jpg", None),
            (".jpg", None),
            ("x.", None),
        ] {
            assert_eq!(kind_of(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn formats_go_by_several_names() {
        for (a, b, same) in [
            ("jpg", "JPEG", true),
            ("IMG_1.JPG", "photo.jpeg", true),
            ("a.tif", "tiff", true),
            ("HEIC", "heif", true),
            ("jpg", "heic", false),
            ("png", "png", true),
            ("a.", "b.", false),
        ] {
            assert_eq!(same_format(a, b), same, "{a} {b}");
        }
    }
}
