//! What can be drawn of bars, cells and slices.

use super::super::legend::Sample;
use super::super::{BarFigure, Gantt, HeatMap, Scale};
use super::{ChartError, check_text, limits};

/// Whether a figure of bars can be drawn; the first finding if not.
pub(in crate::chart) fn check_bars(figure: &BarFigure) -> Result<(), ChartError> {
    if figure.panels.is_empty() {
        return Err(ChartError::NoPanels);
    }
    [&figure.label, &figure.groups].into_iter().try_for_each(|text| check_text(text))?;
    for (index, panel) in figure.panels.iter().enumerate() {
        check_text(&panel.title)?;
        if panel.groups.is_empty() || panel.groups.iter().any(|group| group.bars.is_empty()) {
            return Err(ChartError::NoBars { panel: index, title: panel.title.clone() });
        }
        for group in &panel.groups {
            check_text(&group.label)?;
            for bar in &group.bars {
                check_text(&bar.label)?;
                let parts = bar.parts.iter().map(|part| (&part.name, part.value));
                let marks = bar.marks.iter().map(|mark| (&mark.name, mark.value));
                let (least, greatest) = (0.0, limits(Scale::Linear).1);
                for (name, found) in parts.chain(marks) {
                    end(index, name, found, (least, greatest))?;
                }
            }
        }
    }
    one_look(figure.names())
}

/// Whether a heat map can be drawn; the first finding if not.
pub(in crate::chart) fn check_heat(map: &HeatMap) -> Result<(), ChartError> {
    if map.panels.is_empty() {
        return Err(ChartError::NoPanels);
    }
    [&map.label, &map.x, &map.y].into_iter().try_for_each(|text| check_text(text))?;
    let columns = map.panels[0].rows.first().map_or(0, Vec::len);
    for (index, panel) in map.panels.iter().enumerate() {
        check_text(&panel.title)?;
        if columns == 0 || panel.rows.is_empty() || panel.rows.iter().any(|r| r.len() != columns) {
            let lengths = panel.rows.iter().map(|row| row.len().to_string());
            let found = lengths.collect::<Vec<_>>().join(", ");
            return Err(ChartError::Cells { panel: index, title: panel.title.clone(), found });
        }
        for &value in panel.rows.iter().flatten() {
            end(index, "a cell", value, (0.0, 1.0))?;
        }
    }
    Ok(())
}

/// Whether a Gantt chart can be drawn; the first finding if not.
pub(in crate::chart) fn check_gantt(chart: &Gantt) -> Result<(), ChartError> {
    if chart.panels.is_empty() {
        return Err(ChartError::NoPanels);
    }
    check_text(&chart.label)?;
    for (index, panel) in chart.panels.iter().enumerate() {
        check_text(&panel.title)?;
        if panel.rows.is_empty() {
            return Err(ChartError::NoBars { panel: index, title: panel.title.clone() });
        }
        for row in &panel.rows {
            check_text(&row.label)?;
            for slice in &row.slices {
                let (least, greatest) = limits(Scale::Linear);
                end(index, &slice.name, slice.from, (least, greatest))?;
                end(index, &slice.name, slice.to, (slice.from, greatest))?;
            }
        }
    }
    one_look(chart.slices().map(|slice| (slice.name.as_str(), Sample::Area(slice.colour))))
}

fn end(
    panel: usize,
    of: &str,
    found: f64,
    (least, greatest): (f64, f64),
) -> Result<(), ChartError> {
    if (least..=greatest).contains(&found) {
        return Ok(());
    }
    Err(ChartError::End { panel, of: of.to_owned(), found, least, greatest })
}

/// Whether every name looks the same wherever it stands.
fn one_look<'a>(names: impl Iterator<Item = (&'a str, Sample)>) -> Result<(), ChartError> {
    let mut known: Vec<(&str, Sample)> = Vec::new();
    for (name, sample) in names {
        check_text(name)?;
        match known.iter().find(|(other, _)| *other == name) {
            Some((_, other)) if *other != sample => {
                return Err(ChartError::TwoLooks { name: name.to_owned() });
            }
            Some(_) => {}
            None => known.push((name, sample)),
        }
    }
    Ok(())
}
