//! A side as a grid of photos, month by month: the folder as the latest run found it, the library as it is.
//!
//! The page holds the months and a place for each 120 photos; the photos themselves come when they are about to be seen, so
//! that a hundred thousand are as quick as a hundred. Without scripts each place is a link.

mod stock;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::Timestamp;
use photobridge_core::asset::AssetId;
use photobridge_core::kept::Verdicts;
use photobridge_core::picture::Picture;
use photobridge_core::run::RunId;
use serde::Deserialize;

use super::gate::Visitor;
use super::pictures::{self, Wanted};
use super::shell::{Page, Shell, page};
use super::{App, Server, blocking, filters, look, shell};
use crate::exit::Error;
use crate::status::Status;
use stock::{Choice, Entry};
pub use stock::{Side, Stock};

/// Photos that come at once. All numbers of columns divide it, so that no row is left with a gap.
const BLOCK: usize = 120;

/// What is asked to be shown; what makes no sense shows everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The side that is looked at, of a photo that was opened from its grid.
    #[serde(rename = "in")]
    within: String,
    kind: String,
    on: String,
    reason: String,
    album: String,
    /// The first photo to show, by its place.
    from: String,
}

impl Asked {
    /// The side from whose grid a photo was opened.
    pub fn side(&self) -> Option<Side> {
        Side::ALL.into_iter().find(|side| side.as_str() == self.within)
    }

    /// The address of a photo that was opened from this grid.
    pub fn around(&self, address: &str) -> String {
        self.within(address, &[("in", &self.within)])
    }

    fn choice(&self) -> Choice {
        Choice::new(&self.kind, &self.on, &self.reason, &self.album)
    }

    fn from(&self) -> usize {
        self.from.parse::<usize>().unwrap_or(0) / BLOCK * BLOCK
    }

    /// An address with what is asked for, and more.
    fn within(&self, address: &str, more: &[(&str, &str)]) -> String {
        let chosen = [("kind", &*self.kind), ("on", &self.on), ("reason", &self.reason), ("album", &self.album)];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in more.iter().copied().chain(chosen).filter(|(_, value)| !value.is_empty()) {
            query.append_pair(key, value);
        }
        match query.finish() {
            query if query.is_empty() => address.to_owned(),
            query => format!("{address}?{query}"),
        }
    }
}

/// The sides that were looked at last, as long as no run has looked anew.
#[derive(Default)]
pub struct Shelves(Mutex<HashMap<Side, (String, Arc<Stock>)>>);

impl Shelves {
    /// A side as the latest run of these settings leaves it.
    pub fn get(&self, app: &Server, side: Side) -> Result<Arc<Stock>, Error> {
        let settings = app.settings()?;
        let status = Status::read(&app.data, &settings)?;
        let state = format!("{} {:?}", settings.library, status.latest);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, stock)) = kept.get(&side).filter(|(known, _)| *known == state) {
            return Ok(Arc::clone(stock));
        }
        // What a simulation saw it lists; what a sync saw is whole with the rest of it, which an earlier version did not keep.
        let is_whole = |verdicts: &Verdicts| status.plan.is_some() || verdicts.has_rest();
        let run = status.latest.map(RunId);
        let verdicts = run.and_then(|run| Some((run, app.recent.verdicts(run).ok().filter(|all| is_whole(all))?)));
        let looked = status.looked.filter(|_| verdicts.is_some());
        let stock = Arc::new(match side {
            Side::Folder => Stock::of_folder(verdicts, looked),
            Side::Library => Stock::of_library(app.pictures.snapshot(app)?, verdicts),
        });
        kept.insert(side, (state, Arc::clone(&stock)));
        Ok(stock)
    }
}

/// A photo of the grid.
struct Cell {
    /// Its place in what was found.
    at: usize,
    address: String,
    picture: String,
    name: String,
    when: String,
    tag: Option<&'static str>,
    is_only_here: bool,
}

/// A place for photos, with those that are shown at once.
struct Block {
    from: usize,
    count: usize,
    address: String,
    cells: Vec<Cell>,
}

/// A month with its places.
struct Month {
    name: String,
    /// The year that begins here, as one reads down.
    year: Option<u64>,
    count: u64,
    blocks: Vec<Block>,
}

#[derive(Template)]
#[template(path = "shelf.html")]
struct ShelfPage {
    shell: Shell,
    side: Side,
    stock: Arc<Stock>,
    asked: Asked,
    choice: Choice,
    found: u64,
    months: Vec<Month>,
    years: Vec<(u64, u64)>,
    now: Timestamp,
}

