//! The trace format: what is written is read back, and what is wrong is named with its place.

use std::path::PathBuf;

use crate::common::tiny;
use npyz::npz::NpzWriter;
use npyz::{AutoSerialize, Order, Serialize, WriterBuilder};
use workloads::Trace;
use workloads::trace::{Array, Records};

/// An `.npz` file in a folder that is deleted at the end of the test.
struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
    archive: Option<NpzWriter<std::io::BufWriter<std::fs::File>>>,
    order: Order,
}

impl File {
    /// Without any array.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.npz");
        let archive = Some(NpzWriter::create(&path).unwrap());
        Self { _folder: folder, path, archive, order: Order::C }
    }

    /// With the `meta` of a kind of trace of the tiny model.
    fn of(kind: &str) -> Self {
        Self::meta(&format!(
            r#"{{"schema_version": 1, "kind": "{kind}", "model": "tiny", "experts": 6, "top_k": 2}}"#
        ))
    }

    fn meta(json: &str) -> Self {
        Self::new().with("meta", &[json.len() as u64], json.as_bytes())
    }

    fn with<T: Serialize + AutoSerialize>(
        mut self,
        name: &str,
        shape: &[u64],
        values: &[T],
    ) -> Self {
        let archive = self.archive.as_mut().unwrap();
        let array = archive.array(name, Default::default()).unwrap().default_dtype();
        let mut array = array.order(self.order).shape(shape).begin_nd().unwrap();
        values.iter().for_each(|value| array.push(value).unwrap());
        array.finish().unwrap();
        self
    }

    fn close(mut self) -> Self {
        drop(self.archive.take());
        self
    }
}

fn array<T: Clone, const N: usize>(shape: [usize; N], values: &[T]) -> Array<T, N> {
    Array::new(shape, values.to_vec()).unwrap()
}

/// Three tokens of two requests.
const IDS: [u16; 12] = [0, 1, 2, 3, 1, 0, 5, 4, 2, 0, 3, 5];

fn requests() -> Records {
    Records::Requests { expert_ids: array([3, 2, 2], &IDS), request_tokens: array([2], &[1, 2]) }
}

/// One step of three tokens.
fn batches() -> Records {
    Records::Batches { expert_ids: array([1, 2, 3, 2], &IDS) }
}

/// Two steps of three tokens.
fn counts() -> Records {
    let counts = [3, 2, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 3, 0, 3, 0, 0, 2, 2, 2, 0, 0, 0];
    Records::Counts { counts: array([2, 2, 6], &counts) }
}

#[test]
fn every_kind_is_read_as_it_was_written_and_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for records in [requests(), batches(), counts()] {
        let (one, other) = (folder.path().join("one.npz"), folder.path().join("other.npz"));
        let trace = Trace::new("made", &tiny(), records).unwrap();
        trace.write(&one).unwrap();
        trace.write(&other).unwrap();
        let read = Trace::read(&one, &tiny()).unwrap();
        assert_eq!((read.records(), read.model()), (trace.records(), "tiny"));
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&other).unwrap());
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "no temporary file stays behind");
}

#[test]
fn writing_into_no_folder_fails_with_the_path() {
    let trace = Trace::new("made", &tiny(), requests()).unwrap();
    let error = trace.write("nowhere/at/all.npz").unwrap_err().to_string();
    assert!(error.starts_with("nowhere/at/all.npz: cannot be written: "), "{error}");
}

#[track_caller]
fn reads(file: File, records: &Records) {
    let file = file.close();
    assert_eq!(Trace::read(&file.path, &tiny()).unwrap().records(), records);
}

#[test]
fn any_integer_type_is_read() {
    let (shape, lens) = ([3, 2, 2], [1_i64, 2]);
    let file = || File::of("requests").with("request_tokens", &[2], &lens);
    reads(file().with("expert_ids", &shape, &IDS.map(|id| id as i8)), &requests());
    reads(file().with("expert_ids", &shape, &IDS.map(|id| id as u8)), &requests());
    reads(file().with("expert_ids", &shape, &IDS.map(|id| id as i16)), &requests());
    reads(file().with("expert_ids", &shape, &IDS), &requests());
    reads(file().with("expert_ids", &shape, &IDS.map(i32::from)), &requests());
    reads(file().with("expert_ids", &shape, &IDS.map(u32::from)), &requests());
    reads(file().with("expert_ids", &shape, &IDS.map(i64::from)), &requests());
    reads(file().with("expert_ids", &shape, &IDS.map(u64::from)), &requests());
}

