//! Random products on every device, random accesses where it has no PIM units, every command seen by the independent checker.

use pim_dram::Ticks;
use pim_dram::channel::Channel;
use pim_dram::checker::{Checker, Violation};
use pim_dram::device::{CommandId, Device, DeviceError, Dram};
use pim_dram::job::Job;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::spec::{Activation, DERIVED, DeviceSpec, PRESETS, PimSpec, Refresh};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;
use rayon::prelude::*;
use serde::Serialize;
use std::num::NonZeroU32;
use thiserror::Error;

use crate::peers::{Peer, PeerError, Product};

/// Commands after which a device changes its switches and a peer its product.
const STRETCH: u64 = 200_000;

/// Who issued the commands of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// The sequencer.
    Sequencer,
    /// The front end of another simulator.
    FrontEnd,
    /// Nobody: any commands, as early as the channel allows.
    Random,
}

/// What was checked of one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The preset.
    pub device: String,
    /// Who issued.
    pub issuer: Issuer,
    /// Products, or stretches of random commands.
    pub products: u64,
    /// Commands that the checker saw.
    pub commands: u64,
}

/// Why an audit ended early.
#[derive(Debug, Error)]
pub enum AuditError {
    /// A command that breaks a rule.
    #[error(
        "device `{device}`, {issuer:?}: {violation}; after {products} products with seed {seed}"
    )]
    Violation {
        /// The preset.
        device: String,
        /// Who issued.
        issuer: Issuer,
        /// Products before.
        products: u64,
        /// Seed of the account.
        seed: u64,
        /// What the checker says.
        violation: Box<Violation>,
    },
    /// A device or product that cannot be simulated.
    #[error(transparent)]
    Peer(#[from] PeerError),
}

impl From<DeviceError> for AuditError {
    fn from(error: DeviceError) -> Self {
        Self::Peer(error.into())
    }
}

/// Issues at least so many commands on each device, checked as they come; `progress` is told of every stretch.
///
/// # Errors
/// The first violation of an account.
pub fn audit(
    commands: u64,
    seed: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Account>, AuditError> {
    let presets = PRESETS.iter().chain(DERIVED).map(|(name, _)| Source::Preset(name));
    let accounts: Vec<_> = presets.chain(Peer::ALL.map(Source::Peer)).collect();
    let each = commands.div_ceil(accounts.len() as u64);
    let stretch = STRETCH.min(each);
    accounts
        .into_par_iter()
        .map(|source| {
            let random = Random(Pcg64Mcg::new(seed.into()));
            match source {
                Source::Preset(name) => {
                    let spec = DeviceSpec::preset(name).map_err(PeerError::Preset)?;
                    match spec.pim {
                        Some(_) => sequenced(&spec, (each, stretch), seed, random, progress),
                        None => scattered(&spec, (each, stretch), seed, random, progress),
                    }
                }
                Source::Peer(peer) => front_end(peer, each, seed, random, progress),
            }
        })
        .collect()
}

/// Where the commands of an account come from.
enum Source {
    Preset(&'static str),
    Peer(Peer),
}

/// Feeds the checker and remembers its first finding.
struct Watched<'d> {
    checker: Checker<'d>,
    found: Option<Violation>,
}

impl<'d> Watched<'d> {
    fn new(device: &'d Dram) -> Self {
        Self { checker: Checker::new(device), found: None }
    }
}

impl Sink for Watched<'_> {
    fn issued(&mut self, issued: &Issued) {
        if self.found.is_none() {
            self.found = self.checker.push(issued).err();
        }
    }
}

struct Random(Pcg64Mcg);

impl Random {
    /// From 0 to below `bound`.
    fn below(&mut self, bound: u32) -> u32 {
        self.0.next_u32() % bound.max(1)
    }

    /// From 1 to `most`.
    fn upto(&mut self, most: u32) -> u32 {
        1 + self.below(most)
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.next_u32() as usize % choices.len()]
    }

    fn order(&mut self) -> Order {
        let held = NonZeroU32::new(self.upto(8)).unwrap_or(NonZeroU32::MIN);
        self.of(&[
            Order::NoReuse,
            Order::ReuseBuffer(held),
            Order::OutputStationary,
            Order::RowOpen,
        ])
    }

    /// The preset with other switches, or as it is where its family lacks them.
    fn device(&mut self, spec: &DeviceSpec) -> Result<Device, DeviceError> {
        let mut changed = spec.clone();
        let activation =
            self.of(&[Activation::PerBank, Activation::Ganged(4), Activation::AllBank]);
        changed.refresh =
            self.of(&[Refresh::None, Refresh::AllBank, Refresh::PerBank, Refresh::SameBank]);
        let accumulators = self.upto(8);
        changed.pim = changed.pim.map(|pim| PimSpec { activation, accumulators, ..pim });
        changed.deviations.iter_mut().for_each(|deviation| deviation.refresh = None);
        Device::new(&changed).or_else(|_| Device::new(spec))
    }
}

