//! What falco.yaml says: `init_config` here, `open_params` in listener.rs.

use falco_plugin::schemars::JsonSchema;
use serde::Deserialize;

/// Falco checks `init_config` against the schema that is made of this.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(crate = "falco_plugin::schemars")]
pub struct Config {
    /// Senders must show it as `Authorization: Bearer TOKEN`. Empty: none is asked for.
    pub token: String,
    /// Events that may wait for Falco; a batch that does not fit is answered with 503.
    pub queue_events: usize,
    /// Taken events that are recognised when they come again, about 50 bytes each; 0 recognises none.
    pub remember_events: usize,
    /// Where they are kept while Falco does not run. Empty: nowhere.
    pub state_file: String,
    /// A larger body is answered with 413.
    pub max_body_bytes: usize,
    /// Seconds in which a request must be here, from its first byte to its last.
    pub request_timeout_seconds: u64,
    /// Connections at once; further ones are answered with 503.
    pub max_connections: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token: String::new(),
            queue_events: 65_536,
            remember_events: 1 << 20,
            state_file: String::new(),
            max_body_bytes: 16 << 20,
            request_timeout_seconds: 30,
            max_connections: 32,
        }
    }
}
