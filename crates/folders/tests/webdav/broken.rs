//! A connection that breaks at every place, and what is there afterwards.

use photobridge_core::folder::place::part_name;
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::learn::Writers;
use photobridge_folders::webdav::naming::Namer;
use photobridge_testkit::cloud::Manners;

use crate::stage::{Stage, TAKEN, bytes};

/// The wire breaks instead of handing on each single piece of 64 KB, requests and answers alike: the file is there whole, or
/// not at all; what was there is as it was; and tried again it is there once.
#[test]
fn a_wire_that_breaks_anywhere_loses_doubles_and_replaces_nothing() {
    for manners in [Manners::NEXTCLOUD, Manners::NGINX, Manners { keeps_halves: true, ..Manners::NGINX }] {
        let stage = Stage::new(manners);
        let habits = stage.habits();
        let way = habits.way(Writers::Several).expect("a safe one");
        let photo = bytes(300_000, 1);
        let (mut at, mut failed) = (0, 0);
        loop {
            let name = format!("{at}/a.jpg");
            stage.cloud.write(&format!("Photos/{at}-old.jpg"), b"old", TAKEN);
            let part = part_name();
            stage.wire.break_at(at);
            let placed = stage.place_as(&part, &habits, way, &photo, &name);
            let is_whole = stage.wire.passed() <= at;
            stage.wire.break_at(usize::MAX);
            let there = |name: &str| stage.cloud.files().get(&format!("Photos/{name}")).cloned();
            match placed {
                Ok(_) => assert_eq!(there(&name), Some(photo.clone()), "{at}"),
                Err(fault) => {
                    failed += 1;
                    assert!(matches!(fault, Fault::Retry { .. }), "{at}: {fault:?}");
                    assert!(there(&name).is_none_or(|found| found == photo), "{at}: half of it has the name");
                    // The server may still be writing down what came before the wire broke.
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    Namer::new(&stage.client, &habits, way, &stage.there)
                        .discard(std::path::Path::new(&at.to_string()), &part)
                        .expect("the next run removes its part");
                    let again = stage.place(&habits, way, &photo, &name);
                    assert!(again.is_ok(), "{at}: {again:?}");
                }
            }
            assert_eq!(there(&name), Some(photo.clone()), "{at}");
            at += 1;
            if is_whole {
                break;
            }
        }
        let files = stage.files();
        // 300,000 bytes are five pieces at the least: each of them that is lost is a photo that did not go.
        assert!(at > 10 && failed >= 5, "{at} places, {failed} failures");
        assert_eq!(files.iter().filter(|(name, _)| name.ends_with("/a.jpg")).count(), at);
        assert_eq!(files.iter().filter(|(_, bytes)| bytes == b"old").count(), at);
        assert_eq!(files.len(), 2 * at, "{manners:?}: nothing is left over");
    }
}
