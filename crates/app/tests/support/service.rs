//! `photobridge serve` over a household: started, ended and started again by a test.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::Household;

/// A server that runs, until it is dropped.
pub struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    /// Starts one at a free port.
    pub fn start(home: &Household) -> Self {
        Self::start_at(home, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts one at an address, and returns when it listens.
    pub fn start_at(home: &Household, address: impl ToString) -> Self {
        Self::start_as(home, &["serve", "--listen", &address.to_string()])
    }

    /// Starts one at a free port, with more flags.
    pub fn start_with(home: &Household, flags: &[&str]) -> Self {
        Self::start_as(home, &[&["serve", "--listen", "127.0.0.1:0"], flags].concat())
    }

    /// Starts one at a free port that watches over both sides, as the settings say.
    pub fn start_watching(home: &Household) -> Self {
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env_remove("PHOTOBRIDGE_WATCH");
        Self::spawn(command)
    }

    /// Starts one at a free port with more in its environment.
    pub fn start_in(home: &Household, environment: &[(&str, &str)]) -> Self {
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(environment.iter().copied());
        Self::spawn(command)
    }

    fn start_as(home: &Household, words: &[&str]) -> Self {
        Self::spawn(home.command(words))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = lines.next().expect("it says where it is").expect("UTF-8");
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split(". ").next()?.parse().ok());
        Self { child, address: address.unwrap_or_else(|| panic!("no address in {line:?}")) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it holds of the machine: descriptors that are open, and kilobytes of memory. Only where `/proc` tells.
    pub fn holds(&self) -> (usize, u64) {
        let descriptors = self.told("fd").read_dir().expect("it is alive").count();
        (descriptors, self.kilobytes("RssAnon:"))
    }

    /// Kilobytes of its program, and of libraries, that lie in memory. Only where `/proc` tells.
    pub fn program(&self) -> u64 {
        self.kilobytes("RssFile:")
    }

    /// How often it touched memory that it had not got yet. Only where `/proc` tells.
    pub fn faults(&self) -> u64 {
        let stat = std::fs::read_to_string(self.told("stat")).expect("it is alive");
        let fields = stat.rsplit_once(')').and_then(|(_, after_name)| after_name.split_whitespace().nth(7));
        fields.and_then(|field| field.parse().ok()).expect("a number")
    }

    fn kilobytes(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(self.told("status")).expect("it is alive");
        let found = status.lines().find_map(|line| line.strip_prefix(what)?.trim().strip_suffix(" kB")?.parse().ok());
        found.expect("a number")
    }

    /// What the system tells of it.
    fn told(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(file)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as the power does.
    pub fn kill(mut self) {
        self.child.kill().expect("it was alive");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end, as the system does when it shuts down, and waits until it has.
    pub fn end(mut self) -> ExitStatus {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        // SAFETY: `kill` takes no pointers, and this child was not waited for, so its id is its own.
        #[expect(unsafe_code, reason = "the standard library sends no SIGTERM")]
        let sent = unsafe { libc::kill(pid, libc::SIGTERM) };
        assert_eq!(sent, 0, "it was alive");
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sets the password that the next server asks for.
pub fn set_password(home: &Household, password: &str) {
    let mut child = home.command(&["serve", "--set-password"]).stdin(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(password.as_bytes()).expect("it reads");
    assert!(child.wait().expect("it ends").success());
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
