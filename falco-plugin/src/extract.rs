//! Answers Falco's questions for fields.

use crate::record::{self, Value};
use bumpalo::Bump;
use falco_plugin::api::{
    ss_plugin_byte_buffer, ss_plugin_extract_field, ss_plugin_extract_field__bindgen_ty_1 as ValuePointer,
};

/// Points the field at its value, or says that there is none. Strings and networks stay where they are, in the event,
/// which outlives every use of the answer; `storage` lives until Falco's next question.
pub fn answer(field: &mut ss_plugin_extract_field, payload: &[u8], storage: &Bump) {
    let Some(value) = record::value(payload, field.field_id as usize) else {
        field.res_len = 0;
        return;
    };
    field.res = match value {
        Value::String(text) => ValuePointer { str_: storage.alloc(text.as_ptr().cast()) },
        Value::Uint64(number) => ValuePointer { u64_: storage.alloc(number) },
        Value::Ipnet(address) => ValuePointer {
            buf: storage.alloc(ss_plugin_byte_buffer { len: address.len() as u32, ptr: address.as_ptr().cast() }),
        },
    };
    field.res_len = 1;
}
