//! Formats of others: each is read as what it says, and refused with its place where it is wrong.

use std::path::{Path, PathBuf};

use crate::common::{parquet, tiny};
use proptest::prelude::*;
use workloads::Trace;
use workloads::trace::{
    Array, AsCounts, Expected, Head, Kind, Part, Problem, Records, Rows, Select, Sink, Target,
    Writer, scan,
};

/// Two steps of three tokens through two layers.
const STEPS: [[[[u16; 2]; 3]; 2]; 2] = [
    [[[0, 1], [2, 3], [1, 0]], [[5, 4], [2, 0], [3, 5]]],
    [[[4, 1], [0, 3], [1, 2]], [[0, 4], [2, 1], [5, 3]]],
];

fn lines() -> String {
    let line = |step, layer, ids: &[[u16; 2]; 3]| {
        format!("{{\"step\":{step},\"layer\":{layer},\"experts\":{ids:?}}}\n")
    };
    let steps = STEPS.iter().enumerate();
    steps
        .flat_map(|(s, step)| step.iter().enumerate().map(move |(l, ids)| line(s, l, ids)))
        .collect()
}

const TABLE: &str = "source,B,batch,layer,e0,e1,e2,e3,e4,e5\n\
    a,3,0,0,2,2,1,1,0,0\n\
    a,3,0,1,1,0,1,1,1,2\n\
    a,3,1,0,1,2,1,1,1,0\n\
    a,3,1,1,1,1,1,1,1,1\n";

fn batches() -> Records {
    let ids = STEPS.as_flattened().as_flattened().as_flattened().to_vec();
    Records::Batches { expert_ids: Array::new([2, 2, 3, 2], ids).unwrap() }
}

fn counts() -> Records {
    let counts = vec![2, 2, 1, 1, 0, 0, 1, 0, 1, 1, 1, 2, 1, 2, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1];
    Records::Counts { counts: Array::new([2, 2, 6], counts).unwrap() }
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Records, String> {
    let (folder, path) = file("t", bytes);
    let trace = Trace::read(&path, &tiny());
    drop(folder);
    let error = |error: workloads::trace::TraceError| error.problem.to_string();
    trace.map(|trace| trace.records().clone()).map_err(error)
}

#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, says: &str) {
    assert_eq!(read(bytes), Err(says.to_owned()));
}

#[test]
fn steps_are_read_alike_from_lines_and_columns_and_counted_from_a_table() {
    assert_eq!(read(lines()), Ok(batches()));
    assert_eq!(read(parquet(STEPS.as_flattened())), Ok(batches()));
    assert_eq!(read(TABLE), Ok(counts()));
    let by_name = TABLE.replace("source,B,batch,layer", "source,batch,B,layer");
    assert_eq!(read(by_name.replace("a,3,0,", "a,0,3,").replace("a,3,1,", "a,1,3,")), Ok(counts()));
}

#[test]
fn a_request_is_one_line_or_a_line_for_each_layer_of_each_token() {
    let requests = |ids: &[u16], lengths: &[u32]| Records::Requests {
        expert_ids: Array::new([ids.len() / 4, 2, 2], ids.to_vec()).unwrap(),
        request_tokens: Array::new([lengths.len()], lengths.to_vec()).unwrap(),
    };
    let expected = requests(&[0, 1, 2, 3, 1, 0, 5, 4, 2, 0, 3, 5], &[1, 2]);
    let whole = "{\"request\":\"a\",\"experts\":[[[0,1],[2,3]]]}\n\
        {\"request\":\"b\",\"experts\":[[[1,0],[5,4]],[[2,0],[3,5]]]}\n";
    assert_eq!(read(whole), Ok(expected.clone()));
    let tokens = "{\"request\":7,\"token\":4,\"layer\":0,\"experts\":[0,1]}\n\
        {\"request\":7,\"token\":4,\"layer\":1,\"experts\":[2,3]}\n\
        {\"request\":3,\"token\":0,\"layer\":0,\"experts\":[1,0]}\n\
        {\"request\":3,\"token\":0,\"layer\":1,\"experts\":[5,4]}\n\
        {\"request\":3,\"token\":1,\"layer\":0,\"logits\":[0.5,-1,7e2,0.25,0,0.5]}\n\
        {\"request\":3,\"token\":1,\"layer\":1,\"experts\":[3,5]}\n";
    assert_eq!(read(tokens), Ok(expected.clone()), "of equal scores the first is chosen");
    let both = tokens.lines().take(2).chain(whole.lines().skip(1)).collect::<Vec<_>>().join("\n");
    assert_eq!(read(both), Ok(expected));
    refused(tokens.replace("\"token\":1", "\"token\":2"), "line 5: token 2 follows token 0");
    refused(
        tokens.replace("\"request\":3,\"token\":1", "\"request\":7,\"token\":5"),
        "line 5: request 7 was there before; its lines have to stand together",
    );
    refused(whole.replace("\"b\"", "\"a\""), "line 2: request \"a\" was there before");
}

