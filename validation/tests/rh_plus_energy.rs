//! Why less of RH+'s energy is left here than its authors have: what a read of the cells costs.

use pim_dram::DeviceSpec;
use validation::Claim;
use validation::presets::Presets;

/// Share of the energy that is saved if a bit from the cells costs so much.
fn saved(pj_per_bit: f64) -> f64 {
    let claims = Claim::shipped().expect("shipped claims parse");
    let claim = claims.into_iter().find(|claim| claim.id == "rh-plus.power_limit.energy");
    let measure = claim.and_then(|claim| claim.measure).expect("a claim that is measured");
    let mut spec: DeviceSpec = Presets::default().spec("attacc-compat").expect("a shipped preset");
    spec.energy.as_mut().expect("a device with energy").column_pj_per_bit = pj_per_bit;
    measure.take(&Presets::replacing(spec)).expect("it can be measured").figure.low
}

#[test]
fn dearer_columns_leave_less_to_save() {
    let [ours, duplex, closes] = [0.44, 0.73, 1.03].map(saved);
    for (found, stated) in [(ours, 0.860), (duplex, 0.807), (closes, 0.759)] {
        assert!((found - stated).abs() < 0.0005, "{found} instead of {stated}");
    }
}
