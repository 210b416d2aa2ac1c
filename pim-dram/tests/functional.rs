//! The commands of a product compute the product: bit by bit the plain one, and none other when commands are exchanged.

use crate::common::{
    any_device, any_order, any_split_device, cases, device, pim, plain, preset, presets, resolve,
    units,
};
use pim_dram::Ticks;
use pim_dram::alu::{Arithmetic, Format};
use pim_dram::device::{CommandId, Device};
use pim_dram::functional::{self, Fault, Operands, Placement};
use pim_dram::geometry::{Level, Node};
use pim_dram::layout::{Layout, Matrix};
use pim_dram::order::Order;
use pim_dram::pass::{Tile, result_bursts};
use pim_dram::sequencer::Issued;
use pim_dram::spec::{DeviceSpec, Refresh};
use proptest::prelude::*;

fn any_arithmetic() -> impl Strategy<Value = Arithmetic> {
    let element = prop_oneof![Just(Format::Bf16), Just(Format::Fp16)];
    let any = || prop_oneof![Just(Format::Bf16), Just(Format::Fp16), Just(Format::Fp32)];
    (element, any(), any()).prop_map(|(element, tree, accumulate)| Arithmetic {
        element,
        tree,
        accumulate,
    })
}

/// Random devices whose units have any number of lanes and any formats.
fn any_unit() -> impl Strategy<Value = DeviceSpec> {
    unit_of(any_device())
}

fn unit_of(devices: impl Strategy<Value = DeviceSpec>) -> impl Strategy<Value = DeviceSpec> {
    (devices, 1_u32..=17, any_arithmetic())
        .prop_map(|(mut spec, lanes, arithmetic)| {
            let (columns, bursts) = (spec.geometry.columns(), buffer(&spec));
            let g = &mut spec.geometry;
            (g.burst_bytes, g.row_bytes, g.rows) = (2 * lanes, 2 * lanes * columns, 8192);
            let pim = units(&mut spec);
            (pim.lanes, pim.vector_buffer_bytes) = (lanes, 2 * lanes * bursts);
            pim.arithmetic = arithmetic;
            spec
        })
        // Shorter bursts make more of them, and a refresh interrupts them all.
        .prop_filter("refresh leaves no time for work", |spec| resolve(spec).is_ok())
}

/// Which elements: around 1, any finite ones, any patterns.
#[derive(Clone, Copy, Debug)]
enum Range {
    Moderate,
    Finite,
    All,
}

fn any_range() -> impl Strategy<Value = Range> {
    prop_oneof![3 => Just(Range::Moderate), 2 => Just(Range::Finite), 1 => Just(Range::All)]
}

/// So many elements from a seed.
fn elements(format: Format, range: Range, seed: u64, count: usize) -> Vec<u16> {
    let (digits, _, bias) = plain::shape(format);
    let fraction = (1_u16 << (digits - 1)) - 1;
    let exponents = 0x7FFF & !fraction;
    let mut state = seed;
    let mut next = || {
        // splitmix64
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) as u16
    };
    let element = |bits: u16| match range {
        Range::All => bits,
        Range::Finite if bits & exponents == exponents => bits & !exponents,
        Range::Finite => bits,
        Range::Moderate => {
            let exponent = bias as u16 - (bits >> (digits - 1)) % 4;
            (bits & (0x8000 | fraction)) | (exponent << (digits - 1))
        }
    };
    (0..count).map(|_| element(next())).collect()
}

struct Case {
    device: Device,
    layout: Layout,
    weights: Vec<u16>,
    vectors: Vec<u16>,
}

impl Case {
    /// `None` where the matrix has no place.
    fn new(
        spec: &DeviceSpec,
        (outputs, inputs, lanes, tokens): (u32, u32, u32, u32),
        order: Order,
        range: Range,
        seed: u64,
    ) -> Option<Self> {
        let device = device(spec);
        let matrix = Matrix { outputs, inputs };
        let mut layout = Layout::plan(&device, matrix, lanes, Order::NoReuse, 1).ok()?;
        let fits = layout.tile.columns <= buffer(spec).min(spec.geometry.columns());
        if order != Order::RowOpen || fits {
            layout.tile.order = order;
        }
        let format = device.pim.arithmetic.element;
        let weights = elements(format, range, seed, (outputs * inputs) as usize);
        let vectors = elements(format, range, !seed, (tokens * inputs) as usize);
        Some(Self { device, layout, weights, vectors })
    }

