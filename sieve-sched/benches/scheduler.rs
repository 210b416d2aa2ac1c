//! Time of one placement decision for 128, 256 and 512 experts on one GPU.

#[path = "../tests/common/runtime.rs"]
mod runtime;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sieve_sched::policy::{Partition, Pimoe, Policy, Sieve, SievePlus};

use self::runtime::Runtime;

const MODELS: [(&str, usize); 3] =
    [("qwen3-30b-a3b", 128), ("deepseek-v3", 256), ("qwen3.5-397b-a17b", 512)];

fn bench(criterion: &mut Criterion) {
    for (model, experts) in MODELS {
        let mut group = criterion.benchmark_group(format!("{experts} experts"));
        group.throughput(Throughput::Elements(experts as u64));
        for batch in [32, 256] {
            let runtime = Runtime::new(model, batch);
            let policies: [(&str, Box<dyn Policy>); 4] = [
                ("sieve", Box::new(Sieve::default())),
                ("sieve+", Box::new(SievePlus::default())),
                ("pimoe-tp", Box::new(Pimoe::new(1))),
                ("pimoe", Box::new(Pimoe::new(experts))),
            ];
            for (name, mut policy) in policies {
                let (mut layers, costs) = (runtime.layers().cycle(), runtime.tables());
                let mut partition = Partition::default();
                group.bench_function(BenchmarkId::new(name, format!("B = {batch}")), |b| {
                    b.iter(|| {
                        let layer = layers.next().expect("a cycle");
                        policy.place(black_box(&layer), &costs, &mut partition);
                        partition.on_pim.as_raw_slice()[0]
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
