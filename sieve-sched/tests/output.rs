//! What a layer with experts computes does not depend on the method: placed by each, with experts on PIM command by command, it
//! gives what the GPU gives, and every token comes back once from each of its experts.

use std::collections::BTreeMap;

use pim_dram::Device;
use pim_dram::alu::Format;
use pim_dram::functional::{self, Operands};
use pim_dram::layout::Layout;
use pim_dram::memo::Memo;
use sieve_sched::config::{Config, Routing};
use sieve_sched::method::Method;
use sieve_sched::policy::{Costs, Observed, Partition, Policy, Recorded, Split as Cut};
use sieve_sched::replay::attentions::Attentions;
use sieve_sched::replay::batch::Split;
use sieve_sched::replay::plan::Plan;
use sieve_sched::replay::step::{Builder, Inputs};
use workloads::{Decode, RoutingSource, Step};

use crate::common::replay::config;

const HIDDEN: usize = 96;
const INTERMEDIATE: usize = 40;
const BATCH: u32 = 11;

/// Eight experts on so many GPUs.
fn tiny(gpus: u32) -> Config {
    let mut config = config("qwen3-30b-a3b", 1, &[BATCH]);
    let model = &mut config.model;
    (model.hidden, model.experts.intermediate) = (HIDDEN as u32, INTERMEDIATE as u32);
    (model.experts.count, model.experts.top_k) = (8, 3);
    config.run.gpus = gpus;
    // On PIM it would take so long that Sieve leaves PIM no expert.
    config.runtime.attention_on_gpu_percent = 100;
    config
}

fn step(config: &Config) -> Step {
    let Routing::Synthetic(spec) = &config.run.routing else { unreachable!() };
    let source = RoutingSource::Synthetic(spec.clone());
    let lengths = config.run.kv_tokens.clone();
    let mut decode = Decode::new(source, &config.model, BATCH as usize, lengths, 3).unwrap();
    decode.next_step().clone()
}

/// Elements between -1 and 1, from a seed.
fn elements(seed: u64, count: usize) -> Vec<u16> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| Format::Bf16.encode(next()) as u16).collect()
}

fn value(bits: u16) -> f64 {
    f64::from(Format::Bf16.decode(bits.into()))
}

/// The matrices of an expert: gate and up, down.
fn weights(expert: u16) -> [Vec<u16>; 2] {
    let seed = 2 * u64::from(expert) + 100;
    [elements(seed, 2 * INTERMEDIATE * HIDDEN), elements(seed + 1, HIDDEN * INTERMEDIATE)]
}

/// SwiGLU of the first product, in the format that the second takes.
fn activated(first: &[f64]) -> Vec<u16> {
    let (gate, up) = first.split_at(INTERMEDIATE);
    let swiglu = gate.iter().zip(up).map(|(g, u)| g / (1.0 + (-g).exp()) * u);
    swiglu.map(|h| Format::Bf16.encode(h as f32) as u16).collect()
}

fn product(weights: &[u16], vector: &[u16]) -> Vec<f64> {
    let row = |row: &[u16]| row.iter().zip(vector).map(|(&w, &x)| value(w) * value(x)).sum();
    weights.chunks(vector.len()).map(row).collect()
}

/// An expert on the GPU.
fn on_gpu(expert: u16, vector: &[u16]) -> Vec<f64> {
    let [up, down] = weights(expert);
    product(&down, &activated(&product(&up, vector)))
}

/// An expert on PIM, all of its tokens.
fn on_pim(plan: &Plan<'_>, expert: u16, vectors: &[u16]) -> Vec<Vec<f64>> {
    let [up, down] = weights(expert);
    let run = |layout: &Layout, weights: &[u16], vectors: &[u16]| -> Vec<Vec<f64>> {
        let y = functional::run(plan.device, layout, Operands { weights, vectors }).unwrap();
        let of_vector = |y: &[f32]| y.iter().map(|&y| f64::from(y)).collect();
        y.chunks(layout.matrix.outputs as usize).map(of_vector).collect()
    };
    let first = run(&plan.layouts.up, &up, vectors);
    let second: Vec<u16> = first.iter().flat_map(|first| activated(first)).collect();
    run(&plan.layouts.down, &down, &second)
}

/// Halves of the tokens of the first expert with two or more, which no method of the paper cuts.
#[derive(Debug)]
struct Halves;

impl Policy for Halves {
    fn place(
        &mut self,
        layer: &sieve_sched::policy::Layer<'_>,
        _: &dyn Costs,
        partition: &mut Partition,
    ) {
        partition.put_all(layer.tokens.len(), true);
        if let Some(expert) = layer.tokens.iter().position(|&n| n > 1) {
            partition.on_pim.set(expert, false);
            partition.split = Some(Cut { expert, on_pim: layer.tokens[expert] / 2 });
        }
    }
}

