//! What may befall an embedded library in Photos' hands: done on its files and rows, as only tests may.
//!
//! Each function panics where the library has no such asset: a test that alters nothing proves nothing. No library may be
//! open for writing meanwhile.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::details::Details;
use rusqlite::{Connection, Params, ToSql};

use ResourceRole::{AlternatePhoto, PairedVideo, Photo, RenderedPairedVideo, RenderedPhoto, RenderedVideo, Video};

/// 2001-01-01T00:00:00Z, where Photos' clock begins, in seconds since 1970.
const EPOCH: i64 = 978_307_200;

/// Where the files of a shared album lie below `scopes/cloudsharing/data`: the owner and the album.
const SHARED_DIRECTORY: &str = "100000000/0A0B0C0D-0000-4000-8000-00000000A1B0";

/// Original names and ids of all assets, in the order in which they were added.
pub fn ids_by_name(path: &Path) -> Vec<(String, AssetId)> {
    let connection = database(path);
    let mut statement = connection
        .prepare(
            "SELECT t.ZORIGINALFILENAME, a.ZUUID FROM ZASSET a JOIN ZADDITIONALASSETATTRIBUTES t ON t.ZASSET = a.Z_PK \
             ORDER BY a.Z_PK",
        )
        .expect("SQL");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, AssetId(row.get::<_, String>(1)?.into()))));
    rows.expect("rows").map(|row| row.expect("a name and an id")).collect()
}

/// The only asset with this original name.
pub fn id_of(path: &Path, original_name: &str) -> AssetId {
    let mut found = ids_by_name(path).into_iter().filter(|(name, _)| name == original_name);
    let (_, id) = found.next().unwrap_or_else(|| panic!("no asset is called {original_name}"));
    assert!(found.next().is_none(), "several assets are called {original_name}");
    id
}

/// As a library made on macOS 15 without iCloud: no fingerprint is stored.
pub fn forget_fingerprints(path: &Path) {
    batch(
        path,
        "UPDATE ZADDITIONALASSETATTRIBUTES SET ZORIGINALSTABLEHASH = NULL, ZADJUSTEDSTABLEHASH = NULL;
         UPDATE ZINTERNALRESOURCE SET ZFINGERPRINT = NULL;",
    );
}

/// Moves an asset to Recently Deleted.
pub fn trash(path: &Path, id: &AssetId) {
    set(path, id, "ZTRASHEDSTATE = 1, ZTRASHEDDATE = 1", &[]);
}

/// Takes an asset back out of Recently Deleted.
pub fn restore(path: &Path, id: &AssetId) {
    set(path, id, "ZTRASHEDSTATE = 0, ZTRASHEDDATE = NULL", &[]);
}

/// Hides an asset.
pub fn hide(path: &Path, id: &AssetId) {
    set(path, id, "ZHIDDEN = 1", &[]);
}

/// Shows a hidden asset again.
pub fn unhide(path: &Path, id: &AssetId) {
    set(path, id, "ZHIDDEN = 0", &[]);
}

/// Removes an asset for good, with its files.
pub fn delete(path: &Path, id: &AssetId) {
    files_of(path, id).iter().for_each(|file| remove(file));
    let asset = pk(path, id);
    batch(
        path,
        &format!(
            "DELETE FROM Z_33ASSETS WHERE Z_3ASSETS = {asset};
             DELETE FROM ZINTERNALRESOURCE WHERE ZASSET = {asset};
             DELETE FROM ZEXTENDEDATTRIBUTES WHERE ZASSET = {asset};
             DELETE FROM ZADDITIONALASSETATTRIBUTES WHERE ZASSET = {asset};
             DELETE FROM ZASSET WHERE Z_PK = {asset};"
        ),
    );
}

/// As iCloud's "Optimise Mac Storage" leaves a library: rows say that the originals are remote, the files are gone.
pub fn evict(path: &Path) {
    batch(path, "UPDATE ZINTERNALRESOURCE SET ZLOCALAVAILABILITY = -1, ZREMOTEAVAILABILITY = 1;");
    for (_, id) in ids_by_name(path) {
        files_of(path, &id).iter().for_each(|file| remove(file));
    }
}

