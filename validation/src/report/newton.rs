//! The page on Newton's own experiment.

mod json;

use std::fmt::Write;

use crate::measure::MeasureError;
use crate::newton::closed::ClosedRows;
use crate::newton::tables::{Batch, CatchUp, LayerTimes, MOST_VECTORS, SpeedUps};
use crate::newton::time::{geomean, ratio};
use crate::newton::{Banks, Study};
use crate::presets::Presets;
use crate::rows::Compared;

/// All that the page shows.
#[derive(Clone, Debug)]
pub struct Newton {
    study: Study,
    channels: u32,
    layers: Vec<LayerTimes>,
    ablation: Vec<SpeedUps>,
    sizes: Vec<(Banks, SpeedUps)>,
    batches: Vec<Batch>,
    catch_up: CatchUp,
    closed: Vec<Compared>,
}

impl Newton {
    /// Measures it on the shipped presets.
    ///
    /// # Errors
    /// Shipped files that do not parse, devices and layers that cannot be simulated.
    pub fn measure() -> Result<Self, MeasureError> {
        let (study, presets) = (Study::shipped()?, Presets::default());
        let rows = ClosedRows {
            device: study.device.clone(),
            column_ns: 4,
            banks: vec![8, 16, 32],
            gaps_ns: vec![30, 22, 16],
        };
        Ok(Self {
            channels: study.spec(&presets)?.geometry.channels,
            layers: study.layers(&presets)?,
            ablation: study.ablation(&presets)?,
            sizes: study.sizes(&presets)?,
            batches: study.batches(&presets)?,
            catch_up: study.catch_up(&presets)?,
            closed: rows.compared(&presets)?,
            study,
        })
    }

