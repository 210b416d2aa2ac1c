//! The requests of a matrix-vector product: what each channel is sent for its share.

use pim_dram::device::Device;

use super::request::{Commands, Request};
use crate::peers::Product;

/// Outputs whose results move together, one burst of them.
pub(super) const RESULTS_A_MOVE: u64 = 16;

/// Outputs are dealt to channels and their bank groups, inputs to the banks of a group. Per vector: it is written to the
/// buffers of the four banks; each output is multiplied in all groups at once; after every 16th and the last their results
/// move, group by group and rank by rank.
pub(super) fn requests(
    device: &Device,
    commands: &Commands,
    product: &Product,
) -> impl Iterator<Item = Request> + use<> {
    let g = device.spec.geometry;
    let banks_a_group = g.banks / g.bank_groups;
    let groups = g.pseudo_channels * g.ranks * g.bank_groups;
    let bursts = u64::from(product.matrix.inputs.div_ceil(banks_a_group * device.pim.lanes));
    let units = u64::from(product.channels.max(1)) * u64::from(groups);
    let outputs = u64::from(product.matrix.outputs).div_ceil(units);
    let Commands { write_vector, move_result, .. } = *commands;

    let writes = move || {
        let banks = (0..banks_a_group).flat_map(move |bank| (0..bursts).map(move |_| bank));
        banks.map(move |bank| Request::Move { command: write_vector, bank })
    };
    let multiply = move |output: u64| {
        (output * bursts..(output + 1) * bursts).map(move |burst| {
            let (row, column) = (burst / u64::from(g.columns()), burst % u64::from(g.columns()));
            let within = |place: u64, of: u32| u32::try_from(place % u64::from(of)).unwrap_or(0);
            Request::Mac { bank: 0, row: within(row, g.rows), column: within(column, g.columns()) }
        })
    };
    let results = move |output: u64| {
        let due = (output + 1).is_multiple_of(RESULTS_A_MOVE) || output + 1 == outputs;
        let banks = (0..g.bank_groups).flat_map(move |group| {
            (0..g.ranks).map(move |rank| rank * g.banks + group * banks_a_group)
        });
        let moves = banks.map(move |bank| Request::Move { command: move_result, bank });
        let all = std::iter::once(Request::Barrier).chain(moves);
        all.take(if due { usize::MAX } else { 0 })
    };
    (0..product.tokens).flat_map(move |_| {
        writes()
            .chain([Request::Barrier])
            .chain((0..outputs).flat_map(move |output| multiply(output).chain(results(output))))
            .chain([Request::Barrier])
    })
}
