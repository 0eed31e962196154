//! The dialog that sets the baseline, over the Photos page.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::gate::{Sent, Visitor};
use super::photos::{self, Dialog};
use super::session::SessionId;
use super::{App, blocking};
use crate::baseline;
use crate::exit::Error;
use crate::words::{count, moment, sentence};

/// What the dialog shows.
pub struct Setting {
    /// The baseline as it is.
    pub present: Option<String>,
    /// The time that it offers, as the field writes it.
    pub offered: String,
    /// The time that it would offer to whoever typed none.
    pub shown: String,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
    /// Whose time that is.
    pub zone: String,
    /// Photos that would have gone out by the latest look.
    pub pending: u64,
}

/// How the field writes a time.
const FIELD: &str = "%Y-%m-%dT%H:%M:%S";

/// The dialog.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Result<Response, Response> {
    with(app, visitor, None).await
}

/// Shows it again with the time that was typed, and why.
pub async fn again(app: &App, session: &SessionId, typed: &str, why: &str) -> Result<Response, Response> {
    with(app.clone(), Visitor(session.clone()), Some((typed.to_owned(), why.to_owned()))).await
}

async fn with(app: App, visitor: Visitor, typed: Option<(String, String)>) -> Result<Response, Response> {
    photos::with(app, visitor, |_, status| {
        let present = status.baseline.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::system());
        let shown = present.strftime(FIELD).to_string();
        let (offered, wrong) = typed.unzip();
        Some(Dialog::Baseline(Setting {
            present: status.baseline.map(moment),
            offered: offered.unwrap_or_else(|| shown.clone()),
            shown,
            wrong,
            zone: present.time_zone().iana_name().unwrap_or("this machine's clock").to_owned(),
            pending: status.export.map_or(0, |export| export.pending),
        }))
    })
    .await
}

/// Sets it.
pub async fn set(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (typed, is_now) = (sent.field("time").trim().to_owned(), sent.field("do") == "now");
    // A field that comes back as it was shown is no change. It has no fractions of a second, and of a whole minute browsers
    // send no seconds.
    let time = |text: &str| text.parse::<DateTime>().ok();
    if !is_now && time(&typed).is_some() && time(&typed) == time(sent.field("shown")) {
        return Ok(sent.then(&app, "/", true, "The baseline is as it was."));
    }
    let worker = app.clone();
    let set = blocking(move || {
        let instant = if is_now || typed.is_empty() { Timestamp::now() } else { baseline::parse(&typed)? };
        let mut context = worker.context()?;
        let mut library = context.library()?;
        let held = baseline::set(&mut context, library.as_mut(), instant)?;
        Ok::<_, Error>((instant, held))
    })
    .await?;
    Ok(match set {
        Ok((instant, held)) => {
            let words = format!(
                "The baseline is {}. Added to the library before it: {}. Only photos added later will be exported.",
                moment(instant),
                count(held as u64, "photo")
            );
            sent.then(&app, "/", true, words)
        }
        Err(error) => {
            let why = format!("{} The baseline is as it was.", sentence(&error.to_string()));
            again(&app, &sent.session, sent.field("time"), &why).await?
        }
    })
}
