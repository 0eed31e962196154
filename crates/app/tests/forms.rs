//! Every form that writes settings, over a file in which nothing is at its default: pressed as it is, it changes no byte; with
//! one field changed, it changes that setting alone.

mod support;

use std::fs;

use support::service::Service;
use support::visitor::Visitor;
use support::{Household, jpeg};

/// A household with a library, two folders, a place for exports, and settings that a person wrote in a way of their own.
fn household() -> (Household, String) {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    for folder in ["anna", "ben", "out", "data"] {
        fs::create_dir(home.root().join(folder)).expect("made");
    }
    let text = MINE.replace("ROOT", &home.root().display().to_string());
    write(&home, &text);
    (home, text)
}

const MINE: &str = r#"# Mine, before everything.
library = 'ROOT/library' # the shelf
mode = "bidirectional"   # both
album = 'Phones & "more" ' # a title
settle_seconds = 7
other_half_minutes = 1_440 # a day
  icloud_hours = 0x10 # as I like it
join_late_files = true # one photo
motion_photos = "live" # two files
archives = "read" # from the other cloud
people_as_keywords = true # who is who
unattended_limit = 77 # few
watch = false # when I say so

[ export ] # what goes out
folder = 'ROOT/out'
range = "full-library" # all
baseline = "2026-02-28T17:00:00.25Z" # to the quarter of a second
layout = "flat"
edited = "both"
sidecar = "xmp"
live_photos = "motion-photo"
photos = false # no pictures
videos = true
from = "2020-01-01"
until = " 2024-01-31 " # a month
hidden = true
shared_albums = true
unpicked_burst_frames = true
scope = "personal"

# Anna's phone
[[folder]] # first
path = 'ROOT/anna' # hers
  album = "Anna" # her album
recursive = false
include = [
  "**/Camera/**", # the camera
  " b",
]
exclude = ["*.gif"] # nothing that moves
images = false
videos = true
nomedia = true # what Android hides

# Ben's phone
[[folder]]
videos = false
path = 'ROOT/ben' # his

# At night
[[schedule]]
enabled = false # not now
name = 'nightly' # a good name
daily_at = "7:05" # in the morning
mode = "export" # out
# The end.
"#;

fn write(home: &Household, text: &str) {
    fs::write(home.data().join("settings.toml"), text).expect("written");
}

fn settings(home: &Household) -> String {
    fs::read_to_string(home.data().join("settings.toml")).expect("settings")
}

