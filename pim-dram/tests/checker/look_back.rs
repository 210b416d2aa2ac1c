//! The checker in its plainest form: it looks back through the whole list for every command and every rule.

use pim_dram::Ticks;
use pim_dram::checker::Violation;
use pim_dram::dram::Dram;
use pim_dram::family::{Buffer, Edge, RowEffect};
use pim_dram::geometry::{Level, Node};
use pim_dram::rules::Rule;
use pim_dram::sequencer::Issued;
use pim_dram::spec::Refresh;

/// The first violation of a list that ends with its last command.
pub(crate) fn check(device: &Dram, list: &[Issued]) -> Result<(), Violation> {
    for (index, issued) in list.iter().enumerate() {
        let before = index.checked_sub(1).map_or(0, |before| list[before].at.0);
        if issued.at.0 < before {
            return Err(Violation::Order { index, at: issued.at.0, before });
        }
        if rising(device, issued) && issued.at.0 % 2 == 1 {
            let command = device.command(issued.command).name.clone();
            return Err(Violation::Edge { index, command, at: issued.at.0 });
        }
        refreshes(device, &list[..index], issued.at.0.saturating_sub(1))?;
        let mut worst: Option<Violation> = None;
        for rule in device.rules.iter().filter(|rule| rule.before.contains(&issued.command)) {
            let broken = timing(device, list, index, rule);
            if legal(&broken) > legal(&worst) {
                worst = broken;
            }
        }
        worst.map_or(Ok(()), Err)?;
        row(device, list, index)?;
    }
    refreshes(device, list, list.last().map_or(0, |last| last.at.0))
}

/// The first command that was held back and would break no timing rule on its tick before.
pub(crate) fn first_slack(device: &Dram, list: &[Issued]) -> Option<usize> {
    (0..list.len()).filter(|&index| list[index].because.is_some()).find(|&index| {
        let mut early = list[..=index].to_vec();
        let step = if rising(device, &early[index]) { 2 } else { 1 };
        if early[index].at < Ticks(step) {
            return true;
        }
        early[index].at = early[index].at - Ticks(step);
        let mut rules =
            device.rules.iter().filter(|rule| rule.before.contains(&early[index].command));
        rules.all(|rule| timing(device, &early, index, rule).is_none())
    })
}

/// Whether a command has only every other tick.
fn rising(device: &Dram, issued: &Issued) -> bool {
    device.clock.ticks_per_clock == 2 && device.command(issued.command).edge == Edge::Rising
}

fn legal(violation: &Option<Violation>) -> Option<u64> {
    match violation {
        Some(Violation::Timing { legal, .. }) => Some(*legal),
        _ => None,
    }
}

fn node(device: &Dram, issued: &Issued) -> Node {
    Node { level: device.command(issued.command).reach, index: issued.target }
}

fn reaches(device: &Dram, issued: &Issued, node: Node) -> bool {
    let topology = &device.topology;
    topology
        .banks(self::node(device, issued))
        .iter()
        .any(|bank| topology.banks(node).contains(bank))
}

/// Whether two commands reach a common node of a level.
fn together(device: &Dram, level: Level, one: &Issued, other: &Issued) -> bool {
    (0..device.topology.count(level)).any(|index| {
        let node = Node { level, index };
        reaches(device, one, node) && reaches(device, other, node)
    })
}

/// How a command breaks a rule, because of the latest command that matters.
fn timing(device: &Dram, list: &[Issued], index: usize, rule: &Rule) -> Option<Violation> {
    let issued = &list[index];
    let opens = |issued: &Issued| device.topology.banks(node(device, issued)).len();
    let breaks_at = |scope: Node| {
        if !reaches(device, issued, scope) {
            return None;
        }
        let mut opened = opens(issued);
        for (because, earlier) in list[..index].iter().enumerate().rev() {
            if earlier.at + rule.wait <= issued.at {
                return None;
            }
            if rule.after.contains(&earlier.command)
                && reaches(device, earlier, scope)
                && rule.apart.is_none_or(|level| !together(device, level, issued, earlier))
            {
                opened += opens(earlier);
                if rule.budget.is_none_or(|budget| opened > budget as usize) {
                    return Some(because);
                }
            }
        }
        None
    };
    let scope = |index| Node { level: rule.scope, index };
    let because =
        (0..device.topology.count(rule.scope)).filter_map(|i| breaks_at(scope(i))).max()?;
    Some(Violation::Timing {
        index,
        command: device.command(issued.command).name.clone(),
        at: issued.at.0,
        rule: rule.name.clone(),
        legal: (list[because].at + rule.wait).0,
        because,
        earlier: device.command(list[because].command).name.clone(),
        earlier_at: list[because].at.0,
    })
}