    /// Bursts that are added up in an accumulator before the host adds the sums.
    fn chunk(&self) -> u32 {
        match self.layout.tile.order {
            Order::OutputStationary => self.layout.tile.columns,
            // An open row's vectors lie in the buffer whole.
            _ => buffer(&self.device.spec).min(self.layout.tile.columns),
        }
    }

    fn run(&self) -> Result<Vec<f32>, Fault> {
        functional::run(&self.device, &self.layout, self.operands())
    }

    fn operands(&self) -> Operands<'_> {
        Operands { weights: &self.weights, vectors: &self.vectors }
    }
}

/// Bursts of the vector buffer.
fn buffer(spec: &DeviceSpec) -> u32 {
    pim(spec).vector_buffer_bytes / spec.geometry.burst_bytes
}

fn same(found: &[f32], expected: &[f32]) -> bool {
    let alike = |(a, b): (&f32, &f32)| a.is_nan() && b.is_nan() || a.to_bits() == b.to_bits();
    found.len() == expected.len() && found.iter().zip(expected).all(alike)
}

/// Outputs, inputs, pseudo-channels, vectors.
fn any_shape() -> impl Strategy<Value = (u32, u32, u32, u32)> {
    (1_u32..=60, 1_u32..=200, 1_u32..=5, 1_u32..=4)
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn results_are_the_plain_ones_bit_by_bit(
        spec in prop_oneof![3 => any_unit(), 1 => unit_of(any_split_device())],
        shape in any_shape(),
        order in any_order(),
        range in any_range(),
        seed in any::<u64>(),
    ) {
        let case = Case::new(&spec, shape, order, range, seed);
        prop_assume!(case.is_some());
        let case = case.unwrap();
        let found = case.run().expect("a product");
        let expected =
            plain::product(&case.device.pim, &case.layout, case.chunk(), &case.weights, &case.vectors);
        prop_assert!(same(&found, &expected), "{:?}\n{:?}\n{:?}", case.layout, found, expected);
    }

    /// The bound of docs/src/model/pim.md, with 2^-24 for the host's sums in f32.
    #[test]
    fn results_are_close_to_the_exact_ones(
        spec in any_unit(),
        shape in any_shape(),
        order in any_order(),
        seed in any::<u64>(),
    ) {
        let case = Case::new(&spec, shape, order, Range::Moderate, seed);
        prop_assume!(case.is_some());
        let case = case.unwrap();
        let (pim, layout) = (&case.device.pim, &case.layout);
        let Arithmetic { element, tree, accumulate } = pim.arithmetic;
        let unit = |format: Format| 2_f64.powi(-plain::shape(format).0);
        let levels = 1 + pim.lanes.next_power_of_two().ilog2();
        let bursts = case.chunk();
        let parts = layout.slices * (1 + layout.tile.columns.div_ceil(bursts));
        let relative = (1.0 + unit(tree)).powi(levels as i32)
            * ((1.0 + unit(accumulate)) * (1.0 + unit(Format::Fp32))).powi(bursts as i32)
            * (1.0 + unit(element))
            * (1.0 + unit(Format::Fp32)).powi(parts as i32)
            - 1.0;
        let found = case.run().expect("a product");
        let inputs = layout.matrix.inputs as usize;
        let rows = case.vectors.chunks(inputs).flat_map(|x| {
            case.weights.chunks(inputs).map(move |w| (w, x))
        });
        for ((w, x), &y) in rows.zip(&found) {
            let products: Vec<f64> =
                w.iter().zip(x).map(|(&w, &x)| plain::value(element, w) * plain::value(element, x)).collect();
            let exact: f64 = products.iter().sum();
            let size: f64 = products.iter().map(|p| p.abs()).sum();
            prop_assert!(
                (f64::from(y) - exact).abs() <= relative * size,
                "{} for {}, at most {} off", y, exact, relative * size
            );
        }
    }
}

