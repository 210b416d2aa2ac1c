//! NumPy reads what we write, and we read what NumPy writes. Needs `python3` with NumPy; says so where it is not.

#![allow(clippy::print_stdout, reason = "says what is skipped")]

use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::common::tiny;
use workloads::Trace;
use workloads::trace::{Array, Records};

/// Standard output of a script; `None` without NumPy.
fn numpy(script: &str, path: &Path) -> Option<String> {
    let has = Command::new("python3").args(["-c", "import numpy"]).output();
    if !has.is_ok_and(|has| has.status.success()) {
        // Not by `println!`, which tests that pass keep to themselves.
        std::io::stderr().write_all(b"skipped: python3 with numpy not there\n").unwrap();
        return None;
    }
    let output = Command::new("python3").args(["-c", script]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn records() -> Records {
    Records::Requests {
        expert_ids: Array::new([2, 2, 2], vec![0, 1, 2, 3, 1, 0, 5, 4]).unwrap(),
        request_tokens: Array::new([1], vec![2]).unwrap(),
    }
}

#[test]
fn numpy_reads_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    Trace::new("made", &tiny(), records()).unwrap().write(&path).unwrap();
    let script = "
import json, numpy, sys
z = numpy.load(sys.argv[1])
print(json.loads(z['meta'].tobytes()))
for name in ['expert_ids', 'request_tokens']:
    print(z[name].dtype, z[name].tolist())";
    let Some(printed) = numpy(script, &path) else { return };
    assert_eq!(
        printed,
        "{'schema_version': 1, 'kind': 'requests', 'model': 'tiny', 'experts': 6, 'top_k': 2}\n\
         uint16 [[[0, 1], [2, 3]], [[1, 0], [5, 4]]]\n\
         uint32 [2]\n"
    );
}

#[test]
fn we_read_what_numpy_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    // Both orders, both ends first, compressed and not.
    for (dtype, order, save) in
        [("<i8", "C", "savez"), (">u2", "C", "savez_compressed"), (">i4", "F", "savez")]
    {
        let script = format!(
            "
import json, numpy, sys
meta = dict(schema_version=1, kind='requests', model='tiny', experts=6, top_k=2)
ids = numpy.array([[[0, 1], [2, 3]], [[1, 0], [5, 4]]], '{dtype}', order='{order}')
meta = numpy.frombuffer(json.dumps(meta).encode(), numpy.uint8)
numpy.{save}(sys.argv[1], meta=meta, expert_ids=ids, request_tokens=[2])"
        );
        if numpy(&script, &path).is_none() {
            return;
        }
        assert_eq!(Trace::read(&path, &tiny()).unwrap().records(), &records());
    }
}
