//! What Photos libraries can hold and none of the real ones here does, made by hand: originals only in iCloud, edits of
//! all kinds, a Shared Library, shared albums with files, bursts, RAW as original, offsets that are missing.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::asset::{Asset, LibraryScope, ResourceRole, Subtype, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::Library;
use photobridge_libraries::Bundle;
use photobridge_media::capture::Zone;
use tempfile::TempDir;

use ResourceRole::*;

/// A bundle of the standard samples; 0 a photo, 1 a Live Photo, 2 RAW and JPEG, 3 a video.
struct Made {
    directory: TempDir,
    path: PathBuf,
    ids: Vec<String>,
}

impl Made {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let library = directory.path().join("Library");
        let ids = support::standard_library(&library, &directory.path().join("folder"));
        let path = directory.path().join("Made.photoslibrary");
        support::copy_tree(&library, &path);
        Self { directory, path, ids: ids.iter().map(ToString::to_string).collect() }
    }

    /// Sets columns of the asset's row.
    fn set(&self, index: usize, values: &str) {
        support::sql(&self.path, &format!("UPDATE ZASSET SET {values} WHERE ZUUID = '{}'", self.ids[index]));
    }

    /// Adds a row of a resource.
    fn resource(&self, index: usize, kind: i64, version: i64, recipe: i64, bytes: &[u8], remote: bool) {
        let (fingerprint, length) = (Fingerprint::of(bytes), bytes.len());
        let sql = format!(
            "INSERT INTO ZINTERNALRESOURCE (ZASSET, ZRESOURCETYPE, ZVERSION, ZRECIPEID, ZDATALENGTH, ZFINGERPRINT, \
             ZREMOTEAVAILABILITY) SELECT Z_PK, {kind}, {version}, {recipe}, {length}, '{fingerprint}', {remote} \
             FROM ZASSET WHERE ZUUID = '{}'",
            self.ids[index]
        );
        support::sql(&self.path, &sql);
    }

    /// Puts a file in a directory of the library; `$U` in the name is the UUID.
    fn file(&self, index: usize, directory: &str, name: &str, bytes: &[u8]) {
        let directory = self.path.join(directory.replace("$1", &self.ids[index][..1]));
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join(name.replace("$U", &self.ids[index])), bytes).expect("a file");
    }

    fn open(&self) -> Bundle {
        Bundle::open(&self.path, self.directory.path().join("scratch")).expect("a library")
    }

    fn asset(&self, index: usize) -> Asset {
        let mut library = self.open();
        let snapshot = support::snapshot(&mut library);
        let found = snapshot.assets.into_iter().find(|asset| *asset.id.0 == *self.ids[index]).expect("the asset");
        assert_eq!(library.asset(&found.id).expect("a look").as_ref(), Some(&found));
        found
    }

    fn bytes(&self, asset: &Asset, role: ResourceRole) -> Vec<u8> {
        support::bytes(&mut self.open(), asset, role)
    }
}

fn roles(asset: &Asset) -> Vec<ResourceRole> {
    asset.resources.iter().map(|resource| resource.role).collect()
}

#[test]
fn an_absent_original_is_in_icloud_or_missing() {
    for (remote, whereabouts) in [(1, Whereabouts::Cloud), (0, Whereabouts::Missing)] {
        let made = Made::new();
        support::sql(&made.path, &format!("UPDATE ZINTERNALRESOURCE SET ZREMOTEAVAILABILITY = {remote}"));
        let here = made.asset(1);
        // The file decides: whatever the rows say, it is here.
        assert!(here.resources.iter().all(|file| file.whereabouts == Whereabouts::Here));
        fs::remove_file(made.path.join(&*here.resource(PairedVideo).expect("a video").locator)).expect("a file");
        let asset = made.asset(1);
        let video = asset.resource(PairedVideo).expect("a video");
        assert_eq!(video.whereabouts, whereabouts);
        assert_eq!(
            (video.size, video.fingerprint),
            (here.resource(PairedVideo).and_then(|file| file.size), Some(Fingerprint::of(&support::movie("half"))))
        );
        assert_eq!(asset.primary().map(|file| file.whereabouts), Some(Whereabouts::Here), "the still is here");
    }
}

#[test]
fn a_changed_original_has_a_stale_fingerprint() {
    let made = Made::new();
    let locator = made.asset(0).resources[0].locator.clone();
    fs::write(made.path.join(&*locator), b"rewritten by another program").expect("a file");
    let asset = made.asset(0);
    let original = asset.primary().expect("an original");
    assert_eq!((original.fingerprint, original.size), (None, Some(28)));
    assert_eq!(original.stale_fingerprint, Some(support::fingerprint(&support::samples()[0])));
}

