//! Every command and every request of Ramulator 2.1 on HBM3, by the hashes of its runs.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use pim_dram::controller::{Request, Requests};
use validation::golden::ramulator::{Run, generated};
use validation::golden::runs;
use validation::presets::Presets;

/// Where the traces lie that were run; the one of random reads has no formula.
fn beside(trace: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/dram");
    folder.join(format!("hbm3_trace_{trace}.csv.gz"))
}

/// Not by `println!`, which tests that pass keep to themselves.
fn skipped(trace: &str) {
    let note = format!("skipped: there is no {}\n", beside(trace).display());
    std::io::stderr().write_all(note.as_bytes()).unwrap();
}

fn recorded(trace: &str) -> Option<Vec<Request>> {
    let file = BufReader::new(File::open(beside(trace)).ok()?);
    let requests = Requests::new(BufReader::new(MultiGzDecoder::new(file))).unwrap();
    Some(requests.collect::<Result<_, _>>().unwrap())
}

/// How many runs of traces are as Ramulator's, hashes included; panics at one that is not.
fn equal(requests: impl Fn(&str) -> Option<Vec<Request>>) -> usize {
    let check = |run: &Run| {
        let requests = requests(&run.trace)?;
        let found = run.run(&Presets::default(), &requests).unwrap();
        assert_eq!(found, run.found, "{}, {}", run.config, run.trace);
        Some(())
    };
    runs::<Run>().unwrap().iter().filter_map(check).count()
}

#[test]
fn runs_with_a_formula_are_equal_command_by_command() {
    assert_eq!(equal(generated), 29);
}

#[test]
fn random_reads_are_equal_command_by_command() {
    let Some(requests) = recorded("rand_rd") else {
        return skipped("rand_rd");
    };
    assert_eq!(equal(|trace| (trace == "rand_rd").then(|| requests.clone())), 8);
}

#[test]
fn formulas_give_the_traces_that_were_run() {
    for trace in ["seq_rd", "seq_rw21", "ideal_rd", "bank_conflict"] {
        match recorded(trace) {
            Some(requests) => assert!(generated(trace) == Some(requests), "{trace}"),
            None => skipped(trace),
        }
    }
}
