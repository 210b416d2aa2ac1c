//! Prompts in chunks.

use std::collections::BTreeMap;

use crate::common::tiny;
use proptest::prelude::*;
use workloads::generator::Popularity;
use workloads::prefill::{Prefill, PrefillSpec, PrefillStep, Prefills};
use workloads::stats::LoadStats;
use workloads::{Decode, GeneratorSpec, KvLengths, ModelSpec, RoutingSource};

fn spec(prompt_tokens: KvLengths, chunk_tokens: u32, prefills: u32) -> PrefillSpec {
    let requests = vec![Prefills { batch: 1, prefills }];
    let preset = PrefillSpec::preset("sieve").unwrap();
    PrefillSpec { prompt_tokens, chunk_tokens, requests, ..preset }
}

fn steps(spec: &PrefillSpec, batch: u32, seed: u64, count: usize) -> Vec<PrefillStep> {
    let routing = GeneratorSpec::preset("gpt-oss-20b-correlated").unwrap();
    let mut prefill = Prefill::new(spec, &routing, &tiny(), batch, seed).unwrap();
    (0..count).map(|_| prefill.next_step().clone()).collect()
}

#[test]
fn the_paper_takes_two_prompts_beside_small_batches_and_eight_beside_large_ones() {
    let sieve = PrefillSpec::preset("sieve").unwrap();
    for (batch, prefills) in [(1, 2), (32, 2), (63, 2), (64, 8), (256, 8)] {
        let step = &steps(&sieve, batch, 1, 1)[0];
        assert_eq!(step.chunks.len(), prefills);
        assert!(step.chunks.iter().all(|chunk| chunk.tokens == 512 && chunk.context % 512 == 0));
        assert_eq!(step.expert_ids.len(), 2 * 512 * prefills * 2);
    }
    assert_eq!(spec(KvLengths::Constant(1), 1, 0).prefills(5), 0);
    assert!(steps(&spec(KvLengths::Constant(1), 1, 0), 5, 1, 1)[0].chunks.is_empty());
}

/// The first prompts are met anywhere: both chunks of 1,024 tokens are as likely.
#[test]
fn prompts_do_not_begin_all_at_once() {
    let first = &steps(&spec(KvLengths::Constant(1024), 512, 400), 1, 1, 1)[0];
    let halfway = first.chunks.iter().filter(|chunk| chunk.context == 512).count();
    assert!((150..250).contains(&halfway), "{halfway}");
}

/// Contiguous tokens of one prompt activate fewer experts than as many tokens of a mixed batch.
#[test]
fn a_prompt_activates_fewer_experts_than_a_mixed_batch() {
    let model = ModelSpec::preset("gpt-oss-20b").unwrap();
    let routing = GeneratorSpec::preset("gpt-oss-20b-correlated").unwrap();
    let prompts = spec(KvLengths::Constant(64), 64, 1);
    let activated = |ids: &[u16]| {
        let mut counts = [0; 32];
        ids.iter().for_each(|&id| counts[usize::from(id)] += 1);
        LoadStats::of(&counts)
    };
    let mut prefill = Prefill::new(&prompts, &routing, &model, 64, 1).unwrap();
    let source = RoutingSource::Synthetic(routing);
    let mut decode = Decode::new(source, &model, 64, KvLengths::AZURE, 1).unwrap();
    let (mut prompt, mut mixed) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        prompt.extend(prefill.next_step().expert_ids.chunks(64 * 4).map(activated));
        mixed.extend(decode.next_step().expert_ids.chunks(64 * 4).map(activated));
    }
    let mean = |of: Vec<LoadStats>| LoadStats::mean(of).unwrap().activated;
    let (prompt, mixed) = (mean(prompt), mean(mixed));
    assert!(prompt + 1.5 < mixed, "{prompt} and {mixed}");
}

/// Prefill and decode see the same popular experts, not the same tokens.
#[test]
fn layers_are_those_of_the_decode_batch() {
    let routing = GeneratorSpec::of("steep", Popularity::Zipf { exponent: 2.0 });
    let model = ModelSpec::preset("qwen3-30b-a3b").unwrap();
    let prompts = spec(KvLengths::Constant(64), 64, 1);
    let mut prefill = Prefill::new(&prompts, &routing, &model, 64, 1).unwrap();
    let mut decode =
        Decode::new(RoutingSource::Synthetic(routing), &model, 64, KvLengths::AZURE, 1).unwrap();
    let (prompt, decode) = (prefill.next_step(), decode.next_step());
    assert_ne!(prompt.expert_ids, decode.expert_ids);
    let hottest = |ids: &[u16]| {
        let mut counts = BTreeMap::new();
        ids.iter().for_each(|&id| *counts.entry(id).or_insert(0) += 1);
        counts.into_iter().max_by_key(|&(_, count)| count).unwrap().0
    };
    let layers = prompt.expert_ids.chunks(512).zip(decode.expert_ids.chunks(512));
    let same = layers.filter(|(a, b)| hottest(a) == hottest(b)).count();
    assert!(same > 36, "{same} of 48 layers");
}

