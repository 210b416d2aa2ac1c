//! Elementwise kernels of PIMSimulator: what its front end issues is legal, moves the data that it should, and computes what
//! it should.

use std::collections::BTreeMap;

use pim_dram::alu::{Arithmetic, Format};
use pim_dram::checker;
use pim_dram::sequencer::Issued;
use pim_dram::{Device, DeviceSpec};
use proptest::prelude::*;
use validation::peers::hbm_pim::{self, Kernel, Phase};
use validation::peers::{Peer, PeerError};

/// Elements of a tile on one pseudo-channel: eight bursts of 16 in each of 16 banks.
const TILE: u64 = 2048;
/// First rows of operands and result, and of the units' registers.
const ROWS: [u32; 3] = [0, 128, 256];
const REGISTER_ROW: u32 = 0x3fff;

type Burst = [u16; 16];
/// Bursts by bank, row and column.
type Memory = BTreeMap<(u32, u32, u32), Burst>;

fn device(refresh: bool) -> Device {
    let spec = Peer::HbmPim.spec(Some(refresh)).expect("shipped preset");
    Device::new(&spec).expect("valid device")
}

fn run(device: &Device, kernel: Kernel, elements: u64, channels: u32) -> (u64, Vec<Issued>) {
    let mut list = Vec::new();
    let cycles = hbm_pim::elementwise(device, kernel, elements, channels, &mut list);
    (cycles.expect("it fits"), list)
}

/// A step of the units' programs: eight bursts each.
#[derive(Clone, Copy)]
enum Step {
    Fill,
    Operate,
    Store,
}

fn program(kernel: Kernel) -> &'static [Step] {
    match kernel {
        Kernel::Add | Kernel::Mul => &[Step::Fill, Step::Operate, Step::Store],
        Kernel::Relu => &[Step::Fill, Step::Store],
    }
}

fn apply(kernel: Kernel, arithmetic: Arithmetic, left: u16, right: u16) -> u16 {
    let [left, right] = [left, right].map(|bits| Format::Fp16.decode(bits.into()));
    let value = match kernel {
        Kernel::Add => arithmetic.accumulate(left, right),
        Kernel::Mul => arithmetic.multiply(left, right),
        Kernel::Relu => left.max(0.0),
    };
    Format::Fp16.encode(value) as u16
}

/// Follows the column commands as the units would: each steps their program, which says what is done with the burst of the
/// even or the odd banks that the command names, and which register of a bank the low digit of its column names.
fn compute(device: &Device, kernel: Kernel, list: &[Issued], memory: &mut Memory) {
    let program = program(kernel);
    let mut registers = [[[0; 16]; 8]; 16];
    let (mut stepping, mut step) = (false, 0);
    for issued in list {
        let write = match &*device.command(issued.command).name {
            "RD" => false,
            "WR" => true,
            _ => continue,
        };
        let (Some(row), column) = (issued.row, issued.column) else { continue };
        if (write, issued.target, row, column) == (true, 0, REGISTER_ROW, 0) {
            (stepping, step) = (!stepping, 0);
            continue;
        }
        if !stepping {
            continue;
        }
        let parity = (step / 8 / program.len() % 2) as u32;
        assert_eq!(issued.target, parity, "the program is at the other banks");
        for bank in (parity..16).step_by(2) {
            let register = &mut registers[bank as usize][column as usize % 8];
            let place = (bank, row, column);
            let read = || memory.get(&place).copied().unwrap_or_else(|| panic!("{place:?}"));
            match (program[step / 8 % program.len()], write) {
                (Step::Fill, false) => {
                    let burst = read();
                    *register = match kernel {
                        Kernel::Relu => burst.map(|x| apply(kernel, device.pim.arithmetic, x, 0)),
                        Kernel::Add | Kernel::Mul => burst,
                    };
                }
                (Step::Operate, false) => {
                    let burst = read();
                    for (held, element) in register.iter_mut().zip(burst) {
                        *held = apply(kernel, device.pim.arithmetic, *held, element);
                    }
                }
                (Step::Store, true) => {
                    memory.insert(place, *register);
                }
                _ => panic!("the program does not expect {issued:?}"),
            }
        }
        step += 1;
    }
    assert!(!stepping, "the units still step");
}

/// Bit patterns of finite numbers, by bank, vector and burst.
fn pattern(bank: u32, vector: usize, burst: u32) -> Burst {
    std::array::from_fn(|lane| {
        let seed = (bank * 977 + vector as u32 * 131 + burst * 16 + lane as u32)
            .wrapping_mul(2_654_435_761);
        ((seed >> 16) & 0xbfff) as u16
    })
}

