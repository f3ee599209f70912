//! `--deny`: findings that somebody does not want to live with.

use clap::ValueEnum;
use rsp_lock::{
    LockRun, SuspicionKind,
    verify::{Finding, Severity, text},
};

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Any warning of the check
    Warnings,
    /// An override or edit that changed nothing
    UnusedOverride,
    /// A record that could not be used
    Rejected,
    /// A channel that lacks the platform's subdir, or noarch
    MissingSubdir,
    /// A locked package that its channel no longer has
    Withdrawn,
    /// A package older than in the base or the previous lock
    Downgrade,
    /// An old version that was taken because it asks for less than newer ones
    Ancient,
    /// A package that the base is for, and that nothing asked for goes with
    Leave,
    /// Another variant (BLAS, MPI, CUDA) than in the base or the previous lock
    Variant,
}

/// The first denied finding in words, if there is one.
pub(crate) fn first(denied: &[Deny], run: &LockRun) -> Option<String> {
    denied.iter().find_map(|deny| find(*deny, run))
}

fn find(deny: Deny, run: &LockRun) -> Option<String> {
    run.platforms.iter().find_map(|platform| {
        let name = &platform.platform.name;
        let answer = platform.answer()?;
        let warning = |wanted: &dyn Fn(&Finding) -> bool| {
            answer
                .findings
                .iter()
                .filter(|finding| finding.severity() == Severity::Warning)
                .find(|finding| wanted(finding))
                .map(|finding| format!("{name}: {}", text(finding)))
        };
        let suspicion = |kind: SuspicionKind| {
            let mut all = answer.suspicions.iter();
            let first = all.find(|suspicion| suspicion.kind == kind)?;
            Some(format!("{name}: {}", crate::summary::suspicion(first)))
        };
        match deny {
            Deny::Downgrade => suspicion(SuspicionKind::Downgrade),
            Deny::Ancient => suspicion(SuspicionKind::Ancient),
            Deny::Leave => {
                let left = platform.base.as_ref()?.left.first()?;
                Some(format!("{name}: {left} would have to leave the base"))
            }
            Deny::Variant => suspicion(SuspicionKind::Variant),
            Deny::Warnings => warning(&|_| true),
            Deny::UnusedOverride => {
                warning(&|finding| matches!(finding, Finding::UnusedRule { .. }))
            }
            Deny::Rejected => platform.channels.iter().find_map(|channel| {
                let (file, reason) = channel.rejected.first()?;
                Some(format!(
                    "{name}: `{file}` of `{}` cannot be used: {reason}",
                    channel.name
                ))
            }),
            Deny::MissingSubdir => platform.channels.iter().find_map(|channel| {
                let subdir = channel.missing_subdirs.first()?;
                Some(format!(
                    "{name}: channel `{}` has no `{subdir}`",
                    channel.name
                ))
            }),
            Deny::Withdrawn => {
                let withdrawn = answer.withdrawn.first();
                let withdrawn =
                    withdrawn.map(|file| format!("{name}: `{file}` is no longer in its channel"));
                withdrawn.or_else(|| {
                    let file = answer.replaced.first()?;
                    Some(format!(
                        "{name}: `{file}` has another hash in its channel than in the lock"
                    ))
                })
            }
        }
    })
}
