//! The Settings page and what belongs to it: the folder browser, the baseline's dialog, starting over.

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use jiff::Timestamp;
use photobridge_core::lock::Lock;
use support::service::Service;
use support::visitor::{Answer, Visitor};
use support::{Household, jpeg, tree};

/// A household with a settings file that a person wrote, and a library with photos in it.
fn household(more: &str) -> Household {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    home.make_data();
    let (folder, library) = (home.folder().display().to_string(), home.library_path().display().to_string());
    let text = format!(
        "# mine\nlibrary = '{library}' # the shelf\nalbum = \"Phones\" # all of them\n{more}\n# the shared one\n[[folder]]\npath = '{folder}'\n"
    );
    fs::write(home.data().join("settings.toml"), text).expect("written");
    home
}

fn settings(home: &Household) -> String {
    fs::read_to_string(home.data().join("settings.toml")).expect("settings")
}

fn save(visitor: &mut Visitor, changes: &[(&str, &str)]) -> Answer {
    let form = visitor.get("/settings").form("/settings");
    changes.iter().fold(form, |form, (name, value)| form.set(name, value)).press(visitor, "do", "save")
}

#[test]
fn what_is_saved_keeps_every_comment() {
    let home = household("");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let before = settings(&home);
    assert!(save(&mut visitor, &[]).says("Nothing was changed."));
    assert_eq!(settings(&home), before);
    let more = home.root().join("more");
    fs::create_dir(&more).expect("made");
    let more = more.display().to_string();
    let saved = save(&mut visitor, &[("album", "Family & <friends>"), ("settle_seconds", "20"), ("folder.new", &more)]);
    assert!(saved.says("Settings saved.") && saved.at == "/settings", "{}", saved.text());
    let expected = before
        .replace("\"Phones\" # all of them\n", "\"Family & <friends>\" # all of them\nsettle_seconds = 20\n")
        + &format!("\n[[folder]]\npath = \"{more}\"\n");
    assert_eq!(settings(&home), expected);
    assert_eq!(saved.form("/settings").value("album"), Some("Family & <friends>"));
}

/// A container is given its settings so: the page shows what is in force, and writes none of it into the file.
#[test]
fn what_the_environment_says_is_shown_as_such_and_stays_out_of_the_file() {
    let home = household("mode = \"import\"");
    let other = home.root().join("other");
    fs::create_dir(&other).expect("made");
    let folders = format!("{}:{}", other.display(), home.folder().display());
    let given = [("PHOTOBRIDGE_MODE", "export"), ("PHOTOBRIDGE_EXPORT_HIDDEN", "1"), ("PHOTOBRIDGE_FOLDER", &folders)];
    let service = Service::start_in(&home, &given);
    let mut visitor = Visitor::of(&service);
    let page = visitor.get("/settings");
    for (name, _) in given {
        assert_eq!(page.body.matches(&format!(">{name}<")).count(), 1, "{name}");
    }
    let form = page.form("/settings");
    for name in ["mode", "export.hidden", "folder.0.path", "folders", "folder.new"] {
        assert_eq!(form.value(name), None, "{name} is not sent");
    }
    assert!(page.body.contains(&format!("value=\"{}\"", other.display())), "the folder in force is shown");
    let before = settings(&home);
    assert!(save(&mut visitor, &[]).says("Nothing was changed."));
    assert_eq!(settings(&home), before);
    assert!(save(&mut visitor, &[("album", "Family")]).says("Settings saved."));
    assert_eq!(settings(&home), before.replace("\"Phones\"", "\"Family\""));
}

