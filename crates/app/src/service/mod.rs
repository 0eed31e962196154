//! Lets the system's own service manager keep `photobridge serve` running: systemd on Linux, launchd on a Mac.
//!
//! `systemd` and `launchd` say in plain data which file to write and what to tell the manager; here it is done.

mod launchd;
mod systemd;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::exit::Error;
use crate::whole;

/// What stands in each file that we write, so that no other one is replaced or removed.
const OURS: &str = "Written by `photobridge service install`; `photobridge service uninstall` removes it.";

/// How long a manager that refuses is left alone before it is told again.
const PAUSE: Duration = Duration::from_millis(500);

/// A command for the service manager, with its arguments.
type Step = Vec<String>;

fn step(words: &[&str]) -> Step {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The service as the system's manager is to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The file that describes it.
    file: PathBuf,
    /// What stands in it.
    text: String,
    /// What its manager puts beside it, so that it starts at each login.
    links: Vec<PathBuf>,
    /// Asks whether it runs: the answer is a success that says this word.
    ask: (Step, &'static str),
    /// Asks whether the manager has it at all, where it cannot stop what it does not have.
    has: Option<Step>,
    /// May fail: takes an earlier state out of the way.
    prepare: Vec<Step>,
    /// Start it, now and at each login.
    start: Vec<Step>,
    /// How long the manager may refuse to start what it has just stopped.
    patience: Duration,
    /// Stop it, now and for good.
    stop: Vec<Step>,
    /// May fail: makes the manager forget it once its file is gone.
    forget: Vec<Step>,
    /// What people should know besides.
    hint: &'static str,
}

/// What the service runs, as text: the files that describe services have no other.
struct Program<'a> {
    executable: &'a str,
    data: &'a str,
}

/// How the service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// As it would be installed now.
    Yes,
    /// For another program or data directory, or by an older version.
    Otherwise,
    /// It is not.
    No,
    /// A file of somebody else has its name.
    Foreign,
}

impl Service {
    /// The service of this system, which runs this program with this data directory.
    pub fn new(executable: &Path, data: &Path) -> Result<Self, Error> {
        let executable = if cfg!(target_os = "macos") { launchd::lasting(executable) } else { executable.to_owned() };
        let program = Program { executable: plain(&executable)?, data: plain(data)? };
        let no_home =
            || Error::Usage("this account has no home directory, so no service can be installed for it".into());
        if cfg!(target_os = "macos") {
            let home = dirs::home_dir().ok_or_else(no_home)?;
            Ok(launchd::service(&program, &home, rustix::process::getuid().as_raw()))
        } else if cfg!(target_os = "linux") {
            systemd::service(&program, &dirs::config_dir().ok_or_else(no_home)?)
        } else {
            let how = "this system has neither systemd nor launchd. Let `photobridge serve` be started by whatever starts \
                       programs here at login";
            Err(Error::Usage(how.into()))
        }
    }

    /// The service of this machine, which runs this program under an account, and may write these places besides its data
    /// directory.
    pub fn of_system(executable: &Path, data: &Path, account: &str, writable: &[PathBuf]) -> Result<Self, Error> {
        if !cfg!(target_os = "linux") {
            let why = "--system is for systemd on Linux: macOS lets only programs of a person who is logged in reach the photos";
            return Err(Error::Usage(why.into()));
        }
        let program = Program { executable: plain(executable)?, data: plain(data)? };
        let writable = writable.iter().map(|path| plain(path)).collect::<Result<Vec<_>, _>>()?;
        systemd::system(&program, account, &[&[program.data], &writable[..]].concat())
    }

