//! The table of kinds.

use pim_dram::controller::{CONTROLLERS, MAPPERS};
use pim_dram::family::FAMILIES;
use pim_dram::spec::{DERIVED, PRESETS};

use super::Kind;
use super::told::{of, sweep};
use crate::config::{RUNTIME, SYSTEMS, System, load, load_device};
use crate::figure::{SPECS, Spec};
use crate::sweep::SWEEPS;

/// Every kind, what is chosen most often first.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "system",
        about: "servers: a GPU, its link, its memory",
        command: None,
        tables: &[SYSTEMS],
        read: |name, set| of(System::load(name), set),
    },
    Kind {
        name: "device",
        about: "memories, with PIM units or without",
        command: Some("sieve device --device"),
        tables: &[PRESETS, DERIVED],
        read: |name, set| of(load_device(name), set),
    },
    Kind {
        name: "model",
        about: "MoE models",
        command: Some("sieve model show"),
        tables: &[workloads::model::PRESETS],
        read: |name, set| {
            of::<workloads::ModelSpec>(load("model", name, workloads::model::PRESETS), set)
        },
    },
    Kind {
        name: "routing",
        about: "laws of how popular experts are, and of how tokens are alike",
        command: None,
        tables: &[workloads::generator::PRESETS],
        read: |name, set| {
            of::<workloads::GeneratorSpec>(
                load("routing", name, workloads::generator::PRESETS),
                set,
            )
        },
    },
    Kind {
        name: "prompts",
        about: "prompts beside a decode batch",
        command: None,
        tables: &[workloads::prefill::PRESETS],
        read: |name, set| {
            let loaded = load("set of prompts", name, workloads::prefill::PRESETS);
            of::<workloads::prefill::PrefillSpec>(loaded, set)
        },
    },
    Kind {
        name: "gpu",
        about: "GPUs by their data sheets",
        command: None,
        tables: &[gpu_model::PRESETS],
        read: |name, set| of::<gpu_model::GpuSpec>(load("GPU", name, gpu_model::PRESETS), set),
    },
    Kind {
        name: "gpu-law",
        about: "laws of GPU kernels, fitted to measurements",
        command: None,
        tables: &[gpu_model::law::calibrated::PRESETS],
        read: |name, set| {
            let loaded = load("GPU law", name, gpu_model::law::calibrated::PRESETS);
            of::<gpu_model::law::CalibratedSpec>(loaded, set)
        },
    },
    Kind {
        name: "link",
        about: "links between GPUs by their data sheets",
        command: None,
        tables: &[noc::PRESETS],
        read: |name, set| of::<noc::LinkSpec>(load("link", name, noc::PRESETS), set),
    },
    Kind {
        name: "collectives",
        about: "measured collectives",
        command: None,
        tables: &[noc::measured::PRESETS],
        read: |name, set| {
            let loaded = load("set of collectives", name, noc::measured::PRESETS);
            of::<noc::measured::Collectives>(loaded, set)
        },
    },
    Kind {
        name: "runtime",
        about: "the software side of every method",
        command: None,
        tables: &[RUNTIME],
        read: |name, set| of::<crate::config::RuntimeSpec>(load("runtime", name, RUNTIME), set),
    },
    Kind {
        name: "family",
        about: "commands of a kind of memory, and rules between them",
        command: None,
        tables: &[FAMILIES],
        read: |name, set| of::<pim_dram::family::Family>(load("family", name, FAMILIES), set),
    },
    Kind {
        name: "controller",
        about: "strategies of a memory controller",
        command: None,
        tables: &[CONTROLLERS],
        read: |name, set| {
            of::<pim_dram::controller::ControllerSpec>(load("controller", name, CONTROLLERS), set)
        },
    },
    Kind {
        name: "mapper",
        about: "from addresses to places in a memory",
        command: None,
        tables: &[MAPPERS],
        read: |name, set| {
            of::<pim_dram::controller::MapperSpec>(load("mapper", name, MAPPERS), set)
        },
    },
    Kind {
        name: "sweep",
        about: "combinations of a configuration",
        command: Some("sieve sweep run"),
        tables: &[SWEEPS],
        read: sweep,
    },
    Kind {
        name: "figure",
        about: "figures of the paper, and ours",
        command: Some("sieve figure"),
        tables: &[SPECS],
        read: |name, set| {
            let loaded = Spec::load(name);
            of(
                loaded.map_err(|error| match error {
                    crate::figure::FigureError::Config(error) => error,
                    other => crate::config::ConfigError::Invalid(other.to_string()),
                }),
                set,
            )
        },
    },
];
