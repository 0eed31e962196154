//! Who is refused, and how that is told.

use axum::body::Body;
use axum::http::{Method, Request, header};
use photobridge_core::lock::Lock;
use serde_json::json;

use crate::web::gate::TOKEN;
use crate::web::testing::{HOST, House, Reply, Visitor};

/// Whether this is a refusal with this status, told as a problem; returns its words.
fn refused(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["status"], status);
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
    let detail = problem["detail"].as_str().expect("words").to_owned();
    assert!(detail.ends_with(['.', '?']) && detail.len() > 20, "{detail}");
    detail
}

/// How many runs the history has.
async fn runs(house: &House) -> u64 {
    house.rest().await;
    house.get("/api/v1/runs").await.json()["total"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_token_counts_once_and_the_answer_brings_the_next() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let first = visitor.token.clone();
    let reply = visitor.post("/api/v1/simulate", json!({})).await;
    assert_eq!(reply.status.as_u16(), 202, "{}", reply.text());
    assert_ne!(visitor.token, first);
    assert_eq!(runs(&house).await, 3);

    let second = std::mem::replace(&mut visitor.token, first);
    let replayed = visitor.post("/api/v1/simulate", json!({})).await;
    assert!(refused(&replayed, 403).contains("Nothing was done"));
    assert!(!replayed.headers.contains_key(TOKEN), "a refusal brings no token");
    assert_eq!(runs(&house).await, 3, "nothing was done");

    visitor.token = second;
    assert_eq!(visitor.post("/api/v1/simulate", json!({})).await.status.as_u16(), 202);
    assert_eq!(runs(&house).await, 4);
}

#[tokio::test]
async fn a_token_of_somebody_else_or_none_counts_for_nothing() {
    let house = House::synced();
    let (mut mine, other) = (Visitor::new(&house).await, Visitor::new(&house).await);
    for token in [other.token.as_str(), "", "made up"] {
        mine.token = token.to_owned();
        for (method, path) in [
            (Method::POST, "/api/v1/sync"),
            (Method::POST, "/api/v1/runs/2/undo"),
            (Method::DELETE, "/api/v1/baseline"),
            (Method::PATCH, "/api/v1/settings"),
        ] {
            refused(&mine.change(method, path, "{}").await, 403);
        }
    }
    mine.cookie = String::new();
    refused(&mine.post("/api/v1/sync", json!({})).await, 403);
    assert_eq!(runs(&house).await, 2, "nothing was done");
}

#[tokio::test]
async fn a_change_that_makes_no_sense_still_brings_the_next_token() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    for (body, status) in
        [("{", 400), ("no JSON", 400), ("[]", 400), ("{\"colour\": 1}", 422), ("{\"mode\": \"sideways\"}", 422)]
    {
        let before = visitor.token.clone();
        let reply = visitor.change(Method::POST, "/api/v1/simulate", body).await;
        assert!(refused(&reply, status).contains("Nothing was done"), "{body}");
        assert_ne!(visitor.token, before);
    }
    assert_eq!(runs(&house).await, 2, "nothing was done");
}

#[tokio::test]
async fn who_only_reads_gets_no_session() {
    let house = House::synced();
    for path in ["/api/v1/status", "/api/v1/runs", "/api/v1/runs/2/verdicts", "/api/v1/openapi.json", "/api/v1/none"] {
        assert!(!house.get(path).await.headers.contains_key(header::SET_COOKIE), "{path}");
    }
    let token = house.get("/api/v1/token").await;
    assert!(token.header(header::SET_COOKIE).contains("HttpOnly; SameSite=Lax"));
}

#[tokio::test]
async fn what_another_web_site_asks_for_is_refused() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = Request::post("/api/v1/sync")
            .header(header::HOST, HOST)
            .header(header::COOKIE, &visitor.cookie)
            .header(TOKEN, visitor.fresh().await)
            .header(name, value);
        refused(&house.send(request.body(Body::empty()).expect("a request")).await, 403);
    }
    let elsewhere = Request::get("/api/v1/status").header(header::HOST, "evil.example:27731");
    refused(&house.send(elsewhere.body(Body::empty()).expect("a request")).await, 421);
    assert_eq!(runs(&house).await, 2, "nothing was done");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let long = format!("{{\"key\": \"album\", \"value\": \"{}\"}}", "x".repeat(300_000));
    refused(&visitor.change(Method::PATCH, "/api/v1/settings", &long).await, 413);
    // The same without saying before how long it is.
    let pieces = tokio_stream::iter(
        long.into_bytes().chunks(4096).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>(),
    );
    let request = Request::patch("/api/v1/settings")
        .header(header::HOST, HOST)
        .header(header::COOKIE, &visitor.cookie)
        .header(header::CONTENT_TYPE, "application/json")
        .header(TOKEN, visitor.fresh().await);
    refused(&house.send(request.body(Body::from_stream(pieces)).expect("a request")).await, 413);
    assert_eq!(house.app.settings().expect("settings").album, "Photobridge Imports");
}