    /// The file that describes it.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What people should know of a service that was just installed.
    pub fn hint(&self) -> &'static str {
        self.hint
    }

    /// Whether it is installed.
    pub fn installed(&self) -> Result<Installed, Error> {
        match std::fs::read(&self.file) {
            Ok(text) if text == self.text.as_bytes() => Ok(Installed::Yes),
            Ok(text) if String::from_utf8_lossy(&text).contains(OURS) => Ok(Installed::Otherwise),
            Ok(_) => Ok(Installed::Foreign),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Installed::No),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Whether it runs, as its manager says.
    pub fn runs(&self) -> Result<bool, Error> {
        let (ask, word) = &self.ask;
        let answer = command(ask).output().map_err(|error| self.unreachable(ask, error))?;
        Ok(answer.status.success() && String::from_utf8_lossy(&answer.stdout).contains(word))
    }

    /// Installs and starts it. One that runs already is started anew.
    pub fn install(&self) -> Result<(), Error> {
        self.not_foreign()?;
        // A manager that is not there must leave no file behind.
        self.runs()?;
        let before = std::fs::read_to_string(&self.file).ok();
        let made = whole::missing_above(&self.file);
        whole::write(&self.file, &self.text).map_err(|error| self.failed(error))?;
        let started = self.begin();
        if started.is_err() {
            self.put_back(before.as_deref(), &made);
        }
        started
    }

    /// Lets the manager start what is written.
    fn begin(&self) -> Result<(), Error> {
        let stopped = self.prepare.iter().filter(|step| succeeds(step)).count() > 0;
        let until = Instant::now() + if stopped { self.patience } else { Duration::ZERO };
        let instead = || "Nothing is left behind. Until that works, start `photobridge serve` yourself".to_owned();
        loop {
            match self.start.iter().try_for_each(|step| self.tell(step, instead)) {
                Err(_) if Instant::now() < until => std::thread::sleep(PAUSE),
                told => return told,
            }
        }
    }

    /// Leaves behind what was there before an installation that failed: an earlier file of ours, or nothing.
    fn put_back(&self, before: Option<&str>, made: &[PathBuf]) {
        match before {
            Some(text) => drop(whole::write(&self.file, text)),
            None => {
                for step in &self.stop {
                    let _ = command(step).output();
                }
                let _ = std::fs::remove_file(&self.file);
                // Only what is empty goes.
                made.iter().for_each(|directory| drop(std::fs::remove_dir(directory)));
            }
        }
        for step in &self.forget {
            let _ = command(step).output();
        }
    }

    /// Stops and removes whatever there is of it, also what an installation by hand or one that failed left. Returns whether
    /// there was anything.
    pub fn uninstall(&self) -> Result<bool, Error> {
        self.not_foreign()?;
        let files: Vec<&PathBuf> =
            [&self.file].into_iter().chain(&self.links).filter(|path| path.symlink_metadata().is_ok()).collect();
        if files.is_empty() && !self.runs().unwrap_or(false) {
            return Ok(false);
        }
        let stopped = match self.has.as_ref().is_none_or(succeeds) {
            true => self.stop.iter().try_for_each(|step| {
                self.tell(step, || {
                    "Its files are removed all the same; if it still runs, it ends when you log out".into()
                })
            }),
            false => Ok(()),
        };
        for file in files {
            std::fs::remove_file(file).map_err(|error| Error::Io(file.display().to_string(), error))?;
        }
        for step in &self.forget {
            let _ = command(step).output();
        }
        stopped.map(|()| true)
    }

    fn not_foreign(&self) -> Result<(), Error> {
        match self.installed()? {
            Installed::Foreign => {
                let file = self.file.display();
                Err(Error::Usage(format!("{file} is not Photobridge's and was left as it is. Move it away first")))
            }
            _ => Ok(()),
        }
    }

    /// Tells the manager something; if that fails, the error says what now.
    fn tell(&self, step: &Step, what_now: impl Fn() -> String) -> Result<(), Error> {
        let told = command(step).output().map_err(|error| self.unreachable(step, error))?;
        if told.status.success() {
            return Ok(());
        }
        Err(Error::Service(format!("`{}` failed: {}. {}", Shell(std::slice::from_ref(step)), said(&told), what_now())))
    }

    fn unreachable(&self, step: &Step, error: io::Error) -> Error {
        Error::Service(format!(
            "{} cannot be started ({error}), and nothing else here keeps programs running. Let `photobridge serve` be \
             started by whatever starts programs at login",
            step[0]
        ))
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::Io(self.file.display().to_string(), error)
    }
}

/// A path as the text that a service's file can hold.
fn plain(path: &Path) -> Result<&str, Error> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.ok_or_else(|| Error::Usage(format!("no service can name the path {}; use another one", path.display())))
}

