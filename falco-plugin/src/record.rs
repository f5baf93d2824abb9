//! The payload of an event as Falco carries it, and how a JSON line becomes one.
//!
//! ```text
//! byte 0      the version of this layout
//! bytes 1–16  one bit for each field of the table: it has a value
//! then        one u32 for each field that has: where its value begins, counted from byte 0
//! then        the values: string = bytes and a NUL; uint64 = 8 bytes; ipnet = 4 or 16 bytes behind their count
//! ```
//!
//! Integers are little-endian. Finding a value costs a bit test and a count of bits. Payloads are read by the plugin
//! that wrote them: field numbers may change from version to version.

use crate::fields::{FieldType, MAX_FIELDS, TABLE};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

const VERSION: u8 = 1;
const BITS: std::ops::Range<usize> = 1..17;

/// The key of the event's time, nanoseconds since the Unix epoch. Every line has it; it is no field.
const TIME: &[u8] = b"time_ns";

#[derive(Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Ends in its only NUL.
    String(&'a [u8]),
    Uint64(u64),
    Ipnet(&'a [u8]),
}

/// The value of a field, if the payload is a record and has one. A payload from elsewhere reads as empty.
pub fn value(payload: &[u8], number: usize) -> Option<Value<'_>> {
    let bits = u128::from_le_bytes(payload.get(BITS)?.try_into().ok()?);
    if payload[0] != VERSION || number >= MAX_FIELDS || bits >> number & 1 == 0 {
        return None;
    }
    let rank = (bits & ((1u128 << number) - 1)).count_ones() as usize;
    let slot = BITS.end + 4 * rank;
    let start = u32::from_le_bytes(payload.get(slot..slot + 4)?.try_into().ok()?) as usize;
    let rest = payload.get(start..)?;
    match TABLE.types.get(number)? {
        FieldType::Uint64 => Some(Value::Uint64(u64::from_le_bytes(rest.get(..8)?.try_into().ok()?))),
        FieldType::Ipnet => Some(Value::Ipnet(rest.get(1..1 + *rest.first()? as usize)?)),
        FieldType::String => {
            let end = rest.iter().position(|byte| *byte == 0)?;
            Some(Value::String(&rest[..=end]))
        }
    }
}

/// What reading a line needs besides the line: kept from line to line, so that no line allocates.
pub struct RecordWriter {
    values: Vec<u8>,
    starts: [u32; MAX_FIELDS],
    present: u128,
    time_ns: Option<u64>,
    /// Members of lines that are no field of this plugin's table, since the writer was made.
    pub unknown_members: u64,
}

impl RecordWriter {
    pub fn new() -> Self {
        Self { values: Vec::new(), starts: [0; MAX_FIELDS], present: 0, time_ns: None, unknown_members: 0 }
    }

    /// Appends the record of one line to `out` and returns the event's time. On an error `out` is as it was.
    pub fn write(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<u64, String> {
        self.values.clear();
        self.present = 0;
        self.time_ns = None;
        let mut json = serde_json::Deserializer::from_slice(line);
        json.deserialize_map(Line(self)).and_then(|()| json.end()).map_err(|error| without_line(&error))?;
        let time_ns = self.time_ns.ok_or("there is no time_ns")?;

        let values_at = BITS.end + 4 * self.present.count_ones() as usize;
        out.push(VERSION);
        out.extend_from_slice(&self.present.to_le_bytes());
        let mut left = self.present;
        while left != 0 {
            let start = values_at as u32 + self.starts[left.trailing_zeros() as usize];
            out.extend_from_slice(&start.to_le_bytes());
            left &= left - 1;
        }
        out.extend_from_slice(&self.values);
        Ok(time_ns)
    }
}

/// serde_json counts lines; every line of a body is its line 1.
fn without_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ").replace(" at line 0 column 0", "")
}

struct Line<'w>(&'w mut RecordWriter);

impl<'de> Visitor<'de> for Line<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an event as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let writer = self.0;
        let mut expected = 0;
        while let Some(key) = map.next_key_seed(Bytes)? {
            if *key == *TIME {
                writer.time_ns = Some(map.next_value()?);
                continue;
            }
            let Some(number) = TABLE.number(&key, expected) else {
                writer.unknown_members += 1;
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            expected = number + 1;
            let start = writer.values.len() as u32;
            let is_there = match TABLE.types[number] {
                FieldType::String => map.next_value_seed(Text(&mut writer.values))?,
                FieldType::Uint64 => match map.next_value::<Option<u64>>()? {
                    Some(value) => {
                        writer.values.extend_from_slice(&value.to_le_bytes());
                        true
                    }
                    None => false,
                },
                FieldType::Ipnet => match map.next_value::<Option<IpAddr>>()? {
                    Some(IpAddr::V4(address)) => push_counted(&mut writer.values, &address.octets()),
                    Some(IpAddr::V6(address)) => push_counted(&mut writer.values, &address.octets()),
                    None => false,
                },
            };
            if is_there {
                writer.starts[number] = start;
                writer.present |= 1 << number;
            }
        }
        Ok(())
    }
}

