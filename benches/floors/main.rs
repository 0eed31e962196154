//! Holds Photobridge against what the same work costs without it: `find`, a plain read, `cat`, the `sqlite3` shell,
//! `cp -r`.
//!
//! `cargo bench -p photobridge --bench floors -- [--files 15000,100000] [--kb 8] [--rounds 5]`
//!
//! It makes a folder and an embedded library in a temporary directory (`TMPDIR` says where), runs the floor and ours in
//! turn, so that a busy machine slows both, and prints the best of each with the page cache warm. What grows linearly
//! has the same `µs each` and `KB each` in every table. `cargo test --benches` only tries every row once.

mod household;
mod measure;

use std::cell::Cell;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use household::Household;
use measure::{Measure, Row, Run, cat, copy_and_sync, find, read_all, run, timed};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_media::live;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What most parsers need of a photo.
const HEAD: usize = 64 * 1024;

/// Bytes that are copied at most to measure exports; they are removed at the end.
const MOST_COPIED: u64 = 2 << 30;

struct Wanted {
    files: Vec<usize>,
    bytes: usize,
    rounds: usize,
}

impl Wanted {
    fn from_arguments() -> Outcome<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        // Cargo says `--bench` only when somebody wants to measure.
        if !arguments.iter().any(|argument| argument == "--bench") {
            return Ok(Self { files: vec![50], bytes: 2048, rounds: 1 });
        }
        let numbers = |name: &str, default: &str| -> Outcome<Vec<usize>> {
            let at = arguments.iter().position(|argument| argument == name);
            let text = at.map_or(Some(default), |at| arguments.get(at + 1).map(String::as_str));
            let numbers = text.ok_or(format!("{name} needs a number"))?.split(',');
            Ok(numbers.map(str::parse).collect::<Result<_, _>>()?)
        };
        let number = |name: &str, default: &str| numbers(name, default).map(|numbers| numbers[0]);
        Ok(Self {
            files: numbers("--files", "15000")?,
            bytes: number("--kb", "8")? * 1024,
            rounds: number("--rounds", "5")?.max(1),
        })
    }
}

fn main() -> Outcome<()> {
    let wanted = Wanted::from_arguments()?;
    // All of them are removed at the end: file systems make new files slowly while much was removed a moment ago.
    let mut rooms = Vec::new();
    for count in &wanted.files {
        let room = tempfile::tempdir()?;
        println!("Making {count} photos of {} KB in {}", wanted.bytes / 1024, room.path().display());
        let household = Household::make(room.path(), *count, wanted.bytes)?;
        let measure = Measure { photos: *count, rounds: wanted.rounds };
        Bench { room: room.path(), household: &household, measure }.table()?;
        rooms.push(room);
    }
    Ok(())
}

struct Bench<'a> {
    room: &'a Path,
    household: &'a Household,
    measure: Measure,
}

/// Makes both files of a motion photo.
fn split(motion: &Path, to: &Path) -> Outcome<()> {
    let mut file = File::open(motion)?;
    let size = file.metadata()?.len();
    let pair = live::pair(&file, size, &[7; 20])?.ok_or("it is no motion photo")?;
    for (half, ending) in [(&pair.still, "jpg"), (&pair.movie, "mov")] {
        half.write(&mut file, &mut File::create(to.with_extension(ending))?)?;
    }
    Ok(())
}

