//! ministack: S3 with versions and Object Lock, and KMS, started once on a free port. Unsigned requests will do: it verifies no
//! signatures.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

/// How long it may take to answer after it was started, in tenths of a second.
const START_TENTHS: u32 = 600;

struct Running {
    port: u16,
    /// Its standard input is held open by this process: once it closes, however the tests end, the shell ends the store.
    _shell: Child,
}

static RUNNING: LazyLock<Running> = LazyLock::new(|| {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut shell = Command::new("sh")
        .args([
            "-c",
            "command -v ministack >/dev/null || exit 9; ministack & read -r _; kill $!",
        ])
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("SERVICES", "s3,kms,sts")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..START_TENTHS {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Running { port, _shell: shell };
        }
        if shell.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(shell.stdin.take());
    let ended = shell.wait().unwrap();
    panic!(
        "ministack must be installed for this test (`cargo xtask components`), and answer on port {port}: {ended}"
    );
});

/// Where it listens.
pub(crate) fn port() -> u16 {
    RUNNING.port
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Reads an answer to its end: the connection is closed after it.
pub(crate) fn answer(mut stream: TcpStream) -> Said {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = bytes[end + 4..].to_vec();
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = joined(&body);
    }
    Said { status, head, body }
}

/// The body that comes in chunks.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap().trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 2 + size + 2..];
    }
    body
}

/// Asks the store itself.
pub(crate) fn ask(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Said {
    let mut stream = TcpStream::connect(("127.0.0.1", port())).unwrap();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    answer(stream)
}

#[track_caller]
pub(crate) fn does(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Said {
    let said = ask(method, target, headers, body.as_bytes());
    assert!((200..300).contains(&said.status), "{method} {target}: {said:?}");
    said
}
