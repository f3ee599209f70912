//! Request files and command-line specs of `rsp-lock`: text in, [`Request`] out.
//!
//! A [`Request`] is everything a person asked for: channels, platforms,
//! requirements, constraints and overrides, each with the place it was written
//! ([`Origin`]) and the reason that was written beside it ([`Note`]).
//!
//! This crate must not contain: file or network access (text comes in as a
//! [`Source`]), the clock, host detection, or anything about solving.

mod error;
mod origin;
mod request;

pub use error::{Diagnostic, Severity, SpecError};
pub use origin::{Origin, Source};
pub use request::{
    Base, BasePolicy, BaseSource, ChannelPriority, ChannelRequest, Cutoff, DependencyEdit,
    DependencyEditKind, ExcludeNewer, Note, Override, PipRequirement, PlatformRequest, Request,
    Requirement, Strategy, VirtualPackageChange,
};
