//! Cron expressions as people would say them, as far as they would.

/// Days as cron numbers them, 0 and 7 both for Sunday.
const DAYS: [&str; 8] =
    ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// The words for an expression of five fields; `None` where the expression says it better.
pub fn in_words(expression: &str) -> Option<String> {
    let expression = expression.to_ascii_uppercase();
    let fields: Vec<&str> = expression.split(' ').collect();
    let [minute, hour, day, month, weekday] = fields[..] else { return None };
    if month != "*" {
        return None;
    }
    match (minute, hour, day, weekday) {
        ("*", "*", "*", "*") => return Some("every minute".into()),
        ("0", "*", "*", "*") => return Some("every hour".into()),
        (minute, "*", "*", "*") if minute.starts_with("*/") => {
            let minutes = number(&minute[2..], 1, 59).filter(|minutes| 60 % minutes == 0)?;
            return Some(if minutes == 1 { "every minute".into() } else { format!("every {minutes} minutes") });
        }
        _ => {}
    }
    let minute = number(minute, 0, 59)?;
    let days = match (day, weekday) {
        ("*", "*") => "daily".to_owned(),
        ("*", "1-5" | "MON-FRI") => "weekdays".to_owned(),
        ("*", "0,6" | "6,0" | "6-7" | "6,7" | "SAT,SUN") => "weekends".to_owned(),
        ("*", weekday) => DAYS[number(weekday, 0, 7)? as usize].to_owned(),
        (day, "*") => format!("on day {} of each month", number(day, 1, 31)?),
        _ => return None,
    };
    if hour == "*" {
        return (days == "daily").then(|| format!("every hour at :{minute:02}"));
    }
    let times: Option<Vec<String>> =
        hour.split(',').map(|hour| Some(format!("{:02}:{minute:02}", number(hour, 0, 23)?))).collect();
    let times = times.filter(|times| times.len() <= 4)?;
    Some(format!("{days} at {}", times.join(" and ")))
}

fn number(text: &str, least: u32, most: u32) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_said_as_people_say_it() {
        for (expression, words) in [
            ("30 2 * * 1-5", Some("weekdays at 02:30")),
            ("0 7 * * mon-fri", Some("weekdays at 07:00")),
            ("0 7 * * *", Some("daily at 07:00")),
            ("5 8,20 * * *", Some("daily at 08:05 and 20:05")),
            ("0 9 * * 0,6", Some("weekends at 09:00")),
            ("15 6 * * 7", Some("Sundays at 06:15")),
            ("0 4 1 * *", Some("on day 1 of each month at 04:00")),
            ("*/15 * * * *", Some("every 15 minutes")),
            ("0 * * * *", Some("every hour")),
            ("10 * * * *", Some("every hour at :10")),
            // What is said in more words than fields stays as it is.
            ("*/7 * * * *", None),
            ("0 4 1 * 1", None),
            ("0 4 * 6 *", None),
            ("0 4-6 * * *", None),
            ("10 * * * 1-5", None),
        ] {
            assert_eq!(in_words(expression).as_deref(), words, "{expression}");
        }
    }
}