#[test]
fn results_are_those_of_the_operation() {
    let device = device(true);
    for kernel in Kernel::ALL {
        let tiles = 5;
        let mut memory = Memory::new();
        let operands = kernel.operands() as usize;
        for (bank, burst) in (0..16).flat_map(|bank| (0..8 * tiles).map(move |at| (bank, at))) {
            for (vector, row) in ROWS.into_iter().enumerate().take(operands) {
                let place = (bank, row + burst / 32, burst % 32);
                memory.insert(place, pattern(bank, vector, burst));
            }
        }
        let before = memory.len();
        let (_, list) = run(&device, kernel, TILE * u64::from(tiles), 1);
        compute(&device, kernel, &list, &mut memory);
        assert_eq!(memory.len() - before, 16 * 8 * tiles as usize);
        for (bank, burst) in (0..16).flat_map(|bank| (0..8 * tiles).map(move |at| (bank, at))) {
            let [left, right] = [0, 1].map(|vector| pattern(bank, vector, burst));
            let expected: Burst = std::array::from_fn(|lane| {
                let [x, y] = [left[lane], right[lane]].map(|bits| Format::Fp16.decode(bits.into()));
                // The product and the sum of two fp16 numbers are exact in f64.
                let exact = match kernel {
                    Kernel::Add => f64::from(x) + f64::from(y),
                    Kernel::Mul => f64::from(x) * f64::from(y),
                    Kernel::Relu => f64::from(x.max(0.0)),
                };
                // Both fit f32 or lie so far from a tie that rounding twice is rounding once.
                Format::Fp16.encode(exact as f32) as u16
            });
            let found = memory[&(bank, ROWS[2] + burst / 32, burst % 32)];
            assert_eq!(found, expected, "{kernel:?} bank {bank} burst {burst}");
        }
    }
}

#[test]
fn every_burst_is_touched_once() {
    let device = device(false);
    for (kernel, reads) in [(Kernel::Add, 4), (Kernel::Mul, 4), (Kernel::Relu, 2)] {
        let (_, list) = run(&device, kernel, TILE * 7, 1);
        let count = |name: &str| {
            list.iter().filter(|issued| device.command(issued.command).name == name).count()
        };
        // Every bank is read before and after, sixteen each.
        assert_eq!(count("RD"), 7 * 8 * reads + 32);
        // Four writes to enter all-bank mode, one of the program, two that set the mode of the units, two to leave.
        assert_eq!(count("WR"), 7 * 8 * 2 + 9);
    }
}

#[test]
fn vectors_that_meet_are_refused() {
    let found =
        |elements| hbm_pim::elementwise(&device(false), Kernel::Add, elements, 1, &mut ()).err();
    let most = TILE * 512;
    assert!(found(most).is_none());
    let refused = found(most + 1);
    assert!(
        matches!(refused, Some(PeerError::Elements { most: limit, .. }) if limit == most),
        "{refused:?}"
    );
}

/// A refresh that finds no cycle with all banks closed until the next one falls due is lost: in the stream of GEMV
/// 4096x4096 eight of nine are left. The one that falls due at 5,850 in the stream of ADD of 1 M elements still waits at its
/// end.
#[test]
fn streams_move_their_data_and_may_miss_refreshes() {
    let device = device(true);
    let gemv = [Phase::Read(16388), Phase::Write(4), Phase::Read(4), Phase::Write(4)];
    let add = [Phase::Read(2048), Phase::Write(1024)];
    for (phases, expected) in [(&gemv[..], [16392, 8, 8]), (&add[..], [2048, 1024, 1])] {
        let mut list = Vec::new();
        let cycles = hbm_pim::host(&device, phases, &mut list).expect("shipped preset");
        let count = |name: &str| {
            list.iter().filter(|issued| device.command(issued.command).name == name).count() as u64
        };
        let [reads, writes, refreshes] = expected;
        assert_eq!([count("RD"), count("WR"), count("REF")], expected);
        assert!(cycles > 2 * (reads + writes) + 350 * refreshes, "too fast: {cycles}");
    }
}

/// What the device keeps of the rules, its host keeps; but for refresh, which is the rules' in number and the host's in time.
#[test]
fn streams_without_refresh_are_legal() {
    let device = device(false);
    let mut list = Vec::new();
    let phases = [Phase::Read(1100), Phase::Write(700), Phase::Read(5)];
    hbm_pim::host(&device, &phases, &mut list).expect("shipped preset");
    assert_eq!(checker::check(&device, &list), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// On the compat device and with every deviation taken back.
    #[test]
    fn any_kernel_gives_a_legal_stream(
        kernel in prop::sample::select(Kernel::ALL.to_vec()),
        elements in 1_u64..60_000,
        channels in 1_u32..4,
        refresh in any::<bool>(),
    ) {
        let compat = Peer::HbmPim.spec(Some(refresh)).unwrap();
        let strict = DeviceSpec { deviations: Vec::new(), ..compat.clone() };
        for spec in [compat, strict] {
            let device = Device::new(&spec).unwrap();
            let (cycles, list) = run(&device, kernel, elements, channels);
            prop_assert_eq!(checker::check(&device, &list), Ok(()));
            prop_assert_eq!(list.last().map(|last| last.at.0 + 24), Some(cycles));
        }
    }
}