#[test]
fn fortran_order_is_read() {
    // The transpose of IDS, [slot][layer][token]: the first index of the array runs fastest in the file.
    let mut file = File::of("requests").with("request_tokens", &[2], &[1, 2]);
    file.order = Order::Fortran;
    let place = |n: usize| (n % 3 * 2 + n / 3 % 2) * 2 + n / 6;
    let transposed: Vec<_> = (0..12).map(|n| IDS[place(n)]).collect();
    reads(file.with("expert_ids", &[3, 2, 2], &transposed), &requests());
}

#[test]
fn flat_and_lens_are_imported() {
    let file = File::new().with("lens", &[2], &[1_i64, 2]);
    reads(file.with("flat", &[3, 2, 2], &IDS.map(|id| id as i8)), &requests());
}

#[test]
fn steps_of_sglang_without_tokens_are_left_out_and_so_are_dense_layers() {
    let Records::Counts { counts } = counts() else { panic!() };
    let mut values = counts.values().to_vec();
    values.extend([0; 12]);
    let file = |shape: &[u64], values: &[u32]| File::new().with("logical_count", shape, values);
    let also = file(&[3, 2, 6], &values).with("rank", &[1], &[0]);
    reads(also, &self::counts());
    let summed = Records::Counts { counts: array([1, 2, 6], &counts.values()[..12]) };
    reads(file(&[2, 6], &values[..12]), &summed);
    let dense = [&[0; 6][..], &values[..6]].concat();
    refused(file(&[2, 6], &dense), "has only 1 layers, model `tiny` has 2");
    values[19] = 1;
    refused(
        file(&[3, 2, 6], &values),
        "array `logical_count`, step 1, layer 1: the counts sum to 5, those of layer 0 to 6",
    );
    let dense = [&[0; 6][..], &[1, 1, 1, 0, 0, 0]].concat();
    refused(
        file(&[2, 6], &dense),
        "array `logical_count`, layer 1: the counts sum to 3, which is no batch of tokens that visit 2 experts each",
    );
}

#[test]
fn a_single_array_of_ids_is_a_request_or_steps_by_its_rank() {
    let one =
        Records::Requests { expert_ids: array([3, 2, 2], &IDS), request_tokens: array([1], &[3]) };
    reads(File::new().with("any", &[3, 2, 2], &IDS), &one);
    reads(File::new().with("any", &[1, 2, 3, 2], &IDS), &batches());
    let mut model = tiny();
    model.layers = 1;
    let file = File::new().with("any", &[6, 2], &IDS).close();
    let step = Records::Batches { expert_ids: array([1, 1, 6, 2], &IDS) };
    assert_eq!(Trace::read(&file.path, &model).unwrap().records(), &step);
    refused(
        File::new().with("any", &[12], &IDS),
        "array `any` has the shape [12]; ids are [token, slot], [token, layer, slot] or [step, layer, token, slot]",
    );
    refused(
        File::new().with("any", &[3, 2, 2], &changed(5, -1)),
        "array `any`, token 1, layer 0, slot 1: found -1, allowed is 0 to 5",
    );
    refused(
        File::new().with("any", &[3, 2, 2], &changed(5, 1)),
        "array `any`, token 1, layer 0, slot 1: expert 1 stands there a second time for this token",
    );
}

#[test]
fn an_npy_file_is_read_like_a_single_array() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ids.npy");
    let write = |ids: &[u16]| {
        let mut bytes = Vec::new();
        let array = npyz::WriteOptions::new().default_dtype().shape(&[1, 2, 3, 2]);
        let mut array = array.writer(&mut bytes).begin_nd().unwrap();
        array.extend(ids.iter().copied()).unwrap();
        array.finish().unwrap();
        bytes
    };
    let whole = write(&IDS);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(Trace::read(&path, &tiny()).unwrap().records(), &batches());
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(Trace::read(&path, &tiny()).is_err(), "cut at {cut}");
    }
}

/// Found by fuzzing: the parser of headers takes a buffer of the length that a file says, and goes as deep as its brackets.
#[test]
fn a_header_takes_neither_all_memory_nor_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ids.npy");
    let long = [b"\x93NUMPY\x03\x00".as_slice(), &u32::MAX.to_le_bytes()].concat();
    let deep = "{".repeat(60_000);
    let deep =
        [b"\x93NUMPY\x01\x00".as_slice(), &60_000_u16.to_le_bytes(), deep.as_bytes()].concat();
    for (bytes, says) in [
        (long, "a header of 4294967295 bytes; at most 65536 are read"),
        (deep, "a header with more than 8 brackets in each other"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let error = Trace::read(&path, &tiny()).unwrap_err().to_string();
        assert_eq!(error, format!("{}: array `ids` cannot be read: {says}", path.display()));
    }
}