#[test]
fn lines_that_are_wrong_are_named() {
    let (a, tail) = ("{\"step\":0,\"layer\":0,", "}\n");
    let one = |rest: &str| format!("{a}{rest}{tail}");
    refused(one("\"experts\":[[0,6]]"), "line 1, token 0, slot 1: found 6, allowed is 0 to 5");
    refused(
        one("\"experts\":[[0,1],[-1,2]]"),
        "line 1, token 1, slot 0: found -1, allowed is 0 to 5",
    );
    refused(
        one("\"experts\":[[0,1],[4,4]]"),
        "line 1, token 1, slot 1: expert 4 stands there a second time for this token",
    );
    refused(
        one("\"experts\":[[0,1],[2]]"),
        "line 1: `experts[1]`: 1 values, where lists before it have 2",
    );
    refused(
        one("\"experts\":[[0,1.5]]"),
        "line 1: `experts[0][1]`: 1.5 is no number of the kind needed",
    );
    refused(one("\"experts\":[0,1]"), "line 1: `experts[0]`: 0 is no list");
    refused(one("\"experts\":[[0,1,2]]"), "line 1: has 3 experts per token, model `tiny` has 2");
    refused(one("\"logits\":[[0,1,2,3,4]]"), "line 1: has 5 experts, model `tiny` has 6");
    refused(one("\"logits\":[[0,NaN,2,3,4,5]]"), "line 1, column 34: expected value");
    refused(
        one("\"counts\":[1,1,0,0,0,null]"),
        "line 1: `counts[5]`: null is no number at this depth",
    );
    refused(
        one("\"counts\":[1,1,0,0,1,0]"),
        "line 1: the counts sum to 3, which is no batch of tokens that visit 2 experts each",
    );
    refused(
        one("\"counts\":[1,1,0],\"experts\":[]"),
        "line 1: needs one of the keys `experts`, `logits`, `counts`",
    );
    refused(
        one("\"ids\":[[0,1]]"),
        "line 1, column 25: unknown field `ids`, expected one of `source`, `step`, `request`, `token`, `layer`, `experts`, `logits`, `counts`",
    );
    refused(
        "{\"layer\":0,\"experts\":[[0,1]]}",
        "line 1: needs the keys `step`, `layer` or `request`, `token`, `layer` or `request`, and no others of these",
    );
    refused(
        lines().replace("\"layer\":1", "\"layer\":2"),
        "line 2, number of the layer: found 2, allowed is 0 to 1",
    );
    refused(lines().replace(", [3, 5]", ""), "line 2: has 2 tokens, those before have 3");
    let other = lines() + "{\"request\":0,\"token\":0,\"layer\":0,\"experts\":[0,1]}\n";
    refused(other, "line 5: has requests, those before have batches");
    let meta =
        "{\"schema_version\":1,\"kind\":\"batches\",\"model\":\"m\",\"experts\":7,\"top_k\":2}\n";
    refused(meta.to_owned() + &lines(), "line 1 has 7 experts, model `tiny` has 6");
    refused("{\"schema_version\":2}\n", "line 1: schema_version 2 is unknown; 1 is read");
}

