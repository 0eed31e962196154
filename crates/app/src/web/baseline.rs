//! The dialog that sets the baseline, over the Photos page.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::gate::{Sent, Visitor};
use super::photos::{self, Dialog};
use super::{App, blocking};
use crate::commands::baseline;
use crate::exit::Error;
use crate::words::{count, moment, sentence};

/// What the dialog shows.
pub struct Setting {
    /// The baseline as it is.
    pub present: Option<String>,
    /// The time that it offers, as the field writes it.
    pub offered: String,
    /// Whose time that is.
    pub zone: String,
}

/// The dialog.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Result<Response, Response> {
    photos::with(app, visitor, |_, status| {
        let now = Timestamp::now().to_zoned(TimeZone::system());
        Some(Dialog::Baseline(Setting {
            present: status.baseline.map(moment),
            offered: now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            zone: now.time_zone().iana_name().unwrap_or("this machine's clock").to_owned(),
        }))
    })
    .await
}

/// Sets it.
pub async fn set(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (typed, worker) = (sent.field("time").trim().to_owned(), app.clone());
    let set = blocking(move || {
        let instant = if typed.is_empty() { Timestamp::now() } else { baseline::parse(&typed)? };
        let mut context = worker.context()?;
        let mut library = context.library()?;
        let held = baseline::set(&mut context, library.as_mut(), instant)?;
        Ok::<_, Error>((instant, held))
    })
    .await?;
    Ok(match set {
        Ok((instant, held)) => {
            let words = format!(
                "The baseline is {}. The library held {} then; Going Forward exports what is added from then on.",
                moment(instant),
                count(held as u64, "photo")
            );
            sent.then(&app, "/", true, words)
        }
        Err(error) => {
            sent.then(&app, "/baseline", false, format!("{} The baseline is as it was.", sentence(&error.to_string())))
        }
    })
}
