//! The entry, and the memory that is kept between solves.

use rsp_lock_index::Tables;

use crate::{
    analyze::{Analysis, Fact},
    bits::{self, NONE},
    domain::{Reason, State},
    net::Net,
    order::Order,
    query::{Answer, Because, Limits, Query, Refutation, Statistics, Step},
    search::{End, Search},
    shape::Shape,
};

/// Answers queries. Keeps its memory between them, and what queries over the same tables have in
/// common; an answer does not depend on what was asked before. One per thread.
#[derive(Debug, Default)]
pub struct Engine {
    pub(crate) net: Net,
    shape: Shape,
    pub(crate) state: State,
    /// What follows without the lines that a core could do without.
    settled: State,
    analysis: Analysis,
    statistics: Statistics,
}

impl Engine {
    /// The best answer to a query, or why there is none.
    ///
    /// # Panics
    /// If a query names things that its tables do not have, or the tables do
    /// not pass [`Tables::check`].
    pub fn solve(&mut self, tables: &Tables<'_>, query: &Query<'_>, limits: &Limits<'_>) -> Answer {
        self.net.forget();
        self.solve_again(tables, query, limits)
    }

    /// [`Engine::solve`] for tables that are those of the query before, which nobody checks: if
    /// that asked for the same names, what follows from these alone is not worked out again. Over
    /// other tables the answer means nothing.
    ///
    /// # Panics
    /// As [`Engine::solve`]; over other tables anywhere.
    pub fn solve_again(
        &mut self,
        tables: &Tables<'_>,
        query: &Query<'_>,
        limits: &Limits<'_>,
    ) -> Answer {
        let order = match self.prepare(tables, query) {
            Ok(order) => order,
            Err(unstated) => return Answer::Unstated(unstated),
        };
        let lines: Vec<usize> = (0..query.lines.len()).collect();
        let end = self.search(tables, &order, limits).run(query, &lines, true);
        match end {
            End::Solved => Answer::Solved(self.answer(tables, query, &lines)),
            End::Stopped => Answer::Stopped,
            End::Refuted(facts) => {
                Answer::Unsolvable(self.minimise(tables, query, &order, limits, &facts))
            }
        }
    }

    /// Builds the net of a query and its order, or names who is not stated.
    pub(crate) fn prepare(
        &mut self,
        tables: &Tables<'_>,
        query: &Query<'_>,
    ) -> Result<Order, Vec<u32>> {
        let is_new = !self.net.is_of(query);
        if is_new {
            self.net.build(tables, query);
        }
        if !self.net.unstated.is_empty() {
            self.net.forget();
            return Err(std::mem::take(&mut self.net.unstated));
        }
        if is_new {
            self.shape = Shape::of(tables, &self.net);
        }
        self.net.rule_out(query);
        self.statistics = Statistics {
            names: self.net.vars(),
            candidates: self.net.value_group.len() - self.net.vars(),
            ..Statistics::default()
        };
        Ok(Order::new(tables, query, &self.net, &self.shape))
    }

