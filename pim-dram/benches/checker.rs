//! Commands per second of the checker, and of traces written and read.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::trace::{Reader, Writer};
use pim_dram::{DeviceSpec, Ticks, checker};

fn stream(device: &Device) -> Vec<Issued> {
    let tile = Tile { outputs: 4, columns: 64, order: Order::NoReuse };
    let (mut list, mut now) = (Vec::new(), Ticks(0));
    let mut sequencer = Sequencer::new(device);
    for pass in (Job { tile, vectors: 200 }).passes(device, 0, None) {
        now = sequencer.run(&pass, now, &mut list).issued;
    }
    list
}

fn written(device: &Device, list: &[Issued]) -> Vec<u8> {
    let mut writer = Writer::new(device, Vec::new());
    list.iter().for_each(|issued| writer.issued(issued));
    writer.finish().expect("memory takes all")
}

fn bench(criterion: &mut Criterion) {
    let spec = DeviceSpec::preset("sieve-hbm3e").expect("shipped preset");
    let device = Device::new(&spec).expect("valid preset");
    let list = stream(&device);
    let text = written(&device, &list);
    let mut group = criterion.benchmark_group("sieve-hbm3e");
    group.throughput(Throughput::Elements(list.len() as u64));
    group.bench_function(BenchmarkId::from_parameter("check"), |b| {
        b.iter(|| checker::check(&device, black_box(&list)));
    });
    group.bench_function(BenchmarkId::from_parameter("write"), |b| {
        b.iter(|| written(&device, black_box(&list)));
    });
    group.bench_function(BenchmarkId::from_parameter("read"), |b| {
        b.iter(|| Reader::new(&device, black_box(text.as_slice())).map(Iterator::count));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
