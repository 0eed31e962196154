//! Holds Photobridge against what the same work costs without it: `find`, a plain read, `cat`, the `sqlite3` shell.
//!
//! `cargo bench -p photobridge --bench floors -- [--files 15000] [--kb 8] [--rounds 5]`
//!
//! It makes a folder and an embedded library in a temporary directory, runs the floor and ours in turn, so that a busy
//! machine slows both, and prints medians with the page cache warm. `cargo test --benches` only tries every row once.

mod household;

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use household::Household;
use photobridge_core::progress::{Cancel, Silent};

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Wanted {
    files: usize,
    bytes: usize,
    rounds: usize,
}

impl Wanted {
    fn from_arguments() -> Outcome<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        // Cargo says `--bench` only when somebody wants to measure.
        if !arguments.iter().any(|argument| argument == "--bench") {
            return Ok(Self { files: 50, bytes: 2048, rounds: 1 });
        }
        let number = |name: &str, default: usize| -> Outcome<usize> {
            match arguments.iter().position(|argument| argument == name) {
                Some(at) => Ok(arguments.get(at + 1).ok_or(format!("{name} needs a number"))?.parse()?),
                None => Ok(default),
            }
        };
        Ok(Self {
            files: number("--files", 15_000)?,
            bytes: number("--kb", 8)? * 1024,
            rounds: number("--rounds", 5)?.max(1),
        })
    }
}

fn main() -> Outcome<()> {
    let wanted = Wanted::from_arguments()?;
    let room = tempfile::tempdir()?;
    println!("Making {} photos of {} KB in {}", wanted.files, wanted.bytes / 1024, room.path().display());
    let household = Household::make(room.path(), wanted.files, wanted.bytes)?;
    let bench = Bench { room: room.path(), household: &household, rounds: wanted.rounds };
    println!(
        "{:44} {:>9} {:>9} {:>6} {:>6} {:>8} {:>7}",
        "work", "floor ms", "ours ms", "ratio", "bound", "peak MB", "opened"
    );
    bench.rescan()?;
    bench.first_scan_of_new()?;
    bench.first_scan_of_known()?;
    bench.snapshot()?;
    bench.nothing_to_do("simulate")?;
    bench.nothing_to_do("sync")?;
    Ok(())
}

struct Bench<'a> {
    room: &'a Path,
    household: &'a Household,
    rounds: usize,
}

/// What one row shows besides its times.
struct Row<'a> {
    work: &'a str,
    bound: Option<f64>,
    peak: Option<u64>,
    opened: Option<u64>,
}

