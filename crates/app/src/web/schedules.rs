//! The Schedules page: when syncs start by themselves, and what became of them.

use std::path::Path;

use askama::Template;
use axum::Extension;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::run::Mode;
use serde::{Deserialize, Serialize};

use super::gate::{Sent, Visitor};
use super::shell::{Page, Shell, page};
use super::{App, again, blocking, filters};
use crate::exit::Error;
use crate::places;
use crate::schedule::{Schedule, When};
use crate::scheduler::standing::{LastRun, Outcome};
use crate::settings::SettingsError;
use crate::settings::schedules as edit;
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The name that it has in the settings; empty for a new one.
    old: String,
    /// The form as it was when the page was made, as JSON.
    #[serde(skip_serializing)]
    made_from: String,
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
        let form = match &schedule.when {
            When::Every(period) => Self { kind: "every".into(), minutes: period.as_mins().to_string(), ..form },
            When::Daily(time) => Self { kind: "daily".into(), time: time.strftime("%H:%M").to_string(), ..form },
            When::Cron(expression) => Self { kind: "cron".into(), cron: expression.as_str().into(), ..form },
        };
        Self { made_from: serde_json::to_string(&form).unwrap_or_default(), ..form }
    }

    fn sent(sent: &Sent) -> Self {
        let field = |name| sent.field(name).to_owned();
        Self {
            old: field("old"),
            made_from: field("made_from"),
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

    fn mode(&self) -> Option<Mode> {
        [Mode::Import, Mode::Bidirectional, Mode::Export].into_iter().find(|mode| mode.as_str() == self.mode)
    }

    /// A new schedule.
    fn schedule(&self) -> Result<Schedule, String> {
        Ok(Schedule { name: self.name.clone(), when: self.when()?, enabled: true, mode: self.mode() })
    }

    /// What it makes of the schedule as it is now, and what somebody else changed, too, since the page was made: that stays as
    /// it is, and one is asked.
    fn of_present(&self, now: &Schedule) -> Result<(Schedule, Vec<String>), String> {
        let was = self.was();
        let when = self.when()?;
        // What the page showed may be no time at all where it says nothing of it.
        let was_when = was.when().ok();
        let mut clashes = Vec::new();
        let mut takes = |is_changed: bool, is_as_it_was: bool, says_the_same: bool, told: String| {
            let is_clash = is_changed && !is_as_it_was && !says_the_same;
            clashes.extend(is_clash.then_some(told));
            is_changed && !is_clash
        };
        let told = |mode: Option<Mode>| mode.map_or("as configured", Mode::as_str);
        let takes_when = takes(
            was_when.as_ref() != Some(&when),
            was_when.as_ref() == Some(&now.when),
            when == now.when,
            format!("it runs {} now", now.when),
        );
        let takes_mode = takes(
            was.mode != self.mode,
            was.mode() == now.mode,
            self.mode() == now.mode,
            format!("its ways are \u{201c}{}\u{201d} now", told(now.mode)),
        );
        let wanted = Schedule {
            name: self.name.clone(),
            when: if takes_when { when } else { now.when.clone() },
            enabled: now.enabled,
            mode: if takes_mode { self.mode() } else { now.mode },
        };
        Ok((wanted, clashes))
    }

    /// What it was made from.
    fn was(&self) -> Self {
        serde_json::from_str(&self.made_from).unwrap_or_default()
    }

    /// The form as it is shown again, made from the schedule as it is now: what nobody touched here is as it is there.
    fn again(self, now: &Schedule) -> Self {
        let (was, now) = (self.was(), Self::of(now));
        let when = |form: &Self| [&form.kind, &form.minutes, &form.time, &form.cron].map(String::clone);
        let [kind, minutes, time, cron] = when(if when(&self) == when(&was) { &now } else { &self });
        let mode = if self.mode == was.mode { now.mode } else { self.mode };
        Self { old: now.old, made_from: now.made_from, name: self.name, kind, minutes, time, cron, mode }
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
    match blocking(move || keep(&places::settings_file(&writer.data), typed)).await? {
        Ok(words) => Ok(sent.then(&app, "/schedules", true, words)),
        Err((form, why)) => with(app, visitor, form, Some(words::sentence(&why))).await,
    }
}

/// Shows again what could not be done as it was sent.
pub async fn again(app: &App, sent: Sent) -> Result<Response, Response> {
    with(app.clone(), Visitor(sent.session.clone()), Form::sent(&sent), Some(again::WORDS.into())).await
}

/// Adds a schedule or changes one, and says what is so now; else how the form is to be shown again, and why.
fn keep(path: &Path, form: Form) -> Result<String, (Form, String)> {
    let runs = |schedule: &Schedule| format!("\u{201c}{}\u{201d} runs {}.", schedule.name, schedule.when);
    if form.old.is_empty() {
        let added =
            form.schedule().and_then(|new| edit::add(path, &new).map(|()| new).map_err(|error| error.to_string()));
        return added.map(|new| runs(&new)).map_err(|why| (form, why));
    }
    let (mut seen, mut found) = (None, None);
    let altered = edit::alter(path, &form.old, |now| {
        seen = Some(now.clone());
        found = Some(form.of_present(now)?);
        found.clone().map(|(wanted, _)| wanted).ok_or_else(String::new)
    });
    match (altered, seen, found) {
        (Ok(()), Some(seen), Some((wanted, clashes))) if !clashes.is_empty() => {
            let rest = if seen == wanted { "Nothing was saved" } else { "The rest is saved" };
            let clashes = clashes.join(", and ");
            let why =
                format!("it was changed elsewhere in the meantime: {clashes}. {rest}. Save again to use yours instead");
            Err((form.again(&wanted), why))
        }
        (Ok(()), Some(seen), Some((wanted, _))) if seen == wanted => Ok("Nothing was changed.".into()),
        (Ok(()), _, Some((wanted, _))) => Ok(runs(&wanted)),
        // Whoever saves it again has seen how it is now.
        (Err(error), Some(seen), _) => Err((form.again(&seen), error.to_string())),
        (Err(SettingsError::Schedule { .. }), None, _) => {
            let why = format!(
                "\u{201c}{}\u{201d} was renamed or removed elsewhere in the meantime. Nothing was saved. Press Add to save it as \
                 shown here",
                form.old
            );
            Err((Form { old: String::new(), ..form }, why))
        }
        (Err(error), ..) => Err((form, error.to_string())),
        (Ok(()), ..) => Ok("Nothing was changed.".into()),
    }
}

/// Runs one now, pauses it, lets it go on, or removes it.
pub async fn act(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (name, act) = (sent.field("name").to_owned(), sent.field("act").to_owned());
    if act == "run" {
        let (reader, asked) = (app.clone(), name.clone());
        let is_known = move || Ok::<_, Error>(reader.settings()?.schedule.iter().any(|known| known.name == asked));
        if !blocking(is_known).await?.map_err(IntoResponse::into_response)? {
            let words = format!("There is no schedule “{name}” any more. Nothing was started.");
            return Ok(sent.then(&app, "/schedules", false, words));
        }
        app.runner.run_now(&name, Timestamp::now());
        return Ok(sent.then(&app, "/schedules", true, format!("“{name}” starts as soon as nothing else runs.")));
    }
    let path = places::settings_file(&app.data);
    let subject = name.clone();
    let (result, done) = blocking(move || match act.as_str() {
        "pause" => (edit::enable(&path, &subject, false), "is paused"),
        "resume" => (edit::enable(&path, &subject, true), "is resumed"),
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
