//! Tries the ways by which people are told when syncs do not work. Which ones there are is set on the machine itself.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::gate::Sent;
use super::{App, blocking};
use crate::exit::Error;
use crate::notify::{Channel, try_out};
use crate::words::sentence;

/// Sends a trial.
pub async fn test(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let asked = Channel::ALL.into_iter().find(|channel| channel.as_str() == sent.field("way"));
    let reader = app.clone();
    let tried = blocking(move || {
        let settings = reader.settings()?;
        Ok::<_, Error>(try_out(&reader.data, &settings.notify, asked))
    });
    let tried = tried.await?.map_err(IntoResponse::into_response)?;
    let failed = match &tried {
        Ok(tried) if tried.is_empty() => Some("no notifications are set up".to_owned()),
        Ok(tried) => tried.iter().find_map(|(_, result)| result.clone().err()),
        Err(why) => Some(why.clone()),
    };
    Ok(match failed {
        None => sent.then(&app, "/settings", true, "Test sent. Check that it arrived."),
        Some(why) => sent.then(&app, "/settings", false, sentence(&format!("the test was not sent: {why}"))),
    })
}