/// The outputs of the layer by request, and how many pairs ran on PIM.
fn outputs(config: &Config, method: Method, policy: &mut dyn Policy) -> (Vec<Vec<f64>>, usize) {
    let step = &step(config);
    let device = Device::new(&config.system.pim).unwrap();
    let plan = &Plan::new(config, &device, method, &[]).unwrap();
    let gpus = plan.gpus;
    let split = &Split::new(BATCH as usize, 0, gpus, config.runtime.minibatches, method);
    let attentions = &Attentions::of_step(plan, &mut Memo::new(&device), step, split, 100);
    let (table, observed) = (&plan.cost_table(), Observed::default());
    let inputs = Inputs { plan, step, split, table, observed, attentions };
    let mut recorded = Recorded::new(policy);
    let _ = Builder::build(inputs, &mut recorded);
    let mut decisions = recorded.decisions.into_iter();
    let placed = plan.placement.layer(0);
    let mut outputs = vec![vec![0.0; HIDDEN]; BATCH as usize];
    let mut pairs_on_pim = 0;
    for minibatch in 0..split.minibatches {
        // (GPU, expert) -> requests dispatched there.
        let mut sent: BTreeMap<(usize, u16), Vec<usize>> = BTreeMap::new();
        let mut turns = placed.turns();
        let requests = (0..gpus).flat_map(|gpu| split.requests(minibatch, gpu).to_vec());
        for (request, (home, experts)) in requests.zip(split.tokens(step, 0, minibatch)) {
            for &expert in experts {
                sent.entry((turns.gpu(home, expert), expert)).or_default().push(request);
            }
        }
        for gpu in 0..gpus {
            let (tokens, partition) = decisions.next().unwrap();
            for (at, &expert) in placed.experts(gpu).iter().enumerate() {
                let requests = sent.remove(&(gpu, expert)).unwrap_or_default();
                assert_eq!(tokens[at] as usize, requests.len());
                let [here, in_memory] = partition.tokens(at, tokens[at]);
                assert_eq!(here + in_memory, tokens[at]);
                let hidden = |&request: &usize| elements(request as u64, HIDDEN);
                let (first, rest) = requests.split_at(here as usize);
                let mut computed: Vec<Vec<f64>> =
                    first.iter().map(|r| on_gpu(expert, &hidden(r))).collect();
                let vectors: Vec<u16> = rest.iter().flat_map(hidden).collect();
                if !rest.is_empty() {
                    computed.extend(on_pim(plan, expert, &vectors));
                }
                pairs_on_pim += rest.len();
                for (&request, y) in requests.iter().zip(computed) {
                    outputs[request].iter_mut().zip(y).for_each(|(sum, y)| *sum += y / 3.0);
                }
            }
        }
        assert!(sent.is_empty(), "dispatched to a GPU without the expert: {sent:?}");
    }
    assert_eq!(decisions.next(), None);
    (outputs, pairs_on_pim)
}

/// The largest difference of two outputs over the largest output.
fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let largest = a.iter().flatten().fold(0.0, |most: f64, y| most.max(y.abs()));
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs())) / largest
}

#[test]
fn every_method_computes_what_the_gpu_computes() {
    // Between GPUs what travels takes so long that Sieve leaves such experts anywhere.
    assert_outputs(&tiny(1), 1);
    assert_outputs(&tiny(2), 0);
}

#[track_caller]
fn assert_outputs(config: &Config, least_on_pim: usize) {
    let mut policies: Vec<(String, Method, Box<dyn Policy>)> =
        Method::every().map(|method| (method.to_string(), method, method.policy(4))).collect();
    policies.push(("halves".to_owned(), Method::Sieve, Box::new(Halves)));
    let step = step(config);
    let k = config.model.experts.top_k as usize;
    let expected: Vec<Vec<f64>> = (0..BATCH as usize)
        .map(|request| {
            let hidden = elements(request as u64, HIDDEN);
            let experts = &step.layer(0)[request * k..(request + 1) * k];
            let all: Vec<Vec<f64>> = experts.iter().map(|&e| on_gpu(e, &hidden)).collect();
            (0..HIDDEN).map(|at| all.iter().map(|y| y[at] / 3.0).sum()).collect()
        })
        .collect();
    for (name, method, mut policy) in policies {
        let (found, on_pim) = outputs(config, method, policy.as_mut());
        let all = BATCH as usize * k;
        let share = match method {
            Method::GpuOnly | Method::Noexp => 0..=0,
            Method::Allexp => all..=all,
            _ => least_on_pim..=all,
        };
        assert!(share.contains(&on_pim), "{name}: {on_pim} of {all} on PIM");
        // The units add up in fp32, in another order; what differs by more is an activation that rounds to the next bf16.
        assert!(apart(&expected, &found) < f64::from(2.0_f32.powi(-8)), "{name}");
    }
    // Another token's output is far away.
    let mut other = expected.clone();
    other.swap(0, 1);
    assert!(apart(&expected, &other) > 0.1);
}
