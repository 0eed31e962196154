//! Bytes of files: the ones that were listed, or none.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::progress::Cancel;
use photobridge_folders::webdav::download::download;
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::listing::look;
use photobridge_folders::webdav::reader::Reader;
use photobridge_testkit::cloud::{Manners, Trouble};

use crate::stage::{Stage, TAKEN, bytes};

const NO_PARTS: Manners = Manners { gives_parts: false, ..Manners::NEXTCLOUD };

#[test]
fn only_the_bytes_that_are_needed_are_fetched() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let movie = bytes(3_000_000, 1);
    stage.cloud.write("Photos/a.mov", &movie, TAKEN);
    let path = Path::new("a.mov");
    let facts = look(&stage.client, path).expect("it is there");
    let mut reader = Reader::new(stage.client.clone(), path.into(), facts).expect("a file");
    let mut some = [0; 1000];
    for from in [0, 500, 2_999_000, 1_500_000] {
        reader.seek(SeekFrom::Start(from)).expect("any place");
        reader.read_exact(&mut some).expect("readable");
        assert_eq!(some[..], movie[from as usize..][..1000]);
    }
    assert_eq!(reader.fetched, 64 * 1024 + 1000 + 64 * 1024);
    assert_eq!(reader.seek(SeekFrom::End(-1)).expect("any place"), 2_999_999);
    assert_eq!(reader.read(&mut some).expect("readable"), 1);
    assert_eq!(reader.read(&mut some).expect("readable"), 0);
}

/// A comparison reads all of a file: a movie of 130 MB in blocks would take two thousand requests.
#[test]
fn what_is_read_to_its_end_takes_a_few_requests() {
    for manners in [Manners::NEXTCLOUD, NO_PARTS] {
        let stage = Stage::new(manners);
        let movie = bytes(3_000_000, 1);
        stage.cloud.write("Photos/a.mov", &movie, TAKEN);
        let path = Path::new("a.mov");
        let facts = look(&stage.client, path).expect("it is there");
        let reader = || Reader::new(stage.client.clone(), path.into(), facts.clone()).expect("a file");
        let whole = |reader: &mut Reader| {
            let mut read = Vec::new();
            reader.read_to_end(&mut read).map(|_| read)
        };
        stage.cloud.requests();
        assert!(whole(&mut reader()).expect("readable") == movie);
        assert_eq!(stage.cloud.requests().len(), 3, "{manners:?}");
        if manners.gives_parts {
            // An answer that breaks off is gone on with. Without parts, the wire still carries what nobody wanted before.
            stage.wire.break_at(20);
            assert!(whole(&mut reader()).expect("asked again it is well") == movie);
            assert_eq!(stage.cloud.requests().len(), 4);
        }
        // Whoever leaves the row gets what lies there, and not what came next.
        let mut leaving = reader();
        let mut some = [0; 1000];
        for from in [0_u64, 65_536, 131_072, 196_608, 2_000_000, 262_144, 100] {
            leaving.seek(SeekFrom::Start(from)).expect("any place");
            leaving.read_exact(&mut some).expect("readable");
            assert_eq!(some[..], movie[from as usize..][..1000], "{manners:?}, byte {from}");
        }
        // Bytes of another state never join them.
        let mut changing = reader();
        changing.read_exact(&mut vec![0; 150_000]).expect("readable");
        stage.cloud.write("Photos/a.mov", &bytes(3_000_000, 2), TAKEN + 1);
        changing.seek(SeekFrom::Start(0)).expect("any place");
        let error = changing.read(&mut some).expect_err("another file");
        assert!(error.to_string().contains("changed"), "{error}");
    }
}

