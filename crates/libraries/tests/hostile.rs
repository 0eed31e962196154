//! Nobody vouches for what is in a database. Whatever it holds, reading neither panics nor leaves the library, and a bad row
//! costs only itself.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::asset::{Asset, ResourceRole, Whereabouts};
use photobridge_core::library::{Library, LibraryError, ReadError, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_libraries::Bundle;
use tempfile::TempDir;

/// A bundle of the standard samples that the test may spoil.
struct Spoilt {
    directory: TempDir,
    path: PathBuf,
    first: String,
}

impl Spoilt {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let library = directory.path().join("Library");
        let ids = support::standard_library(&library, &directory.path().join("folder"));
        let path = directory.path().join("Spoilt.photoslibrary");
        support::copy_tree(&library, &path);
        Self { directory, path, first: ids[0].to_string() }
    }

    /// Spoils a fresh copy of the database.
    fn spoil(&self, statements: &str) -> &Self {
        let database = "database/Photos.sqlite";
        fs::copy(self.directory.path().join("Library").join(database), self.path.join(database)).expect("a copy");
        support::sql(&self.path, &statements.replace("$FIRST", &self.first));
        self
    }

    fn open(&self) -> Result<Bundle, LibraryError> {
        Bundle::open(&self.path, self.directory.path().join("scratch"))
    }

    fn snapshot(&self) -> Snapshot {
        support::snapshot(&mut self.open().expect("a library"))
    }

    fn asset(&self) -> Asset {
        let asset = self.snapshot().assets.into_iter().find(|asset| *asset.id.0 == *self.first);
        asset.expect("the first sample is still there")
    }
}

#[test]
fn paths_that_lead_out_of_the_library_are_missing_files() {
    let library = Spoilt::new();
    for (directory, name) in [
        ("../../..", "etc/passwd"),
        ("..", "x.jpeg"),
        ("/etc", "passwd"),
        ("", "x.jpeg"),
        ("A", "../../../secret.jpeg"),
        ("A", ".."),
        ("A", ""),
        ("A\\..\\..", "x.jpeg"),
    ] {
        let spoilt = library.spoil(&format!(
            "UPDATE ZASSET SET ZDIRECTORY = '{directory}', ZFILENAME = '{name}' WHERE ZUUID = '$FIRST'"
        ));
        let asset = spoilt.asset();
        let primary = asset.primary().expect("a primary file");
        assert_eq!(primary.whereabouts, Whereabouts::Missing, "{directory} {name}");
        let result =
            spoilt.open().expect("a library").read(&asset, ResourceRole::Photo, &mut Vec::new(), &Cancel::new());
        assert!(matches!(result, Err(ReadError::NotHere)));
    }
}

#[test]
fn a_locator_from_elsewhere_is_checked_again() {
    let spoilt = Spoilt::new();
    let mut asset = spoilt.asset();
    fs::write(spoilt.directory.path().join("secret"), "secret").expect("a file");
    for locator in ["../secret", "originals/../../secret", "", "secret", "originals"] {
        asset.resources[0].locator = locator.into();
        let result =
            spoilt.open().expect("a library").read(&asset, ResourceRole::Photo, &mut Vec::new(), &Cancel::new());
        assert!(result.is_err(), "{locator}");
    }
}

#[test]
fn referenced_files_may_lie_anywhere_but_only_as_files() {
    let library = Spoilt::new();
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().to_str().expect("a plain path");
    fs::write(directory.path().join("mine.jpg"), support::jpeg("mine")).expect("a file");
    fs::write(directory.path().join("mine.NEF"), b"raw").expect("a file");
    let referenced = |name: &str| {
        library.spoil(&format!(
            "UPDATE ZASSET SET ZSAVEDASSETTYPE = 10, ZDIRECTORY = '{place}', ZFILENAME = '{name}' WHERE ZUUID = '$FIRST';
             INSERT INTO ZINTERNALRESOURCE (ZASSET, ZRESOURCETYPE, ZVERSION, ZRECIPEID, ZDATALENGTH)
             SELECT Z_PK, 4, 0, 0, 3 FROM ZASSET WHERE ZUUID = '$FIRST';"
        ))
    };
    let spoilt = referenced("mine.jpg");
    let asset = spoilt.asset();
    assert_eq!(
        support::bytes(&mut spoilt.open().expect("a library"), &asset, ResourceRole::Photo),
        support::jpeg("mine")
    );
    assert_eq!(asset.resource(ResourceRole::AlternatePhoto).map(|raw| raw.whereabouts), Some(Whereabouts::Here));
    for gone in ["gone.jpg", ".", ".."] {
        let asset = referenced(gone).asset();
        assert_eq!(asset.primary().map(|file| file.whereabouts), Some(Whereabouts::Unreachable), "{gone}");
    }
}

