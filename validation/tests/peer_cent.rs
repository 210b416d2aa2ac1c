//! CENT's transformer block: the authors' closed forms to the last digit of their table, and channels that keep the rules of the
//! device. The cycles of all 611 rows are the claims `cent.*`.

use pim_dram::checker;
use pim_dram::device::Device;
use pim_dram::sequencer::Issued;
use proptest::prelude::*;
use validation::cent::block::Block;
use validation::cent::{Arrangement, Assumptions, CHANNELS, Model, table};
use validation::peers::Peer;
use validation::peers::aim::system::{Channels, Step, System};
use validation::peers::aim::{self, Instruction};

fn device() -> Device {
    Device::new(&Peer::Aim.spec(None).expect("shipped preset")).expect("valid device")
}

#[test]
fn links_and_units_take_what_the_table_says() {
    let assumptions = Assumptions::shipped().unwrap();
    let rows = table::rows(&assumptions).unwrap();
    assert_eq!(rows.len(), 611);
    for row in rows {
        let place = &row.arrangement;
        let units = assumptions.units.ns(place, row.length);
        let links = assumptions.links.ns(place);
        // The table has three digits after the point.
        assert!((units - row.units_ns).abs() < 1e-3, "{row:?}: units {units}");
        assert!((links - row.links_ns).abs() < 1e-3, "{row:?}: links {links}");
        let block = row.pim_cycles as f64 / 2.0 + units + links;
        assert!((block - row.block_ns).abs() < 2e-3, "{row:?}: block {block}");
    }
}

#[test]
fn a_model_that_is_not_assumed_is_named() {
    let error = Assumptions::shipped().unwrap().model("Llama9").unwrap_err();
    assert_eq!(error.to_string(), "no model of CENT is called `Llama9`");
}

/// Small enough to check every command, large enough for several rows, rounds and heads a channel.
fn toy(tensor: u32, channels: u32) -> Arrangement {
    let model =
        Model { name: "toy".to_owned(), dim: 2048, heads: 16, kv_heads: 8, ffn: 3000, blocks: 4 };
    Arrangement { model, devices: 4, pipeline: 4, tensor, channels }
}

#[test]
fn every_channel_of_a_block_keeps_the_rules() {
    let device = device();
    for (place, length) in [(toy(1, 8), 1100), (toy(1, 32), 70), (toy(2, 32), 1)] {
        let mut system = System::new(&device, CHANNELS, Vec::<Issued>::new()).unwrap();
        Block::new(&place, length).steps(&mut |step| system.run(step));
        let mut seen: Channels = 0;
        for (channels, list) in system.sinks() {
            assert_eq!(checker::check(&device, &list), Ok(()), "channels {channels:#x}");
            assert_eq!(seen & channels, 0, "a channel is of two kinds");
            seen |= channels;
        }
        assert_eq!(seen, Channels::from(u32::MAX));
    }
}

/// 32 writes wait at a channel at most, and a bank opens one row at a time: the 34th write of a conflict comes in when the first
/// two have left. ACT of row R at 1 + 101 R (nRCDWR 28 + nCWL 6 + nBL 2 + nWR 33 + nRP 32), so the second leaves at 102.
#[test]
fn what_does_not_fit_holds_up_all_channels() {
    let device = device();
    // When a read on the other channel may open its row.
    let opens = |writes: u32| {
        let mut system = System::new(&device, 2, Vec::<Issued>::new()).unwrap();
        for row in 0..writes {
            system.run(Step::One(0, Instruction::WriteBank { bank: 0, row }));
        }
        system.run(Step::One(1, Instruction::ReadBank { bank: 0, row: 0 }));
        let other = system.sinks().find(|&(channels, _)| channels == 0b10);
        other.map(|(_, list)| list[0].at.0)
    };
    assert_eq!(opens(0), Some(1));
    assert_eq!(opens(32), Some(33));
    assert_eq!(opens(33), Some(34));
    assert_eq!(opens(34), Some(104));
}

fn any_instruction() -> impl Strategy<Value = Instruction> {
    let place = (1_u32..=70, 0_u32..=15, 0_u32..=2);
    (0_u8..9, place).prop_map(|(kind, (columns, bank, row))| match kind {
        0 => Instruction::WriteBuffer { bursts: columns },
        1 => Instruction::WriteBias,
        2 => Instruction::ReadMac,
        3 => Instruction::ReadAf,
        4 => Instruction::MacAll { columns, row },
        5 => Instruction::WriteAll { row },
        6 => Instruction::Multiply { columns, row },
        7 => Instruction::CopyToBuffer { columns, bank, row },
        _ => Instruction::CopyToBank { columns, bank, row },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn channels_told_the_same_take_the_cycles_of_one(
        stream in proptest::collection::vec(any_instruction(), 1..60),
    ) {
        let device = device();
        let mut system = System::new(&device, CHANNELS, ()).unwrap();
        stream.iter().for_each(|&instruction| system.run(Step::First(CHANNELS, instruction)));
        prop_assert_eq!(system.end(), aim::run(&device, &stream, &mut ()).unwrap());
    }
}
