//! The web page as a browser without a script sees it: a visitor with a cookie and a token of their own, and forms that
//! are sent as they stand in the page.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::service::Service;

/// Somebody who looks at pages and sends forms: a cookie, and the token of the page last seen.
pub struct Visitor {
    address: SocketAddr,
    /// The session's cookie, its name and value.
    pub cookie: Option<String>,
    /// The token that the next form carries.
    pub token: String,
}

impl Visitor {
    /// Somebody with a browser of their own.
    pub fn of(service: &Service) -> Self {
        Self { address: service.address(), cookie: None, token: String::new() }
    }

    /// A page, by way of where it leads.
    pub fn get(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, &[], &[]);
        self.follow(answer)
    }

    /// Sends a form with the token, and shows the page that it leads to.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post_only(path, fields);
        self.follow(answer)
    }

    /// Sends a form with the token.
    pub fn post_only(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", &self.token).extend_pairs(fields);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &kind, form.finish().as_bytes())
    }

    /// One request as it is given, and its answer. The cookie goes along, and is learned.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: {}\r\n", self.address);
        }
        if let Some(cookie) = &self.cookie {
            head += &format!("Cookie: {cookie}\r\n");
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(self.address).expect("the server is there");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        // Whoever is refused early may find the door closed before all was said.
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(b"\r\n"))
            .and_then(|()| stream.write_all(body));
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let answer = Answer::read(path, &String::from_utf8_lossy(&bytes));
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        if let Some(token) = between(&answer.body, "<meta name=\"token\" content=\"", "\"") {
            self.token = token.to_owned();
        }
        answer
    }

    fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            let Some(to) = answer.header("location").map(str::to_owned) else { return answer };
            answer = self.send("GET", &to, &[], &[]);
        }
        panic!("it leads round in a circle: {}", answer.at)
    }

    /// Looks at a page until it says something.
    pub fn wait_for(&mut self, path: &str, words: &str) -> Answer {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = self.get(path);
            if answer.says(words) {
                return answer;
            }
            assert!(Instant::now() < until, "{path} never said {words:?}: {}", answer.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What the server answered.
pub struct Answer {
    /// The address that was asked for last.
    pub at: String,
    /// The number of its kind, as 200.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The page.
    pub body: String,
}

impl Answer {
    fn read(at: &str, text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
        let header =
            |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        Self { at: at.to_owned(), status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }

    /// A header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The page's words without its marks.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for piece in self.body.split('<') {
            text += piece.split_once('>').map_or(piece, |(_, words)| words);
            text.push(' ');
        }
        unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Whether a reader finds these words.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// Where the link of these words leads.
    pub fn link(&self, words: &str) -> String {
        let links = self.body.split("<a ").skip(1).filter_map(|link| link.split_once('>'));
        let is_it = |rest: &str| unescaped(rest.split("</a>").next().unwrap_or(rest)) == words;
        let found = links.into_iter().find(|(_, rest)| is_it(rest)).and_then(|(tag, _)| attribute(tag, "href"));
        found.unwrap_or_else(|| panic!("no link {words:?}: {}", self.body))
    }

    /// The form that is sent to an address, with every field as a browser would send it untouched.
    pub fn form(&self, action: &str) -> Form {
        let forms = self.body.split("<form ").skip(1).filter_map(|form| form.split_once('>'));
        let is_it = |tag: &str| attribute(tag, "action").as_deref() == Some(action);
        let (_, rest) = forms
            .into_iter()
            .find(|(tag, _)| is_it(tag))
            .unwrap_or_else(|| panic!("no form to {action}: {}", self.body));
        let inside = rest.split("</form>").next().unwrap_or(rest);
        Form { action: action.to_owned(), fields: fields(inside) }
    }

    /// Every form that is sent as a change, each with its first button, which is the one that Enter presses.
    pub fn forms(&self) -> Vec<(Form, (String, String))> {
        let forms = self.body.split("<form ").skip(1).filter_map(|form| form.split_once('>'));
        let form = |(tag, rest): (&str, &str)| {
            attribute(tag, "method").filter(|method| method == "post")?;
            let inside = rest.split("</form>").next().unwrap_or(rest);
            let button = inside.split("<button").nth(1).and_then(|button| button.split_once('>')).map_or("", |it| it.0);
            let says = |name| attribute(button, name).unwrap_or_default();
            Some((Form { action: attribute(tag, "action")?, fields: fields(inside) }, (says("name"), says("value"))))
        };
        forms.filter_map(form).collect()
    }
}

/// A form as it stands in a page.
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Its fields in order, without the token.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The value of a field: of a box that has a tick that, which is sent after what is sent in any case.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Types into a field.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().rfind(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Takes a tick away.
    pub fn clear(mut self, name: &str) -> Self {
        self.fields.retain(|(known, value)| known != name || value == "no");
        self
    }

    /// Sends it with a button, and shows the page that it leads to.
    pub fn press(&self, visitor: &mut Visitor, name: &str, value: &str) -> Answer {
        let mut fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        fields.push((name, value));
        visitor.post(&self.action, &fields)
    }
}

/// The fields that a browser sends of a form.
fn fields(inside: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut select = None;
    let mut is_off = false;
    for (tag, rest) in inside.split('<').skip(1).filter_map(|piece| piece.split_once('>')) {
        let kind = tag.split([' ', '/']).next().unwrap_or_default();
        let name = attribute(tag, "name").filter(|name| name != "token");
        match (kind, name) {
            _ if tag == "/fieldset" => is_off = false,
            ("fieldset", _) => is_off = has(tag, "disabled"),
            _ if is_off || has(tag, "disabled") => {}
            ("input", Some(name)) => {
                let ticks = matches!(attribute(tag, "type").as_deref(), Some("checkbox" | "radio"));
                if !ticks || has(tag, "checked") {
                    let or_on = if ticks { "on" } else { "" };
                    fields.push((name, attribute(tag, "value").unwrap_or_else(|| or_on.into())));
                }
            }
            // A browser leaves out the first line break.
            ("textarea", Some(name)) => fields.push((name, unescaped(rest.strip_prefix('\n').unwrap_or(rest)))),
            ("select", name) => select = name,
            ("option", _) if has(tag, "selected") => {
                if let Some(name) = select.clone() {
                    fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    between(tag, &format!("{name}=\""), "\"").map(unescaped)
}

fn has(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|word| word == name)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inside, _)| inside)
}

/// A text without the escapes that keep names from being marks.
fn unescaped(text: &str) -> String {
    let marks = [("&#60;", "<"), ("&lt;", "<"), ("&#62;", ">"), ("&gt;", ">"), ("&#34;", "\""), ("&quot;", "\"")];
    let mut text = text.to_owned();
    for (escaped, mark) in marks.into_iter().chain([("&#39;", "'"), ("&#38;", "&"), ("&amp;", "&")]) {
        text = text.replace(escaped, mark);
    }
    text
}
