//! The JSON API: what the pages do, for programs. `assets/openapi.json` describes it; one file for each resource.
//!
//! Whatever changes something needs a session and a token, which is looked at before any handler is reached, so that none
//! can forget it. The answer brings the next token.

mod baseline;
mod body;
mod decisions;
mod doctor;
mod library;
mod metrics;
mod problem;
mod runs;
mod schedules;
mod settings;
mod start;
mod status;
#[cfg(test)]
mod tests;
mod token;

use axum::handler::Handler;
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use axum::{Json, Router};
use serde::Serialize;

use problem::Problem;
pub use problem::speak;

use super::{App, blocking, looking};

/// Where it lies.
pub const PLACE: &str = "/api/v1";

/// Where programs get a token, before they log in too.
pub const TOKEN: &str = "/api/v1/token";

/// What describes it.
const DOCUMENT: &str = include_str!("../../../assets/openapi.json");

/// One method of one address.
struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "the test compares it with the document"))]
    method: &'static str,
    path: &'static str,
    handler: MethodRouter<App>,
}

impl Route {
    fn get<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self { method: "get", path, handler: get(handler) }
    }

    fn post<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self { method: "post", path, handler: post(handler) }
    }

    fn put<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self { method: "put", path, handler: put(handler) }
    }

    fn patch<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self { method: "patch", path, handler: patch(handler) }
    }

    fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self { method: "delete", path, handler: delete(handler) }
    }
}

/// Every address, below [`PLACE`].
fn routes() -> Vec<Route> {
    vec![
        Route::get("/openapi.json", document),
        Route::get("/token", token::fresh),
        Route::get("/status", status::status),
        Route::get("/live", status::live),
        Route::post("/simulate", start::simulate),
        Route::post("/sync", start::sync),
        Route::post("/cancel", start::cancel),
        Route::get("/runs", runs::list),
        Route::get("/runs/{run}", runs::one),
        Route::get("/runs/{run}/verdicts", runs::verdicts),
        Route::get("/runs/{run}/log", super::runs::log),
        Route::get("/runs/{run}/undo", runs::prospect),
        Route::post("/runs/{run}/undo", runs::undo),
        Route::get("/decisions", decisions::list),
        Route::post("/decisions", decisions::decide),
        Route::get("/settings", settings::show),
        Route::patch("/settings", settings::change),
        Route::get("/baseline", baseline::show),
        Route::put("/baseline", baseline::set),
        Route::delete("/baseline", baseline::clear),
        Route::get("/schedules", schedules::list),
        Route::post("/schedules", schedules::add),
        Route::put("/schedules/{name}", schedules::replace),
        Route::delete("/schedules/{name}", schedules::remove),
        Route::post("/schedules/{name}/run", schedules::run_now),
        Route::get("/library", library::show),
        Route::get("/doctor", doctor::show),
        Route::get("/metrics", metrics::show),
    ]
}

/// All of it.
pub fn router(app: &App) -> Router<App> {
    let add = |router: Router<App>, route: Route| router.route(route.path, route.handler);
    routes()
        .into_iter()
        .fold(Router::new(), add)
        .route_layer(middleware::from_fn_with_state(app.clone(), token::admit))
        .fallback(nowhere)
}

/// Whether an address can be read by whoever is not known: programs that only read need no session of theirs.
pub fn needs_no_session(path: &str) -> bool {
    path.starts_with("/api/") && path != TOKEN
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

async fn nowhere() -> Problem {
    Problem::missing("there is no such address. /api/v1/openapi.json lists them all")
}

/// The answer to a question, or why there is none.
type Answer<T> = Result<Json<T>, Response>;

/// Answers with what blocking work finds.
async fn answer<T: Serialize + Send + 'static>(
    app: App,
    work: impl FnOnce(&App) -> Result<T, Problem> + Send + 'static,
) -> Answer<T> {
    blocking(move || work(&app)).await?.map(Json).map_err(IntoResponse::into_response)
}

/// The same for work that reads a whole library.
async fn answer_of_library<T: Serialize + Send + 'static>(
    app: App,
    work: impl FnOnce(&App) -> Result<T, Problem> + Send + 'static,
) -> Answer<T> {
    let worker = app.clone();
    looking(&app, move || work(&worker)).await?.map(Json).map_err(IntoResponse::into_response)
}
