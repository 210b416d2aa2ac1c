//! The GDDR6-AiM simulator, cycle by cycle: its figures, and that every stream keeps the rules of the device.

use pim_dram::checker;
use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::sequencer::Issued;
use pim_dram::spec::DeviceSpec;
use proptest::prelude::*;
use validation::golden::aim::Gemv;
use validation::golden::runs;
use validation::peers::aim::instructions::{self, Limits, Problem};
use validation::peers::aim::{self, Instruction};
use validation::peers::{Peer, PeerError, Product};

fn device(refresh: Option<bool>) -> Device {
    Device::new(&Peer::Aim.spec(refresh).expect("shipped preset")).expect("valid device")
}

fn limits(device: &Device) -> Limits {
    Limits { banks: device.spec.geometry.banks, rows: device.spec.geometry.rows }
}

fn parsed(text: &str) -> Vec<Instruction> {
    instructions::parse("test", text, limits(&device(None))).expect("valid text")
}

fn product(outputs: u32, inputs: u32, tokens: u32, channels: u32, order: Option<Order>) -> Product {
    Product { matrix: Matrix { outputs, inputs }, tokens, channels, order }
}

fn count(device: &Device, list: &[Issued], name: &str) -> usize {
    list.iter().filter(|issued| device.command(issued.command).name == name).count()
}

/// Its cycles are a claim, as are those of instruction streams.
#[test]
fn every_product_takes_the_commands_that_the_simulator_gives() {
    let device = device(None);
    for row in runs::<Gemv>().unwrap() {
        let mut list: Vec<Issued> = Vec::new();
        aim::gemv(&device, &row.product().unwrap(), &mut list).unwrap();
        let expected = [
            ("ACT16", row.ACT16),
            ("PREA", row.PREA),
            ("MAC16", row.MAC16),
            ("WRGB", row.WRGB),
            ("WRMAC16", row.WRMAC16),
            ("RDMAC16", row.RDMAC16),
            ("TMOD", row.TMOD),
            ("REFab", row.REFab),
        ];
        for (name, times) in expected {
            assert_eq!(count(&device, &list, name) as u64, times, "{name} of {row:?}");
        }
    }
}

fn assert_legal(device: &Device, list: &[Issued]) {
    assert_eq!(checker::check(device, list), Ok(()));
    assert_eq!(checker::first_slack(device, list), None);
}

#[test]
fn products_keep_the_rules_with_and_without_refresh() {
    for refresh in [false, true] {
        let device = device(Some(refresh));
        for order in ["no-reuse", "reuse-gb:3", "output-stationary"] {
            let product = product(600, 2100, 3, 2, Some(order.parse().unwrap()));
            let mut list: Vec<Issued> = Vec::new();
            let cycles = aim::gemv(&device, &product, &mut list).unwrap();
            assert_eq!(cycles, list.last().unwrap().at.0 + 4);
            assert_eq!(count(&device, &list, "REFab") > 0, refresh);
            assert!(list.windows(2).all(|pair| pair[0].at < pair[1].at), "one command a cycle");
            assert_legal(&device, &list);
        }
    }
}

/// Refresh due at 7800 while registers are written: TMOD at 7800, no row open, REFab 32 later, TMOD a cycle after that (the
/// displaced WRGB has waited long enough), and 32 later the writing goes on.
#[test]
fn a_refresh_among_register_writes_changes_the_mode_twice() {
    let device = device(Some(true));
    let mut list: Vec<Issued> = Vec::new();
    aim::run(&device, &parsed("WR_GB 4000\nEOC"), &mut list).unwrap();
    let first = list.iter().position(|issued| issued.at.0 >= 7800).unwrap();
    let seen: Vec<_> = list[first - 1..first + 4]
        .iter()
        .map(|issued| (device.command(issued.command).name.as_str(), issued.at.0))
        .collect();
    let expected =
        [("WRGB", 7799), ("TMOD", 7800), ("REFab", 7832), ("TMOD", 7833), ("WRGB", 7865)];
    assert_eq!(seen, expected);
    assert_legal(&device, &list);
}

/// Refresh due at 7800, when EOC would be taken: the row is closed first (the last MAC16 at 7799 + nRTP 12), REFab nRP 32 later.
#[test]
fn a_refresh_that_is_due_goes_before_eoc() {
    let device = device(Some(true));
    // ACT16 at 1, MAC16 at 57, 59, ..., 57 + 2 * 3871 = 7799.
    assert_eq!(aim::run(&device, &parsed("MAC_ABK 3872 0\nEOC"), &mut ()).unwrap(), 7845);
    assert_eq!(aim::run(&device, &parsed("MAC_ABK 3871 0\nEOC"), &mut ()).unwrap(), 7799);
}

/// Two plain reads: the first opens its row and leaves the queue, the second hits at 39 and leaves; EOC then waits for data.
#[test]
fn eoc_waits_for_plain_reads_that_have_issued() {
    let text = "RD_SBK 3 7\nRD_SBK 3 7\nEOC";
    assert_eq!(aim::run(&device(None), &parsed(text), &mut ()).unwrap(), 39 + 52 + 1);
}

#[test]
fn a_device_without_any_one_deviation_is_a_device() {
    let spec = Peer::Aim.spec(None).unwrap();
    for place in 0..spec.deviations.len() {
        let mut spec = spec.clone();
        let removed = spec.deviations.remove(place);
        let device = Device::new(&spec).unwrap_or_else(|error| panic!("{}: {error}", removed.name));
        let mut list: Vec<Issued> = Vec::new();
        aim::gemv(&device, &product(100, 700, 2, 2, None), &mut list).unwrap();
        assert_legal(&device, &list);
    }
}

