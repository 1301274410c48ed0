//! What stands in the output directory, and what a script gets.

use std::fs;
use std::path::Path;

use crate::harness::{json, names, scratch};
use crate::quarter::{BUNDLE, REPORT, at_epoch, luma, quarter, run, unpack};
use crate::tools;

#[test]
fn exactly_the_bundle_and_the_report_are_there() {
    assert_eq!(names(&quarter().out()), [REPORT, BUNDLE]);
    let unpacked = quarter().unpacked();
    let inside = fs::read(unpacked.path().join("data/report.pdf")).unwrap();
    assert!(
        inside == quarter().report(),
        "the report beside the bundle is not the one in it"
    );
}

#[test]
fn json_is_one_object_that_says_what_was_made() {
    let said = json(&quarter().ended.out);
    let names: Vec<_> = said.as_object().expect("an object").keys().collect();
    let expected = [
        "bundle",
        "bundle_sha256",
        "report",
        "checks",
        "development_identity",
        "trust_root",
        "time_stamps",
        "exceptions",
        "indeterminate",
        "exit",
    ];
    assert_eq!(names, expected);
    assert_eq!(said["bundle"], format!("out/{BUNDLE}"));
    assert_eq!(said["report"], format!("out/{REPORT}"));
    assert_eq!(said["trust_root"], "ledger/dev-identity/root.pem");
    assert_eq!(said["development_identity"], true);
    assert_eq!(
        said["time_stamps"],
        serde_json::json!([]),
        "nobody is asked unless that is configured"
    );
    assert_eq!(said["exit"], 3);
    assert!(said["exceptions"].as_u64() > Some(0), "{said}");
    let digest = tools::run(&quarter().out(), "sha256sum", &[BUNDLE]);
    assert_eq!(said["bundle_sha256"], digest[..64]);
    // What could not be read is told beside the data, and every gap once.
    let gaps: Vec<_> = quarter().ended.err.lines().collect();
    assert!(
        gaps.iter().all(|line| line.starts_with("gap: 2026-08-09/")) && gaps.len() > 10,
        "{gaps:?}"
    );
}

#[test]
fn the_numbers_of_the_summary_are_those_of_the_results() {
    let unpacked = quarter().unpacked();
    let results = json(&fs::read_to_string(unpacked.path().join("data/results.json")).unwrap());
    let said = json(&quarter().ended.out);
    for state in ["exception", "indeterminate"] {
        let tests = results["tests"].as_array().expect("tests");
        let counted: u64 = tests
            .iter()
            .map(|test| test["counts"][state].as_u64().unwrap())
            .sum();
        let listed = if state == "exception" {
            "exceptions"
        } else {
            "indeterminate"
        };
        let rows: usize = tests
            .iter()
            .map(|test| test[listed].as_array().unwrap().len())
            .sum();
        assert_eq!(
            (said[listed].as_u64(), rows as u64),
            (Some(counted), counted),
            "{state}"
        );
    }
}

#[test]
fn a_second_run_on_the_ledger_concludes_the_same_and_tells_no_gap_twice() {
    let dir = quarter().ledger_copy();
    fs::create_dir(dir.path().join("out")).unwrap();
    // What a killed run may have left.
    fs::write(
        dir.path().join(format!("out/.backproof-4711-{BUNDLE}.partial")),
        "half",
    )
    .unwrap();
    let again = run(dir.path(), &luma(), "out", &["--json"]).expect(3);
    assert_eq!(again.err, "");
    assert_eq!(names(&dir.path().join("out")), [REPORT, BUNDLE]);
    let results = |out: &Path| {
        let unpacked = scratch();
        unpack(&out.join(BUNDLE), unpacked.path());
        fs::read_to_string(unpacked.path().join("data/results.json")).unwrap()
    };
    assert_eq!(results(&dir.path().join("out")), results(&quarter().out()));
}

#[test]
fn a_person_reads_what_is_proven_who_signed_and_what_the_code_means() {
    let dir = quarter().ledger_copy();
    let said = at_epoch("package", dir.path(), &luma(), "out").expect(3);
    let start = "Luma, 2026-Q3\n2026-07-01T00:00:00Z to 2026-10-01T00:00:00Z (UTC), as of 2026-10-01T00:00:00Z\n\n  45 controls ";
    assert!(said.out.starts_with(start), "{}", said.out);
    assert!(said.out.contains("\nExceptions noted: "), "{}", said.out);
    assert!(said.out.contains("\nNobody can tell: "), "{}", said.out);
    assert!(
        said.out
            .contains("\nreport  out/luma-2026-Q3.pdf\nbundle  out/luma-2026-Q3.zip\n        sha256 ")
    );
    let loud = "\nSIGNED BY A DEVELOPMENT IDENTITY, NOT FOR AUDIT USE\n  It shows that nothing was altered, not who \
                signed. Configure [signing] for an audit.\n  Trust root for trying it out: \
                ledger/dev-identity/root.pem\nexit 3: exceptions were noted\n";
    assert_eq!(said.err, loud);
    let words = format!("{}{}", said.out, said.err).to_lowercase();
    for word in ["compliant", "% ", "grade", "score"] {
        assert!(!words.contains(word), "the summary says {word:?}");
    }
}
