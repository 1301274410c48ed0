//! Small constructors of restore tests, exercises, schedules and impact analyses that are clean in every respect.

use super::testing::{ACCOUNT, DB, World, at, key, observed};
use crate::model::records::backups::{JobState, PointState, Provider, RecoveryPoint, RestoreJob, Trigger};
use crate::model::records::governance::{
    ApplicationCheck, Bia, BiaSystem, ComparisonMethod, ContentManifest, ContentObject, Elements, Exercise,
    ExerciseKind, ExerciseSchedule, PlannedExercise, RestoreTest,
};
use crate::model::records::{Conflict, Misfit, Moved};
use crate::model::source::Source;
use crate::model::time::Instant;

/// A resource of a second system.
pub(crate) const OTHER_DB: &str = "arn:aws:rds:us-east-1:111122223333:db:ledger";

/// The recovery point from which the tests restore.
pub(crate) const POINT: &str = "arn:aws:rds:us-east-1:111122223333:snapshot:awsbackup:job-1";

/// A manifest of two objects with digests.
pub(crate) fn manifest(taken_at: Instant) -> ContentManifest {
    let object = |name: &str, count: i64, digest: &str| ContentObject {
        name: name.to_owned(),
        count,
        digest: Some(digest.repeat(16)),
    };
    ContentManifest {
        taken_at,
        objects: vec![object("orders", 100, "aa11"), object("lines", 900, "bb22")],
    }
}

/// A successful test of `orders` from a backup made at 03:00 of the day; it cites the job `job-<id>`.
pub(crate) fn restore_test(id: &str, started: &str) -> RestoreTest {
    let started = at(started);
    let backup_time = at(&format!("{}T03:00", started.date_naive()));
    let taken = started + chrono::TimeDelta::hours(1);
    RestoreTest {
        id: id.to_owned(),
        system: "orders".parse().expect("a system"),
        backup: POINT.to_owned(),
        backup_time,
        restore_job: Some(format!("job-{id}")),
        simulated_loss: Some(started - chrono::TimeDelta::minutes(30)),
        started,
        finished: Some(taken),
        service_ready: Some(taken),
        target: "isolated network".to_owned(),
        tester: "p-006".to_owned(),
        reviewer: Some("p-005".to_owned()),
        reviewed: Some(taken),
        method: ComparisonMethod::Checksum,
        source_manifest: Some(manifest(backup_time)),
        restored_manifest: Some(manifest(taken)),
        sample: None,
        application_check: Some(ApplicationCheck {
            at: taken,
            passed: true,
        }),
        explanations: Vec::new(),
        success: true,
        deviations: Vec::new(),
        tickets: Vec::new(),
        signed_off: Some(true),
    }
}

/// A completed restore of the tests' database into the region `us-west-2`.
pub(crate) fn restore_job(id: &str, created: &str) -> RestoreJob {
    RestoreJob {
        id: id.to_owned(),
        provider: Provider::Aws,
        point: Some(POINT.to_owned()),
        resource: Some(DB.parse().expect("a resource")),
        created_resource: Some("arn:aws:rds:us-west-2:111122223333:db:orders-drill".to_owned()),
        account: ACCOUNT.parse().expect("an account"),
        region: "us-west-2".parse().expect("a region"),
        state: JobState::Completed,
        created: at(created),
        completed: Some(at(created)),
        validation: None,
        testing_plan: None,
        delivery: None,
    }
}

/// The recovery point [`POINT`] with its consistency point.
pub(crate) fn point(created: &str) -> RecoveryPoint {
    RecoveryPoint {
        id: POINT.to_owned(),
        provider: Provider::Aws,
        resource: Some(DB.parse().expect("a resource")),
        account: ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        vault: None,
        location: None,
        state: PointState::Usable,
        created: at(created),
        completed: Some(at(created)),
        encrypted: Some(true),
        key: None,
        delete_at: None,
        delete_at_latest_seen: None,
        continuous: false,
        storage_class: None,
        copy_regions: None,
        copied_from: None,
        parent: None,
        is_parent: false,
        shards: None,
        trigger: Trigger::Unknown,
        bytes: None,
        sightings: Vec::new(),
    }
}

/// A completed exercise about `orders` with everything that a record has to show.
pub(crate) fn exercise(id: &str, kind: ExerciseKind, held: &str) -> Exercise {
    let held = at(held);
    let tasks = [
        "contact_partners_and_customers",
        "assess_damage",
        "begin_recovery",
        "test_new_environment",
        "test_logging_security_alerting",
        "assure_patched",
        "deploy_to_production",
        "update_dns",
        "verify_security_controls",
    ];
    Exercise {
        id: id.to_owned(),
        planned: None,
        kind,
        held,
        completed: true,
        scenario: Some("a region is lost".to_owned()),
        systems: vec!["orders".parse().expect("a system")],
        participants: vec![("p-001".to_owned(), "CTO".to_owned())],
        facilitator: "p-011".to_owned(),
        walked_notification: Some(true),
        walked_activation: Some(true),
        timing: Some((held, held + chrono::TimeDelta::hours(2))),
        elements: Elements {
            alternate_site: Some(true),
            restore_from_backup: Some(true),
            switch_compute_storage: Some(true),
        },
        tasks: Some(tasks.map(str::to_owned).into()),
        restore_jobs: vec![format!("job-{id}")],
        simulated_loss: Some(held),
        service_ready: Some(held + chrono::TimeDelta::hours(2)),
        rto_minutes: Some(120),
        rpo_minutes: Some(60),
        result: Some("objectives met".to_owned()),
        report: Some(format!("REP-{id}")),
        report_signed_by: Some("p-001".to_owned()),
        report_signed_at: Some(held + chrono::TimeDelta::days(1)),
        actions: Some(Vec::new()),
    }
}

