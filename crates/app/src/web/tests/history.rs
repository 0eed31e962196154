//! The History page.

use photobridge_core::ledger::{Ledger, RunState};
use photobridge_core::run::StartedBy;

use crate::web::testing::{House, verdict};

/// The numbers of the runs on a page, in its order.
fn listed(page: &str) -> Vec<i64> {
    let rows = page.split("<tr id=\"run-").skip(1);
    rows.map(|row| row.split('"').next().unwrap_or_default().parse().expect("a number")).collect()
}

/// The address of a link with this text.
fn link(page: &str, text: &str) -> Option<String> {
    let before = page.split(&format!(">{text}</a>")).next().filter(|before| before.len() < page.len())?;
    let address = before.rsplit("href=\"").next()?.split('"').next()?;
    Some(address.replace("&#38;", "&").replace("&amp;", "&"))
}

const IDLE: &str = r#"{"run":3,"command":"sync","mode":"import","import":{"files":9,"seen":9,"planned":0,"applied":0,
    "failed":0,"not_reached":0,"skipped":{"same bytes":9}},"export":null,"files_read":0,"bytes_read":0,"stopped":null,
    "duration_ms":1,"notices":[]}"#;

#[tokio::test]
async fn a_schedule_that_found_nothing_is_one_line() {
    let house = House::empty();
    let begun: jiff::Timestamp = "2026-11-02T08:00:00Z".parse().expect("a time");
    let mut ledger = Ledger::open(&house.data()).expect("the ledger opens");
    let mut run = |by: StartedBy, state: RunState, report: &str| {
        let run = ledger.begin_run("sync", "import", &by, begun).expect("it begins");
        ledger.end_run(run, state, report, begun).expect("it ends");
    };
    let by = |name: &str| StartedBy::Schedule(name.into());
    run(StartedBy::Page, RunState::Done, IDLE);
    (0..1440).for_each(|_| run(by("nightly"), RunState::Done, IDLE));
    run(by("nightly"), RunState::Failed, "the disk is gone");
    (0..3).for_each(|_| run(by("nightly"), RunState::Done, IDLE));
    (0..2).for_each(|_| run(by("hourly"), RunState::Done, IDLE));
    run(by("hourly"), RunState::Done, FAILED);
    let page = house.get("/history").await.text().to_owned();
    // Run 1 by hand, 2 to 1441 at night, 1442 failed, 1443 to 1445, then 1446 and 1447, and 1448 with failures.
    assert_eq!(listed(&page), [1448, 1447, 1445, 1442, 1441, 1]);
    assert_eq!(page.matches("nothing new").count(), 3, "what was looked for by hand, or failed, is told of");
    assert!(page.contains("Checked 1,440 times, nothing new") && page.contains("Checked 3 times"), "{page}");
}

const FAILED: &str = r#"{"run":3,"command":"sync","mode":"import","import":{"files":9,"seen":9,"planned":4,"applied":0,
    "failed":5,"not_reached":0,"skipped":{"same bytes":4}},"export":null,"files_read":0,"bytes_read":0,"stopped":null,
    "duration_ms":1,"notices":[]}"#;

#[tokio::test]
async fn where_there_was_no_run_the_page_says_what_to_do() {
    let house = House::empty();
    let page = house.get("/history").await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.text().contains("No runs yet") && page.text().contains("Back to Photos"), "{}", page.text());
    assert!(!house.data().join("ledger.sqlite").exists(), "a look makes nothing");
}