#[test]
fn an_edited_photo_has_its_render_and_recipe() {
    let made = Made::new();
    made.file(0, "resources/renders/$1", "$U_1_201_a.heic", b"rendered");
    made.file(0, "resources/renders/$1", "$U.plist", b"recipe");
    made.resource(0, 0, 2, 65938, b"rendered", false);
    assert_eq!(roles(&made.asset(0)), [Photo], "a render that is left of an edit taken back is none");
    made.set(0, "ZADJUSTMENTSSTATE = 2");
    let asset = made.asset(0);
    assert!(asset.edited);
    assert_eq!(roles(&asset), [Photo, RenderedPhoto, AdjustmentData]);
    assert_eq!(asset.resource(RenderedPhoto).and_then(|file| file.fingerprint), Some(Fingerprint::of(b"rendered")));
    assert_eq!(made.bytes(&asset, RenderedPhoto), b"rendered");
    assert_eq!(made.bytes(&asset, AdjustmentData), b"recipe");
}

#[test]
fn an_edited_live_photo_has_both_halves_rendered() {
    let made = Made::new();
    made.set(1, "ZADJUSTMENTSSTATE = 2");
    made.file(1, "resources/renders/$1", "$U_1_201_a.jpeg", b"still");
    made.file(1, "resources/renders/$1", "$U_2_100_a.mov", b"movie");
    let asset = made.asset(1);
    assert_eq!(roles(&asset), [Photo, PairedVideo, AdjustmentData, RenderedPhoto, RenderedPairedVideo]);
    assert_eq!(made.bytes(&asset, RenderedPairedVideo), b"movie");
}

#[test]
fn an_edited_video_is_not_its_poster() {
    let made = Made::new();
    made.set(3, "ZADJUSTMENTSSTATE = 2");
    made.file(3, "resources/renders/$1", "$U_1_201_a.jpeg", b"poster");
    assert_eq!(roles(&made.asset(3)), [Video], "edited without a render: the original is taken");
    made.resource(3, 1, 2, 131_072, b"movie", true);
    let asset = made.asset(3);
    assert_eq!(asset.resource(RenderedVideo).map(|file| file.whereabouts), Some(Whereabouts::Cloud));
    made.file(3, "resources/renders/$1", "$U_2_0_a.mov", b"movie");
    let asset = made.asset(3);
    assert_eq!(roles(&asset), [Video, RenderedVideo]);
    assert_eq!(made.bytes(&asset, RenderedVideo), b"movie");
}

#[test]
fn smaller_copies_of_icloud_are_not_the_original() {
    let made = Made::new();
    support::sql(
        &made.path,
        "UPDATE ZADDITIONALASSETATTRIBUTES SET ZORIGINALSTABLEHASH = NULL, ZORIGINALFILESIZE = NULL",
    );
    support::sql(&made.path, "DELETE FROM ZINTERNALRESOURCE");
    made.resource(0, 0, 0, 65_741, b"smaller", true);
    made.resource(0, 0, 3, 65_747, b"thumbnail", false);
    assert_eq!(made.asset(0).primary().and_then(|file| file.fingerprint), None);
    let original = &support::samples()[0].parts[0].2;
    made.resource(0, 0, 0, 0, original, true);
    assert_eq!(made.asset(0).primary().and_then(|file| file.fingerprint), Some(Fingerprint::of(original)));
}

#[test]
fn a_raw_chosen_as_original_is_still_the_jpegs_other_half() {
    let made = Made::new();
    support::sql(&made.path, "UPDATE ZADDITIONALASSETATTRIBUTES SET ZORIGINALRESOURCECHOICE = 1");
    let asset = made.asset(2);
    assert_eq!(roles(&asset), [Photo, AlternatePhoto, Sidecar]);
    assert_eq!(&*asset.original_name, "DSC_0003.jpg");
    assert_eq!(made.bytes(&asset, Photo), support::jpeg("pair"));
    assert_eq!(made.bytes(&asset, AlternatePhoto), support::dng("pair"));
}

