//! Results that are kept: they are told apart by their inputs, taken up again, and checked by sample.

use std::collections::BTreeSet;
use std::sync::Mutex;

use sieve_sched::config::Config;
use sieve_sched::method::Method;
use validation::balance::Balance;
use validation::laws::Laws;
use validation::parts::Parts;
use validation::sensitivity::{BASE, Sensitivity};
use validation::study::{Case, Row, Study, Table, check, measure, missing};
use workloads::KvLengths;

/// Two layers of Qwen3 at a batch of 4, under two methods.
fn case(value: &str, seed: u64) -> Case {
    let mut config = Config::of("b200-hbm-pim", "qwen3-30b-a3b").unwrap();
    config.model.layers = 2;
    config.run.batches = vec![4];
    config.run.methods = vec![Method::Noexp, Method::Sieve];
    (config.run.steps, config.run.warmup_steps, config.run.seed) = (1, 0, seed);
    config.run.kv_tokens = KvLengths::Constant(200);
    Case::new("seed", value, config)
}

fn measured(cases: &[Case], known: &Table) -> Table {
    let rows = Mutex::new(Vec::new());
    measure(&missing(cases, known), &|more| {
        rows.lock().unwrap().extend(more);
        Ok(())
    })
    .unwrap();
    known.with(&rows.into_inner().unwrap(), cases)
}

#[test]
fn results_are_kept_taken_up_again_and_checked() {
    let cases = [case("one", 1), case("two", 2)];
    let table = measured(&cases[..1], &Table::default());
    assert_eq!(table.rows().len(), 2);
    let says = table.complete(&cases).unwrap_err().to_string();
    let first = "2 of 4 results are not in the data or have other inputs there, the first is \
        qwen3-30b-a3b B = 4, seed two, noexp; measure them (`--measure`)";
    assert_eq!(says, first);

    // Only what is missing is replayed, and the order is that of the cases.
    assert_eq!(missing(&cases, &table).len(), 1);
    let table = measured(&cases, &table);
    let values: Vec<&str> = table.rows().iter().map(|row| row.value.as_str()).collect();
    assert_eq!(values, ["one", "one", "two", "two"]);
    assert_eq!(Table::parse("data.csv", &table.text().unwrap()).unwrap(), table);
    assert_eq!(check(&cases, &table, 4).unwrap(), []);

    // A result that is another one is found and named.
    let (text, row) = (table.text().unwrap(), table.rows().last().unwrap());
    let line = text.lines().last().unwrap();
    let other = text.replace(line, &line.replace(&format!(",{},", row.step_us), ",1.5,"));
    let differences = check(&cases, &Table::parse("data.csv", &other).unwrap(), 100).unwrap();
    let [difference] = differences.as_slice() else { panic!("{differences:?}") };
    assert_eq!((difference.kept.step_us, &difference.found), (1.5, row));
    assert!(
        difference.to_string().starts_with("qwen3-30b-a3b B = 4, seed two, sieve: a step takes")
    );
}

#[test]
fn other_inputs_are_another_result_and_other_sources_are_not() {
    let (one, two) = (case("one", 1), case("one", 2));
    let table = measured(std::slice::from_ref(&one), &Table::default());
    assert!(table.find(&one, Method::Sieve).is_some());
    assert!(table.find(&two, Method::Sieve).is_none());
    assert!(table.find(&one, Method::Allexp).is_none());
    // What was measured with other inputs goes.
    assert_eq!(table.with(&[], &[two]).rows(), []);
    let mut config = one.config.clone();
    config.runtime.sources.insert("minibatches".into(), "elsewhere".into());
    config.system.pim.energy = None;
    config.run.methods = Method::ALL.to_vec();
    assert_eq!(Case::new("seed", "one", config).inputs(), one.inputs());
}

#[test]
fn tables_that_are_none_are_refused_with_their_place() {
    let heading = "model,batch,parameter,value,method,inputs,step_us,slowest_gpu_wait_us\n";
    let row = "m,4,seed,one,sieve,0123456789abcdef,1.0,0.0\n";
    let says = |text: &str| Table::parse("data.csv", text).unwrap_err().to_string();
    assert!(Table::parse("data.csv", &format!("{heading}{row}")).is_ok());
    let twice = says(&format!("{heading}{row}{row}"));
    assert_eq!(twice, "data.csv: line 3: its result stands in an earlier line too");
    let odd = says(&format!("{heading}{}", row.replace("sieve", "sive")));
    assert!(odd.contains("line: 2") && odd.contains("unknown variant `sive`"), "{odd}");
    let odd = says(&format!("{heading}{}", row.replace("4", "four")));
    assert!(odd.contains("field 1") || odd.contains("invalid digit"), "{odd}");
    assert!(says("model,batch\nm,4\n").contains("missing field `parameter`"));
}

#[track_caller]
fn assert_sound(cases: &[Case]) {
    let mut seen = BTreeSet::new();
    for case in cases {
        case.config.check().unwrap();
        assert!(seen.insert(case.to_string()), "{case} is there twice");
    }
}

