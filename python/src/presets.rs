//! What is shipped.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use sieve_sched::config::SYSTEMS;
use sieve_sched::method::Method;
use sieve_sched::sweep::SWEEPS;

/// Names by the argument that takes them.
#[pyfunction]
pub(crate) fn presets() -> BTreeMap<&'static str, Vec<&'static str>> {
    let names = |lists: &[&[(&'static str, &str)]]| {
        lists.iter().flat_map(|list| list.iter().map(|(name, _)| *name)).collect()
    };
    BTreeMap::from([
        ("device", names(&[pim_dram::spec::PRESETS, pim_dram::spec::DERIVED])),
        ("gpu_law", names(&[gpu_model::law::calibrated::PRESETS])),
        ("link_law", names(&[noc::measured::PRESETS])),
        ("methods", Method::every().map(|method| method.traits().name).collect()),
        ("model", names(&[workloads::model::PRESETS])),
        ("prefill", names(&[workloads::prefill::PRESETS])),
        ("spec", names(&[SWEEPS])),
        ("synthetic", names(&[workloads::generator::PRESETS])),
        ("system", names(&[SYSTEMS])),
    ])
}
