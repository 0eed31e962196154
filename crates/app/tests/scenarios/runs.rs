//! Runs the program in a scenario, says its verdicts as a scenario writes them, and checks what always holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use serde_json::Value;

use crate::stage::{Stage, Which};
use crate::support::{text, tree};

/// Tables of the ledger that a simulation may write: facts, and the run itself. They decide nothing.
const NO_MEMORY: [&str; 7] =
    ["fact", "resource_fact", "picture_fact", "resource_picture_fact", "run", "folder", "library"];

/// Capture times beyond this cannot be kept by every file system.
const LAST_YEAR: i16 = 2400;

/// Photos from before it are dated by it: neither an earlier time nor the first day of 1970 gets through a sync service.
const FIRST_DAY: Timestamp = Timestamp::constant(2 * 86_400, 0);

/// `sync bidirectional, full library, exits 1`.
#[derive(Clone)]
struct Heading<'a> {
    is_sync: bool,
    arguments: Vec<&'a str>,
    exit: i32,
    which: Which,
    library: Which,
    as_planned: bool,
    more_to_come: bool,
    waits: bool,
    /// What is said of the folder, once.
    kin: Option<&'a str>,
}

fn heading(text: &str) -> Heading<'_> {
    let mut parts = text.split(", ");
    let (verb, mode) = parts.next().and_then(|first| first.split_once(' ')).expect("a verb and a mode");
    let mut heading = Heading {
        is_sync: verb == "sync",
        arguments: vec!["--mode", mode],
        exit: 0,
        which: Which::Main,
        library: Which::Main,
        as_planned: false,
        more_to_come: false,
        waits: false,
        kin: None,
    };
    for part in parts {
        match part {
            "full library" => heading.arguments.push("--full-library"),
            "unattended" => heading.arguments.push("--unattended"),
            "into a new folder" => heading.kin = Some("--new-folder"),
            "as simulated" => heading.as_planned = true,
            "more to come" => heading.more_to_come = true,
            "with waits" => heading.waits = true,
            "by the other" => (heading.which, heading.library) = (Which::Other, Which::Other),
            "with the other library" => heading.library = Which::Other,
            _ => match part.strip_prefix("exits ") {
                Some(code) => heading.exit = code.parse().expect("an exit code"),
                None => panic!("no run is done so: {part}"),
            },
        }
    }
    heading
}

type Tree = BTreeMap<PathBuf, (Fingerprint, SystemTime)>;

/// Everything that a run must leave as it is, or may only add to.
struct State {
    folder: Tree,
    library: Tree,
    assets: Vec<Asset>,
    albums: Vec<String>,
    settings: Option<Vec<u8>>,
    memory: Vec<String>,
}

impl Stage {
    /// Does a step `simulate …` or `sync …`; what is not as it should be goes to `problems`.
    pub fn run(&self, text: &str, expected: &[String], problems: &mut Vec<String>) {
        let heading = heading(text);
        self.renew_bundle();
        let says: Vec<&str> = expected.iter().filter_map(|line| line.strip_prefix("says ")).collect();
        let mut expected: Vec<String> = expected.iter().filter(|line| !line.starts_with("says ")).cloned().collect();
        expected.sort();
        if heading.exit != 0 && expected.is_empty() {
            return self.refuses(&heading, &says, problems);
        }
        let labels = self.labels();
        let promise = (!heading.is_sync || !heading.as_planned && heading.kin.is_none()).then(|| {
            let before = self.state(heading.which, heading.library);
            let output = self.launch("simulate", &heading, "--json-lines");
            if !heading.is_sync {
                check_exit(&output, heading.exit, problems);
            }
            let after = self.state(heading.which, heading.library);
            problems.extend(after.differs_from(&before).map(|what| format!("the simulation wrote: {what}")));
            lines(&output)
        });
        if let Some(promise) = &promise {
            compare("the plan", &expected, said(promise, &labels), problems);
        }
        if heading.is_sync {
            self.sync(&heading, &expected, promise.as_deref(), &labels, problems);
        }
    }

