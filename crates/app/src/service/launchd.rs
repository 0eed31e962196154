//! The service as a launchd agent of the user.
//!
//! Nothing of this was ever run on a Mac: the file and the commands follow `launchd.plist(5)` and `launchctl(1)`, and the
//! tests only compare what we write with that. An agent and not a daemon, since macOS lets only programs of a person who
//! is logged in reach that person's photos; and macOS asks for an agent in the agent's own name, not in that of a terminal.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use photobridge_libraries::BUNDLE_IDENTIFIER;

use crate::places::is_in_app;

use super::{OURS, Program, Service, step};

const LABEL: &str = "org.photobridge.serve";

/// launchd answers before a program that it stops has ended, and starts none of that name until then.
const PATIENCE: Duration = Duration::from_secs(30);

/// The service, in a home directory, of the user with this number.
pub fn service(program: &Program<'_>, home: &Path, user: u32) -> Service {
    let file = home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"));
    let (domain, target) = (format!("gui/{user}"), format!("gui/{user}/{LABEL}"));
    let launchctl = |words: &[&str]| step(&[&["launchctl"], words].concat());
    Service {
        text: agent(program),
        links: vec![],
        ask: (launchctl(&["print", &target]), "state = running"),
        has: Some(launchctl(&["print", &target])),
        // An agent that is loaded cannot be loaded again.
        prepare: vec![launchctl(&["bootout", &target])],
        // Somebody may have switched it off by hand, which outlasts its file.
        start: vec![launchctl(&["enable", &target]), launchctl(&["bootstrap", &domain, &file.to_string_lossy()])],
        patience: PATIENCE,
        stop: vec![launchctl(&["bootout", &target])],
        forget: vec![],
        hint: if is_in_app(Path::new(program.executable)) {
            "It runs while you are logged in. Open Photobridge.app once: macOS then asks whether Photobridge \
             may use Photos"
        } else {
            "It runs while you are logged in. It is not an app, so with each update macOS may forget its permission to use \
             Photos: docs/macos.md says how to make one"
        },
        file,
    }
}

/// The program that the agent is to run: the one inside the app where this one is a link to it, since macOS knows an app
/// by that path. Homebrew's own directory of each version gives way to the one that stays.
pub fn lasting(executable: &Path) -> PathBuf {
    let Some(inside) = executable.canonicalize().ok().filter(|path| is_in_app(path)) else {
        return executable.to_owned();
    };
    unversioned(&inside)
}

/// `PREFIX/Cellar/NAME/VERSION/REST` as `PREFIX/opt/NAME/REST`.
fn unversioned(path: &Path) -> PathBuf {
    let parts: Vec<_> = path.components().collect();
    let cellar = parts.iter().position(|part| part.as_os_str() == "Cellar");
    match cellar {
        Some(at) if parts.len() > at + 3 => {
            let opt = [Component::Normal("opt".as_ref()), parts[at + 1]];
            parts[..at].iter().chain(&opt).chain(&parts[at + 3..]).collect()
        }
        _ => path.to_owned(),
    }
}

/// The agent. A failed exit is all that brings it back: whoever stops it wants it stopped.
fn agent(Program { executable, data }: &Program<'_>) -> String {
    // The settings of macOS show the app's name and picture beside what runs in the background.
    let app = if is_in_app(Path::new(executable)) {
        format!(
            "    <key>AssociatedBundleIdentifiers</key>\n    <array>\n        <string>{BUNDLE_IDENTIFIER}</string>\n    \
             </array>\n"
        )
    } else {
        String::new()
    };
    let (executable, data) = (escaped(executable), escaped(data));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- {OURS} -->
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{LABEL}</string>
    <key>ProgramArguments</key>
    <array>
        <string>{executable}</string>
        <string>--data-dir</string>
        <string>{data}</string>
        <string>serve</string>
        <string>--log</string>
        <string>off</string>
    </array>
{app}    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>30</integer>
    <key>ExitTimeOut</key>
    <integer>20</integer>
    <key>ProcessType</key>
    <string>Background</string>
    <key>StandardOutPath</key>
    <string>{data}/logs/launchd.log</string>
    <key>StandardErrorPath</key>
    <string>{data}/logs/launchd.log</string>
</dict>
</plist>
"#
    )
}

