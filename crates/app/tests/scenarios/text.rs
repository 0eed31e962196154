//! Reads the text of a scenario: steps, each with a heading and the lines below it.

/// A scenario as it is written.
pub struct Scenario {
    pub title: String,
    pub steps: Vec<Step>,
}

/// One heading with its lines, ranges and escapes written out.
pub struct Step {
    /// The number of the heading's line.
    pub number: usize,
    pub heading: String,
    pub lines: Vec<String>,
}

/// Reads a scenario; panics where it is not written as README.md says.
pub fn read(text: &str) -> Scenario {
    let mut scenario = Scenario { title: String::new(), steps: Vec::new() };
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        if let Some(words) = line.strip_prefix('#') {
            if scenario.title.is_empty() {
                scenario.title = words.trim().to_owned();
            }
        } else if line.starts_with("  ") {
            let step = scenario.steps.last_mut().unwrap_or_else(|| panic!("line {number} stands below no heading"));
            step.lines.extend(expanded(line.trim()));
        } else if !line.trim().is_empty() {
            let heading = line.trim_end().strip_suffix(':');
            let heading = heading.unwrap_or_else(|| panic!("line {number} is no heading: it must end in a colon"));
            scenario.steps.push(Step { number, heading: heading.to_owned(), lines: Vec::new() });
        }
    }
    assert!(!scenario.title.is_empty(), "a scenario begins with `# its title`");
    scenario
}

/// The lines that a line with ranges stands for: `{1..3}` counts, all ranges of a line together.
fn expanded(line: &str) -> Vec<String> {
    let pieces = pieces(line);
    let mut count = None;
    for piece in &pieces {
        if let Piece::Range { first, last, .. } = piece {
            let length = last - first + 1;
            assert!(count.is_none_or(|count| count == length), "the ranges differ in length: {line}");
            count = Some(length);
        }
    }
    let line_at = |at: usize| {
        let text = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Range { first, width, .. } => format!("{:0width$}", first + at),
        });
        text.collect()
    };
    (0..count.unwrap_or(1)).map(line_at).collect()
}

enum Piece {
    Text(String),
    Range { first: usize, last: usize, width: usize },
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').unwrap_or_else(|| panic!("a brace is open: {line}"));
        match before.strip_suffix("\\u") {
            Some(before) => {
                let code = u32::from_str_radix(inside, 16).ok().and_then(char::from_u32);
                let letter = code.unwrap_or_else(|| panic!("no such letter: {inside}"));
                pieces.push(Piece::Text(format!("{before}{letter}")));
            }
            None => {
                pieces.push(Piece::Text(before.to_owned()));
                pieces.push(counted(inside));
            }
        }
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

/// `1..24`, or `a x 300`: the letter so many times.
fn counted(inside: &str) -> Piece {
    if let Some((text, times)) = inside.split_once(" x ") {
        return Piece::Text(text.repeat(times.parse().expect("a number of times")));
    }
    let (first, last) = inside.split_once("..").unwrap_or_else(|| panic!("neither a range nor a repetition: {inside}"));
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("no number: {text}"));
    Piece::Range { first: number(first), last: number(last), width: first.len() }
}

#[test]
fn ranges_count_together_and_letters_may_be_named() {
    assert_eq!(expanded("IMG_{08..10}.JPG = photo {1..3}")[2], "IMG_10.JPG = photo 3");
    assert_eq!(expanded("cafe\\u{301} {a x 3}"), ["cafe\u{301} aaa"]);
}

#[test]
fn a_scenario_has_a_title_and_steps() {
    let scenario = read("# A title\n# and prose\n\nfolder:\n  a.JPG = photo 1\n\nsync import:\n");
    assert_eq!((scenario.title.as_str(), scenario.steps.len()), ("A title", 2));
    assert_eq!(scenario.steps[0].lines, ["a.JPG = photo 1"]);
    assert_eq!((scenario.steps[1].number, scenario.steps[1].heading.as_str()), (7, "sync import"));
}
