//! The built library and the SDK's runner: what stands in for Falco in tests and measurements.

use falco_plugin_api::{
    plugin_api, plugin_api__bindgen_ty_1, plugin_api__bindgen_ty_2, ss_instance_t, ss_plugin_rc, ss_plugin_t,
};
use falco_plugin_runner::{CapturingPluginRunner, PluginRunner};
use libloading::Library;
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::sync::LazyLock;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    // Tests stand in `deps`, examples beside it.
    let exe = std::env::current_exe().unwrap();
    let built = exe.ancestors().nth(2).unwrap().join("deps/libelb_sidekick.so");
    // SAFETY: loading runs no code but that of Rust's standard library.
    unsafe { Library::new(built) }.unwrap()
});

pub static API: LazyLock<plugin_api> = LazyLock::new(|| {
    macro_rules! symbol {
        ($name:literal) => {
            // SAFETY: the type is that of the field it goes into; the library is never unloaded.
            *unsafe { LIBRARY.get($name) }.unwrap()
        };
    }
    // SAFETY: every member is an optional function, none when zero.
    let empty: plugin_api = unsafe { std::mem::zeroed() };
    plugin_api {
        get_required_api_version: Some(symbol!(b"plugin_get_required_api_version")),
        get_init_schema: Some(symbol!(b"plugin_get_init_schema")),
        init: Some(symbol!(b"plugin_init")),
        destroy: Some(symbol!(b"plugin_destroy")),
        get_last_error: Some(symbol!(b"plugin_get_last_error")),
        get_name: Some(symbol!(b"plugin_get_name")),
        get_description: Some(symbol!(b"plugin_get_description")),
        get_contact: Some(symbol!(b"plugin_get_contact")),
        get_version: Some(symbol!(b"plugin_get_version")),
        get_metrics: Some(symbol!(b"plugin_get_metrics")),
        __bindgen_anon_1: plugin_api__bindgen_ty_1 {
            get_id: Some(symbol!(b"plugin_get_id")),
            get_event_source: Some(symbol!(b"plugin_get_event_source")),
            open: Some(open),
            close: Some(symbol!(b"plugin_close")),
            list_open_params: Some(symbol!(b"plugin_list_open_params")),
            get_progress: Some(symbol!(b"plugin_get_progress")),
            event_to_string: Some(symbol!(b"plugin_event_to_string")),
            next_batch: Some(symbol!(b"plugin_next_batch")),
        },
        __bindgen_anon_2: plugin_api__bindgen_ty_2 {
            get_extract_event_types: Some(symbol!(b"plugin_get_extract_event_types")),
            get_extract_event_sources: Some(symbol!(b"plugin_get_extract_event_sources")),
            get_fields: Some(symbol!(b"plugin_get_fields")),
            extract_fields: Some(symbol!(b"plugin_extract_fields")),
        },
        ..empty
    }
});

thread_local! {
    static OPEN_PARAMS: RefCell<CString> = RefCell::default();
}

/// The runner passes `init_config` as `open_params` too; Falco has two settings.
unsafe extern "C-unwind" fn open(
    plugin: *mut ss_plugin_t,
    _: *const c_char,
    rc: *mut ss_plugin_rc,
) -> *mut ss_instance_t {
    type Open = unsafe extern "C-unwind" fn(*mut ss_plugin_t, *const c_char, *mut ss_plugin_rc) -> *mut ss_instance_t;
    // SAFETY: the symbol has this type; the pointers are the caller's.
    OPEN_PARAMS
        .with_borrow(|params| unsafe { LIBRARY.get::<Open>(b"plugin_open").unwrap()(plugin, params.as_ptr(), rc) })
}

/// Opens the source as Falco does: a plugin initialised with `init_config`, an instance opened with `open_params`.
pub fn start(open_params: &str, init_config: &str) -> anyhow::Result<CapturingPluginRunner> {
    OPEN_PARAMS.set(CString::new(open_params)?);
    let mut runner = PluginRunner::new();
    runner.register_plugin(&API, &CString::new(init_config)?)?;
    runner.start_capture()
}
