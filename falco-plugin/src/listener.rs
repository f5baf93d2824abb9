//! Listens on TCP or on a unix socket, one thread for each connection, and stops all of them when dropped.

use crate::config::Config;
use crate::connection::{Service, TICK};
use crate::metrics::Metrics;
use crate::queue::Queue;
use crate::repeats::Repeats;
use crate::request::Limits;
use std::fmt;
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

const DEFAULT: &str = "127.0.0.1:2802";

/// A sender that does not read its answer for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a new connection is looked for. Senders keep theirs, so it is waited for once.
const ACCEPT_TICK: Duration = Duration::from_millis(20);

/// What `open_params` says.
#[derive(Debug, PartialEq, Eq)]
pub enum Address {
    Tcp(String),
    Unix(PathBuf),
}

impl Address {
    pub fn parse(params: &str) -> std::result::Result<Self, String> {
        let params = params.trim();
        if let Some(path) = params.strip_prefix("unix://") {
            return if path.starts_with('/') {
                Ok(Self::Unix(path.into()))
            } else {
                Err(format!("{params:?} must name the socket by its whole path: unix:///run/falco/elb-sidekick.sock"))
            };
        }
        let address = params.strip_prefix("http://").unwrap_or(params).trim_end_matches('/');
        let address = if address.is_empty() { DEFAULT } else { address };
        match address.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(Self::Tcp(address.to_owned())),
            _ => Err(format!("{params:?} is neither HOST:PORT ({DEFAULT}) nor unix:///PATH")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(formatter, "http://{address}"),
            Self::Unix(path) => write!(formatter, "unix://{}", path.display()),
        }
    }
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

trait Connection: Read + Write + Send {}
impl Connection for TcpStream {}
impl Connection for UnixStream {}

impl Socket {
    fn open(address: &Address) -> Result<Self> {
        match address {
            Address::Tcp(address) => {
                let addresses: Vec<_> = address.to_socket_addrs()?.collect();
                let listener = TcpListener::bind(&addresses[..])?;
                listener.set_nonblocking(true)?;
                Ok(Self::Tcp(listener))
            }
            Address::Unix(path) => {
                // Left by a Falco that was killed. One that lives still answers; anything but a socket is not ours.
                if path.symlink_metadata().is_ok_and(|found| found.file_type().is_socket())
                    && UnixStream::connect(path).is_err()
                {
                    std::fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
                listener.set_nonblocking(true)?;
                Ok(Self::Unix(listener, path.clone()))
            }
        }
    }

    fn accept(&self) -> Result<Box<dyn Connection>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(TICK))?;
                stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(TICK))?;
                stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
                Box::new(stream)
            }
        })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

pub struct Listener {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub fn open(
        address: &Address,
        config: &Config,
        queue: Arc<Queue>,
        metrics: Arc<Metrics>,
        repeats: Arc<Repeats>,
    ) -> Result<Self> {
        let socket = Socket::open(address)?;
        let accepting = Accepting { socket, config: config.clone(), queue: Arc::clone(&queue), metrics, repeats };
        let thread = Builder::new().name("elb-listen".into()).spawn(move || {
            without_signals();
            accepting.run();
        })?;
        Ok(Self { queue, thread: Some(thread) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Accepting {
    socket: Socket,
    config: Config,
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
    repeats: Arc<Repeats>,
}

impl Accepting {
    fn run(self) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        while !self.queue.is_closed() {
            let connection = match self.socket.accept() {
                Ok(connection) => connection,
                Err(error) => {
                    // Out of file descriptors, an aborted handshake: it passes.
                    let wait = if error.kind() == ErrorKind::WouldBlock { ACCEPT_TICK } else { TICK };
                    std::thread::sleep(wait);
                    continue;
                }
            };
            threads.retain(|thread| !thread.is_finished());
            self.metrics.connections.store(threads.len() as u64, Relaxed);
            if threads.len() >= self.config.max_connections {
                refuse(connection);
                continue;
            }
            if let Ok(thread) = self.spawn(connection) {
                threads.push(thread);
                self.metrics.connections.store(threads.len() as u64, Relaxed);
            }
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn spawn(&self, connection: Box<dyn Connection>) -> Result<JoinHandle<()>> {
        let queue = Arc::clone(&self.queue);
        let metrics = Arc::clone(&self.metrics);
        let repeats = Arc::clone(&self.repeats);
        let Config { token, max_body_bytes, request_timeout_seconds, .. } = self.config.clone();
        Builder::new().name("elb-connection".into()).spawn(move || {
            without_signals();
            let limits = Limits { max_body_bytes, timeout: Duration::from_secs(request_timeout_seconds) };
            let service = Service { queue: &queue, metrics: &metrics, repeats: &repeats, limits, token: &token };
            // A mistake of ours may cost a connection, not Falco.
            let _ = catch_unwind(AssertUnwindSafe(|| service.serve(connection)));
        })
    }
}

fn refuse(mut connection: Box<dyn Connection>) {
    let _ = connection.write_all(
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
}

/// Signals are Falco's: none may land on a thread of ours. Rust ignores SIGPIPE in programs, not in libraries.
fn without_signals() {
    // SAFETY: both calls fill and read a set of this frame.
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_host_and_port_or_a_socket() {
        let tcp = |text: &str| Ok(Address::Tcp(text.into()));
        assert_eq!(Address::parse(""), tcp("127.0.0.1:2802"));
        assert_eq!(Address::parse(" 0.0.0.0:9 "), tcp("0.0.0.0:9"));
        assert_eq!(Address::parse("http://[::1]:80/"), tcp("[::1]:80"));
        assert_eq!(Address::parse("unix:///run/a.sock"), Ok(Address::Unix("/run/a.sock".into())));
        for bad in ["localhost", ":80", "a:65536", "unix://run/a.sock", "https://a"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
