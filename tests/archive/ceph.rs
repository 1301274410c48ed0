//! A second opinion: Ceph's gateway, which keeps locks strictly, ignores `If-None-Match` on names with versions, and has neither
//! checksums nor encryption here. It is started for this test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::desk::{BUNDLE, Desk, KEY};
use crate::proxy::{Call, Proxy};

const ACCESS_KEY: &str = "AKIA111122223333";
const SECRET_KEY: &str = "canary-secret";

/// The gateway and what it stands on. Its shell's standard input is held open by this value: once it closes, however the test
/// ends, the shell ends them.
struct Ceph {
    port: u16,
    shell: Child,
}

impl Ceph {
    fn start() -> Self {
        let listeners = [(); 3].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
        let ports = listeners
            .each_ref()
            .map(|listener| listener.local_addr().unwrap().port());
        drop(listeners);
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut shell = Command::new("bash")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/archive/ceph.sh"))
            .args([ACCESS_KEY, SECRET_KEY])
            .args(ports.map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = shell.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        assert_eq!(
            said,
            "ready\n",
            "Ceph must be installed for this test (`cargo xtask components`), and start: {}",
            std::fs::read_to_string(log.path()).unwrap()
        );
        Self {
            port: ports[0],
            shell,
        }
    }
}

impl Drop for Ceph {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ended = self.shell.wait();
    }
}

/// What an administrator says to the store by the AWS command line, and whether it is done.
fn aws(port: u16, arguments: &[&str]) -> (bool, Value) {
    let output = Command::new("aws")
        .arg("s3api")
        .args(arguments)
        .args(["--output", "json"])
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}"))
        .output()
        .expect("the AWS command line is a test component: `cargo xtask components`");
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.success(), said)
}

#[test]
fn ceph_keeps_what_is_archived_and_what_it_does_not_say_is_fetched_or_unknown() {
    let ceph = Ceph::start();
    let port = ceph.port;
    let does = |arguments: &[&str]| {
        let (done, said) = aws(port, arguments);
        assert!(done, "{arguments:?}");
        said
    };
    does(&[
        "create-bucket",
        "--bucket",
        "luma-ceph",
        "--object-lock-enabled-for-bucket",
    ]);
    let of_bucket = ["--bucket", "luma-ceph", "--key", KEY];
    let desk = Desk::before(Proxy::to(port), "luma-ceph".to_owned(), "encryption = \"bucket\"");
    assert_eq!(desk.archive().expect(0).bundle()["state"], "archived");
    let receipt = desk.receipt();
    assert_eq!(receipt["read_by"], "fetched_bytes");
    assert_eq!(receipt["lock"]["mode"], "COMPLIANCE");
    assert!(receipt["encryption"].is_null());
    std::fs::remove_file(desk.receipt_path()).unwrap();
    assert_eq!(desk.archive().expect(0).bundle()["state"], "found");
    assert_eq!(
        desk.proxy.count(Call::Put),
        1,
        "no second version, whatever the store ignores"
    );

    // Ids may begin with a hyphen.
    let version = |id: &str| format!("--version-id={id}");
    let kept = version(receipt["place"]["version"].as_str().unwrap());
    let bypass = ["delete-object", &kept, "--bypass-governance-retention"];
    assert!(
        !aws(port, &[&bypass[..], &of_bucket].concat()).0,
        "nobody deletes it"
    );
    let marker = does(&[&["delete-object"][..], &of_bucket].concat());
    assert_eq!(desk.check().expect(5).deviations(), ["adverse hidden"]);
    let marker = version(marker["VersionId"].as_str().unwrap());
    does(&[&["delete-object", &marker][..], &of_bucket].concat());
    assert_eq!(desk.check().expect(0).deviations(), [""; 0]);
    let file = desk.path(BUNDLE);
    let put = [
        "put-object",
        "--if-none-match",
        "*",
        "--body",
        file.to_str().unwrap(),
    ];
    does(&[&put[..], &of_bucket].concat());
    assert_eq!(desk.check().expect(5).deviations(), ["adverse covered"]);

    std::fs::remove_file(desk.receipt_path()).unwrap();
    desk.configure("prefix = \"encrypted\"");
    let refused = desk.archive().expect(1);
    assert!(
        refused
            .told
            .contains("encryption = \"bucket\" in [archive] leaves it to the bucket"),
        "{}",
        refused.told
    );

    does(&["create-bucket", "--bucket", "luma-plain"]);
    let plain = Desk::before(Proxy::to(port), "luma-plain".to_owned(), "");
    assert!(plain.archive().expect(1).told.contains("it has no versioning"));
}
