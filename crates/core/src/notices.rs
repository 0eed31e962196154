//! What people should know besides the verdicts. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::folder::settle::changed_within;
use crate::item::{Item, Trouble};
use crate::plan::Plan;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Placeholders that have been one for more than a day will not become files by waiting: what to do about it.
pub fn long_waits(items: &[Item], now: Timestamp) -> Option<String> {
    let waits_long =
        |item: &&Item| item.trouble == Some(Trouble::OnlineOnly) && !changed_within(&item.primary().stamp, now, DAY);
    let mut waiting = items.iter().filter(waits_long);
    let first = waiting.next()?;
    Some(format!(
        "{} photos (one is {first}) have been online only for more than a day. In the sync client, choose to keep the \
         folder on this computer (Nextcloud calls it \u{201c}Make always available locally\u{201d}); then they are taken",
        waiting.count() + 1
    ))
}

/// Conflict copies that the plan carries: two devices changed one photo, and both versions go in.
pub fn conflict_copies(items: &[Item], plan: &Plan) -> Option<String> {
    let mut copies = plan.imports().map(|verdict| &items[verdict.item as usize]).filter(|item| item.conflict_copy);
    let first = copies.next()?;
    Some(format!(
        "{} of these photos (one is {first}) are conflict copies: two devices changed one file, and the sync client \
         kept both. Both are carried; look which one you want to keep",
        copies.count() + 1
    ))
}
