//! Which lines of a request are still needed, on all its platforms.

use jiff::civil::Date;
use rsp_lock_channel::Wanted;
use rsp_lock_solve::channel_order;
use rsp_lock_spec::Request;

use super::load::{open_channels, packed_sources, with_opened_channels};
use crate::{
    catalog::Catalog,
    error::Error,
    in_memory::guarded,
    options::LockOptions,
    plan::Plan,
    proof::{PlatformProof, prove_platform},
    reporter::Reporter,
};

/// Shows for each override, edit, constraint and pin of a request what plain solving says
/// without it, platform by platform.
///
/// Nothing that is locked is preferred: fresh solutions are compared. `today` decides
/// which reviews are due.
pub async fn prove_overrides(
    request: &Request,
    options: &LockOptions,
    today: Option<Date>,
    reporter: &dyn Reporter,
) -> Result<Vec<PlatformProof>, Error> {
    let plan = Plan::new(request, options)?;
    let mut proofs = Vec::new();
    for platform in &request.platforms {
        let opened = open_channels(
            &request.channels,
            platform.subdir,
            &Wanted::Reachable(plan.wanted.clone()),
            &options.channels,
            reporter,
        )
        .await?;
        let request = with_opened_channels(request, &opened);
        let (platform, plan, options) = (platform.clone(), plan.clone(), options.clone());
        let work = tokio::task::spawn_blocking(move || {
            guarded(&platform.name, || {
                let sources = packed_sources(opened);
                let order = channel_order(request.channel_priority.unwrap_or_default());
                let directory = options.channels.cache_dir.as_deref();
                let catalog = Catalog::open(&sources, order, directory);
                prove_platform(
                    &request,
                    &platform,
                    &plan,
                    &sources,
                    catalog.as_ref().map(|catalog| &catalog.index),
                    &options,
                    today,
                )
            })
        });
        proofs.push(match work.await {
            Ok(result) => result?,
            Err(_) => return Err(Error::Channel(rsp_lock_channel::ChannelError::Cancelled)),
        });
    }
    Ok(proofs)
}
