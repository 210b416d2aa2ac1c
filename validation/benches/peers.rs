//! Time of another simulator's product on our engine, one channel for all that do alike.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use validation::peers::{Peer, Product};

fn peers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("4096x4096, one vector");
    for peer in Peer::ALL {
        let device = Device::new(&peer.spec(None).expect("shipped preset")).expect("valid preset");
        let matrix = Matrix { outputs: 4096, inputs: 4096 };
        let product = Product { matrix, tokens: 1, channels: peer.channels(), order: None };
        group.bench_function(BenchmarkId::from_parameter(peer.name()), |b| {
            b.iter(|| peer.gemv(black_box(&device), black_box(&product), &mut ()));
        });
    }
    group.finish();
}

criterion_group!(benches, peers);
criterion_main!(benches);
