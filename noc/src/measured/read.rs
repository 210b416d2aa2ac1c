//! Tables of measured collectives as measuring tools write them: CSV with a header.
//!
//! | of | columns |
//! |---|---|
//! | NCCL | `dev`, `op_name` (`alltoall`, `all_gather`, `reduce_scatter`, `all_reduce`), `nccl_dtype`, `num_gpus`, `bytes`, `latency_us` |
//! | DeepEP | `dev`, `node_num` (of 8 GPUs), `hidden_size`, `num_token` (of a GPU), `num_topk`, `num_experts`, `dispatch_avg_t_us`, `combine_avg_t_us` |
//!
//! Other columns are left alone. `bytes` is the whole buffer of a GPU, the size that nccl-tests report: what an all-gather ends
//! with and a reduce-scatter begins with. So a GPU sends (n - 1) / n of it; were it one GPU's part, the 512 MiB of an all-gather on
//! eight B200 in 0.76 ms would be 4.9 TB/s over a link of 0.9.
//!
//! DeepEP sends a token once for each of its experts: FP8 elements, a scale of 4 bytes for each 128 of them and a header of 16
//! bytes, and takes back bf16. These are the bytes that the bandwidths of its own table imply.

mod error;

use std::collections::BTreeMap;
use std::io::Read;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord};

pub use error::{Problem, ReadError};

use super::{Collective, MoeShape, Way};

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A collective of NCCL.
    Nccl(Collective),
    /// A kernel of DeepEP.
    DeepEp(Way, MoeShape),
}

/// Which measurements belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Kind of GPU.
    pub device: String,
    /// What was measured.
    pub subject: Subject,
    /// GPUs.
    pub ranks: u32,
    /// Type of the elements.
    pub dtype: String,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Of a buffer, as in the tables of [`super`].
    pub bytes: u64,
    /// Above 0.
    pub micros: f64,
}

/// Measurements by what they are of; rows as in the file.
pub type Series = BTreeMap<Key, Vec<Row>>;

const COLLECTIVES: [(&str, Collective); 4] = [
    ("alltoall", Collective::AllToAll),
    ("all_gather", Collective::AllGather),
    ("reduce_scatter", Collective::ReduceScatter),
    ("all_reduce", Collective::AllReduce),
];

/// GPUs of a node in DeepEP's tables.
const GPUS_OF_NODE: u32 = 8;

/// Adds the measurements of a file to others. `origin` is the name of the file in errors.
///
/// # Errors
/// The first line that cannot be used.
pub fn read(origin: &str, file: impl Read, series: &mut Series) -> Result<(), ReadError> {
    let error = |line, problem| ReadError { origin: origin.to_owned(), line, problem };
    let csv = |e: csv::Error| error(e.position().map_or(1, csv::Position::line), Problem::Csv(e));
    let mut reader = ReaderBuilder::new().from_reader(file);
    let header = reader.headers().map_err(csv)?.clone();
    let deepep = header.iter().any(|column| column == "num_topk");
    let mut rows = 0;
    for record in reader.into_records() {
        let record = record.map_err(csv)?;
        let line = record.position().map_or(1, csv::Position::line);
        let cells = Cells { header: &header, record: &record };
        let read = if deepep { cells.deepep(series) } else { cells.nccl(series) };
        read.map_err(|problem| {
            error(if matches!(problem, Problem::Column { .. }) { 1 } else { line }, problem)
        })?;
        rows += 1;
    }
    if rows == 0 { Err(error(1, Problem::Empty)) } else { Ok(()) }
}

/// A line under its header.
struct Cells<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
}

