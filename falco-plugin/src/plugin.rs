//! The plugin as Falco sees it.

use crate::config::Config;
use crate::listener::{Address, Listener};
use crate::metrics::Metrics;
use crate::queue::{Outlet, Queue};
use crate::record::{self, Value};
use crate::repeats::{self, Repeats};
use crate::{extract, fields};
use bumpalo::Bump;
use falco_plugin::anyhow::{Context, Error, anyhow};
use falco_plugin::api::{ss_plugin_extract_field, ss_plugin_extract_value_offsets};
use falco_plugin::base::{Json, Metric, Plugin};
use falco_plugin::event::events::{Event, EventMetadata};
use falco_plugin::event::{EventSource, PluginEvent};
use falco_plugin::extract::{EventInput, ExtractFieldInfo, ExtractPlugin};
use falco_plugin::source::{EventBatch, OpenParam, SourcePlugin, SourcePluginInstance, serialize_open_params};
use falco_plugin::tables::{LazyTableReader, TablesInput};
use falco_plugin::{FailureReason, extract_plugin, plugin, source_plugin};
use std::ffi::{CStr, CString};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Falco copies none of a batch; what it holds at once stays small enough for the caches.
const MAX_EVENTS_AT_ONCE: usize = 512;

/// Falco looks at its signals between two calls.
const PATIENCE: Duration = Duration::from_millis(50);

pub struct ElbSidekick {
    config: Config,
    metrics: Arc<Metrics>,
    open_params: CString,
    raw: usize,
    /// The place of the last event that a field was asked of.
    seen: Arc<AtomicU64>,
}

impl Plugin for ElbSidekick {
    const NAME: &'static CStr = c"elb_sidekick";
    const PLUGIN_VERSION: &'static CStr = c"0.1.0";
    const DESCRIPTION: &'static CStr = c"AWS load balancer events that elb-sidekick parsed, received over HTTP";
    const CONTACT: &'static CStr = c"falco-elb-sidekick";
    type ConfigType = Json<Config>;

    fn new(_tables: Option<&TablesInput>, Json(config): Json<Config>) -> Result<Self, Error> {
        let raw = fields::TABLE.number(b"raw", 0).context("fields.json has no awselb.raw")?;
        Ok(Self { config, metrics: Arc::default(), open_params: CString::default(), raw, seen: Arc::default() })
    }

    fn get_metrics(&mut self) -> impl IntoIterator<Item = Metric> {
        self.metrics.shown()
    }
}

/// The bytes of an event, a record (record.rs).
#[derive(Debug)]
pub struct Payload<'a>(pub &'a [u8]);

impl EventSource for Payload<'_> {
    const SOURCE: Option<&'static str> = Some("awselb");
}

mod payload_bytes {
    use super::Payload;
    use falco_plugin::event::fields::{FromBytes, FromBytesError, ToBytes};
    use std::io::{Result, Write};

    impl<'a> FromBytes<'a> for Payload<'a> {
        fn from_bytes(buffer: &mut &'a [u8]) -> std::result::Result<Self, FromBytesError> {
            Ok(Self(std::mem::take(buffer)))
        }
    }

    impl ToBytes for Payload<'_> {
        fn binary_size(&self) -> usize {
            self.0.len()
        }

        fn write<W: Write>(&self, mut writer: W) -> Result<()> {
            writer.write_all(self.0)
        }

        fn default_repr() -> impl ToBytes {
            Payload(&[])
        }
    }
}

impl SourcePlugin for ElbSidekick {
    type Instance = Source;
    const EVENT_SOURCE: &'static CStr = c"awselb";
    /// Falco's id for development. A registered one comes from falcosecurity/plugins.
    const PLUGIN_ID: u32 = 999;
    type Event<'a> = Event<PluginEvent<Payload<'a>>>;

    fn list_open_params(&mut self) -> Result<&CStr, Error> {
        let params = [
            OpenParam::Item { value: "127.0.0.1:2802", desc: "Listen on this address and port (the default)" },
            OpenParam::Item { value: "unix:///run/falco/elb-sidekick.sock", desc: "Listen on this unix socket" },
        ];
        serialize_open_params(&params, &mut self.open_params)
    }

