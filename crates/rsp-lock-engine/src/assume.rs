//! One query, asked again and again with other lines of it.
//!
//! Some lines of the query always hold; the others are *assumed*: every question says which of
//! them hold this time, as a SAT solver is asked under assumptions. What follows from the lines
//! that always hold is worked out once, and a question goes on from there. It is about any
//! answer, not the best one.
//!
//! A refused question names assumed lines that cannot hold together. As many of them are left
//! out as propagation alone can do without; where it cannot refute even all of them, searching
//! decides. So most questions cost one propagation for each line named, and the few lines too
//! many that may be left cost the caller a round, not an error.

use rsp_lock_index::Tables;

use crate::{
    analyze::Fact,
    domain::{Reason, State},
    engine::Engine,
    order::Order,
    query::{Limits, Line, Query, Refutation},
    search::{End, Search},
};

/// A query that is asked with some of its lines at a time.
#[derive(Debug)]
pub struct Assuming<'e> {
    asked: Asked<'e>,
    /// What holds without any line that is up for debate.
    ground: Basis,
    /// What holds every time.
    settled: Basis,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumed {
    /// The lines hold together, in this answer among others: names with the position of their
    /// candidate, by name.
    Holds(Vec<(u32, u32)>),
    /// These assumed lines do not hold together with those that always hold, by their index,
    /// ascending; those of `more` count on behind those of the query.
    Refused(Vec<usize>),
    /// [`Limits::stop`] said so.
    Stopped,
}

/// Who is asked what.
#[derive(Debug)]
struct Asked<'e> {
    engine: &'e mut Engine,
    tables: &'e Tables<'e>,
    query: Query<'e>,
    order: Order,
}

/// Where questions go on from.
#[derive(Debug)]
struct Basis {
    /// The lines that hold, ascending.
    lines: Vec<usize>,
    /// What follows from them.
    state: State,
    /// Whether that is no dead end yet.
    may_hold: bool,
}

impl Engine {
    /// Makes a query ready to be asked with some of its lines; `is_always` chooses by index
    /// those that hold every time; those without id always do.
    ///
    /// The names that could be in an answer and are not stated come back instead, as with
    /// [`Answer::Unstated`](crate::Answer::Unstated).
    ///
    /// # Panics
    /// Like [`Engine::solve`].
    pub fn assuming<'e>(
        &'e mut self,
        tables: &'e Tables<'e>,
        query: Query<'e>,
        is_always: &dyn Fn(usize) -> bool,
    ) -> Result<Assuming<'e>, Vec<u32>> {
        self.net.forget();
        let order = self.prepare(tables, &query)?;
        // Whoever solves again next may do so over other tables.
        self.net.forget();
        let mut asked = Asked {
            engine: self,
            tables,
            query,
            order,
        };
        let all = 0..asked.query.lines.len();
        let is_fixed = |at: &usize| asked.query.lines[*at].id.is_none();
        let fixed = all.clone().filter(is_fixed).collect();
        let ground = asked.settle(fixed);
        let holds = |at: &usize| is_always(*at) || asked.query.lines[*at].id.is_none();
        let always = all.filter(holds).collect();
        let settled = asked.settle(always);
        Ok(Assuming {
            asked,
            ground,
            settled,
        })
    }
}

