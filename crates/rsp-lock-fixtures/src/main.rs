//! Rewrites `fixtures/channels` from `fixtures/universe`.

use std::{path::Path, process::ExitCode};

use rsp_lock_fixtures::{read_universe, write};

fn main() -> ExitCode {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let channels = match read_universe(&fixtures.join("universe")) {
        Ok(channels) => channels,
        Err(error) => return failed(&error),
    };
    if let Err(error) = write(&channels, &fixtures.join("channels")) {
        return failed(&error);
    }
    for channel in channels {
        say(&format!(
            "{}: {} records",
            channel.name,
            channel.record_count()
        ));
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "a command says what it did")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "a command says why it failed")]
fn failed(error: &rsp_lock_fixtures::FixturesError) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
