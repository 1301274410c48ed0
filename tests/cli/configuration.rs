//! A configuration that can't be used is refused before any work.

use std::fs;

use crate::harness::fixtures;
use crate::world::World;

const EXPLAIN: &str = "\n  hint: `backproof explain PARAMETER` says what values a parameter takes";

/// Replaces `from` by `to` in the configuration; the run must be refused with `expected`.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let world = World::new();
    world.replace("backproof.toml", from, to);
    world.refused(expected);
}

#[test]
fn no_configuration() {
    let world = World::new();
    fs::remove_file(world.path("backproof.toml")).unwrap();
    world.refused(
        "error: can't read the configuration backproof.toml: No such file or directory (os error 2)\n  \
         hint: name the configuration with --config FILE, or write one with `backproof init`",
    );
}

#[test]
fn a_directory_for_a_configuration() {
    let world = World::new();
    fs::remove_file(world.path("backproof.toml")).unwrap();
    fs::create_dir(world.path("backproof.toml")).unwrap();
    world.refused(
        "error: can't read the configuration backproof.toml: Is a directory (os error 21)\n  \
         hint: name the configuration with --config FILE, or write one with `backproof init`",
    );
}

#[test]
fn an_unknown_key() {
    check(
        "slug =",
        "slugg =",
        "error: backproof.toml, line 6: unknown key `slugg`: did you mean `slug`?",
    );
}

#[test]
fn an_unknown_table() {
    check(
        "[estate.records]",
        "[estates.records]",
        "error: backproof.toml, line 32: unknown key `estates`: did you mean `estate`?",
    );
}

#[test]
fn a_wrong_type() {
    check(
        "name = \"Luma\"",
        "name = 3",
        "error: backproof.toml, line 5: invalid type: integer `3`, expected a string",
    );
}

#[test]
fn a_key_that_is_missing() {
    check(
        "slug = \"luma\"\n",
        "",
        "error: backproof.toml, line 4: missing field `slug`",
    );
}

#[test]
fn text_that_is_not_toml() {
    let world = World::new();
    world.write("backproof.toml", "[entity\nname = \"Luma\"\n");
    let said = world.run().expect(1);
    assert!(
        said.err.starts_with("error: backproof.toml, line 1: "),
        "{}",
        said.err
    );
}

#[test]
fn an_unknown_parameter() {
    let expected = "error: backproof.toml: [parameters]\n  because: unknown parameter `backup_intervall`; did you mean \
                    `backup_interval`?";
    check(
        "[parameters.backup_interval]",
        "[parameters.backup_intervall]",
        &format!("{expected}{EXPLAIN}"),
    );
}

#[test]
fn a_parameter_of_another_kind() {
    let expected = "error: backproof.toml: [parameters]\n  because: parameter `backup_interval`: \"24 hours\" is not a \
                    value of kind duration: it is not a whole number followed by `s`, `m`, `h` or `d`, for instance 24h";
    check(
        "value = \"24h\"",
        "value = \"24 hours\"",
        &format!("{expected}{EXPLAIN}"),
    );
}

#[test]
fn a_negative_duration() {
    let expected = "error: backproof.toml: [parameters]\n  because: parameter `backup_interval`: \"-24h\" is not a \
                    value of kind duration: it is not a whole number followed by `s`, `m`, `h` or `d`, for instance 24h";
    check(
        "value = \"24h\"",
        "value = \"-24h\"",
        &format!("{expected}{EXPLAIN}"),
    );
}

#[test]
fn an_unknown_time_zone() {
    let world = World::new();
    world.replace("backproof.toml", "value = \"UTC\"", "value = \"Mars/Olympus\"");
    let said = world.run().expect(1);
    let expected =
        "error: backproof.toml: [parameters]\n  because: parameter `policy_timezone`: \"Mars/Olympus\"";
    assert!(said.err.starts_with(expected), "{}", said.err);
}

