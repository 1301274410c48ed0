//! Runs and jobs side by side.

use super::*;
use crate::evaluate::testing::backups::{job, snapshot};
use crate::evaluate::testing::plans::{planned, policy_item, rule, selection, version};
use crate::evaluate::testing::{CLUSTER, DB, World, at, span};
use crate::model::records::backups::{JobState, Trigger};

/// What the comparison says over the world's period, one line a run that is not served, an extra job, an unreadable
/// schedule; and how many runs are served.
fn compare(world: &World, resource: &str) -> (usize, Vec<String>) {
    let within = Spans::of([world.scope.period.interval()]);
    world.with_context(|context| {
        let resource = resource.parse().expect("a resource");
        let place = Place::of(&resource, None).expect("a place");
        let plans = Plans::of(context);
        let comparison = expected_runs(context, &plans, &resource, &place, &within);
        let mut lines = Vec::new();
        for run in &comparison.runs {
            let what = match &run.outcome {
                Outcome::Served(..) => continue,
                Outcome::Late(job, _) => format!("late by {}", job.value.id),
                Outcome::Missed(_) => "missed".to_owned(),
                Outcome::Unproven(gaps) => format!("unproven: {}", gaps[0].reason),
                Outcome::Unknown(why) => format!("unknown: {why}"),
            };
            assert!(!run.records.is_empty() && run.at < run.due);
            lines.push(format!("{} {what}", run.at.format("%d %H:%M")));
        }
        for extra in &comparison.extra {
            let proven = if extra.searched.is_ok() { "" } else { " (unproven)" };
            lines.push(format!("extra {}{proven}", extra.job.value.id));
        }
        for schedule in &comparison.unreadable {
            lines.push(format!("{} unreadable: {}", schedule.by, schedule.reason));
        }
        let served = comparison.runs.iter();
        let served = served.filter(|run| matches!(run.outcome, Outcome::Served(..)));
        (served.count(), lines)
    })
}

#[track_caller]
fn expect(world: &World, served: usize, lines: &[&str]) {
    let (found, said) = compare(world, DB);
    let matches = said.len() == lines.len() && said.iter().zip(lines).all(|(said, line)| said.contains(line));
    assert!(
        found == served && matches,
        "expected {served} {lines:#?}\nfound {found} {said:#?}"
    );
}

fn nightly() -> World {
    planned(selection(&[DB], &[]))
}

#[test]
fn each_run_has_its_job_or_is_missed() {
    expect(&nightly(), 10, &[]);
    let mut world = nightly();
    world.remove_backup("2026-07-04");
    expect(&world, 9, &["04 03:00 missed"]);
    // A job that failed was started all the same; one on demand serves no run.
    world.add_job({
        let mut job = job("by-hand", "2026-07-04T03:10");
        job.trigger = Trigger::OnDemand;
        job
    });
    expect(&world, 9, &["04 03:00 missed"]);
    world.change_job("2026-07-05", |job| job.state = JobState::Failed);
    expect(&world, 9, &["04 03:00 missed"]);
}

#[test]
fn the_start_window_ends_with_its_last_instant() {
    for (created, line) in [
        ("2026-07-04T02:55:00Z", None),
        ("2026-07-04T04:00:00Z", None),
        ("2026-07-04T04:00:00.001Z", Some("04 03:00 late by late")),
        ("2026-07-05T02:00:00Z", Some("04 03:00 late by late")),
    ] {
        let mut world = nightly();
        world.remove_backup("2026-07-04");
        world.add_job(job("late", created));
        let lines: Vec<_> = line.into_iter().collect();
        expect(&world, 10 - lines.len(), &lines);
    }
    let mut world = nightly();
    world.remove_backup("2026-07-04");
    world.add_job(job("early", "2026-07-04T02:54:59Z"));
    expect(&world, 9, &["04 03:00 missed", "extra early"]);
    // Without a start window of its own, or with one of no length, the tolerance of two hours is the window.
    for window in [None, Some(0)] {
        let mut world = nightly();
        world.change_rule(|rule| rule.start_window_minutes = window);
        world.remove_backup("2026-07-04");
        world.add_job(job("late", "2026-07-04T05:00"));
        expect(&world, 10, &[]);
        world.change_job("late", |job| job.created = at("2026-07-04T05:01"));
        expect(&world, 9, &["04 03:00 late by late"]);
    }
    // A late job is its own until the window of the run after it ends.
    let mut second = nightly();
    second.remove_backup("2026-07-04");
    second.add_job(job("second", "2026-07-05T04:00"));
    expect(&second, 9, &["04 03:00 late by second"]);
    second.change_job("second", |job| job.created = at("2026-07-05T04:00:00.001Z"));
    expect(&second, 9, &["04 03:00 missed", "extra second"]);
}