#[tokio::test]
async fn bodies_are_json_and_methods_are_those_of_the_document() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    let request = Request::post("/api/v1/simulate")
        .header(header::HOST, HOST)
        .header(header::COOKIE, &visitor.cookie)
        .header(header::CONTENT_TYPE, "text/plain")
        .header(TOKEN, visitor.fresh().await);
    refused(&house.send(request.body(Body::from("{}")).expect("a request")).await, 415);
    visitor.fresh().await;
    let reply = visitor.change(Method::DELETE, "/api/v1/runs", "").await;
    refused(&reply, 405);
    assert!(reply.header(header::ALLOW).contains("GET"));
    refused(&visitor.get("/api/v1/none").await, 404);
    refused(&visitor.get("/api/v2").await, 404);
    refused(&visitor.get("/api/v1/runs?colour=red").await, 400);
    refused(&visitor.get("/api/v1/runs/1/verdicts?offset=-1").await, 400);
}

#[tokio::test]
async fn a_run_is_a_number_and_nothing_else() {
    let house = House::synced();
    for run in [
        "-1",
        "0",
        "9999999999999999999",
        "999999999999999999",
        "+1",
        "1.0",
        "%2e%2e",
        "..%2f1",
        "1%2F..%2F2",
        "%00",
        "%ff",
        "x",
    ] {
        for rest in ["", "/verdicts", "/log", "/undo"] {
            refused(&house.get(&format!("/api/v1/runs/{run}{rest}")).await, 404);
        }
    }
    refused(&house.get("/api/v1/runs/../1").await, 404);
    refused(&house.get("/api/v1/runs/1/../2").await, 404);
}

#[tokio::test]
async fn who_did_not_give_the_password_reads_nothing() {
    let house = House::synced_with(Some("correct horse"));
    for path in ["/api/v1/status", "/api/v1/runs/2/verdicts", "/api/v1/openapi.json"] {
        refused(&house.get(path).await, 401);
    }
    let mut visitor = Visitor::new(&house).await;
    refused(&visitor.post("/api/v1/sync", json!({})).await, 401);
    let token = visitor.fresh().await;
    let reply = visitor.form("/login", &[("token", &token), ("password", "correct horse")]).await;
    visitor.cookie = reply.header(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
    assert_eq!(visitor.get("/api/v1/status").await.status.as_u16(), 200);
    visitor.fresh().await;
    assert_eq!(visitor.post("/api/v1/simulate", json!({})).await.status.as_u16(), 202);
    house.rest().await;
}

#[tokio::test]
async fn while_another_process_works_nothing_is_changed() {
    let house = House::synced();
    let lock = Lock::take(&house.data(), "sync", jiff::Timestamp::now()).expect("nobody holds it");
    let mut visitor = Visitor::new(&house).await;
    for (method, path, body) in [
        (Method::POST, "/api/v1/runs/2/undo", json!({})),
        (Method::PUT, "/api/v1/baseline", json!({})),
        (Method::DELETE, "/api/v1/baseline", json!({})),
        (Method::POST, "/api/v1/decisions", json!({"choice": "leave-out", "run": 1, "rows": [0]})),
    ] {
        let detail = refused(&visitor.change(method, path, &body.to_string()).await, 409);
        assert!(detail.contains("sync") && detail.contains("Nothing was changed"), "{detail}");
    }
    drop(lock);
    assert_eq!(visitor.post("/api/v1/runs/2/undo", json!({})).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_server_that_ends_begins_nothing() {
    let house = House::synced();
    let mut visitor = Visitor::new(&house).await;
    house.app.runner.stop();
    refused(&visitor.post("/api/v1/sync", json!({})).await, 503);
    assert_eq!(runs(&house).await, 2, "nothing was done");
}

#[tokio::test]
async fn too_much_at_once_is_refused() {
    let house = House::empty();
    let mut visitor = Visitor::new(&house).await;
    let mut last = visitor.post("/api/v1/cancel", json!({})).await;
    for _ in 0..60 {
        last = visitor.post("/api/v1/cancel", json!({})).await;
    }
    refused(&last, 429);
}