impl Assuming<'_> {
    /// Whether the assumed lines, given by index, and `more` hold together with those that
    /// always do. `more` may limit names, not require them.
    ///
    /// # Panics
    /// If there is no line of such an index.
    pub fn ask(&mut self, assumed: &[usize], more: &[Line], limits: &Limits<'_>) -> Assumed {
        let own = self.asked.query.lines.len();
        self.asked.query.lines.extend_from_slice(more);
        let mut lines = assumed.to_vec();
        lines.extend(own..self.asked.query.lines.len());
        let said = self.ask_lines(&lines, limits);
        self.asked.query.lines.truncate(own);
        said
    }

    /// The proof that the assumed lines, given by index, cannot hold together with those that
    /// always do; `None` if they can, or if it was stopped.
    ///
    /// Its core is as small as that of a question, so it is not known to be minimal.
    ///
    /// # Panics
    /// If there is no line of such an index.
    pub fn refute(&mut self, assumed: &[usize], limits: &Limits<'_>) -> Option<Refutation> {
        let all = [self.settled.lines.as_slice(), assumed].concat();
        let (basis, lines) = if self.settled.may_hold {
            (&self.settled, assumed)
        } else {
            (&self.ground, all.as_slice())
        };
        let mut core = all.clone();
        if basis.may_hold {
            core = match self.asked.run(basis, lines, limits) {
                End::Refuted(facts) => self.asked.among(&self.ground, &facts),
                End::Solved | End::Stopped => return None,
            };
            core = self.asked.shrink(&self.ground, core, limits);
        }
        // A proof that starts with the lines says what they rule out.
        let lines = [self.ground.lines.as_slice(), &core].concat();
        self.asked.refute(&lines, limits)
    }

    fn ask_lines(&mut self, lines: &[usize], limits: &Limits<'_>) -> Assumed {
        if !self.settled.may_hold {
            return Assumed::Refused(Vec::new());
        }
        match self.asked.run(&self.settled, lines, limits) {
            End::Solved => {
                let lines = [self.settled.lines.as_slice(), lines].concat();
                Assumed::Holds(self.asked.engine.answer(
                    self.asked.tables,
                    &self.asked.query,
                    &lines,
                ))
            }
            End::Refuted(facts) => {
                let core = self.asked.among(&self.settled, &facts);
                Assumed::Refused(self.asked.shrink(&self.settled, core, limits))
            }
            End::Stopped => Assumed::Stopped,
        }
    }
}

impl Asked<'_> {
    fn search<'s>(&'s mut self, limits: &'s Limits<'s>) -> (Search<'s>, &'s Query<'s>) {
        let search = self.engine.search(self.tables, &self.order, limits);
        (search, &self.query)
    }

    fn settle(&mut self, lines: Vec<usize>) -> Basis {
        let (mut search, query) = self.search(&Limits::NONE);
        let may_hold = search.settle(query, &lines);
        Basis {
            lines,
            state: self.engine.state.clone(),
            may_hold,
        }
    }

    /// Searches for any answer that meets some lines on a basis.
    fn run(&mut self, basis: &Basis, lines: &[usize], limits: &Limits<'_>) -> End {
        let (mut search, query) = self.search(limits);
        search.run_from(&basis.state, query, lines)
    }

    fn refute(&mut self, lines: &[usize], limits: &Limits<'_>) -> Option<Refutation> {
        let (mut search, query) = self.search(limits);
        match search.run(query, lines, false) {
            End::Refuted(facts) => Some(self.engine.refutation(&self.query, &facts)),
            End::Solved | End::Stopped => None,
        }
    }

    /// The lines that a proof uses beside those of its basis, ascending.
    fn among(&self, basis: &Basis, facts: &[Fact]) -> Vec<usize> {
        let used = facts.iter().filter_map(|fact| match fact.reason {
            Reason::Line(line) => Some(line as usize),
            _ => None,
        });
        let mut lines: Vec<usize> = used
            .filter(|line| *line < self.query.lines.len())
            .filter(|line| basis.lines.binary_search(line).is_err())
            .collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// Leaves lines out for as long as the rest is refused, later ones first.
    fn shrink(&mut self, basis: &Basis, mut core: Vec<usize>, limits: &Limits<'_>) -> Vec<usize> {
        let plain = self.propagate(basis, &core, limits);
        let is_plain = plain.is_some();
        core = plain.unwrap_or(core);
        // Those from here on are known to be needed.
        let mut open = core.len();
        while open > 0 {
            open -= 1;
            let mut without = core.clone();
            without.remove(open);
            let refuted = if is_plain {
                self.propagate(basis, &without, limits)
            } else {
                match self.run(basis, &without, limits) {
                    End::Refuted(facts) => Some(self.among(basis, &facts)),
                    End::Solved => None,
                    End::Stopped => return core,
                }
            };
            if let Some(smaller) = refuted {
                let needed = core.len() - open - 1;
                core = smaller;
                open = core.len().saturating_sub(needed);
            }
        }
        core
    }

    /// Lines among those given that cannot hold together, if propagation alone shows it.
    fn propagate(
        &mut self,
        basis: &Basis,
        lines: &[usize],
        limits: &Limits<'_>,
    ) -> Option<Vec<usize>> {
        let (mut search, query) = self.search(limits);
        let facts = search.propagate_from(&basis.state, query, lines)?;
        Some(self.among(basis, &facts))
    }
}
