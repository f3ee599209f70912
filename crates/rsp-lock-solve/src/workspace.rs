//! What is kept from one solve to the next.

use std::sync::Arc;

use rattler_conda_types::RepoDataRecord;
use rsp_lock_engine::Engine;
use rsp_lock_index::View;

/// What is kept from one solve to the next: memory, and what the last two had in common. One a
/// thread; an answer does not depend on what was asked before.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(crate) engine: Engine,
    pub(crate) last: Option<Last>,
}

/// What the last solve was about.
#[derive(Debug)]
pub(crate) struct Last {
    /// Held, so that no other index can come to stand in its place.
    view: View,
    /// The records of the last answer, by name and position. Who solves once does not pay for
    /// them: they are kept from the second solve on.
    records: Vec<((u32, u32), Arc<RepoDataRecord>)>,
}

impl Last {
    /// The last solve, if it was over this view; the next one is.
    pub(crate) fn over<'l>(last: &'l mut Option<Self>, view: &View) -> Option<&'l mut Self> {
        if last.as_ref().is_some_and(|last| last.view.is(view)) {
            return last.as_mut();
        }
        *last = Some(Self {
            view: view.clone(),
            records: Vec::new(),
        });
        None
    }

    /// The records of some candidates, which are ascending: those of the last answer as they are
    /// kept, the others as `read` reads them.
    pub(crate) fn records<E>(
        &mut self,
        chosen: &[(u32, u32)],
        read: impl Fn((u32, u32)) -> Result<Arc<RepoDataRecord>, E>,
    ) -> Result<Vec<Arc<RepoDataRecord>>, E> {
        let mut before = self.records.iter().peekable();
        let mut are_kept = true;
        let mut records = Vec::with_capacity(chosen.len());
        for candidate in chosen {
            while before.next_if(|(of, _)| of < candidate).is_some() {}
            records.push(
                if let Some((_, record)) = before.next_if(|(of, _)| of == candidate) {
                    Arc::clone(record)
                } else {
                    are_kept = false;
                    read(*candidate)?
                },
            );
        }
        if !are_kept {
            let all = records.iter().cloned();
            self.records = chosen.iter().copied().zip(all).collect();
        }
        Ok(records)
    }
}
