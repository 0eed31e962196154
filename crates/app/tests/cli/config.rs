//! `config`: settings are shown, changed and explained.

use std::fs;

use crate::support::{Household, jpeg, text};
use crate::{masked, run};

#[test]
fn a_library_without_a_whole_path_is_refused_where_it_is_set_and_taken_where_it_is_typed() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.make_data();
    fs::write(home.data().join("settings.toml"), "library = 'lib'\n").expect("written");
    let sync = |library: &[&str]| {
        let mut command = home.command(&["sync", "--settle", "0"]);
        run(command.arg("--folder").arg(home.folder()).args(library))
    };
    let output = sync(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("not a full path. Nothing was changed"), "{}", text(&output));
    assert!(!home.root().join("lib").exists());
    assert!(sync(&["--library", "lib"]).status.success());
    assert!(home.root().join("lib/photobridge-library.json").exists());
}

#[test]
fn settings_are_kept_and_wrong_ones_are_explained() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let folder = home.folder().display().to_string();
    for arguments in [["config", "folder", &folder], ["config", "settle_seconds", "0"], ["config", "album", "Phones"]] {
        assert!(run(&mut home.command(&arguments)).status.success());
    }
    let shown = text(&run(&mut home.command(&["config", "--show"])));
    assert!(shown.contains("album = \"Phones\"") && shown.contains("settle_seconds = 0"), "{shown}");
    assert!(run(&mut home.command(&["sync"])).status.success());
    let status = text(&run(&mut home.command(&["status"])));
    assert!(status.contains("Remembers  1 photo, 0 decisions"), "{status}");

    fs::write(home.data().join("settings.toml"), "album = 1\n").expect("written");
    let output = run(&mut home.command(&["sync"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("write a text in quotes"), "{}", text(&output));
    assert!(text(&output).contains("Nothing was changed. Fix the file with any editor"), "{}", text(&output));

    fs::write(home.data().join("settings.toml"), "album = \"x\"\nexport.hidden = 'yes'\n").expect("written");
    let output = run(&mut home.command(&["doctor"]));
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(masked(&home, &output), @r"
    WRONG the settings HOME/data/settings.toml are not valid: TOML parse error at line 2, column 17: write true or false. Nothing was changed. Fix the file with any editor
    ok    the data directory is HOME/data
    ok    the ledger is whole and knows 1 photo
    note  the folders and the library are looked at once the settings can be read
    ");
}

/// A slip of the keyboard may have been there to keep photos where they are: whoever watches is told, and what nobody watches
/// waits.
#[test]
fn a_key_that_nobody_knows_is_kept_and_named_and_nothing_goes_unwatched() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.make_data();
    let file = home.data().join("settings.toml");
    let mine = format!(
        "settle_seconds = 0\n[[folder]]\npath = '{}'\nexlude = [\"*.JPG\"] # no photos\n[notify]\nmial = 1\n",
        home.folder().display()
    );
    fs::write(&file, &mine).expect("written");
    let told = |output: &std::process::Output| {
        let said = text(output);
        for words in
            ["`exlude` of the folder", "(did you mean `exclude`?)", "`notify.mial` (did you mean `notify.mail`?)"]
        {
            assert!(said.contains(words), "{words}: {said}");
        }
    };
    let unwatched = run(&mut home.command(&["sync", "--unattended"]));
    assert_eq!(unwatched.status.code(), Some(5), "{}", text(&unwatched));
    told(&unwatched);
    assert!(text(&unwatched).contains("Nothing was synced"), "{}", text(&unwatched));
    assert!(!home.data().join("library").exists());
    let doctor = run(&mut home.command(&["doctor"]));
    assert_eq!(doctor.status.code(), Some(1), "{}", text(&doctor));
    told(&doctor);
    let watched = run(&mut home.command(&["sync"]));
    assert_eq!(watched.status.code(), Some(0), "{}", text(&watched));
    told(&watched);
    assert!(text(&watched).contains("1 imported"), "{}", text(&watched));
    assert!(run(&mut home.command(&["config", "album", "Phones"])).status.success());
    assert_eq!(fs::read_to_string(&file).expect("settings"), mine.replace("0\n[[", "0\nalbum = \"Phones\"\n[["));
    // What says nothing of photos stops nothing.
    fs::write(&file, mine.replace("exlude", "exclude")).expect("written");
    home.put("IMG_2.PNG", &jpeg(2));
    let unwatched = run(&mut home.command(&["sync", "--unattended"]));
    assert_eq!(unwatched.status.code(), Some(0), "{}", text(&unwatched));
}

#[test]
fn what_the_environment_says_is_shown_as_such_and_not_written() {
    let home = Household::new();
    home.set_up("import");
    let file = home.data().join("settings.toml");
    let before = fs::read_to_string(&file).expect("settings");
    let config = |arguments: &[&str], given: &[(&str, &str)]| {
        let output = run(home.command(&[&["config"], arguments].concat()).envs(given.iter().copied()));
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        (String::from_utf8_lossy(&output.stdout).into_owned(), text(&output))
    };
    let export = ("PHOTOBRIDGE_MODE", "export");
    let (value, said) = config(&["mode"], &[export]);
    assert_eq!(value, "export\n");
    assert!(said.contains("set by the environment variable PHOTOBRIDGE_MODE"), "{said}");
    assert_eq!(config(&["mode"], &[("PHOTOBRIDGE_MODE", "")]).1, "import\n", "a variable without a value says nothing");
    assert_eq!(config(&["server.metrics"], &[("PHOTOBRIDGE_METRICS", "on")]).0, "true\n");
    let given =
        [export, ("PHOTOBRIDGE_EXPORT_LAYOUT", "flat"), ("PHOTOBRIDGE_FOLDER", "/b:https://cloud.example:8443/c")];
    let (shown, _) = config(&["--show"], &given);
    for line in [
        "mode = \"export\" # set by PHOTOBRIDGE_MODE",
        "layout = \"flat\" # set by PHOTOBRIDGE_EXPORT_LAYOUT",
        "path = \"/b\" # set by PHOTOBRIDGE_FOLDER",
        "path = \"https://cloud.example:8443/c\" # set by PHOTOBRIDGE_FOLDER",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert_eq!(fs::read_to_string(&file).expect("settings"), before);
    let (_, said) = config(&["settle_seconds", "3"], &[("PHOTOBRIDGE_SETTLE_SECONDS", "7")]);
    assert!(said.contains("PHOTOBRIDGE_SETTLE_SECONDS overrides it"), "{said}");
    assert_eq!(fs::read_to_string(&file).expect("settings"), before.replace("seconds = 0", "seconds = 3"));
}

/// A slip in the name of a variable says as little, and may have been meant to keep photos where they are.
#[test]
fn a_variable_that_is_nearly_ours_is_named_and_nothing_goes_unwatched() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    let with = |arguments: &[&str], name: &str| {
        let output = run(home.command(arguments).env(name, "personal"));
        (output.status.code(), text(&output))
    };
    assert!(run(&mut home.command(&["sync"])).status.success());
    home.put("IMG_2.JPG", &jpeg(2));
    let (code, said) = with(&["sync", "--unattended"], "PHOTOBRIDGE_EXPORT_SCOP");
    assert_eq!(code, Some(5), "{said}");
    assert!(
        said.contains("the environment says `PHOTOBRIDGE_EXPORT_SCOP` (did you mean `PHOTOBRIDGE_EXPORT_SCOPE`?)"),
        "{said}"
    );
    let (code, said) = with(&["doctor"], "PHOTOBRIDGE_EXPORT_SCOP");
    assert!(code == Some(1) && said.contains("WRONG the environment has `PHOTOBRIDGE_EXPORT_SCOP`"), "{said}");
    let (code, said) = with(&["sync", "--unattended"], "PHOTOBRIDGE_PORT_27731_TCP_PROTO");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn config_shows_one_setting_and_says_when_it_makes_no_file() {
    let home = Household::new();
    let config = |arguments: &[&str], exit: i32| {
        let output = run(&mut home.command(&[&["config"], arguments].concat()));
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", text(&output));
        text(&output)
    };
    assert_eq!(config(&["mode", "import"], 0), "mode = import is already the default. Nothing was changed.\n");
    assert!(!home.data().join("settings.toml").exists());
    config(&["album", "2020"], 0);
    config(&["folder", &home.folder().display().to_string()], 0);
    assert_eq!(config(&["mode"], 0), "import\n");
    assert_eq!(config(&["album"], 0), "2020\n");
    assert_eq!(config(&["export.hidden"], 0), "false\n");
    assert_eq!(config(&["folder"], 0), format!("{}\n", home.folder().canonicalize().expect("there").display()));
    assert!(config(&["modus"], 2).contains("did you mean `mode`?"));
    let usage = config(&["nextcloud"], 2);
    assert!(usage.contains("photobridge config nextcloud cloud.example/Photos"), "{usage}");
    let shown = config(&["--show"], 0);
    assert!(!shown.contains("what stands here is its default"));
    // What a folder can have is explained before the first one.
    let line = |words: &str| shown.lines().position(|line| line == words).unwrap_or_else(|| panic!("{words}: {shown}"));
    assert!(line("# Source folders, one table each:") < line("[[folder]]"), "{shown}");
    let read: toml::Value = toml::from_str(&shown).expect("settings");
    let folders = read["folder"].as_array().expect("folders");
    assert_eq!((folders.len(), read["album"].as_str()), (1, Some("2020")), "{shown}");
    assert_eq!(read["export"]["hidden"].as_bool(), Some(false), "{shown}");
}

#[test]
fn config_adds_changes_and_removes_folders_and_refuses_what_cannot_work() {
    let home = Household::new();
    let folder = home.folder().display().to_string();
    let config = |arguments: &[&str], exit: i32| {
        let output = run(&mut home.command(&[&["config"], arguments].concat()));
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", text(&output));
        masked(&home, &output)
    };
    let file = home.data().join("settings.toml");
    let says = || fs::read_to_string(&file).expect("settings");
    config(&["folder", &folder, "--album", "Phones"], 0);
    assert!(says().contains("album = \"Phones\""), "{}", says());
    config(&["folder", &folder, "--album", ""], 0);
    assert!(!says().contains("album = \"Phones\""), "{}", says());
    let before = says();
    for (arguments, words) in [
        (&["folder", &folder][..], "it is already a source folder"),
        (&["folder", "nowhere"], "there is no folder HOME/nowhere"),
        (&["folder", "nowhere", "--remove"], "it is not one of the source folders"),
        (&["export.folder", "nowhere"], "photos cannot be exported to HOME/nowhere"),
        (&["library", "nowhere/library"], "no library can be created at HOME/nowhere/library"),
        (&["icloud_hours", "9999"], "write a number from 0 to 720"),
        (&["album", ""], "an album needs a title"),
        (&["album.title", "x"], "there is no such setting"),
        (&["export.foo", "1"], "there is no such setting. `photobridge config --show` lists them all"),
        (&["export.layuot", "flat"], "did you mean `export.layout`?"),
        (&["export.from", "2020"], "write a day like 2024-01-31"),
        (&["export.baseline", "soon"], "write a moment as 2026-02-28T17:00:00Z"),
        (&["export.hidden", "yes"], "write true or false"),
        (&["export.sidecar", "true"], "use one of none, xmp"),
        (&["mode", "sideways"], "use one of import, bidirectional, export"),
        (&["settle_seconds", "abc"], "write a whole number of seconds"),
        (&["unattended_limit", "few"], "write a whole number"),
        (&["album", "x", "--remove"], "work only with `config folder DIR`"),
    ] {
        let said = config(arguments, 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert_eq!(says(), before, "{arguments:?} changes nothing");
    }
    fs::remove_dir_all(home.folder()).expect("removed");
    let said = config(&["album", "Other"], 0);
    assert!(said.contains("Note: there is no folder HOME/folder"), "{said}");
    config(&["folder", &folder, "--remove"], 0);
    assert!(!says().contains("[[folder]]\npath"), "{}", says());
}

#[test]
fn a_library_that_is_only_read_is_exported_from() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    home.put("IMG_2.JPG", &jpeg(2));
    let config = |arguments: &[&str], exit: i32| {
        let output = run(&mut home.command(&[&["config"], arguments].concat()));
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", text(&output));
        masked(&home, &output)
    };
    config(&["folder", &home.folder().display().to_string()], 0);
    let said = config(&["library", "Copy.photoslibrary"], 0);
    assert!(
        said.contains("mode = export, too: this library is read-only") && said.contains("The baseline is set"),
        "{said}"
    );
    assert_eq!(config(&["mode"], 0), "export\n");
    let before = fs::read_to_string(home.data().join("settings.toml")).expect("settings");
    let said = config(&["mode", "import"], 2);
    assert!(
        said.contains("this library is read-only: photos can be copied out of it, but not into it. Choose Export"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(home.data().join("settings.toml")).expect("settings"), before);
    assert!(config(&["mode", "bidirectional"], 0).contains("Note: this library is read-only"));
}
