//! Makes the folder and the library that are measured: every photo is unique, and all of them lie on both sides.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{ToSpan, civil};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::sample::Shot;
use rusqlite::{Connection, ToSql, params};

use crate::Outcome;

/// What a snapshot asks an embedded library for, as one would type it into the `sqlite3` shell.
pub const SELECT: &str = "
    SELECT a.Z_PK, a.ZUUID, a.ZKIND, a.ZKINDSUBTYPE, a.ZSAVEDASSETTYPE, a.ZTRASHEDSTATE, a.ZHIDDEN, a.ZAVALANCHEUUID,
           a.ZAVALANCHEPICKTYPE, a.ZBUNDLESCOPE, a.ZCOLLECTIONSHARE, a.ZLIBRARYSCOPE, a.ZDIRECTORY, a.ZFILENAME,
           a.ZDATECREATED, a.ZADDEDDATE, a.ZWIDTH, a.ZHEIGHT, a.ZLATITUDE, a.ZLONGITUDE, a.ZFAVORITE,
           a.ZADJUSTMENTSSTATE, t.ZORIGINALFILENAME, t.ZORIGINALFILESIZE, t.ZORIGINALWIDTH, t.ZORIGINALHEIGHT,
           coalesce(t.ZTIMEZONEOFFSET, t.ZINFERREDTIMEZONEOFFSET), t.ZEXIFTIMESTAMPSTRING, t.ZORIGINALSTABLEHASH,
           t.ZADJUSTEDSTABLEHASH, t.ZTITLE, d.ZLONGDESCRIPTION, e.ZCAMERAMAKE, e.ZCAMERAMODEL
    FROM ZASSET a LEFT JOIN ZADDITIONALASSETATTRIBUTES t ON t.ZASSET = a.Z_PK
        LEFT JOIN ZEXTENDEDATTRIBUTES e ON e.ZASSET = a.Z_PK
        LEFT JOIN ZASSETDESCRIPTION d ON d.ZASSETATTRIBUTES = t.Z_PK ORDER BY a.Z_PK;
    SELECT ZASSET, ZRESOURCETYPE, ZRECIPEID, ZVERSION, ZREMOTEAVAILABILITY, ZDATALENGTH, ZFINGERPRINT
    FROM ZINTERNALRESOURCE WHERE ZVERSION = 0 AND ZRECIPEID = 0 OR ZVERSION = 2;
    SELECT Z_33ALBUMS, Z_3ASSETS FROM Z_33ASSETS;";

/// Photos on each day: about what fills one directory a month.
const A_DAY: usize = 2;

pub struct Household {
    /// The folder of photos.
    pub folder: PathBuf,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// The bytes of them.
    pub bytes: u64,
    /// An embedded library with the same photos.
    pub library: PathBuf,
}

impl Household {
    /// Makes `count` photos of about `size` bytes each.
    pub fn make(room: &Path, count: usize, size: usize) -> Outcome<Self> {
        let (folder, library) = (room.join("folder"), room.join("library"));
        let mut photos = Vec::with_capacity(count);
        for number in 0..count {
            let photo = Photo::make(&folder, number, size)?;
            if number == 0 {
                import(room, &folder, &library)?;
            }
            photos.push(photo);
        }
        grow(&library, &photos)?;
        // What changed less than two seconds ago is not cached, as it might change again.
        std::thread::sleep(Duration::from_secs(3));
        let bytes = photos.iter().map(|photo| photo.size).sum();
        Ok(Self { folder, files: photos.into_iter().map(|photo| photo.path).collect(), bytes, library })
    }
}

struct Photo {
    path: PathBuf,
    name: String,
    size: u64,
    fingerprint: Fingerprint,
    camera_time: String,
    /// Seconds since 2001, as Photos counts.
    captured: i64,
}

impl Photo {
    fn make(folder: &Path, number: usize, size: usize) -> Outcome<Self> {
        let first = civil::date(2006, 1, 1).at(8, 0, 0, 0);
        let taken = first + ((number / A_DAY) as i64).days() + ((number % A_DAY) as i64).hours();
        let directory = folder.join(taken.strftime("%Y/%m").to_string());
        fs::create_dir_all(&directory)?;
        let name = format!("IMG_{:04}.JPG", number % 9999 + 1);
        let path = directory.join(&name);
        let jpeg = of_size(Shot::new(taken, number as u64).jpeg(64, 48), size, number);
        fs::write(&path, &jpeg)?;
        let since_2001 = taken.duration_since(civil::date(2001, 1, 1).at(0, 0, 0, 0)).as_secs();
        Ok(Self {
            path,
            name,
            size: jpeg.len() as u64,
            fingerprint: Fingerprint::of(&jpeg),
            camera_time: taken.strftime("%Y:%m:%d %H:%M:%S").to_string(),
            captured: since_2001 - 3600,
        })
    }
}

