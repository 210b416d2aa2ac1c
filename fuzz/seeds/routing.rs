//! Small traces of routing, in every format that is written and in those of others.

use std::error::Error;
use std::fs;

use workloads::ModelSpec;
use workloads::trace::{Array, Records, Trace};
use workloads::trace::{Expected, Target, Writer, scan};

use super::Seed;

/// JSON as other recorders write it, and a table of counts.
const TEXTS: [(&str, &str); 5] = [
    (
        "steps.jsonl",
        "{\"step\":0,\"layer\":0,\"experts\":[[0,1],[2,3]]}\n{\"step\":0,\"layer\":1,\"experts\":[[4,5],[0,1]]}\n",
    ),
    (
        "request.jsonl",
        "{\"request\":0,\"token\":0,\"layer\":0,\"experts\":[0,1]}\n{\"request\":0,\"token\":0,\"layer\":1,\"experts\":[4,5]}\n",
    ),
    ("logits.jsonl", "{\"step\":0,\"layer\":0,\"logits\":[[0.5,0.1,1e3,0,-2,0.25]]}\n"),
    ("counts.jsonl", "{\"step\":0,\"layer\":0,\"counts\":[2,2,0,0,0,0]}\n"),
    (
        "counts.csv",
        "source,B,batch,layer,e0,e1,e2,e3,e4,e5\nx,2,0,0,2,2,0,0,0,0\nx,2,0,1,0,1,1,1,1,0\n",
    ),
];

pub(super) fn traces() -> Result<Vec<Seed>, Box<dyn Error>> {
    let mut model = ModelSpec::preset("qwen3-30b-a3b")?;
    (model.name, model.layers) = ("tiny".to_owned(), 2);
    (model.experts.count, model.experts.top_k) = (6, 2);
    let ids = vec![0, 1, 2, 3, 4, 5, 0, 1];
    let records = [
        ("batches", Records::Batches { expert_ids: array([1, 2, 2, 2], &ids)? }),
        (
            "requests",
            Records::Requests {
                expert_ids: array([2, 2, 2], &ids)?,
                request_tokens: array([2], &[1, 1])?,
            },
        ),
        (
            "counts",
            Records::Counts { counts: array([1, 2, 6], &[2, 2, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0])? },
        ),
    ];
    let folder = tempfile::tempdir()?;
    let mut seeds = Vec::new();
    for (name, records) in records {
        let npz = folder.path().join(name).with_extension("npz");
        Trace::new(name, &model, records)?.write(&npz)?;
        let bytes = fs::read(&npz)?;
        seeds.push(("routing", format!("{name}.arrays"), arrays(&bytes)?));
        seeds.push(("routing", format!("{name}.npz"), bytes));
        for (target, extension) in [(Target::JsonLines, "jsonl"), (Target::Csv, "csv")] {
            let copy = npz.with_extension(extension);
            let mut writer = Writer::create(&copy, target)?;
            // A table has no place for ids.
            if scan(&npz, None, &Expected::of(&model), &mut writer).is_ok() {
                writer.finish()?;
                seeds.push(("routing", format!("{name}.{extension}"), fs::read(&copy)?));
            }
        }
    }
    let text = |(name, text): (&str, &str)| ("routing", name.to_owned(), text.as_bytes().to_vec());
    seeds.extend(TEXTS.map(text));
    Ok(seeds)
}

fn array<T: Clone, const N: usize>(shape: [usize; N], values: &[T]) -> Result<Array<T, N>, String> {
    Array::new(shape, values.to_vec()).ok_or_else(|| format!("{shape:?}"))
}

/// The arrays of an archive one after the other, as the target takes them.
fn arrays(archive: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive))?;
    let mut bytes = b"arrays\n".to_vec();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        let mut array = Vec::new();
        std::io::copy(&mut file, &mut array)?;
        let name = file.name().trim_end_matches(".npy");
        bytes.push(u8::try_from(name.len())?);
        bytes.extend(name.as_bytes());
        bytes.extend(u16::try_from(array.len())?.to_le_bytes());
        bytes.extend(array);
    }
    Ok(bytes)
}
