//! Batches on their way from connections to Falco.
//!
//! ```text
//! offer ─▶ waiting ─▶ being handed out, event by event ─▶ handed out ─▶ taken: the ticket tells its connection
//! ```
//!
//! A batch counts as taken when Falco comes back for more after its last event: libscap asks for the next batch only
//! when the rules have seen every event of the one before. A Falco that stops or dies half-way leaves the batch without
//! an answer, and its sender sends it again.

use crate::metrics::Metrics;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Records of one request, one behind the other.
#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    /// Where each record ends, and its event's time in nanoseconds.
    pub events: Vec<(usize, u64)>,
}

struct Queued {
    batch: Batch,
    ticket: SyncSender<()>,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<Queued>,
    events: usize,
}

pub struct Queue {
    waiting: Mutex<Waiting>,
    offered: Condvar,
    max_events: usize,
    closed: AtomicBool,
    metrics: Arc<Metrics>,
}

impl Queue {
    pub fn new(max_events: usize, metrics: Arc<Metrics>) -> Self {
        Self { waiting: Mutex::default(), offered: Condvar::new(), max_events, closed: AtomicBool::new(false), metrics }
    }

    /// Takes the batch, or gives it back when there is no room. An empty queue takes a batch of any size. The receiver
    /// hears once Falco has taken every event; it is hung up on when the queue is dropped before.
    pub fn offer(&self, batch: Batch) -> Result<Receiver<()>, Batch> {
        let mut waiting = self.lock();
        if waiting.events > 0 && waiting.events + batch.events.len() > self.max_events {
            return Err(batch);
        }
        let (ticket, taken) = sync_channel(1);
        waiting.events += batch.events.len();
        waiting.batches.push_back(Queued { batch, ticket });
        self.metrics.waiting_events.store(waiting.events as u64, Relaxed);
        self.offered.notify_one();
        Ok(taken)
    }

    /// True once the source is closing: no answer will come for what waits.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    pub fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    fn next(&self, patience: Duration) -> Option<Queued> {
        let waiting = self.lock();
        let (mut waiting, _) = self
            .offered
            .wait_timeout_while(waiting, patience, |waiting| waiting.batches.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        waiting.batches.pop_front()
    }

    fn left(&self, events: usize) {
        let mut waiting = self.lock();
        waiting.events -= events;
        self.metrics.waiting_events.store(waiting.events as u64, Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Falco's end of the queue. Used by one thread.
pub struct Outlet {
    queue: Arc<Queue>,
    current: Option<(Queued, usize)>,
    handed_out: Vec<Queued>,
}

impl Outlet {
    pub fn new(queue: Arc<Queue>) -> Self {
        Self { queue, current: None, handed_out: Vec::new() }
    }

    /// Hands out up to `max` events and says how many; waits at most `patience` for the first. Being called says that
    /// Falco has taken all events handed out before.
    pub fn hand_out(
        &mut self,
        max: usize,
        patience: Duration,
        mut event: impl FnMut(&[u8], u64) -> std::io::Result<()>,
    ) -> std::io::Result<usize> {
        for taken in self.handed_out.drain(..) {
            // A connection that went away does not need to hear of it.
            let _ = taken.ticket.send(());
        }
        let mut count = 0;
        while count < max {
            let patience = if count == 0 { patience } else { Duration::ZERO };
            let Some((queued, mut at)) = self.current.take().or_else(|| Some((self.queue.next(patience)?, 0))) else {
                break;
            };
            let before = count;
            while count < max && at < queued.batch.events.len() {
                let start = if at == 0 { 0 } else { queued.batch.events[at - 1].0 };
                let (end, time_ns) = queued.batch.events[at];
                event(&queued.batch.bytes[start..end], time_ns)?;
                at += 1;
                count += 1;
            }
            self.queue.left(count - before);
            if at < queued.batch.events.len() {
                self.current = Some((queued, at));
            } else {
                self.handed_out.push(queued);
            }
        }
        crate::metrics::add(&self.queue.metrics.events, count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(records: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for record in records {
            batch.bytes.extend_from_slice(record);
            batch.events.push((batch.bytes.len(), records.len() as u64));
        }
        batch
    }

    fn queue(max_events: usize) -> Arc<Queue> {
        Arc::new(Queue::new(max_events, Arc::default()))
    }

    fn take(outlet: &mut Outlet, max: usize) -> Vec<Vec<u8>> {
        let mut events = Vec::new();
        outlet
            .hand_out(max, Duration::ZERO, |event, _| {
                events.push(event.to_vec());
                Ok(())
            })
            .unwrap();
        events
    }

    #[test]
    fn a_batch_is_taken_when_falco_comes_back_after_its_last_event() {
        let queue = queue(10);
        let mut outlet = Outlet::new(Arc::clone(&queue));
        let taken = queue.offer(batch(&[b"a", b"", b"ccc"])).unwrap();
        assert_eq!(take(&mut outlet, 2), [&b"a"[..], b""]);
        assert!(taken.try_recv().is_err());
        assert_eq!(take(&mut outlet, 2), [b"ccc"]);
        assert!(taken.try_recv().is_err());
        assert!(take(&mut outlet, 2).is_empty());
        assert!(taken.try_recv().is_ok());
    }

    #[test]
    fn what_fits_is_taken_and_one_more_is_not() {
        let queue = queue(3);
        let mut outlet = Outlet::new(Arc::clone(&queue));
        let _first = queue.offer(batch(&[b"a"])).unwrap();
        let _second = queue.offer(batch(&[b"b", b"c"])).unwrap();
        assert!(queue.offer(batch(&[b"d"])).is_err());
        assert_eq!(take(&mut outlet, 1), [b"a"]);
        assert!(queue.offer(batch(&[b"d"])).is_ok());
        assert_eq!(take(&mut outlet, 9), [b"b", b"c", b"d"]);
    }

    #[test]
    fn an_empty_queue_takes_a_batch_larger_than_itself() {
        assert!(queue(1).offer(batch(&[b"a", b"b"])).is_ok());
    }

    #[test]
    fn a_dropped_outlet_and_queue_hang_up_on_who_waits() {
        let queue = queue(9);
        let mut outlet = Outlet::new(Arc::clone(&queue));
        let handed = queue.offer(batch(&[b"a"])).unwrap();
        let waiting = queue.offer(batch(&[b"b"])).unwrap();
        assert_eq!(take(&mut outlet, 1), [b"a"]);
        drop((outlet, queue));
        assert!(handed.recv().is_err());
        assert!(waiting.recv().is_err());
    }
}
