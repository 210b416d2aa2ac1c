//! Seeds that are text: presets as they ship, the first lines of tables, and lines that name all that there is.

use pim_dram::controller::{CONTROLLERS, MAPPERS};
use pim_dram::family::FAMILIES;
use pim_dram::spec::{DERIVED, PRESETS as DEVICES};
use sieve_sched::{config, figure, sweep};

use super::Seed;

/// Lines of a table that are kept, its header among them.
const LINES: usize = 12;

/// Target, kind and texts; the kind stands on the first line of an input.
type Presets = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PRESETS: [Presets; 15] = [
    ("device", "device", DEVICES),
    ("device", "device", DERIVED),
    ("device", "family", FAMILIES),
    ("device", "controller", CONTROLLERS),
    ("device", "mapper", MAPPERS),
    ("config", "model", workloads::model::PRESETS),
    ("config", "gpu", gpu_model::PRESETS),
    ("config", "gpu law", gpu_model::law::calibrated::PRESETS),
    ("config", "link", noc::PRESETS),
    ("config", "collectives", noc::measured::PRESETS),
    ("config", "routing", workloads::generator::PRESETS),
    ("config", "prompts", workloads::prefill::PRESETS),
    ("config", "system", config::SYSTEMS),
    ("config", "sweep", sweep::SWEEPS),
    ("config", "figure", figure::SPECS),
];

const CONFIGS: &[(&str, &str)] = &[
    ("qwen3", include_str!("../../workloads/tests/configs/qwen3-30b-a3b.json")),
    ("gpt-oss", include_str!("../../workloads/tests/configs/gpt-oss-20b.json")),
    ("deepseek", include_str!("../../workloads/tests/configs/deepseek-v3.json")),
    ("qwen3.5", include_str!("../../workloads/tests/configs/qwen3.5-35b-a3b.json")),
    ("llama", include_str!("../../workloads/tests/configs/llama-4-maverick.json")),
];

/// Kind, text.
const TABLES: [(&str, &str); 9] = [
    ("lengths", "request,tokens\na,7\nb,1048576\n"),
    ("lengths", "3\n1\n4\n"),
    (
        "shares",
        "model,batch,one_token,up_to_four,activated,source\nm,16,0.5,0.9,40.5,x\nm,32,,,60,\n",
    ),
    ("experts", include_str!("../../gpu-model/tests/data/moe_kernels_bf16.csv")),
    ("kernels", include_str!("../../gpu-model/tests/data/h100_torch_kernels.csv")),
    ("kernels", include_str!("../../gpu-model/tests/data/h100_torch_layer.csv")),
    ("collectives", include_str!("../../noc/tests/data/nccl.csv")),
    ("collectives", include_str!("../../noc/tests/data/deepep.csv")),
    ("claims", r#"{"schema_version":1,"measured":{}}"#),
];

/// Target, text.
const LINES_OF: [(&str, &str); 14] = [
    ("set", "config\ntFAW=30\nrefresh=none\npim.activation=ganged(4)\n"),
    ("set", "config\nexperts.top_k=4\npopularity=dirichlet(shape: 0.042)\nseed=16_384\n"),
    (
        "set",
        "config\nbatches=[1, 64]\nmethods=[sieve, gpu-only]\nkv_tokens=lognormal(median: 1045, sigma: 0.9, max: 7930)\n",
    ),
    (
        "set",
        "config\nplacement=balanced+2\nminibatches=fixed(2)\nprefill=None\ngpus=8\nlink.latency_ns=5000\n",
    ),
    (
        "set",
        "config\nmodel.name=\"a b\"\nattention_channels=all\narbitration=batched(8)\nsteps=1\n",
    ),
    ("set", "device\ngeometry.banks=8,16\ntiming.tFAW=12,ns(30)\nactivation=all_bank\n"),
    ("set", "device\nvector_buffers=2\nlanes=16\nrow_bytes=2048\nbank_groups=1\ntREFI=ps(5)\n"),
    ("requests", "R 0x0\nW 0x40\nR 0x20 120\nr 4096 121\n"),
    ("requests", "op,addr,at,pc\nR,0x0,0,1\nW,64,120,\n"),
    ("requests", "addr,op\n32,R\n64,W\n"),
    ("aim", "# a product\nWR_GB 64\nWR_BIAS\nMAC_ABK 64 0\nRD_MAC\nAF\nRD_AF\nEOC\n"),
    ("aim", "COPY_BKGB 2 1 3\nCOPY_GBBK 2 1 3\nMAC_SBK 2 1 3\nEWMUL 4 5\nEOC\n"),
    ("aim", "RD_SBK 15 7\nWR_SBK 15 7\nWR_ABK 9\nEOC\n"),
    ("aim", "WR_GB 4000\nWR_ABK 9\nEOC\n"),
];

pub(super) fn presets() -> Vec<Seed> {
    let presets = PRESETS.into_iter().chain([("config", "import", CONFIGS)]);
    let seed = |(target, kind, texts): Presets| {
        texts.iter().map(move |(name, text)| {
            (target, format!("{kind}-{name}"), format!("{kind}\n{text}").into_bytes())
        })
    };
    presets.flat_map(seed).collect()
}

pub(super) fn tables() -> Vec<Seed> {
    let seed = |(n, (kind, text)): (usize, (&str, &str))| {
        let first: String = text.split_inclusive('\n').take(LINES).collect();
        ("tables", format!("{kind}-{n}"), format!("{kind}\n{first}").into_bytes())
    };
    TABLES.into_iter().enumerate().map(seed).collect()
}

pub(super) fn lines() -> Vec<Seed> {
    let seed = |(n, (target, text)): (usize, (&'static str, &str))| {
        (target, n.to_string(), text.as_bytes().to_vec())
    };
    LINES_OF.into_iter().enumerate().map(seed).collect()
}