#[test]
fn cells_that_are_wrong_are_named() {
    let with = |from: &str, to: &str| TABLE.replace(from, to);
    refused(
        with("a,3,0,1,1,0,", "a,3,0,1,1,-1,"),
        "line 3, column `e1`: found -1, allowed is 0 to 4294967295",
    );
    refused(
        with("a,3,0,1,1,0,", "a,3,0,1,1,NaN,"),
        "line 3, column `e1`: `NaN` is no whole number of 0 to 4294967295",
    );
    refused(
        with("a,3,1,0,1,2,", "a,3,1,0,1,2.5,"),
        "line 4, column `e1`: `2.5` is no whole number of 0 to 4294967295",
    );
    refused(
        with("a,3,0,1,1,0,", "a,3,0,1,1,1,"),
        "line 3: the counts sum to 7, those of 3 tokens that visit 2 experts each to 6",
    );
    refused(
        with("a,3,0,1,1,0,1,1,1,2", "a,3,0,1,4,0,1,1,0,0"),
        "line 3, column `e0`: found 4, allowed is 0 to 3",
    );
    refused(with("a,3,0,0,2,2,1,1,0,0", "a,3,0,0,2,2,1,1,0"), "line 2: 9 cells, the header has 10");
    refused(
        with("a,3,0,0", "a,4,0,0"),
        "line 2: the counts sum to 6, which is no multiple of the 4 tokens in column `B`",
    );
    refused(with("a,3,0,0", "a,0,0,0"), "line 2, column `B`: found 0, allowed is 1 and more");
    refused(
        with("e5", "e6"),
        "line 1: column `e6` is none of `source`, `B`, `batch`, `layer`, `e0`, `e1`, ...",
    );
    refused(with("e5", "e4"), "line 1: column `e4` stands there twice");
    refused(
        with("layer", "Layer"),
        "line 1: column `Layer` is none of `source`, `B`, `batch`, `layer`, `e0`, `e1`, ...",
    );
    refused(with(",B,", ","), "line 1: column `B` is missing");
}

#[test]
fn what_replays_cannot_take_is_refused_with_a_hint() {
    let several = TABLE.replace("a,3,1", "b,3,1");
    refused(
        several,
        "line 4: has source `b`, those before have source `a`; choose a source by `sieve trace convert --source NAME`",
    );
    let sizes = TABLE.replace(
        "a,3,1,0,1,2,1,1,1,0\na,3,1,1,1,1,1,1,1,1\n",
        "a,1,1,0,1,1,0,0,0,0\na,1,1,1,1,1,0,0,0,0\n",
    );
    refused(
        sizes,
        "line 4: has a batch of 1, those before have one of 3; choose a batch by `sieve trace convert --batch B`",
    );
    let layer: String = TABLE.lines().take(2).map(|line| format!("{line}\n")).collect();
    refused(layer, "has only 1 layers, model `tiny` has 2");
}

/// A file cut anywhere is refused, unless all that is left are whole steps.
#[test]
fn a_file_cut_in_the_middle_is_refused() {
    let first = |n: usize| n * 2 * 3 * 2;
    for (bytes, text) in [
        (lines().into_bytes(), true),
        (TABLE.as_bytes().to_vec(), true),
        (parquet(STEPS.as_flattened()), false),
    ] {
        let whole = read(&bytes).unwrap();
        for cut in 0..bytes.len() {
            let Ok(records) = read(&bytes[..cut]) else { continue };
            assert!(text, "Parquet cut at {cut}");
            match (records, &whole) {
                (Records::Batches { expert_ids: some }, Records::Batches { expert_ids: all }) => {
                    assert_eq!(some.values(), &all.values()[..first(some.shape()[0])]);
                }
                (Records::Counts { counts: some }, Records::Counts { counts: all }) => {
                    assert_eq!(some.values(), &all.values()[..some.values().len()]);
                    assert!(some.values().len().is_multiple_of(12));
                }
                other => panic!("cut at {cut}: {other:?}"),
            }
        }
    }
}

