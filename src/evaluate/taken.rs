//! The backups that were taken, each counted once, and the attempts that leave doubt.
//!
//! A completed job and its recovery point are one backup. A recovery point of which the list of jobs says nothing counts by
//! itself where that list is proven: what is listed may be what a PARTIAL job left. Copies, members of a counted composite and continuous backups are no backup of a day (pitfalls of CT-05).

mod doubt;
mod histories;

use std::collections::BTreeMap;

use chrono::TimeDelta;

pub use self::doubt::{ANYTIME, Doubt};
pub use self::histories::histories;
use super::context::Context;
use super::grounds::moment;
use super::place::{Place, tail};
use crate::model::coverage::{Coverage, Gap, Proof};
use crate::model::ids::ResourceId;
use crate::model::records::backups::{BackupJob, RecoveryPoint, Trigger};
use crate::model::records::{Citation, Observed};
use crate::model::time::{Instant, Interval};

/// A listing's last response comes at most this long after the start that its completeness is proven for.
const LISTING_TAKES_AT_MOST: TimeDelta = TimeDelta::hours(1);

/// A backup that was taken.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'a> {
    /// The instant that counts.
    pub at: Instant,
    /// Its job, where a row is known.
    pub job: Option<&'a Observed<BackupJob>>,
    /// Its recovery point, where a listing showed it.
    pub point: Option<&'a Observed<RecoveryPoint>>,
}

impl<'a> Taken<'a> {
    /// Job id, or the id of the recovery point.
    pub fn id(&self) -> &'a str {
        match (self.job, self.point) {
            (Some(job), _) => &job.value.id,
            (None, Some(point)) => &point.value.id,
            (None, None) => unreachable!("invariant: a backup has a job or a point"),
        }
    }

    /// What was backed up.
    pub fn resource(&self) -> Option<&'a ResourceId> {
        let by_job = self.job.and_then(|job| job.value.resource.as_ref());
        by_job.or_else(|| self.point.and_then(|point| point.value.resource.as_ref()))
    }

    /// What started it.
    pub fn trigger(&self) -> &'a Trigger {
        let by_job = self.job.map(|job| &job.value.trigger);
        let by_point = self.point.map(|point| &point.value.trigger);
        match by_job {
            None | Some(Trigger::Unknown) => by_point.unwrap_or(&Trigger::Unknown),
            Some(known) => known,
        }
    }

    /// Its records.
    pub fn citations(&self) -> impl Iterator<Item = &'a Citation> {
        let job = self.job.map(|job| &job.citation);
        job.into_iter().chain(self.point.map(|point| &point.citation))
    }

    /// Proof that it is no stray row: the list of jobs is complete where it stands, or a complete listing showed its
    /// recovery point. A row of a partial pull proves nothing.
    pub fn proof(&self, context: &Context<'_>) -> Result<Proof, Vec<Gap>> {
        let coverage = &context.records.coverage;
        match (self.job, self.point) {
            (Some(job), point) => coverage
                .prove(&job.key, moment(job.value.created))
                .or_else(|gaps| point.and_then(|point| seen(coverage, point).ok()).ok_or(gaps)),
            (None, Some(point)) => without_job(context, point),
            (None, None) => unreachable!("invariant: a backup has a job or a point"),
        }
    }
}

/// Proof that `point` is a backup although no job names it: a complete listing showed it, and the list of jobs is complete
/// around its creation. A job may be dated off from its point by the skew of their clocks.
fn without_job(context: &Context<'_>, point: &Observed<RecoveryPoint>) -> Result<Proof, Vec<Gap>> {
    let (coverage, skew) = (&context.records.coverage, context.criteria.clock_skew);
    let listed = seen(coverage, point)?;
    let created = moment(point.value.created);
    let around = Interval::new(created.start() - skew, created.end() + skew).unwrap_or(created);
    let jobs = Place::at(point.value.provider, &point.key).jobs();
    Ok(listed.and(coverage.prove(&jobs, around)?))
}

/// Proof that a complete listing showed `point`: the listing's place is proven up to when that listing was taken.
pub fn seen(coverage: &Coverage, point: &Observed<RecoveryPoint>) -> Result<Proof, Vec<Gap>> {
    let spans = coverage.spans(&point.key);
    let last_proven = |sighting: &Instant| {
        let ends = spans.iter().filter(|span| span.start() < *sighting);
        let end = ends.last()?.end().min(*sighting);
        (*sighting - end <= LISTING_TAKES_AT_MOST).then_some(end - TimeDelta::milliseconds(1))
    };
    match point.value.sightings.iter().rev().find_map(last_proven) {
        Some(at) => coverage.prove(&point.key, moment(at)),
        None => Err(vec![Gap {
            key: point.key.clone(),
            interval: moment(point.last_seen),
            reason: format!("no complete listing shows {}", tail(&point.value.id)),
        }]),
    }
}