/// As [`evict`], for one asset: none of its files is here, all are in iCloud.
pub fn evict_one(path: &Path, id: &AssetId) {
    let sql = "UPDATE ZINTERNALRESOURCE SET ZLOCALAVAILABILITY = -1, ZREMOTEAVAILABILITY = 1 WHERE ZASSET = ?1";
    assert!(execute(path, sql, [pk(path, id)]) > 0, "{id} has files");
    files_of(path, id).iter().for_each(|file| remove(file));
}

/// As [`evict`], for one file of an asset.
pub fn evict_resource(path: &Path, id: &AssetId, role: ResourceRole) {
    set_resource(path, id, role, "ZLOCALAVAILABILITY = -1, ZREMOTEAVAILABILITY = 1");
    file_of(path, id, role).iter().for_each(|file| remove(file));
}

/// The original is gone and nowhere else: a damaged disk, or somebody tidied inside the library.
pub fn lose_original(path: &Path, id: &AssetId) {
    lose_resource(path, id, primary(path, id));
}

/// The same of the file with this role.
pub fn lose_resource(path: &Path, id: &AssetId, role: ResourceRole) {
    set_resource(path, id, role, "ZLOCALAVAILABILITY = -1, ZREMOTEAVAILABILITY = 0");
    file_of(path, id, role).iter().for_each(|file| remove(file));
}

/// A file of an asset is here again, as after a download. What was a TIFF, HEIC or the like comes back under the ending
/// of its kind: the name of the original is in the library, a RAW is a `.dng`, a render a `.jpeg` or `.mov`.
pub fn bring_back(path: &Path, id: &AssetId, role: ResourceRole, bytes: &[u8]) {
    set_resource(path, id, role, "ZLOCALAVAILABILITY = 1");
    let (directory, start) = place(path, id, role);
    let name = match role {
        Photo | Video => text(path, id, "ZFILENAME"),
        AlternatePhoto => format!("{start}dng"),
        RenderedPhoto => format!("{start}jpeg"),
        PairedVideo | RenderedVideo | RenderedPairedVideo => format!("{start}mov"),
        ResourceRole::AdjustmentData | ResourceRole::Sidecar => start,
    };
    write(&path.join(directory).join(name), bytes);
}

/// Edits an asset as Photos does: the rendered version lies below `resources/renders` under the given extension, and with
/// it the recipe; a Live Photo has its rendered video too. A second edit replaces the first.
pub fn edit(path: &Path, id: &AssetId, extension: &str, bytes: &[u8], paired_video: Option<&[u8]>) {
    revert(path, id);
    edit_without_render(path, id);
    let role = match kind(path, id) {
        MediaKind::Photo => RenderedPhoto,
        MediaKind::Video => RenderedVideo,
    };
    render(path, id, role, extension, bytes);
    if let Some(video) = paired_video {
        render(path, id, RenderedPairedVideo, "mov", video);
    }
    if role == RenderedPhoto {
        // The asset's type is that of what is shown, by which osxphotos looks for the render.
        set(path, id, "ZUNIFORMTYPEIDENTIFIER = ?2", &[&format!("public.{extension}")]);
    }
    write(&renders(path, id).join(format!("{id}.plist")), RECIPE);
    set_attributes(path, id, "ZADJUSTEDSTABLEHASH = ?2", &[&Fingerprint::of(bytes).to_string()]);
}

/// The recipe of an edit, as small as osxphotos takes it.
const RECIPE: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>adjustmentBaseVersion</key><integer>0</integer>
<key>adjustmentData</key><data></data>
<key>adjustmentEditorBundleID</key><string>com.apple.Photos</string>
<key>adjustmentFormatIdentifier</key><string>com.apple.photo</string>
<key>adjustmentFormatVersion</key><string>1.4</string>
</dict></plist>
"#;