#[test]
fn values_of_the_wrong_type_read_as_absent() {
    let library = Spoilt::new();
    let columns = "ZKINDSUBTYPE ZSAVEDASSETTYPE ZTRASHEDSTATE ZHIDDEN ZAVALANCHEUUID ZAVALANCHEPICKTYPE ZBUNDLESCOPE \
                   ZLIBRARYSCOPE ZDIRECTORY ZFILENAME ZDATECREATED ZADDEDDATE ZWIDTH ZHEIGHT ZLATITUDE ZLONGITUDE \
                   ZFAVORITE ZADJUSTMENTSSTATE";
    let more = "ZORIGINALFILENAME ZORIGINALFILESIZE ZORIGINALWIDTH ZTIMEZONEOFFSET ZEXIFTIMESTAMPSTRING \
                ZORIGINALSTABLEHASH ZTITLE";
    for value in ["'text'", "x'00ff00'", "NULL", "-7", "9223372036854775807", "1e300", "-1e300", "''", "'../x'"] {
        for (table, columns) in [("ZASSET", columns), ("ZADDITIONALASSETATTRIBUTES", more)] {
            let all: Vec<String> = columns.split_whitespace().map(|column| format!("{column} = {value}")).collect();
            let spoilt = library.spoil(&format!("UPDATE {table} SET {}", all.join(", ")));
            assert_eq!(spoilt.snapshot().assets.len(), 6, "{table} {value}");
        }
        let resources = format!(
            "UPDATE ZINTERNALRESOURCE SET ZRESOURCETYPE = {value}, ZDATALENGTH = {value}, ZFINGERPRINT = {value};
             UPDATE ZGENERICALBUM SET ZTITLE = {value}, ZPARENTFOLDER = {value};
             UPDATE ZKEYWORD SET ZTITLE = {value}; UPDATE ZEXTENDEDATTRIBUTES SET ZCAMERAMODEL = {value};
             UPDATE ZASSETDESCRIPTION SET ZLONGDESCRIPTION = {value};"
        );
        assert_eq!(library.spoil(&resources).snapshot().assets.len(), 6, "{value}");
    }
}

#[test]
fn a_row_without_identifier_or_kind_costs_only_itself() {
    let library = Spoilt::new();
    for spoil in [
        "ZUUID = '../../x'",
        "ZUUID = ''",
        "ZUUID = x'01'",
        "ZUUID = '%'",
        "ZKIND = NULL",
        "ZKIND = 'photo'",
        "ZKIND = 9",
    ] {
        let snapshot = library.spoil(&format!("UPDATE ZASSET SET {spoil} WHERE ZUUID = '$FIRST'")).snapshot();
        assert_eq!(snapshot.assets.len(), 5, "{spoil}");
        assert_eq!(snapshot.warnings.len(), 1, "{spoil}");
    }
}

#[test]
fn absurd_values_are_cut_or_unknown() {
    let library = Spoilt::new();
    let spoilt = library.spoil(
        "UPDATE ZASSET SET ZDATECREATED = 123456789012345, ZADDEDDATE = -1e18, ZLATITUDE = 91 WHERE ZUUID = '$FIRST';
         UPDATE ZADDITIONALASSETATTRIBUTES SET ZORIGINALFILENAME = printf('%.1000000c', 'x'), ZORIGINALFILESIZE = -1,
         ZTITLE = printf('%.1000000c', 'y') WHERE Z_PK = 1;",
    );
    let asset = spoilt.asset();
    assert_eq!((asset.captured, asset.added), (None, None));
    assert_eq!(asset.original_name.len(), 1024);
    let details = asset.details.as_deref().expect("details");
    assert_eq!(details.location, None);
    assert_eq!(details.title.as_ref().map(String::len), Some(100_000));
    assert_eq!(asset.primary().and_then(|file| file.size), Some(support::samples()[0].parts[0].2.len() as u64));
}

