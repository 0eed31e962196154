//! Brings a form together with settings that others may have changed since it was made.
//!
//! What a person changed and nobody else did is a change; what only others changed stays as they made it; of what both changed
//! one is asked, and until then it stays as the others made it. Folders are known by their paths. Pure.

use std::collections::BTreeSet;

use super::fields::{Fields, LIST, Row, of_row, row_of};
use crate::settings::check::Remark;

/// A form and the settings as they are now, as one.
pub struct Merged {
    /// What both say, with what is typed here where both changed the same.
    pub fields: Fields,
    /// What both say, with what was made of it elsewhere where both changed the same.
    pub agreed: Fields,
    /// What the settings say now, with the rows of the form.
    pub now: Fields,
    /// Where two changed the same.
    pub clashes: Vec<Remark>,
}

/// Brings together what a form was made from, what it says, and what the settings say now.
pub fn merge(from: &Fields, typed: &Fields, now: &Fields) -> Merged {
    let now = numbered(now, from, typed);
    let (fields, contested) = (typed.clone(), Vec::new());
    let mut merge = Merge { from, typed, now: &now, fields, contested, clashes: Vec::new() };
    merge.settings();
    merge.rows();
    let agreed = merge.agreed();
    let Merge { fields, clashes, .. } = merge;
    Merged { fields, agreed, now, clashes }
}

/// The folders as they are now, by the numbers that the form has for them: those that it was made from, and those that were
/// added in both places.
fn numbered(now: &Fields, from: &Fields, typed: &Fields) -> Fields {
    let mut free = from.free_row().max(typed.free_row());
    let mut numbers = Vec::new();
    for row in now.rows() {
        let path = now.get(&of_row(row, "path")).unwrap_or_default();
        let known = from.row_at(path).or_else(|| typed.row_at(path).filter(|row| !from.rows().contains(row)));
        let number = known.filter(|known| numbers.iter().all(|(_, number)| number != known)).unwrap_or_else(|| {
            free += 1;
            free - 1
        });
        numbers.push((row, number));
    }
    now.renumbered(|row| numbers.iter().find(|(known, _)| *known == row).map_or(row, |(_, number)| *number))
}

struct Merge<'a> {
    from: &'a Fields,
    typed: &'a Fields,
    now: &'a Fields,
    fields: Fields,
    contested: Vec<Contested>,
    clashes: Vec<Remark>,
}

/// What both changed, and not to the same.
enum Contested {
    /// One setting, by its fields.
    Setting(Vec<String>),
    /// A folder that is in the list no longer, and was changed here.
    Gone(Row),
    /// The order of the folders.
    Order,
}

