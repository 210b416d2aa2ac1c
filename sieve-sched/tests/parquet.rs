//! The Parquet table of a sweep, read back.

use std::fs::{self, File};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::common::sieve;

/// 8 rows: two are left out, two are impossible (6 banks in 4 groups), four are computed.
const BANKS: &str = r#"(
    level: gemv(shape: "64x64"),
    axes: [
        {"geometry.banks": [6, 8]},
        {"pim.activation": [per_bank, ganged(4)]},
        {"refresh": [none, all_bank]},
    ],
    skip: [(when: {"pim.activation": [ganged(4)], "geometry.banks": [6]}, because: "gangs of \"4\", no less")],
)"#;

/// Columns of text, as the documentation of sweeps has them; all others are numbers.
const TEXT: [&str; 6] = ["geometry.banks", "pim.activation", "refresh", "status", "reason", "key"];

#[test]
fn the_parquet_table_has_what_the_csv_table_has() {
    let place = tempfile::tempdir().unwrap();
    let at = place.path();
    fs::write(at.join("banks.ron"), BANKS).unwrap();
    sieve(at, "sweep run banks.ron --out points").assert().success();
    let merge = "sweep merge points --out table.csv --parquet table.parquet";
    sieve(at, merge).assert().success();

    let mut csv = csv::Reader::from_path(at.join("table.csv")).unwrap();
    let header = csv.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let columns = SerializedFileReader::new(File::open(at.join("table.parquet")).unwrap()).unwrap();
    let read: Vec<_> = columns.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!((read.len(), rows.len()), (8, 8));
    assert_eq!(columns.metadata().file_metadata().num_rows(), 8);

    let (mut numbers, mut empty) = (0, 0);
    for (row, read) in rows.iter().zip(&read) {
        let fields: Vec<(&String, &Field)> = read.get_column_iter().collect();
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, header.iter().collect::<Vec<_>>());
        for ((name, field), cell) in fields.into_iter().zip(row) {
            match field {
                Field::Str(text) => {
                    assert_eq!(
                        (text.as_str(), TEXT.contains(&name.as_str())),
                        (cell, true),
                        "{name}"
                    );
                }
                Field::Double(number) => {
                    assert_eq!(
                        cell.parse::<f64>().map(f64::to_bits),
                        Ok(number.to_bits()),
                        "{name}"
                    );
                    numbers += 1;
                }
                Field::Null => {
                    assert_eq!((cell, TEXT.contains(&name.as_str())), ("", false), "{name}");
                    empty += 1;
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    // Points that were computed, and those that were not.
    assert!(numbers >= 4 * 10 && empty >= 4 * 10, "{numbers} numbers, {empty} empty cells");
}
