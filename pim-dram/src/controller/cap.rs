//! The capped-closed row policy: a row is closed after so many column commands.

/// Column commands since each bank's row was opened.
#[derive(Clone, Debug)]
pub(super) struct Cap {
    /// `None` for the open policy.
    cap: Option<u32>,
    counts: Vec<u32>,
    /// Per bank: a precharge was handed over and has not closed it yet.
    ordered: Vec<bool>,
    /// Banks that have reached the cap and have no precharge ordered, ascending.
    full: Vec<u32>,
}

impl Cap {
    pub(super) fn new(cap: Option<u32>, banks: usize) -> Self {
        Self { cap, counts: vec![0; banks], ordered: vec![false; banks], full: Vec::new() }
    }

    /// Whether the next column command of a bank should close it.
    pub(super) fn reached(&self, bank: u32) -> bool {
        self.cap.is_some_and(|cap| self.counts[bank as usize] >= cap)
    }

    /// Banks that want a precharge.
    pub(super) fn full(&self) -> &[u32] {
        &self.full
    }

    /// A precharge for that bank is on its way.
    pub(super) fn order(&mut self, bank: u32) {
        self.ordered[bank as usize] = true;
        self.full.retain(|&full| full != bank);
    }

    /// A column command went to a bank and left its row open.
    pub(super) fn column(&mut self, bank: u32) {
        let Some(cap) = self.cap else { return };
        let index = bank as usize;
        self.counts[index] += 1;
        if self.counts[index] >= cap
            && !self.ordered[index]
            && let Err(place) = self.full.binary_search(&bank)
        {
            self.full.insert(place, bank);
        }
    }

    /// A bank was closed.
    pub(super) fn close(&mut self, bank: u32) {
        if self.cap.is_none() {
            return;
        }
        self.counts[bank as usize] = 0;
        self.ordered[bank as usize] = false;
        self.full.retain(|&full| full != bank);
    }
}
