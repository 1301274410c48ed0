//! The AWS CLI as an oracle: `aws cloudtrail validate-logs` over the same buckets, served on the loopback device.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

use serde_json::json;

use crate::bucket::{BUCKET, Bucket, REGION, trail_arn};
use crate::collected::{GONE, key_list, object_list};
use crate::vectors::{Cli, VECTORS};

/// Serves the bucket as S3 and CloudTrail do, for as long as the test runs. Answers with its address.
fn serve(bucket: Bucket) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bucket = Arc::new(bucket);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, bucket) = (stream.unwrap(), Arc::clone(&bucket));
            std::thread::spawn(move || answer(&stream, &bucket));
        }
    });
    address
}

fn answer(mut stream: &TcpStream, bucket: &Bucket) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, more, body) = match method.as_str() {
        "POST" => cloudtrail(bucket, headers.get("x-amz-target").map_or("", String::as_str)),
        _ => s3(bucket, &target),
    };
    let more: String = more
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "HTTP/1.1 {status} answer\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

type Reply = (u16, BTreeMap<String, String>, Vec<u8>);

fn cloudtrail(bucket: &Bucket, target: &str) -> Reply {
    let body = match target.rsplit('.').next().unwrap_or_default() {
        "DescribeTrails" => json!({ "trailList": bucket.trails }),
        "ListPublicKeys" => key_list(bucket),
        other => panic!("nobody answers {other}"),
    };
    let json = BTreeMap::from([("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned())]);
    (200, json, body.to_string().into_bytes())
}

fn s3(bucket: &Bucket, target: &str) -> Reply {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.trim_start_matches('/');
    let (name, key) = path.split_once('/').unwrap_or((path, ""));
    assert_eq!(name, BUCKET);
    let none = BTreeMap::new;
    if query.starts_with("location") {
        return (
            200,
            none(),
            b"<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>".to_vec(),
        );
    }
    if key.is_empty() {
        let parameter = |name: &str| {
            let mut parts = query.split('&').filter_map(|part| part.split_once('='));
            parts
                .find(|(found, _)| *found == name)
                .map(|(_, value)| value.replace("%2F", "/"))
        };
        let prefix = parameter("prefix").unwrap_or_default();
        let marker = parameter("marker").unwrap_or_default();
        let mut after = bucket.clone();
        after.objects.retain(|key, _| *key > marker);
        return (200, none(), object_list(&after, &prefix).into_bytes());
    }
    match bucket.objects.get(key) {
        None => (404, none(), GONE.to_vec()),
        Some(stored) => {
            let metadata = stored.metadata.iter();
            let headers = metadata.map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
            (200, headers.collect(), stored.bytes.clone())
        }
    }
}

/// What the CLI says of the bucket, and its exit code. It has to be installed.
fn validate(bucket: Bucket) -> (i32, String) {
    let address = serve(bucket);
    let output = Command::new("aws")
        .args(["cloudtrail", "validate-logs", "--verbose", "--region", REGION])
        .args(["--trail-arn", &trail_arn()])
        .args([
            "--start-time",
            "2026-07-01T10:30:00Z",
            "--end-time",
            "2026-07-01T15:30:00Z",
        ])
        .env("AWS_ENDPOINT_URL_S3", &address)
        .env("AWS_ENDPOINT_URL_CLOUDTRAIL", &address)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap_or_else(|error| {
            panic!("the AWS CLI has to be installed for this test (cargo xtask setup): {error}")
        });
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().unwrap(), text)
}

/// The release that the vectors were written for: earlier ones look at less.
const RELEASE: &str = "aws-cli/1.46.3 ";

#[test]
fn the_aws_cli_says_the_same_where_it_looks() {
    let version = Command::new("aws").arg("--version").output();
    let version = version.expect("the AWS CLI has to be installed for this test (cargo xtask setup)");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(version.starts_with(RELEASE), "{version} is not {RELEASE}");
    let two = |start: usize| {
        move || {
            VECTORS.iter().skip(start).step_by(2).for_each(|vector| {
                let (code, text) = validate(vector.bucket());
                let named = format!("{}: exit {code}\n{text}", vector.name);
                match vector.cli {
                    Cli::Valid(0, _) => assert!(code == 0 && text.contains("No digests found"), "{named}"),
                    Cli::Valid(digests, logs) => {
                        let late = usize::from(text.contains("1/1 backfill digest files valid"));
                        let counts = [
                            format!("{digests}/{digests} digest files valid"),
                            format!("{logs}/{logs} log files valid"),
                        ];
                        assert!(
                            late < 2 && code == 0 && counts.iter().all(|count| text.contains(count)),
                            "{named}"
                        );
                    }
                    Cli::Invalid(words) => {
                        assert!(
                            code == 1 && words.iter().all(|words| text.contains(words)),
                            "{named}"
                        );
                    }
                    Cli::Gap => {
                        assert!(
                            code == 0 && text.contains("No log files were delivered by CloudTrail between"),
                            "{named}"
                        );
                    }
                }
            });
        }
    };
    let other = std::thread::spawn(two(1));
    two(0)();
    other.join().unwrap();
}
