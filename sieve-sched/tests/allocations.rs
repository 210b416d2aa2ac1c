//! Placement allocates nothing once it has seen a step.

#[path = "common/runtime.rs"]
mod runtime;

use sieve_sched::policy::{AllOnGpu, AllOnPim, Partition, Pimoe, Policy, Sieve};

use self::runtime::Runtime;

/// Allocations while every layer of a step is placed.
fn allocations(runtime: &Runtime, policy: &mut dyn Policy, partition: &mut Partition) -> u64 {
    let place = || runtime.layers().for_each(|l| policy.place(&l, &runtime.tables(), partition));
    allocation_counter::measure(place).count_total
}

#[test]
fn a_policy_allocates_for_the_first_step_only() {
    let runtime = Runtime::new("qwen3-next-80b-a3b", 64);
    let policies: [Box<dyn Policy>; 5] = [
        Box::new(AllOnGpu),
        Box::new(AllOnPim),
        Box::new(Pimoe::new(1)),
        Box::new(Pimoe::new(512)),
        Box::new(Sieve::default()),
    ];
    for mut policy in policies {
        let mut partition = Partition::default();
        let first = allocations(&runtime, policy.as_mut(), &mut partition);
        let second = allocations(&runtime, policy.as_mut(), &mut partition);
        assert!(first > 0 && second == 0, "{policy:?}: {first}, then {second}");
    }
}