#[test]
fn what_is_wrong_is_told_at_its_field_and_nothing_is_saved() {
    let home = household("");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let before = settings(&home);
    fs::create_dir_all(home.folder().join("inner")).expect("made");
    fs::create_dir_all(home.root().join("cloud")).expect("made");
    fs::write(home.root().join("cloud/IMG_1.jpg.nextcloud"), "").expect("written");
    fs::create_dir_all(home.root().join("Apple.photoslibrary/originals")).expect("made");
    let at = |name: &str| home.root().join(name).display().to_string();
    for (field, value, shown_at, words) in [
        ("album", " ".to_owned(), "album", "An album needs a title"),
        ("album", "x".repeat(201), "album", "at most"),
        ("settle_seconds", "soon".into(), "settle_seconds", "whole number"),
        ("icloud_hours", "9999".into(), "icloud_hours", "from 0 to 720"),
        ("unattended_limit", "-1".into(), "unattended_limit", "whole number"),
        ("export.from", "1.5.2024".into(), "export.from", "write a day like 2024-01-31"),
        ("export.folder", at("gone"), "export.folder", "there is no folder"),
        ("folder.0.path", at("gone"), "folder.0.path", "There is no folder"),
        ("folder.0.path", "photos".into(), "folder.0.path", "Write the full path"),
        ("folder.0.path", String::new(), "folder.0.path", "Name the folder"),
        ("folder.0.include", "a[".into(), "folder.0.include", "Write it as *.gif"),
        ("folder.new", at("folder/inner"), "folder.1.path", "overlap"),
        ("folder.new", at("library/originals"), "folder.1.path", "is inside the library"),
        ("folder.new", at("Apple.photoslibrary/originals"), "folder.1.path", "belongs to the photo library"),
        ("folder.new", at("cloud"), "folder.1.path", "Make always available locally"),
        ("folder.new", format!("{}/<img onerror=alert(1)>", at("")), "folder.1.path", "<img onerror=alert(1)>"),
        ("library.own", at("gone/library"), "library.own", "No library can be created"),
        ("library.own", at("folder"), "library.own", "other things in it"),
        ("library.own", at("Apple.photoslibrary"), "library.own", "read-only"),
        ("mode", "sideways".into(), "mode", "Choose one of these"),
        ("library.kind", "shelf".into(), "library.kind", "Choose one of these"),
    ] {
        let shown = save(&mut visitor, &[(field, &value)]);
        let said = shown.text().to_lowercase();
        assert!(said.contains(&words.to_lowercase()), "{field} = {value}: {said}");
        assert!(shown.says("Not saved."), "{said}");
        let told = format!("id=\"{shown_at}-wrong\"");
        assert!(shown.body.contains(&told), "{field} = {value}: {}", shown.body);
        if !["mode", "library.kind"].contains(&field) {
            let described = format!("{shown_at}-wrong\"");
            let invalid =
                shown.body.split('<').find(|tag| tag.contains("aria-invalid=\"true\"")).expect("a field is marked");
            assert!(invalid.contains(&described) && invalid.contains("autofocus"), "{invalid}");
            let typed = if field == "folder.new" { "folder.1.path" } else { field };
            assert_eq!(shown.form("/settings").value(typed), Some(value.as_str()), "what was typed stays");
        }
        assert!(!shown.body.contains("<img onerror"), "{}", shown.body);
        assert_eq!(settings(&home), before, "{field} = {value}");
    }
}

#[test]
fn the_whole_disk_is_asked_about() {
    let home = household("");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let before = settings(&home);
    let asked = save(&mut visitor, &[("folder.new", "/")]);
    assert!(asked.says("/ is the whole disk") && asked.says("I mean the whole disk"), "{}", asked.text());
    assert_eq!(settings(&home), before);
    let again = asked.form("/settings").press(&mut visitor, "do", "save");
    assert!(again.says("I mean the whole disk"), "an empty tick is no answer: {}", again.text());
    assert_eq!(settings(&home), before);
    let saved = again.form("/settings").set("whole_disk", "yes").press(&mut visitor, "do", "save");
    assert!(saved.says("Settings saved."), "{}", saved.text());
    assert_eq!(settings(&home), before + "\n[[folder]]\npath = \"/\"\n");
}

#[test]
fn two_wrong_settings_are_told_at_once() {
    let home = household("");
    let service = Service::start(&home);
    let shown = save(&mut Visitor::of(&service), &[("album", ""), ("settle_seconds", "soon")]);
    assert!(shown.says("Fix the 2 highlighted settings.") && shown.says("needs a title") && shown.says("whole number"));
}

#[test]
fn a_disk_that_is_gone_keeps_nobody_from_changing_the_rest() {
    let home = household("");
    let service = Service::start(&home);
    fs::remove_dir_all(home.folder()).expect("removed");
    let saved = save(&mut Visitor::of(&service), &[("album", "Other")]);
    assert!(saved.says("Settings saved.") && saved.says("There is no folder"), "{}", saved.text());
    assert!(settings(&home).contains("album = \"Other\""));
}

