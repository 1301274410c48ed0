//! `verify` on what was made: its exit codes, and what it says to people and to scripts.

use std::path::Path;

use crate::harness::{Ended, backproof, fixtures, json};
use crate::quarter::{BUNDLE, REPORT, quarter};

fn verify(file: &str, root: Option<&Path>, more: &[&str]) -> Ended {
    let trust: Vec<&str> = root
        .iter()
        .flat_map(|root| ["--trust", root.to_str().unwrap()])
        .collect();
    let file = format!("out/{file}");
    backproof(quarter().dir(), &[&["verify", &file], more, &trust].concat())
}

#[test]
fn with_the_root_it_is_verified() {
    for file in [BUNDLE, REPORT] {
        let said = verify(file, Some(&quarter().root()), &[]).expect(0);
        assert_eq!(said.err, "");
        assert!(
            said.out.contains("a DEVELOPMENT IDENTITY signed this"),
            "{}",
            said.out
        );
        let last = said.out.lines().last().unwrap();
        assert!(
            last.starts_with("verified: all ") && last.ends_with(" checks hold"),
            "{last}"
        );
    }
}

#[test]
fn without_a_root_nobody_can_tell_who_signed() {
    for file in [BUNDLE, REPORT] {
        let said = verify(file, None, &[]).expect(6);
        assert!(said.out.contains("  trusted   undecided\n"), "{}", said.out);
        assert!(said.out.contains("  intact    ok\n"), "{}", said.out);
        let last = said.out.lines().last().unwrap();
        let expected =
            "undecided: nothing is altered, but without --trust ROOT.PEM nobody can tell who signed";
        assert_eq!(last, expected);
    }
}

#[test]
fn with_a_foreign_root_it_fails_and_says_where() {
    for file in [BUNDLE, REPORT] {
        let said = verify(file, Some(&fixtures().join("pki/root.pem")), &[]).expect(5);
        assert!(said.out.contains("FAILED certificate.path "), "{}", said.out);
        assert!(said.out.contains("  intact    ok\n"), "{}", said.out);
        assert!(
            said.out
                .lines()
                .last()
                .unwrap()
                .starts_with("VERIFICATION FAILED: ")
        );
    }
}

#[test]
fn json_has_every_check_under_its_code() {
    for (file, aspects_checked) in [(BUNDLE, 5), (REPORT, 4)] {
        for (root, verdict, code) in [(Some(quarter().root()), "verified", 0), (None, "undecided", 6)] {
            let said = json(&verify(file, root.as_deref(), &["--json"]).expect(code).out);
            let members: Vec<_> = said.as_object().unwrap().keys().collect();
            assert_eq!(
                members,
                [
                    "schema",
                    "file",
                    "verdict",
                    "aspects",
                    "signer",
                    "notes",
                    "disclosed",
                    "checks"
                ]
            );
            assert_eq!(said["schema"], "backproof.verification/v1");
            assert_eq!(said["file"], format!("out/{file}"));
            assert_eq!(said["verdict"], verdict);
            // That is said of parts only: this is the whole.
            assert!(said["disclosed"].is_null());
            assert_eq!(said["signer"]["development"], true);
            let checks = said["checks"].as_array().unwrap();
            for check in checks {
                let members: Vec<_> = check.as_object().unwrap().keys().collect();
                assert_eq!(members, ["code", "aspect", "outcome", "subject", "detail"]);
            }
            let checked: std::collections::BTreeSet<_> = checks
                .iter()
                .map(|check| check["aspect"].as_str().unwrap())
                .collect();
            assert_eq!(checked.len(), aspects_checked, "{checked:?}");
            let adverse = checks.iter().filter(|check| check["outcome"] != "ok");
            let adverse: std::collections::BTreeSet<_> = adverse
                .map(|check| {
                    (
                        check["code"].as_str().unwrap(),
                        check["outcome"].as_str().unwrap(),
                    )
                })
                .collect();
            match code {
                0 => assert!(adverse.is_empty(), "{adverse:?}"),
                _ => assert_eq!(adverse, [("certificate.path", "undecided")].into()),
            }
        }
    }
}

#[test]
fn an_aspect_that_a_report_alone_cannot_show_is_not_called_ok() {
    let said = json(&verify(REPORT, Some(&quarter().root()), &["--json"]).expect(0).out);
    assert_eq!(said["aspects"]["complete"], "undecided", "{said}");
}
