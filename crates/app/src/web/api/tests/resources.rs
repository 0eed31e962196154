//! What the API does to a household.

use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use crate::web::testing::{House, Visitor, verdict};

/// Everything in the folder.
fn files(house: &House) -> Vec<String> {
    fn walk(directory: &Path, root: &Path, files: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => walk(&path, root, files),
                false => files.push(path.strip_prefix(root).expect("below").display().to_string()),
            }
        }
    }
    let (root, mut files) = (house.root().join("folder"), Vec::new());
    walk(&root, &root, &mut files);
    files.sort();
    files
}

#[tokio::test]
async fn a_row_that_is_taken_in_goes_until_that_is_withdrawn() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    visitor.post("/api/v1/runs/2/undo", json!({})).await;
    let begun: Value = visitor.post("/api/v1/simulate", json!({"mode": "export"})).await.json();
    assert_eq!(begun["running"]["command"], "simulate");
    house.rest().await;
    let run = visitor.get("/api/v1/runs").await.json()["runs"][0]["run"].as_u64().expect("a plan");
    let verdicts = visitor.get(&format!("/api/v1/runs/{run}/verdicts?reason=undone+by+you")).await.json();
    assert_eq!(verdicts["total"], 2, "{verdicts}");
    let row = &verdicts["verdicts"][1];
    assert_eq!((&row["verdict"], &row["direction"]), (&json!("skipped"), &json!("export")));
    let (number, asset) = (row["row"].as_u64().expect("a row"), row["asset"].clone());

    let decided = visitor.post("/api/v1/decisions", json!({"choice": "take-in", "run": run, "rows": [number]})).await;
    assert_eq!(decided.json(), json!({"decided": 1, "refused": []}));
    let decisions = visitor.get("/api/v1/decisions").await.json()["decisions"].clone();
    assert_eq!(decisions.as_array().map(Vec::len), Some(1));
    assert_eq!(decisions[0]["decision"], "take-in");
    let fingerprint = decisions[0]["fingerprint"].clone();

    visitor.post("/api/v1/simulate", json!({"mode": "export"})).await;
    house.rest().await;
    let run = visitor.get("/api/v1/runs").await.json()["runs"][0]["run"].as_u64().expect("a plan");
    let planned = visitor.get(&format!("/api/v1/runs/{run}/verdicts?verdict=planned")).await.json();
    assert_eq!(planned["total"], 1);
    assert_eq!(planned["verdicts"][0]["asset"], asset);

    let withdrawn = visitor.post("/api/v1/decisions", json!({"choice": "withdraw", "fingerprint": fingerprint})).await;
    assert_eq!(withdrawn.json()["decided"], 1);
    assert_eq!(visitor.get("/api/v1/decisions").await.json(), json!({"decisions": []}));
    let again = visitor.post("/api/v1/decisions", json!({"choice": "withdraw", "fingerprint": fingerprint})).await;
    assert_eq!(again.status.as_u16(), 404);
}

#[tokio::test]
async fn undo_does_what_it_said_and_says_what_stays() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let before = files(&house);
    let prospect = visitor.get("/api/v1/runs/2/undo").await.json();
    assert_eq!((&prospect["files"], &prospect["photos"]), (&json!(2), &json!(3)));
    assert_eq!(files(&house), before, "a look changes nothing");
    assert_eq!(visitor.get("/api/v1/runs/2").await.json()["can_be_undone"], true);

    let exported = visitor.get("/api/v1/runs/2/verdicts?direction=export&verdict=applied").await.json();
    let changed = exported["verdicts"][0]["files"][0]["path"].as_str().expect("a path").to_owned();
    std::fs::write(house.root().join("folder").join(&changed), "another picture").expect("written");
    let undone = visitor.post("/api/v1/runs/2/undo", json!({})).await.json();
    let kept: Vec<&str> =
        undone["kept"].as_array().expect("a list").iter().filter_map(|file| file["path"].as_str()).collect();
    assert!(kept.contains(&changed.as_str()), "{undone}");
    assert_eq!(undone["moved"].as_u64().expect("a number") + kept.len() as u64, 2);
    assert_eq!(undone["album"], json!({"title": "Photobridge: undo 2", "photos": 3}));
    assert!(files(&house).contains(&changed), "what somebody changed stays");
    let directory = undone["directory"].as_str().expect("a directory");
    assert!(std::path::Path::new(directory).starts_with(house.data().join("undone")));

    assert_eq!(visitor.post("/api/v1/runs/1/undo", json!({})).await.status.as_u16(), 409, "it is no sync");
    assert_eq!(visitor.post("/api/v1/runs/77/undo", json!({})).await.status.as_u16(), 404);
}

#[tokio::test]
async fn settings_change_by_their_keys() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let album = "<b>\"New\"</b> = 1";
    let changed =
        visitor.change(Method::PATCH, "/api/v1/settings", &json!({"key": "album", "value": album}).to_string()).await;
    assert_eq!(changed.json()["settings"]["album"], album);
    assert_eq!(house.app.settings().expect("settings").album, album);
    let file = std::fs::read_to_string(house.data().join("settings.toml")).expect("readable");
    for (key, value) in
        [("settle_seconds", json!("soon")), ("mode", json!("sideways")), ("a.b.c", json!(1)), ("", json!(1))]
    {
        let reply =
            visitor.change(Method::PATCH, "/api/v1/settings", &json!({"key": key, "value": value}).to_string()).await;
        assert_eq!(reply.status.as_u16(), 422, "{key}: {}", reply.text());
        assert_eq!(std::fs::read_to_string(house.data().join("settings.toml")).expect("readable"), file);
    }
    let reply = visitor
        .change(Method::PATCH, "/api/v1/settings", &json!({"key": "settle_seconds", "value": 5}).to_string())
        .await;
    assert_eq!(reply.json()["settings"]["settle_seconds"], 5);
}

