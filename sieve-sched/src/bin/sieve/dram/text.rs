//! The same for people.

use pim_dram::controller::{Latency, Rows, Stats};

use super::report::Report;

/// A run, one subject a line.
pub(super) fn report(report: &Report) -> String {
    let stats = &report.stats;
    let mut lines = vec![
        format!(
            "{}, controller {}, mapper {}, refresh {}, channels {}: {} requests of {}",
            report.device,
            report.controller,
            report.mapper,
            ron::to_string(&report.refresh).unwrap_or_default(),
            report.channels,
            report.requests,
            report.trace,
        ),
        format!("time       {} ticks, {:.1} ns", stats.time_ticks, stats.time_ns),
        bandwidth(stats),
        requests(stats),
        format!("rows       {}", rows(stats)),
    ];
    let latencies = [("reads", &stats.latency.reads), ("writes", &stats.latency.writes)];
    lines.extend(latencies.into_iter().filter_map(|(kind, l)| Some(latency(kind, l.as_ref()?))));
    lines.push(busy(stats));
    let commands: Vec<String> =
        stats.commands.iter().map(|(name, count)| format!("{name} {count}")).collect();
    lines.push(format!("commands   {}", commands.join(", ")));
    lines.extend(energy(stats));
    lines.push(format!("sha256     commands {}", report.cmdtrace_sha256));
    lines.push(format!("           times    {}", report.arrive_depart_sha256));
    for (channel, one) in report.per_channel.iter().enumerate() {
        let (fraction, time) = (100.0 * one.stats.bandwidth.fraction, one.stats.time_ticks);
        lines.push(format!("channel {channel:<2} {time} ticks, {fraction:.2} % of peak"));
    }
    lines.join("\n")
}

fn bandwidth(stats: &Stats) -> String {
    let bandwidth = &stats.bandwidth;
    format!(
        "bandwidth  {:.2} GB/s of {:.2} GB/s, {:.2} %",
        bandwidth.bytes_per_s / 1e9,
        bandwidth.peak_bytes_per_s / 1e9,
        100.0 * bandwidth.fraction
    )
}

fn requests(stats: &Stats) -> String {
    let requests = &stats.requests;
    format!(
        "requests   {} reads ({} forwarded), {} writes ({} merged)",
        requests.reads, requests.forwarded, requests.writes, requests.merged
    )
}

fn rows(stats: &Stats) -> String {
    let of = |kind: &str, rows: &Rows| {
        let Rows { hits, misses, conflicts } = rows;
        format!("{kind} {hits} hits, {misses} misses, {conflicts} conflicts")
    };
    format!("{}; {}", of("reads", &stats.rows.reads), of("writes", &stats.rows.writes))
}

fn latency(kind: &str, l: &Latency) -> String {
    let times = [
        ("min", l.min_ticks as f64, l.min_ns),
        ("mean", l.mean_ticks, l.mean_ns),
        ("p50", l.p50_ticks as f64, l.p50_ns),
        ("p90", l.p90_ticks as f64, l.p90_ns),
        ("p99", l.p99_ticks as f64, l.p99_ns),
        ("max", l.max_ticks as f64, l.max_ns),
    ];
    let ticks = times.map(|(name, ticks, _)| format!("{name} {ticks:.0}")).join(", ");
    let ns = times.map(|(_, _, ns)| format!("{ns:.1}")).join(", ");
    format!("latency    {kind:6} {ticks} ticks; {ns} ns")
}

fn busy(stats: &Stats) -> String {
    let busy = &stats.busy;
    let [row, column, data, refresh] =
        [busy.row_bus, busy.column_bus, busy.data_bus, stats.refresh_share].map(|x| 100.0 * x);
    format!(
        "busy       row bus {row:.2} %, column bus {column:.2} %, data bus {data:.2} %; banks under refresh {refresh:.2} %"
    )
}

fn energy(stats: &Stats) -> Option<String> {
    let energy = stats.energy.as_ref()?;
    let part = |(name, pj): (&&str, &f64)| format!("{name} {:.1} %", 100.0 * pj / energy.total_pj);
    let parts: Vec<String> = energy.parts_pj.iter().map(part).collect();
    let per_bit = energy.pj_per_bit.map_or_else(String::new, |pj| format!(", {pj:.2} pJ/bit"));
    Some(format!("energy     {:.1} nJ{per_bit}: {}", energy.total_pj / 1e3, parts.join(", ")))
}
