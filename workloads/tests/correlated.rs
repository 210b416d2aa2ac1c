//! Tokens that remember: what the correlated law shares with the plain one, and where it leaves it.

use proptest::prelude::*;
use workloads::generator::{Correlation, Generator, GeneratorSpec, Popularity};
use workloads::model::{Experts, WeightFormat};
use workloads::stats::LoadStats;
use workloads::{Decode, KvLengths, ModelSpec, RoutingSource};

const NONE: Correlation = Correlation { affinity_sigma: 0.0, persistence: 0.0 };

fn experts(count: u32, top_k: u32) -> Experts {
    Experts { count, top_k, intermediate: 1, weights: WeightFormat::Bf16 }
}

fn generator(spec: &GeneratorSpec, of: (u32, u32), layers: u32, requests: usize) -> Generator {
    Generator::new(spec, &experts(of.0, of.1), layers, requests, 1).unwrap()
}

fn load(ids: &[u16], experts: u32) -> LoadStats {
    let mut counts = vec![0; experts as usize];
    ids.iter().for_each(|&id| counts[usize::from(id)] += 1);
    LoadStats::of(&counts)
}

/// Statistics of the batches of `requests` in `ids`, `[layer][token][k]`.
fn mean(ids: &[u16], of: (u32, u32), tokens: usize) -> LoadStats {
    LoadStats::mean(ids.chunks(tokens * of.1 as usize).map(|layer| load(layer, of.0))).unwrap()
}

/// Share of the experts of one token that another one has too, mean over layers and requests.
fn overlap(a: &[u16], b: &[u16], k: usize) -> f64 {
    let pairs = a.chunks(k).zip(b.chunks(k));
    let common: usize = pairs.map(|(a, b)| a.iter().filter(|id| b.contains(id)).count()).sum();
    common as f64 / a.len() as f64
}

fn calibrated() -> GeneratorSpec {
    GeneratorSpec::preset("gpt-oss-20b-correlated").unwrap()
}

/// Overlap of the top-4 sets of GPT-OSS-20B under the calibrated parameters, by an independent implementation of the law over
/// 24 layers.
#[test]
fn overlaps_are_those_of_the_calibration() {
    const REQUESTS: usize = 12;
    let k = 4;
    // Popularity differs from layer to layer: many layers, so that its sampling error stays below half a point.
    let mut generator = generator(&calibrated(), (32, 4), 300, REQUESTS);
    let steps: Vec<Vec<u16>> = (0..=200)
        .map(|_| {
            let mut ids = Vec::new();
            generator.route(0..REQUESTS, &mut ids);
            ids
        })
        .collect();
    let rotated: Vec<u16> = steps[0]
        .chunks(REQUESTS * k)
        .flat_map(|layer| layer[k..].iter().chain(&layer[..k]).copied())
        .collect();
    for (what, found, golden) in [
        ("consecutive", overlap(&steps[0], &steps[1], k), 0.439),
        ("200 tokens apart", overlap(&steps[0], &steps[200], k), 0.322),
        ("another request", overlap(&steps[0], &rotated, k), 0.228),
    ] {
        assert!((found - golden).abs() < 0.02, "{what}: {found}, not {golden}");
    }
}

/// Activated experts and shares under the same parameters, of mixed batches and of contiguous tokens of one request. The golden
/// values are means over 24 layers: three standard errors of such means are allowed.
#[test]
fn batches_and_prompts_have_the_statistics_of_the_calibration() {
    let of = (32, 4);
    for (batch, contiguous, golden, error) in [
        (16, false, [21.6, 0.293, 0.795], [0.39, 0.018, 0.014]),
        (64, false, [27.7, 0.110, 0.339], [0.32, 0.012, 0.015]),
        (64, true, [24.8, 0.120, 0.376], [0.43, 0.014, 0.017]),
    ] {
        let mut ids = Vec::new();
        let mut generator = generator(&calibrated(), of, 2400, batch);
        let request = |token| if contiguous { 0 } else { token };
        generator.route((0..batch).map(request), &mut ids);
        let LoadStats { activated, one_token, up_to_four, .. } = mean(&ids, of, batch);
        for (found, (golden, error)) in
            [activated, one_token, up_to_four].into_iter().zip(golden.into_iter().zip(error))
        {
            assert!(
                (found - golden).abs() < 3.0 * error,
                "B = {batch}, contiguous {contiguous}: {found}, not {golden}"
            );
        }
    }
}

