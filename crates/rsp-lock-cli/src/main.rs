//! The command `rsp-lock`.
fn main() {}
