//! Commands per second of the plain path, and of the path that looks known passes up.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pim_dram::device::Device;
use pim_dram::job::{Job, Worker};
use pim_dram::layout::{Layout, Matrix};
use pim_dram::memo::Memo;
use pim_dram::order::Order;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::tally::Tally;
use pim_dram::{DeviceSpec, Ticks};

/// Counts commands.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn issued(&mut self, _: &Issued) {
        self.0 += 1;
    }
}

/// The gate-and-up matrix of a Qwen3-30B-A3B expert on all channels of a GPU.
fn job(device: &Device) -> Job {
    let matrix = Matrix { outputs: 1536, inputs: 2048 };
    let layout = Layout::plan(device, matrix, device.total_lanes(), Order::held(device), 1);
    Job { tile: layout.expect("fits").tile, vectors: 1000 }
}

fn plain(device: &Device, job: Job) -> u64 {
    let mut sequencer = Sequencer::new(device);
    let (mut count, mut now) = (Count::default(), Ticks(0));
    for pass in job.passes(device, 0, None) {
        now = sequencer.run(&pass, now, &mut count).issued;
    }
    count.0
}

fn memo(device: &Device, job: Job) -> u64 {
    let mut memo = Memo::new(device);
    let mut tally = Tally::new(device);
    Worker::new(&mut memo).run(&mut memo, &job, false, Ticks(0), &mut tally);
    tally.total_commands()
}

/// Runs a job and counts its commands.
type Path = fn(&Device, Job) -> u64;

fn gemv(criterion: &mut Criterion) {
    let spec = DeviceSpec::preset("sieve-hbm3e").expect("shipped preset");
    let device = Device::new(&spec).expect("valid preset");
    let job = job(&device);
    let mut group = criterion.benchmark_group("sieve-hbm3e 1536x2048 x 1000");
    group.throughput(Throughput::Elements(plain(&device, job)));
    let paths: [(&str, Path); 2] = [("plain", plain), ("memo", memo)];
    for (name, run) in paths {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| run(black_box(&device), black_box(job)));
        });
    }
    group.finish();
}

criterion_group!(benches, gemv);
criterion_main!(benches);