#[test]
fn a_missed_run_does_not_take_the_job_of_the_next() {
    let mut world = nightly();
    world.change_rule(|rule| {
        rule.schedule = Some("cron(0 * ? * * *)".to_owned());
        rule.start_window_minutes = Some(480);
    });
    world.records.jobs.clear();
    let hours = (0..240).map(|hour| at("2026-07-01") + TimeDelta::hours(hour));
    for (number, created) in hours.enumerate().filter(|(number, _)| *number != 50) {
        world.add_job(job(&format!("j-{number:03}"), &crate::model::time::show(created)));
    }
    expect(&world, 239, &["03 02:00 missed"]);
    // Seven hours late is within the window, though six other runs come before.
    world.add_job(job("delayed", "2026-07-03T09:30"));
    expect(&world, 240, &[]);
}

#[test]
fn what_no_run_explains_is_extra() {
    let mut world = nightly();
    world.add_job(job("second", "2026-07-04T12:00"));
    let mut other = job("other-plan", "2026-07-06T03:00");
    other.trigger = Trigger::Scheduled {
        by: "gone".to_owned(),
    };
    world.add_job(other);
    expect(&world, 10, &["extra second", "extra other-plan"]);
    world.unprove(Source::AwsBackupPlans, span("2026-07-04", "2026-07-05"));
    expect(&world, 10, &["extra second (unproven)", "extra other-plan"]);
    // A member of a composite runs with it.
    world.change_job("second", |job| job.parent = Some("2026-07-04".to_owned()));
    expect(&world, 10, &["extra other-plan"]);
    // Two rules that fire together may make a job each.
    let mut world = nightly();
    let rules = world.records.plans[0].value.rules.as_mut().expect("rules");
    let mut weekly = rule();
    (weekly.name, weekly.schedule) = ("weekly".to_owned(), Some("cron(0 3 ? * SUN *)".to_owned()));
    rules.push(weekly);
    world.add_job(job("weekly", "2026-07-05T03:00:30Z"));
    expect(&world, 10, &[]);
    world.add_job(job("third", "2026-07-05T03:01"));
    expect(&world, 10, &["extra third"]);
}

#[test]
fn what_is_not_proven_or_not_known_stays_open() {
    let mut world = nightly();
    world.remove_backup("2026-07-04");
    world.unprove(
        Source::AwsBackupJobs,
        span("2026-07-04T03:30", "2026-07-04T03:31"),
    );
    expect(&world, 9, &["04 03:00 unproven: the pull was refused"]);
    let mut world = nightly();
    world.unprove(
        Source::AwsBackupJobs,
        span("2026-07-04T03:00", "2026-07-04T03:01"),
    );
    expect(&world, 9, &["04 03:00 unproven"]);
    for change in [
        |world: &mut World| world.change_job("2026-07-04", |job| job.trigger = Trigger::Unknown),
        |world: &mut World| world.change_job("2026-07-04", |job| job.resource = None),
        |world: &mut World| world.add_conflict(Source::AwsBackupJobs, "2026-07-04"),
    ] {
        let mut world = nightly();
        change(&mut world);
        expect(&world, 9, &["04 03:00 unknown: "]);
    }
    // A window that is still open at the as-of instant.
    let mut world = nightly();
    world.change_rule(|rule| rule.schedule = Some("cron(0 23 ? * * *)".to_owned()));
    world.records.jobs.clear();
    let (_, lines) = compare(&world, DB);
    assert_eq!(lines.len(), 10);
    assert!(
        lines[8].ends_with("missed") && lines[9].contains("open until 2026-07-11T00:00:00Z"),
        "{lines:#?}"
    );
}

