//! The trace format: what is written is read back, by NumPy too, and what is wrong is named.

use std::path::Path;
use std::process::Command;

use workloads::Trace;
use workloads::trace::Recorded;

fn trace(routing: Recorded) -> Trace {
    Trace { model: "tiny".into(), experts: Some(4), top_k: 2, layers: 2, routing }
}

fn requests() -> Trace {
    let expert_ids = vec![0, 1, 2, 3, 1, 0, 3, 2, 0, 2, 1, 3];
    trace(Recorded::Requests { expert_ids, request_tokens: vec![1, 2] })
}

#[test]
fn every_kind_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    let batches = Recorded::Batches { expert_ids: vec![0, 1, 2, 3, 1, 0, 3, 2], batch: 2 };
    let counts = Recorded::Counts { counts: vec![2, 1, 1, 0, 0, 2, 0, 2], batch: 2 };
    for trace in [requests(), trace(batches), trace(counts)] {
        trace.write(&path).unwrap();
        assert_eq!(Trace::read(&path).unwrap(), trace);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[track_caller]
fn refused(trace: &Trace, says: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    trace.write(&path).unwrap();
    let error = Trace::read(&path).unwrap_err().to_string();
    assert!(error.contains(says) && error.contains("t.npz"), "{error}");
}

#[test]
fn mistakes_are_named_with_their_place() {
    let with = |edit: fn(&mut Vec<u16>, &mut Vec<u32>)| {
        let mut trace = requests();
        if let Recorded::Requests { expert_ids, request_tokens } = &mut trace.routing {
            edit(expert_ids, request_tokens);
        }
        trace
    };
    refused(&with(|ids, _| ids[6] = 9), "token 1, layer 1, slot 0: expert id 9; allowed are 0 to 3");
    refused(&with(|ids, _| ids[5] = 1), "token 1, layer 0, slot 1: expert 1 a second time");
    refused(&with(|_, lens| lens[1] = 3), "add up to 4 tokens, the ids are of 3");
    refused(&with(|_, lens| lens[0] = 0), "request 0 has 0 tokens");
    refused(&with(|ids, lens| { ids.clear(); lens.clear() }), "holds no token");
    let counts = Recorded::Counts { counts: vec![2, 1, 1, 0, 0, 2, 0, 1], batch: 2 };
    refused(&trace(counts), "counts of step 0, layer 1 add up to 3; expected batch x k = 2 x 2");
}

#[test]
fn a_file_cut_short_and_a_file_that_is_no_archive_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    requests().write(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(Trace::read(&path).unwrap_err().to_string().contains("not a readable .npz file"));
    std::fs::write(&path, "expert_ids").unwrap();
    assert!(Trace::read(&path).unwrap_err().to_string().contains("not a readable .npz file"));
}

fn python(script: &str, path: &Path) -> Option<String> {
    let output = Command::new("python3").args(["-c", script]).arg(path).output().ok()?;
    if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("No module named 'numpy'") {
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn numpy_reads_and_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    requests().write(&path).unwrap();
    let read = "import numpy, sys, json; z = numpy.load(sys.argv[1]); \
                print(z['expert_ids'].shape, z['request_tokens'].tolist(), json.loads(bytes(z['meta']))['experts'])";
    let Some(found) = python(read, &path) else {
        println!("skipped: python3 with numpy is not there");
        return;
    };
    assert_eq!(found, "(3, 2, 2) [1, 2] 4");
    let write = "import numpy, sys, json; meta = dict(schema_version=1, kind='batches', model='tiny', experts=4, top_k=2); \
                 numpy.savez_compressed(sys.argv[1], meta=numpy.frombuffer(json.dumps(meta).encode(), 'u1'), \
                 expert_ids=numpy.array([[[[0, 1], [2, 3]], [[1, 0], [3, 2]]]], 'i8'))";
    python(write, &path);
    let batches = Recorded::Batches { expert_ids: vec![0, 1, 2, 3, 1, 0, 3, 2], batch: 2 };
    assert_eq!(Trace::read(&path).unwrap(), trace(batches));
    let floats = write.replace("'i8'", "'f4'");
    python(&floats, &path);
    assert!(Trace::read(&path).unwrap_err().to_string().contains("dtype '<f4'; expected integers"));
}
