use jiff::SignedDuration;

use super::*;
use crate::schedule::When;

fn at(text: &str) -> Timestamp {
    text.parse::<jiff::Zoned>().map(|zoned| zoned.timestamp()).or_else(|_| text.parse()).expect("an instant")
}

fn schedule(name: &str, when: Result<When, String>) -> Schedule {
    Schedule { name: name.into(), when: when.expect("valid"), enabled: true, mode: None }
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A machine on which the program runs: its clock, its schedules, and what started when.
struct Machine {
    data: tempfile::TempDir,
    zone: TimeZone,
    now: Timestamp,
    schedules: Vec<Schedule>,
    scheduler: Scheduler,
    started: Vec<(String, Timestamp)>,
    /// The run that is active, and when it ends.
    active: Option<(String, Timestamp)>,
    run_lasts: SignedDuration,
}

impl Machine {
    /// One in Berlin, where a run takes a minute.
    fn new(now: &str, schedules: Vec<Schedule>) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let scheduler = Scheduler::open(data.path());
        let zone = TimeZone::get("Europe/Berlin").expect("a known zone");
        let (now, run_lasts) = (at(now), minutes(1));
        Self { data, zone, now, schedules, scheduler, started: vec![], active: None, run_lasts }
    }

    /// One tick, as the server does it.
    fn tick(&mut self) {
        if let Some((name, _)) = self.active.take_if(|(_, ends)| *ends <= self.now) {
            self.scheduler.ended(&name, Outcome::Done, "1 imported".into());
        }
        let runs = if self.active.is_some() { Runs::One } else { Runs::None };
        let start = self.scheduler.tick(self.now, &self.zone, &self.schedules, runs);
        self.scheduler.save(self.data.path()).expect("it is written");
        if let Some(Start { name, .. }) = start {
            assert!(self.active.is_none(), "never two at once");
            self.started.push((name.clone(), self.now));
            self.active = Some((name, self.now + self.run_lasts));
        }
    }

    /// Time passes, with a tick every five seconds.
    fn pass(&mut self, time: SignedDuration) {
        let until = self.now + time;
        while self.now < until {
            self.now += SignedDuration::from_secs(5);
            self.tick();
        }
    }

    fn pass_until(&mut self, instant: &str) {
        self.pass(at(instant).duration_since(self.now));
    }

    /// The clock shows another time from one tick to the next: it was set, or the machine slept.
    fn jump(&mut self, instant: &str) {
        self.now = at(instant);
        self.tick();
    }

    /// The program ends, and starts again at that time.
    fn restart(&mut self, instant: &str) {
        self.active = None;
        self.scheduler = Scheduler::open(self.data.path());
        self.jump(instant);
    }

    /// What started since it was asked last, with the time on the machine's clock.
    fn started(&mut self) -> Vec<String> {
        let shown = |(name, at): (String, Timestamp)| {
            format!("{name} {}", at.to_zoned(self.zone.clone()).strftime("%d. %H:%M"))
        };
        std::mem::take(&mut self.started).into_iter().map(shown).collect()
    }
}

#[test]
fn a_schedule_starts_at_its_time_and_not_when_it_is_made() {
    let nightly = schedule("nightly", When::daily("02:30"));
    let often = Schedule { mode: Some(Mode::Export), ..schedule("often", When::every(60)) };
    let mut machine = Machine::new("2026-11-25T12:10+01:00[Europe/Berlin]", vec![nightly, often]);
    machine.tick();
    assert_eq!(machine.started(), Vec::<String>::new());
    machine.pass(minutes(61));
    assert_eq!(machine.started(), ["often 25. 13:10"]);
    let start = machine.scheduler.tick(machine.now + minutes(60), &machine.zone, &machine.schedules, Runs::None);
    assert_eq!(start, Some(Start { name: "often".into(), mode: Some(Mode::Export) }));
    machine.schedules.pop();
    machine.pass(minutes(48 * 60));
    assert_eq!(machine.started(), ["nightly 26. 02:30", "nightly 27. 02:30"]);
}

#[test]
fn never_two_at_once_and_each_waits_once() {
    let all = vec![
        schedule("c", When::cron("0 13 * * *")),
        schedule("a", When::daily("13:00")),
        schedule("b", When::cron("* 13 * * *")),
    ];
    let mut machine = Machine::new("2026-11-25T12:59+01:00[Europe/Berlin]", all);
    machine.run_lasts = minutes(10);
    machine.pass(minutes(45));
    // All three are due at 13:00. While a and c run, b becomes due twenty times more, and waits once.
    assert_eq!(machine.started(), ["a 25. 13:00", "b 25. 13:10", "c 25. 13:20", "b 25. 13:30", "b 25. 13:40"]);
}

