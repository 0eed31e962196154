//! Both sides as grids.

use std::fs;

use axum::http::{StatusCode, header};

use crate::web::testing::{House, Visitor, photo};

/// The names in a grid, from the top on.
fn names(page: &str) -> Vec<&str> {
    let cells = page.split("<li id=\"photo-").skip(1);
    cells.filter_map(|cell| cell.split_once("title=\"")?.1.split('"').next()).collect()
}

#[tokio::test]
async fn each_side_is_shown_newest_first() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    for side in ["/library", "/folder"] {
        let page = visitor.get(side).await.text().to_owned();
        let expected: Vec<String> = (1..6).rev().map(|number| format!("IMG_000{number}.jpg")).collect();
        assert_eq!(names(&page), expected, "{side}");
        assert!(page.contains("May 2024") && page.contains("5 photos") && page.contains("href=\"#y2024\""), "{side}");
        let picture = page.split_once("<img src=\"").and_then(|(_, rest)| rest.split('"').next()).expect("a picture");
        // The first picture is the mark of the program.
        assert!(picture.starts_with("/assets/"), "{picture}");
        let thumbnail = page.split("<img src=\"").nth(2).and_then(|rest| rest.split('"').next()).expect("a picture");
        assert_eq!(visitor.get(thumbnail).await.header(header::CONTENT_TYPE), "image/jpeg", "{thumbnail}");
    }
}

#[tokio::test]
async fn what_is_only_here_is_found() {
    let house = House::synced();
    fs::write(house.root().join("folder/IMG_0009.jpg"), photo(9)).expect("written");
    let mut visitor = Visitor::new(&house).await;
    let token = visitor.fresh().await;
    visitor.form("/simulate", &[("token", &token)]).await;
    house.rest().await;
    let page = visitor.get("/folder?on=here").await.text().to_owned();
    assert_eq!(names(&page), ["IMG_0009.jpg"]);
    assert!(page.contains("1 photo of 6"), "{page}");
    assert!(names(visitor.get("/library?on=here").await.text()).is_empty());
    assert_eq!(names(visitor.get("/folder?on=both").await.text()).len(), 5);
    assert!(names(visitor.get("/folder?kind=video").await.text()).is_empty());
    assert_eq!(
        names(visitor.get("/library/cells?from=2").await.text()),
        ["IMG_0003.jpg", "IMG_0002.jpg", "IMG_0001.jpg"]
    );
    assert!(names(visitor.get("/library/cells?from=99999").await.text()).is_empty());
}

/// What is said of a file that is no picture has no place among the pictures.
#[tokio::test]
async fn words_beside_a_photo_are_no_photo() {
    let house = House::synced();
    let words = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
                 <rdf:Description xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmp:Rating=\"5\"/></rdf:RDF></x:xmpmeta>";
    fs::write(house.root().join("folder/IMG_0003.xmp"), words).expect("written");
    let mut visitor = Visitor::new(&house).await;
    let token = visitor.fresh().await;
    visitor.form("/simulate", &[("token", &token)]).await;
    house.rest().await;
    let said = visitor.get("/api/v1/runs/3/verdicts").await.text().to_owned();
    assert!(said.contains("words about a photo in the library"), "it is named: {said}");
    assert_eq!(names(visitor.get("/folder").await.text()).len(), 5);
}

#[tokio::test]
async fn whether_it_arrived_is_one_press_away() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    let page = visitor.get("/runs/2/items/0").await.text().to_owned();
    let link = page.split("href=\"/library/").nth(1).and_then(|rest| rest.split('"').next()).expect("Show in library");
    let led = visitor.get(&format!("/library/{link}")).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    let place = led.header(header::LOCATION).to_owned();
    let (address, anchor) = place.split_once('#').expect("a place");
    let grid = visitor.get(address).await.text().to_owned();
    let cell = grid.split(&format!("id=\"{anchor}\"")).nth(1).expect("it is there");
    let name = page.split("<h1>").nth(1).and_then(|rest| rest.split('<').next()).expect("a name");
    assert!(cell.split("</li>").next().is_some_and(|cell| cell.contains(name)), "{name}: {cell}");
    // From the grid a photo opens among its neighbours there.
    let link = cell.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let opened = visitor.get(&link.replace("&#38;", "&")).await.text().to_owned();
    assert!(opened.contains("of 5</span>") && opened.contains(&format!("<h1>{name}")), "{opened}");
}

#[tokio::test]
async fn before_anything_was_looked_at_it_is_said_so() {
    let house = House::empty();
    let visitor = Visitor::new(&house).await;
    for side in ["/library", "/folder"] {
        let page = visitor.get(side).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        assert!(page.text().contains("Nothing to show yet"), "{}", page.text());
    }
}

/// How many photos a grid shows.
async fn shown(visitor: &Visitor<'_>, address: &str) -> usize {
    names(visitor.get(address).await.text()).len()
}

#[tokio::test]
async fn after_any_sync_both_sides_are_whole() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let counts = async |visitor: &Visitor<'_>| {
        let mut counts = Vec::new();
        for address in ["/folder", "/folder?on=here", "/library?on=both", "/library?on=here"] {
            counts.push(shown(visitor, address).await);
        }
        counts
    };
    // Both sides hold the same five, by the command line's sync as by those of the page that carry something or nothing.
    assert_eq!(counts(&visitor).await, [5, 0, 5, 0]);
    for mode in ["import", "bidirectional"] {
        visitor.post("/api/v1/sync", serde_json::json!({ "mode": mode })).await;
        house.rest().await;
        assert_eq!(counts(&visitor).await, [5, 0, 5, 0], "{mode}");
    }
    let cut = photo(8);
    fs::write(house.root().join("folder/IMG_0008.jpg"), &cut[..cut.len() / 2]).expect("written");
    fs::write(house.root().join("folder/IMG_0009.jpg"), photo(9)).expect("written");
    visitor.post("/api/v1/sync", serde_json::json!({})).await;
    house.rest().await;
    assert_eq!(counts(&visitor).await, [7, 1, 6, 0], "one is cut off and stays");
    // One that the sync only saw opens with both of its sides.
    let grid = visitor.get("/library").await.text().to_owned();
    let link = grid.split("IMG_0003.jpg").next().and_then(|before| before.rsplit("href=\"").next()).expect("a link");
    let link = link.split('"').next().expect("an address").replace("&#38;", "&");
    let opened = visitor.get(&link).await.text().to_owned();
    assert!(opened.contains("In the folder") && opened.contains("In the library"), "{link}: {opened}");
}

#[tokio::test]
async fn where_a_sync_of_an_earlier_version_listed_only_its_news_nothing_counts_as_only_here() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    fs::remove_file(house.data().join("runs/2.rest")).expect("it was kept");
    assert_eq!(shown(&visitor, "/library").await, 5);
    assert_eq!((shown(&visitor, "/library?on=here").await, shown(&visitor, "/library?on=both").await), (0, 0));
    let folder = visitor.get("/folder").await.text().to_owned();
    assert!(names(&folder).is_empty() && folder.contains("Simulate looks at both sides"), "{folder}");
}
