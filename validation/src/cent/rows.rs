//! Which rows of the banks hold what. Times depend only on whether two rows are the same.

use super::block::Block;
use super::{BANKS, HEAD, ROOM, ROW};

/// First row of each.
pub(super) struct Rows {
    pub(super) input: u32,
    pub(super) input_copy: u32,
    pub(super) input_norm: u32,
    pub(super) query: u32,
    pub(super) key: u32,
    pub(super) value: u32,
    pub(super) queries: u32,
    pub(super) keys: u32,
    pub(super) key_cache: u32,
    pub(super) scores: u32,
    pub(super) value_cache: u32,
    pub(super) output: u32,
    pub(super) attended_copy: u32,
    pub(super) attended_norm: u32,
    pub(super) gate: u32,
    pub(super) up: u32,
    pub(super) gated: u32,
    pub(super) down: u32,
}

impl Rows {
    pub(super) fn of(block: &Block<'_>) -> Self {
        let model = block.model;
        let mut next = 0;
        let mut take = |rows: u32| {
            next += rows;
            next - rows
        };
        let vector = (model.dim / BANKS).div_ceil(ROW);
        let matrix = |outputs: u32, inputs: u32| {
            outputs.div_ceil(block.shared_banks()) * inputs.div_ceil(ROW)
        };
        let kv = HEAD * model.kv_heads;
        Self {
            input: take(vector),
            input_copy: take(vector),
            input_norm: take(vector),
            query: take(matrix(model.dim, model.dim)),
            key: take(matrix(kv, model.dim)),
            value: take(matrix(kv, model.dim)),
            queries: take(1),
            keys: take(1),
            key_cache: take(ROOM.div_ceil(block.shared_banks()) * kv.div_ceil(ROW)),
            scores: take(ROOM.div_ceil(ROW) * block.heads_per_group()),
            value_cache: take(ROOM.div_ceil(ROW) * block.value_heads() * HEAD / BANKS),
            output: take(1 + matrix(model.dim, model.dim)) + 1,
            attended_copy: take(2) + 1,
            attended_norm: take(1),
            gate: take(matrix(model.ffn, model.dim)),
            up: take(matrix(model.ffn, model.dim)),
            gated: take(3),
            down: take(matrix(model.dim, model.ffn)),
        }
    }
}
