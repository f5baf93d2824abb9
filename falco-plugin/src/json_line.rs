//! A line of JSON becomes a record: the wire for everybody.

use crate::fields::{FieldType, TABLE};
use crate::record::RecordWriter;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// The key of the event's time, nanoseconds since the Unix epoch. Every line has it; it is no field.
const TIME: &[u8] = b"time_ns";

/// Appends the record of one line to `out` and returns the event's time. On an error `out` is as it was.
pub fn read(line: &[u8], writer: &mut RecordWriter, out: &mut Vec<u8>) -> Result<u64, String> {
    writer.clear();
    let mut time_ns = None;
    let mut json = serde_json::Deserializer::from_slice(line);
    let whole = Line { writer, time_ns: &mut time_ns };
    json.deserialize_map(whole).and_then(|()| json.end()).map_err(|error| without_line(&error))?;
    let time_ns = time_ns.ok_or("there is no time_ns")?;
    writer.finish(out);
    Ok(time_ns)
}

/// serde_json counts lines; every line of a body is its line 1.
fn without_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ").replace(" at line 0 column 0", "")
}

struct Line<'w> {
    writer: &'w mut RecordWriter,
    time_ns: &'w mut Option<u64>,
}

impl<'de> Visitor<'de> for Line<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an event as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let writer = self.writer;
        let mut expected = 0;
        while let Some(key) = map.next_key_seed(Bytes)? {
            if *key == *TIME {
                *self.time_ns = Some(map.next_value()?);
                continue;
            }
            let Some(number) = TABLE.number(&key, expected) else {
                writer.unknown_members += 1;
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            expected = number + 1;
            if TABLE.types[number] == FieldType::Uint64 {
                if let Some(value) = map.next_value::<Option<u64>>()? {
                    writer.number(number, value);
                }
                continue;
            }
            let start = writer.texts.len();
            if !map.next_value_seed(Text(&mut writer.texts))? {
                continue;
            }
            if TABLE.types[number] == FieldType::Ipnet && address(&writer.texts[start..]).is_none() {
                return Err(A::Error::custom("not an IP address"));
            }
            writer.text(number, start, writer.texts.len() - start);
        }
        Ok(())
    }
}

pub fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
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

/// Appends a JSON string's bytes; null is no value.
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
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Value, value};

    fn number(name: &str) -> usize {
        TABLE.number(name.as_bytes(), 0).unwrap()
    }

    fn record(line: &[u8]) -> (Vec<u8>, u64) {
        let mut out = Vec::new();
        let time_ns = read(line, &mut RecordWriter::new(), &mut out).unwrap();
        (out, time_ns)
    }

    #[test]
    fn values_of_every_type_are_found_whatever_the_order_of_members() {
        let line = br#"{"raw":"a \"b\"","client_net":"2001:db8::1","time_ns":1758000000123456789,"client_port":443,"client_ip":"1.2.3.4"}"#;
        let (payload, time_ns) = record(line);
        assert_eq!(time_ns, 1758000000123456789);
        assert_eq!(value(&payload, number("raw")), Some(Value::Text(b"a \"b\"")));
        assert_eq!(value(&payload, number("client_ip")), Some(Value::Text(b"1.2.3.4")));
        assert_eq!(value(&payload, number("client_port")), Some(Value::Uint64(443)));
        assert_eq!(value(&payload, number("client_net")), Some(Value::Text(b"2001:db8::1")));
        assert_eq!(value(&payload, number("user_agent")), None);
    }

    #[test]
    fn null_is_no_value_and_unknown_members_are_counted() {
        let mut out = Vec::new();
        let mut writer = RecordWriter::new();
        let line = br#"{"time_ns":1,"user_agent":null,"client_port":null,"of_tomorrow":{"a":[1]}}"#;
        read(line, &mut writer, &mut out).unwrap();
        assert_eq!(value(&out, number("user_agent")), None);
        assert_eq!(value(&out, number("client_port")), None);
        assert_eq!(writer.unknown_members, 1);
    }

    #[test]
    fn bytes_that_are_no_utf8_pass() {
        let (payload, _) = record(b"{\"time_ns\":1,\"user_agent\":\"\xff\xfe\"}");
        assert_eq!(value(&payload, number("user_agent")), Some(Value::Text(b"\xff\xfe")));
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
            let error = read(line, &mut writer, &mut out).unwrap_err();
            assert!(error.contains(says), "{error}");
            assert_eq!(out, b"before");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_not_an_overflow() {
        let mut line = b"{\"time_ns\":1,\"x\":".to_vec();
        line.extend(std::iter::repeat_n(b'[', 100_000));
        assert!(read(&line, &mut RecordWriter::new(), &mut Vec::new()).is_err());
    }
}
