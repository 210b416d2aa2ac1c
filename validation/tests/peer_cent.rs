use pim_dram::device::Device;
use validation::cent::{Assumptions, block::Block, table};
use validation::peers::Peer;
#[test]
fn probe() {
    let device = Device::new(&Peer::Aim.spec(None).unwrap()).unwrap();
    let a = Assumptions::shipped().unwrap();
    let want = std::env::var("ROWS").unwrap_or_default();
    for row in table::rows(&a).unwrap() {
        let r = &row.arrangement;
        let name = format!("{},{},{},{},{}", r.model.name, r.pipeline, r.tensor, r.channels, row.length);
        if !name.contains(&want) { continue; }
        let t = std::time::Instant::now();
        let c = Block::new(r, row.length).cycles(&device).unwrap();
        println!("{name} {} {c} {} {:.3}% {:?}", row.pim_cycles, c as i64 - row.pim_cycles as i64, (c as f64/row.pim_cycles as f64-1.)*100., t.elapsed());
    }
}