impl ShelfPage {
    /// How many there are, whatever is chosen.
    fn all(&self) -> u64 {
        self.stock.len()
    }

    /// Whether some are left out.
    fn is_chosen(&self) -> bool {
        self.found != self.all()
    }

    /// Where the photos of a place are asked for.
    fn source(&self) -> String {
        self.asked.within(&format!("{}/cells", self.side.address()), &[])
    }
}

#[derive(Template)]
#[template(path = "cells.html")]
struct Cells {
    cells: Vec<Cell>,
}

/// The folder's page.
pub async fn folder(app: State<App>, visitor: Extension<Visitor>, asked: Query<Asked>) -> Result<Response, Response> {
    show(app, visitor, asked, Side::Folder).await
}

/// The library's page.
pub async fn library(app: State<App>, visitor: Extension<Visitor>, asked: Query<Asked>) -> Result<Response, Response> {
    show(app, visitor, asked, Side::Library).await
}

/// Some photos of the folder.
pub async fn folder_cells(app: State<App>, asked: Query<Asked>) -> Result<Response, Response> {
    some(app, asked, Side::Folder).await
}

/// Some photos of the library.
pub async fn library_cells(app: State<App>, asked: Query<Asked>) -> Result<Response, Response> {
    some(app, asked, Side::Library).await
}

async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
    side: Side,
) -> Result<Response, Response> {
    let at = if side == Side::Folder { Page::Folder } else { Page::Library };
    let shell = Shell::new(&app, &visitor, at, at.name());
    let made = blocking(move || make(&app, shell, side, asked)).await?;
    Ok(page(&made.map_err(IntoResponse::into_response)?))
}

fn make(app: &Server, shell: Shell, side: Side, asked: Asked) -> Result<ShelfPage, Error> {
    let stock = app.shelves.get(app, side)?;
    let choice = asked.choice();
    let found = stock.found(&choice);
    let months = months(app, side, &stock, &found, &asked);
    let mut years: Vec<(u64, u64)> = Vec::new();
    for month in &months {
        match (month.year, years.last_mut()) {
            (Some(year), _) => years.push((year, month.count)),
            (None, Some((_, count))) => *count += month.count,
            (None, None) => {}
        }
    }
    let (count, now) = (found.len() as u64, Timestamp::now());
    Ok(ShelfPage { shell, side, stock, asked, choice, found: count, months, years, now })
}

/// The months of what was found, with the photos of the place that is asked for and of those around it.
fn months(app: &Server, side: Side, stock: &Stock, found: &[usize], asked: &Asked) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    let (mut from, mut year) = (0, None);
    while from < found.len() {
        let month = stock.entry(found[from]).month();
        let count = found[from..].iter().take_while(|at| stock.entry(**at).month() == month).count();
        let blocks = (from..from + count).step_by(BLOCK).map(|first| {
            let many = BLOCK.min(from + count - first);
            let is_shown = first + many > asked.from() && first < asked.from() + BLOCK;
            let shown = if is_shown { &found[first..first + many] } else { &[] };
            Block {
                from: first,
                count: many,
                address: asked.within(side.address(), &[("from", &first.to_string())]),
                cells: cells(app, side, stock, first, shown, asked),
            }
        });
        let begins = (year != Some(month / 100)).then_some(month / 100);
        months.push(Month {
            name: stock::month_name(month),
            year: begins,
            count: count as u64,
            blocks: blocks.collect(),
        });
        (from, year) = (from + count, Some(month / 100));
    }
    months
}

/// The photos at these places of the side, of which the first is this one of what was found.
fn cells(app: &Server, side: Side, stock: &Stock, first: usize, places: &[usize], asked: &Asked) -> Vec<Cell> {
    let verdicts = stock.run().and_then(|run| app.recent.verdicts(run).ok());
    let cell = |(nth, at): (usize, &usize)| {
        let entry = stock.entry(*at);
        let row = |number| verdicts.as_ref()?.row(number).ok()?;
        let name = match (entry.name(), entry.number()) {
            (Some(name), _) => name.to_owned(),
            (None, Some(number)) => row(number).map_or_else(String::new, |line| line.title().to_owned()),
            (None, None) => String::new(),
        };
        Cell {
            at: first + nth,
            address: asked.within(&address(stock, entry), &[("in", side.as_str())]),
            picture: format!("{}/picture", own_address(stock, entry)),
            name,
            when: stock::day_name(entry.taken()),
            tag: entry.tag(),
            is_only_here: entry.is_only_here(),
        }
    };
    places.iter().enumerate().map(cell).collect()
}

