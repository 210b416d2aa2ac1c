//! Decode batches: where their tokens come from, how long their contexts are, and that a seed fixes both.

use crate::common::tiny;
use proptest::prelude::*;
use workloads::decode::LARGEST_BATCH;
use workloads::trace::{Array, Records};
use workloads::{Decode, GeneratorSpec, KvLengths, ModelSpec, RoutingSource, Step, Trace};

const ONE: KvLengths = KvLengths::Constant(1);

fn synthetic() -> RoutingSource {
    RoutingSource::Synthetic(GeneratorSpec::preset("qwen3").unwrap())
}

fn recorded(records: Records) -> RoutingSource {
    RoutingSource::Trace(Trace::new("t.npz", &tiny(), records).unwrap())
}

/// Requests of 3, 1 and 5 tokens. The first expert of a token's first layer tells its place (times 6).
fn requests() -> RoutingSource {
    let expert_ids = (0..9_u16).flat_map(|t| [t % 6, (t + 1) % 6, t / 6, 5]).collect();
    recorded(Records::Requests {
        expert_ids: Array::new([9, 2, 2], expert_ids).unwrap(),
        request_tokens: Array::new([3], vec![3, 1, 5]).unwrap(),
    })
}

/// Two steps of four tokens: the experts of a token in layer 0 tell its step and row.
fn batches() -> RoutingSource {
    let token = |step: u16, row: u16| [row, (row + 1 + step) % 6];
    let layer = |step| (0..4).flat_map(move |row| token(step, row));
    let expert_ids = (0..2).flat_map(|step| layer(step).chain(layer(step))).collect();
    recorded(Records::Batches { expert_ids: Array::new([2, 2, 4, 2], expert_ids).unwrap() })
}

fn counts() -> RoutingSource {
    let counts = vec![3, 2, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 3, 0, 3, 0, 0, 2, 2, 2, 0, 0, 0];
    recorded(Records::Counts { counts: Array::new([2, 2, 6], counts).unwrap() })
}

fn decode(source: RoutingSource, batch: usize, lengths: KvLengths, seed: u64) -> Decode {
    Decode::new(source, &tiny(), batch, lengths, seed).unwrap()
}

fn steps(mut decode: Decode, count: usize) -> Vec<Step> {
    (0..count).map(|_| decode.next_step().clone()).collect()
}

