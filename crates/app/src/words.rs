//! How things are said to people: safe for a terminal, counted, sized.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Direction, Report};
use photobridge_core::run::{Command, StartedBy};
use photobridge_core::wording;
use photobridge_media::capture::{CaptureTime, Known, Zone};

/// A text from outside, made safe for a line of a terminal: control characters and the marks that turn text around are
/// shown as what they are, so that a file name cannot move the cursor, hide its ending or pass for a line of ours.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) || c == '\n' {
            clean.extend(c.escape_unicode());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// The same for a text of several lines.
pub fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// JSON made safe for a terminal as [`clean`] does, but as JSON's own escapes: whoever parses it sees the same text.
pub fn clean_json(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) {
            // All of these have four digits at most, and stand only within strings.
            clean.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Control characters but for the ends of lines, and the marks that turn text around.
fn is_unsafe(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    (c.is_control() && c != '\n') || turns
}

/// Words with a capital first.
pub fn capital(words: &str) -> String {
    let mut rest = words.chars();
    let first = rest.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", rest.as_str())
}

/// An error's words as a sentence: a capital first, a full stop last.
pub fn sentence(words: &str) -> String {
    let words = wording::plain(words.trim());
    let end = if words.ends_with(['.', '!', '?', ':']) || words.is_empty() { "" } else { "." };
    format!("{}{end}", capital(&words))
}

/// An error's words for a terminal.
pub fn trouble(error: &impl std::fmt::Display) -> String {
    clean_lines(&wording::plain(&error.to_string()))
}

/// What a reason means on one way, as a sentence of the command line, with the reason by which `decide` knows it: a star stands
/// where a person may include the photo all the same.
pub fn explanation(way: Way, reason: Reason) -> String {
    let explanation = match reason {
        Reason::LeftOut => "you excluded it; `photobridge decide withdraw FILE` cancels that",
        reason => reason.explanation(way),
    };
    format!("{} ({reason}){}", capital(explanation), if reason.can_be_taken_in(way) { " *" } else { "" })
}

/// `1 photo`, `2 photos`.
pub fn count(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", thousands(n)) }
}

/// 12345 as `12,345`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How long ago an instant was, in words.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    match now.duration_since(then).as_secs() {
        ..60 => "just now".into(),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} ago", count(seconds.unsigned_abs() / 86_400, "day")),
    }
}

