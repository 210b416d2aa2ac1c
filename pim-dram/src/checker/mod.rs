//! An independent check that a stream of commands is legal.
//!
//! It shares `Dram::rules`, the topology and the row effects with the simulator and nothing else. For every rule and node of
//! its scope it remembers when the earlier commands came, not when later ones may come, so its size does not depend on the
//! length of the stream.

mod history;
mod refresh;
mod rows;
mod violation;

pub use violation::Violation;

use self::history::History;
use self::refresh::Refreshes;
use self::rows::Rows;
use crate::dram::{CommandId, Dram};
use crate::family::Edge;
use crate::sequencer::Issued;
use crate::time::Ticks;

/// Checks the commands of one channel as they come, all rows closed before the first, refreshes counted from tick 0.
///
/// For each command, in this order: time does not run backwards, the clock edge is one of the command's, no refresh has been put off for a whole interval until then,
/// no timing rule is broken, the rows are as the command needs them. A command that breaks several timing rules is reported
/// under the one that makes it wait longest, the first of the device's rules if several do.
#[derive(Clone, Debug)]
pub struct Checker<'d> {
    dram: &'d Dram,
    history: History,
    rows: Rows,
    refreshes: Option<Refreshes>,
    now: u64,
    commands: usize,
}

impl<'d> Checker<'d> {
    /// Nothing issued yet.
    #[must_use]
    pub fn new(dram: &'d Dram) -> Self {
        Self {
            dram,
            history: History::new(dram),
            rows: Rows::new(&dram.topology),
            refreshes: Refreshes::new(dram),
            now: 0,
            commands: 0,
        }
    }

    /// Commands so far.
    #[must_use]
    pub fn commands(&self) -> usize {
        self.commands
    }

    /// Tick of the last command, 0 before the first.
    #[must_use]
    pub fn now(&self) -> Ticks {
        Ticks(self.now)
    }

    /// Checks the next command. After a violation the rest of the stream can no longer be judged.
    ///
    /// # Errors
    /// What it violates.
    pub fn push(&mut self, issued: &Issued) -> Result<(), Violation> {
        let (index, at) = (self.commands, issued.at.0);
        if !self.history.knows(issued.command, issued.target) {
            let (command, target) = (issued.command.0, issued.target);
            return Err(Violation::Unknown { index, command, target });
        }
        if at < self.now {
            return Err(Violation::Order { index, at, before: self.now });
        }
        if !at.is_multiple_of(spacing(self.dram, issued.command)) {
            let command = self.dram.command(issued.command).name.clone();
            return Err(Violation::Edge { index, command, at });
        }
        if let Some(refreshes) = &mut self.refreshes {
            // A refresh may still come at this very tick.
            refreshes.check(at.saturating_sub(1))?;
            refreshes.record(issued);
        }
        if let Some(broken) = self.history.broken(issued.command, issued.target, at) {
            return Err(self.timing(index, issued, &broken));
        }
        self.rows.apply(self.dram, index, issued)?;
        self.history.record(issued, index);
        (self.now, self.commands) = (at, index + 1);
        Ok(())
    }

    /// Ends the stream at tick `end`.
    ///
    /// # Errors
    /// A refresh that was put off for a whole interval until then.
    pub fn finish(self, end: Ticks) -> Result<(), Violation> {
        self.refreshes.map_or(Ok(()), |refreshes| refreshes.check(end.0))
    }

    fn timing(&self, index: usize, issued: &Issued, broken: &history::Broken) -> Violation {
        let name = |command| self.dram.command(command).name.clone();
        Violation::Timing {
            index,
            command: name(issued.command),
            at: issued.at.0,
            rule: self.dram.rules[broken.rule].name.clone(),
            legal: broken.legal,
            because: broken.earlier.index(),
            earlier: name(broken.earlier.command),
            earlier_at: broken.earlier.at,
        }
    }
}

/// Ticks between two on which a command may issue.
fn spacing(dram: &Dram, command: CommandId) -> u64 {
    match dram.command(command).edge {
        Edge::Any => 1,
        Edge::Rising => dram.clock.ticks_per_clock,
    }
}

/// Checks a whole list of one channel that ends with its last command.
///
/// # Errors
/// The first violation.
pub fn check(dram: &Dram, list: &[Issued]) -> Result<(), Violation> {
    let mut checker = Checker::new(dram);
    list.iter().try_for_each(|issued| checker.push(issued))?;
    let end = checker.now();
    checker.finish(end)
}

/// Whether commands go as early as they may: every one that something held back breaks a rule on the tick before that is one
/// of its own. Returns the first that does not.
#[must_use]
pub fn first_slack(dram: &Dram, list: &[Issued]) -> Option<usize> {
    let mut history = History::new(dram);
    list.iter().enumerate().position(|(index, issued)| {
        let held = || {
            let early = issued.at.0.checked_sub(spacing(dram, issued.command));
            early.is_some_and(|at| history.broken(issued.command, issued.target, at).is_some())
        };
        let slack = issued.because.is_some() && !held();
        history.record(issued, index);
        slack
    })
}
