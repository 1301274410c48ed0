//! A made-up quarter of a made-up clinic: every kind of finding, long identifiers, gaps, and something in each appendix.

use std::collections::{BTreeMap, BTreeSet};

use backproof::catalogue::{Approval, Catalogue, Parameters, Setting};
use backproof::evaluate::rollup;
use backproof::model::acquisition::{Acquisition, Page, PullOutcome};
use backproof::model::coverage::{Coverage, Gap, Proof, Shortfall};
use backproof::model::estate::{AtlasProject, AwsAccount, Estate, global};
use backproof::model::finding::{
    Counts, Evaluation, Evidence, Finding, FindingBuilder, Hold, Readiness, RestoreProof, Severity, State,
};
use backproof::model::ids::{EvidenceId, Sha256Digest, TestId};
use backproof::model::records::backups::{Actor, Event};
use backproof::model::records::governance::*;
use backproof::model::records::{Citation, Misfit, Observed, Records};
use backproof::model::response::{Response, Responses};
use backproof::model::scope::{Entity, Scope};
use backproof::model::source::{Source, SourceKey};
use backproof::model::time::{Instant, Interval, Period};
use backproof::report::{ReportInput, RunFacts, Signer};
use chrono::{NaiveDate, TimeDelta};

/// Owned parts of a [`ReportInput`].
pub(crate) struct Sample {
    pub(crate) catalogue: Catalogue,
    pub(crate) parameters: Parameters,
    pub(crate) scope: Scope,
    pub(crate) records: Records,
    pub(crate) acquisitions: Vec<Acquisition>,
    pub(crate) evaluation: Evaluation,
    pub(crate) responses: Responses,
    pub(crate) run: RunFacts,
}

impl Sample {
    pub(crate) fn input(&self) -> ReportInput<'_> {
        ReportInput {
            evaluation: &self.evaluation,
            records: &self.records,
            scope: &self.scope,
            acquisitions: &self.acquisitions,
            catalogue: &self.catalogue,
            parameters: &self.parameters,
            responses: &self.responses,
            run: &self.run,
        }
    }
}

const SYSTEMS: [(&str, &str, SystemClass); 15] = [
    ("patient-db", "Patient records", SystemClass::Database),
    ("billing-db", "Billing", SystemClass::Database),
    ("scheduling-db", "Scheduling", SystemClass::Database),
    ("audit-archive", "Audit trail archive", SystemClass::Database),
    ("portal-web", "Patient portal", SystemClass::Web),
    ("clinic-web", "Clinic workbench", SystemClass::Web),
    (
        "api-gateway-sessions",
        "Sessions of the public interface",
        SystemClass::Web,
    ),
    ("intake-broker", "Intake queue", SystemClass::MessageBroker),
    (
        "results-broker",
        "Laboratory results queue",
        SystemClass::MessageBroker,
    ),
    ("lab-webhooks", "Laboratory callbacks", SystemClass::Webhook),
    ("pharmacy-webhooks", "Pharmacy callbacks", SystemClass::Webhook),
    ("session-cache", "Session cache", SystemClass::Cache),
    ("document-store", "Scanned documents", SystemClass::Other),
    ("imaging-store", "Imaging", SystemClass::Other),
    ("reporting-mart", "Reporting", SystemClass::Other),
];

fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn evidence_id(text: &str) -> EvidenceId {
    EvidenceId(Sha256Digest::of(text.as_bytes()))
}

fn scope(name: &str) -> Scope {
    let account = |id: &str, name: &str| AwsAccount {
        account: id.parse().unwrap(),
        name: name.to_owned(),
        regions: ["us-east-1", "us-west-2"].map(|r| r.parse().unwrap()).into(),
    };
    let period = Period::parse("2026-Q3", chrono_tz::America::Los_Angeles).unwrap();
    Scope {
        entity: Entity {
            name: name.to_owned(),
            slug: "example-clinic".parse().unwrap(),
        },
        as_of: period.end(),
        period,
        estate: Estate {
            aws: vec![
                account("111122223333", "Production"),
                account("444455556666", "Backup vault"),
            ],
            atlas: vec![AtlasProject {
                project: "64b7f1c2a9d3e80012ab34cd".parse().unwrap(),
                name: "clinic".to_owned(),
                clusters: ["patient", "billing", "scheduling"].map(str::to_owned).into(),
            }],
            records: Some("compliance".parse().unwrap()),
        },
    }
}

