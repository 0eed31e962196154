//! One photo, large: what both sides have of it, what decided, and what a person may say of it.

mod details;

use std::io;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use photobridge_core::asset::AssetId;
use photobridge_core::decide;
use photobridge_core::kept::{Group, Verdicts};
use photobridge_core::ledger::Ledger;
use photobridge_core::memory::Decision;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Kind, Other, Ruling, VerdictLine};
use photobridge_core::run::RunId;

use super::gate::Visitor;
use super::look::{self, Asked};
use super::shelf::{self, Around};
use super::shell::{Page, Shell, page};
use super::{App, Server, blocking, filters, runs, shell};
use details::{Detail, Details};

/// One side of the photo.
struct Side {
    /// What stands above it.
    heading: &'static str,
    /// Where its pictures and movies are, up to what is wanted of them.
    address: String,
    /// Whether it is a video.
    is_video: bool,
    /// Whether a movie belongs to it.
    has_movie: bool,
}

/// Where one is among the photos that were being looked at.
struct Place {
    before: Option<String>,
    after: Option<String>,
    /// The page that this one stands over.
    around: String,
    number: u64,
    total: u64,
}

/// What a run says of the photo.
struct Said {
    run: RunId,
    number: usize,
    line: VerdictLine,
    decision: Option<Decision>,
}

#[derive(Template)]
#[template(path = "photo.html")]
struct PhotoPage {
    shell: Shell,
    /// Where one is.
    here: String,
    place: Place,
    said: Option<Said>,
    sides: Vec<Side>,
    details: Vec<Detail>,
}

impl PhotoPage {
    /// The pictures to look at: one, where both sides have the same bytes.
    fn stages(&self) -> &[Side] {
        let is_same = self.said.as_ref().is_some_and(Said::is_same);
        if is_same { &self.sides[..1] } else { &self.sides }
    }
}

impl Said {
    /// Whether both sides have the same bytes, so that there is nothing to compare.
    fn is_same(&self) -> bool {
        let reasons = [Reason::SameBytes, Reason::SameBytesAs, Reason::ExportedByUs, Reason::ImportedByUs];
        self.line.verdict == Ruling::Applied || self.line.reason.is_some_and(|reason| reasons.contains(&reason))
    }

    /// What is so of it, in a few words.
    fn heading(&self) -> String {
        look::heading(Group::of(&self.line))
    }

    fn can_be_left_out(&self) -> bool {
        self.line.verdict == Ruling::Planned && self.decision.is_none()
    }

    fn can_be_taken_in(&self) -> bool {
        let way = self.line.direction;
        let allowed = self.line.reason.is_some_and(|reason| reason.can_be_taken_in(way));
        self.line.verdict == Ruling::Skipped && allowed && self.decision.is_none()
    }

    /// The photo of which it could be made a part.
    fn can_join(&self) -> Option<&str> {
        self.line.can_join.as_deref().filter(|_| self.decision.is_none())
    }

    /// What a person said of it.
    fn decided(&self) -> Option<&'static str> {
        Some(match (self.decision?, self.line.direction) {
            (Decision::LeaveOut, _) => "You excluded this photo.",
            (Decision::TakeIn, Way::Import) => "Will be imported at the next sync.",
            (Decision::TakeIn, Way::Export) => "Will be exported at the next sync.",
            (Decision::Join, _) => "Will become part of its photo at the next sync.",
        })
    }

    /// What takes that back.
    fn take_back(&self) -> &'static str {
        match self.decision {
            Some(Decision::LeaveOut) => "Include again",
            Some(Decision::Join) => "Keep separate",
            Some(Decision::TakeIn) | None => "Withdraw",
        }
    }

    /// What went wrong, unless that is said already with why it stays.
    fn error(&self) -> Option<&str> {
        let why = self.line.why().unwrap_or_default();
        self.line.error.as_deref().filter(|error| !why.contains(error))
    }

    fn anyway(&self) -> &'static str {
        match self.line.direction {
            Way::Import => "Import anyway",
            Way::Export => "Export anyway",
        }
    }

    /// Where it is to be seen in the library, of one that is there.
    fn in_library(&self) -> Option<String> {
        let is_there = self.line.verdict != Ruling::Planned && self.line.verdict != Ruling::Failed;
        let id = self.line.asset.as_deref().filter(|_| is_there)?;
        Some(format!("{}/place", shelf::of_asset(id)))
    }
}

/// The page of one photo of a run.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Path((run, number)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Query(grid): Query<shelf::Asked>,
) -> Result<Response, Response> {
    let (run, number) = runs::number(&run).zip(number.parse().ok()).ok_or_else(no_such_photo)?;
    let shell = Shell::new(&app, &visitor, at(&grid), "");
    let made = blocking(move || make(&app, shell, run, number, &asked, &grid)).await?;
    match made {
        Ok(Some(made)) => Ok(page(&made)),
        Ok(None) | Err(_) => Err(no_such_photo()),
    }
}

/// The page of one photo of the library, of which no run says anything.
pub async fn of_asset(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(grid): Query<shelf::Asked>,
) -> Result<Response, Response> {
    let shell = Shell::new(&app, &visitor, Page::Library, "");
    let made = blocking(move || make_of_asset(&app, shell, &id, &grid)).await?;
    made.map(|made| page(&made)).ok_or_else(|| shell::missing("the library has no such photo now"))
}

