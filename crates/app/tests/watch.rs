//! What arrives while `serve` runs crosses by itself: files are dropped, and the other side is looked at.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::service::Service;
use support::visitor::Visitor;
use support::{Household, jpeg, text};

/// A household whose person synced once.
fn household(mode: &str) -> Household {
    let home = Household::new();
    home.set_up(mode);
    home.put("2024/IMG_1.JPG", &jpeg(1));
    sync(&home);
    home
}

fn sync(home: &Household) {
    let output = home.command(&["sync"]).output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
}

/// Waits until that is so, for a minute at most, and says how long that took.
fn within_a_minute(what: &str, is: impl Fn() -> bool) -> Duration {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(250));
    }
    begun.elapsed()
}

/// The runs of the history, newest first: who started each, and how many photos it imported and exported.
fn runs(home: &Household) -> Vec<(String, u64, u64)> {
    let output = home.command(&["history", "--json-lines"]).output().expect("it runs");
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let runs: Vec<Value> = lines
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).expect("JSON"))
        // Not one that is still under way.
        .filter(|run: &Value| run["state"] != "running")
        .collect();
    let applied = |run: &Value, way: &str| run[way]["applied"].as_u64().unwrap_or(0);
    let of = |run: &Value| {
        let by = run["started_by"].as_str().unwrap_or_default().to_owned();
        (by, applied(run, "import"), applied(run, "export"))
    };
    runs.iter().map(of).collect()
}

/// Waits until nothing more starts by itself.
fn settled(home: &Household) -> Vec<(String, u64, u64)> {
    let (mut before, mut since) = (runs(home), Instant::now());
    while since.elapsed() < Duration::from_secs(12) {
        std::thread::sleep(Duration::from_millis(500));
        let now = runs(home);
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
    before
}

#[test]
fn a_photo_that_arrives_crosses_by_itself() {
    let home = household("import");
    let _service = Service::start_watching(&home);
    settled(&home);
    home.put("2024/IMG_2.JPG", &jpeg(2));
    within_a_minute("a photo in a folder that was there", || home.names().len() == 2);
    home.put("2025/12/IMG_3.JPG", &jpeg(3));
    within_a_minute("a photo in a new folder", || home.names().len() == 3);
    let outside = home.root().join("card");
    fs::create_dir_all(outside.join("DCIM/100APPLE")).expect("made");
    for number in 4..8 {
        fs::write(outside.join(format!("DCIM/100APPLE/IMG_{number}.JPG")), jpeg(number)).expect("written");
    }
    fs::rename(&outside, home.folder().join("card")).expect("moved in");
    within_a_minute("a folder that is moved in", || home.names().len() == 7);
    let mut stored = home.stored();
    stored.dedup();
    assert_eq!(stored.len(), 7, "each once");
    assert_eq!(settled(&home)[0], ("watch".into(), 4, 0));
}

#[test]
fn many_at_once_are_one_run() {
    let home = household("import");
    let _service = Service::start_watching(&home);
    let before = settled(&home).len();
    for number in 10..310 {
        home.put(&format!("burst/IMG_{number}.JPG"), &jpeg(number));
    }
    within_a_minute("all of them", || home.names().len() == 301);
    let after = settled(&home);
    assert_eq!(after[0], ("watch".into(), 300, 0), "{after:?}");
    assert_eq!(after.len(), before + 1, "{after:?}");
}

#[test]
fn a_photo_of_the_library_crosses_by_itself() {
    let home = household("bidirectional");
    let _service = Service::start_watching(&home);
    settled(&home);
    home.fill_library(&[("IMG_7.JPG", jpeg(7))]);
    within_a_minute("it goes out", || support::tree(&home.folder()).len() == 2);
    let after = settled(&home);
    assert_eq!(after.iter().map(|(_, _, exported)| exported).sum::<u64>(), 1, "{after:?}");
    assert_eq!(home.names().len(), 2, "what went out does not come back");
}

#[test]
fn nothing_begins_before_a_person_has_synced() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    let _service = Service::start_watching(&home);
    assert!(settled(&home).is_empty());
    let simulated = home.command(&["simulate"]).output().expect("it runs");
    assert!(simulated.status.success(), "{}", text(&simulated));
    assert_eq!(settled(&home).len(), 1, "a simulation carries nothing, and nothing follows it");
    sync(&home);
    home.put("IMG_2.JPG", &jpeg(2));
    within_a_minute("from then on", || home.names().len() == 2);
}

#[test]
fn who_switches_it_off_is_left_alone() {
    let home = household("import");
    let settings = home.data().join("settings.toml");
    let said = fs::read_to_string(&settings).expect("there");
    fs::write(&settings, format!("watch = false\n{said}")).expect("written");
    let _service = Service::start_watching(&home);
    home.put("IMG_2.JPG", &jpeg(2));
    assert_eq!(settled(&home).len(), 1);
    fs::write(&settings, said).expect("written");
    within_a_minute("once it is on again", || home.names().len() == 2);
}

#[test]
fn a_sync_by_hand_is_followed_by_nothing_and_stays_the_last_result() {
    let home = Household::new();
    home.set_up("import");
    home.put("2024/IMG_1.JPG", &jpeg(1));
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/");
    visitor.post("/simulate", &[]);
    visitor.wait_for("/", "Sync 1 photo");
    visitor.get("/").form("/sync").press(&mut visitor, "do", "sync");
    visitor.wait_for("/", "1 photo imported");
    let runs = settled(&home);
    assert_eq!(
        runs.iter().map(|(by, ..)| by.as_str()).collect::<Vec<_>>(),
        ["page", "page"],
        "nothing follows by itself"
    );
    home.put("2024/IMG_2.JPG", &jpeg(2));
    within_a_minute("what comes then", || home.names().len() == 2);
    // What is no news is looked at, and leaves what the page tells of the last sync.
    home.put("2024/IMG_2 again.JPG", &jpeg(2));
    let runs = settled(&home);
    assert_eq!(runs[0], ("watch".into(), 0, 0), "{runs:?}");
    let page = visitor.get("/");
    assert!(page.says("Last sync: 1 photo imported"), "{}", page.text());
}
