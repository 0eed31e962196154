//! The service as a launchd agent of the user.
//!
//! Nothing of this was ever run on a Mac: the file and the commands follow `launchd.plist(5)` and `launchctl(1)`, and the
//! tests only compare what we write with that.

use std::path::Path;

use super::{OURS, Program, Service, step};

const LABEL: &str = "org.photobridge.serve";

/// The service, in a home directory, of the user with this number.
pub fn service(program: &Program<'_>, home: &Path, user: u32) -> Service {
    let file = home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"));
    let (domain, target) = (format!("gui/{user}"), format!("gui/{user}/{LABEL}"));
    let launchctl = |words: &[&str]| step(&[&["launchctl"], words].concat());
    Service {
        text: agent(program),
        ask: (launchctl(&["print", &target]), "state = running"),
        // An agent that is loaded cannot be loaded again.
        prepare: vec![launchctl(&["bootout", &target])],
        start: vec![launchctl(&["bootstrap", &domain, &file.to_string_lossy()])],
        stop: vec![launchctl(&["bootout", &target])],
        forget: vec![],
        hint: "It runs while you are logged in",
        file,
    }
}

/// The agent. A failed exit is all that brings it back: whoever stops it wants it stopped.
fn agent(Program { executable, data }: &Program<'_>) -> String {
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

    #[test]
    fn the_manager_is_told_of_our_agent_only() {
        let service = service(&Program { executable: "/photobridge", data: "/data" }, Path::new("/Users/me"), 501);
        let file = "/Users/me/Library/LaunchAgents/org.photobridge.serve.plist";
        assert_eq!(service.file, Path::new(file));
        assert_eq!(service.start, [step(&["launchctl", "bootstrap", "gui/501", file])]);
        assert_eq!(service.stop, [step(&["launchctl", "bootout", "gui/501/org.photobridge.serve"])]);
        assert_eq!(service.ask.0, step(&["launchctl", "print", "gui/501/org.photobridge.serve"]));
    }
}
