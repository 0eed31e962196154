//! The verdicts of a run, to look at: pictures in groups by verdict and reason, each with its why.

use std::io;

use askama::Template;
use photobridge_core::kept::{Filter, Group, Groups, Section, Tally, Verdicts};
use photobridge_core::reason::Way;
use photobridge_core::report::{Ruling, VerdictLine};
use photobridge_core::run::RunId;
use serde::Deserialize;

use super::rows::{Row, rows};
use super::{Server, decide, filters};
use crate::words;

/// Photos on one page.
pub const PAGE: usize = 60;

/// Photos of each group where all groups are shown.
const GLANCE: usize = 12;

/// What is asked to be shown; what makes no sense shows everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    way: String,
    ruling: String,
    reason: String,
    text: String,
    page: String,
}

impl Asked {
    /// What is asked for where a group is.
    pub fn of(group: Group) -> Self {
        Self {
            way: group.way.as_str().into(),
            ruling: group.ruling.as_str().into(),
            reason: group.reason.map_or_else(String::new, |reason| reason.as_str().into()),
            ..Self::default()
        }
    }

    /// The same on another page.
    pub fn on_page(&self, page: usize) -> Self {
        Self { page: page.to_string(), ..self.clone() }
    }

    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.filter() == Filter::default()
    }

    /// An address with what is asked for.
    pub fn within(&self, address: &str) -> String {
        let Self { way, ruling, reason, text, .. } = self;
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in [("way", way), ("ruling", ruling), ("reason", reason), ("text", text)] {
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        if self.page() > 1 {
            query.append_pair("page", &self.page().to_string());
        }
        match query.finish() {
            query if query.is_empty() => address.to_owned(),
            query => format!("{address}?{query}"),
        }
    }

    /// What a run is looked through for.
    pub fn filter(&self) -> Filter {
        let way = [Way::Import, Way::Export].into_iter().find(|way| way.as_str() == self.way);
        let rulings = [Ruling::Planned, Ruling::Applied, Ruling::Skipped, Ruling::Failed];
        Filter {
            way,
            ruling: rulings.into_iter().find(|ruling| ruling.as_str() == self.ruling),
            reason: self.reason.parse().ok(),
            text: self.text.trim().chars().take(200).collect(),
        }
    }

    fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).clamp(1, 1_000_000)
    }
}

/// A group of verdicts with some of its photos.
struct Shown {
    group: Group,
    photos: u64,
    bytes: u64,
    rows: Vec<Row>,
    /// How many of them go as a person took them in.
    taken_in: u64,
}

impl Shown {
    fn heading(&self) -> String {
        heading(self.group)
    }

    fn means(&self) -> &'static str {
        self.group.reason.map_or("", |reason| reason.explanation(self.group.way))
    }

    /// Whether there are more than are shown.
    fn has_more(&self) -> bool {
        self.photos > self.rows.len() as u64
    }

    fn is_tiled(&self) -> bool {
        self.group.section() == Section::Carried
    }

    /// The reason for which all of it stay and that a person may overrule, if they are several.
    fn taken_in_together(&self) -> Option<&'static str> {
        let reason = self.group.reason.filter(|reason| reason.can_be_taken_in(self.group.way) && self.photos > 1)?;
        (self.group.ruling == Ruling::Skipped).then(|| reason.as_str())
    }

    /// What it is called to overrule the reason.
    fn anyway(&self) -> &'static str {
        anyway(self.group.way)
    }

    /// Whether photos of it can be left out before they go.
    fn can_be_left_out(&self) -> bool {
        self.group.ruling == Ruling::Planned
    }
}

/// A way to one group.
struct Chip {
    name: String,
    photos: u64,
    address: String,
    is_current: bool,
}

/// The verdicts of a run as a page shows them; a part of a page.
#[derive(Template)]
#[template(path = "groups.html")]
pub struct Look {
    run: RunId,
    token: String,
    /// Where its pages are.
    base: String,
    chips: Vec<Chip>,
    /// How much each group holds of what was looked for.
    tallies: Groups,
    groups: Vec<Shown>,
    /// What was looked for.
    text: String,
    /// Lines of the kept file that could not be read.
    damaged: u64,
    asked: Asked,
    total: u64,
    is_all: bool,
    pages: usize,
}

