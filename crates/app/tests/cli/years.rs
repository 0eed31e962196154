//! What happens to a household in decades: folders are taken out of the settings, copied, widened; disks take turns; memories
//! are lost. Nothing is doubled, nothing comes back from the dead, and what cannot be known is asked.

use std::path::{Path, PathBuf};
use std::{fs, os::unix::fs::symlink};

use photobridge_core::fingerprint::Fingerprint;
use photobridge_testkit::alter;

use crate::folders::{bytes_in, config, copy, photos, sync_of};
use crate::run;
use crate::support::{Household, jpeg, shot, text as text_of};

fn name(number: u64) -> String {
    format!("IMG_{number}.JPG")
}

/// These photos come into the library by themselves.
fn cloud(home: &Household, numbers: impl IntoIterator<Item = u64>) {
    let files: Vec<(String, Vec<u8>)> = numbers.into_iter().map(|number| (name(number), jpeg(number))).collect();
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    home.fill_library(&files);
}

fn put_into(directory: &Path, numbers: impl IntoIterator<Item = u64>) {
    fs::create_dir_all(directory).expect("a directory");
    for number in numbers {
        fs::write(directory.join(name(number)), jpeg(number)).expect("written");
    }
}

fn delete(root: &Path, number: u64) {
    let wanted = photos([number])[0];
    let (path, _) =
        crate::support::tree(root).into_iter().find(|(_, (bytes, _))| *bytes == wanted).expect("it is there");
    fs::remove_file(root.join(path)).expect("deleted");
}

fn sync(home: &Household, more: &[&str], exit: i32) -> String {
    let output = run(&mut home.command(&[&["sync"], more].concat()));
    assert_eq!(output.status.code(), Some(exit), "{}", text_of(&output));
    text_of(&output)
}

/// A household of two folders, of which the first one gets the exports.
fn two_folders() -> (Household, PathBuf) {
    let home = Household::new();
    let other = home.root().join("other");
    fs::create_dir(&other).expect("a directory");
    home.set_up("bidirectional");
    config(&home, &["export.range", "full-library"]);
    config(&home, &["folder", "other"]);
    (home, other)
}

#[test]
fn what_lay_in_a_folder_that_is_taken_out_goes_to_no_other_whichever_side_it_came_from() {
    let (home, other) = two_folders();
    // Into the library by the folder and by iCloud, as out of it: 1 came from the folder, 2 was on both sides, 3 went out.
    put_into(&other, [1, 2]);
    cloud(&home, [2, 3]);
    sync(&home, &[], 0);
    assert_eq!((bytes_in(&home.folder()), bytes_in(&other)), (photos([3]), photos([1, 2])));
    config(&home, &["folder", "other", "--remove"]);
    let said = sync(&home, &["--unattended"], 0);
    assert!(said.contains("1  It is, or was, in a folder") && said.contains("decide take-in --reason"), "{said}");
    assert_eq!(bytes_in(&home.folder()), photos([3]));
    // A person has what they want there.
    let taken = run(&mut home.command(&["decide", "take-in", "--reason", "in another folder"]));
    assert!(text_of(&taken).starts_with("1 photo"), "{}", text_of(&taken));
    sync(&home, &["--unattended"], 0);
    assert_eq!(bytes_in(&home.folder()), photos([2, 3]));
}

#[test]
fn exports_do_not_flood_another_folder_once_theirs_is_taken_out() {
    let (home, other) = two_folders();
    cloud(&home, 1..6);
    sync(&home, &[], 0);
    cloud(&home, [6]);
    sync(&home, &[], 0);
    assert!(run(&mut home.command(&["undo", "2"])).status.success());
    delete(&home.folder(), 1);
    sync(&home, &[], 0);
    let folder = home.folder();
    let removed = run(home.command(&["config", "folder"]).arg(&folder).arg("--remove"));
    assert!(
        text_of(&removed).contains("exports go to") && text_of(&removed).contains("from now on"),
        "{}",
        text_of(&removed)
    );
    cloud(&home, [7]);
    sync(&home, &["--unattended"], 0);
    assert_eq!(bytes_in(&other), photos([7]), "what is new goes there, and nothing a second time");
    config(&home, &["folder", &folder.to_string_lossy()]);
    sync(&home, &[], 0);
    assert_eq!((bytes_in(&folder), bytes_in(&other)), (photos(2..6), photos([7])));
}

