//! Tables as columns: one-dimensional NumPy arrays of numbers, lists of texts.

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde_json::{Number, Value};

use crate::error::Error;

/// Named columns, in order, all of one length.
#[derive(Debug, Default)]
pub(crate) struct Columns(Vec<(String, Vec<Value>)>);

impl Columns {
    /// Of records with the fields of a CSV file.
    pub(crate) fn of_records(
        records: impl IntoIterator<Item = impl Serialize>,
    ) -> Result<Self, Error> {
        let mut columns = Self::default();
        for record in records {
            let Value::Object(fields) = serde_json::to_value(record)? else { continue };
            for (at, (name, value)) in fields.into_iter().enumerate() {
                if at == columns.0.len() {
                    columns.0.push((name, Vec::new()));
                }
                columns.0[at].1.push(value);
            }
        }
        Ok(columns)
    }

    /// Of the cells of a CSV file: what was varied, in its first `axes` columns, then numbers and texts.
    pub(crate) fn of_cells(
        header: &[String],
        rows: &[Vec<String>],
        axes: usize,
        is_number: impl Fn(usize) -> bool,
    ) -> Self {
        let column = |(at, name): (usize, &String)| {
            let cells = || rows.iter().map(|row| row[at].as_str());
            let numbers =
                is_number(at) || (at < axes && cells().all(|cell| number(cell).is_some()));
            let value = |cell: &str| match number(cell) {
                Some(number) if numbers => Value::Number(number),
                _ if numbers => Value::Null,
                _ => Value::from(cell),
            };
            (name.clone(), cells().map(value).collect())
        };
        Self(header.iter().enumerate().map(column).collect())
    }
}

impl<'py> IntoPyObject<'py> for Columns {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, values) in self.0 {
            let texts = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
            if let Some(whole) = values.iter().map(Value::as_i64).collect::<Option<Vec<_>>>() {
                dict.set_item(name, whole.into_pyarray(py))?;
            } else if let Some(texts) = texts {
                dict.set_item(name, texts)?;
            } else {
                let real = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
                let real: Vec<f64> = values.iter().map(real).collect();
                dict.set_item(name, real.into_pyarray(py))?;
            }
        }
        Ok(dict)
    }
}

fn number(cell: &str) -> Option<Number> {
    serde_json::from_str(cell).ok()
}
