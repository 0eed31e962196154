//! The runs of a service: one at a time, in a thread of its own, started by a person or a schedule and watched by many.
//!
//! What it is doing is kept as one state ([`Live`]) that anybody may look at, so a second browser sees what the first
//! one sees. A run that the end of the process cut short is noted in the data directory, and is gone on with once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::data;
use photobridge_core::kept::Recent;
use photobridge_core::lock::is_held;
use photobridge_core::progress::{Cancel, Event, Progress};
use photobridge_core::run::{Command, StartedBy};
use photobridge_core::sync::{Finished, Look, Request};
use serde::{Deserialize, Serialize};

use crate::exit::{Busy, Code, Error};
use crate::live::{Ended, Live, Running};
use crate::memory;
use crate::notify::{Notifier, Trouble};
use crate::places;
use crate::run::{Ask, let_rest, once, open_library};
use crate::scheduler::standing::{Outcome, Standings};
use crate::scheduler::{Runs, Scheduler, Start};
use crate::settings::{Settings, SettingsError};
use crate::watch::Watch;
use crate::whole;
use crate::words::{came_to, started_by};

/// The note of a run that is under way, in the data directory.
const NOTE: &str = "running.json";

/// Longer than any such note, in bytes.
const LONGEST_NOTE: u64 = 1 << 16;

/// How long a run may take to come to its end when the process is asked to.
const PATIENCE: Duration = Duration::from_secs(8);

/// Seconds that a sync waits at most for what was just copied. Who lets files rest for longer does not wait for them.
const LONGEST_REST: u64 = 60;

/// Runs one thing at a time.
pub struct Runner {
    data: PathBuf,
    live: Mutex<Live>,
    version: AtomicU64,
    cancel: Mutex<Option<Cancel>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    schedules: Mutex<Scheduler>,
    watch: Mutex<Watch>,
    notifier: Notifier,
    recent: Arc<Recent>,
    is_ending: AtomicBool,
}

/// What is written down of a run while it lasts.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    ask: Ask,
    since: Timestamp,
    /// Whether this run already goes on with one that was cut short: then it is not begun a third time.
    goes_on: bool,
}

impl Runner {
    /// A runner over a data directory; the verdicts of a run that ends are made ready in `recent`.
    pub fn new(data: &Path, recent: Arc<Recent>) -> Arc<Self> {
        Arc::new(Self {
            data: data.to_owned(),
            live: Mutex::default(),
            version: AtomicU64::new(1),
            cancel: Mutex::default(),
            thread: Mutex::default(),
            schedules: Mutex::new(Scheduler::open(data)),
            watch: Mutex::default(),
            notifier: Notifier::open(data),
            recent,
            is_ending: AtomicBool::new(false),
        })
    }

    /// What it is doing now.
    pub fn live(&self) -> Live {
        self.look().clone()
    }

