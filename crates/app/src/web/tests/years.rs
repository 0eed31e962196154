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
    assert!(page.contains("value=\"deleted in the folder\">Take in all 2</button>"), "{page}");
    assert_eq!(files(&house).len(), 3, "what was deleted stays so");

    let token = visitor.fresh().await;
    let group =
        [("token", token.as_str()), ("group-take-in", "deleted in the folder"), ("way", "export"), ("back", "/runs/3")];
    let told = visitor.form("/runs/3/decide", &group).await;
    assert_eq!(told.status.as_u16(), 303);
    house.rest().await;
    assert!(visitor.get("/").await.text().contains("2 photos taken in by the next sync"));
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
    assert!(page.contains("none of its 5 photos lies in it") && page.contains("value=\"another\""), "{page}");
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
