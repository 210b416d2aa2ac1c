//! What stays the same over all steps of one (model, method): resolved hardware, layouts.

use noc::Law;
use pim_dram::device::Device;
use pim_dram::gemv::weight_bytes;
use pim_dram::geometry::Geometry;
use pim_dram::peaks::roofline;
use workloads::model::{Attention, LayerGroup, SharedExperts};
use workloads::placement::loads;
use workloads::{ModelSpec, Placement, Step};

use crate::config::{Config, ConfigError, ExpertChannels, RuntimeSpec};
use crate::cost_table::CostTable;
use crate::method::{ExpertLayout, Method};
use crate::pim::{ExpertLayouts, Heads};
use crate::replay::kernels::Kernels;
use crate::time::Femtos;

/// The constants of a replay.
#[derive(Debug)]
pub struct Plan<'a> {
    /// GPU kernels.
    pub kernels: Kernels<'a>,
    /// Link law.
    pub link: Law,
    /// Bandwidth between HBM and GPU by the data sheet of the GPU.
    pub hbm_bytes_per_s: u64,
    /// PIM device of a GPU.
    pub device: &'a Device,
    /// Software.
    pub runtime: &'a RuntimeSpec,
    /// Method.
    pub method: Method,
    /// GPUs.
    pub gpus: usize,
    /// Experts on GPUs.
    pub placement: Placement,
    /// Groups of channels that do alike: 1, or one per expert of a GPU.
    pub channel_groups: usize,
    /// Layouts of an expert on its channels.
    pub layouts: ExpertLayouts,
    /// Time of a placement decision for a layer.
    pub scheduler_time: Femtos,
    /// Kinds of layers, as reported.
    pub groups: Vec<LayerGroup<'a>>,
}

impl<'a> Plan<'a> {
    /// Resolves a configuration for one method. Placements that balance loads see those of the `seen` steps.
    ///
    /// # Errors
    /// Numbers that contradict each other, and experts that fit no channel.
    pub fn new(
        config: &'a Config,
        device: &'a Device,
        method: Method,
        seen: &[Step],
    ) -> Result<Self, ConfigError> {
        let invalid = |error: &dyn std::error::Error| ConfigError::Invalid(error.to_string());
        let model = &config.model;
        let law = config.gpu_law()?;
        let link = config.link_law()?;
        let gpus = config.run.gpus as usize;
        let e = &model.experts;
        let placement = config
            .run
            .placement
            .place(e.count, gpus, &loads(seen, model.moe_layers(), e.count), config.run.seed)
            .map_err(|e| invalid(&e))?;
        let traits = method.traits();
        let lanes = device.total_lanes();
        let channel_groups = match traits.layout {
            ExpertLayout::TensorParallel => 1,
            ExpertLayout::ExpertParallel => expert_groups(
                &device.spec.geometry,
                config.runtime.pimoe_channels_per_expert,
                placement.most(),
            )?,
        };
        let per_group = lanes / u32::try_from(channel_groups).unwrap_or(1);
        let layouts = ExpertLayouts::plan(device, model.hidden, e.intermediate, per_group)
            .map_err(|e| ConfigError::Invalid(format!("experts of model `{}`: {e}", model.name)))?;
        let per_layer = config.runtime.scheduler_ns_per_256_experts * u64::from(e.count);
        let scheduler_ns = if traits.schedules { per_layer.div_ceil(256) } else { 0 };
        Ok(Self {
            kernels: Kernels { model, law },
            link,
            hbm_bytes_per_s: config.system.gpu.hbm_bytes_per_s,
            device,
            runtime: &config.runtime,
            method,
            gpus,
            placement,
            channel_groups,
            layouts,
            scheduler_time: Femtos::from_nanos(scheduler_ns),
            groups: model.layer_groups(),
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a ModelSpec {
        self.kernels.model
    }

    /// Heads of an attention that reads a cache, when PIM does it; Gated DeltaNet stays on the GPU. Latent attention is one KV
    /// head that all queries share.
    #[must_use]
    pub fn heads_on_pim(&self, attention: &Attention) -> Option<Heads> {
        if !self.method.traits().pim {
            return None;
        }
        match *attention {
            Attention::GroupedQuery { query_heads, kv_heads, head_dim, .. } => Some(Heads {
                queries_per_kv: query_heads / kv_heads,
                kv: kv_heads,
                key_dim: head_dim,
                value_dim: head_dim,
            }),
            Attention::MultiHeadLatent { heads, kv_rank, rope_dim, .. } => Some(Heads {
                queries_per_kv: heads,
                kv: 1,
                key_dim: kv_rank + rope_dim,
                value_dim: kv_rank,
            }),
            Attention::GatedDeltaNet { .. } => None,
        }
    }

    /// An empty cost table of this method's layout.
    #[must_use]
    pub fn cost_table(&self) -> CostTable {
        let bytes =
            [&self.layouts.up, &self.layouts.down].map(|l| weight_bytes(self.device, l.matrix));
        let peak = roofline(self.device, bytes.iter().sum(), self.layouts.up.lanes);
        CostTable::new(peak, self.runtime.cost_weight_percent)
    }

    /// Shared experts of a layer.
    #[must_use]
    pub fn shared_experts(&self) -> u32 {
        self.model().shared.map_or(0, |shared| shared.count)
    }

    /// Whether shared experts are placed like routed ones. They stay on the GPU beside whole experts on channels, and where their
    /// shape or format is another.
    #[must_use]
    pub fn places_shared_experts(&self) -> bool {
        let model = self.model();
        let routed = (model.experts.intermediate, model.experts.weights);
        let alike = |shared: SharedExperts| (shared.intermediate, model.weights) == routed;
        self.channel_groups == 1 && model.shared.is_some_and(alike)
    }
}

/// Groups of whole command channels, one expert after the other on the next group. As many as experts if the channels divide so,
/// else the next number that does, unless the pseudo-channels of an expert are given.
fn expert_groups(
    geometry: &Geometry,
    of_an_expert: ExpertChannels,
    experts: usize,
) -> Result<usize, ConfigError> {
    let channels = geometry.channels as usize;
    match of_an_expert {
        ExpertChannels::Auto => {
            let groups = (experts..=channels).find(|&n| n > 0 && channels.is_multiple_of(n));
            groups.ok_or_else(|| {
                ConfigError::Invalid(format!(
                    "method pimoe: {experts} experts a GPU on {channels} command channels; each expert needs a channel of its own, unless runtime.pimoe_channels_per_expert says that they share them"
                ))
            })
        }
        ExpertChannels::Fixed(pseudo_channels) => {
            let (asked, of_channel) = (pseudo_channels as usize, geometry.pseudo_channels as usize);
            let group = asked / of_channel.max(1);
            let whole =
                group > 0 && asked.is_multiple_of(of_channel) && channels.is_multiple_of(group);
            whole.then(|| channels / group).ok_or_else(|| {
                let allowed: Vec<String> = (1..=channels)
                    .filter(|&n| channels.is_multiple_of(n))
                    .map(|n| (n * of_channel).to_string())
                    .collect();
                ConfigError::Invalid(format!(
                    "runtime.pimoe_channels_per_expert: {pseudo_channels}; {channels} command channels of {of_channel} pseudo-channels make equal groups of {}",
                    allowed.join(", ")
                ))
            })
        }
    }
}