/// At least so many commands of any kind that the rows allow, each as early as it may. Refreshes come as they like.
fn scattered(
    spec: &DeviceSpec,
    (commands, stretch): (u64, u64),
    seed: u64,
    mut random: Random,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Account, AuditError> {
    let dram = Dram::new(spec)?.without_refresh();
    let mut account = Account::new(&spec.name, Issuer::Random);
    while account.commands < commands {
        let mut watched = Watched::new(&dram);
        let mut channel = Channel::new(&dram);
        let mut now = Ticks(0);
        while (watched.checker.commands() as u64) < stretch && watched.found.is_none() {
            let command = CommandId(random.below(dram.commands.len() as u32) as u8);
            let target = random.below(dram.topology.count(dram.command(command).reach));
            let row = Some(random.below(2));
            if !channel.row_allows(command, target, row) {
                continue;
            }
            let at = channel.earliest(command, target).at.max(now);
            now = dram.align(command, at);
            channel.issue(command, target, row, now);
            let (at, column, lane, because) = (now, 0, 0, None);
            watched.issued(&Issued { at, command, target, row, column, lane, because });
        }
        account.products += 1;
        account.settle(watched, seed)?;
        progress(stretch);
    }
    Ok(account)
}

/// At least so many commands, the switches changed after each stretch.
fn sequenced(
    spec: &DeviceSpec,
    (commands, stretch): (u64, u64),
    seed: u64,
    mut random: Random,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Account, AuditError> {
    let mut account = Account::new(&spec.name, Issuer::Sequencer);
    while account.commands < commands {
        let device = random.device(spec)?;
        let mut watched = Watched::new(&device);
        let mut sequencer = Sequencer::new(&device);
        let mut now = Ticks(0);
        while (watched.checker.commands() as u64) < stretch && watched.found.is_none() {
            let order = random.order();
            let row = spec.geometry.columns();
            let buffer = device.pim.vector_buffer_bytes / spec.geometry.burst_bytes;
            let most = if order == Order::RowOpen { row.min(buffer) } else { 3 * row };
            let tile = Tile { outputs: random.upto(12), columns: random.upto(most), order };
            let job = Job { tile, vectors: random.upto(5) };
            now += Ticks(random.of(&[0, 0, 7, 300, 9000]));
            let base = 64 * random.upto(4);
            for pass in job.passes(&device, base, None) {
                now = sequencer.run(&pass, now, &mut watched).issued;
            }
            account.products += 1;
        }
        account.settle(watched, seed)?;
        progress(stretch);
    }
    Ok(account)
}

fn front_end(
    peer: Peer,
    commands: u64,
    seed: u64,
    mut random: Random,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Account, AuditError> {
    let mut account = Account::new(&peer.preset(), Issuer::FrontEnd);
    while account.commands < commands {
        let device = Device::new(&peer.spec(random.of(&[None, Some(true), Some(false)]))?)?;
        let matrix = Matrix { outputs: random.upto(6000), inputs: random.upto(6000) };
        let product =
            Product { matrix, tokens: random.upto(3), channels: random.upto(4), order: None };
        let mut watched = Watched::new(&device);
        peer.gemv(&device, &product, &mut watched)?;
        account.products += 1;
        let issued = watched.checker.commands() as u64;
        account.settle(watched, seed)?;
        progress(issued);
    }
    Ok(account)
}

impl Account {
    fn new(device: &str, issuer: Issuer) -> Self {
        Self { device: device.to_owned(), issuer, products: 0, commands: 0 }
    }

    /// Ends a stream at its last command.
    fn settle(&mut self, watched: Watched<'_>, seed: u64) -> Result<(), AuditError> {
        let Watched { checker, found } = watched;
        self.commands += checker.commands() as u64;
        let end = checker.now();
        let found = found.or_else(|| checker.finish(end).err());
        found.map_or(Ok(()), |violation| {
            Err(AuditError::Violation {
                device: self.device.clone(),
                issuer: self.issuer,
                products: self.products,
                seed,
                violation: Box::new(violation),
            })
        })
    }
}
