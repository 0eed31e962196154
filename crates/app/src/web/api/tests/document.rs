//! The document says what there is, and what there is does as it says.

use std::collections::BTreeSet;

use axum::http::Method;
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use super::super::{DOCUMENT, PLACE, routes};
use crate::web::testing::{House, Reply, Visitor};

fn document() -> Value {
    serde_json::from_str(DOCUMENT).expect("the document is JSON")
}

/// Every method of every path.
fn documented(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn every_route_is_documented_and_every_documented_one_is_there() {
    let there: BTreeSet<(String, String)> =
        routes().into_iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
    assert_eq!(there, documented(&document()));
}

#[test]
fn every_change_asks_for_a_token_and_says_what_may_be_refused() {
    let document = document();
    for (method, path) in documented(&document) {
        let operation = &document["paths"][&path][&method];
        let parameters = operation["parameters"].to_string();
        let asks = parameters.contains("#/components/parameters/Token");
        assert_eq!(asks, method != "get", "{method} {path}");
        assert_eq!(asks, operation["responses"]["403"].is_object(), "{method} {path}");
        assert!(operation["summary"].is_string() && operation["description"].is_string(), "{method} {path}");
    }
}

#[test]
fn every_part_that_is_referred_to_is_there() {
    fn walk(document: &Value, value: &Value, used: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(to) = object.get("$ref").and_then(Value::as_str) {
                    let pointer = to.strip_prefix('#').expect("within the document");
                    assert!(document.pointer(pointer).is_some(), "{to}");
                    used.insert(pointer.to_owned());
                }
                object.values().for_each(|value| walk(document, value, used));
            }
            Value::Array(array) => array.iter().for_each(|value| walk(document, value, used)),
            _ => {}
        }
    }
    let (document, mut used) = (document(), BTreeSet::new());
    walk(&document, &document, &mut used);
    for kind in ["schemas", "parameters", "responses"] {
        for name in document["components"][kind].as_object().expect("parts").keys() {
            assert!(used.contains(&format!("/components/{kind}/{name}")), "{name} is referred to by nothing");
        }
    }
}

/// What responses are held against. Keys that the document does not name count as wrong here, so that it names all.
struct Judge {
    document: Value,
    schemas: Schemas,
    compiler: Compiler,
}

impl Judge {
    fn new() -> Self {
        let mut document = document();
        close(&mut document["components"]["schemas"]);
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("openapi.json", document.clone()).expect("a document");
        Self { document, schemas: Schemas::new(), compiler }
    }

    fn schema(&mut self, pointer: &str) -> SchemaIndex {
        let location = format!("openapi.json#{pointer}");
        self.compiler.compile(&location, &mut self.schemas).unwrap_or_else(|error| panic!("{pointer}: {error:#}"))
    }

    fn holds(&mut self, pointer: &str, value: &Value) {
        let schema = self.schema(pointer);
        if let Err(error) = self.schemas.validate(value, schema) {
            panic!("{pointer}: {error:#}\n{value:#}");
        }
    }

    /// Whether an answer is one of those that the document names for this method of this path.
    fn answer(&mut self, method: &str, path: &str, reply: &Reply) {
        let escaped = path.replace('/', "~1");
        let place = format!("/paths/{escaped}/{method}/responses/{}", reply.status.as_u16());
        let mut response = self.document.pointer(&place).unwrap_or_else(|| panic!("{place} is not documented"));
        let mut place = place;
        if let Some(to) = response["$ref"].as_str() {
            place = to.trim_start_matches('#').to_owned();
            response = self.document.pointer(&place).expect("a response");
        }
        let media = reply.header("content-type").split(';').next().unwrap_or_default().to_owned();
        assert!(response["content"][&media]["schema"].is_object(), "{place}: {media}");
        if media.ends_with("json") {
            let schema = format!("{place}/content/{}/schema", media.replace('/', "~1"));
            self.holds(&schema, &reply.json());
        }
    }
}

/// Names no further keys in any object that names some. What is put together from parts is left open.
fn close(schema: &mut Value) {
    if let Value::Object(object) = schema {
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".into(), json!(false));
        }
        object.values_mut().for_each(close);
    } else if let Value::Array(array) = schema {
        array.iter_mut().for_each(close);
    }
}