fn rest(visitor: &mut Visitor) {
    visitor.wait_for("/", "Simulate");
    while visitor.get("/api/v1/status").body.contains("\"running\":{") {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// What pages lead to in a household that has synced and looked again.
const PAGES: [&str; 13] = [
    "/",
    "/settings",
    "/schedules",
    "/schedules?edit=nightly",
    "/baseline",
    "/full-library",
    "/plan",
    "/history",
    "/runs/1",
    "/runs/1/undo",
    "/help",
    "/welcome",
    "/login",
];

#[test]
fn a_form_that_nobody_touched_changes_no_byte() {
    let (home, text) = household();
    for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
        write(&home, &text);
        let service = Service::start_watching(&home);
        let mut visitor = Visitor::of(&service);
        let mut pressed = Vec::new();
        for page in PAGES {
            // What was pressed may have changed the page.
            for number in 0.. {
                let Some((form, (name, value))) = visitor.get(page).forms().into_iter().nth(number) else { break };
                let answer = form.press(&mut visitor, &name, &value);
                assert!(answer.status < 500, "{page}: {}: {}", form.action, answer.text());
                assert_eq!(settings(&home), text, "{page}: {}, pressed with {name} = {value}", form.action);
                pressed.push(form.action);
                rest(&mut visitor);
            }
        }
        for expected in
            ["/settings", "/schedules", "/schedules/act", "/baseline", "/simulate", "/sync", "/full-library"]
        {
            assert!(pressed.iter().any(|at| at == expected), "{expected} was not pressed: {pressed:?}");
        }
    }
}

#[test]
fn what_is_kept_as_a_draft_changes_no_byte_either() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let settings_form = |visitor: &mut Visitor| visitor.get("/settings").form("/settings");
    let root = fs::canonicalize(home.root()).expect("there").display().to_string();
    for (field, path) in [("folder.0.path", "anna"), ("folder.1.path", "ben"), ("export.folder", "out")] {
        let browser = settings_form(&mut visitor).press(&mut visitor, "do", &format!("browse:{field}"));
        let back = browser.link("Cancel");
        let form = visitor.get(&back).form("/settings");
        assert!(form.press(&mut visitor, "do", "save").says("Nothing was changed."), "{field}");
        assert_eq!(settings(&home), text, "{field}, and cancelled");
        let browser = settings_form(&mut visitor).press(&mut visitor, "do", &format!("browse:{field}"));
        let chosen = browser.form("/folders").press(&mut visitor, "path", &format!("{root}/{path}"));
        chosen.form("/settings").press(&mut visitor, "do", "save");
        assert_eq!(settings(&home), text, "{field}, and the same was chosen");
    }
    let refused = settings_form(&mut visitor).set("settle_seconds", "soon").press(&mut visitor, "do", "save");
    let mended = refused.form("/settings").set("settle_seconds", "7").press(&mut visitor, "do", "save");
    assert!(mended.says("Nothing was changed."), "{}", mended.text());
    assert_eq!(settings(&home), text, "after an error");
    let up = settings_form(&mut visitor).press(&mut visitor, "do", "up:1");
    let down = up.form("/settings").press(&mut visitor, "do", "up:0");
    down.form("/settings").press(&mut visitor, "do", "save");
    assert_eq!(settings(&home), text, "up and down again");
}