#[test]
fn an_approval_by_half() {
    check(
        "role = \"CTO\"\n",
        "",
        "error: backproof.toml: parameters.policy_timezone: an approval needs approved_by, role and \
         approved_on, all three",
    );
}

#[test]
fn an_account_that_is_none() {
    let world = World::new();
    world.replace("backproof.toml", "account = \"111122223333\"", "account = \" \"");
    let said = world.run().expect(1);
    assert!(
        said.err
            .starts_with("error: backproof.toml: estate.aws.account: "),
        "{}",
        said.err
    );
}

#[test]
fn an_unknown_kind_of_source() {
    check(
        "kind = \"recorded\"",
        "kind = \"recorder\"",
        "error: \"recorder\" is not a kind of source (known: atlas, aws, mongodb, recorded); did you mean \"recorded\"?",
    );
}

#[test]
fn an_unknown_setting_of_a_source() {
    check(
        "directory = ",
        "directry = ",
        "error: a source of kind \"recorded\" has no setting \"directry\"; did you mean \"directory\"?",
    );
}

#[test]
fn a_source_without_what_it_needs() {
    let world = World::new();
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    let without: Vec<_> = config
        .lines()
        .filter(|line| !line.starts_with("directory = "))
        .collect();
    world.write("backproof.toml", &without.join("\n"));
    world.refused("error: a source of kind \"recorded\" needs the setting \"directory\"");
}

#[test]
fn a_time_of_production_that_is_none() {
    let world = World::new();
    let said = world.run_with(&[("SOURCE_DATE_EPOCH", "yesterday")]).expect(1);
    let expected = "error: SOURCE_DATE_EPOCH is \"yesterday\": write the seconds since 1970-01-01, for instance 1790899200";
    world.says(&said, expected);
}

const OWN_STATEMENTS: &str = include_str!("../../fixtures/catalogue/own.toml");

/// An organisation's own statements are what is concluded, explained and shipped.
#[test]
fn an_own_catalogue_is_what_the_quarter_is_held_against() {
    let world = World::new();
    world.write("own.toml", OWN_STATEMENTS);
    let config = std::fs::read_to_string(world.path("backproof.toml")).unwrap();
    world.write(
        "backproof.toml",
        &format!("{config}\n[catalogue]\nfiles = [\"own.toml\"]\n"),
    );
    let said = world.backproof(&["explain", "CT-05"]).expect(0).out;
    assert!(
        said.contains("BK-1: Every production system is backed up once a day."),
        "{said}"
    );
    assert!(
        said.contains("policy_timezone = UTC (approved by p-001, CTO, on 2026-06-15)"),
        "{said}"
    );
    let said = world.backproof(&["explain", "CT-40"]).expect(0).out;
    let unbuilt = "not built in this version: comes out as NOT_TESTED";
    assert!(said.contains(unbuilt), "{said}");
    assert!(
        !world
            .backproof(&["explain", "CT-29"])
            .expect(0)
            .out
            .contains(unbuilt)
    );
    world.backproof(&["collect"]).expect(4);
    let results = world.results();
    let statements = results["statements"].as_array().unwrap();
    let states: Vec<_> = statements.iter().map(|one| (&one["id"], &one["state"])).collect();
    assert_eq!(states.len(), 5, "{states:?}");
    assert_eq!(states[0], (&"BK-1".into(), &"EXCEPTION".into()));
    assert_eq!(states[3], (&"BK-40".into(), &"NOT_TESTED".into()));
}

#[test]
fn an_own_catalogue_with_a_mistake_is_refused_by_file_and_entry() {
    let world = World::new();
    let config = std::fs::read_to_string(world.path("backproof.toml")).unwrap();
    world.write(
        "backproof.toml",
        &format!("{config}\n[catalogue]\nfiles = [\"own.toml\"]\n"),
    );
    let hint = "  hint: [catalogue] files of the configuration name it; docs/spec/catalogue.md says what may stand in it";
    world.refused(&format!(
        "error: can't read the catalogue file own.toml: No such file or directory (os error 2)\n{hint}"
    ));
    world.write("own.toml", &OWN_STATEMENTS.replace("\"CT-05\"", "\"CT-55\""));
    world.refused(&format!(
        "error: catalogue: own.toml: statement BK-1 names the unknown test `CT-55`; did you mean `CT-05`?\n{hint}"
    ));
}