/// The row that the commands before left in a bank.
fn open(device: &Dram, before: &[Issued], buffer: Buffer, bank: u32) -> Option<u32> {
    let bank = Node { level: Level::Bank, index: bank };
    let mut touches = before.iter().rev().filter(|earlier| reaches(device, earlier, bank));
    touches.find_map(|earlier| match device.command(earlier.command).row {
        RowEffect::Opens(of) if of == buffer => Some(earlier.row),
        RowEffect::Closes(of) | RowEffect::NeedsAndCloses(of) if of == buffer => Some(None),
        _ => None,
    })?
}

fn row(device: &Dram, list: &[Issued], index: usize) -> Result<(), Violation> {
    let issued = &list[index];
    let (at, data) = (issued.at.0, device.command(issued.command));
    let command = data.name.clone();
    let wants: &[(Buffer, Option<u32>)] = match data.row {
        RowEffect::Ignores | RowEffect::Closes(_) => &[],
        RowEffect::Opens(_) | RowEffect::Needs(_) | RowEffect::NeedsAndCloses(_)
            if issued.row.is_none() =>
        {
            return Err(Violation::NoRow { index, command, at });
        }
        RowEffect::Opens(buffer) => &[(buffer, None)],
        RowEffect::Needs(buffer) | RowEffect::NeedsAndCloses(buffer) => &[(buffer, issued.row)],
        RowEffect::Closed | RowEffect::Refreshes => &[(Buffer::Host, None), (Buffer::Pim, None)],
    };
    let describe = |buffer: Buffer, row: Option<u32>| match row {
        Some(row) => format!("{buffer:?} row {row} open"),
        None => format!("no {buffer:?} row open"),
    };
    for &(buffer, needed) in wants {
        for &bank in device.topology.banks(node(device, issued)) {
            let found = open(device, &list[..index], buffer, bank);
            if found != needed {
                let (found, needed) = (describe(buffer, found), describe(buffer, needed));
                return Err(Violation::Row { index, command, at, bank, found, needed });
            }
        }
    }
    Ok(())
}

/// Whether by tick `by` as many refreshes came as were due an interval before.
fn refreshes(device: &Dram, list: &[Issued], by: u64) -> Result<(), Violation> {
    if device.refresh.is_none() {
        return Ok(());
    }
    let period = period(device);
    let late = (0..device.topology.count(Level::Bank)).filter_map(|bank| {
        let refreshes = list.iter().filter(|i| {
            device.command(i.command).row == RowEffect::Refreshes
                && device.topology.banks(node(device, i)).contains(&bank)
        });
        let found = refreshes.count() as u64;
        (found < (by / period).saturating_sub(1)).then_some((found, bank))
    });
    late.min().map_or(Ok(()), |(found, bank)| {
        let at = (found + 2) * period;
        Err(Violation::Refresh { bank, at, found, needed: found + 1 })
    })
}

/// In which each bank is refreshed once.
fn period(device: &Dram) -> u64 {
    let of_one = device.refresh_interval.map_or(0, |interval| interval.0);
    let geometry = &device.spec.geometry;
    match device.spec.refresh {
        Refresh::None | Refresh::AllBank => of_one,
        Refresh::PerBank => of_one * u64::from(geometry.banks),
        Refresh::SameBank => of_one * u64::from(geometry.banks / geometry.bank_groups),
    }
}
