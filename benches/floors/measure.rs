//! Runs the floors and Photobridge in turn, and prints how they compare.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// One table.
pub struct Measure {
    /// Photos on either side.
    pub photos: usize,
    /// How often each row is measured.
    pub rounds: usize,
}

/// What one row shows besides its times.
pub struct Row<'a> {
    /// The work and its floor.
    pub work: &'a str,
    /// What must not be exceeded.
    pub bound: &'a str,
    /// Memory and files opened.
    pub watched: Option<Watched>,
}

/// What a run took besides time.
pub struct Watched {
    peak_kb: u64,
    opened: u64,
}

impl Measure {
    /// The names of the columns.
    pub fn heading(&self) {
        println!(
            "{:40} {:>9} {:>9} {:>6} {:>6} {:>8} {:>8} {:>8} {:>7}",
            "work", "floor ms", "ours ms", "ratio", "bound", "\u{b5}s each", "peak MB", "KB each", "opened"
        );
    }

    /// Measures both in turn, each after `prepare`, and prints the best of either: what else the machine does only adds.
    pub fn row(
        &self,
        row: Row<'_>,
        prepare: impl Fn() -> Outcome<()>,
        floor: impl Fn() -> Outcome<()>,
        ours: impl Fn() -> Outcome<()>,
    ) -> Outcome<()> {
        let (mut floors, mut times) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            prepare()?;
            match timed(&floor) {
                Ok(time) => floors.push(time),
                // A system without this tool has no floor; ours is still worth seeing.
                Err(why) => eprintln!("{}: no floor: {why}", row.work),
            }
            prepare()?;
            times.push(timed(&ours)?);
        }
        let best = |times: Vec<Duration>| times.into_iter().min().map(|time| time.as_secs_f64());
        let (floor, ours) = (best(floors), best(times));
        let each = |whole: f64| whole / self.photos as f64;
        let watched = row.watched.as_ref();
        println!(
            "{:40} {:>9} {:>9} {:>6} {:>6} {:>8} {:>8} {:>8} {:>7}",
            row.work,
            shown(floor.map(|time| time * 1e3), 0),
            shown(ours.map(|time| time * 1e3), 0),
            shown(floor.zip(ours).map(|(floor, ours)| ours / floor), 2),
            row.bound,
            shown(ours.map(|time| each(time * 1e6)), 1),
            shown(watched.map(|run| run.peak_kb as f64 / 1024.0), 0),
            shown(watched.map(|run| each(run.peak_kb as f64)), 2),
            shown(watched.map(|run| run.opened as f64), 0),
        );
        Ok(())
    }
}

fn shown(number: Option<f64>, places: usize) -> String {
    number.map_or("-".into(), |number| format!("{number:.places$}"))
}

/// One way to call Photobridge.
pub struct Run {
    pub data: PathBuf,
    pub arguments: Vec<&'static str>,
    pub folder: PathBuf,
    pub library: PathBuf,
}

impl Run {
    /// Forgets everything.
    pub fn forget(&self) -> Outcome<()> {
        remove(&self.data)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.arg("--data-dir").arg(&self.data).args(&self.arguments);
        command.arg("--folder").arg(&self.folder).arg("--library").arg(&self.library);
        command.args(["--settle", "0", "--json"]);
        command
    }

    /// Runs once.
    pub fn once(&self) -> Outcome<()> {
        run(&mut self.command())
    }

    /// Runs once, and says how much memory it took at most, and how many files it opened.
    pub fn watched(&self) -> Outcome<Watched> {
        let mut child = self.command().stdout(Stdio::piped()).spawn()?;
        let mut peak_kb = 0;
        while child.try_wait()?.is_none() {
            peak_kb = peak_kb.max(peak_of(&child).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut report = String::new();
        child.stdout.take().ok_or("no output")?.read_to_string(&mut report)?;
        let report: serde_json::Value = serde_json::from_str(&report)?;
        Ok(Watched { peak_kb, opened: report["files_read"].as_u64().ok_or("no files_read in the report")? })
    }
}

/// The most memory that a process had so far, in KB; Linux keeps it.
fn peak_of(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Lists a directory with sizes and times.
pub fn find(directory: &Path) -> Outcome<()> {
    run(Command::new("find").arg(directory).args(["-printf", "%s %T@\n"]))
}

/// Reads all files below a directory.
pub fn cat(directory: &Path) -> Outcome<()> {
    run(Command::new("find").arg(directory).args(["-type", "f", "-exec", "cat", "{}", "+"]))
}

/// Copies a directory, then brings one file after the other to the disk.
pub fn copy_and_sync(from: &Path, to: &Path) -> Outcome<()> {
    run(Command::new("cp").arg("-r").arg(from).arg(to))?;
    let mut waiting = vec![to.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => waiting.push(entry.path()),
                false => File::open(entry.path())?.sync_all()?,
            }
        }
    }
    Ok(())
}

/// Reads at most `most` bytes of each file.
pub fn read_all(files: &[PathBuf], most: usize) -> Outcome<()> {
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
}

/// Removes a directory, if it is there.
pub fn remove(directory: &Path) -> Outcome<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Outcome<()> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

fn timed(work: &impl Fn() -> Outcome<()>) -> Outcome<Duration> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}