impl Look {
    /// Looks at a kept run. `base` is the address of its pages, `token` goes into its forms.
    pub fn at(app: &Server, run: RunId, base: &str, asked: &Asked, token: &str) -> io::Result<Self> {
        let verdicts = app.recent.verdicts(run)?;
        let filter = asked.filter();
        let is_all = filter == Filter::default();
        let tallies = match filter.text.is_empty() {
            true => verdicts.groups().clone(),
            false => verdicts.groups_with(&filter.text),
        };
        let mut look = Self {
            run,
            token: token.to_owned(),
            base: base.to_owned(),
            chips: chips(&tallies, base, &filter),
            tallies,
            groups: Vec::new(),
            text: filter.text.clone(),
            damaged: verdicts.damaged(),
            asked: asked.clone(),
            total: 0,
            is_all,
            pages: 1,
        };
        match is_all {
            true => look.glance(app, &verdicts)?,
            false => look.leaf(app, &verdicts, &filter)?,
        }
        for shown in look.groups.iter_mut().filter(|shown| shown.group.ruling == Ruling::Planned) {
            shown.taken_in = decide::taken_in(app, &verdicts, shown.group.way).len() as u64;
        }
        Ok(look)
    }

    /// The first few of every group; old news is only counted.
    fn glance(&mut self, app: &Server, verdicts: &Verdicts) -> io::Result<()> {
        let mut lines = Vec::new();
        for Tally { group, .. } in verdicts.groups() {
            let Group { way, ruling, reason } = *group;
            let filter = Filter { way: Some(way), ruling: Some(ruling), reason, ..Filter::default() };
            match group.section() {
                Section::OldNews => {}
                Section::Failed => lines.extend(verdicts.page(&filter, 0, PAGE)?.rows),
                _ => lines.extend(verdicts.page(&filter, 0, GLANCE)?.rows),
            }
        }
        self.group(app, lines);
        Ok(())
    }

    /// One page of what the filter lets through.
    fn leaf(&mut self, app: &Server, verdicts: &Verdicts, filter: &Filter) -> io::Result<()> {
        let found = verdicts.page(filter, (self.asked.page() - 1) * PAGE, PAGE)?;
        (self.total, self.pages) = (found.total as u64, found.total.div_ceil(PAGE).max(1));
        self.group(app, found.rows);
        self.groups.retain(|shown| !shown.rows.is_empty());
        Ok(())
    }

    /// Puts lines into their groups, in the order in which people read those.
    fn group(&mut self, app: &Server, lines: Vec<(usize, VerdictLine)>) {
        let groups: Vec<Group> = lines.iter().map(|(_, line)| Group::of(line)).collect();
        let shown = |tally: &Tally| Shown {
            group: tally.group,
            photos: tally.photos,
            bytes: tally.bytes,
            rows: vec![],
            taken_in: 0,
        };
        self.groups = self.tallies.iter().map(shown).collect();
        for (group, row) in groups.into_iter().zip(rows(app, lines)) {
            if let Some(shown) = self.groups.iter_mut().find(|shown| shown.group == group) {
                shown.rows.push(row);
            }
        }
    }

    /// The address of a page of what is shown.
    fn turned(&self, page: usize) -> String {
        self.asked.on_page(page).within(&self.base)
    }

    fn before(&self) -> Option<String> {
        let page = self.asked.page();
        (page > 1).then(|| self.turned(page - 1))
    }

    fn after(&self) -> Option<String> {
        let page = self.asked.page();
        (page < self.pages).then(|| self.turned(page + 1))
    }

    /// Where one is, to come back to.
    fn here(&self) -> String {
        if self.is_all { self.base.clone() } else { self.turned(self.asked.page()) }
    }

