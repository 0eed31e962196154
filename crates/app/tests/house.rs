//! The rooms of each crate import one another in one direction only: a circle is one room that pretends to be several.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms each room names, and one file that does.
type Imports = BTreeMap<String, BTreeMap<String, PathBuf>>;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn no_room_is_part_of_a_circle() {
    for name in ["app", "core", "files", "folders", "libraries", "mach-o", "media", "photokit", "testkit"] {
        let imports = imports(&crates().join(name).join("src"));
        if let Some(circle) = circle(&imports) {
            let ways = circle.iter().zip(circle.iter().cycle().skip(1));
            let ways: Vec<String> =
                ways.map(|(from, to)| format!("{from} names {to} in {}", imports[from][to].display())).collect();
            panic!("{name}: the rooms import one another in a circle:\n{}", ways.join("\n"));
        }
    }
}

#[test]
fn crates_point_downwards() {
    let levels = [
        ("media", &[][..]),
        ("core", &["media"]),
        ("files", &[]),
        ("photokit", &[]),
        ("folders", &["core", "files"]),
        ("libraries", &["core", "files", "media", "photokit"]),
        ("testkit", &["core", "media"]),
        ("app", &["core", "files", "folders", "libraries", "media", "photokit"]),
    ];
    for (name, below) in levels {
        let manifest = fs::read_to_string(crates().join(name).join("Cargo.toml")).expect("a manifest");
        let real = manifest.split("[dev-dependencies]").next().expect("a beginning");
        let named = real.lines().filter_map(|line| line.strip_prefix("photobridge-")?.split_whitespace().next());
        for other in named {
            assert!(below.contains(&other), "{name} must not depend on {other}");
        }
    }
}

/// `docs/decisions.md` names a test for each decision: whoever renames one renames it there.
#[test]
fn the_tests_that_hold_decisions_are_there() {
    let text = fs::read_to_string(crates().join("../docs/decisions.md")).expect("the decisions");
    let tests = text.split('`').filter_map(|quoted| quoted.split_once("::"));
    // Where the page says how a test is named, it names none.
    let tests: Vec<(&str, &str)> = tests.filter(|(file, test)| file.contains('/') && *test != "name").collect();
    assert!(tests.len() > 100, "only {} are named", tests.len());
    let lost: Vec<String> =
        tests.iter().filter(|(file, test)| !is_there(file, test)).map(|it| format!("{it:?}")).collect();
    assert!(lost.is_empty(), "docs/decisions.md names tests that are not there:\n{}", lost.join("\n"));
}

/// Whether a file of a crate, its tests first, has a function of this name: `app/cli/files`, `core/src/folder/names`.
fn is_there(file: &str, test: &str) -> bool {
    let (crate_name, path) = file.split_once('/').expect("a crate and a path");
    let places = ["tests", ""].map(|room| crates().join(crate_name).join(room).join(path));
    let files = places.iter().flat_map(|place| {
        [place.with_extension("rs"), place.join("main.rs"), place.join("tests.rs"), place.join("mod.rs")]
    });
    let named = format!("fn {test}(");
    files.filter_map(|file| fs::read_to_string(file).ok()).any(|text| text.contains(&named))
}

/// The imports of all rooms below `source`, those of tests left out.
fn imports(source: &Path) -> Imports {
    let mut files = Vec::new();
    gather(source, &mut files);
    let rooms: BTreeSet<String> = files.iter().map(|file| room(source, file)).collect();
    let mut imports = Imports::new();
    for file in files {
        let from = room(source, &file);
        let text = fs::read_to_string(&file).expect("a source file");
        let text = text.split("#[cfg(test)]\nmod ").next().expect("a beginning");
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for to in named(&code, depth(source, &file)).into_iter().filter(|to| rooms.contains(to) && *to != from) {
            imports.entry(from.clone()).or_default().entry(to).or_insert_with(|| file.clone());
        }
    }
    imports
}

fn gather(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The module at the root of the crate to which a file belongs.
fn room(source: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(source).expect("below it");
    let first = Path::new(inside.components().next().expect("a name").as_os_str());
    first.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// How many `super::` lead from a file to the root of its crate.
fn depth(source: &Path, file: &Path) -> usize {
    let inside = file.strip_prefix(source).expect("below it");
    let is_its_directory = inside.file_stem().is_some_and(|stem| stem == "mod");
    inside.components().count() - usize::from(is_its_directory)
}

/// What stands behind `crate::`, or behind as many `super::` as lead there.
fn named(code: &str, depth: usize) -> Vec<String> {
    let mut named = Vec::new();
    for root in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&root) {
            let is_whole = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                _ if !is_whole => {}
                Some(list) => named.extend(heads(list)),
                None => named.push(word(rest)),
            }
        }
    }
    named
}

/// The first word of each path in a list in braces.
fn heads(list: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut level, mut is_new) = (0, true);
    for (at, c) in list.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level == 0 => break,
            '}' => level -= 1,
            ',' if level == 0 => is_new = true,
            c if is_new && level == 0 && c.is_alphabetic() => {
                heads.push(word(&list[at..]));
                is_new = false;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The rooms of one circle, each naming the next; none where there is no circle.
fn circle(imports: &Imports) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|room| follow(room, imports, &mut Vec::new(), &mut done))
}

fn follow(room: &str, imports: &Imports, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Option<Vec<String>> {
    if let Some(begin) = way.iter().position(|other| other == room) {
        return Some(way[begin..].to_vec());
    }
    if done.contains(room) {
        return None;
    }
    way.push(room.to_owned());
    let found =
        imports.get(room).into_iter().flat_map(BTreeMap::keys).find_map(|next| follow(next, imports, way, done));
    way.pop();
    done.insert(room.to_owned());
    found
}

#[test]
fn a_circle_is_seen() {
    let imports = |ways: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (from, to) in ways {
            imports.entry((*from).into()).or_default().insert((*to).into(), PathBuf::new());
        }
        imports
    };
    assert_eq!(circle(&imports(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    let found = circle(&imports(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")])).expect("a circle");
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), ["b", "c", "d"].map(String::from).iter().collect());
    let code = "use crate::{a::{b, c}, d};\nuse crate::e::f; super::super::g::h(); mycrate::i::j; super::k;";
    assert_eq!(named(code, 2), ["a", "d", "e", "g"]);
}
