//! The reference pages: current, complete, and true to what `--set` takes and `check` refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sieve_sched::config::{Assignment, Config, Routing, apply, laws, paths, settle};
use validation::reference::{Field, Sources, book, fields, lacking};
use workloads::lengths::Empirical;
use workloads::{Decode, KvLengths, RoutingSource};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn built_in() -> Config {
    Config::of("b200-hbm-pim", "qwen3-30b-a3b").unwrap()
}

fn set(config: &Config, text: &str) -> Config {
    apply(config, &[text.parse().unwrap()]).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Configurations that together take every choice that holds something.
fn witnesses() -> Vec<Config> {
    let plain = built_in();
    let mut laws = Config::of("b200-hbm-pim", "gpt-oss-120b").unwrap();
    laws.system.gpu_law = laws::of_gpu("b200", "b200-vllm").unwrap();
    laws.system.link_law = laws::of_links("b200-hbm-pim", "measured").unwrap();
    laws.run.take_prompts("sieve").unwrap();
    let mut seen = plain.clone();
    let times = BTreeMap::from([(1, 2)]);
    seen.run.kv_tokens = KvLengths::Empirical(Empirical { file: "a.csv".to_owned(), times });
    let mut all = vec![laws, seen];
    let models = workloads::model::PRESETS.iter().map(|(name, _)| *name);
    all.extend(models.map(|model| Config::of("b200-hbm-pim", model).unwrap()));
    let one = [
        "pattern.0.attention.grouped_query.span=chunked(8)",
        "pattern.0.attention.grouped_query.span=sliding(8)",
        "run.routing=trace(\"a.npz\")",
        "correlation=(affinity_sigma: 1, persistence: 0.5)",
        "group_limit=(groups: 8, visited: 4)",
        "popularity=dirichlet(shape: 1)",
        "popularity=gengamma(shape: 1, power: 2)",
        "popularity=lognormal(sigma: 1)",
        "popularity=zipf(exponent: 1)",
        "popularity=bimodal(sigma: 1, cold_share: 0.5, offset: 1)",
        "kv_tokens=constant(8)",
        "kv_tokens=lognormal(median: 8, sigma: 1, max: 9)",
        "minibatches=fixed(2)",
        "pimoe_channels_per_expert=fixed(2)",
        "arbitration=batched(8)",
        "tFAW=ns(6)",
        "tFAW=ps(6000)",
        "between_domains=(gpus_per_domain: 8, bytes_per_s: 1, latency_ns: 1, pj_per_bit: 1)",
    ];
    all.extend(one.map(|text| set(&plain, text)));
    all
}

/// The path with list items as `N`; names in maps stay.
fn numbered(path: &str) -> String {
    let part = |part: &str| match part.parse::<usize>() {
        Ok(_) => "N".to_owned(),
        Err(_) => part.to_owned(),
    };
    path.split('.').map(part).collect::<Vec<_>>().join(".")
}

/// Whether a path of the page stands for another one.
fn stands_for(page: &str, path: &str) -> bool {
    let (page, path): (Vec<&str>, Vec<&str>) =
        (page.split('.').collect(), path.split('.').collect());
    page.len() == path.len() && page.iter().zip(&path).all(|(a, b)| a == b || *a == "NAME")
}

#[test]
fn pages_are_current() {
    for (name, text) in book(&root()).unwrap() {
        let path = root().join("docs/src/reference").join(name);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "{name} is stale: `cargo run -p validation -- reference` writes it");
    }
}

