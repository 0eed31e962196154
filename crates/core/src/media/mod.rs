//! stub
use crate::item::Header;
use std::path::Path;
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs)]
pub enum FileKind {
    Still,
    Raw,
    Video,
    Xmp,
    Aae,
    Unsupported,
}
#[expect(missing_docs)]
pub fn kind_of(path: &Path) -> Option<FileKind> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "jpg" | "heic" | "png" => Some(FileKind::Still),
        "mov" | "mp4" => Some(FileKind::Video),
        "dng" => Some(FileKind::Raw),
        "xmp" => Some(FileKind::Xmp),
        "aae" => Some(FileKind::Aae),
        "mkv" => Some(FileKind::Unsupported),
        _ => None,
    }
}
#[expect(missing_docs)]
pub fn read_header(_: &Path, _: FileKind) -> std::io::Result<(Header, u64)> {
    Ok((Header::default(), 0))
}
#[expect(missing_docs)]
pub fn captured_from_name(_: &str) -> Option<crate::capture::CaptureTime> {
    None
}
#[expect(missing_docs)]
pub fn same_format(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}
#[expect(missing_docs)]
#[derive(Debug, Default)]
pub struct Sidecar {
    pub details: crate::asset::Details,
    pub captured: Option<crate::capture::CaptureTime>,
}
#[expect(missing_docs)]
pub fn read_sidecar(_: &Path) -> std::io::Result<Sidecar> {
    Ok(Sidecar::default())
}
