//! Gates against closed forms.

use proptest::prelude::*;
use workloads::gate::{Fate, Gate, GroupLimit, Logits, Outcome, Scores, balance};
use workloads::generator::{Generator, GeneratorSpec, Popularity};
use workloads::model::{Experts, WeightFormat};

const SEED: u64 = 11;

/// Probability of `x` successes out of `n`.
fn binomial(n: u32, p: f64, x: u32) -> f64 {
    let choose = (0..x).map(|i| f64::from(n - i) / f64::from(i + 1)).product::<f64>();
    choose * p.powi(x as i32) * (1.0 - p).powi((n - x) as i32)
}

/// Expectation of `value(x)` with `x` ~ Binomial(n, p).
fn expected(n: u32, p: f64, value: impl Fn(u32) -> f64) -> f64 {
    (0..=n).map(|x| binomial(n, p, x) * value(x)).sum()
}

fn routed(gate: &Gate, scores: Scores, experts: u32, tokens: u32, batches: u32) -> Vec<Outcome> {
    (0..batches)
        .map(|batch| gate.route(&scores.draw(experts, tokens, SEED, batch), SEED, batch).unwrap())
        .collect()
}

/// The mean of the samples lies within four standard errors of `golden`, and these are small enough to say something.
#[track_caller]
fn check(what: &str, samples: impl Iterator<Item = f64>, golden: f64) {
    let samples: Vec<f64> = samples.collect();
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!((mean - golden).abs() < 4.0 * error, "{what}: {mean} +- {error}, not {golden}");
    assert!(error < 0.01 * golden, "{what}: {mean} +- {error} tells little");
}

/// Scores for which every expert is as likely.
const EVEN: [Scores; 3] =
    [Scores::Uniform, Scores::Normal { sigma: 1.0 }, Scores::Popular(Popularity::Uniform)];

/// An expert is the first choice of X ~ Binomial(T, 1/E) tokens and computes min(X, C) of them.
#[test]
fn switch_drops_the_excess_of_a_binomial() {
    for scores in EVEN {
        for (experts, tokens, capacity_factor, capacity) in
            [(8, 64, 1.0, 8), (16, 64, 1.25, 5), (8, 64, 2.0, 16)]
        {
            let of = routed(&Gate::Switch { capacity_factor }, scores, experts, tokens, 3000);
            assert_eq!(of[0].capacity, Some(capacity));
            let p = 1.0 / f64::from(experts);
            let excess = expected(tokens, p, |x| x.saturating_sub(capacity).into());
            let golden = excess * f64::from(experts) / f64::from(tokens);
            // Rare drops need more batches than are worth it.
            if golden > 0.01 {
                check("dropped share", of.iter().map(|o| o.drops().dropped_share), golden);
            }
            let load = expected(tokens, p, |x| x.min(capacity).into());
            for expert in [0, experts as usize - 1] {
                check("load", of.iter().map(|o| o.load()[expert].into()), load);
            }
        }
    }
}

/// Probability that the second of `experts` uniform scores is asked for: E[2 g2] with g2 = 1 / (1 + e^gap), the gap between
/// the two largest of E uniform variates having the density E (1 - gap)^(E - 1).
fn second_asked(experts: u32) -> f64 {
    const CELLS: u32 = 100_000;
    let density = |gap: f64| f64::from(experts) * (1.0 - gap).powi(experts as i32 - 1);
    let cell = |i| {
        let gap = (f64::from(i) + 0.5) / f64::from(CELLS);
        2.0 / (1.0 + gap.exp()) * density(gap) / f64::from(CELLS)
    };
    (0..CELLS).map(cell).sum()
}