/// Two channels of each, in every loop order, on tiles cut for that order.
#[test]
fn shipped_devices_compute_a_product_of_an_odd_shape() {
    let matrix = Matrix { outputs: 130, inputs: 300 };
    for spec in presets::shipped() {
        let device = device(&spec);
        let format = device.pim.arithmetic.element;
        let weights = elements(format, Range::Moderate, 3, 130 * 300);
        let vectors = elements(format, Range::Moderate, 4, 3 * 300);
        let name = &spec.name;
        for order in [Order::NoReuse, Order::held(&device), Order::OutputStationary, Order::RowOpen]
        {
            let layout = Layout::plan(&device, matrix, 2 * device.lanes(), order, 3)
                .unwrap_or_else(|error| panic!("{name}, {order}: {error}"));
            let (weights, vectors) = (weights.clone(), vectors.clone());
            let case = Case { device: device.clone(), layout, weights, vectors };
            let found = case.run().unwrap_or_else(|fault| panic!("{name}, {order}: {fault}"));
            let expected = plain::product(
                &case.device.pim,
                &layout,
                case.chunk(),
                &case.weights,
                &case.vectors,
            );
            assert!(same(&found, &expected), "{name}, {order}: {layout:?}");
        }
    }
}

/// One pseudo-channel, full rows, and weights that are all different: 1 more at each address.
fn numbered(spec: &DeviceSpec, columns: u32, open: bool) -> Case {
    let mut spec = spec.clone();
    spec.refresh = Refresh::None;
    // Whole numbers in fp32: no rounding hides a difference.
    let bursts = buffer(&spec).max(2);
    let pim = units(&mut spec);
    pim.result_bytes = pim.result_bytes.max(4);
    pim.vector_buffer_bytes = 32 * bursts;
    let row = spec.geometry.columns();
    // No chunk of a single burst: two of them exchanged are the same sums in another order.
    let columns = if columns % buffer(&spec) == 1 { 2 } else { columns };
    let open = open && columns <= buffer(&spec).min(row);
    let device = device(&spec);
    let outputs = if open { row / columns * 2 } else { row };
    let order = if open { Order::RowOpen } else { Order::NoReuse };
    let tile = Tile { outputs, columns, order };
    let banks = device.banks_per_lane();
    let (lanes, placement) = (device.pim.lanes, Placement::of(&device, tile));
    let matrix = Matrix { outputs: outputs * banks, inputs: columns * lanes };
    let encode = |n: u32| Format::Bf16.encode(n as f32) as u16;
    let weight = |index: u32| {
        let (output, input) = (index / matrix.inputs, index % matrix.inputs);
        let (row_at, column) = placement.address(output / banks, input / lanes);
        encode(row_at * row + column + 1)
    };
    Case {
        weights: (0..matrix.outputs * matrix.inputs).map(weight).collect(),
        vectors: (0..2 * matrix.inputs).map(|index| encode(index / lanes + 1)).collect(),
        layout: Layout { matrix, lanes: 1, slices: 1, groups: 1, tile },
        device,
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn exchanged_columns_and_rows_show_in_the_results(
        spec in any_device(),
        columns in 2_u32..=6,
        open in any::<bool>(),
        pick in any::<[prop::sample::Index; 4]>(),
    ) {
        let case = numbered(&spec, columns, open);
        let list = functional::commands(&case.device, case.layout.tile, 2);
        let placement = Placement::of(&case.device, case.layout.tile);
        let replay = |list: &[Issued]| {
            functional::replay(&case.device, &case.layout, placement, case.operands(), list)
        };
        let right = replay(&list);
        prop_assert!(right.is_ok());

        let of = |command: CommandId| {
            (0..list.len())
                .filter(|&at| list[at].command == command && list[at].lane == 0)
                .collect::<Vec<_>>()
        };
        let macs = of(case.device.roles.mac);
        let [a, b] = [pick[0], pick[1]].map(|pick| *pick.get(&macs));
        if list[a].column != list[b].column {
            let mut wrong = list.clone();
            (wrong[a].column, wrong[b].column) = (list[b].column, list[a].column);
            prop_assert_ne!(replay(&wrong), right.clone(), "columns of {:?} and {:?}", list[a], list[b]);
        }
        let opened = of(case.device.roles.activate);
        let [a, b] = [pick[2], pick[3]].map(|pick| *pick.get(&opened));
        if list[a].row != list[b].row {
            let mut wrong = list.clone();
            (wrong[a].row, wrong[b].row) = (list[b].row, list[a].row);
            prop_assert_ne!(replay(&wrong), right.clone(), "rows of {:?} and {:?}", list[a], list[b]);
        }
        // Nor does a lost command go unnoticed. Results may be read later where an accumulator is free.
        let roles = &case.device.roles;
        let read = if case.device.pim.accumulators == 1 { roles.read_result } else { roles.mac };
        let kinds = [roles.mac, roles.write_vector, read];
        for command in kinds {
            let at = *pick[0].get(&of(command));
            let without: Vec<_> = list.iter().enumerate().filter(|&(i, _)| i != at).map(|(_, c)| *c).collect();
            prop_assert_ne!(replay(&without), right.clone(), "lost {:?}", list[at]);
        }
    }

    #[test]
    fn every_address_holds_its_burst(
        (outputs, columns, buffer, row) in (1_u32..9, 1_u32..14, 1_u32..6, 1_u32..9),
        order in any_order(),
    ) {
        let mut spec = preset();
        spec.geometry.row_bytes = 32 * row;
        units(&mut spec).vector_buffer_bytes = 32 * buffer;
        let order =
            if order == Order::RowOpen && columns > row { Order::NoReuse } else { order };
        let tile = Tile { outputs, columns, order };
        let device = device(&spec);
        let placement = Placement::of(&device, tile);
        prop_assert_eq!(placement.rows(), tile.rows(&device));
        let mut seen = Vec::new();
        for output in 0..outputs {
            for burst in 0..columns {
                let (at_row, column) = placement.address(output, burst);
                prop_assert!(at_row < placement.rows() && column < row);
                prop_assert_eq!(placement.at(at_row, column), Some((output, burst)));
                seen.push((at_row, column));
            }
        }
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), (outputs * columns) as usize);
    }
}