    /// A number that changes with every change of the state.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Whether the process is about to end.
    pub fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }

    /// Begins a run.
    pub fn start(self: &Arc<Self>, ask: Ask) -> Result<(), Busy> {
        self.begin(Note { ask, since: Timestamp::now(), goes_on: false })
    }

    /// Goes on with the sync that the end of the process cut short, if there was one. A second time it is only told.
    pub fn go_on(self: &Arc<Self>) {
        let path = self.data.join(NOTE);
        let note = whole::read(&path, LONGEST_NOTE).ok().and_then(|text| serde_json::from_str::<Note>(&text).ok());
        let Some(note) = note.filter(|note| note.ask.command == Command::Sync) else {
            let _ = fs::remove_file(&path);
            return;
        };
        self.change(|live| live.cut_short = Some(note.since));
        if note.goes_on {
            let _ = fs::remove_file(&path);
        } else {
            // A run that begins writes a note of its own. Where none does, since the process ends already, the next one
            // finds this one; a run of this very data directory by somebody else is as good as ours.
            let _ = self.begin(Note { goes_on: true, since: Timestamp::now(), ..note });
        }
    }

    /// Starts what is due. To be called every few seconds; a clock that jumped is noticed because it is asked each time.
    pub fn tick(self: &Arc<Self>, now: Timestamp, zone: &TimeZone) {
        // While the settings make no sense nothing starts; the pages say why.
        let Ok(settings) = Settings::read(&places::settings_file(&self.data)) else { return };
        let runs = if lock(&self.cancel).is_some() || is_held(&self.data) { Runs::One } else { Runs::None };
        let mut schedules = lock(&self.schedules);
        let start = schedules.tick(now, zone, &settings.schedule, runs);
        if let Err(error) = schedules.save(&self.data) {
            // What is not written down would be due again after a crash.
            return tracing::error!("nothing starts, since it could not be written down: {error}");
        }
        drop(schedules);
        let Some(Start { name, mode }) = start else { return };
        let ask = Ask { mode, unattended: true, ..Ask::plain(Command::Sync, StartedBy::Schedule(name.clone())) };
        if let Err(busy) = self.start(ask) {
            self.schedule_ended(&name, Outcome::Queued, busy.to_string());
        }
    }

    /// Listens to both sides, and starts a sync once what arrived has come to rest. To be called every few seconds.
    pub fn watch(self: &Arc<Self>, now: Instant) {
        let Ok(settings) = Settings::read(&places::settings_file(&self.data)) else { return };
        let is_busy = lock(&self.cancel).is_some() || is_held(&self.data);
        if !lock(&self.watch).tick(&self.data, &settings, now, is_busy) {
            return;
        }
        let ask = Ask { unattended: true, ..Ask::plain(Command::Sync, StartedBy::Watch) };
        if self.start(ask).is_err() {
            lock(&self.watch).ended(Err(Outcome::Queued), Duration::ZERO, now);
        }
    }

    /// Tells whoever could not be told before, and when no sync has worked for days. To be called every few minutes.
    pub fn look_back(&self) {
        if let Ok(settings) = self.settings() {
            self.notifier.look(&settings);
        }
    }

    /// How it stands that what arrives is synced by itself, in words; nothing where that is switched off.
    pub fn watching(&self) -> Option<String> {
        lock(&self.watch).words()
    }

    /// Lets a schedule start as soon as it can.
    pub fn run_now(&self, name: &str, now: Timestamp) {
        lock(&self.schedules).run_now(name, now);
    }

    /// How every schedule stands.
    pub fn standings(&self) -> Standings {
        lock(&self.schedules).standings().clone()
    }

    fn schedule_ended(&self, name: &str, outcome: Outcome, words: String) {
        let mut schedules = lock(&self.schedules);
        schedules.ended(name, outcome, words);
        if let Err(error) = schedules.save(&self.data) {
            tracing::warn!("what became of the schedule {name} could not be written down: {error}");
        }
    }

    /// Asks the run under way to stop after the photo in hand.
    pub fn cancel(&self) {
        if let Some(cancel) = &*lock(&self.cancel) {
            cancel.cancel();
            self.change(|live| {
                if let Some(running) = &mut live.running {
                    running.cancelling = true;
                }
            });
        }
    }

    /// Begins nothing more, and asks what is under way to stop.
    pub fn stop(&self) {
        self.is_ending.store(true, Ordering::Release);
        if let Some(cancel) = &*lock(&self.cancel) {
            cancel.cancel();
        }
    }

    /// Returns when what was under way has stopped, or when patience is over: the next run goes on from any instant.
    pub fn wait(&self) {
        let until = Instant::now() + PATIENCE;
        let thread = lock(&self.thread).take();
        while thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn begin(self: &Arc<Self>, note: Note) -> Result<(), Busy> {
        let mut cancel = lock(&self.cancel);
        // Asked under the lock: whoever ends the process cancels what is under way after saying so.
        if self.is_ending() {
            return Err(Busy::Ending);
        }
        if cancel.is_some() {
            return Err(Busy::Running);
        }
        let token = Cancel::new();
        *cancel = Some(token.clone());
        drop(cancel);
        self.change(|live| {
            live.running = Some(Running::new(&note.ask, note.since));
            live.ended = None;
            if !note.goes_on {
                live.cut_short = None;
            }
        });
        let runner = Arc::clone(self);
        let thread = std::thread::spawn(move || runner.carry_out(&note, &token));
        *lock(&self.thread) = Some(thread);
        Ok(())
    }

    fn carry_out(&self, note: &Note, cancel: &Cancel) {
        let free = Free(self);
        self.write_down(note);
        let mut began = Instant::now();
        let mut result = self.once(&note.ask, cancel);
        if let Some(seconds) = result.as_ref().ok().and_then(|finished| self.rest(&note.ask, finished))
            && self.let_rest(seconds, cancel)
        {
            began = Instant::now();
            result = self.once(&note.ask, cancel);
        }
        let is_cancelled = || self.look().running.as_ref().is_some_and(|running| running.cancelling);
        let came_to_its_end = result.as_ref().is_ok_and(|finished| !finished.cancelled);
        if self.is_ending() && !came_to_its_end && !is_cancelled() {
            // An end in good order is no defect that could repeat itself: it may happen as often as it likes.
            self.write_down(&Note { goes_on: false, ..note.clone() });
        } else {
            let _ = fs::remove_file(self.data.join(NOTE));
        }
        if let Ok(finished) = &result {
            // Whoever started it on the page looks at it next.
            self.recent.ended(finished.report.run, note.ask.by == StartedBy::Page);
        }
        let (outcome, words) = Outcome::of(&result);
        if note.ask.command == Command::Sync {
            // What is carried takes as long as it takes: only a look is not to be made too often.
            let now = Instant::now();
            let looked = self.look().running.as_ref().map_or(now - began, |running| running.looked(began, now));
            lock(&self.watch).ended(result.as_mut().map_err(|_| outcome), looked, now);
        }
        if let StartedBy::Schedule(name) = &note.ask.by {
            self.schedule_ended(name, outcome, words);
        }
        let ended = Ended::of(&note.ask, &result, Timestamp::now());
        tell(&note.ask, &result, &ended);
        self.change(|live| {
            live.running = None;
            live.ended = Some(ended);
        });
        let trouble = Trouble::of(&result);
        drop(result);
        memory::give_back();
        // Whoever is told takes their time: the next run need not wait for that.
        drop(free);
        if let (Command::Sync, Some(trouble), Ok(settings)) = (note.ask.command, trouble, self.settings()) {
            self.notifier.heard(&settings.notify, trouble);
        }
    }

    /// Notes the run that is under way, for the program that may have to go on with it.
    fn write_down(&self, note: &Note) {
        let written = serde_json::to_vec(note).map_err(std::io::Error::other).and_then(|text| {
            data::make(&self.data)?;
            places::write_private(&self.data.join(NOTE), &text)
        });
        if let Err(error) = written {
            tracing::warn!("the note of the run could not be written: {error}");
        }
    }

    fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::read(&places::settings_file(&self.data))
    }

    /// The seconds after which a sync of a person's goes on, where what they have just copied still has to come to rest.
    fn rest(&self, ask: &Ask, finished: &Finished) -> Option<u64> {
        let came_through = !finished.cancelled && finished.report.stopped.is_none();
        let seconds = self.settings().ok()?.settle_seconds + 1;
        (ask.may_wait() && came_through && finished.just_arrived > 0 && seconds <= LONGEST_REST).then_some(seconds)
    }

    /// Waits so long, and shows it. Returns whether nobody stopped it.
    fn let_rest(&self, seconds: u64, cancel: &Cancel) -> bool {
        tracing::info!("some photos came just now: the sync goes on in {seconds} s");
        let tell = |left: u64| {
            self.change(|live| live.running.iter_mut().for_each(|running| running.rests(left)));
        };
        let_rest(seconds, cancel, tell)
    }

    fn once(&self, ask: &Ask, cancel: &Cancel) -> Result<Finished, Error> {
        let look = match ask.is_about_everything() {
            true => lock(&self.watch).begun(&ask.by),
            false => Look::Whole,
        };
        let settings = self.settings()?;
        let request = Request { look, ..ask.request(&self.data, &settings)? };
        let mut library = open_library(&self.data, &settings)?;
        once(&request, library.as_mut(), self, cancel)
    }

    fn look(&self) -> MutexGuard<'_, Live> {
        lock(&self.live)
    }

    fn change(&self, change: impl FnOnce(&mut Live)) {
        change(&mut self.look());
        self.version.fetch_add(1, Ordering::AcqRel);
    }
}