/// All that is known about the backups of one resource, in order of time.
#[derive(Debug, Clone, Default)]
pub struct History<'a> {
    /// Backups.
    pub taken: Vec<Taken<'a>>,
    /// What may have been one.
    pub doubts: Vec<Doubt<'a>>,
    /// Attempts that came to nothing, late ones included.
    pub failed: Vec<&'a Observed<BackupJob>>,
    /// Continuous recovery points.
    pub continuous: Vec<&'a Observed<RecoveryPoint>>,
}

impl<'a> History<'a> {
    /// Puts everything in order of time.
    fn sort(&mut self) {
        self.taken.sort_by_key(|taken| (taken.at, taken.id()));
        self.doubts
            .sort_by(|one, other| (one.at, &one.reason).cmp(&(other.at, &other.reason)));
        self.failed.sort_by_key(|job| (job.value.created, &job.value.id));
        self.continuous
            .sort_by_key(|point| (point.value.created, &point.value.id));
    }

    /// Backups that count in `span`.
    pub fn taken_in(&self, span: Interval) -> impl Iterator<Item = (usize, &Taken<'a>)> {
        let from = self.taken.partition_point(|taken| taken.at < span.start());
        let to = self.taken.partition_point(|taken| taken.at < span.end());
        (from..to).zip(&self.taken[from..to])
    }

    /// Doubts in `span`.
    pub fn doubts_in(&self, span: Interval) -> impl Iterator<Item = &Doubt<'a>> {
        self.doubts
            .iter()
            .filter(move |doubt| doubt.at == ANYTIME || doubt.at.iter().any(|at| span.contains(*at)))
    }

    /// Failed attempts created in `span`.
    pub fn failed_in(&self, span: Interval) -> impl Iterator<Item = &'a Observed<BackupJob>> {
        self.failed
            .iter()
            .copied()
            .filter(move |job| span.contains(job.value.created))
    }
}

