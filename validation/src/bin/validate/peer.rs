//! `validate peer`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use pim_dram::device::{CommandId, Device};
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::sequencer::{Issued, Sink};
use serde::Serialize;
use validation::peers::aim::instructions::{self, Limits};
use validation::peers::aim::{self, Instruction};
use validation::peers::hbm_pim::{self, Kernel};
use validation::peers::{Peer, Product};

use crate::print;

#[derive(Args)]
pub(crate) struct Options {
    /// The simulator: aim, attacc, attacc-npc, newton, neupims or hbm-pim
    peer: Peer,
    /// Matrix as OUTxIN: outputs (rows) x inputs (columns); needed unless there are instructions or a kernel
    #[arg(long, value_name = "OUTxIN", value_parser = Matrix::from_str, required_unless_present_any = ["instructions", "kernel"])]
    shape: Option<Matrix>,
    /// Vectors, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    tokens: u32,
    /// Channels of the device, pseudo-channels for hbm-pim [default: as its authors use it]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    channels: Option<u32>,
    /// Loop order: no-reuse, reuse-gb:R or output-stationary; aim only
    #[arg(long)]
    order: Option<Order>,
    /// Run the instructions of a file on one channel instead of a product; aim only
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shape", "tokens", "channels", "order"])]
    instructions: Option<PathBuf>,
    /// Elementwise kernel instead of a product: add, mul or relu; hbm-pim only
    #[arg(long, requires = "elements", conflicts_with_all = ["shape", "tokens", "order", "instructions"])]
    kernel: Option<Kernel>,
    /// Elements of each vector of the kernel
    #[arg(long, requires = "kernel")]
    elements: Option<u64>,
    /// Refresh [default: as the simulator does, off for aim and on for the others]
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

/// What another simulator reports, by our engine.
#[derive(Serialize)]
struct Report {
    /// The simulator.
    peer: &'static str,
    #[serde(flatten)]
    work: Work,
    /// Cycles as the simulator counts them.
    cycles: u64,
    /// Commands of one channel, by name.
    commands: BTreeMap<String, u64>,
}

/// What was run.
#[derive(Serialize)]
#[serde(untagged)]
enum Work {
    /// A product.
    Product {
        /// Of a product: rows of the matrix.
        outputs: u32,
        /// Of a product: columns of the matrix.
        inputs: u32,
        /// Of a product: vectors.
        tokens: u32,
        /// Channels that take part.
        channels: u32,
    },
    /// An elementwise kernel.
    Kernel {
        /// Of an elementwise kernel: its name.
        kernel: &'static str,
        /// Of an elementwise kernel: elements of each vector.
        elements: u64,
        /// Channels that take part.
        channels: u32,
    },
    /// Instructions of a file.
    Stream {
        /// Of a file of instructions: their number, EOC not counted.
        instructions: usize,
    },
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
    let name = options.peer.name();
    if options.instructions.is_some() && options.peer != Peer::Aim {
        return Err(format!("--instructions: {name} runs no instruction streams, aim does").into());
    }
    if options.kernel.is_some() && options.peer != Peer::HbmPim {
        return Err(format!("--kernel: {name} runs no elementwise kernels, hbm-pim does").into());
    }
    let refresh = options.refresh.map(|refresh| matches!(refresh, Switch::On));
    let device = Device::new(&options.peer.spec(refresh)?)?;
    let mut count = Count(vec![0; device.commands.len()]);
    let channels = options.channels.unwrap_or(options.peer.channels());
    let (work, cycles) = match (options.shape, &options.instructions, options.kernel) {
        (Some(matrix), ..) => {
            let Options { tokens, order, .. } = *options;
            let product = Product { matrix, tokens, channels, order };
            let Matrix { outputs, inputs } = matrix;
            let cycles = options.peer.gemv(&device, &product, &mut count)?;
            (Work::Product { outputs, inputs, tokens, channels }, cycles)
        }
        (None, Some(path), _) => {
            let stream = read(&device, path)?;
            (Work::Stream { instructions: stream.len() }, aim::run(&device, &stream, &mut count)?)
        }
        (None, None, Some(kernel)) => {
            // The command line has one with the other.
            let elements = options.elements.unwrap_or_default();
            let cycles = hbm_pim::elementwise(&device, kernel, elements, channels, &mut count)?;
            (Work::Kernel { kernel: kernel.name(), elements, channels }, cycles)
        }
        // Excluded by the command line.
        (None, None, None) => return Err("--shape, --instructions or --kernel is needed".into()),
    };
    let report = Report { peer: name, work, cycles, commands: count.named(&device) };
    if options.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&report.text())?;
    }
    Ok(())
}

/// The instructions of a file.
fn read(device: &Device, path: &Path) -> Result<Vec<Instruction>, Box<dyn Error>> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    let geometry = &device.spec.geometry;
    let limits = Limits { banks: geometry.banks, rows: geometry.rows };
    instructions::parse(&file, &text, limits).map_err(|errors| {
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        lines.join("\n").into()
    })
}

impl Report {
    fn text(&self) -> String {
        let commands: Vec<_> =
            self.commands.iter().map(|(name, n)| format!("{name} {n}")).collect();
        let work = match &self.work {
            Work::Product { outputs, inputs, tokens, channels } => {
                format!("{outputs}x{inputs} x {tokens} on {channels} channels")
            }
            Work::Kernel { kernel, elements, channels } => {
                format!("{kernel} of {elements} elements on {channels} channels")
            }
            Work::Stream { instructions } => format!("{instructions} instructions"),
        };
        format!(
            "{} {work}: {} cycles\ncommands of a channel: {}",
            self.peer,
            self.cycles,
            commands.join(", ")
        )
    }
}