    fn sync(
        &self,
        heading: &Heading<'_>,
        expected: &[String],
        promise: Option<&[Value]>,
        labels: &BTreeMap<String, String>,
        problems: &mut Vec<String>,
    ) {
        let mut before = self.state(heading.which, heading.library);
        let output = self.launch("sync", heading, "--json-lines");
        let heading = &Heading { kin: None, ..heading.clone() };
        check_exit(&output, heading.exit, problems);
        let done = lines(&output);
        compare("the sync", expected, said(&done, labels), problems);
        if let Some(promise) = promise {
            let whole = |lines: &[Value]| {
                let mut whole: Vec<String> = lines.iter().map(kept_promise).collect();
                whole.sort();
                whole
            };
            compare("what was promised", &whole(promise), whole(&done), problems);
        }
        let after = self.state(heading.which, heading.library);
        for (from, to) in done.iter().filter(|line| line["verdict"] == "applied").flat_map(renames) {
            match before.folder.remove(Path::new(from)).filter(|_| !before.folder.contains_key(Path::new(to))) {
                Some(state) => drop(before.folder.insert(to.into(), state)),
                None => problems.push(format!("the sync says that it renamed {from} to {to}, which cannot be")),
            }
        }
        problems.extend(after.lost_or_changed(&before).map(|what| format!("the sync touched {what}")));
        problems.extend(self.wrongly_dated(&done, &before));
        let new: BTreeSet<String> = (after.folder.keys())
            .filter(|path| !before.folder.contains_key(*path))
            .map(|path| path.display().to_string())
            .collect();
        let told: BTreeSet<String> = done
            .iter()
            .filter(|line| line["verdict"] == "applied" && line["direction"] == "export")
            .flat_map(files_that_go)
            .collect();
        if new != told {
            problems.push(format!("the sync says that it wrote {told:?}; new in the folder are {new:?}"));
        }
        if !heading.as_planned && !heading.more_to_come {
            self.check_second(heading, &after, problems);
        }
    }