impl Merge<'_> {
    /// What is typed here, as far as nobody else changed the same.
    fn agreed(&self) -> Fields {
        let mut agreed = self.fields.clone();
        for contested in &self.contested {
            match contested {
                Contested::Setting(names) => names.iter().for_each(|name| put(&mut agreed, name, self.now.get(name))),
                Contested::Gone(row) => agreed.remove_row(*row),
                Contested::Order => order(&mut agreed, &self.now.rows()),
            }
        }
        agreed
    }

    /// Everything but the list of folders.
    fn settings(&mut self) {
        let names: BTreeSet<&str> =
            self.now.names().chain(self.typed.names()).filter(|name| row_of(name).is_none()).collect();
        let (library, others): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| name.starts_with("library."));
        // It has several fields and is one setting.
        self.settle("library", &library);
        for name in others {
            self.settle(name, &[name]);
        }
    }

    /// Settles one setting, whose fields these are.
    fn settle(&mut self, setting: &str, names: &[&str]) {
        let (from, typed, now) = (self.from, self.typed, self.now);
        let all = |say: &dyn Fn(&str) -> Option<String>| names.iter().map(|name| say(name)).collect::<Vec<_>>();
        let was = all(&|name| from.get(name).map(str::to_owned));
        let mine = all(&|name| typed.get(name).or(from.get(name)).map(str::to_owned));
        let theirs = all(&|name| now.get(name).map(str::to_owned));
        let is_shown = names.iter().any(|name| typed.get(name).is_some());
        if !is_shown || mine == was {
            names.iter().zip(&theirs).for_each(|(name, value)| put(&mut self.fields, name, value.as_deref()));
        } else if theirs != was && theirs != mine {
            self.contested.push(Contested::Setting(names.iter().map(|name| (*name).to_owned()).collect()));
            self.clash(setting, &format!("{} Save again to use yours instead", self.told(setting)));
        }
    }

    /// What a setting says now, in words.
    fn told(&self, setting: &str) -> String {
        let name = match setting {
            "library" => match self.now.get("library.kind") {
                Some("bundle") => "library.bundle",
                Some("own") => "library.own",
                _ => "library.kind",
            },
            setting => setting,
        };
        match self.now.get(name).unwrap_or_default() {
            "" => "this was emptied elsewhere in the meantime.".into(),
            "yes" => "this was turned on elsewhere in the meantime.".into(),
            "no" => "this was turned off elsewhere in the meantime.".into(),
            value => {
                format!("this was changed to \u{201c}{}\u{201d} elsewhere in the meantime.", value.replace('\n', ", "))
            }
        }
    }

    fn clash(&mut self, field: impl Into<String>, words: &str) {
        self.clashes.push(Remark { field: field.into(), words: words.into() });
    }

    fn rows(&mut self) {
        let (was, mine, theirs) = (self.from.rows(), self.typed.rows(), self.now.rows());
        let shows_all = self.typed.get(LIST).is_some();
        for row in was.iter().chain(&mine).chain(&theirs).copied().collect::<BTreeSet<Row>>() {
            let is_mine = mine.contains(&row) || (!shows_all && was.contains(&row));
            match (was.contains(&row), is_mine, theirs.contains(&row)) {
                (_, true, true) => self.row(row),
                (true, false, true) => self.taken_out_here(row),
                (true, true, false) => self.taken_out_elsewhere(row),
                (false, false, true) => self.put_row(row),
                (_, _, false) => {}
            }
        }
        self.order(&was, &mine, &theirs);
    }

    /// A folder that stays.
    fn row(&mut self, row: Row) {
        let keys: BTreeSet<&str> = self.now.of_row(row).chain(self.typed.of_row(row)).map(|(key, _)| key).collect();
        for key in keys {
            let name = of_row(row, key);
            self.settle(&name, &[&name]);
        }
    }

    /// A folder that is taken out of the list here.
    fn taken_out_here(&mut self, row: Row) {
        let is_as_it_was = self.now.of_row(row).all(|(key, value)| self.from.get(&of_row(row, key)) == Some(value));
        if !is_as_it_was {
            self.put_row(row);
            let words = "this folder was changed elsewhere in the meantime, so it is still in the list. Remove it again to take it out";
            self.clash(of_row(row, "path"), words);
        }
    }

    /// A folder that somebody else has taken out of the list.
    fn taken_out_elsewhere(&mut self, row: Row) {
        let is_as_it_was = self.typed.of_row(row).all(|(key, value)| self.from.get(&of_row(row, key)) == Some(value));
        if is_as_it_was {
            self.fields.remove_row(row);
        } else {
            self.contested.push(Contested::Gone(row));
            let words = "this folder was removed from the list elsewhere in the meantime. Save again to put it back, or remove it here, too";
            self.clash(of_row(row, "path"), words);
        }
    }

    fn put_row(&mut self, row: Row) {
        for (key, value) in self.now.of_row(row) {
            self.fields.put(&of_row(row, key), value);
        }
    }

    /// The order of those that whoever changed it wants; what the other one added comes last.
    fn order(&mut self, was: &[Row], mine: &[Row], theirs: &[Row]) {
        let common = |rows: &[Row]| -> Vec<Row> {
            let is_everywhere = |row: &&Row| was.contains(row) && mine.contains(row) && theirs.contains(row);
            rows.iter().filter(is_everywhere).copied().collect()
        };
        let (before, here, elsewhere) = (common(was), common(mine), common(theirs));
        if here != before && elsewhere != before && here != elsewhere {
            self.contested.push(Contested::Order);
            let words = "the folders were reordered elsewhere in the meantime. Save again to use your order";
            self.clash(LIST, words);
        }
        let are_as_they_were = theirs.iter().eq(was.iter().filter(|row| theirs.contains(row)));
        let mut first = if are_as_they_were || here != before { mine } else { theirs }.to_vec();
        // One that stays in the list although it was taken out here has its place there.
        for (at, row) in theirs.iter().enumerate().filter(|(_, row)| was.contains(row) && !mine.contains(row)) {
            let before = theirs[..at].iter().rev().find_map(|known| first.iter().position(|row| row == known));
            if !first.contains(row) {
                first.insert(before.map_or(0, |before| before + 1), *row);
            }
        }
        order(&mut self.fields, &first);
    }
}

/// Puts rows into this order; those that it does not name come last.
fn order(fields: &mut Fields, first: &[Row]) {
    let mut order = first.to_vec();
    order.extend(fields.rows().into_iter().filter(|row| !first.contains(row)));
    fields.order_rows(&order);
}

/// Makes a field say this, or nothing.
fn put(fields: &mut Fields, name: &str, value: Option<&str>) {
    match value {
        Some(value) => fields.put(name, value),
        None => drop(fields.remove(name)),
    }
}
