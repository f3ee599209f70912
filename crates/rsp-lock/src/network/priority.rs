//! What strict channel priority would make of a run.

use rsp_lock_prove::{Graph, Side, difference};
use rsp_lock_spec::{ChannelPriority, Request};

use super::lock::lock;
use crate::{
    error::Error,
    options::LockOptions,
    proof::{ChangedPackage, changed_package},
    reporter::Silent,
    run::{LockRun, PlatformRun},
};

/// What strict priority would change on one platform.
#[derive(Clone, Debug)]
pub struct WithStrict {
    /// The name of the platform.
    pub platform: String,
    /// What would differ; `None` if there is no solution with strict priority.
    pub changes: Option<Vec<ChangedPackage>>,
}

/// Locks once more with strict priority and compares, platform by platform.
///
/// Nothing is said of a request that has one channel, or strict priority already.
pub async fn with_strict(
    request: &Request,
    run: &LockRun,
    options: &LockOptions,
) -> Result<Vec<WithStrict>, Error> {
    let priority = request.channel_priority.unwrap_or_default();
    if priority == ChannelPriority::Strict || request.channels.len() < 2 {
        return Ok(Vec::new());
    }
    let request = Request {
        channel_priority: Some(ChannelPriority::Strict),
        ..request.clone()
    };
    let options = LockOptions {
        terse: true,
        rendering: None,
        explain_choice: false,
        ..options.clone()
    };
    let strict = lock(&request, &options, &Silent).await?;
    let pairs = run.platforms.iter().zip(&strict.platforms);
    Ok(pairs
        .filter(|(own, _)| own.answer().is_some())
        .map(|(own, strict)| WithStrict {
            platform: own.platform.name.clone(),
            changes: strict.answer().map(|_| changes(own, strict)),
        })
        .collect())
}

fn changes(own: &PlatformRun, strict: &PlatformRun) -> Vec<ChangedPackage> {
    let (old, new) = (graph(own), graph(strict));
    difference(&side(&old, own), &side(&new, strict))
        .iter()
        .map(changed_package)
        .collect()
}

fn graph(run: &PlatformRun) -> Graph<'_> {
    let records = run.answer().map_or(&[][..], |answer| &answer.records);
    Graph::new(records, &[], &[])
}

fn side<'s, 'r>(graph: &'s Graph<'r>, run: &'s PlatformRun) -> Side<'s, 'r> {
    Side {
        graph,
        requirements: &run.requirements,
        constraints: &run.constraints,
    }
}