#[test]
fn the_examples_are_as_the_schemas_say() {
    let mut judge = Judge::new();
    let schemas = judge.document["components"]["schemas"].as_object().expect("schemas").clone();
    let mut seen = 0;
    for (name, schema) in schemas {
        if let Some(example) = schema.get("example") {
            judge.holds(&format!("/components/schemas/{name}"), example);
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn an_unknown_key_would_be_noticed() {
    let mut judge = Judge::new();
    let schema = judge.schema("/components/schemas/Token");
    assert!(judge.schemas.validate(&json!({"token": "x"}), schema).is_ok());
    assert!(judge.schemas.validate(&json!({"token": "x", "more": 1}), schema).is_err());
    assert!(judge.schemas.validate(&json!({}), schema).is_err());
}

#[tokio::test]
async fn what_is_read_is_as_the_document_says() {
    let (house, mut judge) = (House::demo(), Judge::new());
    std::fs::write(house.data().join("runs/2.log"), "one line\n").expect("written");
    crate::settings::set(&house.data().join("settings.toml"), "server.metrics", "true").expect("set");
    for path in documented(&judge.document).into_iter().filter(|(method, _)| method == "get").map(|(_, path)| path) {
        let reply = house.get(&format!("{PLACE}{}", path.replace("{run}", "2"))).await;
        assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.text());
        judge.answer("get", &path, &reply);
    }
    let runs = house.get("/api/v1/runs").await.json();
    assert_eq!(runs["total"], 3);
    assert_eq!(runs["runs"][1]["report"]["import"]["applied"], 10, "run 2 is the sync of the demo");
}

#[tokio::test]
async fn what_is_changed_is_as_the_document_says() {
    let (house, mut judge) = (House::demo(), Judge::new());
    let mut visitor = Visitor::new(&house).await;
    let name = "every {day} / 50%";
    let at = "/schedules/every%20%7Bday%7D%20%2F%2050%25";
    let undo = "/runs/2/undo";
    for (method, path, template, body) in [
        (Method::POST, "/simulate", "/simulate", json!({"mode": "import"})),
        (Method::POST, "/cancel", "/cancel", json!({})),
        (Method::POST, "/sync", "/sync", json!({"plan": 1})),
        (Method::POST, "/sync", "/sync", json!({"plan": 1, "mode": "import"})),
        (Method::POST, "/sync", "/sync", json!({"plan": 2})),
        (Method::POST, "/decisions", "/decisions", json!({"choice": "leave-out", "run": 1, "rows": [0, 99_999]})),
        (Method::POST, "/decisions", "/decisions", json!({"choice": "leave-out", "asset": "none"})),
        (Method::PATCH, "/settings", "/settings", json!({"key": "album", "value": "New"})),
        (Method::PATCH, "/settings", "/settings", json!({"key": "no.such", "value": 1})),
        (Method::PUT, "/baseline", "/baseline", json!({"time": "2026-02-28"})),
        (Method::DELETE, "/baseline", "/baseline", json!({})),
        (Method::POST, "/schedules", "/schedules", json!({"name": name, "every_minutes": 60})),
        (Method::PUT, at, "/schedules/{name}", json!({"name": name, "cron": "0 7 * * 1-5", "enabled": false})),
        (Method::POST, &format!("{at}/run"), "/schedules/{name}/run", json!({})),
        (Method::DELETE, at, "/schedules/{name}", json!({})),
        (Method::DELETE, at, "/schedules/{name}", json!({})),
        (Method::POST, undo, "/runs/{run}/undo", json!({})),
    ] {
        house.rest().await;
        let reply = visitor.change(method.clone(), &format!("{PLACE}{path}"), &body.to_string()).await;
        judge.answer(method.as_str().to_lowercase().as_str(), template, &reply);
        if reply.status.is_success() && template != "/cancel" {
            let sent = format!(
                "/paths/{}/{}/requestBody/content/application~1json/schema",
                template.replace('/', "~1"),
                method.as_str().to_lowercase()
            );
            if judge.document.pointer(&sent).is_some() {
                judge.holds(&sent, &body);
            }
        }
    }
}