/// A loop order of another hand: outputs one after the other, each chunk of the vector written anew for each of them, its sum
/// kept in the accumulator over all chunks. The commands follow the rows; their time is of no matter here.
#[test]
fn an_accumulator_may_stay_over_chunks() {
    let (chunk, columns, outputs, tokens) = (2_u32, 5_u32, 7_u32, 3_u32);
    let mut spec = preset();
    spec.geometry.row_bytes = 32 * 4;
    units(&mut spec).vector_buffer_bytes = 32 * chunk;
    let device = device(&spec);
    let roles = &device.roles;
    let used = spec.geometry.columns();
    let group = outputs;
    let placement =
        Placement { outputs, columns, group, block: columns, chunk, used, held: 1, sends: outputs };
    let mut list = Vec::new();
    let mut open = None;
    let mut push = |command, target, row, column| {
        let because = None;
        list.push(Issued { at: Ticks(0), command, target, row, column, lane: 0, because });
    };
    for _ in 0..tokens {
        for output in 0..outputs {
            for burst in 0..columns {
                if burst % chunk == 0 {
                    let length = chunk.min(columns - burst);
                    (0..length).for_each(|slot| push(roles.write_vector, 0, None, slot));
                }
                let linear = output * columns + burst;
                let row = Some(linear / used);
                if open != row {
                    push(roles.precharge, 0, None, 0);
                    let whole = Node { level: Level::PseudoChannel, index: 0 };
                    for gang in device.topology.cover(whole, Level::Gang) {
                        push(roles.activate, gang, row, 0);
                    }
                    open = row;
                }
                push(roles.mac, 0, row, linear % used);
            }
            (0..result_bursts(&device, 1))
                .for_each(|burst| push(roles.read_result, 0, None, burst));
        }
    }
    let banks = device.banks_per_lane();
    let matrix = Matrix { outputs: outputs * banks - 3, inputs: columns * device.pim.lanes - 5 };
    let tile = Tile { outputs, columns, order: Order::OutputStationary };
    let layout = Layout { matrix, lanes: 1, slices: 1, groups: 1, tile };
    let size = |lines: u32| (lines * matrix.inputs) as usize;
    let weights = elements(Format::Bf16, Range::Moderate, 1, size(matrix.outputs));
    let vectors = elements(Format::Bf16, Range::Moderate, 2, size(tokens));
    let operands = Operands { weights: &weights, vectors: &vectors };
    let found = functional::replay(&device, &layout, placement, operands, &list).unwrap();
    assert!(same(&found, &plain::product(&device.pim, &layout, columns, &weights, &vectors)));
}

#[test]
fn operands_of_another_shape_are_refused() {
    let case = Case::new(&preset(), (30, 40, 2, 2), Order::NoReuse, Range::Moderate, 7).unwrap();
    let short = Operands { vectors: &case.vectors[1..], ..case.operands() };
    let found = functional::run(&case.device, &case.layout, short);
    assert!(matches!(found, Err(Fault::Shape { vectors: 79, .. })), "{found:?}");
    let tight = Layout { slices: 1, tile: Tile { columns: 2, ..case.layout.tile }, ..case.layout };
    let found = functional::run(&case.device, &tight, case.operands());
    assert!(matches!(found, Err(Fault::Shape { .. })), "{found:?}");
}
