//! Undoing from the page.

use axum::body::Body;
use axum::http::{Request, header};
use photobridge_core::lock::Lock;

use crate::web::testing::{HOST, House, Visitor};

#[tokio::test]
async fn the_page_says_what_will_happen_and_what_came_of_it() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let asked = visitor.get("/runs/2/undo").await;
    let folder = house.root().join("folder").canonicalize().expect("a folder").display().to_string();
    let data = house.data().display().to_string();
    for words in [
        "Undo run 2?",
        "2 files",
        "3 photos",
        folder.as_str(),
        &format!("{data}/undone/"),
        "album “Photobridge: undo 2”",
        "Nothing is deleted",
    ] {
        assert!(asked.text().contains(words), "{words} is not in {}", asked.text());
    }
    let exported = visitor.get("/api/v1/runs/2/verdicts?direction=export").await.json();
    let path = exported["verdicts"][0]["path"].as_str().expect("a path").to_owned();
    std::fs::write(house.root().join("folder").join(&path), "another picture").expect("written");

    let token = visitor.fresh().await;
    let told = visitor.form("/runs/2/undo", &[("token", &token)]).await;
    assert_eq!(told.status.as_u16(), 200);
    for words in
        ["Run 2 is undone", "1 file</b> moved", "1 file stays", path.as_str(), "it was changed since", "3 photos"]
    {
        assert!(told.text().contains(words), "{words} is not in {}", told.text());
    }
    let replayed = visitor.form("/runs/2/undo", &[("token", &token)]).await;
    assert_eq!(replayed.status.as_u16(), 403);
    assert!(replayed.text().contains("Nothing was done now"));
    let history = visitor.get("/history").await;
    let said = "Undid run 2: 1 file moved out of the folder, 3 photos added to an album";
    assert!(history.text().contains(said), "{}", history.text());
    let again = visitor.get("/runs/2/undo").await;
    assert!(!again.text().contains("3 photos"), "they are gathered already: {}", again.text());
}

#[tokio::test]
async fn nothing_is_undone_without_a_token_of_the_page() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let other = Visitor::new(&house).await;
    for token in ["", "made up", other.token.as_str()] {
        assert_eq!(visitor.form("/runs/2/undo", &[("token", token)]).await.status.as_u16(), 403);
    }
    let token = visitor.fresh().await;
    let foreign = Request::post("/runs/2/undo")
        .header(header::HOST, HOST)
        .header(header::ORIGIN, "http://evil.example")
        .header(header::COOKIE, &visitor.cookie)
        .body(Body::from(format!("token={token}")));
    assert_eq!(house.send(foreign.expect("a request")).await.status.as_u16(), 403);
    let left = visitor.get("/api/v1/runs/2").await.json();
    assert_eq!(left["can_be_undone"], true);
}

#[tokio::test]
async fn while_a_run_is_under_way_nothing_is_undone() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let lock = Lock::take(&house.data(), "sync", jiff::Timestamp::now()).expect("nobody holds it");
    let token = visitor.fresh().await;
    let reply = visitor.form("/runs/2/undo", &[("token", &token)]).await;
    assert_eq!((reply.status.as_u16(), reply.header(header::LOCATION)), (303, "/history"));
    assert!(visitor.get("/history").await.text().contains("Another run is active: sync"));
    drop(lock);
    assert_eq!(visitor.get("/api/v1/runs/2").await.json()["can_be_undone"], true);
}

#[tokio::test]
async fn what_is_no_sync_cannot_be_undone() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    let simulated = visitor.get("/runs/1/undo").await;
    assert!(!simulated.text().contains("<form method=\"post\" action=\"/runs/1/undo\""), "{}", simulated.text());
    assert!(simulated.text().contains("neither a sync nor an undo"), "{}", simulated.text());
    assert_eq!(visitor.get("/runs/77/undo").await.status.as_u16(), 404);
}

#[tokio::test]
async fn what_was_taken_back_can_be_removed_after_a_list_and_never_the_last_copy() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    assert!(visitor.get("/runs/2/remove").await.text().contains("Nothing to remove"), "it is not taken back yet");
    let token = visitor.fresh().await;
    let told = visitor.form("/runs/2/undo", &[("token", &token)]).await;
    assert!(told.text().contains("/runs/2/remove"), "{}", told.text());
    std::fs::remove_file(house.root().join("folder/IMG_0003.jpg")).expect("deleted in the folder");

    let asked = visitor.get("/runs/2/remove").await;
    for words in ["2 photos can be removed permanently", "1 photo stays", "IMG_0003.jpg", "this may be the last copy"] {
        assert!(asked.text().contains(words), "{words} is not in {}", asked.text());
    }
    let key = asked
        .text()
        .split("name=\"key\" value=\"")
        .nth(1)
        .expect("a key")
        .split('"')
        .next()
        .expect("its end")
        .to_owned();
    let originals = || walk(&house.root().join("library/originals"));
    let before = originals();
    let token = visitor.fresh().await;
    let other = visitor.form("/runs/2/remove", &[("token", &token), ("key", "another list")]).await;
    assert_eq!(other.header("location"), "/runs/2/remove");
    assert_eq!(originals(), before, "another list was agreed to");
    let token = visitor.fresh().await;
    visitor.form("/runs/2/remove", &[("token", &token), ("key", &key)]).await;
    assert_eq!(originals(), before - 2);
    let history = visitor.get("/history").await;
    assert!(history.text().contains("Permanently removed 2 photos from the library"), "{}", history.text());
}

/// How many files lie below a directory.
fn walk(directory: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(directory).expect("listed").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}
