//! A Falco plugin for the event source `awselb`: AWS load balancer events, parsed by elb-sidekick, received over HTTP.
//!
//! ```text
//! elb-sidekick ── POST /events, one JSON object a line ──▶ listener ─ record ─▶ queue ─▶ next_batch ─▶ Falco's rules
//!                 200 once Falco has taken every event ◀────────────────────── ticket ◀─┘              extract, by field
//! ```
//!
//! A line's JSON is parsed once, on the connection's own thread, into a record whose fields are found by their number
//! (record.rs). Falco's thread copies records and looks fields up in them; it never parses.

mod config;
mod connection;
mod extract;
mod fields;
mod frames;
mod ingest;
mod json_line;
mod listener;
mod metrics;
mod plugin;
mod queue;
mod record;
mod repeats;
mod request;