fn render(path: &Path, id: &AssetId, role: ResourceRole, extension: &str, bytes: &[u8]) {
    let (directory, start) = place(path, id, role);
    write(&path.join(directory).join(format!("{start}{extension}")), bytes);
    // The data store's subtypes as in Test-Cloud-13.1: 2 a rendered still or video, 19 a rendered paired video.
    let (kind, recipe, store) = match role {
        RenderedPhoto => (0, 65_938, 2),
        RenderedVideo => (1, 131_072, 2),
        RenderedPairedVideo => (3, 131_272, 19),
        other => panic!("{other:?} is no render"),
    };
    execute(
        path,
        "INSERT INTO ZINTERNALRESOURCE (Z_OPT, ZASSET, ZRESOURCETYPE, ZVERSION, ZRECIPEID, ZDATASTORESUBTYPE, \
         ZDATALENGTH, ZFINGERPRINT, ZLOCALAVAILABILITY, ZREMOTEAVAILABILITY, ZCLOUDLOCALSTATE) \
         VALUES (1, ?1, ?2, 2, ?3, ?4, ?5, ?6, 1, 0, 0)",
        (pk(path, id), kind, recipe, store, bytes.len() as i64, Fingerprint::of(bytes).to_string()),
    );
}

/// Edited, but the library holds only the recipe: slow motion, or an edit that was never rendered.
pub fn edit_without_render(path: &Path, id: &AssetId) {
    set(path, id, "ZADJUSTMENTSSTATE = 2, ZADJUSTMENTTIMESTAMP = ZADDEDDATE + 60", &[]);
}

/// Takes an edit back: "Revert to Original".
pub fn revert(path: &Path, id: &AssetId) {
    set(path, id, "ZADJUSTMENTSSTATE = 0, ZADJUSTMENTTIMESTAMP = NULL", &[]);
    set_attributes(path, id, "ZADJUSTEDSTABLEHASH = NULL", &[]);
    execute(path, "DELETE FROM ZINTERNALRESOURCE WHERE ZASSET = ?1 AND ZVERSION = 2", [pk(path, id)]);
    starting_with(&renders(path, id), &id.0).iter().for_each(|file| remove(file));
}

/// Makes the assets frames of one burst. The mask is Photos' `ZAVALANCHEPICKTYPE`: 2 not selected, 4 default pick, 8
/// selected, 16 key photo.
pub fn burst(path: &Path, frames: &[(&AssetId, i64)]) {
    let (first, _) = frames.first().expect("a burst has frames");
    for (id, mask) in frames {
        // Photos shows unpicked frames only within their burst.
        let visibility = if mask & 2 != 0 { 2 } else { 0 };
        let values = "ZAVALANCHEUUID = ?2, ZAVALANCHEPICKTYPE = ?3, ZVISIBILITYSTATE = ?4";
        set(path, id, values, &[&&*rotated(first).0, mask, &visibility]);
    }
}

/// Moves an asset into the iCloud Shared Library.
pub fn shared_library(path: &Path, id: &AssetId) {
    let values = "ZLIBRARYSCOPE = 1, ZLIBRARYSCOPESHARESTATE = 1, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = 1";
    set(path, id, values, &[]);
}

/// Makes an asset an item of a shared album: no fingerprint, and its file lies elsewhere. A video is a smaller copy.
pub fn shared_album(path: &Path, id: &AssetId) {
    let (role, old) = (primary(path, id), text(path, id, "ZFILENAME"));
    let name = match role {
        Video => format!("{id}.medium.MP4"),
        _ => old.clone(),
    };
    let file = path.join("originals").join(text(path, id, "ZDIRECTORY")).join(&old);
    relocate(&file, &path.join("scopes/cloudsharing/data").join(SHARED_DIRECTORY).join(name));
    set(
        path,
        id,
        "ZSAVEDASSETTYPE = 4, ZBUNDLESCOPE = 2, ZCLOUDBATCHPUBLISHDATE = ZADDEDDATE, ZDIRECTORY = ?2",
        &[&SHARED_DIRECTORY],
    );
    set_attributes(path, id, "ZORIGINALSTABLEHASH = NULL", &[]);
    execute(path, "UPDATE ZINTERNALRESOURCE SET ZFINGERPRINT = NULL WHERE ZASSET = ?1", [pk(path, id)]);
}

