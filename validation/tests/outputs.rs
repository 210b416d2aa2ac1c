//! What `validate` prints has no name that the page of statistics does not explain.

use std::collections::BTreeSet;

use assert_cmd::Command;
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/src/reference/statistics.md");

/// The paths of a value that hold no others, list items as `N`.
fn leaves(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(of) => of.iter().for_each(|(name, value)| leaves(value, &below(name), all)),
        Value::Array(of) => of.iter().for_each(|value| leaves(value, &below("N"), all)),
        _ => drop(all.insert(path.to_owned())),
    }
}

/// Every path of the output stands below the heading, and every name there in the output, but for those of other work.
#[track_caller]
fn explained(args: &str, heading: &str, of_other_work: &[&str]) {
    let mut command = Command::cargo_bin("validate").unwrap();
    let output = command.args(args.split_whitespace()).output().unwrap();
    let mut found = BTreeSet::new();
    leaves(&serde_json::from_slice(&output.stdout).unwrap(), "", &mut found);
    let section = PAGE.split("\n## ").find(|section| section.starts_with(&format!("{heading}\n")));
    let names: BTreeSet<&str> = (section.unwrap().lines())
        .filter_map(|row| Some(row.strip_prefix("| `")?.split_once('`')?.0))
        .collect();
    let stands_for = |name: &str, path: &str| {
        let (name, path): (Vec<_>, Vec<_>) = (name.split('.').collect(), path.split('.').collect());
        // A figure may be a range.
        let path = if path.len() > name.len() && path.last() == Some(&"N") {
            &path[..path.len() - 1]
        } else {
            &path[..]
        };
        name.len() == path.len() && name.iter().zip(path).all(|(a, b)| a == b || *a == "NAME")
    };
    for path in &found {
        assert!(names.iter().any(|name| stands_for(name, path)), "{heading}: `{path}` of `{args}`");
    }
    for name in names {
        let holds_others = found.iter().any(|path| path.starts_with(&format!("{name}.")));
        let said = found.iter().any(|path| stands_for(name, path));
        assert!(said || holds_others || of_other_work.contains(&name), "{heading}: `{name}`");
    }
}

#[test]
fn every_name_is_explained() {
    explained("--only newton --json", "Validation: claims", &[]);
    let kernel = ["kernel", "elements", "instructions"];
    explained("peer aim --shape 512x1024 --json", "Validation: another simulator", &kernel);
    explained("audit --commands 1000 --json", "Validation: audit", &[]);
    explained("quirks --json", "Validation: quirks", &[]);
    explained("traffic --json", "Validation: host beside units", &[]);
    explained("newton --json", "Validation: Newton's experiment", &[]);
}
