//! Instruction files of the GDDR6-AiM simulator. What they come down to obeys the rules of its device.

#![no_main]

use std::sync::LazyLock;

use fuzz::said;
use libfuzzer_sys::fuzz_target;
use pim_dram::Device;
use pim_dram::checker::Checker;
use pim_dram::sequencer::{Issued, Sink};
use validation::peers::Peer;
use validation::peers::aim::instructions::{Limits, parse};
use validation::peers::aim::{Instruction, run};

static DEVICE: LazyLock<Device> = LazyLock::new(|| {
    let spec = Peer::Aim.spec(Some(true)).expect("a preset");
    Device::new(&spec).expect("a device")
});

/// Columns of all instructions that are run here.
const COLUMNS: u64 = 1 << 14;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let geometry = &DEVICE.spec.geometry;
    let limits = Limits { banks: geometry.banks, rows: geometry.rows };
    match parse("stream.aim", text, limits) {
        Ok(stream) => {
            if stream.iter().map(columns).sum::<u64>() <= COLUMNS {
                let mut checked = Checked(Checker::new(&DEVICE), 0);
                let cycles = run(&DEVICE, &stream, &mut checked).expect("AiM's commands");
                assert!(cycles >= checked.1);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            let lines = text.lines().count().max(1);
            for error in errors {
                said(&error.to_string());
                assert!(error.file == "stream.aim" && (1..=lines).contains(&error.line));
            }
        }
    }
});

fn columns(instruction: &Instruction) -> u64 {
    u64::from(match *instruction {
        Instruction::WriteBuffer { bursts } => bursts,
        Instruction::MacAll { columns, .. }
        | Instruction::MacBank { columns, .. }
        | Instruction::Multiply { columns, .. }
        | Instruction::CopyToBuffer { columns, .. }
        | Instruction::CopyToBank { columns, .. } => columns,
        _ => 1,
    })
}

/// Judges commands, and keeps the tick of the last.
struct Checked<'d>(Checker<'d>, u64);

impl Sink for Checked<'_> {
    fn issued(&mut self, issued: &Issued) {
        assert_eq!(self.0.push(issued), Ok(()));
        self.1 = issued.at.0;
    }
}