fn coverage(scope: &Scope) -> Coverage {
    let interval = scope.period.interval();
    let gap = Interval::new(instant("2026-08-11T00:00:00Z"), instant("2026-08-13T00:00:00Z")).unwrap();
    let denied = |key: &SourceKey| {
        key.region.as_str() == "us-west-2"
            && matches!(
                key.source,
                Source::AwsBackupJobs | Source::Cloudtrail | Source::AwsRecoveryPoints
            )
    };
    let mut proven = Vec::new();
    let mut shortfalls = Vec::new();
    for key in scope.estate.expected() {
        if denied(&key) {
            proven.push((key.clone(), Interval::new(interval.start(), gap.start()).unwrap()));
            proven.push((key.clone(), Interval::new(gap.end(), interval.end()).unwrap()));
            let reason = "AccessDeniedException: the collector's role was not allowed to list".to_owned();
            shortfalls.push(Shortfall {
                key,
                interval: gap,
                reason,
            });
        } else if key.source != Source::AtlasEvents {
            proven.push((key, interval));
        }
    }
    Coverage::new(scope.estate.expected(), proven, shortfalls)
}

fn acquisitions(scope: &Scope) -> Vec<Acquisition> {
    let mut all = Vec::new();
    for (number, key) in scope.estate.expected().into_iter().enumerate() {
        for week in 0..13 {
            let at = scope.period.start() + TimeDelta::days(7 * (week + 1));
            let failed = key.region.as_str() == "us-west-2" && week == 5;
            let body = (!failed).then(|| evidence_id(&format!("{key} {week}")));
            let outcome = if failed {
                let code = "AccessDeniedException".to_owned();
                PullOutcome::Failed {
                    code,
                    message: "not allowed".to_owned(),
                }
            } else {
                PullOutcome::Complete
            };
            all.push(Acquisition {
                id: format!("{}/{}/{}/week-{week:02}", key.source, key.account, key.region)
                    .parse()
                    .unwrap(),
                key: key.clone(),
                operation: format!("read:{}", key.source),
                parameters: BTreeMap::new(),
                window: None,
                started: at,
                finished: at + TimeDelta::seconds(4),
                caller: "arn:aws:sts::111122223333:assumed-role/collector/backproof".to_owned(),
                tool: "backproof 0.1.0".to_owned(),
                pages: vec![Page {
                    evidence: body,
                    size: 2048,
                    status: 200,
                    request_id: format!("6f1c2a9d-{number:04}-4e80-9a12-{week:012}"),
                    received: at + TimeDelta::seconds(3),
                    parameters: BTreeMap::new(),
                }],
                outcome,
            });
        }
    }
    all
}

fn key(source: Source, account: &str, region: &str) -> SourceKey {
    SourceKey {
        source,
        account: account.parse().unwrap(),
        region: region.parse().unwrap(),
    }
}

fn citation(source: Source, account: &str, region: &str, week: u32, locator: &str) -> Citation {
    let key = key(source, account, region);
    Citation {
        evidence: evidence_id(&format!("{key} {week}")),
        locator: locator.to_owned(),
    }
}

fn observed<T>(value: T, source: Source, number: usize) -> Observed<T> {
    let citation = citation(source, "compliance", "global", 12, &format!("/{number}"));
    let at = instant("2026-10-01T06:00:00Z");
    let key = SourceKey {
        source,
        account: "compliance".parse().unwrap(),
        region: global(),
    };
    Observed {
        value,
        citation,
        key,
        first_seen: at,
        last_seen: at,
        stands: true,
    }
}

fn jobs(week: u32, number: usize) -> Evidence {
    let locator = format!("/BackupJobs/{number}");
    Evidence::of(&citation(
        Source::AwsBackupJobs,
        "111122223333",
        "us-east-1",
        week,
        &locator,
    ))
}

type Basis = Result<Proof, Vec<Gap>>;

