//! What came of many requests.

use std::{cmp::Ordering, fmt::Write as _};

use super::{
    at_best::{NEWER_FOR_OLDER, balance},
    judge::{Row, Verdict},
};

/// What came of many requests, counted.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Requests.
    pub requests: usize,
    /// Both solvers found an answer, and ours is right.
    pub solved: usize,
    /// Neither found one.
    pub unsolvable: usize,
    /// Packages of our answers, in the middle.
    pub median_packages: usize,
    /// Answers whose requested packages are newer than, the same as, and older than the other's,
    /// by the first difference.
    pub requested: [usize; 3],
    /// Packages that are newer, and that are older, over all answers.
    pub all: [usize; 2],
    /// The same at best, where that was asked.
    pub at_best: Option<BestTotals>,
    /// Requests that should not be: numbers and what is wrong.
    pub wrong: Vec<(u64, String)>,
}

/// How all answers together could compare at best.
#[derive(Clone, Copy, Debug, Default)]
pub struct BestTotals {
    /// No answers have a higher [`balance`].
    pub balance: i64,
    /// Packages that are newer, and that are older, in the answers that were found.
    pub reached: [usize; 2],
    /// Requests for which none was found, so that only the bound is known.
    pub given_up: usize,
}

impl Totals {
    /// Counts.
    pub fn of(rows: &[Row]) -> Self {
        let mut totals = Self {
            requests: rows.len(),
            ..Self::default()
        };
        let mut sizes = Vec::new();
        for row in rows {
            let mut wrong = |problem: String| totals.wrong.push((row.request.number, problem));
            if !row.keeps_its_answer {
                wrong("another order of the lines gave another answer".to_owned());
            }
            match &row.verdict {
                Verdict::Both {
                    packages,
                    requested,
                    newer,
                    older,
                    at_best,
                } => {
                    if *requested == Some(Ordering::Less) {
                        wrong("a requested package is older".to_owned());
                    }
                    totals.solved += 1;
                    sizes.push(*packages);
                    let [better, same, worse] = &mut totals.requested;
                    match requested {
                        Some(Ordering::Greater) => *better += 1,
                        Some(Ordering::Equal) => *same += 1,
                        Some(Ordering::Less) => *worse += 1,
                        None => {}
                    }
                    if requested.is_some() {
                        totals.all[0] += newer.len();
                        totals.all[1] += older.len();
                    }
                    if let Some(at_best) = at_best {
                        let ours = balance([newer.len(), older.len()]);
                        if at_best.balance < ours {
                            wrong(format!("ours is better than the best: {at_best:?}"));
                        }
                        let best = totals.at_best.get_or_insert_default();
                        best.balance += at_best.balance;
                        match at_best.reached {
                            Some([newer, older]) => {
                                best.reached[0] += newer;
                                best.reached[1] += older;
                            }
                            None => best.given_up += 1,
                        }
                    }
                }
                Verdict::Neither => totals.unsolvable += 1,
                Verdict::Wrong(errors) => wrong(errors.join("; ")),
                Verdict::Disagree(ours, theirs) => {
                    wrong(format!("ours has {ours}, the other has {theirs}"));
                }
                Verdict::Failed(problem) => wrong(problem.clone()),
            }
        }
        sizes.sort_unstable();
        totals.median_packages = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
        totals
    }
}

/// The totals as a Markdown table, and whatever is wrong below it.
pub fn markdown(totals: &Totals) -> String {
    let share = |part: usize| 100 * part / totals.requests.max(1);
    let [better, same, worse] = totals.requested;
    let [newer, older] = totals.all;
    let mut out = format!(
        "| what | figure |\n| --- | --- |\n\
         | requests | {} |\n\
         | both have an answer, ours verified | {} ({} %) |\n\
         | neither has one | {} ({} %) |\n\
         | packages of an answer, median | {} |\n\
         | requested packages newer / same / older | {better} / {same} / {worse} |\n\
         | all packages newer / older | {newer} / {older} |\n",
        totals.requests,
        totals.solved,
        share(totals.solved),
        totals.unsolvable,
        share(totals.unsolvable),
        totals.median_packages,
    );
    if let Some(best) = totals.at_best {
        let [newer, older] = best.reached;
        let _ = write!(
            out,
            "| the same at best, with our requested versions; given up on | {newer} / {older}; {} |\n\
             | newer less {NEWER_FOR_OLDER} times older, ours / at best | {} / {} |\n",
            best.given_up,
            balance(totals.all),
            best.balance,
        );
    }
    let _ = writeln!(out, "| not as it should be | {} |", totals.wrong.len());
    for (number, problem) in &totals.wrong {
        let _ = writeln!(out, "- request {number}: {problem}");
    }
    out
}
