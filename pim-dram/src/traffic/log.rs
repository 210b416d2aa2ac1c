//! What a run did, command by command.

use crate::device::Device;
use crate::dram::CommandId;
use crate::family::Bus;
use crate::geometry::Level;
use crate::pass::Pass;
use crate::sequencer::{End, Issued, Sink};
use crate::time::Ticks;

/// One run of one command channel, from idle at tick 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Until the last result of the last product is at the host, in ticks; 0 without products.
    pub units: Ticks,
    /// Until the last burst of the stream is at the host, in ticks; 0 without a stream.
    pub stream: Ticks,
    /// Commands of the channel, by [`CommandId`].
    pub commands: Vec<u64>,
    /// Ticks for which commands hold the column bus.
    pub column_bus: Ticks,
    /// How often a data bus turns around between reading and writing, over all pseudo-channels.
    pub turnarounds: u64,
}

impl Run {
    /// Until both sides are done, in ticks.
    #[must_use]
    pub fn makespan(&self) -> Ticks {
        self.units.max(self.stream)
    }

    /// Share of the makespan for which the column bus is taken.
    #[must_use]
    pub fn column_bus_share(&self) -> f64 {
        self.column_bus.0 as f64 / self.makespan().0.max(1) as f64
    }
}

/// A run and when each column command of either side went.
pub(super) struct Recorded {
    pub(super) run: Run,
    pub(super) units: Vec<Ticks>,
    pub(super) stream: Vec<Ticks>,
}

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToHost,
    ToDevice,
}

/// Records a run, and lets another sink see it too.
pub(super) struct Log<'a, S> {
    device: &'a Device,
    sink: &'a mut S,
    recorded: Recorded,
    /// Of the last data on the bus of each pseudo-channel.
    directions: Vec<Option<Direction>>,
}

impl<'a, S> Log<'a, S> {
    pub(super) fn new(device: &'a Device, sink: &'a mut S) -> Self {
        let run = Run {
            units: Ticks(0),
            stream: Ticks(0),
            commands: vec![0; device.commands.len()],
            column_bus: Ticks(0),
            turnarounds: 0,
        };
        let recorded = Recorded { run, units: Vec::new(), stream: Vec::new() };
        let pseudo_channels = device.topology.count(Level::PseudoChannel) as usize;
        Self { device, sink, recorded, directions: vec![None; pseudo_channels] }
    }

    pub(super) fn finish(self, units: Ticks, stream: Ticks) -> Recorded {
        let Recorded { run, .. } = self.recorded;
        Recorded { run: Run { units, stream, ..run }, ..self.recorded }
    }

    fn reads_for_host(&self, command: CommandId) -> bool {
        self.device.host.is_some_and(|host| host.read == command)
    }

    /// `None` for a command without data.
    fn direction(&self, command: CommandId) -> Option<Direction> {
        let roles = &self.device.roles;
        let to_device = [Some(roles.write_vector), roles.write_vector_ahead];
        if self.reads_for_host(command) || command == roles.read_result {
            Some(Direction::ToHost)
        } else {
            to_device.contains(&Some(command)).then_some(Direction::ToDevice)
        }
    }

    /// Turns the data buses of all pseudo-channels that a command reaches.
    fn turn(&mut self, issued: &Issued) {
        let Some(direction) = self.direction(issued.command) else { return };
        let topology = &self.device.topology;
        let banks = self.device.reached(issued.command, issued.target);
        let of = |bank: Option<&u32>| {
            bank.map_or(0, |&bank| topology.node_of(Level::PseudoChannel, bank) as usize)
        };
        for bus in &mut self.directions[of(banks.first())..=of(banks.last())] {
            let turned = bus.replace(direction).is_some_and(|before| before != direction);
            self.recorded.run.turnarounds += u64::from(turned);
        }
    }
}

impl<S: Sink> Sink for Log<'_, S> {
    fn issued(&mut self, issued: &Issued) {
        self.sink.issued(issued);
        self.recorded.run.commands[usize::from(issued.command.0)] += 1;
        let command = self.device.command(issued.command);
        if command.bus == Bus::Column {
            self.recorded.run.column_bus += command.clocks.ticks(self.device.clock);
            let host = self.reads_for_host(issued.command);
            let side = if host { &mut self.recorded.stream } else { &mut self.recorded.units };
            side.push(issued.at);
            self.turn(issued);
        }
    }

    fn begins(&mut self, from: Ticks) {
        self.sink.begins(from);
    }

    fn ends(&mut self, pass: &Pass, end: End) {
        self.sink.ends(pass, end);
    }
}
