//! What was shown is what happens, or nothing does.

use std::fs;

use crate::places;
use crate::web::testing::{House, Visitor, photo};

/// Puts other words into the settings, as the command line or another tab would.
fn change(house: &House, from: &str, to: &str) {
    let file = places::settings_file(&house.data());
    let text = fs::read_to_string(&file).expect("the settings");
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(file, text.replace(from, to)).expect("written");
}

fn token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"token\" value=\"").expect("a form");
    rest.split('"').next().expect("a token").to_owned()
}

#[tokio::test]
async fn figures_and_plan_of_another_library_are_not_shown_and_not_carried_out() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    fs::write(house.root().join("folder/IMG_0009.jpg"), photo(9)).expect("written");
    let fresh = visitor.fresh().await;
    visitor.form("/simulate", &[("token", &fresh)]).await;
    house.rest().await;
    let shown = visitor.get("/").await.text().to_owned();
    assert!(shown.contains("name=\"plan\" value=\"3\"") && shown.contains(">Sync 1 photo<"), "{shown}");
    assert!(visitor.get("/plan").await.text().contains("Sync exactly this"));

    let library = house.root().join("library").display().to_string();
    change(&house, &library, &format!("{library} 2"));
    let words = format!("Run 3 looked at {library}; the settings name {library} 2 now. Simulate again.");
    let page = visitor.get("/").await.text().to_owned();
    assert!(page.contains(&words) && !page.contains("name=\"plan\""), "{page}");
    assert_eq!(page.matches("<p class=\"big num\">—</p>").count(), 2, "both sides: {page}");
    assert_eq!(page.matches("<b class=\"num\">—</b>").count(), 2, "both ways: {page}");
    let status = visitor.get("/api/v1/status").await.json();
    assert!(status["plan"].is_null() && status["items"].is_null() && status["import"].is_null(), "{status}");
    assert_eq!(status["outdated"], words);
    for address in ["/plan", "/runs/3"] {
        let plan = visitor.get(address).await.text().to_owned();
        assert!(plan.contains(&words) && !plan.contains("Sync exactly this"), "{address}");
    }

    // A tab that is behind.
    let sent = visitor.form("/sync", &[("token", &token(&shown)), ("plan", "3")]).await;
    assert_eq!(sent.status.as_u16(), 303);
    house.rest().await;
    assert!(!house.root().join("library 2").exists(), "nothing was done");
    let page = visitor.get("/").await.text().to_owned();
    assert!(page.contains("Run 4: failed") && page.contains("Simulate again"), "{page}");

    change(&house, &format!("{library} 2"), &library);
    let page = visitor.get("/").await.text().to_owned();
    assert!(page.contains("name=\"plan\" value=\"3\"") && page.contains(">Sync 1 photo<"), "{page}");
}

#[tokio::test]
async fn the_count_of_a_whole_library_holds_for_the_folder_that_it_was_made_for() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let fresh = visitor.fresh().await;
    visitor.form("/full-library", &[("token", &fresh)]).await;
    house.rest().await;
    assert!(visitor.get("/full-library").await.text().contains("The full library"));
    change(&house, "[export]", "[export]\nlayout = \"flat\"");
    assert!(!visitor.get("/full-library").await.text().contains("The full library"));
}

#[tokio::test]
async fn a_way_that_the_latest_sync_did_not_go_has_no_figure() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    visitor.post("/api/v1/sync", serde_json::json!({"mode": "import"})).await;
    house.rest().await;
    let page = visitor.get("/").await.text().to_owned();
    assert_eq!(page.matches("<b class=\"num\">—</b>").count(), 1, "{page}");
    assert!(!page.contains("All up to date"), "nobody looked whether anything is to go out: {page}");
}

#[tokio::test]
async fn a_search_counts_what_it_finds() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let run = house.add_run("sync", photobridge_core::ledger::RunState::Done, "{}");
    let line = |name: &str, said| crate::web::testing::verdict(name, said, (said == "failed").then_some("the disk"));
    house.keep(run, &[line("sea.jpg", "applied"), line("sea 2.jpg", "applied"), line("land.jpg", "failed")]);
    let page = visitor.get(&format!("/runs/{run}?text=sea")).await.text().to_owned();
    assert!(page.contains(">All <b class=\"num\">2</b>") && page.contains("2 photos, 14 B"), "{page}");
    assert!(!page.contains("land.jpg") && !page.contains("Could not be imported"), "{page}");
    assert!(
        page.contains(&format!("/runs/{run}?way=import&#38;ruling=applied&#38;text=sea")),
        "the words stay: {page}"
    );
    visitor.fresh().await;
}

