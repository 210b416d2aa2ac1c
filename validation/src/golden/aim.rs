//! `aim_gemv.csv` and `aim_micro.csv`: runs of aim_simulator@0f28a07.

use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::spec::{Delay, Deviation};
use serde::Deserialize;

use super::{Run, Switch};
use crate::measure::MeasureError;
use crate::peers::aim::instructions::{self, Limits};
use crate::peers::aim::{self, Instruction};
use crate::peers::{Peer, Product};
use crate::presets::Presets;

/// A product; commands are those of one channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "columns are named as the commands")]
#[expect(missing_docs, reason = "commands of the device, counted")]
pub struct Gemv {
    /// Simulator and commit.
    pub sim: String,
    /// Loop order.
    pub order: String,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Columns of the matrix.
    pub inputs: u32,
    /// Vectors.
    pub tokens: u32,
    /// Channels that take part.
    pub channels: u32,
    /// Until all is done.
    pub cycles: u64,
    pub ACT16: u64,
    pub PREA: u64,
    pub MAC16: u64,
    pub WRGB: u64,
    pub WRMAC16: u64,
    pub RDMAC16: u64,
    pub TMOD: u64,
    pub REFab: u64,
}

impl Gemv {
    /// What is run.
    ///
    /// # Errors
    /// A loop order that the simulator does not have.
    pub fn product(&self) -> Result<Product, MeasureError> {
        let matrix = Matrix { outputs: self.outputs, inputs: self.inputs };
        let order: Order = self.order.parse().map_err(MeasureError::golden)?;
        Ok(Product { matrix, tokens: self.tokens, channels: self.channels, order: Some(order) })
    }
}

impl Run for Gemv {
    const TABLE: &'static str = include_str!("../../golden/aim_gemv.csv");

    fn name(&self) -> String {
        let Self { outputs, inputs, tokens, channels, order, .. } = self;
        format!("{outputs}x{inputs} x {tokens} on {channels} channels, {order}")
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let device = super::device(presets, Peer::Aim, None)?;
        Ok(aim::gemv(&device, &self.product()?, &mut ())?)
    }
}

/// A stream of instructions on one channel, until EOC is done.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Micro {
    /// Simulator and commit.
    pub sim: String,
    /// Instructions before, separated by semicolons.
    pub before: String,
    /// How often the body is run.
    pub times: u32,
    /// Instructions, R being how often they were run before.
    pub body: String,
    /// Instructions after.
    pub after: String,
    /// Whether it refreshes.
    pub refresh: Switch,
    /// Cycles of a refresh, where they are set by hand.
    #[serde(rename = "nRFC")]
    pub refresh_cycles: Option<u64>,
    /// Until all is done.
    pub cycles: u64,
}

impl Micro {
    /// The instructions, EOC at their end.
    fn instructions(&self, device: &Device) -> Result<Vec<Instruction>, MeasureError> {
        let mut text = String::new();
        let mut add = |part: &str, index: u32| {
            for line in part.split(';') {
                let words = line
                    .split(' ')
                    .map(|word| if word == "R" { index.to_string() } else { word.into() });
                text.push_str(&(words.collect::<Vec<_>>().join(" ") + "\n"));
            }
        };
        add(&self.before, 0);
        (0..self.times).for_each(|index| add(&self.body, index));
        add(&self.after, 0);
        let geometry = &device.spec.geometry;
        let limits = Limits { banks: geometry.banks, rows: geometry.rows };
        instructions::parse(&self.name(), &format!("{text}EOC"), limits).map_err(|problems| {
            let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
            MeasureError::golden(lines.join("; "))
        })
    }
}

impl Run for Micro {
    const TABLE: &'static str = include_str!("../../golden/aim_micro.csv");

    fn name(&self) -> String {
        let parts = [self.before.clone(), format!("{} x {}", self.times, self.body)];
        let parts = parts.into_iter().chain([self.after.clone()]);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }

    fn published(&self) -> u64 {
        self.cycles
    }

    fn cycles(&self, presets: &Presets) -> Result<u64, MeasureError> {
        let spec = presets.spec(&Peer::Aim.preset())?;
        let mut spec = Peer::refreshing(spec, Some(self.refresh.is_on()));
        spec.deviations.extend(self.refresh_cycles.map(|clocks| Deviation {
            name: "nRFC".to_owned(),
            says: "set by hand".to_owned(),
            timing: [("tRFC".to_owned(), Delay::Ck(clocks))].into(),
            without: Vec::new(),
            rules: Vec::new(),
            commands: [].into(),
            activation: None,
            refresh: None,
        }));
        let device = Device::new(&spec)?;
        Ok(aim::run(&device, &self.instructions(&device)?, &mut ())?)
    }
}
