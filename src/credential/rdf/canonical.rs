//! RDF Dataset Canonicalization (RDFC-1.0), with SHA-256, within bounds.
//!
//! `oxrdf` has it too. It is not used because it takes a blank node that is related to another one in the same way
//! several times (by the name of its graph, as in every proof inside a proof) once only, where the programs that sign
//! credentials take it each time; signatures over such credentials do not verify with it. Nor does it end in time on
//! poison graphs.

use std::collections::{BTreeMap, HashMap};

use oxrdf::{Dataset, GraphNameRef, NamedOrBlankNodeRef, QuadRef, TermRef};
use sha2::{Digest, Sha256};

use super::RdfFault;
use crate::credential::record::hex;

/// How many orders of blank nodes are tried before a dataset counts as poison.
const WORK: usize = 20_000;

/// A part of a quad: as it is written, or the number of a blank node.
enum Part {
    Text(String),
    Blank(usize),
}

struct Line {
    subject: Part,
    predicate: String,
    object: Part,
    graph: Option<Part>,
}

impl Line {
    /// The line with its blank nodes named (section 5, canonical N-Quads).
    fn write(&self, name: impl Fn(usize) -> String) -> String {
        let mut line = String::with_capacity(160);
        let part = |line: &mut String, part: &Part| match part {
            Part::Text(text) => line.push_str(text),
            Part::Blank(node) => line.push_str(&name(*node)),
        };
        part(&mut line, &self.subject);
        line.push(' ');
        line.push_str(&self.predicate);
        line.push(' ');
        part(&mut line, &self.object);
        if let Some(graph) = &self.graph {
            line.push(' ');
            part(&mut line, graph);
        }
        line.push_str(" .\n");
        line
    }

    /// Its blank nodes, each with its position.
    fn nodes(&self) -> impl Iterator<Item = (char, usize)> {
        let of = |position: char, part: Option<&Part>| match part {
            Some(Part::Blank(node)) => Some((position, *node)),
            _ => None,
        };
        [of('s', Some(&self.subject)), of('o', Some(&self.object)), of('g', self.graph.as_ref())].into_iter().flatten()
    }
}

/// Gives out identifiers (section 4.5): the position is the number.
#[derive(Clone, Default)]
struct Issuer(Vec<usize>);

impl Issuer {
    fn get(&self, node: usize) -> Option<usize> {
        self.0.iter().position(|issued| *issued == node)
    }

    fn issue(&mut self, node: usize) -> usize {
        self.get(node).unwrap_or_else(|| {
            self.0.push(node);
            self.0.len() - 1
        })
    }
}

/// The state (section 4.3).
struct State {
    lines: Vec<Line>,
    /// For each blank node, the lines it is in.
    lines_of: Vec<Vec<usize>>,
    /// For each blank node, its first-degree hash.
    first: Vec<String>,
    /// For each blank node, its canonical number.
    canonical: Vec<Option<usize>>,
    issued: usize,
    work: usize,
}

/// The canonical N-Quads of a dataset.
pub(super) fn canonical(dataset: &Dataset, alike: usize) -> Result<String, RdfFault> {
    let mut state = State::of(dataset);
    let mut by_hash: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (node, hash) in state.first.iter().enumerate() {
        by_hash.entry(hash.clone()).or_default().push(node);
    }
    if by_hash.values().any(|nodes| nodes.len() > alike) {
        return Err(RdfFault::Poison);
    }
    // Those that are told apart at once come first, by their hashes (section 4.4.3, step 4).
    for nodes in by_hash.values() {
        if let [node] = nodes.as_slice() {
            state.issue(*node);
        }
    }
    for nodes in by_hash.values().filter(|nodes| nodes.len() > 1) {
        let mut results = Vec::new();
        for node in nodes {
            if state.canonical_of(*node).is_none() {
                results.push(state.n_degree(*node, Issuer(vec![*node]))?);
            }
        }
        results.sort_by(|one, other| one.0.cmp(&other.0));
        for (_, issuer) in results {
            issuer.0.into_iter().for_each(|node| state.issue(node));
        }
    }
    let name = |node: usize| format!("_:c14n{}", state.canonical_of(node).unwrap_or_default());
    let mut lines: Vec<String> = state.lines.iter().map(|line| line.write(name)).collect();
    lines.sort_unstable();
    Ok(lines.concat())
}

impl State {
    fn of(dataset: &Dataset) -> Self {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let lines: Vec<Line> = dataset.iter().map(|quad| line(quad, &mut numbers)).collect();
        let mut lines_of = vec![Vec::new(); numbers.len()];
        for (at, line) in lines.iter().enumerate() {
            for (_, node) in line.nodes() {
                if let Some(of) = lines_of.get_mut(node).filter(|of| of.last() != Some(&at)) {
                    of.push(at);
                }
            }
        }
        let mut state =
            Self { first: Vec::new(), canonical: vec![None; numbers.len()], issued: 0, work: WORK, lines, lines_of };
        state.first = (0..numbers.len()).map(|node| state.first_degree(node)).collect();
        state
    }

    fn lines_of(&self, node: usize) -> impl Iterator<Item = &Line> {
        self.lines_of.get(node).into_iter().flatten().filter_map(|at| self.lines.get(*at))
    }

