//! The module in the committed page and the native verifier say the same of every vector, word for word.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use backproof_verify::signature::TrustAnchors;
use backproof_verify::verification;
use serde::Deserialize;

#[derive(Deserialize)]
struct Index {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    file: String,
    verdict: String,
    trust: String,
    trust_timestamps: String,
    record: String,
}

const NOW: &str = "2026-12-01T00:00:00Z";

/// The repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder() -> PathBuf {
    root().join("fixtures/vectors")
}

/// The text of a file of trust roots; nothing where no root is named.
fn pem(file: &str) -> String {
    let named = (!file.is_empty()).then(|| std::fs::read_to_string(folder().join(file)).unwrap());
    named.unwrap_or_default()
}

/// The record that a proof is about, where the vector names one.
fn record(vector: &Vector) -> Option<PathBuf> {
    (!vector.record.is_empty()).then(|| folder().join(&vector.record))
}

fn natively(vector: &Vector) -> String {
    let mut anchors = TrustAnchors::none();
    if !vector.trust.is_empty() {
        anchors = anchors.with_signers(&pem(&vector.trust)).unwrap();
    }
    if !vector.trust_timestamps.is_empty() {
        anchors = anchors.with_time_stamps(&pem(&vector.trust_timestamps)).unwrap();
    }
    let bytes = std::fs::read(folder().join(&vector.file)).unwrap();
    let record = record(vector).map(|path| std::fs::read(path).unwrap());
    let Ok(found) = verification::verify(
        &mut bytes.as_slice(),
        record.as_deref(),
        &anchors,
        NOW.parse().unwrap(),
    );
    found.to_json(&vector.file).to_string()
}

/// What the page's module says of each, run by node.
fn in_the_page(vectors: &[Vector]) -> Vec<String> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors.mjs");
    let questions: String = vectors
        .iter()
        .map(|vector| {
            let question = serde_json::json!({
                "file": folder().join(&vector.file), "trust": pem(&vector.trust), "trust_timestamps": pem(&vector.trust_timestamps), "record": record(vector),
            });
            format!("{question}\n")
        })
        .collect();
    let mut node = Command::new("node")
        .arg(script)
        .arg(root().join("assets/verify.html"))
        .arg(NOW)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node must be installed for this test");
    let mut input = node.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(questions.as_bytes()).unwrap());
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_page_and_the_program_say_the_same_of_every_vector() {
    let text = std::fs::read_to_string(folder().join("vectors.toml")).unwrap();
    let vectors = toml::from_str::<Index>(&text).unwrap().vector;
    let said = in_the_page(&vectors);
    assert!(
        vectors.len() > 300 && said.len() == vectors.len(),
        "{}",
        said.len()
    );
    let mut differing = Vec::new();
    for (vector, said) in vectors.iter().zip(&said) {
        let native = natively(vector);
        // The answer is one object in which the verification stands as it is.
        if !said.contains(&format!("\"verification\":{native}")) {
            differing.push(format!("{}:\n  {native}\n  {said}", vector.file));
        }
        let verdict = format!("\"verdict\":\"{}\"", vector.verdict);
        assert!(native.contains(&verdict), "{}: {native}", vector.file);
    }
    assert!(
        differing.is_empty(),
        "{} of {} differ:\n{}",
        differing.len(),
        vectors.len(),
        differing.join("\n")
    );
}
