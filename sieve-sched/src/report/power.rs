//! Energy and budgets of a product, as `sieve gemv` reports them.

use std::collections::BTreeMap;

use pim_dram::device::Device;
use pim_dram::energy::{Draw, Energy, Peak, peak_of};
use pim_dram::gemv::{Gemv, weight_bytes};
use pim_dram::job::Job;
use serde::Serialize;

/// What is known of a device and a product; absent where the device has no numbers for it.
#[derive(Clone, Debug, Serialize)]
pub struct PowerReport {
    /// Energy.
    #[serde(flatten)]
    pub energy: Option<EnergyReport>,
    /// Budgets.
    #[serde(flatten)]
    pub budgets: Option<BudgetReport>,
    /// Peak power.
    #[serde(flatten)]
    pub peak: Option<PeakReport>,
}

/// Energy of all channels of the product, over its time.
#[derive(Clone, Debug, Serialize)]
pub struct EnergyReport {
    /// Energy of all channels of the product over its time.
    pub energy_pj: f64,
    /// The same by [part](../model/pim.md#energy); adds up to `energy_pj`.
    pub energy_pj_by_part: BTreeMap<&'static str, f64>,
    /// `energy_pj` / bits of the weights used.
    pub pj_per_bit: f64,
    /// The same by part.
    pub pj_per_bit_by_part: BTreeMap<&'static str, f64>,
    /// `energy_pj` / `time_ns`, all channels together.
    pub average_power_mw: f64,
}

/// What PIM units take of the device, from its own numbers.
#[derive(Clone, Debug, Serialize)]
pub struct BudgetReport {
    /// Capacity of the device.
    pub capacity_bytes: u64,
    /// Share of the capacity that units take the place of.
    pub capacity_lost_share: Option<f64>,
    /// Share of the die that they take.
    pub area_share: Option<f64>,
    /// Most power of a command channel.
    pub peak_limit_mw: f64,
    /// Over so long.
    pub peak_window_ns: f64,
}

/// Peak power of one command channel.
#[derive(Clone, Debug, Serialize)]
pub struct PeakReport {
    /// Highest power of one command channel over the window.
    pub peak_power_mw: f64,
    /// `peak_power_mw` / `peak_limit_mw`.
    pub peak_over_limit: f64,
    /// When its window began.
    pub peak_at_ns: f64,
}

/// Columns of an exploration, units in the names, and what they are.
pub const COLUMNS: [(&str, &str); 15] = [
    ("energy_pj", "Energy of all channels of the product over its time, all parts."),
    ("activation_pj", "Of rows opened and closed."),
    ("column_pj", "Of bursts between cells and column decoders."),
    ("mac_pj", "Of multiply-accumulates."),
    ("broadcast_pj", "Of the vector to all units of a pseudo-channel."),
    ("path_pj", "Of bursts between column decoders, or units, and the interface."),
    ("io_pj", "Of bursts between interface and host."),
    ("refresh_pj", "Of refreshes."),
    ("background_pj", "Background power over the time."),
    ("pj_per_bit", "`energy_pj` / bits of the weights used."),
    ("average_power_mw", "`energy_pj` / `time_ns`, all channels together."),
    ("capacity_lost_share", "Share of the capacity that units take the place of."),
    ("area_share", "Share of the die that they take."),
    ("peak_power_mw", "Highest power of one command channel over the device's window."),
    ("peak_limit_mw", "The most that it may be."),
];

impl PowerReport {
    /// Of a simulated product. With `peak` every command is simulated again to find the peak.
    #[must_use]
    pub fn new(device: &Device, gemv: &Gemv, tokens: u32, peak: bool) -> Self {
        let job = Job { tile: gemv.layout.tile, vectors: tokens };
        let ns = |ticks| device.clock.femtos(ticks).as_ticks() as f64 / 1e6;
        let budgets = device.spec.budgets.as_ref();
        let found = if peak { peak_of(device, job) } else { None };
        Self {
            energy: EnergyReport::new(device, gemv, tokens),
            budgets: budgets.map(|budgets| BudgetReport {
                capacity_bytes: device.spec.geometry.capacity_bytes(),
                capacity_lost_share: budgets.capacity_lost_share,
                area_share: budgets.area_share,
                peak_limit_mw: budgets.peak.limit_mw,
                peak_window_ns: ns(device.ticks(budgets.peak.window)),
            }),
            peak: found.zip(budgets).map(|(found, budgets): (Peak, _)| {
                let power = found.power_mw(device.clock);
                PeakReport {
                    peak_power_mw: power,
                    peak_over_limit: power / budgets.peak.limit_mw,
                    peak_at_ns: ns(found.from),
                }
            }),
        }
    }

