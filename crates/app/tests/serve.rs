//! The gate, seen from outside: who is let in, and what a form must carry.

mod support;

use std::time::Duration;

use support::service::Service;
use support::visitor::Visitor;
use support::{Household, jpeg, tree};

#[test]
fn a_form_counts_once_and_only_with_its_token() {
    let home = Household::new();
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    assert_eq!(visitor.get("/").status, 200);
    let token = visitor.token.clone();
    assert_eq!(visitor.post_only("/cancel", &[]).status, 303);
    visitor.token = token;
    let again = visitor.post_only("/cancel", &[]);
    assert_eq!((again.status, again.says("Nothing was done now")), (403, true));
}

/// A household with settings that let a photo rest for so many seconds, in which one was copied just now, and one lay for long
/// enough.
fn just_copied(rest: u64) -> Household {
    let home = Household::new();
    home.make_data();
    let settings = format!("settle_seconds = {rest}\n[[folder]]\npath = '{}'\n", home.folder().display());
    std::fs::write(home.data().join("settings.toml"), settings).expect("written");
    home.put("IMG_1.JPG", &jpeg(1));
    std::thread::sleep(Duration::from_secs(rest + 1));
    home.put("IMG_2.JPG", &jpeg(2));
    home
}

/// Photos in the library, once nothing runs any more.
fn imported(home: &Household, visitor: &mut Visitor) -> usize {
    while visitor.get("/api/v1/live").body.contains("\"running\":{") {
        std::thread::sleep(Duration::from_millis(50));
    }
    tree(&home.data().join("library/originals")).len()
}

#[test]
#[cfg(target_os = "linux")]
fn an_import_uses_the_same_memory_for_one_photo_after_another() {
    const PHOTOS: u64 = 200;
    let home = Household::new();
    home.set_up("import");
    for number in 0..PHOTOS {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/").form("/simulate").press(&mut visitor, "", "");
    imported(&home, &mut visitor);
    let before = service.faults();
    visitor.get("/").form("/sync").press(&mut visitor, "", "");
    imported(&home, &mut visitor);
    assert_eq!(home.stored().len() as u64, PHOTOS);
    let each = (service.faults() - before) / PHOTOS;
    assert!(each < 25, "pages that each photo took anew: {each}");
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn what_a_service_needs_no_more_of_its_program_leaves_the_memory() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    for page in ["/", "/history", "/settings", "/schedules"] {
        assert_eq!(visitor.get(page).status, 200);
    }
    let before = service.program();
    visitor.get("/").form("/sync").press(&mut visitor, "", "");
    imported(&home, &mut visitor);
    assert_eq!(home.stored().len(), 1);
    let until = std::time::Instant::now() + Duration::from_secs(10);
    while service.program() >= before {
        assert!(std::time::Instant::now() < until, "{before} kB before a run, {} kB after it", service.program());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(visitor.get("/").status, 200);
}

#[test]
fn a_sync_of_the_page_waits_for_what_was_copied_just_now() {
    let home = just_copied(3);
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/").form("/sync").press(&mut visitor, "", "");
    let waiting = visitor.wait_for("/", "Waiting for what was just copied");
    assert!(waiting.says(" s left"), "{}", waiting.text());
    assert_eq!(imported(&home, &mut visitor), 2);
    assert!(!visitor.get("/").says("1 waiting"));
    assert!(
        home.data().join("runs/2.log").exists() && !home.data().join("runs/3.log").exists(),
        "two runs, and no more"
    );
}

#[test]
fn whoever_cancels_the_wait_has_what_was_at_rest() {
    let home = just_copied(6);
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/").form("/sync").press(&mut visitor, "", "");
    let waiting = visitor.wait_for("/", "Waiting for what was just copied");
    waiting.form("/cancel").press(&mut visitor, "", "");
    assert_eq!(imported(&home, &mut visitor), 1);
    assert!(visitor.get("/").says("1 waiting"));
    assert!(!home.data().join("runs/2.log").exists());
}

/// What it was to say may have kept photos where they are: a person's sync goes on, a schedule's waits for a person.
#[test]
fn a_schedule_waits_for_a_person_beside_a_key_that_nobody_knows() {
    let home = Household::new();
    home.make_data();
    let folder = home.folder().display().to_string();
    let settings = format!(
        "settle_seconds = 0\n[[folder]]\npath = '{folder}'\nexlude = ['Private/**']\n[[schedule]]\nname = 'often'\nevery_minutes = 600\n"
    );
    std::fs::write(home.data().join("settings.toml"), settings).expect("written");
    home.put("IMG_1.JPG", &jpeg(1));
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/").form("/sync").press(&mut visitor, "", "");
    assert_eq!(imported(&home, &mut visitor), 1);
    home.put("Private/IMG_2.JPG", &jpeg(2));
    visitor.get("/schedules").form("/schedules/act").press(&mut visitor, "act", "run");
    let held = visitor.wait_for("/schedules", "needs your look");
    assert!(held.says("`exlude` of the folder") && held.says("did you mean `exclude`?"), "{}", held.text());
    assert_eq!(imported(&home, &mut visitor), 1);
}

#[test]
fn another_host_name_leads_nowhere() {
    let home = Household::new();
    let service = Service::start(&home);
    assert_eq!(Visitor::of(&service).send("GET", "/", &[("Host", "evil.example")], b"").status, 421);
}

#[test]
fn it_keeps_a_log_and_a_second_one_leaves_that_alone() {
    let home = Household::new();
    let service = Service::start(&home);
    let log = home.data().join("logs/photobridge.log");
    let text = std::fs::read_to_string(&log).expect("there is a log");
    assert!(text.contains(&format!("serves at {}", service.address())), "{text}");
    let second = home.command(&["serve", "--listen", "127.0.0.1:0"]).output().expect("the program runs");
    assert_eq!(second.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&log).expect("there is a log"), text);
}