/// A folder with five exports, of which a person deleted the first.
fn exported_to(home: &Household, folder: &Path) {
    cloud(home, 1..6);
    fs::create_dir_all(folder).expect("a directory");
    sync_of(home, folder, &[], 0);
    delete(folder, 1);
    sync_of(home, folder, &[], 0);
}

#[test]
fn a_copy_of_a_folder_that_is_still_there_is_asked_about() {
    let home = Household::new();
    exported_to(&home, &home.folder());
    let (disk, folder) = (home.root().join("disk"), home.folder().to_string_lossy().into_owned());
    copy(&home.folder(), &disk, |_| true);
    for more in [&[][..], &["--unattended"]] {
        let said = sync_of(&home, &disk, more, 5);
        assert!(said.contains("4 of the 4 photos of the folder") && said.contains("--same-as"), "{said}");
    }
    sync_of(&home, &disk, &["--same-as", &folder], 0);
    sync_of(&home, &disk, &["--unattended"], 0);
    assert_eq!((bytes_in(&disk), bytes_in(&home.folder())), (photos(2..6), photos(2..6)), "deleted stays deleted");
}

#[test]
fn half_a_copy_gets_nothing_that_the_rest_of_it_will_bring() {
    let home = Household::new();
    put_into(&home.folder(), 1..7);
    cloud(&home, 1..7);
    sync_of(&home, &home.folder(), &[], 0);
    let disk = home.root().join("disk");
    copy(&home.folder(), &disk, |path| path.ends_with("IMG_1.JPG") || path.ends_with("IMG_2.JPG"));
    let said = sync_of(&home, &disk, &[], 0);
    assert!(said.contains("4  It is, or was, in a folder"), "{said}");
    copy(&home.folder(), &disk, |_| true);
    sync_of(&home, &disk, &[], 0);
    assert_eq!(bytes_in(&disk), photos(1..7));
}

#[test]
fn a_folder_around_a_known_one_is_asked_about_and_gets_its_memory() {
    let home = Household::new();
    let inner = home.folder().join("in it");
    exported_to(&home, &inner);
    let said = sync_of(&home, &home.folder(), &[], 5);
    assert!(said.contains("contains the folder"), "{said}");
    sync_of(&home, &home.folder(), &["--same-as", &inner.to_string_lossy()], 0);
    let said = sync_of(&home, &home.folder(), &["--unattended"], 0);
    assert!(said.contains("1  It was in the folder, but is no longer there"), "{said}");
    assert_eq!(bytes_in(&home.folder()), photos(2..6));
}

#[test]
fn a_folder_within_a_known_one_is_asked_about_and_gets_nothing_a_second_time() {
    let home = Household::new();
    let camera = home.folder().join("Camera");
    put_into(&camera, [7]);
    exported_to(&home, &home.folder());
    let said = sync_of(&home, &camera, &["--unattended"], 5);
    assert!(said.contains("is inside the folder"), "{said}");
    sync_of(&home, &camera, &["--same-as", &home.folder().to_string_lossy()], 0);
    let said = sync_of(&home, &camera, &["--unattended"], 0);
    assert!(said.contains("5  It is, or was, in a folder"), "{said}");
    assert_eq!((bytes_in(&camera), bytes_in(&home.folder())), (photos([7]), photos([2, 3, 4, 5, 7])));
}