/// In a group of S tokens an expert is the first choice of X ~ Binomial(S, 1/E) tokens. Of the others each has it as the second
/// with probability 1 / (E - 1): Y given X ~ Binomial(S - X, 1 / (E - 1)), which take the places after the first X.
#[test]
fn gshard_dispatches_and_drops_as_many_as_two_binomials() {
    for (experts, size, token_groups, capacity_factor, capacity) in
        [(8, 64, 2, 1.0, 16), (4, 32, 1, 1.0, 16), (16, 32, 4, 0.75, 3)]
    {
        let gate = Gate::Gshard { capacity_factor, token_groups };
        let tokens = size * token_groups;
        let of = routed(&gate, Scores::Uniform, experts, tokens, 3000);
        assert_eq!(of[0].capacity, Some(capacity));
        let per_expert = |first: &dyn Fn(u32) -> f64, second: &dyn Fn(u32, u32) -> f64| {
            expected(size, 1.0 / f64::from(experts), |x| {
                let seconds = 1.0 / f64::from(experts - 1);
                first(x) + expected(size - x, seconds, |y| second(x, y))
            })
        };
        let asked = second_asked(experts);
        let dispatched = per_expert(&|x| x.min(capacity).into(), &|x, y| {
            asked * f64::from(y.min(capacity.saturating_sub(x)))
        });
        let dropped = per_expert(&|x| x.saturating_sub(capacity).into(), &|x, y| {
            asked * f64::from(y.saturating_sub(capacity.saturating_sub(x)))
        });
        let groups = f64::from(token_groups);
        for expert in [0, experts as usize - 1] {
            check("load", of.iter().map(|o| o.load()[expert].into()), groups * dispatched);
        }
        let share = groups * dropped * f64::from(experts) / f64::from(2 * tokens);
        check("dropped share", of.iter().map(|o| o.drops().dropped_share), share);
        let not_asked = f64::from(tokens) * (1.0 - asked);
        check("not asked", of.iter().map(|o| o.drops().not_sampled as f64), not_asked);
    }
}

fn logits(experts: u32, values: &[f64]) -> Logits {
    Logits::new(experts, values.to_vec()).unwrap()
}

/// Shares 0.5, 0.25, 0.125, 0.125, as logits; the order of the experts as given.
fn token(order: [usize; 4]) -> [f64; 4] {
    let mut token = [0.0; 4];
    for (expert, share) in order.into_iter().zip([0.5_f64, 0.25, 0.125, 0.125]) {
        token[expert] = share.ln();
    }
    token
}

/// Three tokens of four experts; capacity of `switch` at factor 4/3 is 1, of `gshard` 2 at the same factor.
fn three() -> Logits {
    logits(4, &[token([0, 1, 2, 3]), token([0, 2, 1, 3]), token([1, 0, 2, 3])].concat())
}

#[track_caller]
fn near(found: f64, golden: f64) {
    assert!((found - golden).abs() < 1e-12, "{found}, not {golden}");
}

#[test]
fn switch_by_hand() {
    let of = Gate::Switch { capacity_factor: 4.0 / 3.0 }.route(&three(), SEED, 0).unwrap();
    assert_eq!((of.capacity, of.load()), (Some(1), vec![1, 1, 0, 0]));
    assert_eq!(of.dropped().collect::<Vec<_>>(), [(1, 0)]);
    assert_eq!(of.drops().tokens_without_expert, 1);
    near(of.choices[2].weight, 0.5);
    // f = 2/3, 1/3, 0, 0; P = (0.5 + 0.5 + 0.25) / 3, (0.25 + 0.125 + 0.5) / 3, ...
    near(of.auxiliary_loss, 4.0 * (2.0 * 1.25 + 0.875) / 9.0);
}

#[test]
fn gshard_by_hand() {
    let gate = Gate::Gshard { capacity_factor: 4.0 / 3.0, token_groups: 1 };
    for batch in 0..20 {
        let of = gate.route(&three(), SEED, batch).unwrap();
        assert_eq!(of.capacity, Some(2));
        let experts: Vec<u16> = of.choices.iter().map(|choice| choice.expert).collect();
        assert_eq!(experts, [0, 1, 0, 2, 1, 0]);
        near(of.choices[1].weight, 1.0 / 3.0);
        near(of.auxiliary_loss, (2.0 * 1.25 + 0.875) / 9.0 / 4.0);
        let fates: Vec<Fate> = of.choices.iter().map(|choice| choice.fate).collect();
        assert_eq!([fates[0], fates[2], fates[4]], [Fate::Dispatched; 3]);
        // The places of expert 0 are taken by first choices.
        assert_ne!(fates[5], Fate::Dispatched);
        assert_ne!([fates[1], fates[3]], [Fate::Dropped; 2]);
    }
}

#[test]
fn softmax_by_hand() {
    let of = Gate::Softmax { top_k: 2 }.route(&three(), SEED, 0).unwrap();
    assert_eq!(of.load(), [3, 2, 1, 0]);
    near(of.choices[0].weight, 2.0 / 3.0);
    assert_eq!(of.drops().dispatched, 6);
    // n = 3, 2, 1, 0; sums of probabilities 1.25, 0.875, 0.5, 0.375.
    near(of.auxiliary_loss, 4.0 / (6.0 * 3.0) * (3.0 * 1.25 + 2.0 * 0.875 + 0.5));
}

