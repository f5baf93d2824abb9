//! One HTTP/1.1 request off a connection, everything about it bounded: size of the head, count of headers, size of the
//! body, time. Written by hand because it must do so little and be stopped at any moment: Falco unloads the library.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
const READ_BYTES: usize = 64 * 1024;
/// A chunk's size line with its extensions, and each trailer line.
const MAX_CHUNK_LINE_BYTES: usize = 256;

pub struct Limits {
    pub max_body_bytes: usize,
    pub timeout: Duration,
}

pub struct Request {
    pub method: String,
    pub path: String,
    /// What stands behind `Authorization: Bearer `.
    pub token: Option<Vec<u8>>,
    pub keep_alive: bool,
    pub body: Vec<u8>,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The peer is gone, or we are closing: say nothing.
    Gone,
    /// Answer with this status and these words, then close.
    Refused(u16, &'static str),
}

use Trouble::{Gone, Refused};

/// A connection's bytes. `Read` must return `WouldBlock` or `TimedOut` every now and then, so that deadlines and
/// `is_closed` are looked at.
pub struct Incoming<S> {
    pub stream: S,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are used up.
    used: usize,
}

struct Head {
    request: Request,
    body: BodyKind,
    expects_continue: bool,
}

enum BodyKind {
    Length(usize),
    Chunked,
}

impl<S: Read + Write> Incoming<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new(), used: 0 }
    }

    /// The next request; the deadline counts from its first byte, an idle connection may stay.
    /// `may_read_body` sees method, path and token before any of the body is read.
    pub fn next(
        &mut self,
        limits: &Limits,
        is_closed: impl Fn() -> bool,
        may_read_body: impl Fn(&Request) -> Result<(), Trouble>,
    ) -> Result<Request, Trouble> {
        self.buffer.drain(..self.used);
        self.used = 0;
        while self.buffer.is_empty() {
            self.more(None, &is_closed)?;
        }
        let deadline = Some(Instant::now() + limits.timeout);
        let mut head = loop {
            if let Some((head, length)) = read_head(&self.buffer)? {
                self.used = length;
                break head;
            }
            if self.buffer.len() >= MAX_HEAD_BYTES {
                return Err(Refused(431, "the head of the request is too large"));
            }
            self.more(deadline, &is_closed)?;
        };
        may_read_body(&head.request)?;
        if let BodyKind::Length(length) = head.body
            && length > limits.max_body_bytes
        {
            return Err(Refused(413, "the body is too large; send smaller batches"));
        }
        if head.expects_continue {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| Gone)?;
        }
        head.request.body = match head.body {
            BodyKind::Length(length) => self.take(length, deadline, &is_closed)?,
            BodyKind::Chunked => self.chunks(limits.max_body_bytes, deadline, &is_closed)?,
        };
        Ok(head.request)
    }

    fn chunks(
        &mut self,
        max: usize,
        deadline: Option<Instant>,
        is_closed: &impl Fn() -> bool,
    ) -> Result<Vec<u8>, Trouble> {
        const BAD: Trouble = Refused(400, "the chunks of the body cannot be understood");
        let mut body = Vec::new();
        loop {
            let line = self.line(deadline, is_closed)?;
            let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            let text = std::str::from_utf8(digits).map_err(|_| BAD)?;
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(BAD);
            }
            let size = usize::from_str_radix(text, 16).map_err(|_| BAD)?;
            if size == 0 {
                break;
            }
            if size > max - body.len() {
                return Err(Refused(413, "the body is too large; send smaller batches"));
            }
            body.extend_from_slice(&self.take(size, deadline, is_closed)?);
            if !self.line(deadline, is_closed)?.is_empty() {
                return Err(BAD);
            }
        }
        for _ in 0..MAX_HEADERS {
            if self.line(deadline, is_closed)?.is_empty() {
                return Ok(body);
            }
        }
        Err(BAD)
    }

    /// Up to the next line end, which is taken too.
    fn line(&mut self, deadline: Option<Instant>, is_closed: &impl Fn() -> bool) -> Result<Vec<u8>, Trouble> {
        loop {
            let rest = &self.buffer[self.used..];
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]).to_vec();
                self.used += end + 1;
                return Ok(line);
            }
            if rest.len() > MAX_CHUNK_LINE_BYTES {
                return Err(Refused(400, "the chunks of the body cannot be understood"));
            }
            self.more(deadline, is_closed)?;
        }
    }

    fn take(
        &mut self,
        length: usize,
        deadline: Option<Instant>,
        is_closed: &impl Fn() -> bool,
    ) -> Result<Vec<u8>, Trouble> {
        let here = length.min(self.buffer.len() - self.used);
        let mut taken = self.buffer[self.used..self.used + here].to_vec();
        self.used += here;
        while taken.len() < length {
            // Not as long as the sender says before it has sent anything.
            let at = taken.len();
            taken.resize(length.min(at + READ_BYTES), 0);
            let read = self.read_into(Some(&mut taken[at..]), deadline, is_closed);
            taken.truncate(at + read.as_ref().copied().unwrap_or(0));
            read?;
        }
        Ok(taken)
    }

    fn more(&mut self, deadline: Option<Instant>, is_closed: &impl Fn() -> bool) -> Result<(), Trouble> {
        self.read_into(None, deadline, is_closed).map(|_| ())
    }

    /// Reads at least one byte, into `target` or onto the buffer.
    fn read_into(
        &mut self,
        target: Option<&mut [u8]>,
        deadline: Option<Instant>,
        is_closed: &impl Fn() -> bool,
    ) -> Result<usize, Trouble> {
        let mut own = [0; 4096];
        let onto_buffer = target.is_none();
        let space = target.unwrap_or(&mut own);
        loop {
            if is_closed() {
                return Err(Gone);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(Refused(408, "the request took too long"));
            }
            match self.stream.read(space) {
                Ok(0) => return Err(Gone),
                Ok(read) => {
                    if onto_buffer {
                        self.buffer.extend_from_slice(&space[..read]);
                    }
                    return Ok(read);
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                }
                Err(_) => return Err(Gone),
            }
        }
    }
}

