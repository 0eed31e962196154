//! A photo opened: its neighbours, its full size, what plays, and what a person says of it there.

use std::fs;
use std::process::Command;

use fantoccini::key::Key;
use serde_json::json;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg, shot};

fn title(browser: &Browser) -> Option<String> {
    Some(browser.glance("return document.querySelector('h1')?.textContent", &[])?.as_str()?.to_owned())
}

fn is_titled(browser: &Browser, name: &str) {
    browser.wait_until(&format!("{name} is open"), || title(browser).as_deref() == Some(name));
}

/// Every picture of the page is there and has pixels.
fn is_seen(browser: &Browser) {
    let seen = "const all = [...document.querySelectorAll('.zoom img')];
                return all.length > 0 && all.every((e) => e.complete && e.naturalWidth > 0)";
    browser.wait_until("the picture is seen", || browser.glance(seen, &[]) == Some(json!(true)));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn neighbours_are_a_key_away() {
    let home = Household::new();
    home.set_up("import");
    for number in 0..3 {
        home.put(&format!("IMG_{number}.JPG"), &shot(number).jpeg(1600, 1200));
    }
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Simulate");
        browser.wait_for("Sync 3 photos");
        browser.click("Open IMG_0.JPG");
        is_titled(browser, "IMG_0.JPG");
        browser.wait_for("1 of 3");
        is_seen(browser);
        browser.press(Key::Right);
        is_titled(browser, "IMG_1.JPG");
        browser.press(Key::Right);
        is_titled(browser, "IMG_2.JPG");
        browser.press(Key::Left);
        is_titled(browser, "IMG_1.JPG");
        is_seen(browser);
        let width = "return document.querySelector('.zoom img').getBoundingClientRect().width";
        let fitted = browser.look(width, &[]).as_f64().expect("a width");
        browser.click("Full size: IMG_1.JPG, in the folder");
        let full = browser.look(width, &[]).as_f64().expect("a width");
        assert!(fitted < 1200.0 && full == 1600.0, "{fitted} {full}");
        browser.press(Key::Escape);
        browser.wait_for("What a sync would do");
        assert_eq!(browser.look("return location.hash", &[]), json!("#item-1"));
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn without_scripts_there_are_links() {
    let home = Household::new();
    home.set_up("import");
    (0..3).for_each(|number| drop(home.put(&format!("IMG_{number}.JPG"), &jpeg(number))));
    // What is read of a file is not kept as long as the file may still change within the tick of its clock.
    std::thread::sleep(photobridge_core::folder::look::RACY);
    let output = home.command(&["simulate"]).output().expect("it runs");
    assert!(output.status.success());
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.without_scripts();
        browser.go("/plan");
        browser.click("Open IMG_0.JPG");
        is_titled(browser, "IMG_0.JPG");
        browser.click("Next");
        is_titled(browser, "IMG_1.JPG");
        browser.click("Exclude");
        // To load the page anew before the form was sent would take its place.
        browser.wait_until("the form was sent", || browser.text().contains("1 photo excluded."));
        browser.wait_until("it is said", || {
            browser.reload();
            browser.text().contains("You excluded this photo.")
        });
        browser.click("Close");
        browser.click("Open IMG_0.JPG");
        is_titled(browser, "IMG_0.JPG");
    });
    assert_eq!(home.report(&["sync"], 0).count("applied"), 2, "what was excluded stays");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_same_shot_is_compared_and_imported_anyway() {
    let home = Household::demo();
    let before = home.snapshot().assets.len();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/plan?way=import");
        browser.click("Compare IMG_0418.jpg");
        is_titled(browser, "IMG_0418.jpg");
        is_seen(browser);
        assert_eq!(browser.look("return document.querySelectorAll('.zoom img').length", &[]), json!(2));
        let differs = "return [...document.querySelectorAll('.differs th')].map((e) => e.textContent)";
        let differs = browser.look(differs, &[]);
        let says = |name: &str| differs.as_array().is_some_and(|all| all.contains(&json!(name)));
        assert!(says("Name") && says("Size") && !says("Taken"), "{differs}");
        pictures::take(browser, home.root(), "compare");
        browser.window(1200, 900);
        browser.click("Import anyway");
        browser.wait_for("Will be imported at the next sync.");
        assert_eq!(home.snapshot().assets.len(), before, "nothing goes before a sync");
        browser.go("/");
        browser.wait_for("1 photo to import");
        browser.wait_for("1 photo to export");
        browser.click("Sync 2 photos");
        browser.wait_for("Last sync: 1 photo imported, 1 photo exported");
        assert!(home.names().contains(&"IMG_0418.jpg".to_owned()));
        assert_eq!(home.snapshot().assets.len(), before + 1);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn what_the_browser_cannot_play_is_said() {
    let home = Household::new();
    home.set_up("import");
    home.put("CLIP.MOV", &shot(1).movie(320, 240, 3000));
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Simulate");
        browser.wait_for("Sync 1 photo");
        browser.click("Open CLIP.MOV, 0:03");
        browser.wait_for("This browser cannot play this video.");
    });
}

#[test]
#[ignore = "needs chromium, chromedriver and ffmpeg"]
fn a_video_plays_from_its_middle() {
    let home = Household::new();
    home.set_up("import");
    let clip = home.folder().join("CLIP.mp4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=20", "-pix_fmt", "yuv420p"])
        .args(["-movflags", "+faststart", "-metadata", "creation_time=2024-05-14T12:00:00Z"])
        .arg(&clip)
        .status();
    assert!(made.expect("ffmpeg is needed").success());
    assert!(fs::metadata(&clip).expect("it is there").len() > 20_000);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Sync");
        browser.wait_for("1 photo imported");
        for page in ["/folder", "/library"] {
            browser.go(page);
            browser.click("CLIP.mp4, 14 May 2024, VIDEO");
            is_titled(browser, "CLIP.mp4");
            let play = "const done = arguments[arguments.length - 1];
                        const video = document.querySelector('video');
                        video.muted = true;
                        video.addEventListener('error', () => done('error ' + video.error?.message));
                        video.addEventListener('seeked', () => done([video.videoWidth, Math.round(video.currentTime)]));
                        const seek = () => { video.currentTime = 15; };
                        if (video.readyState > 0) seek(); else video.addEventListener('loadedmetadata', seek);";
            assert_eq!(browser.ask(play, &[]), json!([640, 15]), "{page}");
        }
    });
}
