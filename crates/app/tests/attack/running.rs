//! The program at work, and what is done to it meanwhile.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A run that has begun and is watched.
pub struct Running(Child);

impl Running {
    /// Starts it. What it prints must fit into a pipe.
    pub fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts"))
    }

    /// Waits until something holds. `false` if the run ends before.
    pub fn reaches(&mut self, holds: impl Fn() -> bool) -> bool {
        let until = Instant::now() + Duration::from_secs(120);
        while !holds() {
            if self.has_ended() {
                return false;
            }
            assert!(Instant::now() < until, "it neither ends nor gets there");
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Whether it has come to its end.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("it can be waited for").is_some()
    }

    /// Sends it a signal.
    pub fn send(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(id, signal).expect("it is ours, and was not waited for");
    }

    /// Lets it rest while something happens to the world.
    pub fn pause<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        self.send(Signal::STOP);
        // A call that is under way may still come to its end.
        std::thread::sleep(Duration::from_millis(50));
        let happened = meanwhile();
        self.send(Signal::CONT);
        happened
    }

    /// Waits for its end.
    pub fn end(self) -> Output {
        self.0.wait_with_output().expect("it ends")
    }
}
