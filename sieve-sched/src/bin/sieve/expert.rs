//! `sieve expert`.

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use pim_dram::device::Device;
use pim_dram::family::Family;
use pim_dram::spec::{Activation, PimSpec};
use pim_dram::tally::Category;
use sieve_sched::config::load;
use sieve_sched::expert::ExpertReport;
use workloads::ModelSpec;

use crate::options::{DeviceOptions, Outcome, print, print_json};

#[derive(Args)]
#[command(after_help = "Examples:\n  sieve expert --model gpt-oss-20b --tokens 4")]
pub(crate) struct Options {
    /// Model presets, or paths of .ron files, separated by commas
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "qwen3-30b-a3b,gpt-oss-120b,qwen3.5-397b-a17b"
    )]
    model: Vec<String>,
    /// Tokens of the expert
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 16))]
    tokens: u32,
    #[command(flatten)]
    device: DeviceOptions,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Reports for each model and activation policy: the chosen one, or all of the family for comparison.
pub(crate) fn run(options: &Options) -> Outcome {
    let device = options.device.device()?;
    let mut policies = vec![device.pim.activation];
    if !options.device.chose_activation() {
        let gang = if let Activation::Ganged(banks) = device.pim.activation { banks } else { 4 };
        policies = vec![Activation::PerBank, Activation::Ganged(gang), Activation::AllBank];
        let family = Family::shipped(&device.spec.family)?;
        policies.retain(|&policy| {
            family.roles.pim.as_ref().is_some_and(|roles| roles.activate.of(policy).is_some())
        });
    }
    let mut reports = Vec::new();
    for name in &options.model {
        let model: ModelSpec = load("model", name, workloads::model::PRESETS)?;
        model.check()?;
        let (weights, operand) = (model.experts.weights, 8 * device.pim.element_bytes);
        if weights.operand_bits() != Some(operand) {
            return Err(format!(
                "model `{}`: experts.weights: {}; PIM units multiply operands of {operand} bits as they are stored, without scales",
                model.name,
                weights.traits().name
            )
            .into());
        }
        for &activation in &policies {
            let mut spec = device.spec.clone();
            spec.pim = Some(PimSpec { activation, ..device.pim });
            reports.push(ExpertReport::new(&Device::new(&spec)?, &model, options.tokens)?);
        }
    }
    if options.json {
        return print_json(&serde_json::json!({ "experts": reports }));
    }
    print(&table(&reports))
}

fn table(reports: &[ExpertReport]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let mut header = vec![
        "model".to_owned(),
        "rows opened".into(),
        "time ns".into(),
        "roofline ns".into(),
        "ratio".into(),
    ];
    header.extend(Category::ALONE.map(|c| format!("{} ns", c.name().replace('_', " "))));
    header.extend(["slices x groups".to_owned(), "padding".into()]);
    table.set_header(header);
    for report in reports {
        let [up, down] =
            report.slices_x_groups.map(|[slices, groups]| format!("{slices}x{groups}"));
        let [pad_up, pad_down] =
            report.padding_share.map(|share| format!("{:.0} %", 100.0 * share));
        let mut row = vec![
            report.model.clone(),
            report.activation.clone(),
            format!("{:.1}", report.time_ns),
            format!("{:.1}", report.roofline_ns),
            format!("{:.2}", report.time_over_roofline),
        ];
        row.extend(Category::ALONE.map(|c| format!("{:.1}", report.breakdown_ns[c.name()])));
        row.extend([format!("{up}, {down}"), format!("{pad_up}, {pad_down}")]);
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let tokens = reports.first().map_or(0, |report| report.tokens);
    format!(
        "{table}\nan expert with {tokens} token(s): gate and up, then down, mean over a stream of experts"
    )
}