#[test]
fn every_path_of_the_page_is_one_that_set_takes() {
    let known: BTreeSet<String> = (witnesses().iter())
        .flat_map(|config| {
            let all = paths(config);
            let whole = |path: &String| Assignment { path: path.clone(), value: "0".to_owned() };
            settle(config, all.iter().map(whole).collect()).unwrap();
            all
        })
        .map(|path| numbered(&path))
        .collect();
    let fields = fields(&Sources::read(&root()).unwrap()).unwrap();
    assert!(fields.len() > 200, "{} fields", fields.len());
    let unknown = |field: &&Field| !known.iter().any(|path| stands_for(&field.path, path));
    let unknown: Vec<_> = fields.iter().filter(unknown).map(|field| &field.path).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_path_that_set_takes_stands_on_the_page() {
    let sources = Sources::read(&root()).unwrap();
    let known: BTreeSet<String> = witnesses().iter().flat_map(paths).collect();
    assert_eq!(lacking(&sources, &known).unwrap(), Vec::<&String>::new());
    let none = ["system.pim.timing.tFAW.furlongs".to_owned()];
    assert_eq!(lacking(&sources, &none).unwrap(), [&none[0]]);
}

/// Numbers just outside of a range: `1 to 128`, `1 and above`, `above 0, at most 7`.
fn outside(range: &str) -> Vec<f64> {
    let number = |text: &str| {
        let digits: String = text.chars().filter(|c| *c != ',').collect();
        digits.trim().parse::<f64>().ok()
    };
    let first = |text: &str| {
        number(text.split([';', ' ']).next().unwrap_or_default().trim_end_matches(','))
    };
    if let Some(rest) = range.strip_prefix("above ") {
        let most = range.split_once("at most ").and_then(|(_, most)| first(most));
        return first(rest).into_iter().chain(most.map(|most| 1.5 * most + 1.0)).collect();
    }
    if let Some((least, _)) = range.split_once(" and above") {
        return number(least).map(|least| least - 1.0).into_iter().collect();
    }
    let Some((least, most)) = range.split_once(" to ") else { return Vec::new() };
    let below = number(least).map(|least| least - 1.0);
    let above = first(most).filter(|_| !most.starts_with("below")).map(|most| most + 1.0);
    below.into_iter().chain(above).collect()
}

/// What is said of a configuration, if it is refused.
fn refusal(config: &Config, path: &str, value: f64) -> Option<String> {
    let assignment = Assignment { path: path.to_owned(), value: value.to_string() };
    match apply(config, &[assignment]) {
        Err(error) => Some(error.to_string()),
        Ok(config) => config.check().err().map(|error| error.to_string()).or_else(|| {
            // Whether a law suits the model is seen when it draws.
            let Routing::Synthetic(routing) = config.run.routing else { return None };
            let source = RoutingSource::Synthetic(routing);
            let drawn = Decode::new(source, &config.model, 1, config.run.kv_tokens, 1);
            drawn.err().map(|error| error.to_string())
        }),
    }
}

#[test]
fn numbers_outside_of_a_range_are_refused() {
    let fields = fields(&Sources::read(&root()).unwrap()).unwrap();
    let mut probed = BTreeSet::new();
    for config in witnesses() {
        for path in paths(&config) {
            let field = fields.iter().find(|field| stands_for(&field.path, &numbered(&path)));
            let Some(Field { path: name, range: Some(range) }) = field else { continue };
            let tree = serde_json::to_value(&config).unwrap();
            let value = tree.pointer(&format!("/{}", path.replace('.', "/")));
            if !value.is_some_and(serde_json::Value::is_number) || !probed.insert(name) {
                continue;
            }
            for value in outside(range) {
                let refused = refusal(&config, &path, value);
                assert!(refused.is_some(), "{path}: {value} is outside of `{range}` and is taken");
            }
        }
    }
    assert!(probed.len() > 80, "{probed:?}");
}

/// The other way round: where a check names a field because of its size, the page has a range.
#[test]
fn every_field_with_a_limit_says_so() {
    let config = built_in();
    let fields = fields(&Sources::read(&root()).unwrap()).unwrap();
    let tree = serde_json::to_value(&config).unwrap();
    for path in paths(&config) {
        let value = tree.pointer(&format!("/{}", path.replace('.', "/")));
        if !value.is_some_and(serde_json::Value::is_number) {
            continue;
        }
        let tail = path.rsplit('.').take(2).collect::<Vec<_>>();
        let tail = format!("{}.{}: ", tail[1], tail[0]);
        for value in [0.0, f64::from(u32::MAX)] {
            let Some(says) = refusal(&config, &path, value) else { continue };
            let named = says.split("; ").any(|one| one.contains(&tail) && one.contains("outside"));
            let field = fields.iter().find(|field| stands_for(&field.path, &numbered(&path)));
            let range = field.is_some_and(|field| field.range.is_some());
            assert!(!named || range, "{path}: no range, but {value} gives `{says}`");
        }
    }
}