#[test]
fn one_field_changes_one_setting() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let root = home.root().display().to_string();
    fs::create_dir(home.root().join("cleo")).expect("made");
    let cleo = format!("{root}/cleo");
    let (apart, path) = (format!("folder = '{root}/out'\nrange"), format!("path = '{root}/anna'"));
    let new = format!("# his\n\n[[folder]]\npath = \"{cleo}\"\n");
    let cases: &[(&str, &str, &str, &str)] = &[
        ("mode", "export", "\"bidirectional\"", "\"export\""),
        ("album", "New", "'Phones & \"more\" '", "\"New\""),
        ("settle_seconds", "8", "settle_seconds = 7\n", "settle_seconds = 8\n"),
        ("other_half_minutes", "9", "1_440", "9"),
        ("icloud_hours", "3", "0x10", "3"),
        ("join_late_files", "no", "join_late_files = true", "join_late_files = false"),
        ("motion_photos", "as-they-are", "\"live\"", "\"as-they-are\""),
        ("people_as_keywords", "no", "people_as_keywords = true", "people_as_keywords = false"),
        ("archives", "leave", "archives = \"read\"", "archives = \"leave\""),
        ("unattended_limit", "78", "77", "78"),
        ("watch", "yes", "watch = false", "watch = true"),
        ("export.folder", &cleo, &apart, &format!("folder = \"{cleo}\"\nrange")),
        ("export.folder", "", &apart, "folder = \"\"\nrange"),
        ("export.range", "going-forward", "\"full-library\"", "\"going-forward\""),
        ("export.layout", "date", "\"flat\"", "\"date\""),
        ("export.edited", "current", "edited = \"both\"", "edited = \"current\""),
        ("export.sidecar", "none", "\"xmp\"", "\"none\""),
        ("export.live_photos", "two-files", "\"motion-photo\"", "\"two-files\""),
        ("export.photos", "yes", "photos = false", "photos = true"),
        ("export.from", "", "\"2020-01-01\"", "\"\""),
        ("export.until", "2024-02-01", "\" 2024-01-31 \"", "\"2024-02-01\""),
        ("export.hidden", "no", "hidden = true", "hidden = false"),
        ("export.shared_albums", "no", "shared_albums = true", "shared_albums = false"),
        ("export.unpicked_burst_frames", "no", "unpicked_burst_frames = true", "unpicked_burst_frames = false"),
        ("export.scope", "shared", "\"personal\"", "\"shared\""),
        ("folder.0.path", &cleo, &path, &format!("path = \"{cleo}\"")),
        ("folder.0.album", "Anne", "\"Anna\"", "\"Anne\""),
        ("folder.0.album", "", "  album = \"Anna\" # her album", "# her album"),
        ("folder.0.recursive", "yes", "recursive = false", "recursive = true"),
        ("folder.0.images", "yes", "images = false", "images = true"),
        ("folder.0.nomedia", "no", "nomedia = true", "nomedia = false"),
        ("folder.0.include", "**/Camera/**", "  \" b\",\n]", "]"),
        ("folder.0.exclude", "*.gif\r\n*.bmp", "[\"*.gif\"]", "[\"*.gif\", \"*.bmp\"]"),
        ("folder.0.exclude", "", "[\"*.gif\"]", "[]"),
        ("folder.1.videos", "yes", "videos = false", "videos = true"),
        ("folder.1.images", "no", "# his\n", "# his\nimages = false\n"),
        ("folder.new", &cleo, "# his\n", &new),
    ];
    for (field, value, before, after) in cases {
        write(&home, &text);
        let saved = loop {
            let form = visitor.get("/settings").form("/settings");
            assert_ne!(form.value(field), Some(*value), "{field}");
            let saved = form.set(field, value).press(&mut visitor, "do", "save");
            if !saved.says("Too many requests") {
                break saved;
            }
            // No person presses so often.
            std::thread::sleep(std::time::Duration::from_secs(1));
        };
        assert!(saved.says("Settings saved."), "{field} = {value}: {}", saved.text());
        assert_eq!(text.matches(before).count(), 1, "{before}");
        assert_eq!(settings(&home), text.replace(before, after), "{field} = {value}");
    }
}

#[test]
fn one_field_of_a_schedule_changes_that_alone() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    for (field, value, before, after) in [
        ("name", "at night", "'nightly'", "\"at night\""),
        ("time", "07:06", "\"7:05\"", "\"07:06\""),
        ("mode", "import", "mode = \"export\"", "mode = \"import\""),
        ("mode", "", "mode = \"export\" # out\n", "# out\n"),
    ] {
        write(&home, &text);
        let form = visitor.get("/schedules?edit=nightly").form("/schedules").set(field, value);
        let saved = form.press(&mut visitor, "", "");
        assert!(saved.says("runs daily at"), "{field}: {}", saved.text());
        assert_eq!(text.matches(before).count(), 1, "{before}");
        assert_eq!(settings(&home), text.replace(before, after), "{field} = {value}");
    }
    write(&home, &text);
    let answer = visitor.get("/schedules").form("/schedules/act").press(&mut visitor, "act", "resume");
    assert!(answer.says("is resumed"), "{}", answer.text());
    assert_eq!(settings(&home), text.replace("enabled = false", "enabled = true"));
}

