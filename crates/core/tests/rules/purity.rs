//! The stages that decide must be pure: Simulate then shows exactly what Sync does, and a test needs no disk.

const FORBIDDEN: [&str; 16] = [
    "std::fs",
    "fs::",
    "File::",
    "std::io",
    "std::env",
    "std::net",
    "std::process",
    "rusqlite",
    "crate::ledger",
    "crate::apply",
    "crate::sync",
    "crate::library::Library",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant::now",
];

const PURE: [(&str, &str); 19] = [
    ("matching.rs", include_str!("../../src/matching.rs")),
    ("matching/alike.rs", include_str!("../../src/matching/alike.rs")),
    ("matching/index.rs", include_str!("../../src/matching/index.rs")),
    ("matching/presence.rs", include_str!("../../src/matching/presence.rs")),
    ("matching/questions.rs", include_str!("../../src/matching/questions.rs")),
    ("matching/rungs.rs", include_str!("../../src/matching/rungs.rs")),
    ("matching/words.rs", include_str!("../../src/matching/words.rs")),
    ("plan.rs", include_str!("../../src/plan.rs")),
    ("plan/export.rs", include_str!("../../src/plan/export.rs")),
    ("plan/export/companions.rs", include_str!("../../src/plan/export/companions.rs")),
    ("plan/export/equal.rs", include_str!("../../src/plan/export/equal.rs")),
    ("plan/export/held.rs", include_str!("../../src/plan/export/held.rs")),
    ("plan/twins.rs", include_str!("../../src/plan/twins.rs")),
    ("export.rs", include_str!("../../src/export.rs")),
    ("guard.rs", include_str!("../../src/guard.rs")),
    ("memory.rs", include_str!("../../src/memory.rs")),
    ("folder/target.rs", include_str!("../../src/folder/target.rs")),
    ("folder/taken.rs", include_str!("../../src/folder/taken.rs")),
    ("reason.rs", include_str!("../../src/reason.rs")),
];

#[test]
fn what_decides_touches_no_disk_no_database_and_no_clock() {
    for (name, source) in PURE {
        for (number, line) in source.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in FORBIDDEN {
                assert!(
                    !line.contains(word),
                    "{name}:{}: `{word}`: a stage that reads the world could decide otherwise in Sync than it showed in Simulate",
                    number + 1
                );
            }
        }
    }
}
