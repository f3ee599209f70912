//! Reading the records of an answer by two threads, of which the second is there before the
//! answer is: one that is only started then waits for a core for as long as it would read.
//!
//! A thread of its own and no pool: a process that solves once would start one for this alone,
//! with a thread for every core.

use std::{
    panic::resume_unwind,
    sync::mpsc::channel,
    thread::{Builder, scope},
};

/// Where channels have so many names at least, an answer is likely to be worth a second thread:
/// how large it is will be known when it is too late to start one.
const WORTH_A_THREAD: u32 = 512;

/// So many records are worth being given to a thread that is there.
const WORTH_HALVING: usize = 64;

/// A name and the position of its candidate.
type Chosen = (u32, u32);

/// What `work` makes of a function that reads the records of one answer, in their order.
///
/// The channels have `names` names. Each record is read by `read`, which is also given its
/// place in what the same thread reads.
pub(super) fn with_reader<R: Send, E: Send, T>(
    names: u32,
    read: impl Fn(usize, Chosen) -> Result<R, E> + Sync,
    work: impl FnOnce(&mut dyn FnMut(&[Chosen]) -> Result<Vec<R>, E>) -> T,
) -> T {
    let read_all = |chosen: &[Chosen], room: usize| {
        // Records are large: the list is not to grow under them.
        let mut records = Vec::with_capacity(room);
        for (at, one) in chosen.iter().enumerate() {
            records.push(read(at, *one)?);
        }
        Ok(records)
    };
    scope(|scope| {
        let mut second = if names < WORTH_A_THREAD {
            None
        } else {
            let (give, take) = channel::<Vec<Chosen>>();
            let wait_and_read = move || match take.recv() {
                Ok(chosen) => read_all(&chosen, chosen.len()),
                Err(_) => Ok(Vec::new()),
            };
            let thread = Builder::new().spawn_scoped(scope, wait_and_read);
            thread.ok().map(|thread| (give, thread))
        };
        work(&mut |chosen| {
            let is_worth_it = chosen.len() >= WORTH_HALVING;
            let Some((give, thread)) = second.take().filter(|_| is_worth_it) else {
                return read_all(chosen, chosen.len());
            };
            let (first, rest) = chosen.split_at(chosen.len() / 2);
            // A thread that cannot be given anything has panicked, which joining it tells.
            let _ = give.send(rest.to_vec());
            let mut records = read_all(first, chosen.len())?;
            match thread.join() {
                Ok(rest) => records.append(&mut rest?),
                Err(panic) => resume_unwind(panic),
            }
            Ok(records)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn records_come_in_their_order_by_one_thread_or_two() {
        for names in [WORTH_A_THREAD - 1, WORTH_A_THREAD] {
            for count in [0, 1, WORTH_HALVING - 1, WORTH_HALVING, 1001] {
                let chosen: Vec<Chosen> = (0..).map(|name| (name, 0)).take(count).collect();
                let read = |at, one: Chosen| Ok::<_, ()>((one, at, thread::current().id()));
                let records = with_reader(names, read, |read| read(&chosen)).unwrap();
                let in_order: Vec<Chosen> = records.iter().map(|(one, _, _)| *one).collect();
                assert_eq!(in_order, chosen, "{names} {count}");
                let halves: Vec<usize> = records
                    .chunk_by(|(_, _, a), (_, _, b)| a == b)
                    .map(|of_thread| {
                        assert!(
                            of_thread
                                .iter()
                                .map(|(_, at, _)| *at)
                                .eq(0..of_thread.len())
                        );
                        of_thread.len()
                    })
                    .collect();
                let expected = match count {
                    0 => vec![],
                    _ if names < WORTH_A_THREAD || count < WORTH_HALVING => vec![count],
                    _ => vec![count / 2, count - count / 2],
                };
                assert_eq!(halves, expected, "{names} {count}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "of the second thread")]
    fn a_panic_of_the_second_thread_is_one_of_the_first() {
        let read = |_, (name, _): Chosen| {
            assert!(name < 900, "of the second thread");
            Ok::<u32, ()>(name)
        };
        let chosen: Vec<Chosen> = (0..1000).map(|name| (name, 0)).collect();
        let _ = with_reader(WORTH_A_THREAD, read, |read| read(&chosen));
    }

    #[test]
    fn a_record_that_cannot_be_read_is_told_of_whichever_thread_reads_it() {
        for bad in [3, 997] {
            let read = move |_, (name, _): Chosen| if name == bad { Err(name) } else { Ok(name) };
            let chosen: Vec<Chosen> = (0..1000).map(|name| (name, 0)).collect();
            let all = with_reader(WORTH_A_THREAD, read, |read| read(&chosen));
            assert_eq!(all, Err(bad));
        }
    }

    #[test]
    fn who_reads_nothing_waits_for_nobody() {
        let said = with_reader(WORTH_A_THREAD, |_, _| Ok::<u32, ()>(0), |_| "no");
        assert_eq!(said, "no");
    }
}
