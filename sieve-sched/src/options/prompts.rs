//! Prompts beside a decode batch.

use clap::Args;
use workloads::KvLengths;

use super::names::named;
use crate::config::{ConfigError, RunSpec};

/// Prompts that are taken in.
#[derive(Args, Clone, Debug)]
pub struct Prompts {
    /// Take prompts in beside the decode batch, by a preset (sieve) or a .ron file
    #[arg(long, value_name = "PROMPTS")]
    prefill: Option<String>,
    /// Tokens of a prompt, as --kv-len is written [default: the preset's]
    #[arg(long, value_name = "LENGTHS", requires = "prefill", value_parser = named::<KvLengths>("LENGTHS"))]
    prompt_len: Option<KvLengths>,
    /// Most tokens of a prompt that a step takes [default: the preset's]
    #[arg(long, value_name = "N", requires = "prefill")]
    chunk_tokens: Option<u32>,
}

impl Prompts {
    /// Enters what was asked for.
    pub(super) fn take(&self, run: &mut RunSpec) -> Result<(), ConfigError> {
        let Some(name) = &self.prefill else { return Ok(()) };
        let spec = run.take_prompts(name)?;
        let command_line = "command line".to_owned();
        if let Some(lengths) = &self.prompt_len {
            spec.prompt_tokens = lengths.clone();
            spec.sources.insert("prompt_tokens".to_owned(), command_line.clone());
        }
        if let Some(tokens) = self.chunk_tokens {
            spec.chunk_tokens = tokens;
            spec.sources.insert("chunk_tokens".to_owned(), command_line);
        }
        Ok(())
    }
}
