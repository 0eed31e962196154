//! `service` on Linux, with a service manager of the test's own and a home of its own.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::{Household, text, tree};

/// Writes down what it is told, and says that the unit is active once it was started.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >> "$HOME/told"
case "$*" in
    *restart*) touch "$HOME/active" ;;
    *disable*) rm -f "$HOME/active" ;;
    *is-active*) test -e "$HOME/active" && echo active || { echo inactive; exit 3; } ;;
esac
"#;

/// Has no way to the manager of the user, as in a session that came over the network.
const LONELY: &str = r#"#!/bin/sh
echo "Failed to connect to bus: No medium found." >&2
exit 1
"#;

struct Machine {
    home: Household,
}

impl Machine {
    fn new(systemctl: Option<&str>) -> Self {
        let home = Household::new();
        let programs = home.root().join("programs");
        fs::create_dir(&programs).expect("made");
        if let Some(script) = systemctl {
            let program = programs.join("systemctl");
            fs::write(&program, script).expect("written");
            fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("its own file");
        }
        Self { home }
    }

    fn service(&self, action: &str) -> Output {
        let mut command = self.home.command(&["service", action]);
        command.env("XDG_CONFIG_HOME", self.home.root().join("config"));
        // A script of ours needs `touch` and `rm`; a manager that is not there must not be found elsewhere.
        let programs = self.home.root().join("programs");
        let path = if programs.join("systemctl").exists() {
            format!("{}:/usr/bin:/bin", programs.display())
        } else {
            programs.display().to_string()
        };
        command.env("PATH", path).output().expect("the program runs")
    }

    fn said(&self, action: &str, exit: i32) -> String {
        let output = self.service(action);
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        text(&output).replace(&self.home.root().display().to_string(), "HOME")
    }

    fn unit(&self) -> PathBuf {
        self.home.root().join("config/systemd/user/photobridge.service")
    }

