//! Request files and command-line specs of `rsp-lock`: text in, [`Request`] out.
//!
//! A [`Request`] is everything a person asked for: channels, platforms,
//! requirements, constraints and overrides, each with the place it was written
//! ([`Origin`]) and the reason that was written beside it ([`Note`]).
//!
//! ```
//! use rsp_lock_spec::{Source, parse_toml};
//! let text = r#"
//! [environment]
//! channels = ["conda-forge"]
//!
//! [requirements]
//! python = "3.13.*"
//! pyvo = { version = ">=1.6", reason = "TAP uploads", ticket = "DM-1234" }
//! "#;
//! let request = parse_toml(&Source::new("rsp-lock.toml", text))?.request;
//! let pyvo = &request.requirements[1];
//! assert_eq!(pyvo.origin.to_string(), "rsp-lock.toml:7");
//! assert_eq!(pyvo.note.ticket.as_deref(), Some("DM-1234"));
//! # Ok::<(), rsp_lock_spec::SpecError>(())
//! ```
//!
//! The schema of `rsp-lock.toml` is told at [`parse_toml`] by example and by
//! [`schema()`] in full; what `environment.yml` may say at [`parse_environment_yaml`].
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
mod size;
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
pub use platform::{
    NOARCH_IS_NO_PLATFORM, meant_virtual_package, parse_virtual_package, virtual_package_name,
    virtual_packages,
};
pub use request::{
    Base, BasePolicy, BaseSource, ChannelPriority, ChannelRequest, Cutoff, DependencyEdit,
    DependencyEditKind, ExcludeNewer, Note, Override, PipRequirement, PlatformRequest, Request,
    Requirement, Strategy, VirtualPackageChange,
};
pub use schema::schema;
pub use selectors::selected_subdirs;
pub use size::too_large;
pub use spec::{BadSpec, ParsedSpec, exact_name, parse_record_spec, parse_spec, parse_spec_text};
pub use toml::parse_toml;
pub use unsupported::unsupported;
pub use yaml::parse_environment_yaml;
