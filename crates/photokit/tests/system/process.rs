//! The process as a whole: its two threads, and how it ends.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use photobridge_photokit::{PhotoKit, on_a_second_thread};

use crate::shelf::mac;

/// What the process does that this test starts again.
const PLAYS: &str = "PHOTOBRIDGE_TEST_PLAYS";

/// Plays a part as a process of its own; its exit code and what it said.
fn play(part: &str) -> (Option<i32>, String) {
    let mut test = Command::new(std::env::current_exe().expect("this test"));
    test.args(["--exact", "process::plays_its_part", "--nocapture", "--ignored"]).env(PLAYS, part);
    let mut child = test.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let began = Instant::now();
    let ended = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break status.code(),
            None if began.elapsed() > Duration::from_secs(20) => {
                child.kill().expect("killed");
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut said = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
    (ended, said)
}

#[test]
#[ignore = "a part that other tests let a process play"]
fn plays_its_part() {
    match std::env::var(PLAYS).as_deref() {
        Ok("panic") => on_a_second_thread(|| panic!("as anything may")),
        Ok("answer") => on_a_second_thread(|| {
            let (mac, _) = mac(Vec::new());
            let (sender, receiver) = channel();
            mac.request_authorization(sender);
            println!("{:?}", receiver.recv());
            7
        }),
        _ => {}
    }
}

#[test]
fn a_panic_of_the_program_ends_the_process() {
    let (ended, said) = play("panic");
    assert_eq!(ended, Some(101), "{said}");
    assert!(said.contains("as anything may"), "{said}");
}

#[test]
fn the_first_thread_serves_the_main_queue() {
    let (ended, said) = play("answer");
    assert_eq!(ended, Some(7), "{said}");
    assert!(said.contains("Ok(Limited)"), "{said}");
}
