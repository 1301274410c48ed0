//! The vectors at the command line: how `backproof verify` ends for each, and what stock tools think of those that pass.
//!
//! That each ends by the check which is there for its attack is tried in `verify/tests/vectors.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde::Deserialize;

#[derive(Deserialize)]
struct Index {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    file: String,
    attack: String,
    verdict: String,
    codes: Vec<String>,
    trust: String,
    trust_timestamps: String,
    record: String,
}

fn path(file: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors");
    folder.join(file).into_os_string().into_string().unwrap()
}

fn vectors() -> Vec<Vector> {
    let text = std::fs::read_to_string(path("vectors.toml")).unwrap();
    toml::from_str::<Index>(&text).unwrap().vector
}

fn run(tool: &str, arguments: &[&str]) -> Output {
    let output = Command::new(tool).args(arguments).env("NO_COLOR", "1").output();
    output.unwrap_or_else(|error| panic!("{tool} must be installed for this test: {error}"))
}

/// What a tool printed, which must have ended well.
fn said(tool: &str, arguments: &[&str]) -> String {
    let output = run(tool, arguments);
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{tool} {arguments:?}:\n{text}");
    text
}

#[test]
fn verify_ends_with_the_exit_code_of_the_verdict_and_names_the_check() {
    for vector in vectors() {
        let (file, trust) = (path(&vector.file), path(&vector.trust));
        let stamps = path(&vector.trust_timestamps);
        let mut arguments = vec!["verify", &file];
        if !vector.trust.is_empty() {
            arguments.extend(["--trust", &trust]);
        }
        if !vector.trust_timestamps.is_empty() {
            arguments.extend(["--trust-timestamps", &stamps]);
        }
        let record = path(&vector.record);
        if !vector.record.is_empty() {
            arguments.extend(["--record", &record]);
        }
        let output = run(env!("CARGO_BIN_EXE_backproof"), &arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let (code, bottom) = match vector.verdict.as_str() {
            "verified" => (0, "\nverified: all "),
            "undecided" => (6, "\nundecided: "),
            _ => (5, "\nVERIFICATION FAILED: "),
        };
        let which = format!("{} ({}):\n{text}", vector.file, vector.attack);
        assert_eq!(output.status.code(), Some(code), "{which}");
        assert!(text.contains(bottom), "{which}");
        for code in &vector.codes {
            assert!(text.contains(&format!(" {code} ")), "{code} is not told: {which}");
        }
    }
}

/// A vector that passes has to be one that others take for good, too: else it shows nothing.
#[test]
fn stock_tools_find_the_good_reports_good() {
    let good = vectors()
        .into_iter()
        .filter(|vector| vector.verdict == "verified");
    let reports: Vec<_> = good.filter(|vector| vector.file.ends_with(".pdf")).collect();
    assert!(reports.len() >= 10);
    for vector in reports {
        let (file, trust) = (path(&vector.file), path(&vector.trust));
        let stamps = path(&vector.trust_timestamps);
        said("qpdf", &["--check", &file]);
        // NSS, by which pdfsig reads a signature, knows no OCSP responses within one.
        if !vector.file.contains("response") {
            let printed = said("pdfsig", &["-nocert", &file]);
            for expected in ["Signature is Valid.", "Total document signed"] {
                assert!(printed.contains(expected), "{}: {printed}", vector.file);
            }
        }
        let arguments = [
            "sign",
            "adesverify",
            "--no-revocation-check",
            "--trust",
            &trust,
            "--trust",
            &stamps,
            "--trust-replace",
            &file,
        ];
        let verdict = said("pyhanko", &arguments);
        // A line for each signature: its field, and what is thought of it.
        let mut lines = verdict.lines().filter(|line| line.contains("Signature:"));
        let is_good = lines.clone().next().is_some()
            && lines.all(|line| {
                let untouched = [",UNTOUCHED", ",ACCEPTABLE_MODIFICATIONS"];
                line.contains(":INTACT:TRUSTED,") && untouched.iter().any(|end| line.ends_with(end))
            });
        assert!(is_good, "{}: {verdict}", vector.file);
    }
}
