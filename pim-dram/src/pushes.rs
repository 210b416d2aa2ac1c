//! How far a command pushes another one, looked up rather than worked out from the slots that both name.

use crate::device::Roles;
use crate::dram::Dram;
use crate::tables::Plan;

/// No rule relates the two; delays are checked to be shorter.
const NEVER: u32 = u32::MAX;

/// A plan without a place in the table.
const NOWHERE: u16 = u16::MAX;

/// For every two commands that units or host take in turn, how long after the one the other may come by rules other than
/// windows.
#[derive(Clone, Debug)]
pub(crate) struct Pushes {
    /// By [`Plan::number`].
    place: Vec<u16>,
    width: usize,
    waits: Vec<u32>,
}

/// What one command pushes.
#[derive(Clone, Copy)]
pub(crate) struct Pushed<'p> {
    place: &'p [u16],
    waits: &'p [u32],
}

impl Pushes {
    pub(crate) fn new(dram: &Dram, roles: &Roles) -> Self {
        let host = dram.host.iter().flat_map(|host| [host.activate, host.precharge, host.read]);
        let pim =
            [roles.activate, roles.precharge, roles.write_vector, roles.mac, roles.read_result];
        let optional = [roles.write_vector_ahead, roles.clear].into_iter().flatten();
        let mut commands: Vec<_> = host.chain(pim).chain(optional).collect();
        commands.sort_unstable();
        commands.dedup();
        let plans: Vec<&Plan> = commands.iter().flat_map(|&c| dram.tables.of(c)).collect();

        let most = plans.iter().map(|plan| plan.number as usize + 1).max().unwrap_or_default();
        let mut place = vec![NOWHERE; most];
        for (index, plan) in (0_u16..NOWHERE).zip(&plans) {
            place[plan.number as usize] = index;
        }
        let mut of_slot = vec![NEVER; dram.tables.slots];
        let mut waits = Vec::with_capacity(plans.len() * plans.len());
        for earlier in &plans {
            for update in &earlier.updates {
                let wait = &mut of_slot[update.slot as usize];
                *wait = if *wait == NEVER { update.wait } else { update.wait.max(*wait) };
            }
            let longest = |later: &&Plan| {
                let waits = later.probes.iter().map(|&slot| of_slot[slot as usize]);
                waits.filter(|&wait| wait != NEVER).max().unwrap_or(NEVER)
            };
            waits.extend(plans.iter().map(longest));
            earlier.updates.iter().for_each(|u| of_slot[u.slot as usize] = NEVER);
        }
        Self { place, width: plans.len(), waits }
    }

    /// What a command pushes; `None` for one that is not taken in turn, such as a refresh.
    #[inline]
    pub(crate) fn by(&self, earlier: &Plan) -> Option<Pushed<'_>> {
        let &place = self.place.get(earlier.number as usize)?;
        let begin = usize::from(place) * self.width;
        let waits = self.waits.get(begin..begin + self.width)?;
        Some(Pushed { place: &self.place, waits })
    }
}

impl Pushed<'_> {
    /// How long after the command another one may come; `None` where no rule relates them.
    #[inline]
    pub(crate) fn wait(self, later: &Plan) -> Option<u32> {
        let wait = self.waits[usize::from(self.place[later.number as usize])];
        (wait != NEVER).then_some(wait)
    }
}