#[test]
fn a_schedule_that_others_changed_keeps_what_they_did() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    let (mut one, mut two) = (Visitor::of(&service), Visitor::of(&service));
    let behind = two.get("/schedules?edit=nightly").form("/schedules");
    let first = one.get("/schedules?edit=nightly").form("/schedules").set("time", "03:00").press(&mut one, "", "");
    assert!(first.says("runs daily at 03:00"), "{}", first.text());
    assert!(behind.press(&mut two, "", "").says("Nothing was changed."), "what was not touched takes nothing back");
    assert!(settings(&home).contains("03:00"));
    let behind = behind.set("mode", "import");
    assert!(behind.press(&mut two, "", "").says("runs daily at 03:00"));
    assert_eq!(settings(&home), text.replace("\"7:05\"", "\"03:00\"").replace("\"export\" # out", "\"import\" # out"));
    let before = settings(&home);
    let refused = behind.set("time", "04:00").press(&mut two, "", "");
    assert!(refused.says("it runs daily at 03:00 now") && refused.says("Nothing was saved."), "{}", refused.text());
    assert_eq!(settings(&home), before);
    let again = refused.form("/schedules");
    assert_eq!(again.value("time"), Some("04:00"));
    assert!(again.press(&mut two, "", "").says("runs daily at 04:00"));

    // One of two keys is asked for, and the other one is saved at once; what was not touched here stays as it was made there.
    let behind = two.get("/schedules?edit=nightly").form("/schedules").set("time", "06:00").set("name", "at night");
    let elsewhere =
        one.get("/schedules?edit=nightly").form("/schedules").set("time", "05:30").set("mode", "bidirectional");
    elsewhere.press(&mut one, "", "");
    let before = settings(&home);
    let asked = behind.press(&mut two, "", "");
    assert!(asked.says("it runs daily at 05:30 now") && asked.says("The rest is saved."), "{}", asked.text());
    let renamed = before.replace("'nightly'", "\"at night\"");
    assert_eq!(settings(&home), renamed);
    assert!(asked.form("/schedules").press(&mut two, "", "").says("runs daily at 06:00"));
    assert_eq!(settings(&home), renamed.replace("05:30", "06:00"));
    let named = two.get("/schedules?edit=at%20night").form("/schedules").set("name", "nightly");
    named.press(&mut two, "", "");

    let gone = two.get("/schedules?edit=nightly").form("/schedules").set("time", "05:00");
    one.get("/schedules").form("/schedules/act").press(&mut one, "act", "remove");
    let offered = gone.press(&mut two, "", "");
    assert!(
        offered.says("was renamed or removed elsewhere") && !settings(&home).contains("daily_at"),
        "{}",
        offered.text()
    );
    assert!(offered.form("/schedules").press(&mut two, "", "").says("runs daily at 05:00"));
}

/// What a later version wrote, and what a person misspelt: at the top, in a table, of a folder, of a schedule.
fn with_strange_keys(text: &str) -> String {
    let text = format!("colour = \"red\" # of a later version\n{text}");
    let text = text.replace("layout = \"flat\"\n", "layout = \"flat\"\nplase = [ 1,\n  2 ] # two\n");
    let text = text.replace("nomedia = true #", "exlude = [\"x\"] # a slip\nnomedia = true #");
    text.replace("enabled = false # not now\n", "enabled = false # not now\npriority = 3 # high\n")
}

#[test]
fn keys_that_nobody_knows_are_kept_by_every_form() {
    let (home, text) = household();
    let strange = with_strange_keys(&text);
    write(&home, &strange);
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let page = visitor.get("/settings");
    for said in [
        "`colour`",
        "`export.plase`",
        "`exlude` of the folder",
        "did you mean `exclude`?",
        "`priority` of the schedule nightly",
    ] {
        assert!(page.says(said), "{said}: {}", page.text());
        assert!(visitor.get("/").says(said), "{said}");
    }
    for (page, action) in
        [("/settings", "/settings"), ("/schedules?edit=nightly", "/schedules"), ("/baseline", "/baseline")]
    {
        visitor.get(page).form(action).press(&mut visitor, "do", "save");
        assert_eq!(settings(&home), strange, "{page}, pressed as it is");
    }
    for (page, action, field, value, before, after) in [
        ("/settings", "/settings", "album", "New", "'Phones & \"more\" '", "\"New\""),
        ("/settings", "/settings", "export.layout", "date", "layout = \"flat\"", "layout = \"date\""),
        ("/settings", "/settings", "folder.0.exclude", "*.bmp", "[\"*.gif\"]", "[\"*.bmp\"]"),
        ("/schedules?edit=nightly", "/schedules", "mode", "import", "mode = \"export\"", "mode = \"import\""),
        ("/baseline", "/baseline", "time", "2026-02-28T17:00:01", "17:00:00.25Z", "17:00:01Z"),
    ] {
        write(&home, &strange);
        visitor.get(page).form(action).set(field, value).press(
            &mut visitor,
            "do",
            if page == "/baseline" { "set" } else { "save" },
        );
        assert_eq!(settings(&home), strange.replace(before, after), "{field} = {value}");
    }
    // The order of the folders, which carries each table as it is.
    write(&home, &strange);
    let up = visitor.get("/settings").form("/settings").press(&mut visitor, "do", "up:1");
    up.form("/settings").press(&mut visitor, "do", "save");
    assert!(settings(&home).contains("exlude = [\"x\"] # a slip") && settings(&home) != strange);
}