#[test]
fn nothing_of_a_source_is_deleted_while_its_disk_is_away() {
    let (home, other) = two_folders();
    put_into(&home.folder(), [1]);
    put_into(&other, 2..6);
    sync(&home, &[], 0);
    let disk = home.root().join("disk");
    fs::rename(&other, &disk).expect("the disk is away");
    fs::create_dir(&other).expect("its mount point");
    for _ in 0..2 {
        let said = sync(&home, &[], 0);
        assert!(!said.contains("deleted in the folder"), "{said}");
        assert_eq!(bytes_in(&home.folder()), photos([1]));
    }
    fs::remove_dir(&other).expect("empty");
    fs::rename(&disk, &other).expect("the disk is back");
    let said = sync(&home, &["--unattended"], 0);
    assert!(!said.contains("is another directory"), "{said}");
    assert_eq!((bytes_in(&home.folder()), bytes_in(&other), home.stored().len()), (photos([1]), photos(2..6), 5));
}

fn lose_the_ledger(home: &Household) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(home.data().join(format!("ledger.sqlite{suffix}")));
    }
}

#[test]
fn after_a_lost_ledger_nothing_that_came_from_the_folder_goes_out_before_it_has_arrived_there_again() {
    let home = Household::new();
    home.set_up("bidirectional");
    config(&home, &["export.range", "full-library"]);
    put_into(&home.folder(), 1..6);
    sync(&home, &[], 0);
    let server = home.root().join("server");
    copy(&home.folder(), &server, |_| true);
    [3, 4, 5].into_iter().for_each(|number| delete(&home.folder(), number));
    lose_the_ledger(&home);
    for _ in 0..2 {
        sync(&home, &[], 0);
        assert_eq!(bytes_in(&home.folder()), photos([1, 2]), "the rest is still to be downloaded");
    }
    cloud(&home, [9]);
    sync(&home, &[], 0);
    copy(&server, &home.folder(), |_| true);
    sync(&home, &[], 0);
    assert_eq!((bytes_in(&home.folder()), home.stored().len()), (photos([1, 2, 3, 4, 5, 9]), 6));
}

#[test]
fn a_sync_that_only_imports_does_not_answer_which_folder_it_is() {
    let home = Household::new();
    put_into(&home.folder(), 1..9);
    cloud(&home, 1..9);
    sync_of(&home, &home.folder(), &[], 0);
    let (disk, rest) = (home.root().join("disk"), home.root().join("rest"));
    fs::rename(home.folder(), &rest).expect("the folder is away");
    put_into(&disk, 1..4);
    let mut import = home.command(&["sync", "--mode", "import", "--settle", "0"]);
    let output = run(import.arg("--folder").arg(&disk).arg("--library").arg(home.library_path()));
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
    sync_of(&home, &disk, &[], 0);
    copy(&rest, &disk, |_| true);
    sync_of(&home, &disk, &[], 0);
    assert_eq!(bytes_in(&disk), photos(1..9));
}

#[test]
fn what_went_to_one_of_two_disks_was_not_deleted_on_the_other() {
    let home = Household::new();
    let (folder, one, two) = (home.folder(), home.root().join("disk one"), home.root().join("disk two"));
    cloud(&home, 1..6);
    sync_of(&home, &folder, &[], 0);
    copy(&folder, &two, |_| true);
    cloud(&home, [6, 7]);
    sync_of(&home, &folder, &[], 0);
    fs::rename(&folder, &one).expect("disk one is away");
    fs::rename(&two, &folder).expect("disk two is there");
    for more in [&[][..], &["--unattended"]] {
        let said = sync_of(&home, &folder, more, 4);
        assert!(said.contains("2 of its 7 photos") && said.contains("--new-folder"), "{said}");
    }
    sync_of(&home, &folder, &["--new-folder"], 0);
    cloud(&home, [8]);
    sync_of(&home, &folder, &["--unattended"], 0);
    assert_eq!(bytes_in(&folder), photos(1..9));
    fs::rename(&folder, &two).expect("disk two is away");
    fs::rename(&one, &folder).expect("disk one is there");
    sync_of(&home, &folder, &["--unattended"], 0);
    assert_eq!((bytes_in(&folder), bytes_in(&two)), (photos(1..9), photos(1..9)));
}

