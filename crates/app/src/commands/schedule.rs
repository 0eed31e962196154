//! `schedule`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::lock::is_held;

use crate::arguments::{ScheduleAction, WhenArguments};
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::places;
use crate::schedule::{Schedule, When};
use crate::scheduler::standing::{self, LastRun, Outcome, Standing};
use crate::settings::schedules as edit;
use crate::terminal::say;
use crate::words::{clean, moment};

/// Lists the schedules, or changes them in the settings.
pub fn run(context: &Context, action: &ScheduleAction) -> Result<Code, Error> {
    let path = places::settings_file(&context.data);
    match action {
        ScheduleAction::List => list(context)?,
        ScheduleAction::Add { name, when, mode } => {
            let when = when.when().map_err(Error::Usage)?;
            let schedule = Schedule { name: name.clone(), when, enabled: true, mode: mode.map(Into::into) };
            edit::add(&path, &schedule)?;
            say!("{}", summary(&schedule));
            say!("It runs while `photobridge serve` is running; `photobridge service install` keeps that running.");
        }
        ScheduleAction::Remove { name } => {
            edit::remove(&path, name)?;
            say!("{}: removed", clean(name));
        }
        ScheduleAction::Pause { name } => {
            edit::enable(&path, name, false)?;
            say!("{}: paused", clean(name));
        }
        ScheduleAction::Resume { name } => {
            edit::enable(&path, name, true)?;
            say!("{}: resumed", clean(name));
        }
    }
    Ok(Code::Done)
}

impl WhenArguments {
    fn when(&self) -> Result<When, String> {
        match (self.every, &self.daily, &self.cron) {
            (Some(minutes), ..) => When::every(minutes),
            (None, Some(time), _) => When::daily(time),
            (None, None, expression) => When::cron(expression.as_deref().unwrap_or_default()),
        }
    }
}

fn list(context: &Context) -> Result<(), Error> {
    if context.settings.schedule.is_empty() {
        say!("There are no schedules yet. To add one: `photobridge schedule add NAME --daily 07:30`");
    }
    let standings = standing::load(&context.data);
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    for schedule in &context.settings.schedule {
        let standing = standings.get(&schedule.name).cloned().unwrap_or_default();
        say!("{}", summary(schedule));
        say!("  next  {}", next(schedule, &standing, now, &zone));
        match &standing.last {
            Some(last) => say!("  last  {}", clean(&told(last, is_held(&context.data)))),
            None => say!("  last  none yet"),
        }
    }
    Ok(())
}

/// What a schedule is called, and when it does what.
fn summary(schedule: &Schedule) -> String {
    clean(&format!("{}: {}, {}", schedule.name, schedule.when, schedule.mode_words()))
}

fn next(schedule: &Schedule, standing: &Standing, now: Timestamp, zone: &TimeZone) -> String {
    match (standing.waiting, standing.next(schedule, now, zone)) {
        (Some(_), _) => "when the active run has finished".into(),
        (None, None) => "paused".into(),
        (None, Some(next)) if next <= now => "as soon as `photobridge serve` is running".into(),
        (None, Some(next)) => moment(next),
    }
}

/// How the last run went. One that is marked as running while nobody holds the lock died.
fn told(last: &LastRun, is_running: bool) -> String {
    let outcome = match last.outcome {
        Outcome::Running if !is_running => Outcome::Interrupted,
        outcome => outcome,
    };
    let run = last.run.map(|run| format!(", run {run}")).unwrap_or_default();
    let message = if last.message.is_empty() { String::new() } else { format!(": {}", last.message) };
    format!("{}{run}, {outcome}{message}", moment(last.began))
}
