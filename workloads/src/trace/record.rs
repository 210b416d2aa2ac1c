//! One line of JSON, or one row of a table.
//!
//! | keys | a record is | `experts` |
//! |---|---|---|
//! | `step`, `layer` | a layer of a decode step | `[token, slot]` |
//! | `request`, `token`, `layer` | a layer of a token | `[slot]` |
//! | `request` | a request | `[token, layer, slot]` |
//!
//! Instead of `experts` there may be `logits`, with a router score for each expert as the last axis: the *k* largest are
//! chosen, of equal ones the first. A layer of a step may have `counts` instead: tokens of each expert. `source` names the
//! recording of a step.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    #[serde(default)]
    pub(super) source: String,
    step: Option<u64>,
    request: Option<Value>,
    token: Option<u64>,
    layer: Option<u32>,
    experts: Option<Value>,
    logits: Option<Value>,
    counts: Option<Value>,
}

/// What a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A layer of a decode step.
    Step { step: u64, layer: u32 },
    /// A layer of a token of a request.
    Token { request: String, token: u64, layer: u32 },
    /// A request.
    Request { request: String },
}

/// Integers or scores in C order, and their extents.
pub(super) enum Routing {
    Experts(Vec<usize>, Vec<i128>),
    Logits(Vec<usize>, Vec<f64>),
    Counts(Vec<i128>),
}

impl Record {
    pub(super) fn unit(&self) -> Result<Unit, String> {
        match (self.step, &self.request, self.token, self.layer) {
            (Some(step), None, None, Some(layer)) => Ok(Unit::Step { step, layer }),
            (None, Some(request), Some(token), Some(layer)) => {
                Ok(Unit::Token { request: name(request)?, token, layer })
            }
            (None, Some(request), None, None) => Ok(Unit::Request { request: name(request)? }),
            _ => Err("needs the keys `step`, `layer` or `request`, `token`, `layer` or `request`, and no others of these".to_owned()),
        }
    }

    pub(super) fn routing(&self, unit: &Unit) -> Result<Routing, String> {
        let axes: &[&str] = match unit {
            Unit::Step { .. } => &["token", "slot"],
            Unit::Token { .. } => &["slot"],
            Unit::Request { .. } => &["token", "layer", "slot"],
        };
        match (&self.experts, &self.logits, &self.counts) {
            (Some(experts), None, None) => {
                let (shape, values) = tensor("experts", experts, axes.len(), whole)?;
                Ok(Routing::Experts(shape, values))
            }
            (None, Some(logits), None) => {
                let (shape, values) = tensor("logits", logits, axes.len(), Value::as_f64)?;
                Ok(Routing::Logits(shape, values))
            }
            (None, None, Some(counts)) if matches!(unit, Unit::Step { .. }) => {
                Ok(Routing::Counts(tensor("counts", counts, 1, whole)?.1))
            }
            (None, None, Some(_)) => Err("`counts` are of a `step` and a `layer`".to_owned()),
            _ => Err("needs one of the keys `experts`, `logits`, `counts`".to_owned()),
        }
    }
}

/// Indices of the `k` largest scores of each row of `width`, the largest first, of equal ones the first.
pub(super) fn top_k(scores: &[f64], width: usize, k: usize) -> Vec<i128> {
    let chosen = scores.chunks_exact(width).flat_map(|row| {
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        order.truncate(k);
        order
    });
    chosen.map(|expert| expert as i128).collect()
}

fn name(request: &Value) -> Result<String, String> {
    match request {
        Value::String(_) | Value::Number(_) => Ok(request.to_string()),
        _ => Err("`request` is a text or a number".to_owned()),
    }
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

/// The numbers of lists in lists, as deep as said, those of a depth all as long.
fn tensor<T>(
    key: &str,
    value: &Value,
    rank: usize,
    number: fn(&Value) -> Option<T>,
) -> Result<(Vec<usize>, Vec<T>), String> {
    let (mut shape, mut values) = (vec![None; rank], Vec::new());
    collect(key, value, &mut shape, number, &mut values)?;
    Ok((shape.into_iter().map(Option::unwrap_or_default).collect(), values))
}

fn collect<T>(
    path: &str,
    value: &Value,
    shape: &mut [Option<usize>],
    number: fn(&Value) -> Option<T>,
    values: &mut Vec<T>,
) -> Result<(), String> {
    let Some((extent, inner)) = shape.split_first_mut() else {
        let what = if value.is_number() { "of the kind needed" } else { "at this depth" };
        let found = number(value)
            .ok_or_else(|| format!("`{path}`: {} is no number {what}", short(value)))?;
        values.push(found);
        return Ok(());
    };
    let Value::Array(list) = value else {
        return Err(format!("`{path}`: {} is no list", short(value)));
    };
    let before = *extent.get_or_insert(list.len());
    if before != list.len() {
        let found = list.len();
        return Err(format!("`{path}`: {found} values, where lists before it have {before}"));
    }
    if list.is_empty() {
        return Err(format!("`{path}`: is empty"));
    }
    for (index, value) in list.iter().enumerate() {
        collect(&format!("{path}[{index}]"), value, inner, number, values)?;
    }
    Ok(())
}

/// A value as far as a message should quote it.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(20) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
