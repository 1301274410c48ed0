//! `diff`: what changed between two bundles, each cause by itself.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ended, backproof, fixtures, json, quarter_config};
use crate::identities::configuration;
use crate::quarter::{BUNDLE, arguments, luma, quarter};

/// Compares the quarter's bundle with the one that was made in `dir`.
fn diff(dir: &Path, more: &[&str]) -> Ended {
    let (old, new) = (quarter().out().join(BUNDLE), dir.join("out").join(BUNDLE));
    let files = [old.to_str().unwrap(), new.to_str().unwrap()];
    backproof(dir, &[&["diff"][..], &files, more].concat())
}

/// Packages the quarter's evidence again with a configuration that `change` altered, and compares.
fn packaged_with(change: impl Fn(&str) -> String) -> (TempDir, Value) {
    let dir = quarter().ledger_copy();
    fs::write(dir.path().join("backproof.toml"), change(&quarter_config())).unwrap();
    let ended = backproof(dir.path(), &arguments("package", "backproof.toml", "out"));
    assert!(matches!(ended.code, 3 | 4), "{}", ended.err);
    let said = diff(dir.path(), &["--json"]);
    (dir, json(&said.out))
}

fn len(comparison: &Value, member: &str) -> usize {
    comparison[member].as_array().unwrap().len()
}

/// The causes that the rows name, each once.
fn causes(comparison: &Value) -> Vec<&str> {
    let rows = comparison["rows"].as_array().unwrap().iter();
    let causes = rows.flat_map(|row| row["causes"].as_array().unwrap());
    let mut causes: Vec<_> = causes.map(|cause| cause.as_str().unwrap()).collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

#[test]
fn another_signature_is_no_difference() {
    let dir = quarter().ledger_copy();
    let config = configuration(dir.path(), "signer-rsa");
    backproof(dir.path(), &arguments("package", &config, "out")).expect(3);
    let said = diff(dir.path(), &[]).expect(6);
    let last = said.out.lines().last().unwrap();
    assert!(last.starts_with("nothing differs: "), "{}", said.out);
    assert_eq!(
        said.err.matches("nobody can tell by whom").count(),
        2,
        "{}",
        said.err
    );
}

#[test]
fn a_parameter_is_told_apart_from_everything_else() {
    let (dir, comparison) = packaged_with(|text| text.replacen("value = \"2h\"", "value = \"1h\"", 1));
    assert_eq!(comparison["parameters"][0]["name"], "backup_interval_tolerance");
    assert_eq!(
        comparison["parameters"][0]["members"],
        serde_json::json!(["value: 2h became 1h"])
    );
    for other in ["catalogue", "estate", "pages", "proven"] {
        assert_eq!(len(&comparison, other), 0, "{other}");
    }
    assert_eq!(comparison["tool"], Value::Null);
    let said = diff(dir.path(), &[]);
    assert!(said.out.contains("\nEvidence\n  the same\n"), "{}", said.out);
}

#[test]
fn withdrawn_evidence_and_a_smaller_estate_are_told_apart() {
    let (_dir, comparison) = packaged_with(|text| text.replacen(", \"us-west-2\"]", "]", 1));
    assert!(len(&comparison, "estate") > 5);
    assert!(
        comparison["estate"]
            .as_array()
            .unwrap()
            .iter()
            .all(|place| place["how"] == "removed")
    );
    assert_eq!(
        (len(&comparison, "pages"), len(&comparison, "parameters")),
        (0, 0)
    );
    assert!(causes(&comparison).contains(&"estate"));
}

#[test]
fn a_later_collection_is_evidence() {
    // A ledger that lacks the last collection, which came after the period's end.
    let dir = quarter().ledger_copy();
    let recorded = dir.path().join("recorded");
    crate::harness::copy(&fixtures().join("luma/recorded"), &recorded);
    fs::remove_dir_all(recorded.join("2026-10-02")).unwrap();
    fs::remove_dir_all(dir.path().join("ledger")).unwrap();
    for name in ["backproof.toml", "responses.toml"] {
        fs::copy(fixtures().join("luma").join(name), dir.path().join(name)).unwrap();
    }
    let ended = backproof(dir.path(), &arguments("run", "backproof.toml", "out"));
    assert!(matches!(ended.code, 3 | 4), "{}", ended.err);
    let (old, new) = (quarter().out().join(BUNDLE), dir.path().join("out").join(BUNDLE));
    let files = [new.to_str().unwrap(), old.to_str().unwrap(), "--json"];
    let comparison = json(&backproof(dir.path(), &[&["diff"][..], &files].concat()).out);
    assert!(len(&comparison, "pages") > 20 && len(&comparison, "proven") > 20);
    let pages = comparison["pages"].as_array().unwrap().iter();
    assert!(
        pages
            .clone()
            .all(|place| place["only_old"].as_array().unwrap().is_empty())
    );
    assert_eq!(causes(&comparison), ["evidence"]);
    let better = comparison["rows"].as_array().unwrap().iter();
    assert!(
        better
            .filter(|row| row["old"] == "INDETERMINATE" && row["new"] == "SUPPORTED")
            .count()
            > 10
    );
}

#[test]
fn another_period_is_said_and_its_rows_are_not_held_against_it() {
    let dir = quarter().ledger_copy();
    let config = luma();
    let of = |period| {
        [
            "package", "--config", &config, "--ledger", "ledger", "--out", "out", "--period", period,
        ]
    };
    for period in ["2026-08", "2026-09"] {
        backproof(dir.path(), &of(period)).expect(3);
    }
    let said = backproof(
        dir.path(),
        &["diff", "out/luma-2026-08.zip", "out/luma-2026-09.zip"],
    );
    assert!(
        said.out.contains("besides them, nothing adverse: "),
        "{}",
        said.out
    );
    assert!(said.out.contains("touched by: evidence, period"), "{}", said.out);
    let back = backproof(
        dir.path(),
        &["diff", "out/luma-2026-08.zip", "out/luma-2026-08.zip"],
    )
    .expect(6);
    assert!(back.out.contains("nothing differs"), "{}", back.out);
}

#[test]
fn an_altered_bundle_is_not_compared() {
    let dir = quarter().ledger_copy();
    let mut bytes = quarter().bundle();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    fs::create_dir_all(dir.path().join("out")).unwrap();
    fs::write(dir.path().join("out").join(BUNDLE), bytes).unwrap();
    let said = diff(dir.path(), &[]).expect(5);
    assert_eq!(said.out, "");
    assert!(said.err.contains("the bundle does not verify: "), "{}", said.err);
}