/// A tabletop exercise planned for a day, about `orders`.
pub(crate) fn planned(id: &str, day: &str) -> PlannedExercise {
    PlannedExercise {
        id: id.to_owned(),
        kind: ExerciseKind::Tabletop,
        planned: day.parse().expect("a day"),
        systems: vec!["orders".parse().expect("a system")],
        criteria: Some("every step done".to_owned()),
        rescheduled_to: None,
        reschedule_approved_by: None,
        reschedule_approved_at: None,
    }
}

/// An approved schedule of 2026.
pub(crate) fn schedule(version: &str, items: Vec<PlannedExercise>) -> ExerciseSchedule {
    ExerciseSchedule {
        id: "SCH-2026".to_owned(),
        version: version.to_owned(),
        approved_by: Some("p-001".to_owned()),
        approved_role: Some("CTO".to_owned()),
        approved_at: Some(at("2026-01-05")),
        delegation: None,
        year: 2026,
        items,
    }
}

/// An analysis approved a day after it was performed, that rates `orders` critical.
pub(crate) fn bia(version: &str, performed: &str) -> Bia {
    Bia {
        id: "BIA".to_owned(),
        version: version.to_owned(),
        performed: Some(performed.parse().expect("a day")),
        approved_by: Some("p-001".to_owned()),
        approved_at: Some(at(performed) + chrono::TimeDelta::days(1)),
        systems: vec![rated("orders", Some(true))],
    }
}

/// A rating with both objectives.
pub(crate) fn rated(system: &str, critical: Option<bool>) -> BiaSystem {
    BiaSystem {
        system: system.parse().expect("a system"),
        critical,
        rto_minutes: Some(480),
        rpo_minutes: Some(1440),
    }
}

impl World {
    /// Adds a restore test to the log.
    pub(crate) fn add_test(&mut self, test: RestoreTest) {
        let name = test.id.clone();
        let row = observed(key(Source::RestoreTests, ""), self.collected(), &name, test);
        self.records.restore_tests.push(row);
    }

    /// Adds a restore job to the provider's history, which is whole since then.
    pub(crate) fn add_restore(&mut self, job: RestoreJob) {
        self.prove(Source::AwsRestoreJobs, job.created);
        let name = job.id.clone();
        let row = observed(
            key(Source::AwsRestoreJobs, "us-west-2"),
            self.collected(),
            &name,
            job,
        );
        self.records.restores.push(row);
    }

    /// Adds an exercise.
    pub(crate) fn add_exercise(&mut self, exercise: Exercise) {
        let name = exercise.id.clone();
        let row = observed(key(Source::Exercises, ""), self.collected(), &name, exercise);
        self.records.exercises.push(row);
    }

    /// Adds a schedule.
    pub(crate) fn add_schedule(&mut self, schedule: ExerciseSchedule) {
        let name = format!("{}/{}", schedule.id, schedule.version);
        let row = observed(
            key(Source::ExerciseSchedule, ""),
            self.collected(),
            &name,
            schedule,
        );
        self.records.exercise_schedules.push(row);
    }

    /// Adds an impact analysis.
    pub(crate) fn add_bia(&mut self, bia: Bia) {
        let name = format!("{}/{}", bia.id, bia.version);
        let row = observed(key(Source::Bia, ""), self.collected(), &name, bia);
        self.records.bias.push(row);
    }

    /// Says that two revisions of `id` in `source` contradict each other in its date.
    pub(crate) fn add_conflict(&mut self, source: Source, id: &str) {
        self.records.conflicts.push(Conflict {
            source,
            id: id.to_owned(),
            difference: "the date changed".to_owned(),
            moved: Moved {
                when: true,
                about: false,
            },
            citations: vec![observed(key(source, "us-west-2"), self.collected(), "conflict", ()).citation],
        });
    }

    /// Says that a record of `source` could not be read.
    pub(crate) fn add_misfit(&mut self, source: Source, id: Option<&str>) {
        let place = key(source, "");
        let citation = observed(place.clone(), self.collected(), "misfit", ()).citation;
        self.records.misfits.push(Misfit {
            key: place,
            id: id.map(str::to_owned),
            reason: "held_at is no date".to_owned(),
            citation,
        });
    }
}
