//! A small model, and a table.

pub(crate) mod recorded;

use std::sync::Arc;

use parquet::data_type::{Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use workloads::ModelSpec;

/// Two layers, six experts, of which a token visits two.
pub(crate) fn tiny() -> ModelSpec {
    let mut model = ModelSpec::preset("qwen3-30b-a3b").unwrap();
    model.name = "tiny".into();
    model.layers = 2;
    model.experts.count = 6;
    model.experts.top_k = 2;
    model
}

/// A Parquet file with the columns `step`, `layer` and `experts` `[token, slot]`: two layers a step.
pub(crate) fn parquet(layers: &[[[u16; 2]; 3]]) -> Vec<u8> {
    let list = |element: &str| format!("(LIST) {{ repeated group list {{ {element} }} }}");
    let experts = list(&format!("required group element {}", list("required int32 element;")));
    let schema = format!(
        "message trace {{ required int64 step; required int64 layer; required group experts {experts} }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    let mut rows = file.next_row_group().unwrap();
    let numbers = 0..layers.len() as i64;
    let (steps, of_step): (Vec<i64>, Vec<i64>) = numbers.map(|n| (n / 2, n % 2)).unzip();
    for column in [steps, of_step] {
        let mut writer = rows.next_column().unwrap().unwrap();
        writer.typed::<Int64Type>().write_batch(&column, None, None).unwrap();
        writer.close().unwrap();
    }
    let ids: Vec<_> =
        layers.as_flattened().as_flattened().iter().map(|&id| i32::from(id)).collect();
    // Where lists begin: of a row 0, of a token 1, inside it 2. All lists are full.
    let begin = |n: usize| if n.is_multiple_of(6) { 0 } else { 1 + (n % 2) as i16 };
    let (full, begins) = (vec![2; ids.len()], (0..ids.len()).map(begin).collect::<Vec<_>>());
    let mut writer = rows.next_column().unwrap().unwrap();
    writer.typed::<Int32Type>().write_batch(&ids, Some(&full), Some(&begins)).unwrap();
    writer.close().unwrap();
    rows.close().unwrap();
    file.close().unwrap();
    bytes
}
