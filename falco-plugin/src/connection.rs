//! One sender's connection, from its first request to its last.

use crate::ingest::{self, BadLine, Reading};
use crate::metrics::{Metrics, add};
use crate::queue::Queue;
use crate::record::RecordWriter;
use crate::repeats::Repeats;
use crate::request::{Incoming, Limits, Request, Trouble};
use serde_json::json;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often a thread that waits looks whether the source is closing.
pub const TICK: Duration = Duration::from_millis(100);

/// What a sender that found the queue full should wait, seconds.
const RETRY_AFTER_SECONDS: u64 = 1;

pub struct Service<'a> {
    pub queue: &'a Queue,
    pub metrics: &'a Metrics,
    pub repeats: &'a Repeats,
    pub limits: Limits,
    pub token: &'a str,
}

struct Answer {
    status: u16,
    body: String,
    retry_after: bool,
}

impl Answer {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), retry_after: false }
    }
}

impl Service<'_> {
    /// Returns when either side is done with the connection.
    pub fn serve(&self, stream: impl Read + Write) {
        let mut incoming = Incoming::new(stream);
        let mut writer = RecordWriter::new();
        loop {
            let (answer, keep_alive) =
                match incoming.next(&self.limits, || self.queue.is_closed(), |request| self.admit(request)) {
                    Ok(request) => (self.answer(&request, &mut writer), request.keep_alive),
                    Err(Trouble::Refused(status, says)) => {
                        add(if status == 401 { &self.metrics.unauthorized } else { &self.metrics.refused }, 1);
                        (Some(Answer::new(status, format!("{says}\n"))), false)
                    }
                    Err(Trouble::Gone) => return,
                };
            let Some(answer) = answer else { return };
            if send(&mut incoming.stream, &answer, keep_alive).is_err() || !keep_alive {
                return;
            }
        }
    }

    /// Before any of the body is read.
    fn admit(&self, request: &Request) -> Result<(), Trouble> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/health") => return Ok(()),
            ("POST", "/events") => {}
            (_, "/events") => return Err(Trouble::Refused(405, "events are sent with POST")),
            _ => return Err(Trouble::Refused(404, "events go to /events")),
        }
        if self.token.is_empty() || request.token.as_deref().is_some_and(|token| same(token, self.token.as_bytes())) {
            Ok(())
        } else {
            Err(Trouble::Refused(401, "the token is missing or wrong"))
        }
    }

    /// Nothing when no answer would be true: the source closes while the batch is on its way.
    fn answer(&self, request: &Request, writer: &mut RecordWriter) -> Option<Answer> {
        if request.method == "GET" {
            return Some(Answer::new(200, "ready\n"));
        }
        add(&self.metrics.body_bytes, request.body.len());
        let Reading { mut batch, bad, described } = ingest::read(&request.body, writer);
        add(&self.metrics.unknown_members, std::mem::take(&mut writer.unknown_members) as usize);
        let accepted = batch.events.len();
        let repeated = self.repeats.claim(&mut batch, TICK, || self.queue.is_closed())?;
        if !batch.events.is_empty() {
            let ids: Vec<u128> = batch.events.iter().map(|event| event.id).collect();
            let Ok(ticket) = self.queue.offer(batch) else {
                self.repeats.settle(&ids, 0);
                add(&self.metrics.full, 1);
                let full = Answer::new(503, "the queue is full; send the batch again later\n");
                return Some(Answer { retry_after: true, ..full });
            };
            let taken = self.taken(&ticket);
            self.repeats.settle(&ids, taken);
            if taken < ids.len() {
                return None;
            }
        }
        add(&self.metrics.repeated_events, repeated);
        add(&self.metrics.batches, 1);
        add(&self.metrics.bad_events, bad);
        let bad_lines: Vec<_> =
            described.iter().map(|BadLine { line, error }| json!({ "line": line, "error": error })).collect();
        Some(match bad {
            0 => Answer::new(200, json!({ "accepted": accepted, "repeated": repeated }).to_string()),
            _ => {
                let said = json!({ "accepted": accepted, "repeated": repeated, "bad": bad, "lines": bad_lines });
                Answer::new(400, said.to_string())
            }
        })
    }

    /// How many events of the batch Falco took, as soon as it has all of them or stops.
    fn taken(&self, ticket: &Receiver<usize>) -> usize {
        loop {
            // The outlet tells before the queue closes.
            let is_closed = self.queue.is_closed();
            match ticket.recv_timeout(TICK) {
                Ok(taken) => return taken,
                Err(RecvTimeoutError::Timeout) if !is_closed => {}
                Err(_) => return 0,
            }
        }
    }
}

fn send(stream: &mut impl Write, answer: &Answer, keep_alive: bool) -> std::io::Result<()> {
    let Answer { status, body, retry_after } = answer;
    let reason = match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        _ => "Service Unavailable",
    };
    let kind = if body.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    if *retry_after {
        head.push_str(&format!("Retry-After: {RETRY_AFTER_SECONDS}\r\n"));
    }
    if *status == 401 {
        head.push_str("WWW-Authenticate: Bearer\r\n");
    }
    if !keep_alive {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    head.push_str(body);
    stream.write_all(head.as_bytes())
}

/// Takes the time of the longer one, wherever they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    let mut difference = a.len() ^ b.len();
    for i in 0..a.len().max(b.len()) {
        difference |= usize::from(a.get(i).unwrap_or(&0) ^ b.get(i).unwrap_or(&0));
    }
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn tokens_are_the_same_or_not() {
        assert!(same(b"token", b"token"));
        for other in [&b""[..], b"tok", b"tokem", b"token\0", b"tokens"] {
            assert!(!same(other, b"token"));
        }
    }
}
