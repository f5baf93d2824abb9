//! Batches on their way from connections to Falco.
//!
//! ```text
//! offer ─▶ waiting ─▶ being handed out, event by event ─▶ handed out ─▶ taken: the ticket tells its connection
//! ```
//!
//! A batch counts as taken when Falco comes back for more after its last event: libscap asks for the next batch only
//! when the rules have seen every event of the one before. Of what Falco has at hand when it stops, it has taken the
//! events up to the last one that it asked a field of: it stops between events. The ticket says how many of a batch's
//! events were taken; its sender gets no answer and sends it again, and repeats.rs knows what of it is new.

use crate::metrics::Metrics;
use crate::record;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Records of one request, one behind the other.
#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    pub events: Vec<BatchEvent>,
}

#[derive(Clone, Copy, Debug)]
pub struct BatchEvent {
    /// Where its record ends.
    pub end: usize,
    pub time_ns: u64,
    /// What recognises it when it comes again; 0 when nothing does.
    pub id: u128,
}

impl Batch {
    /// The record is what was appended to `bytes` since the last one.
    pub fn push_event(&mut self, time_ns: u64, id: u128) {
        self.events.push(BatchEvent { end: self.bytes.len(), time_ns, id });
    }

    /// Removes the events for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(&BatchEvent) -> bool) {
        let (mut start, mut to) = (0, 0);
        let bytes = &mut self.bytes;
        self.events.retain_mut(|event| {
            let record = start..event.end;
            start = event.end;
            if !keep(event) {
                return false;
            }
            if record.start != to {
                bytes.copy_within(record.clone(), to);
            }
            to += record.len();
            event.end = to;
            true
        });
        bytes.truncate(to);
    }
}

struct Queued {
    batch: Batch,
    ticket: SyncSender<usize>,
    /// The place of its first event, once that was handed out.
    first_place: u64,
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

    /// Takes the batch, or gives it back when there is no room. An empty queue takes a batch of any size. The receiver hears
    /// how many events Falco has taken: all of them, or fewer when it stopped before.
    pub fn offer(&self, batch: Batch) -> Result<Receiver<usize>, Batch> {
        let mut waiting = self.lock();
        if waiting.events > 0 && waiting.events + batch.events.len() > self.max_events {
            return Err(batch);
        }
        let (ticket, taken) = sync_channel(1);
        waiting.events += batch.events.len();
        waiting.batches.push_back(Queued { batch, ticket, first_place: 0 });
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
    /// How many events were handed out, and how many of them Falco has come back from.
    handed: u64,
    taken: u64,
    /// The place of the last event that a field was asked of.
    seen: Arc<AtomicU64>,
}

impl Outlet {
    pub fn new(queue: Arc<Queue>, seen: Arc<AtomicU64>) -> Self {
        // Places go on where those of an earlier source ended: `seen` is the plugin's.
        let handed = seen.load(Relaxed);
        Self { queue, current: None, handed_out: Vec::new(), handed, taken: handed, seen }
    }

