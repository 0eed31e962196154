use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a known zone")
}

/// An instant that this clock shows, `2026-03-29T01:30+01:00[Europe/Berlin]`.
fn at(text: &str) -> Timestamp {
    text.parse::<jiff::Zoned>().map(|zoned| zoned.timestamp()).or_else(|_| text.parse()).expect("an instant")
}

/// The next times, as the clock of that zone shows them with its offset.
fn next(when: &When, after: &str, zone: &TimeZone) -> Vec<String> {
    let shown = |it: Timestamp| it.to_zoned(zone.clone()).strftime("%m-%d %H:%M%:z").to_string();
    when.upcoming(at(after), zone).into_iter().map(shown).collect()
}

#[test]
fn every_counts_from_the_last_time() {
    let when = When::every(30).expect("valid");
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        next(&when, "2026-11-25T10:07:00Z", &berlin),
        ["11-25 11:37+01:00", "11-25 12:07+01:00", "11-25 12:37+01:00", "11-25 13:07+01:00", "11-25 13:37+01:00"]
    );
    let last = at("2026-11-25T10:07:00Z");
    assert_eq!(when.due(last, at("2026-11-25T10:36:59Z"), &berlin), None);
    assert_eq!(when.due(last, at("2026-11-25T10:37:00Z"), &berlin), Some(at("2026-11-25T10:37:00Z")));
    // Asleep over five of them: one, and the next is counted from it.
    let woke = at("2026-11-25T12:40:11Z");
    assert_eq!(when.due(last, woke, &berlin), Some(at("2026-11-25T12:37:00Z")));
    assert_eq!(when.next(at("2026-11-25T12:37:00Z"), &berlin), Some(at("2026-11-25T13:07:00Z")));
}

#[test]
fn daily_comes_at_its_time_on_the_clock_all_year() {
    let when = When::daily("07:30").expect("valid");
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        next(&when, "2026-03-27T12:00+01:00[Europe/Berlin]", &berlin),
        ["03-28 07:30+01:00", "03-29 07:30+02:00", "03-30 07:30+02:00", "03-31 07:30+02:00", "04-01 07:30+02:00"]
    );
    // Exactly at it, the next is tomorrow's.
    let due = at("2026-06-01T07:30+02:00[Europe/Berlin]");
    assert_eq!(when.next(due, &berlin), Some(at("2026-06-02T07:30+02:00[Europe/Berlin]")));
}

#[test]
fn a_time_that_the_night_leaves_out_comes_once_right_after_the_gap() {
    let berlin = zone("Europe/Berlin");
    for when in
        [When::daily("02:30"), When::cron("30 2 * * *"), When::cron("*/10 2 * * *"), When::cron("15,45 2 * * *")]
    {
        let when = when.expect("valid");
        let before = at("2026-03-29T01:59+01:00[Europe/Berlin]");
        let gap_ends = at("2026-03-29T03:00+02:00[Europe/Berlin]");
        assert_eq!(when.next(before, &berlin), Some(gap_ends), "{when}");
        let afterwards = when.next(gap_ends, &berlin).expect("it goes on").to_zoned(berlin.clone());
        assert_eq!((afterwards.day(), afterwards.hour()), (30, 2), "{when}");
        assert_eq!(when.due(before, at("2026-03-29T09:00+02:00[Europe/Berlin]"), &berlin), Some(gap_ends), "{when}");
    }
}

#[test]
fn a_time_that_the_night_has_twice_comes_once() {
    let berlin = zone("Europe/Berlin");
    for when in [When::daily("02:30"), When::cron("30 2 * * *"), When::cron("30 */2 * * *")] {
        let when = when.expect("valid");
        let first = at("2026-10-25T02:30+02:00[Europe/Berlin]");
        let second = at("2026-10-25T02:30+01:00[Europe/Berlin]");
        assert_eq!(when.next(at("2026-10-25T01:00+02:00[Europe/Berlin]"), &berlin), Some(first), "{when}");
        let then = when.next(first, &berlin).expect("it goes on");
        assert!(then > second, "{when}: {then}");
        // Also for whoever asks in the second half, before and after it.
        for asked in [at("2026-10-25T02:10+01:00[Europe/Berlin]"), second] {
            assert_eq!(when.next(asked, &berlin), Some(then), "{when}");
            assert_eq!(when.due(first, asked, &berlin), None, "{when}");
        }
    }
}

