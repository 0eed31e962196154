//! Sets and removes keys of the settings file without losing a comment around them.

use toml_edit::{Array, Decor, Item, RawString, Table, TableLike, Value};

/// Sets a key, or takes it away. The comments around it stay.
pub fn put(table: &mut dyn TableLike, key: &str, new: Option<Value>) {
    match (table.get_mut(key).and_then(Item::as_value_mut), new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => put_list(old, &new),
        (Some(old), Some(new)) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        (None, Some(new)) => {
            table.insert(key, Item::Value(new));
        }
        (_, None) => take_away(table, key),
    }
}

/// Makes a list say the same as another. What stays in it keeps the comments around it; comments of what goes stay, too.
fn put_list(list: &mut Array, wanted: &Array) {
    let (mut old, end) = entries(list);
    let indent = old.first().map(|first| indent(&first.above)).unwrap_or_default();
    let say = |value: &Value| value.as_str().map(str::to_owned);
    let entry = |value: &Value| {
        let known = old.iter().position(|known| say(&known.value) == say(value));
        known.map(|at| old.remove(at)).unwrap_or_else(|| Entry {
            above: indent.clone(),
            value: value.clone().decorated("", ""),
            beside: String::new(),
        })
    };
    let new: Vec<Entry> = wanted.iter().map(entry).collect();
    let lost = old.iter().flat_map(|gone| lines_in(&gone.above).chain(lines_in(&gone.beside)));
    let lost: String =
        lost.map(|comment| format!("{}{comment}", if indent.is_empty() { "\n" } else { &indent })).collect();
    list.clear();
    let mut beside = String::new();
    for (at, Entry { above, mut value, beside: next }) in new.into_iter().enumerate() {
        let above = if at > 0 && above.is_empty() { " ".to_owned() } else { above };
        value.decor_mut().set_prefix(on_its_line(beside, &above));
        list.push_formatted(value);
        beside = next;
    }
    list.set_trailing(on_its_line(beside + &lost, &end));
}

/// What follows a comment, on a line of its own.
fn on_its_line(before: String, after: &str) -> String {
    let gap = if before.contains('#') && !after.starts_with('\n') { "\n" } else { "" };
    before + gap + after
}

/// The entries of a list, and what stands before its end.
fn entries(list: &Array) -> (Vec<Entry>, String) {
    let raw = |raw: Option<&RawString>| raw.and_then(RawString::as_str).unwrap_or_default().replace("\r\n", "\n");
    let mut entries: Vec<Entry> = Vec::new();
    let belongs = |before: &str, entries: &mut Vec<Entry>| -> String {
        let at = before.find('\n').filter(|at| before[..*at].contains('#'));
        let (beside, above) = before.split_at(at.unwrap_or(0));
        match entries.last_mut() {
            Some(last) => beside.clone_into(&mut last.beside),
            None => return before.to_owned(),
        }
        above.to_owned()
    };
    for value in list {
        let above = belongs(&raw(value.decor().prefix()), &mut entries);
        let mut value = value.clone();
        value.decor_mut().set_prefix("");
        entries.push(Entry { above, value, beside: String::new() });
    }
    let end = belongs(&raw(Some(list.trailing())), &mut entries);
    (entries, end)
}

/// The line break and the spaces before an entry that has a line of its own.
fn indent(above: &str) -> String {
    above.rfind('\n').map_or_else(String::new, |at| above[at..].to_owned())
}

/// An entry of a list with what stands above it, and with the comment that follows it on its line. A comment comes after the
/// comma, so the parser gives it to what follows.
struct Entry {
    above: String,
    value: Value,
    beside: String,
}

/// Takes a key away. The comments around it stay where it stood.
fn take_away(table: &mut dyn TableLike, key: &str) {
    let Some(item) = table.get(key) else { return };
    let comments = comments_around(table, key, item);
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let at = keys.iter().position(|known| known == key).unwrap_or(0);
    table.remove(key);
    if comments.is_empty() {
        return;
    }
    if let Some(before) = at.checked_sub(1).and_then(|at| table.get_mut(&keys[at])).and_then(Item::as_value_mut) {
        let decor = before.decor_mut();
        let suffix = decor.suffix().and_then(RawString::as_str).unwrap_or_default().to_owned();
        decor.set_suffix(format!("{suffix}\n{}", comments.join("\n")));
    } else if let Some(mut after) = keys.get(at + 1).and_then(|after| table.key_mut(after)) {
        let decor = after.leaf_decor_mut();
        let prefix = decor.prefix().and_then(RawString::as_str).unwrap_or_default().to_owned();
        decor.set_prefix(format!("{}\n{prefix}", comments.join("\n")));
    }
}

/// The comments above a table and in it, each on its line.
pub fn comments_of(table: &Table) -> String {
    let above = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
    let above = if above.contains('#') { above.to_owned() } else { String::new() };
    let beside = comments_in(table.decor().suffix());
    let inside = table.iter().flat_map(|(key, item)| comments_around(table, key, item)).collect::<Vec<_>>();
    beside.into_iter().chain(inside).fold(above, |all, comment| all + &comment + "\n")
}

/// The comments above a key, beside it, and in its list.
fn comments_around(table: &dyn TableLike, key: &str, item: &Item) -> Vec<String> {
    let mut found = comments_in(table.key(key).and_then(|key| key.leaf_decor().prefix()));
    let Some(value) = item.as_value() else { return found };
    if let Value::Array(list) = value {
        found.extend(list.iter().flat_map(|value| comments_beside(value.decor())));
        found.extend(comments_in(Some(list.trailing())));
    }
    found.extend(comments_beside(value.decor()));
    found
}

fn comments_beside(decor: &Decor) -> Vec<String> {
    [decor.prefix(), decor.suffix()].into_iter().flat_map(comments_in).collect()
}

/// The comments in what stands between the parts of a file.
fn comments_in(raw: Option<&RawString>) -> Vec<String> {
    lines_in(raw.and_then(RawString::as_str).unwrap_or_default()).collect()
}

fn lines_in(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| Some(line[line.find('#')?..].to_owned()))
}
