//! Commands per second of units beside a stream of the host, under each arbitration.

use std::hint::black_box;
use std::num::NonZeroU32;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::layout::{Layout, Matrix};
use pim_dram::order::Order;
use pim_dram::sequencer::{Arbitration, Issued, Mix, Sink};
use pim_dram::{DeviceSpec, Ticks};

/// Gate and up of an expert of Qwen3-30B-A3B.
const MATRIX: Matrix = Matrix { outputs: 1536, inputs: 2048 };

const JOBS: u32 = 100;

/// Counts commands.
struct Count(u64);

impl Sink for Count {
    fn issued(&mut self, _: &Issued) {
        self.0 += 1;
    }
}

fn run(device: &Device, job: Job, arbitration: Arbitration) -> u64 {
    let mut mix = Mix::new(device, arbitration).expect("a host");
    mix.read(1 << 15, Ticks(0));
    job.repeated(device, JOBS).for_each(|pass| mix.push(pass, Ticks(0)));
    let mut count = Count(0);
    mix.advance(Ticks(u64::MAX), &mut count);
    count.0
}

fn bench(criterion: &mut Criterion) {
    let spec = DeviceSpec::preset("sieve-hbm3e").expect("shipped preset");
    let device = Device::new(&spec).expect("valid preset");
    let lanes = device.total_lanes();
    let layout = Layout::plan(&device, MATRIX, lanes, Order::held(&device), 1).expect("fits");
    let job = Job { tile: layout.tile, vectors: 4 };
    let turn = NonZeroU32::MIN.saturating_add(63);
    let mut group = criterion.benchmark_group("units beside a stream");
    for arbitration in [Arbitration::PimFirst, Arbitration::HostFirst, Arbitration::Batched(turn)] {
        let commands = run(&device, job, arbitration);
        group.throughput(Throughput::Elements(commands)).sample_size(10);
        group.bench_function(arbitration.to_string(), |b| {
            b.iter(|| run(&device, black_box(job), arbitration));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
