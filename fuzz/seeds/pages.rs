//! Requests to every page and to the API, as a browser or a program sends them.

const READ: [&str; 34] = [
    "/",
    "/?way=import&ruling=skipped&reason=same-bytes&text=<zzz&page=2",
    "/full-library",
    "/baseline",
    "/settings",
    "/settings?draft=1",
    "/folders?draft=1&path=%2F..%2F",
    "/reset",
    "/welcome?step=library",
    "/plan?text=%3Czzz",
    "/runs/2/items/0/photo",
    "/runs/2/items/1/other",
    "/live/picture",
    "/schedules?edit=a",
    "/schedules/preview?kind=cron&cron=0+0+*+*+*",
    "/help",
    "/help/files",
    "/help/pictures/photos.png",
    "/events",
    "/history?page=99999999999999999999",
    "/history.csv",
    "/history.json",
    "/runs/2?way=export&page=3",
    "/runs/-9223372036854775808/log",
    "/runs/2/undo",
    "/login",
    "/assets/x/app.css",
    "/api/v1/token",
    "/api/v1/status",
    "/api/v1/runs?limit=0&before=9223372036854775807",
    "/api/v1/runs/2/verdicts?offset=1&limit=2&text=%ff",
    "/api/v1/decisions",
    "/api/v1/settings",
    "/api/v1/schedules",
];

const FORMS: [(&str, &str); 16] = [
    ("/simulate", ""),
    ("/sync", "plan=1"),
    ("/cancel", ""),
    ("/full-library", ""),
    ("/baseline", "time=2024-01-31T23%3A59%3A59"),
    (
        "/settings",
        "do=save&version=x&mode=import&album=%3Czzz&settle_seconds=10&folder.0.path=%2Ftmp&folder.0.exclude=*.gif",
    ),
    ("/settings", "do=browse:folder.0.path&folder.0.path=%3Czzz&folder.99999999999.path=x&export.from=2024-01-31"),
    ("/settings", "do=remove:0&folder.0.path=a&folder.1.path=b"),
    ("/folders", "draft=1&path=%2Ftmp"),
    ("/reset", "what=neither"),
    ("/welcome", "draft=1&step=folder&do=use:%2Ftmp&folder.0.path=%2Ftmp"),
    ("/runs/2/decide", "choice=leave-out&row=0&row=1&back=%2Fplan%0D%0Ax%3A+y"),
    ("/runs/2/decide", "take-in=0&back=%2F%2Felsewhere"),
    ("/runs/2/undo", ""),
    ("/schedules", "old=&name=%3Czzz&kind=cron&cron=0+0+*+*+*&mode=import&preview=yes"),
    ("/schedules/act", "name=a&act=run"),
];

const CHANGES: [(&str, &str, &str); 10] = [
    ("POST", "/simulate", r#"{"mode":"export","full_library":true}"#),
    ("POST", "/sync", r#"{"plan":1}"#),
    ("POST", "/cancel", ""),
    ("POST", "/runs/2/undo", ""),
    ("POST", "/decisions", r#"{"run":2,"rows":[0,18446744073709551615],"decision":"leave-out"}"#),
    ("PATCH", "/settings", r#"{"key":"export.layout","value":"flat"}"#),
    ("PATCH", "/settings", r#"{"key":"folder","value":"/tmp"}"#),
    ("PUT", "/baseline", r#"{"time":"2024-01-31T23:59:59Z"}"#),
    ("POST", "/schedules", r#"{"name":"a","cron":"0 0 29 2 *"}"#),
    ("DELETE", "/schedules/%3Czzz", ""),
];

const HEAD: &str = "host: 127.0.0.1:27731\ncookie: $COOKIE\n";

/// All of them.
pub fn requests() -> impl Iterator<Item = String> {
    let reads = READ.iter().map(|address| format!("GET {address}\n{HEAD}\n"));
    let forms = FORMS.iter().map(|(address, body)| {
        format!("POST {address}\n{HEAD}x-photobridge-token: $TOKEN\ncontent-type: application/x-www-form-urlencoded\n\n{body}")
    });
    let changes = CHANGES.iter().map(|(method, address, body)| {
        format!(
            "{method} /api/v1{address}\n{HEAD}x-photobridge-token: $TOKEN\ncontent-type: application/json\n\n{body}"
        )
    });
    let strange = [
        "GET / \nhost: elsewhere\norigin: null\nsec-fetch-site: cross-site\n\n".to_owned(),
        format!("HEAD /plan\n{HEAD}cookie: photobridge=; photobridge==;;=\nrange: bytes=0-\n\n"),
        format!("OPTIONS *\n{HEAD}content-length: 99\n\n"),
    ];
    reads.chain(forms).chain(changes).chain(strange)
}
