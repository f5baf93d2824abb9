//! The built library behind Falco's plugin ABI: loaded from its file, driven by the SDK's runner as Falco would, fed over
//! real sockets.

mod host;

use falco_plugin_runner::{CapturingPluginRunner, ExtractedField, MetricValue, ScapStatus};
use host::API;
use std::ffi::{CStr, c_char};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// What stands in for Falco.
struct Host {
    running: CapturingPluginRunner,
}

impl Host {
    fn start(open_params: &str, init_config: &str) -> anyhow::Result<Self> {
        Ok(Self { running: host::start(open_params, init_config)? })
    }

    /// The fields of the next event, if one comes; fails when the source fails, which would end Falco.
    fn next(&mut self, fields: &[&str]) -> Option<Vec<String>> {
        match self.running.next_event() {
            Ok(event) => Some(
                fields
                    .iter()
                    .map(|field| self.running.extract_field(&event, field).unwrap().unwrap())
                    .map(|value: ExtractedField| value.to_string())
                    .collect(),
            ),
            Err(error) => {
                assert_eq!(error.downcast_ref::<ScapStatus>(), Some(&ScapStatus::Timeout), "{error}");
                None
            }
        }
    }

    /// Runs until the sender is done, as Falco does, and returns one field of all events.
    fn run_while<T: Send>(&mut self, field: &str, sender: impl FnOnce() -> T + Send) -> (T, Vec<String>) {
        thread::scope(|scope| {
            let sender = scope.spawn(sender);
            let mut seen = Vec::new();
            while !sender.is_finished() {
                seen.extend(self.next(&[field]).map(|mut values| values.remove(0)));
            }
            (sender.join().unwrap(), seen)
        })
    }

