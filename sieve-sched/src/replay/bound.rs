//! How much faster than NoExp a step can be, whatever the partition of its experts: arithmetic, without a simulation of the whole.

use gpu_model::Terms;
use pim_dram::Ticks;
use pim_dram::job::Worker;
use pim_dram::memo::Memo;
use pim_dram::tally::Tally;
use workloads::Step;
use workloads::model::{Ffn, Layer};

use crate::replay::attentions::Attentions;
use crate::replay::batch::Split;
use crate::replay::plan::Plan;
use crate::time::Femtos;

/// A step by arithmetic: nothing waits, and no side slows the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Time with all experts on the GPU.
    pub noexp: Femtos,
    /// The least time that any partition can reach, even one that cuts experts between GPU and PIM.
    pub least: Femtos,
}

/// What a GPU and its PIM do in a step.
#[derive(Clone, Debug)]
pub struct Load {
    /// On the GPU whatever the partition: projections, router, prefill attention, language-model head.
    pub gpu: Terms,
    /// On PIM whatever the partition: decode attention.
    pub pim: Femtos,
    /// What each expert adds to the GPU, or else to PIM.
    pub experts: Vec<(Terms, Femtos)>,
}

impl Bound {
    /// Of nothing.
    pub const ZERO: Self = Self { noexp: Femtos::from_ticks(0), least: Femtos::from_ticks(0) };

    /// Of one GPU. The least time is that of two linear programmes, one for memory beside PIM and one for compute beside PIM.
    #[must_use]
    pub fn of(load: &Load) -> Self {
        let sides: [fn(&Terms) -> Femtos; 2] =
            [|t| t.fixed.saturating_add(t.memory), |t| t.fixed.saturating_add(t.compute)];
        let both = sides.map(|side| {
            let experts: Vec<_> = load.experts.iter().map(|(gpu, pim)| [side(gpu), *pim]).collect();
            let fixed = side(&load.gpu);
            let all = experts.iter().fold(fixed, |sum, [gpu, _]| sum.saturating_add(*gpu));
            Self { noexp: all.max(load.pim), least: least([all, load.pim], experts) }
        });
        both[0].slower(both[1])
    }

    /// Of two that both have to be done.
    #[must_use]
    pub fn slower(self, other: Self) -> Self {
        Self { noexp: self.noexp.max(other.noexp), least: self.least.max(other.least) }
    }

    /// One after the other.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        Self {
            noexp: self.noexp.saturating_add(other.noexp),
            least: self.least.saturating_add(other.least),
        }
    }

    /// Times as fast as NoExp that any method may be.
    #[must_use]
    pub fn most_over_noexp(self) -> f64 {
        self.noexp.as_ticks() as f64 / (self.least.as_ticks() as f64).max(1.0)
    }

    /// Of a step whose GPUs wait for none but the slowest: once with PIM at its peak, once as simulated on idle channels. Layers
    /// and mini-batches are taken together, as if all of them could overlap.
    pub(crate) fn of_step(
        plan: &Plan<'_>,
        memo: &mut Memo<'_>,
        step: &Step,
        split: &Split,
    ) -> [Self; 2] {
        let percent = plan.runtime.attention_on_gpu_percent;
        let attentions = Attentions::of_step(plan, memo, step, split, percent);
        let table = plan.cost_table();
        let mut alone = |tokens| alone(plan, memo, tokens);
        let on_pim: [&mut dyn FnMut(u32) -> Femtos; 2] =
            [&mut |tokens| table.time(tokens), &mut alone];
        on_pim.map(|pim| {
            let gpu = |gpu| Self::of(&Load::of(plan, step, split, gpu, &attentions, pim));
            (0..split.gpus).map(gpu).fold(Self::ZERO, Self::slower)
        })
    }
}

/// The least of max(GPU, PIM) when each of some experts, given by their times on GPU and on PIM, may be cut between the two. All
/// are on the GPU at first.
fn least([mut gpu, mut pim]: [Femtos; 2], mut experts: Vec<[Femtos; 2]>) -> Femtos {
    // Those first that PIM is best at, by PIM time over GPU time.
    let [on_gpu, on_pim] =
        [0, 1].map(|side| move |expert: &[Femtos; 2]| u128::from(expert[side].as_ticks()));
    experts.sort_by(|a, b| (on_pim(a) * on_gpu(b)).cmp(&(on_pim(b) * on_gpu(a))));
    for [off_gpu, to_pim] in experts {
        if pim >= gpu {
            break;
        }
        if pim.saturating_add(to_pim) > gpu.saturating_sub(off_gpu) {
            // A part of it makes both equal.
            let [room, off, to] = [gpu - pim, off_gpu, to_pim].map(|t| u128::from(t.as_ticks()));
            let moved = u64::try_from(room * to / (off + to).max(1)).unwrap_or(u64::MAX);
            return pim + Femtos::from_ticks(moved);
        }
        gpu = gpu.saturating_sub(off_gpu);
        pim += to_pim;
    }
    gpu.max(pim)
}

