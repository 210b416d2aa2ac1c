//! The paper's claims: settings share what they can and nothing else, and verdicts follow from what was measured.

#![expect(clippy::unwrap_used, reason = "a helper of tests is not a test to the lint")]

#[path = "common/replay.rs"]
mod common;

use sieve_sched::claims::{
    At, Claim, Conditions, Expert, Measured, MeasuredModel, MeasuredPoint, Outcome, Quantity,
    Setting, Settings, Verdict, evaluate, page, table,
};
use sieve_sched::config::Config;
use sieve_sched::method::Method;
use sieve_sched::run::{Job, Session, run};

use self::common::{config, results};

#[test]
fn the_shipped_claims_are_nine_and_their_models_are_presets() {
    let claims = Claim::shipped().unwrap();
    let ids: Vec<&str> = claims.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids, ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"]);
    for model in Claim::models(&claims) {
        assert_eq!(Config::of("b200-hbm-pim", model).unwrap().model.name, model);
    }
    for claim in &claims {
        for (at, row) in claim.rows.iter().enumerate() {
            let same = |other: &&_| **other == *row;
            assert_eq!(claim.rows[..at].iter().find(same), None, "{}", claim.id);
        }
    }
}

#[test]
fn shared_replays_give_what_each_setting_gives_alone() {
    let config = config("gpt-oss-120b", 2, &[4, 12]);
    let settings = Settings::new(&config);
    let session = Session::new(&config).unwrap();
    let (charged, measured) = settings.run(&session, &|| {}).unwrap();
    assert_eq!(charged, results(&Setting::Charged.of(&config)).points);
    assert!(measured.len() < 3 * Job::all(&config).len());
    for setting in Setting::ALL {
        for point in run(&setting.of(&config), &|| {}).unwrap().points {
            let of: Vec<&MeasuredPoint> = (measured.iter())
                .filter(|m| (m.batch, m.method) == (point.batch, point.method))
                .filter(|m| m.settings.contains(&setting))
                .collect();
            let step_us = point.time.as_ticks() as f64 / 1e9 / f64::from(point.steps);
            assert_eq!(of.len(), 1);
            assert_eq!((of[0].step_us, of[0].minibatches), (step_us, point.minibatches));
        }
    }
}

/// A model on which a step takes so long, us, by batch and method in the order of [`Claim::METHODS`]; the same under every setting.
fn measured(model: &str, steps: &[(u32, [f64; 6])]) -> Measured {
    let point = |batch, method, step_us| MeasuredPoint {
        settings: Setting::ALL.to_vec(),
        batch,
        method,
        minibatches: 1,
        step_us,
        busy_us: [("hbm".to_owned(), step_us)].into(),
        expert_time_variation: (method == Method::Pimoe).then_some(0.4),
    };
    let points = steps.iter().flat_map(|&(batch, steps)| {
        Claim::METHODS.into_iter().zip(steps).map(move |(method, us)| point(batch, method, us))
    });
    let config = Config::of("b200-hbm-pim", model).unwrap();
    let expert = Expert { pim_ns: 200.0, roofline_ns: 100.0, load_ns: 900.0 };
    let model = MeasuredModel::new(&config, expert, points.collect());
    Measured { conditions: Conditions::of(&config), models: vec![model] }
}

/// The verdict on a quantity of a model.
fn verdict(measured: &Measured, model: &str, quantity: &Quantity) -> Verdict {
    let verdicts = evaluate(&Claim::shipped().unwrap(), measured);
    let fits = |v: &&Verdict| v.row.model == model && v.row.quantity == *quantity;
    verdicts.iter().find(fits).unwrap().clone()
}

#[track_caller]
fn judged(measured: &Measured, quantity: &Quantity, outcome: Outcome, low: f64, high: f64) {
    let verdict = verdict(measured, "gpt-oss-120b", quantity);
    let ours = verdict.ours.unwrap();
    assert_eq!(verdict.outcome, outcome, "{verdict:?}");
    assert!((ours.low - low).abs() < 1e-9 && (ours.high - high).abs() < 1e-9, "{ours:?}");
}