#[test]
fn a_library_that_calls_itself_otherwise_is_the_one_of_which_it_has_most() {
    let home = Household::new();
    put_into(&home.folder(), 1..6);
    home.report(&["sync"], 0);
    let library = home.library_path();
    alter::delete(&library, &alter::id_of(&library, &name(1)));
    home.report(&["sync"], 0);
    home.in_library("update Z_METADATA set Z_UUID = '0F4C2A0E-1111-4222-8333-444455556666'");
    let said = text_of(&run(&mut home.run_command(&["sync"])));
    assert!(said.contains("it continues as that library") && said.contains("1  It was in the library, but"), "{said}");
    home.report(&["sync", "--unattended"], 0);
    assert_eq!(home.names().len(), 4, "deleted stays deleted");

    // Of another one nothing is known, and that is said.
    fs::remove_dir_all(&library).expect("gone");
    cloud(&home, [9]);
    let said = text_of(&run(&mut home.run_command(&["sync"])));
    assert!(said.contains("is not the library that was synced there before: it has 0 of the 4 photos"), "{said}");
    assert_eq!(home.names().len(), 6);
}

#[test]
fn a_folder_that_is_named_by_a_link_is_wherever_that_leads() {
    let home = Household::new();
    home.set_up("bidirectional");
    let (link, disk) = (home.root().join("link"), home.root().join("disk"));
    fs::create_dir(&disk).expect("a directory");
    symlink(&disk, &link).expect("a link");
    config(&home, &["folder", "link"]);
    let named = text_of(&run(&mut home.command(&["config", "folder"])));
    assert_eq!(named.lines().last(), Some(&*link.to_string_lossy()), "{named}");
    let again = run(&mut home.command(&["config", "folder", "disk"]));
    assert_eq!(again.status.code(), Some(2), "by whichever path: {}", text_of(&again));
    config(&home, &["folder", "link", "--remove"]);
}

/// A RAW that lay on a card that is gone for good was not deleted in the folder that has its JPEG.
#[test]
fn a_raw_of_a_card_that_is_gone_goes_beside_the_jpeg_that_never_had_it() {
    let (home, card) = two_folders();
    let raw = || shot(1).dng(64, 48);
    put_into(&card, [1]);
    fs::write(card.join("IMG_1.DNG"), raw()).expect("written");
    put_into(&home.folder(), [1]);
    sync(&home, &[], 0);
    fs::remove_dir_all(&card).expect("its disk died");
    config(&home, &["folder", "other", "--remove"]);
    sync(&home, &[], 0);
    assert_eq!(bytes_in(&home.folder()), photos([1]), "it may come back");
    config(&home, &["folder", "other", "--gone"]);
    for _ in 0..2 {
        let said = sync(&home, &["-v"], 0);
        assert!(!said.contains("deleted in the folder"), "{said}");
        let mut both = vec![Fingerprint::of(&jpeg(1)), Fingerprint::of(&raw())];
        both.sort();
        assert_eq!(bytes_in(&home.folder()), both, "{said}");
    }
    // What is deleted there from now on stays deleted.
    let (path, _) = crate::support::tree(&home.folder())
        .into_iter()
        .find(|(_, (bytes, _))| *bytes == Fingerprint::of(&raw()))
        .expect("it is there");
    fs::remove_file(home.folder().join(path)).expect("deleted");
    sync(&home, &[], 0);
    assert_eq!(bytes_in(&home.folder()), photos([1]));
}