#[test]
fn several_times_in_the_hour_that_comes_twice_are_one_when_missed() {
    let berlin = zone("Europe/Berlin");
    let when = When::cron("0,30 2 * * *").expect("valid");
    let last = at("2026-10-24T12:00+02:00[Europe/Berlin]");
    let woke = at("2026-10-25T02:10+01:00[Europe/Berlin]");
    let due = when.due(last, woke, &berlin).expect("two were missed");
    assert_eq!(due, at("2026-10-25T02:30+02:00[Europe/Berlin]"));
    assert_eq!(when.due(due, woke, &berlin), None);
}

#[test]
fn every_hour_goes_by_the_time_that_passes() {
    let berlin = zone("Europe/Berlin");
    let hourly = When::cron("30 * * * *").expect("valid");
    assert_eq!(
        next(&hourly, "2026-10-25T01:45+02:00[Europe/Berlin]", &berlin),
        ["10-25 02:30+02:00", "10-25 02:30+01:00", "10-25 03:30+01:00", "10-25 04:30+01:00", "10-25 05:30+01:00"]
    );
    assert_eq!(
        next(&hourly, "2026-03-29T00:45+01:00[Europe/Berlin]", &berlin),
        ["03-29 01:30+01:00", "03-29 03:30+02:00", "03-29 04:30+02:00", "03-29 05:30+02:00", "03-29 06:30+02:00"]
    );
    let last = at("2026-10-25T00:30+02:00[Europe/Berlin]");
    let woke = at("2026-10-25T02:40+01:00[Europe/Berlin]");
    assert_eq!(hourly.due(last, woke, &berlin), Some(at("2026-10-25T02:30+01:00[Europe/Berlin]")));
}

#[test]
fn months_end_where_they_end() {
    let utc = TimeZone::UTC;
    let last = When::cron("0 12 31 * *").expect("valid");
    assert_eq!(
        next(&last, "2026-01-01T00:00:00Z", &utc),
        ["01-31 12:00+00:00", "03-31 12:00+00:00", "05-31 12:00+00:00", "07-31 12:00+00:00", "08-31 12:00+00:00"]
    );
    let leap = When::cron("0 0 29 2 *").expect("valid");
    assert_eq!(leap.next(at("2026-01-01T00:00:00Z"), &utc), Some(at("2028-02-29T00:00:00Z")));
    let year = When::daily("23:59").expect("valid");
    assert_eq!(next(&year, "2026-12-31T23:59:00Z", &utc)[0], "01-01 23:59+00:00");
    let weekdays = When::cron("0 7 * * 1-5").expect("valid");
    assert_eq!(next(&weekdays, "2026-11-27T08:00:00Z", &utc)[0], "11-30 07:00+00:00", "a Friday, then Monday");
}

#[test]
fn a_day_that_a_zone_leaves_out_comes_where_the_next_begins() {
    let apia = zone("Pacific/Apia");
    let when = When::daily("07:30").expect("valid");
    let last = at("2011-12-29T07:30-10:00[Pacific/Apia]");
    let next = when.next(last, &apia).expect("it goes on");
    assert_eq!(next, at("2011-12-31T00:00+14:00[Pacific/Apia]"));
    assert_eq!(when.next(next, &apia), Some(at("2011-12-31T07:30+14:00[Pacific/Apia]")));
}

