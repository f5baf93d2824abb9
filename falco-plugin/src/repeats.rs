//! Keeps events from reaching Falco twice.
//!
//! Senders send a batch again when no answer came, and an object's batches again when they were killed before it was
//! settled. Both are recognised by `event_id`: an event that Falco has taken is not handed to it again while it is among
//! the last `rememberEvents` taken ones. An event that waits for Falco already is not queued a second time either: the
//! later batch waits until the earlier one is through.
//!
//! What is remembered is written to `stateFile` when the source closes and read when it opens. After a `kill -9` of Falco
//! it is what it was at the last close, so what was taken since may come twice. That is meant: what a killed Falco had not
//! delivered is lost, and only a second run raises its alerts.

use crate::queue::Batch;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const MAGIC: &[u8; 8] = b"ELBSEEN1";

/// Ids are hashes already.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, id: u128) {
        self.0 = id as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Ids = HashSet<u128, BuildHasherDefault<IdHasher>>;

#[derive(Default)]
struct Known {
    taken: Ids,
    /// Those of `taken`, the oldest first.
    order: VecDeque<u128>,
    /// Queued, and not yet taken.
    waiting: Ids,
}

pub struct Repeats {
    known: Mutex<Known>,
    settled: Condvar,
    max: usize,
}

impl Repeats {
    pub fn new(max: usize) -> Self {
        Self { known: Mutex::default(), settled: Condvar::new(), max }
    }

    /// Removes from the batch what Falco has or had, says how many that were, and holds the rest until `settle`. Waits while
    /// some of it is on its way in another batch; nothing when `is_closed` before that is decided.
    pub fn claim(&self, batch: &mut Batch, tick: Duration, is_closed: impl Fn() -> bool) -> Option<usize> {
        if self.max == 0 {
            return Some(0);
        }
        let mut known = self.lock();
        while batch.events.iter().any(|event| known.waiting.contains(&event.id)) {
            if is_closed() {
                return None;
            }
            known = self.settled.wait_timeout(known, tick).unwrap_or_else(PoisonError::into_inner).0;
        }
        let before = batch.events.len();
        let Known { taken, waiting, .. } = &mut *known;
        batch.retain(|event| event.id == 0 || (!taken.contains(&event.id) && waiting.insert(event.id)));
        Some(before - batch.events.len())
    }

    /// Of the claimed ids, Falco has taken the first `taken`.
    pub fn settle(&self, ids: &[u128], taken: usize) {
        if self.max == 0 {
            return;
        }
        let mut known = self.lock();
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| **id != 0) {
            known.waiting.remove(id);
            if index < taken {
                known.remember(*id, self.max);
            }
        }
        drop(known);
        self.settled.notify_all();
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.lock().order.len()
    }

    /// Reads what an earlier life wrote. A file that is not there or not ours is nothing to remember.
    pub fn load(&self, path: &Path) -> Result<()> {
        let mut reader = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut magic = [0; 8];
        if reader.read_exact(&mut magic).is_err() || magic != *MAGIC {
            return Ok(());
        }
        let mut known = self.lock();
        let mut id = [0; 16];
        while reader.read_exact(&mut id).is_ok() {
            known.remember(u128::from_le_bytes(id), self.max);
        }
        Ok(())
    }

    /// Written beside and renamed, so that there is always a whole one.
    pub fn save(&self, path: &Path) -> Result<()> {
        let beside = beside(path);
        let mut writer = BufWriter::new(File::create(&beside)?);
        writer.write_all(MAGIC)?;
        for id in &self.lock().order {
            writer.write_all(&id.to_le_bytes())?;
        }
        writer.into_inner()?.sync_all()?;
        std::fs::rename(beside, path)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn remember(&mut self, id: u128, max: usize) {
        if !self.taken.insert(id) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > max
            && let Some(oldest) = self.order.pop_front()
        {
            self.taken.remove(&oldest);
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Fails where `save` would, so that Falco says so when it starts and not when it stops.
pub fn can_save(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::create(beside(path)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(1);

    fn batch(ids: &[u128]) -> Batch {
        let mut batch = Batch::default();
        for id in ids {
            batch.bytes.push(*id as u8);
            batch.push_event(0, *id);
        }
        batch
    }

    fn ids(batch: &Batch) -> Vec<u128> {
        batch.events.iter().map(|event| event.id).collect()
    }

    fn claimed(repeats: &Repeats, of: &[u128]) -> (Vec<u128>, Option<usize>) {
        let mut batch = batch(of);
        let repeated = repeats.claim(&mut batch, TICK, || true);
        assert_eq!(batch.bytes, batch.events.iter().map(|event| event.id as u8).collect::<Vec<_>>());
        (ids(&batch), repeated)
    }

    #[test]
    fn what_was_taken_is_not_handed_on_again_and_what_was_not_is() {
        let repeats = Repeats::new(10);
        assert_eq!(claimed(&repeats, &[1, 2, 3, 2]), (vec![1, 2, 3], Some(1)));
        repeats.settle(&[1, 2, 3], 2);
        assert_eq!(claimed(&repeats, &[1, 2, 3, 4]), (vec![3, 4], Some(2)));
    }

    #[test]
    fn a_batch_waits_for_the_one_that_has_its_events_under_way() {
        let repeats = Repeats::new(10);
        assert_eq!(claimed(&repeats, &[1, 2]).1, Some(0));
        assert_eq!(claimed(&repeats, &[2, 3]).1, None);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                let mut batch = batch(&[2, 3]);
                (repeats.claim(&mut batch, TICK, || false), ids(&batch))
            });
            repeats.settle(&[1, 2], 2);
            assert_eq!(other.join().unwrap(), (Some(1), vec![3]));
        });
    }

    #[test]
    fn the_last_ones_are_remembered_and_one_more_is_forgotten() {
        let repeats = Repeats::new(2);
        repeats.settle(&[1, 2], 2);
        assert_eq!(claimed(&repeats, &[1, 2]).0, []);
        repeats.settle(&[3], 1);
        assert_eq!(repeats.remembered(), 2);
        assert_eq!(claimed(&repeats, &[1, 2, 3]).0, [1]);
    }

    #[test]
    fn events_without_an_id_are_never_repeats() {
        let repeats = Repeats::new(10);
        for _ in 0..2 {
            assert_eq!(claimed(&repeats, &[0, 0]), (vec![0, 0], Some(0)));
            repeats.settle(&[0, 0], 2);
        }
    }

    #[test]
    fn it_is_kept_in_a_file_and_a_broken_file_is_nothing_to_remember() {
        let path = std::env::temp_dir().join(format!("elb-sidekick-{}/seen", std::process::id()));
        can_save(&path).unwrap();
        let repeats = Repeats::new(3);
        repeats.settle(&[1, 2, 3, 4], 4);
        repeats.save(&path).unwrap();
        let next = Repeats::new(2);
        next.load(&path).unwrap();
        assert_eq!(claimed(&next, &[1, 2, 3, 4]).0, [1, 2]);
        for broken in [&b""[..], b"something else", b"ELBSEEN1half an id"] {
            std::fs::write(&path, broken).unwrap();
            Repeats::new(2).load(&path).unwrap();
        }
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
        Repeats::new(2).load(&path).unwrap();
    }
}
