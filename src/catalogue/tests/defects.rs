//! Damaged catalogues: each is refused, with file, entry and reason.

use super::*;

fn check(file: &str, from: &str, to: &str, expected: &str) {
    match edited(file, from, to) {
        Ok(_) => panic!("{to:?} in {file} was accepted; expected {expected:?}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

#[test]
fn unknown_names_are_refused_with_a_suggestion() {
    check(
        "tests.toml",
        "criterion = \"At least one",
        "criterium = \"At least one",
        "tests.toml: test CT-05: unknown key `criterium`; did you mean `criterion`?",
    );
    check(
        "observations.toml",
        "title = \"Equipment\"",
        "xyzzy = \"Equipment\"",
        "observations.toml: observation PO-09: unknown key `xyzzy`",
    );
    check(
        "controls.toml",
        "[[control]]",
        "[[contrl]]",
        "controls.toml: unknown table `contrl`; did you mean `control`?",
    );
    check(
        "statements.toml",
        "kind = \"configuration\"",
        "kind = \"configurations\"",
        "statements.toml: statement DM-6.0-3: `kind` is \"configurations\", the words are operating, configuration, \
         document, narrative; did you mean `configuration`?",
    );
    check(
        "parameters.toml",
        "kind = \"percent\"",
        "kind = \"per_cent\"",
        "parameters.toml: parameter size_drop_alert_pct: `kind` is \"per_cent\", the words are period, time_zone, \
         duration, days, years, percent, choice, switch, text, list; did you mean `percent`?",
    );
}

#[test]
fn malformed_entries_are_refused() {
    check(
        "sources.toml",
        "title = \"KMS keys\"",
        "title = KMS",
        "sources.toml: line 57: not valid TOML: string values must be quoted, expected literal string",
    );
    check(
        "sources.toml",
        "title = \"KMS keys\"",
        "title = \" \"",
        "sources.toml: source kms_keys: `title` is empty",
    );
    check(
        "sources.toml",
        "title = \"KMS keys\"\n",
        "",
        "sources.toml: source kms_keys: missing field `title`",
    );
    check(
        "sources.toml",
        "title = \"KMS keys\"",
        "title = 7",
        "sources.toml: source kms_keys: invalid type: integer `7`, expected a string in `title`",
    );
    check(
        "sources.toml",
        "id = \"kms_keys\"\n",
        "",
        "sources.toml: source number 13: missing field `id`",
    );
    check(
        "sources.toml",
        "id = \"kms_keys\"",
        "id = \"aws_vaults\"",
        "sources.toml: source aws_vaults stands in the catalogue already, in sources.toml",
    );
    check(
        "tests.toml",
        "id = \"CT-05\"",
        "id = \"CT-5\"",
        "tests.toml: test CT-5: \"CT-5\" is not a test id (CT- and two digits, for instance CT-05)",
    );
    check(
        "tests.toml",
        "statements = [\"IM-IPE\"]",
        "statements = []",
        "tests.toml: test CT-01: `statements` is empty",
    );
    check(
        "controls.toml",
        "mapping_confidence = \"recalled\"\n",
        "",
        "controls.toml: control hipaa:164.308(a)(7)(i): `mapping_confidence` has to stand with the mappings, and only \
         there",
    );
    check(
        "statements.toml",
        "kind = \"narrative\"",
        "kind = \"document\"",
        "statements.toml: statement DM-6.0-6: a statement needs `tests` and `controls`; a narrative has neither",
    );
}

#[test]
fn a_parameter_definition_must_make_sense() {
    let place = "parameters.toml: parameter";
    check(
        "parameters.toml",
        "default = \"5m\"",
        "default = \"five\"",
        &format!(
            "{place} clock_skew: `default` \"five\" is not a value of kind duration: it is not a whole number followed \
             by `s`, `m`, `h` or `d`, for instance 24h"
        ),
    );
    check(
        "parameters.toml",
        "choices = [\"consistency_point\"]\n",
        "",
        &format!("{place} backup_time_basis: `choices` belong to kind choice, and only there"),
    );
    check(
        "parameters.toml",
        "default = \"6y\"",
        "default = \"6y\"\nzero_allowed = true",
        &format!("{place} documentation_retention: `zero_allowed` has no meaning for kind years"),
    );
    check(
        "parameters.toml",
        "source = \"Disaster Recovery Policy 13.5.3, full operations within 24 hours (DR-13.5.3-1)\"\n",
        "",
        &format!("{place} rto_goal: a value that the policy defines needs `default` and `source`"),
    );
}

#[test]
fn the_head_is_required_once_and_names_the_schema() {
    check(
        "frameworks.toml",
        "backproof.catalogue/v1",
        "backproof.catalogue/v2",
        "frameworks.toml: table [catalogue]: `schema` is \"backproof.catalogue/v2\", this version reads \
         \"backproof.catalogue/v1\"",
    );
    check(
        "frameworks.toml",
        "as_of = \"2026-11-22\"",
        "as_of = \"2026-11-31\"",
        "frameworks.toml: table [catalogue]: `as_of` is \"2026-11-31\", not a date",
    );
    check(
        "sources.toml",
        "[[source]]",
        "[catalogue]\nschema = \"backproof.catalogue/v1\"\n[[source]]",
        "sources.toml: table [catalogue] stands in the catalogue already, in frameworks.toml",
    );
    let without_head = Catalogue::from_toml(&BUILTIN[1..]).unwrap_err();
    assert_eq!(without_head.to_string(), "no file has the table `[catalogue]`");
    assert_eq!(Catalogue::from_toml(&[]).unwrap_err(), CatalogueError::NoHead);
}

#[test]
fn references_have_to_lead_somewhere() {
    check(
        "statements.toml",
        "tests = [\"CT-05\", \"CT-08\"]",
        "tests = [\"CT-05\", \"CT-98\"]",
        "statements.toml: statement DM-6.0-2 names the unknown test `CT-98`; did you mean `CT-08`?",
    );
    check(
        "statements.toml",
        "controls = [\"hitrust:01.v\"]",
        "controls = [\"hitrust:01.w\"]",
        "statements.toml: statement DM-6.2-3b names the unknown control `hitrust:01.w`; did you mean `hitrust:01.c`?",
    );
    check(
        "tests.toml",
        "statements = [\"IM-IPE\"]",
        "statements = [\"IM-IPE\", \"IM-XYZ\"]",
        "tests.toml: test CT-01 names the unknown statement `IM-XYZ`",
    );
    check(
        "tests.toml",
        "inputs = [\"collection_log\",",
        "inputs = [\"collection_logs\",",
        "tests.toml: test CT-01 names the unknown source `collection_logs`; did you mean `collection_log`?",
    );
    check(
        "tests.toml",
        "parameters = [\"min_retention\"]",
        "parameters = [\"min_retntion\"]",
        "tests.toml: test CT-11 names the unknown parameter `min_retntion`; did you mean `min_retention`?",
    );
    check(
        "controls.toml",
        "id = \"hitrust:12.e\"",
        "id = \"hitrus:12.e\"",
        "controls.toml: control hitrus:12.e names the unknown framework `hitrus`; did you mean `hitrust`?",
    );
    check(
        "tests.toml",
        "statements = [\"IM-IPE\"]",
        "statements = [\"IM-IPE\", \"IM-IPE\"]",
        "tests.toml: test CT-01 names statement IM-IPE twice",
    );
    check(
        "statements.toml",
        "controls = [\"hipaa:164.312(a)(2)(ii)\"]",
        "controls = [\"hipaa:164.312(a)(2)(i)\"]",
        "controls.toml: control hipaa:164.312(a)(2)(ii): no statement maps to it",
    );
}

#[test]
fn statements_and_tests_have_to_name_each_other() {
    check(
        "statements.toml",
        "tests = [\"CT-05\", \"CT-08\"]",
        "tests = [\"CT-05\", \"CT-08\", \"CT-09\"]",
        "statements.toml: statement DM-6.0-2 names test CT-09, but test CT-09 (tests.toml) does not name it back",
    );
    check(
        "tests.toml",
        "statements = [\"DM-6.0-2\"]",
        "statements = [\"DM-6.0-2\", \"DM-6.2-2\"]",
        "tests.toml: test CT-08 names statement DM-6.2-2, but statement DM-6.2-2 (statements.toml) does not name it \
         back",
    );
}

#[test]
fn every_removed_link_between_statement_and_test_is_found() {
    let mut removed = 0;
    for statement in builtin()
        .statements()
        .iter()
        .filter(|statement| statement.tests.len() > 1)
    {
        let list = |tests: &[TestId]| {
            let quoted: Vec<_> = tests.iter().map(|id| format!("\"{id}\"")).collect();
            format!("tests = [{}]", quoted.join(", "))
        };
        for test in &statement.tests {
            let rest: Vec<_> = statement.tests.iter().filter(|id| *id != test).cloned().collect();
            let head = format!("id = \"{}\"\n", statement.id);
            let file = BUILTIN
                .iter()
                .find(|file| file.name == "statements.toml")
                .unwrap();
            let entry = file
                .text
                .split("[[statement]]")
                .find(|entry| entry.contains(&head))
                .unwrap();
            let damaged = entry.replace(&list(&statement.tests), &list(&rest));
            let Err(error) = edited("statements.toml", entry, &damaged) else {
                panic!("{} without {test} was accepted", statement.id);
            };
            assert!(matches!(error, CatalogueError::OneSided { .. }), "{error}");
            removed += 1;
        }
    }
    assert!(removed > 30, "only {removed} links were tried");
}

#[test]
fn a_file_has_a_greatest_length() {
    let padding = "#".repeat(2 * 1024 * 1024);
    let file = CatalogueFile {
        name: "long.toml",
        text: &padding,
    };
    assert_eq!(Catalogue::from_toml(&[file]).unwrap_err(), CatalogueError::NoHead);
    let text = padding + "#";
    let file = CatalogueFile {
        name: "long.toml",
        text: &text,
    };
    let error = Catalogue::from_toml(&[file]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "long.toml: 2097153 bytes, at most 2097152 are read"
    );
}
