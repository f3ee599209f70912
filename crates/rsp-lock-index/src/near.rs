//! The records of what is compiled, kept next to it.
//!
//! A request reaches a small part of a large channel, and its records are scattered over the
//! whole pack: to read a few bytes here and there takes most of the file into memory. So where
//! the part is small it is written down once more, in the file of the tables.

use std::sync::Arc;

use zerocopy::IntoBytes;

use crate::{
    compile::{Compiled, NumberedPack},
    container::{Column, Container, ContainerError},
    owned::length,
    pack::{NONE, Pack},
};

/// The records are kept apart if they are at most one in so many of those of the packs.
const SHARE: usize = 4;

/// Copies of the records of all names that are ordered.
#[derive(Debug)]
pub(crate) struct Near {
    /// Per pack, the part of it.
    pub(crate) packs: Arc<[NumberedPack]>,
    /// Per candidate, its row in the part of its pack.
    rows: Column<u32>,
    /// The numbers of the real names that are here, ascending, and so by their text.
    names: Column<u32>,
}

impl Near {
    /// The records of what is compiled, if it is worth it to keep them apart.
    pub(crate) fn of(packs: &[NumberedPack], compiled: &Compiled) -> Option<Self> {
        let all: usize = packs.iter().map(|(_, pack)| pack.len()).sum();
        let candidates = &*compiled.candidate_row;
        if candidates.is_empty() || candidates.len() * SHARE > all {
            return None;
        }
        let mut wanted: Vec<Vec<(u32, u32)>> = vec![Vec::new(); packs.len()];
        for (at, [pack, row]) in (0_u32..).zip(candidates) {
            if let Some(of_pack) = wanted.get_mut(*pack as usize) {
                of_pack.push((*row, at));
            }
        }
        let mut rows = vec![NONE; candidates.len()];
        let mut parts = Vec::with_capacity(packs.len());
        for ((channel, pack), mut wanted) in packs.iter().zip(wanted) {
            wanted.sort_unstable();
            for (new, (_, at)) in (0_u32..).zip(&wanted) {
                if let Some(row) = rows.get_mut(*at as usize) {
                    *row = new;
                }
            }
            let part = pack.part(wanted.iter().map(|(row, _)| *row));
            parts.push((*channel, Arc::new(part)));
        }
        let real = 0..length(&compiled.names);
        let names: Vec<u32> = real
            .filter(|name| !compiled.candidates(*name).is_empty())
            .collect();
        Some(Self {
            packs: parts.into(),
            rows: rows.into(),
            names: names.into(),
        })
    }

    /// What [`Near::from_file`] reads; without records, what says so.
    pub(crate) fn sections(near: Option<&Self>) -> Vec<&[u8]> {
        let Some(near) = near else {
            return vec![&[]];
        };
        let mut sections = vec![near.names.as_bytes(), near.rows.as_bytes()];
        for (_, pack) in near.packs.iter() {
            sections.extend(pack.arrays());
        }
        sections
    }

    /// Reads what was kept of some packs; `None` if nothing was.
    pub(crate) fn from_file(
        file: &mut Container,
        packs: &[NumberedPack],
        compiled: &Compiled,
    ) -> Result<Option<Self>, ContainerError> {
        let names: Column<u32> = file.column()?;
        if names.is_empty() {
            return Ok(None);
        }
        let rows: Column<u32> = file.column()?;
        if rows.len() != compiled.candidate_row.len() {
            return Err(ContainerError::Unusable("its records are of other tables"));
        }
        let parts = packs.iter().map(|(channel, pack)| {
            let part = Pack::from_arrays(file, pack.home().clone(), String::new())?;
            Ok((*channel, Arc::new(part)))
        });
        let parts = parts.collect::<Result<Vec<_>, ContainerError>>()?;
        Ok(Some(Self {
            packs: parts.into(),
            rows,
            names,
        }))
    }

    /// The row of a candidate in the part of its pack.
    pub(crate) fn row(&self, candidate: u32) -> Option<u32> {
        self.rows.get(candidate as usize).copied()
    }

    /// The number of a name that is here. `text` says the name of a number.
    pub(crate) fn name_id<'n>(&self, name: &str, text: impl Fn(u32) -> &'n str) -> Option<u32> {
        let found = self.names.binary_search_by(|id| text(*id).cmp(name));
        self.names.get(found.ok()?).copied()
    }
}