/// What two people change at once: of the same key one is asked, and all the rest is saved.
#[test]
fn what_nobody_else_changed_is_saved_at_once() {
    let (home, text) = household();
    let strange = with_strange_keys(&text);
    write(&home, &strange);
    let service = Service::start_watching(&home);
    let (mut one, mut two) = (Visitor::of(&service), Visitor::of(&service));
    let behind = two.get("/settings").form("/settings");
    let first = one.get("/settings").form("/settings");
    let first = [("album", "Theirs"), ("icloud_hours", "3"), ("folder.0.album", "Ann"), ("folder.1.videos", "yes")]
        .iter()
        .fold(first, |form, (name, value)| form.set(name, value));
    assert!(first.press(&mut one, "do", "save").says("Settings saved."));
    let theirs = strange
        .replace("'Phones & \"more\" '", "\"Theirs\"")
        .replace("0x10", "3")
        .replace("album = \"Anna\" #", "album = \"Ann\" #")
        .replace("videos = false\npath", "videos = true\npath");
    assert_eq!(settings(&home), theirs);
    let mine = [
        ("album", "Mine"),
        ("unattended_limit", "78"),
        ("export.layout", "date"),
        ("folder.0.album", "Anne"),
        ("folder.0.exclude", "*.bmp"),
        ("folder.1.recursive", "no"),
    ];
    let asked = mine.iter().fold(behind, |form, (name, value)| form.set(name, value)).press(&mut two, "do", "save");
    let rest = theirs
        .replace("= 77", "= 78")
        .replace("layout = \"flat\"", "layout = \"date\"")
        .replace("[\"*.gif\"]", "[\"*.bmp\"]")
        .replace(
            "path = 'ROOT/ben' # his\n".replace("ROOT", &home.root().display().to_string()).as_str(),
            &format!("path = '{}/ben' # his\nrecursive = false\n", home.root().display()),
        );
    assert_eq!(settings(&home), rest, "{}", asked.text());
    assert!(asked.says("What nobody else changed is saved.") && !asked.says("Not saved."), "{}", asked.text());
    assert!(asked.says("changed to “Theirs”") && asked.says("changed to “Ann”"), "{}", asked.text());
    assert_eq!(asked.body.matches("aria-invalid=\"true\"").count(), 2, "{}", asked.body);
    let again = asked.form("/settings");
    assert_eq!((again.value("album"), again.value("icloud_hours")), (Some("Mine"), Some("3")));
    // Whoever leaves one of them as it was made elsewhere puts only the other in its place.
    let last = again.set("folder.0.album", "Ann").press(&mut two, "do", "save");
    assert!(last.says("Settings saved."), "{}", last.text());
    assert_eq!(settings(&home), rest.replace("\"Theirs\"", "\"Mine\""));
}

