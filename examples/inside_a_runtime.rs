//! Locking from inside a program that has an async runtime already: as a task, with
//! progress, and with a way to stop it.
//!
//! `cargo run -p rsp-lock-examples --example inside_a_runtime`

#![expect(clippy::print_stdout, reason = "an example shows what it made")]

use std::{sync::Arc, time::Duration};

use rsp_lock::{LockOptions, LockRun, Reporter, RunOutcome, Silent, Stage, lock, spec};

/// Tells what is going on. A real program draws a progress bar here.
struct Telling;

impl Reporter for Telling {
    fn on_stage(&self, platform: &str, stage: Stage) {
        println!("{platform}: {stage:?}");
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = rsp_lock_examples::embedded();
    let text = fs_err::read_to_string(directory.join("rsp-lock.toml"))?;
    let request = Arc::new(spec::parse_toml(&spec::Source::new("rsp-lock.toml", text))?.request);
    let mut options = LockOptions::default();
    options.channels.root = directory;

    // Future and result are `Send`: the work may be a task of its own.
    let task = {
        let (request, options) = (request.clone(), options.clone());
        tokio::spawn(async move { lock(&request, &options, &Telling).await })
    };
    let run: LockRun = task.await??;
    println!("{:?} in {} ms", run.verdict(), run.elapsed.as_millis());

    // Dropping the future stops everything that it started: here, after a moment.
    let patience =
        tokio::time::timeout(Duration::from_millis(1), lock(&request, &options, &Silent));
    match patience.await {
        Ok(run) => println!("faster than a millisecond: {:?}", run?.verdict()),
        Err(_) => println!("given up, and the solvers with it"),
    }

    // A token stops the solvers from any other place; the outcome then says so.
    let token = LockOptions::default().cancel;
    token.cancel();
    let cancelled = LockOptions {
        cancel: token,
        ..LockOptions {
            channels: options.channels,
            ..LockOptions::default()
        }
    };
    let run = lock(&request, &cancelled, &Silent).await?;
    assert_eq!(run.verdict(), RunOutcome::Cancelled);
    Ok(())
}