#[test]
fn shared_albums_keep_their_files_elsewhere() {
    for place in ["scopes/cloudsharing/data", "resources/cloudsharing/data"] {
        let made = Made::new();
        for index in [0, 3] {
            made.set(index, "ZSAVEDASSETTYPE = 4, ZDIRECTORY = '123/ABC'");
        }
        made.set(0, "ZFILENAME = 'shared.JPG'");
        assert_eq!(made.asset(0).primary().map(|file| file.whereabouts), Some(Whereabouts::Cloud));
        made.file(0, &format!("{place}/123/ABC"), "shared.JPG", b"shared");
        made.file(3, &format!("{place}/123/ABC"), "$U.medium.MP4", b"smaller movie");
        made.file(3, &format!("{place}/123/ABC"), "$U.poster.JPG", b"poster");
        let (photo, video) = (made.asset(0), made.asset(3));
        assert!(photo.standing.shared_album && video.standing.shared_album);
        assert_eq!(made.bytes(&photo, Photo), b"shared");
        assert_eq!(made.bytes(&video, Video), b"smaller movie");
    }
}

#[test]
fn a_live_photo_of_a_shared_album_has_both_halves() {
    let made = Made::new();
    made.set(1, "ZSAVEDASSETTYPE = 4, ZDIRECTORY = '123/ABC', ZFILENAME = 'shared.JPG'");
    made.file(1, "scopes/cloudsharing/data/123/ABC", "shared.JPG", b"shared");
    assert_eq!(made.asset(1).resource(PairedVideo).map(|file| file.whereabouts), Some(Whereabouts::Cloud));
    made.file(1, "scopes/cloudsharing/data/123/ABC", "shared.MOV", b"shared movie");
    let asset = made.asset(1);
    assert_eq!(roles(&asset), [Photo, PairedVideo]);
    assert_eq!(made.bytes(&asset, PairedVideo), b"shared movie");
}

#[test]
fn a_file_that_is_not_here_has_the_ending_of_its_type() {
    let made = Made::new();
    made.set(0, "ZADJUSTMENTSSTATE = 2");
    made.resource(0, 0, 2, 65_938, b"rendered", true);
    let locator = |index, role| made.asset(index).resource(role).map(|file| file.locator.to_string());
    for (compact, ending) in [("NULL", "jpeg"), ("3", "heic"), ("'3'", "heic"), ("99", "jpeg")] {
        support::sql(&made.path, &format!("UPDATE ZINTERNALRESOURCE SET ZCOMPACTUTI = {compact} WHERE ZVERSION = 2"));
        assert!(locator(0, RenderedPhoto).is_some_and(|path| path.ends_with(&format!("_1_201_a.{ending}"))));
    }
    let raw = made.asset(2).resource(AlternatePhoto).map(|file| file.locator.clone()).expect("a RAW");
    fs::remove_file(made.path.join(&*raw)).expect("a file");
    // Of a RAW of which nothing tells the kind none is made up.
    for (compact, ending) in [("NULL", "_4"), ("11", "_4.cr2"), ("'com.sony.arw-raw-image'", "_4.arw")] {
        support::sql(
            &made.path,
            &format!("UPDATE ZINTERNALRESOURCE SET ZCOMPACTUTI = {compact} WHERE ZRESOURCETYPE = 4"),
        );
        assert!(locator(2, AlternatePhoto).is_some_and(|path| path.ends_with(ending)));
    }
    made.set(2, "ZSAVEDASSETTYPE = 10, ZDIRECTORY = '/gone', ZFILENAME = 'DSC.JPG'");
    assert_eq!(locator(2, AlternatePhoto).as_deref(), Some("/gone/DSC.arw"));
    assert!(made.asset(2).resources.iter().all(|file| file.whereabouts == Whereabouts::Unreachable));
}

#[test]
fn shares_of_other_kinds_are_not_the_persons_own() {
    for share in ["ZBUNDLESCOPE = 3", "ZCOLLECTIONSHARE = 7"] {
        let made = Made::new();
        made.set(0, share);
        assert!(made.asset(0).standing.shared_album, "{share}");
        assert!(!made.asset(1).standing.shared_album);
    }
}

#[test]
fn the_shared_library_is_a_scope() {
    let made = Made::new();
    for (columns, scope) in [
        ("ZLIBRARYSCOPE = 1, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = 1", LibraryScope::Shared),
        ("ZLIBRARYSCOPE = 1, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = NULL", LibraryScope::Shared),
        ("ZLIBRARYSCOPE = NULL, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = 0", LibraryScope::Personal),
        ("ZLIBRARYSCOPE = NULL, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = NULL", LibraryScope::Personal),
        // Where the two disagree nobody can tell.
        ("ZLIBRARYSCOPE = 1, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = 0", LibraryScope::Unknown),
        ("ZLIBRARYSCOPE = NULL, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE = 1", LibraryScope::Unknown),
    ] {
        made.set(0, columns);
        assert_eq!(made.asset(0).standing.scope, scope, "{columns}");
    }
    assert_eq!(made.asset(1).standing.scope, LibraryScope::Personal);
    assert!(!made.asset(0).standing.shared_album);
}