/// Where in the navigation a photo is.
fn at(grid: &shelf::Asked) -> Page {
    match grid.side() {
        Some(shelf::Side::Folder) => Page::Folder,
        Some(shelf::Side::Library) => Page::Library,
        None => Page::Photos,
    }
}

fn no_such_photo() -> Response {
    let words = "this photo is not in the list of that run, or the list is not kept any more. Simulate to see what is there now";
    shell::missing(words)
}

fn make(
    app: &Server,
    mut shell: Shell,
    run: RunId,
    number: usize,
    asked: &Asked,
    grid: &shelf::Asked,
) -> io::Result<Option<PhotoPage>> {
    let verdicts = app.recent.verdicts(run)?;
    let Some(line) = verdicts.row(number)? else { return Ok(None) };
    let ledger = Ledger::look(&app.data).ok().flatten();
    let standing = ledger.as_ref().and_then(|ledger| decide::standing(ledger, [&line]).ok());
    shell.title = line.title().to_owned();
    let around = shelf::around(app, grid, Some((run, number)), None);
    let place = around.map_or_else(|| place(&verdicts, run, number, &line, asked), Place::of);
    let [own, other] = details::of(app, ledger.as_ref(), &line);
    let sides = sides(run, number, &line, own.is_some(), other.is_some());
    let address = look::address_of(run, number);
    let decision = standing.into_iter().flatten().next().flatten();
    Ok(Some(PhotoPage {
        here: if grid.side().is_some() { grid.around(&address) } else { asked.within(&address) },
        shell,
        place,
        sides: with_movies(sides, [&own, &other]),
        details: details::compared(own, other),
        said: Some(Said { run, number, line, decision }),
    }))
}

fn make_of_asset(app: &Server, mut shell: Shell, id: &str, grid: &shelf::Asked) -> Option<PhotoPage> {
    let known = details::of_library(app, &AssetId(id.into()))?;
    shell.title = known.name();
    let address = shelf::of_asset(id);
    let alone = Place { before: None, after: None, around: "/library".into(), number: 1, total: 1 };
    let side = Side { heading: "In the library", address: format!("{address}/"), is_video: false, has_movie: false };
    let known = Some(known);
    Some(PhotoPage {
        here: grid.around(&address),
        place: shelf::around(app, grid, None, Some(id)).map_or(alone, Place::of),
        said: None,
        sides: with_movies(vec![side], [&known, &None]),
        details: details::compared(known, None),
        shell,
    })
}

impl Place {
    /// In a grid.
    fn of(around: Around) -> Self {
        let Around { before, after, grid, number, total } = around;
        Self { before, after, around: grid, number, total }
    }
}

/// Among those of its group, or among what was looked for.
fn place(verdicts: &Verdicts, run: RunId, number: usize, line: &VerdictLine, asked: &Asked) -> Place {
    let asked = if asked.is_all() { Asked::of(Group::of(line)) } else { asked.clone() };
    let numbers = verdicts.numbers(&asked.filter());
    let at = numbers.iter().position(|known| *known == number);
    let address = |at: usize| numbers.get(at).map(|number| asked.within(&look::address_of(run, *number)));
    Place {
        before: at.and_then(|at| address(at.checked_sub(1)?)),
        after: at.and_then(|at| address(at + 1)),
        around: format!(
            "{}#item-{number}",
            asked.on_page(at.unwrap_or(0) / look::PAGE + 1).within(&format!("/runs/{run}"))
        ),
        number: at.map_or(0, |at| at as u64 + 1),
        total: numbers.len() as u64,
    }
}

fn sides(run: RunId, number: usize, line: &VerdictLine, has_own: bool, has_other: bool) -> Vec<Side> {
    let name = |way| if way == Way::Import { "In the folder" } else { "In the library" };
    let across = if line.direction == Way::Import { Way::Export } else { Way::Import };
    let is_twin = line.trace.as_ref().is_some_and(|trace| match (&trace.other, line.direction) {
        (Some(Other::File(_)), way) => way == Way::Import,
        (Some(Other::Asset(_)), way) => way == Way::Export,
        (None, _) => false,
    });
    let other = match (is_twin, line.direction) {
        (false, _) => name(across),
        (true, Way::Import) => "The other one in the folder",
        (true, Way::Export) => "The other one in the library",
    };
    let is_video = line.trace.as_ref().is_some_and(|trace| trace.kind == Kind::Video);
    let address = look::address_of(run, number);
    let side =
        |heading, prefix: &str| Side { heading, address: format!("{address}/{prefix}"), is_video, has_movie: false };
    let own = (has_own || !has_other).then(|| side(name(line.direction), ""));
    own.into_iter().chain(has_other.then(|| side(other, "other-"))).collect()
}

/// The sides, each with whether something moves there.
fn with_movies(mut sides: Vec<Side>, details: [&Option<Details>; 2]) -> Vec<Side> {
    for (side, known) in sides.iter_mut().zip(details.into_iter().flatten()) {
        side.has_movie = known.has_movie;
        side.is_video = known.is_video;
    }
    sides
}