#[test]
fn what_is_paused_or_removed_waits_no_longer() {
    let all = vec![schedule("first", When::daily("13:00")), schedule("second", When::daily("13:00"))];
    for removed in [false, true] {
        let mut machine = Machine::new("2026-11-25T12:59+01:00[Europe/Berlin]", all.clone());
        machine.pass(minutes(1));
        assert_eq!(machine.started(), ["first 25. 13:00"]);
        assert!(machine.scheduler.standings()["second"].waiting.is_some());
        if removed {
            machine.schedules.pop();
        } else {
            machine.schedules[1].enabled = false;
        }
        machine.pass(minutes(60));
        machine.schedules = all.clone();
        machine.pass(minutes(60));
        assert_eq!(machine.started(), Vec::<String>::new());
        machine.pass(minutes(24 * 60));
        assert_eq!(machine.started(), ["first 26. 13:00", "second 26. 13:01"]);
    }
}

#[test]
fn a_pause_misses_nothing_that_comes_back_at_its_end() {
    let often = schedule("often", When::every(10));
    let mut machine = Machine::new("2026-11-25T12:00+01:00[Europe/Berlin]", vec![often]);
    machine.pass(minutes(11));
    assert_eq!(machine.started(), ["often 25. 12:10"]);
    machine.schedules[0].enabled = false;
    machine.pass(minutes(60));
    machine.restart("2026-11-25T15:00+01:00[Europe/Berlin]");
    machine.schedules[0].enabled = true;
    machine.pass(minutes(11));
    assert_eq!(machine.started(), ["often 25. 15:10"]);
}

#[test]
fn another_when_counts_anew() {
    let mut machine =
        Machine::new("2026-11-25T06:00+01:00[Europe/Berlin]", vec![schedule("daily", When::daily("07:30"))]);
    machine.pass_until("2026-11-25T10:00+01:00[Europe/Berlin]");
    machine.schedules[0].when = When::daily("09:00").expect("valid");
    machine.pass_until("2026-11-26T10:00+01:00[Europe/Berlin]");
    assert_eq!(machine.started(), ["daily 25. 07:30", "daily 26. 09:00"]);
}

#[test]
fn what_was_slept_over_starts_once_on_waking() {
    let all = vec![
        schedule("daily", When::daily("02:30")),
        schedule("often", When::every(15)),
        schedule("weekdays", When::cron("*/20 2-6 * * 1-5")),
    ];
    let mut machine = Machine::new("2026-11-25T20:00+01:00[Europe/Berlin]", all);
    machine.tick();
    machine.jump("2026-11-27T08:06+01:00[Europe/Berlin]");
    machine.pass(minutes(20));
    assert_eq!(
        machine.started(),
        ["daily 27. 08:06", "weekdays 27. 08:07", "often 27. 08:08", "often 27. 08:15"],
        "in the order in which they came due, and often goes on from its last time"
    );
}

#[test]
fn what_was_missed_while_the_program_was_not_running_starts_once() {
    let mut machine =
        Machine::new("2026-11-25T20:00+01:00[Europe/Berlin]", vec![schedule("daily", When::daily("02:30"))]);
    machine.pass(minutes(1));
    machine.restart("2026-11-29T08:00+01:00[Europe/Berlin]");
    machine.pass(minutes(60));
    assert_eq!(machine.started(), ["daily 29. 08:00"]);
    machine.restart("2026-11-29T09:30+01:00[Europe/Berlin]");
    assert_eq!(machine.started(), Vec::<String>::new(), "a time that was handled is not missed");
}

#[test]
fn a_lost_memory_is_no_avalanche() {
    let all = vec![schedule("daily", When::daily("02:30")), schedule("often", When::every(15))];
    for damage in [None, Some("{\"often\": {\"handl")] {
        let mut machine = Machine::new("2026-11-25T20:00+01:00[Europe/Berlin]", all.clone());
        machine.tick();
        let file = machine.data.path().join("schedules.json");
        match damage {
            None => std::fs::remove_file(file).expect("it was there"),
            Some(text) => std::fs::write(file, text).expect("written"),
        }
        machine.restart("2026-12-25T20:00+01:00[Europe/Berlin]");
        assert_eq!(machine.started(), Vec::<String>::new());
        machine.pass(minutes(16));
        assert_eq!(machine.started(), ["often 25. 20:15"]);
    }
}