#[test]
fn the_shared_albums_of_macos_26_have_their_photos() {
    let made = Made::new();
    // Two kinds of shares, as Test-26.1 numbers them; only one is an album.
    support::sql(
        &made.path,
        "ALTER TABLE ZSHARE ADD COLUMN ZTITLE VARCHAR; ALTER TABLE ZSHARE ADD COLUMN ZTRASHEDSTATE INTEGER;
         CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR);
         INSERT INTO Z_PRIMARYKEY (Z_ENT, Z_NAME) VALUES (67, 'CollectionShare'), (69, 'MomentShare');
         INSERT INTO ZSHARE (Z_PK, Z_ENT, ZUUID, ZTITLE, ZTRASHEDSTATE)
         VALUES (7, 67, 'SHARED-1', 'Family', 0), (8, 69, 'MOMENT', 'A moment', 0), (9, 67, 'GONE', 'Old', 1)",
    );
    made.set(0, "ZCOLLECTIONSHARE = 7");
    made.set(1, "ZCOLLECTIONSHARE = 9");
    let mut library = made.open();
    let snapshot = support::snapshot(&mut library);
    let shared: Vec<_> = snapshot.albums.iter().filter(|album| album.shared).map(|album| &*album.title).collect();
    assert_eq!(shared, ["Family"]);
    let at = snapshot.albums.iter().position(|album| album.title == "Family").expect("it is listed") as u32;
    let inside = snapshot.assets.iter().filter(|asset| asset.albums.contains(&at)).count();
    assert_eq!(inside, 1);
    assert!(made.asset(0).standing.shared_album && made.asset(0).albums.contains(&at));
}

#[test]
fn a_panorama_says_so_in_one_of_two_places() {
    let made = Made::new();
    support::sql(&made.path, "ALTER TABLE ZASSET ADD COLUMN ZCUSTOMRENDEREDVALUE INTEGER");
    for (columns, panorama) in [
        ("ZKINDSUBTYPE = 0, ZCUSTOMRENDEREDVALUE = 6", true),
        ("ZKINDSUBTYPE = 1, ZCUSTOMRENDEREDVALUE = NULL", true),
        ("ZKINDSUBTYPE = 0, ZCUSTOMRENDEREDVALUE = 3", false),
    ] {
        made.set(0, columns);
        assert_eq!(made.asset(0).subtype == Some(Subtype::Panorama), panorama, "{columns}");
    }
}

#[test]
fn the_pick_of_a_burst_is_a_mask() {
    let made = Made::new();
    for (mask, is_unpicked) in [(0, false), (2, true), (4, false), (8, false), (20, false), (6, true)] {
        made.set(0, &format!("ZAVALANCHEUUID = 'B', ZAVALANCHEPICKTYPE = {mask}"));
        let asset = made.asset(0);
        assert_eq!(asset.burst.as_deref(), Some("B"));
        assert_eq!(asset.standing.unpicked_burst_frame, is_unpicked, "{mask}");
    }
}

#[test]
fn a_missing_offset_is_inferred_or_unknown() {
    let made = Made::new();
    let attributes = |values: &str| {
        support::sql(&made.path, &format!("UPDATE ZADDITIONALASSETATTRIBUTES SET {values}"));
        made.asset(0).captured.expect("a time")
    };
    let tokyo = attributes("ZTIMEZONEOFFSET = 32400");
    let inferred = attributes("ZTIMEZONEOFFSET = NULL, ZINFERREDTIMEZONEOFFSET = 3600");
    assert_eq!(inferred.zone, Zone::Offset(3600));
    assert!(inferred.same_second(&tokyo));
    let unknown = attributes("ZINFERREDTIMEZONEOFFSET = NULL");
    assert_eq!(unknown.zone, Zone::Utc);
    assert!(unknown.same_second(&tokyo));
    assert_eq!(attributes("ZTIMEZONEOFFSET = 999999").zone, Zone::Utc, "an absurd one is none");
}

#[test]
fn icloud_feeds_a_library_that_has_its_photos() {
    for (values, is_fed) in
        [("ZSAVEDASSETTYPE = 6", true), ("ZCLOUDLOCALSTATE = 1", true), ("ZSAVEDASSETTYPE = 4", false)]
    {
        let made = Made::new();
        made.set(0, values);
        assert_eq!(made.open().properties().fed_by_icloud, is_fed, "{values}");
    }
}
