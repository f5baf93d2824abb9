//! A body of frames becomes a batch: the wire of elb-sidekick itself. Values that stand in the log line as they are come as
//! places in it, so nobody cuts, escapes or copies them before Falco asks.
//!
//! ```text
//! "ELB1"
//! u8       count of names; then of each its length (u8) and bytes: a field's number in this body is its place here
//! u8       count of shapes; of each u8 count of parts, u8 count of fields, and of each field u8 number, u8 part, u8 flag:
//!          lines of one shape have these values in these parts of them. A part that is empty or `-` is no value, with
//!          flag 1 `-1` is none either
//! events   u64 time_ns, u32 length of the line, u8 shape (255: none), the line; for each part of the shape u16 where it
//!          begins in the line and u16 where it ends; then u16 count of further values, and of each u8 number, u8 kind:
//!            0  a part of the line: u16 start, u16 length
//!            1  a number: u64
//!            2  a text: u32 length, bytes
//!            3  the text that the field had last in this body
//! ```
//!
//! Integers are little-endian. Behind a frame that cannot be understood nothing can be.

use crate::fields::{FieldType, TABLE};
use crate::ingest::Reading;
use crate::record::RecordWriter;
use std::ops::Range;

pub const MAGIC: &[u8] = b"ELB1";

const UNKNOWN: usize = usize::MAX;

/// Reads every event up to the first that is none.
pub fn read(body: &[u8], writer: &mut RecordWriter) -> Reading {
    let mut reading = Reading::default();
    reading.batch.bytes.reserve(body.len() + body.len() / 2);
    let mut frames = Frames { rest: body, body, last: Vec::new() };
    let Some((numbers, shapes)) = frames.head() else {
        reading.bad(0, "the names and shapes are cut short".into());
        return reading;
    };
    frames.last = vec![0..0; numbers.len()];
    let mut count = 0;
    while !frames.rest.is_empty() {
        count += 1;
        match frames.event(&numbers, &shapes, writer) {
            Ok(time_ns) => {
                writer.finish(&mut reading.batch.bytes);
                reading.batch.push_event(time_ns, writer.id);
            }
            Err(error) => {
                reading.bad(count, error.into());
                break;
            }
        }
    }
    reading
}

const NO_SHAPE: usize = 255;

/// What lines of one kind have in which part.
struct Shape {
    parts: usize,
    /// Field, part, and whether `-1` is no value.
    fields: Vec<(usize, usize, bool)>,
}

struct Frames<'a> {
    body: &'a [u8],
    rest: &'a [u8],
    /// Where in the body each field's last text stands.
    last: Vec<Range<usize>>,
}

const SHORT: &str = "the event is cut short; none behind it can be read";

