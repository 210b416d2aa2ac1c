//! Parts out of records that stand one after the other.

use std::collections::BTreeSet;
use std::mem;

use super::check::{Check, Raw};
use super::place::{Place, Values};
use super::record::{Record, Routing, Unit, top_k};
use super::{Expected, Head, Kind, Problem};

/// Puts together the layers of a step or token.
pub(super) struct Assembler<'c, 'a> {
    check: &'c mut Check<'a>,
    expected: &'c Expected,
    /// `line` or `row`.
    unit: &'static str,
    /// Said in the first line, or by the first record.
    head: Option<Head>,
    begun: bool,
    group: Group,
    /// Names of the requests so far.
    requests: BTreeSet<String>,
}

/// The layers of the present step or token.
#[derive(Default)]
struct Group {
    source: String,
    /// Without its layer.
    of: Option<Unit>,
    /// Number of the request.
    request: u64,
    layers: Vec<u32>,
    lines: Vec<u64>,
    /// Tokens of a step.
    batch: usize,
    values: Vec<i128>,
}

impl<'c, 'a> Assembler<'c, 'a> {
    pub(super) fn new(
        check: &'c mut Check<'a>,
        expected: &'c Expected,
        unit: &'static str,
        head: Option<Head>,
    ) -> Self {
        let (group, requests) = (Group::default(), BTreeSet::new());
        Self { check, expected, unit, head, begun: false, group, requests }
    }

