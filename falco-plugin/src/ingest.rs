//! A body becomes a batch.

use crate::queue::Batch;
use crate::record::RecordWriter;
use crate::{frames, json_line};

/// So many bad events are described; all are counted.
const MAX_DESCRIBED: usize = 20;

/// What is no event.
pub struct BadLine {
    /// From 1, in the body: the line's number, or the frame's.
    pub line: usize,
    pub error: String,
}

#[derive(Default)]
pub struct Reading {
    pub batch: Batch,
    pub bad: usize,
    /// The first of them.
    pub described: Vec<BadLine>,
}

impl Reading {
    pub fn bad(&mut self, line: usize, error: String) {
        self.bad += 1;
        if self.described.len() < MAX_DESCRIBED {
            self.described.push(BadLine { line, error });
        }
    }
}

/// Frames where the body begins as such, else JSON lines.
pub fn read(body: &[u8], writer: &mut RecordWriter) -> Reading {
    if body.starts_with(frames::MAGIC) { frames::read(body, writer) } else { read_lines(body, writer) }
}

/// Reads every line that is an event. Empty lines are none and not bad.
fn read_lines(body: &[u8], writer: &mut RecordWriter) -> Reading {
    let mut reading = Reading::default();
    // A record is smaller than its JSON, names being a bit and a slot.
    reading.batch.bytes.reserve(body.len());
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match json_line::read(line, writer, &mut reading.batch.bytes) {
            Ok(time_ns) => reading.batch.push_event(time_ns, writer.id),
            Err(error) => reading.bad(index + 1, error),
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_lines_are_kept_and_bad_ones_named_by_number() {
        let body = b"{\"time_ns\":1}\n\nnonsense\r\n{\"time_ns\":2}\r\n{\"time_ns\":";
        let Reading { batch, bad, described } = read(body, &mut RecordWriter::new());
        assert_eq!(batch.events.iter().map(|event| event.time_ns).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(bad, 2);
        assert_eq!(described.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn descriptions_are_bounded() {
        let reading = read("x\n".repeat(MAX_DESCRIBED + 1).as_bytes(), &mut RecordWriter::new());
        assert_eq!((reading.bad, reading.described.len()), (MAX_DESCRIBED + 1, MAX_DESCRIBED));
    }
}
