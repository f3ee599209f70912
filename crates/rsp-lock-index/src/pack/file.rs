//! Packs in files.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use zerocopy::IntoBytes;

use super::{Home, Lists, Pack, Texts, base};
use crate::container::{Container, ContainerError, Sums, save};

/// What kind of file a pack is.
const KIND: u32 = 1;

/// Where a pack is to be written.
#[derive(Debug)]
pub(super) struct Due {
    path: PathBuf,
    done: OnceLock<()>,
}

impl Pack {
    /// Opens a pack that was saved, and the one that it adds to. Reads their heads and their tables
    /// of sections only.
    pub fn open(path: &Path) -> Result<Self, ContainerError> {
        let (mut pack, mut base) = Self::open_file(path)?;
        loop {
            if base.is_empty() {
                return Ok(pack);
            }
            match base::open(path, &base) {
                Ok(base) => {
                    return Ok(Self {
                        base: Some(Arc::new(base)),
                        ..pack
                    });
                }
                // Somebody may have replaced both between the two.
                Err(error) => {
                    let (again, of_again) = Self::open_file(path)?;
                    if of_again == base {
                        return Err(error);
                    }
                    (pack, base) = (again, of_again);
                }
            }
        }
    }

    /// Opens a pack, and says what tells the file that it adds to from others; nothing if it adds
    /// to none.
    pub(super) fn open_file(path: &Path) -> Result<(Self, Box<str>), ContainerError> {
        let mut file = Container::open(path, KIND)?;
        let sums = file.sums();
        // It is believed at once: it says where the records are.
        if !sums.first_is_right() {
            return Err(ContainerError::Unusable("its head was damaged"));
        }
        let head = file.column::<u8>()?;
        let mut parts = std::str::from_utf8(&head).unwrap_or_default().split('\n');
        let mut part = || {
            let part = parts.next();
            part.ok_or(ContainerError::Unusable("its head is cut short"))
        };
        let stamp = part()?.to_owned();
        let home = Home {
            subdir: part()?.into(),
            files: part()?.into(),
            channel: part()?.into(),
        };
        let (layout, base) = (part()?.into(), part()?.into());
        let pack = Self {
            sums: Some(sums),
            layout,
            ..Self::from_arrays(&mut file, home, stamp)?
        };
        Ok((pack, base))
    }

    /// Whether the file of the pack is as it was written; a pack in memory is. Reads all of it but
    /// the hashes by which records are found again, which make no answer, so it is best asked
    /// beside other work, and before anything is believed that the pack says: a disk may lose a
    /// page of a file, or a bit.
    pub fn is_sound(&self) -> bool {
        // What a record is known by comes last, and is not looked at: damaged, it is like no text.
        // A pack in memory adds to one that is sound.
        let Some(sums) = &self.sums else { return true };
        let base = self.base.as_ref();
        sums.all_but_the_last_are_right() && base.is_none_or(|base| base.is_sound())
    }

    /// What tells its file from others.
    pub(super) fn identity(&self) -> Option<String> {
        self.sums.as_ref().map(Sums::identity)
    }