/// The story of each test that is told; the rest are proven and clean, or were not run.
fn finding(id: &TestId, scope: &Scope, coverage: &Coverage) -> Finding {
    let interval = scope.period.interval();
    let everywhere = |source: Source| coverage.prove_everywhere(source, interval);
    let east = coverage
        .prove(&key(Source::AwsBackupJobs, "111122223333", "us-east-1"), interval)
        .unwrap();
    let tickets = everywhere(Source::Tickets).unwrap();
    match id.as_str() {
        "CT-01" => evidence_gate(id, scope, coverage),
        "CT-05" => daily_backups(id, scope, &east),
        "CT-07" => failed_jobs(id, Ok(east)),
        "CT-13" => deletions(id, Ok(tickets)),
        "CT-17" | "CT-18" => restore_tests(id, everywhere(Source::RestoreTests)),
        "CT-22" | "CT-23" => exercises(id, everywhere(Source::Exercises)),
        "CT-27" => FindingBuilder::new(
            id.clone(),
            "incidents that activated the plan",
            everywhere(Source::Incidents),
        )
        .finish("No incident activated the contingency plan in the period"),
        "CT-02" | "CT-03" | "CT-06" | "CT-09" | "CT-10" | "CT-15" | "CT-24" => {
            let mut builder = FindingBuilder::new(id.clone(), "systems in scope", Ok(tickets.clone()));
            for (number, (system, _, _)) in SYSTEMS.iter().enumerate() {
                builder.supported(*system, &tickets, jobs(3, number));
            }
            if id.as_str() == "CT-03" {
                let approved = instant("2026-06-12T16:00:00Z");
                let why = "Stateless; rebuilt from code on each release";
                builder.not_applicable("session-cache", why, "p-003", approved, jobs(3, 11));
            }
            builder.finish("no system was in scope")
        }
        _ => Finding::not_tested(id.clone(), "no procedure is built for it in this version"),
    }
}

fn evidence_gate(id: &TestId, scope: &Scope, coverage: &Coverage) -> Finding {
    let interval = scope.period.interval();
    let tickets = coverage.prove_everywhere(Source::Tickets, interval).unwrap();
    let mut builder = FindingBuilder::new(id.clone(), "sources in their places", Ok(tickets));
    for key in scope.estate.expected() {
        let item = key.to_string().replace(' ', "/");
        builder.supported_if(item, &coverage.prove(&key, interval), Evidence::place(&key));
    }
    builder.finish("no source was expected")
}

fn daily_backups(id: &TestId, scope: &Scope, proof: &Proof) -> Finding {
    let mut builder = FindingBuilder::new(id.clone(), "system-days", Ok(proof.clone()));
    let key = key(Source::AwsBackupJobs, "111122223333", "us-west-2");
    for (number, (system, _, _)) in SYSTEMS.iter().enumerate() {
        for (index, (day, _)) in scope.period.days().enumerate() {
            let item = format!("{system}/{day}");
            if number == 13 && index < 40 || number == 10 && index > 70 {
                continue; // Onboarded in the middle of the period; decommissioned before its end.
            }
            let gap = number == 6 && (day == date("2026-08-11") || day == date("2026-08-12"));
            let missing = number == 2 && day == date("2026-07-14") || number == 8 && index == 55;
            if gap {
                let why = "us-west-2 could not be read from 2026-08-11 to 2026-08-13: AccessDeniedException";
                let how = "a complete pull of aws_backup_jobs 111122223333 us-west-2 over the missing span";
                builder.indeterminate(item, why, how, Evidence::place(&key));
            } else if missing {
                let what = format!(
                    "No backup of {system} completed on {day}; job 3f9b6c1e-7a52-4d0e failed at 05:12 UTC."
                );
                let want = "At least one completed backup on each day of the policy's calendar (backup_interval 24h).";
                let severity = if number == 2 {
                    Severity::Critical
                } else {
                    Severity::High
                };
                builder.exception(item, severity, what, want, jobs(2, number).and(jobs(3, number)));
            } else {
                builder.supported(item, proof, jobs(index as u32 / 7, number));
            }
        }
    }
    let point = "imaging-store: the size of the newest backup fell by more than half on 2026-09-03.";
    builder.observe(point, jobs(9, 13));
    builder.finish("no system-day was in scope")
}

