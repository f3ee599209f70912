//! stub
pub mod real;
pub mod server;