#[test]
fn deepseek_by_hand() {
    let limit = GroupLimit { groups: 2, visited: 1 };
    let gate = |bias: &[f64]| Gate::Deepseek {
        top_k: 1,
        group_limit: limit,
        shared: 2,
        bias: bias.to_vec(),
    };
    // Affinities 0.75, 0.1, 0.5, 0.6: the second group has the larger sum.
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let one = logits(4, &[0.75, 0.1, 0.5, 0.6].map(logit));
    let of = gate(&[]).route(&one, SEED, 0).unwrap();
    assert_eq!((of.choices[0].expert, of.shared_load.clone()), (3, vec![1, 1]));
    near(of.choices[0].weight, 1.0);
    // The loss sees the largest affinity of all.
    near(of.auxiliary_loss, 4.0 * 0.75 / 1.95);
    // A bias moves the choice, not the weight.
    assert_eq!(gate(&[0.5, 0.0, 0.0, 0.0]).route(&one, SEED, 0).unwrap().choices[0].expert, 0);
    let two =
        Gate::Deepseek { top_k: 2, group_limit: limit, shared: 0, bias: vec![0.5, 0.0, 0.0, 0.0] };
    near(two.route(&one, SEED, 0).unwrap().choices[0].weight, 0.75 / 0.85);
}

/// Biases that follow the load make unequal experts even, without a loss.
#[test]
fn a_bias_balances_the_load() {
    let scores = Scores::Popular(Popularity::Lognormal { sigma: 1.0 });
    let mut bias = Vec::new();
    let most_over_mean = |load: &[u32]| {
        f64::from(load.iter().copied().max().unwrap()) * load.len() as f64
            / load.iter().copied().map(f64::from).sum::<f64>()
    };
    let mut over_time = Vec::new();
    for batch in 0..300 {
        let group_limit = GroupLimit { groups: 4, visited: 2 };
        let gate = Gate::Deepseek { top_k: 4, group_limit, shared: 0, bias: bias.clone() };
        let load = gate.route(&scores.draw(32, 512, SEED, batch), SEED, batch).unwrap().load();
        over_time.push(most_over_mean(&load));
        balance(&mut bias, &load, 0.005);
    }
    let (first, last) = (over_time[0], over_time[299]);
    assert!(first > 2.0 && last < 1.3, "{first} at first, {last} in the end");
}

