//! Commands, and what they change.

use super::choose::{Place, Queued};
use super::{Active, Controller};
use crate::controller::access::Access;
use crate::controller::record::Found;
use crate::controller::spec::{AutoPrecharge, ForwardingEnd};
use crate::controller::waiting::Entry;
use crate::dram::CommandId;
use crate::family::RowEffect;
use crate::geometry::Level;
use crate::sequencer::{Issued, Sink};
use crate::time::Ticks;

impl Controller<'_> {
    /// Issues a command, and finds out anew what its banks want.
    pub(super) fn send(
        &mut self,
        command: CommandId,
        target: u32,
        place: Option<(u32, u32)>,
        now: u64,
        sink: &mut impl Sink,
    ) {
        let (at, row) = (Ticks(now), place.map(|(row, _)| row));
        self.channel.issue(command, target, row, at);
        let banks = self.banks(command, target);
        let lane = self.setup.dram.topology.node_of(Level::PseudoChannel, banks[0]);
        let column = place.map_or(0, |(_, column)| column);
        sink.issued(&Issued { at, command, target, row, column, lane, because: None });
        let effect = self.setup.dram.command(command).row;
        for &bank in banks {
            if effect.closes() {
                self.queues.iter_mut().for_each(|queue| queue.closed(bank));
                self.cap.close(bank);
                self.drop_stale(bank);
            } else if let (RowEffect::Opens(_), Some(row)) = (effect, row) {
                self.queues.iter_mut().for_each(|queue| queue.opened(bank, row));
            }
            self.look(bank);
            self.look_active(bank);
        }
    }

    /// Issues the next command of a request that waits in a queue.
    pub(super) fn advance(
        &mut self,
        request: Queued,
        command: CommandId,
        now: u64,
        sink: &mut impl Sink,
    ) {
        let host = self.setup.host;
        if command == host.read || command == host.write {
            return self.serve(Place::Queue(request), now, sink);
        }
        let Queued { index, access: Access { bank, row, column, write, .. } } = request;
        let queue = &mut self.queues[usize::from(write)];
        let activates = command == host.activate;
        if !queue.entry(index).begun {
            self.record.first(write, if activates { Found::Miss } else { Found::Conflict });
            queue.begin(index);
        }
        if activates && self.active.len() < self.setup.banks {
            let Entry { access, id, arrive, .. } = queue.remove(index);
            if write && self.setup.spec.forwarding.until == ForwardingEnd::Activated {
                self.buffered.remove(&self.setup.key(&access));
            }
            self.active.push(Active { access, id, arrive });
            self.active_of[bank as usize] += 1;
            if self.setup.full(self.active.len()) {
                self.look_all();
            }
        }
        self.send(command, bank, Some((row, column)), now, sink);
    }

    /// Issues the column command of a request.
    pub(super) fn serve(&mut self, place: Place, now: u64, sink: &mut impl Sink) {
        let (access, id, begun, forgotten) = match place {
            Place::Active(index) => {
                let full = self.setup.full(self.active.len());
                let Active { access, id, .. } = self.active.remove(index);
                self.active_of[access.bank as usize] -= 1;
                if full {
                    self.look_all();
                }
                let until = self.setup.spec.forwarding.until;
                (access, id, true, until == ForwardingEnd::Activated)
            }
            Place::Queue(Queued { index, access }) => {
                let entry = self.queues[usize::from(access.write)].remove(index);
                (access, entry.id, entry.begun, false)
            }
        };
        let Access { bank, row, column, write, .. } = access;
        self.used[bank as usize] = now;
        let host = self.setup.host;
        let mut command = if write { host.write } else { host.read };
        let any = self.setup.spec.auto_precharge == AutoPrecharge::Any;
        if self.cap.reached(bank) && (any || self.active_of[bank as usize] == 0) {
            let closing = if write { host.write_precharge } else { host.read_precharge };
            command = closing.filter(|&c| self.ready(c, bank, now)).unwrap_or(command);
        }
        if !begun {
            self.record.first(write, Found::Hit);
        }
        if write && !forgotten {
            self.buffered.remove(&self.setup.key(&access));
        }
        if !self.setup.dram.command(command).row.closes() {
            self.cap.column(bank);
        }
        self.record.served(id, write, self.setup.departure(write, now));
        self.send(command, bank, Some((row, column)), now, sink);
    }
}
