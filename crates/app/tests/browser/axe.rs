//! axe-core, which looks for what keeps people out of a page.

use serde_json::Value;

use super::browser::Browser;

/// Its script, as `scripts/install-axe` leaves it.
pub struct Axe(String);

impl Axe {
    /// Reads it from where `AXE` says.
    pub fn read() -> Self {
        let path = std::env::var_os("AXE").expect("AXE says where axe.min.js lies");
        Self(std::fs::read_to_string(path).expect("axe.min.js can be read"))
    }

    /// What it finds serious or critical on the page, and where.
    pub fn serious(&self, browser: &Browser) -> Vec<String> {
        browser.look(&self.0, &[]);
        let run = "const done = arguments[arguments.length - 1];
                   axe.run(document, { resultTypes: ['violations'], preload: false })
                       .then((result) => done(result.violations), (error) => done(String(error)))";
        let violations = browser.ask(run, &[]);
        let violations = violations.as_array().unwrap_or_else(|| panic!("axe does not run: {violations}"));
        let serious = violations.iter().filter(|found| found["impact"] == "serious" || found["impact"] == "critical");
        serious.map(described).collect()
    }
}

fn described(found: &Value) -> String {
    let nodes = found["nodes"].as_array().into_iter().flatten();
    let nodes: Vec<String> = nodes.map(|node| format!("{} ({})", node["html"], node["failureSummary"])).collect();
    format!("{}: {}", found["help"], nodes.join("; "))
}
