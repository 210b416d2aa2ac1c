//! The list scheduler keeps dependencies and exclusive units, on random graphs and on one worked by hand.

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use proptest::prelude::*;
use sieve_sched::memory::Work;
use sieve_sched::replay::graph::{Graph, Op, Takes, Unit, Use, add};
use sieve_sched::replay::list::{Machine, Span, replay};
use sieve_sched::time::Femtos;
use smallvec::SmallVec;

/// Records the spans of operations in the order in which they ended; PIM operations take what `open` says, which is told late.
#[derive(Default)]
struct Recorder {
    spans: Vec<(Op, Span)>,
    open: BTreeMap<NodeIndex, Femtos>,
    lasts: BTreeMap<NodeIndex, Femtos>,
}

impl Machine for Recorder {
    fn begin(&mut self, node: NodeIndex, op: &Op, start: Femtos) -> Option<Femtos> {
        let longest = |uses: &[Use]| uses.iter().map(|held| held.busy).max().unwrap_or(fs(0));
        match &op.takes {
            Takes::Uses(uses) => Some(start + longest(uses)),
            _ => {
                self.open.insert(node, start + self.lasts[&node]);
                None
            }
        }
    }

    fn next(&mut self, until: Option<Femtos>) -> Option<(NodeIndex, Femtos)> {
        let first = self.open.iter().map(|(&node, &end)| (end, node)).min()?;
        let (end, node) = Some(first).filter(|&(end, _)| until.is_none_or(|until| end <= until))?;
        self.open.remove(&node);
        Some((node, end))
    }

    fn span(&mut self, _: NodeIndex, op: &Op, span: Span) {
        self.spans.push((op.clone(), span));
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
    (end, recorder.spans)
}

/// The same graph with operations of one unit, but for those that take no time, as work whose end is left open.
fn opened(graph: &Graph) -> (Femtos, Vec<(Op, Span)>) {
    let mut recorder = Recorder::default();
    let mut graph = graph.clone();
    for node in graph.node_indices() {
        let Takes::Uses(uses) = &graph[node].takes else { continue };
        if let [Use { unit: Unit::Pim, busy }] = uses[..]
            && busy > fs(0)
        {
            recorder.lasts.insert(node, busy);
            graph[node].takes = Takes::Pim(Work { jobs: Vec::new(), ledger: None });
        }
    }
    let end = replay(&graph, fs(10), &mut recorder).unwrap();
    (end, recorder.spans)
}

/// List scheduling where all times are known: operations are placed in the order in which they are ready.
fn by_hand(graph: &Graph) -> (Femtos, Vec<Span>) {
    let mut spans: Vec<Option<Span>> = vec![None; graph.node_count()];
    let mut free: BTreeMap<(usize, Unit), Femtos> = BTreeMap::new();
    while spans.iter().any(Option::is_none) {
        let ready = |node: NodeIndex| {
            let before = graph.neighbors_directed(node, Direction::Incoming);
            let ends: Option<Vec<_>> =
                before.map(|n| spans[n.index()].map(|span| span.end)).collect();
            ends.map(|ends| ends.into_iter().fold(fs(10), Femtos::max))
        };
        let left = graph.node_indices().filter(|n| spans[n.index()].is_none());
        let (ready, node) = left.filter_map(|n| ready(n).map(|at| (at, n))).min().unwrap();
        let op = &graph[node];
        let Takes::Uses(uses) = &op.takes else { unreachable!() };
        let held = |held: &Use| free.get(&(op.gpu, held.unit)).copied();
        let start = uses.iter().filter_map(held).fold(ready, Femtos::max);
        let end = start + uses.iter().map(|held| held.busy).max().unwrap_or(fs(0));
        uses.iter().for_each(|held| {
            free.insert((op.gpu, held.unit), end);
        });
        spans[node.index()] = Some(Span { ready, start, end });
    }
    let spans: Vec<Span> = spans.into_iter().flatten().collect();
    (spans.iter().fold(fs(10), |last, span| last.max(span.end)), spans)
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

#[test]
fn time_that_sums_over_gpus_cannot_hold_is_an_error() {
    let most = u64::MAX / 2;
    let ends = |busy| {
        let mut graph = Graph::default();
        add(&mut graph, op("short", 1, &[]), &[]);
        add(&mut graph, op("long", 0, &[(Unit::Gpu, busy)]), &[]);
        replay(&graph, fs(0), &mut Recorder::default())
    };
    assert_eq!(ends(most - 1), Ok(fs(most - 1)));
    let error = ends(most).unwrap_err().to_string();
    let says = "operation `long` ends 9223 s or more after the start, and at most 9223 s of 2 GPUs are simulated";
    assert!(error.starts_with(says), "{error}");
}

prop_compose! {
    /// Operations that wait for some of the earlier ones.
    fn any_graph()(
        ops in proptest::collection::vec(
            (0_usize..2, proptest::sample::subsequence(vec![0_usize, 1, 3, 4], 0..=2), 0_u64..20, any::<u64>()),
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
    fn from_event_to_event_as_placed_one_after_the_other(graph in any_graph()) {
        let (end, spans) = by_hand(&graph);
        let sorted = |spans: Vec<Span>| {
            let mut times: Vec<_> = spans.iter().map(|s| (s.ready, s.start, s.end)).collect();
            times.sort_unstable();
            times
        };
        let of = |(found, recorded): (Femtos, Vec<(Op, Span)>)| {
            (found, sorted(recorded.into_iter().map(|(_, span)| span).collect()))
        };
        let expected = (end, sorted(spans));
        prop_assert_eq!(&of(run(&graph)), &expected);
        prop_assert_eq!(&of(opened(&graph)), &expected);
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