fn push_counted(values: &mut Vec<u8>, bytes: &[u8]) -> bool {
    values.push(bytes.len() as u8);
    values.extend_from_slice(bytes);
    true
}

/// A JSON string's bytes, which need not be UTF-8: log lines are what clients sent.
struct Bytes;

impl<'de> DeserializeSeed<'de> for Bytes {
    type Value = Cow<'de, [u8]>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for Bytes {
    type Value = Cow<'de, [u8]>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(bytes))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(bytes.to_vec()))
    }
}

/// Appends a JSON string's bytes and a NUL to the values; null is no value.
struct Text<'w>(&'w mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_none<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_bytes(self)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<bool, E> {
        self.0.extend_from_slice(bytes);
        self.0.push(0);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str) -> usize {
        TABLE.number(name.as_bytes(), 0).unwrap()
    }

    fn record(line: &[u8]) -> (Vec<u8>, u64) {
        let mut out = Vec::new();
        let time_ns = RecordWriter::new().write(line, &mut out).unwrap();
        (out, time_ns)
    }

    #[test]
    fn values_of_every_type_are_found_whatever_the_order_of_members() {
        let line = br#"{"raw":"a \"b\"","client_net":"2001:db8::1","time_ns":1758000000123456789,"client_port":443,"client_ip":"1.2.3.4"}"#;
        let (payload, time_ns) = record(line);
        assert_eq!(time_ns, 1758000000123456789);
        assert_eq!(value(&payload, number("raw")), Some(Value::String(b"a \"b\"\0")));
        assert_eq!(value(&payload, number("client_ip")), Some(Value::String(b"1.2.3.4\0")));
        assert_eq!(value(&payload, number("client_port")), Some(Value::Uint64(443)));
        let Some(Value::Ipnet(bytes)) = value(&payload, number("client_net")) else { panic!() };
        assert_eq!((bytes.len(), bytes[0], bytes[15]), (16, 0x20, 1));
        assert_eq!(value(&payload, number("user_agent")), None);
    }

    #[test]
    fn null_is_no_value_and_unknown_members_are_counted() {
        let mut out = Vec::new();
        let mut writer = RecordWriter::new();
        writer
            .write(br#"{"time_ns":1,"user_agent":null,"client_port":null,"of_tomorrow":{"a":[1]}}"#, &mut out)
            .unwrap();
        assert_eq!(value(&out, number("user_agent")), None);
        assert_eq!(value(&out, number("client_port")), None);
        assert_eq!(writer.unknown_members, 1);
    }

    #[test]
    fn bytes_that_are_no_utf8_pass_and_a_nul_ends_the_string_as_in_falco() {
        let (payload, _) = record(b"{\"time_ns\":1,\"user_agent\":\"\xff\xfe\",\"raw\":\"a\\u0000b\"}");
        assert_eq!(value(&payload, number("user_agent")), Some(Value::String(b"\xff\xfe\0")));
        assert_eq!(value(&payload, number("raw")), Some(Value::String(b"a\0")));
    }

    #[test]
    fn a_bad_line_says_where_and_leaves_nothing_behind() {
        let mut writer = RecordWriter::new();
        let mut out = b"before".to_vec();
        for (line, says) in [
            (&b"{\"client_port\":1}"[..], "time_ns"),
            (b"{\"time_ns\":-1}", "expected u64 at column"),
            (b"{\"time_ns\":1,\"client_port\":\"80\"}", "column"),
            (b"{\"time_ns\":1,\"client_net\":\"not one\"}", "IP address"),
            (b"{\"time_ns\":1} {}", "trailing"),
            (b"[1]", "JSON object"),
            (b"{", "EOF"),
            (b"", "EOF"),
        ] {
            let error = writer.write(line, &mut out).unwrap_err();
            assert!(error.contains(says), "{error}");
            assert_eq!(out, b"before");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_not_an_overflow() {
        let mut line = b"{\"time_ns\":1,\"x\":".to_vec();
        line.extend(std::iter::repeat_n(b'[', 100_000));
        assert!(RecordWriter::new().write(&line, &mut Vec::new()).is_err());
    }

    #[test]
    fn payloads_cut_short_or_from_elsewhere_read_as_empty() {
        let (payload, _) =
            record(br#"{"time_ns":1,"client_ip":"1.2.3.4","client_port":443,"client_net":"1.2.3.4","raw":"x"}"#);
        for end in 0..payload.len() {
            for field in 0..MAX_FIELDS + 1 {
                value(&payload[..end], field);
                value(&vec![0xff; end], field);
            }
        }
    }
}
