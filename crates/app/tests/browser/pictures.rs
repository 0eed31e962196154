//! The pictures that the README and the guide show, the same on every run.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::browser::Browser;

/// A picture in the repository should load at once.
const LARGEST: usize = 150_000;

/// Puts fixed words where the page tells of this machine and of this hour.
const STILL: &str = r#"
    const [root] = arguments;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode;
        // When a schedule is due is not of this hour.
        if (text.parentElement.closest("td.num, .upcoming")) continue;
        const still = text.data.replaceAll(root, "/Users/anna").replace(/\btoday, \d\d:\d\d(:\d\d)?\b( [ap]m)?/g, "today, 09:41")
            .replace(/\b(just now|\d+ (min|h) ago)\b/g, "just now").replace(/\b\d+ ms\b/g, "2 s")
            .replace("Etc/UTC", "Europe/Berlin");
        if (still !== text.data) text.data = still;
    }
    document.activeElement.blur();
    for (const animation of document.getAnimations()) animation.cancel();
    const height = document.querySelector(".shell").getBoundingClientRect().height;
    return [innerWidth, Math.min(innerHeight, Math.ceil(height))];
"#;

/// Takes a picture of the page, without the emptiness below it. It is kept where `PHOTOBRIDGE_PICTURES` says, else thrown away once it was looked at.
pub fn take(browser: &Browser, root: &Path, name: &str) {
    let size = browser.look(STILL, &[json!(root.display().to_string())]);
    let [width, height] = [0, 1].map(|at| size[at].as_u64().and_then(|n| u32::try_from(n).ok()).expect("a length"));
    browser.window(width, height);
    let path = directory().join(format!("{name}.png"));
    std::fs::write(&path, browser.screenshot()).expect("written");
    // 256 colours are enough, and make it a third. Without the tool the picture is only larger.
    let _ = Command::new("pngquant")
        .args(["--force", "--strip", "--nofs", "--speed=1", "--output"])
        .arg(&path)
        .arg(&path)
        .status();
    let size = std::fs::metadata(&path).expect("it is there").len() as usize;
    let was_made_small = Command::new("pngquant").arg("--version").output().is_ok();
    assert!(!was_made_small || size <= LARGEST, "{} has {size} bytes", path.display());
}

fn directory() -> PathBuf {
    // Tests run in the directory of their crate, people name paths as seen from the workspace.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let asked = std::env::var_os("PHOTOBRIDGE_PICTURES").map(|path| workspace.join(path));
    let directory = asked.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures"));
    std::fs::create_dir_all(&directory).expect("a directory");
    directory
}
