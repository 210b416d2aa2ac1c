//! What a run of a sweep did.

use serde::Serialize;

use super::loaded::Loaded;
use super::run::Shard;
use super::table::Table;

/// Counts of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// Name of the sweep.
    pub sweep: String,
    /// Points that were asked for, as `i/n`.
    pub shard: String,
    /// Combinations, those of other shards included.
    pub rows: usize,
    /// Combinations that a filter leaves out.
    pub skipped: usize,
    /// Combinations that were found impossible so far, likewise.
    pub impossible: usize,
    /// Points of this shard, impossible ones included.
    pub points: usize,
    /// Points that were finished before.
    pub found: usize,
    /// Points that were computed.
    pub computed: usize,
}

impl Ran {
    /// Of a run that computed so many points of a shard, all that were missing, and the table of what is finished after it.
    #[must_use]
    pub fn new(sweep: &Loaded, shard: Shard, computed: usize, table: &Table) -> Self {
        let Loaded { name, plan, .. } = sweep;
        let points = plan.points.len().saturating_sub(shard.index - 1).div_ceil(shard.of);
        Self {
            sweep: name.clone(),
            shard: shard.to_string(),
            rows: plan.rows.len(),
            skipped: table.counts["skipped"],
            impossible: table.counts["impossible"],
            points,
            found: points - computed,
            computed,
        }
    }
}
