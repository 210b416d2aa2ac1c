//! A small model.

use workloads::ModelSpec;

/// Two layers, six experts, of which a token visits two.
pub(crate) fn tiny() -> ModelSpec {
    let mut model = ModelSpec::preset("qwen3-30b-a3b").unwrap();
    model.name = "tiny".into();
    model.layers = 2;
    model.experts.count = 6;
    model.experts.top_k = 2;
    model
}
