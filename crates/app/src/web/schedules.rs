//! The Schedules page: when syncs start by themselves, and what became of them.

use askama::Template;
use axum::Extension;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::sync::Mode;
use serde::{Deserialize, Serialize};

use super::gate::{Sent, Visitor};
use super::shell::{Page, Shell, page};
use super::{App, blocking, filters};
use crate::exit::Error;
use crate::places;
use crate::schedule::standing::{LastRun, Outcome};
use crate::schedule::{Schedule, When, edit};
use crate::words;

/// A schedule as the list shows it.
struct Entry {
    schedule: Schedule,
    last: Option<LastRun>,
    waits: bool,
    next: Option<String>,
}

impl Entry {
    fn when(&self) -> String {
        words::capital(&self.schedule.when.to_string())
    }

    fn tone(&self) -> &'static str {
        match self.last.as_ref().map(|last| last.outcome) {
            Some(Outcome::Done | Outcome::NothingToDo) => "good",
            Some(Outcome::Failed) => "bad",
            Some(Outcome::NeedsYourLook | Outcome::Interrupted) => "warn",
            _ => "quiet",
        }
    }
}

/// The form of one schedule, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The name that it has in the settings; empty for a new one.
    old: String,
    name: String,
    kind: String,
    minutes: String,
    time: String,
    cron: String,
    mode: String,
}

impl Form {
    fn new() -> Self {
        Self {
            kind: "daily".into(),
            minutes: "60".into(),
            time: "07:30".into(),
            cron: "0 7 * * 1-5".into(),
            ..Self::default()
        }
    }

    fn of(schedule: &Schedule) -> Self {
        let form = Self {
            old: schedule.name.clone(),
            name: schedule.name.clone(),
            mode: schedule.mode.map_or_else(String::new, |mode| mode.as_str().into()),
            ..Self::new()
        };
        match &schedule.when {
            When::Every(period) => Self { kind: "every".into(), minutes: period.as_mins().to_string(), ..form },
            When::Daily(time) => Self { kind: "daily".into(), time: time.strftime("%H:%M").to_string(), ..form },
            When::Cron(expression) => Self { kind: "cron".into(), cron: expression.as_str().into(), ..form },
        }
    }

    fn sent(sent: &Sent) -> Self {
        let field = |name| sent.field(name).to_owned();
        Self {
            old: field("old"),
            name: field("name").trim().to_owned(),
            kind: field("kind"),
            minutes: field("minutes"),
            time: field("time"),
            cron: field("cron"),
            mode: field("mode"),
        }
    }

    fn when(&self) -> Result<When, String> {
        match self.kind.as_str() {
            "every" => {
                When::every(self.minutes.trim().parse().map_err(|_| "say after how many minutes, as 30".to_owned())?)
            }
            "cron" => When::cron(self.cron.trim()),
            _ => When::daily(self.time.trim()),
        }
    }

    fn schedule(&self, enabled: bool) -> Result<Schedule, String> {
        let mode =
            [Mode::Import, Mode::Bidirectional, Mode::Export].into_iter().find(|mode| mode.as_str() == self.mode);
        Ok(Schedule { name: self.name.clone(), when: self.when()?, enabled, mode })
    }
}

#[derive(Template)]
#[template(path = "schedules.html")]
struct Schedules {
    shell: Shell,
    entries: Vec<Entry>,
    form: Form,
    wrong: Option<String>,
    upcoming: Vec<String>,
    zone: String,
    now: Timestamp,
}

impl Schedules {
    fn when(&self, instant: &Timestamp) -> String {
        words::when(*instant, self.now)
    }

    fn is(&self, kind: &str) -> bool {
        self.form.kind == kind
    }
}

/// Which schedule is edited.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    edit: String,
}

/// The page.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let reader = app.clone();
    let form = blocking(move || {
        let schedules = reader.settings().map(|settings| settings.schedule).unwrap_or_default();
        schedules.iter().find(|schedule| schedule.name == asked.edit).map(Form::of)
    })
    .await?;
    with(app, visitor, form.unwrap_or_else(Form::new), None).await
}

