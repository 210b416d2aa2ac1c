//! The open rows of every bank.

use super::Violation;
use crate::dram::Dram;
use crate::family::{Buffer, RowEffect};
use crate::geometry::{Level, Node, Topology};
use crate::sequencer::Issued;

/// Per buffer and bank, the open row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    open: [Vec<Option<u32>>; 2],
    /// Per level and node, its banks.
    banks: [Vec<Vec<u32>>; Level::ALL.len()],
}

impl Rows {
    /// All closed.
    pub(super) fn new(topology: &Topology) -> Self {
        let count = topology.count(Level::Bank) as usize;
        let banks = Level::ALL.map(|level| {
            let banks = |index| topology.banks(Node { level, index }).to_vec();
            (0..topology.count(level)).map(banks).collect()
        });
        Self { open: [vec![None; count], vec![None; count]], banks }
    }

    /// Checks a command against the open rows and changes them.
    pub(super) fn apply(
        &mut self,
        dram: &Dram,
        index: usize,
        issued: &Issued,
    ) -> Result<(), Violation> {
        let data = dram.command(issued.command);
        let banks = &self.banks[data.reach as usize][issued.target as usize];
        let open = &mut self.open;
        let expect = |row: &[Option<u32>], buffer: Buffer, needed: Option<u32>| {
            let wrong = banks.iter().copied().find(|&bank| row[bank as usize] != needed);
            wrong.map_or(Ok(()), |bank| {
                Err(Violation::Row {
                    index,
                    command: data.name.clone(),
                    at: issued.at.0,
                    bank,
                    found: describe(buffer, row[bank as usize]),
                    needed: describe(buffer, needed),
                })
            })
        };
        let named = || {
            let at = issued.at.0;
            issued.row.ok_or_else(|| Violation::NoRow { index, command: data.name.clone(), at })
        };
        match data.row {
            RowEffect::Ignores => {}
            RowEffect::Opens(buffer) => {
                let (row, open) = (named()?, &mut open[buffer as usize]);
                expect(open, buffer, None)?;
                banks.iter().for_each(|&bank| open[bank as usize] = Some(row));
            }
            RowEffect::Needs(buffer) => expect(&open[buffer as usize], buffer, Some(named()?))?,
            RowEffect::NeedsAndCloses(buffer) => {
                let (row, open) = (named()?, &mut open[buffer as usize]);
                expect(open, buffer, Some(row))?;
                banks.iter().for_each(|&bank| open[bank as usize] = None);
            }
            RowEffect::Closes(buffer) => {
                let open = &mut open[buffer as usize];
                banks.iter().for_each(|&bank| open[bank as usize] = None);
            }
            RowEffect::Closed | RowEffect::Refreshes => {
                for buffer in [Buffer::Host, Buffer::Pim] {
                    expect(&open[buffer as usize], buffer, None)?;
                }
            }
        }
        Ok(())
    }
}

fn describe(buffer: Buffer, row: Option<u32>) -> String {
    row.map_or_else(
        || format!("no {buffer:?} row open"),
        |row| format!("{buffer:?} row {row} open"),
    )
}
