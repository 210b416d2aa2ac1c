//! A command channel with data.

use super::lane::Lane;
use super::tile::{Place, TileData};
use super::{Fault, Operands, Placement};
use crate::device::Device;
use crate::family::RowEffect;
use crate::geometry::{Level, Node};
use crate::layout::Layout;
use crate::sequencer::{Issued, Sink};

/// Follows the rows of every bank and hands the other commands to the lanes.
#[derive(Debug)]
pub struct Functional<'d> {
    device: &'d Device,
    /// Per bank of the channel.
    open: Vec<Option<u32>>,
    /// Per bank of the channel, its place in its lane.
    unit: Vec<u32>,
    lanes: Vec<Lane>,
    fault: Option<Fault>,
}

impl<'d> Functional<'d> {
    pub(super) fn new(
        device: &'d Device,
        layout: &Layout,
        placement: Placement,
        places: &[Place],
        operands: Operands<'_>,
        vectors: u32,
    ) -> Self {
        let lane = |&place: &Place| {
            let tile = TileData::new(device, layout, placement, place, operands);
            Lane::new(device, placement, tile, vectors)
        };
        let banks = device.topology.count(Level::Bank) as usize;
        let mut unit = vec![0; banks];
        for index in 0..device.lanes() {
            let of_lane = device.topology.banks(Node { level: device.lane_level, index });
            (0..).zip(of_lane).for_each(|(place, &bank)| unit[bank as usize] = place);
        }
        Self {
            device,
            open: vec![None; banks],
            unit,
            lanes: places.iter().map(lane).collect(),
            fault: None,
        }
    }

    fn follow(&mut self, issued: &Issued) -> Result<(), Fault> {
        let device = self.device;
        let &Issued { command, target, row, column, lane, .. } = issued;
        let data = device.command(command);
        let banks = device.topology.banks(Node { level: data.reach, index: target });
        let becomes = match data.row {
            RowEffect::Opens(buffer) if buffer == device.pim_buffer => Some(row),
            RowEffect::NeedsAndCloses(buffer) | RowEffect::Closes(buffer)
                if buffer == device.pim_buffer =>
            {
                Some(None)
            }
            _ => None,
        };
        if let Some(row) = becomes {
            banks.iter().for_each(|&bank| self.open[bank as usize] = row);
        }
        let Some(lane) = self.lanes.get_mut(lane as usize) else { return Ok(()) };
        let roles = &device.roles;
        if command == roles.mac {
            let units = banks.iter().map(|&bank| bank as usize);
            let units = units.map(|bank| (self.unit[bank], self.open[bank]));
            lane.multiply(units, row.unwrap_or(0), column)
        } else if command == roles.write_vector {
            lane.write(column, false)
        } else if Some(command) == roles.write_vector_ahead {
            lane.write(column, true)
        } else if command == roles.read_result {
            lane.read(column)
        } else if Some(command) == roles.clear {
            lane.clear()
        } else {
            Ok(())
        }
    }

    /// Per lane that holds a tile: results per vector, output and bank.
    pub(super) fn finish(self) -> Result<Vec<Vec<f32>>, Fault> {
        match self.fault {
            Some(fault) => Err(fault),
            None => self.lanes.into_iter().map(Lane::finish).collect(),
        }
    }
}

impl Sink for Functional<'_> {
    fn issued(&mut self, issued: &Issued) {
        if self.fault.is_none() {
            self.fault = self.follow(issued).err();
        }
    }
}
