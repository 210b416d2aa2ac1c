//! The host of several channels: one instruction a cycle is decoded and goes to one channel or to many.
//!
//! - A channel holds 32 requests, plain ones or others but never both. What does not fit waits, and so does all that follows.
//! - A column of an instruction is a request. An instruction is decoded when all requests of the one before have come in.
//! - Reads of registers and SYNC hold everything until the last channel answers.
//!
//! Channels that are told the same do the same; each kind is simulated once, from where they have come to do the same.

use pim_dram::device::Device;
use pim_dram::sequencer::Sink;
use pim_dram::time::Ticks;

use super::{Host, Instruction};
use crate::peers::PeerError;

/// Channels of a system: bit I is channel I.
pub type Channels = u64;

/// What the host decodes in one cycle or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An instruction for the first so many channels.
    First(u32, Instruction),
    /// An instruction for one channel.
    One(u32, Instruction),
    /// An instruction that no channel sees, such as EWADD.
    Inside,
    /// SYNC: all channels come to rest.
    Sync,
}

/// Channels that do the same.
struct Class<'d, S> {
    channels: Channels,
    host: Host<'d, S>,
}

/// Several channels of a device.
pub struct System<'d, S> {
    classes: Vec<Class<'d, S>>,
    /// The cycle in which the next instruction may be decoded.
    decodes: Ticks,
}

impl<'d, S: Sink + Clone> System<'d, S> {
    /// So many channels at cycle 0, at most 64, all rows closed; every kind of channel has a copy of the sink.
    ///
    /// # Errors
    /// A device without AiM's commands.
    pub fn new(device: &'d Device, channels: u32, sink: S) -> Result<Self, PeerError> {
        let host = Host::new(device, sink)?;
        Ok(Self { classes: vec![Class { channels: first(channels), host }], decodes: Ticks(1) })
    }

    /// Runs one step.
    pub fn run(&mut self, step: Step) {
        match step {
            Step::First(channels, instruction) => self.tell(first(channels), instruction),
            Step::One(channel, instruction) => self.tell(1 << channel, instruction),
            Step::Inside => self.decodes += Ticks(1),
            Step::Sync => {
                self.rest();
                self.merge();
            }
        }
    }

    /// EOC; the cycles that the peer reports.
    pub fn end(mut self) -> u64 {
        self.rest().0
    }

    /// What watched: one for each kind of channels, with these.
    pub fn sinks(self) -> impl Iterator<Item = (Channels, S)> {
        self.classes.into_iter().map(|class| (class.channels, class.host.into_sink()))
    }

    fn tell(&mut self, channels: Channels, instruction: Instruction) {
        self.split(channels);
        let mut next = self.decodes;
        for class in self.classes.iter_mut().filter(|class| class.channels & channels != 0) {
            class.host.wait(self.decodes);
            class.host.run(instruction);
            let entered = class.host.entered() + Ticks(1);
            next = next.max(if instruction.blocks() { class.host.from() } else { entered });
        }
        self.decodes = next;
        if instruction.blocks() {
            self.merge();
        }
    }

    /// Lets every channel answer; the cycle of the last answer.
    fn rest(&mut self) -> Ticks {
        let decodes = self.decodes;
        let answers = self.classes.iter_mut().map(|class| {
            class.host.wait(decodes);
            class.host.drain()
        });
        let last = answers.max().unwrap_or_default();
        self.decodes = last + Ticks(1);
        last
    }

    /// Sees to it that every class is told as a whole or not at all.
    fn split(&mut self, channels: Channels) {
        for place in 0..self.classes.len() {
            let class = &mut self.classes[place];
            let rest = class.channels & !channels;
            if rest != 0 && rest != class.channels {
                class.channels &= channels;
                let host = class.host.clone();
                self.classes.push(Class { channels: rest, host });
            }
        }
    }

    /// Makes one class of those that from now on do the same.
    fn merge(&mut self) {
        let mut merged: Vec<Class<'d, S>> = Vec::new();
        for class in self.classes.drain(..) {
            let alike = merged.iter_mut().find_map(|other| {
                other.host.absorb(&class.host, self.decodes).then_some(&mut other.channels)
            });
            match alike {
                Some(channels) => *channels |= class.channels,
                None => merged.push(class),
            }
        }
        self.classes = merged;
    }
}

/// The first so many channels.
fn first(channels: u32) -> Channels {
    Channels::MAX.checked_shr(Channels::BITS - channels).unwrap_or_default()
}