/// A household whose folder is a link to a disk: one photo came from there, four went out to it.
fn by_a_link() -> (Household, PathBuf) {
    let home = Household::new();
    let disk = home.root().join("disk");
    home.set_up("bidirectional");
    config(&home, &["export.range", "full-library"]);
    fs::rename(home.folder(), &disk).expect("the disk");
    symlink(&disk, home.folder()).expect("a link");
    put_into(&disk, [1]);
    cloud(&home, 2..6);
    sync(&home, &[], 0);
    delete(&disk, 2);
    sync(&home, &[], 0);
    assert_eq!(bytes_in(&disk), photos([1, 3, 4, 5]));
    (home, disk)
}

/// Another disk, with a copy of one of the photos that went out.
fn part_of(home: &Household, disk: &Path) -> PathBuf {
    let other = home.root().join("other disk");
    copy(disk, &other, |path| path.ends_with(name(3)));
    other
}

fn lead(home: &Household, to: &Path) {
    fs::remove_file(home.folder()).expect("the old link");
    symlink(to, home.folder()).expect("a link");
}

/// The ledger as one of before format 20 is once it was opened: it knew nothing of links.
fn knows_no_links(home: &Household) {
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("it opens");
    assert_eq!(ledger.execute("update folder set name = null", []).expect("SQL"), 1);
}

#[test]
fn nothing_goes_where_a_link_leads_that_led_to_another_folder() {
    for is_old in [false, true] {
        let (home, disk) = by_a_link();
        if is_old {
            knows_no_links(&home);
            let said = sync(&home, &["--unattended"], 0);
            assert_eq!((bytes_in(&disk), home.stored().len()), (photos([1, 3, 4, 5]), 5), "nothing is lost: {said}");
        }
        let mount = home.root().join("mount");
        fs::create_dir(&mount).expect("a mount point");
        cloud(&home, [9]);
        lead(&home, &mount);
        let link = home.folder().to_string_lossy().into_owned();
        for more in [&[][..], &["--unattended"], &["--full-library"]] {
            let said = sync(&home, more, 4);
            assert!(said.contains(&format!("{link} is another directory")) && said.contains("none of its 4"), "{said}");
        }
        let doctor = text_of(&run(&mut home.command(&["doctor"])));
        assert!(doctor.contains(&format!("{link} is another directory")), "{doctor}");
        assert_eq!((bytes_in(&mount), bytes_in(&disk)), (vec![], photos([1, 3, 4, 5])));
        lead(&home, &disk);
        sync(&home, &["--unattended"], 0);
        assert_eq!((bytes_in(&mount), bytes_in(&disk)), (vec![], photos([1, 3, 4, 5, 9])));
    }
}

#[test]
fn a_person_says_what_a_link_leads_to_now() {
    let (home, disk) = by_a_link();
    let other = part_of(&home, &disk);
    cloud(&home, [9]);
    lead(&home, &other);
    let said = sync(&home, &[], 4);
    assert!(said.contains("2 of its 3 photos"), "what went out lacks: {said}");
    // A run may name the place itself between: the link stays known.
    lead(&home, &disk);
    sync_of(&home, &disk, &["--unattended"], 0);
    lead(&home, &other);
    sync(&home, &[], 4);
    sync(&home, &["--new-folder"], 0);
    let all = photos([2, 3, 4, 5, 9]);
    assert_eq!(
        (bytes_in(&other), bytes_in(&disk)),
        (all.clone(), photos([1, 3, 4, 5, 9])),
        "but what came from the disk"
    );
    lead(&home, &disk);
    sync(&home, &["--unattended"], 0);
    assert_eq!((bytes_in(&other), bytes_in(&disk)), (all, photos([1, 3, 4, 5, 9])), "each remembers its own");

    let (home, disk) = by_a_link();
    let other = part_of(&home, &disk);
    cloud(&home, [9]);
    lead(&home, &other);
    let link = home.folder().to_string_lossy().into_owned();
    sync(&home, &["--same-as", &link], 0);
    sync(&home, &["--unattended"], 0);
    assert_eq!((bytes_in(&other), bytes_in(&disk)), (photos([3, 9]), photos([1, 3, 4, 5])), "the rest was deleted");
}
