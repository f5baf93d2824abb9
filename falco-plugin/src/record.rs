//! The payload of an event as Falco carries it.
//!
//! ```text
//! byte 0       the version of this layout
//! bytes 1–8    the event's place among those handed to Falco since the plugin was loaded, from 1
//! bytes 9–24   one bit for each field of the table: it has a value
//! then         8 bytes for each field that has: a uint64, or where a text stands among the texts (u32) and its length (u32)
//! then         the texts, the log line before all others: most values are parts of it
//! ```
//!
//! Integers are little-endian. Finding a value costs a bit test and a count of bits; texts become C strings and networks
//! addresses only when Falco asks for them. Payloads are read by the plugin that wrote them: field numbers may change from
//! version to version.

use crate::fields::{FieldType, MAX_FIELDS, TABLE};

const VERSION: u8 = 2;
const PLACE: std::ops::Range<usize> = 1..9;
const BITS: std::ops::Range<usize> = 9..25;

#[derive(Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Text(&'a [u8]),
    Uint64(u64),
}

/// The value of a field, if the payload is a record and has one. A payload from elsewhere reads as empty.
pub fn value(payload: &[u8], number: usize) -> Option<Value<'_>> {
    let bits = u128::from_le_bytes(payload.get(BITS)?.try_into().ok()?);
    if payload[0] != VERSION || number >= MAX_FIELDS || bits >> number & 1 == 0 {
        return None;
    }
    let rank = (bits & ((1u128 << number) - 1)).count_ones() as usize;
    let slot: [u8; 8] = payload.get(BITS.end + 8 * rank..)?.get(..8)?.try_into().ok()?;
    if *TABLE.types.get(number)? == FieldType::Uint64 {
        return Some(Value::Uint64(u64::from_le_bytes(slot)));
    }
    let (start, length) = text_slot(slot);
    let texts = payload.get(BITS.end + 8 * bits.count_ones() as usize..)?;
    Some(Value::Text(texts.get(start..)?.get(..length)?))
}

fn text_slot(slot: [u8; 8]) -> (usize, usize) {
    let both = u64::from_le_bytes(slot);
    (both as u32 as usize, (both >> 32) as usize)
}

/// The event's place, 0 for a payload from elsewhere.
pub fn place(payload: &[u8]) -> u64 {
    match payload.get(PLACE).map(TryInto::try_into) {
        Some(Ok(bytes)) if payload[0] == VERSION => u64::from_le_bytes(bytes),
        _ => 0,
    }
}

/// Writes the place into a record.
pub fn set_place(record: &mut [u8], place: u64) {
    record[PLACE].copy_from_slice(&place.to_le_bytes());
}

/// A record in the making. Kept from event to event, so that none allocates.
pub struct RecordWriter {
    pub texts: Vec<u8>,
    slots: [u64; MAX_FIELDS],
    present: u128,
    /// What recognises the event when it comes again; 0 when it has no `event_id`.
    pub id: u128,
    /// Members of events that are no field of this plugin's table, since the writer was made.
    pub unknown_members: u64,
}

impl RecordWriter {
    pub fn new() -> Self {
        Self { texts: Vec::new(), slots: [0; MAX_FIELDS], present: 0, id: 0, unknown_members: 0 }
    }

    /// Begins another event.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.present = 0;
        self.id = 0;
    }

    pub fn number(&mut self, field: usize, value: u64) {
        self.slots[field] = value;
        self.present |= 1 << field;
    }

    /// The field's value is this part of `texts`.
    pub fn text(&mut self, field: usize, start: usize, length: usize) {
        self.slots[field] = start as u64 | (length as u64) << 32;
        self.present |= 1 << field;
        if field == TABLE.event_id {
            self.id = id_of(&self.texts[start..start + length]);
        }
    }

    /// Appends the record to `out`.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&self.present.to_le_bytes());
        let mut left = self.present;
        while left != 0 {
            out.extend_from_slice(&self.slots[left.trailing_zeros() as usize].to_le_bytes());
            left &= left - 1;
        }
        out.extend_from_slice(&self.texts);
    }
}

/// elb-sidekick's ids are 32 hexadecimal digits, half a SHA-256. Others are made as long here.
fn id_of(text: &[u8]) -> u128 {
    if text.len() == 32
        && let Some(id) = text.iter().try_fold(0u128, |id, byte| Some(id << 4 | u128::from(hex_digit(*byte)?)))
    {
        return id;
    }
    use std::hash::{DefaultHasher, Hasher};
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(text);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str) -> usize {
        TABLE.number(name.as_bytes(), 0).unwrap()
    }

    #[test]
    fn values_are_found_whatever_the_order_they_came_in() {
        let mut writer = RecordWriter::new();
        writer.texts.extend_from_slice(b"GET /x 1.2.3.4");
        writer.text(number("raw"), 0, 14);
        writer.number(number("client_port"), u64::MAX);
        writer.text(number("client_ip"), 7, 7);
        let mut record = Vec::new();
        writer.finish(&mut record);
        assert_eq!(value(&record, number("raw")), Some(Value::Text(b"GET /x 1.2.3.4")));
        assert_eq!(value(&record, number("client_ip")), Some(Value::Text(b"1.2.3.4")));
        assert_eq!(value(&record, number("client_port")), Some(Value::Uint64(u64::MAX)));
        assert_eq!(value(&record, number("user_agent")), None);
        assert_eq!(place(&record), 0);
        set_place(&mut record, 77);
        assert_eq!(place(&record), 77);
        for end in 0..record.len() {
            for field in 0..MAX_FIELDS + 1 {
                value(&record[..end], field);
                value(&vec![0xff; end], field);
            }
            place(&record[..end]);
        }
    }

    #[test]
    fn ids_of_any_form_tell_events_apart() {
        assert_eq!(id_of(b"0000000000000000000000000000002a"), 42);
        let others: [&[u8]; 4] = [b"", b"1", b"0000000000000000000000000000002A", b"2"];
        for (i, a) in others.iter().enumerate() {
            for b in &others[i + 1..] {
                assert_ne!(id_of(a), id_of(b));
            }
        }
    }
}
