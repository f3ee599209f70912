//! Request files and command-line specs of `rsp-lock`: text in, [`Request`] out.
//!
//! A [`Request`] is everything a person asked for: channels, platforms,
//! requirements, constraints and overrides, each with the place it was written
//! ([`Origin`]) and the reason that was written beside it ([`Note`]).
//!
//! This crate must not contain: file or network access (text comes in as a
//! [`Source`]), the clock, host detection, or anything about solving.

mod cutoff;
mod effective;
mod error;
mod findings;
mod merge;
mod nearest;
mod node;
mod origin;
mod override_text;
mod platform;
mod request;
mod schema;
mod selectors;
mod spec;
mod toml;
mod unsupported;
mod yaml;

pub use effective::{
    DependencySource, DroppedDependency, Effective, EffectiveDependency, dependency_name, effective,
};
pub use error::{Diagnostic, Severity, SpecError};
pub use findings::Parsed;
pub use merge::merge;
pub use nearest::nearest;
pub use origin::{Origin, Source};
pub use platform::{parse_virtual_package, virtual_package_name, virtual_packages};
pub use request::{
    Base, BasePolicy, BaseSource, ChannelPriority, ChannelRequest, Cutoff, DependencyEdit,
    DependencyEditKind, ExcludeNewer, Note, Override, PipRequirement, PlatformRequest, Request,
    Requirement, Strategy, VirtualPackageChange,
};
pub use schema::schema;
pub use selectors::selected_subdirs;
pub use spec::{BadSpec, ParsedSpec, exact_name, parse_record_spec, parse_spec, parse_spec_text};
pub use toml::parse_toml;
pub use unsupported::unsupported;
pub use yaml::parse_environment_yaml;