#[tokio::test]
async fn runs_are_told_with_counts_state_and_what_can_be_had() {
    let house = House::synced();
    let page = house.get("/history").await;
    let text = page.text();
    assert_eq!(listed(text), [2, 1]);
    for words in [
        "2 runs today, none with failures.",
        "3 imported, 0 skipped",
        "2 exported, 0 skipped",
        "3 to import, 0 skipped",
        "Simulation</b> <span class=\"num\">1",
        "Bidirectional · from the command line",
        "<span class=\"badge good\">done</span>",
        "href=\"/runs/2/undo\"",
        "href=\"/runs/1.csv\"",
        "href=\"/runs/2.json\"",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(!text.contains("/runs/1/undo"), "a simulation is not undone");
    assert!(text.contains("/runs/2/log"), "each run keeps a log");
}

#[tokio::test]
async fn failures_stand_with_their_run_and_no_name_is_taken_for_anything_else() {
    let house = House::empty();
    house.add_run("simulate", RunState::Done, "{}");
    let run = house.add_run("sync", RunState::Done, FAILED);
    let names =
        ["<script>alert(1)</script>.jpg", "\"><img src=x onerror=alert(1)>.jpg", "a\nb'c.jpg", "4.jpg", "5.jpg"];
    let mut lines: Vec<_> = names.iter().map(|name| verdict(name, "failed", Some("it <b>broke</b>"))).collect();
    lines.insert(1, verdict("fine.jpg", "applied", None));
    house.keep(run, &lines);
    std::fs::write(house.data().join(format!("runs/{run}.log")), "began\n").expect("written");
    house.add_run("sync", RunState::Failed, "the folder <i>/x</i> is gone. Nothing was changed");
    let page = house.get("/history?filter=with-failures").await;
    let text = page.text();
    assert_eq!(listed(text), [3, 2]);
    for raw in ["<script>alert", "<img src=x", "<b>broke", "<i>/x"] {
        assert!(!text.contains(raw), "{raw}");
    }
    let shown: String =
        text.split("class=\"failures\"").nth(1).expect("failures").split("</ul>").next().unwrap_or_default().into();
    assert!(shown.contains("&#60;script&#62;alert(1)&#60;/script&#62;.jpg</b> it &#60;b&#62;broke"), "{shown}");
    assert_eq!(shown.matches("<li>").count(), 4, "three and the number of the others: {shown}");
    assert!(shown.contains("and 2 more") && !shown.contains("fine.jpg"), "{shown}");
    assert!(text.contains("<span class=\"badge bad\">done, 5 failed</span>"));
    assert!(text.contains("<span class=\"badge bad\">failed</span>"));
    assert!(text.contains("href=\"/runs/2/log\""));
    assert!(text.contains("3 runs since 2 November") && text.contains("2 with failures"), "{text}");
}

#[tokio::test]
async fn many_runs_are_paged_and_filtered() {
    let house = House::empty();
    for number in 1..=60 {
        let command = if number % 2 == 0 { "sync" } else { "simulate" };
        let state = if number == 7 { RunState::NeedsYourLook } else { RunState::Done };
        house.add_run(command, state, "{}");
    }
    let first = house.get("/history").await;
    assert_eq!(listed(first.text()), (36..=60).rev().collect::<Vec<_>>());
    assert_eq!(link(first.text(), "Newer"), None);
    let second = house.get(&link(first.text(), "Older").expect("a link")).await;
    assert_eq!(listed(second.text()), (11..=35).rev().collect::<Vec<_>>());
    let third = house.get(&link(second.text(), "Older").expect("a link")).await;
    assert_eq!(listed(third.text()), (1..=10).rev().collect::<Vec<_>>());
    assert_eq!(link(third.text(), "Older"), None);
    let back = house.get(&link(third.text(), "Newer").expect("a link")).await;
    assert_eq!(listed(back.text()), listed(second.text()));
    assert_eq!(listed(house.get("/history?filter=needs-your-look").await.text()), [7]);
    let syncs = house.get("/history?filter=syncs").await;
    let next = house.get(&link(syncs.text(), "Older").expect("a link")).await;
    assert_eq!(listed(next.text()), [10, 8, 6, 4, 2], "the filter stays on the next page");
    assert!(syncs.text().contains("aria-current=\"true\">Syncs<b class=\"num\">30</b>"));
}

#[tokio::test]
async fn an_address_that_makes_no_sense_shows_nothing() {
    let house = House::synced();
    for query in ["filter=x", "filter=", "before=x", "before=99999999999999999999", "filter=all&filter=syncs"] {
        assert_eq!(house.get(&format!("/history?{query}")).await.status.as_u16(), 404, "{query}");
    }
    for query in ["before=-5", "after=9223372036854775807", "before=9223372036854775807&after=1"] {
        assert_eq!(house.get(&format!("/history?{query}")).await.status.as_u16(), 200, "{query}");
    }
}
