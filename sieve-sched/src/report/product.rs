//! A matrix-vector product as a plain record.

use std::collections::BTreeMap;

use pim_dram::device::Device;
use pim_dram::gemv::Gemv;
use pim_dram::tally::Category;
use serde::Serialize;

use super::power::PowerReport;

/// A product as printed. Counts and breakdown are of one channel; the breakdown adds up to `cycles`.
#[derive(Clone, Debug, Serialize)]
pub struct ProductReport {
    /// Device.
    pub device: String,
    /// Activation policy of PIM rows.
    pub activation: String,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Columns of the matrix.
    pub inputs: u32,
    /// Vectors.
    pub tokens: u32,
    /// Command channels.
    pub channels: u32,
    /// [Loop order](../model/pim.md#loop-orders).
    pub order: String,
    /// Time in clocks of the device's command clock, rounded up.
    pub cycles: u64,
    /// Period of that clock.
    pub clock_ps: u64,
    /// From the first command to the last result at the host.
    pub time_ns: f64,
    /// Time of the useful work at the peak rates, the longest of buses and units.
    pub roofline_ns: f64,
    /// `time_ns` / `roofline_ns`.
    pub time_over_roofline: f64,
    /// Commands of one channel by mnemonic.
    pub commands: BTreeMap<String, u64>,
    /// Refreshes among them.
    pub refreshes: u64,
    /// Share of the time for refresh, with the closing and opening of rows that it causes.
    pub refresh_share: f64,
    /// Clocks of one channel by [category](../model/pim.md#where-the-time-goes). Unit: clocks.
    pub breakdown: BTreeMap<&'static str, u64>,
    /// How the matrix is cut.
    pub layout: LayoutReport,
    /// Energy and budgets.
    #[serde(flatten)]
    pub power: PowerReport,
}

/// How the matrix is cut.
#[derive(Clone, Debug, Serialize)]
pub struct LayoutReport {
    /// Cuts of the inputs.
    pub slices: u32,
    /// Cuts of the outputs.
    pub groups: u32,
    /// Rows of the matrix in a bank.
    pub outputs_per_bank: u32,
    /// Bursts of each.
    pub bursts_per_output: u32,
    /// Rows of a bank that they take.
    pub rows_per_bank: u32,
    /// Share of the multiply-accumulates that is padding.
    pub padding_share: f64,
    /// Banks without work.
    pub idle_banks: u64,
}

/// Columns of an exploration before those of power, units in the names, and what they are.
pub const COLUMNS: [(&str, &str); 12] = [
    ("cycles", "Time in clocks of the device's command clock, rounded up."),
    ("time_ns", "From the first command to the last result at the host."),
    ("time_over_roofline", "`time_ns` / time of the useful work at the peak rates."),
    ("vector_write_cycles", "Clocks for writing vectors, and accumulators before they are used."),
    ("activation_cycles", "Clocks for closing and opening rows."),
    ("mac_cycles", "Clocks for multiplying."),
    ("result_read_cycles", "Clocks for adder tree, result bursts, and the last data."),
    ("refresh_cycles", "Clocks for refresh, and for the rows that it closes."),
    ("refreshes", "Refresh commands of one channel."),
    ("refresh_share", "Share of the time for refresh."),
    ("padding_share", "Share of the multiply-accumulates that is padding."),
    ("idle_banks", "Banks without work."),
];

impl ProductReport {
    /// Of a simulated product. With `peak` every command is simulated again to find the peak power.
    #[must_use]
    pub fn new(device: &Device, gemv: &Gemv, tokens: u32, peak: bool) -> Self {
        let layout = &gemv.layout;
        let named = |(command, &count): (&pim_dram::family::CommandSpec, &u64)| {
            (count > 0).then(|| (command.name.clone(), count))
        };
        let clocks = |c: Category| (c.name(), device.clock.clocks(gemv.tally.time(c)));
        let (time, roofline) = (gemv.time.as_ticks() as f64, gemv.roofline.as_ticks() as f64);
        Self {
            device: device.spec.name.clone(),
            activation: ron::to_string(&device.pim.activation).unwrap_or_default(),
            outputs: layout.matrix.outputs,
            inputs: layout.matrix.inputs,
            tokens,
            order: layout.tile.order.to_string(),
            channels: layout.lanes / device.lanes(),
            cycles: device.clock.clocks(gemv.ticks),
            clock_ps: device.clock.period_ps,
            time_ns: time / 1e6,
            roofline_ns: roofline / 1e6,
            time_over_roofline: time / roofline,
            commands: device.commands.iter().zip(&gemv.tally.commands).filter_map(named).collect(),
            refreshes: gemv.tally.count(device.roles.refresh),
            refresh_share: gemv.tally.time(Category::Refresh).0 as f64 / gemv.ticks.0 as f64,
            breakdown: Category::ALONE.map(clocks).into(),
            layout: LayoutReport {
                slices: layout.slices,
                groups: layout.groups,
                outputs_per_bank: layout.tile.outputs,
                bursts_per_output: layout.tile.columns,
                rows_per_bank: layout.tile.rows(device),
                padding_share: layout.padding(device),
                idle_banks: layout.idle_banks(device),
            },
            power: PowerReport::new(device, gemv, tokens, peak),
        }
    }

    /// Lines for people.
    #[must_use]
    pub fn text(&self) -> String {
        let breakdown: Vec<String> = Category::ALONE
            .iter()
            .map(|c| format!("{} {}", c.name().replace('_', " "), self.breakdown[c.name()]))
            .collect();
        let commands: Vec<String> =
            self.commands.iter().map(|(name, n)| format!("{name} {n}")).collect();
        let l = &self.layout;
        format!(
            "{}x{} x {} on {} ({} channels, rows opened {}, {})\n\
             time       {} cycles of {} ps = {:.1} ns, {:.2} x roofline ({:.1} ns)\n\
             cycles     {}; refresh takes {:.1} %\n\
             commands   {} of one channel\n\
             layout     {} input slices x {} output groups; {} outputs of {} bursts and {} rows a bank; {:.1} % padding, {} idle banks{}",
            self.outputs,
            self.inputs,
            self.tokens,
            self.device,
            self.channels,
            self.activation,
            self.order,
            self.cycles,
            self.clock_ps,
            self.time_ns,
            self.time_over_roofline,
            self.roofline_ns,
            breakdown.join(", "),
            100.0 * self.refresh_share,
            commands.join(", "),
            l.slices,
            l.groups,
            l.outputs_per_bank,
            l.bursts_per_output,
            l.rows_per_bank,
            100.0 * l.padding_share,
            l.idle_banks,
            self.power.text(),
        )
    }
}
