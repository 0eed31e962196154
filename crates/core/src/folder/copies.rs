//! What a file's name says of it being a copy of another one: of two with equal bytes the plain name is carried.

use unicode_normalization::UnicodeNormalization;

use super::names::{is_conflict_copy, stem};

/// What a name says of the file being a copy of another one, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Copied {
    /// Nothing.
    No,
    /// A person or a program gave it a number or called it a copy: `IMG_1 (2).jpg`, `IMG_1 copy.jpg`.
    ByName,
    /// A sync client set it aside.
    BySyncClient,
}

/// What Windows' Explorer, the Finder, file managers of Linux, Nextcloud and Google Drive call a copy, each in the languages
/// that they speak: `IMG_1 - Kopie.jpg`, `IMG_1 copie 2.jpg`, `IMG_1 (weitere Kopie).jpg`, `Copia di IMG_1.jpg`.
const COPY: [&str; 28] = [
    "copy",
    "kopie",
    "copie",
    "copia",
    "cópia",
    "còpia",
    "kopia",
    "kópia",
    "kopi",
    "kopio",
    "koopia",
    "kopija",
    "kopya",
    "másolat",
    "afrit",
    "αντίγραφο",
    "αντιγραφο",
    "копия",
    "копія",
    "копие",
    "копија",
    "nusxasi",
    "コピー",
    "副本",
    "複製",
    "拷貝",
    "복사본",
    "사본",
];

/// Whether a script puts no space between words, and so none before the word for a copy.
fn joins_words(word: &str) -> bool {
    word.starts_with(|c: char| c >= '\u{3000}')
}

/// What this name says of that.
pub fn copied(name: &str) -> Copied {
    if is_conflict_copy(name) {
        return Copied::BySyncClient;
    }
    let stem = stem(name).nfc().collect::<String>().to_lowercase();
    if is_numbered(&stem) || begins_with_copy(&stem) || ends_with_copy(&stem) { Copied::ByName } else { Copied::No }
}

/// `IMG_1 (2)`, `IMG_1(1)`.
fn is_numbered(stem: &str) -> bool {
    in_brackets(stem).is_some_and(|(_, inside)| is_number(inside))
}

/// `Copy of IMG_1`, `Kopie (2) von IMG_1`.
fn begins_with_copy(stem: &str) -> bool {
    let is_followed = |word: &&str| stem.strip_prefix(*word).is_some_and(|rest| rest.starts_with(' '));
    COPY.iter().any(is_followed)
}

/// `IMG_1 - Kopie`, `IMG_1 copy 2`, `IMG_1 - Copy (2)`, `IMG_1 (3. Kopie)`.
fn ends_with_copy(stem: &str) -> bool {
    let ends_so = |text: &str| {
        let text = text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
        let is_word = |before: &str, word: &str| joins_words(word) || before.ends_with(is_between_words);
        COPY.iter().any(|word| text.strip_suffix(word).is_some_and(|before| is_word(before, word)))
    };
    match in_brackets(stem) {
        Some((before, inside)) => ends_so(&format!(" {inside}")) || (is_number(inside) && ends_so(before.trim_end())),
        None => ends_so(stem),
    }
}

/// What stands in the brackets at the end of a stem, and before them.
fn in_brackets(stem: &str) -> Option<(&str, &str)> {
    stem.strip_suffix(')').and_then(|rest| rest.rsplit_once('('))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_between_words(c: char) -> bool {
    c.is_whitespace() || matches!(c, '_' | '-' | '\u{2013}' | '\u{2014}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_come_before_those_of_copies_and_those_before_what_a_sync_client_set_aside() {
        for plain in [
            "IMG_1.jpg",
            "copy.jpg",
            "Kopie.jpg",
            "photocopy.jpg",
            "IMG_1 (evening).jpg",
            "Holiday 2.jpg",
            "Copyright.jpg",
        ] {
            assert_eq!(copied(plain), Copied::No, "{plain}");
        }
        for copy in ["IMG_1 (2).jpg", "IMG_1(1).jpg", "IMG_1 copy.jpg", "IMG_1 copy 2.jpg", "IMG_1_copy.jpg"] {
            assert_eq!(copied(copy), Copied::ByName, "{copy}");
        }
        assert_eq!(copied("IMG_1 (conflicted copy 2024-01-31 235959).jpg"), Copied::BySyncClient);
    }

    /// As Explorer of Windows 11 and XP, the Finder, GNOME's Files, Dolphin, Nextcloud and Google Drive name them.
    #[test]
    fn copies_are_known_in_the_languages_of_file_managers() {
        for copy in [
            "IMG_1 - Copy.jpg",
            "IMG_1 - Copy (2).jpg",
            "IMG_1 - Kopie.jpg",
            "IMG_1 - Copie.jpg",
            "IMG_1 - copia.jpg",
            "IMG_1 - Co\u{301}pia (3).jpg",
            "IMG_1 \u{2013} kopia.jpg",
            "IMG_1 \u{2014} \u{43a}\u{43e}\u{43f}\u{438}\u{44f}.jpg",
            "IMG_1 - \u{30b3}\u{30d4}\u{30fc}.jpg",
            "Copy of IMG_1.jpg",
            "Copy (2) of IMG_1.jpg",
            "Kopie von IMG_1.jpg",
            "Kopie (2) von IMG_1.jpg",
            "Copie de IMG_1.jpg",
            "Copia di IMG_1.jpg",
            "Kopia IMG_1.jpg",
            "IMG_1 Kopie.jpg",
            "IMG_1 copie 2.jpg",
            "IMG_1\u{306e}\u{30b3}\u{30d4}\u{30fc}.jpg",
            "IMG_1 \u{526f}\u{672c} 2.jpg",
            "IMG_1 (copy).jpg",
            "IMG_1 (another copy).jpg",
            "IMG_1 (3rd copy).jpg",
            "IMG_1 (copy 2).jpg",
            "IMG_1 (Kopie).jpg",
            "IMG_1 (weitere Kopie).jpg",
            "IMG_1 (copie).jpg",
        ] {
            assert_eq!(copied(copy), Copied::ByName, "{copy}");
        }
    }
}