/// Affinities belong to requests: their tokens keep them, whoever takes their place does not.
#[test]
fn a_new_request_has_affinities_of_its_own() {
    let spec = GeneratorSpec {
        correlation: Some(Correlation { affinity_sigma: 50.0, persistence: 0.0 }),
        ..GeneratorSpec::of("strong", Popularity::Uniform)
    };
    let mut generator = generator(&spec, (64, 4), 50, 2);
    let mut next = || {
        let mut ids = Vec::new();
        generator.route(0..2, &mut ids);
        generator.enter(1);
        ids
    };
    let (before, after) = (next(), next());
    let of = |ids: &[u16], request: usize| -> Vec<u16> {
        ids.chunks(8).flat_map(|layer| layer[4 * request..][..4].iter().copied()).collect()
    };
    assert!(overlap(&of(&before, 0), &of(&after, 0), 4) > 0.9);
    // By chance 4 / 64.
    assert!(overlap(&of(&before, 1), &of(&after, 1), 4) < 0.15);
}

/// In a decode batch, too, a request keeps its affinities until it ends: requests of long contexts overlap, of one token don't.
#[test]
fn decode_renews_the_affinities_with_the_requests() {
    let model = ModelSpec::preset("gpt-oss-20b").unwrap();
    let overlap_of = |lengths| {
        let source = RoutingSource::Synthetic(calibrated());
        let mut decode = Decode::new(source, &model, 64, lengths, 1).unwrap();
        let first = decode.next_step().expert_ids.clone();
        (0..20).for_each(|_| {
            decode.next_step();
        });
        overlap(&first, &decode.next_step().expert_ids, 4)
    };
    let (long, short) =
        (overlap_of(KvLengths::Constant(1 << 20)), overlap_of(KvLengths::Constant(1)));
    assert!(long > short + 0.05, "{long} and {short}");
}

#[test]
fn what_cannot_be_remembered_is_refused() {
    let refused = |spec: &GeneratorSpec, requests| {
        Generator::new(spec, &experts(32, 4), 24, requests, 1).unwrap_err().to_string()
    };
    let mut spec = calibrated();
    assert_eq!(
        refused(&spec, 1 << 20),
        "correlation: 1048576 requests x 24 layers x 32 experts are more than the 134217728 that can be remembered"
    );
    spec.correlation = Some(Correlation { affinity_sigma: f64::NAN, persistence: 1.5 });
    assert_eq!(
        refused(&spec, 1),
        "correlation.affinity_sigma: NaN is outside 0 to 50; correlation.persistence: 1.5 is outside 0 to 1"
    );
}

fn any_law() -> impl Strategy<Value = Popularity> {
    prop_oneof![
        Just(Popularity::Uniform),
        (0.1..5.0).prop_map(|shape| Popularity::Dirichlet { shape }),
        (0.0..3.0).prop_map(|sigma| Popularity::Lognormal { sigma }),
        (0.0..2.0).prop_map(|exponent| Popularity::Zipf { exponent }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Without affinities and memory the law is the plain one: same popularity, other tokens, equal statistics.
    #[test]
    fn without_correlation_the_statistics_are_those_of_the_plain_law(law in any_law(), batch in 1_usize..40) {
        let of = (24, 3);
        let plain = GeneratorSpec::of("plain", law);
        let correlated = GeneratorSpec { correlation: Some(NONE), ..plain.clone() };
        let [plain, correlated] = [plain, correlated].map(|spec| {
            let mut ids = Vec::new();
            generator(&spec, of, 4000, batch).route(0..batch, &mut ids);
            mean(&ids, of, batch)
        });
        // Layers share their popularity, so that only the tokens differ. Shares of a few experts deviate by up to 0.25 a layer, the
        // difference of two means of 4,000 by up to 0.006.
        prop_assert!((plain.activated - correlated.activated).abs() < 0.03 * plain.activated);
        prop_assert!((plain.one_token - correlated.one_token).abs() < 0.03, "{plain:?} {correlated:?}");
        prop_assert!((plain.up_to_four - correlated.up_to_four).abs() < 0.03, "{plain:?} {correlated:?}");
    }
}
