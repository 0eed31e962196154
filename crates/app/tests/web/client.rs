//! The smallest client of the server: every byte that it sends is in the hands of the test.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take. Much longer than it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request before it is sent.
#[derive(Clone)]
pub struct Request {
    first: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Request {
    /// A request as the pages of the server at this address make it.
    pub fn get(address: SocketAddr, path: &str) -> Self {
        Self::new("GET", address, path)
    }

    /// Fields as a form sends them.
    pub fn post(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Self::new("POST", address, path).with("Content-Type", "application/x-www-form-urlencoded");
        Self { body, ..request }.with("Origin", &format!("http://{address}")).with("Sec-Fetch-Site", "same-origin")
    }

    fn new(method: &str, address: SocketAddr, path: &str) -> Self {
        let headers = vec![("Host".into(), address.to_string()), ("Connection".into(), "close".into())];
        Self { first: format!("{method} {path} HTTP/1.1"), headers, body: String::new() }
    }

    /// With this header, in place of the one of the name.
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request.headers.push((name.into(), value.into()));
        request
    }

    /// With one more of this header.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Without this header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// With this body.
    pub fn body(self, body: String) -> Self {
        Self { body, ..self }
    }

    /// With a session's cookie.
    pub fn of(self, visitor: &Visitor) -> Self {
        self.with("Cookie", &visitor.cookie)
    }

    /// The head as it goes out.
    pub fn head(&self) -> String {
        let mut head = format!("{}\r\n", self.first);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.first.starts_with("POST") {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head + "\r\n"
    }

    /// Sends it and waits for the answer.
    pub fn send(&self, address: SocketAddr) -> Answer {
        let mut stream = connect(address);
        stream.write_all(self.head().as_bytes()).expect("the head is taken");
        // A server that refuses a large body stops reading it.
        let _ = stream.write_all(self.body.as_bytes());
        answer(stream)
    }
}

/// A connection that gives up in time.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    stream
}

/// Reads an answer to its end.
pub fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            // The rest of a body that nobody wants was still on its way.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset && !bytes.is_empty() => break,
            Err(error) => panic!("no answer: {error}"),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer { status: status.unwrap_or_else(|| panic!("no answer: {text:?}")), head: head.into(), body: body.into() }
}

impl Answer {
    /// A header of it.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A browser with a session.
pub struct Visitor {
    address: SocketAddr,
    cookie: String,
}

impl Visitor {
    /// Comes for the first time.
    pub fn new(address: SocketAddr) -> Self {
        let mut visitor = Self { address, cookie: String::new() };
        let answer = Request::get(address, "/").send(address);
        // Whoever must give a password gets a session where one gives it.
        visitor.keep(&if answer.status == 303 { Request::get(address, "/login").send(address) } else { answer });
        visitor
    }

    fn keep(&mut self, answer: &Answer) {
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
    }

    /// The cookie that names the session.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Answer {
        Request::get(self.address, path).of(self).send(self.address)
    }

    /// A token from a page.
    pub fn token(&self, path: &str) -> String {
        let page = self.get(path).body;
        let token = page.split_once("name=\"token\" content=\"").and_then(|(_, rest)| rest.split('"').next());
        token.unwrap_or_else(|| panic!("no token in {page}")).to_owned()
    }

    /// Sends a form from a page that was just loaded.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = if path == "/login" { "/login" } else { "/" };
        let token = self.token(page);
        let fields = [&[("token", token.as_str())], fields].concat();
        let answer = Request::post(self.address, path, &fields).of(self).send(self.address);
        self.keep(&answer);
        answer
    }
}
