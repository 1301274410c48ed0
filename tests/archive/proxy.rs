//! A proxy before the store, for one request a connection: it keeps a log, and makes trouble by script.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::ministack;

/// What a request is for, as far as trouble is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Put,
    Head,
    Get,
    Retention,
    Versions,
    Versioning,
    LockConfiguration,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It is refused with a status and a code of S3, and reaches nobody.
    Refuse(u16, &'static str),
    /// The connection is cut before the store sees it.
    CutBefore,
    /// The store does it, and the connection is cut.
    CutAfter,
    /// The store does it, and something on the way says 500.
    FailAfter,
    /// The store does it, and its answer never comes.
    Hold,
    /// The store's answer is replaced.
    Say(&'static str),
    /// A header is taken off the request.
    Forget(&'static str),
    /// Headers that begin so are taken off the answer.
    Conceal(&'static str),
}

/// Trouble: from the how manieth such request on, and how often.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) call: Call,
    pub(crate) after: usize,
    pub(crate) times: usize,
    pub(crate) act: Act,
}

/// More often than anybody tries.
pub(crate) const ALWAYS: usize = 1000;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) trouble: Vec<Trouble>,
    /// The calls that came, with their heads.
    pub(crate) log: Vec<(Call, String)>,
}

/// A running proxy. It stops with the process.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Before ministack.
    pub(crate) fn start() -> Self {
        Self::to(ministack::port())
    }

    /// Before the store that listens on a port of the loopback.
    pub(crate) fn to(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), upstream, &shared));
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trouble(&self, call: Call, times: usize, act: Act) {
        self.state().trouble.push(Trouble {
            call,
            after: 0,
            times,
            act,
        });
    }

    /// How often a call came.
    pub(crate) fn count(&self, call: Call) -> usize {
        self.state().log.iter().filter(|(came, _)| *came == call).count()
    }
}

fn call(head: &str) -> Call {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let asks = |name: &str| query.split('&').any(|one| one.split('=').next() == Some(name));
    match method {
        "PUT" => Call::Put,
        "HEAD" => Call::Head,
        _ if asks("versions") => Call::Versions,
        _ if asks("versioning") => Call::Versioning,
        _ if asks("object-lock") => Call::LockConfiguration,
        _ if asks("retention") => Call::Retention,
        _ => Call::Get,
    }
}

/// The trouble that strikes: every kind that only changes headers, or the first of another kind.
fn strikes(state: &mut State, call: Call) -> Vec<Act> {
    let mut acts = Vec::new();
    for trouble in state.trouble.iter_mut().filter(|trouble| trouble.call == call) {
        if trouble.after > 0 {
            trouble.after -= 1;
        } else if trouble.times > 0 {
            trouble.times -= 1;
            acts.push(trouble.act.clone());
        }
    }
    acts
}

/// A request's head and body; `None` where the other side went away.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut block) = (Vec::new(), [0; 16 << 10]);
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes[end + 4..end + 4 + length].to_vec()));
            }
        }
        match stream.read(&mut block) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&block[..n]),
        }
    }
}

/// A header of a request or an answer.
pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let found = lines
        .into_iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

fn without(head: &str, begins: &str) -> String {
    let kept = head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with(begins));
    kept.collect::<Vec<_>>().join("\r\n")
}

fn serve(mut stream: TcpStream, upstream: u16, state: &Mutex<State>) {
    let Some((mut head, body)) = request(&mut stream) else {
        return;
    };
    let call = call(&head);
    let acts = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.log.push((call, head.clone()));
        strikes(&mut state, call)
    };
    for act in &acts {
        match act {
            Act::Refuse(status, code) => {
                let body = format!("<Error><Code>{code}</Code><Message>by script</Message></Error>");
                return respond(&mut stream, &format!("HTTP/1.1 {status} No"), body.as_bytes());
            }
            Act::CutBefore => return,
            Act::Forget(name) => head = without(&head, name),
            _ => {}
        }
    }
    head = without(&without(&head, "connection:"), "expect:");
    let mut to = TcpStream::connect(("127.0.0.1", upstream)).unwrap();
    to.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes())
        .unwrap();
    to.write_all(&body).unwrap();
    let said = ministack::answer(to);
    let (mut head, mut body) = (said.head, said.body);
    for act in &acts {
        match act {
            Act::CutAfter => return,
            Act::FailAfter => return respond(&mut stream, "HTTP/1.1 500 No", b""),
            Act::Hold => std::thread::sleep(Duration::from_secs(3600)),
            Act::Say(text) => body = text.as_bytes().to_vec(),
            Act::Conceal(begins) => head = without(&head, begins),
            _ => {}
        }
    }
    // The answer to a HEAD announces the length of what it does not carry.
    let head = without(&without(&head, "connection:"), "transfer-encoding:");
    if call == Call::Head {
        let text = format!("{head}\r\nConnection: close\r\n\r\n");
        drop(stream.write_all(text.as_bytes()));
    } else {
        respond(&mut stream, &without(&head, "content-length:"), &body);
    }
}

/// Answers; a client that went away is no fault of ours.
fn respond(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let length = body.len();
    let text = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    drop(stream.write_all(text.as_bytes()));
    drop(stream.write_all(body));
}
