//! The service as a systemd unit of the user.

use std::path::Path;
use std::time::Duration;

use super::{OURS, Program, Service, step};
use crate::exit::Error;

const UNIT: &str = "photobridge.service";

/// The service, in a configuration directory (`$XDG_CONFIG_HOME`).
pub fn service(program: &Program<'_>, config: &Path) -> Result<Service, Error> {
    if program.executable.contains(['"', '\'', '\\']) {
        let why = "systemd starts no program whose path has quotes or backslashes";
        return Err(Error::Usage(format!("{why}: {}. Put it elsewhere", program.executable)));
    }
    let systemctl = |words: &[&str]| step(&[&["systemctl", "--user"], words].concat());
    Ok(Service {
        file: config.join("systemd/user").join(UNIT),
        text: unit(program),
        links: vec![config.join("systemd/user/default.target.wants").join(UNIT)],
        ask: (systemctl(&["is-active", UNIT]), "active"),
        has: None,
        prepare: vec![],
        // One that runs already goes on with the new file.
        start: vec![systemctl(&["daemon-reload"]), systemctl(&["enable", UNIT]), systemctl(&["restart", UNIT])],
        patience: Duration::ZERO,
        stop: vec![systemctl(&["disable", "--now", UNIT])],
        forget: vec![systemctl(&["daemon-reload"])],
        hint: "It runs while you are logged in. On a machine without logins: `loginctl enable-linger`",
    })
}

/// The unit. It does not wait for a network: the folder and the library lie on this machine.
fn unit(Program { executable, data }: &Program<'_>) -> String {
    let executable = quoted(executable);
    let data = quoted(&data.replace('$', "$$"));
    format!(
        "# {OURS}

[Unit]
Description=Photobridge, which keeps a photo library and a folder of photos in step

[Service]
Type=exec
ExecStart={executable} --data-dir {data} serve
Restart=on-failure
RestartSec=30
# A sync finishes the photo in hand when it is told to stop.
TimeoutStopSec=20
Nice=10
# Nothing narrows what it sees of the file system: folders and libraries may lie anywhere.
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"
    )
}

/// The service of the machine, which runs under an account and may write these places only.
pub fn system(program: &Program<'_>, account: &str, writable: &[&str]) -> Result<Service, Error> {
    let systemctl = |words: &[&str]| step(&[&["systemctl"], words].concat());
    let directory = Path::new("/etc/systemd/system");
    Ok(Service {
        file: directory.join(UNIT),
        text: unit_of_system(program, account, writable),
        links: vec![directory.join("multi-user.target.wants").join(UNIT)],
        ask: (systemctl(&["is-active", UNIT]), "active"),
        start: vec![systemctl(&["daemon-reload"]), systemctl(&["enable", UNIT]), systemctl(&["restart", UNIT])],
        stop: vec![systemctl(&["disable", "--now", UNIT])],
        forget: vec![systemctl(&["daemon-reload"])],
        hint: "It runs whether or not anybody is logged in. Where a folder or the library is another one, install it again: it may \
               write no other",
        ..service(program, directory)?
    })
}

fn unit_of_system(program: &Program<'_>, account: &str, writable: &[&str]) -> String {
    let own = unit(program);
    let places = writable.iter().map(|place| quoted(place)).collect::<Vec<_>>().join(" ");
    let narrowed = format!(
        "User={account}
ProtectSystem=strict
ReadWritePaths={places}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
CapabilityBoundingSet=
SystemCallFilter=@system-service
NoNewPrivileges=yes"
    );
    let all = "# Nothing narrows what it sees of the file system: folders and libraries may lie anywhere.\nNoNewPrivileges=yes";
    own.replace(all, &narrowed).replace("WantedBy=default.target", "WantedBy=multi-user.target")
}

/// A word of a command line in a unit. In arguments, but not in the program's path, systemd also reads `$`.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', r#"\""#).replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What systemd 252 takes for the path of a program that is there, and with all else in the other.
    const ODD: Program<'_> = Program {
        executable: "/my programs/100%/$HOME/${x}/d&e/f;#/photobridge",
        data: r#"/a b/"c"/100%/$HOME/${x}/d&e/it's/f\g;#"#,
    };

    #[test]
    fn each_path_is_one_word_of_the_unit() {
        insta::assert_snapshot!(unit(&ODD), @r##"
        # Written by `photobridge service install`; `photobridge service uninstall` removes it.

        [Unit]
        Description=Photobridge, which keeps a photo library and a folder of photos in step

        [Service]
        Type=exec
        ExecStart="/my programs/100%%/$HOME/${x}/d&e/f;#/photobridge" --data-dir "/a b/\"c\"/100%%/$$HOME/$${x}/d&e/it's/f\\g;#" serve
        Restart=on-failure
        RestartSec=30
        # A sync finishes the photo in hand when it is told to stop.
        TimeoutStopSec=20
        Nice=10
        # Nothing narrows what it sees of the file system: folders and libraries may lie anywhere.
        NoNewPrivileges=yes
        LockPersonality=yes
        MemoryDenyWriteExecute=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native

        [Install]
        WantedBy=default.target
        "##);
    }

    #[test]
    fn a_program_that_systemd_would_not_start_is_refused() {
        for executable in ["/it's/photobridge", "/\"a\"/photobridge", r"/a\b/photobridge"] {
            let refused = service(&Program { executable, data: "/data" }, Path::new("/config"));
            assert!(refused.is_err_and(|error| error.to_string().contains(executable)), "{executable}");
        }
        assert!(service(&ODD, Path::new("/config")).is_ok());
    }

    #[test]
    fn the_manager_is_told_of_our_unit_only() {
        let program = Program { executable: "/photobridge", data: "/data" };
        let service = service(&program, Path::new("/home/me/.config")).expect("it can be started");
        assert_eq!(service.file, Path::new("/home/me/.config/systemd/user/photobridge.service"));
        for step in [service.start, service.stop, service.forget].concat() {
            assert_eq!(step[..2], ["systemctl", "--user"]);
            assert!(step[2] == "daemon-reload" || step.last().is_some_and(|word| word == UNIT), "{step:?}");
        }
    }
}
