//! The page on units and host sharing a channel.

mod why;

use std::fmt::Write;

use pim_dram::sequencer::Arbitration;
use pim_dram::spec::ColumnPath;
use pim_dram::traffic::{Progress, READ_PER_PSEUDO_CHANNEL, Traffic, peak_share};
use serde::Serialize;
use serde_json::{Value, json as object};

use crate::traffic::{ARBITRATIONS, Case, MATRIX, VECTORS};

const COLUMNS: &str = "\
| | units done | stream done | both, of the sum | units take | stream takes | host, of peak | turnarounds |
|---|---:|---:|---:|---:|---:|---:|---:|
";

/// The page as Markdown.
#[must_use]
pub fn traffic(cases: &[Case; 3]) -> String {
    let mut page = format!(
        "# The host beside the units\n\n\
         <!-- Written by `validate traffic --write-docs`; do not edit. -->\n\n\
         A GPU streams weights from the channels whose units multiply: {} MiB from every pseudo-channel, beside as many products \
         with {} x {} matrices (gate and up of an expert of Qwen3-30B-A3B) and {VECTORS} vectors as alone take about as long. \
         Numbers are of one channel and, where they are times, clocks of the device from idle. \
         [A PIM channel](model/pim.md#the-host-beside-the-units) says what the arbitrations mean.\n\n\
         *Units take* and *stream takes* are how many times longer the same commands take beside the other side than alone, until \
         the first side is through; *host* is its share of the peak rate in that time. A side that *waits* gets nothing done until \
         then. *Of the sum* compares both together with one after the other.\n",
        READ_PER_PSEUDO_CHANNEL >> 20,
        MATRIX.outputs,
        MATRIX.inputs,
    );
    for case in cases {
        let [any, ..] = &case.traffic;
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n`{}`, {} products.\n\n{COLUMNS}",
            case.title, case.device.spec.name, any.jobs
        );
        page += &alone(case, any);
        for (arbitration, traffic) in ARBITRATIONS.iter().zip(&case.traffic) {
            page += &beside(case, *arbitration, traffic);
        }
    }
    page + &why::why(cases)
}

/// The row of the two sides by themselves.
fn alone(case: &Case, traffic: &Traffic) -> String {
    let Traffic { units_alone, stream_alone, .. } = traffic;
    format!(
        "| each alone | {} | {} | | | | {:.1} % | {} |\n",
        case.device.clock.clocks(units_alone.units),
        case.device.clock.clocks(stream_alone.stream),
        100.0 * share_alone(case, traffic),
        units_alone.turnarounds + stream_alone.turnarounds,
    )
}

fn beside(case: &Case, arbitration: Arbitration, traffic: &Traffic) -> String {
    let both = &traffic.both;
    format!(
        "| `{arbitration}` | {} | {} | {:.2} | {} | {} | {:.1} % | {} |\n",
        case.device.clock.clocks(both.units),
        case.device.clock.clocks(both.stream),
        traffic.over_sum(),
        times(&traffic.units),
        times(&traffic.stream),
        100.0 * share_beside(case, traffic),
        both.turnarounds,
    )
}

fn times(side: &Progress) -> String {
    side.slow_down().map_or("waits".to_owned(), |factor| match factor {
        factor if factor >= 100.0 => format!("{factor:.0} x"),
        factor => format!("{factor:.2} x"),
    })
}

fn share_alone(case: &Case, traffic: &Traffic) -> f64 {
    let bursts = u64::from(case.device.spec.geometry.pseudo_channels) * traffic.bursts;
    peak_share(&case.device, bursts, traffic.stream_alone.stream)
}

fn share_beside(case: &Case, traffic: &Traffic) -> f64 {
    peak_share(&case.device, traffic.stream.commands, traffic.stream.together)
}

/// Units and a stream of the host on one channel.
#[derive(Serialize)]
struct Entry<'a> {
    /// The preset.
    device: &'a str,
    /// Whether units and host share the path of columns.
    column_path: ColumnPath,
    /// Who goes first.
    arbitration: String,
    /// Products.
    jobs: u32,
    /// Time of the products by themselves. Unit: clocks.
    units_alone: u64,
    /// Time of the stream by itself. Unit: clocks.
    stream_alone: u64,
    /// Time until all products are done, beside the stream. Unit: clocks.
    units: u64,
    /// Time until the stream is done, beside the products. Unit: clocks.
    stream: u64,
    /// Time of both together over that of one after the other.
    both_over_sum: f64,
    /// How many times longer the same commands of the units take beside the stream, until the first side is through; `null` for a
    /// side that waits.
    units_slow_down: Option<f64>,
    /// The same of the stream.
    stream_slow_down: Option<f64>,
    /// Share of the peak rate that the stream has by itself. Unit: 0 to 1.
    host_share_alone: f64,
    /// Share of the peak rate that the stream has beside the units. Unit: 0 to 1.
    host_share_beside: f64,
    /// Changes between host and units.
    turnarounds: u64,
}

/// All of them, as `traffic`.
#[must_use]
pub fn traffic_json(cases: &[Case; 3]) -> Value {
    let mut entries = Vec::new();
    for case in cases {
        let of = |(arbitration, traffic)| Entry::of(case, arbitration, traffic);
        entries.extend(ARBITRATIONS.into_iter().zip(&case.traffic).map(of));
    }
    object!({ "traffic": entries })
}

impl<'a> Entry<'a> {
    fn of(case: &'a Case, arbitration: Arbitration, traffic: &Traffic) -> Self {
        let clocks = |ticks| case.device.clock.clocks(ticks);
        Self {
            device: &case.device.spec.name,
            column_path: case.device.pim.column_path,
            arbitration: arbitration.to_string(),
            jobs: traffic.jobs,
            units_alone: clocks(traffic.units_alone.units),
            stream_alone: clocks(traffic.stream_alone.stream),
            units: clocks(traffic.both.units),
            stream: clocks(traffic.both.stream),
            both_over_sum: traffic.over_sum(),
            units_slow_down: traffic.units.slow_down(),
            stream_slow_down: traffic.stream.slow_down(),
            host_share_alone: share_alone(case, traffic),
            host_share_beside: share_beside(case, traffic),
            turnarounds: traffic.both.turnarounds,
        }
    }
}
