//! How a checkpoint stores its weights.

use serde::Deserialize;

use super::keys::Keys;
use crate::model::WeightFormat;

/// The part of `quantization_config` that is read.
#[derive(Deserialize)]
struct Quantization {
    quant_method: String,
    weight_block_size: Option<[u32; 2]>,
}

/// Format of the routed experts, and of everything else.
///
/// Embeddings, routers and norms of quantised checkpoints are left in 16 bits; they are taken for quantised here where the rest of
/// the layer is.
pub(super) fn formats(keys: &mut Keys<'_>) -> [WeightFormat; 2] {
    let quantization = keys.optional::<Quantization>("quantization_config");
    let plain = plain(keys);
    let Some(quantization) = quantization else {
        return [plain; 2];
    };
    match (quantization.quant_method.as_str(), quantization.weight_block_size) {
        ("mxfp4", _) => [WeightFormat::Mxfp4, plain],
        ("fp8", Some([128, 128])) => [WeightFormat::Fp8Block; 2],
        ("fp8", None) => [WeightFormat::Fp8; 2],
        ("fp8", Some(block)) => {
            keys.problem(
                "quantization_config",
                &format!("weight_block_size {block:?}; only [128, 128] is understood"),
            );
            [plain; 2]
        }
        (method, _) => {
            keys.problem("quantization_config", &format!("quant_method `{method}` is unknown; there is mxfp4, fp8; without the key the model is taken as not quantised"));
            [plain; 2]
        }
    }
}

fn plain(keys: &mut Keys<'_>) -> WeightFormat {
    let dtype: Option<String> = keys.optional("torch_dtype").or_else(|| keys.optional("dtype"));
    match dtype.as_deref() {
        Some("bfloat16" | "float16") => WeightFormat::Bf16,
        Some("float32") => WeightFormat::Fp32,
        Some(other) => {
            keys.problem(
                "torch_dtype",
                &format!("`{other}` is unknown; there is bfloat16, float16, float32"),
            );
            WeightFormat::Bf16
        }
        // As in the published files of GPT-OSS.
        None => {
            keys.note("no torch_dtype or dtype (assumption: bf16)".to_owned());
            WeightFormat::Bf16
        }
    }
}
