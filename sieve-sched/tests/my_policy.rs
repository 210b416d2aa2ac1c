//! The example runs, and a policy that is brought along is treated like one that ships.

#[path = "../examples/my_policy.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own")]
mod example;

use sieve_sched::method::Method;
use sieve_sched::policy::{Costs, Layer, Partition, Policy, Sieve, Split};
use sieve_sched::replay::point::Point;
use sieve_sched::replay::step::Placed;
use sieve_sched::run::run_with;

use crate::common::replay::{config, results};

#[test]
fn the_example_places_by_its_threshold() {
    let [sieve, mine] = example::compare().unwrap();
    for (sieve, mine) in sieve.points.iter().zip(&mine.points) {
        assert_eq!((sieve.batch, sieve.method), (mine.batch, Method::Sieve));
        let pairs = |p: &Point| p.placed.iter().map(|placed| placed.pairs_on_pim).sum::<u64>();
        assert!(pairs(mine) > 0 && pairs(mine) != pairs(sieve));
    }
    let lines = include_str!("../examples/my_policy.rs").lines().count();
    assert!(lines < 40, "{lines} lines");
}

#[test]
fn the_policy_decides_whatever_the_name_of_the_method() {
    let mut config = config("qwen3-30b-a3b", 2, &[16]);
    config.run.methods = vec![Method::PimoeTp, Method::Sieve];
    let [pimoe, sieve] = results(&config).points.try_into().unwrap();
    assert_ne!(pimoe.time, sieve.time);
    let with = run_with(&config, &|_, _| Box::new(Sieve::default()), &|| {}).unwrap();
    assert_eq!(with.points.iter().map(|p| p.time).collect::<Vec<_>>(), [sieve.time; 2]);
}

/// All on the GPU but for a third of the most popular expert's tokens.
#[derive(Debug)]
struct Third;

impl Policy for Third {
    fn place(&mut self, layer: &Layer<'_>, _: &dyn Costs, partition: &mut Partition) {
        partition.put_all(layer.tokens.len(), false);
        let popular = layer.tokens.iter().enumerate().max_by_key(|(_, n)| **n);
        partition.split = popular.map(|(expert, &n)| Split { expert, on_pim: n / 3 });
    }
}

#[test]
fn every_token_of_a_split_expert_is_computed_once() {
    let mut config = config("gpt-oss-120b", 2, &[64]);
    config.run.methods = vec![Method::Sieve];
    let split = &run_with(&config, &|_, _| Box::new(Third), &|| {}).unwrap().points[0];
    let plain = &results(&config).points[0];
    let sum = |point: &Point, of: fn(&Placed) -> u64| point.placed.iter().map(of).sum::<u64>();
    assert_eq!(sum(split, |p| p.pairs), sum(plain, |p| p.pairs));
    assert_eq!(sum(split, |p| p.experts), sum(plain, |p| p.experts));
    assert_eq!(sum(split, |p| p.experts_on_pim), 0);
    // The part in memory is one expert of every layer, mini-batch and GPU.
    assert!(split.table_error.iter().all(|error| error.experts == 2 * 2 * 4), "{split:?}");
    assert!((1..sum(split, |p| p.pairs) / 3).contains(&sum(split, |p| p.pairs_on_pim)));
}