#[test]
fn what_two_browsers_change_is_changed_and_the_same_is_asked_for() {
    let home = household("");
    let service = Service::start(&home);
    let (mut one, mut two) = (Visitor::of(&service), Visitor::of(&service));
    let form = two.get("/settings").form("/settings").set("settle_seconds", "20");
    let more = home.root().join("more");
    fs::create_dir(&more).expect("made");
    let first = [("album", "First"), ("mode", "export"), ("folder.new", &*more.display().to_string())];
    assert!(save(&mut one, &first).says("Settings saved."));
    assert!(form.press(&mut two, "do", "save").says("Settings saved."), "nobody else changed that");
    let text = settings(&home);
    for said in ["album = \"First\" # all of them", "settle_seconds = 20", "mode = \"export\"", "/more"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let refused = form.set("album", "Second").press(&mut two, "do", "save");
    assert!(refused.body.contains("id=\"album-wrong\"") && refused.says("changed to “First”"), "{}", refused.text());
    assert_eq!(settings(&home), text, "it is asked first");
    let again = refused.form("/settings");
    assert_eq!((again.value("album"), again.value("mode")), (Some("Second"), Some("export")));
    assert!(again.press(&mut two, "do", "save").says("Settings saved."));
    assert_eq!(settings(&home), text.replace("\"First\"", "\"Second\""));
}

#[test]
fn a_save_elsewhere_leaves_what_is_being_typed() {
    let home = household("");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let browser = browse(&mut visitor);
    assert!(save(&mut visitor, &[("settle_seconds", "20")]).says("Settings saved."));
    let photos = fs::canonicalize(home.root()).expect("there").join("more");
    fs::create_dir(&photos).expect("made");
    let chosen = browser.form("/folders").press(&mut visitor, "path", &photos.display().to_string());
    assert_eq!(chosen.form("/settings").value("album"), Some("Typed"));
    assert!(chosen.form("/settings").press(&mut visitor, "do", "save").says("Settings saved."));
    let text = settings(&home);
    assert!(
        text.contains("album = \"Typed\"") && text.contains("settle_seconds = 20") && text.contains("/more"),
        "{text}"
    );
}

#[test]
fn what_was_typed_can_be_gone_on_with_or_given_up() {
    let home = household("");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    save(&mut visitor, &[("album", ""), ("settle_seconds", "20")]);
    let offered = visitor.get("/settings");
    assert!(offered.says("What you typed here earlier was not saved."), "{}", offered.text());
    let address = offered.link("Continue editing");
    let form = visitor.get(&address).form("/settings");
    assert_eq!(form.value("settle_seconds"), Some("20"));
    let of_another = Visitor::of(&service).get(&address).form("/settings");
    assert_eq!(of_another.value("settle_seconds"), Some("10"), "a draft is its browser's alone");
    form.press(&mut visitor, "do", "discard");
    assert!(!visitor.get("/settings").says("earlier"));
    save(&mut visitor, &[("album", "")]);
    let number = visitor.get("/settings").link("Continue editing").replace("/settings?draft=", "discard:");
    visitor.get("/settings").form("/settings").press(&mut visitor, "do", &number);
    assert!(!visitor.get("/settings").says("earlier"), "it is given up where it is offered");
}

#[test]
fn switching_on_exports_sets_the_baseline_and_warns_of_the_phones_own_upload() {
    let home = household("");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let saved = save(&mut visitor, &[("mode", "bidirectional")]);
    assert!(
        saved.says("The baseline is set to") && saved.says("Already in it, and not exported: 2 photos."),
        "{}",
        saved.text()
    );
    assert!(saved.says("Turn off uploading to this folder on each phone"), "{}", saved.text());
    let text = settings(&home);
    assert!(text.contains("mode = \"bidirectional\"") && text.contains("baseline = \"20"), "{text}");
    save(&mut visitor, &[("mode", "import")]);
    let again = save(&mut visitor, &[("mode", "export")]);
    assert!(again.says("The baseline is the one that was set before."), "{}", again.text());
    assert_eq!(
        settings(&home).lines().find(|line| line.starts_with("baseline")),
        text.lines().find(|l| l.starts_with("baseline"))
    );
}

#[test]
fn a_folder_leaves_the_list_and_stays_on_the_disk() {
    let home = household("");
    home.put("IMG_9.JPG", &jpeg(9));
    let before = tree(&home.folder());
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let form = visitor.get("/settings").form("/settings").set("album", "Typed");
    let removed = form.press(&mut visitor, "do", "remove:0");
    assert!(settings(&home).contains("[[folder]]"), "nothing is saved before one says so");
    let form = removed.form("/settings");
    assert_eq!((form.value("folder.0.path"), form.value("album")), (None, Some("Typed")));
    form.press(&mut visitor, "do", "save");
    assert!(!settings(&home).contains("[[folder]]") && settings(&home).contains("# the shared one"));
    assert_eq!(tree(&home.folder()), before);
}

/// The folder browser, opened for the empty line of the list after something was typed elsewhere.
fn browse(visitor: &mut Visitor) -> Answer {
    visitor.get("/settings").form("/settings").set("album", "Typed").press(visitor, "do", "browse:folder.new")
}

#[test]
fn a_folder_is_found_and_what_was_typed_stays() {
    let home = household("");
    let hostile = home.root().join("<img onerror=alert(1)>");
    fs::create_dir_all(hostile.join("\"inner\" & more")).expect("made");
    fs::write(home.root().join("letter.txt"), "dear").expect("written");
    fs::create_dir(home.root().join(".secret")).expect("made");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let shown = browse(&mut visitor);
    assert!(shown.at.starts_with("/folders?"), "{}", shown.at);
    assert!(shown.says("<img onerror=alert(1)>") && !shown.body.contains("<img onerror"), "{}", shown.body);
    assert!(!shown.body.contains("letter.txt") && !shown.body.contains(".secret"), "{}", shown.body);
    let address = shown.link("<img onerror=alert(1)>");
    let inside = visitor.get(&address);
    assert!(inside.says("\"inner\" & more"), "{}", inside.text());
    let path = fs::canonicalize(&hostile).expect("there").display().to_string();
    let chosen = inside.form("/folders").press(&mut visitor, "path", &path);
    let form = chosen.form("/settings");
    assert_eq!((form.value("folder.1.path"), form.value("album")), (Some(path.as_str()), Some("Typed")));
    assert!(!chosen.body.contains("<img onerror"), "{}", chosen.body);
    assert!(!settings(&home).contains("onerror"), "choosing saves nothing");
    assert!(form.press(&mut visitor, "do", "save").says("Settings saved."));
    assert!(settings(&home).contains("<img onerror=alert(1)>") && settings(&home).contains("Typed"));
}

#[test]
fn nothing_is_listed_but_in_a_dialog_that_somebody_opened() {
    let home = household("");
    let elsewhere = tempfile::tempdir().expect("a directory");
    fs::create_dir(elsewhere.path().join("not to be seen")).expect("made");
    symlink(elsewhere.path(), home.root().join("way out")).expect("linked");
    fs::create_dir(home.root().join(".ssh")).expect("made");
    fs::create_dir_all(home.root().join("Apple.photoslibrary/originals")).expect("made");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let root = fs::canonicalize(home.root()).expect("there").display().to_string();
    let encoded = |path: &str| form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
    let closed = visitor.get(&format!("/folders?path={}", encoded(&root)));
    assert_eq!(closed.at, "/settings");
    let shown = browse(&mut visitor);
    assert!(!shown.body.contains("way out"), "{}", shown.body);
    let draft = shown.form("/folders").value("draft").expect("a draft").to_owned();
    let outside = elsewhere.path().display().to_string();
    for path in [
        "/",
        "/etc",
        "relative",
        "",
        &format!("{root}/.."),
        &format!("{root}/../../etc"),
        &format!("{root}/way out"),
        &format!("{root}/way out/not to be seen"),
        &format!("{root}/.ssh"),
        &format!("{root}/Apple.photoslibrary/originals"),
        &format!("{root}/library"),
        &format!("{root}\0"),
        &outside,
    ] {
        let answer = visitor.get(&format!("/folders?draft={draft}&path={}", encoded(path)));
        assert_eq!(answer.status, 404, "{path:?}: {}", answer.body);
        assert!(answer.says("There is no such folder") && !answer.says("not to be seen"), "{}", answer.text());
        let form = visitor.get(&format!("/folders?draft={draft}")).form("/folders");
        assert_eq!(form.press(&mut visitor, "path", path).status, 404, "{path:?} cannot be chosen either");
    }
    let answer = visitor.get(&format!("/folders?draft={draft}&path=%ff%fe"));
    assert!(answer.status >= 400, "{}", answer.body);
    let other = Visitor::of(&service).get(&format!("/folders?draft={draft}&path={}", encoded(&root)));
    assert_eq!(other.at, "/settings", "the dialog is its visitor's alone");
}

#[test]
fn a_library_is_found_and_a_place_for_one() {
    let home = household("");
    fs::create_dir_all(home.root().join("Backup/Fotos.photoslibrary/database")).expect("made");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let root = fs::canonicalize(home.root()).expect("there").display().to_string();
    let shown = visitor.get("/settings").form("/settings").press(&mut visitor, "do", "browse:library.bundle");
    assert!(shown.says("Choose a Photos library"), "{}", shown.text());
    let draft = shown.form("/folders").value("draft").expect("a draft").to_owned();
    let backup = visitor.get(&format!("/folders?draft={draft}&path={root}/Backup"));
    assert!(backup.says("Fotos.photoslibrary"), "{}", backup.text());
    let library = format!("{root}/Backup/Fotos.photoslibrary");
    let chosen = backup.form("/folders").press(&mut visitor, "path", &library).form("/settings");
    assert_eq!(chosen.value("library.bundle"), Some(library.as_str()));
    let shown = chosen.press(&mut visitor, "do", "browse:library.own");
    let placed = shown.form("/folders").press(&mut visitor, "path", &root).form("/settings");
    let place = format!("{root}/Photobridge Library");
    assert_eq!(placed.value("library.own"), Some(place.as_str()), "never among other things");
}

#[test]
fn the_baseline_is_set_in_its_dialog() {
    let home = household("mode = 'bidirectional'");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let dialog = visitor.get("/baseline");
    assert!(dialog.body.contains("role=\"dialog\" aria-modal=\"true\"") && dialog.says("No baseline is set yet."));
    let offered = dialog.form("/baseline");
    assert_eq!(offered.value("time").map(str::len), Some("2026-02-28T18:00:00".len()));
    let set = offered.set("time", "").press(&mut visitor, "", "");
    assert!(set.at == "/" && set.says("Added to the library before it: 2 photos."), "{}", set.text());
    let refused = visitor.get("/baseline").form("/baseline").set("time", "<b>soon").press(&mut visitor, "", "");
    assert!(refused.says("The baseline is as it was.") && !refused.body.contains("<b>soon"), "{}", refused.text());
    visitor.get("/baseline").form("/baseline").set("time", "2026-02-28T18:00").press(&mut visitor, "", "");
    assert!(settings(&home).contains("baseline = \"2026-02-28T18:00:00Z\""), "{}", settings(&home));
}

#[test]
fn starting_over_sets_aside_and_deletes_nothing() {
    let home = household("");
    home.put("IMG_9.JPG", &jpeg(9));
    assert!(home.command(&["sync", "--settle", "0"]).output().expect("it runs").status.success());
    let photos = (tree(&home.folder()), tree(&home.library_path().join("originals")));
    let (service, mine) = (Service::start(&home), settings(&home));
    let mut visitor = Visitor::of(&service);
    let lock = Lock::take(&home.data(), "sync", Timestamp::now()).expect("nobody else runs");
    let busy = visitor.get("/reset").form("/reset").press(&mut visitor, "what", "all");
    assert!(busy.says("another run is active") || busy.says("Another run is active"), "{}", busy.text());
    drop(lock);
    assert_eq!(settings(&home), mine);

    let over = visitor.get("/reset").form("/reset").press(&mut visitor, "what", "settings");
    assert!(over.at == "/welcome" && over.says("The old data is kept as"), "{} {}", over.at, over.text());
    let aside = |start: &str| {
        let names = fs::read_dir(home.data()).expect("listed").map(|entry| entry.expect("an entry").file_name());
        let mut found = names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with(start));
        (found.next(), found.count())
    };
    let (name, others) = aside("settings-set-aside-");
    assert_eq!(fs::read_to_string(home.data().join(name.expect("set aside"))).expect("readable"), mine);
    assert_eq!(others, 0);
    assert!(!home.data().join("settings.toml").exists() && home.data().join("ledger.sqlite").exists());

    visitor.get("/reset").form("/reset").press(&mut visitor, "what", "all");
    assert!(aside("ledger-set-aside-").0.is_some() && !home.data().join("ledger.sqlite").exists());
    assert_eq!((tree(&home.folder()), tree(&home.library_path().join("originals"))), photos);
    assert_eq!(visitor.get("/").at, "/welcome");
}

#[test]
fn settings_that_make_no_sense_lead_to_a_way_out() {
    let home = household("");
    fs::write(home.data().join("settings.toml"), "album = [\"<script>\"]\n").expect("written");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let shown = visitor.get("/settings");
    assert!(shown.says("write a text in quotes") && !shown.body.contains("\"<script>"), "{}", shown.body);
    shown.form("/reset").press(&mut visitor, "what", "settings");
    assert!(visitor.get("/settings").says("Folders"));
}

#[test]
fn a_library_that_is_only_read_takes_nothing_in() {
    let home = household("");
    let bundle = home.root().join("Copy.photoslibrary");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    fs::rename(home.library_path(), &bundle).expect("moved");
    let before = settings(&home);
    let change = [("library.kind", "bundle"), ("library.bundle", &*bundle.display().to_string())];
    let refused = save(&mut visitor, &change);
    assert!(refused.body.contains("id=\"mode-wrong\"") && refused.says("Choose Export"), "{}", refused.text());
    assert_eq!(settings(&home), before);
    let both = refused.form("/settings").set("mode", "bidirectional").press(&mut visitor, "do", "save");
    assert!(both.says("Settings saved.") && both.says("but not into it"), "{}", both.text());
}
