//! Statistics of traces, against those worked by hand, closed forms, and published ones.

use std::path::{Path, PathBuf};

use crate::common::recorded::recorded;
use crate::common::tiny;
use workloads::stats::{Survey, SurveyRow, survey};
use workloads::trace::{Array, Expected, Records};
use workloads::{ModelSpec, Trace};

fn ask(batches: &[usize], draws: u32, seed: u64) -> Survey {
    Survey { batches: batches.to_vec(), draws, seed, gpus: 1 }
}

fn of(path: &Path, expected: &Expected, asked: &Survey) -> Vec<SurveyRow> {
    survey(path, None, expected, asked).unwrap().1
}

/// Means over all layers.
fn means(rows: Vec<SurveyRow>) -> Vec<SurveyRow> {
    rows.into_iter().filter(|row| row.layer.is_none()).collect()
}

fn table(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// Two recordings: two layers of three tokens, and one layer of two.
const TABLE: &str = "source,B,batch,layer,e0,e1,e2,e3,e4,e5\n\
    a,3,0,0,2,2,1,1,0,0\n\
    a,3,0,1,3,3,0,0,0,0\n\
    b,2,0,7,1,1,1,1,0,0\n";

#[test]
fn recorded_batches_are_taken_as_they_are() {
    let (_folder, path) = table(TABLE);
    let rows = of(&path, &Expected::default(), &Survey { gpus: 2, ..ask(&[], 9, 1) });
    let key =
        |row: &SurveyRow| (row.source.clone(), row.recorded, row.batch, row.layer, row.samples);
    let a = |layer, samples| ("a".to_owned(), Some(3), 3, layer, samples);
    let b = |layer, samples| ("b".to_owned(), Some(2), 2, layer, samples);
    assert_eq!(
        rows.iter().map(key).collect::<Vec<_>>(),
        [a(None, 2), a(Some(0), 1), a(Some(1), 1), b(None, 1), b(Some(7), 1)]
    );
    let [mean, first, second, ..] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((mean.load.activated, first.load.activated, second.load.activated), (3.0, 4.0, 2.0));
    assert_eq!((first.load.one_token, first.load.two_tokens, first.load.most), (0.5, 0.5, 2.0));
    assert_eq!((second.load.three_or_four(), mean.load.most), (1.0, 2.5));
    // Experts 0 to 2 are on the first of two GPUs.
    assert_eq!((first.gpus.activated, first.gpus.activated_most), (2.0, 3.0));
    assert_eq!(
        (first.gpus.tokens_most_over_mean, second.gpus.tokens_most_over_mean),
        (5.0 / 3.0, 2.0)
    );
}

/// An expert with c of b tokens is missed by a choice of n of them with probability C(b - c, n) / C(b, n).
#[test]
fn smaller_batches_have_the_expected_number_of_activated_experts() {
    let counts = [8, 4, 2, 1, 1, 0];
    let line = counts.map(|n: u32| n.to_string()).join(",");
    let (_folder, path) =
        table(&format!("source,B,batch,layer,e0,e1,e2,e3,e4,e5\na,8,0,0,{line}\n"));
    for n in 1_u32..8 {
        let missed = |c: u32| {
            (0..n)
                .map(|i| f64::from(8_u32.saturating_sub(c + i)) / f64::from(8 - i))
                .product::<f64>()
        };
        let expected: f64 = counts.iter().map(|&c| 1.0 - missed(c)).sum();
        let rows = of(&path, &Expected::default(), &ask(&[n as usize], 20_000, 3));
        let found = rows[0].load.activated;
        assert!((found - expected).abs() < 0.03, "B = {n}: {found}, not {expected}");
    }
}

#[test]
fn random_requests_are_drawn_evenly_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.npz");
    // Request 0 visits experts 0 and 1 for ten tokens, request 1 visits 4 and 5 for one.
    let ids = [[0, 1, 0, 1]; 10].into_iter().chain([[4, 5, 4, 5]]).flatten().collect();
    let records = Records::Requests {
        expert_ids: Array::new([11, 2, 2], ids).unwrap(),
        request_tokens: Array::new([2], vec![10, 1]).unwrap(),
    };
    Trace::new("made", &tiny(), records).unwrap().write(&path).unwrap();
    let asked = ask(&[2], 40_000, 1);
    let rows = of(&path, &Expected::default(), &asked);
    assert_eq!(rows, of(&path, &Expected::of(&tiny()), &asked));
    assert_eq!((rows.len(), rows[0].samples, rows[0].recorded), (3, 80_000, None));
    // Two requests, each as likely: with probability 1/2 both slots hold the same, else two each.
    assert!((rows[0].load.activated - 3.0).abs() < 0.02, "{:?}", rows[0]);
    let other = ask(&[1, 2], 40_000, 1);
    assert_eq!(rows, of(&path, &Expected::default(), &other)[3..], "no size changes another");
}

