//! A body of JSON lines becomes a batch.

use crate::queue::Batch;
use crate::record::RecordWriter;

/// So many bad lines are described; all are counted.
const MAX_DESCRIBED: usize = 20;

/// A line that is no event.
pub struct BadLine {
    /// From 1, in the body.
    pub line: usize,
    pub error: String,
}

pub struct Reading {
    pub batch: Batch,
    pub bad: usize,
    /// The first of them.
    pub described: Vec<BadLine>,
}

/// Reads every line that is an event. Empty lines are none and not bad.
pub fn read_lines(body: &[u8], writer: &mut RecordWriter) -> Reading {
    let mut reading = Reading { batch: Batch::default(), bad: 0, described: Vec::new() };
    // A record is smaller than its JSON, names being a bit and an offset.
    reading.batch.bytes.reserve(body.len());
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match writer.write(line, &mut reading.batch.bytes) {
            Ok(time_ns) => reading.batch.events.push((reading.batch.bytes.len(), time_ns)),
            Err(error) => {
                reading.bad += 1;
                if reading.described.len() < MAX_DESCRIBED {
                    reading.described.push(BadLine { line: index + 1, error });
                }
            }
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
        let Reading { batch, bad, described } = read_lines(body, &mut RecordWriter::new());
        assert_eq!(batch.events.iter().map(|event| event.1).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(bad, 2);
        assert_eq!(described.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn descriptions_are_bounded() {
        let reading = read_lines("x\n".repeat(MAX_DESCRIBED + 1).as_bytes(), &mut RecordWriter::new());
        assert_eq!((reading.bad, reading.described.len()), (MAX_DESCRIBED + 1, MAX_DESCRIBED));
    }
}
