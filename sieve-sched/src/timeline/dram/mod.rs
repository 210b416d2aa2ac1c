//! One command channel of a DRAM: its command buses, data buses, PIM units and the rows of every bank.
//!
//! A channel says which commands were issued when. How long they take what they use follows from the rules of its device
//! (`times`), so that the timeline of another family takes no other code.

mod groups;
mod rows;
mod times;

use pim_dram::device::Device;
use pim_dram::family::{Bus, RowEffect};
use pim_dram::geometry::{Level, Node};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::{Dram, Ticks};

use self::rows::Rows;
use self::times::Times;
use super::Window;
use super::data::{Slice, Timeline};

/// Watches the commands of a channel and keeps those of a window.
pub struct Watch<'d> {
    dram: &'d Dram,
    units: Option<&'d Device>,
    window: Window,
    times: Times,
    rows: Rows<'d>,
    /// Row bus, column bus.
    buses: [Vec<Slice>; 2],
    /// Per pseudo-channel.
    data: Vec<Vec<Slice>>,
    /// Per node that a multiply-accumulate reaches.
    macs: Vec<Vec<Slice>>,
    commands: u64,
    shown: u64,
    end: Ticks,
}

/// A timeline and what was seen on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The timeline.
    pub timeline: Timeline,
    /// Commands of the channel.
    pub commands: u64,
    /// Those of them in the window.
    pub shown: u64,
    /// Slices that end sooner than they should, as the next one began before: the device's numbers let bursts, or commands of a
    /// bank, overlap.
    pub cut: usize,
}

impl<'d> Watch<'d> {
    /// A channel that has issued nothing yet. Without `units` commands of PIM units have neither bursts nor a track.
    #[must_use]
    pub fn new(dram: &'d Dram, units: Option<&'d Device>, window: Window) -> Self {
        let macs =
            units.map_or(0, |units| dram.topology.count(dram.command(units.roles.mac).reach));
        Self {
            dram,
            units,
            window,
            times: Times::new(dram, units),
            rows: Rows::new(dram, window),
            buses: [Vec::new(), Vec::new()],
            data: vec![Vec::new(); dram.topology.count(Level::PseudoChannel) as usize],
            macs: vec![Vec::new(); macs as usize],
            commands: 0,
            shown: 0,
            end: Ticks(0),
        }
    }

    /// A slice named after a command, if any of it lies in the window.
    fn slice(&self, issued: &Issued, from: Ticks, to: Ticks) -> Option<Slice> {
        let clock = self.dram.clock;
        let (start, end) = (clock.femtos(from), clock.femtos(to));
        let name = || self.dram.command(issued.command).name.clone();
        self.window.meets(start, end).then(|| Slice::new(name(), start, end))
    }

    /// The same with all that is known of the command.
    fn described(&self, issued: &Issued, from: Ticks, to: Ticks) -> Option<Slice> {
        let (dram, command) = (self.dram, self.dram.command(issued.command));
        let per_clock = dram.clock.ticks_per_clock;
        let mut slice = self
            .slice(issued, from, to)?
            .with("cycle", issued.at.0 / per_clock)
            .with("target", place(dram.node(issued.command, issued.target)));
        if per_clock > 1 {
            slice = slice.with("tick_of_cycle", issued.at.0 % per_clock);
        }
        if let Some(row) = issued.row {
            slice = slice.with("row", row);
        }
        if command.bus == Bus::Column {
            slice = slice.with("column", issued.column);
        }
        Some(match issued.because {
            Some(because) => slice.with("held_back_by", dram.command(because).name.clone()),
            None => slice,
        })
    }

    /// What a command does to the rows that it reaches.
    fn change_rows(&mut self, issued: &Issued) {
        let (id, at) = (issued.command, issued.at);
        let banks = self.dram.reached(id, issued.target);
        let until = at + self.times.cadence(id);
        let row = self.dram.command(id).row;
        if let Some((buffer, taken)) = row.needs().zip(self.slice(issued, at, until)) {
            self.rows.take(buffer, banks, &taken.with("column", issued.column));
        }
        match row {
            RowEffect::Opens(buffer) => self.rows.open(buffer, banks, issued.row, at),
            RowEffect::NeedsAndCloses(buffer) => self.rows.close(buffer, banks, until),
            RowEffect::Closes(buffer) => self.rows.close(buffer, banks, at),
            RowEffect::Refreshes => {
                if let Some(refresh) = self.slice(issued, at, at + self.times.refresh(id)) {
                    self.rows.refresh(banks, &refresh);
                }
            }
            RowEffect::Needs(_) | RowEffect::Ignores | RowEffect::Closed => {}
        }
    }
}

/// A node, such as `bank 3` of the channel.
fn place(node: Node) -> String {
    format!("{} {}", node.level.name().replace('_', " "), node.index)
}

impl Sink for Watch<'_> {
    fn issued(&mut self, issued: &Issued) {
        let (id, at, dram) = (issued.command, issued.at, self.dram);
        let free = at + self.times.on_bus(id);
        self.commands += 1;
        self.end = self.end.max(free);
        if let Some((first, last)) = self.times.burst(id, at) {
            self.end = self.end.max(last);
            if let Some(burst) = self.described(issued, first, last) {
                let node = dram.node(id, issued.target);
                for bus in dram.topology.cover(node, Level::PseudoChannel) {
                    self.data[bus as usize].push(burst.clone());
                }
            }
        }
        if self.units.is_some_and(|units| units.roles.mac == id) {
            let taken = self.described(issued, at, at + self.times.cadence(id));
            self.macs[issued.target as usize].extend(taken);
        }
        self.change_rows(issued);
        if let Some(on_bus) = self.described(issued, at, free) {
            self.shown += 1;
            self.buses[dram.command(id).bus as usize].push(on_bus);
        }
    }
}