#[test]
fn some_layers_are_named_and_no_replay() {
    let some = |layers: &[u32]| {
        let file = File::of("counts").with("counts", &[1, 1, 6], &[2, 2, 1, 1, 0, 0]);
        file.with("layers", &[layers.len() as u64], layers)
    };
    refused(some(&[1]), "has only 1 layers, model `tiny` has 2");
    refused(
        some(&[2]),
        "array `counts`, step 0, layer 0, number of the layer: found 2, allowed is 0 to 1",
    );
    refused(some(&[0, 1]), "array `counts` has 1 layers, expected are 2");
}

#[test]
fn files_of_pytorch_are_sent_to_python() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("expert_distribution_recorder_1.pt");
    let mut archive = npyz::zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    archive.start_file("archive/data.pkl", Default::default()).unwrap();
    archive.finish().unwrap();
    let error = Trace::read(&path, &tiny()).unwrap_err().problem.to_string();
    assert!(error.starts_with("is a PyTorch file; save what it holds with NumPy"), "{error}");
}

#[test]
fn errors_of_an_import_name_its_own_arrays() {
    refused(
        File::new().with("lens", &[1], &[4]).with("flat", &[3, 2, 2], &IDS),
        "array `lens` sums to 4, array `flat` has 3 tokens",
    );
}

#[track_caller]
fn refused(file: File, says: &str) {
    let file = file.close();
    let error = Trace::read(&file.path, &tiny()).unwrap_err().to_string();
    let error = error.strip_prefix(&format!("{}: ", file.path.display()));
    assert_eq!(error, Some(says));
}

/// A file of requests with other ids.
fn with_ids(shape: &[u64], ids: &[i64]) -> File {
    File::of("requests").with("expert_ids", shape, ids).with("request_tokens", &[2], &[1, 2])
}

fn changed(place: usize, id: i64) -> Vec<i64> {
    let mut ids: Vec<_> = IDS.iter().copied().map(i64::from).collect();
    ids[place] = id;
    ids
}

#[test]
fn wrong_arrays_are_named() {
    refused(
        File::new().with("logits", &[1], &[1]).with("b", &[1], &[1]),
        "has the arrays `b`, `logits`; accepted are archives with `meta` or `flat`, `lens` or `logical_count` or a single array of ids",
    );
    refused(
        File::new(),
        "has the arrays none; accepted are archives with `meta` or `flat`, `lens` or `logical_count` or a single array of ids",
    );
    refused(
        File::of("requests").with("expert_ids", &[3, 2, 2], &IDS),
        "array `request_tokens` is missing; the file has `expert_ids`, `meta`",
    );
    refused(
        with_ids(&[12], &changed(0, 0)),
        "array `expert_ids` has the shape [12]; it needs 3 dimensions, [token, layer, slot]",
    );
    refused(
        File::of("batches").with("expert_ids", &[1, 2, 3, 2], &IDS.map(f32::from)),
        "array `expert_ids` has the type <f4; it needs an integer type of 8 to 64 bits",
    );
    refused(with_ids(&[0, 2, 2], &[]), "array `expert_ids` is empty: its shape is [0, 2, 2]");
}

