//! The search: decide, propagate, learn, go back; then review the answer.
//!
//! Names are decided in the static order, tier by tier: a decision removes all
//! candidates but the best class that is left, and never says that a name is
//! present. Taking every name in its turn, the first answer would be the best
//! one, but most names are never in an answer. So a name that is not present
//! in its turn is passed over, and the answer is *reviewed*:
//! - A name of the answer that was passed over, and could have been better in
//!   its turn, is from then on decided in its turn even if it is not present
//!   (*eager*). The search goes back to there.
//! - A name that was decided while not present, and is not in the answer, may
//!   have been held to a class that nobody can have; that would exclude answers
//!   for nothing. From then on its turn starts with a *probe*: it is made
//!   present, any answer will do, and the class found there is the decision.
//!
//! An answer that passes the review is the one of the plain static search.

use rsp_lock_index::Tables;

use crate::{
    analyze::{Analysis, Fact, Lesson},
    bits::{self, NONE},
    domain::{DeadEnd, Reason, State},
    net::NetOver,
    order::Order,
    query::{Query, Statistics},
};

/// How a search ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With an answer: it stands in the state.
    Solved,
    /// With a proof that there is none.
    Refuted(Vec<Fact>),
    /// It was stopped.
    Stopped,
}

/// What a search works with.
pub(crate) struct Search<'a> {
    pub(crate) tables: &'a Tables<'a>,
    pub(crate) net: NetOver<'a>,
    pub(crate) order: &'a Order,
    pub(crate) state: &'a mut State,
    pub(crate) analysis: &'a mut Analysis,
    pub(crate) statistics: &'a mut Statistics,
    pub(crate) stop: &'a (dyn Fn() -> bool + Sync),
    /// Per decision in force: its key, its variable.
    pub(crate) decisions: Vec<(usize, u32)>,
    /// Keys before this one need no decision.
    pub(crate) cursor: usize,
    /// Per variable, whether it is decided in its turn even if not present.
    pub(crate) eager: Vec<bool>,
    /// Per variable, whether its turn starts with a probe.
    pub(crate) probed: Vec<bool>,
    /// The level of the probe that is going on, with its variable and tier.
    pub(crate) probe: Option<(usize, usize, usize)>,
}

