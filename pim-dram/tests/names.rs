//! The engine knows no device by name: families and presets are data.

use std::path::Path;

/// Words that may stand in `families/` and `presets/` only.
const NAMES: [&str; 12] = [
    "compat",
    "aim",
    "attacc",
    "newton",
    "newtonsim",
    "neupims",
    "samsung",
    "hbm-pim",
    "aquabolt",
    "pimsimulator",
    "ramulator",
    "sieve",
];

fn check(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            check(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("source text").to_lowercase();
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
        let named =
            words.filter(|word| NAMES.iter().any(|&name| word.split('_').any(|part| part == name)));
        found.extend(named.map(|word| format!("{}: {word}", path.display())));
    }
}

#[test]
fn no_source_file_names_a_device_or_another_simulator() {
    let mut found = Vec::new();
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.is_empty(), "{found:#?}");
}
