//! Feedstock recipes: what a metapackage will require before it is published.
//!
//! [`render()`] turns a `recipe.yaml` or the common part of a `meta.yaml` into the
//! outputs of one platform: names, versions, dependencies, each with the line it was
//! written on and the comment beside it. [`to_request`] makes of it what a solve
//! needs; [`to_records`] makes records of it; [`classify()`] says which part of the
//! version has to change between two of them.
//!
//! ```
//! use rsp_lock_recipe::{Kind, Recipe, Variants, render};
//! use rsp_lock_spec::Source;
//! let text = "
//! package:
//!   name: stack
//!   version: 1.0
//! requirements:
//!   run:
//!     - aiohttp <3.14  # DM-55190
//!     - if: linux
//!       then: prmon >=3.1.1
//! ";
//! let recipe = Recipe::new(Kind::Recipe, Source::new("recipe.yaml", text));
//! let rendered = render(&recipe, &Variants::default(), "osx-arm64".parse()?)?;
//! let aiohttp = &rendered[0].outputs[0].depends[0];
//! assert_eq!(aiohttp.text, "aiohttp <3.14");
//! assert_eq!(aiohttp.origin.to_string(), "recipe.yaml:7");
//! assert_eq!(aiohttp.note.ticket.as_deref(), Some("DM-55190"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What cannot be known before a package is built is not guessed: the hash in a build
//! string is written as zeros, and what the packages of the host section export to
//! the run section is left out, `python_abi` aside.
//!
//! This crate must not contain: file or network access, the clock, the environment
//! (a recipe that asks for them is refused), solving.

mod classify;
mod lines;
mod meta_yaml;
mod model;
mod output;
mod pin;
mod python;
mod recipe_yaml;
mod record;
mod render;
mod rendered;
mod request;
mod selector;
mod spec_text;
mod variants;

pub use classify::{Bump, Change, Classification, classify};
pub use model::{Dependency, Kind, Output, Recipe, Rendered};
pub use record::to_records;
pub use render::render;
pub use rendered::parse_rendered;
pub use request::{RecipeParsed, RecipeRequest, to_request};
pub use spec_text::normalise;
pub use variants::{PinRunAsBuild, Variant, Variants};