impl Cells<'_> {
    fn nccl(&self, series: &mut Series) -> Result<(), Problem> {
        let name = self.text("op_name")?;
        let known = COLLECTIVES.iter().find(|(known, _)| *known == name);
        let &(_, collective) = known.ok_or_else(|| Problem::Cell {
            column: "op_name",
            found: name.to_owned(),
            expected: "alltoall, all_gather, reduce_scatter or all_reduce",
        })?;
        let key = Key {
            device: self.device()?,
            subject: Subject::Nccl(collective),
            ranks: self.number("num_gpus", 2)?,
            dtype: self.text("nccl_dtype")?.to_owned(),
        };
        let row = Row { bytes: self.number("bytes", 1)?, micros: self.micros("latency_us")? };
        series.entry(key).or_default().push(row);
        Ok(())
    }

    fn deepep(&self, series: &mut Series) -> Result<(), Problem> {
        let shape = MoeShape {
            hidden_size: self.number("hidden_size", 1)?,
            num_topk: self.number("num_topk", 1)?,
            num_experts: self.number("num_experts", 1)?,
        };
        let nodes: u32 = self.number("node_num", 1)?;
        let tokens: u32 = self.number("num_token", 1)?;
        let pairs = u64::from(tokens) * u64::from(shape.num_topk);
        let elements = u64::from(shape.hidden_size);
        for (way, bytes, column, dtype) in [
            (Way::Dispatch, elements + 4 * (elements / 128) + 16, "dispatch_avg_t_us", "fp8"),
            (Way::Combine, 2 * elements, "combine_avg_t_us", "bf16"),
        ] {
            let key = Key {
                device: self.device()?,
                subject: Subject::DeepEp(way, shape),
                ranks: nodes.saturating_mul(GPUS_OF_NODE),
                dtype: dtype.to_owned(),
            };
            let row = Row { bytes: pairs.saturating_mul(bytes), micros: self.micros(column)? };
            series.entry(key).or_default().push(row);
        }
        Ok(())
    }

    fn device(&self) -> Result<String, Problem> {
        let (column, found) = ("dev", self.text("dev")?);
        if found.trim().is_empty() {
            let expected = "the name of a kind of GPU";
            return Err(Problem::Cell { column, found: found.to_owned(), expected });
        }
        Ok(found.to_owned())
    }

    fn text(&self, column: &'static str) -> Result<&str, Problem> {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.record.get(at)).ok_or_else(|| Problem::Column {
            column,
            found: self.header.iter().map(str::to_owned).collect(),
        })
    }

    fn number<T: FromStr + PartialOrd + From<u8>>(
        &self,
        column: &'static str,
        least: u8,
    ) -> Result<T, Problem> {
        let found = self.text(column)?;
        let number = found.parse().ok().filter(|number| *number >= T::from(least));
        let expected = if least > 1 { "a whole number from 2" } else { "a whole number from 1" };
        number.ok_or_else(|| Problem::Cell { column, found: found.to_owned(), expected })
    }

    fn micros(&self, column: &'static str) -> Result<f64, Problem> {
        let found = self.text(column)?;
        let number = found.parse().ok().filter(|us: &f64| (1e-3..=1e6).contains(us));
        number.ok_or_else(|| Problem::Cell {
            column,
            found: found.to_owned(),
            expected: "microseconds from 0.001 to 1000000",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NCCL: &str = "dev,op_name,nccl_dtype,num_gpus,bytes,latency_us,note\n";

    #[test]
    fn each_kind_of_table_is_known_by_its_columns() {
        let mut series = Series::new();
        let nccl = format!("{NCCL}b200,all_gather,half,8,512,16.06,x\n");
        read("a", nccl.as_bytes(), &mut series).unwrap();
        let deepep = "dev,node_num,hidden_size,num_token,num_topk,num_experts,dispatch_avg_t_us,combine_avg_t_us\n\
                      b200,1,2048,3,8,128,16.5,16.8\n";
        read("b", deepep.as_bytes(), &mut series).unwrap();
        let found: Vec<_> = series.values().map(|rows| (rows[0].bytes, rows[0].micros)).collect();
        // 24 pairs of 2,048 + 64 + 16 and of 4,096 bytes.
        assert_eq!(found, [(512, 16.06), (51_072, 16.5), (98_304, 16.8)]);
        assert!(series.keys().all(|key| key.ranks == 8));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let row = "b200,all_gather,half,8,512,16.06,x\n";
        for (text, says) in [
            (NCCL.to_owned(), "t.csv:1: no measurement"),
            (
                NCCL.replace("bytes", "size") + row,
                "t.csv:1: no column `bytes`; there is dev, op_name",
            ),
            (
                format!("{NCCL}{row}{row}b200,broadcast,half,8,512,1,x\n"),
                "t.csv:4: op_name: `broadcast`",
            ),
            (
                format!("{NCCL}b200,alltoall,half,1,512,1,x\n"),
                "t.csv:2: num_gpus: `1`; expected a whole number from 2",
            ),
            (
                format!("{NCCL}{row} ,alltoall,half,2,5,1,x\n"),
                "t.csv:3: dev: ` `; expected the name",
            ),
            (format!("{NCCL}b200,alltoall,half,2,-5,1,x\n"), "t.csv:2: bytes: `-5`"),
            (format!("{NCCL}b200,alltoall,half,2,5,NaN,x\n"), "t.csv:2: latency_us: `NaN`"),
            (format!("{NCCL}{row}b200,alltoall,half\n"), "t.csv:3: "),
        ] {
            let error = read("t.csv", text.as_bytes(), &mut Series::new()).unwrap_err();
            assert!(error.to_string().starts_with(says), "{error}");
        }
    }
}