/// Makes an asset a referenced one: its files move out of the library to this path, the other halves beside it.
pub fn reference(path: &Path, id: &AssetId, absolute_path: &Path) {
    assert!(absolute_path.is_absolute(), "a referenced file has an absolute path");
    for role in [primary(path, id), PairedVideo, AlternatePhoto] {
        for file in file_of(path, id, role) {
            let extension = file.extension().expect("an original has an extension");
            let target = match role {
                Photo | Video => absolute_path.to_owned(),
                _ => absolute_path.with_extension(extension.to_ascii_uppercase()),
            };
            relocate(&file, &target);
        }
    }
    let directory = absolute_path.parent().and_then(Path::to_str).expect("a directory");
    let name = absolute_path.file_name().and_then(|name| name.to_str()).expect("a name");
    set(path, id, "ZSAVEDASSETTYPE = 10, ZDIRECTORY = ?2, ZFILENAME = ?3", &[&directory, &name]);
}

/// Another time of adding, or an unknown one.
pub fn set_added(path: &Path, id: &AssetId, added: Option<Timestamp>) {
    let seconds = added.map(|at| (at.as_second() - EPOCH) as f64 + f64::from(at.subsec_nanosecond()) / 1e9);
    set(path, id, "ZADDEDDATE = ?2", &[&seconds]);
}

/// Another capture time in seconds of Photos' clock (since 2001), and another offset in seconds east of UTC. Whatever the
/// camera wrote is forgotten, so that nothing speaks against it.
pub fn set_captured(path: &Path, id: &AssetId, apple_seconds: Option<f64>, offset: Option<i64>) {
    set(path, id, "ZDATECREATED = ?2", &[&apple_seconds]);
    set_attributes(path, id, "ZTIMEZONEOFFSET = ?2, ZEXIFTIMESTAMPSTRING = NULL", &[&offset]);
}

/// The person changes the date in Photos by so many seconds; what the camera wrote stays.
pub fn retime(path: &Path, id: &AssetId, seconds: f64) {
    set(path, id, "ZDATECREATED = ZDATECREATED + ?2", &[&seconds]);
}

/// Another original name, however hostile.
pub fn rename_original(path: &Path, id: &AssetId, name: &str) {
    set_attributes(path, id, "ZORIGINALFILENAME = ?2", &[&name]);
}

/// Title, description, keywords, location and heart, in the place of what was there.
pub fn describe(path: &Path, id: &AssetId, details: &Details) {
    let place = details.location.map_or((-180.0, -180.0), |place| (place.latitude, place.longitude));
    let values = "ZFAVORITE = ?2, ZLATITUDE = ?3, ZLONGITUDE = ?4";
    set(path, id, values, &[&details.favorite, &place.0, &place.1]);
    set_attributes(path, id, "ZTITLE = ?2, ZASSETDESCRIPTION = NULL", &[&details.title]);
    let attributes = "(SELECT Z_PK FROM ZADDITIONALASSETATTRIBUTES WHERE ZASSET = ?1)";
    let asset = pk(path, id);
    execute(path, &format!("DELETE FROM ZASSETDESCRIPTION WHERE ZASSETATTRIBUTES = {attributes}"), [asset]);
    execute(path, &format!("DELETE FROM Z_1KEYWORDS WHERE Z_1ASSETATTRIBUTES = {attributes}"), [asset]);
    if let Some(description) = &details.description {
        let sql =
            format!("INSERT INTO ZASSETDESCRIPTION (ZASSETATTRIBUTES, ZLONGDESCRIPTION) VALUES ({attributes}, ?2)");
        execute(path, &sql, (asset, description));
        let back = "ZASSETDESCRIPTION = (SELECT Z_PK FROM ZASSETDESCRIPTION d WHERE \
                    d.ZASSETATTRIBUTES = ZADDITIONALASSETATTRIBUTES.Z_PK)";
        set_attributes(path, id, back, &[]);
    }
    for keyword in &details.keywords {
        let known =
            "INSERT INTO ZKEYWORD (ZTITLE) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM ZKEYWORD WHERE ZTITLE = ?1)";
        execute(path, known, [keyword]);
        let sql = format!(
            "INSERT INTO Z_1KEYWORDS (Z_1ASSETATTRIBUTES, Z_52KEYWORDS) \
             SELECT {attributes}, min(Z_PK) FROM ZKEYWORD WHERE ZTITLE = ?2"
        );
        execute(path, &sql, (asset, keyword));
    }
}

