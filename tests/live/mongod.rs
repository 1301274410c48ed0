//! A server that speaks MongoDB's protocol (SecantusDB over WiredTiger), in a directory of its own: TLS, logins, roles,
//! snapshots, and faults by failpoint. It stops when it is let go of.
//!
//! What it does otherwise than MongoDB: a cursor goes on with what it began with, but another command can't be read at its
//! moment (the reply names the present one); it lists no privileges (roles are judged by their names then); it counts an
//! empty collection as a row with 0; and users of certificates need their mechanism named.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use tempfile::TempDir;

/// The program, from the test components.
const PROGRAM: &str = "secantusd-py";
const READER_PASSWORD: &str = "canary-reader-password";
const SUBJECT: &str = "CN=backproof-reader,O=Luma";
/// How long certificates hold.
const DAYS: &str = "20000";
/// How often a server that starts is looked for, four times a second.
const LOOKS: usize = 240;

/// Who asks.
pub(crate) enum Account {
    /// May read, by password.
    Reader,
    /// The same, by certificate.
    Certificate,
    /// May write.
    Writer,
}

/// A running server.
pub(crate) struct Mongod {
    pub(crate) pki: Pki,
    port: u16,
    child: Child,
    _dir: TempDir,
}

/// A certificate authority with a certificate of the server and one of a client.
pub(crate) struct Pki(TempDir);

impl Pki {
    /// Certificates of today.
    pub(crate) fn new() -> Self {
        Self::made("openssl", &[])
    }

    /// Certificates that hold from that day on, for programs whose clock is moved.
    pub(crate) fn since(day: &str) -> Self {
        Self::made("faketime", &["-f", &format!("@{day} 00:00:00"), "openssl"])
    }

    fn made(program: &str, before: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let openssl = |arguments: &[&str]| {
            let output = Command::new(program)
                .args(before)
                .args(arguments)
                .current_dir(dir.path())
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let ca = [
            "req",
            "-x509",
            "-subj",
            "/O=Luma/CN=test authority",
            "-days",
            DAYS,
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ];
        openssl(&[&ca[..], &key].concat());
        let of_server = "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
        for (name, subject, extension) in [
            ("server", "/O=Luma/CN=localhost", of_server),
            (
                "client",
                "/O=Luma/CN=backproof-reader",
                "extendedKeyUsage=clientAuth\n",
            ),
        ] {
            let [keys, request, extensions, certificate] =
                ["key", "csr", "ext", "crt"].map(|ending| format!("{name}.{ending}"));
            fs::write(dir.path().join(&extensions), extension).unwrap();
            openssl(
                &[
                    &["req", "-subj", subject, "-keyout", &keys, "-out", &request][..],
                    &key,
                ]
                .concat(),
            );
            openssl(&[
                "x509",
                "-req",
                "-in",
                &request,
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                DAYS,
                "-out",
                &certificate,
                "-extfile",
                &extensions,
            ]);
        }
        let both = ["client.crt", "client.key"]
            .map(|name| fs::read(dir.path().join(name)).unwrap())
            .concat();
        fs::write(dir.path().join("client.pem"), both).unwrap();
        Self(dir)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.0.path()
    }
}

impl Mongod {
    /// A member of a replica set, with TLS and logins.
    pub(crate) fn start() -> Self {
        Self::with(Pki::new(), &[])
    }

    /// The same, with these certificates.
    pub(crate) fn with_pki(pki: Pki) -> Self {
        Self::with(pki, &[])
    }

    /// A server by itself: it has no snapshots.
    pub(crate) fn standalone() -> Self {
        Self::with(Pki::new(), &["--standalone"])
    }

    fn with(pki: Pki, more: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        copy(template(), &dir.path().join("data"));
        let file = |name: &str| pki.dir().join(name).display().to_string();
        let tls = [
            ("--tls-cert-file", file("server.crt")),
            ("--tls-key-file", file("server.key")),
            ("--tls-ca-file", file("ca.pem")),
        ];
        let mut arguments: Vec<String> = tls
            .into_iter()
            .flat_map(|(name, file)| [name.to_owned(), file])
            .collect();
        arguments.extend(
            ["--auth", "--enable-test-commands"]
                .iter()
                .chain(more)
                .map(|word| (*word).to_owned()),
        );
        let (child, port) = launch(&dir.path().join("data"), &arguments);
        Self {
            pki,
            port,
            child,
            _dir: dir,
        }
    }

    /// The connection string of an account. Servers are looked for briefly: they are here, or they are not.
    pub(crate) fn uri(&self, account: &Account) -> String {
        let (who, how) = match account {
            Account::Reader => (format!("reader:{READER_PASSWORD}@"), "&authSource=admin"),
            Account::Writer => ("writer:writer-password@".to_owned(), "&authSource=admin"),
            Account::Certificate => (String::new(), "&authMechanism=MONGODB-X509"),
        };
        let port = self.port;
        format!(
            "mongodb://{who}localhost:{port}/?tls=true&serverSelectionTimeoutMS=4000&directConnection=true{how}"
        )
    }