fn failed_jobs(id: &TestId, basis: Basis) -> Finding {
    let proof = basis.clone().unwrap();
    let mut builder = FindingBuilder::new(id.clone(), "jobs that did not complete", basis);
    builder.supported("3f9b6c1e-7a52-4d0e-b1f4-2f5a1c9d7e11", &proof, jobs(2, 4));
    let what = "Job 91ac completed with issues; no retry and no ticket within 24 hours.";
    let want = "Each failed, partial, expired or aborted job is followed up within failed_job_followup.";
    builder.exception(
        "91ac0b7d-15e8-47c2-9a3e-6f0d2b8c4e55",
        Severity::High,
        what,
        want,
        jobs(7, 9),
    );
    builder.finish("no job failed")
}

fn deletions(id: &TestId, basis: Basis) -> Finding {
    let proof = basis.clone().unwrap();
    let mut builder = FindingBuilder::new(id.clone(), "deleted recovery points", basis);
    let arn = "arn:aws:backup:us-east-1:111122223333:recovery-point:1eb3b5e7-9eb0-435a-a80b-108b488b0d45";
    let cite = |week, place| {
        Evidence::of(&citation(
            Source::Cloudtrail,
            "111122223333",
            "us-east-1",
            week,
            place,
        ))
    };
    let what = "Deleted on 2026-08-20 by assumed role ops, session p-004; no ticket was approved before.";
    let want = "A recovery point is deleted before its retention ends only with a ticket approved before.";
    builder.exception(arn, Severity::Critical, what, want, cite(8, "/Events/17"));
    builder.supported("snap-64c1f0a9", &proof, cite(9, "/Events/2"));
    builder.finish("no recovery point was deleted")
}

fn restore_tests(id: &TestId, basis: Basis) -> Finding {
    let proof = basis.clone().unwrap();
    let mut builder = FindingBuilder::new(id.clone(), "restore tests", basis);
    let cite = |place| Evidence::of(&citation(Source::RestoreTests, "compliance", "global", 12, place));
    builder.supported("RT-2026-014", &proof, cite("/0"));
    if id.as_str() == "CT-17" {
        let what = "RT-2026-015 names restore job 5d0c, which neither provider knows; AWS and Atlas were both read completely.";
        builder.exception(
            "RT-2026-015",
            Severity::High,
            what,
            "Each restore test rests on a restore job of the provider.",
            cite("/1"),
        );
    } else {
        let why =
            "The log names no content manifest of the source, so nobody can tell whether the copy is exact";
        let how = "the source's content manifest, taken at the backup's point";
        builder.indeterminate("RT-2026-015", why, how, cite("/1"));
    }
    builder.finish("no restore was tested")
}

fn exercises(id: &TestId, basis: Basis) -> Finding {
    let proof = basis.clone().unwrap();
    let mut builder = FindingBuilder::new(id.clone(), "exercises due", basis);
    let cite = |place| Evidence::of(&citation(Source::Exercises, "compliance", "global", 12, place));
    if id.as_str() == "CT-22" {
        let what = "The last tabletop exercise was held on 2025-08-02, 425 days before the as-of date.";
        builder.exception(
            "tabletop",
            Severity::Medium,
            what,
            "A tabletop exercise at most exercise_max_age (365d) ago.",
            cite("/0"),
        );
    }
    builder.supported("technical", &proof, cite("/1"));
    builder.finish("no exercise was due")
}

fn systems() -> Vec<Observed<System>> {
    let system = |(number, (id, name, class)): (usize, &(&str, &str, SystemClass))| System {
        id: id.parse().unwrap(),
        name: (*name).to_owned(),
        class: *class,
        critical: *class != SystemClass::Other,
        ephi: if number % 4 == 3 {
            Ephi::Processes
        } else {
            Ephi::Stores
        },
        owner: (number != 9).then(|| format!("p-{:03}", number % 5 + 1)),
        owner_role: (number != 9).then(|| "Service owner".to_owned()),
        classification: Some("confidential".to_owned()),
        hosting: if number < 3 { Hosting::Atlas } else { Hosting::Aws },
        account: if number < 3 {
            "64b7f1c2a9d3e80012ab34cd"
        } else {
            "111122223333"
        }
        .parse()
        .unwrap(),
        region: if number < 3 { "global" } else { "us-east-1" }.parse().unwrap(),
        resources: Vec::new(),
        backup_method: Some(if number < 3 {
            BackupMethod::Atlas
        } else {
            BackupMethod::AwsBackup
        }),
        mechanism: None,
        exemption: (number == 11).then(|| Exemption {
            rationale: "Stateless; rebuilt from code on each release".to_owned(),
            approved_by: "p-003".to_owned(),
            approved_at: instant("2026-06-12T16:00:00Z"),
            from: instant("2026-06-12T16:00:00Z"),
            until: None,
        }),
        onboarded: Some(instant(if number == 13 {
            "2026-08-10T12:00:00Z"
        } else {
            "2024-02-01T00:00:00Z"
        })),
        migrations: Vec::new(),
        decommissioned: (number == 10).then(|| instant("2026-09-10T00:00:00Z")),
        approved_by: Some("p-001".to_owned()),
        as_of: instant("2026-09-28T00:00:00Z"),
    };
    let rows = SYSTEMS.iter().enumerate().map(system).enumerate();
    rows.map(|(number, row)| observed(row, Source::SystemsInventory, number))
        .collect()
}

