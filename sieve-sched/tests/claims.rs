//! The paper's claims: settings share what they can and nothing else, and verdicts follow from what was measured.

use sieve_sched::claims::{
    Against, Among, At, Claim, Conditions, Convergence, Expert, Iterations, Measured,
    MeasuredModel, MeasuredPoint, Mixed, Outcome, Prompts, Quantity, Setting, Settings, Verdict,
    check, evaluate, page, table,
};
use sieve_sched::config::{Config, Routing};
use sieve_sched::cost_table::TableError;
use sieve_sched::method::Method;
use sieve_sched::run::{Job, Session, run};

use crate::common::replay::{config, results};

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

#[test]
fn a_check_replays_the_smallest_batch_and_tells_other_times() {
    let mut config = Config::of("b200-hbm-pim", "qwen3-30b-a3b").unwrap();
    (config.run.batches, config.run.steps, config.run.warmup_steps) = (vec![1], 1, 0);
    let (_, points) = Settings::new(&config).run(&Session::new(&config).unwrap(), &|| {}).unwrap();
    let model = MeasuredModel::new(&config, Expert::of(&config).unwrap(), points);
    let mut measured = Measured { conditions: Conditions::of(&config), models: vec![model] };
    assert_eq!(check(&measured).unwrap(), Vec::<String>::new());
    measured.models[0].expert.pim_ns += 1.0;
    measured.models[0].points[1].step_us *= 1.01;
    let first = measured.models[0].points.remove(0);
    let wrong = check(&measured).unwrap();
    assert!(wrong[0].contains("an expert took"), "{wrong:?}");
    assert!(wrong[1].contains(&format!("{}, [", first.method)), "{wrong:?}");
    assert!(wrong[1].contains("a step was not measured and now takes"), "{wrong:?}");
    assert!(wrong[2].contains("a step took") && wrong.len() == 3, "{wrong:?}");
}

#[test]
fn prompts_and_iterations_are_replayed_as_claims_ask() {
    let claims = Claim::shipped().unwrap();
    let mut qwen3 = config("qwen3-30b-a3b", 2, &[4]);
    let prompts = Prompts::asked(&qwen3, &claims).unwrap();
    let mixed: Vec<Mixed> = prompts.iter().flat_map(|p| p.replay(&|| {}).unwrap()).collect();
    assert_eq!(mixed.len(), prompts.iter().map(Prompts::points).sum::<usize>());
    let iterations = Iterations::asked(&qwen3, &claims);
    let convergence: Vec<Convergence> =
        iterations.iter().flat_map(|i| i.replay(&|| {}).unwrap()).collect();
    assert_eq!(convergence.len(), 2);
    for of in &convergence {
        let (first, rest) = of.by_iteration.split_first().unwrap();
        assert_eq!((first.unseen, rest.len()), (first.experts, 9));
        assert!(rest.iter().all(|error| error.unseen < error.experts / 4));
    }
    let mut model = MeasuredModel::new(&qwen3, Expert::of(&qwen3).unwrap(), vec![]);
    (model.mixed, model.convergence) = (mixed, convergence);
    let measured = Measured { conditions: Conditions::of(&qwen3), models: vec![model] };
    for verdict in evaluate(&claims, &measured) {
        let asked = ["R6", "R9"].contains(&verdict.claim.as_str());
        assert!(!asked || verdict.ours.is_some(), "{verdict:?}");
    }

    // A trace has no routing of prompts, and may not hold other batches than those that are replayed.
    qwen3.run.routing = Routing::Trace("routing.bin".to_owned());
    assert_eq!(Prompts::asked(&qwen3, &claims).unwrap(), []);
    assert_eq!(Iterations::asked(&qwen3, &claims), []);
    qwen3.run.batches.push(32);
    assert_eq!(Iterations::asked(&qwen3, &claims).len(), 2);
    // Nothing of this is asked of others.
    let other = config("gpt-oss-120b", 2, &[4]);
    assert_eq!(Prompts::asked(&other, &claims).unwrap(), []);
    assert_eq!(Iterations::asked(&other, &claims), []);
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
    is(Quantity::Spread { prior: Method::PimoeTp, batch: 4 }, Holds, 0.1, 0.1);
    is(Quantity::BreakEven, Reported, 4.5, 4.5);
    is(Quantity::OverRoofline, Holds, 2.0, 2.0);
    is(Quantity::Variation { method: Method::Pimoe }, Holds, 0.4, 0.4);
    let growth = Quantity::Growth { method: Method::Allexp, from: 32, to: 256 };
    is(growth, Holds, 8.0 * 120.0 / 900.0 - 1.0, 8.0 * 120.0 / 900.0 - 1.0);
    is(Quantity::Fall { method: Method::Noexp }, Holds, 0.375, 0.375);
    is(Quantity::Rival(Among::Pim), Misses, 400.0 / 392.0, 400.0 / 392.0);
    is(Quantity::Rival(Among::All), Reported, 400.0 / 380.0, 400.0 / 380.0);
    is(Quantity::Spread { prior: Method::Pimoe, batch: 4 }, Reported, 1.0, 1.0);
    // GPU-Only is 5 % ahead at 256; no setting changes anything.
    is(Quantity::Winners, Reported, 1.0, 1.0);
    let rival = verdict(&measured, "gpt-oss-120b", &Quantity::Rival(Among::Pim));
    assert!(rival.details[0].starts_with("B = 256: PIMoE-TP / Sieve 1.02"), "{rival:?}");
    assert!((rival.difference.unwrap() - (400.0 / 392.0 / 1.01 - 1.0)).abs() < 1e-9);
}

#[test]
fn prompts_and_the_cost_table_are_judged_by_their_own_replays() {
    let mut measured = measured("qwen3-30b-a3b", &[]);
    let mixed = |method, step_us| Mixed {
        method,
        batch: 16,
        prompt: 256,
        step_us,
        most_over_noexp: [2.5, 2.0],
    };
    let error = |of_counts, mean| TableError { of_counts, mean, ..TableError::default() };
    measured.models[0].mixed = vec![mixed(Method::Noexp, 300.0), mixed(Method::Sieve, 250.0)];
    let mut by_iteration = vec![error(0.6, 0.6); 9];
    by_iteration.push(error(0.01, 0.15));
    let convergence =
        Convergence { method: Method::Sieve, batch: 32, host_traffic: true, by_iteration };
    measured.models[0].convergence.push(convergence);

    let of = |quantity: &Quantity| verdict(&measured, "qwen3-30b-a3b", quantity);
    let ours = |quantity: &Quantity| of(quantity).ours.map(|span| (span.low, span.high));
    let prompts = |prompt| Quantity::Mixed { method: Method::Sieve, batch: 16, prompt };
    assert_eq!(ours(&prompts(256)), Some((1.2, 1.2)));
    assert_eq!(of(&prompts(1024)).outcome, Outcome::NotMeasured);
    assert!(of(&prompts(256)).details[0].contains("2.50 with PIM at its peak, 2.00"));
    let table = |against, host_traffic| Quantity::TableError {
        against,
        host_traffic,
        batch: 32,
        iterations: 10,
    };
    let outcomes = [Against::Count, Against::Expert].map(|a| of(&table(a, true)).outcome);
    assert_eq!(outcomes, [Outcome::Holds, Outcome::Misses]);
    assert_eq!(ours(&table(Against::Expert, true)), Some((0.15, 0.15)));
    assert_eq!(ours(&table(Against::Count, false)), None);
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
