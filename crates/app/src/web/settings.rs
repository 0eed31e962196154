//! The Settings page: the settings file as a form. It is checked as a whole; what nobody else changed meanwhile is saved, or
//! nothing where something makes no sense; what was typed is never lost.

mod fields;
pub mod form;
mod merge;
mod reader;

use std::path::Path;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::draft::{Draft, DraftId, Origin};
use super::gate::{Sent, Visitor};
use super::shell::{Page, Shell, page};
use super::{App, Server, again, blocking, filters, gone, reset};
use crate::baseline;
use crate::exit::Error;
use crate::notify;
use crate::places;
use crate::settings::check::check_change;
use crate::settings::{self, Settings, SettingsError, unknown};
use crate::words::{moment, sentence};
use form::Form;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    draft: Draft,
    /// Its number, where it is kept.
    id: Option<DraftId>,
    /// Another one that was not saved either.
    earlier: Option<DraftId>,
    baseline: Option<String>,
    beside: String,
    file: String,
    /// Folders that gave photos and are set up no longer, with their number.
    before: Vec<(String, u64)>,
    /// What the file says that this version does not know.
    unknown: Vec<String>,
    /// The ways by which people are told when syncs do not work.
    ways: Vec<&'static str>,
}

impl SettingsPage {
    fn form(&self) -> &Form {
        &self.draft.form
    }

    /// Whether less than everything goes out, or something that usually stays.
    fn is_filtered(&self) -> bool {
        let form = self.form();
        let all_ticks = ["export.photos", "export.videos"];
        let all = all_ticks.iter().all(|name| form.is(name, "yes"));
        let more = ["export.hidden", "export.shared_albums", "export.unpicked_burst_frames"];
        let days = ["export.from", "export.until"];
        let has_days = days.iter().any(|name| !form.value(name).is_empty());
        let mut inside = all_ticks.iter().chain(&more).chain(&days).chain(&["export.scope"]);
        let is_wrong = inside.any(|name| form.wrong(name).is_some());
        !all || has_days || is_wrong || more.iter().any(|name| form.is(name, "yes")) || !form.is("export.scope", "both")
    }
}

/// Which draft is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Its number.
    pub draft: Option<DraftId>,
}

/// The page, with what was typed where that was not saved.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let reader = app.clone();
    let settings = match blocking(move || reader.settings()).await? {
        Ok(settings) => settings,
        Err(SettingsError::Invalid { why, .. }) => return Ok(reset::page_for(&app, &visitor, Some(why))),
        Err(error) => return Err(Error::from(error).into_response()),
    };
    let is_ours = |origin| origin == Origin::Settings;
    let unsaved = asked.draft.and_then(|id| app.drafts.find(&visitor.0, id)).filter(|draft| is_ours(draft.origin));
    let id = asked.draft.filter(|_| unsaved.is_some());
    let earlier = app.drafts.newest(&visitor.0, is_ours).filter(|_| id.is_none());
    let fresh = || Draft::new(Origin::Settings, Form::of(&settings, &app.data));
    let (reader, known) = (app.clone(), settings.clone());
    let before = blocking(move || gone::of_before(&reader, &known)).await?.map_err(IntoResponse::into_response)?;
    let file = places::settings_file(&app.data);
    let known_of = file.clone();
    let unknown =
        blocking(move || unknown::found(&known_of).iter().map(|key| sentence(&key.warning(&known_of))).collect())
            .await?;
    let (reader, told) = (app.clone(), settings.notify.clone());
    let ways = blocking(move || notify::ways(&reader.data, &told)).await?;
    Ok(page(&SettingsPage {
        shell: Shell::new(&app, &visitor, Page::Settings, "Settings"),
        draft: unsaved.unwrap_or_else(fresh),
        id,
        earlier,
        baseline: settings.export.baseline.map(moment),
        beside: beside(&app.data),
        before,
        unknown,
        ways,
        file: file.display().to_string(),
    }))
}

/// Where our own library lies if nothing is said of it.
pub fn beside(data: &Path) -> String {
    format!("Empty: {}", places::own_library(data).display())
}

/// Leads to the page whoever loads the address of a change.
pub async fn back() -> Redirect {
    Redirect::to("/settings")
}

/// Saves what was typed, or keeps it while a folder is chosen, moved, or taken out of the list.
pub async fn change(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (act, of) = sent.field("do").split_once(':').unwrap_or((sent.field("do"), ""));
    let id = sent.field("draft").parse().ok();
    let mut draft = Draft::new(Origin::Settings, Form::sent(typed(&sent)));
    let keep = |draft: &Draft| app.drafts.keep(&sent.session, id, draft.clone());
    match act {
        "browse" => {
            draft.asks = Some(of.to_owned());
            return Ok(Redirect::to(&format!("/folders?draft={}", keep(&draft))).into_response());
        }
        "remove" | "up" => {
            match (act, of.parse()) {
                ("remove", Ok(row)) => draft.form.remove_folder(row),
                (_, Ok(row)) => draft.form.move_up(row),
                _ => {}
            }
            return Ok(Redirect::to(&format!("{}#folders", draft.address(keep(&draft)))).into_response());
        }
        "discard" => {
            of.parse().ok().or(id).inspect(|id| app.drafts.forget(&sent.session, *id));
            let words = "Your changes were discarded. The settings are unchanged.";
            return Ok(sent.then(&app, "/settings", true, words));
        }
        _ => {}
    }
    let (writer, form) = (app.clone(), draft.form.clone());
    match blocking(move || save(&writer, &form)).await? {
        Ok(words) => {
            id.inspect(|id| app.drafts.forget(&sent.session, *id));
            Ok(sent.then(&app, "/settings", true, words))
        }
        Err(refusal) => Ok(refuse(&app, &sent, id, draft, refusal)),
    }
}

