//! Work for several cores, whose outcome does not depend on how many there are.

use std::{panic::resume_unwind, thread};

use rayon::prelude::*;

/// How many items are not worth waking up other cores for.
pub(crate) const FEW: usize = 64;

/// How many items a core takes at a time.
pub(crate) const FEW_AT_ONCE: usize = 16;

/// How many plain copies a core makes at a time.
const COPIES_AT_ONCE: usize = 1 << 14;

/// What becomes of each item, in the order of the items.
pub(crate) fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync + Send,
) -> Vec<R> {
    if items.len() <= FEW {
        items.iter().map(work).collect()
    } else {
        items
            .par_iter()
            .with_min_len(FEW_AT_ONCE)
            .map(work)
            .collect()
    }
}

/// Two things at a time, by this thread and one of their own: a process that does little else
/// would wait longer for the pool, which has a thread for every core.
pub(crate) fn both<A, B: Send>(here: impl FnOnce() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| {
        let Ok(thread) = thread::Builder::new().spawn_scoped(scope, &there) else {
            return (here(), there());
        };
        let here = here();
        match thread.join() {
            Ok(there) => (here, there),
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// Puts items into another order: those at the places that are given, `none` at what is no place.
pub(crate) fn put_in_order<T: Copy + Send + Sync + 'static>(
    items: &mut Vec<T>,
    places: &[u32],
    none: T,
) {
    let item = |place: &u32| items.get(*place as usize).copied().unwrap_or(none);
    if places.len() <= COPIES_AT_ONCE {
        *items = places.iter().map(item).collect();
    } else {
        let places = places.par_iter().with_min_len(COPIES_AT_ONCE);
        let ordered = places.map(item).collect();
        let count = items.len();
        drop_beside(std::mem::replace(items, ordered), count);
    }
}

/// Drops something large, or in very many pieces of memory, which nobody should have to wait for,
/// unless it is of few items.
pub(crate) fn drop_beside(large: impl Send + 'static, items: usize) {
    if items <= FEW {
        drop(large);
    } else {
        rayon::spawn(move || drop(large));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_by_two_threads() {
        let here = thread::current().id();
        let (first, second) = both(|| thread::current().id(), || thread::current().id());
        assert_eq!(first, here);
        assert_ne!(second, here);
    }

    #[test]
    #[should_panic(expected = "of the other thread")]
    fn a_panic_of_the_other_thread_is_one_of_this() {
        both(|| (), || panic!("of the other thread"));
    }
}
