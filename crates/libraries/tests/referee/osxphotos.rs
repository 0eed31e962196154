//! What osxphotos says of a library.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What osxphotos lists, hidden and trashed photos too, by uuid.
pub fn list(library: &Path) -> BTreeMap<String, Value> {
    let program = std::env::var_os("OSXPHOTOS").unwrap_or_else(|| "osxphotos".into());
    let mut found = BTreeMap::new();
    for which in ["--not-hidden", "--hidden"] {
        for deleted in [None, Some("--deleted-only")] {
            let mut command = Command::new(&program);
            // It writes its crash log where it stands.
            command.current_dir(std::env::temp_dir());
            command.args(["query", "--json", which, "--library"]).arg(library).args(deleted);
            let output = command.output().expect("osxphotos runs; set OSXPHOTOS to where it is");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let photos: Vec<Value> = serde_json::from_slice(&output.stdout).expect("osxphotos writes JSON");
            found.extend(photos.into_iter().map(|photo| (text(&photo, "uuid").expect("a uuid"), photo)));
        }
    }
    found
}

/// A text that may be empty.
pub fn text(photo: &Value, key: &str) -> Option<String> {
    photo[key].as_str().map(str::to_owned)
}

/// A text; an empty one is none.
pub fn words(photo: &Value, key: &str) -> Option<String> {
    text(photo, key).filter(|text| !text.is_empty())
}

/// A list of texts in alphabetical order.
pub fn texts(photo: &Value, key: &str) -> Vec<String> {
    let values = photo[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<String> = values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    found.sort();
    found
}
