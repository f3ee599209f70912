//! Loads channels and says how long it took and how much there is.
//!
//! `cargo run --release -p rsp-lock-channel --example load_channels -- SUBDIR NAMES CHANNEL…`
//! with NAMES separated by commas, or `*` for all records.

use rsp_lock_channel::{ChannelOptions, Silent, Wanted, load};
use rsp_lock_spec::{ChannelRequest, Origin};

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(subdir), Some(names)) = (arguments.next(), arguments.next()) else {
        return Err("usage: load_channels SUBDIR NAMES CHANNEL…".into());
    };
    let wanted = if names == "*" {
        Wanted::All
    } else {
        let names = names.split(',').map(str::parse);
        Wanted::Reachable(names.collect::<Result<_, _>>()?)
    };
    let channels: Vec<ChannelRequest> = arguments
        .map(|text| ChannelRequest {
            text,
            origin: Origin::command_line(),
        })
        .collect();
    let options = ChannelOptions::default();
    let start = std::time::Instant::now();
    let runtime = tokio::runtime::Runtime::new()?;
    let work = load(&channels, subdir.parse()?, &wanted, &options, &Silent);
    for channel in runtime.block_on(work)? {
        println!(
            "{}: {} records, {} rejected",
            channel.name,
            channel.records.len(),
            channel.rejected.len()
        );
    }
    println!("{} ms", start.elapsed().as_millis());
    Ok(())
}
