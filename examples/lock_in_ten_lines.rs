//! The main job: a request file in, verified lockfiles for every platform out.
//!
//! `cargo run -p rsp-lock-examples --example lock_in_ten_lines`

#![expect(clippy::print_stdout, reason = "an example shows what it made")]

use rsp_lock::{LockOptions, LockfileOptions, Silent, lock_blocking, lockfiles, spec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = rsp_lock_examples::embedded();
    let text = fs_err::read_to_string(directory.join("rsp-lock.toml"))?;
    let request = spec::parse_toml(&spec::Source::new("rsp-lock.toml", text))?.request;

    let mut options = LockOptions::default();
    options.channels.root = directory; // where `../../fixtures/channels/…` starts
    let run = lock_blocking(&request, &options, &Silent)?;

    // Refuses a run in which a platform is not solved, or not verified.
    let files = lockfiles(&request, &run, &LockfileOptions::default())?;
    for lock in &files.explicit {
        println!("{}: {} lines", lock.file_name, lock.text.lines().count());
    }
    println!("{}", files.digest()); // `files.write(&directory)?` puts them in place
    Ok(())
}