/// With even scores every loss is what its paper says is its least.
#[test]
fn losses_are_least_when_even() {
    let even = logits(
        4,
        &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    );
    let loss = |gate: Gate| gate.route(&even, SEED, 0).unwrap().auxiliary_loss;
    near(loss(Gate::Switch { capacity_factor: 1.0 }), 1.0);
    near(loss(Gate::Softmax { top_k: 1 }), 1.0);
    near(loss(Gate::Gshard { capacity_factor: 1.0, token_groups: 1 }), 1.0 / 16.0);
    let group_limit = GroupLimit { groups: 1, visited: 1 };
    near(loss(Gate::Deepseek { top_k: 1, group_limit, shared: 0, bias: Vec::new() }), 1.0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused =
        |gate: Gate, experts, tokens| gate.check(experts, tokens).unwrap_err().to_string();
    assert_eq!(
        refused(Gate::Gshard { capacity_factor: 0.0, token_groups: 3 }, 1, 64),
        "gshard.capacity_factor: 0 is outside 0.001 to 1000000; experts: 1; a token of `gshard` chooses 2; \
         gshard.token_groups: 3 groups do not divide 64 tokens"
    );
    let group_limit = GroupLimit { groups: 8, visited: 9 };
    assert_eq!(
        refused(Gate::Deepseek { top_k: 4, group_limit, shared: 0, bias: vec![0.0; 3] }, 12, 1),
        "deepseek.group_limit.groups: 8 groups do not divide 12 experts; \
         deepseek.group_limit.visited: 9 is outside 1 to 8; deepseek.bias: 3 biases for 12 experts"
    );
    let group_limit = GroupLimit { groups: 6, visited: 1 };
    assert_eq!(
        refused(Gate::Deepseek { top_k: 4, group_limit, shared: 0, bias: Vec::new() }, 12, 1),
        "deepseek.group_limit.visited: 1 groups hold 2 experts, a token visits 4"
    );
    assert_eq!(refused(Gate::Softmax { top_k: 9 }, 8, 1), "softmax.top_k: 9 is outside 1 to 8");
    assert_eq!(
        refused(Gate::Softmax { top_k: 1 }, 1 << 16, 1 << 24),
        "tokens: 16777216 tokens x 65536 experts are more than 134217728 logits"
    );
    assert!(Logits::new(3, vec![0.0; 4]).is_none() && Logits::new(0, Vec::new()).is_none());
}

/// A generator with a group limit keeps to it, and otherwise follows the popularity of its layer.
#[test]
fn a_group_limit_holds_in_generated_routing() {
    let experts = Experts { count: 64, top_k: 6, intermediate: 1, weights: WeightFormat::Bf16 };
    let mut spec = GeneratorSpec::of("grouped", Popularity::Dirichlet { shape: 1.0 });
    spec.group_limit = Some(GroupLimit { groups: 8, visited: 2 });
    let mut ids = Vec::new();
    Generator::new(&spec, &experts, 20, 50, 1).unwrap().route(0..50, &mut ids);
    let mut visited = [0; 3];
    for token in ids.chunks(6) {
        let mut groups: Vec<u16> = token.iter().map(|id| id / 8).collect();
        groups.sort_unstable();
        groups.dedup();
        visited[groups.len()] += 1;
    }
    assert!(visited[2] > 900 && visited[1] + visited[2] == 1000, "{visited:?}");
    spec.group_limit = Some(GroupLimit { groups: 7, visited: 2 });
    let error = Generator::new(&spec, &experts, 20, 50, 1).unwrap_err().to_string();
    assert_eq!(error, "group_limit.groups: 7 groups do not divide 64 experts");
}

fn any_gate() -> impl Strategy<Value = Gate> {
    prop_oneof![
        (1_u32..8).prop_map(|top_k| Gate::Softmax { top_k }),
        (0.1..3.0).prop_map(|capacity_factor| Gate::Switch { capacity_factor }),
        (0.1..3.0, prop_oneof![Just(1_u32), Just(2), Just(4)]).prop_map(
            |(capacity_factor, token_groups)| Gate::Gshard { capacity_factor, token_groups }
        ),
        (1_u32..4, 1_u32..4).prop_map(|(top_k, visited)| Gate::Deepseek {
            top_k,
            group_limit: GroupLimit { groups: 4, visited },
            shared: 1,
            bias: Vec::new(),
        }),
    ]
}

proptest! {
    /// Choices are distinct experts, weights sum to at most 1, no expert exceeds its capacity, every choice has one fate, and
    /// within a slot nothing is dispatched to an expert after a drop in the same group.
    #[test]
    fn outcomes_add_up(gate in any_gate(), quarter in 1_u32..10, sigma in 0.0_f64..3.0, seed in any::<u64>()) {
        let (experts, tokens) = (16, 4 * quarter);
        let logits = Scores::Normal { sigma }.draw(experts, tokens, seed, 0);
        let of = gate.route(&logits, seed, 0).unwrap();
        let k = of.top_k as usize;
        prop_assert_eq!(of.choices.len(), tokens as usize * k);
        let drops = of.drops();
        prop_assert_eq!(drops.dispatched + drops.dropped + drops.not_sampled, drops.choices);
        prop_assert_eq!(of.load().iter().sum::<u32>() as u64, drops.dispatched);
        prop_assert_eq!(of.dropped().count() as u64, drops.dropped);
        for token in of.choices.chunks(k) {
            let mut ids: Vec<u16> = token.iter().map(|choice| choice.expert).collect();
            ids.sort_unstable();
            prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(token.iter().map(|choice| choice.weight).sum::<f64>() < 1.0 + 1e-9);
        }
        let groups = if let Gate::Gshard { token_groups, .. } = gate { token_groups } else { 1 };
        for group in of.choices.chunks((tokens / groups) as usize * k) {
            for expert in 0..experts as u16 {
                let by_slot = |slot: usize| {
                    group.iter().skip(slot).step_by(k).filter(|c| c.expert == expert).map(|c| c.fate).collect::<Vec<_>>()
                };
                let order: Vec<Fate> = (0..k).flat_map(by_slot).collect();
                let taken = order.iter().filter(|fate| **fate == Fate::Dispatched).count();
                prop_assert!(of.capacity.is_none_or(|capacity| taken <= capacity as usize));
                let drop = order.iter().position(|fate| *fate == Fate::Dropped).unwrap_or(order.len());
                prop_assert!(!order[drop..].contains(&Fate::Dispatched));
            }
        }
        prop_assert_eq!(of, gate.route(&logits, seed, 0).unwrap());
    }
}
