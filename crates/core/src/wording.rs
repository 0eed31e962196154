//! How things that failed are said to people: in words, without the numbers of the system, and sizes as on the boxes of disks.

/// Words without the number that the system has for an error: `Not a directory (os error 20)` is said as `Not a directory`.
pub fn plain(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once(" (os error ") {
        plain.push_str(before);
        let number = after.split_once(')').filter(|(number, _)| number.bytes().all(|digit| digit.is_ascii_digit()));
        rest = match number {
            Some((_, after)) => after,
            None => {
                plain.push_str(" (os error ");
                after
            }
        };
    }
    plain + rest
}

/// Bytes as people read them, in powers of 1,000: `512 B`, `40.12 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1000.0, 0);
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1000.0, unit + 1);
    }
    format!("{size:.2} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_no_number_of_the_system() {
        let refused = std::io::Error::from_raw_os_error(20).to_string();
        assert_eq!(
            plain(&format!("/photos: {refused}. Nothing was changed")),
            "/photos: Not a directory. Nothing was changed"
        );
        assert_eq!(plain("a (os error 2)b (os error 13)"), "ab");
        for words in ["", "IMG (os error x).jpg", "(os error 2)", "a (os error 2"] {
            assert_eq!(plain(words), words);
        }
    }

    #[test]
    fn sizes_read_as_on_a_box() {
        for (bytes, words) in [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (40_118_203, "40.12 MB")] {
            assert_eq!(size(bytes), words);
        }
        assert_eq!(size(u64::MAX), "18.45 EB");
    }
}
