//! What programs send: a body of JSON, or the parameters of an address.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::super::App;
use super::problem::Problem;

/// A body of JSON. None at all counts as `{}`.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json =
            kind.is_none_or(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        let bytes = Bytes::from_request(request, app).await.map_err(IntoResponse::into_response)?;
        if !bytes.is_empty() && !is_json {
            let why = "the body is not sent as application/json. Nothing was done";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why).into_response());
        }
        read(if bytes.is_empty() { b"{}" } else { &bytes }).map(Self).map_err(IntoResponse::into_response)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let refused = |status, why| Problem::new(status, format!("{why}. Nothing was done"));
    // Taken alone, a list would pass for an object of which every key is left out.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(refused(StatusCode::BAD_REQUEST, "the body is no object of JSON".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => refused(StatusCode::UNPROCESSABLE_ENTITY, format!("the body is not valid: {error}")),
        _ => refused(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")),
    })
}

/// The parameters of an address.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, error.body_text())),
        }
    }
}
