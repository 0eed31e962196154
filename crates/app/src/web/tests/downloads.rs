//! Runs and verdicts as files, and logs.

use axum::http::header;
use photobridge_core::ledger::RunState;
use serde_json::Value;

use crate::web::testing::{House, Reply, verdict};

/// The rows of a CSV file below its header, as a spreadsheet reads them.
fn rows(reply: &Reply) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().from_reader(reply.bytes.as_slice());
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    (header, reader.records().map(|record| row(record.expect("a row of the length of the header"))).collect())
}

const HOSTILE: [&str; 6] = [
    "=cmd|'/c calc'!A1.jpg",
    "<script>alert(1)</script>.jpg",
    "a\"b,c;d.jpg",
    "line\nbreak\r\n.jpg",
    "\t=1+1.jpg",
    "grün 大 \u{202e}gpj.exe",
];

#[tokio::test]
async fn verdicts_are_had_as_csv_with_every_name_in_its_cell() {
    let house = House::empty();
    let run = house.add_run("sync", RunState::Done, "{}");
    house.keep(run, &HOSTILE.map(|name| verdict(name, "failed", Some("-1, \"broken\""))));
    let reply = house.get(&format!("/runs/{run}.csv")).await;
    assert_eq!(reply.status.as_u16(), 200);
    assert!(reply.header(header::CONTENT_TYPE).starts_with("text/csv"));
    assert_eq!(reply.header(header::CONTENT_DISPOSITION), "attachment; filename=\"photobridge-run-1.csv\"");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let (header, rows) = rows(&reply);
    let column = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let (path, error) = (column("path"), column("error"));
    assert_eq!(rows.len(), HOSTILE.len());
    for (row, name) in rows.iter().zip(HOSTILE) {
        let safe = if name.starts_with(['=', '\t']) { format!("'{name}") } else { name.to_owned() };
        assert_eq!(row[path], safe);
        assert_eq!(row[error], "'-1, \"broken\"");
        assert_eq!(row[column("size")], "7");
    }
    assert!(reply.text().lines().next().is_some_and(|line| line.starts_with("direction,verdict,reason,path,")));
    assert!(reply.text().contains("\r\n"));
}

#[tokio::test]
async fn verdicts_are_had_as_json_of_the_shape_of_the_command_line() {
    let house = House::empty();
    let run = house.add_run("sync", RunState::Done, "{}");
    let lines = HOSTILE.map(|name| verdict(name, "failed", Some("broken")));
    house.keep(run, &lines);
    // A crash may cut the last line.
    let kept = photobridge_core::kept::path(&house.data(), run);
    let cut = std::fs::read_to_string(&kept).expect("readable") + "{\"direction\":\"imp";
    std::fs::write(&kept, cut).expect("written");
    let reply = house.get(&format!("/runs/{run}.json")).await;
    let json = reply.json();
    assert_eq!(json["run"]["run"], 1);
    assert_eq!(json["verdicts"].as_array().map(Vec::as_slice), Some(lines.as_slice()));
    assert_eq!(reply.header(header::CONTENT_DISPOSITION), "attachment; filename=\"photobridge-run-1.json\"");
}

#[tokio::test]
async fn what_a_real_run_kept_is_had_as_it_was_printed() {
    let house = House::synced();
    let json = house.get("/runs/2.json").await.json();
    let applied = |way: &str| {
        let verdicts = json["verdicts"].as_array().expect("a list");
        verdicts.iter().filter(|line| line["direction"] == way && line["verdict"] == "applied").count()
    };
    assert_eq!((applied("import"), applied("export")), (3, 2));
    assert_eq!(json["run"]["report"]["import"]["applied"], 3);
    assert!(!json.to_string().contains("\"trace\""), "what leads back to the photo stays with us");
    let (header, rows) = rows(&house.get("/runs/2.csv").await);
    let files = header.iter().position(|column| column == "files").expect("a column");
    assert_eq!(rows.iter().filter(|row| row[files].ends_with(".jpg")).count(), 2, "the exports name their files");
}

#[tokio::test]
async fn the_history_is_had_as_a_whole() {
    let house = House::empty();
    for number in 0..1100 {
        let words = if number == 3 { "=1+1" } else { "of old" };
        house.add_run("sync", RunState::Failed, words);
    }
    let reply = house.get("/history.csv").await;
    assert_eq!(reply.header(header::CONTENT_DISPOSITION), "attachment; filename=\"photobridge-history.csv\"");
    let (header, rows) = rows(&reply);
    assert_eq!(rows.len(), 1100);
    assert_eq!((rows[0][0].as_str(), rows[1099][0].as_str()), ("1100", "1"));
    let words = header.iter().position(|column| column == "words").expect("a column");
    assert_eq!(rows[1096][words], "'=1+1");
    let json = house.get("/history.json").await.json();
    let runs = json["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 1100);
    assert_eq!(runs[0]["run"], 1100);
    assert_eq!((&runs[0]["state"], &runs[0]["duration_ms"]), (&Value::from("failed"), &Value::from(90_000)));
}

#[tokio::test]
async fn an_empty_history_is_an_empty_list() {
    let house = House::empty();
    assert_eq!(house.get("/history.json").await.json(), serde_json::json!({"runs": []}));
    assert_eq!(rows(&house.get("/history.csv").await).1, Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn what_is_not_kept_is_said_and_not_sent_empty() {
    let house = House::empty();
    let run = house.add_run("sync", RunState::Done, "{}");
    for (path, words) in [
        (format!("/runs/{run}.csv"), "are not kept"),
        (format!("/runs/{run}.json"), "are not kept"),
        (format!("/runs/{run}/log"), "No log of run 1 is kept"),
        ("/runs/99.csv".into(), "no such run"),
    ] {
        let reply = house.get(&path).await;
        assert_eq!(reply.status.as_u16(), 404, "{path}");
        assert!(reply.text().contains(words), "{path}: {}", reply.text());
        assert!(!reply.headers.contains_key(header::CONTENT_DISPOSITION));
    }
}

#[tokio::test]
async fn a_log_is_plain_text() {
    let house = House::synced();
    let log = "began\n<script>alert(1)</script>\n\u{1b}[2J\n";
    std::fs::write(house.data().join("runs/2.log"), [log.as_bytes(), b"\xff\n"].concat()).expect("written");
    let reply = house.get("/runs/2/log").await;
    assert_eq!(reply.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.text(), format!("{log}\u{fffd}\n"));
}

#[tokio::test]
async fn no_address_leads_to_another_file() {
    let house = House::synced();
    std::fs::write(house.data().join("runs/secret.log"), "secret").expect("written");
    for run in [
        "-1",
        "0",
        "9999999999999999999",
        "..",
        "%2e%2e",
        "..%2f..%2fsettings",
        "1%2f..%2f2",
        "secret",
        "1%00",
        "%ff",
        "2.toml",
        "2.CSV",
        ".csv",
        "-1.csv",
        "..%2f2.csv",
    ] {
        for rest in ["", "/log", "/undo"] {
            let reply = house.get(&format!("/runs/{run}{rest}")).await;
            assert_eq!(reply.status.as_u16(), 404, "{run}{rest}");
        }
    }
    assert_eq!(house.get("/runs/../1").await.status.as_u16(), 404);
    assert_eq!(house.get("/runs/1/../2").await.status.as_u16(), 404);
}