#[test]
fn no_byte_of_a_parquet_file_makes_it_panic() {
    let whole = parquet(STEPS.as_flattened());
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        // A page without a checksum may hold other ids.
        let _ = read(&bytes).is_ok();
    }
}

#[test]
fn files_of_nothing_or_of_others_are_refused() {
    refused("", "line 1: column `e0` is missing");
    refused("{", "line 1, column 1: EOF while parsing an object");
    refused("\n", "line 1: column `e0` is missing");
    refused(TABLE.lines().next().unwrap(), "holds no routing");
    let (_folder, path) = file("t.jsonl", "");
    assert_eq!(Trace::read(&path, &tiny()).unwrap_err().problem.to_string(), "holds no routing");
    let error = Trace::read(path.parent().unwrap(), &tiny()).unwrap_err().to_string();
    assert!(error.ends_with(": cannot be opened: is a directory"), "{error}");
}

/// Takes all, does nothing.
struct Nothing;

impl Sink for Nothing {
    fn begin(&mut self, _: &Head) -> Result<(), Problem> {
        Ok(())
    }

    fn part(&mut self, _: &Part<'_>) -> Result<(), Problem> {
        Ok(())
    }
}

#[test]
fn what_neither_file_nor_user_says_is_asked_for() {
    let (_folder, path) = file("t.jsonl", lines());
    let expected = |experts, top_k| Expected { experts, top_k, ..Expected::default() };
    let scanned =
        |expected| scan(&path, None, &expected, &mut Nothing).map_err(|e| e.problem.to_string());
    let head = Head { kind: Kind::Batches, model: "unknown".into(), experts: 6, top_k: 2 };
    assert_eq!(scanned(expected(Some(6), None)), Ok(head));
    let unsaid = "does not say its number of experts; name the model, or give the number";
    assert_eq!(scanned(expected(None, None)), Err(unsaid.into()));
    let differs = "line 1: has 2 experts per token, expected are 3";
    assert_eq!(scanned(expected(Some(6), Some(3))), Err(differs.into()));
    let few = "experts per token: a token cannot visit 2 of 1 experts";
    assert_eq!(scanned(expected(Some(1), None)), Err(few.into()));
}

fn written(to: &Path, sink: impl FnOnce(&mut Writer) -> Result<(), String>) -> Result<(), String> {
    let mut writer = Writer::create(to, Target::of(to).unwrap()).map_err(|e| e.to_string())?;
    sink(&mut writer)?;
    writer.finish().map_err(|e| e.problem.to_string())
}

fn copy(from: &Path, to: &Path) {
    let all = |writer: &mut Writer| {
        scan(from, None, &Expected::of(&tiny()), writer).map(drop).map_err(|e| e.to_string())
    };
    written(to, all).unwrap();
}

