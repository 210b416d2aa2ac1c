//! The book without mdBook: every page is in the summary, and every link leads somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Pages below a folder.
fn pages(folder: &Path, all: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            all.insert(plain(&path), fs::read_to_string(&path).unwrap());
        }
    }
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut all = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if all.pop() => {}
            other => all.push(other),
        }
    }
    all
}

/// Lines outside of blocks of code, without code in lines.
fn prose(text: &str) -> Vec<String> {
    let mut code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// Targets of the links and images of a page.
fn links(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in prose(text) {
        // Code in a line is not linked, but a link's text may be code.
        let even = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let mut rest = even.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let (target, after) = after.split_once(')').unwrap_or((after, ""));
            all.push(target.to_owned());
            rest = after;
        }
    }
    all
}

/// Anchors of a page's headings, as mdBook and GitHub make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let mut all = BTreeSet::new();
    for line in headings {
        let heading = line.trim_start_matches('#').trim().replace("](", " ").to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor = kept.collect::<String>().replace(' ', "-");
        let mut free = anchor.clone();
        let mut count = 0;
        while !all.insert(free.clone()) {
            count += 1;
            free = format!("{anchor}-{count}");
        }
    }
    all
}

#[test]
fn every_page_is_in_the_summary_once() {
    let source = plain(&root().join("docs/src"));
    let mut all = BTreeMap::new();
    pages(&source, &mut all);
    let summary = all.remove(&source.join("SUMMARY.md")).unwrap();
    let listed: Vec<PathBuf> = links(&summary)
        .into_iter()
        .filter(|target| !target.is_empty())
        .map(|target| source.join(target))
        .collect();
    // Parts of pages are no pages.
    let included = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        all.values().any(|text| text.contains(&format!("{{{{#include {name}}}}}")))
    };
    let known: BTreeSet<&PathBuf> = all.keys().filter(|path| !included(path)).collect();
    assert_eq!(listed.iter().collect::<BTreeSet<_>>(), known);
    assert_eq!(listed.len(), known.len(), "a page is listed twice");
}

#[test]
fn every_link_leads_somewhere() {
    let root = plain(&root());
    let mut all = BTreeMap::new();
    pages(&root.join("docs/src"), &mut all);
    for page in ["README.md", "STYLE.md", "scripts/README.md"] {
        all.insert(root.join(page), fs::read_to_string(root.join(page)).unwrap());
    }
    let anchors: BTreeMap<&PathBuf, _> =
        all.iter().map(|(path, text)| (path, anchors(text))).collect();
    let mut broken = Vec::new();
    for (page, text) in &all {
        for link in links(text) {
            if link.contains("://") || link.starts_with("mailto:") || link.is_empty() {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => plain(&page.parent().unwrap().join(file)),
            };
            let there = target.exists();
            let found = anchor.is_empty()
                || anchors.get(&target).is_some_and(|anchors| anchors.contains(anchor));
            if !there || !found {
                broken.push(format!("{}: {link}", page.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
