//! Names are given to what has none, and nothing is ever replaced.

use photobridge_core::folder::place::part_name;
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::learn::{Habits, Way, Writers};
use photobridge_folders::webdav::naming::Placed;
use photobridge_testkit::cloud::{Manners, Trouble};

use crate::stage::{Stage, TAKEN, bytes};

/// Servers with a safe way, each with it.
fn stages() -> Vec<(Stage, Habits, Way)> {
    let stage = |manners| {
        let stage = Stage::new(manners);
        let habits = stage.habits();
        let way = habits.way(Writers::Several).expect("a safe one");
        stage.cloud.requests();
        (stage, habits, way)
    };
    vec![stage(Manners::NEXTCLOUD), stage(Manners::NGINX)]
}

#[test]
fn a_file_arrives_whole_dated_and_with_its_directories() {
    for (stage, habits, way) in stages() {
        let photo = bytes(300_000, 1);
        assert_eq!(stage.place(&habits, way, &photo, "2019/07/a b.jpg"), Ok(Placed::New));
        assert_eq!(stage.files(), [("2019/07/a b.jpg".to_owned(), photo.clone())]);
        if way == Way::PutIfNew {
            let (modified, claimed) = stage.cloud.said("Photos/2019/07/a b.jpg").expect("there");
            assert_eq!(modified, TAKEN);
            // What `sha1sum` says of it is what we claim.
            assert!(claimed.is_some_and(|claimed| claimed.len() == 45 && claimed.starts_with("SHA1:")));
        }
        let asked = stage.cloud.requests();
        let reads = asked.iter().filter(|asked| asked.starts_with("GET")).count();
        assert_eq!(reads, usize::from(way == Way::Move), "what the server computed need not be read back: {asked:?}");
        assert_eq!(stage.place(&habits, way, &photo, "2019/07/a b.jpg"), Ok(Placed::Adopted));
        assert_eq!(stage.place(&habits, way, &bytes(300_000, 2), "2019/07/b.jpg"), Ok(Placed::New));
        assert_eq!(stage.files().len(), 2);
    }
}

#[test]
fn what_has_a_name_keeps_it() {
    for (stage, habits, way) in stages() {
        stage.cloud.write("Photos/a.jpg", &bytes(1000, 1), TAKEN);
        stage.cloud.write("Photos/dir.jpg/b.jpg", b"b", TAKEN);
        let before = stage.files();
        for (target, other) in [("a.jpg", bytes(1000, 2)), ("a.jpg", bytes(999, 1)), ("dir.jpg", bytes(10, 1))] {
            assert_eq!(stage.place(&habits, way, &other, target), Err(Fault::Taken), "{target}");
        }
        let inside = stage.place(&habits, way, b"c", "a.jpg/c.jpg");
        assert_eq!(inside, Err(Fault::InTheWay("a.jpg".into())));
        assert_eq!(stage.files(), before);
    }
}

/// Nobody looks before: the server's own refusal is what keeps the file.
#[test]
fn the_refusal_of_a_server_keeps_what_has_the_name() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let habits = stage.habits();
    stage.cloud.write("Photos/a.jpg", &bytes(1000, 1), TAKEN);
    assert_eq!(stage.place(&habits, Way::PutIfNew, &bytes(1000, 2), "a.jpg"), Err(Fault::Taken));
    assert_eq!(stage.place(&habits, Way::PutIfNew, &bytes(1000, 1), "a.jpg"), Ok(Placed::Adopted), "the same bytes");
    assert_eq!(stage.files(), [("a.jpg".to_owned(), bytes(1000, 1))]);
}

#[test]
fn where_the_server_computes_what_arrived_a_photo_is_one_request() {
    let (stage, habits, way) = stages().remove(0);
    assert_eq!(stage.place(&habits, way, &bytes(1000, 1), "2019/a.jpg"), Ok(Placed::New));
    stage.cloud.requests();
    assert_eq!(stage.place(&habits, way, &bytes(1000, 2), "2019/b.jpg"), Ok(Placed::New));
    assert_eq!(stage.cloud.requests(), ["PUT /remote.php/dav/files/me/Photos/2019/b.jpg"]);
}

