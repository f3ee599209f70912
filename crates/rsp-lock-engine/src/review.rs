//! Whether an answer is the best one; see [`crate::search`].

use crate::{bits::NONE, domain::DeadEnd, order::TIERS, search::Search};

impl Search<'_> {
    /// Reviews the answer in the state. `None`: it stands. Otherwise the
    /// search has gone back, and may have met a dead end there.
    pub(crate) fn review(&mut self) -> Option<Result<(), DeadEnd>> {
        let limit = self
            .probe
            .map_or(usize::MAX, |(level, _, _)| self.decisions[level - 1].0);
        if let Some(level) = self.mark_eager(limit) {
            self.statistics.reviews += 1;
            self.back_to(level);
            return Some(Ok(()));
        }
        if let Some((level, var, tier)) = self.probe {
            let key = self.decisions[level - 1].0;
            let value = self.candidates(var).next()?;
            let class = self.class(var, value, tier);
            self.back_to(level - 1);
            return Some(self.keep(key, var, tier, class));
        }
        let level = self.mark_probed()?;
        self.statistics.reviews += 1;
        self.back_to(level);
        Some(Ok(()))
    }

    /// Marks the names that were passed over to their disadvantage; returns the level to go back to.
    fn mark_eager(&mut self, limit: usize) -> Option<usize> {
        let mut highest = 0;
        let highest_keys: Vec<usize> = self
            .decisions
            .iter()
            .map(|(key, _)| {
                highest = highest.max(*key);
                highest
            })
            .collect();
        let mut back: Option<usize> = None;
        for var in 0..self.net.vars() {
            if self.eager[var] || !self.state.present(self.net, var) {
                continue;
            }
            let first = self.order.first_tier(var);
            let passed = (first..TIERS).any(|tier| {
                let Some(key) = self.order.key(var, tier) else {
                    return false;
                };
                let passed = highest_keys.partition_point(|highest| *highest <= key);
                key < limit
                    && passed < highest_keys.len()
                    && self.lost_better(var, tier, passed + 1)
            });
            if passed {
                self.eager[var] = true;
                let key = self.order.first_key(var);
                let level = highest_keys.partition_point(|highest| *highest <= key);
                back = Some(back.map_or(level, |back| back.min(level)));
            }
        }
        back
    }

    /// Whether a variable lost, at `level` or above, a value that is better in
    /// a tier than the one it has, and equal in those before.
    fn lost_better(&self, var: usize, tier: usize, level: usize) -> bool {
        let Some(own) = self.candidates(var).next() else {
            return false;
        };
        let mut at = self.state.last_entry[var];
        while at != NONE {
            let entry = self.state.trail[at as usize];
            if (entry.level as usize) < level {
                return false;
            }
            for (offset, removed) in self.state.removed(&entry).iter().enumerate() {
                let mut rest = *removed;
                while rest != 0 {
                    let value = (entry.word + crate::bits::id(offset)) * 64 + rest.trailing_zeros();
                    rest &= rest - 1;
                    if value != self.net.sizes[var]
                        && self.class(var, value, tier) < self.class(var, own, tier)
                        && (0..tier).all(|t| self.class(var, value, t) == self.class(var, own, t))
                    {
                        return true;
                    }
                }
            }
            at = entry.previous;
        }
        false
    }

    /// Marks the names that were decided and are not in the answer; returns the level to go back to.
    fn mark_probed(&mut self) -> Option<usize> {
        let mut back = None;
        for (level, (_, var)) in self.decisions.iter().enumerate() {
            let var = *var as usize;
            if !self.probed[var] && !self.state.present(self.net, var) {
                self.probed[var] = true;
                back = back.or(Some(level));
            }
        }
        back
    }
}
