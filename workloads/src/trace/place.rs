//! Where in a file a value stands.

use super::array::Axes;

/// Where a part of a trace stands; names the places inside it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// In an array.
    Array {
        /// Its name and axes.
        axes: Axes<'a>,
        /// Index along the first axis; `None` when the part is all of the array.
        index: Option<usize>,
        /// Indices along the axis of layers, where some are left out.
        layers: Option<&'a [u32]>,
    },
    /// In text or a table, one line or row per layer.
    Lines {
        /// `line` or `row`.
        unit: &'static str,
        /// Of each layer, counted from 1.
        lines: &'a [u64],
        /// What the values of a layer are called.
        values: Values,
    },
}

/// What the values of a line are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// One token: its slots.
    Slots,
    /// Several tokens: slots of tokens.
    Tokens,
    /// All layers of one of several tokens.
    Layers {
        /// Which.
        token: usize,
    },
    /// Tokens per expert, in columns `e0`, `e1`, ...
    Columns,
    /// Tokens per expert, in a list.
    Experts,
}

impl Place<'_> {
    /// For instance `array counts, step 3, layer 5`.
    pub(super) fn layer(&self, layer: usize) -> String {
        match *self {
            Self::Array { axes, index, layers } => {
                let layer =
                    layers.and_then(|layers| layers.get(layer)).map_or(layer, |&n| n as usize);
                let named = axes.axes.iter().enumerate().filter_map(|(n, axis)| match *axis {
                    _ if n == 0 && index.is_some() => Some(format!("{axis} {}", index?)),
                    "layer" => Some(format!("layer {layer}")),
                    _ => None,
                });
                std::iter::once(format!("array `{}`", axes.array))
                    .chain(named)
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            Self::Lines { unit, lines, .. } => {
                format!("{unit} {}", lines.get(layer).or(lines.last()).copied().unwrap_or(0))
            }
        }
    }

    /// For instance `array expert_ids, step 3, layer 5, token 1, slot 0`. `last` is a slot or an expert.
    pub(super) fn value(&self, layer: usize, token: usize, last: usize) -> String {
        let within = match *self {
            Self::Array { axes, index, .. } => {
                let inner = axes.axes.iter().skip(usize::from(index.is_some()));
                let named = inner.filter_map(|axis| match *axis {
                    "token" => Some(format!("token {token}")),
                    "slot" | "expert" => Some(format!("{axis} {last}")),
                    _ => None,
                });
                named.collect::<Vec<_>>().join(", ")
            }
            Self::Lines { values, .. } => match values {
                Values::Slots => format!("slot {last}"),
                Values::Tokens => format!("token {token}, slot {last}"),
                Values::Layers { token } => format!("token {token}, layer {layer}, slot {last}"),
                Values::Columns => format!("column `e{last}`"),
                Values::Experts => format!("expert {last}"),
            },
        };
        format!("{}, {within}", self.layer(layer))
    }
}