impl Load {
    fn of(
        plan: &Plan<'_>,
        step: &Step,
        split: &Split,
        gpu: usize,
        attentions: &[Vec<Vec<Attentions>>],
        pim: &mut dyn FnMut(u32) -> Femtos,
    ) -> Self {
        let kernels = &plan.kernels;
        let zero = Femtos::from_ticks(0);
        let (mut fixed, mut attention_on_pim, mut experts) = (Vec::new(), zero, Vec::new());
        for (minibatch, attentions) in attentions.iter().enumerate() {
            let tokens = split.token_count(step, minibatch, gpu);
            let chunks = split.chunks(step, minibatch, gpu);
            let shared = vec![tokens; plan.shared_experts() as usize];
            for Layer { group, attention, ffn } in plan.model().decoder() {
                fixed.extend(kernels.input_projections(attention, tokens));
                let attends = &attentions[gpu][group];
                attention_on_pim = attention_on_pim.saturating_add(attends.units_time());
                fixed.extend(kernels.attention(attention, &attends.on_gpu));
                fixed.extend(kernels.prefill_attention(attention, &chunks));
                let layer = match ffn {
                    Ffn::Dense(intermediate) => {
                        fixed.extend(kernels.output_projections(attention, tokens));
                        fixed.extend(kernels.dense_ffn(intermediate, tokens));
                        continue;
                    }
                    Ffn::Moe(layer) => layer,
                };
                fixed.extend(kernels.output_projections_and_router(attention, tokens));
                let routed = split.tokens(step, layer, minibatch);
                experts.extend(plan.placement.layer(layer).tokens(routed).swap_remove(gpu));
                if plan.places_shared_experts() {
                    experts.extend(&shared);
                } else {
                    fixed.extend(kernels.shared_experts(&shared));
                }
            }
            fixed.extend(kernels.lm_head(split.generated(step, minibatch, gpu)));
        }
        let on_gpu = |tokens| {
            let launches = kernels.experts(&[tokens]);
            launches.iter().fold(Terms::ZERO, |sum, one| sum + kernels.law.added(one))
        };
        let activated = experts.into_iter().filter(|&tokens| tokens > 0);
        Self {
            gpu: kernels.law.terms(&fixed),
            pim: attention_on_pim,
            experts: activated.map(|tokens| (on_gpu(tokens), pim(tokens))).collect(),
        }
    }
}

/// An expert with so many tokens on channels that do nothing else, another one following.
fn alone(plan: &Plan<'_>, memo: &mut Memo<'_>, tokens: u32) -> Femtos {
    let mut worker = Worker::new(memo);
    let mut tally = Tally::new(memo.device());
    for job in [plan.layouts.up_job(tokens), plan.layouts.down_job(tokens)] {
        worker.run(memo, &job, true, Ticks(0), &mut tally);
    }
    memo.device().clock.femtos(worker.now())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fs(ticks: u64) -> Femtos {
        Femtos::from_ticks(ticks)
    }

    fn terms(memory: u64, compute: u64) -> Terms {
        Terms { memory: fs(memory), compute: fs(compute), ..Terms::ZERO }
    }

    #[test]
    fn a_load_by_hand() {
        // 10 + 20 + 30 to read. The first expert takes 5 on PIM, the second 90: the first moves, and 15 / 120 of the second would
        // leave 36.25 and 36.25.
        let experts = vec![(terms(20, 1), fs(5)), (terms(30, 1), fs(90))];
        let load = Load { gpu: terms(10, 4), pim: fs(20), experts };
        assert_eq!(Bound::of(&load), Bound { noexp: fs(60), least: fs(36) });
        // Attention on PIM may take longer than all.
        let load = Load { pim: fs(70), ..load };
        assert_eq!(Bound::of(&load), Bound { noexp: fs(70), least: fs(70) });
    }

    proptest! {
        /// No partition is faster, and the fastest is slower by an expert at most.
        #[test]
        fn no_partition_is_faster(
            fixed in (0_u64..100, 0_u64..100, 0_u64..100),
            experts in prop::collection::vec((1_u64..100, 1_u64..100, 1_u64..100), 0..8),
        ) {
            let (memory, compute, attention) = fixed;
            let each = experts.iter().map(|&(memory, compute, pim)| (terms(memory, compute), fs(pim)));
            let load = Load { gpu: terms(memory, compute), pim: fs(attention), experts: each.collect() };
            let bound = Bound::of(&load);
            let time = |on_pim: u32| {
                let mut busy = [memory, compute, attention];
                for (at, &(memory, compute, pim)) in experts.iter().enumerate() {
                    if on_pim >> at & 1 == 1 {
                        busy[2] += pim;
                    } else {
                        busy[0] += memory;
                        busy[1] += compute;
                    }
                }
                fs(busy.into_iter().max().unwrap())
            };
            let fastest = (0..1_u32 << experts.len()).map(time).min().unwrap();
            prop_assert_eq!(bound.noexp, time(0));
            prop_assert!(bound.least <= fastest && bound.least <= bound.noexp);
            // Of one resource beside PIM, cutting an expert gains no more than that expert takes.
            let alone = Load {
                gpu: terms(memory, 0),
                experts: load.experts.iter().map(|(gpu, pim)| (terms(gpu.memory.as_ticks(), 0), *pim)).collect(),
                ..load
            };
            let whole = |on_pim: u32| {
                let busy = experts.iter().enumerate().fold([memory, attention], |[gpu, pim], (at, expert)| {
                    if on_pim >> at & 1 == 1 { [gpu, pim + expert.2] } else { [gpu + expert.0, pim] }
                });
                busy[0].max(busy[1])
            };
            let fastest = (0..1_u32 << experts.len()).map(whole).min().unwrap();
            let most = experts.iter().map(|expert| expert.0.max(expert.2)).max().unwrap_or(0);
            prop_assert!(Bound::of(&alone).least + fs(most) >= fs(fastest));
        }
    }
}
