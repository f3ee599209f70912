//! stub
pub mod oracle;
pub mod real;
pub mod server;
pub mod universe;
