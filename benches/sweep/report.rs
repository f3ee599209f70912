//! A sweep as a Markdown table, its exceptions as JSON.

use std::{cmp::Ordering, collections::BTreeMap, fmt::Write as _, time::Duration};

use serde_json::{Value, json};

use super::{
    Reason, Requested, Row,
    case::{Answer, Machine},
    has_older,
};

/// A Markdown table of the rows, one line a platform and one for all of them.
pub fn markdown(rows: &[Row]) -> String {
    let mut by_platform: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_platform.entry(&row.platform).or_default().push(row);
    }
    let mut text = String::from(
        "| platform | environments | solved and verified | of them for the baseline | no requested package older | newer | \
         reasons | median ms | p95 ms | longest ms | \
         p95 verify ms |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (platform, rows) in by_platform {
        line(&mut text, platform, &rows);
    }
    line(&mut text, "all", &rows.iter().collect::<Vec<_>>());

    let against: Vec<&Vec<Requested>> = rows.iter().filter_map(|r| r.against.as_ref()).collect();
    if !against.is_empty() {
        let count = |order| {
            let has =
                |requested: &&&Vec<Requested>| requested.iter().any(|r| r.order == Some(order));
            against.iter().filter(has).count()
        };
        let _ = writeln!(
            text,
            "\nAgainst the other solver: {} compared, {} with a requested package newer, {} older.",
            against.len(),
            count(Ordering::Greater),
            count(Ordering::Less),
        );
    }
    text
}

fn line(text: &mut String, name: &str, rows: &[&Row]) {
    let all = rows.len();
    let verified = rows.iter().filter(|row| row.is_verified()).count();
    let no_worse = rows
        .iter()
        .filter(|row| row.is_verified() && !row.is_older())
        .count();
    let baseline = rows
        .iter()
        .filter(|row| row.is_verified() && row.machine == Machine::Baseline)
        .count();
    let newer = rows
        .iter()
        .filter(|row| {
            row.requested
                .iter()
                .any(|r| r.order == Some(Ordering::Greater))
        })
        .count();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in rows.iter().filter_map(|row| row.reason.as_ref()) {
        *reasons.entry(reason.word()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|(word, count)| format!("{word} {count}"))
        .collect();
    let solves: Vec<Duration> = rows.iter().map(|row| row.times.solve).collect();
    let checks: Vec<Duration> = rows.iter().map(|row| row.times.verify).collect();
    let _ = writeln!(
        text,
        "| {name} | {all} | {verified} ({}) | {baseline} | {no_worse} ({}) | {newer} | {} | {} | {} | {} | {} |",
        share(verified, all),
        share(no_worse, all),
        reasons.join(", "),
        quantile(&solves, 50),
        quantile(&solves, 95),
        quantile(&solves, 100),
        quantile(&checks, 95),
    );
}

/// A quantile in milliseconds, with one decimal.
fn quantile(times: &[Duration], percent: usize) -> String {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    let time = times.get(at).copied().unwrap_or_default();
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

fn share(part: usize, all: usize) -> String {
    // In hundredths of a percent, rounded down, so that no share looks better than it is.
    let share = (part * 10_000).checked_div(all).unwrap_or(0);
    format!("{}.{:02} %", share / 100, share % 100)
}

/// The rows that are not what one would wish, with what is known of each.
pub fn exceptions(rows: &[Row]) -> Value {
    rows.iter()
        .filter(|row| row.reason.is_some() || row.against.as_deref().is_some_and(has_older))
        .map(|row| {
            json!({
                "environment": row.label,
                "platform": row.platform,
                "machine": format!("{:?}", row.machine).to_lowercase(),
                "answer": answer(&row.answer),
                "older": older(&row.requested),
                "older_than_other_solver": row.against.as_deref().map(older),
                "reason": row.reason.as_ref().map(reason),
            })
        })
        .collect()
}

fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Verified(records) => json!({ "verified": records.len() }),
        Answer::Wrong(_, errors) => json!({ "wrong": errors }),
        Answer::Unsolvable(conflict) => json!({ "unsolvable": conflict }),
        Answer::TimedOut => json!("timed out"),
        Answer::Failed(error) => json!({ "failed": error }),
    }
}

fn older(requested: &[Requested]) -> Value {
    let older = requested.iter().filter(|r| r.order == Some(Ordering::Less));
    older.map(pair).collect()
}

fn pair(requested: &Requested) -> Value {
    let shown = |release: &Option<(String, String)>| {
        release
            .as_ref()
            .map(|(version, build)| format!("{version} {build}"))
    };
    json!({
        "name": requested.name,
        "ours": shown(&requested.ours),
        "theirs": shown(&requested.theirs),
    })
}

fn reason(reason: &Reason) -> Value {
    match reason {
        Reason::OtherMachine(errors) => json!({ "other machine": errors }),
        Reason::WeighedDown(files) => json!({ "weighed down": files }),
        Reason::Traded(fallen) => {
            json!({ "traded": fallen.iter().map(pair).collect::<Vec<_>>() })
        }
        Reason::Impossible | Reason::Missed => json!(reason.word()),
        Reason::Unknown(text) | Reason::Group(text) | Reason::NoAnswer(text) => {
            json!({ reason.word(): text })
        }
    }
}