#[test]
fn verdicts_follow_from_step_times() {
    use Outcome::{Holds, Misses, Reported};
    // GPU-Only, NoExp, AllExp, PIMoE, PIMoE-TP, Sieve.
    let measured = measured(
        "gpt-oss-120b",
        &[
            (4, [50.0, 60.0, 44.0, 80.0, 40.0, 40.0]),
            (32, [150.0, 160.0, 120.0, 130.0, 110.0, 100.0]),
            (256, [380.0, 700.0, 900.0, 480.0, 392.0, 400.0]),
        ],
    );
    let is = |quantity: Quantity, outcome, low, high| {
        judged(&measured, &quantity, outcome, low, high);
    };
    is(Quantity::Gain(At::Batch(256)), Misses, 0.98, 1.2);
    is(Quantity::Gain(At::Batch(32)), Holds, 1.1, 1.3);
    is(Quantity::Gain(At::Best), Holds, 1.1, 2.0);
    is(Quantity::Spread { batch: 4 }, Holds, 0.1, 0.1);
    is(Quantity::BreakEven, Reported, 4.5, 4.5);
    is(Quantity::OverRoofline, Holds, 2.0, 2.0);
    is(Quantity::Variation { method: Method::Pimoe }, Holds, 0.4, 0.4);
    let growth = Quantity::Growth { method: Method::Allexp, from: 32, to: 256 };
    is(growth, Holds, 8.0 * 120.0 / 900.0 - 1.0, 8.0 * 120.0 / 900.0 - 1.0);
    is(Quantity::Fall { method: Method::Noexp }, Holds, 0.375, 0.375);
    is(Quantity::Rival, Misses, 400.0 / 392.0, 400.0 / 392.0);
    // GPU-Only is 5 % ahead at 256; no setting changes anything.
    is(Quantity::Winners, Reported, 1.0, 1.0);
    let rival = verdict(&measured, "gpt-oss-120b", &Quantity::Rival);
    assert!(rival.details[0].starts_with("B = 256: PIMoE-TP / Sieve 1.02"), "{rival:?}");
    assert!((rival.difference.unwrap() - (400.0 / 392.0 / 1.01 - 1.0)).abs() < 1e-9);
}

#[test]
fn interactivity_at_equal_throughput_is_read_off_the_other_curve() {
    // Everybody else is Sieve with steps twice as long: at equal batch 2, at equal throughput a batch farther up a curve on
    // which interactivity stays and throughput doubles with the batch.
    let steps = [(8, 100.0), (16, 100.0), (32, 100.0)];
    let steps: Vec<_> =
        steps.map(|(b, us)| (b, [2.0 * us, 2.0 * us, 2.0 * us, 2.0 * us, 2.0 * us, us])).into();
    let measured = measured("gpt-oss-120b", &steps);
    let verdict = verdict(&measured, "gpt-oss-120b", &Quantity::GainAtEqualThroughput);
    let ours = verdict.ours.unwrap();
    assert!((ours.low - 2.0).abs() < 1e-9 && (ours.high - 2.0).abs() < 1e-9, "{ours:?}");
}

#[test]
fn what_was_not_replayed_is_not_measured() {
    let measured = measured("gpt-oss-120b", &[(32, [1.0; 6])]);
    let claims = Claim::shipped().unwrap();
    let verdicts = evaluate(&claims, &measured);
    let outcome = |quantity: &Quantity, model| {
        let fits = |v: &&Verdict| v.row.model == model && v.row.quantity == *quantity;
        verdicts.iter().find(fits).unwrap().outcome
    };
    assert_eq!(outcome(&Quantity::Gain(At::Batch(256)), "gpt-oss-120b"), Outcome::NotMeasured);
    assert_eq!(outcome(&Quantity::Gain(At::Batch(32)), "gpt-oss-120b"), Outcome::Misses);
    assert_eq!(outcome(&Quantity::OverRoofline, "qwen3-30b-a3b"), Outcome::NotMeasured);
    let text = table(&verdicts);
    assert!(text.contains("R2, not measured: ") && text.contains("R8, not measured: "), "{text}");
}

#[test]
fn what_is_saved_gives_the_same_verdicts() {
    let measured = measured("gpt-oss-120b", &[(4, [3.0, 2.5, 1.1, 7.0 / 3.0, 0.9, 1.0])]);
    let text = serde_json::to_string(&measured).unwrap();
    let read: Measured = serde_json::from_str(&text).unwrap();
    assert_eq!(read, measured);
    let claims = Claim::shipped().unwrap();
    let (before, after) = (evaluate(&claims, &measured), evaluate(&claims, &read));
    assert_eq!(before, after);
    let page = page(&claims, &measured, &before);
    assert_eq!(page.matches("\n## R").count(), claims.len());
    assert_eq!(page.matches("\n| gpt-oss-120b |").count(), {
        before.iter().filter(|verdict| verdict.row.model == "gpt-oss-120b").count()
    });
}
