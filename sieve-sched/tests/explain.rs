//! What a point's explanation is made of, and the command that prints it.

use std::path::Path;

use serde_json::Value;
use sieve_sched::levers::Lever;
use sieve_sched::method::Method;
use sieve_sched::report::Summary;

use crate::common::replay::{config, results};
use crate::common::sieve;

#[test]
fn estimates_are_below_what_is_simulated() {
    let mut config = config("gpt-oss-120b", 2, &[8, 64]);
    config.run.methods = vec![Method::GpuOnly, Method::Noexp, Method::Allexp, Method::Sieve];
    let summary = Summary::new(&[results(&config)]);
    for point in &summary.models[0].points {
        let terms = &point.placement.terms;
        for term in terms {
            // What the table has seen may have been slower; reads and links are never faster than expected.
            let least = if term.term == "PIM" { 0.8 } else { 0.999 };
            assert!(
                term.simulated_us >= least * term.estimated_us,
                "{} {} {term:?}",
                point.method,
                point.batch
            );
        }
        let longest = terms.iter().map(|term| term.estimated_us).fold(0.0, f64::max);
        let sum: f64 = terms.iter().map(|term| term.estimated_us).sum();
        let bounds = longest * 0.999..=sum * 1.001;
        assert!(bounds.contains(&point.placement.longest_estimated_us), "{}", point.method);
    }
}

#[test]
fn classes_hold_every_expert_and_token_once() {
    let config = config("qwen3.5-397b-a17b", 4, &[12]);
    let results = results(&config);
    let summary = Summary::new(std::slice::from_ref(&results));
    let model = &results.config.model;
    for (point, of) in results.points.iter().zip(&summary.models[0].points) {
        let layers = f64::from(point.steps * model.moe_layers());
        let classes = &of.placement.classes;
        let sum = |what: fn(&sieve_sched::report::TokenClass) -> f64| {
            classes.iter().map(what).sum::<f64>()
        };
        // Shared experts that are not placed are on the GPU and in no class.
        let placed = [
            (sum(|c| c.pim_experts), point.placed.iter().map(|p| p.experts_on_pim).sum::<u64>()),
            (sum(|c| c.pim_tokens), point.placed.iter().map(|p| p.pairs_on_pim).sum()),
        ];
        for (ours, theirs) in placed {
            assert!((ours - theirs as f64 / layers).abs() < 1e-9, "{}", point.method);
        }
        let routed = f64::from(12 * model.experts.top_k);
        let tokens = sum(|c| c.gpu_tokens) + sum(|c| c.pim_tokens);
        assert!(tokens > routed - 1e-9 && tokens < routed + 12.0 + 1e-9, "{tokens}");
        assert!(classes.windows(2).all(|pair| pair[0].to < pair[1].from));
    }
}

#[test]
fn levers_are_single_changes_the_best_first() {
    let config = config("gpt-oss-120b", 2, &[16]);
    let (step_us, levers) = Lever::pull(&config, 16, Method::Sieve, &|| {}).unwrap();
    assert!(levers.windows(2).all(|pair| pair[0].faster >= pair[1].faster));
    let of = |change: &str| levers.iter().find(|lever| lever.change == change);
    let refresh = of("no refresh").unwrap();
    assert!(refresh.faster > 0.0 && refresh.step_us < step_us, "{refresh:?}");
    assert!(of("links at eight times the rate, without latency").unwrap().faster > 0.0);
    // Sixteen requests on four GPUs are two mini-batches as it is.
    assert!(of("two mini-batches").is_none() && of("one mini-batch").is_some());
    let (_, of_one) = Lever::pull(&config, 16, Method::Allexp, &|| {}).unwrap();
    assert!(!of_one.iter().any(|lever| lever.change == "placement for free"));
}

const REPLAY: &str = "replay --model qwen3-30b-a3b,gpt-oss-120b --batch 2,8 --steps 1 --warmup-steps 1 --set model.layers=2 --kv-len 300 --out out";

fn json(place: &Path, args: &str) -> Value {
    serde_json::from_slice(&sieve(place, args).output().unwrap().stdout).unwrap()
}

#[track_caller]
fn refused(place: &Path, args: &str, says: &str) {
    let output = sieve(place, args).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains(says) && output.stdout.is_empty(), "{message}");
}

#[test]
fn a_folder_is_explained_and_claims_are_read_from_it() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    sieve(place, &format!("{REPLAY} --claims")).assert().success();
    let all = json(place, "explain out --json");
    assert_eq!(all["points"].as_array().unwrap().len(), 2 * 2 * Method::ALL.len());
    let point = "explain out --model gpt-oss-120b --batch 8 --json";
    let one = json(place, point);
    assert_eq!(
        (&one["point"]["figures"]["method"], &one["point"]["model"]),
        (&"sieve".into(), &"gpt-oss-120b".into())
    );
    assert!(one["levers"]["changes"].as_array().unwrap().len() > 2);
    assert_eq!(one["levers"]["step_us"], one["point"]["figures"]["step_time_us"]);
    assert!(json(place, &format!("{point} --quick"))["levers"].is_null());
    let claims = json(place, "claims out --json --write-docs page.md");
    let saved: Value =
        serde_json::from_slice(&std::fs::read(place.join("out/claims.json")).unwrap()).unwrap();
    assert_eq!(claims["claims"], saved["verdicts"]);
    assert!(std::fs::read_to_string(place.join("page.md")).unwrap().contains("## R9"));
    // Replayed again as the paper has it, with all layers, steps take longer.
    let says = "qwen3-30b-a3b, B = 2, gpu-only";
    refused(place, "claims out --check --write-docs other.md", says);
    assert!(!place.join("other.md").exists());
    // Of a replay without claims nothing is left that could be taken for its own.
    sieve(place, &format!("{REPLAY} --scheduler-cost 0")).assert().success();
    refused(place, "claims out", "claims.json: cannot be read");

    refused(place, "explain out --batch 8 --quick", "choose one with --model");
    refused(
        place,
        "explain out --batch 9",
        "the folder has models qwen3-30b-a3b, gpt-oss-120b, batches 2, 8",
    );
    refused(place, "explain missing", "missing: is no results folder");
    refused(place, "explain out --method sive", "no method is called `sive`");
    refused(place, "claims page.md", "page.md: ");
    refused(place, "replay --claims --minibatches 1", "cannot be used with");
    refused(place, "replay --claims --set minibatches=fixed(1)", "claims are judged at auto");
    refused(place, "replay --claims --model gpt-oss-20b", "claims are about qwen3.5-397b-a17b");
}
