//! A configuration that can't be used is refused before any work.

use std::fs;

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
        "error: backproof.toml, line 28: unknown key `estates`: did you mean `estate`?",
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
        "error: \"recorder\" is not a kind of source (known: recorded); did you mean \"recorded\"?",
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
