//! The field table. `fields.json` is written from the TypeScript catalogue (`npm run docs`) in the shape in which Falco
//! asks for it, so it is handed to Falco as it stands; a field's number is its place in it.

use serde::Deserialize;
use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::LazyLock;

const JSON: &str = concat!(include_str!("../fields.json"), "\0");
const PREFIX: &str = "awselb.";

/// Records keep one bit for each field (record.rs).
pub const MAX_FIELDS: usize = 128;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    String,
    Uint64,
    Ipnet,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(rename = "type")]
    field_type: FieldType,
}

pub struct FieldTable {
    pub types: Vec<FieldType>,
    /// Number by name, without the prefix that all of them share.
    numbers: HashMap<String, usize>,
    names: Vec<String>,
    /// The number of `awselb.event_id`.
    pub event_id: usize,
}

pub static TABLE: LazyLock<FieldTable> = LazyLock::new(|| {
    let rows: Vec<Row> = serde_json::from_str(JSON.trim_end_matches('\0')).expect("fields.json is a list of fields");
    assert!(rows.len() <= MAX_FIELDS, "fields.json has more fields than a record has bits");
    let names: Vec<String> = rows
        .iter()
        .map(|row| row.name.strip_prefix(PREFIX).expect("every field is called awselb.…").to_owned())
        .collect();
    let numbers: HashMap<_, _> = names.iter().enumerate().map(|(number, name)| (name.clone(), number)).collect();
    FieldTable {
        event_id: *numbers.get("event_id").expect("fields.json has awselb.event_id"),
        types: rows.iter().map(|row| row.field_type).collect(),
        numbers,
        names,
    }
});

impl FieldTable {
    /// The number of the field of that name. `expected` is tried first: senders write fields in the table's order.
    pub fn number(&self, name: &[u8], expected: usize) -> Option<usize> {
        if self.names.get(expected).is_some_and(|next| next.as_bytes() == name) {
            return Some(expected);
        }
        self.numbers.get(std::str::from_utf8(name).ok()?).copied()
    }
}

pub fn as_json() -> &'static CStr {
    CStr::from_bytes_with_nul(JSON.as_bytes()).expect("fields.json holds no NUL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_with_and_without_the_right_guess() {
        for (number, name) in TABLE.names.iter().enumerate() {
            assert_eq!(TABLE.number(name.as_bytes(), number), Some(number));
            assert_eq!(TABLE.number(name.as_bytes(), 0), Some(number));
        }
        assert_eq!(TABLE.number(b"no_such_field", 0), None);
        assert_eq!(TABLE.number(b"\xff", MAX_FIELDS), None);
    }
}