#[test]
fn what_cannot_be_surveyed_is_refused() {
    let (_folder, path) = table(TABLE);
    let refused =
        |asked: &Survey| survey(&path, None, &Expected::default(), asked).unwrap_err().to_string();
    assert!(
        refused(&ask(&[4], 1, 1))
            .ends_with(": a batch of 4 cannot be taken from recorded batches of [3, 2]")
    );
    assert_eq!(refused(&ask(&[0], 1, 1)), "a batch of 0 is outside 1 to 65536");
    let gpus = |gpus| refused(&Survey { gpus, ..ask(&[], 1, 1) });
    assert_eq!(gpus(7), "7 GPUs are outside 1 to the 6 experts of a layer");
    assert_eq!(gpus(0), "0 GPUs are outside 1 to the 6 experts of a layer");
}

/// Batch, activated experts, shares with one and with up to four tokens.
type Published = (usize, f64, f64, f64);

/// Two decode batches of Qwen3-30B-A3B on HH-RLHF, stanford-ppl/step_artifact @ 42f9250: recorded, and smaller ones.
#[test]
fn qwen3_batches_have_the_published_statistics() {
    let Some(path) = recorded("hist/qwen3-30b-a3b_hh-rlhf_two_batches.csv") else { return };
    let rows = means(of(&path, &Expected::default(), &ask(&[], 1, 1)));
    let whole = |row: &SurveyRow| {
        let percent = |share: f64| (1000.0 * share).round() / 10.0;
        (
            row.load.activated,
            percent(row.load.one_token),
            percent(row.load.up_to_four),
            row.load.most,
        )
    };
    assert_eq!(
        rows.iter().map(whole).collect::<Vec<_>>(),
        [(60.0, 18.3, 45.0, 42.0), (83.0, 15.7, 26.5, 814.0)]
    );
    let thinned: [(&str, &[Published]); 2] = [
        (
            "step_b64_it32",
            &[(4, 22.3, 0.659, 1.0), (16, 42.7, 0.364, 0.781), (32, 52.2, 0.236, 0.631)],
        ),
        (
            "step_b1024_it22",
            &[
                (16, 37.9, 0.347, 0.744),
                (32, 47.0, 0.268, 0.602),
                (64, 54.5, 0.197, 0.474),
                (256, 68.2, 0.150, 0.294),
            ],
        ),
    ];
    for (source, published) in thinned {
        for &(batch, activated, one, four) in published {
            let rows = means(of(&path, &Expected::default(), &ask(&[batch], 4000, 1)));
            let load = rows.iter().find(|row| row.source == source).unwrap().load;
            // Theirs are means over a few hundred choices.
            let near = (load.activated / activated - 1.0).abs() < 0.015
                && (load.one_token - one).abs() < 0.01
                && (load.up_to_four - four).abs() < 0.01;
            assert!(near, "{source}, B = {batch}: {load:?}");
        }
    }
}

/// GPT-OSS-20B on mixed prompts, AmanPriyanshu/GPT-OSS-MoE-ExpertFingerprinting @ 72b368f. The published statistics are of
/// 16 random batches a size, so they may be off by what such means scatter.
#[test]
fn gpt_oss_20b_has_the_published_statistics() {
    let Some(path) = recorded("gptoss20b_decode.npz") else { return };
    let published: [Published; 6] = [
        (4, 12.3, 0.724, 1.0),
        (16, 23.0, 0.305, 0.823),
        (32, 26.8, 0.159, 0.543),
        (64, 29.2, 0.087, 0.309),
        (128, 30.4, 0.046, 0.169),
        (256, 31.2, 0.025, 0.087),
    ];
    let expected = Expected::of(&ModelSpec::preset("gpt-oss-20b").unwrap());
    let sizes = published.map(|(batch, ..)| batch);
    let survey = |draws, seed| {
        let rows = means(of(&path, &expected, &ask(&sizes, draws, seed)));
        let values = |row: SurveyRow| [row.load.activated, row.load.one_token, row.load.up_to_four];
        rows.into_iter().map(values).collect::<Vec<_>>()
    };
    let few: Vec<_> = (0..8).map(|seed| survey(16, seed)).collect();
    for (at, (found, (batch, activated, one, four))) in
        survey(1000, 99).iter().zip(published).enumerate()
    {
        for (of, (published, tolerance)) in
            [(activated, 0.01 * activated), (one, 0.005), (four, 0.005)].into_iter().enumerate()
        {
            let scatter =
                few.iter().map(|means| (means[at][of] - found[of]).powi(2)).sum::<f64>() / 8.0;
            let allowed = tolerance + 2.0 * scatter.sqrt();
            let off = (found[of] - published).abs();
            assert!(
                off <= allowed,
                "B = {batch}, statistic {of}: {} is off {published} by more than {allowed}",
                found[of]
            );
        }
    }
}
