//! Recorded routing in every format that is read. What is accepted is written as the project's own and says the same again.

#![no_main]

use std::io::{Cursor, Write};
use std::path::Path;

use fuzz::{in_file, told, told_of};
use libfuzzer_sys::fuzz_target;
use workloads::trace::{Expected, Head, Part, Problem, Rows, Sink, Target, Writer, scan};
use zip::CompressionMethod;
use zip::write::{FileOptions, ZipWriter};

/// Begins an input that holds the arrays of an archive instead of an archive, whose checksums chance would never meet.
const ARRAYS: &[u8] = b"arrays\n";

fuzz_target!(|input: &[u8]| {
    match input.strip_prefix(ARRAYS) {
        Some(arrays) => in_file(".npz", &archive(arrays), read),
        None => in_file(".trace", input, read),
    }
});

/// Arrays one after the other: a byte for the length of the name, the name, two bytes for the length of the array, the array.
fn archive(mut arrays: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = FileOptions::default().compression_method(CompressionMethod::Stored);
    while let Some((&length, rest)) = arrays.split_first() {
        let (name, rest) = rest.split_at(rest.len().min(length.into()));
        let (length, rest) = rest.split_at(rest.len().min(2));
        let length = length.iter().rev().fold(0, |n, &byte| n << 8 | usize::from(byte));
        let (array, rest) = rest.split_at(rest.len().min(length));
        let name = String::from_utf8_lossy(name);
        if zip.start_file(format!("{name}.npy"), options).is_err() {
            break;
        }
        zip.write_all(array).expect("memory");
        arrays = rest;
    }
    zip.finish().expect("an archive").into_inner()
}

fn read(path: &Path) {
    let tiny = Expected {
        model: Some("tiny".to_owned()),
        layers: Some(2),
        experts: Some(6),
        top_k: Some(2),
    };
    for expected in [Expected::default(), tiny] {
        let mut parts = Parts::default();
        if let Some(head) = told_of(path, scan(path, None, &expected, &mut parts)) {
            again(path, &expected, &head, &parts);
        }
    }
}

/// Writes a trace as `sieve trace convert` does and reads it again.
fn again(path: &Path, expected: &Expected, head: &Head, parts: &Parts) {
    for (target, extension) in [(Target::Npz, ".npz"), (Target::JsonLines, ".jsonl")] {
        in_file(extension, b"", |copy| {
            let Some(mut writer) = told(Writer::create(copy, target)) else { return };
            // What one format holds need not fit into another: batches of several sizes, recordings with names.
            if told_of(path, scan(path, None, expected, &mut writer)).is_some() {
                writer.finish().expect("a file");
                let mut read = Parts::default();
                let found = scan(copy, None, expected, &mut read);
                let found = found.unwrap_or_else(|error| panic!("{error}"));
                let mut parts = parts.clone();
                if target == Target::Npz {
                    // Arrays have no place for the name of a recording.
                    parts.0.iter_mut().for_each(|(source, ..)| source.clear());
                }
                assert_eq!((&found, &read), (head, &parts));
            }
        });
    }
}

/// All that a trace says.
#[derive(Clone, Debug, Default, PartialEq)]
struct Parts(Vec<(String, u64, Vec<u32>, usize, Vec<u32>)>);

impl Sink for Parts {
    fn begin(&mut self, head: &Head) -> Result<(), Problem> {
        assert!(head.top_k <= head.experts);
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let values = match part.rows {
            Rows::Ids(ids) => ids.iter().copied().map(u32::from).collect(),
            Rows::Counts(counts) => counts.to_vec(),
        };
        self.0.push((
            part.source.to_owned(),
            part.request,
            part.layers.to_vec(),
            part.batch,
            values,
        ));
        Ok(())
    }
}