/// Where a photo is looked at alone: among the verdicts of its run where it has one, since that tells the most.
fn address(stock: &Stock, entry: &Entry) -> String {
    match (stock.run(), entry.number()) {
        (Some(run), Some(number)) => look::address_of(run, number),
        _ => own_address(stock, entry),
    }
}

/// Where the photo itself is, whatever is said of it.
fn own_address(stock: &Stock, entry: &Entry) -> String {
    match (entry.asset(), stock.run(), entry.number()) {
        (Some(id), ..) => of_asset(id),
        (None, Some(run), Some(number)) => look::address_of(run, number),
        (None, ..) => String::new(),
    }
}

/// Where an asset of the library is looked at.
pub fn of_asset(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let text = id.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("/library/{}", text.collect::<String>())
}

async fn some(State(app): State<App>, Query(asked): Query<Asked>, side: Side) -> Result<Response, Response> {
    let made = blocking(move || {
        let stock = app.shelves.get(&app, side)?;
        let found = stock.found(&asked.choice());
        let from = asked.from.parse().unwrap_or(0).min(found.len());
        let some = &found[from..found.len().min(from + BLOCK)];
        // A place ends with its month.
        let month = some.first().map(|at| stock.entry(*at).month());
        let same = some.iter().take_while(|at| Some(stock.entry(**at).month()) == month).count();
        Ok::<_, Error>(Cells { cells: cells(&app, side, &stock, from, &some[..same], &asked) })
    });
    let cells = made.await?.map_err(IntoResponse::into_response)?;
    Ok(Html(cells.render().unwrap_or_default()).into_response())
}

/// Leads to a photo in the library's grid: the answer to whether it arrived.
pub async fn find(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Response> {
    let found = blocking(move || {
        let stock = app.shelves.get(&app, Side::Library)?;
        Ok::<_, Error>(place(&stock, &stock.found(&Choice::default()), None, Some(&id)))
    });
    match found.await?.map_err(IntoResponse::into_response)? {
        Some(at) => Ok(Redirect::to(&in_grid(&Asked::default(), Side::Library, at)).into_response()),
        None => Err(shell::missing("the library does not show this photo now: it was deleted there, or it is hidden")),
    }
}

/// The place of a photo among those that were found.
fn place(stock: &Stock, found: &[usize], run: Option<(RunId, usize)>, asset: Option<&str>) -> Option<usize> {
    let is_it = |at: &usize| {
        let entry = stock.entry(*at);
        let is_of_run = |(run, number)| stock.run() == Some(run) && entry.number() == Some(number);
        run.is_some_and(is_of_run) || (asset.is_some() && entry.asset() == asset)
    };
    found.iter().position(is_it)
}

fn in_grid(asked: &Asked, side: Side, at: usize) -> String {
    format!("{}#photo-{at}", asked.within(side.address(), &[("from", &at.to_string())]))
}

/// A photo's neighbours in the grid from which it was opened.
pub struct Around {
    /// The one before.
    pub before: Option<String>,
    /// The one after.
    pub after: Option<String>,
    /// The grid, at its place.
    pub grid: String,
    /// Its place, from 1 on.
    pub number: u64,
    /// How many there are.
    pub total: u64,
}

/// Where a photo stands in a grid: the one of this number in its run, or this asset.
pub fn around(app: &Server, asked: &Asked, run: Option<(RunId, usize)>, asset: Option<&str>) -> Option<Around> {
    let side = asked.side()?;
    let stock = app.shelves.get(app, side).ok()?;
    let found = stock.found(&asked.choice());
    let at = place(&stock, &found, run, asset)?;
    let other = |at: usize| {
        let entry = stock.entry(*found.get(at)?);
        Some(asked.within(&address(&stock, entry), &[("in", side.as_str())]))
    };
    Some(Around {
        before: at.checked_sub(1).and_then(other),
        after: other(at + 1),
        grid: in_grid(asked, side, at),
        number: at as u64 + 1,
        total: found.len() as u64,
    })
}

/// A picture or movie of an asset.
pub async fn picture(State(app): State<App>, Path((id, which)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let Some(wanted) = Wanted::named(&which) else { return shell::missing("there is no such picture") };
    let found = blocking(move || {
        let asset = Picture::Asset(AssetId(id.into()));
        app.pictures.send(&app, &asset, wanted, None, None, &asked)
    });
    match found.await {
        Ok(found) => found.unwrap_or_else(|| pictures::nothing(wanted)),
        Err(response) => response,
    }
}
