//! Which prompts a batch takes in, as a user writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decode::LARGEST_BATCH;
use crate::findings::{Checks, Findings};
use crate::lengths::KvLengths;
use crate::preset::{self, PresetError};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[("sieve", include_str!("../../presets/prefill/sieve.ron"))];

/// Chunked prefill beside a decode batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefillSpec {
    /// Name in reports.
    pub name: String,
    /// Law of the prompts' lengths.
    pub prompt_tokens: KvLengths,
    /// Most tokens of a prompt that a step takes. Range: 1 to 1,048,576; a step takes at most 65,536 tokens of all prompts.
    pub chunk_tokens: u32,
    /// Requests in prefill, by the size of the decode batch, ascending; the last entry that is not above the batch counts, and
    /// below the first there is none.
    pub requests: Vec<Prefills>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// Requests in prefill beside decode batches from a size on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefills {
    /// Requests in decode from which on it counts. Range: above that of the entry before.
    pub batch: u32,
    /// Requests in prefill at the same time. Range: 0 to 65,536.
    pub prefills: u32,
}

impl PrefillSpec {
    /// The shipped preset of that name.
    ///
    /// # Errors
    /// When no preset has that name; the error lists those there are.
    pub fn preset(name: &str) -> Result<Self, PresetError> {
        preset::load("prefill", PRESETS, name)
    }

    /// Checks the parameters.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<(), Findings> {
        let mut checks = Checks::default();
        if let Err(Findings(findings)) = self.prompt_tokens.check() {
            for finding in findings {
                checks.that(false, &format!("prompt_tokens.{}", finding.path), || finding.says);
            }
        }
        checks.range("chunk_tokens", self.chunk_tokens, 1..=KvLengths::LONGEST);
        for (index, entry) in self.requests.iter().enumerate() {
            let path = format!("requests.{index}");
            checks.range(&format!("{path}.prefills"), entry.prefills, 0..=LARGEST_BATCH as u32);
            let before = index.checked_sub(1).map(|before| self.requests[before].batch);
            checks.that(before.is_none_or(|before| before < entry.batch), &path, || {
                format!("batch {} does not follow {}", entry.batch, before.unwrap_or_default())
            });
        }
        checks.done()
    }

    /// Requests in prefill beside a decode batch.
    #[must_use]
    pub fn prefills(&self, batch: u32) -> u32 {
        let entry = self.requests.iter().rfind(|entry| entry.batch <= batch);
        entry.map_or(0, |entry| entry.prefills)
    }
}