fn restore_log() -> Vec<Observed<RestoreTest>> {
    let test = |number: usize, job: Option<&str>, method| RestoreTest {
        id: format!("RT-2026-0{}", 14 + number),
        system: SYSTEMS[number].0.parse().unwrap(),
        backup: "arn:aws:backup:us-east-1:111122223333:recovery-point:7c51d0aa-2b1e-4f7e-8f0b-5d9a0c3e6b21"
            .to_owned(),
        backup_time: instant("2026-08-03T05:00:00Z"),
        restore_job: job.map(str::to_owned),
        simulated_loss: None,
        started: instant("2026-08-04T15:00:00Z") + TimeDelta::days(number as i64 * 9),
        finished: Some(instant("2026-08-04T17:40:00Z") + TimeDelta::days(number as i64 * 9)),
        service_ready: None,
        target: "restore-lab".to_owned(),
        tester: "p-004".to_owned(),
        reviewer: (number == 0).then(|| "p-002".to_owned()),
        reviewed: None,
        method,
        source_manifest: None,
        restored_manifest: None,
        sample: None,
        application_check: None,
        explanations: Vec::new(),
        success: true,
        deviations: Vec::new(),
        tickets: Vec::new(),
        signed_off: None,
    };
    let tests = [
        test(
            0,
            Some("b2d1e6f0-52c4-4a8a-9be0-6a1d8f7c3e90"),
            ComparisonMethod::Checksum,
        ),
        test(1, Some("5d0c"), ComparisonMethod::RowCount),
        test(2, None, ComparisonMethod::None),
    ];
    tests
        .into_iter()
        .enumerate()
        .map(|(n, t)| observed(t, Source::RestoreTests, n))
        .collect()
}

/// A proof that reaches level 1, one that reaches none, and a whole one.
fn restore_proofs() -> Vec<RestoreProof> {
    let proof = |number: usize, holds: [Hold; 6]| RestoreProof {
        test: format!("RT-2026-0{}", 14 + number),
        system: SYSTEMS[number].0.parse().unwrap(),
        holds,
        evidence: Evidence::place(&SourceKey {
            source: Source::RestoreTests,
            account: "compliance".parse().unwrap(),
            region: global(),
        }),
    };
    use Hold::{Fails, Holds, Unshown};
    let unshown = |why: &str| Unshown(why.to_owned());
    let none = "test RT-2026-014 has no two manifests";
    vec![
        proof(0, [Holds, Holds, unshown(none), unshown(none), Holds, Holds]),
        proof(
            1,
            [
                Fails("restore job 5d0c is FAILED".to_owned()),
                unshown("no restore job of the provider is borne out that could carry a validation"),
                Holds,
                unshown("test RT-2026-015 gives no digests to compare"),
                unshown("no check of the application is on record"),
                Fails("9 h 15 min; allowed is at most 8 h".to_owned()),
            ],
        ),
        proof(2, [Holds, Holds, Holds, Holds, Holds, Holds]),
    ]
}

