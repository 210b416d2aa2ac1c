//! Time of one synthetic decode step: Qwen3-30B-A3B, 256 requests, 48 layers.

use criterion::{Criterion, criterion_group, criterion_main};
use workloads::{Decode, GeneratorSpec, KvLengths, ModelSpec, RoutingSource};

fn step(c: &mut Criterion) {
    let model = ModelSpec::preset("qwen3-30b-a3b").expect("the preset ships");
    let routing = GeneratorSpec::preset(&model.default_routing).expect("the preset ships");
    let source = RoutingSource::Synthetic(routing);
    let mut decode =
        Decode::new(source, &model, 256, KvLengths::AZURE, 1).expect("all presets fit");
    c.bench_function("synthetic step, qwen3-30b-a3b, B = 256", |b| {
        b.iter(|| decode.next_step().expert_ids.len());
    });
}

criterion_group!(benches, step);
criterion_main!(benches);