/// The history of every resource. What names no resource stands under `None`: it may concern any.
pub type Histories<'a> = BTreeMap<Option<&'a ResourceId>, History<'a>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::backups::{job, point, point_arn};
    use crate::evaluate::testing::{DB, World, at, span};
    use crate::model::records::backups::JobState;
    use crate::model::source::Source;

    /// What the history of the database holds: backups, doubts and failures, in `span`.
    #[track_caller]
    fn check(world: &World, span: Interval, expected: [usize; 3]) {
        let found = world.with_context(|context| {
            let resource = DB.parse().expect("a resource");
            let history = histories(context).remove(&Some(&resource)).unwrap_or_default();
            let doubts = history.doubts_in(span).count();
            [
                history.taken_in(span).count(),
                doubts,
                history.failed_in(span).count(),
            ]
        });
        assert_eq!(found, expected, "backups, doubts and failures");
    }

    const SECOND: &str = "2026-07-02";
    const THIRD: &str = "2026-07-03";
    const FOURTH: &str = "2026-07-04";

    #[test]
    fn a_backup_of_midnight_is_of_the_day_that_begins() {
        let mut world = World::new();
        world.add_backup("a", THIRD);
        check(&world, span(SECOND, THIRD), [0, 0, 0]);
        check(&world, span(THIRD, FOURTH), [1, 0, 0]);
    }

    #[test]
    fn a_job_and_a_point_that_disagree_leave_doubt_on_both_days() {
        let mut world = World::new();
        world.add_job(job("a", "2026-07-02T23:50"));
        world.add_point(point("a", "2026-07-03T00:10"));
        check(&world, span(SECOND, THIRD), [0, 1, 0]);
        check(&world, span(THIRD, FOURTH), [0, 1, 0]);
    }

    #[test]
    fn what_is_disputed_counts_on_any_day_that_another_revision_may_have_told() {
        let disputed = |source: Source, id: &str, when: bool| {
            let mut world = World::new();
            world.add_backup("a", "2026-07-03T03:00");
            world.add_conflict(source, id);
            world.records.conflicts[0].moved.when = when;
            world
        };
        for (source, id) in [
            (Source::AwsBackupJobs, "a".to_owned()),
            (Source::AwsRecoveryPoints, point_arn("a")),
        ] {
            let moved = disputed(source, &id, true);
            let stays = disputed(source, &id, false);
            check(&moved, span(THIRD, FOURTH), [0, 1, 0]);
            check(&moved, span(SECOND, THIRD), [0, 1, 0]);
            check(&stays, span(THIRD, FOURTH), [0, 1, 0]);
            check(&stays, span(SECOND, THIRD), [0, 0, 0]);
        }
    }

    #[test]
    fn a_member_counts_with_a_composite_of_its_own_resource_only() {
        let mut world = World::new();
        let mut whole = point("whole", "2026-07-03T03:00");
        whole.is_parent = true;
        let mut part = point("part", "2026-07-03T03:00");
        part.parent = Some(point_arn("whole"));
        world.add_point(whole);
        world.add_point(part);
        check(&world, span(THIRD, FOURTH), [1, 0, 0]);
        let other = "arn:aws:rds:us-east-1:111122223333:db:other"
            .parse()
            .expect("a resource");
        world.records.points[0].value.resource = Some(other);
        check(&world, span(THIRD, FOURTH), [1, 0, 0]);
        world.records.points.remove(0);
        check(&world, span(THIRD, FOURTH), [1, 0, 0]);
    }

    #[test]
    fn a_job_is_late_when_it_completed_after_its_time_and_not_before_the_as_of_instant() {
        let last = span("2026-07-10", "2026-07-11");
        let completed = |created: &str, completed: &str| {
            let mut world = World::new();
            world.criteria.completion_max = TimeDelta::hours(1);
            world.add_job(job("a", created));
            world.change_job("a", |job| job.completed = Some(at(completed)));
            world
        };
        check(
            &completed("2026-07-10T22:30", "2026-07-10T23:59:59Z"),
            last,
            [1, 0, 0],
        );
        check(&completed("2026-07-10T22:30", "2026-07-11"), last, [0, 0, 1]);
        check(
            &completed("2026-07-10T23:30", "2026-07-11T00:30"),
            last,
            [1, 0, 0],
        );
        check(
            &completed("2026-07-10T23:30", "2026-07-11T00:30:01Z"),
            last,
            [0, 0, 1],
        );
    }

    #[test]
    fn a_job_that_still_runs_failed_once_its_time_is_over() {
        let last = span("2026-07-10", "2026-07-11");
        let seen = |created: &str, when: &str| {
            let mut world = World::new();
            world.criteria.completion_max = TimeDelta::hours(1);
            world.add_job(job("a", created));
            world.change_job("a", |job| job.state = JobState::Unfinished);
            world.records.jobs[0].last_seen = at(when);
            world
        };
        check(&seen("2026-07-10T22:30", "2026-07-11"), last, [0, 0, 1]);
        check(&seen("2026-07-10T22:30", "2026-07-10T23:59:59Z"), last, [0, 1, 0]);
        check(&seen("2026-07-10T23:30", "2026-07-11T00:30"), last, [0, 0, 1]);
        check(&seen("2026-07-10T23:30", "2026-07-11T00:29:59Z"), last, [0, 1, 0]);
    }

    #[test]
    fn what_an_incomplete_job_left_is_in_doubt_where_the_points_of_its_time_are_not_known() {
        let day = span(THIRD, FOURTH);
        let ended = |names_a_point: bool, proven: bool| {
            let mut world = World::new();
            world.add_job(job("a", "2026-07-03T03:00"));
            world.change_job("a", |job| {
                job.state = JobState::Partial;
                job.point = job.point.take().filter(|_| names_a_point);
            });
            if !proven {
                world.unprove(Source::AwsRecoveryPoints, day);
            }
            world
        };
        check(&ended(true, true), day, [0, 0, 1]);
        check(&ended(true, false), day, [0, 1, 0]);
        check(&ended(false, false), day, [0, 0, 1]);
    }

    #[test]
    fn a_listing_that_ends_within_an_hour_after_what_is_proven_shows_its_points() {
        let shown = |from: &str, until: &str| {
            let mut world = World::new();
            let mut point = point("a", "2026-07-03T03:00");
            point.sightings = vec![at("2026-07-05T05:00")];
            world.add_point(point);
            world.unprove(Source::AwsRecoveryPoints, span(from, until));
            world.with_context(|context| {
                let records = context.records;
                seen(&records.coverage, &records.points[0]).is_ok()
            })
        };
        assert!(shown("2026-07-05T04:00", "2026-08-01"));
        assert!(!shown("2026-07-05T03:59:59Z", "2026-08-01"));
        assert!(shown("2026-07-05T04:30", "2026-07-05T05:00"));
        assert!(shown("2026-07-05T05:00", "2026-08-01"));
    }
}