/// "Use RAW as Original": what is shown is the RAW, while name, size and fingerprint are still the JPEG's.
pub fn choose_raw(path: &Path, id: &AssetId) {
    set_attributes(path, id, "ZORIGINALRESOURCECHOICE = 1", &[]);
}

/// As a library that was rebuilt: the same photos under new ids.
pub fn rebuild(path: &Path, ids: &[AssetId]) -> Vec<AssetId> {
    let renamed = |id| {
        let new = rotated(id);
        rename(path, id, &new);
        new
    };
    ids.iter().map(renamed).collect()
}

/// Gives an asset another id.
pub fn rename(path: &Path, id: &AssetId, new: &AssetId) {
    for file in files_of(path, id) {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let parent = file.parent().and_then(Path::parent).expect("files lie in shards");
        relocate(&file, &parent.join(&new.0[..1]).join(name.replace(&*id.0, &new.0)));
    }
    let values = "ZUUID = ?2, ZDIRECTORY = ?3, ZFILENAME = replace(ZFILENAME, ZUUID, ?2)";
    set(path, id, values, &[&&*new.0, &&new.0[..1]]);
}

/// Another id, the same each time.
fn rotated(id: &AssetId) -> AssetId {
    let digits: String = id.0.chars().map(|c| if c == '-' { c } else { rotate(c) }).collect();
    AssetId(digits.into())
}

fn rotate(digit: char) -> char {
    let value = digit.to_digit(16).expect("a hexadecimal digit");
    char::from_digit((value + 7) % 16, 16).expect("below 16").to_ascii_uppercase()
}

fn database(path: &Path) -> Connection {
    let file = path.join("database/Photos.sqlite");
    assert!(file.is_file(), "there is a library at {}", path.display());
    Connection::open(file).expect("a database")
}

fn batch(path: &Path, statements: &str) {
    database(path).execute_batch(statements).expect("SQL");
}

fn execute(path: &Path, statement: &str, parameters: impl Params) -> usize {
    database(path).execute(statement, parameters).expect("SQL")
}

/// Sets columns of the asset's row. In `values` the parameters count from `?2`: the first one is the asset's.
fn set(path: &Path, id: &AssetId, values: &str, parameters: &[&dyn ToSql]) {
    update(path, id, &format!("UPDATE ZASSET SET {values} WHERE Z_PK = ?1"), parameters);
}

/// Sets columns of the asset's attributes, as [`set`].
fn set_attributes(path: &Path, id: &AssetId, values: &str, parameters: &[&dyn ToSql]) {
    update(path, id, &format!("UPDATE ZADDITIONALASSETATTRIBUTES SET {values} WHERE ZASSET = ?1"), parameters);
}

fn update(path: &Path, id: &AssetId, statement: &str, parameters: &[&dyn ToSql]) {
    let asset = pk(path, id);
    let all: Vec<&dyn ToSql> = std::iter::once(&asset as &dyn ToSql).chain(parameters.iter().copied()).collect();
    assert_eq!(execute(path, statement, &*all), 1, "{id} has one row");
}

