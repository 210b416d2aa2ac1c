//! The list scheduler keeps dependencies and exclusive units, on random graphs and on one worked by hand.

#![expect(clippy::unwrap_used, reason = "a helper of tests is not a test to the lint")]

use proptest::prelude::*;
use sieve_sched::replay::graph::{Graph, Op, Takes, Unit, Use, add};
use sieve_sched::replay::list::{Machine, Span, replay};
use sieve_sched::time::Femtos;
use smallvec::SmallVec;

/// Records the spans of operations in the order in which they were placed.
#[derive(Default)]
struct Recorder(Vec<(Op, Span)>);

impl Machine for Recorder {
    fn pim(&mut self, _: &Op, start: Femtos) -> Femtos {
        start
    }

    fn span(&mut self, op: &Op, span: Span) {
        self.0.push((op.clone(), span));
    }
}

fn fs(ticks: u64) -> Femtos {
    Femtos::from_ticks(ticks)
}

fn op(name: &'static str, gpu: usize, uses: &[(Unit, u64)]) -> Op {
    let uses: SmallVec<[Use; 2]> =
        uses.iter().map(|&(unit, busy)| Use { unit, busy: fs(busy) }).collect();
    Op { name, gpu, group: 0, takes: Takes::Uses(uses) }
}

fn run(graph: &Graph) -> (Femtos, Vec<(Op, Span)>) {
    let mut recorder = Recorder::default();
    let end = replay(graph, fs(10), &mut recorder).unwrap();
    (end, recorder.0)
}

#[test]
fn two_gpus_worked_by_hand() {
    let mut graph = Graph::default();
    let a = add(&mut graph, op("a", 0, &[(Unit::Gpu, 5), (Unit::Hbm, 9)]), &[]);
    let b = add(&mut graph, op("b", 1, &[(Unit::Gpu, 4)]), &[]);
    let meet = add(&mut graph, op("meet", 0, &[]), &[a, b]);
    add(&mut graph, op("c", 0, &[(Unit::Link, 3)]), &[meet]);
    add(&mut graph, op("d", 1, &[(Unit::Link, 7)]), &[meet]);
    // Ready at once, but the GPU and its HBM are held by `a`, each for the longer of the two.
    add(&mut graph, op("e", 0, &[(Unit::Gpu, 2)]), &[]);
    let (end, spans) = run(&graph);
    let at = |name| spans.iter().find(|(op, _)| op.name == name).map(|(_, s)| (s.start, s.end));
    assert_eq!(at("a"), Some((fs(10), fs(19))));
    assert_eq!(at("b"), Some((fs(10), fs(14))));
    assert_eq!(at("e"), Some((fs(19), fs(21))));
    assert_eq!(at("c"), Some((fs(19), fs(22))));
    assert_eq!(at("d"), Some((fs(19), fs(26))));
    assert_eq!(end, fs(26));
}

#[test]
fn a_cycle_names_an_operation_on_it() {
    let mut graph = Graph::default();
    let a = add(&mut graph, op("a", 0, &[]), &[]);
    let b = add(&mut graph, op("b", 0, &[]), &[a]);
    graph.add_edge(b, a, ());
    let error = replay(&graph, fs(0), &mut Recorder::default()).unwrap_err().to_string();
    assert!(error.contains("waits for itself"), "{error}");
}

prop_compose! {
    /// Operations that wait for some of the earlier ones.
    fn any_graph()(
        ops in proptest::collection::vec(
            (0_usize..2, proptest::sample::subsequence(vec![0_usize, 1, 2, 4], 0..=2), 0_u64..20, any::<u64>()),
            1..40,
        ),
    ) -> Graph {
        let mut graph = Graph::default();
        let mut nodes = Vec::new();
        for (gpu, units, busy, waits) in ops {
            let uses: Vec<_> = units.iter().map(|&u| (Unit::ALL[u], busy)).collect();
            let after: Vec<_> =
                nodes.iter().enumerate().filter(|(i, _)| waits >> (i % 64) & 7 == 7).map(|(_, &n)| n).collect();
            nodes.push(add(&mut graph, op("op", gpu, &uses), &after));
        }
        graph
    }
}

proptest! {
    #[test]
    fn a_unit_does_one_thing_at_a_time_and_nothing_starts_early(graph in any_graph()) {
        let (end, spans) = run(&graph);
        prop_assert_eq!(spans.len(), graph.node_count());
        for (index, (op, span)) in spans.iter().enumerate() {
            prop_assert!(span.ready <= span.start && span.start <= span.end && span.end <= end);
            let Takes::Uses(uses) = &op.takes else { unreachable!() };
            for (other, theirs) in &spans[..index] {
                let Takes::Uses(others) = &other.takes else { unreachable!() };
                let share = op.gpu == other.gpu && uses.iter().any(|u| others.iter().any(|o| o.unit == u.unit));
                prop_assert!(!share || span.start >= theirs.end || span.end <= theirs.start);
            }
        }
        prop_assert_eq!(run(&graph), (end, spans));
    }

    #[test]
    fn an_operation_waits_for_all_that_it_depends_on(graph in any_graph()) {
        // Names tell operations apart here.
        let mut named = graph.clone();
        let names: Vec<&'static str> = (0..graph.node_count()).map(|i| &*format!("{i}").leak()).collect();
        for (index, node) in named.node_indices().enumerate().collect::<Vec<_>>() {
            named[node].name = names[index];
        }
        let (_, spans) = run(&named);
        let span = |name: &str| spans.iter().find(|(op, _)| op.name == name).map(|(_, s)| *s).unwrap();
        for edge in named.edge_indices() {
            let (from, to) = named.edge_endpoints(edge).unwrap();
            prop_assert!(span(named[to].name).ready >= span(named[from].name).end);
        }
    }
}