/// The head and its length, once all of it is there.
fn read_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, Trouble> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD_BYTES => length,
        Ok(httparse::Status::Complete(_)) => return Err(Refused(431, "the head of the request is too large")),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refused(431, "the request has too many headers")),
        Err(_) => return Err(Refused(400, "this is not HTTP/1.1")),
    };
    let mut head = Head {
        request: Request {
            method: parsed.method.unwrap_or_default().to_owned(),
            path: parsed.path.unwrap_or_default().to_owned(),
            token: None,
            keep_alive: parsed.version == Some(1),
            body: Vec::new(),
        },
        body: BodyKind::Length(0),
        expects_continue: false,
    };
    let mut lengths = 0;
    let mut chunked = false;
    for header in parsed.headers.iter() {
        let value = header.value.trim_ascii();
        let named = |name: &str| header.name.eq_ignore_ascii_case(name);
        if named("content-length") {
            let length = std::str::from_utf8(value)
                .ok()
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|text| text.parse().ok())
                .ok_or(Refused(400, "Content-Length is not a length"))?;
            head.body = BodyKind::Length(length);
            lengths += 1;
        } else if named("transfer-encoding") {
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Refused(501, "of the transfer encodings only chunked is understood"));
            }
            chunked = true;
        } else if named("content-encoding") && !value.eq_ignore_ascii_case(b"identity") {
            return Err(Refused(415, "compressed bodies are not understood"));
        } else if named("connection") {
            let words = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
            for word in words {
                if word.eq_ignore_ascii_case(b"close") {
                    head.request.keep_alive = false;
                }
            }
        } else if named("expect") {
            if !value.eq_ignore_ascii_case(b"100-continue") {
                return Err(Refused(417, "of the expectations only 100-continue is understood"));
            }
            head.expects_continue = true;
        } else if named("authorization") && value.len() > 7 && value[..7].eq_ignore_ascii_case(b"bearer ") {
            head.request.token = Some(value[7..].trim_ascii().to_vec());
        }
    }
    // Two opinions on where the body ends are how requests are smuggled.
    if lengths + usize::from(chunked) > 1 {
        return Err(Refused(400, "the length of the body is given more than once"));
    }
    if chunked {
        head.body = BodyKind::Chunked;
    }
    Ok(Some((head, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in pieces and collects what is written.
    struct Wire {
        pieces: Vec<Vec<u8>>,
        written: Vec<u8>,
    }

    impl Read for Wire {
        fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
            if self.pieces.is_empty() {
                return Ok(0);
            }
            let mut piece = self.pieces.remove(0);
            let count = piece.len().min(space.len());
            space[..count].copy_from_slice(&piece[..count]);
            if count < piece.len() {
                self.pieces.insert(0, piece.split_off(count));
            }
            Ok(count)
        }
    }

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.written.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    const LIMITS: Limits = Limits { max_body_bytes: 10, timeout: Duration::from_secs(60) };

    fn incoming(bytes: &[u8], piece: usize) -> Incoming<Wire> {
        Incoming::new(Wire { pieces: bytes.chunks(piece).map(<[u8]>::to_vec).collect(), written: Vec::new() })
    }

    fn next(incoming: &mut Incoming<Wire>) -> Result<Request, Trouble> {
        incoming.next(&LIMITS, || false, |_| Ok(()))
    }

    fn status(bytes: &[u8]) -> u16 {
        match next(&mut incoming(bytes, 7)) {
            Err(Refused(status, _)) => status,
            Err(Gone) => 0,
            Ok(_) => 200,
        }
    }

    #[test]
    fn requests_follow_each_other_however_the_bytes_come() {
        let bytes = b"POST /events HTTP/1.1\r\nContent-Length: 3\r\nAuthorization: bearer t\r\n\r\nabcPOST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n1234\r\n1\r\n5\r\n0\r\nT: v\r\n\r\nGET /c HTTP/1.0\r\n\r\n";
        for piece in 1..bytes.len() {
            let mut incoming = incoming(bytes, piece);
            let first = next(&mut incoming).ok().unwrap();
            assert_eq!(
                (first.path.as_str(), &first.body[..], first.token.as_deref()),
                ("/events", &b"abc"[..], Some(&b"t"[..]))
            );
            assert!(first.keep_alive);
            assert_eq!(next(&mut incoming).ok().unwrap().body, b"12345");
            let last = next(&mut incoming).ok().unwrap();
            assert_eq!((last.path.as_str(), last.keep_alive), ("/c", false));
            assert!(matches!(next(&mut incoming), Err(Gone)));
        }
    }

    #[test]
    fn bodies_of_the_limit_pass_and_one_byte_more_does_not() {
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n1234567890"), 200);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"), 413);
        assert_eq!(
            status(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n"),
            200
        );
        assert_eq!(
            status(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n6\r\n123456\r\n0\r\n\r\n"),
            413
        );
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 400);
    }

    #[test]
    fn heads_that_are_too_large_ambiguous_or_no_http_are_refused() {
        let long = |count: usize| [b"GET / HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; count]].concat();
        assert_eq!(status(&long(MAX_HEAD_BYTES)), 431);
        assert_eq!(status(format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS)).as_bytes()), 200);
        assert_eq!(status(format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1)).as_bytes()), 431);
        assert_eq!(status(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n"), 415);
        assert_eq!(status(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"), 0);
    }

    #[test]
    fn a_slow_request_is_refused_and_an_idle_connection_is_not() {
        let none = Limits { max_body_bytes: 10, timeout: Duration::ZERO };
        let late = incoming(b"GET / HT", 4).next(&none, || false, |_| Ok(()));
        assert!(matches!(late, Err(Refused(408, _))));
        let idle = incoming(b"", 1).next(&none, || false, |_| Ok(()));
        assert!(matches!(idle, Err(Gone)));
    }

    #[test]
    fn who_may_not_send_is_refused_before_the_body_is_read() {
        let mut incoming = incoming(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", 200);
        let refused = incoming.next(&LIMITS, || false, |_| Err(Refused(401, "no")));
        assert!(matches!(refused, Err(Refused(401, _))));
        assert!(incoming.stream.written.is_empty());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut state = 42u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let words: [&[u8]; 12] = [
            b"POST /events HTTP/1.1\r\n",
            b"\r\n",
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"5\r\n",
            b"0\r\n",
            b"hello",
            b"\n",
            b":",
            b"\0",
            b"\xff\xff",
            b"ffffffffffffffff\r\n",
        ];
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..random() % 12 {
                bytes.extend_from_slice(words[random() as usize % words.len()]);
            }
            let mut incoming = incoming(&bytes, 1 + random() as usize % 9);
            while next(&mut incoming).is_ok() {}
        }
    }
}
