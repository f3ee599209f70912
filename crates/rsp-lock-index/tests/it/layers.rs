//! A pack that adds to another one says what it would say alone, and is refused without that.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rsp_lock_index::{
    Index,
    compile::ChannelOrder,
    pack::{Pack, ShardPackBuilder},
};

use crate::{
    index::said_of_some,
    shards::{Shards, filled, home, one, shards, told},
};

/// The pack of shards, which adds to the one before if that is in a file.
fn packed(shards: &Shards, earlier: Option<Pack>) -> Pack {
    let builder = ShardPackBuilder::new(home(), earlier.map(Into::into));
    filled(builder.adding_from(1), shards, false).0
}

/// A pack as it is kept at a path.
fn kept(pack: &Pack, path: &Path) -> Pack {
    pack.save(path, "stamp").unwrap();
    Pack::open(path).unwrap()
}

fn index(pack: Pack) -> Index {
    Index::new(vec![vec![pack.into()]], ChannelOrder::Ignored)
}

proptest! {
    #[test]
    fn what_a_pack_adds_to_does_not_change_what_it_says(
        updates in prop::collection::vec(
            (shards(), prop::collection::vec(any::<bool>(), 1..4), any::<[bool; 2]>()),
            2..6,
        ),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("linux-64.all.pack");
        let (mut shards, mut earlier, mut compiled) = (Shards::new(), None, None::<Index>);
        for (new, kept_names, [is_written, is_opened]) in updates {
            let mut kept_names = kept_names.iter().cycle();
            shards.retain(|_, _| *kept_names.next().unwrap());
            // So much that the rest is little.
            shards.extend([one("much", 100)]);
            shards.extend(new);
            let alone = packed(&shards, None);
            let mut after = packed(&shards, earlier.take());
            prop_assert_eq!(told(&after), told(&alone));
            let files = |pack: &Pack| -> Vec<String> { pack.all_rows().map(|row| pack.file(row)).collect() };
            prop_assert_eq!(files(&after), files(&alone));
            prop_assert_eq!(after.len(), files(&alone).len());
            let before = after.earlier().cloned();
            if is_written {
                after.save(&path, "").unwrap();
            }
            if is_written && is_opened {
                after = Pack::open(&path).unwrap();
                prop_assert!(after.is_sound());
                prop_assert_eq!(told(&after), told(&alone));
                if let Some(before) = before {
                    after = after.with_earlier(before);
                }
            }
            let (after, alone) = (index(after), index(alone));
            let view = match &compiled {
                Some(compiled) => after.reach_all_after(compiled).0,
                None => after.reach_all(),
            };
            view.tables().check().unwrap();
            prop_assert_eq!(said_of_some(&view), said_of_some(&alone.reach_all()));
            compiled = Some(after);
            earlier = Pack::open(&path).ok();
        }
    }
}

/// A pack in a file, and another one that adds to it in its place.
fn one_after_another(path: &Path) -> (Pack, Pack, Shards) {
    let mut shards: Shards = [one("a", 90), one("b", 4)].into();
    let first = kept(&packed(&shards, None), path);
    shards.extend([one("b", 5)]);
    let second = packed(&shards, Some(Pack::open(path).unwrap()));
    (first, second, shards)
}

/// The one file that is beside the pack at a path.
fn base(path: &Path) -> Option<PathBuf> {
    let files = fs_err::read_dir(path.parent().unwrap()).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let others: Vec<PathBuf> = files.filter(|file| file != path).collect();
    assert!(others.len() < 2, "{others:?}");
    others.into_iter().next()
}

#[test]
fn only_what_is_new_is_written_until_that_is_much() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    let size = |path: &Path| fs_err::metadata(path).unwrap().len();
    let (first, second, mut shards) = one_after_another(&path);
    let whole = size(&path);
    assert_eq!((first.layout(), second.carried()), ("", 90));
    assert_ne!(second.layout(), "");
    let mut pack = kept(&second, &path);
    assert!(size(&path) < whole / 4);
    assert_eq!(base(&path).map(|base| size(&base)), Some(whole));
    let mut layouts = vec![pack.layout().to_owned()];
    // Of 94 records the eighth part is 11: once more there is room for them.
    for records in [6, 7] {
        shards.extend([one("b", records)]);
        pack = kept(&packed(&shards, Some(pack)), &path);
        assert_eq!(told(&pack), told(&packed(&shards, None)));
        assert!(
            !layouts.contains(&pack.layout().to_owned()),
            "tables count on it"
        );
        layouts.push(pack.layout().to_owned());
    }
    assert_eq!(pack.layout(), "");
    assert!(size(&path) > whole);
    assert_eq!(base(&path), None);
}

