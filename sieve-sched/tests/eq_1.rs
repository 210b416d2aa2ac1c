//! When Sieve's first stop is the minimum of Eq. 1 over all partitions, and when not.

use gpu_model::Terms;
use proptest::prelude::*;
use sieve_sched::policy::{Classes, Costs, Layer, Sieve};
use sieve_sched::time::Femtos;

use crate::common::layers::{Given, by_popularity, eq_1, fs, gpu_time, layer, placed};

/// What Sieve's placement takes by Eq. 1.
fn found(layer: &Layer<'_>, costs: &Given) -> Femtos {
    let on_pim = placed(&mut Sieve::default(), layer, costs);
    eq_1(layer, costs, |e| on_pim[e])
}

/// The least of all partitions.
fn least(layer: &Layer<'_>, costs: &Given) -> Femtos {
    let sets = 0..1_u32 << layer.tokens.len();
    sets.map(|set| eq_1(layer, costs, |e| set >> e & 1 == 1)).min().expect("a partition")
}

/// The least of the partitions that have the most popular experts on the GPU.
fn least_in_order(layer: &Layer<'_>, costs: &Given) -> Femtos {
    let order = by_popularity(layer.tokens);
    let moved = 0..=order.len();
    moved.map(|n| eq_1(layer, costs, |e| !order[..n].contains(&e))).min().expect("a partition")
}

/// By how much GPU time of popular experts exceeds that of as many unpopular ones, at most.
fn excess(layer: &Layer<'_>, costs: &Given) -> Femtos {
    let order = by_popularity(layer.tokens);
    let time = |experts: &[usize]| gpu_time(layer, costs, experts.iter().map(|&e| layer.tokens[e]));
    let excess = |n| time(&order[..n]).checked_sub(time(&order[order.len() - n..]));
    (0..=order.len()).filter_map(excess).max().expect("a prefix")
}

/// A table that rises with the count.
fn rising(counts: usize) -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(0..9_u64, counts).prop_map(|steps| {
        let sum = |sum: &mut u64, step| {
            *sum += step;
            Some(*sum)
        };
        steps.into_iter().scan(0, sum).collect()
    })
}

const MOST: u32 = 9;

/// Costs on a GPU whose experts take `weights` and `activations` a token of HBM time, and `compute` a token, with a rising table.
fn costs(
    weights: std::ops::Range<u64>,
    activations: std::ops::Range<u64>,
    compute: std::ops::Range<u64>,
) -> impl Strategy<Value = Given> {
    let table = rising(MOST as usize + 1);
    (weights, activations, compute, 0..9_u64, table).prop_map(
        |(weights, activations, compute, launch, pim)| {
            let gpu = (0..=u64::from(MOST)).map(|n| [weights + activations * n, compute * n]);
            Given { launch, gpu: gpu.collect(), pim }
        },
    )
}

fn tokens() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(0..=MOST, 1..10)
}

proptest! {
    #[test]
    fn the_first_stop_is_the_minimum_where_weights_bound_the_gpu(
        tokens in tokens(),
        costs in costs(9..30, 0..1, 0..2),
        [communication, other, attention] in [0..60_u64, 0..60, 0..60],
    ) {
        let communication = fs(communication);
        let layer = Layer { communication, ..layer(&tokens, other, attention) };
        prop_assert_eq!(found(&layer, &costs), least(&layer, &costs));
    }

    #[test]
    fn elsewhere_it_is_off_by_no_more_than_popular_experts_take_longer_on_the_gpu(
        tokens in tokens(),
        costs in costs(0..30, 0..4, 0..12),
        [compute, other, attention] in [0..60_u64, 0..60, 0..60],
    ) {
        let mut layer = layer(&tokens, other, attention);
        layer.other.compute = fs(compute);
        let found = found(&layer, &costs);
        prop_assert!(found <= least(&layer, &costs) + excess(&layer, &costs));
    }

    /// Whatever the costs, table and all: GPU time rises and PIM time falls with every move.
    #[test]
    fn it_is_the_minimum_among_the_partitions_in_order(
        tokens in tokens(),
        gpu in proptest::collection::vec([0..30_u64, 0..30], MOST as usize + 1),
        pim in proptest::collection::vec(0..60_u64, MOST as usize + 1),
        [launch, other, attention] in [0..20_u64, 0..60, 0..60],
    ) {
        let (costs, layer) = (Given { launch, gpu, pim }, layer(&tokens, other, attention));
        prop_assert_eq!(found(&layer, &costs), least_in_order(&layer, &costs));
    }
}

