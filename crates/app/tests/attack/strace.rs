//! Runs the program under strace: which calls it makes that change a disk, and dying at one of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use crate::recording::{self, Effect};
use crate::support;

/// Calls that change what a disk holds, or bring it there.
const EFFECTS: &str = "openat,ioctl,write,pwrite64,writev,pwritev,ftruncate,fallocate,copy_file_range,fsync,fdatasync,rename,\
                       renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,symlink,symlinkat,utimensat,\
                       chmod,fchmod,fchmodat";

/// A call of a run: the so-manieth of this name that any one thread makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The name of the call.
    pub call: String,
    /// Which one of them, from 1.
    pub number: usize,
}

/// The program of a command, with its arguments and environment, under strace.
fn under_strace(command: &Command, options: &[&str], trace: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["--follow-forks", "--quiet=all", "-o"]).arg(trace).args(options);
    strace.arg("--").arg(command.get_program()).args(command.get_args()).env_clear();
    strace.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    strace.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    if let Some(directory) = command.get_current_dir() {
        strace.current_dir(directory);
    }
    strace
}

/// Runs it to its end, which is a good one, and names every call below `root` at which it could have died, in the order of
/// the calls.
pub fn points(command: &Command, root: &Path) -> Vec<Point> {
    let trace = tempfile::NamedTempFile::new().expect("a file");
    let mut strace =
        under_strace(command, &["--seccomp-bpf", "--decode-fds=path", "-e", &format!("trace={EFFECTS}")], trace.path());
    let output = strace.output().expect("strace is installed");
    let text = String::from_utf8_lossy(&std::fs::read(trace.path()).expect("a trace")).into_owned();
    assert!(output.status.success(), "{}", support::text(&output));
    points_of(&text, &root.display().to_string())
}

fn points_of(trace: &str, root: &str) -> Vec<Point> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut points: Vec<Point> = Vec::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(char::is_whitespace) else { continue };
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        if call.starts_with('<') {
            continue;
        }
        let number = counts.entry((thread, call)).or_default();
        *number += 1;
        let changes = (call != "openat" && call != "ioctl")
            || arguments.contains("FICLONE")
            || arguments.contains("O_CREAT")
            || arguments.contains("O_TRUNC");
        let point = Point { call: call.to_owned(), number: *number };
        // Two threads may make their third call of a name each: the process dies at whichever comes first.
        if changes && arguments.contains(root) && !points.contains(&point) {
            points.push(point);
        }
    }
    points
}

/// Runs it to its end, which is a good one, and says what it did below `root`, byte for byte.
pub fn record(command: &Command, root: &Path) -> Vec<Effect> {
    let trace = tempfile::NamedTempFile::new().expect("a file");
    let calls = format!("trace={}", recording::CALLS);
    let options =
        ["--seccomp-bpf", "--decode-fds=path", "--strings-in-hex=all", "--string-limit=100000000", "-e", &calls];
    let output = under_strace(command, &options, trace.path()).output().expect("strace is installed");
    assert!(output.status.success(), "{}", support::text(&output));
    let text = std::fs::read_to_string(trace.path()).expect("a trace in hex");
    recording::read(&text, root)
}

/// Runs it, and lets it die as by `kill -9` just before it makes this call. `false` where it came to its end instead.
pub fn die_at(command: &Command, point: &Point) -> bool {
    let status = inject(command, point, "signal=SIGKILL", "").status;
    // strace ends as what it watched did.
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(libc::SIGKILL)
}

/// How often a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// This one.
    Once,
    /// This one, and all of its name that a thread makes after it.
    FromThenOn,
}

/// Runs it, and lets a call fail with an error, as `ENOSPC`, without effect.
pub fn refuse_at(command: &Command, point: &Point, error: &str, refusal: Refusal) -> Output {
    let when = if refusal == Refusal::FromThenOn { "+" } else { "" };
    inject(command, point, &format!("error={error}"), when)
}

/// Runs it, and lets every call of a name fail with an error.
pub fn refuse_all(command: &Command, call: &str, error: &str) -> Output {
    refuse_at(command, &Point { call: call.to_owned(), number: 1 }, error, Refusal::FromThenOn)
}

fn inject(command: &Command, Point { call, number }: &Point, what: &str, when: &str) -> Output {
    // Not with `--seccomp-bpf`, under which strace 6.1 sends no signals.
    let injection = format!("inject={call}:{what}:when={number}{when}");
    let trace = format!("trace={call}");
    let mut strace = under_strace(command, &["-e", &trace, "-e", &injection], Path::new("/dev/null"));
    strace.output().expect("strace is installed")
}

/// Runs it, and lets the disk fail while this directory is listed: at once, or once some of it was named.
pub fn cut_listing(command: &Command, directory: &Path, number: usize) -> Output {
    let directory = directory.to_str().expect("text");
    let injection = format!("inject=getdents64:error=EIO:when={number}+");
    let options = ["-P", directory, "-e", "trace=getdents64", "-e", &injection];
    under_strace(command, &options, Path::new("/dev/null")).output().expect("strace is installed")
}

#[test]
fn a_trace_names_the_calls_that_change_something_below_the_root() {
    let trace = "\
        7 openat(AT_FDCWD</r>, \"/r/a\", O_RDONLY) = 3</r/a>\n\
        7 openat(AT_FDCWD</r>, \"/r/a\", O_RDWR|O_CREAT, 0644) = 4</r/a>\n\
        7 write(1</dev/pts/0>, \"x\", 1) = 1\n\
        7 write(4</r/a>, \"x\", 1 <unfinished ...>\n\
        8 write(5</r/b>, \"x\", 1) = 1\n\
        7 <... write resumed>) = 1\n\
        8 write(5</r/b>, \"x\", 1) = 1\n";
    let point = |call: &str, number| Point { call: call.into(), number };
    assert_eq!(points_of(trace, "/r"), [point("openat", 2), point("write", 2), point("write", 1)]);
}
