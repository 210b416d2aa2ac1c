//! Messages and collectives on the ideal link: hand-computed times and invariants.

use noc::spec::PRESETS;
use noc::{Copies, Femtos, IdealLink, Traffic, dispatch};
use proptest::prelude::*;

/// 900 GB/s and 0.8 us.
fn link() -> IdealLink {
    let (_, text) = PRESETS.iter().find(|(name, _)| *name == "nvlink5").expect("a preset");
    let spec = ron::from_str(text).expect("a preset parses");
    IdealLink::new(&spec).expect("a preset is usable")
}

fn nanos(ns: u64) -> Femtos {
    Femtos::from_nanos(ns)
}

#[test]
fn a_message_is_latency_and_bytes_over_bandwidth() {
    let link = link();
    assert_eq!(link.transfer(0), nanos(0));
    // A byte takes 1,111.1 fs.
    assert_eq!(link.transfer(1), nanos(800) + Femtos::from_ticks(1112));
    assert_eq!(link.transfer(900_000), nanos(1800));
    assert_eq!(link.transfer(u64::MAX).as_ticks(), u64::MAX);
}

#[test]
fn an_all_to_all_is_bound_by_the_fuller_direction_of_each_gpu() {
    let mut traffic = Traffic::none(4);
    traffic.add(0, 1, 900_000);
    traffic.add(0, 2, 900_000);
    traffic.add(2, 1, 450_000);
    traffic.add(3, 3, 900_000);
    // GPU 0 sends 1.8 MB, 1 receives 1.35 MB, 2 receives 0.9 MB and sends 0.45 MB, 3 keeps to itself.
    assert_eq!(link().all_to_all(&traffic), [nanos(2800), nanos(2300), nanos(1800), nanos(0)]);
    assert_eq!(traffic.total(), 2_250_000);
}

#[test]
fn an_all_gather_sends_a_copy_per_receiver() {
    // GPU 0 sends 2 x 900 kB; the others receive 900 kB and 450 kB, or 900 kB, and send 2 x 450 kB, or nothing.
    let times = link().all_gather(&[900_000, 450_000, 0]);
    assert_eq!(times, [nanos(2800), nanos(1800), nanos(2300)]);
}

/// Qwen3.5 on 8 GPUs, 256 tokens of 4,096 bf16 elements and 10 experts: at most 7 copies of each of 32 tokens leave a GPU.
#[test]
fn the_dispatch_of_a_decode_batch_is_a_few_microseconds() {
    let everywhere: Vec<u32> = (0..8).collect();
    let tokens = (0..256).map(|token| (token % 8, everywhere.as_slice()));
    let serves = |_, expert| Some(expert as usize);
    let traffic = dispatch(8, tokens, serves, Copies::PerGpu, 8192).unwrap();
    // 32 x 7 x 8,192 B = 1,835,008 B at 900 GB/s.
    let serialisation = Femtos::from_ticks(2_038_897_778);
    assert_eq!(link().all_to_all(&traffic), [nanos(800) + serialisation; 8]);
}

prop_compose! {
    fn any_traffic()(gpus in 1usize..9)(
        gpus in Just(gpus),
        bytes in prop::collection::vec(prop_oneof![Just(0), 0u64..1 << 30], gpus * gpus),
    ) -> Traffic {
        Traffic::from_fn(gpus, |from, to| bytes[from * gpus + to])
    }
}

/// Some tokens (home, experts) on experts placed on GPUs, with a permutation of the GPUs.
#[derive(Clone, Debug)]
struct Routed {
    tokens: Vec<(usize, Vec<u32>)>,
    places: Vec<usize>,
    relabel: Vec<usize>,
}

impl Routed {
    fn dispatch(&self, label: impl Fn(usize) -> usize) -> Traffic {
        let tokens = self.tokens.iter().map(|(home, experts)| (label(*home), experts.as_slice()));
        let places: Vec<_> = self.places.iter().map(|&gpu| label(gpu)).collect();
        let serves = |_, expert| places.get(expert as usize).copied();
        let gpus = self.relabel.len();
        dispatch(gpus, tokens, serves, Copies::PerGpu, 100).expect("all of them exist")
    }
}

prop_compose! {
    fn any_routed()(gpus in 1usize..9, experts in 1u32..40)(
        tokens in prop::collection::vec(
            (0..gpus, prop::collection::vec(0..experts, 0..11)), 0..50),
        places in prop::collection::vec(0..gpus, experts as usize),
        relabel in Just((0..gpus).collect::<Vec<_>>()).prop_shuffle(),
    ) -> Routed {
        Routed { tokens, places, relabel }
    }
}

proptest! {
    #[test]
    fn what_leaves_arrives(traffic in any_traffic()) {
        let gpus = 0..traffic.gpus();
        prop_assert_eq!(gpus.clone().map(|gpu| traffic.egress(gpu)).sum::<u64>(), traffic.total());
        prop_assert_eq!(gpus.map(|gpu| traffic.ingress(gpu)).sum::<u64>(), traffic.total());
    }

    #[test]
    fn the_way_back_takes_as_long(traffic in any_traffic()) {
        prop_assert_eq!(link().all_to_all(&traffic.transposed()), link().all_to_all(&traffic));
        prop_assert_eq!(traffic.transposed().transposed(), traffic);
    }

    #[test]
    fn one_gpu_takes_no_time(bytes in any::<u64>()) {
        prop_assert_eq!(link().all_to_all(&Traffic::from_fn(1, |_, _| bytes)), [nanos(0)]);
        prop_assert_eq!(link().all_gather(&[bytes]), [nanos(0)]);
    }

    #[test]
    fn names_of_gpus_do_not_matter(routed in any_routed()) {
        let plain = link().all_to_all(&routed.dispatch(|gpu| gpu));
        let relabelled = link().all_to_all(&routed.dispatch(|gpu| routed.relabel[gpu]));
        for (gpu, &label) in routed.relabel.iter().enumerate() {
            prop_assert_eq!(relabelled[label], plain[gpu]);
        }
    }

    /// Stated again, from the receiver's side: who holds an expert of the token gets it, once.
    #[test]
    fn a_gpu_receives_the_tokens_of_its_experts(routed in any_routed()) {
        let traffic = routed.dispatch(|gpu| gpu);
        for gpu in 0..traffic.gpus() {
            let here = |expert: &u32| routed.places[*expert as usize] == gpu;
            let guests = routed.tokens.iter().filter(|(home, experts)| *home != gpu && experts.iter().any(here));
            prop_assert_eq!(traffic.ingress(gpu), 100 * guests.count() as u64);
        }
    }
}
