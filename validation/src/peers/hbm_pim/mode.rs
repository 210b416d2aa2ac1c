//! Single-bank and all-bank mode, as the peer's controller sees them.

use super::stream::{ENTER_BANKS, ENTER_ROW, EXIT_ROW, MODE_BANKS};

/// The mode, and how far the next switch has come.
#[derive(Default)]
pub(super) struct Mode {
    all_bank: bool,
    /// Banks that did their part of the switch, one bit each.
    seen: u32,
}

impl Mode {
    /// In all-bank mode banks 0 and 1 stand for the even and the odd ones.
    pub(super) fn may_activate(&self, bank: u32) -> bool {
        !self.all_bank || MODE_BANKS.contains(&bank)
    }

    /// Counts an activation towards all-bank mode.
    pub(super) fn activated(&mut self, bank: u32, row: u32) {
        if !self.all_bank && row == ENTER_ROW {
            self.see(bank, &ENTER_BANKS);
        }
    }

    /// Counts a precharge towards single-bank mode.
    pub(super) fn precharged(&mut self, bank: u32, row: u32) {
        if self.all_bank && row == EXIT_ROW {
            self.see(bank, &MODE_BANKS);
        }
    }

    fn see(&mut self, bank: u32, banks: &[u32]) {
        self.seen |= 1 << bank;
        if banks.iter().all(|bank| self.seen & 1 << bank != 0) {
            *self = Self { all_bank: !self.all_bank, seen: 0 };
        }
    }
}