    fn open(&mut self, params: Option<&str>) -> Result<Source, Error> {
        let address = Address::parse(params.unwrap_or_default()).map_err(|says| anyhow!("open_params: {says}"))?;
        let queue = Arc::new(Queue::new(self.config.queue_events, Arc::clone(&self.metrics)));
        let memory = Memory::open(&self.config)?;
        let (metrics, repeats) = (Arc::clone(&self.metrics), Arc::clone(&memory.repeats));
        let listener = Listener::open(&address, &self.config, Arc::clone(&queue), metrics, repeats)
            .with_context(|| format!("cannot listen on {address}"))?;
        Ok(Source { outlet: Outlet::new(queue, Arc::clone(&self.seen)), _listener: listener, _memory: memory })
    }

    fn event_to_string(&mut self, event: &EventInput<Self::Event<'_>>) -> Result<CString, Error> {
        let event = event.event()?;
        let Some(Value::Text(line)) = record::value(event.params.event_data.0, self.raw) else {
            return Ok(CString::default());
        };
        // Up to a NUL, as with every text in Falco.
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(CString::new(line)?)
    }
}

/// An open source. Dropping it tells what was taken, stops the listener and waits for its threads, and writes down what is
/// to be remembered, in this order: Falco may unload the library afterwards.
pub struct Source {
    outlet: Outlet,
    _listener: Listener,
    _memory: Memory,
}

/// What Falco has taken, kept in a file between two lives.
struct Memory {
    repeats: Arc<Repeats>,
    file: PathBuf,
}

impl Memory {
    fn open(config: &Config) -> Result<Self, Error> {
        let repeats = Arc::new(Repeats::new(config.remember_events));
        let file = PathBuf::from(&config.state_file);
        if !config.state_file.is_empty() {
            repeats::can_save(&file)
                .and_then(|()| repeats.load(&file))
                .with_context(|| format!("stateFile: cannot use {}", file.display()))?;
        }
        Ok(Self { repeats, file })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // A full disk: the next life begins with nothing to remember, or with what was written before.
        if !self.file.as_os_str().is_empty() {
            let _ = self.repeats.save(&self.file);
        }
    }
}

impl SourcePluginInstance for Source {
    type Plugin = ElbSidekick;

    /// Never fails: a failing source ends Falco.
    fn next_batch(&mut self, _plugin: &mut ElbSidekick, batch: &mut EventBatch) -> Result<(), Error> {
        batch.reserve(MAX_EVENTS_AT_ONCE);
        let count = self.outlet.hand_out(MAX_EVENTS_AT_ONCE, PATIENCE, |record, time_ns| {
            batch.add(Event {
                metadata: EventMetadata { ts: time_ns, ..EventMetadata::default() },
                params: PluginEvent { plugin_id: ElbSidekick::PLUGIN_ID, event_data: Payload(record) },
            })
        })?;
        // An empty batch is an error to libscap.
        if count == 0 { Err(anyhow!("no events").context(FailureReason::Timeout)) } else { Ok(()) }
    }
}

impl ExtractPlugin for ElbSidekick {
    type Event<'a> = Event<PluginEvent<Payload<'a>>>;
    type ExtractContext = ();
    /// The SDK makes its table of one function for each field. Here one function reads them all, and the table is
    /// fields.json.
    const EXTRACT_FIELDS: &'static [ExtractFieldInfo<Self>] = &[];

    fn get_fields() -> &'static CStr {
        fields::as_json()
    }

    fn extract_fields<'a>(
        &'a mut self,
        event: &EventInput<'a, Self::Event<'a>>,
        _tables: &LazyTableReader,
        wanted: &mut [ss_plugin_extract_field],
        _offsets: Option<&mut ss_plugin_extract_value_offsets>,
        storage: &'a Bump,
    ) -> Result<(), Error> {
        let event = event.event()?;
        let payload = event.params.event_data.0;
        let place = record::place(payload);
        if place > self.seen.load(Relaxed) {
            self.seen.store(place, Relaxed);
        }
        for field in wanted {
            extract::answer(field, payload, storage);
        }
        Ok(())
    }
}

plugin!(ElbSidekick);
source_plugin!(ElbSidekick);
extract_plugin!(ElbSidekick);
