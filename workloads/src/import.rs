//! Routing in other people's formats.

use crate::trace::{Archive, Recorded, Trace, expert_ids, integers, lengths};

/// Token-major requests: `flat` [tokens, layers, k] and `lens` [requests], as AmanPriyanshu/GPT-OSS-MoE-ExpertFingerprinting
/// @ 72b368f re-encoded.
pub(crate) fn is_flat_requests(arrays: &[String]) -> bool {
    ["flat", "lens"].iter().all(|name| arrays.iter().any(|known| known == name))
}

/// Reads that format, which names neither its model nor its number of experts.
pub(crate) fn flat_requests(archive: &mut Archive) -> Result<Trace, String> {
    let flat = integers(archive, "flat", &[3])?;
    let request_tokens = lengths(&integers(archive, "lens", &[1])?)?;
    let ids = expert_ids(&flat)?;
    let size = |axis: usize| u32::try_from(flat.shape[axis]).unwrap_or(u32::MAX);
    Ok(Trace {
        model: "unnamed".to_owned(),
        experts: None,
        top_k: size(2),
        layers: size(1),
        routing: Recorded::Requests { expert_ids: ids, request_tokens },
    })
}