#[tokio::test]
async fn switching_export_on_sets_the_baseline_and_warns() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    visitor.change(Method::DELETE, "/api/v1/baseline", "").await;
    assert_eq!(visitor.get("/api/v1/baseline").await.json(), json!({"baseline": null, "held": null}));
    let reply = visitor.change(Method::PATCH, "/api/v1/settings", r#"{"key": "mode", "value": "export"}"#).await.json();
    let notes = reply["notes"].as_array().expect("notes").clone();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[1].as_str().is_some_and(|note| note.contains("Turn off uploading")));
    let baseline = visitor.get("/api/v1/baseline").await.json();
    assert_eq!(baseline["baseline"], reply["settings"]["export"]["baseline"]);
    assert!(baseline["held"].as_u64().is_some_and(|held| held > 0), "{baseline}");
    let set = visitor.change(Method::PUT, "/api/v1/baseline", r#"{"time": "2026-02-28T17:00:00Z"}"#).await.json();
    assert_eq!(set["baseline"], "2026-02-28T17:00:00Z");
    for time in ["soon", "2099-01-01T00:00:00Z"] {
        let body = json!({ "time": time }).to_string();
        assert_eq!(visitor.change(Method::PUT, "/api/v1/baseline", &body).await.status.as_u16(), 422, "{time}");
    }
    assert_eq!(visitor.get("/api/v1/baseline").await.json()["baseline"], "2026-02-28T17:00:00Z");
}

#[tokio::test]
async fn verdicts_come_in_pages() {
    let house = House::synced();
    let all = house.get("/api/v1/runs/1/verdicts").await.json();
    let total = all["total"].as_u64().expect("a number");
    assert_eq!(all["verdicts"].as_array().map(|rows| rows.len() as u64), Some(total));
    let second = house.get("/api/v1/runs/1/verdicts?offset=2&limit=2").await.json();
    assert_eq!(second["total"], total);
    assert_eq!(second["verdicts"].as_array().map(Vec::len), Some(2));
    assert_eq!(second["verdicts"][0], all["verdicts"][2]);
    assert!(all["verdicts"][0].get("trace").is_none(), "what leads back to the photo stays with us");
    assert_eq!(house.get("/api/v1/runs/1/verdicts?offset=99999999999").await.json()["verdicts"], json!([]));
}

#[tokio::test]
async fn verdicts_that_are_not_kept_are_missing() {
    let house = House::synced();
    let run = house.add_run("sync", photobridge_core::ledger::RunState::Done, "of old");
    assert_eq!(house.get(&format!("/api/v1/runs/{run}/verdicts")).await.status.as_u16(), 404);
    let known = house.get(&format!("/api/v1/runs/{run}")).await.json();
    assert_eq!((&known["has_verdicts"], &known["words"]), (&json!(false), &json!("of old")));
    house.keep(run, &[verdict("a<b>\"c\".jpg", "failed", Some("it broke"))]);
    let page = house.get(&format!("/api/v1/runs/{run}/verdicts?text=A%3Cb")).await.json();
    assert_eq!(page["verdicts"][0]["path"], "a<b>\"c\".jpg");
}

#[tokio::test]
async fn an_empty_house_answers_too() {
    let house = House::empty();
    assert_eq!(house.get("/api/v1/runs").await.json(), json!({"total": 0, "newer": null, "older": null, "runs": []}));
    assert_eq!(house.get("/api/v1/decisions").await.json(), json!({"decisions": []}));
    assert_eq!(house.get("/api/v1/status").await.json()["looked"], Value::Null);
    assert_eq!(house.get("/api/v1/runs/1").await.status.as_u16(), 404);
    assert!(!house.data().join("ledger.sqlite").exists(), "a look makes nothing");
}

#[tokio::test]
async fn figures_are_told_where_that_is_asked_for_and_name_nothing() {
    let house = House::synced();
    assert_eq!(house.get("/api/v1/metrics").await.status.as_u16(), 404, "off by default");
    crate::settings::set(&house.data().join("settings.toml"), "server.metrics", "true").expect("set");
    let reply = house.get("/api/v1/metrics").await;
    let status = house.get("/api/v1/status").await.json();
    assert!(reply.header(axum::http::header::CONTENT_TYPE).starts_with("text/plain"));
    for (line, figure) in [
        ("photobridge_photos{side=\"folder\"}", &status["items"]),
        ("photobridge_photos{side=\"library\"}", &status["assets"]),
        ("photobridge_running", &json!(0)),
        ("photobridge_last_sync_photos{way=\"import\"}", &status["last_sync"]["imported"]),
    ] {
        let told = format!("\n{line} {figure}\n");
        assert!(reply.text().contains(&told), "{told}{}", reply.text());
    }
    assert!(!reply.text().contains(&house.root().display().to_string()) && !reply.text().contains("IMG_"));
    let house = House::synced_with(Some("correct horse"));
    crate::settings::set(&house.data().join("settings.toml"), "server.metrics", "true").expect("set");
    assert_eq!(house.get("/api/v1/metrics").await.status.as_u16(), 401);
}
