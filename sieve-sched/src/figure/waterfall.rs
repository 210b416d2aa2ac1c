//! What each quirk of another simulator is worth: from its cycles to ours, one cause at a time.

use serde::{Deserialize, Serialize};

use super::table::read;
use super::{FigureError, Made};
use crate::chart::{Colour, Gantt, GanttPanel, GanttRow, OKABE_ITO, Slice};

/// The table that ships, which `validate quirks` makes.
const SHIPPED: &str = include_str!("../../../docs/src/data/quirks.csv");

/// A panel per simulator, a row per quirk that changes anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waterfall {
    /// Simulators.
    pub peers: Vec<String>,
    /// Quirks worth less than this share of the reported clocks stand in the table and are not drawn.
    pub least_percent: f64,
    /// Table of another run of `validate quirks`; the shipped one if empty.
    pub table: String,
}

/// What is left of a simulator's quirks, and its cycles.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    peer: String,
    device: String,
    channels: u32,
    /// Gone here and in all rows below; empty in the first.
    without: String,
    cycles: u64,
}

const REPORTED: (&str, Colour) = ("as it reports", OKABE_ITO[4]);
const LONGER: (&str, Colour) = ("longer without the quirk", OKABE_ITO[5]);
const SHORTER: (&str, Colour) = ("shorter without it", OKABE_ITO[2]);
const OURS: (&str, Colour) = ("ours, no rule broken", OKABE_ITO[0]);

impl Waterfall {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let all: Vec<Row> = read(&self.table, "docs/src/data/quirks.csv", SHIPPED)?;
        let mut rows = Vec::new();
        let mut panels = Vec::new();
        for peer in &self.peers {
            let of_peer: Vec<Row> = all.iter().filter(|row| row.peer == *peer).cloned().collect();
            let Some(device) = of_peer.first().map(|row| row.device.clone()) else {
                return Err(FigureError::Field {
                    field: "peers",
                    found: peer.clone(),
                    allowed: "the table has no row of it".into(),
                });
            };
            panels.push(GanttPanel {
                title: format!("{peer}, {device}"),
                rows: self.steps(&of_peer),
            });
            rows.extend(of_peer);
        }
        let label = "Clocks of a product of 4096 x 4096 and one vector".into();
        Made::new(Gantt { label, panels }.svg()?, &rows)
    }

    /// From the first row to the last.
    fn steps(&self, rows: &[Row]) -> Vec<GanttRow> {
        let bar = |label: &str, (name, colour): (&str, Colour), from: u64, to: u64| GanttRow {
            label: label.to_owned(),
            slices: vec![Slice {
                name: name.to_owned(),
                colour,
                second: false,
                from: from as f64,
                to: to as f64,
            }],
        };
        let [Some(first), Some(last)] = [rows.first(), rows.last()] else { return Vec::new() };
        let worth = |pair: &&[Row]| pair[0].cycles.abs_diff(pair[1].cycles);
        let least = self.least_percent / 100.0 * first.cycles as f64;
        let drawn = |pair: &&[Row]| worth(pair) > 0 && worth(pair) as f64 >= least;
        let changes = rows.windows(2).filter(drawn);
        let changes = changes.map(|pair| {
            let (before, after) = (pair[0].cycles, pair[1].cycles);
            let kind = if after > before { LONGER } else { SHORTER };
            bar(&pair[1].without, kind, before.min(after), before.max(after))
        });
        let ends = [bar("reported", REPORTED, 0, first.cycles), bar("ours", OURS, 0, last.cycles)];
        let [reported, ours] = ends;
        [reported].into_iter().chain(changes).chain([ours]).collect()
    }
}