fn succeeds(step: &Step) -> bool {
    command(step).output().is_ok_and(|output| output.status.success())
}

fn command(step: &Step) -> Command {
    let mut command = Command::new(&step[0]);
    command.args(&step[1..]);
    command
}

/// What a program said when it failed, on one line.
fn said(output: &Output) -> String {
    let words = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let words = String::from_utf8_lossy(words).split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { output.status.to_string() } else { words.trim_end_matches('.').to_owned() }
}

/// Steps as a person types them.
struct Shell<'a>(&'a [Step]);

impl fmt::Display for Shell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@".contains(c));
        let quoted = |word: &String| match is_plain(word) {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', r"'\''")),
        };
        let step = |step: &Step| step.iter().map(quoted).collect::<Vec<_>>().join(" ");
        f.write_str(&self.0.iter().map(step).collect::<Vec<_>>().join(" && "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A launchd of the test's own, which takes two moments to let go of what it stopped.
    const LAUNCHCTL: &str = r#"
cd "$(dirname "$0")"
echo "$*" >> told
case $1 in
    print) test -e loaded && echo "state = running" ;;
    bootout) rm loaded && printf 12 > moments ;;
    bootstrap)
        if [ -s moments ]; then
            tail -c +2 moments > rest; mv rest moments
            echo "Bootstrap failed: 5: Input/output error" >&2; exit 5
        fi
        test ! -e broken && touch loaded ;;
esac
"#;

    struct Mac {
        home: tempfile::TempDir,
        service: Service,
    }

    impl Mac {
        fn new() -> Self {
            let home = tempfile::tempdir().expect("a temporary directory");
            let script = home.path().join("launchctl").display().to_string();
            std::fs::write(&script, LAUNCHCTL).expect("written");
            let mut service = launchd::service(&Program { executable: "/p", data: "/data" }, home.path(), 501);
            let lists = [&mut service.prepare, &mut service.start, &mut service.stop];
            let asked = [&mut service.ask.0].into_iter().chain(&mut service.has);
            for step in lists.into_iter().flatten().chain(asked) {
                assert_eq!(step[0], "launchctl");
                step.splice(..1, ["sh".to_owned(), script.clone()]);
            }
            Self { home, service }
        }

        /// The first words of what the manager was told since it was asked last.
        fn told(&self) -> Vec<String> {
            let file = self.home.path().join("told");
            let told = std::fs::read_to_string(&file).unwrap_or_default();
            let _ = std::fs::remove_file(file);
            told.lines().filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect()
        }
    }

    #[test]
    fn an_agent_that_runs_is_started_anew_once_it_has_ended() {
        let mac = Mac::new();
        mac.service.install().expect("installed");
        assert_eq!(mac.told(), ["print", "bootout", "enable", "bootstrap"]);
        mac.service.install().expect("installed again");
        let again = ["enable", "bootstrap"].repeat(3);
        assert_eq!(mac.told(), [&["print", "bootout"], &again[..]].concat());
        assert!(mac.service.runs().expect("it says so"));
        assert_eq!(mac.service.installed().expect("read"), Installed::Yes);
    }

    #[test]
    fn an_agent_that_cannot_start_is_told_of_at_once() {
        let mac = Mac::new();
        std::fs::write(mac.home.path().join("broken"), "").expect("written");
        let error = mac.service.install().expect_err("it cannot start").to_string();
        assert_eq!(mac.told()[..4], ["print", "bootout", "enable", "bootstrap"]);
        assert!(error.contains("Bootstrap failed") || error.contains("bootstrap gui/501"), "{error}");
        assert!(error.contains("Nothing is left behind"), "{error}");
        assert!(!mac.home.path().join("Library").exists(), "neither the file nor its directories");
    }

    #[test]
    fn an_agent_that_was_stopped_by_hand_can_be_removed() {
        let mac = Mac::new();
        mac.service.install().expect("installed");
        std::fs::remove_file(mac.home.path().join("loaded")).expect("it was loaded");
        mac.told();
        assert!(mac.service.uninstall().expect("removed"));
        assert_eq!(mac.told(), ["print"]);
        assert_eq!(mac.service.installed().expect("read"), Installed::No);
    }
}
