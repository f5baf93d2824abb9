//! Answers Falco's questions for fields.

use crate::fields::{FieldType, TABLE};
use crate::json_line::address;
use crate::record::{self, Value};
use bumpalo::Bump;
use falco_plugin::api::{
    ss_plugin_byte_buffer, ss_plugin_extract_field, ss_plugin_extract_field__bindgen_ty_1 as ValuePointer,
};
use std::net::IpAddr;

/// Points the field at its value, or says that there is none. What it points at is in `storage`, which lives until Falco's
/// next question.
pub fn answer(field: &mut ss_plugin_extract_field, payload: &[u8], storage: &Bump) {
    let number = field.field_id as usize;
    let pointer = match record::value(payload, number) {
        Some(Value::Uint64(value)) => Some(ValuePointer { u64_: storage.alloc(value) }),
        Some(Value::Text(text)) if TABLE.types.get(number) == Some(&FieldType::Ipnet) => network(text, storage),
        Some(Value::Text(text)) => Some(c_string(text, storage)),
        None => None,
    };
    field.res_len = u64::from(pointer.is_some());
    if let Some(pointer) = pointer {
        field.res = pointer;
    }
}

fn c_string(text: &[u8], storage: &Bump) -> ValuePointer {
    let bytes = storage.alloc_slice_fill_copy(text.len() + 1, 0u8);
    bytes[..text.len()].copy_from_slice(text);
    ValuePointer { str_: storage.alloc(bytes.as_ptr().cast()) }
}

fn network(text: &[u8], storage: &Bump) -> Option<ValuePointer> {
    let bytes: &[u8] = match address(text)? {
        IpAddr::V4(address) => storage.alloc(address.octets()),
        IpAddr::V6(address) => storage.alloc(address.octets()),
    };
    let buffer = ss_plugin_byte_buffer { len: bytes.len() as u32, ptr: bytes.as_ptr().cast() };
    Some(ValuePointer { buf: storage.alloc(buffer) })
}