    /// A second sync carries nothing and changes nothing.
    fn check_second(&self, heading: &Heading<'_>, after: &State, problems: &mut Vec<String>) {
        self.renew_bundle();
        let output = self.launch("sync", heading, "--json");
        let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
            problems.push(format!("a second sync fails: {}", text(&output)));
            return;
        };
        for way in ["import", "export"] {
            let count = |key: &str| report[way][key].as_u64().unwrap_or(0);
            if count("planned") + count("applied") > 0 {
                problems.push(format!("a second sync carries more: {report}"));
            }
            let skipped = report[way]["skipped"].as_object().into_iter().flat_map(|reasons| reasons.values());
            let skipped: u64 = skipped.filter_map(Value::as_u64).sum();
            if count("seen") != count("applied") + count("failed") + count("not_reached") + skipped {
                problems.push(format!("the counts of {way} do not add up: {report}"));
            }
        }
        let later = self.state(heading.which, heading.library);
        problems.extend(later.sides_differ_from(after).map(|what| format!("a second sync changed {what}")));
    }

    /// A run that must not begin: it exits as it should, says why, and changes nothing.
    fn refuses(&self, heading: &Heading<'_>, says: &[&str], problems: &mut Vec<String>) {
        let verb = if heading.is_sync { "sync" } else { "simulate" };
        let before = self.state(heading.which, heading.library);
        let output = self.launch(verb, heading, "--json-lines");
        check_exit(&output, heading.exit, problems);
        let shown = text(&output);
        let missing = says.iter().filter(|words| !shown.contains(**words));
        problems.extend(missing.map(|words| format!("it does not say “{words}” but: {shown}")));
        let after = self.state(heading.which, heading.library);
        problems.extend(after.differs_from(&before).map(|what| format!("though it stopped, it changed {what}")));
    }

    fn launch(&self, verb: &str, heading: &Heading<'_>, format: &str) -> Output {
        let mut command: Command = self.command(heading.which);
        command.arg(verb).args(&heading.arguments).arg(format);
        if verb == "simulate" {
            // A guard is for syncs; a simulation only shows.
            command = self.command(heading.which);
            command.arg(verb).args(heading.arguments.iter().filter(|flag| **flag != "--unattended")).arg(format);
        }
        command.args(heading.kin.filter(|_| verb == "sync"));
        if !heading.waits {
            command.args(["--settle", "0"]);
        }
        if heading.as_planned && verb == "sync" {
            command.arg("--plan").arg(self.last_run(heading.which, "simulate").to_string());
        }
        self.sides(&mut command, heading.library);
        command.output().expect("the program runs")
    }

    /// How each asset is written, by its id.
    fn labels(&self) -> BTreeMap<String, String> {
        let both = [Which::Main, Which::Other].into_iter().flat_map(|which| self.snapshot(which).assets);
        both.map(|asset| (asset.id.to_string(), self.label(&asset))).collect()
    }

    fn state(&self, which: Which, library: Which) -> State {
        let mut snapshot = self.snapshot(library);
        // It shows that the scenario itself gave a file to another user, to run as that one.
        let resources = snapshot.assets.iter_mut().flat_map(|asset| &mut asset.resources);
        resources.for_each(|resource| resource.state = 0);
        let albums = snapshot.assets.iter().map(|asset| {
            let titles: Vec<&str> =
                asset.albums.iter().map(|album| snapshot.albums[*album as usize].title.as_str()).collect();
            format!("{} in {titles:?}", asset.id)
        });
        State {
            folder: tree(&self.folder()),
            library: tree(&self.given_library(library)),
            albums: albums.collect(),
            assets: snapshot.assets,
            settings: std::fs::read(self.data(which).join("settings.toml")).ok(),
            memory: memory(&self.data(which)),
        }
    }

    /// Exported files whose time of change is not when the photo was taken.
    fn wrongly_dated(&self, done: &[Value], before: &State) -> Vec<String> {
        let mut wrong = Vec::new();
        for line in done.iter().filter(|line| line["direction"] == "export" && line["verdict"] == "applied") {
            let id = line["asset"].as_str().unwrap_or_default();
            let asset = before.assets.iter().find(|asset| *asset.id.0 == *id);
            let Some(captured) = asset.and_then(|asset| asset.captured) else { continue };
            if captured.civil().is_none_or(|civil| civil.year() > LAST_YEAR) {
                continue;
            }
            let Some(taken) = captured.instant_or_wall().map(|taken| taken.max(FIRST_DAY)) else { continue };
            for path in files_that_go(line) {
                let modified = std::fs::metadata(self.folder().join(&path)).and_then(|file| file.modified());
                let modified = modified.ok().and_then(|time| Timestamp::try_from(time).ok());
                if modified.is_none_or(|modified| modified.duration_since(taken).abs().as_secs() > 1) {
                    wrong.push(format!("{path} is dated {modified:?} though taken {taken}"));
                }
            }
        }
        wrong
    }
}

impl State {
    /// Differences of any kind, for a simulation.
    fn differs_from<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = String> + 'a {
        let settings = (self.settings != before.settings).then(|| "the settings".to_owned());
        let tables = || {
            let now: BTreeSet<&String> = self.memory.iter().collect();
            let then: BTreeSet<&String> = before.memory.iter().collect();
            let changed = now.symmetric_difference(&then).filter_map(|row| row.split_once(':'));
            changed.map(|(table, _)| format!("the ledger's table {table}")).collect::<BTreeSet<String>>()
        };
        self.sides_differ_from(before).chain(settings).chain(tables())
    }

    fn sides_differ_from<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = String> + 'a {
        let folder = different(&self.folder, &before.folder).map(|path| format!("{path} in the folder"));
        // SQLite may tidy its log; what the library holds is compared by its assets.
        let is_file = |path: &String| !path.starts_with("database/");
        let library =
            different(&self.library, &before.library).filter(is_file).map(|path| format!("{path} of the library"));
        let assets = (self.assets != before.assets).then(|| "the assets of the library".to_owned());
        let albums = (self.albums != before.albums).then(|| "the albums of the library".to_owned());
        folder.chain(library).chain(assets).chain(albums)
    }

    /// What was there before and is no longer as it was, for a sync.
    fn lost_or_changed<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = String> + 'a {
        let kept = |now: &'a Tree, then: &'a Tree| then.iter().filter(|(path, state)| now.get(*path) != Some(*state));
        let folder = kept(&self.folder, &before.folder).map(|(path, _)| format!("{} in the folder", path.display()));
        let is_file = |path: &Path| ["originals", "resources", "scopes"].iter().any(|top| path.starts_with(top));
        let library = kept(&self.library, &before.library)
            .filter(move |(path, _)| is_file(path))
            .map(|(path, _)| format!("{} of the library", path.display()));
        let same =
            |asset: &Asset| self.assets.iter().any(|now| *now == Asset { albums: now.albums.clone(), ..asset.clone() });
        let assets = before.assets.iter().filter(move |asset| !same(asset));
        let assets = assets.map(|asset| format!("the asset {}", asset.original_name));
        let albums =
            before.albums.iter().filter(|line| !self.albums.contains(line)).map(|line| format!("{line} (albums)"));
        folder.chain(library).chain(assets).chain(albums)
    }
}