fn exercise_records() -> (Vec<Observed<ExerciseSchedule>>, Vec<Observed<Exercise>>) {
    let planned = |id: &str, kind, day: &str, moved: Option<&str>| PlannedExercise {
        id: id.to_owned(),
        kind,
        planned: date(day),
        systems: vec!["patient-db".parse().unwrap(), "portal-web".parse().unwrap()],
        criteria: Some("restored within 24 h".to_owned()),
        rescheduled_to: moved.map(date),
        reschedule_approved_by: None,
        reschedule_approved_at: None,
    };
    let schedule = ExerciseSchedule {
        id: "EX-2026".to_owned(),
        version: "2".to_owned(),
        approved_by: Some("p-001".to_owned()),
        approved_role: Some("CTO".to_owned()),
        approved_at: Some(instant("2026-01-10T00:00:00Z")),
        delegation: None,
        year: 2026,
        items: vec![
            planned("EX-2026-1", ExerciseKind::Technical, "2026-05-12", None),
            planned(
                "EX-2026-2",
                ExerciseKind::Tabletop,
                "2026-07-28",
                Some("2026-11-03"),
            ),
        ],
    };
    let held = Exercise {
        id: "EX-2026-1-HELD".to_owned(),
        planned: Some("EX-2026-1".to_owned()),
        kind: ExerciseKind::Technical,
        held: instant("2026-05-12T15:00:00Z"),
        completed: true,
        scenario: Some("loss of a region".to_owned()),
        systems: vec!["patient-db".parse().unwrap()],
        participants: vec![
            ("p-001".to_owned(), "CTO".to_owned()),
            ("p-004".to_owned(), "DevOps".to_owned()),
        ],
        facilitator: "p-002".to_owned(),
        walked_notification: Some(true),
        walked_activation: Some(true),
        timing: None,
        elements: Elements::default(),
        tasks: None,
        restore_jobs: Vec::new(),
        simulated_loss: None,
        service_ready: None,
        rto_minutes: Some(412),
        rpo_minutes: Some(600),
        result: Some("goals met; one action item".to_owned()),
        report: None,
        report_signed_by: None,
        report_signed_at: None,
        actions: None,
    };
    (
        vec![observed(schedule, Source::ExerciseSchedule, 0)],
        vec![observed(held, Source::Exercises, 1)],
    )
}

fn events() -> Vec<Observed<Event>> {
    let event = |number: usize, actor: Actor, error: Option<&str>| Event {
        id: format!("9d0f6b7e-{number}"),
        at: instant("2026-08-20T03:11:09Z") + TimeDelta::days(number as i64 * 6),
        source: "backup.amazonaws.com".to_owned(),
        name: "DeleteRecoveryPoint".to_owned(),
        actor,
        source_ip: None,
        results: Vec::new(),
        resources: vec![
            "arn:aws:backup:us-east-1:111122223333:recovery-point:1eb3b5e7-9eb0-435a-a80b-108b488b0d45"
                .to_owned(),
        ],
        request: None,
        policy: None,
        request_id: None,
        read_only: None,
        error: error.map(str::to_owned),
    };
    let arn = "arn:aws:sts::111122223333:assumed-role/ops/p-004".to_owned();
    let person = Actor::Identity {
        arn,
        session: Some("p-004".to_owned()),
        issuer: None,
        mfa: None,
    };
    let service = Actor::Service {
        name: "backup.amazonaws.com".to_owned(),
    };
    let all = [
        event(0, person, None),
        event(1, Actor::Root, Some("AccessDenied")),
        event(2, service, None),
    ];
    all.into_iter()
        .enumerate()
        .map(|(n, e)| observed(e, Source::Cloudtrail, n))
        .collect()
}

fn records(coverage: Coverage) -> Records {
    let document = |id: &str, title: &str| PlanDocument {
        id: id.to_owned(),
        title: title.to_owned(),
        version: "4.1".to_owned(),
        kind: None,
        effective: date("2025-11-01"),
        superseded: None,
        supersedes: None,
        approved_by: Some("p-001".to_owned()),
        approved_role: None,
        approved_at: None,
        reviews: Default::default(),
        change_note: None,
        contacts: None,
        phases: None,
        digest: Sha256Digest::of(id.as_bytes()).to_hex(),
        retained: None,
    };
    let assurance = VendorAssurance {
        vendor: "Amazon Web Services".to_owned(),
        document: "SOC2".to_owned(),
        start: date("2025-10-01"),
        end: date("2026-09-30"),
        reviewed_by: Some("p-002".to_owned()),
        reviewed: Some(instant("2026-06-01T00:00:00Z")),
    };
    let (exercise_schedules, exercises) = exercise_records();
    Records {
        coverage,
        systems: systems(),
        restore_tests: restore_log(),
        exercise_schedules,
        exercises,
        events: events(),
        documents: vec![
            observed(document("DM", "Data Management Policy"), Source::PlanDocuments, 0),
            observed(
                document("DR", "Disaster Recovery Policy"),
                Source::PlanDocuments,
                1,
            ),
        ],
        assurances: vec![observed(assurance, Source::VendorAssurance, 0)],
        misfits: vec![Misfit {
            key: key(Source::Tickets, "compliance", "global"),
            id: Some("TCK-0417".to_owned()),
            reason: "the member `approved_at` is a date in 2062".to_owned(),
            citation: citation(Source::Tickets, "compliance", "global", 12, "/41"),
        }],
        ..Records::default()
    }
}