#[test]
fn a_server_without_parts_gives_beginnings_all_the_same() {
    let stage = Stage::new(NO_PARTS);
    let movie = bytes(6_000_000, 1);
    stage.cloud.write("Photos/a.mov", &movie, TAKEN);
    let path = Path::new("a.mov");
    let facts = look(&stage.client, path).expect("it is there");
    let mut reader = Reader::new(stage.client.clone(), path.into(), facts.clone()).expect("a file");
    let mut some = [0; 1000];
    reader.seek(SeekFrom::Start(70_000)).expect("any place");
    reader.read_exact(&mut some).expect("readable");
    assert_eq!(some[..], movie[70_000..][..1000]);
    reader.seek(SeekFrom::Start(5_999_000)).expect("any place");
    let refused = reader.read_exact(&mut some).expect_err("all of it for its end");
    assert!(refused.to_string().contains("cannot send a part"), "{refused}");
    let brought = download(&stage.client, path, &facts, stage.room.path(), &|_| {}, &Cancel::new()).expect("whole");
    assert_eq!(brought.fingerprint, Fingerprint::of(&movie));
}

#[test]
fn bytes_of_another_state_are_never_given_as_those_that_were_listed() {
    for manners in [Manners::NEXTCLOUD, Manners::APACHE, NO_PARTS] {
        let stage = Stage::new(manners);
        let path = Path::new("a.jpg");
        stage.cloud.write("Photos/a.jpg", &bytes(200_000, 1), TAKEN);
        let facts = look(&stage.client, path).expect("it is there");
        for (length, modified) in [(200_000, TAKEN + 1), (199_999, TAKEN), (200_001, TAKEN)] {
            stage.cloud.write("Photos/a.jpg", &bytes(length, 2), modified);
            let mut reader = Reader::new(stage.client.clone(), path.into(), facts.clone()).expect("a file");
            reader.seek(SeekFrom::Start(100_000)).expect("any place");
            let error = reader.read(&mut [0; 10]).expect_err("another file");
            assert!(error.to_string().contains("changed"), "{error}");
            let brought = download(&stage.client, path, &facts, stage.room.path(), &|_| {}, &Cancel::new());
            assert_eq!(brought, Err(Fault::Changed));
        }
        stage.cloud.trouble("GET", Trouble::Page);
        stage.cloud.write("Photos/a.jpg", &bytes(200_000, 1), TAKEN);
        let mut reader = Reader::new(stage.client.clone(), path.into(), facts.clone()).expect("a file");
        let mut some = [0; 10];
        reader.read_exact(&mut some).expect("asked again it is well");
        assert_eq!(some[..], bytes(10, 1));
        assert_eq!(std::fs::read_dir(stage.room.path()).expect("a directory").count(), 0, "nothing half is kept");
    }
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let movie = bytes(2_000_000, 1);
    stage.cloud.write("Photos/a.mov", &movie, TAKEN);
    let path = Path::new("a.mov");
    let facts = look(&stage.client, path).expect("it is there");
    let whole = || download(&stage.client, path, &facts, stage.room.path(), &|_| {}, &Cancel::new());
    stage.wire.break_at(20);
    let before = stage.wire.received();
    let brought = whole().expect("whole");
    assert_eq!(std::fs::read(&brought.path).expect("there"), movie);
    let again = stage.wire.received() - before - movie.len() as u64;
    assert!(again < 500_000, "{again} bytes came twice");
    // Killed in the middle, the next run goes on, too.
    let file = std::fs::File::options().write(true).open(&brought.path).expect("there");
    file.set_len(1_900_000).expect("shorter");
    let before = stage.wire.received();
    assert_eq!(whole().expect("whole"), brought);
    assert!(stage.wire.received() - before < 300_000, "only the rest comes");
}

/// Nextcloud gives content of equal length and date, which replaces another, the same ETag.
#[test]
fn halves_of_two_contents_under_one_mark_are_never_joined() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let path = Path::new("a.jpg");
    stage.cloud.write("Photos/a.jpg", &bytes(1_000_000, 1), TAKEN);
    let facts = look(&stage.client, path).expect("it is there");
    let whole = || download(&stage.client, path, &facts, stage.room.path(), &|_| {}, &Cancel::new());
    let brought = whole().expect("whole");
    let file = std::fs::File::options().write(true).open(&brought.path).expect("there");
    file.set_len(500_000).expect("shorter");
    stage.cloud.write("Photos/a.jpg", &bytes(1_000_000, 2), TAKEN);
    assert!(look(&stage.client, path).expect("it is there").is_same(&facts), "the server says that it is the same");
    let again = whole().expect("whole");
    assert_eq!(std::fs::read(again.path).expect("there"), bytes(1_000_000, 2));
}
