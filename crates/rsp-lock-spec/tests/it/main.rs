//! Requests: what is read, merged and refused.

mod effective;
mod grammar;
mod merging;
mod real_files;
mod toml;
mod yaml;