/// One answer in time, one overdue, and one to what is no exception.
fn responses() -> Responses {
    let answer = |test: &str, item: &str, due: &str| {
        let response = Response {
            text: "The role had lost its permission to start jobs. It was given back the same day; an alarm now tells when a \
                   day has no backup."
                .to_owned(),
            owner: "p-006".to_owned(),
            due: date(due),
            ticket: Some("TCK-0431".to_owned()),
            by: "p-001".to_owned(),
            on: date("2026-10-04"),
        };
        (test.parse().unwrap(), item.to_owned(), response)
    };
    Responses::of([
        answer("CT-05", "scheduling-db/2026-07-14", "2026-10-31"),
        answer("CT-07", "91ac0b7d-15e8-47c2-9a3e-6f0d2b8c4e55", "2026-09-30"),
        answer("CT-07", "no-such-job", "2026-10-31"),
    ])
    .unwrap()
}

/// The sample, about an entity of this name, signed by `signer`.
pub(crate) fn sample(entity: &str, signer: Signer) -> Sample {
    let catalogue = Catalogue::builtin().unwrap();
    let approval = Approval {
        by: "p-001".to_owned(),
        role: "Chief Technology Officer".to_owned(),
        on: date("2026-06-15"),
        reference: Some("TCK-0388".to_owned()),
    };
    let setting = |id: &str, value: &str, approval: Option<&Approval>| Setting {
        id: id.to_owned(),
        value: value.to_owned(),
        approval: approval.cloned(),
    };
    let settings = [
        setting("policy_timezone", "America/Los_Angeles", Some(&approval)),
        setting("failed_job_followup", "24h", Some(&approval)),
        setting("restore_test_max_age", "180d", None),
    ];
    let parameters = Parameters::new(&catalogue, &settings).unwrap();
    let scope = scope(entity);
    let coverage = coverage(&scope);
    let findings: Vec<Finding> = catalogue
        .tests()
        .iter()
        .map(|t| finding(&t.id, &scope, &coverage))
        .collect();
    let statements = rollup::statements(&catalogue, &findings);
    let controls = rollup::controls(&catalogue, &statements);
    let run = RunFacts {
        bundle_id: "bp-example-clinic-2026-Q3-8f0c51d7".to_owned(),
        tool: "backproof 0.1.0".to_owned(),
        evidence_until: instant("2026-10-05T06:00:00Z"),
        signer,
        confidentiality: "Confidential: prepared for management and its auditors".to_owned(),
        previous_bundle: Some("bp-example-clinic-2026-Q2-11d4a9e0".to_owned()),
        time_stamps: Vec::new(),
    };
    Sample {
        catalogue,
        parameters,
        acquisitions: acquisitions(&scope),
        records: records(coverage),
        scope,
        evaluation: Evaluation {
            findings,
            statements,
            controls,
            readiness: vec![Readiness {
                duty: "The newest copy of a backup is at most 48 hours old.".to_owned(),
                confidence: "secondary_source".to_owned(),
                test: "CT-06".parse().unwrap(),
                state: State::Exception,
                counts: Counts::of([State::Exception, State::Supported, State::Supported]),
            }],
            restore_proofs: restore_proofs(),
        },
        responses: responses(),
        run,
    }
}

/// The ids of all exceptions.
pub(crate) fn exception_ids(evaluation: &Evaluation) -> BTreeSet<String> {
    evaluation
        .findings
        .iter()
        .flat_map(|f| f.exceptions().map(|(id, _)| id).collect::<Vec<_>>())
        .collect()
}