/// Says how a run ended, in one line for whoever watches over the service.
fn tell(ask: &Ask, result: &Result<Finished, Error>, ended: &Ended) {
    let run = ended.run.map_or_else(|| "a run".to_owned(), |run| format!("run {run}"));
    let who = format!("{run} ({}, {})", ask.command.as_str(), started_by(&ask.by));
    match result {
        Ok(finished) if ended.is_well => tracing::info!("{who}: {}", came_to(&finished.report)),
        Ok(finished) if ended.cancelled => tracing::info!("{who}, cancelled: {}", came_to(&finished.report)),
        Ok(finished) => tracing::warn!("{who} failed: {}", came_to(&finished.report)),
        Err(error) if ended.needs_your_look => tracing::warn!("{who} needs your look: {error}"),
        Err(error) if ended.busy => tracing::info!("{who} waits: {error}"),
        Err(error) => tracing::warn!("{who} failed: {error}"),
    }
}

/// Makes the runner free again when a run ends, also when it ends in a panic: a defect in one run must not keep all later
/// ones out.
struct Free<'a>(&'a Runner);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        self.0.change(|live| live.running = None);
        *lock(&self.0.cancel) = None;
    }
}

/// A state is whole after every change, so a thread that died holding it spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Progress for Runner {
    fn event(&self, event: Event) {
        self.change(|live| {
            let Some(running) = &mut live.running else { return };
            if let (Event::Started(run), StartedBy::Schedule(name)) = (&event, &running.by) {
                lock(&self.schedules).numbered(name, *run);
            }
            running.take(event, Instant::now());
        });
    }
}