impl Bench<'_> {
    /// Nothing changed since the last look; the library is empty, so that the folder is all there is to do.
    fn rescan(&self) -> Outcome<()> {
        let run = Run { data: self.room.join("rescan"), command: "simulate", library: self.room.join("vacant") };
        run.once(self.household)?;
        let (peak, opened) = run.watched(self.household)?;
        let row =
            Row { work: "rescan, nothing changed / find", bound: Some(2.0), peak: Some(peak), opened: Some(opened) };
        self.row(row, || find(&self.household.folder), || run.once(self.household))
    }

    fn first_scan_of_new(&self) -> Outcome<()> {
        let run = Run { data: self.room.join("new"), command: "simulate", library: self.room.join("vacant") };
        let (peak, opened) = run.anew().watched(self.household)?;
        for threads in [1, 2] {
            let work = format!("first scan, all new / 64 KB of each, {threads} threads");
            let row = Row { work: &work, bound: Some(2.0), peak: Some(peak), opened: Some(opened) };
            self.row(row, || read_all(&self.household.files, 64 * 1024, threads), || run.anew().once(self.household))?;
        }
        Ok(())
    }

    fn first_scan_of_known(&self) -> Outcome<()> {
        let run = Run { data: self.room.join("known"), command: "simulate", library: self.household.library.clone() };
        let (peak, opened) = run.anew().watched(self.household)?;
        let row = Row { work: "first scan, all known / cat", bound: Some(1.3), peak: Some(peak), opened: Some(opened) };
        self.row(row, || cat(&self.household.folder), || run.anew().once(self.household))
    }

    /// The floor prints its rows to nowhere; ours also lists the files, since those decide what is here.
    fn snapshot(&self) -> Outcome<()> {
        let row = Row { work: "library snapshot / sqlite3 shell", bound: Some(2.0), peak: None, opened: None };
        let database = self.household.library.join("database/Photos.sqlite");
        let floor = || run(Command::new("sqlite3").arg("-readonly").arg(&database).arg(household::SELECT));
        self.row(row, floor, || {
            let mut library = photobridge_libraries::open(&self.household.library, &self.room.join("scratch"))?;
            let assets = library.snapshot(&Silent, &Cancel::new())?.assets.len();
            if assets == self.household.files.len() { Ok(()) } else { Err(format!("{assets} assets were read").into()) }
        })
    }

    fn nothing_to_do(&self, command: &'static str) -> Outcome<()> {
        let run = Run { data: self.room.join("both"), command: "sync", library: self.household.library.clone() };
        run.once(self.household)?;
        let run = Run { command, ..run };
        let (peak, opened) = run.watched(self.household)?;
        let work = format!("{command}, all on both sides / find both");
        let row = Row { work: &work, bound: None, peak: Some(peak), opened: Some(opened) };
        let floor = || find(&self.household.folder).and_then(|()| find(&self.household.library));
        self.row(row, floor, || run.once(self.household))
    }

    /// Measures both in turn, and prints their medians.
    fn row(
        &self,
        row: Row<'_>,
        mut floor: impl FnMut() -> Outcome<()>,
        mut ours: impl FnMut() -> Outcome<()>,
    ) -> Outcome<()> {
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            match timed(&mut floor) {
                Ok(time) => times.0.push(time),
                // A system without this tool has no floor; ours is still worth seeing.
                Err(why) => eprintln!("{}: no floor: {why}", row.work),
            }
            times.1.push(timed(&mut ours)?);
        }
        let (floor, ours) = (median(times.0), median(times.1));
        let milliseconds = |time: Option<Duration>| time.map(|time| format!("{:.0}", time.as_secs_f64() * 1000.0));
        let ratio = floor.zip(ours).map(|(floor, ours)| format!("{:.2}", ours.as_secs_f64() / floor.as_secs_f64()));
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        println!(
            "{:44} {:>9} {:>9} {:>6} {:>6} {:>8} {:>7}",
            row.work,
            or_dash(milliseconds(floor)),
            or_dash(milliseconds(ours)),
            or_dash(ratio),
            or_dash(row.bound.map(|bound| format!("{bound:.1}"))),
            or_dash(row.peak.map(|peak| peak.to_string())),
            or_dash(row.opened.map(|opened| opened.to_string())),
        );
        Ok(())
    }
}

/// One way to call Photobridge.
struct Run {
    data: PathBuf,
    command: &'static str,
    library: PathBuf,
}

impl Run {
    /// Forgets everything.
    fn anew(&self) -> &Self {
        let _ = std::fs::remove_dir_all(&self.data);
        self
    }

    fn command(&self, household: &Household) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.arg("--data-dir").arg(&self.data).arg(self.command);
        command.arg("--folder").arg(&household.folder).arg("--library").arg(&self.library);
        command.args(["--settle", "0", "--json"]);
        command
    }

    fn once(&self, household: &Household) -> Outcome<()> {
        run(&mut self.command(household))
    }

    /// Runs once, and says how much memory it took at most in MB, and how many files it opened.
    fn watched(&self, household: &Household) -> Outcome<(u64, u64)> {
        let mut child = self.command(household).stdout(Stdio::piped()).spawn()?;
        let mut peak = 0;
        while child.try_wait()?.is_none() {
            peak = peak.max(peak_of(&child).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut report = String::new();
        child.stdout.take().ok_or("no output")?.read_to_string(&mut report)?;
        let report: serde_json::Value = serde_json::from_str(&report)?;
        Ok((peak / 1024, report["files_read"].as_u64().ok_or("no files_read in the report")?))
    }
}

/// The most memory that a process had so far, in KB; Linux keeps it.
fn peak_of(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

fn find(directory: &Path) -> Outcome<()> {
    run(Command::new("find").arg(directory).args(["-printf", "%s %T@\n"]))
}

fn cat(directory: &Path) -> Outcome<()> {
    run(Command::new("find").arg(directory).args(["-type", "f", "-exec", "cat", "{}", "+"]))
}

fn run(command: &mut Command) -> Outcome<()> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// Reads at most `most` bytes of each file.
fn read_all(files: &[PathBuf], most: usize, threads: usize) -> Outcome<()> {
    let read = |files: &[PathBuf]| -> std::io::Result<()> {
        let mut buffer = vec![0; most];
        for path in files {
            let mut file = File::open(path)?;
            let mut filled = 0;
            while filled < most {
                match file.read(&mut buffer[filled..])? {
                    0 => break,
                    n => filled += n,
                }
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            files.chunks(files.len().div_ceil(threads)).map(|part| scope.spawn(move || read(part))).collect();
        for part in parts {
            part.join().map_err(|_| "a reader panicked")??;
        }
        Ok(())
    })
}

fn timed(work: &mut impl FnMut() -> Outcome<()>) -> Outcome<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}