#[test]
fn versions_and_selections_count_while_they_are_in_force() {
    let mut world = World::daily();
    world.add_version(version("v1", "2026-01-01", Some("2026-07-04T10:00")));
    let mut later = version("v2", "2026-07-04T10:00", None);
    later.rules.as_mut().expect("rules")[0].schedule = Some("cron(0 15 ? * * *)".to_owned());
    world.add_version(later);
    world.add_selection(selection(&[DB], &[]));
    for day in 5..=10 {
        world.change_job(&format!("2026-07-{day:02}"), |job| {
            job.created = at(&format!("2026-07-{day:02}T15:00"));
        });
    }
    expect(&world, 10, &["04 15:00 missed"]);
    // By tags that no listing shows nobody can tell, but for the days on which the plan started a job.
    let mut world = planned(selection(&[], &[("backup", "daily")]));
    world.add_resource(DB, &[("backup", "daily")]);
    expect(&world, 10, &[]);
    world.remove_backup("2026-07-04");
    expect(&world, 9, &["04 03:00 missed"]);
    world.records.resources[0].value.tag_history.clear();
    expect(&world, 9, &["04 03:00 unknown: the selection goes by tags"]);
    // A selection of something else expects nothing, and leaves the jobs without explanation.
    let (served, lines) = compare(&planned(selection(&[CLUSTER], &[])), DB);
    assert_eq!((served, lines.len()), (0, 10));
}

/// A job shows that the plan still selected the resource, unless a call that nobody knows of had removed the selection.
#[test]
fn a_job_of_a_selection_that_perhaps_was_gone_needs_the_calls_before_it() {
    let mut world = nightly();
    let selection = &mut world.records.selections[0].value;
    selection.gone_after = Some(at("2026-07-04T12:00"));
    selection.absent_from = Some(at("2026-07-07T12:00"));
    expect(
        &world,
        7,
        &["extra 2026-07-08", "extra 2026-07-09", "extra 2026-07-10"],
    );
    world.unprove(Source::Cloudtrail, span("2026-07-05T01:00", "2026-07-05T02:00"));
    let (served, lines) = compare(&world, DB);
    let open: Vec<_> = lines.iter().filter(|line| line.contains("unproven")).collect();
    assert_eq!((served, open.len()), (4, 3), "{lines:#?}");
    // Before it was last seen no call of then matters.
    let mut world = nightly();
    world.records.selections[0].value.gone_after = Some(at("2026-07-10T12:00"));
    world.unprove(Source::Cloudtrail, span("2026-07-05T01:00", "2026-07-05T02:00"));
    expect(&world, 10, &[]);
}

#[test]
fn a_schedule_that_can_t_be_expanded_says_so_and_accuses_nobody() {
    for (schedule, why) in [
        (Some("cron(0 25 ? * * *)"), "hour"),
        (Some("rate(12 hours)"), "rate"),
        (None, "no schedule"),
    ] {
        let mut world = nightly();
        world.change_rule(|rule| rule.schedule = schedule.map(str::to_owned));
        expect(&world, 0, &[why]);
    }
    let mut world = nightly();
    world.change_rule(|rule| rule.continuous = true);
    expect(
        &world,
        0,
        &["plan daily, rule nightly unreadable: the rule makes continuous backups"],
    );
    let mut world = nightly();
    world.records.plans[0].value.rules = None;
    expect(
        &world,
        0,
        &["plan daily unreadable: the plan version's rules were not collected"],
    );
}