#[test]
fn shipped_studies_can_be_replayed_and_name_each_case_once() {
    assert_sound(Laws::shipped().unwrap().cases());
    assert_sound(Balance::shipped().unwrap().cases());
    assert_sound(Sensitivity::shipped().unwrap().cases());
    assert_sound(Parts::shipped().unwrap().cases());
}

#[test]
fn every_change_changes_something() {
    let study = Sensitivity::shipped().unwrap();
    for point in &study.points {
        let here = |case: &&Case| case.model() == point.model && case.batch() == point.batch;
        let inputs: Vec<&str> = study.cases().iter().filter(here).map(Case::inputs).collect();
        let distinct: BTreeSet<&str> = inputs.iter().copied().collect();
        assert_eq!(inputs.len(), distinct.len(), "{} B = {}", point.model, point.batch);
    }
    let base = study.cases().iter().filter(|case| case.parameter == BASE.0).count();
    assert_eq!(base, study.points.len());
}

/// What pages say of how many parameters are moved, the seed apart.
#[test]
fn the_readme_and_the_results_count_the_parameters() {
    let study = Sensitivity::shipped().unwrap();
    let moved = |of: &dyn Fn(&Case) -> bool| {
        let cases = study.cases().iter().filter(|case| of(case) && case.parameter != BASE.0);
        let names: BTreeSet<&str> = cases.map(|case| case.parameter.as_str()).collect();
        assert!(names.contains("Seed"));
        names.len() - 1
    };
    let says = |page: &str, sentence: String| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
        assert!(std::fs::read_to_string(path).unwrap().contains(&sentence), "{page}: {sentence}");
    };
    let all = moved(&|_| true);
    says("README.md", format!("how far each of {all} other parameters does"));
    let of_qwen3 = moved(&|case| case.model() == "qwen3-30b-a3b");
    says("docs/src/results.md", format!("moves {of_qwen3} parameters of this model"));
}

/// A table of made-up times: what a page says of them is known.
fn made_up(study: &dyn Study, time: impl Fn(&Case, Method) -> f64) -> Table {
    let rows: Vec<Row> = (study.cases().iter())
        .flat_map(|case| case.config.run.methods.iter().map(move |&method| (case, method)))
        .map(|(case, method)| Row {
            model: case.model().to_owned(),
            batch: case.batch(),
            parameter: case.parameter.clone(),
            value: case.value.clone(),
            method,
            inputs: case.inputs().to_owned(),
            step_us: time(case, method),
            slowest_gpu_wait_us: time(case, method) / 4.0,
        })
        .collect();
    Table::default().with(&rows, study.cases())
}

#[test]
fn the_page_of_ratios_ranks_parameters_by_what_they_move() {
    let study = Sensitivity::shipped().unwrap();
    // Sieve takes 100 us, others 150; with tFAW at 60 CK PIMoE takes twice as long.
    let table = made_up(&study, |case, method| match (case.value.as_str(), method) {
        (_, Method::Sieve) => 100.0,
        ("60 CK", Method::Pimoe) => 300.0,
        ("× 2", Method::Pimoe) if case.parameter == "Context length" => 120.0,
        ("all banks", _) => 90.0,
        ("one each", Method::PimoeTp) => 160.0,
        _ => 150.0,
    });
    let page = study.page(&table).unwrap();
    assert_eq!(page.figures.len(), study.points.len());
    let text = page.text;
    assert!(text.contains("- Over PIMoE, 1.50: tFAW (1.50 to 3.00), row activation (0.90 to 1.50), context length (1.20 to 1.50)."), "{text}");
    assert!(text.contains("| tFAW | 12 CK | 30 CK | 100 µs | 1.50 | 1.50 | 1.50 |\n|  |  | 60 CK | 100 µs | 3.00 | 1.50 | 1.50 |\n"), "{text}");
    assert!(
        text.contains(
            "a step of Sieve takes 100 µs instead of 100, and the ratios are 1.50 over PIMoE"
        ),
        "{text}"
    );
    // A page of half of the data is none.
    let half = Table::default().with(&table.rows()[1..], study.cases());
    assert!(study.page(&half).unwrap_err().to_string().starts_with("1 of "));
}

#[test]
fn the_page_of_placements_names_the_fastest() {
    let study = Balance::shipped().unwrap();
    let table = made_up(&study, |case, method| match (case.value.as_str(), method) {
        ("balanced+1", Method::Sieve) => 75.0,
        _ => 100.0,
    });
    let text = study.page(&table).unwrap().text;
    assert!(
        text.contains("- Sieve: `balanced+1` 25 % at B = 16, `balanced+1` 25 % at B = 64,"),
        "{text}"
    );
    assert!(
        text.contains(
            "|  | `balanced+1` | 75 µs | 0.75 | 19 µs, 25 % | 100 µs | 1.00 | 25 µs, 25 % |"
        ),
        "{text}"
    );
}