    /// Takes the record that stands in that line or row.
    pub(super) fn push(&mut self, record: &Record, line: u64) -> Result<(), Problem> {
        let place = format!("{} {line}", self.unit);
        let wrong = |says| Problem::Text { place: place.clone(), says };
        let unit = record.unit().map_err(wrong)?;
        let routing = record.routing(&unit).map_err(wrong)?;
        let (kind, head) = (kind(&unit, &routing), self.head(&place, &unit, &routing)?);
        if kind != head.kind {
            let (found, before) = (kind.name().to_owned(), head.kind.name().to_owned());
            return Err(Problem::Uneven { place, found, before, hint: "" });
        }
        let (shape, values) = routing.ids(&head, &place)?;
        if let Unit::Request { request } = unit {
            self.flush()?;
            return self.request(request, line, &shape, &values);
        }
        let (of, layer) = unit.split();
        if self.group.of.as_ref() != Some(&of) || self.group.source != record.source {
            let request = self.enter(&of, &place)?;
            self.flush()?;
            let (source, batch) = (record.source.clone(), shape[0]);
            self.group = Group { source, of: Some(of), request, batch, ..Group::default() };
        } else if kind == Kind::Batches && self.group.batch != shape[0] {
            let (found, before) = (format!("{} tokens", shape[0]), self.group.batch.to_string());
            return Err(Problem::Uneven { place, found, before, hint: "" });
        }
        self.group.layers.push(layer);
        self.group.lines.push(line);
        self.group.values.extend(values);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Problem> {
        self.flush()
    }

    /// The head that was said, or that the first record shows.
    fn head(&mut self, place: &str, unit: &Unit, routing: &Routing) -> Result<Head, Problem> {
        let has = format!("{place}: has");
        let (experts, k) = match routing {
            Routing::Experts(shape, _) => (None, shape.last().copied()),
            Routing::Logits(shape, _) => (shape.last().copied(), None),
            Routing::Counts(counts) => (Some(counts.len()), None),
        };
        let [experts, k] = [experts, k].map(|found| found.map(|n| n as u64));
        let head = match self.head.take() {
            Some(head) => {
                let said = Expected {
                    experts: Some(head.experts),
                    top_k: Some(head.top_k),
                    ..Expected::default()
                };
                said.experts(&has, experts)?;
                said.top_k(&has, k)?;
                head
            }
            None => Head {
                kind: kind(unit, routing),
                model: self.expected.name(),
                experts: self.expected.experts(&has, experts)?,
                top_k: self.expected.top_k(&has, k)?,
            },
        };
        if !self.begun {
            self.check.begin(head.clone())?;
            self.begun = true;
        }
        self.head = Some(head.clone());
        Ok(head)
    }

    /// A new token follows the one before, or begins a request that was not there. Gives the number of the request.
    fn enter(&mut self, of: &Unit, place: &str) -> Result<u64, Problem> {
        let Unit::Token { request, token, .. } = of else { return Ok(0) };
        let wrong = |says| Err(Problem::Text { place: place.to_owned(), says });
        match &self.group.of {
            Some(Unit::Token { request: before, token: last, .. }) if before == request => {
                if last.checked_add(1) == Some(*token) {
                    Ok(self.group.request)
                } else {
                    wrong(format!("token {token} follows token {last}"))
                }
            }
            _ if self.requests.insert(request.clone()) => Ok(self.requests.len() as u64 - 1),
            _ => wrong(format!(
                "request {request} was there before; its lines have to stand together"
            )),
        }
    }

    fn flush(&mut self) -> Result<(), Problem> {
        let Group { source, of, request, layers, lines, values, .. } = &mem::take(&mut self.group);
        let Some(of) = of else { return Ok(()) };
        let counts = self.head.as_ref().is_some_and(|head| head.kind == Kind::Counts);
        let named = match of {
            _ if counts => Values::Experts,
            Unit::Step { .. } => Values::Tokens,
            _ => Values::Slots,
        };
        self.check.part(&Raw {
            source,
            request: *request,
            layers,
            batch: None,
            values,
            place: Place::Lines { unit: self.unit, lines, values: named },
        })
    }

    /// All tokens of a request, `[token, layer, slot]`.
    fn request(
        &mut self,
        request: String,
        line: u64,
        shape: &[usize],
        values: &[i128],
    ) -> Result<(), Problem> {
        let place = format!("{} {line}", self.unit);
        if !self.requests.insert(request.clone()) {
            let says = format!("request {request} was there before");
            return Err(Problem::Text { place, says });
        }
        let layers = self.expected.all_layers(&format!("{place}: has"), shape[1])?;
        for (token, values) in values.chunks_exact(shape[1] * shape[2]).enumerate() {
            self.check.part(&Raw {
                source: "",
                request: self.requests.len() as u64 - 1,
                layers: &layers,
                batch: None,
                values,
                place: Place::Lines {
                    unit: self.unit,
                    lines: &[line],
                    values: Values::Layers { token },
                },
            })?;
        }
        Ok(())
    }
}

impl Unit {
    /// What the layers of a part have in common, and the layer.
    fn split(self) -> (Self, u32) {
        match self {
            Self::Step { step, layer } => (Self::Step { step, layer: 0 }, layer),
            Self::Token { request, token, layer } => {
                (Self::Token { request, token, layer: 0 }, layer)
            }
            Self::Request { .. } => (self, 0),
        }
    }
}

impl Routing {
    /// Ids, or counts, with their extents; of one token `[slot]`, of counts `[expert]`.
    fn ids(self, head: &Head, place: &str) -> Result<(Vec<usize>, Vec<i128>), Problem> {
        match self {
            Self::Experts(shape, values) => Ok((shape, values)),
            Self::Counts(values) => Ok((vec![values.len()], values)),
            Self::Logits(mut shape, scores) => {
                let (width, k) = (head.experts as usize, head.top_k as usize);
                if k > width {
                    let says = format!("has scores of {width} experts, a token visits {k}");
                    return Err(Problem::Text { place: place.to_owned(), says });
                }
                let ids = top_k(&scores, width, k);
                if let Some(last) = shape.last_mut() {
                    *last = k;
                }
                Ok((shape, ids))
            }
        }
    }
}

fn kind(unit: &Unit, routing: &Routing) -> Kind {
    match (unit, routing) {
        (_, Routing::Counts(_)) => Kind::Counts,
        (Unit::Step { .. }, _) => Kind::Batches,
        _ => Kind::Requests,
    }
}
