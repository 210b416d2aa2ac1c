//! Parquet: a record a row, in columns called like the keys of JSON lines.

use std::fs::File;
use std::path::Path;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use serde_json::{Map, Value};

use super::assemble::Assembler;
use super::check::Check;
use super::record::Record;
use super::{Expected, Problem};

pub(super) fn scan(path: &Path, expected: &Expected, check: &mut Check<'_>) -> Result<(), Problem> {
    let broken = |error: ::parquet::errors::ParquetError| Problem::Parquet(error.to_string());
    let file = File::open(path).map_err(Problem::Open)?;
    let length = file.metadata().map_err(Problem::Read)?.len();
    let file = SerializedFileReader::new(file).map_err(broken)?;
    inside(&file, length)?;
    let mut assembler = Assembler::new(check, expected, "row", None);
    for (row, line) in file.get_row_iter(None).map_err(broken)?.zip(1..) {
        let row = row.map_err(broken)?;
        let wrong = |says| Problem::Text { place: format!("row {line}"), says };
        let mut keys = Map::new();
        for (name, field) in row.get_column_iter() {
            let value = value(field);
            let value =
                value.ok_or_else(|| wrong(format!("column `{name}`: {field} is of no use")))?;
            // A cell without a value is a key that is not there.
            if !value.is_null() {
                keys.insert(name.clone(), value);
            }
        }
        let record: Record = serde_json::from_value(Value::Object(keys))
            .map_err(|error| wrong(error.to_string()))?;
        assembler.push(&record, line)?;
    }
    assembler.finish()
}

/// All columns lie inside the file; the reader takes that for granted.
fn inside(file: &impl FileReader, length: u64) -> Result<(), Problem> {
    let columns = file.metadata().row_groups().iter().flat_map(|rows| rows.columns());
    for column in columns {
        let first = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let end = u64::try_from(first)
            .ok()
            .zip(u64::try_from(column.compressed_size()).ok())
            .and_then(|(first, size)| first.checked_add(size));
        if end.is_none_or(|end| end > length) {
            let says = format!("column `{}` lies outside of it", column.column_path().string());
            return Err(Problem::Parquet(says));
        }
    }
    Ok(())
}

/// A number, text or list; `None` of anything else, NaN included.
fn value(field: &Field) -> Option<Value> {
    Some(match field {
        Field::Null => Value::Null,
        Field::Byte(n) => (*n).into(),
        Field::Short(n) => (*n).into(),
        Field::Int(n) => (*n).into(),
        Field::Long(n) => (*n).into(),
        Field::UByte(n) => (*n).into(),
        Field::UShort(n) => (*n).into(),
        Field::UInt(n) => (*n).into(),
        Field::ULong(n) => (*n).into(),
        Field::Float(x) => serde_json::Number::from_f64((*x).into())?.into(),
        Field::Double(x) => serde_json::Number::from_f64(*x)?.into(),
        Field::Str(text) => text.clone().into(),
        Field::ListInternal(list) => {
            Value::Array(list.elements().iter().map(value).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