/// Paths that are on one side only or differ.
fn different<'a>(now: &'a Tree, before: &'a Tree) -> impl Iterator<Item = String> + 'a {
    let changed = before.iter().filter(|(path, state)| now.get(*path) != Some(*state)).map(|(path, _)| path);
    let new = now.keys().filter(|path| !before.contains_key(*path));
    changed.chain(new).map(|path| path.display().to_string())
}

/// Everything in the ledger that decides.
fn memory(data: &Path) -> Vec<String> {
    let path = data.join("ledger.sqlite");
    if !path.exists() {
        return Vec::new();
    }
    let ledger = rusqlite::Connection::open(path).expect("the ledger opens");
    let mut tables = ledger.prepare("select name from sqlite_master where type = 'table'").expect("SQL");
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).expect("rows").map(|name| name.expect("a name"));
    let deciding = tables.filter(|name| !name.starts_with("sqlite_") && !NO_MEMORY.contains(&name.as_str()));
    deciding.flat_map(|table| rows(&ledger, &table)).collect()
}

fn rows(ledger: &rusqlite::Connection, table: &str) -> Vec<String> {
    let mut statement = ledger.prepare(&format!("select * from \"{table}\"")).expect("the table is there");
    let columns = statement.column_count();
    let mut found = statement.query([]).expect("rows");
    let mut rows = Vec::new();
    while let Some(row) = found.next().expect("a row") {
        let cells: Vec<String> = (0..columns).map(|at| format!("{:?}", row.get_ref(at).expect("a cell"))).collect();
        rows.push(format!("{table}: {}", cells.join(", ")));
    }
    rows
}

