//! Random streams of all commands of every family, host and PIM, issued as early as the channel says: the checker agrees.

use crate::common::{any_device, any_preset, dram};
use pim_dram::Ticks;
use pim_dram::channel::Channel;
use pim_dram::checker;
use pim_dram::device::CommandId;
use pim_dram::sequencer::Issued;
use pim_dram::spec::{ColumnPath, Refresh};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_the_channel_allows_the_checker_accepts_and_no_tick_earlier(
        spec in prop_oneof![any_device(), any_preset()],
        shared in any::<bool>(),
        choices in proptest::collection::vec((any::<u8>(), any::<u32>(), 0_u32..2, 0_u64..3), 1..250),
    ) {
        let mut spec = spec;
        spec.refresh = Refresh::None;
        if let Some(pim) = &mut spec.pim {
            pim.column_path = if shared { ColumnPath::Shared } else { ColumnPath::Separate };
        }
        let device = dram(&spec);
        let mut channel = Channel::new(&device);
        let mut list: Vec<Issued> = Vec::new();
        let mut now = Ticks(0);
        for (command, target, row, wait) in choices {
            let command = CommandId(command % device.commands.len() as u8);
            let target = target % device.topology.count(device.command(command).reach);
            if !channel.row_allows(command, target, Some(row)) {
                continue;
            }
            // Some commands dawdle; the others go as soon as they may.
            let from = now + Ticks(if wait == 0 { 7 } else { 0 });
            let earliest = channel.earliest(command, target);
            let at = device.align(command, earliest.at.max(from));
            let because =
                earliest.because.filter(|_| earliest.at > device.align(command, from));
            channel.issue(command, target, Some(row), at);
            list.push(Issued { at, command, target, row: Some(row), column: 0, lane: 0, because });
            now = at;
        }
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        prop_assert_eq!(checker::first_slack(&device, &list), None);
    }
}
