//! The rows of every bank: open from the command that opens one to the one that closes it.

use pim_dram::family::{Buffer, RowEffect};
use pim_dram::geometry::Level;
use pim_dram::{Dram, Ticks};

use super::super::data::{Slice, Track};
use super::super::exclusive::cut;
use super::super::window::Window;

/// The row buffers that a bank may have, with what their rows are called.
const BUFFERS: [(Buffer, &str); 2] = [(Buffer::Host, "row"), (Buffer::Pim, "PIM row")];

/// What happened to the row buffers of a channel.
pub(super) struct Rows<'d> {
    dram: &'d Dram,
    window: Window,
    /// Per buffer and bank.
    of: [Vec<Bank>; BUFFERS.len()],
    /// Whether the family has a command that opens rows of a buffer.
    used: [bool; BUFFERS.len()],
}

#[derive(Clone, Default)]
struct Bank {
    open: Option<Slice>,
    past: Vec<Slice>,
}

impl<'d> Rows<'d> {
    pub(super) fn new(dram: &'d Dram, window: Window) -> Self {
        let banks = dram.topology.count(Level::Bank) as usize;
        let opens = |buffer| dram.commands.iter().any(|c| c.row == RowEffect::Opens(buffer));
        let used = BUFFERS.map(|(buffer, _)| opens(buffer));
        Self {
            dram,
            window,
            of: [vec![Bank::default(); banks], vec![Bank::default(); banks]],
            used,
        }
    }

    /// A row opens in some banks.
    pub(super) fn open(&mut self, buffer: Buffer, banks: &[u32], row: Option<u32>, at: Ticks) {
        let start = self.dram.clock.femtos(at);
        for &bank in banks {
            let name = row.map_or("row".to_owned(), |row| format!("row {row}"));
            self.of[buffer as usize][bank as usize].open = Some(Slice::new(name, start, start));
        }
    }

    /// A column command takes some banks until a tick.
    pub(super) fn take(&mut self, buffer: Buffer, banks: &[u32], command: &Slice) {
        for &bank in banks {
            if let Some(open) = &mut self.of[buffer as usize][bank as usize].open {
                open.within.push(command.clone());
            }
        }
    }

    /// The rows of some banks close.
    pub(super) fn close(&mut self, buffer: Buffer, banks: &[u32], at: Ticks) {
        let end = self.dram.clock.femtos(at);
        for &bank in banks {
            let bank = &mut self.of[buffer as usize][bank as usize];
            if let Some(mut open) = bank.open.take() {
                open.end = end;
                if self.window.meets(open.start, open.end) {
                    bank.past.push(open);
                }
            }
        }
    }

    /// Some banks are refreshed, which closes both of their buffers to everything else.
    pub(super) fn refresh(&mut self, banks: &[u32], refresh: &Slice) {
        for (buffer, _) in BUFFERS.iter().enumerate().filter(|&(buffer, _)| self.used[buffer]) {
            for &bank in banks {
                self.of[buffer][bank as usize].past.push(refresh.clone());
            }
        }
    }

    /// The tracks of a pseudo-channel, and how many slices had to be cut; what is still open ends at `end`.
    pub(super) fn tracks(&mut self, pseudo_channel: u32, end: Ticks) -> (Vec<Track>, usize) {
        let (mut tracks, mut cuts) = (Vec::new(), 0);
        let dram = self.dram;
        for bank in 0..dram.topology.count(Level::Bank) {
            if dram.topology.node_of(Level::PseudoChannel, bank) != pseudo_channel {
                continue;
            }
            for (buffer, kind) in BUFFERS {
                self.close(buffer, &[bank], end);
                let mut slices = std::mem::take(&mut self.of[buffer as usize][bank as usize].past);
                cuts += cut(&mut slices, None);
                for slice in &mut slices {
                    // A row may close before its last command lets the bank take another one.
                    let end = slice.end;
                    cut(&mut slice.within, Some(end));
                }
                tracks.push(Track::slices(format!("{}, {kind}", self.name(bank)), slices));
            }
        }
        (tracks, cuts)
    }

    /// A bank by its place within its pseudo-channel.
    fn name(&self, bank: u32) -> String {
        let geometry = &self.dram.spec.geometry;
        let per_group = geometry.banks / geometry.bank_groups;
        let (rank, in_rank) = (bank / geometry.banks % geometry.ranks, bank % geometry.banks);
        let place = format!("bank group {}, bank {}", in_rank / per_group, in_rank % per_group);
        if geometry.ranks > 1 { format!("rank {rank}, {place}") } else { place }
    }
}