#[test]
fn wrong_meta_is_named() {
    let meta = |version: &str, rest: &str| {
        File::meta(&format!(r#"{{"schema_version": {version}, "kind": "counts", {rest}}}"#))
    };
    let rest = r#""model": "tiny", "experts": 6, "top_k": 2"#;
    refused(meta("2", rest), "array `meta`: schema_version 2 is unknown; 1 is read");
    refused(meta("1", &rest.replace("6", "7")), "array `meta` has 7 experts, model `tiny` has 6");
    refused(
        meta("1", &rest.replace("2", "3")),
        "array `meta` has 3 experts per token, model `tiny` has 2",
    );
    refused(
        meta("1", &rest.replace("top_k", "topk")),
        "array `meta`: unknown field `topk`, expected one of `schema_version`, `kind`, `model`, `experts`, `top_k` at line 1 column 77",
    );
    refused(
        File::of("histogram"),
        "array `meta`: unknown variant `histogram`, expected one of `requests`, `batches`, `counts` at line 1 column 41",
    );
    refused(File::meta("{"), "array `meta`: EOF while parsing an object at line 1 column 1");
}

#[test]
fn wrong_values_are_named_with_their_place() {
    let shape = [3, 2, 2];
    refused(
        with_ids(&shape, &changed(6, 6)),
        "array `expert_ids`, token 1, layer 1, slot 0: found 6, allowed is 0 to 5",
    );
    refused(
        with_ids(&shape, &changed(11, -1)),
        "array `expert_ids`, token 2, layer 1, slot 1: found -1, allowed is 0 to 5",
    );
    refused(
        with_ids(&shape, &changed(7, 5)),
        "array `expert_ids`, token 1, layer 1, slot 1: expert 5 stands there a second time for this token",
    );
    refused(
        File::of("batches").with("expert_ids", &[1, 2, 3, 2], &changed(8, 9)),
        "array `expert_ids`, step 0, layer 1, token 1, slot 0: found 9, allowed is 0 to 5",
    );
    let requests = |lens: &[i64]| {
        let file = File::of("requests").with("expert_ids", &shape, &IDS);
        file.with("request_tokens", &[lens.len() as u64], lens)
    };
    refused(requests(&[1, 3]), "array `request_tokens` sums to 4, array `expert_ids` has 3 tokens");
    refused(
        requests(&[3, 0]),
        "array `request_tokens`, request 1: found 0, allowed is 1 to 4294967295",
    );
    refused(requests(&[]), "array `request_tokens` is empty: its shape is [0]");
}

#[test]
fn wrong_extents_are_named() {
    refused(
        with_ids(&[6, 1, 2], &changed(0, 0)),
        "array `expert_ids` has 1 layers, model `tiny` has 2",
    );
    refused(
        with_ids(&[2, 2, 3], &changed(0, 0)),
        "array `expert_ids` has 3 experts per token, array `meta` says 2",
    );
    refused(
        File::of("counts").with("counts", &[1, 2, 5], &[0; 10]),
        "array `counts` has 5 experts, array `meta` says 6",
    );
}

#[test]
fn counts_that_are_no_batch_are_named() {
    let file = |counts: [u32; 12]| File::of("counts").with("counts", &[1, 2, 6], &counts);
    refused(
        file([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]),
        "array `counts`, step 0, layer 0: the counts sum to 3, which is no batch of tokens that visit 2 experts each",
    );
    refused(
        file([0; 12]),
        "array `counts`, step 0, layer 0: the counts sum to 0, which is no batch of tokens that visit 2 experts each",
    );
    refused(
        file([2, 2, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0]),
        "array `counts`, step 0, layer 1: the counts sum to 3, those of layer 0 to 4",
    );
    refused(
        file([2, 2, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0]),
        "array `counts`, step 0, layer 1, expert 1: found 3, allowed is 0 to 2",
    );
}

#[test]
fn a_damaged_file_is_refused() {
    let says = |bytes: &[u8]| {
        let file = File::new().close();
        std::fs::write(&file.path, bytes).unwrap();
        Trace::read(&file.path, &tiny()).unwrap_err().to_string()
    };
    let whole = std::fs::read(with_ids(&[3, 2, 2], &changed(0, 0)).close().path).unwrap();
    for bytes in [&whole[..whole.len() / 2], b"expert_ids", b""] {
        let error = says(bytes);
        assert!(error.contains("is not a complete .npz archive: "), "{error}");
    }
    let file = File::new().close();
    std::fs::remove_file(&file.path).unwrap();
    let error = Trace::read(&file.path, &tiny()).unwrap_err().to_string();
    assert!(error.contains("t.npz: cannot be opened: "), "{error}");
}

#[test]
fn no_byte_that_is_flipped_makes_it_panic() {
    let whole = std::fs::read(with_ids(&[3, 2, 2], &changed(0, 0)).close().path).unwrap();
    let file = File::new().close();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        std::fs::write(&file.path, bytes).unwrap();
        // Some bytes, such as dates, do not matter.
        if let Ok(trace) = Trace::read(&file.path, &tiny()) {
            assert_eq!(trace.records(), &requests());
        }
    }
}

#[test]
fn a_trace_fits_models_of_its_shape_only() {
    let trace = Trace::new("made", &tiny(), requests()).unwrap();
    let mut other = tiny();
    other.hidden += 1;
    assert!(trace.fits(&other).is_ok());
    other.layers = 3;
    assert_eq!(
        trace.fits(&other).unwrap_err().to_string(),
        "made: has 2 layers, model `tiny` has 3"
    );
}