    /// Hands out up to `max` events and says how many; waits at most `patience` for the first. Being called says that
    /// Falco has taken all events handed out before.
    pub fn hand_out(
        &mut self,
        max: usize,
        patience: Duration,
        mut event: impl FnMut(&[u8], u64) -> std::io::Result<()>,
    ) -> std::io::Result<usize> {
        self.taken = self.handed;
        for taken in self.handed_out.drain(..) {
            // A connection that went away does not need to hear of it.
            let _ = taken.ticket.send(taken.batch.events.len());
        }
        let mut count = 0;
        while count < max {
            let patience = if count == 0 { patience } else { Duration::ZERO };
            let Some((mut queued, mut at)) = self.current.take().or_else(|| Some((self.queue.next(patience)?, 0)))
            else {
                break;
            };
            if at == 0 {
                queued.first_place = self.handed + 1;
            }
            let Batch { bytes, events } = &mut queued.batch;
            let before = count;
            let mut start = if at == 0 { 0 } else { events[at - 1].end };
            while count < max && at < events.len() {
                let BatchEvent { end, time_ns, .. } = events[at];
                let record = &mut bytes[start..end];
                self.handed += 1;
                record::set_place(record, self.handed);
                event(record, time_ns)?;
                start = end;
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

impl Drop for Outlet {
    /// Falco stops: says of what it has at hand how much it has taken.
    fn drop(&mut self) {
        let taken = self.taken.max(self.seen.load(Relaxed));
        let current = self.current.take().map(|(queued, _)| queued);
        for Queued { batch, ticket, first_place } in self.handed_out.drain(..).chain(current) {
            let of_batch = (taken + 1).saturating_sub(first_place) as usize;
            let _ = ticket.send(of_batch.min(batch.events.len()));
        }
        // The next source's places begin behind ours, whatever was asked of ours.
        self.seen.fetch_max(self.handed, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{RecordWriter, Value, place, value};

    const RAW: usize = 0;

    fn batch(records: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for text in records {
            let mut writer = RecordWriter::new();
            writer.texts.extend_from_slice(text);
            writer.text(RAW, 0, text.len());
            writer.finish(&mut batch.bytes);
            batch.push_event(records.len() as u64, 0);
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
                let Some(Value::Text(text)) = value(event, RAW) else { panic!() };
                events.push(text.to_vec());
                Ok(())
            })
            .unwrap();
        events
    }

    #[test]
    fn a_batch_is_taken_when_falco_comes_back_after_its_last_event() {
        let queue = queue(10);
        let mut outlet = Outlet::new(Arc::clone(&queue), Arc::default());
        let taken = queue.offer(batch(&[b"a", b"", b"ccc"])).unwrap();
        assert_eq!(take(&mut outlet, 2), [&b"a"[..], b""]);
        assert!(taken.try_recv().is_err());
        assert_eq!(take(&mut outlet, 2), [b"ccc"]);
        assert!(taken.try_recv().is_err());
        assert!(take(&mut outlet, 2).is_empty());
        assert_eq!(taken.try_recv(), Ok(3));
    }

    #[test]
    fn what_fits_is_taken_and_one_more_is_not() {
        let queue = queue(3);
        let mut outlet = Outlet::new(Arc::clone(&queue), Arc::default());
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
    fn an_outlet_that_goes_says_what_was_taken_and_what_was_not() {
        let queue = queue(9);
        let seen: Arc<AtomicU64> = Arc::default();
        for life in 0..2 {
            let mut outlet = Outlet::new(Arc::clone(&queue), Arc::clone(&seen));
            let first = queue.offer(batch(&[b"a", b"b"])).unwrap();
            let second = queue.offer(batch(&[b"c", b"d", b"e"])).unwrap();
            let third = queue.offer(batch(&[b"f"])).unwrap();
            let mut places = Vec::new();
            let mut note = |event: &[u8], _| {
                places.push(place(event));
                Ok(())
            };
            assert_eq!(outlet.hand_out(2, Duration::ZERO, &mut note).unwrap(), 2);
            assert_eq!(outlet.hand_out(2, Duration::ZERO, &mut note).unwrap(), 2);
            // Falco has asked for a field of "c" when it stops, and not yet of "d".
            seen.store(places[2], Relaxed);
            drop(outlet);
            assert_eq!((first.try_recv(), second.try_recv()), (Ok(2), Ok(1)), "{life}");
            assert!(third.try_recv().is_err());
            assert_eq!(take(&mut Outlet::new(Arc::clone(&queue), Arc::clone(&seen)), 9), [b"f"]);
        }
    }

    #[test]
    fn a_batch_keeps_what_it_is_told_to() {
        let mut some = batch(&[b"a", b"bb", b"ccc", b"d"]);
        let mut number = 0;
        some.retain(|_| {
            number += 1;
            number == 2 || number == 4
        });
        let queue = queue(9);
        let _taken = queue.offer(some).unwrap();
        assert_eq!(take(&mut Outlet::new(queue, Arc::default()), 9), [&b"bb"[..], b"d"]);
    }
}