#[test]
fn the_strict_device_refreshes_and_does_not_read_results_early() {
    let device = Device::new(&DeviceSpec::preset("gddr6-aim").unwrap()).unwrap();
    let mut list: Vec<Issued> = Vec::new();
    // Its rules hold for the simulator's stream too: a deviation that is missing makes it later, never illegal.
    let strict = aim::gemv(&device, &product(4096, 4096, 1, 32, None), &mut list).unwrap();
    assert_eq!(checker::check(&device, &list), Ok(()));
    assert!(strict > 9664, "{strict}");
    assert_eq!(count(&device, &list, "REFab") as u64, list.last().unwrap().at.0 / 3800);
}

#[test]
fn an_order_that_the_host_does_not_have_is_refused() {
    let error = aim::gemv(&device(None), &product(1, 1, 1, 1, Some(Order::RowOpen)), &mut ());
    assert!(matches!(error, Err(PeerError::Order { peer: "aim", .. })), "{error:?}");
}

#[test]
fn wrong_lines_are_named_all_at_once() {
    let text =
        "# a comment\nMAC_ABK 64 0 # row 0\nMAC_ALL 64\nMAC_SBK 0 16 1\nWR_GB\nEOC\nWR_BIAS\n";
    let errors = instructions::parse("x.aim", text, limits(&device(None))).unwrap_err();
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let mnemonics = "WR_GB, WR_BIAS, RD_MAC, RD_AF, MAC_ABK, MAC_SBK, AF, EWMUL, COPY_BKGB, COPY_GBBK, RD_SBK, WR_SBK, WR_ABK, EOC";
    assert_eq!(
        texts,
        [
            format!(
                "x.aim:3: no instruction is called `MAC_ALL` (did you mean `MAC_ABK`?); there is {mnemonics}"
            ),
            "x.aim:4: opsize is `0`; it is a whole number from 1 to 1048576".to_owned(),
            "x.aim:4: bank is `16`; it is a whole number from 0 to 15".to_owned(),
            "x.aim:5: `WR_GB opsize` takes 1 operands, not 0".to_owned(),
            "x.aim:7: `WR_BIAS` comes after EOC, which ends the stream".to_owned(),
        ]
    );
    let errors = instructions::parse("x.aim", "", limits(&device(None))).unwrap_err();
    assert_eq!((errors[0].line, &errors[0].problem), (1, &Problem::NoEnd));
}

/// EOC follows the data of the last results, and the refresh that falls due meanwhile.
fn end(device: &Device, list: &[Issued]) -> u64 {
    let results = list.iter().rfind(|issued| device.command(issued.command).name == "RDMAC16");
    (results.unwrap().at.0 + 4).max(list.last().unwrap().at.0 + 2)
}

#[test]
fn a_refresh_that_falls_due_before_the_end_is_waited_for() {
    let device = device(Some(true));
    let mut list: Vec<Issued> = Vec::new();
    let product = product(193, 2369, 3, 1, Some(Order::NoReuse));
    let cycles = aim::gemv(&device, &product, &mut list).unwrap();
    let last = list.last().unwrap();
    assert_eq!(device.command(last.command).name, "REFab");
    assert_eq!((last.at.0, cycles), (31_264, 31_266));
    assert_eq!(cycles, end(&device, &list));
}

fn any_order() -> impl Strategy<Value = Order> {
    let held = (1_u32..=40).prop_map(|held| format!("reuse-gb:{held}").parse().expect("an order"));
    prop_oneof![Just(Order::NoReuse), Just(Order::OutputStationary), held]
}

fn any_instruction() -> impl Strategy<Value = Instruction> {
    let place = (1_u32..=5, 0_u32..=15, 0_u32..=2);
    (0_u8..13, place).prop_map(|(kind, (columns, bank, row))| match kind {
        0 => Instruction::WriteBuffer { bursts: columns },
        1 => Instruction::WriteBias,
        2 => Instruction::ReadMac,
        3 => Instruction::ReadAf,
        4 => Instruction::MacAll { columns, row },
        5 => Instruction::MacBank { columns, bank, row },
        6 => Instruction::Activate,
        7 => Instruction::Multiply { columns, row },
        8 => Instruction::CopyToBuffer { columns, bank, row },
        9 => Instruction::CopyToBank { columns, bank, row },
        10 => Instruction::ReadBank { bank, row },
        11 => Instruction::WriteAll { row },
        _ => Instruction::WriteBank { bank, row },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_product_keeps_the_rules(
        (outputs, inputs, tokens, channels) in (1_u32..300, 1_u32..2500, 1_u32..4, 1_u32..8),
        order in any_order(),
        refresh in any::<bool>(),
    ) {
        let device = device(Some(refresh));
        let mut list: Vec<Issued> = Vec::new();
        let product = product(outputs, inputs, tokens, channels, Some(order));
        let cycles = aim::gemv(&device, &product, &mut list).unwrap();
        prop_assert_eq!(cycles, end(&device, &list));
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        // Every weight is multiplied once a token.
        let slots = outputs.div_ceil(16 * channels) as usize;
        prop_assert_eq!(count(&device, &list, "MAC16"), slots * inputs.div_ceil(16) as usize * tokens as usize);
    }

    #[test]
    fn any_stream_keeps_the_rules(
        stream in proptest::collection::vec(any_instruction(), 1..200),
        refresh in any::<bool>(),
    ) {
        let device = device(Some(refresh));
        let mut list: Vec<Issued> = Vec::new();
        let cycles = aim::run(&device, &stream, &mut list).unwrap();
        prop_assert!(cycles > list.last().map_or(0, |last| last.at.0));
        assert_legal(&device, &list);
    }
}