#[test]
fn doubled_rows_and_circles_do_no_harm() {
    let library = Spoilt::new();
    let spoilt = library.spoil(
        "INSERT INTO ZADDITIONALASSETATTRIBUTES (ZASSET, ZTITLE) SELECT Z_PK, 'twin' FROM ZASSET;
         INSERT INTO ZEXTENDEDATTRIBUTES (ZASSET) SELECT Z_PK FROM ZASSET;
         INSERT INTO ZINTERNALRESOURCE (ZASSET, ZRESOURCETYPE, ZVERSION, ZRECIPEID) SELECT Z_PK, 0, 0, 0 FROM ZASSET;
         UPDATE ZGENERICALBUM SET ZPARENTFOLDER = 101 WHERE ZKIND = 2;
         INSERT INTO ZGENERICALBUM (Z_PK, ZUUID, ZKIND, ZTITLE, ZPARENTFOLDER) VALUES
         (101, 'F1', 4000, 'a', 102), (102, 'F2', 4000, 'b', 101);",
    );
    let snapshot = spoilt.snapshot();
    assert_eq!(snapshot.assets.len(), 6);
    assert_eq!(snapshot.albums.len(), 1);
    assert!(snapshot.albums[0].folders.len() <= 32);
}

#[test]
fn a_missing_table_costs_one_feature() {
    let library = Spoilt::new();
    for table in [
        "ZADDITIONALASSETATTRIBUTES",
        "ZINTERNALRESOURCE",
        "ZEXTENDEDATTRIBUTES",
        "ZASSETDESCRIPTION",
        "ZGENERICALBUM",
        "Z_33ASSETS",
        "ZKEYWORD",
        "Z_1KEYWORDS",
    ] {
        let snapshot = library.spoil(&format!("DROP TABLE {table}")).snapshot();
        assert_eq!(snapshot.assets.len(), 6, "{table}");
        assert!(!snapshot.warnings.is_empty(), "{table}");
        let all_here = |asset: &Asset| asset.primary().is_some_and(|file| file.whereabouts == Whereabouts::Here);
        assert!(snapshot.assets.iter().all(all_here), "{table}");
    }
}

/// Columns without which something is not known that people would miss.
const DECISIVE: [(&str, &str); 12] = [
    ("ZASSET", "ZHIDDEN"),
    ("ZASSET", "ZTRASHEDSTATE"),
    ("ZASSET", "ZSAVEDASSETTYPE"),
    ("ZADDITIONALASSETATTRIBUTES", "ZORIGINALSTABLEHASH"),
    ("ZINTERNALRESOURCE", "ZVERSION"),
    ("ZINTERNALRESOURCE", "ZRECIPEID"),
    ("ZINTERNALRESOURCE", "ZRESOURCETYPE"),
    ("ZINTERNALRESOURCE", "ZREMOTEAVAILABILITY"),
    ("ZINTERNALRESOURCE", "ZDATALENGTH"),
    ("ZINTERNALRESOURCE", "ZFINGERPRINT"),
    ("ZGENERICALBUM", "ZTITLE"),
    ("ZGENERICALBUM", "ZTRASHEDSTATE"),
];

#[test]
fn a_missing_column_costs_one_feature() {
    let spoilt = Spoilt::new();
    for table in ["ZASSET", "ZADDITIONALASSETATTRIBUTES", "ZINTERNALRESOURCE", "ZGENERICALBUM", "Z_33ASSETS"] {
        for column in columns(&spoilt, table) {
            if ["Z_PK", "ZUUID", "ZKIND", "Z_33ALBUMS", "Z_3ASSETS"].contains(&&*column) {
                continue; // Keys cannot be dropped, and without an identifier or kind there are no assets.
            }
            let indices = "DROP INDEX ZADDITIONALASSETATTRIBUTES_ZASSET; DROP INDEX ZINTERNALRESOURCE_ZASSET;
                           DROP INDEX ZINTERNALRESOURCE_ZFINGERPRINT;";
            spoilt.spoil(&format!("{indices} ALTER TABLE {table} DROP COLUMN {column}"));
            let snapshot = spoilt.snapshot();
            assert_eq!(snapshot.assets.len(), 6, "{table}.{column}");
            if DECISIVE.contains(&(table, &column)) {
                assert_eq!(snapshot.warnings.len(), 1, "{table}.{column}: {:?}", snapshot.warnings);
            }
        }
    }
}