    /// Removes the file of the pack, if it has one, so that nobody opens it again.
    pub fn discard(&self) -> std::io::Result<()> {
        match &self.sums {
            Some(sums) => match fs_err::remove_file(sums.path()) {
                // Another platform of the same run, or another process, was faster.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            },
            None => Ok(()),
        }
    }

    /// Reads what [`Pack::arrays`] gave to be written.
    pub(crate) fn from_arrays(
        file: &mut Container,
        home: Home,
        stamp: String,
    ) -> Result<Self, ContainerError> {
        Ok(Self {
            stamp,
            home,
            texts: Texts {
                ends: file.column()?,
                bytes: file.column()?,
            },
            lists: Lists {
                ends: file.column()?,
                items: file.column()?,
            },
            names: file.column()?,
            rows: file.column()?,
            rejected: file.column()?,
            removed: file.column()?,
            size_at_first: file.column()?,
            shards: file.column()?,
            prints: file.column()?,
            ..Self::default()
        })
    }

    /// All that it has, but for what it is made from; what records are known by comes last.
    pub(crate) fn arrays(&self) -> [&[u8]; 11] {
        [
            self.texts.ends.as_bytes(),
            self.texts.bytes.as_bytes(),
            self.lists.ends.as_bytes(),
            self.lists.items.as_bytes(),
            self.names.as_bytes(),
            self.rows.as_bytes(),
            self.rejected.as_bytes(),
            self.removed.as_bytes(),
            self.size_at_first.as_bytes(),
            self.shards.as_bytes(),
            self.prints.as_bytes(),
        ]
    }

    /// Says where the pack is to be kept, and what it was made from; see [`Pack::save`]. It is
    /// written there when somebody has time: [`Pack::save_if_due`].
    ///
    /// What it adds to is put beside it now, or taken in if that cannot be: what is compiled of the
    /// pack has to know its rows.
    #[must_use]
    pub fn to_be_kept(self, path: PathBuf, stamp: &str) -> Self {
        let done = OnceLock::new();
        let can_be_kept = |base: &Arc<Self>| base::keep(base, &path).is_ok();
        let pack = if self.base.as_ref().is_none_or(can_be_kept) {
            self
        } else {
            let alone = self.on_its_own();
            Self {
                carried: self.carried,
                earlier: self.earlier,
                ..alone
            }
        };
        Self {
            stamp: stamp.replace('\n', " "),
            due: Some(Due { path, done }),
            ..pack
        }
    }

    /// Where the pack is kept, or is to be; nowhere if it is in memory alone.
    pub fn path(&self) -> Option<&Path> {
        let due = self.due.as_ref().map(|due| &*due.path);
        due.or_else(|| self.sums.as_ref().map(Sums::path))
    }

    /// Whether the pack has still to be written.
    pub fn is_due(&self) -> bool {
        let due = self.due.as_ref();
        due.is_some_and(|due| due.done.get().is_none())
    }

    /// Writes the pack to where it is to be kept, if it is not there yet. Takes as long as
    /// copying it, so it is best called beside other work.
    pub fn save_if_due(&self) -> std::io::Result<()> {
        if let Some(due) = self.due.as_ref().filter(|_| self.is_due()) {
            self.save(&due.path, &self.stamp)?;
            due.done.get_or_init(|| ());
        }
        Ok(())
    }

    /// The pack as it was written to where it is to be kept; `None` if it was not, or cannot be
    /// read again.
    pub fn reopened(&self) -> Option<Self> {
        let due = self.due.as_ref()?;
        due.done.get()?;
        let pack = Self::open(&due.path).ok()?;
        (pack.stamp == self.stamp && pack.layout == self.layout).then(|| Self {
            carried: self.carried,
            earlier: self.earlier.clone(),
            ..pack
        })
    }

    /// Writes the pack to a file, so that readers see the one before or this one whole. The stamp
    /// says what it was made from, so that whoever opens it knows whether it is still good; it has
    /// no line breaks.
    ///
    /// What it adds to is kept beside it, under a name of its own; where that cannot be, all is
    /// written to the one file.
    pub fn save(&self, path: &Path, stamp: &str) -> std::io::Result<()> {
        let Some(base) = &self.base else {
            self.save_as(path, stamp, "")?;
            base::remove_all_but(path, "");
            return Ok(());
        };
        if let Ok(identity) = base::keep(base, path) {
            self.save_as(path, stamp, &identity)?;
            base::remove_all_but(path, &identity);
            // Another process may have removed it in between.
            if base::open(path, &identity).is_ok() {
                return Ok(());
            }
        }
        self.on_its_own().save(path, stamp)
    }

    fn save_as(&self, path: &Path, stamp: &str, base: &str) -> std::io::Result<()> {
        let Home {
            subdir,
            files,
            channel,
        } = &self.home;
        let stamp = stamp.replace('\n', " ");
        let head = [&stamp, &**subdir, &**files, &**channel, &*self.layout, base].join("\n");
        let mut sections = vec![head.as_bytes()];
        sections.extend(self.arrays());
        save(path, KIND, &sections)
    }
}