#[test]
fn a_seed_fixes_every_step() {
    for source in [synthetic(), requests(), batches(), counts()] {
        let run = |seed| steps(decode(source.clone(), 3, KvLengths::AZURE, seed), 20);
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}

#[test]
fn context_lengths_leave_the_routing_as_it_is() {
    for source in [synthetic(), requests(), batches(), counts()] {
        let run = |lengths| {
            let steps = steps(decode(source.clone(), 3, lengths, 7), 20);
            steps.into_iter().map(|step| step.expert_ids).collect::<Vec<_>>()
        };
        assert_eq!(run(ONE), run(KvLengths::AZURE));
    }
}

#[test]
fn a_step_has_its_parts_where_it_says() {
    let mut decode = Decode::new(
        synthetic(),
        &ModelSpec::preset("qwen3-30b-a3b").unwrap(),
        5,
        KvLengths::AZURE,
        1,
    )
    .unwrap();
    for index in 0..3 {
        let step = decode.next_step();
        assert_eq!((step.index, step.kv_tokens.len()), (index, 5));
        assert_eq!(step.expert_ids.len(), 48 * 5 * 8);
        for layer in 0..48 {
            let first = layer as usize * 40;
            assert_eq!(step.layer(layer), &step.expert_ids[first..first + 40]);
            let counts = step.tokens_per_expert(layer);
            assert_eq!((counts.len(), counts.iter().sum::<u32>()), (128, 40));
            for token in step.layer(layer).chunks(8) {
                let mut token = token.to_vec();
                token.sort_unstable();
                assert!(token.windows(2).all(|pair| pair[0] < pair[1]), "{token:?}");
            }
        }
    }
}

/// Places of the tokens of a step of [`requests`].
fn places(step: &Step) -> Vec<u16> {
    let layers = step.layer(0).chunks(2).zip(step.layer(1).chunks(2));
    layers.map(|(first, second)| first[0] + 6 * second[0]).collect()
}

#[test]
fn requests_move_on_by_a_token_until_they_end() {
    const LAST: [u16; 3] = [2, 3, 8];
    let steps = steps(decode(requests(), 50, KvLengths::Constant(1000), 3), 200);
    let mut entered = [0; 9];
    for pair in steps.windows(2) {
        for slot in 0..50 {
            let (now, next) = (places(&pair[0])[slot], places(&pair[1])[slot]);
            let (kv, next_kv) = (pair[0].kv_tokens[slot], pair[1].kv_tokens[slot]);
            if LAST.contains(&now) {
                assert_eq!(next_kv, 1000, "a request enters with a length of the law");
                entered[usize::from(next)] += 1;
            } else {
                assert_eq!((next, next_kv), (now + 1, kv + 1));
            }
        }
    }
    // A request is drawn uniformly, then a position in it: 1/9 each, 1/3, 1/15 each.
    let total = f64::from(entered.iter().sum::<i32>());
    for (place, share) in [(0, 1.0 / 9.0), (3, 1.0 / 3.0), (4, 1.0 / 15.0), (8, 1.0 / 15.0)] {
        let found = f64::from(entered[place]) / total;
        assert!(
            (found - share).abs() < 0.02,
            "{found} of the requests enter at {place}, not {share}"
        );
    }
}

#[test]
fn whole_batches_are_replayed_as_recorded_and_again() {
    let steps = steps(decode(batches(), 4, ONE, 1), 4);
    assert_eq!(steps[0].layer(1), [0, 1, 1, 2, 2, 3, 3, 4]);
    assert_eq!(steps[1].layer(0), [0, 2, 1, 3, 2, 4, 3, 5]);
    assert_eq!(steps[0].expert_ids, steps[2].expert_ids);
    assert_eq!(steps[1].expert_ids, steps[3].expert_ids);
}

#[test]
fn a_smaller_batch_follows_some_of_the_recorded_tokens() {
    let rows = |step: &Step| step.layer(0).iter().step_by(2).copied().collect::<Vec<_>>();
    let mut followed = [0; 4];
    for seed in 0..400 {
        let steps = steps(decode(batches(), 2, ONE, seed), 2);
        let [first, second] = rows(&steps[0])[..] else { panic!("two tokens were asked for") };
        assert!(first < second);
        assert_eq!(rows(&steps[1]), [first, second]);
        followed[usize::from(first)] += 1;
        followed[usize::from(second)] += 1;
    }
    assert!(followed.iter().all(|times| (150..250).contains(times)), "{followed:?}");
}

#[test]
fn counts_are_replayed_exactly() {
    let steps = steps(decode(counts(), 3, ONE, 1), 3);
    assert_eq!(steps[0].tokens_per_expert(0), [3, 2, 1, 0, 0, 0]);
    assert_eq!(steps[0].tokens_per_expert(1), [1, 1, 1, 1, 1, 1]);
    assert_eq!(steps[1].tokens_per_expert(0), [0, 3, 0, 3, 0, 0]);
    assert_eq!(steps[2].expert_ids, steps[0].expert_ids);
    assert_eq!(steps[0].layer(0), [0, 1, 0, 1, 0, 2]);
}

#[track_caller]
fn refused(source: RoutingSource, model: &ModelSpec, batch: usize, lengths: KvLengths, says: &str) {
    let error = Decode::new(source, model, batch, lengths, 1).unwrap_err();
    assert_eq!(error.to_string(), says);
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = tiny();
    refused(synthetic(), &model, 0, ONE, "a batch of 0 requests is outside 1 to 65536");
    refused(
        synthetic(),
        &model,
        LARGEST_BATCH + 1,
        ONE,
        "a batch of 65537 requests is outside 1 to 65536",
    );
    refused(
        batches(),
        &model,
        5,
        ONE,
        "t.npz: a batch of 5 cannot be taken from recorded batches of 4",
    );
    refused(
        counts(),
        &model,
        2,
        ONE,
        "t.npz: the counts are those of batches of 3, not of 2; counts cannot be thinned out",
    );
    let lengths = KvLengths::Constant(0);
    refused(
        synthetic(),
        &model,
        1,
        lengths,
        "context lengths: constant: 0 is outside 1 to 1048576",
    );
    let RoutingSource::Synthetic(mut spec) = synthetic() else { unreachable!() };
    spec.popularity = workloads::generator::Popularity::Dirichlet { shape: 0.0 };
    let source = RoutingSource::Synthetic(spec);
    let says = "routing: popularity.dirichlet.shape: 0 is outside 0.01 to 1000000";
    refused(source, &model, 1, ONE, says);
    let mut other = tiny();
    other.experts.count = 7;
    refused(requests(), &other, 1, ONE, "t.npz: has 6 experts, model `tiny` has 7");
    other.hidden = 0;
    refused(requests(), &other, 1, ONE, "model: hidden: 0 is outside 1 to 131072");
}

/// Without known request ends, the mean context stays that of the law, from the first step to the thousandth.
#[test]
fn the_mean_context_is_kept() {
    for lengths in [KvLengths::AZURE, KvLengths::Constant(1024), KvLengths::Constant(3)] {
        let mut decode = decode(synthetic(), 10_000, lengths.clone(), 5);
        for index in 0..=1000 {
            let kv = &decode.next_step().kv_tokens;
            let mean = kv.iter().copied().map(f64::from).sum::<f64>() / kv.len() as f64;
            let off = mean / lengths.mean() - 1.0;
            assert!(off.abs() < 0.03, "{lengths}, step {index}: {mean}");
        }
    }
}

#[test]
fn contexts_begin_with_the_law() {
    let mut decode = decode(synthetic(), 100, KvLengths::Constant(1024), 5);
    assert_eq!(decode.next_step().kv_tokens, [1024; 100]);
}

proptest! {
    /// However a batch is run on, the steps so far are the same, and a context grows by one or starts anew.
    #[test]
    fn steps_do_not_depend_on_what_follows(seed in any::<u64>(), batch in 1_usize..20, more in 1_usize..5) {
        let short = steps(decode(synthetic(), batch, KvLengths::AZURE, seed), 3);
        let long = steps(decode(synthetic(), batch, KvLengths::AZURE, seed), 3 + more);
        prop_assert_eq!(&short[..], &long[..3]);
        for pair in long.windows(2) {
            for (now, next) in pair[0].kv_tokens.iter().zip(&pair[1].kv_tokens) {
                prop_assert!(*next == now + 1 || (1..=7930).contains(next));
            }
        }
    }
}