#[test]
fn a_mixed_step_has_the_tokens_of_both_layer_by_layer() {
    let routing = GeneratorSpec::preset("uniform").unwrap();
    let prompts = spec(KvLengths::Constant(5), 3, 2);
    let mut prefill = Prefill::new(&prompts, &routing, &tiny(), 4, 1).unwrap();
    let source = RoutingSource::Synthetic(routing);
    let mut decode = Decode::new(source, &tiny(), 4, KvLengths::Constant(9), 1).unwrap();
    let (decode, prefill) = (decode.next_step(), prefill.next_step());
    let mixed = decode.beside(prefill);
    let chunks: usize = prefill.chunks.iter().map(|chunk| chunk.tokens as usize).sum();
    assert_eq!((mixed.prefill_tokens(), mixed.tokens()), (chunks, 4 + chunks));
    assert_eq!((&mixed.kv_tokens, &mixed.chunks), (&decode.kv_tokens, &prefill.chunks));
    for layer in 0..2 {
        let both =
            [decode.layer(layer), &prefill.expert_ids[layer as usize * chunks * 2..][..chunks * 2]];
        assert_eq!(mixed.layer(layer), both.concat());
    }
    let second = 4 + prefill.chunks[0].tokens as usize;
    assert_eq!((mixed.chunk_tokens(0), mixed.chunk_tokens(1)), (4..second, second..4 + chunks));
    assert_eq!(&decode.beside(&PrefillStep::default()), decode);
}

#[test]
fn what_does_not_fit_is_refused() {
    let routing = GeneratorSpec::preset("uniform").unwrap();
    let refused = |spec: &PrefillSpec, batch| {
        Prefill::new(spec, &routing, &tiny(), batch, 1).unwrap_err().to_string()
    };
    let mut bad = spec(KvLengths::Constant(0), 0, 1 << 20);
    bad.requests.push(Prefills { batch: 1, prefills: 1 });
    assert_eq!(
        refused(&bad, 1),
        "prefill: prompt_tokens.constant: 0 is outside 1 to 1048576; chunk_tokens: 0 is outside 1 to 1048576; \
         requests.0.prefills: 1048576 is outside 0 to 65536; requests.1: batch 1 does not follow 1"
    );
    let good = PrefillSpec::preset("sieve").unwrap();
    assert_eq!(refused(&good, 0), "a batch of 0 requests is outside 1 to 65536");
}

proptest! {
    /// Chunks of a prompt follow each other without gap up to its length, all whole but the last; a seed fixes them.
    #[test]
    fn chunks_cover_prompts(seed in any::<u64>(), chunk in 1_u32..40, prefills in 1_u32..5, median in 1.0..60.0_f64) {
        let lengths = KvLengths::Lognormal { median, sigma: 0.8, max: 100 };
        let spec = spec(lengths, chunk, prefills);
        let all = steps(&spec, 1, seed, 30);
        let mut next: BTreeMap<u64, u32> = BTreeMap::new();
        for (index, step) in all.iter().enumerate() {
            prop_assert_eq!((step.index, step.chunks.len()), (index as u64, prefills as usize));
            let tokens: u32 = step.chunks.iter().map(|chunk| chunk.tokens).sum();
            prop_assert_eq!(step.expert_ids.len() as u32, 2 * 2 * tokens);
            for part in &step.chunks {
                prop_assert!((1..=chunk).contains(&part.tokens) && part.context + part.tokens <= 100);
                prop_assert!(part.last || part.tokens == chunk);
                let begun = next.insert(part.request, part.context + part.tokens);
                match begun {
                    Some(context) => prop_assert_eq!(part.context, context),
                    None => prop_assert!(part.context == 0 || part.request < prefills.into()),
                }
            }
            // A slot whose prompt has ended has another one next.
            if let Some(later) = all.get(index + 1) {
                for (now, later) in step.chunks.iter().zip(&later.chunks) {
                    prop_assert_eq!(now.last, later.request != now.request);
                    prop_assert!(later.request >= now.request);
                }
            }
        }
        prop_assert_eq!(all, steps(&spec, 1, seed, 30));
    }
}
