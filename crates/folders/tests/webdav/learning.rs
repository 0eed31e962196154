//! How a server can be written to is seen, not believed.

use photobridge_core::progress::Cancel;
use photobridge_folders::webdav::learn::{self, Heed, Way, Writers};
use photobridge_testkit::cloud::Manners;

use crate::stage::{Stage, TAKEN};

#[test]
fn each_server_is_written_to_in_the_way_that_it_heeds() {
    let dirty = Manners { keeps_halves: true, ..Manners::LIGHTTPD };
    // Raced at length by nobody, or another one behind a proxy of that name.
    let unknown = Manners { said: ("Thing/1.0", "1,3"), ..Manners::LIGHTTPD };
    let behind_nginx = Manners { said: ("nginx/1.22.1", "1,2"), ..Manners::NGINX };
    for (manners, put, halves, several, only_us) in [
        (Manners::NEXTCLOUD, Heed::Always, false, Some(Way::PutIfNew), Some(Way::PutIfNew)),
        (Manners::LIGHTTPD, Heed::Always, false, Some(Way::PutIfNew), Some(Way::PutIfNew)),
        (dirty, Heed::Always, true, Some(Way::Move), Some(Way::Move)),
        (Manners::NGINX, Heed::None, false, Some(Way::Move), Some(Way::Move)),
        (Manners::APACHE, Heed::Alone, false, None, Some(Way::PutIfNew)),
        (unknown, Heed::Alone, false, None, Some(Way::PutIfNew)),
        (behind_nginx, Heed::None, false, None, Some(Way::Move)),
        (Manners::NONE, Heed::None, true, None, None),
    ] {
        let stage = Stage::new(manners);
        stage.cloud.write("Photos/a.jpg", b"old", TAKEN);
        let habits = stage.habits();
        assert_eq!((habits.put_if_new, habits.keeps_halves), (put, halves), "{manners:?}");
        assert_eq!(habits.way(Writers::Several), several, "{manners:?}");
        assert_eq!(habits.way(Writers::OnlyUs), only_us, "{manners:?}");
        assert_eq!((habits.proves, habits.dates), (manners.is_nextcloud, manners.is_nextcloud));
        assert_eq!(stage.files(), [("a.jpg".to_owned(), b"old".to_vec())], "{manners:?}: nothing is left");
        assert_eq!(stage.cloud.directories(), ["", "Photos"], "{manners:?}: nothing is left");
    }
}

/// Two who ask at the same time both win: that is seen also of a server whose kind is known to be safe.
#[test]
fn a_known_name_does_not_outweigh_what_is_seen() {
    let stage = Stage::new(Manners { is_atomic: false, ..Manners::NGINX });
    let habits = stage.habits();
    assert_eq!((habits.moves, habits.way(Writers::Several)), (Heed::Alone, None));
}

#[test]
fn what_a_killed_trial_left_is_swept_and_nothing_else() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let name = learn::trial_name();
    stage.cloud.write(&format!("Photos/{name}/first"), b"x", TAKEN);
    stage.cloud.write("Photos/2024/a.jpg", b"a", TAKEN);
    learn::sweep(&stage.client, &name).expect("swept");
    learn::sweep(&stage.client, &name).expect("gone already");
    for other in ["2024", "", ".photobridge-trial-", "../Photos", ".photobridge-trial-aaaaaaaaaaaaaaaaaaaaaaa/"] {
        assert!(learn::sweep(&stage.client, other).is_err(), "{other}");
    }
    assert_eq!(stage.files(), [("2024/a.jpg".to_owned(), b"a".to_vec())]);
    // A name that is taken is no room of ours.
    stage.cloud.write(&format!("Photos/{name}/theirs"), b"x", TAKEN);
    assert!(learn::learn(&stage.client, &name, &Cancel::new()).is_err());
    assert_eq!(stage.files().len(), 2);
}
