//! What surrounds the PIM channels: units near the memory and links, in the closed forms of the authors.

use serde::Deserialize;

use super::{Arrangement, BANKS, CHANNELS};

/// Cycles of the near-memory units, at 2.0 GHz.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// Elements at once.
    pub lanes: f64,
    /// An addition in all channels' units.
    pub add_cycles: f64,
    /// An exponential in all channels' units.
    pub exp_cycles: f64,
    /// The last reduction of a normalisation.
    pub reduce_cycles: f64,
    /// Its root.
    pub norm_cycles: f64,
    /// Of a head's sum and its reciprocal, one read included.
    pub softmax_cycles: f64,
    /// Of an element, over eight cores.
    pub rotary_cycles: f64,
}

/// CXL between devices, lanes halved and PCIe doubled for multicast.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// Four ports, two hops and a switch.
    pub round_trip_ns: f64,
    /// Of the switch, over all devices.
    pub lanes: u32,
    /// Of a lane.
    pub lane_bytes_per_ns: f64,
    /// On the wire.
    pub flit_bytes: f64,
    /// Of a flit.
    pub flit_payload_bytes: f64,
}

const CYCLES_PER_NS: f64 = 2.0;
/// The authors turn 10^9 / 2^30 where they mean GB: bytes of a flit take that much less.
const GIGA_OVER_GIBI: f64 = 1e9 / 1_073_741_824.0;

impl Units {
    /// Time of one token in the units of a device, in nanoseconds; `length` is that of the context.
    #[must_use]
    pub fn ns(&self, arrangement: &Arrangement, length: u32) -> f64 {
        let model = &arrangement.model;
        let [dim, heads, channels] = [model.dim, model.heads, CHANNELS].map(f64::from);
        let norm = dim / f64::from(BANKS) / self.lanes / channels * self.add_cycles
            + self.reduce_cycles
            + self.norm_cycles;
        let scores = f64::from(length) * heads / self.lanes / channels;
        let softmax =
            scores * (self.exp_cycles + self.add_cycles) + heads * (1.0 + self.softmax_cycles);
        let rotary = (1.0 + f64::from(model.kv_heads) / heads) * dim * self.rotary_cycles;
        let blocks = if arrangement.whole_blocks() { arrangement.blocks_per_device() } else { 1 };
        (2.0 * norm + softmax + rotary) / CYCLES_PER_NS * f64::from(blocks)
    }
}

impl Links {
    /// Time of one token's vectors, in nanoseconds.
    #[must_use]
    pub fn ns(&self, arrangement: &Arrangement) -> f64 {
        let model = &arrangement.model;
        let sent = |elements: f64| {
            let flits = (elements * 2.0 / self.flit_payload_bytes).ceil();
            self.flits_ns(arrangement, flits)
        };
        let tensor = f64::from(arrangement.tensor);
        let gathered = |elements: f64| {
            let flits = (elements / tensor * 2.0 / self.flit_payload_bytes).ceil();
            self.flits_ns(arrangement, flits * (tensor - 1.0))
        };
        let [dim, ffn] = [model.dim, model.ffn].map(f64::from);
        if arrangement.whole_blocks() {
            sent(dim)
        } else {
            5.0 * sent(dim) + sent(ffn) + 5.0 * gathered(dim) + gathered(ffn)
        }
    }

    fn flits_ns(&self, arrangement: &Arrangement, flits: f64) -> f64 {
        let lanes = f64::from(self.lanes / arrangement.devices);
        let bytes = flits * self.flit_bytes;
        self.round_trip_ns + bytes / (lanes * self.lane_bytes_per_ns) * GIGA_OVER_GIBI
    }
}