/// An instant in full, on this machine's clock and with the name of its zone.
pub fn moment(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// An instant on this machine's clock: today and yesterday by those words, this year without the year.
pub fn when(then: Timestamp, now: Timestamp) -> String {
    let (then, now) = (then.to_zoned(TimeZone::system()), now.to_zoned(TimeZone::system()));
    let clock = then.strftime("%H:%M");
    if then.date() == now.date() {
        format!("today, {clock}")
    } else if now.date().yesterday().is_ok_and(|yesterday| yesterday == then.date()) {
        format!("yesterday, {clock}")
    } else if then.year() == now.year() {
        then.strftime("%-d %b, %H:%M").to_string()
    } else {
        then.strftime("%-d %b %Y, %H:%M").to_string()
    }
}

/// When a photo was taken, and on which clock.
pub fn taken(time: &CaptureTime) -> String {
    let (Some(civil), Known::Moment) = (time.civil(), time.known) else { return time.to_string() };
    let zone = match time.zone {
        Zone::Unknown => "time zone not recorded".into(),
        Zone::Utc => "UTC; local time not recorded".into(),
        Zone::Offset(seconds) => {
            let (sign, minutes) = (if seconds < 0 { '−' } else { '+' }, seconds.unsigned_abs() / 60);
            format!("UTC{sign}{}:{:02}", minutes / 60, minutes % 60)
        }
    };
    format!("{} ({zone})", civil.strftime("%-d %b %Y, %H:%M:%S"))
}

/// Since which day on this machine's clock.
pub fn since(then: Timestamp, now: Timestamp) -> String {
    let (then, now) = (then.to_zoned(TimeZone::system()), now.to_zoned(TimeZone::system()));
    if then.date() == now.date() {
        "today".into()
    } else if then.year() == now.year() {
        then.strftime("since %-d %B").to_string()
    } else {
        then.strftime("since %-d %B %Y").to_string()
    }
}

/// An instant that is to come, on this machine's clock: today and tomorrow by those words, else with the day of the week.
pub fn soon(then: Timestamp, now: Timestamp) -> String {
    let (then, now) = (then.to_zoned(TimeZone::system()), now.to_zoned(TimeZone::system()));
    let clock = then.strftime("%H:%M");
    if then.date() == now.date() {
        format!("today, {clock}")
    } else if now.date().tomorrow().is_ok_and(|tomorrow| tomorrow == then.date()) {
        format!("tomorrow, {clock}")
    } else {
        then.strftime("%a %-d %b, %H:%M").to_string()
    }
}

/// How long something took.
pub fn duration(milliseconds: u64) -> String {
    match milliseconds / 1000 {
        0 => format!("{milliseconds} ms"),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// What a run came to, on one line.
pub fn came_to(report: &Report) -> String {
    let ways = [(Way::Import, &report.import), (Way::Export, &report.export)];
    let one =
        |(way, direction): (Way, &Option<Direction>)| Some(came_to_one_way(report.command, way, direction.as_ref()?));
    let stopped = report.stopped.as_ref().map(|why| format!("; stopped: {why}")).unwrap_or_default();
    format!("{}{stopped}", ways.into_iter().filter_map(one).collect::<Vec<_>>().join("; "))
}

/// What a run came to one way: `12 imported, 120 skipped, 1 failed`.
pub fn came_to_one_way(command: Command, way: Way, direction: &Direction) -> String {
    let verb = way.as_str();
    let carried = match command {
        Command::Simulate => format!("{} to {verb}", thousands(direction.planned)),
        Command::Sync => format!("{} {verb}ed", thousands(direction.applied)),
    };
    let failed = match direction.failed {
        0 => String::new(),
        failed => format!(", {} failed", thousands(failed)),
    };
    format!("{carried}, {} skipped{failed}", thousands(direction.skipped.values().sum()))
}

/// Who started a run.
pub fn started_by(by: &StartedBy) -> String {
    match by {
        StartedBy::CommandLine => "from the command line".into(),
        StartedBy::Page => "from the page".into(),
        StartedBy::Api => "by a program".into(),
        StartedBy::Schedule(name) => format!("by the schedule \u{201c}{name}\u{201d}"),
        StartedBy::Watch => "automatically, after new files".into(),
    }
}

/// Bytes as people read them, in powers of 1,000 as on the boxes of disks.
pub fn size(bytes: u64) -> String {
    wording::size(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_drive_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}gpj.exe"), "a\\u{1b}[2Jb\\u{202e}gpj.exe");
        assert_eq!(clean("Größe 大 é.jpg"), "Größe 大 é.jpg");
        assert_eq!(clean("a\nWRONG"), "a\\u{a}WRONG");
        assert_eq!(clean_lines("one\ntwo\u{7}"), "one\ntwo\\u{7}");
    }

    #[test]
    fn json_stays_the_same_text() {
        let name = "a\u{7f}\u{9b}b\u{202e}gpj.exe";
        let clean = clean_json(&serde_json::to_string(name).expect("JSON"));
        assert_eq!(clean, "\"a\\u007f\\u009bb\\u202egpj.exe\"");
        assert_eq!(serde_json::from_str::<String>(&clean).expect("JSON"), name);
    }

    #[test]
    fn durations_read_well() {
        for (milliseconds, words) in
            [(999, "999 ms"), (59_999, "59 s"), (61_000, "1 min 1 s"), (7_260_000, "2 h 1 min")]
        {
            assert_eq!(duration(milliseconds), words);
        }
    }

    #[test]
    fn a_capture_time_says_on_which_clock() {
        let said = |text: &str| taken(&text.parse().expect("a time"));
        assert_eq!(said("2024-01-31T23:59:59.5+05:30"), "31 Jan 2024, 23:59:59 (UTC+5:30)");
        assert_eq!(said("2024-01-31T23:59:59-03:00"), "31 Jan 2024, 23:59:59 (UTC−3:00)");
        assert_eq!(said("2024-01-31T23:59:59"), "31 Jan 2024, 23:59:59 (time zone not recorded)");
        assert_eq!(said("2024-01-31T23:59:59Z"), "31 Jan 2024, 23:59:59 (UTC; local time not recorded)");
        assert_eq!(said("1960-05"), "1960-05");
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(count(1, "photo"), "1 photo");
        assert_eq!(count(0, "photo"), "0 photos");
        assert_eq!(count(1_234_567, "file"), "1,234,567 files");
    }
}
