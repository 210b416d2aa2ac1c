use pim_dram::device::Device;
use validation::cent::{Assumptions, block::Block, table};
use validation::peers::Peer;
#[test]
fn probe() {
    let a = Assumptions::shipped().unwrap();
    let spec0 = Peer::Aim.spec(None).unwrap();
    let rows: Vec<_> = table::rows(&a).unwrap().into_iter().filter(|r| r.arrangement.tensor==1 && [1024,4096].contains(&r.length)).collect();
    for take in 0..=spec0.deviations.len() {
        let mut spec = spec0.clone();
        let name = if take==0 {"-".into()} else { spec.deviations[take-1].name.clone() };
        spec.deviations.drain(..take);
        let d = Device::new(&spec).unwrap();
        let e: Vec<_> = rows.iter().map(|row| { let c = Block::new(&row.arrangement, row.length).cycles(&d).unwrap() as f64; (c/row.pim_cycles as f64-1.)*100. }).map(|x|format!("{x:.2}")).collect();
        println!("Q {name} {e:?}");
    }
}
