//! The user guide, within the program: the pages of `docs/guide` as they stand in the project.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, html};

use super::App;
use super::gate::Visitor;
use super::shell::{self, Page, Shell, page};

macro_rules! guide {
    ($($name:literal),* $(,)?) => {
        /// The pages, in the order in which they are read.
        const PAGES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../docs/guide/", $name, ".md")))),*];
    };
}

guide![
    "index",
    "how-it-works",
    "first-steps",
    "verdicts",
    "archives",
    "motion-photos",
    "exporting",
    "status",
    "schedules",
    "when-something-fails",
    "security",
    "files",
];

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    shell: Shell,
    contents: Vec<(&'static str, String)>,
    current: String,
    text: String,
}

/// The first page.
pub async fn index(state: State<App>, visitor: Extension<Visitor>) -> Response {
    show(state, visitor, Path("index".into())).await
}

/// A page.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
) -> Response {
    let Some((_, text)) = PAGES.iter().find(|(known, _)| *known == name) else {
        return shell::missing("there is no such page in the guide");
    };
    let contents = PAGES.iter().map(|(name, text)| (*name, title(text))).collect();
    let shell = Shell::new(&app, &visitor, Page::Help, title(text));
    page(&Help { shell, contents, current: name, text: rendered(text) })
}

/// What a page is called: its first heading.
fn title(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Help").to_owned()
}

fn rendered(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: led(link_type, &dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let name = dest_url.rsplit('/').next().unwrap_or_default();
            Event::Start(Tag::Image { link_type, dest_url: format!("/help/pictures/{name}").into(), title, id })
        }
        event => event,
    });
    let mut page = String::new();
    html::push_html(&mut page, parser);
    // What may scroll sideways can be reached by keyboard.
    page.replace("<pre>", "<pre tabindex=\"0\">")
}

/// Where a link of the guide leads here: to another page of it; what lies elsewhere in the project is named, not linked.
fn led(link_type: LinkType, target: &str) -> CowStr<'static> {
    let (file, part) =
        target.split_once('#').map_or((target, String::new()), |(file, part)| (file, format!("#{part}")));
    match file.strip_suffix(".md") {
        Some(name) if PAGES.iter().any(|(known, _)| *known == name) => format!("/help/{name}{part}").into(),
        _ if link_type == LinkType::Autolink || file.starts_with("http://127.0.0.1") => target.to_owned().into(),
        _ if file.is_empty() => part.into(),
        _ => "/help".into(),
    }
}

macro_rules! pictures {
    ($($name:literal),* $(,)?) => {
        const PICTURES: &[(&str, &[u8])] =
            &[$(($name, include_bytes!(concat!("../../../../docs/pictures/", $name)))),*];
    };
}

pictures![
    "compare.png",
    "first-run.png",
    "full-library.png",
    "history.png",
    "photos.png",
    "photos-dark.png",
    "photos-phone.png",
    "plan.png",
    "results.png",
    "schedules.png",
    "settings.png",
];

/// A picture of the guide.
pub async fn picture(Path(name): Path<String>) -> Response {
    match PICTURES.iter().find(|(known, _)| *known == name) {
        Some((_, bytes)) => ([(header::CONTENT_TYPE, "image/png")], *bytes).into_response(),
        None => shell::missing("there is no such picture in the guide"),
    }
}
