//! Periods that are none, or not over yet.

use crate::harness::names;
use crate::world::World;

#[track_caller]
fn refused(verb: &str, period: &str) -> String {
    let world = World::new();
    let said = world.backproof(&[verb, "--period", period]).expect(1);
    assert_eq!(said.out, "");
    assert_eq!(
        names(world.dir()),
        ["backproof.toml"],
        "something was left behind"
    );
    said.err
}

#[test]
fn text_that_is_no_period() {
    for period in [
        "",
        "2026",
        "2026-Q5",
        "2026-Q0",
        "2026-13",
        "2026-q3",
        "2026-02-30..2026-03-01",
        "2026-10-01..2026-07-01",
        "2026-07-01..2026-07-01",
        "2026-07-01..",
        "Q3",
        "99999-Q1",
        "2026-Q3 ",
        "../2026-Q3",
    ] {
        let expected = format!(
            "error: {period:?} is not a period: write 2026-Q3, 2026-09 or 2026-07-01..2026-10-01 (the end is the \
             first day after)\n"
        );
        assert_eq!(refused("run", period), expected);
    }
}

#[test]
fn a_period_of_the_future() {
    for verb in ["run", "evaluate", "package", "status"] {
        let said = refused(verb, "2199-Q4");
        let start = "error: the period 2199-Q4 ends at 2200-01-01T00:00:00Z, which is still to come: it is 2";
        let end = " now\n  hint: name a period that is over; evidence for the present one can be collected with \
                   `backproof collect`\n";
        assert!(said.starts_with(start) && said.ends_with(end), "{verb}: {said}");
    }
}

/// `SOURCE_DATE_EPOCH` stamps; it does not decide what is past.
#[test]
fn a_stamped_time_makes_no_period_past() {
    let world = World::new();
    let mut command = crate::harness::command(world.dir(), &["run", "--period", "2199-Q4"]);
    command.env("SOURCE_DATE_EPOCH", "7258118400");
    let said = crate::harness::end(command).expect(1);
    assert!(said.err.contains("which is still to come"), "{}", said.err);
}