/// A JPEG with as much picture as makes it `size` bytes, more or less, so that sizes differ as those of photos do.
fn of_size(mut jpeg: Vec<u8>, size: usize, number: usize) -> Vec<u8> {
    let size = size / 2 + number.wrapping_mul(7919) % size;
    let end = jpeg.split_off(jpeg.len() - 2);
    // Nothing decodes it; it only must not look like a marker.
    let filling = (0..size.saturating_sub(jpeg.len())).map(|at| ((at * 31 + number) % 251) as u8);
    jpeg.extend(filling);
    jpeg.extend(end);
    jpeg
}

/// Imports the first photo as anybody would: the other rows are made after its model.
fn import(room: &Path, folder: &Path, library: &Path) -> Outcome<()> {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_photobridge"));
    command.arg("--data-dir").arg(room.join("import")).args(["sync", "--settle", "0", "--json", "--folder"]);
    crate::measure::run(command.arg(folder).arg("--library").arg(library))
}

/// Fills the library without the care that an import takes: thousands of imports would take minutes.
fn grow(library: &Path, photos: &[Photo]) -> Outcome<()> {
    let mut connection = Connection::open(library.join("database/Photos.sqlite"))?;
    connection.pragma_update(None, "synchronous", "off")?;
    let transaction = connection.transaction()?;
    for (number, photo) in photos.iter().enumerate().skip(1) {
        let uuid = format!("{:08X}-0000-4000-8000-{number:012X}", (number as u32).wrapping_mul(2_654_435_761));
        let (shard, file) = (&uuid[..1], format!("{uuid}.jpeg"));
        let shard_path = library.join("originals").join(shard);
        fs::create_dir_all(&shard_path)?;
        fs::hard_link(&photo.path, shard_path.join(&file))
            .or_else(|_| fs::copy(&photo.path, shard_path.join(&file)).map(drop))?;
        let asset = like_first(
            &transaction,
            "ZASSET",
            &["ZUUID", "ZDIRECTORY", "ZFILENAME", "ZDATECREATED", "ZADDEDDATE"],
            params![uuid, shard, file, photo.captured, photo.captured + 60],
        )?;
        let (size, fingerprint) = (photo.size as i64, photo.fingerprint.to_string());
        like_first(
            &transaction,
            "ZADDITIONALASSETATTRIBUTES",
            &["ZASSET", "ZORIGINALFILENAME", "ZORIGINALFILESIZE", "ZORIGINALSTABLEHASH", "ZEXIFTIMESTAMPSTRING"],
            params![asset, photo.name, size, fingerprint, photo.camera_time],
        )?;
        let resource = ["ZASSET", "ZDATALENGTH", "ZFINGERPRINT"];
        like_first(&transaction, "ZINTERNALRESOURCE", &resource, params![asset, size, fingerprint])?;
        like_first(&transaction, "ZEXTENDEDATTRIBUTES", &["ZASSET"], params![asset])?;
        let join = "INSERT INTO Z_33ASSETS SELECT Z_33ALBUMS, ?1, 1024 * ?1 FROM Z_33ASSETS WHERE Z_3ASSETS = 1";
        transaction.prepare_cached(join)?.execute([asset])?;
    }
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Inserts a row like the first of its table, but for these columns.
fn like_first(connection: &Connection, table: &str, changed: &[&str], values: &[&dyn ToSql]) -> Outcome<i64> {
    let mut columns = Vec::new();
    connection.pragma(None, "table_info", table, |row| {
        columns.push(row.get::<_, String>("name")?);
        Ok(())
    })?;
    columns.retain(|column| column != "Z_PK");
    let value = |column: &String| match changed.iter().position(|name| name == column) {
        Some(at) => format!("?{}", at + 1),
        None => column.clone(),
    };
    let chosen: Vec<String> = columns.iter().map(value).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE Z_PK = 1",
        columns.join(", "),
        chosen.join(", ")
    );
    connection.prepare_cached(&sql)?.execute(values)?;
    Ok(connection.last_insert_rowid())
}

/// Makes motion photos of about `size` bytes each: a picture of its own and one movie, filled up between the segments of the
/// picture.
pub fn motion_photos(folder: &Path, count: usize, size: usize) -> Outcome<Vec<PathBuf>> {
    const LONGEST: usize = 0xFFFF - 2;
    let first = civil::date(2024, 5, 1).at(12, 0, 0, 0);
    let shot = |number: usize| {
        let taken = first + (number as i64 * 10).seconds();
        Shot { make: "Google".into(), ..Shot::new(taken, number as u64) }
    };
    let movie = shot(0).movie(320, 240, 1500);
    fs::create_dir_all(folder)?;
    let make = |number: usize| {
        let picture = shot(number).jpeg(640, 480);
        let mut motion = picture[..2].to_vec();
        let mut left = size.saturating_sub(picture.len() + movie.len());
        while left > 0 {
            let length = left.min(LONGEST);
            motion.extend([0xFF, 0xFE]);
            motion.extend((length as u16 + 2).to_be_bytes());
            motion.resize(motion.len() + length, 0x20);
            left -= length;
        }
        let path = folder.join(format!("PXL_{number}.MP.jpg"));
        fs::write(&path, [&motion, &picture[2..], &movie].concat())?;
        Ok(path)
    };
    (0..count).map(make).collect()
}
