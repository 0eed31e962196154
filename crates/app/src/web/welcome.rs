//! The first run: a library, a folder, which ways photos go. Nothing is saved before the last step, which saves all of it
//! and simulates; nothing is ever carried from here. Only who we are to a server is kept as soon as it lets us in.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use photobridge_core::run::{Command, StartedBy};
use serde::Deserialize;

use super::draft::{Draft, DraftId, Origin};
use super::gate::{Sent, Visitor};
use super::settings::form::{Form, WHOLE_DISK};
use super::settings::{Refusal, beside, refuse, save, typed};
use super::shell::{Page, Shell, page};
use super::{App, Server, again, blocking, filters};
use crate::browse::{below_home, usual};
use crate::exit::Error;
use crate::run::Ask;
use crate::settings::Settings;
use crate::settings::check::{Remark, check};
use crate::words::sentence;

/// One of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Which library.
    Library,
    /// Which folder.
    Folder,
    /// Which ways photos go.
    Mode,
}

impl Step {
    const ALL: [Self; 3] = [Self::Library, Self::Folder, Self::Mode];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Folder => "folder",
            Self::Mode => "mode",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Library => "Library",
            Self::Folder => "Folder",
            Self::Mode => "Direction",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Library => "Where are your photos kept?",
            Self::Folder => "Which folder do your phones share?",
            Self::Mode => "Which direction should photos sync?",
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Library => &["library.kind", "library.bundle", "library.own"],
            Self::Folder => &["folder.0.path", WHOLE_DISK],
            Self::Mode => &["mode"],
        }
    }

    fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|step| *step < self)
    }

    fn after(self) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step > self)
    }

    /// Whether a remark about this setting is one for this step.
    fn is_asked_for(self, field: &str) -> bool {
        field.split('.').next() == Some(self.name())
    }
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    shell: Shell,
    step: Step,
    draft: Draft,
    id: DraftId,
    /// Folders that are there and often hold photos, each with what it is called.
    usual: Vec<(String, String)>,
    beside: String,
}

impl Welcome {
    fn form(&self) -> &Form {
        &self.draft.form
    }

    fn address(&self, step: &Step) -> String {
        format!("/welcome?draft={}&step={}", self.id, step.name())
    }
}

/// Which step of which draft is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    draft: Option<DraftId>,
    step: Option<String>,
}

fn is_first_run(origin: Origin) -> bool {
    matches!(origin, Origin::Welcome(_))
}

