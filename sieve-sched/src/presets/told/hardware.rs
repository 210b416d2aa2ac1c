//! GPUs, links, memories and what they are made of.

use gpu_model::GpuSpec;
use noc::LinkSpec;
use pim_dram::controller::{ControllerSpec, MapperSpec};
use pim_dram::family::Family;
use pim_dram::peaks::Peaks;
use pim_dram::spec::DeviceSpec;
use pim_dram::{Device, Dram};

use super::{Derived, Shipped, Told, derived, plain, si};
use crate::config::System;

impl Shipped for GpuSpec {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| error.to_string())?;
        let (flops, bytes) = (self.peak_flops_per_s as f64, self.hbm_bytes_per_s as f64);
        Ok(Told {
            about: format!(
                "{} dense FP16, HBM {} at {}",
                si(flops, "FLOP/s"),
                si(self.hbm_capacity_bytes as f64, "B"),
                si(bytes, "B/s")
            ),
            derived: vec![derived(
                "flops_per_byte",
                flops / bytes,
                Some("FLOP/B"),
                "peak_flops_per_s / hbm_bytes_per_s, the ridge of the roofline",
            )],
        })
    }
}

impl Shipped for LinkSpec {
    fn told(&self) -> Result<Told, String> {
        self.check().map_err(|error| error.to_string())?;
        let rate = |bytes_per_s: u64| si(bytes_per_s as f64, "B/s");
        let between = self.between_domains.map_or_else(String::new, |between| {
            format!(
                "; between domains of {} GPUs {}, {} ns",
                between.gpus_per_domain,
                rate(between.bytes_per_s),
                between.latency_ns
            )
        });
        let about =
            format!("{} a direction, {} ns{between}", rate(self.bytes_per_s), self.latency_ns);
        let hidden = self.bytes_per_s as f64 * self.latency_ns as f64 / 1e9;
        let from = "bytes_per_s x latency_ns: a message that takes twice its latency";
        Ok(Told { about, derived: vec![derived("latency_bytes", hidden, Some("B"), from)] })
    }
}

impl Shipped for DeviceSpec {
    fn told(&self) -> Result<Told, String> {
        let dram = Dram::new(self).map_err(|error| error.to_string())?;
        // Units have a say in whether the device works at all.
        let device = self.pim.map(|_| Device::new(self)).transpose();
        let device = device.map_err(|error| error.to_string())?;
        let peaks = device.as_ref().map_or_else(|| Peaks::external(&dram), Peaks::of);
        let g = &self.geometry;
        let units = self.pim.map(|pim| pim.units(g));
        let mut all = vec![
            derived("capacity_bytes", g.capacity_bytes(), Some("B"), "geometry"),
            derived("banks", g.total_banks(), None, "geometry"),
            derived("columns_per_row", g.columns(), None, "row_bytes / burst_bytes"),
            derived("clock_hz", 1e12 / self.clock.period_ps as f64, Some("Hz"), "clock.period_ps"),
        ];
        all.extend(units.map(|n| derived("pim_units", n, None, "banks / pim.banks_per_unit")));
        let burst = "a burst every tCCD_S, or nBL if longer";
        let rates = [
            (
                "bytes_per_s_per_pseudo_channel",
                peaks.external_bytes_per_s_per_pseudo_channel,
                "B/s",
                burst,
            ),
            ("bytes_per_s", peaks.external_bytes_per_s, "B/s", "all pseudo-channels"),
            (
                "pim_bytes_per_s",
                peaks.internal_bytes_per_s,
                "B/s",
                "a burst a unit at each multiply-accumulate",
            ),
            ("pim_flops_per_s", peaks.pim_ops_per_s, "FLOP/s", "a multiply and an add an element"),
        ];
        let known = rates.into_iter().filter(|(_, rate, ..)| *rate > 0.0);
        all.extend(known.map(|(name, rate, unit, from)| derived(name, rate, Some(unit), from)));
        let pim = units.map_or_else(String::new, |units| {
            let rate = si(peaks.internal_bytes_per_s, "B/s");
            format!("; {units} PIM units at {rate}")
        });
        let about = format!(
            "{}, {} at {}{pim}",
            self.family,
            si(g.capacity_bytes() as f64, "B"),
            si(peaks.external_bytes_per_s, "B/s"),
        );
        Ok(Told { about: about + &deviations(self), derived: all })
    }
}

fn deviations(spec: &DeviceSpec) -> String {
    match spec.deviations.len() {
        0 => String::new(),
        1 => "; 1 deviation".to_owned(),
        several => format!("; {several} deviations"),
    }
}

impl Shipped for System {
    fn told(&self) -> Result<Told, String> {
        let mut derived = Vec::new();
        let parts =
            [("gpu", self.gpu.told()?), ("link", self.link.told()?), ("pim", self.pim.told()?)];
        for (part, told) in parts {
            let below = |d: Derived| Derived { name: format!("{part}.{}", d.name), ..d };
            derived.extend(told.derived.into_iter().map(below));
        }
        let about = format!("{} with {} on {}", self.gpu.name, self.pim.name, self.link.name);
        Ok(Told { about, derived })
    }
}

impl Shipped for Family {
    fn told(&self) -> Result<Told, String> {
        let units = if self.roles.pim.is_some() { "PIM units" } else { "no PIM units" };
        let (commands, rules) = (self.commands.len(), self.rules.len());
        Ok(plain(format!("{commands} commands, {rules} rules, {units}")))
    }
}

impl Shipped for ControllerSpec {
    fn told(&self) -> Result<Told, String> {
        let name = |value: Result<String, ron::Error>| value.map_err(|error| error.to_string());
        Ok(plain(format!(
            "{}, rows {}, queues of {} reads and {} writes, mapper {}",
            name(ron::to_string(&self.scheduler))?,
            name(ron::to_string(&self.row_policy))?,
            self.read_queue,
            self.write_queue,
            self.mapper
        )))
    }
}

impl Shipped for MapperSpec {
    fn told(&self) -> Result<Told, String> {
        let part = |digit: &pim_dram::controller::Digit| ron::to_string(&digit.part);
        let parts: Result<Vec<String>, ron::Error> = self.digits.iter().map(part).collect();
        let parts = parts.map_err(|error| error.to_string())?;
        Ok(plain(format!("from the lowest digit: {}", parts.join(", "))))
    }
}
