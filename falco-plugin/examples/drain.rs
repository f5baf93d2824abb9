//! Takes events from the built library as fast as they come, as a Falco without rules would:
//!
//! ```sh
//! cargo run --release --example drain -- unix:///tmp/feed.sock
//! ```
//!
//! Prints how many events there were, whenever none has come for a moment; ends with its standard input.

#[path = "../tests/host/mod.rs"]
mod host;

use falco_plugin_runner::ScapStatus;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

fn main() -> anyhow::Result<()> {
    let open_params = std::env::args().nth(1).unwrap_or_default();
    let mut running = host::start(&open_params, "{}")?;
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stop.store(true, Relaxed);
    });
    let (mut events, mut shown) = (0u64, None);
    while !stopped.load(Relaxed) {
        match running.next_event() {
            Ok(_) => events += 1,
            Err(error) if error.downcast_ref() == Some(&ScapStatus::Timeout) => {
                if shown.replace(events) != Some(events) {
                    println!("{events}");
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