/// Any records of the tiny model.
fn any_records() -> impl Strategy<Value = Records> {
    let token = proptest::sample::subsequence(vec![0_u16, 1, 2, 3, 4, 5], 2).prop_shuffle();
    let ids =
        move |parts, batch: usize| proptest::collection::vec(token.clone(), parts * 2 * batch);
    let batches = (1_usize..4, 1_usize..5).prop_flat_map(move |(steps, batch)| {
        ids(steps, batch).prop_map(move |ids| Records::Batches {
            expert_ids: Array::new([steps, 2, batch, 2], ids.concat()).unwrap(),
        })
    });
    let token = proptest::sample::subsequence(vec![0_u16, 1, 2, 3, 4, 5], 2).prop_shuffle();
    let requests = proptest::collection::vec(1_u32..4, 1..4).prop_flat_map(move |lengths| {
        let tokens = lengths.iter().sum::<u32>() as usize;
        proptest::collection::vec(token.clone(), tokens * 2).prop_map(move |ids| {
            Records::Requests {
                expert_ids: Array::new([tokens, 2, 2], ids.concat()).unwrap(),
                request_tokens: Array::new([lengths.len()], lengths.clone()).unwrap(),
            }
        })
    });
    prop_oneof![batches, requests]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Through JSON lines and back, a trace keeps its bytes; through CSV, its counts do.
    #[test]
    fn conversions_lose_nothing(records in any_records()) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        Trace::new("made", &tiny(), records.clone()).unwrap().write(at("a.npz")).unwrap();
        copy(&at("a.npz"), &at("b.jsonl"));
        copy(&at("b.jsonl"), &at("c.npz"));
        prop_assert_eq!(std::fs::read(at("a.npz")).unwrap(), std::fs::read(at("c.npz")).unwrap());
        if matches!(records, Records::Batches { .. }) {
            copy(&at("a.npz"), &at("d.csv"));
            copy(&at("d.csv"), &at("e.jsonl"));
            copy(&at("e.jsonl"), &at("f.csv"));
            prop_assert_eq!(std::fs::read(at("d.csv")).unwrap(), std::fs::read(at("f.csv")).unwrap());
            let mut writer = Writer::create(at("g.csv"), Target::Csv).unwrap();
            scan(at("a.npz"), None, &Expected::default(), &mut AsCounts::new(&mut writer)).unwrap();
            writer.finish().unwrap();
            prop_assert_eq!(std::fs::read(at("d.csv")).unwrap(), std::fs::read(at("g.csv")).unwrap());
        }
    }
}

/// Found by fuzzing: the archive did not say that there are other layers, and was refused for having too few.
#[test]
fn the_first_layers_alone_stay_so_in_an_archive() {
    let line = "{\"step\":0,\"layer\":0,\"counts\":[2,2,0,0,0,0]}\n";
    let (folder, path) = file("first.jsonl", line);
    let copied = folder.path().join("first.npz");
    copy(&path, &copied);
    let mut layers = Layers::default();
    scan(copied, None, &Expected::of(&tiny()), &mut layers).unwrap();
    assert_eq!(layers.0, [(vec![0], 2, vec![2, 2, 0, 0, 0, 0])]);
}

#[test]
fn a_selection_may_hold_some_layers_and_none_is_no_file() {
    let table =
        TABLE.replace("a,3,1,0,1,2,1,1,1,0\na,3,1,1,1,1,1,1,1,1\n", "b,1,1,1,1,1,0,0,0,0\n");
    let (folder, path) = file("t.csv", table);
    let select = |source: Option<&str>, batch, to: &str| {
        written(&folder.path().join(to), |writer| {
            let mut select = Select::new(writer, source.map(str::to_owned), batch);
            scan(&path, None, &Expected::default(), &mut select)
                .map(drop)
                .map_err(|e| e.problem.to_string())
        })
    };
    assert_eq!(select(Some("b"), None, "b.npz"), Ok(()));
    let mut layers = Layers::default();
    let head = scan(folder.path().join("b.npz"), None, &Expected::default(), &mut layers).unwrap();
    assert_eq!((head.kind, head.experts, head.top_k), (Kind::Counts, 6, 2));
    assert_eq!(layers.0, [(vec![1], 1, vec![1, 1, 0, 0, 0, 0])]);
    assert_eq!(select(None, Some(2), "n.npz"), Err("holds no routing of what was chosen".into()));
    assert!(!folder.path().join("n.npz").exists());
    assert_eq!(
        select(None, None, "n.npz"),
        Err("line 4: has source `b`, those before have source `a`; choose a source by `sieve trace convert --source NAME`".into())
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing half-written stays");
}

#[derive(Default)]
struct Layers(Vec<(Vec<u32>, usize, Vec<u32>)>);

impl Sink for Layers {
    fn begin(&mut self, _: &Head) -> Result<(), Problem> {
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let Rows::Counts(counts) = part.rows else { return Ok(()) };
        self.0.push((part.layers.to_vec(), part.batch, counts.to_vec()));
        Ok(())
    }
}