#[test]
fn an_answer_that_is_no_success_is_looked_behind() {
    for (stage, habits, way) in stages() {
        for status in [500, 502, 403, 423] {
            let photo = bytes(1000, status as u8);
            let name = format!("{status}.jpg");
            let last = if way == Way::Move { "MOVE" } else { "PUT" };
            stage.cloud.trouble(last, Trouble::StatusAfterwards(status));
            // A part has a name of ours; a file under its own may have been somebody's all the time, and is left to them.
            let placed = if way == Way::Move { Placed::New } else { Placed::Adopted };
            assert_eq!(stage.place(&habits, way, &photo, &name), Ok(placed), "{status}");
            stage.cloud.trouble("MKCOL", Trouble::StatusAfterwards(status));
            assert_eq!(stage.place(&habits, way, &photo, &format!("{status}/a.jpg")), Ok(Placed::New), "{status}");
        }
        assert_eq!(stage.files().len(), 8, "each once, and no parts");
    }
}

#[test]
fn what_does_not_go_leaves_nothing_and_says_why() {
    for (stage, habits, way) in stages() {
        for (status, word) in [
            (423, "locked"),
            (503, "down for maintenance"),
            (429, "pause"),
            (413, "so large"),
            (507, "no room"),
            (403, "not allow"),
        ] {
            stage.cloud.trouble("PUT", Trouble::Status(status));
            let fault = stage.place(&habits, way, b"a", "a.jpg").expect_err("it does not go");
            assert!(fault.to_string().contains(word), "{fault}");
            let is_room = matches!(fault, Fault::NoRoom(_));
            assert_eq!(is_room, status == 507, "{fault}");
            assert_eq!(stage.files(), []);
        }
        stage.cloud.room(Some(999));
        assert!(matches!(stage.place(&habits, way, &bytes(1000, 1), "a.jpg"), Err(Fault::NoRoom(_))));
        assert_eq!(stage.files(), []);
        stage.cloud.room(None);
        stage.cloud.trouble("PUT", Trouble::Page);
        assert!(matches!(stage.place(&habits, way, b"a", "a.jpg"), Err(Fault::Retry { .. } | Fault::Gone)));
        assert_eq!(stage.files(), []);
        assert_eq!(stage.place(&habits, way, b"a", "a.jpg"), Ok(Placed::New), "later it goes");
    }
}

#[test]
fn bytes_that_arrive_as_others_are_taken_back() {
    for (stage, habits, way) in stages() {
        stage.cloud.trouble("PUT", Trouble::Damaged);
        let fault = stage.place(&habits, way, &bytes(1000, 1), "a.jpg").expect_err("damaged");
        assert!(fault.to_string().contains("did not arrive"), "{fault}");
        assert_eq!(stage.files(), []);
    }
}

/// A server that does not heed `If-Match` would remove the file of whoever came between.
#[test]
fn what_arrives_damaged_stays_on_a_server_that_may_remove_another_file() {
    let (stage, habits, _) = stages().remove(0);
    let habits = Habits { proves: false, dates: false, ..habits };
    stage.cloud.trouble("PUT", Trouble::Damaged);
    let fault = stage.place(&habits, Way::PutIfNew, &bytes(1000, 1), "a.jpg").expect_err("damaged");
    assert!(fault.to_string().contains("a.jpg there is damaged. Remove it"), "{fault}");
    assert_eq!(stage.files().len(), 1);
    assert!(!stage.cloud.requests().iter().any(|request| request.starts_with("DELETE")));
}

/// What the journal calls `.part` has another name on the server, as Nextcloud takes none that ends so.
#[test]
fn parts_have_names_that_servers_take_and_only_they_are_removed() {
    let (stage, habits, way) = stages().pop().expect("nginx");
    let part = part_name();
    assert_eq!(stage.place_as(&part, &habits, way, b"a", "2024/a.jpg"), Ok(Placed::New));
    let on_the_server = part.replace(".part", ".tmp");
    let put = format!("PUT /remote.php/dav/files/me/Photos/2024/{on_the_server}");
    assert!(stage.cloud.requests().contains(&put));
    stage.cloud.write(&format!("Photos/2024/{on_the_server}"), b"half", TAKEN);
    let namer = photobridge_folders::webdav::naming::Namer::new(&stage.client, &habits, way, &stage.there);
    let directory = std::path::Path::new("2024");
    assert!(namer.discard(directory, "a.jpg").is_err());
    namer.discard(directory, &part).expect("ours");
    namer.discard(directory, &part).expect("gone already");
    assert_eq!(stage.files(), [("2024/a.jpg".to_owned(), b"a".to_vec())]);
}
