//! Where a head's keys and values lie, and the requests that a channel needs for each part of its attention.

use pim_dram::device::Device;
use pim_dram::geometry::Geometry;

use super::attention::Attention;
use super::gemv::RESULTS_A_MOVE;
use super::request::{Commands, Request, Unit};

/// Tokens that the peer's generators set room aside for, and where values begin in a bank, in bytes.
const ROOM_TOKENS: u64 = 4096;
const VALUES_FROM: u64 = 1 << 23;

/// One head on one channel.
pub(super) struct Plan {
    geometry: Geometry,
    commands: Commands,
    unit: Unit,
    /// Bytes from one head to the next within a bank; the generators count one byte an element.
    head_bytes: u64,
    /// Keys of the head that each unit holds.
    keys: u64,
    /// Bursts of a key in one bank, which is also the number of passes over the values.
    bursts: u64,
    /// Bursts of probabilities that a unit needs.
    operands: u64,
}

impl Plan {
    pub(super) fn new(device: &Device, commands: Commands, attention: &Attention) -> Self {
        let &Attention { unit, length, head_elements, element_bytes, .. } = attention;
        let geometry = device.spec.geometry;
        let g = &geometry;
        let (length, elements) = (u64::from(length), u64::from(head_elements));
        let lanes = u64::from((g.burst_bytes / element_bytes.max(1)).max(1));
        // Keys are dealt to units; where units are at banks, those of a bank group share the elements.
        let units = match unit {
            Unit::Bank | Unit::BankGroup => g.pseudo_channels * g.ranks * g.bank_groups,
            Unit::Buffer => g.pseudo_channels,
        };
        let sharing = if unit == Unit::Bank { g.banks / g.bank_groups } else { 1 };
        let banks = u64::from(g.pseudo_channels * g.banks_per_pseudo_channel());
        Self {
            geometry,
            commands,
            unit,
            head_bytes: (ROOM_TOKENS * elements).div_ceil(banks),
            keys: length.div_ceil(units.into()),
            bursts: elements.div_ceil(u64::from(sharing) * lanes),
            operands: length.div_ceil(u64::from(units) * lanes),
        }
    }

    /// Groups of keys whose results move together.
    pub(super) fn score_groups(&self) -> u64 {
        self.keys.div_ceil(RESULTS_A_MOVE)
    }

    pub(super) fn context_passes(&self) -> u64 {
        self.bursts
    }

    /// The head's vector to the buffers.
    pub(super) fn writes(&self) -> Vec<Request> {
        let sharing = if self.unit == Unit::Bank { self.banks_a_group() } else { 1 };
        let banks = (0..sharing).flat_map(|bank| (0..self.bursts).map(move |_| bank));
        banks.map(|bank| Request::Move { command: self.commands.write_vector, bank }).collect()
    }

    pub(super) fn scores(&self, round: u32, group: u64) -> Vec<Request> {
        let first = group * RESULTS_A_MOVE;
        let last = self.keys.min(first + RESULTS_A_MOVE);
        let from = u64::from(round) * self.head_bytes;
        (first * self.bursts..last * self.bursts).map(|burst| self.mac(from, burst)).collect()
    }

    pub(super) fn context(&self, round: u32, pass: u64) -> Vec<Request> {
        let from = u64::from(round) * self.head_bytes + VALUES_FROM;
        (pass * self.keys..(pass + 1) * self.keys).map(|burst| self.mac(from, burst)).collect()
    }

    pub(super) fn score_results(&self) -> Vec<Request> {
        let g = &self.geometry;
        let (a_group, ranks, of_rank) = (self.banks_a_group(), g.ranks, g.banks);
        let banks: Vec<u32> = match self.unit {
            Unit::Bank | Unit::BankGroup => (0..g.bank_groups)
                .flat_map(|group| (0..ranks).map(move |rank| rank * of_rank + group * a_group))
                .collect(),
            Unit::Buffer => vec![0],
        };
        self.results(&banks)
    }

    pub(super) fn context_results(&self) -> Vec<Request> {
        let g = &self.geometry;
        let (ranks, of_rank) = (g.ranks, g.banks);
        let banks: Vec<u32> = match self.unit {
            Unit::Bank => (0..self.banks_a_group())
                .flat_map(|bank| (0..ranks).map(move |rank| rank * of_rank + bank))
                .collect(),
            Unit::BankGroup => (0..ranks).map(|rank| rank * of_rank).collect(),
            Unit::Buffer => vec![0],
        };
        self.results(&banks)
    }

    pub(super) fn softmax(&self) -> Request {
        Request::Move { command: self.commands.softmax, bank: 0 }
    }

    /// The probabilities to the buffers.
    pub(super) fn operands(&self) -> Vec<Request> {
        let g = &self.geometry;
        let groups = match self.unit {
            Unit::Bank | Unit::BankGroup => g.ranks * g.bank_groups,
            Unit::Buffer => 1,
        };
        let a_group = self.banks_a_group();
        let banks = (0..groups).flat_map(|group| (0..self.operands).map(move |_| group * a_group));
        banks.map(|bank| Request::Move { command: self.commands.move_operand, bank }).collect()
    }

    fn results(&self, banks: &[u32]) -> Vec<Request> {
        let command = self.commands.move_result;
        banks.iter().map(|&bank| Request::Move { command, bank }).collect()
    }

    fn banks_a_group(&self) -> u32 {
        self.geometry.banks / self.geometry.bank_groups
    }

    /// The `burst`-th burst of a matrix that begins `from` bytes into the banks. Units at bank groups go through a row and then
    /// to the next bank; the buffer die goes through bank groups, then banks, then the row.
    fn mac(&self, from: u64, burst: u64) -> Request {
        let g = &self.geometry;
        let a_group = u64::from(self.banks_a_group());
        let (columns, rows) = (u64::from(g.columns()), u64::from(g.rows));
        let (bank, place) = match self.unit {
            Unit::Bank => (0, burst),
            Unit::BankGroup => {
                let (row, column) = (burst / columns, burst % columns);
                (row % a_group, row / a_group * columns + column)
            }
            Unit::Buffer => {
                let groups = u64::from(g.ranks * g.bank_groups);
                let (round, group) = (burst / groups, burst % groups);
                (group * a_group + round % a_group, round / a_group)
            }
        };
        let at = from / u64::from(g.burst_bytes) + place;
        let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        Request::Mac {
            bank: small(bank),
            row: small(at / columns % rows),
            column: small(at % columns),
        }
    }
}
