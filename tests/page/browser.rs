//! The page in a browser: a genuine bundle, an altered one, one that nobody vouches for, a report; by keyboard, in both themes, at a
//! phone's width, on paper. Set `BACKPROOF_SCREENSHOTS` to a folder to look at what the browser showed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{fixtures, page};

/// The recorded quarter, packaged once for these tests.
struct Quarter(TempDir);

fn quarter() -> &'static Quarter {
    static MADE: OnceLock<Quarter> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_backproof"))
            .args(["run", "--period", "2026-Q3", "--config"])
            .arg(fixtures().join("luma/backproof.toml"))
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        Quarter(dir)
    })
}

impl Quarter {
    fn bundle(&self) -> PathBuf {
        self.0.path().join("out/luma-2026-Q3.zip")
    }

    fn report(&self) -> PathBuf {
        self.0.path().join("out/luma-2026-Q3.pdf")
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("ledger/dev-identity/root.pem")
    }
}

/// What the page showed in each case, in their order; nothing was asked of a network, and nothing went wrong.
pub(crate) fn browse(cases: &[Value]) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cases.json");
    let question = json!({ "page": page(), "cases": cases });
    std::fs::write(&file, question.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/browser.mjs");
    let output = Command::new("node").arg(script).arg(file).output();
    let output = output.expect("node must be installed for this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told.len(), cases.len());
    for case in &told {
        assert_eq!(case["errors"], json!([]), "{case:#}");
        assert_eq!(case["requests"], json!([]), "{case:#}");
    }
    told
}

/// Where a picture of the page goes, where somebody wants to look.
fn picture(name: &str) -> Value {
    let folder = std::env::var_os("BACKPROOF_SCREENSHOTS").map(PathBuf::from);
    folder.map_or(Value::Null, |folder| json!(folder.join(format!("{name}.png"))))
}

fn expect(case: &Value, headline: &str, aspects: &[(&str, &str)]) {
    assert_eq!(case["headline"], headline, "{case:#}");
    // What a screen reader is told, too.
    assert!(case["live"].as_str().unwrap().starts_with(headline), "{case:#}");
    let expected: serde_json::Map<_, _> = aspects
        .iter()
        .map(|(aspect, outcome)| ((*aspect).to_owned(), json!(outcome)))
        .collect();
    assert_eq!(case["aspects"], Value::Object(expected), "{case:#}");
    assert_eq!(case["meanings"], true, "every check is explained: {case:#}");
    assert!(case["unproven"].as_u64().unwrap() >= 5, "{case:#}");
    assert_eq!(case["wide"], false, "nothing runs out of the page: {case:#}");
}

const ALL_HOLD: [(&str, &str); 5] = [
    ("intact", "holds"),
    ("covered", "holds"),
    ("trusted", "holds"),
    ("timely", "holds"),
    ("complete", "holds"),
];

/// All hold but one.
fn but(aspect: &'static str, outcome: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut all = ALL_HOLD.to_vec();
    for line in &mut all {
        if line.0 == aspect {
            line.1 = outcome;
        }
    }
    all
}

#[test]
fn genuine_altered_and_untrusted() {
    let (dir, root) = (tempfile::tempdir().unwrap(), quarter().root());
    let bundle = quarter().bundle();
    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = dir.path().join("altered.zip");
    std::fs::write(&altered, bytes).unwrap();
    let (tall, phone) = (
        json!({ "width": 1000, "height": 2000 }),
        json!({ "width": 390, "height": 2400 }),
    );
    let paper = picture("paper").as_str().map(|png| png.replace(".png", ".pdf"));
    let foreign = fixtures().join("pki/root.pem");
    let told = browse(&[
        json!({ "name": "genuine", "file": bundle, "root": root, "viewport": tall, "screenshot": picture("genuine"), "printed": true, "paper": paper }),
        json!({ "name": "untrusted", "file": bundle, "dark": true, "viewport": tall, "screenshot": picture("untrusted") }),
        json!({ "name": "altered", "file": altered, "root": root, "dark": true, "viewport": tall, "screenshot": picture("altered") }),
        json!({ "name": "foreign", "file": bundle, "root": foreign, "viewport": phone, "screenshot": picture("foreign") }),
        json!({ "name": "phone", "file": bundle, "root": root, "viewport": phone, "screenshot": picture("phone") }),
        json!({ "name": "report", "file": quarter().report(), "root": root }),
        json!({ "name": "neither", "file": root, "root": root }),
    ]);
    let [genuine, untrusted, altered, foreign, phone, report, neither] = told.as_slice() else {
        panic!("a case is missing");
    };
    expect(genuine, "Verified", &ALL_HOLD);
    assert_eq!(genuine["content"], true);
    assert!(
        genuine["warnings"]
            .as_str()
            .unwrap()
            .contains("not for audit use")
    );
    assert_eq!(genuine["printed"], json!({ "starts": "%PDF-", "folded": 0 }));
    expect(untrusted, "Undecided", &but("trusted", "undecided"));
    assert!(
        untrusted["bottom_line"]
            .as_str()
            .unwrap()
            .contains("without a trust root"),
        "{untrusted:#}"
    );
    expect(altered, "Altered", &but("intact", "FAILED"));
    assert_eq!(altered["content"], false, "nothing is read out of it");
    assert!(
        altered["failed"]
            .as_array()
            .unwrap()
            .contains(&json!("zip.packing")),
        "{altered:#}"
    );
    expect(foreign, "Not trusted", &but("trusted", "FAILED"));
    assert_eq!(foreign["content"], false);
    expect(phone, "Verified", &ALL_HOLD);
    // A report by itself has no list of what belongs to it.
    expect(report, "Verified", &ALL_HOLD[..4]);
    assert_eq!(neither["headline"], "Altered", "{neither:#}");
    assert_eq!(neither["failed"], json!(["zip.strict"]));
}

#[test]
fn a_fingerprint_will_do_and_a_wrong_one_will_not() {
    let bundle = fixtures().join("vectors/good-bundle.zip");
    let issuing = std::fs::read_to_string(fixtures().join("vectors/issuing.pem")).unwrap();
    let [certificate] = &backproof_verify::signature::certificates_from_pem(&issuing).unwrap()[..] else {
        panic!("one certificate");
    };
    let digest = backproof_verify::signature::fingerprint(certificate)
        .unwrap()
        .to_hex();
    let told = browse(&[
        json!({ "name": "right", "file": bundle, "print": digest.to_uppercase() }),
        json!({ "name": "another", "file": bundle, "print": "00".repeat(32) }),
        json!({ "name": "none", "file": bundle, "print": "hello" }),
    ]);
    expect(&told[0], "Verified", &ALL_HOLD);
    expect(&told[1], "Undecided", &but("trusted", "undecided"));
    assert_eq!(told[2]["headline"], "Undecided", "{:#}", told[2]);
    assert!(
        told[2]["bottom_line"]
            .as_str()
            .unwrap()
            .contains("64 hexadecimal digits")
    );
    assert_eq!(told[2]["checks"], 0);
}

/// Without a mouse: a finding is searched, its evidence opened and hashed again, and left.
#[test]
fn a_finding_is_followed_into_its_evidence_by_keyboard() {
    let told = browse(&[json!({
        "name": "search", "file": quarter().bundle(), "root": quarter().root(), "search": "exception backup", "record": true,
        "record_screenshot": picture("record"), "hash": "data/report.pdf", "tab": 12, "again": true,
    })]);
    let case = &told[0];
    let hits = case["hits"].as_array().unwrap();
    assert!(!hits.is_empty() && hits.len() < 200, "{}", case["hits_count"]);
    // Every word that was asked for, in whatever place.
    let has_both = |hit: &Value| {
        let text = hit.as_str().unwrap().to_lowercase();
        text.contains("exception") && text.contains("backup")
    };
    assert!(hits.iter().all(has_both), "{hits:#?}");
    let digest = case["record"]["digest"].as_str().unwrap();
    assert!(digest.contains("which is the digest that was cited"), "{digest}");
    assert!(
        case["record"]["facts"]
            .as_str()
            .unwrap()
            .contains("data/evidence/")
    );
    assert!(
        case["record"]["value"]
            .as_str()
            .unwrap()
            .starts_with(['{', '[', '"']),
        "{case:#}"
    );
    assert!(
        case["rehashed"]
            .as_str()
            .unwrap()
            .contains("which is the digest that was cited")
    );
    assert_eq!(
        (&case["closed"], &case["focus_back"]),
        (&json!(true), &json!(true))
    );
    assert!(
        case["hashed"].as_str().unwrap().contains("the same"),
        "{}",
        case["hashed"]
    );
    assert_eq!(
        (&case["closed_by_button"], &case["again"]),
        (&json!(true), &json!("Verified"))
    );
    let tabbed = case["tabbed"].as_array().unwrap();
    for control in ["file", "root-file", "root-print", "go"] {
        let reached = tabbed.iter().find(|at| at["id"] == control);
        assert_eq!(
            reached.expect(control)["outline"],
            "solid",
            "{control}: {tabbed:#?}"
        );
    }
}