#[test]
fn nothing_is_saved_where_something_makes_no_sense_besides() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    let (mut one, mut two) = (Visitor::of(&service), Visitor::of(&service));
    let behind = two.get("/settings").form("/settings").set("album", "Mine").set("settle_seconds", "soon");
    one.get("/settings").form("/settings").set("album", "Theirs").press(&mut one, "do", "save");
    let theirs = text.replace("'Phones & \"more\" '", "\"Theirs\"");
    let refused = behind.set("unattended_limit", "78").press(&mut two, "do", "save");
    assert!(refused.says("Not saved. Fix the 2 highlighted settings."), "{}", refused.text());
    assert_eq!(settings(&home), theirs);
    refused.form("/settings").set("settle_seconds", "7").press(&mut two, "do", "save");
    assert_eq!(settings(&home), theirs.replace("\"Theirs\"", "\"Mine\"").replace("= 77", "= 78"));
}

#[test]
fn the_baseline_is_offered_as_it_is_and_set_to_another_moment_alone() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let dialog = visitor.get("/baseline").form("/baseline");
    assert_eq!(dialog.value("time"), Some("2026-02-28T17:00:00"));
    let other = dialog.set("time", "2026-02-28T17:00:01").press(&mut visitor, "do", "set");
    assert!(other.says("The baseline is"), "{}", other.text());
    let at = |time: &str| text.replace("2026-02-28T17:00:00.25Z", time);
    assert_eq!(settings(&home), at("2026-02-28T17:00:01Z"));
    // Whoever is behind sets what stands there, or nothing.
    let behind = visitor.get("/baseline").form("/baseline");
    write(&home, &at("2026-01-01T00:00:00Z"));
    assert!(behind.press(&mut visitor, "do", "set").says("The baseline is as it was."));
    assert_eq!(settings(&home), at("2026-01-01T00:00:00Z"));
    let now = visitor.get("/baseline").form("/baseline").press(&mut visitor, "do", "now");
    assert!(now.says("Added to the library before it: 1 photo."), "{}", now.text());
    assert!(!settings(&home).contains("2026-01-01"));
}

