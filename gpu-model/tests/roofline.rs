//! The roofline against hand-computed times, published layers, and its invariants.

use gpu_model::spec::PRESETS;
use gpu_model::{Activations, Femtos, GpuSpec, Kernel, Roofline, dense_gemm, grouped_gemm};
use proptest::prelude::*;

const BF16: u32 = 16;

fn b200() -> GpuSpec {
    let (_, text) = PRESETS.iter().find(|(name, _)| *name == "b200").expect("a preset");
    ron::from_str(text).expect("a preset parses")
}

fn roofline() -> Roofline {
    Roofline::new(&b200()).expect("a preset is usable")
}

#[test]
fn times_by_hand() {
    let gpu = roofline();
    // A byte at 8 TB/s takes 125 fs, a flop at 2,250 TFLOP/s 0.44 fs.
    assert_eq!(gpu.memory_time(8).as_ticks(), 1000);
    assert_eq!(gpu.memory_time(1).as_ticks(), 125);
    assert_eq!(gpu.compute_time(1).as_ticks(), 1);
    assert_eq!(gpu.compute_time(2250), Femtos::from_ticks(1000));
    assert_eq!(gpu.time(Kernel { flops: 2250, bytes: 8 }).as_ticks(), 1000);
    assert_eq!(gpu.time(Kernel { flops: 2250, bytes: 9 }).as_ticks(), 1125);
    assert_eq!(gpu.time(Kernel { flops: 4500, bytes: 9 }).as_ticks(), 2000);
    assert_eq!(gpu.time(Kernel::default()), Femtos::from_ticks(0));
}

/// Qwen3-30B-A3B, 64 tokens x 8 experts on 54 activated experts of 3 x 2048 x 768 weights: 510 MB.
#[test]
fn the_expert_layer_of_qwen3_is_64_us_of_weights() {
    let mut counts = [9; 54];
    counts[0] = 64 * 8 - 53 * 9;
    let layer = grouped_gemm(&counts, 2048, 768, BF16, Activations::OnChip);
    assert_eq!(layer, Kernel { flops: 512 * 2 * 4_718_592, bytes: 54 * 9_437_184 });
    assert_eq!(roofline().time(layer), Femtos::from_ticks(63_700_992_000));
    // The activations add 1 %: 512 x (2048 + 768 + 768 + 2048) x 2 B = 5.8 MB.
    let in_hbm = Activations::InHbm { element_bytes: 2 };
    let layer = grouped_gemm(&counts, 2048, 768, BF16, in_hbm);
    assert_eq!(roofline().time(layer), Femtos::from_ticks(63_700_992_000 + 720_896_000));
}

/// An expert turns from memory-bound to compute-bound where tokens x 2 flops / 2 B reach 2,250 T / 8 T = 281.25.
#[test]
fn an_expert_turns_compute_bound_at_the_ridge() {
    let time =
        |tokens| roofline().time(grouped_gemm(&[tokens], 2048, 768, BF16, Activations::OnChip));
    assert_eq!(time(281), time(1));
    assert!(time(282) > time(1));
}

prop_compose! {
    fn any_kernel()(flops in 0..1u64 << 50, bytes in 0..1u64 << 50) -> Kernel {
        Kernel { flops, bytes }
    }
}

proptest! {
    #[test]
    fn more_work_never_takes_less_time(a in any_kernel(), b in any_kernel()) {
        let gpu = roofline();
        prop_assert!(gpu.time(a + b) >= gpu.time(a));
        prop_assert!(gpu.time(a + b) <= gpu.time(a) + gpu.time(b));
    }

    #[test]
    fn memory_time_adds_up_but_for_rounding(a in 0..1u64 << 50, b in 0..1u64 << 50, rate in 1u64 << 40..1 << 50) {
        let gpu = Roofline::new(&GpuSpec { hbm_bytes_per_s: rate, ..b200() }).unwrap();
        let whole = gpu.memory_time(a + b);
        let parts = gpu.memory_time(a) + gpu.memory_time(b);
        prop_assert!(whole <= parts && parts <= whole + Femtos::from_ticks(1));
    }

    #[test]
    fn one_expert_is_its_two_dense_products(tokens in 1u32..4096, hidden in 1u32..8192, intermediate in 1u32..8192) {
        let both = |activations| {
            let up = dense_gemm(tokens, 2 * intermediate, hidden, BF16, activations);
            up + dense_gemm(tokens, hidden, intermediate, BF16, activations)
        };
        let grouped = |activations| grouped_gemm(&[tokens], hidden, intermediate, BF16, activations);
        prop_assert_eq!(grouped(Activations::OnChip), both(Activations::OnChip));

        // Gate and up leave the grouped product as one.
        let in_hbm = Activations::InHbm { element_bytes: 2 };
        let merged = u64::from(tokens) * u64::from(intermediate) * 2;
        prop_assert_eq!(grouped(in_hbm).flops, both(in_hbm).flops);
        prop_assert_eq!(grouped(in_hbm).bytes + merged, both(in_hbm).bytes);
    }

    #[test]
    fn experts_of_a_group_add_up(counts in prop::collection::vec(0u32..300, 0..64)) {
        let group = |counts: &[u32]| grouped_gemm(counts, 96, 40, BF16, Activations::OnChip);
        let one_by_one: Kernel = counts.iter().map(|&tokens| group(&[tokens])).sum();
        prop_assert_eq!(group(&counts), one_by_one);
    }

    #[test]
    fn no_size_panics(a in any::<u32>(), b in any::<u32>(), c in any::<u32>(), counts in prop::collection::vec(any::<u32>(), 0..4)) {
        use gpu_model::*;
        let in_hbm = Activations::InHbm { element_bytes: c };
        let attention = AttentionShape { query_heads: a, kv_heads: b, head_dim: c, element_bytes: a };
        let delta = DeltaNetShape { key_heads: a, value_heads: b, key_dim: c, value_dim: a, state_element_bytes: b };
        let latent =
            LatentShape { heads: a, kv_rank: b, nope_dim: c, rope_dim: a, value_dim: b, element_bytes: c };
        let chunks = || counts.iter().map(|&tokens| PromptChunk { context: a, tokens });
        let all = dense_gemm(a, b, c, a, in_hbm)
            + grouped_gemm(&counts, a, b, c, in_hbm)
            + decode_attention(attention, counts.iter().copied(), in_hbm)
            + prefill_attention(attention, chunks(), Reach::Window(a), in_hbm)
            + prefill_attention(attention, chunks(), Reach::Chunk(b), in_hbm)
            + decode_latent(latent, counts.iter().copied(), in_hbm)
            + prefill_latent(latent, chunks(), in_hbm)
            + gated_delta_net(delta, c, in_hbm)
            + prefill_delta_net(delta, counts.iter().copied(), in_hbm)
            + elementwise(a.into(), b, c);
        prop_assert!(roofline().time(all) >= roofline().time(elementwise(a.into(), b, c)));
    }
}