impl Ended {
    /// How a run came to its end.
    fn of(ask: &Ask, result: &Result<Finished, Error>, ended: Timestamp) -> Self {
        let (run, code, words) = match result {
            Ok(finished) => {
                let code = match (&finished.report.stopped, finished.report.failed()) {
                    (None, 0) if !finished.cancelled => Code::Done,
                    _ => Code::Failed,
                };
                (Some(finished.report.run), code, finished.report.stopped.clone())
            }
            Err(error) => (error.run(), error.code(), Some(error.to_string())),
        };
        let cancelled = result.as_ref().is_ok_and(|finished| finished.cancelled);
        Self {
            command: ask.command,
            run: run.map(|run| run.0),
            ended,
            is_well: code == Code::Done,
            needs_your_look: code == Code::Guard,
            busy: code == Code::Busy,
            cancelled,
            words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_short_waits_for_a_process_that_does_not_end_at_once() {
        let data = tempfile::tempdir().expect("a directory");
        let runner = || Runner::new(data.path(), Arc::new(Recent::new(data.path().to_owned())));
        let ask = Ask::plain(Command::Sync, StartedBy::Page);
        runner().write_down(&Note { ask, since: Timestamp::UNIX_EPOCH, goes_on: false });
        let ending = runner();
        ending.stop();
        ending.go_on();
        let next = runner();
        next.go_on();
        assert_eq!(next.live().cut_short, Some(Timestamp::UNIX_EPOCH));
        assert!(lock(&next.thread).is_some(), "the sync is begun");
        next.wait();
    }
}