/// Forms with something typed, each with the page on which it stands and what is true once it was sent.
fn typed(visitor: &mut Visitor) -> [(support::visitor::Form, &'static str); 3] {
    [
        (visitor.get("/settings").form("/settings").set("album", "Typed"), "album = \"Typed\""),
        (visitor.get("/schedules?edit=nightly").form("/schedules").set("time", "03:00"), "daily_at = \"03:00\""),
        (visitor.get("/baseline").form("/baseline").set("time", "2026-01-02T03:04:05"), "2026-01-02T03:04:05Z"),
    ]
}

/// Sends forms whose token is worth nothing any more: nothing is done, and one more press does it.
fn one_more_press(home: &Household, visitor: &mut Visitor, forms: [(support::visitor::Form, &str); 3], first: &str) {
    for (form, done) in forms {
        let before = settings(home);
        "made up".clone_into(&mut visitor.token);
        let mut again = form.press(visitor, "do", "save");
        if !first.is_empty() {
            assert_eq!((again.status, settings(home)), (401, before.clone()), "{}", again.text());
            assert!(again.says("What you typed is kept"), "{}", again.text());
            // Once, as only a few may be tried at a time.
            if form.action == "/settings" {
                again = again.form("/login").set("password", "wrong horse").press(visitor, "", "");
            }
            again = again.form("/login").set("password", first).press(visitor, "", "");
        }
        assert!(again.says("so nothing was done"), "{}: {}", form.action, again.text());
        assert_eq!(settings(home), before, "{}", form.action);
        again.form(&form.action).press(visitor, "do", "save");
        assert!(settings(home).contains(done), "{}: {}", form.action, settings(home));
        if !first.is_empty() {
            visitor.get("/");
            visitor.post("/logout", &[]);
        }
    }
}

#[test]
fn what_is_typed_survives_a_server_that_is_started_anew() {
    let (home, _) = household();
    let service = Service::start_watching(&home);
    let (address, mut visitor) = (service.address(), Visitor::of(&service));
    let forms = typed(&mut visitor);
    service.kill();
    let _service = Service::start_at(&home, address);
    one_more_press(&home, &mut visitor, forms, "");
}

#[test]
fn what_is_typed_survives_two_hundred_other_pages() {
    let (home, _) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let forms = typed(&mut visitor);
    let mine = visitor.token.clone();
    for _ in 0..201 {
        visitor.get("/help");
    }
    visitor.token = mine;
    one_more_press(&home, &mut visitor, forms, "");
}

#[test]
fn what_is_typed_survives_a_logout() {
    let (home, _) = household();
    support::service::set_password(&home, "correct horse");
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/").form("/login").set("password", "correct horse").press(&mut visitor, "", "");
    let forms = typed(&mut visitor);
    visitor.post("/logout", &[]);
    // A token for what is pressed while nobody is logged in is worth nothing.
    one_more_press(&home, &mut visitor, forms, "correct horse");
}

#[test]
fn the_first_run_goes_on_in_a_server_that_is_started_anew() {
    let home = Household::new();
    let service = Service::start_watching(&home);
    let (address, mut visitor) = (service.address(), Visitor::of(&service));
    let library = home.library_path().display().to_string();
    let first = visitor.get("/welcome").form("/welcome").set("library.kind", "own").set("library.own", &library);
    let second = first.press(&mut visitor, "do", "next").form("/welcome");
    service.kill();
    let _service = Service::start_at(&home, address);
    let again = second.set("folder.0.path", &home.folder().display().to_string()).press(&mut visitor, "do", "next");
    assert!(again.says("so nothing was done") && again.says("Which folder"), "{}", again.text());
    let third = again.form("/welcome").press(&mut visitor, "do", "next");
    third.form("/welcome").press(&mut visitor, "do", "next");
    let text = settings(&home);
    assert!(text.contains(&library) && text.contains(&home.folder().display().to_string()), "{text}");
}

#[test]
fn a_tab_of_the_first_run_that_is_behind_leaves_the_other_as_it_is() {
    let home = Household::new();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let library = home.library_path().display().to_string();
    let first = visitor.get("/welcome").form("/welcome").set("library.kind", "own").set("library.own", &library);
    let behind = first.press(&mut visitor, "do", "next").form("/welcome");
    let ahead = visitor.get("/welcome").form("/welcome").set("folder.0.path", &home.folder().display().to_string());
    let third = ahead.press(&mut visitor, "do", "next").form("/welcome");
    let refused = behind.press(&mut visitor, "do", "next");
    assert!(refused.says("Name the folder"), "{}", refused.text());
    third.press(&mut visitor, "do", "next");
    let text = settings(&home);
    assert!(text.contains(&library) && text.contains(&home.folder().display().to_string()), "{text}");
}

#[test]
fn whoever_loads_the_address_of_a_change_sees_a_page() {
    let (home, _) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    for address in ["/simulate", "/sync", "/cancel", "/runs/1/decide", "/logout", "/schedules/act"] {
        let answer = visitor.get(address);
        assert!(answer.status == 200 && answer.says("Photobridge"), "{address}: {} {}", answer.status, answer.body);
    }
}

#[test]
fn what_is_gone_is_not_run_and_what_is_over_is_not_cancelled() {
    let (home, _) = household();
    let service = Service::start_watching(&home);
    let mut visitor = Visitor::of(&service);
    let run = visitor.get("/schedules").form("/schedules/act");
    run.press(&mut visitor, "act", "remove");
    let answer = run.press(&mut visitor, "act", "run");
    assert!(answer.says("There is no schedule “nightly” any more. Nothing was started."), "{}", answer.text());
    let answer = visitor.post("/cancel", &[("since", "2026-01-01T00:00:00Z")]);
    assert!(answer.says("That run is over. Nothing was stopped."), "{}", answer.text());
}
