//! The Settings page: the settings file as a form. It is checked as a whole and saved as a whole, or not at all; what was
//! typed is never lost.

pub mod form;
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
use super::{App, Server, blocking, filters, reset};
use crate::commands::baseline;
use crate::exit::Error;
use crate::places;
use crate::settings::check::{Remark, check_change};
use crate::settings::{self, Settings, SettingsError, Version};
use crate::words::{moment, sentence};
use form::Form;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    draft: Draft,
    is_unsaved: bool,
    earlier: Option<String>,
    baseline: Option<String>,
    beside: String,
    file: String,
}

impl SettingsPage {
    fn form(&self) -> &Form {
        &self.draft.form
    }

    /// Whether less than everything goes out, or something that usually stays.
    fn is_filtered(&self) -> bool {
        let form = self.form();
        let all = ["export.photos", "export.videos"].iter().all(|name| form.is(name, "yes"));
        let more = ["export.hidden", "export.shared_albums", "export.unpicked_burst_frames"];
        let has_days = ["export.from", "export.until"].iter().any(|name| !form.value(name).is_empty());
        let is_wrong = ["export.photos", "export.from", "export.until"].iter().any(|name| form.wrong(name).is_some());
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
    let read = blocking(move || Settings::read_with_version(&places::settings_file(&reader.data))).await?;
    let (settings, version) = match read {
        Ok(read) => read,
        Err(SettingsError::Invalid { why, .. }) => return Ok(reset::page_for(&app, &visitor, Some(why))),
        Err(error) => return Err(Error::from(error).into_response()),
    };
    let is_ours = |origin| origin == Origin::Settings;
    let unsaved = asked.draft.and_then(|id| app.drafts.find(&visitor.0, id)).filter(|draft| is_ours(draft.origin));
    let is_unsaved = unsaved.is_some();
    let earlier = app.drafts.newest(&visitor.0, is_ours).filter(|_| !is_unsaved);
    let fresh = || Draft::new(Origin::Settings, Form::of(&settings, &app.data), version);
    Ok(page(&SettingsPage {
        shell: Shell::new(&app, &visitor, Page::Settings, "Settings"),
        draft: unsaved.unwrap_or_else(fresh),
        is_unsaved,
        earlier: earlier.map(|id| format!("/settings?draft={id}")),
        baseline: settings.export.baseline.map(moment),
        beside: beside(&app.data),
        file: places::settings_file(&app.data).display().to_string(),
    }))
}

/// Where our own library lies if nothing is said of it.
pub fn beside(data: &Path) -> String {
    format!("Empty: {}", places::own_library(data).display())
}

/// Saves what was typed, or keeps it while a folder is chosen or taken out of the list.
pub async fn change(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (act, of) = sent.field("do").split_once(':').unwrap_or((sent.field("do"), ""));
    let mut draft = Draft::new(Origin::Settings, Form::sent(typed(&sent)), Version::named(sent.field("version")));
    match act {
        "browse" => {
            draft.asks = Some(of.to_owned());
            let id = app.drafts.keep(&sent.session, draft);
            return Ok(Redirect::to(&format!("/folders?draft={id}")).into_response());
        }
        "remove" => {
            draft.form.remove_folder(of.parse().unwrap_or(usize::MAX));
            let id = app.drafts.keep(&sent.session, draft);
            return Ok(Redirect::to(&format!("/settings?draft={id}#folders")).into_response());
        }
        "discard" => {
            app.drafts.forget(&sent.session);
            return Ok(sent.then(
                &app,
                "/settings",
                true,
                "What was typed is given up; the settings are as they were.",
            ));
        }
        _ => {}
    }
    let (writer, form, version) = (app.clone(), draft.form.clone(), draft.version.clone());
    match blocking(move || save(&writer, &form, &version)).await? {
        Ok(words) => {
            app.drafts.forget(&sent.session);
            Ok(sent.then(&app, "/settings", true, words))
        }
        Err(refusal) => Ok(refuse(&app, &sent, draft, refusal)),
    }
}

/// The fields of a form that are settings.
pub fn typed(sent: &Sent) -> Vec<(String, String)> {
    let is_ours = |(name, _): &&(String, String)| !matches!(name.as_str(), "do" | "version" | "draft" | "step");
    sent.fields.iter().filter(is_ours).cloned().collect()
}

/// Keeps what could not be saved, and shows it again with what is wrong.
pub fn refuse(app: &App, sent: &Sent, mut draft: Draft, refusal: Refusal) -> Response {
    draft.form.blame(refusal.remarks);
    (draft.version, draft.trouble) = (refusal.version, refusal.trouble);
    let id = app.drafts.keep(&sent.session, draft.clone());
    Redirect::to(&draft.address(id)).into_response()
}

/// Why a form was not saved.
pub struct Refusal {
    /// At single fields.
    pub remarks: Vec<Remark>,
    /// As a whole.
    pub trouble: Option<String>,
    /// The state of the settings that the next try is made from.
    pub version: Version,
}

/// Checks a form and makes the settings say what it says, all of it or nothing. Returns what is to be told.
pub fn save(server: &Server, form: &Form, version: &Version) -> Result<String, Refusal> {
    let path = places::settings_file(&server.data);
    let failed = |error: SettingsError| Refusal {
        remarks: Vec::new(),
        trouble: Some(sentence(&error.to_string())),
        version: version.clone(),
    };
    let (now, current) = Settings::read_with_version(&path).map_err(failed)?;
    let refused = |remarks: Vec<Remark>| Refusal { remarks, trouble: None, version: current.clone() };
    let (wanted, mut wrong) = form.read(&now, &server.data);
    if current != *version {
        return Err(Refusal { trouble: Some(changed_meanwhile(&now, &wanted)), ..refused(Vec::new()) });
    }
    let found = check_change(&now, &wanted, &server.data);
    wrong.extend(found.wrong);
    if !wrong.is_empty() {
        return Err(refused(wrong));
    }
    settings::save(&path, &wanted, version).map_err(failed)?;
    let mut told =
        vec![if now == wanted { "Nothing was changed.".to_owned() } else { "The settings are saved.".to_owned() }];
    if wanted.mode.exports() && !now.mode.exports() {
        told.push(exports_are_on(server));
    }
    told.extend(found.notes.into_iter().map(|note| sentence(&note.words)));
    Ok(told.join(" "))
}

/// From now on photos go out: sets the baseline, and says from when and what must not happen besides.
fn exports_are_on(server: &Server) -> String {
    let begun = server.context().and_then(|mut context| baseline::begin(&mut context));
    let words = match begun {
        Ok(Some(begun)) => format!("{} They stay there, until you export the full library.", begun.words()),
        Ok(None) => "The baseline is the one that was set before.".to_owned(),
        Err(error) => format!(
            "The baseline could not be set yet: {} The first sync that exports sets it.",
            sentence(&error.to_string())
        ),
    };
    format!("{words} {}", baseline::OWN_UPLOAD)
}

/// What is to be said where somebody else changed the settings since the page was loaded.
fn changed_meanwhile(now: &Settings, wanted: &Settings) -> String {
    let differences = settings::differences(now, wanted);
    let said = match &differences[..] {
        [] => "They say already what you typed.".to_owned(),
        differences => format!(
            "They now say other than you typed: {}. Save again to put yours in their place.",
            differences.join(", ")
        ),
    };
    format!(
        "The settings were changed meanwhile, by a run, the command line or another page. Nothing was saved, and what you \
         typed stands below. {said}"
    )
}
