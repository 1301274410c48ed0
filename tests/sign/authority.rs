//! Time-stamp authorities for tests: OpenSSL's, behind a little server, each with keys made for the test, at the machine's time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The policy that an authority stamps by, unless it is asked for the other one.
pub(crate) const POLICY: &str = "1.2.3.4.1";
pub(crate) const OTHER_POLICY: &str = "1.2.3.4.2";

/// What an authority does in place of what it should.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// Takes its time.
    Slow(Duration),
    /// Ends its answer early.
    Cut,
    /// Ends the connection without an answer.
    Gone,
    /// Answers another question about the same thing.
    Nonce,
    /// Stamps something else.
    Imprint,
    /// Says that it is a web page.
    Type,
    /// Refuses, in the form for that.
    Reject,
    /// Refuses with an HTTP status.
    Status(u16),
    /// Sends more than it takes.
    TooLong,
    /// Sends what is no answer.
    Garbage,
    /// Has a byte behind its answer.
    Trailing,
    /// Stamps by its other policy, whatever is asked.
    Policy,
    /// Leaves its certificates out.
    NoCertificates,
}

/// An authority that listens.
pub(crate) struct Authority {
    pub(crate) dir: PathBuf,
    scheme: &'static str,
    port: u16,
    asked: Arc<AtomicUsize>,
}

/// What every connection is served with.
struct Desk {
    dir: PathBuf,
    fault: Box<dyn Fn(usize) -> Fault + Send + Sync>,
    asked: Arc<AtomicUsize>,
    one_at_a_time: Mutex<()>,
}

impl Authority {
    /// Makes an authority in `dir` with a trust root of its own; `fault` is what goes wrong with the question of this number,
    /// from 0.
    pub(crate) fn new(dir: &Path, fault: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        Self::listening(dir, None, Box::new(fault))
    }

    /// The same over TLS, with a certificate below `tls-root.pem`.
    pub(crate) fn over_tls(dir: &Path, fault: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        fs::create_dir_all(dir).unwrap();
        Self::listening(dir, Some(Arc::new(tls(dir))), Box::new(fault))
    }

    fn listening(
        dir: &Path,
        tls: Option<Arc<ServerConfig>>,
        fault: Box<dyn Fn(usize) -> Fault + Send + Sync>,
    ) -> Self {
        fs::create_dir_all(dir).unwrap();
        make(dir);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let desk = Arc::new(Desk {
            dir: dir.to_owned(),
            fault,
            asked: Arc::clone(&asked),
            one_at_a_time: Mutex::new(()),
        });
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (desk, tls) = (Arc::clone(&desk), tls.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    match tls {
                        None => desk.serve(&mut stream),
                        Some(tls) => {
                            let connection = ServerConnection::new(tls).unwrap();
                            desk.serve(&mut StreamOwned::new(connection, stream));
                        }
                    }
                });
            }
        });
        Self {
            dir: dir.to_owned(),
            scheme,
            port,
            asked,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/tsa", self.scheme, self.port)
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.join("tsa-root.pem")
    }
}

impl Desk {
    fn serve(&self, stream: &mut (impl Read + Write)) {
        let Some(question) = read(stream) else { return };
        let fault = (self.fault)(self.asked.fetch_add(1, Ordering::SeqCst));
        let answer = {
            let _turn = self.one_at_a_time.lock();
            answer(&self.dir, &question, fault)
        };
        // Whoever asked may have gone.
        drop(send(stream, &answer, fault));
    }
}