#[test]
fn a_clock_that_jumps_a_day_and_back_brings_nothing_twice_and_nothing_to_a_halt() {
    let all = vec![schedule("daily", When::daily("07:30")), schedule("often", When::every(30))];
    let mut machine = Machine::new("2026-11-25T07:00+01:00[Europe/Berlin]", all);
    machine.pass_until("2026-11-25T08:00+01:00[Europe/Berlin]");
    machine.started();
    machine.jump("2026-11-26T08:00+01:00[Europe/Berlin]");
    machine.pass(minutes(2));
    assert_eq!(machine.started(), ["daily 26. 08:00", "often 26. 08:01"]);
    machine.jump("2026-11-25T08:05+01:00[Europe/Berlin]");
    assert_eq!(machine.started(), Vec::<String>::new());
    machine.pass_until("2026-11-25T09:10+01:00[Europe/Berlin]");
    assert_eq!(machine.started(), ["often 25. 08:35", "often 25. 09:05"]);
    machine.schedules.pop();
    machine.pass_until("2026-11-27T08:00+01:00[Europe/Berlin]");
    assert_eq!(machine.started(), ["daily 27. 07:30"], "the 26th has had its run");
}

#[test]
fn a_clock_that_was_years_ahead_is_forgotten() {
    let mut machine =
        Machine::new("2026-11-25T07:00+01:00[Europe/Berlin]", vec![schedule("daily", When::daily("07:30"))]);
    machine.tick();
    machine.jump("2099-01-01T12:00+01:00[Europe/Berlin]");
    machine.pass(minutes(2));
    machine.started();
    machine.jump("2026-11-25T07:05+01:00[Europe/Berlin]");
    machine.pass_until("2026-11-26T08:00+01:00[Europe/Berlin]");
    assert_eq!(machine.started(), ["daily 25. 07:30", "daily 26. 07:30"]);
}

#[test]
fn each_night_that_moves_the_clock_has_one_run() {
    for (from, until, days) in [
        ("2026-03-27T12:00+01:00[Europe/Berlin]", "2026-03-30T12:00+02:00[Europe/Berlin]", ["28.", "29.", "30."]),
        ("2026-10-23T12:00+02:00[Europe/Berlin]", "2026-10-26T12:00+01:00[Europe/Berlin]", ["24.", "25.", "26."]),
    ] {
        for when in [When::daily("02:15"), When::cron("15 2 * * *"), When::daily("02:00"), When::daily("03:00")] {
            let mut machine = Machine::new(from, vec![schedule("nightly", when)]);
            machine.pass_until(until);
            let started = machine.started();
            let of_days: Vec<&str> = started.iter().filter_map(|start| start.split(' ').nth(1)).collect();
            assert_eq!(of_days, days, "{started:?}");
        }
    }
}

#[test]
fn what_waits_or_runs_when_the_program_ends_is_known_to_the_next() {
    let all = vec![schedule("first", When::daily("13:00")), schedule("second", When::daily("13:00"))];
    let mut machine = Machine::new("2026-11-25T12:59+01:00[Europe/Berlin]", all);
    machine.pass(minutes(1));
    machine.scheduler.numbered("first", RunId(7));
    machine.scheduler.save(machine.data.path()).expect("it is written");
    assert_eq!(machine.started(), ["first 25. 13:00"]);
    machine.restart("2026-11-25T13:00:10+01:00[Europe/Berlin]");
    let first = machine.scheduler.standings()["first"].last.clone().expect("it ran");
    assert_eq!((first.run, first.outcome), (Some(RunId(7)), Outcome::Interrupted));
    assert_eq!(machine.started(), ["second 25. 13:00"]);
    machine.pass(minutes(2));
    let second = machine.scheduler.standings()["second"].last.clone().expect("it ran");
    assert_eq!((second.outcome, second.message.as_str()), (Outcome::Done, "1 imported"));
}

#[test]
fn one_that_found_another_process_at_work_tries_again() {
    let mut machine = Machine::new("2026-11-25T12:59+01:00[Europe/Berlin]", vec![schedule("a", When::daily("13:00"))]);
    machine.pass(minutes(1));
    machine.active = None;
    machine.scheduler.ended("a", Outcome::Queued, "another run is active".into());
    machine.pass(minutes(5));
    assert_eq!(machine.started(), ["a 25. 13:00", "a 25. 13:00"]);
}

#[test]
fn a_person_can_start_any_of_them() {
    let paused = Schedule { enabled: false, ..schedule("paused", When::daily("13:00")) };
    let mut machine = Machine::new("2026-11-25T09:00+01:00[Europe/Berlin]", vec![paused]);
    machine.scheduler.run_now("nobody", machine.now);
    machine.scheduler.run_now("paused", machine.now);
    machine.scheduler.run_now("paused", machine.now);
    machine.pass(minutes(60));
    assert_eq!(machine.started(), ["paused 25. 09:00"]);
    assert!(!machine.scheduler.standings().contains_key("nobody"));
}

#[test]
fn nothing_is_written_where_nothing_changed() {
    let mut machine =
        Machine::new("2026-11-25T09:00+01:00[Europe/Berlin]", vec![schedule("daily", When::daily("13:00"))]);
    machine.tick();
    std::fs::remove_file(machine.data.path().join("schedules.json")).expect("it was written");
    machine.pass(minutes(10));
    assert!(!machine.data.path().join("schedules.json").exists());
}