impl Bench<'_> {
    fn table(&self) -> Outcome<()> {
        self.measure.heading();
        self.start()?;
        self.rescan()?;
        self.first_scan_of_new()?;
        self.first_scan_of_known()?;
        self.snapshot()?;
        self.export()?;
        self.import()?;
        self.split()?;
        self.import_as_live_photos()?;
        self.nothing_to_do()
    }

    fn run(&self, data: &str, arguments: &[&'static str], library: &Path) -> Run {
        let arguments = arguments.to_vec();
        let (data, folder) = (self.room.join(data), self.household.folder.clone());
        Run { data, arguments, folder, library: library.to_owned() }
    }

    /// A library where nothing is yet, so that the folder is all there is to do.
    fn vacant(&self) -> PathBuf {
        self.room.join("vacant")
    }

    /// Part of every row below.
    fn start(&self) -> Outcome<()> {
        let row = self.measure.row("start / true", "-");
        let ours = || timed(|| run(Command::new(env!("CARGO_BIN_EXE_photobridge")).arg("--version")));
        self.measure.measure(row, || Ok(()), || run(&mut Command::new("true")), ours)
    }

    fn rescan(&self) -> Outcome<()> {
        let run = self.run("rescan", &["simulate"], &self.vacant());
        run.once()?;
        let row = self.measure.row("rescan, nothing changed / find", "2.0");
        self.measure.measure(row, || Ok(()), || find(&self.household.folder), || run.once())
    }

    fn first_scan_of_new(&self) -> Outcome<()> {
        let run = self.run("new", &["simulate"], &self.vacant());
        let row = self.measure.row("first scan, all new / 64 KB of each", "2.0");
        self.measure.measure(row, || run.forget(), || read_all(&self.household.files, HEAD), || run.once())
    }

    fn first_scan_of_known(&self) -> Outcome<()> {
        let run = self.run("known", &["simulate"], &self.household.library);
        let row = self.measure.row("first scan, all known / cat", "1.3");
        self.measure.measure(row, || run.forget(), || cat(&self.household.folder), || run.once())
    }

    /// The floor prints its rows to nowhere; ours also lists the files, since those decide what is here.
    fn snapshot(&self) -> Outcome<()> {
        let database = self.household.library.join("database/Photos.sqlite");
        let floor = || run(Command::new("sqlite3").arg("-readonly").arg(&database).arg(household::SELECT));
        let ours = || {
            let mut library = photobridge_libraries::open(&self.household.library, &self.room.join("scratch"))?;
            let assets = library.snapshot(&Silent, &Cancel::new())?.assets.len();
            if assets == self.household.files.len() { Ok(()) } else { Err(format!("{assets} assets were read").into()) }
        };
        let row = self.measure.row("library snapshot / sqlite3 shell", "2.0");
        self.measure.measure(row, || Ok(()), floor, || timed(ours))
    }

    /// Everything goes into an empty folder; the floor copies the originals. Each time to another place, as
    /// nothing is removed before the end.
    fn export(&self) -> Outcome<()> {
        let run = self.run("export", &["sync", "--mode", "export", "--full-library"], &self.household.library);
        let place = Cell::new(0);
        let here = || self.room.join(format!("out-{}", place.get()));
        let anew = || {
            place.set(place.get() + 1);
            run.forget()?;
            measure::run(Command::new("sync").arg("-f").arg(self.room))
        };
        let floor = || copy_and_sync(&self.household.library.join("originals"), &here());
        let ours = || {
            std::fs::create_dir(here())?;
            Run { folder: here(), ..run.clone() }.once()
        };
        let row = self.measure.row("export / cp -r, one fsync each", if self.clones() { "0.35" } else { "1.3" });
        self.measure.measure(self.copying(row), anew, floor, ours)
    }

    /// A row in which all photos are copied: as often as they may be, and with the room that they take.
    fn copying<'a>(&'a self, row: Row<'a>) -> Row<'a> {
        let copied = 2 * self.household.bytes;
        let rounds = (MOST_COPIED / copied.max(1)).clamp(1, self.measure.rounds as u64) as usize;
        Row { rounds, disk: Some(self.room), ..row }
    }

    /// Whether the disk clones files.
    fn clones(&self) -> bool {
        let (file, clone) = (&self.household.files[0], self.room.join("clone"));
        run(Command::new("cp").arg("--reflink=always").arg(file).arg(clone).stderr(Stdio::null())).is_ok()
    }

    /// Everything goes into a new library of our own, each time at another place; the floor copies the folder.
    fn import(&self) -> Outcome<()> {
        let run = self.run("import", &["sync"], &self.vacant());
        let place = Cell::new(0);
        let here = |what: &str| self.room.join(format!("{what}-{}", place.get()));
        let anew = || {
            place.set(place.get() + 1);
            run.forget()?;
            measure::run(Command::new("sync").arg("-f").arg(self.room))
        };
        let floor = || copy_and_sync(&self.household.folder, &here("copy"));
        let ours = || Run { library: here("in"), ..run.clone() }.once();
        let row = self.measure.row("import / cp -r, one fsync each", if self.clones() { "0.35" } else { "1.0" });
        self.measure.measure(self.copying(row), anew, floor, ours)
    }

    /// Motion photos large enough that the bytes decide, and as many as fit into a measurement that anybody waits for.
    fn motion_photos(&self) -> Outcome<Vec<PathBuf>> {
        let bytes = if self.measure.photos > 1000 { 4 << 20 } else { 64 << 10 };
        let photos = self.measure.photos.min((MOST_COPIED / 2) as usize / bytes);
        household::motion_photos(&self.room.join("motion"), photos, bytes)
    }

    /// Both files of a Live Photo are made of each motion photo; the floor copies as many bytes.
    fn split(&self) -> Outcome<()> {
        let files = self.motion_photos()?;
        let (from, to) = (self.room.join("motion"), self.room.join("split"));
        let forget = || match std::fs::remove_dir_all(&to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
        let ours = || {
            std::fs::create_dir(&to)?;
            files.iter().enumerate().try_for_each(|(at, file)| split(file, &to.join(at.to_string())))
        };
        let measure = Measure { photos: files.len(), ..self.measure };
        let row = measure.row("motion photos made two files / cp -r", "1.3");
        measure.measure(row, forget, || run(Command::new("cp").arg("-r").arg(&from).arg(&to)), || timed(ours))
    }

    /// They go as Live Photos into a new library of our own; the floor copies as many bytes.
    fn import_as_live_photos(&self) -> Outcome<()> {
        let photos = self.motion_photos()?.len();
        let from = self.room.join("motion");
        let run = Run { folder: from.clone(), ..self.run("live", &["sync"], &self.vacant()) };
        let place = Cell::new(0);
        let here = |what: &str| self.room.join(format!("{what}-{}", place.get()));
        let anew = || {
            place.set(place.get() + 1);
            run.forget()?;
            std::fs::create_dir(&run.data)?;
            std::fs::write(run.data.join("settings.toml"), "motion_photos = \"live\"\n")?;
            measure::run(Command::new("sync").arg("-f").arg(self.room))
        };
        let floor = || copy_and_sync(&from, &here("wholes"));
        let ours = || Run { library: here("live-photos"), ..run.clone() }.once();
        let measure = Measure { photos, ..self.measure };
        let row = Row {
            rounds: self.measure.rounds.min(3),
            ..measure.row("motion photos as Live Photos / cp, fsync", "1.3")
        };
        measure.measure(row, anew, floor, ours)
    }

    /// Everything lies on both sides, and the ledger knows it.
    fn nothing_to_do(&self) -> Outcome<()> {
        let ways = ["--mode", "bidirectional", "--full-library"];
        for (command, work, bound) in [
            ("simulate", "simulation, nothing to do / find both", "-"),
            ("sync", "second sync, nothing to do / find both", "1 s"),
        ] {
            let run = self.run("both", &[&["sync"], &ways[..]].concat(), &self.household.library);
            run.once()?;
            let run = Run { arguments: [&[command], &ways[..]].concat(), ..run };
            let floor = || find(&self.household.folder).and_then(|()| find(&self.household.library));
            self.measure.measure(self.measure.row(work, bound), || Ok(()), floor, || run.once())?;
        }
        Ok(())
    }
}