/// A certificate for this machine below a root of its own.
fn tls(dir: &Path) -> ServerConfig {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let root = "-keyout tls-root.key -out tls-root.pem -subj /CN=tls-root -days 30";
    openssl(
        dir,
        &format!("req -x509 {key} {root} -addext keyUsage=critical,keyCertSign"),
    );
    openssl(
        dir,
        &format!("req -new {key} -keyout tls.key -out tls.csr -subj /CN=tls"),
    );
    let extensions = "basicConstraints = critical,CA:false\nsubjectAltName = IP:127.0.0.1\nextendedKeyUsage = serverAuth\n";
    fs::write(dir.join("tls.ext"), extensions).unwrap();
    openssl(
        dir,
        "x509 -req -in tls.csr -CA tls-root.pem -CAkey tls-root.key -days 30 -extfile tls.ext -out tls.pem",
    );
    let certificate = CertificateDer::from_pem_file(dir.join("tls.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("tls.key")).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// An address at which nobody listens.
pub(crate) fn nowhere() -> String {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    format!("http://127.0.0.1:{port}/tsa")
}

/// Runs OpenSSL in `dir`.
#[track_caller]
fn openssl(dir: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(dir)
        .output();
    let output = output.unwrap_or_else(|error| panic!("openssl must be installed for this test: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {line}: {said}");
}

fn make(dir: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(
        dir,
        &format!(
            "req -x509 {key} -keyout tsa-root.key -out tsa-root.pem -subj /CN=stamping-root -days 3650 \
             -addext keyUsage=critical,keyCertSign,cRLSign"
        ),
    );
    openssl(
        dir,
        &format!("req -new {key} -keyout tsa.key -out tsa.csr -subj /CN=stamping"),
    );
    let extensions = "basicConstraints = critical,CA:false\nkeyUsage = critical,digitalSignature\n\
                      extendedKeyUsage = critical,timeStamping\n";
    fs::write(dir.join("tsa.ext"), extensions).unwrap();
    openssl(
        dir,
        "x509 -req -in tsa.csr -CA tsa-root.pem -CAkey tsa-root.key -days 3650 -extfile tsa.ext -out tsa.pem",
    );
    // What OpenSSL sends along stands in the order in which it was named; twice its own certificate, then.
    let own = fs::read_to_string(dir.join("tsa.pem")).unwrap();
    let root = fs::read_to_string(dir.join("tsa-root.pem")).unwrap();
    fs::write(dir.join("certs.pem"), [own, root].concat()).unwrap();
    let settings = format!(
        "[tsa]\ndefault_tsa = usual\n[usual]\nserial = serial\nsigner_cert = tsa.pem\ncerts = certs.pem\nsigner_key = tsa.key\n\
         signer_digest = sha256\ndefault_policy = {POLICY}\nother_policies = {OTHER_POLICY}\ndigests = sha256\naccuracy = secs:1\n\
         ess_cert_id_alg = sha256\n"
    );
    fs::write(dir.join("tsa.cnf"), settings).unwrap();
    fs::write(dir.join("serial"), "01\n").unwrap();
}

/// The body of a request.
fn read(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut is_query) = (0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        length = line
            .strip_prefix("content-length: ")
            .map_or(length, |text| text.parse().unwrap());
        is_query |= line == "content-type: application/timestamp-query";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    is_query.then_some(body)
}

fn answer(dir: &Path, question: &[u8], fault: Fault) -> Vec<u8> {
    fs::write(dir.join("question"), question).unwrap();
    // The digest is the one octet string of 32 bytes in a question.
    let digest = question.windows(2).position(|pair| pair == [4, 32]).unwrap() + 2;
    let digest: String = question[digest..digest + 32]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let another = |digest: &str, more: &str| {
        openssl(
            dir,
            &format!("ts -query -digest {digest} -sha256 -out question{more}"),
        );
    };
    match fault {
        Fault::Nonce => another(&digest, " -cert"),
        Fault::Imprint => another(&"00".repeat(32), " -cert"),
        Fault::Policy => {
            let at = question
                .windows(6)
                .position(|six| six == [6, 4, 0x2a, 3, 4, 1])
                .unwrap();
            let mut other = question.to_vec();
            other[at + 5] = 2;
            fs::write(dir.join("question"), other).unwrap();
        }
        Fault::Reject => another(&digest, " -cert -tspolicy 2.9.9"),
        Fault::NoCertificates => another(&digest, ""),
        _ => {}
    }
    let line = "ts -reply -queryfile question -config tsa.cnf -section usual -out answer";
    if matches!(fault, Fault::Reject) {
        // It says so in its answer, and by its exit code.
        let refused = Command::new("openssl")
            .args(line.split(' '))
            .current_dir(dir)
            .output();
        assert!(refused.is_ok());
    } else {
        openssl(dir, line);
    }
    fs::read(dir.join("answer")).unwrap()
}

fn send(stream: &mut impl Write, answer: &[u8], fault: Fault) -> std::io::Result<()> {
    let (status, kind) = match fault {
        Fault::Status(status) => (status, "text/plain"),
        Fault::Type => (200, "text/html; charset=utf-8"),
        _ => (200, "application/timestamp-reply"),
    };
    let mut answer = answer.to_vec();
    match fault {
        Fault::Gone => return Ok(()),
        Fault::Slow(wait) => thread::sleep(wait),
        Fault::TooLong => answer.resize(1 << 20, 0),
        Fault::Garbage => answer = b"<html>".to_vec(),
        Fault::Trailing => answer.push(0),
        _ => {}
    }
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nlocation: /elsewhere\r\nconnection: close\r\n\r\n",
        answer.len()
    )?;
    if matches!(fault, Fault::Cut) {
        answer.truncate(answer.len() / 2);
    }
    stream.write_all(&answer)?;
    stream.flush()
}
