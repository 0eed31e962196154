//! Names of any origin: what becomes of them is a file name, the same every time, that our own scan knows again.

#![no_main]

use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use photobridge_core::folder::names::{self, Naming};
use photobridge_core::folder::taken::Taken;
use photobridge_core::folder::target::safe_name;
use photobridge_media::{captured_from_name, kind_of};

fuzz_target!(|names: &str| {
    let (original, fallback) = names.split_once('\n').unwrap_or((names, "id"));
    captured_from_name(original);
    names::is_conflict_copy(original);
    names::bare_stem(original);
    assert_eq!(names::folded(&names::folded(original)), names::folded(original));
    for format in ["jpg", "mov", ".DNG", "psd"] {
        let safe = safe_name(original, fallback, format);
        let whole = safe.whole();
        let components: Vec<_> = Path::new(&whole).components().collect();
        assert_eq!(components, [Component::Normal(whole.as_ref())]);
        assert!(whole.len() <= 255 && !whole.contains(char::is_control) && !names::is_never_ours(&whole));
        let kind = kind_of(Path::new(&format!("x.{}", format.trim_start_matches('.')))).expect("a format of ours");
        assert_eq!(names::read(&whole), Some((kind, Naming::Plain)));
        assert_eq!(safe_name(&whole, fallback, format), safe);
        let mut taken = Taken::default();
        let (stem, ending) = (safe.stem.as_str(), safe.ending());
        let first = taken.claim(Path::new("2024"), stem, &[&ending]);
        let second = taken.claim(Path::new("2024"), stem, &[&ending]);
        assert_ne!(names::folded(&first), names::folded(&second));
        assert!(second.len() + ending.len() <= 255);
    }
});