/// A text as XML holds it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_one_text_of_the_agent() {
        let data = "/Users/me/Library/Application Support/d&e/<f>/</string>";
        let executable = r#"/my programs/"c"/100%/$HOME/it's/photobridge"#;
        insta::assert_snapshot!(agent(&Program { executable, data }), @r##"
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <!-- Written by `photobridge service install`; `photobridge service uninstall` removes it. -->
        <plist version="1.0">
        <dict>
            <key>Label</key>
            <string>org.photobridge.serve</string>
            <key>ProgramArguments</key>
            <array>
                <string>/my programs/"c"/100%/$HOME/it's/photobridge</string>
                <string>--data-dir</string>
                <string>/Users/me/Library/Application Support/d&amp;e/&lt;f&gt;/&lt;/string&gt;</string>
                <string>serve</string>
                <string>--log</string>
                <string>off</string>
            </array>
            <key>RunAtLoad</key>
            <true/>
            <key>KeepAlive</key>
            <dict>
                <key>SuccessfulExit</key>
                <false/>
            </dict>
            <key>ThrottleInterval</key>
            <integer>30</integer>
            <key>ExitTimeOut</key>
            <integer>20</integer>
            <key>ProcessType</key>
            <string>Background</string>
            <key>StandardOutPath</key>
            <string>/Users/me/Library/Application Support/d&amp;e/&lt;f&gt;/&lt;/string&gt;/logs/launchd.log</string>
            <key>StandardErrorPath</key>
            <string>/Users/me/Library/Application Support/d&amp;e/&lt;f&gt;/&lt;/string&gt;/logs/launchd.log</string>
        </dict>
        </plist>
        "##);
    }

    /// Each is one of launchd.plist(5), with a value of its kind: launchd passes over what it does not know without a word.
    #[test]
    fn the_agent_has_only_keys_that_launchd_knows() {
        let program = Program { executable: "/a.app/Contents/MacOS/photobridge", data: "/data" };
        let agent: plist::Dictionary = plist::from_bytes(agent(&program).as_bytes()).expect("a property list");
        let kind = |value: &plist::Value| match value {
            plist::Value::String(_) => "string",
            plist::Value::Array(_) => "array of strings",
            plist::Value::Boolean(_) => "boolean",
            plist::Value::Integer(_) => "integer",
            plist::Value::Dictionary(_) => "dictionary",
            _ => "other",
        };
        let found: Vec<(&str, &str)> = agent.iter().map(|(key, value)| (key.as_str(), kind(value))).collect();
        let expected = [
            ("Label", "string"),
            ("ProgramArguments", "array of strings"),
            ("AssociatedBundleIdentifiers", "array of strings"),
            ("RunAtLoad", "boolean"),
            ("KeepAlive", "dictionary"),
            ("ThrottleInterval", "integer"),
            ("ExitTimeOut", "integer"),
            ("ProcessType", "string"),
            ("StandardOutPath", "string"),
            ("StandardErrorPath", "string"),
        ];
        assert_eq!(found, expected);
        let keep_alive = agent["KeepAlive"].as_dictionary().expect("a dictionary");
        assert_eq!(
            keep_alive.iter().collect::<Vec<_>>(),
            [(&"SuccessfulExit".to_owned(), &plist::Value::Boolean(false))]
        );
    }

    #[test]
    fn the_agent_of_an_app_belongs_to_the_app() {
        let read = |executable| {
            let text = agent(&Program { executable, data: "/data" });
            plist::from_bytes::<plist::Dictionary>(text.as_bytes()).expect("a property list")
        };
        let inside = "/Applications/Photo & bridge.app/Contents/MacOS/photobridge";
        let of_app = read(inside);
        let texts = |key: &str| {
            let array = of_app.get(key).and_then(plist::Value::as_array).expect("an array");
            array.iter().filter_map(plist::Value::as_string).collect::<Vec<_>>()
        };
        assert_eq!(texts("ProgramArguments"), [inside, "--data-dir", "/data", "serve", "--log", "off"]);
        assert_eq!(texts("AssociatedBundleIdentifiers"), ["org.photobridge.Photobridge"]);
        for bare in ["/usr/local/bin/photobridge", "/a.app/photobridge", "/a/Contents/MacOS/photobridge"] {
            assert_eq!(read(bare).get("AssociatedBundleIdentifiers"), None, "{bare}");
        }
    }

    #[test]
    fn the_agent_runs_what_stays_after_an_update() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let root = root.path().canonicalize().expect("a path");
        let make = |path: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("below")).expect("made");
            std::fs::write(&path, "").expect("written");
            path
        };
        let link = |name: &str, to: &Path| {
            let link = root.join(name);
            std::os::unix::fs::symlink(to, &link).expect("a link");
            link
        };
        let inside = make("Photobridge.app/Contents/MacOS/photobridge");
        assert_eq!(lasting(&inside), inside);
        assert_eq!(lasting(&link("to the app", &inside)), inside);
        let bare = link("to a bare one", &make("bin/photobridge"));
        assert_eq!(lasting(&bare), bare, "the link may point elsewhere after an update");
        let brewed = make("Cellar/photobridge/0.1.0/Photobridge.app/Contents/MacOS/photobridge");
        let stays = root.join("opt/photobridge/Photobridge.app/Contents/MacOS/photobridge");
        assert_eq!(lasting(&link("to a brewed one", &brewed)), stays);
    }

    #[test]
    fn the_manager_is_told_of_our_agent_only() {
        let service = service(&Program { executable: "/photobridge", data: "/data" }, Path::new("/Users/me"), 501);
        let file = "/Users/me/Library/LaunchAgents/org.photobridge.serve.plist";
        let target = "gui/501/org.photobridge.serve";
        assert_eq!(service.file, Path::new(file));
        let start = [step(&["launchctl", "enable", target]), step(&["launchctl", "bootstrap", "gui/501", file])];
        assert_eq!(service.start, start);
        assert_eq!(service.stop, [step(&["launchctl", "bootout", target])]);
        assert_eq!(service.ask.0, step(&["launchctl", "print", target]));
    }
}
