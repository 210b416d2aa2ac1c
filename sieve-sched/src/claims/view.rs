//! A model's curves under one setting.

use std::collections::BTreeMap;

use super::measured::{MeasuredModel, MeasuredPoint};
use super::setting::Setting;
use crate::method::Method;

/// Which setting, or the better of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Under {
    /// One.
    One(Setting),
    /// Of mini-batches as decided and one mini-batch the one in which a step is shorter, for each method at each batch.
    Better,
}

/// Points of a model under a setting.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) model: &'a MeasuredModel,
    pub(super) under: Under,
}

impl<'a> View<'a> {
    pub(super) fn point(&self, batch: u32, method: Method) -> Option<&'a MeasuredPoint> {
        let of = |setting| {
            let mut points = self.model.points.iter();
            points.find(|p| (p.batch, p.method) == (batch, method) && p.settings.contains(&setting))
        };
        match self.under {
            Under::One(setting) => of(setting),
            Under::Better => {
                let (auto, one) = (of(Setting::Judged)?, of(Setting::OneMinibatch)?);
                Some(if one.step_us < auto.step_us { one } else { auto })
            }
        }
    }

    pub(super) fn step_us(&self, batch: u32, method: Method) -> Option<f64> {
        self.point(batch, method).map(|point| point.step_us)
    }

    /// Throughput of Sieve over that of another method; at one batch also that of interactivity.
    pub(super) fn gain(&self, batch: u32, over: Method) -> Option<f64> {
        Some(self.step_us(batch, over)? / self.step_us(batch, Method::Sieve)?)
    }

    /// All batches, ascending.
    pub(super) fn batches(&self) -> Vec<u32> {
        let mut batches: Vec<u32> = self.model.points.iter().map(|point| point.batch).collect();
        batches.sort_unstable();
        batches.dedup();
        batches
    }

    /// Interactivity and throughput of a method, by batch.
    pub(super) fn curve(&self, method: Method) -> BTreeMap<u32, [f64; 2]> {
        let of = |batch| {
            let interactivity = 1e6 / self.step_us(batch, method)?;
            let throughput = f64::from(batch) * interactivity / f64::from(self.model.gpus);
            Some((batch, [interactivity, throughput]))
        };
        self.batches().into_iter().filter_map(of).collect()
    }
}
