//! Names in a zip: what their bytes say, and whether a path may be made of them.

use std::path::{Path, PathBuf};

/// Bytes of the longest path: what is longer fits on no disk.
const LONGEST: usize = 4096;

/// Directories on the way to a file.
const DEEPEST: usize = 250;

/// The upper half of code page 437, in which zips were named before UTF-8.
const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A name as text. What is UTF-8 is that, whether or not the zip says so (macOS does not); what is not is of an older time.
pub(super) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let upper: Vec<char> = UPPER.chars().collect();
            let letter = |byte: &u8| match byte.checked_sub(0x80) {
                Some(at) => upper.get(usize::from(at)).copied().unwrap_or('_'),
                None => char::from(*byte),
            };
            bytes.iter().map(letter).collect()
        }
    }
}

/// Whether it is one plain name.
pub(super) fn is_plain(name: &str) -> bool {
    photobridge_core::folder::is_name(name.as_ref())
}

/// The path that a name in a zip stands for; why it stands for none.
pub(super) fn path(name: &str) -> Result<PathBuf, &'static str> {
    // Old programs on Windows wrote its own separator.
    let name = if name.contains('/') { name.to_owned() } else { name.replace('\\', "/") };
    let is_drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    if name.starts_with('/') || (is_drive && name.as_bytes().get(2) == Some(&b'/')) {
        return Err("its path is absolute");
    }
    if name.len() > LONGEST || name.matches('/').count() > DEEPEST {
        return Err("its path is too long");
    }
    if name.contains('\0') {
        return Err("its name is not valid");
    }
    let names = || name.split('/').filter(|name| !matches!(*name, "" | "."));
    if names().any(|name| name == "..") {
        return Err("its path leads out of the archive");
    }
    let path: PathBuf = names().collect();
    match path == Path::new("") {
        true => Err("it has no name"),
        false => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_names_are_read() {
        assert_eq!(UPPER.chars().count(), 128);
        assert_eq!(text("für.jpg".as_bytes()), "für.jpg");
        // As PKZIP wrote it.
        assert_eq!(text(b"f\x81r Mu\xe1e.jpg"), "für Muße.jpg");
        assert_eq!(text(b"\x80\xff"), "Ç\u{a0}");
    }

    #[test]
    fn a_path_stays_inside() {
        assert_eq!(path("a/./b//c.jpg"), Ok("a/b/c.jpg".into()));
        assert_eq!(path("a\\b.jpg"), Ok("a/b.jpg".into()));
        assert_eq!(path("a/b\\c.jpg"), Ok("a/b\\c.jpg".into()));
        assert_eq!(path("..jpg"), Ok("..jpg".into()));
        for bad in
            ["../a.jpg", "a/../../b.jpg", "/etc/a.jpg", "C:\\a.jpg", "c:/a.jpg", "..\\a.jpg", "", "./", "a\0.jpg"]
        {
            assert!(path(bad).is_err(), "{bad:?}");
        }
        assert!(path(&"a/".repeat(300)).is_err());
        assert!(path(&"a".repeat(5000)).is_err());
    }
}