    fn metric(&mut self, name: &str) -> u64 {
        match self
            .running
            .get_metrics()
            .into_iter()
            .find(|metric| metric.name == format!("elb_sidekick.{name}"))
            .unwrap()
            .value
        {
            MetricValue::U64(value) => value,
            other => panic!("{other:?}"),
        }
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn events(count: usize) -> String {
    (0..count).map(|i| format!("{{\"time_ns\":{},\"event_id\":\"{i}\",\"raw\":\"line {i}\"}}\n", 1_000 + i)).collect()
}

/// The first answer: its status and all that came.
fn send(mut stream: impl Read + Write, request: &[u8]) -> (u16, String) {
    // The peer may answer and hang up before it has read everything.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0), answer)
}

fn post_with(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn post(address: &str, body: &str) -> (u16, String) {
    send(TcpStream::connect(address).unwrap(), &post_with("", body))
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: the plugin's texts are NUL-terminated and static.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

#[test]
fn it_says_who_it_is() {
    // SAFETY: these functions take nothing.
    unsafe {
        assert_eq!(text(API.get_name.unwrap()()), "elb_sidekick");
        assert_eq!(text(API.__bindgen_anon_1.get_event_source.unwrap()()), "awselb");
        assert_eq!(API.__bindgen_anon_1.get_id.unwrap()(), 999);
        assert_eq!(text(API.__bindgen_anon_2.get_extract_event_sources.unwrap()()), "[\"awselb\"]");
        assert_eq!(text(API.__bindgen_anon_2.get_fields.unwrap()()), include_str!("../fields.json"));
    }
}

#[test]
fn an_event_has_its_fields_its_time_and_its_line() {
    let address = free_address();
    let mut host = Host::start(&address, "{}").unwrap();
    let body = r#"{"time_ns":1758000000123456789,"client_ip":"2001:db8::7","client_net":"2001:db8::7","client_port":1,"elb_status_code":18446744073709551615,"user_agent":"q\"\u00e9","raw":"the line"}"#;
    let fields = [
        "awselb.client_ip",
        "awselb.client_net",
        "awselb.client_port",
        "awselb.elb_status_code",
        "awselb.user_agent",
        "awselb.target_ip",
        "evt.plugininfo",
        "awselb.raw",
    ];
    let sender = thread::spawn(move || post(&address, body));
    let mut seen = None;
    while !sender.is_finished() {
        if let Ok(event) = host.running.next_event() {
            // SAFETY: the runner keeps the event until the next one is asked for; its time stands first.
            assert_eq!(unsafe { event.buf.cast::<u64>().read_unaligned() }, 1_758_000_000_123_456_789);
            let values = fields.map(|field| host.running.extract_field(&event, field).unwrap().unwrap().to_string());
            seen = Some(values);
        }
    }
    assert_eq!(sender.join().unwrap().0, 200);
    let expected = ["2001:db8::7", "<IPNET>", "1", "18446744073709551615", "q\"é", "<NA>", "the line", "the line"];
    assert_eq!(seen.unwrap(), expected);
}

#[test]
fn an_answer_of_200_means_that_falco_has_taken_every_event() {
    let address = free_address();
    let mut host = Host::start(&address, "{}").unwrap();
    let (answer, seen) = host.run_while("awselb.event_id", || post(&address, &events(3000)));
    assert_eq!(answer.0, 200);
    assert!(answer.1.ends_with("{\"accepted\":3000,\"repeated\":0}"), "{}", answer.1);
    assert_eq!(seen, (0..3000).map(|i| i.to_string()).collect::<Vec<_>>());
    assert_eq!(host.metric("events"), 3000);
    assert_eq!(host.metric("batches"), 1);
}

#[test]
fn bad_lines_are_named_and_the_good_ones_taken() {
    let address = free_address();
    let mut host = Host::start(&address, "{}").unwrap();
    let good = events(3);
    let body = good.replacen('\n', "\nnonsense\n", 1) + "{\"no\":\"time\"}\n";
    let (answer, seen) = host.run_while("awselb.event_id", || post(&address, &body));
    assert_eq!(answer.0, 400);
    assert!(answer.1.contains("\"accepted\":3") && answer.1.contains("\"bad\":2"), "{}", answer.1);
    assert!(answer.1.contains("\"line\":2") && answer.1.contains("\"line\":5"), "{}", answer.1);
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_full_queue_asks_to_come_back_and_loses_nothing() {
    let address = free_address();
    let mut host = Host::start(&address, r#"{"queueEvents":10}"#).unwrap();
    // Falco does not come for events: the first batch waits, the second finds no room.
    let first = {
        let address = address.clone();
        thread::spawn(move || post(&address, &events(10)))
    };
    while host.metric("waiting_events") == 0 {
        thread::yield_now();
    }
    let (status, answer) = post(&address, "{\"time_ns\":1,\"event_id\":\"another\"}\n");
    assert_eq!(status, 503);
    assert!(answer.contains("Retry-After: 1"), "{answer}");
    let mut seen = 0;
    while !first.is_finished() {
        seen += usize::from(host.next(&[]).is_some());
    }
    assert_eq!((first.join().unwrap().0, seen), (200, 10));
    assert_eq!(host.metric("full"), 1);
}

#[test]
fn closing_leaves_what_waits_without_an_answer() {
    let address = free_address();
    let mut host = Host::start(&address, "{}").unwrap();
    let sender = {
        let address = address.clone();
        thread::spawn(move || post(&address, &events(5)))
    };
    while host.next(&[]).is_none() {}
    drop(host);
    assert_eq!(sender.join().unwrap(), (0, String::new()));
    // The address is free again at once, and the batch can be sent again.
    let mut host = Host::start(&address, "{}").unwrap();
    assert_eq!(host.run_while("awselb.event_id", || post(&address, &events(5))).1.len(), 5);
}

#[test]
fn only_who_shows_the_token_may_send() {
    let address = free_address();
    let mut host = Host::start(&address, r#"{"token":"s3cret"}"#).unwrap();
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic s3cret\r\n"] {
        let (answer, seen) = host.run_while("awselb.event_id", || {
            send(TcpStream::connect(&address).unwrap(), &post_with(headers, &events(1)))
        });
        assert_eq!((answer.0, seen.len()), (401, 0));
    }
    let request = post_with("Authorization: Bearer s3cret\r\n", &events(1));
    let (answer, seen) = host.run_while("awselb.event_id", || send(TcpStream::connect(&address).unwrap(), &request));
    assert_eq!((answer.0, seen.len()), (200, 1));
    assert_eq!(host.metric("unauthorized"), 3);
}

#[test]
fn it_listens_on_a_unix_socket_even_where_a_killed_falco_left_one() {
    let path: PathBuf = std::env::temp_dir().join(format!("elb-sidekick-{}.sock", std::process::id()));
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let mut host = Host::start(&format!("unix://{}", path.display()), "{}").unwrap();
    let (answer, seen) =
        host.run_while("awselb.raw", || send(UnixStream::connect(&path).unwrap(), &post_with("", &events(2))));
    assert_eq!((answer.0, seen), (200, vec!["line 0".to_owned(), "line 1".to_owned()]));
    drop(host);
    assert!(!path.exists());
}

#[test]
fn what_cannot_work_is_said_when_it_starts() {
    assert!(Host::start("nonsense", "{}").is_err());
    assert!(Host::start(&free_address(), r#"{"tokn":"x"}"#).is_err());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(Host::start(&taken.local_addr().unwrap().to_string(), "{}").is_err());
}

#[test]
fn nothing_a_sender_does_ends_the_source() {
    let address = free_address();
    let mut host =
        Host::start(&address, r#"{"maxBodyBytes":5000,"requestTimeoutSeconds":1,"maxConnections":8}"#).unwrap();
    let mut state = 7u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut requests: Vec<Vec<u8>> = vec![
        post_with("", &"x".repeat(5001)),
        post_with(&format!("X: {}\r\n", "y".repeat(20_000)), ""),
        post_with(&"A: b\r\n".repeat(200), ""),
        post_with("", &format!("{{\"a\":{}", "[".repeat(4000))),
        b"POST /events HTTP/1.1\r\nContent-Length: 4000\r\n\r\n{\"time_ns\":1".to_vec(),
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(),
    ];
    for _ in 0..200 {
        requests.push((0..random() % 300).map(|_| random() as u8).collect());
        let whole = post_with("", &events(3));
        requests.push(whole[..random() as usize % whole.len()].to_vec());
    }
    // A sender who says half and then nothing: held for the timeout, then told so.
    let mut slow = TcpStream::connect(&address).unwrap();
    slow.write_all(b"POST /events HTTP/1.1\r\nContent-Le").unwrap();
    let ((), _) = host.run_while("awselb.raw", || {
        for request in &requests {
            let stream = TcpStream::connect(&address).unwrap();
            (&stream).write_all(request).ok();
            stream.shutdown(std::net::Shutdown::Write).ok();
            stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
            let _ = (&stream).read_to_end(&mut Vec::new());
        }
    });
    let (late, _) = host.run_while("awselb.raw", || send(slow, b""));
    assert_eq!(late.0, 408);
    let (answer, seen) = host.run_while("awselb.raw", || post(&address, &events(2)));
    assert_eq!((answer.0, seen.len()), (200, 2));
    assert!(host.metric("refused") > 0);
}

#[test]
fn an_event_that_falco_has_taken_is_accepted_again_and_not_handed_on() {
    let address = free_address();
    let mut host = Host::start(&address, "{}").unwrap();
    assert_eq!(host.run_while("awselb.event_id", || post(&address, &events(3))).1, ["0", "1", "2"]);
    let (answer, seen) = host.run_while("awselb.event_id", || post(&address, &events(5)));
    assert!(answer.1.ends_with("{\"accepted\":5,\"repeated\":3}"));
    assert_eq!((answer.0, seen), (200, vec!["3".to_owned(), "4".to_owned()]));
    assert_eq!(host.metric("repeated_events"), 3);
    // Who does not want it has it as it was.
    drop(host);
    let mut host = Host::start(&address, r#"{"rememberEvents":0}"#).unwrap();
    for _ in 0..2 {
        assert_eq!(host.run_while("awselb.event_id", || post(&address, &events(2))).1.len(), 2);
    }
}

#[test]
fn a_batch_that_is_sent_again_while_it_waits_is_queued_once_and_both_are_answered() {
    let address = free_address();
    let mut host = Host::start(&address, "{}").unwrap();
    // The first sender dies while its batch waits.
    let mut dying = TcpStream::connect(&address).unwrap();
    dying.write_all(&post_with("", &events(4))).unwrap();
    while host.metric("waiting_events") < 4 {
        thread::yield_now();
    }
    drop(dying);
    let (answer, seen) = host.run_while("awselb.event_id", || post(&address, &events(4)));
    assert_eq!((answer.0, seen.len()), (200, 4));
}

/// Every event once, while Falco stops and starts in the middle of batches and senders die half-way or begin again.
#[test]
fn nothing_is_lost_and_nothing_doubled_while_falco_is_stopped_and_started_and_senders_die() {
    const BATCHES: usize = 60;
    const EVENTS: usize = 500;
    let address = free_address();
    let state = std::env::temp_dir().join(format!("elb-sidekick-state-{}", std::process::id()));
    let init = format!("{{\"stateFile\":\"{}/seen\"}}", state.display());
    let done = AtomicBool::new(false);
    let batch = |number: usize| -> String {
        (0..EVENTS).map(|i| format!("{{\"time_ns\":1,\"event_id\":\"{}\"}}\n", number * EVENTS + i)).collect()
    };
    let (seen, lives) = thread::scope(|scope| {
        let falco = scope.spawn(|| {
            let mut seen = vec![0u32; BATCHES * EVENTS];
            let mut lives = 0;
            while !done.load(Relaxed) {
                let mut host = Host::start(&address, &init).unwrap();
                lives += 1;
                // Stops in the middle of batches, and of what it has taken at once.
                for _ in 0..3 * EVENTS + 77 {
                    if let Some(values) = host.next(&["awselb.event_id"]) {
                        seen[values[0].parse::<usize>().unwrap()] += 1;
                    } else if done.load(Relaxed) {
                        break;
                    }
                }
            }
            (seen, lives)
        });
        for number in 0..BATCHES {
            let request = post_with("", &batch(number));
            if number % 5 == 0
                && let Ok(mut dying) = TcpStream::connect(&address)
            {
                // Killed half-way, or with all of it sent: it will start this batch again.
                let length = if number % 2 == 0 { request.len() / 2 } else { request.len() };
                let _ = dying.write_all(&request[..length]);
            }
            // A sender that was killed begins with what it had not settled.
            for again in number.saturating_sub(if number % 7 == 0 { 3 } else { 0 })..=number {
                let request = post_with("", &batch(again));
                loop {
                    match TcpStream::connect(&address).map(|stream| send(stream, &request).0) {
                        Ok(200) => break,
                        Ok(0 | 503) | Err(_) => thread::yield_now(),
                        Ok(status) => panic!("{status}"),
                    }
                }
            }
        }
        done.store(true, Relaxed);
        falco.join().unwrap()
    });
    std::fs::remove_dir_all(state).unwrap();
    assert!(lives > 5, "Falco was hardly ever stopped");
    assert_eq!(seen.iter().filter(|times| **times == 0).count(), 0, "an event that was accepted was never seen");
    assert_eq!(seen.iter().filter(|times| **times > 1).count(), 0, "an event was seen twice");
}

#[test]
fn a_state_file_that_cannot_be_written_is_said_at_the_start() {
    assert!(Host::start(&free_address(), r#"{"stateFile":"/proc/nowhere/seen"}"#).is_err());
}