/// Sets columns of the row of one file, which must be there, except of files that came along: those share a type.
fn set_resource(path: &Path, id: &AssetId, role: ResourceRole, values: &str) {
    let row = match role {
        Photo => "ZRESOURCETYPE = 0 AND ZVERSION = 0 AND ZRECIPEID = 0",
        Video => "ZRESOURCETYPE = 1 AND ZVERSION = 0 AND ZRECIPEID = 0",
        PairedVideo => "ZRESOURCETYPE = 3 AND ZVERSION = 0 AND ZRECIPEID = 0",
        AlternatePhoto => "ZRESOURCETYPE = 4 AND ZVERSION = 0 AND ZRECIPEID = 0",
        RenderedPhoto => "ZRESOURCETYPE = 0 AND ZVERSION = 2 AND ZRECIPEID = 65938",
        RenderedVideo => "ZRESOURCETYPE = 1 AND ZVERSION = 2 AND ZRECIPEID = 131072",
        RenderedPairedVideo => "ZRESOURCETYPE = 3 AND ZVERSION = 2 AND ZRECIPEID = 131272",
        ResourceRole::AdjustmentData | ResourceRole::Sidecar => return,
    };
    update(path, id, &format!("UPDATE ZINTERNALRESOURCE SET {values} WHERE ZASSET = ?1 AND {row}"), &[]);
}

fn pk(path: &Path, id: &AssetId) -> i64 {
    let found = database(path).query_row("SELECT Z_PK FROM ZASSET WHERE ZUUID = ?1", [&*id.0], |row| row.get(0));
    found.unwrap_or_else(|error| panic!("the library has no asset {id}: {error}"))
}

fn kind(path: &Path, id: &AssetId) -> MediaKind {
    let kind: i64 = database(path)
        .query_row("SELECT ZKIND FROM ZASSET WHERE Z_PK = ?1", [pk(path, id)], |row| row.get(0))
        .expect("a kind");
    if kind == 1 { MediaKind::Video } else { MediaKind::Photo }
}

fn primary(path: &Path, id: &AssetId) -> ResourceRole {
    match kind(path, id) {
        MediaKind::Photo => Photo,
        MediaKind::Video => Video,
    }
}

fn text(path: &Path, id: &AssetId, column: &str) -> String {
    let sql = format!("SELECT {column} FROM ZASSET WHERE Z_PK = ?1");
    database(path).query_row(&sql, [pk(path, id)], |row| row.get(0)).expect("a text")
}

fn originals(path: &Path, id: &AssetId) -> PathBuf {
    path.join("originals").join(&id.0[..1])
}

fn renders(path: &Path, id: &AssetId) -> PathBuf {
    path.join("resources/renders").join(&id.0[..1])
}

/// The directory of a file, and how its name begins.
fn place(path: &Path, id: &AssetId, role: ResourceRole) -> (PathBuf, String) {
    match role {
        Photo | Video => (originals(path, id), format!("{id}.")),
        PairedVideo => (originals(path, id), format!("{id}_3.")),
        AlternatePhoto => (originals(path, id), format!("{id}_4.")),
        ResourceRole::AdjustmentData => (originals(path, id), format!("{id}_5.aae")),
        ResourceRole::Sidecar => (originals(path, id), format!("{id}_5.xmp")),
        RenderedPhoto => (renders(path, id), format!("{id}_1_201_a.")),
        RenderedVideo => (renders(path, id), format!("{id}_2_0_a.")),
        RenderedPairedVideo => (renders(path, id), format!("{id}_2_100_a.")),
    }
}

/// The file with this role, if it is here.
fn file_of(path: &Path, id: &AssetId, role: ResourceRole) -> Vec<PathBuf> {
    let (directory, start) = place(path, id, role);
    starting_with(&directory, &start)
}

/// All files of an asset that are here.
fn files_of(path: &Path, id: &AssetId) -> Vec<PathBuf> {
    [originals(path, id), renders(path, id)].iter().flat_map(|shard| starting_with(shard, &id.0)).collect()
}

fn starting_with(directory: &Path, start: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let files = entries.map(|entry| entry.expect("an entry").path());
    files.filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))).collect()
}

fn remove(file: &Path) {
    fs::remove_file(file).expect("a file goes");
}

fn write(file: &Path, bytes: &[u8]) {
    fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
    fs::write(file, bytes).expect("a file");
}

/// Moves a file, also to another disk.
fn relocate(file: &Path, to: &Path) {
    write(to, &fs::read(file).expect("a file"));
    remove(file);
}