    /// Cells under [`COLUMNS`], empty where nothing is known.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let cell = |value: Option<f64>, digits: usize| {
            value.map_or_else(String::new, |value| format!("{value:.digits$}"))
        };
        let energy = self.energy.as_ref();
        let budgets = self.budgets.as_ref();
        let parts = Draw::ALL.map(Draw::name).into_iter().chain(["background"]);
        let mut cells = vec![cell(energy.map(|e| e.energy_pj), 3)];
        cells.extend(parts.map(|part| cell(energy.map(|e| e.energy_pj_by_part[part]), 3)));
        cells.push(cell(energy.map(|e| e.pj_per_bit), 3));
        cells.push(cell(energy.map(|e| e.average_power_mw), 1));
        cells.push(cell(budgets.and_then(|b| b.capacity_lost_share), 3));
        cells.push(cell(budgets.and_then(|b| b.area_share), 4));
        cells.push(cell(self.peak.as_ref().map(|p| p.peak_power_mw), 1));
        cells.push(cell(budgets.map(|b| b.peak_limit_mw), 1));
        cells
    }

    /// Lines below the report, each with its line break before it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(e) = &self.energy {
            let parts: Vec<String> =
                e.energy_pj_by_part.iter().map(|(part, pj)| format!("{part} {pj:.0}")).collect();
            text += &format!(
                "\nenergy     {:.0} pJ, {:.3} pJ/bit, {:.1} mW on average; of it {} pJ",
                e.energy_pj,
                e.pj_per_bit,
                e.average_power_mw,
                parts.join(", ")
            );
        }
        if let Some(b) = &self.budgets {
            let share = |share: Option<f64>| {
                share.map_or_else(|| "unknown".to_owned(), |s| format!("{:.1} %", 100.0 * s))
            };
            text += &format!(
                "\nbudgets    units take {} of the capacity, {} of the die area",
                share(b.capacity_lost_share),
                share(b.area_share)
            );
            text += &match &self.peak {
                Some(p) => format!(
                    "\npeak       {:.1} mW of a channel within {} ns, from {} ns on; {:.2} x the limit of {} mW",
                    p.peak_power_mw,
                    b.peak_window_ns,
                    p.peak_at_ns,
                    p.peak_over_limit,
                    b.peak_limit_mw
                ),
                None => format!(
                    "\npeak       limit {} mW of a channel within {} ns; what is taken was not looked for",
                    b.peak_limit_mw, b.peak_window_ns
                ),
            };
        }
        text
    }
}

impl EnergyReport {
    fn new(device: &Device, gemv: &Gemv, tokens: u32) -> Option<Self> {
        let layout = &gemv.layout;
        let energy = Energy::of(device, &gemv.tally, gemv.ticks)?.spread(
            device.lanes(),
            layout.busy_lanes(),
            layout.lanes,
        );
        let bits = 8.0 * weight_bytes(device, layout.matrix) as f64 * f64::from(tokens);
        let pj = |fj: u128| fj as f64 / 1e3;
        let total = pj(energy.total_fj());
        Some(Self {
            energy_pj: total,
            energy_pj_by_part: energy.parts().map(|(part, fj)| (part, pj(fj))).collect(),
            pj_per_bit: total / bits,
            pj_per_bit_by_part: energy.parts().map(|(part, fj)| (part, pj(fj) / bits)).collect(),
            // Femtojoules over femtoseconds are watts.
            average_power_mw: 1e3 * energy.total_fj() as f64 / gemv.time.as_ticks() as f64,
        })
    }
}