    fn canonical_of(&self, node: usize) -> Option<usize> {
        self.canonical.get(node).copied().flatten()
    }

    fn issue(&mut self, node: usize) {
        if let Some(number) = self.canonical.get_mut(node).filter(|number| number.is_none()) {
            *number = Some(self.issued);
            self.issued += 1;
        }
    }

    /// Section 4.6.
    fn first_degree(&self, node: usize) -> String {
        let name = |other: usize| if other == node { "_:a".to_owned() } else { "_:z".to_owned() };
        let mut lines: Vec<String> = self.lines_of(node).map(|line| line.write(name)).collect();
        lines.sort_unstable();
        hash(&lines.concat())
    }

    /// Section 4.7.
    fn related(&self, node: usize, line: &Line, issuer: &Issuer, position: char) -> String {
        let mut input = String::from(position);
        if position != 'g' {
            input.push_str(&line.predicate);
        }
        match (self.canonical_of(node), issuer.get(node)) {
            (Some(number), _) => input.push_str(&format!("_:c14n{number}")),
            (None, Some(number)) => input.push_str(&format!("_:b{number}")),
            (None, None) => input.push_str(self.first.get(node).map_or("", String::as_str)),
        }
        hash(&input)
    }

    /// Section 4.8.
    fn n_degree(&mut self, node: usize, mut issuer: Issuer) -> Result<(String, Issuer), RdfFault> {
        let mut by_hash: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for line in self.lines_of(node) {
            for (position, other) in line.nodes().filter(|(_, other)| *other != node) {
                // A node that is related several times is there several times.
                by_hash.entry(self.related(other, line, &issuer, position)).or_default().push(other);
            }
        }
        let mut data = String::new();
        for (hash, mut nodes) in by_hash {
            data.push_str(&hash);
            nodes.sort_unstable();
            let mut chosen: Option<(String, Issuer)> = None;
            loop {
                self.work = self.work.checked_sub(1).ok_or(RdfFault::Poison)?;
                if let Some(path) = self.path(&nodes, &issuer, chosen.as_ref().map(|(path, _)| path.as_str()))? {
                    chosen = Some(path);
                }
                if !next_order(&mut nodes) {
                    break;
                }
            }
            if let Some((path, of)) = chosen {
                data.push_str(&path);
                issuer = of;
            }
        }
        Ok((self::hash(&data), issuer))
    }

    /// The path of one order, where it is the least so far.
    fn path(
        &mut self,
        order: &[usize],
        issuer: &Issuer,
        least: Option<&str>,
    ) -> Result<Option<(String, Issuer)>, RdfFault> {
        let is_longer = |path: &str| least.is_some_and(|least| path.len() >= least.len() && path > least);
        let (mut path, mut issuer, mut unknown) = (String::new(), issuer.clone(), Vec::new());
        for node in order {
            if let Some(number) = self.canonical_of(*node) {
                path.push_str(&format!("_:c14n{number}"));
            } else {
                if issuer.get(*node).is_none() {
                    unknown.push(*node);
                }
                path.push_str(&format!("_:b{}", issuer.issue(*node)));
            }
            if is_longer(&path) {
                return Ok(None);
            }
        }
        for node in unknown {
            let (hash, of) = self.n_degree(node, issuer.clone())?;
            path.push_str(&format!("_:b{}<{hash}>", issuer.issue(node)));
            issuer = of;
            if is_longer(&path) {
                return Ok(None);
            }
        }
        Ok(least.is_none_or(|least| path.as_str() < least).then_some((path, issuer)))
    }
}

/// The next order of a sorted list, so that equal ones are not tried twice; false after the last.
fn next_order(nodes: &mut [usize]) -> bool {
    let Some(at) = nodes.windows(2).rposition(|two| matches!(two, [one, other] if one < other)) else { return false };
    let (Some(pivot), Some(swap)) =
        (nodes.get(at).copied(), nodes.iter().rposition(|node| nodes.get(at).is_some_and(|pivot| node > pivot)))
    else {
        return false;
    };
    debug_assert!(nodes.get(swap).is_some_and(|node| *node > pivot));
    nodes.swap(at, swap);
    if let Some(rest) = nodes.get_mut(at + 1..) {
        rest.reverse();
    }
    true
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn line(quad: QuadRef<'_>, numbers: &mut HashMap<String, usize>) -> Line {
    let mut blank = |label: &str| {
        let next = numbers.len();
        Part::Blank(*numbers.entry(label.to_owned()).or_insert(next))
    };
    Line {
        subject: match quad.subject {
            NamedOrBlankNodeRef::NamedNode(node) => Part::Text(node.to_string()),
            NamedOrBlankNodeRef::BlankNode(node) => blank(node.as_str()),
        },
        predicate: quad.predicate.to_string(),
        object: match quad.object {
            TermRef::BlankNode(node) => blank(node.as_str()),
            // oxrdf escapes as RDFC-1.0 does.
            other => Part::Text(other.to_string()),
        },
        graph: match quad.graph_name {
            GraphNameRef::DefaultGraph => None,
            GraphNameRef::NamedNode(node) => Some(Part::Text(node.to_string())),
            GraphNameRef::BlankNode(node) => Some(blank(node.as_str())),
        },
    }
}