/// The least of all partitions, experts with equal counts being interchangeable.
fn least_of_classes(layer: &Layer<'_>, costs: &Given) -> Femtos {
    let mut classes = Classes::default();
    let classes = classes.of(layer.tokens);
    // Sums of (GPU, PIM) over the classes so far.
    let mut sums = vec![(Terms::ZERO, layer.attention)];
    for class in classes {
        let with = |&(gpu, pim): &(Terms, Femtos)| {
            (0..=class.experts).map(move |on_gpu| {
                let moved = (0..on_gpu).fold(gpu, |sum, _| sum + costs.gpu(class.tokens));
                (moved, pim + costs.pim(class.tokens) * (class.experts - on_gpu))
            })
        };
        sums = sums.iter().flat_map(with).collect();
    }
    let total = |(gpu, pim): (Terms, Femtos)| {
        let launch = if gpu == Terms::ZERO { gpu } else { costs.gpu_launch() };
        layer.communication.max(costs.gpu_time(layer.other + launch + gpu)).max(pim)
    };
    sums.into_iter().map(total).min().expect("a partition")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_first_stop_is_the_minimum_of_large_layers_too(
        classes in proptest::collection::btree_map(1..=MOST, 1..24_usize, 1..5),
        costs in costs(9..30, 0..1, 0..2),
        [other, attention] in [0..600_u64, 0..600],
    ) {
        let tokens: Vec<u32> = classes.into_iter().flat_map(|(n, of)| vec![n; of]).collect();
        let layer = layer(&tokens, other, attention);
        prop_assert_eq!(found(&layer, &costs), least_of_classes(&layer, &costs));
    }
}

#[test]
fn the_sum_over_classes_is_that_over_experts() {
    let costs = Given::laws(MOST, |n| [10 + n, 3 * n], |n| 4 * n);
    for tokens in [&[3, 1, 3, 3, 0, 7][..], &[], &[2; 8]] {
        let layer = layer(tokens, 12, 5);
        assert_eq!(least_of_classes(&layer, &costs), least(&layer, &costs));
    }
}

#[test]
fn the_first_stop_misses_the_minimum_where_popular_experts_cost_the_gpu_more() {
    // (tokens, costs, Sieve, best)
    let cases = [
        // Compute bounds the GPU. PIM 16; moving 5: GPU 15, PIM 6. But moving 3: GPU 9, PIM 10.
        (vec![5, 3], Given::laws(5, |n| [1, 3 * n], |n| 2 * n), 15, 10),
        // Activations cross HBM. PIM 34; moving 9: GPU 19, PIM 16. But moving 8: GPU 18, PIM 18.
        (vec![9, 8], Given::laws(9, |n| [10 + n, 0], |n| 2 * n), 19, 18),
        // A table that falls, as when 4 was seen to take 10 and 5 is guessed to take 2: PIM 12; moving 5: GPU 8, PIM 10. But moving 4: PIM 2.
        (vec![5, 4], Given::laws(5, |_| [8, 0], |n| if n == 5 { 2 } else { 10 }), 10, 8),
    ];
    for (tokens, costs, sieve, best) in cases {
        let layer = layer(&tokens, 0, 0);
        assert_eq!(found(&layer, &costs), fs(sieve), "{tokens:?}");
        assert_eq!(least(&layer, &costs), fs(best), "{tokens:?}");
    }
}
