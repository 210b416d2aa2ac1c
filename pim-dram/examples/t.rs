use pim_dram::{*, gemv::*, layout::*, spec::*, tally::*};
fn main(){
  for act in [Activation::PerBank, Activation::Ganged(4), Activation::AllBank] {
   let mut s=DeviceSpec::preset("sieve-hbm3e").unwrap(); s.activation=act; let d=Device::new(&s).unwrap();
   println!("{act:?}");
   for (o,i) in [(1536,2048),(2048,768),(5760,2880),(2880,2880),(2048,4096),(4096,1024),(4096,4096)] { for n in [1,4,40] {
    let t=std::time::Instant::now();
    let g=Gemv::simulate(&d, Matrix{outputs:o,inputs:i}, n, 128).unwrap();
    println!("{o}x{i} n{n} S{} G{} m{} c{} ticks {} per {} roof {:.2} {:?} pad {:.2} us {:?}", g.layout.slices,g.layout.groups,g.layout.tile.outputs,g.layout.tile.columns,g.ticks.0,g.ticks.0/n as u64, g.time.as_ticks() as f64/g.roofline.as_ticks() as f64, g.tally.ticks, g.layout.padding(&d), t.elapsed());
   }}
  }
}