/// A step: the one that is asked for, else the one that was reached.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let id = asked.draft.or_else(|| app.drafts.newest(&visitor.0, is_first_run));
    let kept = id.and_then(|id| app.drafts.find(&visitor.0, id)).filter(|draft| is_first_run(draft.origin));
    let (reader, is_begun) = (app.clone(), kept.is_some());
    let (draft, usual) = blocking(move || {
        let settings = reader.settings()?;
        let usual = usual(dirs::home_dir().as_deref());
        let fresh = || Draft::new(Origin::Welcome(Step::Library), Form::of(&settings, &reader.data));
        let is_set_up = !settings.folder.is_empty() && !is_begun;
        Ok::<_, Error>((Some(kept.unwrap_or_else(fresh)).filter(|_| !is_set_up), usual))
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    let Some(mut draft) = draft else { return Ok(Redirect::to("/").into_response()) };
    let reached = match draft.origin {
        Origin::Welcome(step) => step,
        Origin::Settings => Step::Library,
    };
    let step = asked.step.as_deref().and_then(Step::named).filter(|step| *step <= reached).unwrap_or(reached);
    // Nothing can go into a library that is only read.
    if step == Step::Mode && draft.form.is("library.kind", "bundle") && draft.form.is("mode", "import") {
        draft.form.take(&["mode"], &[("mode".into(), "export".into())]);
    }
    Ok(page(&Welcome {
        shell: Shell::new(&app, &visitor, Page::Photos, "Welcome"),
        step,
        id: id.filter(|_| is_begun).unwrap_or_default(),
        draft,
        usual: usual.iter().filter_map(|path| Some((path.to_str()?.to_owned(), below_home(path)))).collect(),
        beside: beside(&app.data),
    }))
}

/// Takes the answer of one step and goes on to the next, or to the folder browser.
pub async fn answer(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let Some(step) = Step::named(sent.field("step")) else { return Ok(Redirect::to("/welcome").into_response()) };
    let (id, mut draft) = begun(&app, &sent).await?;
    draft.origin = Origin::Welcome(step);
    draft.form.take(step.fields(), &typed(&sent));
    // Whatever comes of it, what was typed is not lost.
    let id = app.drafts.keep(&sent.session, id, draft.clone());
    let keep = |draft: Draft| {
        let address = draft.address(id);
        app.drafts.keep(&sent.session, Some(id), draft);
        Redirect::to(&address).into_response()
    };
    let (act, of) = sent.field("do").split_once(':').unwrap_or((sent.field("do"), ""));
    match act {
        "browse" | "server" => {
            draft.asks = Some(of.to_owned());
            keep(draft);
            let chooser = if act == "server" { "account" } else { "folders" };
            return Ok(Redirect::to(&format!("/{chooser}?draft={id}")).into_response());
        }
        "use" => {
            draft.form.choose("folder.0.path", of);
            return Ok(keep(draft));
        }
        _ => {}
    }
    let (reader, mut form) = (app.clone(), draft.form.clone());
    let judged = blocking(move || {
        let remarks = judge(&reader, &form, step)?;
        form.blame(remarks);
        Ok::<_, Error>(form)
    });
    let form = judged.await?.map_err(IntoResponse::into_response)?;
    if form.wrongs() > 0 {
        return Ok(send_back(&app, &sent, id, draft, Refusal { form, trouble: None }));
    }
    (draft.form, draft.trouble) = (form, None);
    let Some(next) = step.after() else { return finish(&app, &sent, id, draft).await };
    draft.origin = Origin::Welcome(next);
    Ok(keep(draft))
}

/// Shows a step again that could not be answered as it was sent.
pub async fn again(app: &App, sent: Sent) -> Result<Response, Response> {
    let (id, mut draft) = begun(app, &sent).await?;
    let step = Step::named(sent.field("step")).unwrap_or(Step::Library);
    draft.form.take(step.fields(), &typed(&sent));
    let draft = Draft { origin: Origin::Welcome(step), trouble: Some(again::WORDS.into()), ..draft };
    let asked = Asked { draft: Some(app.drafts.keep(&sent.session, id, draft)), step: None };
    show(State(app.clone()), Extension(Visitor(sent.session)), Query(asked)).await
}

/// The draft that the form was of, with its number, or a new one. A draft that is further on than the form is left as it is:
/// it may be that of another tab.
async fn begun(app: &App, sent: &Sent) -> Result<(Option<DraftId>, Draft), Response> {
    let id = sent.field("draft").parse().ok();
    let kept = id.and_then(|id| app.drafts.find(&sent.session, id));
    if let Some((Origin::Welcome(reached), kept)) = kept.map(|kept| (kept.origin, kept)) {
        let is_behind = Step::named(sent.field("step")).is_some_and(|step| step < reached);
        return Ok((id.filter(|_| !is_behind), kept));
    }
    // The page carries the answers of the steps before, for a server that was started anew.
    if let Ok(form) = serde_json::from_str::<Form>(sent.field("carried")) {
        return Ok((None, Draft::new(Origin::Welcome(Step::Library), form)));
    }
    let reader = app.clone();
    let read = blocking(move || reader.settings()).await?;
    let settings: Settings = read.map_err(|error| Error::from(error).into_response())?;
    Ok((None, Draft::new(Origin::Welcome(Step::Library), Form::of(&settings, &app.data))))
}

/// What is wrong with the answers up to a step.
fn judge(server: &Server, form: &Form, step: Step) -> Result<Vec<Remark>, Error> {
    let settings = server.settings()?;
    let reading = form.read(&settings, &server.data);
    let wanted = &reading.wanted.settings;
    let checked = reading.at_fields(form.unanswered(check(wanted, &server.data).wrong));
    let mut found = [reading.wrong.clone(), reading.clashes.clone(), checked].concat();
    if wanted.folder.is_empty() {
        found.push(Remark { field: "folder.0.path".into(), words: "name the folder".into() });
    }
    let reached = Step::ALL.into_iter().filter(|known| *known <= step);
    Ok(found.into_iter().filter(|remark| reached.clone().any(|known| known.is_asked_for(&remark.field))).collect())
}

/// Shows what is wrong at the first step that it is about.
fn send_back(app: &App, sent: &Sent, id: DraftId, mut draft: Draft, refusal: Refusal) -> Response {
    let is_about = |step: &Step| refusal.form.blamed().any(|field| step.is_asked_for(field));
    if let Some(step) = Step::ALL.into_iter().find(is_about) {
        draft.origin = Origin::Welcome(step);
    }
    refuse(app, sent, Some(id), draft, refusal)
}

/// Saves everything and looks at both sides.
async fn finish(app: &App, sent: &Sent, id: DraftId, draft: Draft) -> Result<Response, Response> {
    let (writer, form) = (app.clone(), draft.form.clone());
    let told = match blocking(move || save(&writer, &form)).await? {
        Ok(told) => told,
        Err(refusal) => return Ok(send_back(app, sent, id, draft, refusal)),
    };
    // A tab that is behind has one of its own.
    app.drafts.forget_all(&sent.session, is_first_run);
    let (is_well, words) = match app.runner.start(Ask::plain(Command::Simulate, StartedBy::Page)) {
        Ok(()) => (true, told),
        Err(busy) => (false, format!("{told} They were not looked at yet: {}", sentence(&busy.to_string()))),
    };
    Ok(sent.then(app, "/", is_well, words))
}