fn lines(output: &Output) -> Vec<Value> {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn check_exit(output: &Output, exit: i32, problems: &mut Vec<String>) {
    if output.status.code() != Some(exit) {
        let code = output.status.code().map_or("a signal".to_owned(), |code| code.to_string());
        problems.push(format!("it exits {code} instead of {exit}: {}", String::from_utf8_lossy(&output.stderr)));
    }
}

/// The verdicts as a scenario writes them, sorted.
fn said(lines: &[Value], labels: &BTreeMap<String, String>) -> Vec<String> {
    let mut said: Vec<String> = lines.iter().map(|line| sentence(line, labels)).collect();
    said.sort();
    said
}

fn sentence(line: &Value, labels: &BTreeMap<String, String>) -> String {
    let word = |key: &str| line[key].as_str().unwrap_or("?");
    let is_export = line["direction"] == "export";
    let subject = if is_export {
        let label = labels.get(word("asset")).cloned();
        format!("library {}", label.unwrap_or_else(|| format!("{} = an asset nobody knows", word("name"))))
    } else {
        format!("folder {}", word("path"))
    };
    match word("verdict") {
        "failed" => format!("{subject} fails: {}", line["reason"].as_str().unwrap_or("no reason")),
        "planned" | "applied" if is_export => {
            format!("{subject} -> {}{}{}", files_that_go(line).join(" + "), missing(line), renamed(line))
        }
        "planned" | "applied" => format!("{subject} -> library"),
        // A file of an asset that has a verdict of its own.
        _ if is_export && files(line).count() == 1 => {
            let file = files(line).map(called).collect::<String>();
            format!("{subject}, {file}: {}", word("reason"))
        }
        _ if is_export && is_held(word("reason")) => format!("{subject} is {}: {}", word("path"), word("reason")),
        _ => format!("{subject}: {}", word("reason")),
    }
}

/// Reasons that speak of a file of the folder.
fn is_held(reason: &str) -> bool {
    [
        "same bytes",
        "not compared",
        "changed in the library",
        "same size, time and name",
        "same picture",
        "same shot",
        "imported by us",
        "edited since export",
        "incomplete",
    ]
    .contains(&reason)
}

/// Paths of the files that an export writes, the primary one first.
fn files_that_go(line: &Value) -> Vec<String> {
    let mut files: Vec<(i64, String)> = files(line)
        .filter(|file| file["reason"].is_null())
        .filter_map(|file| Some((role(file).code(), file["path"].as_str()?.to_owned())))
        .collect();
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

/// `, without its video: only in iCloud` for each file that does not go.
fn missing(line: &Value) -> String {
    let mut missing: Vec<String> = files(line)
        .filter_map(|file| Some(format!(", without {}: {}", called(file), file["reason"].as_str()?)))
        .collect();
    missing.sort();
    missing.concat()
}

/// `, and 2024/05/IMG_1.HEIC becomes 2024/05/IMG_1 (2).HEIC` for each file that gets another name.
fn renamed(line: &Value) -> String {
    let mut renamed: Vec<String> = renames(line).map(|(from, to)| format!(", and {from} becomes {to}")).collect();
    renamed.sort();
    renamed.concat()
}

fn renames(line: &Value) -> impl Iterator<Item = (&str, &str)> {
    let renames = line["renames"].as_array().into_iter().flatten();
    renames.filter_map(|rename| Some((rename["from"].as_str()?, rename["to"].as_str()?)))
}

/// What a file is to its photo.
fn called(file: &Value) -> &'static str {
    match role(file) {
        ResourceRole::Photo | ResourceRole::Video => "its original",
        ResourceRole::PairedVideo => "its video",
        ResourceRole::AlternatePhoto => "its RAW",
        ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo => "its edit",
        ResourceRole::RenderedPairedVideo => "the video of its edit",
        ResourceRole::AdjustmentData | ResourceRole::Sidecar => "its words",
    }
}

fn files(line: &Value) -> impl Iterator<Item = &Value> {
    line["files"].as_array().into_iter().flatten()
}

fn role(file: &Value) -> ResourceRole {
    serde_json::from_value(file["role"].clone()).expect("a role")
}

/// What a simulation and its sync must say alike, word for word.
fn kept_promise(line: &Value) -> String {
    let carried = matches!(line["verdict"].as_str(), Some("planned" | "applied"));
    let verdict = if carried { "carried" } else { line["verdict"].as_str().unwrap_or("?") };
    // An import learns its id only when it is done; the id of an export is known before.
    let asset = if carried && line["direction"] == "import" { &Value::Null } else { &line["asset"] };
    let keys =
        ["direction", "path", "name", "reason", "matched", "size", "captured", "destination", "files", "renames"];
    let rest: Vec<String> = keys.iter().map(|key| format!("{key} {}", line[key])).collect();
    format!("{verdict} {} asset {asset}", rest.join(" "))
}

/// Compares lines and says which are missing (−) and which are too many (+).
pub fn compare(what: &str, expected: &[String], actual: Vec<String>, problems: &mut Vec<String>) {
    if expected == actual {
        return;
    }
    let mut unexpected = actual;
    let mut difference = String::new();
    for line in expected {
        match unexpected.iter().position(|other| other == line) {
            Some(at) => drop(unexpected.remove(at)),
            None => difference += &format!("\n    - {}", line.escape_debug()),
        }
    }
    for line in unexpected {
        difference += &format!("\n    + {}", line.escape_debug());
    }
    problems.push(format!("{what} differs (- expected, + found):{difference}"));
}
