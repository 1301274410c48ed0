//! Every vector of `fixtures/vectors` ends as its index says, and every code has one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use backproof_verify::check::{Code, Outcome, Verdict};
use backproof_verify::merkle::verify_consistency;
use backproof_verify::signature::TrustAnchors;
use backproof_verify::verification::{self, Verification};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    file: String,
    attack: String,
    verdict: String,
    codes: Vec<String>,
    trust: String,
    trust_timestamps: String,
    record: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors")
}

fn vectors() -> Vec<Vector> {
    let text = std::fs::read_to_string(folder().join("vectors.toml")).unwrap();
    toml::from_str::<Index>(&text).unwrap().vector
}

/// The time of verification in `cargo test`; the command line's test takes the machine's.
fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn verify(vector: &Vector) -> Verification {
    let read = |file: &str| std::fs::read_to_string(folder().join(file)).unwrap();
    let mut anchors = TrustAnchors::none();
    if !vector.trust.is_empty() {
        anchors = anchors.with_signers(&read(&vector.trust)).unwrap();
    }
    if !vector.trust_timestamps.is_empty() {
        anchors = anchors.with_time_stamps(&read(&vector.trust_timestamps)).unwrap();
    }
    let bytes = std::fs::read(folder().join(&vector.file)).unwrap();
    let record = (!vector.record.is_empty()).then(|| std::fs::read(folder().join(&vector.record)).unwrap());
    let Ok(found) = verification::verify(&mut bytes.as_slice(), record.as_deref(), &anchors, now());
    found
}

/// What holds of a part is not said of the whole.
#[test]
fn a_part_is_told_as_one() {
    let mut parts = 0;
    for vector in vectors().iter().filter(|vector| vector.verdict == "verified") {
        let is_part = ["good-redacted", "good-proof"]
            .iter()
            .any(|part| vector.file.starts_with(part));
        parts += usize::from(is_part);
        let expected = if is_part { "Verified in part" } else { "Verified" };
        let (headline, meaning) = verify(vector).headline();
        assert_eq!(headline, expected, "{}", vector.file);
        assert_eq!(meaning.contains("whole"), !is_part, "{}", vector.file);
    }
    assert!(parts > 2, "{parts}");
}

#[test]
fn every_vector_ends_as_its_index_says() {
    let mut faults = Vec::new();
    for vector in vectors() {
        let checks = verify(&vector).checks;
        let verdict = match checks.verdict() {
            Verdict::Verified => "verified",
            Verdict::Undecided => "undecided",
            Verdict::Failed => "failed",
        };
        let outcome = if vector.verdict == "failed" {
            Outcome::Failed
        } else {
            Outcome::Undecided
        };
        let adverse: BTreeSet<_> = checks
            .iter()
            .filter(|check| check.outcome == outcome)
            .map(|check| check.code.as_str())
            .collect();
        let told = vector.codes.iter().all(|code| adverse.contains(code.as_str()));
        if verdict != vector.verdict || !told || (verdict == "verified" && !vector.codes.is_empty()) {
            let details: Vec<_> = checks
                .iter()
                .filter(|check| check.outcome != Outcome::Ok)
                .map(|check| format!("{} {}: {}", check.code, check.subject, check.detail))
                .collect();
            faults.push(format!(
                "{} ({}): {verdict}, expected {} by {:?}; {details:#?}",
                vector.file, vector.attack, vector.verdict, vector.codes
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} vectors:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn enough_must_fail_and_enough_must_pass() {
    let count = |verdict: &str| {
        vectors()
            .iter()
            .filter(|vector| vector.verdict == verdict)
            .count()
    };
    assert!(count("failed") >= 60, "{}", count("failed"));
    assert!(count("verified") >= 20, "{}", count("verified"));
    let listed: BTreeSet<_> = vectors().into_iter().map(|vector| vector.file).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_vector = [".pdf", ".zip", ".tlog-proof"]
            .iter()
            .any(|end| name.ends_with(end));
        assert!(!is_vector || listed.contains(&name), "{name} is not in the index");
    }
}

/// The rows of the page: code, aspect, meaning, vectors.
fn page() -> BTreeMap<String, [String; 3]> {
    let text = include_str!("../../docs/spec/verification.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [code, aspect, meaning, vectors] = cells[..] else {
            panic!("{row}")
        };
        (
            code.trim_matches('`').to_owned(),
            [aspect, meaning, vectors].map(str::to_owned),
        )
    })
    .collect()
}

/// The page, the source and the vectors name the same codes, each both ways.
#[test]
fn every_code_is_on_the_page_and_has_a_vector() {
    let page = page();
    let vectors = vectors();
    let known: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let told: BTreeSet<_> = page.keys().map(String::as_str).collect();
    assert_eq!(told, known, "docs/spec/verification.md and verify/src/check.rs");
    for code in Code::ALL {
        let [aspect, meaning, named] = &page[code.as_str()];
        assert_eq!(aspect, code.aspect().as_str(), "{code}");
        assert_eq!(meaning, code.meaning(), "{code}");
        let file = named.trim_matches('`');
        let vector = vectors.iter().find(|vector| vector.file == file);
        let vector = vector.unwrap_or_else(|| panic!("{code}: no vector {named}"));
        assert!(
            vector.codes.iter().any(|own| own == code.as_str()),
            "{code}: {file} expects {:?}",
            vector.codes
        );
    }
    for vector in &vectors {
        for code in &vector.codes {
            assert!(known.contains(code.as_str()), "{}: {code}", vector.file);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    claim: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    name: String,
    holds: bool,
    old_size: u64,
    new_size: u64,
    old_root: String,
    new_root: String,
    proof: Vec<String>,
}

#[test]
fn forged_consistency_is_refused() {
    let text = std::fs::read_to_string(folder().join("consistency.toml")).unwrap();
    let claims = toml::from_str::<Claims>(&text).unwrap().claim;
    assert!(claims.iter().any(|claim| claim.holds) && claims.iter().any(|claim| !claim.holds));
    for claim in claims {
        let proof: Vec<_> = claim.proof.iter().map(|digest| digest.parse().unwrap()).collect();
        let (old, new) = (claim.old_root.parse().unwrap(), claim.new_root.parse().unwrap());
        let holds = verify_consistency(claim.old_size, claim.new_size, &old, &new, &proof);
        assert_eq!(holds, claim.holds, "{}", claim.name);
    }
}
