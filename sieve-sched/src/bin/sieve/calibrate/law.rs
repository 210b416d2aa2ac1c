//! Fitted laws as a file.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use gpu_model::law::calibrated;
use gpu_model::{CalibratedSpec, KernelLaw, Kind};
use ron::ser::{PrettyConfig, to_string_pretty};
use sieve_sched::config::load;

use super::Gpu;
use super::report::Report;

/// Kinds of kernels other than experts, as laws name them.
const OTHERS: [(Kind, &str); 4] = [
    (Kind::DenseGemm, "dense_gemm"),
    (Kind::DecodeAttention, "decode_attention"),
    (Kind::PrefillAttention, "prefill_attention"),
    (Kind::Elementwise, "elementwise"),
];

/// The laws, those of the base law where nothing was measured, each with its source.
pub(super) fn ron(options: &Gpu, report: &Report, gpu: String) -> Result<String, Box<dyn Error>> {
    let base: Option<CalibratedSpec> = (options.base.as_deref())
        .map(|name| load("GPU law", name, calibrated::PRESETS))
        .transpose()?;
    let mut sources = BTreeMap::new();
    let mut grouped_gemm = BTreeMap::new();
    for fitted in &report.experts {
        let library = &fitted.library;
        grouped_gemm.insert(library.format.clone(), fitted.law);
        let kernel = format!("{}, {} {}", library.device, library.framework, library.kernel_source);
        let path = format!("grouped_gemm.{}", library.format);
        sources.insert(path, source(&options.csv, &kernel, fitted.errors.mean));
    }
    let mut others: BTreeMap<Kind, KernelLaw> = BTreeMap::new();
    for (kind, path) in OTHERS {
        let fitted = report.kernels.iter().find(|fitted| fitted.kind == kind);
        if let (Some(fitted), Some(file)) = (fitted, &options.kernels) {
            others.insert(kind, fitted.law);
            sources.insert(path.to_owned(), source(file, path, fitted.errors.mean));
        } else if let Some(base) = &base {
            let law = match kind {
                Kind::DenseGemm => base.dense_gemm,
                Kind::DecodeAttention => base.decode_attention,
                Kind::PrefillAttention => base.prefill_attention,
                Kind::Elementwise => base.elementwise,
                Kind::GroupedGemm => None,
            };
            others.extend(law.map(|law| (kind, law)));
            let found = base.sources.get_key_value(path);
            sources.extend(found.map(|(path, source)| (path.clone(), source.clone())));
        }
    }
    let stem = options.out.as_deref().and_then(Path::file_stem).unwrap_or_default();
    let of = |kind| others.get(&kind).copied();
    let spec = CalibratedSpec {
        name: stem.display().to_string(),
        gpu,
        grouped_gemm,
        dense_gemm: of(Kind::DenseGemm),
        decode_attention: of(Kind::DecodeAttention),
        prefill_attention: of(Kind::PrefillAttention),
        elementwise: of(Kind::Elementwise),
        sources,
    };
    spec.check()?;
    Ok(to_string_pretty(&spec, PrettyConfig::default())? + "\n")
}

fn source(file: &Path, kernel: &str, error: f64) -> String {
    let name = file.file_name().unwrap_or_default().display();
    format!("sieve calibrate gpu, {name}, {kernel}; mean error {:.1} %", 100.0 * error)
}
