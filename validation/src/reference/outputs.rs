//! What the program writes as JSON, or as CSV with the same names.

/// An output and the type that it is written from.
pub(super) struct Json {
    pub(super) heading: &'static str,
    /// What writes it.
    pub(super) by: &'static str,
    /// File and name of the type.
    pub(super) root: &'static str,
    /// Path of the type within the output.
    pub(super) place: &'static str,
}

macro_rules! outputs {
    ($($heading:literal, $by:literal, $root:literal at $place:literal;)*) => {
        &[$(Json { heading: $heading, by: $by, root: $root, place: $place },)*]
    };
}

pub(super) const JSON: &[Json] = outputs! {
    "Replay: `summary.json`", "`sieve replay`, and with `--json` on standard output.",
        "sieve-sched/src/report/summary.rs::Summary" at "";
    "Replay: `layers.csv`", "`sieve replay`: a row per model, batch, method and group of layers.",
        "sieve-sched/src/report/rows.rs::LayerGroupRow" at "";
    "Replay: `energy.csv`", "`sieve replay`: a row per model, batch, method and [part](../model/energy.md); none where energy is not known.",
        "sieve-sched/src/report/energy.rs::EnergyRow" at "";
    "Replay: `claims.json`, what was measured", "`sieve replay` where [claims are judged](../howto.md#judge-the-papers-claims). Beside it stand `schema_version`, 1, and `verdicts`.",
        "sieve-sched/src/claims/measured.rs::Measured" at "measured";
    "Claims: verdicts", "`claims.json`; `sieve claims --json` has them as `claims`.",
        "sieve-sched/src/claims/verdict.rs::Verdict" at "verdicts.N";
    "Replay: `manifest.json`", "`sieve replay`: all that is not a result.",
        "sieve-sched/src/bin/sieve/replay/write.rs::Manifest" at "";
    "Explanation: levers", "`sieve explain --json` of one point, beside `levers.step_us`, the step as it is.",
        "sieve-sched/src/levers.rs::Lever" at "levers.changes.N";
    "Product", "`sieve gemv --json`; `points.N.report` where several were asked for.",
        "sieve-sched/src/report/product.rs::ProductReport" at "";
    "Expert", "`sieve expert --json`.",
        "sieve-sched/src/expert.rs::ExpertReport" at "experts.N";
    "Host beside units", "`sieve traffic --json`.",
        "sieve-sched/src/bin/sieve/traffic.rs::Report" at "";
    "Requests of a host", "`sieve dram --json`.",
        "sieve-sched/src/bin/sieve/dram/report.rs::Report" at "";
    "Device", "`sieve device --device NAME --json`.",
        "sieve-sched/src/bin/sieve/device/report.rs::Report" at "";
    "Check of commands", "`sieve commands check --json`.",
        "sieve-sched/src/bin/sieve/commands.rs::Report" at "";
    "Model", "`sieve model show --json`.",
        "sieve-sched/src/bin/sieve/model/report.rs::Report" at "";
    "Trace", "`sieve trace stats --json`; a row of `--csv` is one of `rows`.",
        "sieve-sched/src/bin/sieve/trace/stats.rs::Report" at "";
    "Placement", "`sieve placement --json`, beside `model` and `gpus`.",
        "sieve-sched/src/bin/sieve/placement.rs::Entry" at "placements.N";
    "Collectives", "`sieve links time --json`, beside `link` and `gpus`.",
        "sieve-sched/src/bin/sieve/links/time.rs::Entry" at "times.N";
    "Fitted kernels", "`sieve calibrate gpu --json`.",
        "sieve-sched/src/bin/sieve/calibrate/report.rs::Report" at "";
    "Published routing", "`sieve routing table --json`.",
        "sieve-sched/src/bin/sieve/routing/table.rs::Model" at "models.N";
    "Fitted routing", "`sieve routing fit --json`.",
        "sieve-sched/src/bin/sieve/routing/fit.rs::Report" at "";
    "Gate", "`sieve routing gate --json`.",
        "sieve-sched/src/bin/sieve/routing/gate.rs::Report" at "";
    "Laws of links", "`sieve links fit --json` and `sieve links check --json`. Errors are shares of the measured time.",
        "sieve-sched/src/bin/sieve/links/misfit.rs::Misfits" at "";
    "Figures", "`sieve figure --json`.",
        "sieve-sched/src/bin/sieve/figure.rs::Entry" at "figures.N";
    "Figures: `fig1.csv`", "`sieve figure fig1`: a row per class of experts.",
        "sieve-sched/src/figure/distribution.rs::Row" at "";
    "Figures: `fig3.csv`", "`sieve figure fig3`: a row per model and batch.",
        "sieve-sched/src/figure/activated.rs::Row" at "";
    "Figures: `fig4.csv`", "`sieve figure fig4`: a row per point.",
        "sieve-sched/src/figure/rooflines.rs::Row" at "";
    "Figures: `fig5.csv`", "`sieve figure fig5`: a row per model and batch.",
        "sieve-sched/src/figure/classes.rs::Row" at "";
    "Figures: `fig6.csv`", "`sieve figure fig6`: a row per operation and unit.",
        "sieve-sched/src/figure/execution.rs::Row" at "";
    "Figures: `fig9.csv`", "`sieve figure fig9`: a row per point.",
        "sieve-sched/src/figure/throughput.rs::Row" at "";
    "Figures: `fig10.csv`", "`sieve figure fig10`: a row per channel of the first GPU.",
        "sieve-sched/src/figure/channels.rs::Row" at "";
    "Figures: `fig11.csv`", "`sieve figure fig11`: a row per model, batch and method.",
        "sieve-sched/src/figure/mixed.rs::Row" at "";
    "Figures: `energy.csv`", "`sieve figure energy`: as `energy.csv` of a replay.",
        "sieve-sched/src/report/energy.rs::EnergyRow" at "";
    "Figures: `optimality.csv`", "`sieve figure optimality`: a row per step of a curve.",
        "sieve-sched/src/figure/optimality.rs::Row" at "";
    "Figures: `sensitivity.csv`", "`sieve figure sensitivity`: a row per end of a bar.",
        "sieve-sched/src/figure/sensitivity.rs::Row" at "";
    "Figures: `laws.csv`", "`sieve figure laws`: a row per bar.",
        "sieve-sched/src/figure/laws.rs::Row" at "";
    "Figures: `quirks.csv`", "`sieve figure quirks`: as `validate quirks --write-data` has it.",
        "validation/src/report/quirks.rs::Row" at "";
    "Sweep", "`sieve sweep run --json`.",
        "sieve-sched/src/sweep/ran.rs::Ran" at "";
    "Sweep: status", "`sieve sweep status --json`.",
        "sieve-sched/src/bin/sieve/sweep/status.rs::Status" at "sweeps.N";
    "Sweep: submitted", "`sieve sweep submit --json`.",
        "sieve-sched/src/bin/sieve/sweep/submit.rs::Report" at "";
    "Sweep: best rows", "`sieve sweep pareto --json`.",
        "sieve-sched/src/bin/sieve/sweep/pareto.rs::Report" at "";
    "Timeline of a replay", "`sieve timeline replay --json`.",
        "sieve-sched/src/bin/sieve/timeline/replay.rs::Report" at "";
    "Timeline of a channel", "`sieve timeline dram --json`.",
        "sieve-sched/src/bin/sieve/timeline/dram.rs::Report" at "";
    "Validation: claims", "`validate --json`.",
        "validation/src/report/json.rs::Entry" at "claims.N";
    "Validation: another simulator", "`validate peer --json`.",
        "validation/src/bin/validate/peer.rs::Report" at "";
    "Validation: audit", "`validate audit --json`.",
        "validation/src/audit.rs::Account" at "audit.N";
    "Validation: quirks", "`validate quirks --json`.",
        "validation/src/quirks.rs::Waterfall" at "quirks.N";
    "Validation: table of quirks", "`validate quirks --write-data`, as CSV.",
        "validation/src/report/quirks.rs::Row" at "";
    "Validation: host beside units", "`validate traffic --json`.",
        "validation/src/report/traffic.rs::Entry" at "traffic.N";
    "Validation: Newton's experiment", "`validate newton --json`.",
        "validation/src/report/newton/json.rs::Report" at "";
    "Validation: laws, sensitivity, balance and parts", "`validate laws`, `sensitivity`, `balance` and `parts`: kept results, as CSV, and with `--json` as `rows`.",
        "validation/src/study/table.rs::Row" at "";
    "Validation: optimality", "`validate optimality`: kept results, as CSV.",
        "validation/src/optimality.rs::Row" at "";
};
