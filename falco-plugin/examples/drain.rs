//! Takes events from the built library as fast as they come, as a Falco without rules would:
//!
//! ```sh
//! cargo run --release --example drain -- unix:///tmp/feed.sock
//! cargo run --release --example drain -- unix:///tmp/feed.sock '{"stateFile":"/tmp/seen"}' ids.txt
//! ```
//!
//! Prints how many events there were, whenever none has come for a moment; appends their ids to the file that is named.
//! Ends with its standard input, in the middle of whatever it has at hand, as Falco does.

#[path = "../tests/host/mod.rs"]
mod host;

use falco_plugin_runner::ScapStatus;
use std::fs::OpenOptions;
use std::io::{BufWriter, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let open_params = args.next().unwrap_or_default();
    let init_config = args.next().unwrap_or_else(|| "{}".to_owned());
    let mut ids = match args.next() {
        Some(path) => Some(BufWriter::new(OpenOptions::new().create(true).append(true).open(path)?)),
        None => None,
    };
    let mut running = host::start(&open_params, &init_config)?;
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stop.store(true, Relaxed);
    });
    let (mut events, mut shown) = (0u64, None);
    while !stopped.load(Relaxed) {
        match running.next_event() {
            Ok(event) => {
                events += 1;
                if let Some(ids) = &mut ids {
                    match running.extract_field(&event, "awselb.event_id") {
                        Some(Ok(id)) => writeln!(ids, "{id}")?,
                        other => anyhow::bail!("no awselb.event_id: {other:?}"),
                    }
                }
            }
            Err(error) if error.downcast_ref() == Some(&ScapStatus::Timeout) => {
                if let Some(ids) = &mut ids {
                    ids.flush()?;
                }
                if shown.replace(events) != Some(events) {
                    println!("{events}");
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
