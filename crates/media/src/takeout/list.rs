//! The lists in Apple's export of iCloud Photos: of the photos of a folder (`Photo Details.csv`), and of an album.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::{Photo, Takeout};

/// The columns of a list of photos, in Apple's order: name, fingerprint, favourite, hidden, deleted, date, views, date of the
/// import.
const COLUMNS: usize = 8;

/// What the one column of an album is called.
const ALBUM: [&str; 3] = ["Images", "imgName", "imageName"];

/// Letters of a fingerprint as Photos writes it: one byte of its version and twenty of SHA-1, in base 64.
const FINGERPRINT: usize = 28;

pub(super) fn read(text: &[u8]) -> Option<Takeout> {
    let mut lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut rows = lines.records().map_while(Result::ok);
    let head = rows.next()?;
    match head.len() {
        1 if ALBUM.contains(&head.get(0)?.trim()) => {
            let names = rows.filter_map(|row| row.get(0).map(str::trim).filter(|name| !name.is_empty()).map(Box::from));
            Some(Takeout::Members(names.collect()))
        }
        COLUMNS => {
            let photos: Option<Vec<Photo>> = rows.map(|row| photo(&row)).collect();
            // A list of something else has other things in its columns.
            photos.filter(|photos| !photos.is_empty()).map(Takeout::Photos)
        }
        _ => None,
    }
}

/// A row; nothing for one that does not have the form of one.
fn photo(row: &csv::StringRecord) -> Option<Photo> {
    let [name, fingerprint, favorite, hidden, deleted, date] =
        [0, 1, 2, 3, 4, 5].map(|column| row.get(column).map(str::trim));
    let is_fingerprint = fingerprint?.len() == FINGERPRINT || fingerprint?.is_empty();
    (row.len() == COLUMNS && is_fingerprint && !name?.is_empty()).then_some(())?;
    Some(Photo {
        title: name?.into(),
        taken: instant(date?),
        description: "".into(),
        location: None,
        favorite: is_yes(favorite?)?,
        trashed: is_yes(deleted?)?,
        hidden: is_yes(hidden?)?,
        to_the_minute: true,
        checksum: fingerprint.filter(|text| !text.is_empty()).map(Box::from),
        people: Vec::new(),
    })
}

fn is_yes(word: &str) -> Option<bool> {
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// From `Saturday July 4,2020 10:11 AM GMT`, in seconds since 1970.
fn instant(text: &str) -> Option<i64> {
    let text = text.split_once(' ').map(|(_, rest)| rest)?.strip_suffix(" GMT")?;
    // One form, whatever blanks it has.
    let text = text.replace(',', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let wall = DateTime::strptime("%B %d %Y %I:%M %p", &text).ok()?;
    Some(Offset::UTC.to_timestamp(wall).ok()?.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "imgName,fileChecksum,favorite,hidden,deleted,originalCreationDate,viewCount,importDate\n";
    const BYTES: &str = "AaUB/TQxUrXu/eZCrRWkiO2Vr9hw";

    #[test]
    fn a_list_of_photos() {
        let rows = format!(
            "{HEAD}IMG_1.JPG,{BYTES},yes,no,no,\"Saturday July 4,2020 10:11 AM GMT\",7,\"Sunday July 5,2020 9:05 PM GMT\"\n\
             \"a, b.HEIC\",{BYTES},no,yes,yes,\"Thursday January 1,1970 12:00 AM GMT\",0,\"\"\n\
             c.JPG,{BYTES},no,no,no,unknown,0,\n"
        );
        let Some(Takeout::Photos(photos)) = read(rows.as_bytes()) else { panic!("a list") };
        let told: Vec<_> = photos
            .iter()
            .map(|photo| (&*photo.title, photo.taken, photo.favorite, photo.hidden, photo.trashed))
            .collect();
        assert_eq!(
            told,
            [
                ("IMG_1.JPG", Some(1_593_857_460), true, false, false),
                ("a, b.HEIC", Some(0), false, true, true),
                ("c.JPG", None, false, false, false),
            ]
        );
        assert!(photos.iter().all(|photo| photo.to_the_minute));
    }

    #[test]
    fn a_list_of_an_album_and_what_is_none() {
        assert_eq!(
            read(b"Images\nIMG_1.JPG\n\"b, c.JPG\"\n\n"),
            Some(Takeout::Members(vec!["IMG_1.JPG".into(), "b, c.JPG".into()]))
        );
        for text in ["", "Name\nAnna\n", "a,b,c\n1,2,3\n", HEAD, "a,b,c,d,e,f,g,h\n1,2,3,4,5,6,7,8\n", "\u{0}\u{1}"] {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
    }
}
