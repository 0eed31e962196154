//! What a run may take at most, whatever it meets.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit};

use super::support::{Household, Report, text};

/// How long a run may take, on a machine that does other things besides.
const PATIENCE: Duration = Duration::from_secs(60);

/// Memory that a program may ask for.
const MEMORY: u64 = 512 << 20;

/// The longest file that it may write: nothing here has so much to say.
const LONGEST: u64 = 256 << 20;

/// Keeps a program within its bounds: one that asks for more memory gets none, one that writes more is killed.
pub fn bind(process: u32) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw).expect("a process");
    for (resource, most) in [(Resource::Data, MEMORY), (Resource::Fsize, LONGEST)] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        rustix::process::prlimit(Some(process), resource, limit).expect("it is alive");
    }
}

/// Runs a command within its bounds.
pub fn run(command: &mut Command) -> Output {
    run_for(command, PATIENCE)
}

/// Runs a command within its bounds, and for no longer than this.
pub fn run_for(command: &mut Command, patience: Duration) -> Output {
    let (mut out, mut err) = (tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file"));
    let clone = |file: &File| file.try_clone().expect("another handle");
    let mut child = command.stdout(clone(&out)).stderr(clone(&err)).spawn().expect("it starts");
    bind(child.id());
    let until = Instant::now() + patience;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if Instant::now() > until {
            child.kill().and_then(|()| child.wait()).expect("it is killed");
            panic!("it does not end within {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let read = |file: &mut File| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("readable");
        bytes
    };
    Output { status, stdout: read(&mut out), stderr: read(&mut err) }
}

/// The report of a run within its bounds; panics unless it exits as expected.
pub fn report(home: &Household, arguments: &[&str], exit: i32) -> Report {
    report_for(home, arguments, exit, PATIENCE)
}

/// The same, of one that may take longer.
pub fn report_for(home: &Household, arguments: &[&str], exit: i32, patience: Duration) -> Report {
    let output = run_for(&mut home.run_command(&[arguments, &["--json"]].concat()), patience);
    assert_eq!(output.status.code(), Some(exit), "{} {}", output.status, text(&output));
    let report = Report(serde_json::from_slice(&output.stdout).expect("JSON"));
    report.adds_up();
    report
}
