//! Tables of measurements and observations: lengths of requests, shares, times of kernels and of collectives, saved claims.

#![no_main]

use fuzz::{in_file, round_trips, titled, told, told_of};
use gpu_model::calibrate::kernel_table;
use gpu_model::calibrate::moe_table::MoeTable;
use libfuzzer_sys::fuzz_target;
use noc::measured::fit::collectives;
use noc::measured::read::{Series, read};
use sieve_sched::claims::Measured;
use workloads::KvLengths;
use workloads::fit::{Shape, Targets};
use workloads::lengths::Empirical;

fuzz_target!(|input: &[u8]| {
    let Some((kind, text)) = titled(input) else { return };
    match kind {
        "lengths" => in_file(".csv", text.as_bytes(), |path| {
            if let Some(lengths) = told_of(path, Empirical::read(path)) {
                let law = KvLengths::Empirical(lengths);
                law.check().expect("lengths that were read");
                assert!((1.0..=f64::from(KvLengths::LONGEST)).contains(&law.mean()));
                round_trips(&law);
                let again: KvLengths = law.to_string().parse().expect("the same file");
                assert_eq!(again, law);
            }
        }),
        "shares" => in_file(".csv", text.as_bytes(), |path| {
            let shape = Shape { experts: 128, top_k: 8, shared: 0 };
            if let Some(targets) = told_of(path, Targets::read_csv(path, shape, None)) {
                told(targets.check());
            }
        }),
        "experts" => {
            told(MoeTable::read(text.as_bytes()));
        }
        "kernels" => {
            told(kernel_table::read(text.as_bytes()));
            told(kernel_table::named(text.as_bytes()));
        }
        "collectives" => {
            let mut series = Series::new();
            if told(read("table", text.as_bytes(), &mut series)).is_some() {
                let devices = series.keys().map(|key| key.device.clone());
                let devices: std::collections::BTreeSet<_> = devices.collect();
                for device in devices {
                    let law = collectives(&device, &device, &series, Default::default());
                    told(law.check());
                    round_trips(&law);
                }
            }
        }
        "claims" => {
            if let Some(measured) = told(Measured::from_json(text)) {
                let written = measured.to_json(&[]).to_string();
                let again = Measured::from_json(&written).expect("what was written");
                assert_eq!(again.to_json(&[]).to_string(), written);
            }
        }
        _ => {}
    }
});