    /// The page as Markdown.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = format!(
            "# Newton's own experiment\n\n\
             <!-- Written by `validate newton --write-docs`; do not edit. -->\n\n\
             y = W x on `{}`, {} channels, with refresh, command by command, against an ideal host: one that reads every weight once at \
             the peak rate of the data buses of the same channels, without activation, refresh or arithmetic. Means are geometric. The \
             [closed model](validation.md) of a row is judged; the paper's own figures are known from memory only and are not.\n\n\
             The preset moves 32 B in 2 ns on a channel, to the host as to a unit, so that its {} channels make 512 GB/s. Pins of \
             HBM2 could carry twice that; over such a host every factor of this page would be half as large.\n",
            self.study.device, self.channels, self.channels,
        );
        self.write_layers(&mut page);
        self.write_ablation(&mut page);
        self.write_sizes(&mut page);
        self.write_batches(&mut page);
        self.write_closed(&mut page);
        page
    }

    fn write_layers(&self, page: &mut String) {
        let _ = write!(
            page,
            "\n## Layers\n\nOutputs x inputs, one vector. The GPU is the roofline of `{}`.\n\n\
             | layer | matrix | Newton, ns | ideal host, ns | GPU, ns | over host | over GPU |\n|---|---|---:|---:|---:|---:|---:|\n",
            self.study.gpu,
        );
        let (mut over_host, mut over_gpu) = (Vec::new(), Vec::new());
        for LayerTimes { layer, newton, host, gpu } in &self.layers {
            let (host_ratio, gpu_ratio) = (ratio(*host, *newton), ratio(*gpu, *newton));
            let ns = |time: &pim_dram::time::Femtos| time.as_ticks().div_ceil(1_000_000);
            let _ = writeln!(
                page,
                "| {} | {}x{} | {} | {} | {} | {host_ratio:.2} | {gpu_ratio:.2} |",
                layer.name,
                layer.outputs,
                layer.inputs,
                ns(newton),
                ns(host),
                ns(gpu),
            );
            over_host.push(host_ratio);
            over_gpu.push(gpu_ratio);
        }
        let (host, gpu) = (geomean(&over_host), geomean(&over_gpu));
        let _ = writeln!(page, "| **mean** | | | | | **{host:.2}** | **{gpu:.2}** |");
    }

    fn write_ablation(&self, page: &mut String) {
        let names: Vec<_> = self.study.layers.iter().map(|layer| layer.name.as_str()).collect();
        let _ = write!(
            page,
            "\n## One measure after the other\n\nOver the ideal host. Up to the interleaved layout each bank holds whole rows of \
             the matrix. Commands and, among them, bursts of vectors are those of one channel for all layers.\n\n\
             | step | {} | mean | commands | vector bursts |\n|---|{}---:|---:|---:|\n",
            names.join(" | "),
            "---:|".repeat(names.len()),
        );
        for (step, SpeedUps { layers, mean, commands, vector_bursts }) in
            self.study.steps.iter().zip(&self.ablation)
        {
            let cells: Vec<_> = layers.iter().map(|ratio| format!("{ratio:.2}")).collect();
            let _ = writeln!(
                page,
                "| {} | {} | **{mean:.2}** | {commands} | {vector_bursts} |",
                step.deviation.name,
                cells.join(" | ")
            );
        }
        page.push('\n');
        for step in &self.study.steps {
            let _ = writeln!(page, "- {}: {}.", step.deviation.name, step.deviation.says);
        }
        page.push_str(
            "\nThe interleaved layout saves bursts of the vector and here no time: a part of the vector takes 64 ns to write, and \
             meanwhile the rows of all banks are opened, which takes longer. With a window that opens them in less, whole rows of \
             the matrix in a bank would be slower.\n",
        );
    }

    fn write_sizes(&self, page: &mut String) {
        page.push_str(
            "\n## Banks of a channel\n\nAll of Newton, as in the first table. Two ranks open rows at the same time, each under an \
             activation window of its own.\n\n| banks | ranks | mean over host |\n|---:|---:|---:|\n",
        );
        for (banks, SpeedUps { mean, .. }) in &self.sizes {
            let _ = writeln!(page, "| {} | {} | {mean:.2} |", banks.total(), banks.ranks);
        }
    }

    fn write_batches(&self, page: &mut String) {
        page.push_str(
            "\n## Batches\n\nNewton multiplies vector after vector and opens every row again for each. The ideal host reads the \
             weights once for all vectors, and so does the GPU. Units that multiply several vectors with a row while it is open are \
             not Newton's.\n\n| vectors | over host | over host, rows open | over GPU |\n|---:|---:|---:|---:|\n",
        );
        for Batch { vectors, over_host, rows_open_over_host, over_gpu } in &self.batches {
            let _ = writeln!(
                page,
                "| {vectors} | {over_host:.2} | {rows_open_over_host:.2} | {over_gpu:.2} |"
            );
        }
        let from = |found: Option<u32>| {
            found.map_or(format!("not up to {MOST_VECTORS} vectors"), |vectors| {
                format!("from {vectors} vectors on")
            })
        };
        let CatchUp { host, gpu } = self.catch_up;
        let _ = write!(
            page,
            "\nNo slower than Newton, in the mean: the ideal host {}, the GPU {}. A roofline GPU differs from the ideal host \
             by little more than its bandwidth. Factors of 54, and 64 vectors, over a real GPU take one that reaches a small part \
             of that bandwidth on such products, of which a memory simulator says nothing.\n",
            from(host),
            from(gpu),
        );
    }

    fn write_closed(&self, page: &mut String) {
        page.push_str(
            "\n## The closed model\n\n`n C tCCD / (C tCCD + tRP + (n/4 - 1) gap + tRCD)`: n banks of one rank, C = 32 columns of 4 ns, \
             tRP = tRCD = 14 ns, four banks a command, `gap` between commands.\n\n\
             | row | model | simulated | difference |\n|---|---:|---:|---:|\n",
        );
        for row in &self.closed {
            let Compared { name, published, ours } = row;
            let error = 100.0 * (ours - published) / published;
            let _ = writeln!(page, "| {name} | {published:.2} | {ours:.2} | {error:+.1} % |");
        }
        page.push_str(
            "\nThe model closes a row one tCCD after its last column, the device tRTP = 6 ns after it; with tRTP = tCCD both are \
             equal to the nanosecond. It does not apply to vector writes, result reads, refresh, and two ranks, all of which are \
             in the tables above.\n",
        );
    }
}
