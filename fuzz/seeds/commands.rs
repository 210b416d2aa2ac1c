//! The commands of a small product on every device that has units, a row opened and read on the others.

use pim_dram::channel::Channel;
use pim_dram::gemv::Gemv;
use pim_dram::job::Job;
use pim_dram::layout::Matrix;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::spec::{DERIVED, PRESETS};
use pim_dram::trace::Writer;
use pim_dram::{Device, Dram, Ticks};
use sieve_sched::config::load_device;

use super::Seed;

/// Commands that are kept.
const COMMANDS: usize = 60;

pub(super) fn of_products() -> Vec<Seed> {
    let names = PRESETS.iter().chain(DERIVED).map(|&(name, _)| name);
    names.map(|name| ("commands", name.to_owned(), seed(name))).collect()
}

fn seed(name: &str) -> Vec<u8> {
    let spec = load_device(name).expect("a preset");
    let dram = Dram::new(&spec).expect("a device");
    let mut commands = Vec::new();
    match Device::new(&spec) {
        Ok(device) => product(&device, &mut commands),
        Err(_) => access(&dram, &mut commands),
    }
    let mut writer = Writer::new(&dram, format!("{name}\n").into_bytes());
    commands.iter().take(COMMANDS).for_each(|issued| writer.issued(issued));
    writer.finish().expect("memory")
}

fn product(device: &Device, commands: &mut Vec<Issued>) {
    let matrix = Matrix { outputs: 64, inputs: 256 };
    let layout = Gemv::simulate(device, matrix, 1, 1, None).expect("a small product").layout;
    let mut sequencer = Sequencer::new(device);
    for pass in (Job { tile: layout.tile, vectors: 1 }).passes(device, 0, None) {
        sequencer.run(&pass, Ticks(0), commands);
    }
}

fn access(dram: &Dram, commands: &mut Vec<Issued>) {
    let host = dram.host.as_ref().expect("commands of a host");
    let mut channel = Channel::new(dram);
    for command in [host.activate, host.read, host.write, host.precharge] {
        let at = dram.align(command, channel.earliest(command, 0).at);
        channel.issue(command, 0, Some(3), at);
        let (target, row, because) = (0, Some(3), None);
        commands.push(Issued { at, command, target, row, column: 0, lane: 0, because });
    }
}
