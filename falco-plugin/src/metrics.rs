//! What Falco shows of this plugin among its metrics.

use falco_plugin::base::{Metric, MetricLabel, MetricType, MetricValue};
use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Default)]
pub struct Metrics {
    /// Events handed to Falco.
    pub events: AtomicU64,
    /// Batches answered with 200 or 400 after Falco had taken their events.
    pub batches: AtomicU64,
    /// Events that Falco had taken before, and was not given again.
    pub repeated_events: AtomicU64,
    /// Bytes of bodies read.
    pub body_bytes: AtomicU64,
    pub bad_events: AtomicU64,
    /// Members of events that are no field of this plugin: the sender is newer.
    pub unknown_members: AtomicU64,
    /// Batches answered with 503 because the queue was full.
    pub full: AtomicU64,
    pub unauthorized: AtomicU64,
    /// Requests that were no batch at all: bad HTTP, wrong path, too large, too slow.
    pub refused: AtomicU64,
    pub waiting_events: AtomicU64,
    pub connections: AtomicU64,
}

pub fn add(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Relaxed);
}

impl Metrics {
    pub fn shown(&self) -> Vec<Metric> {
        let metric = |name: &'static CStr, kind, value: &AtomicU64| {
            Metric::new(MetricLabel::new(name, kind), MetricValue::U64(value.load(Relaxed)))
        };
        let counter = |name, value| metric(name, MetricType::Monotonic, value);
        let gauge = |name, value| metric(name, MetricType::NonMonotonic, value);
        vec![
            counter(c"events", &self.events),
            counter(c"batches", &self.batches),
            counter(c"repeated_events", &self.repeated_events),
            counter(c"body_bytes", &self.body_bytes),
            counter(c"bad_events", &self.bad_events),
            counter(c"unknown_members", &self.unknown_members),
            counter(c"full", &self.full),
            counter(c"unauthorized", &self.unauthorized),
            counter(c"refused", &self.refused),
            gauge(c"waiting_events", &self.waiting_events),
            gauge(c"connections", &self.connections),
        ]
    }
}
