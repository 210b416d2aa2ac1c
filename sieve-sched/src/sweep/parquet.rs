//! A table as Parquet: axes, `status`, `reason` and `key` as text, everything else as optional doubles.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;

use super::error::SweepError;
use super::table::Table;

impl Table {
    /// Writes the table as Parquet.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_parquet(&self, output: impl Write + Send) -> Result<(), SweepError> {
        self.parquet(output).map_err(|error| SweepError::Table(error.to_string()))
    }

    fn parquet(&self, output: impl Write + Send) -> Result<(), ParquetError> {
        let fields = (0..self.header.len()).map(|at| self.field(at)).collect::<Result<_, _>>()?;
        let schema = Type::group_type_builder("sweep").with_fields(fields).build()?;
        let properties = Arc::new(WriterProperties::builder().set_created_by(created_by()).build());
        let mut file = SerializedFileWriter::new(output, Arc::new(schema), properties)?;
        let mut group = file.next_row_group()?;
        for at in 0..self.header.len() {
            let Some(mut column) = group.next_column()? else { break };
            let cells = self.rows.iter().map(|row| row[at].as_str());
            if self.is_number(at) {
                let numbers: Vec<Option<f64>> = cells.map(|cell| cell.parse().ok()).collect();
                let known: Vec<i16> = numbers.iter().map(|n| i16::from(n.is_some())).collect();
                let values: Vec<f64> = numbers.into_iter().flatten().collect();
                column.typed::<DoubleType>().write_batch(&values, Some(&known), None)?;
            } else {
                let values: Vec<ByteArray> = cells.map(ByteArray::from).collect();
                column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
            }
            column.close()?;
        }
        group.close()?;
        file.close()?;
        Ok(())
    }

    fn field(&self, at: usize) -> Result<Arc<Type>, ParquetError> {
        let name = self.header[at].as_str();
        let builder = if self.is_number(at) {
            Type::primitive_type_builder(name, Physical::DOUBLE)
                .with_repetition(Repetition::OPTIONAL)
        } else {
            Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::String))
        };
        builder.build().map(Arc::new)
    }
}

fn created_by() -> String {
    format!("sieve version {}", env!("CARGO_PKG_VERSION"))
}
