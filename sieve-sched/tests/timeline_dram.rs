//! Timelines of a DRAM channel: every command of the window once, one thing at a time on every bus, bank and unit.

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::family::{Bus, RowEffect};
use pim_dram::gemv::Gemv;
use pim_dram::geometry::Level;
use pim_dram::job::Job;
use pim_dram::layout::Matrix;
use pim_dram::sequencer::{Arbitration, Issued, Sequencer, Sink};
use pim_dram::spec::{Delay, PRESETS};
use pim_dram::traffic::{Load, measure};
use sieve_sched::config::load_device;
use sieve_sched::time::ZERO;
use sieve_sched::timeline::dram::{Watch, Watched};
use sieve_sched::timeline::{Slice, Window, perfetto};

use crate::common::perfetto::File;

/// A product long enough to be refreshed now and then.
const MATRIX: Matrix = Matrix { outputs: 512, inputs: 512 };
const VECTORS: u32 = 4;

fn devices() -> impl Iterator<Item = Device> {
    let specs = PRESETS.iter().map(|(name, _)| load_device(name).unwrap());
    specs.filter(|spec| spec.pim.is_some()).map(|spec| Device::new(&spec).unwrap())
}

fn device(name: &str) -> Device {
    Device::new(&load_device(name).unwrap()).unwrap()
}

/// Shows the commands of a product to a sink.
fn product(device: &Device, sink: &mut impl Sink) {
    let layout = Gemv::simulate(device, MATRIX, VECTORS, 1, None).unwrap().layout;
    let (mut sequencer, mut now) = (Sequencer::new(device), Ticks(0));
    for pass in (Job { tile: layout.tile, vectors: VECTORS }).passes(device, 0, None) {
        now = sequencer.run(&pass, now, sink).issued;
    }
}

fn watched(device: &Device, commands: &[Issued], window: Window) -> (Watched, File) {
    let mut watch = Watch::new(device, Some(device), window);
    commands.iter().for_each(|issued| watch.issued(issued));
    let watched = watch.finish("a channel", Slice::new("window", ZERO, ZERO));
    let file = File::check(&perfetto::encode(&watched.timeline));
    (watched, file)
}

#[test]
fn every_command_of_every_device_stands_on_its_bus_and_where_it_works() {
    let mut seen = 0;
    for device in devices() {
        let name = &device.spec.name;
        let mut commands: Vec<Issued> = Vec::new();
        product(&device, &mut commands);
        let (watched, file) = watched(&device, &commands, Window::ALL);
        assert_eq!([watched.commands, watched.shown], [commands.len() as u64; 2], "{name}");
        // GDDR6-AiM spaces what follows a result by tCLREG, but counts it as read after tCL. AttAcc spaces a vector write after
        // a result by nBL alone, although its burst comes after tCWL and that of the result after tCL.
        let overlaps = ["gddr6-aim", "attacc-hbm3"].contains(&name.as_str());
        assert_eq!(watched.cut > 0, overlaps, "{name}: {} cut", watched.cut);
        let count = |of: &dyn Fn(&Issued) -> u64| commands.iter().map(of).sum::<u64>();
        let on = |bus: Bus| count(&|issued| u64::from(device.command(issued.command).bus == bus));
        assert_eq!(file.busy("row bus").1, on(Bus::Row), "{name}");
        assert_eq!(file.busy("column bus").1, on(Bus::Column), "{name}");
        let reached = |issued: &Issued| device.reached(issued.command, issued.target).len() as u64;
        let effect = |issued: &Issued| device.command(issued.command).row;
        // Rows opened, and refreshes, which stand on every row buffer of a bank.
        let opened = count(&|issued| match effect(issued) {
            RowEffect::Opens(_) => reached(issued),
            _ => 0,
        });
        let rows = file.slices.iter().filter(|s| s.track.1.ends_with("row") && s.depth == 0);
        let (open, refreshes): (Vec<_>, Vec<_>) = rows.partition(|s| s.name.starts_with("row "));
        assert_eq!(open.len() as u64, opened, "{name}");
        let opens = |buffer| device.commands.iter().any(|c| c.row == RowEffect::Opens(buffer));
        let buffers = [pim_dram::family::Buffer::Host, pim_dram::family::Buffer::Pim];
        let buffers = buffers.into_iter().filter(|&buffer| opens(buffer)).count() as u64;
        let refreshed = count(&|issued| match effect(issued) {
            RowEffect::Refreshes => buffers * reached(issued),
            _ => 0,
        });
        assert_eq!(refreshes.len() as u64, refreshed, "{name}");
        seen += refreshed;
        // Column commands within open rows.
        let within = file.slices.iter().filter(|s| s.depth == 1).count() as u64;
        let needing = count(&|issued| effect(issued).needs().map_or(0, |_| reached(issued)));
        assert_eq!(within, needing, "{name}");
        let macs = count(&|issued| u64::from(issued.command == device.roles.mac));
        let units = file.slices.iter().filter(|s| s.track.1.starts_with("PIM units of"));
        assert_eq!(units.count() as u64, macs, "{name}");
        let roles = &device.roles;
        let moves = [Some(roles.write_vector), roles.write_vector_ahead, Some(roles.read_result)];
        let bursts = count(&|issued| {
            let node = device.node(issued.command, issued.target);
            let buses = device.topology.cover(node, Level::PseudoChannel).len() as u64;
            u64::from(moves.contains(&Some(issued.command))) * buses
        });
        assert_eq!(file.busy("data bus").1, bursts, "{name}");
    }
    assert!(seen > 0, "nothing was refreshed");
}

