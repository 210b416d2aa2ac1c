//! What a runtime holds when it places experts: counts of a drawn step, and costs as tables.

use gpu_model::{Kind, Law, Terms};
use pim_dram::device::Device;
use sieve_sched::config::Config;
use sieve_sched::cost_table::CostTable;
use sieve_sched::method::Method;
use sieve_sched::policy::{Layer, Tables};
use sieve_sched::replay::plan::Plan;
use sieve_sched::time::Femtos;
use workloads::{Decode, GeneratorSpec, KvLengths, RoutingSource};

/// DRAM timing makes experts on PIM some three times slower than the roofline says (`sieve expert`).
const SLOWER: u32 = 3;

/// All layers of one step of a model whose experts are all on one GPU.
pub(crate) struct Runtime {
    counts: Vec<Vec<u32>>,
    law: Law,
    gpu: Vec<Terms>,
    pim: CostTable,
}

impl Runtime {
    pub(crate) fn new(model: &str, batch: u32) -> Self {
        let mut config = Config::of("b200-hbm-pim", model).expect("presets ship");
        config.run.gpus = 1;
        let routing = GeneratorSpec::preset(&config.model.default_routing).expect("presets ship");
        let source = RoutingSource::Synthetic(routing);
        let decode = Decode::new(source, &config.model, batch as usize, KvLengths::AZURE, 1);
        let mut decode = decode.expect("presets fit");
        let step = decode.next_step();
        let counts = (0..config.model.moe_layers()).map(|l| step.tokens_per_expert(l)).collect();
        let device = Device::new(&config.system.pim).expect("presets ship");
        let plan = Plan::new(&config, &device, Method::Sieve, &[]).expect("presets fit");
        let law = plan.kernels.law.clone();
        let gpu = (0..=batch).map(|n| law.terms(&plan.kernels.experts(&[n]))).collect();
        let mut pim = plan.cost_table();
        let took: Vec<_> = (1..=batch).map(|n| (n, pim.time(n) * SLOWER)).collect();
        pim.learn(&took);
        Self { counts, law, gpu, pim }
    }

    /// Without other work, so that the experts alone decide.
    pub(crate) fn layers(&self) -> impl Iterator<Item = Layer<'_>> + Clone {
        let none = Femtos::from_ticks(0);
        let (communication, attention, other) = (none, none, Terms::ZERO);
        self.counts.iter().map(move |tokens| Layer {
            communication,
            other,
            attention,
            ..Layer::of(tokens)
        })
    }

    pub(crate) fn tables(&self) -> Tables<'_> {
        let launch = self.law.launching(Kind::GroupedGemm);
        Tables { law: &self.law, launch, gpu: &self.gpu, pim: &self.pim }
    }
}
