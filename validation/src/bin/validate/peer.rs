//! `validate peer`.

use std::collections::BTreeMap;
use std::error::Error;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use pim_dram::device::{CommandId, Device};
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::sequencer::{Issued, Sink};
use serde::Serialize;
use validation::peers::{Peer, Product};

use crate::print;

#[derive(Args)]
pub(crate) struct Options {
    /// The simulator: aim, attacc, attacc-npc, newton, neupims or hbm-pim
    peer: Peer,
    /// Matrix as OUTxIN: outputs (rows) x inputs (columns)
    #[arg(long, value_name = "OUTxIN", value_parser = Matrix::from_str)]
    shape: Matrix,
    /// Vectors, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    tokens: u32,
    /// Channels of the device; pseudo-channels for hbm-pim
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    channels: u32,
    /// Loop order: no-reuse, reuse-gb:R or output-stationary; aim only
    #[arg(long)]
    order: Option<Order>,
    /// Refresh [default: as the simulator does]
    #[arg(long)]
    refresh: Option<Switch>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Serialize)]
struct Report {
    peer: &'static str,
    outputs: u32,
    inputs: u32,
    tokens: u32,
    channels: u32,
    /// As the peer reports them.
    cycles: u64,
    /// Of one channel.
    commands: BTreeMap<String, u64>,
}

/// Counts commands by kind.
struct Count(Vec<u64>);

impl Sink for Count {
    fn issued(&mut self, issued: &Issued) {
        self.0[usize::from(issued.command.0)] += 1;
    }
}

impl Count {
    fn named(&self, device: &Device) -> BTreeMap<String, u64> {
        let name = |id: u8| device.command(CommandId(id)).name.clone();
        let counts = (0_u8..).zip(&self.0).filter(|&(_, &count)| count > 0);
        counts.map(|(id, &count)| (name(id), count)).collect()
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let refresh = options.refresh.map(|refresh| matches!(refresh, Switch::On));
    let device = Device::new(&options.peer.spec(refresh)?)?;
    let Options { shape: matrix, tokens, channels, order, .. } = *options;
    let mut count = Count(vec![0; device.commands.len()]);
    let product = Product { matrix, tokens, channels, order };
    let cycles = options.peer.gemv(&device, &product, &mut count)?;
    let report = Report {
        peer: options.peer.name(),
        outputs: matrix.outputs,
        inputs: matrix.inputs,
        tokens,
        channels,
        cycles,
        commands: count.named(&device),
    };
    if options.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&report.text())?;
    }
    Ok(())
}

impl Report {
    fn text(&self) -> String {
        let commands: Vec<_> =
            self.commands.iter().map(|(name, n)| format!("{name} {n}")).collect();
        format!(
            "{} {}x{} x {} on {} channels: {} cycles\ncommands of a channel: {}",
            self.peer,
            self.outputs,
            self.inputs,
            self.tokens,
            self.channels,
            self.cycles,
            commands.join(", ")
        )
    }
}
