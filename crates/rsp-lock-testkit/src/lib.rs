//! stub
pub mod real;
