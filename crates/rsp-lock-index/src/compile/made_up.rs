//! Names that no pack has: extras, conditions, and what is required and does not exist.

use super::{
    compiler::Compiler,
    statements::{Allowed, Statements},
};
use crate::{
    owned::length,
    pack::Row,
    ranges::{Ranges, complement},
};

/// An extra that is to be stated.
pub(super) struct OpenExtra {
    id: u32,
    target: u32,
    /// Positions of the target that have it, each with what it asks for there.
    having: Vec<(u32, Vec<String>)>,
}

impl Compiler<'_> {
    /// The number of a name that no pack has, if it was made up before.
    pub(super) fn known_more(&self, name: &str) -> Option<u32> {
        self.more.get(name).copied()
    }

    /// Makes up a name with one candidate a way.
    pub(super) fn make_up(&mut self, name: &str, ways: Vec<Statements>) -> u32 {
        let id = self.reserve(name, length(&ways));
        self.made_up.push((id, ways));
        id
    }

    /// Makes up a name of which only the number of candidates is known yet.
    fn reserve(&mut self, name: &str, count: u32) -> u32 {
        if let Some(known) = self.known_more(name) {
            return known;
        }
        self.add_more(name, count)
    }

    /// The name of an extra, if any record has it.
    pub(crate) fn extra(&mut self, target: u32, extra: &str) -> Option<u32> {
        let name = format!("{}[{extra}]", self.name(target));
        if let Some(known) = self.known_more(&name) {
            return Some(known);
        }
        self.order(&[target]);
        let family = self.family(target)?;
        let mut having: Vec<(u32, Vec<String>)> = Vec::new();
        for (position, member) in (0_u32..).zip(&family.members) {
            let Some((_, pack)) = self.packs.get(member.pack as usize) else {
                continue;
            };
            if pack
                .row(member.row)
                .is_some_and(|row| row.is(Row::HAS_EXTRAS))
                && let Some(record) = pack.record(member.row)
                && let Some(texts) = record.package_record.extra_depends.get(extra)
            {
                having.push((position, texts.clone()));
            }
        }
        if having.is_empty() {
            return None;
        }
        let id = self.reserve(&name, length(&having) + 1);
        self.want(target);
        self.open_extras.push(OpenExtra { id, target, having });
        Some(id)
    }

    /// States an extra. It may ask for another, or for itself, and that for others: those have
    /// their numbers then, and wait to be stated.
    pub(super) fn state_extra(&mut self, extra: OpenExtra) {
        let OpenExtra { id, target, having } = extra;
        let with: Ranges = crate::ranges::collect(self.count(target), |position| {
            having.iter().any(|(having, _)| *having == position)
        });
        let mut ways = Vec::with_capacity(having.len() + 1);
        for (position, texts) in having {
            let mut way = Statements::default();
            for text in texts {
                let spec = self.spec(&text);
                // A record with an extra that means nothing is in no answer.
                self.state_spec(spec, false, &mut way).ok();
            }
            way.push(
                target,
                false,
                Allowed::These(vec![[position, position + 1]]),
            );
            ways.push(way);
        }
        let mut without = Statements::default();
        let lacking = complement(&with, self.count(target));
        without.push(target, false, Allowed::These(lacking));
        ways.push(without);
        self.made_up.push((id, ways));
    }
}
