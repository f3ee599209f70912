//! The index: scanning, packing, compiling, and what a kept file may be.

mod carry;
mod compile;
mod index;
mod layers;
mod pack;
mod scan;
mod shards;