#[test]
fn a_short_product_in_cycles() {
    // By hand, of the device file: 500 ps a clock, tCL 28, tCWL 14, nBL 2, tCCD_L 4.
    let device = device("sieve-hbm3e");
    let mut commands: Vec<Issued> = Vec::new();
    product(&device, &mut commands);
    let (_, file) = watched(&device, &commands, Window::ALL);
    let [write, read, mac] = ["VWR", "RDRES", "MAC"].map(|name| file.first("column bus", name));
    assert_eq!((write.start, write.end), (0, 500));
    let data = file.first("data bus", "VWR");
    assert_eq!((data.start, data.end), (14 * 500, 16 * 500));
    let data = file.first("data bus", "RDRES");
    assert_eq!((data.start, data.end), (read.start + 28 * 500, read.start + 30 * 500));
    let units = file.first("PIM units of pseudo channel 0", "MAC");
    assert_eq!((units.start, units.end), (mac.start, mac.start + 4 * 500));
    assert_eq!(mac.args["cycle"], (mac.start / 500).to_string());
}

#[test]
fn windows_hold_what_happens_in_them() {
    let device = device("sieve-hbm3e");
    let mut commands: Vec<Issued> = Vec::new();
    product(&device, &mut commands);
    let (_, all) = watched(&device, &commands, Window::ALL);
    let at = |cycle| device.clock.femtos(device.clock.ticks(cycle));
    let mut shown = Vec::new();
    for (from, to) in [(0, 100), (300, 700), (701, 702), (1_000_000, 1_000_001)] {
        let window = Window { from: at(from), to: at(to) };
        let (watched, file) = watched(&device, &commands, window);
        let [from, to] = [from, to].map(|cycle| cycle * 500);
        let meets = |start: u64, end: u64| start < to && end > from;
        for track in ["row bus", "column bus", "data bus", "PIM units of pseudo channel 1"] {
            let expected: Vec<_> =
                all.on(track).map(|s| (s.start, s.end)).filter(|&(s, e)| meets(s, e)).collect();
            let shown: Vec<_> = file.on(track).map(|s| (s.start, s.end)).collect();
            assert_eq!(shown, expected, "{track} from {from} to {to}");
        }
        let rows = |file: &File, all: bool| {
            let rows = file.slices.iter().filter(|s| s.track.1.ends_with("row"));
            rows.filter(|s| all || meets(s.start, s.end)).count()
        };
        assert_eq!(rows(&file, true), rows(&all, false));
        let on_buses = file.busy("row bus").1 + file.busy("column bus").1;
        assert_eq!((watched.shown, watched.commands), (on_buses, commands.len() as u64));
        shown.push(watched.shown);
    }
    assert!(shown[0] > 0 && shown[1] > 0 && shown[3] == 0, "{shown:?}");
}

#[test]
fn a_stream_of_the_host_shares_the_data_bus_with_the_units() {
    let device = device("sieve-hbm3e");
    let load = Load { matrix: MATRIX, vectors: 1, channels: 1, bytes: 1 << 16, jobs: Some(1) };
    let mut commands: Vec<Issued> = Vec::new();
    let traffic = measure(&device, &load, Arbitration::PimFirst, &mut commands).unwrap();
    let (watched, file) = watched(&device, &commands, Window::ALL);
    assert_eq!(watched.cut, 0);
    let reads = file.on("data bus").filter(|s| s.name == "RD").count() as u64;
    assert_eq!(reads, 2 * traffic.bursts);
    // Each burst takes the bus for nBL, 2 clocks of 500 ps.
    assert!(file.on("data bus").all(|s| s.end - s.start == 1000));
    assert!(file.slices.iter().any(|s| s.track.1.ends_with(", row")));
    assert!(file.slices.iter().any(|s| s.track.1.ends_with(", PIM row")));
}

#[test]
fn bursts_that_the_device_lets_overlap_are_cut_and_counted() {
    let mut spec = load_device("sieve-hbm3e").unwrap();
    spec.timing.insert("nBL".to_owned(), Delay::Ck(8));
    let device = Device::new(&spec).unwrap();
    let mut commands: Vec<Issued> = Vec::new();
    product(&device, &mut commands);
    // The file is read back with the same checks: nothing overlaps.
    let (watched, file) = watched(&device, &commands, Window::ALL);
    assert!(watched.cut > 0);
    assert!(file.on("data bus").any(|s| s.end - s.start < 8 * 500));
}
