//! Statistics out of a CSV file.

use std::fs::File;
use std::path::Path;

use serde::Deserialize;

use super::{FitError, Row, Shape, Targets};

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    model: Option<String>,
    batch: u32,
    one_token: Option<f64>,
    up_to_four: Option<f64>,
    activated: Option<f64>,
    #[serde(rename = "source")]
    _source: Option<String>,
}

impl Targets {
    /// Reads a table with the columns `batch` and any of `one_token`, `up_to_four` (shares, 0 to 1), `activated` (experts),
    /// `model` and `source`. Of a table of several models `model` chooses one, whatever the case of its letters.
    ///
    /// # Errors
    /// The first line that does not parse, and tables without rows of the model.
    pub fn read_csv(
        path: impl AsRef<Path>,
        shape: Shape,
        model: Option<&str>,
    ) -> Result<Self, FitError> {
        let origin = path.as_ref().display().to_string();
        let file =
            File::open(path).map_err(|error| FitError::Open { origin: origin.clone(), error })?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let (mut rows, mut models) = (Vec::new(), Vec::new());
        let columns = reader.headers().map_err(|error| wrong(&origin, None, &error))?.clone();
        for line in reader.deserialize() {
            let line: Line = line.map_err(|error| wrong(&origin, Some(&columns), &error))?;
            let name = line.model.unwrap_or_default();
            if model.is_some_and(|model| !model.eq_ignore_ascii_case(&name)) {
                continue;
            }
            if !models.iter().any(|known: &String| known.eq_ignore_ascii_case(&name)) {
                models.push(name);
            }
            let Line { batch, one_token, up_to_four, activated, .. } = line;
            rows.push(Row { batch, one_token, up_to_four, activated });
        }
        if models.len() > 1 {
            return Err(FitError::Models { origin, models });
        }
        if rows.is_empty() {
            return Err(FitError::Empty { origin, model: model.map(str::to_owned) });
        }
        Ok(Self { origin, shape, rows })
    }
}

fn wrong(origin: &str, columns: Option<&csv::StringRecord>, error: &csv::Error) -> FitError {
    let says = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            let column = err.field().and_then(|field| columns?.get(field as usize));
            let column = column.map_or_else(String::new, |column| format!("{column}: "));
            format!("{column}{}", err.kind())
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields under a header of {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    let line = error.position().map_or(1, csv::Position::line);
    FitError::Line { origin: origin.to_owned(), line, says }
}
