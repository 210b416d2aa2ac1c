//! `sieve report` as a user runs it, and its page in a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::sieve;

const REPLAY: &str = "replay --model qwen3-30b-a3b --batch 1,8 --methods noexp,sieve --steps 1 --warmup-steps 1 --set model.layers=2 --out out";

/// A page and the summary it is made of.
fn page(place: &Path) -> (String, Value) {
    sieve(place, REPLAY).assert().success();
    sieve(place, "report out").assert().success();
    let read = |name: &str| fs::read_to_string(place.join("out").join(name)).unwrap();
    (read("report.html"), serde_json::from_str(&read("summary.json")).unwrap())
}

#[test]
fn the_page_has_every_point_and_needs_nothing_beside_it() {
    let place = tempfile::tempdir().unwrap();
    let (text, summary) = page(place.path());
    let model = &summary["models"][0];
    for point in model["points"].as_array().unwrap() {
        let (batch, method) = (&point["batch"], point["method"].as_str().unwrap());
        let id = format!("{}-{batch}-{method}", model["model"].as_str().unwrap());
        for found in [format!("href=\"#{id}\""), format!("id=\"{id}\"")] {
            assert_eq!(text.matches(&found).count(), 1, "{found}");
        }
        let step = format!("<td>{:.1}</td>", point["step_time_us"].as_f64().unwrap());
        assert!(text.contains(&step), "{step}");
    }
    // Figures and style are inside; nothing is fetched.
    assert_eq!(text.matches("<img src=\"data:image/svg+xml;base64,").count(), 2);
    assert_eq!(text.matches("src=").count(), 2);
    assert!(!text.contains("href=\"http") && !text.contains("<script") && !text.contains("<link"));
    // Configuration is text, whatever signs it has.
    let config = fs::read_to_string(place.path().join("out/config.resolved.ron")).unwrap();
    assert!(config.contains('"') && text.contains("&#34;") && !text.contains("name: \""));
    // The same results give the same page, and new results take its place.
    sieve(place.path(), "report out --out again.html").assert().success();
    assert_eq!(fs::read_to_string(place.path().join("again.html")).unwrap(), text);
    sieve(place.path(), REPLAY).assert().success();
    assert!(!place.path().join("out/report.html").exists());
}

#[test]
fn claims_are_shown_where_some_were_judged() {
    let place = tempfile::tempdir().unwrap();
    sieve(place.path(), &format!("{REPLAY} --claims")).assert().success();
    sieve(place.path(), "report out --out page.html").assert().success();
    let text = fs::read_to_string(place.path().join("page.html")).unwrap();
    assert!(text.contains("<h2 id=\"claims\">") && text.contains(">R9</td>"));
}

#[test]
fn mistakes_are_named() {
    let place = tempfile::tempdir().unwrap();
    let says = |args: &str| {
        let output = sieve(place.path(), args).assert().code(2);
        String::from_utf8_lossy(&output.get_output().stderr).into_owned()
    };
    let text = says("report nowhere");
    assert!(text.contains("nowhere: is no results folder: summary.json cannot be read"), "{text}");
    fs::create_dir(place.path().join("old")).unwrap();
    fs::write(place.path().join("old/summary.json"), "{\"models\": []}").unwrap();
    let text = says("report old");
    assert!(text.contains("missing field `schema_version`"), "{text}");
    assert!(!place.path().join("old/report.html").exists());
}

/// A browser that draws pages without a window: that of `$SIEVE_BROWSER`, or one of the usual names.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("SIEVE_BROWSER").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let usual = std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    named.or(usual)
}

#[test]
fn a_browser_draws_it_and_finds_nothing_to_complain_of() {
    let Some(browser) = browser() else {
        println!("skipped: no browser (chromium), the page is not drawn");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    page(place.path());
    let address = format!("file://{}", place.path().join("out/report.html").display());
    let run = |more: &[&str]| {
        let output = Command::new(&browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", place.path().join("profile").display()))
            .args(["--enable-logging=stderr", "--window-size=1400,1600"])
            .args(more)
            .arg(&address)
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let complaints: Vec<&str> = told.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(complaints.is_empty(), "{complaints:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // As the browser understood the page, not as it is written: a row for each point, within the body of a table.
    let dom = run(&["--dump-dom"]);
    let table =
        dom.split("<table class=\"points\">").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.split("<tbody>").nth(1).unwrap().matches("<tr").count(), 4);
    run(&["--screenshot=shot.png"]);
    let pixels = resvg::tiny_skia::Pixmap::load_png(place.path().join("shot.png")).unwrap();
    // Sieve's vermillion and the energy of the GPU's blue: both figures are drawn.
    for colour in [[0xd5, 0x5e, 0x00], [0x00, 0x72, 0xb2]] {
        let same =
            |p: &&resvg::tiny_skia::PremultipliedColorU8| [p.red(), p.green(), p.blue()] == colour;
        let drawn = pixels.pixels().iter().filter(same).count();
        assert!(drawn > 200, "{colour:x?}: {drawn} pixels");
    }
}
