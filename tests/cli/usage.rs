//! The command line itself: help, versions, wrong arguments, `init`.

use std::fs;

use crate::harness::names;
use crate::world::World;

#[test]
fn help_names_every_verb_and_every_exit_code() {
    let said = World::new().backproof(&["--help"]).expect(0);
    assert_eq!(said.err, "");
    let expected = include_str!("snapshots/help.txt");
    assert!(said.out == expected, "help is now:\n{}", said.out);
}

#[test]
fn wrong_usage_ends_with_two() {
    let world = World::new();
    let wrong: [&[&str]; 6] = [
        &[],
        &["frobnicate"],
        &["run"],
        &["run", "--period", "2026-Q3", "--colour"],
        &["verify"],
        &["verify", "a.zip", "b.zip"],
    ];
    for arguments in wrong {
        let said = world.backproof(arguments).expect(2);
        assert_eq!(said.out, "", "{arguments:?}");
        assert!(
            said.err.contains("Usage: backproof"),
            "{arguments:?}: {}",
            said.err
        );
    }
    assert_eq!(names(world.dir()), ["backproof.toml"]);
}

#[test]
fn init_writes_a_configuration_once() {
    let world = World::new();
    fs::remove_file(world.path("backproof.toml")).unwrap();
    let said = world.backproof(&["init"]).expect(0);
    assert_eq!(
        said.out,
        "wrote backproof.toml: name your estate and sources in it, then `backproof doctor`, then `backproof collect`\n"
    );
    let written = fs::read(world.path("backproof.toml")).unwrap();
    let said = world.backproof(&["init"]).expect(1);
    world.says(
        &said,
        "error: can't write backproof.toml\n  because: File exists (os error 17)",
    );
    assert_eq!(fs::read(world.path("backproof.toml")).unwrap(), written);
}

#[test]
fn the_configuration_that_init_writes_is_read() {
    let world = World::new();
    fs::remove_file(world.path("backproof.toml")).unwrap();
    world.backproof(&["init"]).expect(0);
    // It names a recording that nobody has made yet.
    let said = world.run().expect(1);
    assert!(said.err.starts_with("error: reading "), "{}", said.err);
}

#[test]
fn explain_of_what_nobody_knows() {
    let world = World::new();
    let said = world.backproof(&["explain", "CT-99"]).expect(1);
    assert_eq!(said.out, "");
    assert!(
        said.err.starts_with("error: ") && said.err.contains("CT-99"),
        "{}",
        said.err
    );
}