const RESPONSE: &str = r#"
[[response]]
test = "CT-05"
item = "broker-events/2026-07-14"
response = "Seen, and mended."
owner = "p-006"
due = 2026-08-01
by = "p-001"
on = 2026-10-01
"#;

/// A place whose responses are `text`.
fn answering(text: &str) -> World {
    let world = World::new();
    world.write("responses.toml", text);
    let lies = fixtures().join("luma/responses.toml");
    world.replace("backproof.toml", &format!("{lies:?}"), "\"responses.toml\"");
    world
}

#[test]
fn responses_with_a_mistake_are_refused_by_file_and_entry() {
    let hint = "\n  hint: [responses] file of the configuration names it; docs/spec/responses.md says what may stand in it";
    let refused = |text: &str, expected: &str| {
        answering(text).refused(&format!("error: {expected}{hint}"));
    };
    refused(
        &RESPONSE.replace("owner =", "ownr ="),
        "responses.toml: line 6: unknown key `ownr`: did you mean `owner`?",
    );
    refused(
        &RESPONSE.replace("due = 2026-08-01", "due = 2026-08-01T00:00:00Z"),
        "responses.toml: response 1 (CT-05 broker-events/2026-07-14): due is 2026-08-01T00:00:00Z: write a day, 2026-10-31, \
         without quotes",
    );
    refused(
        &RESPONSE.replace("CT-05", "CT-5"),
        "responses.toml: response 1 (CT-5 broker-events/2026-07-14): \"CT-5\" is not a test id (CT- and two digits, for \
         instance CT-05)",
    );
    refused(
        &RESPONSE.repeat(2),
        "responses.toml: CT-05 broker-events/2026-07-14 is answered twice",
    );
    let world = answering(RESPONSE);
    world.replace("backproof.toml", "\"responses.toml\"", "\"none.toml\"");
    world.refused(&format!(
        "error: can't read the responses none.toml: No such file or directory (os error 2){hint}"
    ));
}

/// However well it is answered, an exception stays one; an answer to nothing is said aloud.
#[test]
fn a_response_changes_no_state() {
    let world = answering(&(RESPONSE.to_owned() + &RESPONSE.replace("2026-07-14", "2026-07-15")));
    let said = world.run().expect(3);
    let note = "note: the response to CT-05 broker-events/2026-07-15 answers no exception of this period\n";
    assert!(said.err.contains(note), "{}", said.err);
    let results = world.results();
    let tests = results["tests"].as_array().unwrap();
    let test = tests.iter().find(|test| test["id"] == "CT-05").unwrap();
    let items = test["items"].as_array().unwrap();
    let item = items
        .iter()
        .find(|item| item["item"] == "broker-events/2026-07-14")
        .unwrap();
    assert_eq!(item["state"], "EXCEPTION");
}

/// The column for a rule that is proposed: off by default; on, it stands beside the results and changes none of them.
#[test]
fn the_proposed_rule_changes_no_result() {
    let world = World::new();
    world.backproof(&["collect"]).expect(4);
    let mut off = world.results();
    assert_eq!(off["proposed_rule"], serde_json::json!([]));
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    world.write(
        "backproof.toml",
        &format!("{config}\n[parameters.profile_nprm_2025]\nvalue = \"on\"\n"),
    );
    let mut on = world.results();
    let rows = on["proposed_rule"].as_array_mut().map(std::mem::take).unwrap();
    assert_eq!(on, off.take());
    let state = |test: &str| {
        rows.iter()
            .find(|row| row["test"] == test)
            .map(|row| row["state"].clone())
    };
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert_eq!(
        state("CT-17"),
        Some("EXCEPTION".into()),
        "no system of the quarter was tested each month"
    );
}