    /// What the last solve cost, minimising a core included.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    pub(crate) fn search<'e>(
        &'e mut self,
        tables: &'e Tables<'e>,
        order: &'e Order,
        limits: &'e Limits<'e>,
    ) -> Search<'e> {
        let vars = self.net.vars();
        Search {
            tables,
            net: self.net.over(tables),
            order,
            state: &mut self.state,
            analysis: &mut self.analysis,
            statistics: &mut self.statistics,
            stop: limits.stop,
            decisions: Vec::new(),
            cursor: 0,
            eager: vec![false; vars],
            probed: vec![false; vars],
            probe: None,
        }
    }

    /// What the names that the given lines require need, directly or not, at the candidates in
    /// the state.
    pub(crate) fn answer(
        &self,
        tables: &Tables<'_>,
        query: &Query<'_>,
        lines: &[usize],
    ) -> Vec<(u32, u32)> {
        let net = self.net.over(tables);
        let mut chosen = vec![NONE; net.vars()];
        let mut queue = Vec::new();
        let visit = |var: usize, chosen: &mut Vec<u32>, queue: &mut Vec<usize>| {
            if chosen[var] == NONE
                && let Some(value) =
                    bits::first_in(self.state.domain(net, var), [0, net.sizes[var]])
            {
                chosen[var] = value;
                queue.push(var);
            }
        };
        let lines = lines.iter().map(|line| &query.lines[*line]);
        for line in lines.filter(|line| line.required) {
            if let Some(var) = net.var(line.name) {
                visit(var, &mut chosen, &mut queue);
            }
        }
        while let Some(var) = queue.pop() {
            let group = net.value_group[(net.value_start[var] + chosen[var]) as usize];
            for slot in net.slots(var, group) {
                let clause = net.slot_clause[slot as usize] as usize;
                if !net.clause_limits[clause] {
                    visit(net.clause_target[clause] as usize, &mut chosen, &mut queue);
                }
            }
        }
        let mut answer: Vec<(u32, u32)> = chosen
            .into_iter()
            .enumerate()
            .filter(|(_, value)| *value != NONE)
            .map(|(var, value)| (net.names[var], value))
            .collect();
        answer.sort_unstable();
        answer
    }

    /// Removes lines from the core of a proof for as long as a proof is left.
    ///
    /// Lines without id always stay, lines with the same id go together. They
    /// are tried by descending id, so that earlier lines are blamed rather
    /// than later ones.
    fn minimise(
        &mut self,
        tables: &Tables<'_>,
        query: &Query<'_>,
        order: &Order,
        limits: &Limits<'_>,
        facts: &[Fact],
    ) -> Refutation {
        let mut core = core_of(query, facts);
        let mut steps = self.steps(query, facts);
        let (mut minimal, mut has_shrunk) = (true, false);
        let has_id = |line: &usize| query.lines[*line].id.is_some();
        let (open_lines, fixed): (Vec<usize>, Vec<usize>) =
            (0..query.lines.len()).partition(has_id);
        // What holds without any of the core is worked out once, where that pays.
        let mut settled = std::mem::take(&mut self.settled);
        let is_settled = core.len() > 2 && self.search(tables, order, limits).settle(query, &fixed);
        if is_settled {
            std::mem::swap(&mut settled, &mut self.state);
        }
        // Those from here on are known to be needed.
        let mut open = core.len();
        while open > 0 {
            let without = core[open - 1];
            let is_left = |line: &&usize| {
                let id = query.lines[**line].id;
                id.is_some_and(|id| id != without && core.binary_search(&id).is_ok())
            };
            let mut lines: Vec<usize> = open_lines.iter().filter(is_left).copied().collect();
            let mut search = self.search(tables, order, limits);
            let end = if is_settled {
                search.run_from(&settled, query, &lines)
            } else {
                lines.extend(&fixed);
                search.run(query, &lines, false)
            };
            match end {
                End::Solved => open -= 1,
                End::Refuted(facts) => {
                    let needed = core.len() - open;
                    core = core_of(query, &facts);
                    steps = self.steps(query, &facts);
                    // What is needed is in every core of what is left, at its end.
                    open = core.len().saturating_sub(needed);
                    has_shrunk = true;
                }
                End::Stopped => {
                    minimal = false;
                    break;
                }
            }
        }
        if is_settled && has_shrunk {
            // A proof that starts with the lines says nothing of what they rule out.
            let is_left = |line: &usize| {
                query.lines[*line]
                    .id
                    .is_none_or(|id| core.binary_search(&id).is_ok())
            };
            let lines: Vec<usize> = (0..query.lines.len()).filter(is_left).collect();
            if let End::Refuted(facts) =
                self.search(tables, order, limits).run(query, &lines, false)
            {
                core = core_of(query, &facts);
                steps = self.steps(query, &facts);
            }
        }
        self.settled = settled;
        Refutation {
            core,
            minimal,
            steps,
        }
    }

    /// A proof with the lines that it uses for its core, as it is.
    pub(crate) fn refutation(&self, query: &Query<'_>, facts: &[Fact]) -> Refutation {
        Refutation {
            core: core_of(query, facts),
            minimal: false,
            steps: self.steps(query, facts),
        }
    }

    fn steps(&self, query: &Query<'_>, facts: &[Fact]) -> Vec<Step> {
        facts.iter().map(|fact| self.step(query, fact)).collect()
    }

    fn step(&self, query: &Query<'_>, fact: &Fact) -> Step {
        let var = fact.var as usize;
        let absent = self.net.sizes[var];
        Step {
            name: self.net.names[var],
            removed: bits::iter(&fact.values)
                .filter(|value| *value != absent)
                .collect(),
            present: bits::get(&fact.values, absent),
            because: match fact.reason {
                Reason::Line(line) => {
                    Because::Line(query.lines.get(line as usize).and_then(|line| line.id))
                }
                Reason::Clause(clause) => Because::Unsupported {
                    target: self.net.names[self.net.clause_target[clause as usize] as usize],
                    allowed: self.net.allowed(clause as usize).to_vec(),
                },
                Reason::Edge(edge) => Because::Dependent {
                    dependent: self.net.names[self.net.edge_var[edge as usize] as usize],
                },
                Reason::Nogood(_) | Reason::Decision => Because::Search,
            },
        }
    }
}

/// The ids of the lines that a proof uses, ascending.
fn core_of(query: &Query<'_>, facts: &[Fact]) -> Vec<u32> {
    let mut core: Vec<u32> = facts
        .iter()
        .filter_map(|fact| match fact.reason {
            Reason::Line(line) => query.lines.get(line as usize)?.id,
            _ => None,
        })
        .collect();
    core.sort_unstable();
    core.dedup();
    core
}
