//! Real servers, which `scripts/check-webdav` starts: what is told by them is compared with what lies on their disk.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::part_name;
use photobridge_core::progress::Cancel;
use photobridge_folders::webdav::address::Address;
use photobridge_folders::webdav::client::{Access, Client};
use photobridge_folders::webdav::download::download;
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::learn::{self, Heed, Way, Writers};
use photobridge_folders::webdav::listing::{list, look};
use photobridge_folders::webdav::naming::{Cargo, Namer, Placed};
use photobridge_folders::webdav::reader::Reader;
use photobridge_folders::webdav::secret::Credentials;
use sha1::{Digest, Sha1};
use std::io::{Read, Seek, SeekFrom};

/// A server of this name: a client for its folder, and the directory where that lies.
fn server(name: &str) -> (Arc<Client>, PathBuf) {
    let told = std::env::var(format!("PHOTOBRIDGE_SERVER_{name}")).expect("scripts/check-webdav starts it");
    let (address, disk) = told.split_once(' ').expect("an address and a directory");
    let address = Address::read(address, false).expect("an address");
    let client = Client::new(&Access { address, credentials: Credentials::Nobody, authority: None });
    (Arc::new(client.expect("a client")), disk.into())
}

/// All files below a directory, by their paths.
fn files(disk: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![disk.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false => drop(
                    found.insert(path.strip_prefix(disk).expect("below").to_owned(), fs::read(&path).expect("a file")),
                ),
            }
        }
    }
    // Apache's own, about properties that nobody set.
    found.retain(|path, _| !path.iter().any(|name| name == ".DAV"));
    found
}

fn bytes(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at >> 8) as u8 ^ seed).collect()
}

fn goes_well(name: &str, put_if_new: Heed, several: Option<Way>) {
    let (client, disk) = server(name);
    let habits = learn::learn(&client, &learn::trial_name(), &Cancel::new()).expect("it is tried out");
    println!("{name}: {habits:?}");
    assert_eq!(files(&disk), BTreeMap::new(), "nothing is left of the trial");
    assert_eq!(habits.put_if_new, put_if_new);
    assert_eq!(habits.way(Writers::Several), several);
    reads(&client, &disk);
    if let Some(way) = habits.way(Writers::OnlyUs) {
        let there = Mutex::new(HashSet::new());
        writes(&Namer::new(&client, &habits, way, &there), &disk);
    }
}

fn reads(client: &Arc<Client>, disk: &Path) {
    let movie = bytes(1_500_000, 1);
    let names = ["a b+c;d&e'(f)=g,h@i!j$k~l.jpg", "100%.jpg", "é.jpg", "日本.heic", "a#b?c.jpg", "x.mov"];
    fs::create_dir_all(disk.join("in/07 ü")).expect("a directory");
    for name in names {
        fs::write(disk.join("in").join(name), &movie).expect("written");
    }
    let listed = list(client, Path::new("in")).expect("a listing");
    let told: HashSet<&str> = listed.entries.iter().map(|entry| &*entry.name).collect();
    assert_eq!(told, names.into_iter().chain(["07 ü"]).collect());
    for entry in listed.entries.iter().filter(|entry| !entry.facts.is_directory) {
        let path = Path::new("in").join(&entry.name);
        assert_eq!(entry.facts.size, Some(1_500_000));
        assert!(look(client, &path).expect("there").is_same(&entry.facts), "{path:?}");
        let mut reader = Reader::new(client.clone(), path.clone(), entry.facts.clone()).expect("a file");
        let mut end = [0; 100];
        reader.seek(SeekFrom::End(-100)).expect("any place");
        reader.read_exact(&mut end).expect("readable");
        assert_eq!(end[..], movie[1_499_900..]);
        let spool = tempfile::tempdir().expect("a directory");
        let whole = |facts| download(client, &path, facts, spool.path(), &|_| {}, &Cancel::new());
        assert_eq!(whole(&entry.facts).expect("whole").fingerprint, Fingerprint::of(&movie));
        fs::write(disk.join(&path), bytes(1_500_001, 2)).expect("written");
        assert_eq!(whole(&entry.facts), Err(Fault::Changed), "{path:?}");
    }
    assert_eq!(look(client, Path::new("in/none.jpg")), Err(Fault::Gone));
    assert_eq!(list(client, Path::new("none")), Err(Fault::Gone));
    assert!(look(client, Path::new("in/07 ü")).expect("there").is_directory);
    fs::remove_dir_all(disk.join("in")).expect("ours");
}

fn writes(namer: &Namer<'_>, disk: &Path) {
    let room = tempfile::tempdir().expect("a directory");
    let place = |bytes: &[u8], target: &str| {
        let file = room.path().join("cargo");
        fs::write(&file, bytes).expect("written");
        let sha1 = Some(Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect());
        let (size, fingerprint) = (bytes.len() as u64, Fingerprint::of(bytes));
        let cargo =
            Cargo { file: &file, size, fingerprint, sha1, taken: jiff::Timestamp::from_second(1_562_243_415).ok() };
        namer.place(&cargo, &part_name(), Path::new(target)).map(|(placed, _)| placed)
    };
    let mut expected = BTreeMap::new();
    for (seed, name) in
        ["out/2024/07 ü/a b+c;d&e'(f).jpg", "out/2024/100%.jpg", "out/é.jpg", "out/a#b?c.jpg"].into_iter().enumerate()
    {
        let photo = bytes(700_000, seed as u8);
        assert_eq!(place(&photo, name), Ok(Placed::New), "{name}");
        assert_eq!(place(&photo, name), Ok(Placed::Adopted), "{name}");
        assert_eq!(place(&bytes(700_000, 99), name), Err(Fault::Taken), "{name}");
        assert_eq!(place(&bytes(10, 99), name), Err(Fault::Taken), "{name}");
        expected.insert(PathBuf::from(name), photo);
    }
    assert_eq!(place(b"x", "out/2024"), Err(Fault::Taken));
    // Several at once into directories that are not there.
    std::thread::scope(|scope| {
        for number in 0..4_u8 {
            let room = room.path();
            scope.spawn(move || {
                let file = room.join(number.to_string());
                let photo = bytes(100_000, 10 + number);
                fs::write(&file, &photo).expect("written");
                let sha1 = None;
                let cargo =
                    Cargo { file: &file, size: 100_000, fingerprint: Fingerprint::of(&photo), sha1, taken: None };
                let target = format!("out/new/deep/{number}.jpg");
                let placed = namer.place(&cargo, &part_name(), Path::new(&target)).map(|(placed, _)| placed);
                assert_eq!(placed, Ok(Placed::New), "{target}");
            });
        }
    });
    expected.extend((0..4_u8).map(|number| (format!("out/new/deep/{number}.jpg").into(), bytes(100_000, 10 + number))));
    assert!(files(disk) == expected, "{:?}", files(disk).keys());
    fs::remove_dir_all(disk.join("out")).expect("ours");
}

#[test]
#[ignore = "needs the servers of scripts/check-webdav"]
fn rclone() {
    goes_well("RCLONE", Heed::None, None);
}

#[test]
#[ignore = "needs the servers of scripts/check-webdav"]
fn apache() {
    goes_well("APACHE", Heed::Alone, None);
}

#[test]
#[ignore = "needs the servers of scripts/check-webdav"]
fn lighttpd() {
    goes_well("LIGHTTPD", Heed::Always, Some(Way::PutIfNew));
}

#[test]
#[ignore = "needs the servers of scripts/check-webdav"]
fn nginx() {
    goes_well("NGINX", Heed::None, Some(Way::Move));
}