/// Shows again what could not be saved as it was sent.
pub async fn again(app: &App, sent: Sent) -> Result<Response, Response> {
    let draft = Draft::new(Origin::Settings, Form::sent(typed(&sent)));
    let draft = Draft { trouble: Some(again::WORDS.into()), ..draft };
    let id = app.drafts.keep(&sent.session, sent.field("draft").parse().ok(), draft);
    show(State(app.clone()), Extension(Visitor(sent.session)), Query(Asked { draft: Some(id) })).await
}

/// The fields of a form that are settings, and what they were made from.
pub fn typed(sent: &Sent) -> Vec<(String, String)> {
    let is_ours = |(name, _): &&(String, String)| !matches!(name.as_str(), "do" | "draft" | "step");
    sent.fields.iter().filter(is_ours).cloned().collect()
}

/// Keeps what could not be saved, and shows it again with what is wrong.
pub fn refuse(app: &App, sent: &Sent, id: Option<DraftId>, draft: Draft, refusal: Refusal) -> Response {
    let draft = Draft { form: refusal.form, trouble: refusal.trouble, ..draft };
    let id = app.drafts.keep(&sent.session, id, draft.clone());
    Redirect::to(&draft.address(id)).into_response()
}

/// Why a form was not saved.
pub struct Refusal {
    /// The form as it is to be shown, with what is wrong with its fields.
    pub form: Form,
    /// What is wrong as a whole.
    pub trouble: Option<String>,
}

/// How often a save begins anew because somebody else saved in the same moment.
const ATTEMPTS: usize = 5;

/// Checks a form and makes the settings say what was changed in it: nothing of it where anything makes no sense, and all but what
/// somebody else changed, too. Returns what is to be told.
pub fn save(server: &Server, form: &Form) -> Result<String, Refusal> {
    let refused = |error: SettingsError| Refusal { form: form.clone(), trouble: Some(sentence(&error.to_string())) };
    for _ in 1..ATTEMPTS {
        match save_once(server, form) {
            Ok(Err(SettingsError::Changed(_))) => {}
            result => return result?.map_err(refused),
        }
    }
    save_once(server, form)?.map_err(refused)
}

/// One attempt. Somebody else's save in between is an error of the settings.
fn save_once(server: &Server, form: &Form) -> Result<Result<String, SettingsError>, Refusal> {
    let path = places::settings_file(&server.data);
    let (now, seen) = match Settings::read_with_version(&path) {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    let mut reading = form.read(&now, &server.data);
    let wanted = &reading.wanted.settings;
    let found = check_change(&now, wanted, &server.data);
    reading.wrong.extend(reading.at_fields(form.unanswered(found.wrong)));
    if !reading.wrong.is_empty() {
        return Err(Refusal { form: reading.refused(), trouble: None });
    }
    if let Err(error) = settings::save(&path, &reading.wanted, &seen) {
        return Ok(Err(error));
    }
    let is_changed = now != *wanted;
    let mut told = vec![saved(is_changed, reading.clashes.len())];
    if wanted.mode.exports() && !now.mode.exports() {
        told.push(exports_are_on(server));
    }
    told.extend(found.notes.into_iter().map(|note| sentence(&note.words)));
    let told = told.join(" ");
    match reading.clashes.is_empty() {
        true => Ok(Ok(told)),
        false => Err(Refusal { form: reading.asked(), trouble: Some(told) }),
    }
}

/// What is said of a save in which so many settings were changed elsewhere meanwhile.
fn saved(is_changed: bool, clashes: usize) -> String {
    let asked = match clashes {
        0 => return if is_changed { "Settings saved.".into() } else { "Nothing was changed.".into() },
        1 => "The highlighted setting was changed elsewhere, too: it stays as it was made there until you save again.",
        _ => {
            "The highlighted settings were changed elsewhere, too: they stay as they were made there until you save again."
        }
    };
    let rest = if is_changed { "What nobody else changed is saved." } else { "Nothing was saved." };
    format!("{rest} {asked}")
}

/// From now on photos go out: sets the baseline, and says from when and what must not happen besides.
fn exports_are_on(server: &Server) -> String {
    let begun = server.context().and_then(|mut context| baseline::begin(&mut context));
    let words = match begun {
        Ok(Some(begun)) => format!("{} They stay there, until you export the full library.", begun.words()),
        Ok(None) => "The baseline is the one that was set before.".to_owned(),
        Err(error) => {
            format!("The baseline could not be set yet: {} The first export sets it.", sentence(&error.to_string()))
        }
    };
    format!("{words} {}", baseline::OWN_UPLOAD)
}
