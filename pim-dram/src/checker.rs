//! An independent check that a finished command list is legal.
//!
//! It shares the rules with the simulator and nothing else: it keeps no release times, but looks back through the whole
//! list for every command and every rule. Slow and plain on purpose.

use thiserror::Error;

use crate::device::{Device, Rule};
use crate::family::{Buffer, RowEffect};
use crate::geometry::{Level, Node};
use crate::sequencer::Issued;
use crate::time::Ticks;

/// The first thing that is wrong with a command list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// Two commands too close.
    #[error(
        "command {index} ({command}) at tick {at} breaks {rule}: legal from tick {legal} on, because of command {because}"
    )]
    Timing {
        /// Place in the list.
        index: usize,
        /// Mnemonic.
        command: String,
        /// Where it was issued.
        at: u64,
        /// The rule.
        rule: String,
        /// The first legal tick under that rule.
        legal: u64,
        /// Place of the earlier command.
        because: usize,
    },
    /// A command against the open rows.
    #[error("command {index} ({command}) at tick {at}: bank {bank} has {found}, it needs {needed}")]
    Row {
        /// Place in the list.
        index: usize,
        /// Mnemonic.
        command: String,
        /// Where it was issued.
        at: u64,
        /// Bank of the channel.
        bank: u32,
        /// What is open.
        found: String,
        /// What should be.
        needed: String,
    },
    /// The list is not in order of time.
    #[error("command {index} at tick {at} comes after one at tick {before}")]
    Order {
        /// Place in the list.
        index: usize,
        /// Its tick.
        at: u64,
        /// The tick before.
        before: u64,
    },
    /// More refresh intervals went by than refreshes.
    #[error(
        "pseudo-channel {pseudo_channel} had {found} refreshes by tick {at}, {needed} were due an interval before"
    )]
    Refresh {
        /// Pseudo-channel.
        pseudo_channel: u32,
        /// End of the list.
        at: u64,
        /// Refreshes in the list.
        found: u64,
        /// Refreshes due, one interval of grace.
        needed: u64,
    },
}

/// Checks a whole list of one channel, all rows closed before it.
///
/// # Errors
/// The first violation.
pub fn check(device: &Device, list: &[Issued]) -> Result<(), Violation> {
    let banks = device.topology.count(Level::Bank) as usize;
    let mut rows = [vec![None; banks], vec![None; banks]];
    for (index, issued) in list.iter().enumerate() {
        if index > 0 && list[index - 1].at > issued.at {
            let before = list[index - 1].at.0;
            return Err(Violation::Order { index, at: issued.at.0, before });
        }
        for rule in device.rules.iter().filter(|rule| rule.before.contains(&issued.command)) {
            timing(device, list, index, rule)?;
        }
        row(device, index, issued, &mut rows)?;
    }
    refreshes(device, list)
}

fn banks<'d>(device: &'d Device, issued: &Issued) -> &'d [u32] {
    let level = device.command(issued.command).reach;
    device.topology.banks(Node { level, index: issued.target })
}

/// Whether two sets of banks lie, in part, under a common node.
fn meet(device: &Device, scope: Level, a: &[u32], b: &[u32]) -> bool {
    let topology = &device.topology;
    (0..topology.count(scope)).any(|index| {
        let node = topology.banks(Node { level: scope, index });
        let within = |banks: &[u32]| banks.iter().any(|bank| node.contains(bank));
        within(a) && within(b)
    })
}

fn timing(device: &Device, list: &[Issued], index: usize, rule: &Rule) -> Result<(), Violation> {
    let issued = &list[index];
    let own = banks(device, issued);
    let mut opened = own.len();
    for (because, earlier) in list[..index].iter().enumerate().rev() {
        let legal = earlier.at + rule.wait;
        if legal <= issued.at {
            // The list is in order of time: all that came before is farther away still.
            return Ok(());
        }
        let theirs = banks(device, earlier);
        if !rule.after.contains(&earlier.command) || !meet(device, rule.scope, own, theirs) {
            continue;
        }
        opened += theirs.len();
        if rule.budget.is_none_or(|budget| opened > budget as usize) {
            return Err(Violation::Timing {
                index,
                command: device.command(issued.command).name.clone(),
                at: issued.at.0,
                rule: rule.name.clone(),
                legal: legal.0,
                because,
            });
        }
    }
    Ok(())
}

fn row(
    device: &Device,
    index: usize,
    issued: &Issued,
    rows: &mut [Vec<Option<u32>>; 2],
) -> Result<(), Violation> {
    let data = device.command(issued.command);
    for &bank in banks(device, issued) {
        let mut expect = |buffer: Buffer, needed: Option<u32>, becomes: Option<u32>| {
            let slot = &mut rows[buffer as usize][bank as usize];
            let describe = |row: Option<u32>| {
                row.map_or_else(
                    || format!("no {buffer:?} row open"),
                    |row| format!("{buffer:?} row {row} open"),
                )
            };
            if *slot != needed {
                return Err(Violation::Row {
                    index,
                    command: data.name.clone(),
                    at: issued.at.0,
                    bank,
                    found: describe(*slot),
                    needed: describe(needed),
                });
            }
            *slot = becomes;
            Ok(())
        };
        match data.row {
            RowEffect::Ignores => {}
            RowEffect::Opens(buffer) => expect(buffer, None, issued.row)?,
            RowEffect::Needs(buffer) => expect(buffer, issued.row, issued.row)?,
            RowEffect::Closes(buffer) => rows[buffer as usize][bank as usize] = None,
            RowEffect::Refreshes => {
                expect(Buffer::Host, None, None)?;
                expect(Buffer::Pim, None, None)?;
            }
        }
    }
    Ok(())
}

/// Refreshes are never postponed by a whole interval, in any bank.
fn refreshes(device: &Device, list: &[Issued]) -> Result<(), Violation> {
    let (Some(plan), Some(last)) = (&device.refresh, list.last()) else {
        return Ok(());
    };
    // Banks that take turns are due once in as many intervals.
    let turns = plan.turns.iter().map(Vec::len).max().unwrap_or(1) as u64;
    let needed = (last.at.0 / (plan.interval.0 * turns)).saturating_sub(1);
    let mut found = vec![0; device.topology.count(Level::Bank) as usize];
    for issued in list {
        if device.command(issued.command).row == RowEffect::Refreshes {
            for &bank in banks(device, issued) {
                found[bank as usize] += 1;
            }
        }
    }
    for (bank, &found) in (0..).zip(&found) {
        if found < needed {
            let node = Node { level: Level::Bank, index: bank };
            let pseudo_channel = device.topology.pseudo_channel(node);
            return Err(Violation::Refresh { pseudo_channel, at: last.at.0, found, needed });
        }
    }
    Ok(())
}

/// Whether commands go as early as they may: every one that something held back breaks a rule one tick earlier. Returns the
/// first that does not.
#[must_use]
pub fn first_slack(device: &Device, list: &[Issued]) -> Option<usize> {
    (0..list.len()).filter(|&index| list[index].because.is_some()).find(|&index| {
        let mut early = list[..=index].to_vec();
        early[index].at = early[index].at - Ticks(1);
        let mut rules =
            device.rules.iter().filter(|rule| rule.before.contains(&early[index].command));
        rules.all(|rule| timing(device, &early, index, rule).is_ok())
    })
}
