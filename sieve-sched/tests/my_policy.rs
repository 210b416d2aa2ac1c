//! The example runs, and a policy that is brought along is treated like one that ships.

#[path = "common/replay.rs"]
mod common;
#[path = "../examples/my_policy.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own")]
mod my_policy;

use sieve_sched::method::Method;
use sieve_sched::policy::Sieve;
use sieve_sched::run::run_with;

use self::common::{config, results};

#[test]
fn the_example_places_by_its_threshold() {
    let [sieve, mine] = my_policy::compare().unwrap();
    for (sieve, mine) in sieve.points.iter().zip(&mine.points) {
        assert_eq!((sieve.batch, sieve.method), (mine.batch, Method::Sieve));
        let on_pim = |placed: &sieve_sched::replay::step::Placed| placed.pairs_on_pim;
        let pairs =
            |p: &sieve_sched::replay::point::Point| p.placed.iter().map(on_pim).sum::<u64>();
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