fn columns(spoilt: &Spoilt, table: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(spoilt.path.join("database/Photos.sqlite")).expect("a database");
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").expect("SQL");
    statement.query_map([table], |row| row.get(0)).expect("rows").collect::<Result<_, _>>().expect("names")
}

#[test]
fn a_database_without_photos_is_unusable() {
    let library = Spoilt::new();
    for spoil in ["DROP TABLE ZASSET", "ALTER TABLE ZASSET RENAME COLUMN ZKIND TO ZOTHER"] {
        let mut library = library.spoil(spoil).open().expect("a database");
        let result = library.snapshot(&Silent, &Cancel::new());
        assert!(matches!(result, Err(LibraryError::Unreadable { .. })), "{spoil}");
    }
}

/// A binary property list: the objects, then where each of them lies, the first one being the root.
fn property_list(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut list = b"bplist00".to_vec();
    let mut places = Vec::new();
    for object in objects {
        places.extend((list.len() as u32).to_be_bytes());
        list.extend(object);
    }
    let table = list.len() as u64;
    list.extend(places);
    list.extend([0, 0, 0, 0, 0, 0, 4, 2]);
    list.extend((objects.len() as u64).to_be_bytes());
    list.extend([0; 8]);
    list.extend(table.to_be_bytes());
    list
}

/// A dictionary that holds a version and, under a key in front of that, object 4 and whatever hangs on it.
fn version_behind(hanging: Vec<Vec<u8>>) -> Vec<u8> {
    let dictionary = vec![0xD2, 0, 1, 0, 2, 0, 4, 0, 3];
    let fixed = vec![dictionary, b"\x51a".to_vec(), b"\x5EPLModelVersion".to_vec(), vec![0x11, 0x42, 0x68]];
    property_list(&fixed.into_iter().chain(hanging).collect::<Vec<_>>())
}

#[test]
fn what_a_library_says_of_itself_takes_neither_time_nor_memory() {
    let library = Spoilt::new();
    let version = |list: &[u8]| {
        let hex: String = list.iter().map(|byte| format!("{byte:02x}")).collect();
        let started = std::time::Instant::now();
        let about =
            library.spoil(&format!("UPDATE Z_METADATA SET Z_PLIST = x'{hex}'")).open().expect("a library").about();
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
        about.model_version
    };
    assert_eq!(version(&version_behind(vec![vec![0x09]])), Some(17_000));
    // Each object holds the next one twice.
    let pair = |at: u16| [&[0xA2][..], &(at + 1).to_be_bytes(), &(at + 1).to_be_bytes()].concat();
    let doubling = (4..44).map(pair).chain([vec![0x09]]).collect();
    assert_eq!(version(&version_behind(doubling)), None);
    // Each object holds the next one, 12,000 times.
    let nested = (4..12_000_u16).map(|at| [&[0xA1][..], &(at + 1).to_be_bytes()].concat());
    assert_eq!(version(&version_behind(nested.chain([vec![0x09]]).collect())), None);
    // A long text, held many times.
    let many = [&b"\xAF\x11\xFF\x00"[..], &5_u16.to_be_bytes().repeat(0xFF00)].concat();
    let text = [&b"\x5F\x12\x00\x0A\x00\x00"[..], &[b'a'; 0xA_0000]].concat();
    assert_eq!(version(&version_behind(vec![many, text])), None);
}

#[test]
fn damaged_pages_never_panic() {
    let spoilt = Spoilt::new();
    let database = spoilt.path.join("database/Photos.sqlite");
    let whole = fs::read(&database).expect("bytes");
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..150 {
        let mut bytes = whole.clone();
        for _ in 0..1 + next(40) {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        bytes.truncate(if next(4) == 0 { next(whole.len()) } else { whole.len() });
        fs::write(&database, &bytes).expect("a file");
        if let Ok(mut library) = spoilt.open() {
            let _ = library.snapshot(&Silent, &Cancel::new());
        }
    }
}
