//! What holds at every address, also at one that is new tomorrow.

use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use tower::ServiceExt;

use super::super::testing::{House, Visitor, gate};
use super::super::*;

/// What a visitor of a page of ours gets who sends this.
async fn answer(app: &App, method: &Method, path: &str, token: &str) -> StatusCode {
    let session = app.sessions.begin(Instant::now());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::COOKIE, app.gate.cookie_of(&session))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("token={token}")));
    let response = router(app.clone()).oneshot(request.expect("a request")).await;
    response.expect("an answer").status()
}

#[tokio::test]
async fn no_address_takes_a_change_without_a_token() {
    let data = tempfile::tempdir().expect("a directory");
    let mut refused = 0;
    for (path, _) in addresses() {
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        let path = path.join("/");
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            // A new one each time, as a server takes a few changes a second only.
            let app = Server::new(data.path(), gate(data.path()));
            match answer(&app, &method, &path, "made-up").await {
                StatusCode::FORBIDDEN => refused += 1,
                // Nothing can be sent there.
                status => assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}"),
            }
            assert!(app.runner.live().running.is_none(), "{method} {path}");
        }
    }
    assert!(refused >= 12, "forms are sent to several of them");
    assert_eq!(data.path().read_dir().expect("it is there").count(), 0, "nothing was made");
}

/// Whatever a form says, its answer leads to one of our pages.
#[tokio::test]
async fn the_way_back_stays_here() {
    let house = House::synced();
    for back in ["/plan?page=2", "/plan\r\nx-other: 1", "/plan\u{2028}", "//elsewhere", "https://elsewhere", "/runs/\0"]
    {
        let mut visitor = Visitor::new(&house).await;
        let token = visitor.fresh().await;
        let reply = visitor.form("/runs/2/decide", &[("token", &token), ("back", back)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{back:?}");
        let is_plain = back == "/plan?page=2";
        assert_eq!(reply.header(header::LOCATION), if is_plain { back } else { "/" }, "{back:?}");
    }
}
