//! Runs the floors and Photobridge in turn, and prints how they compare.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;

/// One table.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Photos on either side.
    pub photos: usize,
    /// How often each row is measured.
    pub rounds: usize,
}

/// What one row shows.
pub struct Row<'a> {
    /// The work and its floor.
    pub work: &'a str,
    /// What must not be exceeded.
    pub bound: &'a str,
    /// How often it is measured.
    pub rounds: usize,
    /// The disk, if it is also measured how much either takes of it.
    pub disk: Option<&'a Path>,
}

/// What a run took.
pub struct Took {
    time: Duration,
    /// Memory at most, and files opened; of work in this process nobody knows.
    watched: Option<(u64, u64)>,
}

impl Measure {
    /// The names of the columns.
    pub fn heading(&self) {
        println!(
            "{:40} {:>9} {:>9} {:>6} {:>6} {:>8} {:>8} {:>8} {:>7}",
            "work", "floor ms", "ours ms", "ratio", "bound", "\u{b5}s each", "peak MB", "KB each", "opened"
        );
    }

    /// A row that is measured as often as the others.
    pub fn row<'a>(&self, work: &'a str, bound: &'a str) -> Row<'a> {
        Row { work, bound, rounds: self.rounds, disk: None }
    }

    /// Measures both in turn, each after `prepare`, and prints the best of either: what else the machine does only adds.
    pub fn measure(
        &self,
        row: Row<'_>,
        prepare: impl Fn() -> Outcome<()>,
        floor: impl Fn() -> Outcome<()>,
        ours: impl Fn() -> Outcome<Took>,
    ) -> Outcome<()> {
        let (mut floors, mut runs) = (Vec::new(), Vec::new());
        let (mut floor_room, mut our_room) = (None, None);
        for _ in 0..row.rounds {
            prepare()?;
            match taking(row.disk, &mut floor_room, || timed(&floor)) {
                Ok(took) => floors.push(took),
                // A system without this tool has no floor; ours is still worth seeing.
                Err(why) => eprintln!("{}: no floor: {why}", row.work),
            }
            prepare()?;
            runs.push(taking(row.disk, &mut our_room, &ours)?);
        }
        let best = |runs: &[Took]| runs.iter().map(|run| run.time).min().map(|time| time.as_secs_f64());
        let (floor, ours) = (best(&floors), best(&runs));
        let each = |whole: f64| whole / self.photos as f64;
        let peak = runs.iter().filter_map(|run| run.watched).map(|(peak, _)| peak as f64).reduce(f64::max);
        let opened = runs.last().and_then(|run| run.watched).map(|(_, opened)| opened as f64);
        println!(
            "{:40} {:>9} {:>9} {:>6} {:>6} {:>8} {:>8} {:>8} {:>7}",
            row.work,
            shown(floor.map(|time| time * 1e3), 0),
            shown(ours.map(|time| time * 1e3), 0),
            shown(floor.zip(ours).map(|(floor, ours)| ours / floor), 2),
            row.bound,
            shown(ours.map(|time| each(time * 1e6)), 1),
            shown(peak.map(|peak| peak / 1024.0), 0),
            shown(peak.map(each), 2),
            shown(opened, 0),
        );
        if let Some((floor, ours)) = floor_room.zip(our_room) {
            let (floor, ours) = (floor / MEGABYTE, ours / MEGABYTE);
            println!("{:40} {floor:>9.1} {ours:>9.1} {:>6.3}", "    new on the disk, in MB", ours / floor);
        }
        Ok(())
    }
}

const MEGABYTE: f64 = 1e6;

/// Does something, and notes by how many bytes more of a disk are used afterwards.
fn taking<T>(disk: Option<&Path>, room: &mut Option<f64>, work: impl FnOnce() -> T) -> T {
    let before = disk.and_then(used);
    let done = work();
    *room = disk.and_then(used).zip(before).map(|(after, before)| after - before);
    done
}

/// How many bytes of the disk where `place` lies are used, once all is there that was written; GNU's `df` tells.
fn used(place: &Path) -> Option<f64> {
    run(Command::new("sync").arg("-f").arg(place)).ok()?;
    let output = Command::new("df").args(["--output=used", "--block-size=1"]).arg(place).output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().last()?.trim().parse().ok()
}

fn shown(number: Option<f64>, places: usize) -> String {
    number.map_or("-".into(), |number| format!("{number:.places$}"))
}

/// One way to call Photobridge.
#[derive(Clone)]
pub struct Run {
    pub data: PathBuf,
    pub arguments: Vec<&'static str>,
    pub folder: PathBuf,
    pub library: PathBuf,
}

impl Run {
    /// Forgets everything.
    pub fn forget(&self) -> Outcome<()> {
        match std::fs::remove_dir_all(&self.data) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.arg("--data-dir").arg(&self.data).args(&self.arguments);
        command.arg("--folder").arg(&self.folder).arg("--library").arg(&self.library);
        command.args(["--settle", "0", "--json"]);
        command
    }

    /// Runs once, and says how long it took, how much memory at most, and how many files it opened.
    pub fn once(&self) -> Outcome<Took> {
        let began = Instant::now();
        let mut child = self.command().stdout(Stdio::piped()).spawn()?;
        let mut output = child.stdout.take().ok_or("no output")?;
        let (process, is_over) = (child.id(), AtomicBool::new(false));
        let (report, status, time, peak) = std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let mut peak = 0;
                while !is_over.load(Ordering::Relaxed) {
                    peak = peak.max(peak_of(process).unwrap_or(0));
                    std::thread::sleep(Duration::from_millis(2));
                }
                peak
            });
            let mut report = String::new();
            let report = output.read_to_string(&mut report).map(|_| report);
            let status = child.wait();
            let time = began.elapsed();
            is_over.store(true, Ordering::Relaxed);
            (report, status, time, watching.join())
        });
        if !status?.success() {
            return Err(format!("{:?} failed", self.command()).into());
        }
        let report: serde_json::Value = serde_json::from_str(&report?)?;
        let opened = report["files_read"].as_u64().ok_or("no files_read in the report")?;
        Ok(Took { time, watched: Some((peak.map_err(|_| "the watcher panicked")?, opened)) })
    }
}

/// The most memory that a process had so far, in KB; Linux keeps it.
fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
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

/// Copies a directory, cloning nothing, then brings one file after the other to the disk.
pub fn copy_and_sync(from: &Path, to: &Path) -> Outcome<()> {
    let mut copy = Command::new("cp");
    if cfg!(target_os = "linux") {
        copy.arg("--reflink=never");
    }
    run(copy.arg("-r").arg(from).arg(to))?;
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

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Outcome<()> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// How long this takes.
pub fn timed(work: impl Fn() -> Outcome<()>) -> Outcome<Took> {
    let began = Instant::now();
    work()?;
    Ok(Took { time: began.elapsed(), watched: None })
}