    /// Where it is asked whether all of a group are to go although there is a reason against it.
    fn of_all_anyway(&self, shown: &Shown) -> Option<String> {
        let reason = shown.taken_in_together()?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("way", shown.group.way.as_str()).append_pair("reason", reason);
        query.append_pair("text", &self.text).append_pair("back", &self.here());
        Some(format!("/runs/{}/anyway?{}", self.run, query.finish()))
    }

    fn of_group(&self, group: &Group) -> String {
        address(&self.base, *group, &self.text)
    }

    /// Where a photo of a group is looked at alone.
    fn of_photo(&self, group: &Group, number: &usize) -> String {
        address(&address_of(self.run, *number), *group, &self.text)
    }
}

/// What it is called to overrule a reason.
pub fn anyway(way: Way) -> &'static str {
    match way {
        Way::Import => "Import anyway",
        Way::Export => "Export anyway",
    }
}

/// Where a photo of a run is looked at alone.
pub fn address_of(run: RunId, number: usize) -> String {
    format!("/runs/{run}/items/{number}")
}

fn address(base: &str, group: Group, text: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("way", group.way.as_str()).append_pair("ruling", group.ruling.as_str());
    if let Some(reason) = group.reason {
        query.append_pair("reason", reason.as_str());
    }
    if !text.is_empty() {
        query.append_pair("text", text);
    }
    format!("{base}?{}", query.finish())
}

fn chips(tallies: &Groups, base: &str, filter: &Filter) -> Vec<Chip> {
    let both = [Way::Import, Way::Export].map(|way| tallies.iter().any(|tally| tally.group.way == way));
    let side = |way| match (both, way) {
        ([true, true], Way::Import) => " · folder",
        ([true, true], Way::Export) => " · library",
        _ => "",
    };
    let all = tallies.iter().map(|tally| tally.photos).sum();
    let is_all = (filter.way, filter.ruling, filter.reason) == (None, None, None);
    let mut query = form_urlencoded::Serializer::new(String::new());
    let everything = match filter.text.as_str() {
        "" => base.to_owned(),
        text => format!("{base}?{}", query.append_pair("text", text).finish()),
    };
    let mut chips = vec![Chip { name: "All".into(), photos: all, address: everything, is_current: is_all }];
    for Tally { group, photos, .. } in tallies {
        let name = match (group.ruling, group.reason) {
            (Ruling::Skipped, Some(reason)) => format!("{}{}", words::capital(reason.as_str()), side(group.way)),
            _ => heading_short(*group).to_owned(),
        };
        let is_current =
            (filter.way, filter.ruling, filter.reason) == (Some(group.way), Some(group.ruling), group.reason);
        chips.push(Chip { name, photos: *photos, address: address(base, *group, &filter.text), is_current });
    }
    chips
}

fn heading_short(group: Group) -> &'static str {
    match (group.ruling, group.way) {
        (Ruling::Planned, Way::Import) => "Import",
        (Ruling::Planned, Way::Export) => "Export",
        (Ruling::Applied, Way::Import) => "Imported",
        (Ruling::Applied, Way::Export) => "Exported",
        (Ruling::Failed, _) => "Failed",
        (Ruling::Skipped, _) => "Left",
    }
}

/// What a group is called.
pub fn heading(group: Group) -> String {
    match (group.ruling, group.way, group.reason) {
        (Ruling::Planned, Way::Import, _) => "Import into the library".into(),
        (Ruling::Planned, Way::Export, _) => "Export into the folder".into(),
        (Ruling::Applied, Way::Import, _) => "Imported into the library".into(),
        (Ruling::Applied, Way::Export, _) => "Exported into the folder".into(),
        (Ruling::Failed, Way::Import, _) => "Could not be imported".into(),
        (Ruling::Failed, Way::Export, _) => "Could not be exported".into(),
        (Ruling::Skipped, way, Some(reason)) => {
            let side = if way == Way::Import { "folder" } else { "library" };
            match reason.as_str().strip_prefix("waiting: ") {
                Some(what) => format!("Waiting in the {side}: {what}"),
                None => format!("Stays in the {side}: {reason}"),
            }
        }
        (Ruling::Skipped, ..) => "Left where it is".into(),
    }
}
