//! How long the host thinks that a request takes, and how long it is until the next refresh.

use pim_dram::device::Device;

use crate::peers::PeerError;

/// Depth of the adder tree in column slots: shorter products are taken to be this long.
const TREE_SLOTS: u64 = 6;

/// The device's delays, as far as the estimates use them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    copy: i64,
    activate: i64,
    precharge: i64,
    read_to_precharge: i64,
    window: i64,
    slot: i64,
}

impl Estimate {
    pub(super) fn of(device: &Device) -> Result<Self, PeerError> {
        let wait = |name: &str| {
            let rule = device.rules.iter().find(|rule| rule.name == name);
            let wait = rule.and_then(|rule| i64::try_from(rule.wait.0).ok());
            wait.ok_or_else(|| {
                PeerError::Preset(format!("device `{}` has no rule `{name}`", device.spec.name))
            })
        };
        Ok(Self {
            copy: wait("tGWRITE")?,
            activate: wait("tRCD")?,
            precharge: wait("tRP")?,
            read_to_precharge: wait("tRTP")?,
            window: wait("tFAW")?,
            slot: wait("tCCD_L")?,
        })
    }

    /// A copy whose row is open.
    pub(super) fn copy_hit(&self) -> i64 {
        self.copy
    }

    /// A copy on a closed bank, which is charged a precharge all the same.
    pub(super) fn copy_closed(&self) -> i64 {
        self.copy + self.precharge + self.activate
    }

    /// A copy on a bank with another row open.
    pub(super) fn copy_conflict(&self) -> i64 {
        self.copy_closed() + self.read_to_precharge
    }

    /// A product after its header, with so many banks to precharge and gangs to activate. The length in bursts is known as a
    /// power of two, and two gangs at a time are taken to be activated, the last two for nothing.
    pub(super) fn product(&self, precharges: u32, gangs: u32, bursts: u64) -> i64 {
        let slots = bursts.next_power_of_two().max(TREE_SLOTS);
        self.read_to_precharge * i64::from(precharges)
            + self.window * (i64::from(gangs / 2) - 1)
            + self.activate
            + self.slot * i64::try_from(slots).unwrap_or(i64::MAX / 4)
    }
}

/// The refresh duty of a channel: its ranks in turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refreshes {
    ranks: u64,
    /// Cycles from one rank's to the next one's.
    every: u64,
    done: u64,
}

impl Refreshes {
    pub(super) fn of(device: &Device) -> Option<Self> {
        let ranks = u64::from(device.spec.geometry.ranks);
        device.refresh_interval.map(|interval| Self {
            ranks,
            every: (interval.0 / ranks).max(1),
            done: 0,
        })
    }

    /// Cycle at which the next one falls due.
    pub(super) fn due(&self) -> u64 {
        (self.done + 1) * self.every
    }

    /// Its rank.
    pub(super) fn rank(&self) -> u32 {
        u32::try_from(self.done % self.ranks).unwrap_or(0)
    }

    pub(super) fn issued(&mut self) {
        self.done += 1;
    }

    /// Whether an estimate fits in every cycle from `from` to `until`, as far as the next refresh is not due yet. What is left
    /// is counted from the following cycle on, so that a whole interval is left just before a refresh.
    pub(super) fn leaves(&self, estimate: i64, from: u64, until: u64) -> bool {
        let left =
            |cycle: u64| i64::try_from(self.every - (cycle + 1) % self.every).unwrap_or(i64::MAX);
        let before_last = until.min(self.due().saturating_sub(2)).max(from);
        left(before_last) > estimate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_before_a_refresh_looks_like_the_one_after() {
        let refreshes = Refreshes { ranks: 2, every: 100, done: 1 };
        assert_eq!((refreshes.due(), refreshes.rank()), (200, 1));
        assert!(refreshes.leaves(79, 119, 119));
        assert!(!refreshes.leaves(80, 119, 119));
        assert!(!refreshes.leaves(10, 119, 500), "it is rechecked until the refresh");
        assert!(!refreshes.leaves(1, 198, 199));
        assert!(refreshes.leaves(99, 199, 500));
    }

    #[test]
    fn a_product_without_rows_to_open_is_taken_to_save_an_activation() {
        let estimate = Estimate {
            copy: 96,
            activate: 14,
            precharge: 14,
            read_to_precharge: 5,
            window: 30,
            slot: 2,
        };
        assert_eq!(estimate.product(32, 8, 32), 160 + 90 + 14 + 64);
        assert_eq!(estimate.product(0, 0, 1), 14 + 12 - 30);
        assert_eq!(estimate.product(0, 1, 17), 14 + 64 - 30);
        let copies = [estimate.copy_hit(), estimate.copy_closed(), estimate.copy_conflict()];
        assert_eq!(copies, [96, 124, 129]);
    }
}