    pub(crate) fn create(&self, collection: &str) {
        self.run("compliance", doc! { "create": collection });
    }

    pub(crate) fn drop(&self, collection: &str) {
        self.run("compliance", doc! { "drop": collection });
    }

    pub(crate) fn insert(&self, collection: &str, documents: Vec<Document>) {
        self.run(
            "compliance",
            doc! { "insert": collection, "documents": documents },
        );
    }

    /// Puts other documents in the place of all that collections have. They have to be there.
    pub(crate) fn replace(&self, collections: Vec<(&str, Vec<Document>)>) {
        let commands = collections.into_iter().flat_map(|(name, documents)| {
            let delete = doc! { "delete": name, "deletes": [{ "q": {}, "limit": 0 }] };
            let insert = (!documents.is_empty()).then(|| doc! { "insert": name, "documents": documents });
            [delete].into_iter().chain(insert)
        });
        self.run_all(
            commands
                .map(|command| ("compliance".to_owned(), command))
                .collect(),
        );
    }

    pub(crate) fn remove(&self, collection: &str, id: &str) {
        self.run(
            "compliance",
            doc! { "delete": collection, "deletes": [{ "q": { "_id": id }, "limit": 1 }] },
        );
    }

    /// Lets a command fail.
    pub(crate) fn fail(&self, mode: impl Into<Bson>, command: &str, mut fault: Document) {
        fault.insert("failCommands", vec![command]);
        self.run(
            "admin",
            doc! { "configureFailPoint": "failCommand", "mode": mode.into(), "data": fault },
        );
    }

    /// Ends it, and keeps its certificates.
    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn run(&self, database: &str, command: Document) {
        self.run_all(vec![(database.to_owned(), command)]);
    }

    fn run_all(&self, commands: Vec<(String, Document)>) {
        let ca = self.pki.dir().join("ca.pem");
        let uri = format!(
            "mongodb://root:root-password@localhost:{}/?tls=true&tlsCAFile={}&directConnection=true&authSource=admin",
            self.port,
            ca.display()
        );
        run(&uri, commands);
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        // It may have been stopped before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn run(uri: &str, commands: Vec<(String, Document)>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::with_uri_str(uri).await.unwrap();
        for (database, command) in commands {
            let answer = client.database(&database).run_command(command.clone()).await;
            let answer = answer.unwrap_or_else(|error| panic!("{command}: {error}"));
            assert!(!answer.contains_key("writeErrors"), "{answer}");
        }
        client.shutdown().await;
    });
}

/// Starts a server and waits until it listens.
fn launch(data: &Path, arguments: &[String]) -> (Child, u16) {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let log = fs::File::create(data.with_extension("log")).unwrap();
    let child = Command::new(PROGRAM)
        .args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--cache-size",
            "64M",
            "--storage-path",
        ])
        .arg(data)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    let mut child = child.unwrap_or_else(|error| {
        panic!("{PROGRAM} can't be started ({error}): run `cargo xtask components` and put what it prints into the environment")
    });
    for _ in 0..LOOKS {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return (child, port);
        }
        if let Some(status) = child.try_wait().unwrap() {
            let log = fs::read_to_string(data.with_extension("log")).unwrap();
            panic!("{PROGRAM} ended with {status}: {log}");
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    child.kill().unwrap();
    panic!("{PROGRAM} does not listen");
}

/// The data of a server that has its users: made once, copied for each test.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mongod");
        if dir.exists() {
            fs::remove_dir_all(&dir).unwrap();
        }
        let data = dir.join("data");
        fs::create_dir_all(&data).unwrap();
        let (mut child, port) = launch(&data, &[]);
        let user = |name: &str, password: &str, role: &str, on: &str| {
            let roles = [doc! { "role": role, "db": on }];
            let command = doc! {
                "createUser": name, "pwd": password, "roles": roles.to_vec(), "mechanisms": ["SCRAM-SHA-256"],
            };
            ("admin".to_owned(), command)
        };
        let roles = [doc! { "role": "read", "db": "compliance" }];
        let certificate =
            doc! { "createUser": SUBJECT, "roles": roles.to_vec(), "mechanisms": ["MONGODB-X509"] };
        run(
            &format!("mongodb://localhost:{port}/?directConnection=true"),
            vec![
                user("root", "root-password", "root", "admin"),
                user("reader", READER_PASSWORD, "read", "compliance"),
                user("writer", "writer-password", "readWrite", "compliance"),
                ("$external".to_owned(), certificate),
            ],
        );
        // The data have to be closed in good order before they are copied.
        let stopped = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(stopped.success());
        child.wait().unwrap();
        data
    })
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
