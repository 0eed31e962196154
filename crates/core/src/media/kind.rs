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
    /// A picture or movie of a format that Photos does not take, or is not offered.
    Unsupported,
}

/// The kind that a file's extension promises, in any case of letters. `None` is not media.
pub fn kind_of(path: &Path) -> Option<FileKind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "jpg" | "jpeg" | "png" | "gif" | "bmp" | "tif" | "tiff" | "webp" | "heic" | "heif" | "avif" => FileKind::Still,
        "dng" | "cr2" | "cr3" | "crw" | "nef" | "nrw" | "arw" | "raf" | "orf" | "rw2" | "pef" | "srw" | "raw" => {
            FileKind::Raw
        }
        "mov" | "mp4" | "m4v" | "3gp" | "3g2" | "avi" | "mts" | "m2ts" | "mpg" | "mpeg" => FileKind::Video,
        "xmp" => FileKind::Xmp,
        "aae" => FileKind::Aae,
        // Some of these Photos would take, under these names or others. No library here is offered them, and each
        // is named, as a file that nobody mentions looks as if it were safe in the library.
        "jpe" | "jfif" | "pjpeg" | "hif" | "jp2" | "jxl" | "psd" | "mpo" | "insp" => FileKind::Unsupported,
        "3fr" | "rwl" => FileKind::Unsupported,
        "mkv" | "webm" | "flv" | "wmv" | "asf" | "ogv" | "rmvb" | "vob" | "m2v" | "qt" | "insv" => {
            FileKind::Unsupported
        }
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
            ("x.txt", None),
            ("jpg", None),
            (".jpg", None),
            ("x.", None),
        ] {
            assert_eq!(kind_of(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn what_photos_is_not_offered_has_a_verdict_too() {
        let names = "jpe hif jfif pjpeg jp2 jxl psd mpo 3fr rwl insp insv m2v qt ogv asf vob rmvb wmv flv webm mkv";
        for extension in names.split(' ') {
            for name in [format!("x.{extension}"), format!("X.{}", extension.to_ascii_uppercase())] {
                assert_eq!(kind_of(Path::new(&name)), Some(FileKind::Unsupported), "{name}");
            }
        }
        let offered = "jpg jpeg png gif bmp tif tiff webp heic heif avif";
        for extension in offered.split(' ') {
            assert_eq!(kind_of(Path::new(&format!("x.{extension}"))), Some(FileKind::Still), "{extension}");
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