#[test]
fn times_missed_while_nobody_ran_are_one() {
    let berlin = zone("Europe/Berlin");
    let now = at("2026-11-25T10:00:30+01:00[Europe/Berlin]");
    for (when, due) in [
        (When::every(1), "2026-11-25T10:00:00+01:00[Europe/Berlin]"),
        (When::daily("07:30"), "2026-11-25T07:30+01:00[Europe/Berlin]"),
        (When::daily("10:01"), "2026-11-24T10:01+01:00[Europe/Berlin]"),
        (When::cron("* * * * *"), "2026-11-25T10:00+01:00[Europe/Berlin]"),
        (When::cron("*/5 8-9 * * *"), "2026-11-25T09:55+01:00[Europe/Berlin]"),
    ] {
        let when = when.expect("valid");
        for slept in [SignedDuration::from_hours(25), SignedDuration::from_hours(24 * 400)] {
            let last = now - SignedDuration::from_secs(30) - slept;
            assert_eq!(when.due(last, now, &berlin), Some(at(due)), "{when}");
        }
        assert_eq!(when.due(at(due), now, &berlin), None, "{when}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_what_to_write() {
    for minutes in [0, -5, 10_081, i64::MIN, i64::MAX] {
        assert!(When::every(minutes).is_err_and(|why| why.contains("1 to 10080")), "{minutes}");
    }
    for time in ["", "7", "24:00", "07:60", "+7:30", "07:30:15", "07:30 ", "at seven", "-1:00", "١٢:٣٠"] {
        assert!(When::daily(time).is_err_and(|why| why.contains("such as 07:30")), "{time}");
    }
    for cron in
        ["", "* * * *", "0 * * * * *", "@daily", "61 * * * *", "* 24 * * *", "a b c d e", "*/0 * * * *", "5-1 * * * *"]
    {
        assert!(When::cron(cron).is_err_and(|why| why.contains("five fields")), "{cron}");
    }
    assert!(When::cron("0 0 30 2 *").is_err_and(|why| why.contains("never happens")));
    assert!(When::cron(&"1,".repeat(1000)).is_err());
}

#[test]
fn people_read_when() {
    let said = |when: Result<When, String>| when.expect("valid").to_string();
    assert_eq!(said(When::every(1)), "every minute");
    assert_eq!(said(When::every(30)), "every 30 minutes");
    assert_eq!(said(When::every(60)), "every hour");
    assert_eq!(said(When::every(90)), "every 90 minutes");
    assert_eq!(said(When::every(1440)), "every 24 hours");
    assert_eq!(said(When::daily("7:05")), "daily at 07:05");
    assert_eq!(said(When::cron("  0  7 * * mon-fri ")), "weekdays at 07:00");
}

/// Whatever hour and minute, in zones with every kind of night: a year has each day once.
#[test]
fn each_day_of_a_year_comes_exactly_once() {
    for name in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"] {
        let zone = zone(name);
        for (hour, minute) in [(0, 0), (0, 1), (1, 59), (2, 0), (2, 15), (2, 30), (2, 59), (3, 0), (23, 59)] {
            let daily = When::daily(&format!("{hour:02}:{minute:02}")).expect("valid");
            let cron = When::cron(&format!("{minute} {hour} * * *")).expect("valid");
            let (mut instant, mut days) = (at("2025-12-31T23:59:59Z"), Vec::new());
            loop {
                let due = daily.next(instant, &zone).expect("it goes on");
                assert_eq!(cron.next(instant, &zone), Some(due), "{name} {daily}");
                if due >= at("2026-12-30T00:00:00Z") {
                    break;
                }
                days.push(due.to_zoned(zone.clone()).date());
                instant = due;
            }
            let whole = days.windows(2).all(|pair| pair[0].tomorrow().expect("a day") == pair[1]);
            assert!(whole && days.len() >= 362, "{name} {daily}: {days:?}");
        }
    }
}

#[test]
fn a_clock_that_was_set_back_does_not_bring_a_time_again() {
    let berlin = zone("Europe/Berlin");
    let daily = When::daily("07:30").expect("valid");
    let handled = at("2026-11-25T07:30+01:00[Europe/Berlin]");
    // Ten minutes back: 07:30 comes again on the clock, and is the time that was handled.
    let now = at("2026-11-25T07:25+01:00[Europe/Berlin]");
    assert_eq!(daily.counted_from(handled, now, &berlin), handled);
    assert_eq!(daily.due(handled, at("2026-11-25T07:31+01:00[Europe/Berlin]"), &berlin), None);
    assert_eq!(daily.next(handled, &berlin), Some(at("2026-11-26T07:30+01:00[Europe/Berlin]")));
    // A year back: nothing handled then counts, or it would rest for that year.
    let now = at("2025-11-25T09:00+01:00[Europe/Berlin]");
    assert_eq!(daily.counted_from(handled, now, &berlin), now);
    // Every 30 minutes: at most one more period passes before the next time.
    let often = When::every(30).expect("valid");
    let handled = at("2026-11-25T10:00:00Z");
    assert_eq!(often.counted_from(handled, at("2026-11-25T09:50:00Z"), &berlin), handled);
    assert_eq!(often.counted_from(handled, at("2026-11-25T09:20:00Z"), &berlin), at("2026-11-25T09:20:00Z"));
    assert_eq!(often.counted_from(handled, at("2026-11-25T18:00:00Z"), &berlin), handled, "no clock was set back");
}
