//! Requests per second of the controller and of its plain form, from flat addresses to departures, against the depth of the
//! queues, and of idle time.

use std::hint::black_box;

use criterion::BatchSize::SmallInput;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pim_dram::controller::{
    Controller, ControllerSpec, Engine, Mapper, MapperSpec, Plain, Record, Request, Spread, run,
};
use pim_dram::spec::Refresh;
use pim_dram::{DeviceSpec, Dram};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

const REQUESTS: u64 = 100_000;

/// Names and reads: the stream that the device serves fastest, consecutive bursts, random ones.
fn traces() -> [(&'static str, Vec<Request>); 3] {
    let read = |address| Request { write: false, address, at: 0 };
    // Pseudo-channels and bank groups in turn, then columns, then banks and rows.
    let ideal = |n: u64| {
        let (row, bank, column) = (n / 1024, n / 256 % 4, n / 8 % 32);
        let (group, pseudo_channel) = (n / 2 % 4, n % 2);
        read((((row << 2 | bank) << 2 | group) << 2 | pseudo_channel) << 10 | column << 5)
    };
    let mut random = Pcg64Mcg::seed_from_u64(1);
    [
        ("ideal", (0..REQUESTS).map(ideal).collect()),
        ("seq", (0..REQUESTS).map(|n| read(n << 5)).collect()),
        ("random", (0..REQUESTS).map(|_| read((random.next_u64() >> 34) & !31)).collect()),
    ]
}

/// All of it, mapping included.
fn serve(mapper: &Mapper, mut engine: impl Engine, requests: &[Request]) -> Record {
    let spread = Spread::new(mapper, 1, requests).expect("inside");
    run(&mut engine, &spread.accesses[0], &mut ()).expect("an end");
    engine.into_record()
}

fn bench(criterion: &mut Criterion) {
    let mut spec = DeviceSpec::preset("ramulator2-compat-hbm3-16gb-8hi").expect("shipped preset");
    spec.refresh = Refresh::None;
    let dram = Dram::new(&spec).expect("valid preset");
    let spec = ControllerSpec::shipped("ramulator2").expect("shipped");
    let mapper = MapperSpec::shipped(&spec.mapper).expect("shipped");
    let mapper = Mapper::new(&mapper, &dram.spec.geometry, 1, spec.beyond).expect("fits");
    let plain = |requests: &[Request]| {
        serve(&mapper, Plain::new(&dram, &spec, requests.len()).expect("a host"), requests)
    };
    let events = |spec: &ControllerSpec, requests: &[Request]| {
        serve(&mapper, Controller::new(&dram, spec, requests.len()).expect("a host"), requests)
    };
    for (name, requests) in traces() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(REQUESTS)).sample_size(10);
        group.bench_function("plain", |b| b.iter(|| plain(black_box(&requests))));
        for queue in [32, 512] {
            let spec = ControllerSpec { read_queue: queue, write_queue: queue, ..spec.clone() };
            group.bench_function(BenchmarkId::new("events", queue), |b| {
                b.iter(|| events(&spec, black_box(&requests)));
            });
        }
        group.finish();
    }
    let gap = [0, 1_000_000_000].map(|at| Request { write: false, address: 0, at });
    criterion.bench_function("idle gap of 10^9 ticks", |b| {
        let engine = || Controller::new(&dram, &spec, gap.len()).expect("a host");
        b.iter_batched(engine, |engine| serve(&mapper, engine, black_box(&gap)), SmallInput);
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