#[test]
fn atlas_snapshots_serve_the_policy_items() {
    let mut world = World::daily_in_atlas();
    for day in ["2026-06-30", "2026-07-06", "2026-07-11"] {
        world.add_atlas_schedule(day, vec![policy_item("daily", 1), policy_item("weekly", 7)]);
    }
    assert_eq!(compare(&world, CLUSTER), (10, vec![]));
    let mut without = world.clone();
    without.records.jobs.retain(|job| job.value.id != "s-2026-07-04");
    assert_eq!(compare(&without, CLUSTER).1, ["04 02:00 missed"]);
    let (late, _) = snapshot("s-late", "2026-07-04T04:00:01Z");
    without.add_job(late);
    assert_eq!(compare(&without, CLUSTER).1, ["04 02:00 late by s-late"]);
    // Between two listings that differ nobody can tell.
    let mut changed = world.clone();
    changed.records.atlas_schedules[1].value.items.pop();
    changed.records.jobs.retain(|job| job.value.id != "s-2026-07-04");
    let lines = compare(&changed, CLUSTER).1;
    assert_eq!(
        lines,
        ["04 02:00 unknown: the schedule changed between two listings, at a time that is not known"]
    );
    let mut silent = world.clone();
    for schedule in &mut silent.records.atlas_schedules {
        schedule.value.reference_minute = None;
    }
    let lines = compare(&silent, CLUSTER).1;
    assert!(
        lines[0].contains("Atlas, daily policy unreadable: the schedule does not say its reference time"),
        "{lines:#?}"
    );
}

#[test]
fn no_span_is_no_run() {
    let world = nightly();
    world.with_context(|context| {
        let resource = DB.parse().expect("a resource");
        let place = Place::of(&resource, None).expect("a place");
        let comparison = expected_runs(context, &Plans::of(context), &resource, &place, &Spans::default());
        assert!(comparison.runs.is_empty() && comparison.extra.is_empty());
    });
}

#[test]
fn jobs_of_other_resources_and_places_serve_no_run() {
    let with = |edit: fn(&mut World)| {
        let mut world = nightly();
        world.remove_backup("2026-07-04");
        world.add_job(job("other", "2026-07-04T03:10"));
        edit(&mut world);
        world
    };
    expect(&with(|_| {}), 10, &[]);
    let missed = ["04 03:00 missed"];
    let elsewhere = |world: &mut World| {
        let job = world.records.jobs.last_mut().expect("the job");
        job.key.region = "us-west-2".parse().expect("a region");
    };
    expect(&with(elsewhere), 9, &missed);
    let of_another = |world: &mut World| {
        let other = "arn:aws:rds:us-east-1:111122223333:db:other";
        world.change_job("other", |job| job.resource = other.parse().ok());
    };
    expect(&with(of_another), 9, &missed);
}

#[test]
fn a_disputed_job_leaves_only_the_run_open_in_whose_window_it_lies() {
    let disputed = |created: &str| {
        let mut world = nightly();
        world.remove_backup("2026-07-04");
        world.add_job(job("disputed", created));
        world.add_conflict(Source::AwsBackupJobs, "disputed");
        world
    };
    for created in ["2026-07-04T02:55:00Z", "2026-07-04T04:00:00Z"] {
        expect(
            &disputed(created),
            9,
            &["04 03:00 unknown: revisions of job disputed"],
        );
    }
    for created in [
        "2026-07-04T02:54:59Z",
        "2026-07-04T04:00:01Z",
        "2026-07-06T12:00:00Z",
    ] {
        expect(&disputed(created), 9, &["04 03:00 missed"]);
    }
}

#[test]
fn of_two_rules_that_fire_together_the_longer_window_counts() {
    for longer_first in [true, false] {
        let mut world = nightly();
        let mut longer = rule();
        (longer.name, longer.start_window_minutes) = ("longer".to_owned(), Some(120));
        let rules = world.records.plans[0].value.rules.as_mut().expect("rules");
        rules.insert(usize::from(!longer_first), longer);
        world.remove_backup("2026-07-04");
        world.add_job(job("later", "2026-07-04T04:30"));
        expect(&world, 10, &[]);
    }
}

#[test]
fn runs_outside_of_the_spans_are_left_out() {
    let spans = Spans::of([span("2026-07-01", "2026-07-03"), span("2026-07-05", "2026-07-07")]);
    let runs = nightly().with_context(|context| {
        let resource = DB.parse().expect("a resource");
        let place = Place::of(&resource, None).expect("a place");
        let plans = Plans::of(context);
        expected_runs(context, &plans, &resource, &place, &spans)
            .runs
            .len()
    });
    assert_eq!(runs, 4);
}