async fn with(app: App, visitor: Visitor, form: Form, wrong: Option<String>) -> Result<Response, Response> {
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    let reader = app.clone();
    let entries = blocking(move || {
        let standings = reader.runner.standings();
        let entry = |schedule: Schedule| {
            let standing = standings.get(&schedule.name).cloned().unwrap_or_default();
            let next = standing.next(&schedule, now, &TimeZone::system()).map(|next| words::soon(next, now));
            Entry { last: standing.last, waits: standing.waiting.is_some(), next, schedule }
        };
        Ok::<_, Error>(reader.settings()?.schedule.into_iter().map(entry).collect())
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    let upcoming = form.when().map(|when| upcoming(&when, now)).unwrap_or_default();
    let zone = zone.iana_name().unwrap_or("this machine's time").to_owned();
    let shell = Shell::new(&app, &visitor, Page::Schedules, "Schedules");
    Ok(page(&Schedules { shell, entries, form, wrong, upcoming, zone, now }))
}

fn upcoming(when: &When, now: Timestamp) -> Vec<String> {
    when.upcoming(now, &TimeZone::system()).into_iter().map(|next| words::soon(next, now)).collect()
}

/// Adds a schedule, or changes one.
pub async fn save(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    sent: Sent,
) -> Result<Response, Response> {
    let form = Form::sent(&sent);
    if sent.field("preview") == "yes" {
        return with(app, visitor, form, None).await;
    }
    let (writer, typed) = (app.clone(), form.clone());
    let saved = blocking(move || {
        let path = places::settings_file(&writer.data);
        let known = writer.settings().map_err(|error| error.to_string())?.schedule;
        let enabled = known.iter().find(|schedule| schedule.name == typed.old).is_none_or(|schedule| schedule.enabled);
        let schedule = typed.schedule(enabled)?;
        let result = match typed.old.as_str() {
            "" => edit::add(&path, &schedule),
            old => edit::replace(&path, old, &schedule),
        };
        result.map(|()| schedule).map_err(|error| error.to_string())
    })
    .await?;
    match saved {
        Ok(schedule) => {
            let words = format!("“{}” runs {}.", schedule.name, schedule.when);
            Ok(sent.then(&app, "/schedules", true, words))
        }
        Err(why) => with(app, visitor, form, Some(words::sentence(&why))).await,
    }
}

/// Runs one now, pauses it, lets it go on, or removes it.
pub async fn act(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (name, act) = (sent.field("name").to_owned(), sent.field("act").to_owned());
    if act == "run" {
        app.runner.run_now(&name, Timestamp::now());
        return Ok(sent.then(&app, "/schedules", true, format!("“{name}” starts as soon as nothing else runs.")));
    }
    let path = places::settings_file(&app.data);
    let subject = name.clone();
    let (result, done) = blocking(move || match act.as_str() {
        "pause" => (edit::enable(&path, &subject, false), "is paused"),
        "resume" => (edit::enable(&path, &subject, true), "goes on"),
        "remove" => (edit::remove(&path, &subject), "is removed"),
        _ => (Ok(()), "is as it was"),
    })
    .await?;
    Ok(match result {
        Ok(()) => sent.then(&app, "/schedules", true, format!("“{name}” {done}.")),
        Err(error) => sent.then(&app, "/schedules", false, words::sentence(&error.to_string())),
    })
}

/// The next times of what is being typed, or what is wrong with it.
#[derive(Serialize)]
pub struct Preview {
    times: Vec<String>,
    wrong: Option<String>,
}

/// The next five times of what is being typed.
pub async fn preview(Query(form): Query<Form>) -> Json<Preview> {
    Json(match form.when() {
        Ok(when) => Preview { times: upcoming(&when, Timestamp::now()), wrong: None },
        Err(why) => Preview { times: Vec::new(), wrong: Some(words::sentence(&why)) },
    })
}

/// Leads back to the page whoever loads the address of a change.
pub async fn back() -> Redirect {
    Redirect::to("/schedules")
}
