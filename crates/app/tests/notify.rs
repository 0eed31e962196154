//! Who is told when syncs do not work: each way by a receiver of the test's own, and what is told when.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::service::Service;
use support::visitor::Visitor;
use support::{Household, jpeg, text};

/// Takes what is sent to it, and writes it down.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn start(speak: fn(TcpStream) -> Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (address, got) = (listener.local_addr().expect("bound"), Arc::<Mutex<Vec<String>>>::default());
        let book = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let said = speak(stream);
                book.lock().expect("whole").extend(said);
            }
        });
        Self { address, got }
    }

    fn got(&self) -> Vec<String> {
        self.got.lock().expect("whole").clone()
    }

    /// Waits for so many, and a little longer for more than that.
    fn wait_for(&self, number: usize) -> Vec<String> {
        let until = Instant::now() + Duration::from_secs(30);
        while self.got().len() < number && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(700));
        let got = self.got();
        assert_eq!(got.len(), number, "{got:#?}");
        got
    }
}

/// One request, head and body.
fn http(stream: TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().ok()?;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
    Some(format!("{head}\n{}", String::from_utf8_lossy(&body)))
}

/// One mail, as a server without encryption takes it.
fn smtp(mut stream: TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    stream.write_all(b"220 post.example ESMTP\r\n").ok()?;
    let (mut mail, mut is_data) = (String::new(), false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let answer = match line.trim_end() {
            "." if is_data => {
                is_data = false;
                "250 taken"
            }
            _ if is_data => {
                mail += &line;
                continue;
            }
            "DATA" => {
                is_data = true;
                "354 go on"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").ok()?;
                return Some(mail);
            }
            _ => "250 fine",
        };
        mail += &if is_data { String::new() } else { line.clone() };
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
}

fn keep(home: &Household, key: &str, word: &str) -> String {
    let mut command = home.command(&["notify", "secret", key]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(word.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = text(&output);
    let secret = word.trim();
    assert!(output.status.success() && (secret.is_empty() || !said.contains(secret)), "{said}");
    said
}

fn add_to_settings(home: &Household, lines: &str) {
    let path = home.data().join("settings.toml");
    let said = fs::read_to_string(&path).expect("there");
    fs::write(path, format!("{said}\n[notify]\n{lines}\n")).expect("written");
}

#[test]
fn each_way_is_tried_and_arrives() {
    let home = Household::new();
    home.set_up("import");
    let (ntfy, hook, post) = (Receiver::start(http), Receiver::start(http), Receiver::start(smtp));
    let lines = format!(
        "ntfy = \"http://{}/photos\"\nmail = \"anna@example.org\"\nmail_server = \"smtp://{}\"",
        ntfy.address, post.address
    );
    add_to_settings(&home, &lines);
    keep(&home, "ntfy-token", "tk_sesame");
    keep(&home, "webhook-address", &format!("http://{}/services/T0/sesame", hook.address));
    let file = fs::metadata(home.data().join("notify.toml")).expect("kept");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let output = home.command(&["notify", "test"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(text(&output), "ntfy: sent\nwebhook: sent\nmail: sent\n");
    let sent = &ntfy.wait_for(1)[0];
    assert!(sent.starts_with("POST /photos HTTP/1.1"), "{sent}");
    for header in ["title: photobridge: a trial", "authorization: bearer tk_sesame", "priority: default"] {
        assert!(sent.to_lowercase().contains(header), "{header}: {sent}");
    }
    let sent = &hook.wait_for(1)[0];
    let body: Value =
        serde_json::from_str(sent.split_once("\n\n").or(sent.split_once("\r\n\n")).expect("a body").1).expect("JSON");
    assert_eq!((&body["source"], &body["state"], &body["run"]), (&"photobridge".into(), &"trial".into(), &Value::Null));
    let mail = &post.wait_for(1)[0];
    for line in ["RCPT TO:<anna@example.org>", "Subject: Photobridge: a trial", "Nothing is wrong."] {
        assert!(mail.contains(line), "{line}: {mail}");
    }
    let shown = home.command(&["config", "--show"]).output().expect("it runs");
    assert!(!text(&shown).contains("sesame"), "{}", text(&shown));
}

#[test]
fn a_secret_is_removed_where_there_was_one() {
    let home = Household::new();
    let nothing = "Nothing was entered, and there was no ntfy-token to remove. Nothing was changed.\n";
    assert_eq!(keep(&home, "ntfy-token", ""), nothing);
    assert!(!home.data().join("notify.toml").exists());
    keep(&home, "ntfy-token", "tk_sesame");
    assert_eq!(keep(&home, "ntfy-token", "\n"), "ntfy-token removed.\n");
    assert_eq!(keep(&home, "ntfy-token", ""), nothing);
}

#[test]
fn a_way_that_does_not_work_says_why_and_no_secret() {
    let home = Household::new();
    home.set_up("import");
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    add_to_settings(&home, &format!("mail = \"anna@example.org\"\nmail_server = \"smtp://{nobody}\""));
    keep(&home, "webhook-address", &format!("http://{nobody}/services/sesame"));
    let output = home.command(&["notify", "test"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(said.contains(&format!("webhook: not sent: {nobody}")) && said.contains("mail: not sent"), "{said}");
    assert!(!said.contains("sesame"), "{said}");
    let alone = home.command(&["notify", "test", "ntfy"]).output().expect("it runs");
    assert!(text(&alone).contains("ntfy: not sent: ntfy is not set up"), "{}", text(&alone));
}

#[test]
fn a_cause_is_told_once_and_its_end_once() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    let hook = Receiver::start(http);
    add_to_settings(&home, &format!("webhook = \"http://{}/hook\"", hook.address));
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let mut sync = || {
        visitor.get("/");
        visitor.post_only("/sync", &[]);
        std::thread::sleep(Duration::from_secs(1));
    };
    sync();
    hook.wait_for(0);
    let away = home.root().join("away");
    fs::rename(home.folder(), &away).expect("moved");
    for _ in 0..3 {
        sync();
    }
    let got = hook.wait_for(1);
    assert!(got[0].contains("\"state\":\"failed\"") && got[0].contains("is not there"), "{}", got[0]);
    fs::rename(&away, home.folder()).expect("back");
    sync();
    sync();
    let got = hook.wait_for(2);
    assert!(got[1].contains("\"state\":\"well\""), "{}", got[1]);
    assert!(!got.concat().contains("IMG_1"), "no photo is named");
}

#[test]
fn the_page_sends_a_trial() {
    let home = Household::new();
    home.set_up("import");
    let hook = Receiver::start(http);
    add_to_settings(&home, &format!("webhook = \"http://{}/hook\"", hook.address));
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let page = visitor.get("/settings").form("/notify/test").press(&mut visitor, "way", "webhook");
    assert!(page.says("Test sent."), "{}", page.text());
    assert!(hook.wait_for(1)[0].contains("\"state\":\"trial\""));
    let page = visitor.post("/notify/test", &[("way", "mail")]);
    assert!(page.says("mail is not set up"), "{}", page.text());
}

#[test]
fn a_desktop_shows_it() {
    let home = Household::new();
    home.set_up("import");
    let programs = home.root().join("programs");
    fs::create_dir(&programs).expect("made");
    let script = programs.join("notify-send");
    fs::write(&script, "#!/bin/sh\nfor word in \"$@\"; do echo \"$word\" >> \"$HOME/shown\"; done\n").expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("its own file");
    let mut command = home.command(&["notify", "test", "desktop"]);
    command.env("PATH", &programs).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let output = command.output().expect("it runs");
    assert_eq!(text(&output), "desktop: sent\n");
    let shown = fs::read_to_string(home.root().join("shown")).expect("it was shown");
    assert_eq!(
        shown,
        "--app-name=Photobridge\n--urgency=normal\n--\nPhotobridge: a trial\nThis is what you get when a sync needs you. \
         Nothing is wrong.\n"
    );
}