impl<'a> Frames<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<usize> {
        Some(usize::from(self.take(1)?[0]))
    }

    fn u16(&mut self) -> Option<usize> {
        Some(usize::from(u16::from_le_bytes(self.take(2)?.try_into().ok()?)))
    }

    fn u32(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?) as usize)
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// The numbers of this plugin's table, by those of the body, and the shapes.
    fn head(&mut self) -> Option<(Vec<usize>, Vec<Shape>)> {
        self.take(MAGIC.len())?;
        let mut numbers = Vec::new();
        for expected in 0..self.u8()? {
            let length = self.u8()?;
            numbers.push(TABLE.number(self.take(length)?, expected).unwrap_or(UNKNOWN));
        }
        let mut shapes = Vec::new();
        for _ in 0..self.u8()? {
            let parts = self.u8()?;
            let mut fields = Vec::new();
            for _ in 0..self.u8()? {
                let (number, part, flag) = (*numbers.get(self.u8()?)?, self.u8()?, self.u8()?);
                let is_text = TABLE.types.get(number).is_some_and(|kind| *kind != FieldType::Uint64);
                if is_text && part < parts {
                    fields.push((number, part, flag == 1));
                }
            }
            shapes.push(Shape { parts, fields });
        }
        Some((numbers, shapes))
    }

    fn event(&mut self, numbers: &[usize], shapes: &[Shape], writer: &mut RecordWriter) -> Result<u64, &'static str> {
        writer.clear();
        let time_ns = self.u64().ok_or(SHORT)?;
        let length = self.u32().ok_or(SHORT)?;
        let shape = self.u8().ok_or(SHORT)?;
        let line = self.take(length).ok_or(SHORT)?;
        writer.texts.extend_from_slice(line);
        if shape != NO_SHAPE {
            let Shape { parts, fields } = shapes.get(shape).ok_or("there is no such shape")?;
            let bounds = self.take(4 * parts).ok_or(SHORT)?;
            let bound = |at: usize| usize::from(u16::from_le_bytes([bounds[2 * at], bounds[2 * at + 1]]));
            for (number, part, or_minus_one) in fields {
                let (start, end) = (bound(2 * part), bound(2 * part + 1));
                match line.get(start..end).ok_or("a part stands beyond the line")? {
                    b"" | b"-" => {}
                    b"-1" if *or_minus_one => {}
                    _ => writer.text(*number, start, end - start),
                }
            }
        }
        let count = self.u16().ok_or(SHORT)?;
        for _ in 0..count {
            let place = self.u8().ok_or(SHORT)?;
            let kind = self.u8().ok_or(SHORT)?;
            let number = *numbers.get(place).ok_or("there is no field of that number")?;
            let is_number = TABLE.types.get(number).is_some_and(|kind| *kind == FieldType::Uint64);
            if number != UNKNOWN && is_number != (kind == 1) {
                return Err("the value is not of the field's type");
            }
            match kind {
                0 => {
                    let start = self.u16().ok_or(SHORT)?;
                    let length = self.u16().ok_or(SHORT)?;
                    if start + length > line.len() {
                        return Err("the value stands beyond the line");
                    }
                    if number != UNKNOWN {
                        writer.text(number, start, length);
                    }
                }
                1 => {
                    let value = self.u64().ok_or(SHORT)?;
                    if number != UNKNOWN {
                        writer.number(number, value);
                    }
                }
                2 | 3 => {
                    if kind == 2 {
                        let length = self.u32().ok_or(SHORT)?;
                        let start = self.body.len() - self.rest.len();
                        self.take(length).ok_or(SHORT)?;
                        self.last[place] = start..start + length;
                    }
                    if number != UNKNOWN {
                        let start = writer.texts.len();
                        writer.texts.extend_from_slice(&self.body[self.last[place].clone()]);
                        writer.text(number, start, writer.texts.len() - start);
                    }
                }
                _ => return Err("there is no such kind of value"),
            }
            if number == UNKNOWN {
                writer.unknown_members += 1;
            }
        }
        Ok(time_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Value, value};

    fn body(names: &[&str]) -> Vec<u8> {
        let mut body = MAGIC.to_vec();
        body.push(names.len() as u8);
        for name in names {
            body.push(name.len() as u8);
            body.extend_from_slice(name.as_bytes());
        }
        // One shape of three parts: `raw` in the first, `client_ip` in the last unless it is -1.
        body.extend_from_slice(&[1, 3, 2, 0, 0, 0, 4, 2, 1]);
        body
    }

    fn event(body: &mut Vec<u8>, time_ns: u64, line: &[u8], bounds: Option<[u16; 6]>, values: &[&[u8]]) {
        body.extend_from_slice(&time_ns.to_le_bytes());
        body.extend_from_slice(&(line.len() as u32).to_le_bytes());
        body.push(if bounds.is_some() { 0 } else { 255 });
        body.extend_from_slice(line);
        for bound in bounds.iter().flatten() {
            body.extend_from_slice(&bound.to_le_bytes());
        }
        body.extend_from_slice(&(values.len() as u16).to_le_bytes());
        for value in values {
            body.extend_from_slice(value);
        }
    }

    fn two_events() -> Vec<u8> {
        let mut body = body(&["raw", "object", "of_tomorrow", "client_port", "client_ip"]);
        let values: [&[u8]; 5] = [
            &[0, 0, 0, 0, 5, 0],
            &[1, 2, 3, 0, 0, 0, b'a', b'/', b'b'],
            &[2, 1, 9, 0, 0, 0, 0, 0, 0, 0],
            &[3, 1, 80, 0, 0, 0, 0, 0, 0, 0],
            &[4, 0, 2, 0, 3, 0],
        ];
        event(&mut body, 7, b"x 1.2", None, &values);
        event(&mut body, 8, b"y 3.4", Some([0, 5, 0, 0, 2, 5]), &[&[1, 3]]);
        event(&mut body, 9, b"z -1", Some([0, 4, 0, 0, 2, 4]), &[]);
        body
    }

    #[test]
    fn values_come_from_the_line_from_the_frame_and_from_the_event_before() {
        let mut writer = RecordWriter::new();
        let Reading { batch, bad, .. } = read(&two_events(), &mut writer);
        assert_eq!((batch.events.len(), bad, writer.unknown_members), (3, 0, 1));
        assert_eq!(batch.events.iter().map(|event| event.time_ns).collect::<Vec<_>>(), [7, 8, 9]);
        let number = |name: &str| TABLE.number(name.as_bytes(), 0).unwrap();
        let (first, second) = batch.bytes.split_at(batch.events[0].end);
        assert_eq!(value(first, number("raw")), Some(Value::Text(b"x 1.2")));
        assert_eq!(value(first, number("client_ip")), Some(Value::Text(b"1.2")));
        assert_eq!(value(first, number("client_port")), Some(Value::Uint64(80)));
        assert_eq!(value(first, number("object")), Some(Value::Text(b"a/b")));
        assert_eq!(value(second, number("object")), Some(Value::Text(b"a/b")));
        assert_eq!(value(second, number("raw")), Some(Value::Text(b"y 3.4")));
        assert_eq!(value(second, number("client_ip")), Some(Value::Text(b"3.4")));
        let third = &second[batch.events[1].end - batch.events[0].end..];
        assert_eq!(value(third, number("raw")), Some(Value::Text(b"z -1")));
        assert_eq!(value(third, number("client_ip")), None);
    }

    #[test]
    fn a_body_cut_anywhere_gives_the_whole_events_and_names_the_broken_one() {
        let whole = two_events();
        for end in MAGIC.len()..whole.len() {
            let Reading { batch, bad, described } = read(&whole[..end], &mut RecordWriter::new());
            assert_eq!(bad, described.len());
            assert!(batch.events.len() + bad <= 3, "{end}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut state = 99u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..50_000 {
            let mut broken = two_events();
            for _ in 0..1 + random() % 4 {
                let at = random() as usize % (broken.len() - MAGIC.len()) + MAGIC.len();
                broken[at] = random() as u8;
            }
            read(&broken, &mut RecordWriter::new());
        }
    }
}