    /// What the manager was told since it was asked last.
    fn told(&self) -> Vec<String> {
        let file = self.home.root().join("told");
        let told = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        told.lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_service_is_installed_shown_and_removed() {
    let machine = Machine::new(Some(SYSTEMCTL));
    let status = machine.said("status", 0);
    assert_eq!(status, "Installed  no: `photobridge service install`\nRunning    no\n");
    machine.told();

    let said = machine.said("install", 0);
    assert!(said.contains("http://127.0.0.1:27731") && said.contains("loginctl enable-linger"), "{said}");
    let unit = fs::read_to_string(machine.unit()).expect("it was written");
    let program = Path::new(env!("CARGO_BIN_EXE_photobridge")).canonicalize().expect("it is there");
    let starts =
        format!("ExecStart=\"{}\" --data-dir \"{}\" serve\n", program.display(), machine.home.data().display());
    assert!(unit.contains(&starts), "{unit}");
    assert_eq!(
        machine.told()[1..],
        ["--user daemon-reload", "--user enable photobridge.service", "--user restart photobridge.service"]
    );
    let mode = fs::metadata(machine.home.data()).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "what tells of photos is its owner's alone");
    let status = machine.said("status", 0);
    assert_eq!(
        status,
        "Installed  yes, in HOME/config/systemd/user/photobridge.service\nRunning    yes\n\
         Page       http://127.0.0.1:27731\n"
    );

    machine.told();
    fs::write(machine.unit().with_file_name("other.service"), "[Unit]\n").expect("written");
    machine.said("uninstall", 0);
    assert_eq!(machine.told(), ["--user disable --now photobridge.service", "--user daemon-reload"]);
    let left = tree(&machine.home.root().join("config")).into_keys().collect::<Vec<_>>();
    assert_eq!(left, [Path::new("systemd/user/other.service")]);
    assert_eq!(machine.said("uninstall", 0), "The service is not installed.\n");
}

#[test]
fn an_older_one_is_replaced_and_one_of_somebody_else_is_not() {
    let machine = Machine::new(Some(SYSTEMCTL));
    machine.said("install", 0);
    let unit = fs::read_to_string(machine.unit()).expect("it was written");
    fs::write(machine.unit(), unit.replace("ExecStart=", "ExecStart=/old")).expect("written");
    assert!(machine.said("status", 0).contains("for another program or data directory"));
    machine.said("install", 0);
    assert_eq!(fs::read_to_string(machine.unit()).expect("readable"), unit);

    let foreign = "[Service]\nExecStart=/usr/bin/photobridge-of-mine\n";
    fs::write(machine.unit(), foreign).expect("written");
    machine.told();
    assert!(machine.said("status", 0).contains("photobridge.service is not Photobridge's"));
    for action in ["install", "uninstall"] {
        assert!(machine.said(action, 2).contains("is not Photobridge's and was left as it is"));
    }
    assert_eq!(fs::read_to_string(machine.unit()).expect("readable"), foreign);
    assert!(machine.told().iter().all(|told| told.contains("is-active")), "it is not told to stop either");
}

#[test]
fn an_installation_that_fails_leaves_nothing_behind() {
    let machine = Machine::new(Some(LONELY));
    let said = machine.said("install", 1);
    assert!(
        said.contains("`systemctl --user daemon-reload` failed: Failed to connect to bus: No medium found. ")
            && said.contains("Nothing is left behind. Until that works, start `photobridge serve` yourself"),
        "{said}"
    );
    assert!(!machine.home.root().join("config").exists() && !machine.home.data().exists(), "not even directories");
    assert!(machine.said("status", 0).ends_with("Running    no\n"));
    assert_eq!(machine.said("uninstall", 0), "The service is not installed.\n");
}

#[test]
fn an_installation_that_fails_leaves_the_one_before_as_it_was() {
    let machine = Machine::new(Some(SYSTEMCTL));
    machine.said("install", 0);
    let old = fs::read_to_string(machine.unit()).expect("written").replace("ExecStart=", "ExecStart=/old");
    fs::write(machine.unit(), &old).expect("written");
    fs::write(machine.home.root().join("programs/systemctl"), LONELY).expect("written");
    machine.said("install", 1);
    assert_eq!(fs::read_to_string(machine.unit()).expect("it is there"), old);
}

#[test]
fn what_is_left_of_a_service_is_removed_also_where_its_manager_does_not_answer() {
    let machine = Machine::new(Some(SYSTEMCTL));
    machine.said("install", 0);
    let wants = machine.unit().with_file_name("default.target.wants");
    fs::create_dir(&wants).expect("made");
    std::os::unix::fs::symlink(machine.unit(), wants.join("photobridge.service")).expect("as systemd links it");
    fs::write(machine.home.root().join("programs/systemctl"), LONELY).expect("written");
    let said = machine.said("uninstall", 1);
    assert!(
        said.contains("disable --now photobridge.service` failed") && said.contains("removed all the same"),
        "{said}"
    );
    assert_eq!(tree(&machine.home.root().join("config")).len(), 0);
    assert!(!wants.join("photobridge.service").is_symlink());
    assert_eq!(machine.said("uninstall", 0), "The service is not installed.\n");
}

#[test]
fn without_a_manager_nothing_is_written() {
    let machine = Machine::new(None);
    let said = machine.said("install", 1);
    assert!(said.contains("systemctl cannot be started") && said.contains("`photobridge serve`"), "{said}");
    assert!(!machine.unit().exists());
    let status = machine.said("status", 0);
    assert!(
        status.contains("Installed  no") && status.contains("Running    no: systemctl cannot be started"),
        "{status}"
    );
}

#[test]
fn a_path_that_no_unit_can_hold_is_refused() {
    let machine = Machine::new(Some(SYSTEMCTL));
    let data = machine.home.root().join("two\nlines");
    let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
    command.env_clear().env("HOME", machine.home.root()).args(["service", "install", "--data-dir"]).arg(&data);
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("no service can name the path"), "{}", text(&output));
    assert!(!data.exists() && !machine.unit().exists());
}
