//! Newton's own experiment: its commands are legal, its host and its formula are what they are said to be, its page is current.

use pim_dram::checker;
use pim_dram::device::Device;
use pim_dram::functional::commands;
use pim_dram::layout::Matrix;
use pim_dram::spec::{Delay, DeviceSpec};
use validation::newton::closed::{Closed, ClosedRows};
use validation::newton::time::{gpu, ideal_host, on_gpu, product};
use validation::newton::{Placement, Study};
use validation::presets::Presets;
use validation::report::Newton;

fn study() -> Study {
    Study::shipped().expect("the shipped study parses")
}

fn preset() -> DeviceSpec {
    DeviceSpec::preset(&study().device).expect("a shipped preset")
}

fn rows(column_ns: u64) -> ClosedRows {
    ClosedRows {
        device: study().device,
        column_ns,
        banks: vec![8, 16, 32],
        gaps_ns: vec![30, 22, 16],
    }
}

/// What the steps are timed by is what the checker sees.
#[test]
fn the_commands_of_every_step_are_legal() {
    let study = study();
    for step in &study.steps {
        let device = Device::new(&step.on(preset())).expect("a valid device");
        for layer in &study.layers {
            let product = product(&device, layer.matrix(), 1, step.placement).expect("it fits");
            let list = commands(&device, product.layout.tile, 1);
            let name = format!("{}, {}", step.deviation.name, layer.name);
            assert_eq!(checker::check(&device, &list), Ok(()), "{name}");
            let results = list.iter().rfind(|issued| issued.command == device.roles.read_result);
            let end = results.map(|issued| issued.at + device.read_latency);
            assert_eq!(end, Some(product.ticks), "{name}");
            assert_eq!(list.len() as u64, product.tally.commands.iter().sum::<u64>(), "{name}");
        }
    }
}

#[test]
fn plain_commands_name_one_bank_each_and_all_others_all_of_them() {
    let study = study();
    let macs: Vec<u64> = study.steps[..2]
        .iter()
        .map(|step| {
            let device = Device::new(&step.on(preset())).expect("a valid device");
            let matrix = Matrix { outputs: 1024, inputs: 1024 };
            let product = product(&device, matrix, 1, step.placement).expect("it fits");
            product.tally.commands[usize::from(device.roles.mac.0)]
        })
        .collect();
    // An output a bank, 64 bursts each; 32 banks of two ranks.
    assert_eq!(macs, [32 * 64, 64]);
}

#[test]
fn no_measure_makes_it_slower_and_the_layout_saves_vectors() {
    let study = study();
    let all = study.ablation(&Presets::default()).expect("it can be measured");
    let at = |name: &str| {
        let found = study.steps.iter().position(|step| step.deviation.name == name);
        &all[found.expect("a step of that name")]
    };
    let measures = study.steps.iter().filter(|step| step.deviation.name.starts_with('+')).count();
    assert!(all[..=measures].windows(2).all(|pair| pair[0].mean <= pair[1].mean));
    assert!(at("as the last, whole rows").mean < at("+ tFAW 16 ns").mean);
    assert!(at("plain commands").mean < 1.0, "one bank at a time is slower than the data bus");
    let (whole, parts) = (at("+ four-bank activation"), at("+ interleaved layout"));
    assert!(2 * parts.vector_bursts < whole.vector_bursts);
}

/// 4096 x 1024 weights of 2 B on 32 channels of 32 B every 2 ns; 652.8 GB/s.
#[test]
fn host_and_gpu_by_hand() {
    let matrix = Matrix { outputs: 4096, inputs: 1024 };
    let device = Device::new(&preset()).expect("a valid device");
    assert_eq!(ideal_host(&device, matrix).as_ticks(), 16_384 * 1_000_000);
    let gpu = gpu(&study().gpu).expect("a shipped GPU");
    let femtos = (8_388_608_u64 * 10_000_000).div_ceil(6_528);
    assert_eq!(on_gpu(&gpu, matrix, 1).as_ticks(), femtos);
}

/// The nine figures of the model as they are printed in our notes on the paper.
#[test]
fn the_closed_model_gives_the_figures_that_are_known() {
    let model = |gap| Closed { columns: 32, column: 4, precharge: 14, activate: 14, gap };
    let tenths = |gap, banks| (10.0 * model(gap).speed_up(banks)).round();
    for (gap, figures) in
        [(30, [55.0, 83.0, 112.0]), (22, [58.0, 92.0, 132.0]), (16, [60.0, 100.0, 153.0])]
    {
        assert_eq!([8, 16, 32].map(|banks| tenths(gap, banks)), figures, "gap {gap}");
    }
}

#[test]
fn a_row_that_closes_one_column_after_its_last_is_the_closed_models() {
    for column_ns in [4, 2] {
        let mut spec = preset();
        spec.timing.insert("tRTP".to_owned(), Delay::Ns(column_ns));
        for row in rows(column_ns).compared(&Presets::replacing(spec)).expect("it can be measured")
        {
            assert!(row.error() < 1e-12, "{}: {row:?}", row.name);
        }
    }
    let of_preset = rows(2).compared(&Presets::default()).expect("it can be measured");
    assert!(of_preset.iter().all(|row| row.ours < row.published), "tRTP is longer than tCCD");
}

#[test]
fn more_vectors_help_the_host() {
    let device = Device::new(&preset()).expect("a valid device");
    let matrix = Matrix { outputs: 4096, inputs: 1024 };
    let time =
        |vectors, placement| product(&device, matrix, vectors, placement).expect("it fits").time;
    for vectors in [2, 4, 16] {
        let alone = time(1, Placement::Planned);
        // Rows are opened for each vector again; what is saved is the first opening and the last result.
        assert!(time(vectors, Placement::Planned) > alone * (vectors - 1));
        assert!(time(vectors, Placement::RowsOpen) < time(vectors, Placement::Planned));
    }
}

#[test]
fn the_page_of_the_documentation_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/newton.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == Newton::measure().expect("it can be measured").page(),
        "docs/src/newton.md is stale; run `cargo run -p validation -- newton --write-docs docs/src/newton.md`"
    );
}
