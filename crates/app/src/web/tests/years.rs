//! What a household meets once in a few years, on the page.

use std::fs;
use std::path::PathBuf;

use crate::web::testing::{House, Visitor};

/// The files of the folder.
fn files(house: &House) -> Vec<PathBuf> {
    let (mut files, mut waiting) = (Vec::new(), vec![house.root().join("folder")]);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).expect("listed") {
            let path = entry.expect("listed").path();
            if path.is_dir() { waiting.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

async fn sync(house: &House, visitor: &mut Visitor<'_>, more: &[(&str, &str)]) -> String {
    let token = visitor.fresh().await;
    visitor.form("/sync", &[&[("token", token.as_str())], more].concat()).await;
    house.rest().await;
    visitor.get("/").await.text().to_owned()
}

#[tokio::test]
async fn all_that_was_deleted_in_the_folder_is_brought_back_at_once() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let before = files(&house);
    let exported: Vec<&PathBuf> =
        before.iter().filter(|path| path.starts_with(house.root().join("folder/2024"))).collect();
    assert_eq!(exported.len(), 2, "{before:?}");
    exported.into_iter().for_each(|path| fs::remove_file(path).expect("deleted"));
    let page = sync(&house, &mut visitor, &[]).await;
    assert!(page.contains("Export anyway: all 2…</a>") && page.contains("/runs/3/anyway?way=export"), "{page}");
    assert_eq!(files(&house).len(), 3, "what was deleted stays so");

    let token = visitor.fresh().await;
    let group =
        [("token", token.as_str()), ("group-take-in", "deleted in the folder"), ("way", "export"), ("back", "/runs/3")];
    let told = visitor.form("/runs/3/decide", &group).await;
    assert_eq!(told.status.as_u16(), 303);
    house.rest().await;
    assert!(visitor.get("/").await.text().contains("2 photos will go with the next sync"));
    sync(&house, &mut visitor, &[]).await;
    assert_eq!(files(&house), before);
}

#[tokio::test]
async fn where_another_directory_lies_the_page_asks_what_it_is() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let (folder, away) = (house.root().join("folder"), house.root().join("away"));
    fs::rename(&folder, &away).expect("away");
    fs::create_dir(&folder).expect("an empty mount point");
    let page = sync(&house, &mut visitor, &[]).await;
    assert!(page.contains("none of its 5 photos is in it") && page.contains("value=\"another\""), "{page}");
    assert_eq!(files(&house).len(), 0, "nothing goes there before a person says so");
    let page = sync(&house, &mut visitor, &[("kin", "another"), ("as", "")]).await;
    assert!(!page.contains("value=\"another\""), "it is asked once: {page}");
    assert_eq!(files(&house).len(), 2, "what came from the other folder is not for this one");

    // The disk is back: nothing was deleted in its folder.
    fs::remove_dir_all(&folder).expect("gone");
    fs::rename(&away, &folder).expect("back");
    sync(&house, &mut visitor, &[]).await;
    assert_eq!(files(&house).len(), 5);
}

#[tokio::test]
async fn what_was_deleted_in_one_directory_is_brought_back_alone() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let before = files(&house);
    let album = house.root().join("folder/Album");
    fs::create_dir(&album).expect("a directory");
    let exported: Vec<&PathBuf> =
        before.iter().filter(|path| path.starts_with(house.root().join("folder/2024"))).collect();
    fs::rename(exported[1], album.join("Best.jpg")).expect("moved");
    sync(&house, &mut visitor, &[]).await;
    fs::remove_dir_all(&album).expect("deleted");
    fs::remove_file(exported[0]).expect("deleted");
    sync(&house, &mut visitor, &[]).await;
    let found = visitor.get("/runs/4?text=Album").await;
    let shown = found.text();
    assert!(
        shown.contains("IMG_0002.jpg <span class=\"soft\">in Album</span>") && !shown.contains("IMG_0001"),
        "{shown}"
    );

    let token = visitor.fresh().await;
    let group = [
        ("token", token.as_str()),
        ("group-take-in", "deleted in the folder"),
        ("way", "export"),
        ("text", "Album"),
        ("back", "/runs/4"),
    ];
    assert_eq!(visitor.form("/runs/4/decide", &group).await.status.as_u16(), 303);
    house.rest().await;
    sync(&house, &mut visitor, &[]).await;
    assert_eq!(files(&house).len(), 4, "one of the two");
}

#[tokio::test]
async fn a_folder_is_gone_for_good_once_a_person_confirmed_it() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let (folder, other) = (house.root().join("folder"), house.root().join("other folder"));
    fs::create_dir(&other).expect("a directory");
    let settings = house.data().join("settings.toml");
    let text = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, format!("{text}[[folder]]\npath = {:?}\n", other.display().to_string())).expect("written");
    fs::rename(&folder, house.root().join("drawer")).expect("away");
    let page = visitor.get("/").await.text().to_owned();
    let ask = format!("/gone?folder={}", folder.display());
    assert!(page.contains("is not there. Connect its disk") && page.contains(&ask), "{page}");

    let asked = visitor.get(&ask).await.text().to_owned();
    assert!(
        asked.contains("It is removed from the settings.")
            && asked.contains("5 photos in the library are, or were, in it")
    );
    assert_eq!(fs::read_to_string(&settings).expect("settings").matches("[[folder]]").count(), 2, "asked is not said");
    let token = visitor.fresh().await;
    let path = folder.display().to_string();
    visitor.form("/gone", &[("token", token.as_str()), ("folder", path.as_str())]).await;
    let page = visitor.get("/").await.text().to_owned();
    assert!(page.contains("can be exported to other folders from now on") && !page.contains("is not there"), "{page}");
    assert!(!fs::read_to_string(&settings).expect("settings").contains(&path));
    // A new folder for exports: who sets it up is asked.
    sync(&house, &mut visitor, &[("kin", "another"), ("as", "")]).await;
    let there = fs::read_dir(other.join("2024/05")).map_or(0, |entries| entries.count());
    assert_eq!(there, 5, "what came from the other one, too");
    assert_eq!(visitor.get("/gone?folder=/nowhere").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_folder_of_before_stands_in_the_settings_until_it_is_gone_for_good() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let other = house.root().join("other folder");
    fs::create_dir(&other).expect("a directory");
    let (settings, folder) = (house.data().join("settings.toml"), house.root().join("folder").display().to_string());
    let text = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, text.replace(&folder, &other.display().to_string())).expect("written");
    let page = visitor.get("/settings").await.text().to_owned();
    assert!(page.contains("A former folder") && page.contains("5 photos in the library are, or were, in it"), "{page}");
    let token = visitor.fresh().await;
    visitor.form("/gone", &[("token", token.as_str()), ("folder", folder.as_str())]).await;
    assert!(!visitor.get("/settings").await.text().contains("A former folder"));
    assert_eq!(files(&house).len(), 5, "what lies there stays");
}
