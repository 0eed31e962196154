//! The log of a single run, `runs/RUN.log` in the data directory, for people who want to know how it went.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;

use jiff::Timestamp;
use photobridge_core::progress::{Event, Phase, Progress};
use photobridge_core::reason::Reason;
use photobridge_core::report::Ruling;
use photobridge_core::run::RunId;
use photobridge_core::sync::{Finished, Request, SyncError};
use photobridge_core::{data, kept};

use super::stamp;
use crate::words::{came_to, clean, count, size, thousands};

/// Bytes after which failures are only counted.
const LARGEST: u64 = 1_000_000;

/// Tells a run's events to somebody else and writes down those that people look for later. A log that cannot be written
/// is no reason to stop a run.
pub struct RunLog<'a> {
    request: &'a Request,
    clock: &'a (dyn Fn() -> Timestamp + Sync),
    onward: &'a dyn Progress,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    /// Nothing before the run has its number.
    file: Option<File>,
    bytes: u64,
    left_out: u64,
    running: Vec<Stage>,
}

/// A stage that has begun and not ended.
struct Stage {
    phase: Phase,
    began: Timestamp,
    steps: u64,
    bytes: u64,
}

impl<'a> RunLog<'a> {
    /// The log of what is asked for. Events go on to `onward`.
    pub fn new(request: &'a Request, clock: &'a (dyn Fn() -> Timestamp + Sync), onward: &'a dyn Progress) -> Self {
        Self { request, clock, onward, written: Mutex::default() }
    }

    /// Writes down what the run came to.
    pub fn end(&self, result: &Result<Finished, SyncError>) {
        let Ok(mut written) = self.written.lock() else { return };
        let now = (self.clock)();
        if let Ok(finished) = result {
            // Those that failed while they were carried have been told.
            for line in finished.lines_of(is_unreadable) {
                let path = line.path.or(line.name).unwrap_or_default();
                written.failure(now, &path, &line.error.unwrap_or_default());
            }
        }
        if written.left_out > 0 {
            let left_out = thousands(written.left_out);
            written.line(now, &format!("and {left_out} more failures, which the history lists"));
        }
        match result {
            Ok(finished) => {
                for notice in &finished.report.notices {
                    written.line(now, &format!("note: {notice}"));
                }
                let how = if finished.cancelled { "cancelled" } else { "ended" };
                written.line(now, &format!("{how}: {}", came_to(&finished.report)));
            }
            Err(error) => written.line(now, &format!("stopped: {error}")),
        }
    }

    /// What is asked for, in words.
    fn heading(&self, run: RunId) -> String {
        let Request { command, mode, started_by, .. } = self.request;
        let version = env!("CARGO_PKG_VERSION");
        format!("run {run}: {}, {}, by {started_by}, Photobridge {version}", command.as_str(), mode.as_str())
    }
}

/// Whether a photo failed before anything was carried.
fn is_unreadable(ruling: Ruling, reason: Option<Reason>) -> bool {
    ruling == Ruling::Failed && reason == Some(Reason::Unreadable)
}

impl Progress for RunLog<'_> {
    fn event(&self, event: Event) {
        // A poisoned log is no reason to stop a run.
        if let Ok(mut written) = self.written.lock() {
            match &event {
                Event::Started(run) => {
                    let file = data::create(&kept::log_path(&self.request.data, *run));
                    written.file = file.inspect_err(|error| tracing::warn!(%error, %run, "a run has no log")).ok();
                    written.line((self.clock)(), &self.heading(*run));
                }
                event => written.event(event, self.clock),
            }
        }
        self.onward.event(event);
    }
}

impl Written {
    fn event(&mut self, event: &Event, clock: &(dyn Fn() -> Timestamp + Sync)) {
        match event {
            Event::Begin { phase, steps, bytes } => {
                let began = clock();
                self.running.push(Stage { phase: *phase, began, steps: 0, bytes: 0 });
                let total = steps.map(|steps| format!(", {}", thousands(steps))).unwrap_or_default();
                let bytes = bytes.map(|bytes| format!(", {}", size(bytes))).unwrap_or_default();
                self.line(began, &format!("{}: begins{total}{bytes}", phase.as_str()));
            }
            Event::Advance { phase, steps, bytes } => {
                if let Some(stage) = self.running.iter_mut().find(|stage| stage.phase == *phase) {
                    stage.steps += steps;
                    stage.bytes += bytes;
                }
            }
            Event::End(phase) => {
                let Some(at) = self.running.iter().position(|stage| stage.phase == *phase) else { return };
                let (stage, now) = (self.running.remove(at), clock());
                let took = now.duration_since(stage.began).as_secs_f64();
                let bytes = if stage.bytes > 0 { format!(", {}", size(stage.bytes)) } else { String::new() };
                let steps = thousands(stage.steps);
                self.line(now, &format!("{}: ends, {steps}{bytes} in {took:.1} s", phase.as_str()));
            }
            Event::Outlook { photos, bytes, free } => {
                let (photos, bytes, free) = (count(*photos, "photo"), size(*bytes), size(*free));
                self.line(clock(), &format!("going out: {photos}, {bytes}; {free} are free there"));
            }
            Event::Failed { path, error } => self.failure(clock(), path, error),
            Event::Started(_) | Event::Current { .. } => {}
        }
    }

    /// One file that failed, as long as there is room.
    fn failure(&mut self, now: Timestamp, path: &str, error: &str) {
        match self.bytes < LARGEST {
            true => self.line(now, &format!("failed: {path}: {error}")),
            false => self.left_out += 1,
        }
    }

    fn line(&mut self, now: Timestamp, text: &str) {
        let Some(file) = &mut self.file else { return };
        let line = format!("{}  {}\n", stamp(now), clean(text));
        match file.write_all(line.as_bytes()) {
            Ok(()) => self.bytes += line.len() as u64,
            // Half a line more or less: the disk is full, and the run itself will say so.
            Err(_) => self.file = None,
        }
    }
}

#[cfg(test)]
mod tests;