#[test]
fn tables_are_of_one_numbering_of_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    let (_, second, shards) = one_after_another(&path);
    second.save(&path, "").unwrap();
    let tables = directory.path().join("x.tables");
    let channels = |pack: Pack| vec![vec![pack.into()]];
    let open = |pack| Index::open(&tables, "stamp", channels(pack), ChannelOrder::Ignored);
    let of_second = index(second);
    of_second.reach_all();
    of_second.save(&tables, "stamp").unwrap();
    assert!(open(Pack::open(&path).unwrap()).is_ok());
    assert!(open(packed(&shards, None)).is_err());
}

#[test]
fn what_is_read_again_and_says_the_same_is_as_before() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    let mut shards: Shards = [one("a", 90), one("b", 4), one("c", 3)].into();
    // What is listed as removed is in no row, so that this shard is read again each time.
    let removed = "b-9-0.conda".to_owned();
    shards.get_mut("b").unwrap().removed.insert(removed);
    let before = index(kept(&packed(&shards, None), &path));
    before.reach_all();
    for is_other in [false, true] {
        if is_other {
            shards.extend([one("c", 4)]);
        }
        let after = packed(&shards, Some(Pack::open(&path).unwrap()));
        assert_eq!(after.carried(), if is_other { 90 } else { 93 });
        assert_ne!(after.layout(), "");
        let (view, taken_over) = index(after).reach_all_after(&before);
        assert_eq!(
            (view.real_names(), taken_over),
            (3, if is_other { 2 } else { 3 })
        );
    }
}

#[test]
fn without_what_it_adds_to_a_pack_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    let (first, second, shards) = one_after_another(&path);
    second.save(&path, "").unwrap();
    let expected = told(&second);
    drop((first, second));
    let base = base(&path).unwrap();
    let sound = fs_err::read(&base).unwrap();
    let put = |bytes: &[u8]| {
        fs_err::write(directory.path().join("new"), bytes).unwrap();
        fs_err::rename(directory.path().join("new"), &base).unwrap();
    };
    for at in (0..sound.len()).step_by(sound.len() / 200) {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        put(&damaged);
        if let Ok(pack) = Pack::open(&path) {
            // Padding counts for nothing.
            assert!(!pack.is_sound() || told(&pack) == expected, "{at}");
        }
    }
    put(&sound);
    assert!(Pack::open(&path).unwrap().is_sound());
    let other = packed(&[one("a", 89), one("b", 4)].into(), None);
    other.save(&base, "").unwrap();
    assert!(Pack::open(&path).is_err());
    fs_err::remove_file(&base).unwrap();
    assert!(Pack::open(&path).is_err());
    let anew = kept(&packed(&shards, None), &path);
    assert_eq!(told(&anew), expected);
}

#[test]
fn what_is_compiled_of_a_pack_knows_whether_it_can_be_added_to() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    for is_there in [true, false] {
        let (_, second, shards) = one_after_another(&path);
        if !is_there {
            fs_err::remove_file(&path).unwrap();
        }
        let pack = second.to_be_kept(path.clone(), "stamp");
        assert_eq!(pack.layout().is_empty(), !is_there);
        assert_eq!((pack.carried(), pack.earlier().is_some()), (90, true));
        pack.save_if_due().unwrap();
        let reopened = pack.reopened().unwrap();
        assert_eq!(reopened.layout(), pack.layout());
        assert_eq!(told(&reopened), told(&packed(&shards, None)));
        assert_eq!(base(&path).is_some(), is_there);
        fs_err::remove_file(&path).unwrap();
        base(&path).map_or(Ok(()), fs_err::remove_file).unwrap();
    }
}

#[test]
fn what_is_mostly_gone_is_not_added_to() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    let all: Shards = [one("a", 90), one("b", 40), one("c", 4)].into();
    kept(&packed(&all, None), &path);
    for (names, adds) in [(["a", "c"], false), (["a", "b"], true)] {
        let some: Shards = all
            .clone()
            .into_iter()
            .filter(|(name, _)| names.contains(&&**name))
            .collect();
        let pack = packed(&some, Some(Pack::open(&path).unwrap()));
        assert_eq!(!pack.layout().is_empty(), adds);
        assert_eq!(told(&pack), told(&packed(&some, None)));
    }
}

#[test]
fn where_what_it_adds_to_cannot_be_kept_a_pack_is_written_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.pack");
    // Somebody removed it, or put something else in its place.
    for other in [None, Some(one("z", 3))] {
        let (_, second, _) = one_after_another(&path);
        fs_err::remove_file(&path).unwrap();
        if let Some(other) = other {
            kept(&packed(&[other].into(), None), &path);
        }
        let written = kept(&second, &path);
        assert_eq!(written.layout(), "");
        assert_eq!(told(&written), told(&second));
        assert_eq!(base(&path), None);
    }
}
