//! Tables of measurements: what is read, and what is refused with its place.

use gpu_model::calibrate::kernel_table;
use gpu_model::calibrate::moe_table::MoeTable;
use gpu_model::{Kernel, Kind};

const HEADER: &str = "device,framework,kernel_source,moe_dtype,hidden_size,inter_size,topk,num_experts,moe_ep_size,distribution,num_tokens,latency_us";
const ROW: &str = "A GPU,F,kernel,bfloat16,64,32,2,8,1,balanced,4,10.5";

fn read(rows: &[&str]) -> Result<MoeTable, String> {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    MoeTable::read(text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn rows_are_grouped_by_library_and_shape() {
    let other = ROW.replace("64,32", "64,48");
    let fp8 = ROW.replace("bfloat16", "fp8");
    let table = read(&[ROW, &other, &fp8, ROW]).unwrap();
    let sizes: Vec<Vec<usize>> =
        table.samples.values().map(|shapes| shapes.values().map(Vec::len).collect()).collect();
    assert_eq!(sizes, [vec![2, 1], vec![1]]);
    // Four tokens on two of eight experts: every expert once, 3 x 64 x 32 weights each, and 8 rows of 2 x 96 activations of 2 B.
    let launch = &table.samples.values().next().unwrap().values().next().unwrap()[0].launch;
    assert_eq!(launch.rows, [1; 8]);
    assert_eq!(launch.work.bytes, 8 * 6144 * 2 + 8 * 2 * 96 * 2);
}

#[test]
fn rows_of_unknown_counts_are_left_out() {
    let skewed = ROW.replace("balanced", "power_law_1.2");
    let parallel = ROW.replace(",8,1,balanced", ",8,4,balanced");
    let table = read(&[&skewed, &parallel, ROW]).unwrap();
    assert_eq!((table.skipped, table.samples.len()), (2, 1));
}

#[test]
fn columns_may_stand_in_any_order_beside_others() {
    let text = format!("file,{HEADER}\nf,{ROW}\n");
    assert_eq!(MoeTable::read(text.as_bytes()).unwrap().samples.len(), 1);
}

#[track_caller]
fn refused(row: &str, says: &str) {
    let error = read(&[ROW, row]).expect_err("refused");
    assert!(error.contains(says), "{error}");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    refused(
        &ROW.replace("bfloat16", "bf17"),
        "line 3: moe_dtype: found bf17, allowed is bfloat16,",
    );
    refused(&ROW.replace(",2,8,1", ",9,8,1"), "line 3: topk: found 9, allowed is 1 to 8");
    refused(&ROW.replace("10.5", "0"), "line 3: latency_us: found 0, allowed is above 0");
    refused(&ROW.replace("10.5", "NaN"), "line 3: latency_us: found NaN");
    refused(&ROW.replace("64,32", "-64,32"), "line 3: hidden_size: found `-64`: invalid digit");
    refused("A GPU,F,kernel", "line: 3");
    let text = HEADER.replace("latency_us", "latency") + "\n" + ROW + "\n";
    let error = MoeTable::read(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "line 1: missing field `latency_us`");
}

fn kernels(rows: &str) -> Result<kernel_table::KernelTable, String> {
    let header = "kernel,m,n,k,batch,context,query_heads,kv_heads,head_dim,latency_us";
    kernel_table::read(format!("{header}\n{rows}\n").as_bytes()).map_err(|e| e.to_string())
}

#[test]
fn other_kernels_are_told_apart_by_name() {
    let rows = "dense_gemm,3,7,5,,,,,,1\ndecode_attention,,,,2,10,8,2,16,1\nswiglu,4,6,,,,,,,1\nrms_norm,4,6,,,,,,,1";
    let table = kernels(rows).unwrap();
    let work = |kind| table[&kind].iter().map(|sample| sample.launch.work).collect::<Vec<_>>();
    // 105 multiply-adds; 35 weights, 15 values in and 21 out.
    assert_eq!(work(Kind::DenseGemm), [Kernel { flops: 210, bytes: 142 }]);
    assert_eq!(table[&Kind::DecodeAttention][0].launch.rows, [1, 1]);
    assert_eq!(
        work(Kind::Elementwise),
        [Kernel { flops: 8 * 24, bytes: 6 * 24 }, Kernel { flops: 4 * 24, bytes: 4 * 24 }]
    );
}

#[test]
fn rows_keep_the_names_of_the_table() {
    let text = "kernel,m,n,k,batch,context,query_heads,kv_heads,head_dim,latency_us\n\
        swiglu,4,6,,,,,,,1.5\ndecode_attention,,,,2,10,8,2,16,1\n";
    let rows = kernel_table::named(text.as_bytes()).unwrap();
    assert_eq!((rows[0].kernel.as_str(), rows[0].shape.as_str()), ("swiglu", "m 4, n 6"));
    assert_eq!(rows[0].sample.us, 1.5);
    assert_eq!(rows[1].shape, "batch 2, context 10, query_heads 8, kv_heads 2, head_dim 16");
}

#[test]
fn other_kernels_need_their_extents() {
    let says = |row: &str| kernels(row).unwrap_err();
    assert_eq!(
        says("dense_gemm,3,7,,,,,,,1"),
        "line 2: k: found nothing, allowed is 1 to 16777216"
    );
    assert!(says("softmax,3,7,,,,,,,1").starts_with("line 2: kernel: found softmax, allowed is"));
    assert_eq!(
        says("rms_norm,4,6,,,,,,,-1"),
        "line 2: latency_us: found -1, allowed is above 0 and below 1e9"
    );
}