impl Search<'_> {
    /// Searches for the best answer that meets the chosen lines (indexes into the query's), or for any.
    pub(crate) fn run(&mut self, query: &Query<'_>, lines: &[usize], best: bool) -> End {
        let started = self.start(query, lines);
        self.go_on(started, best)
    }

    /// Searches for any answer that meets the chosen lines and what holds in a state without decisions.
    pub(crate) fn run_from(&mut self, base: &State, query: &Query<'_>, lines: &[usize]) -> End {
        self.state.clone_from(base);
        let posed = self.pose(query, lines);
        self.go_on(posed, false)
    }

    /// Whether the chosen lines, without any decision, are no dead end yet: everything that
    /// follows from them then stands in the state.
    pub(crate) fn settle(&mut self, query: &Query<'_>, lines: &[usize]) -> bool {
        self.start(query, lines).is_ok()
            && matches!(self.state.propagate(self.net, self.stop), Ok(true))
    }

    /// The proof that the chosen lines cannot hold together with what holds in a state without
    /// decisions, if it takes no decision to find it.
    pub(crate) fn propagate_from(
        &mut self,
        base: &State,
        query: &Query<'_>,
        lines: &[usize],
    ) -> Option<Vec<Fact>> {
        self.state.clone_from(base);
        let found = match self.pose(query, lines) {
            Ok(()) => self.state.propagate(self.net, self.stop).err()?,
            Err(found) => found,
        };
        match self.analysis.learn(self.net, self.state, found) {
            Lesson::Refuted(facts) => Some(facts),
            Lesson::Nogood { .. } => None,
        }
    }

    fn go_on(&mut self, started: Result<(), DeadEnd>, best: bool) -> End {
        let mut dead_end = started.err();
        loop {
            if let Some(found) = dead_end.take() {
                match self.turn(found) {
                    Ok(next) => dead_end = next,
                    Err(facts) => return End::Refuted(facts),
                }
                continue;
            }
            match self.state.propagate(self.net, self.stop) {
                Err(found) => {
                    dead_end = Some(found);
                    continue;
                }
                Ok(false) => return End::Stopped,
                Ok(true) => {}
            }
            if self.statistics.decisions.is_multiple_of(16) && (self.stop)() {
                return End::Stopped;
            }
            dead_end = match self.next() {
                Some((key, var, tier)) => self.decide(key, var, tier).err(),
                None if best => match self.review() {
                    Some(next) => next.err(),
                    None => return self.solved(),
                },
                None => return self.solved(),
            };
        }
    }

    /// The end with the answer in the state, in which every name that is present has its candidate.
    fn solved(&self) -> End {
        debug_assert!(
            (0..self.net.vars())
                .all(|var| self.state.living[var] == 1 || !self.state.present(self.net, var)),
            "a name that is present was never decided"
        );
        End::Solved
    }

    /// Sets up level 0: dead candidates, lines, clauses that nothing supports.
    fn start(&mut self, query: &Query<'_>, lines: &[usize]) -> Result<(), DeadEnd> {
        self.state.reset(self.net);
        for of_var in self.net.dead.chunk_by(|a, b| a.0 == b.0) {
            for (_, range) in of_var {
                bits::set_range(&mut self.state.mask, *range);
            }
            let var = of_var[0].0 as usize;
            self.state.remove(self.net, var, Reason::Line(NONE))?;
        }
        self.pose(query, lines)?;
        self.state.watch_all(self.net)
    }

    /// Removes what the chosen lines do not allow.
    fn pose(&mut self, query: &Query<'_>, lines: &[usize]) -> Result<(), DeadEnd> {
        for index in lines {
            let line = &query.lines[*index];
            let Some(var) = self.net.var(line.name) else {
                continue;
            };
            let words = bits::words(self.net.sizes[var] + 1);
            for range in &line.allowed {
                bits::set_range(&mut self.state.mask, *range);
            }
            if !line.required {
                bits::set(&mut self.state.mask, self.net.sizes[var]);
            }
            for word in &mut self.state.mask[..words] {
                *word = !*word;
            }
            self.state
                .remove(self.net, var, Reason::Line(bits::id(*index)))?;
        }
        Ok(())
    }

    /// Learns from a dead end, goes back, and turns the decision that led there.
    fn turn(&mut self, found: DeadEnd) -> Result<Option<DeadEnd>, Vec<Fact>> {
        self.statistics.conflicts += 1;
        match self.analysis.learn(self.net, self.state, found) {
            Lesson::Refuted(facts) => Err(facts),
            Lesson::Nogood {
                literals,
                ground,
                level,
            } => {
                self.back_to(level);
                let number = self.state.nogoods.add(literals, ground);
                Ok(self.state.assert(self.net, number, 0).err())
            }
        }
    }

    /// Takes back the decisions above a level.
    pub(crate) fn back_to(&mut self, level: usize) {
        self.state.undo_to(self.net, level);
        // The name of the first decision that is gone may be undecided again, and its key may come
        // before that of the last one left: it was brought in by that.
        let gone = self.decisions.get(level).map(|(key, _)| *key);
        self.decisions.truncate(level);
        let left = self.decisions.last().map_or(0, |(key, _)| *key);
        self.cursor = gone.map_or(left, |gone| gone.min(left));
        if self.probe.is_some_and(|(probe, _, _)| probe > level) {
            self.probe = None;
        }
    }

    /// The next name with more than one class left, with its key and tier.
    fn next(&mut self) -> Option<(usize, usize, usize)> {
        for var in self.state.arrivals.drain(..) {
            let var = var as usize;
            self.cursor = self.cursor.min(self.order.first_key(var));
        }
        while let Some((var, tier)) = self.order.turn(self.cursor) {
            if self.state.living[var] > 1
                && (self.eager[var] || self.state.present(self.net, var))
                && self.undecided(var, tier)
            {
                return Some((self.cursor, var, tier));
            }
            self.cursor += 1;
        }
        None
    }

    /// Whether the candidates left of a variable differ in a tier.
    fn undecided(&self, var: usize, tier: usize) -> bool {
        let mut classes = self
            .candidates(var)
            .map(|value| self.class(var, value, tier));
        let first = classes.next();
        classes.any(|class| Some(class) != first)
    }

    pub(crate) fn candidates(&self, var: usize) -> impl Iterator<Item = u32> + '_ {
        let size = self.net.sizes[var];
        bits::iter(self.state.domain(self.net, var)).take_while(move |value| *value < size)
    }

    pub(crate) fn class(&self, var: usize, value: u32, tier: usize) -> u32 {
        self.order.class(self.tables, var, value, tier)
    }

    fn decide(&mut self, key: usize, var: usize, tier: usize) -> Result<(), DeadEnd> {
        let present = self.state.present(self.net, var);
        if !present && self.probed[var] && self.probe.is_none() {
            self.open_level(key, var);
            self.probe = Some((self.state.level(), var, tier));
            bits::set(&mut self.state.mask, self.net.sizes[var]);
            return self.state.remove(self.net, var, Reason::Decision);
        }
        let best = self
            .candidates(var)
            .map(|value| self.class(var, value, tier))
            .min();
        self.keep(key, var, tier, best.unwrap_or(0))
    }

    /// Decides that a variable keeps one class of a tier, or is absent.
    pub(crate) fn keep(
        &mut self,
        key: usize,
        var: usize,
        tier: usize,
        class: u32,
    ) -> Result<(), DeadEnd> {
        self.open_level(key, var);
        let words = self.net.word_start[var] as usize..self.net.word_start[var + 1] as usize;
        for (at, word) in words.enumerate() {
            let mut rest = self.state.domains[word];
            while rest != 0 {
                let value = bits::id(at * 64) + rest.trailing_zeros();
                rest &= rest - 1;
                if value != self.net.sizes[var] && self.class(var, value, tier) != class {
                    bits::set(&mut self.state.mask, value);
                }
            }
        }
        self.state.remove(self.net, var, Reason::Decision)
    }

    fn open_level(&mut self, key: usize, var: usize) {
        self.statistics.decisions += 1;
        self.state
            .level_start
            .push(bits::id(self.state.trail.len()));
        self.decisions.push((key, bits::id(var)));
    }
}