/// The addresses that a page leads to and that hold these words.
fn links(page: &str, words: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.contains(words)).map(|link| link.replace("&#38;", "&")).collect()
}

#[tokio::test]
async fn before_all_of_a_group_go_anyway_it_is_asked_and_afterwards_it_can_be_withdrawn() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    for number in [7, 8] {
        let bytes = photo(number);
        let name = format!("folder/IMG_000{number}.jpg");
        fs::write(house.root().join(name), &bytes[..bytes.len() - 2]).expect("written");
    }
    let size = (photo(7).len() + photo(8).len() - 4) as u64;
    let fresh = visitor.fresh().await;
    visitor.form("/simulate", &[("token", &fresh)]).await;
    house.rest().await;
    let plan = visitor.get("/plan").await.text().to_owned();
    let asked = links(&plan, "/runs/3/anyway").first().expect("a way to it").clone();
    let page = visitor.get(&asked).await.text().to_owned();
    let size = crate::words::size(size);
    assert!(page.contains("Import anyway: 2 photos?") && page.contains(&format!("{size} in all")), "{page}");
    assert!(page.contains("IMG_0007.jpg") && page.contains("IMG_0008.jpg"), "{page}");
    assert_eq!(visitor.get("/").await.text().matches("name=\"group-withdraw\"").count(), 0, "asking does nothing");

    let fields = [("token", &*token(&page)), ("group-take-in", "truncated"), ("way", "import"), ("back", "/plan")];
    visitor.form("/runs/3/decide", &fields).await;
    house.rest().await;
    let plan = visitor.get("/plan").await.text().to_owned();
    assert!(plan.contains("Withdraw all 2") && plan.matches("taken in by you").count() == 2, "{plan}");
    let fields = [("token", &*token(&plan)), ("group-withdraw", "import"), ("back", "/plan")];
    visitor.form("/runs/4/decide", &fields).await;
    house.rest().await;
    let plan = visitor.get("/plan").await.text().to_owned();
    assert!(!plan.contains("taken in by you") && plan.contains("Stays in the folder: truncated"), "{plan}");
    let page = visitor.get("/").await.text().to_owned();
    assert!(page.contains("Nothing new to sync · 2 photos need attention"), "{page}");
}

#[tokio::test]
async fn of_two_files_in_the_folder_that_are_one_shot_the_other_file_is_named_and_not_the_library() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    let run = house.add_run("simulate", photobridge_core::ledger::RunState::Done, "{}");
    let mut line = crate::web::testing::verdict("b/IMG_1.JPG", "skipped", None);
    line["reason"] = "same shot".into();
    line["matched"] = "a/IMG_1.HEIC".into();
    line["trace"] = serde_json::json!({ "other": { "file": { "folder": 1 } } });
    house.keep(run, &[line]);
    let page = visitor.get(&format!("/runs/{run}")).await.text().to_owned();
    assert!(page.contains("another file in the folder: a/IMG_1.HEIC"), "{page}");
}

#[tokio::test]
async fn without_a_script_a_page_on_which_a_run_goes_on_is_loaded_anew() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let anew = "<noscript><meta http-equiv=\"refresh\"";
    assert!(!visitor.get("/").await.text().contains(anew));
    for _ in 0..20 {
        let fresh = visitor.fresh().await;
        visitor.form("/simulate", &[("token", &fresh)]).await;
        let page = visitor.get("/").await.text().to_owned();
        house.rest().await;
        let is_running = page.contains("aria-label=\"The run under way\">");
        assert_eq!(page.contains(anew), is_running, "{page}");
        if is_running {
            return;
        }
    }
    panic!("no page was seen while a run went on");
}

#[tokio::test]
async fn whoever_has_not_logged_in_is_shown_no_pages() {
    let house = House::synced_with(Some("a long password"));
    let page = house.get("/login").await.text().to_owned();
    assert!(page.contains("Password") && !page.contains("aria-label=\"Pages\"") && !page.contains("Log out"), "{page}");
}
