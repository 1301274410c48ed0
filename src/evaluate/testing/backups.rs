//! Backups, events and tickets for the tests of procedures on backups.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{ACCOUNT, CLUSTER, DB, World, at, key, observed, system};
use crate::evaluate::procedure::Procedure;
use crate::model::finding::State;
use crate::model::ids::ResourceId;
use crate::model::records::CompleteListing;
use crate::model::records::backups::*;
use crate::model::records::governance::{BackupMethod, Hosting, RoleHolder, Ticket};
use crate::model::source::Source;
use crate::model::time::{Instant, day_start};

pub(crate) const VAULT: &str = "arn:aws:backup:us-east-1:111122223333:backup-vault:critical";
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/k-1";
const EAST: &str = "us-east-1";

fn resource(id: &str) -> ResourceId {
    id.parse().expect("a resource")
}

/// The ARN of the recovery point of the backup `id`.
pub(crate) fn point_arn(id: &str) -> String {
    format!("arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:p-{id}")
}

/// A scheduled job for [`DB`], completed half an hour after its creation.
pub(crate) fn job(id: &str, created: &str) -> BackupJob {
    BackupJob {
        id: id.to_owned(),
        provider: Provider::Aws,
        resource: Some(resource(DB)),
        account: ACCOUNT.parse().expect("an account"),
        region: EAST.parse().expect("a region"),
        kind: Some("RDS".to_owned()),
        state: JobState::Completed,
        message: None,
        created: at(created),
        completed: Some(at(created) + TimeDelta::minutes(30)),
        point: Some(point_arn(id)),
        location: Some(VAULT.to_owned()),
        trigger: Trigger::Scheduled {
            by: "plan".to_owned(),
        },
        bytes: Some(1),
        is_parent: false,
        parent: None,
        fallback: false,
    }
}

/// The encrypted recovery point of the backup `id`, kept for 35 days, not yet in any listing.
pub(crate) fn point(id: &str, created: &str) -> RecoveryPoint {
    RecoveryPoint {
        id: point_arn(id),
        provider: Provider::Aws,
        resource: Some(resource(DB)),
        account: ACCOUNT.parse().expect("an account"),
        region: EAST.parse().expect("a region"),
        vault: Some(VAULT.to_owned()),
        location: None,
        storage_class: Some("WARM".to_owned()),
        copy_regions: None,
        state: PointState::Usable,
        created: at(created),
        completed: Some(at(created) + TimeDelta::minutes(30)),
        encrypted: Some(true),
        key: Some(KEY.to_owned()),
        delete_at: Some(at(created) + TimeDelta::days(35)),
        delete_at_latest_seen: Some(at(created) + TimeDelta::days(35)),
        continuous: false,
        copied_from: None,
        parent: None,
        is_parent: false,
        shards: None,
        trigger: Trigger::Scheduled {
            by: "plan".to_owned(),
        },
        bytes: Some(1),
        sightings: Vec::new(),
    }
}

/// An Atlas snapshot of [`CLUSTER`] as a job and as a point.
pub(crate) fn snapshot(id: &str, created: &str) -> (BackupJob, RecoveryPoint) {
    let job = BackupJob {
        provider: Provider::Atlas,
        resource: Some(resource(CLUSTER)),
        completed: None,
        point: Some(id.to_owned()),
        location: Some("AWS US_EAST_1".to_owned()),
        ..job(id, created)
    };
    let point = RecoveryPoint {
        id: id.to_owned(),
        provider: Provider::Atlas,
        account: super::PROJECT.parse().expect("an account"),
        resource: Some(resource(CLUSTER)),
        vault: None,
        location: job.location.clone(),
        storage_class: None,
        encrypted: None,
        key: None,
        ..point(id, created)
    };
    (job, point)
}

/// A person of the team with an identity in AWS.
pub(crate) fn person(id: &str) -> RoleHolder {
    RoleHolder {
        id: format!("roster:{id}"),
        person: id.to_owned(),
        role: "DevOps Engineer".to_owned(),
        team: Some("DevOps".to_owned()),
        from: "2025-01-01".parse().expect("a date"),
        to: None,
        identities: vec![arn_of(id)],
        atlas_user: None,
        leads: Vec::new(),
        training: None,
        attestations: Vec::new(),
        approved_access: Vec::new(),
    }
}

/// The identity of a person in AWS.
pub(crate) fn arn_of(person: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/devops/{person}")
}

/// A call by a person on the recovery point `id`.
pub(crate) fn call(name: &str, id: &str, when: &str, by: &str) -> Event {
    Event {
        id: format!("e-{name}-{id}"),
        at: at(when),
        source: "backup.amazonaws.com".to_owned(),
        name: name.to_owned(),
        actor: Actor::Identity {
            arn: arn_of(by),
            session: Some(by.to_owned()),
            issuer: Some(format!("arn:aws:iam::{ACCOUNT}:role/devops")),
            mfa: Some(true),
        },
        source_ip: None,
        resources: vec![point_arn(id)],
        results: Vec::new(),
        request: Some(BTreeMap::from([("/recoveryPointArn".to_owned(), point_arn(id))])),
        policy: None,
        error: None,
        request_id: None,
        read_only: None,
    }
}

/// A ticket about `refs`, approved by `p-001` at `approved`.
pub(crate) fn ticket(refs: &str, opened: &str, approved: Option<&str>, closed: Option<&str>) -> Ticket {
    Ticket {
        id: format!("T-{refs}"),
        kind: "change".to_owned(),
        title: "a change".to_owned(),
        opened: at(opened),
        opened_by: "p-007".to_owned(),
        approved_by: approved.map(|_| "p-001".to_owned()),
        approved: approved.map(at),
        due: None,
        closed: closed.map(at),
        refs: vec![refs.to_owned()],
    }
}

impl World {
    /// One clean system with a complete backup at 03:00 on each day from two before the period on, with keys and listing.
    pub(crate) fn daily() -> Self {
        let mut world = Self::with_system();
        let period = world.scope.period.clone();
        let first = period.first_day() - chrono::Days::new(2);
        for day in first.iter_days().take_while(|day| *day < period.day_after()) {
            world.add_backup(&day.to_string(), &format!("{day}T03:00"));
        }
        world.observe_key(KeyCondition::Enabled);
        world
    }

    /// When the last listing of the tests was taken.
    pub(crate) fn listed(&self) -> Instant {
        self.collected()
    }

    /// Adds the job and the listed recovery point of a backup of [`DB`].
    pub(crate) fn add_backup(&mut self, id: &str, created: &str) {
        self.add_job(job(id, created));
        self.add_point(point(id, created));
    }

    pub(crate) fn add_job(&mut self, job: BackupJob) {
        let atlas = job.provider == Provider::Atlas;
        let source = if atlas {
            Source::AtlasSnapshots
        } else {
            Source::AwsBackupJobs
        };
        let record = observed(
            key(source, job.region.as_str()),
            self.collected(),
            &format!("job/{}", job.id),
            job,
        );
        self.records.jobs.push(record);
    }

    /// Adds a recovery point that the last listing shows, unless it has sightings of its own.
    pub(crate) fn add_point(&mut self, mut point: RecoveryPoint) {
        if point.sightings.is_empty() {
            point.sightings.push(self.listed());
        }
        let atlas = point.provider == Provider::Atlas;
        let source = if atlas {
            Source::AtlasSnapshots
        } else {
            Source::AwsRecoveryPoints
        };
        let name = format!("point/{}", point.id);
        let last = point.sightings.iter().max().copied().expect("a sighting");
        let record = observed(key(source, point.region.as_str()), last, &name, point);
        self.records.points.push(record);
    }

    pub(crate) fn add_event(&mut self, event: Event) {
        let record = observed(
            key(Source::Cloudtrail, EAST),
            self.collected(),
            &event.id.clone(),
            event,
        );
        self.records.events.push(record);
    }

    pub(crate) fn add_ticket(&mut self, ticket: Ticket) {
        let record = observed(
            key(Source::Tickets, ""),
            self.collected(),
            &ticket.id.clone(),
            ticket,
        );
        self.records.tickets.push(record);
    }

    pub(crate) fn add_person(&mut self, id: &str) {
        let record = observed(key(Source::RoleRoster, ""), self.collected(), id, person(id));
        self.records.roster.push(record);
    }

    pub(crate) fn observe_key(&mut self, condition: KeyCondition) {
        let at = self.collected();
        let state = KeyState {
            arn: KEY.to_owned(),
            condition,
            word: format!("{condition:?}"),
            deletion: None,
            at,
        };
        self.records
            .keys
            .push(observed(key(Source::KmsKeys, EAST), at, "key", state));
    }

    pub(crate) fn add_listing(&mut self, part: &str, at: Instant) {
        let key = key(Source::AwsRecoveryPoints, EAST);
        self.records.listings.push(CompleteListing {
            key,
            part: part.to_owned(),
            at,
        });
    }

    pub(crate) fn add_resource(&mut self, id: &str, tags: &[(&str, &str)]) {
        let tags: BTreeMap<_, _> = tags
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let resource = CloudResource {
            id: resource(id),
            account: ACCOUNT.parse().expect("an account"),
            region: EAST.parse().expect("a region"),
            tag_history: vec![
                (self.scope.period.start() - TimeDelta::days(1), tags.clone()),
                (self.collected(), tags.clone()),
            ],
            tags,
            cloud_regions: std::collections::BTreeSet::new(),
            data_bearing: true,
            created: None,
        };
        let seen = self.collected();
        self.records.resources.push(observed(
            key(Source::CloudResourceListing, EAST),
            seen,
            id,
            resource,
        ));
    }

    /// Changes the system of the world.
    pub(crate) fn change_system(
        &mut self,
        change: impl FnOnce(&mut crate::model::records::governance::System),
    ) {
        change(&mut self.records.systems[0].value);
    }

    /// Removes the job and the point of the backup `id`.
    pub(crate) fn remove_backup(&mut self, id: &str) {
        self.records.jobs.retain(|job| job.value.id != id);
        self.records
            .points
            .retain(|point| point.value.id != point_arn(id));
    }

    /// Changes the job `id`.
    pub(crate) fn change_job(&mut self, id: &str, change: impl FnOnce(&mut BackupJob)) {
        let mut jobs = self.records.jobs.iter_mut();
        change(
            &mut jobs
                .find(|job| job.value.id == id)
                .expect("a job of that id")
                .value,
        );
    }

    /// The clean system in Atlas with a snapshot a day.
    pub(crate) fn daily_in_atlas() -> Self {
        let mut world = Self::new();
        let mut row = system("patients");
        row.hosting = Hosting::Atlas;
        row.backup_method = Some(BackupMethod::Atlas);
        row.resources = vec![resource(CLUSTER)];
        row.account = super::PROJECT.parse().expect("an account");
        row.region = crate::model::estate::global();
        world.add_system(row);
        let period = world.scope.period.clone();
        let first = period.first_day() - chrono::Days::new(1);
        for day in first.iter_days().take_while(|day| *day < period.day_after()) {
            let (job, point) = snapshot(&format!("s-{day}"), &format!("{day}T02:00"));
            world.add_job(job);
            world.add_point(point);
        }
        world
    }
}

/// Duplicates nothing and reverses everything: the order of evidence must not matter.
#[track_caller]
pub(crate) fn check_order(world: &World, procedure: Procedure) {
    let mut reversed = world.clone();
    let records = &mut reversed.records;
    records.jobs.reverse();
    records.points.reverse();
    records.events.reverse();
    records.tickets.reverse();
    records.keys.reverse();
    records.systems.reverse();
    records.resources.reverse();
    records.plans.reverse();
    records.selections.reverse();
    records.atlas_schedules.reverse();
    records.conflicts.reverse();
    records.listings.reverse();
    let items = |world: &World| {
        let finding = world.run(procedure);
        finding
            .items()
            .iter()
            .map(|item| (item.id().to_owned(), item.conclusion().clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        items(world),
        items(&reversed),
        "the order of records changes the result"
    );
}

/// For each source and each day of the period: losing the records of that day, with the proof of it, never supports more.
#[track_caller]
pub(crate) fn check_drops(world: &World, procedure: Procedure) {
    let before = world.run(procedure);
    let supported = before.counts().get(State::Supported);
    let sources = [
        Source::AwsBackupJobs,
        Source::AwsRecoveryPoints,
        Source::AtlasSnapshots,
        Source::Cloudtrail,
        Source::KmsKeys,
        Source::Tickets,
        Source::SystemsInventory,
        Source::RoleRoster,
        Source::CloudResourceListing,
        Source::AwsBackupPlans,
        Source::AwsProtectedResources,
    ];
    let from = world.scope.period.first_day() - chrono::Days::new(3);
    for source in sources {
        for day in from.iter_days().take(15) {
            let start = day_start(day, world.scope.period.zone());
            let lost = crate::model::time::Interval::new(start, start + TimeDelta::days(1)).expect("a day");
            let mut world = world.clone();
            world.unprove(source, lost);
            let keep = |record_source: Source, at: Instant| record_source != source || !lost.contains(at);
            let records = &mut world.records;
            records.jobs.retain(|job| keep(job.key.source, job.value.created));
            records
                .points
                .retain(|point| keep(point.key.source, point.value.created));
            records
                .events
                .retain(|event| keep(event.key.source, event.value.at));
            records
                .tickets
                .retain(|ticket| keep(ticket.key.source, ticket.value.opened));
            records
                .keys
                .retain(|state| keep(state.key.source, state.value.at));
            records
                .protected
                .retain(|listed| keep(listed.key.source, listed.value.at));
            records
                .latest_restores
                .retain(|told| keep(told.key.source, told.value.at));
            let after = world.run(procedure);
            let now = after.counts().get(State::Supported);
            assert!(
                now <= supported,
                "{source} of {day}: {now} supported items instead of {supported}"
            );
            assert!(
                before.state() == State::Supported || after.state() != State::Supported,
                "{source} of {day}: the state turns to SUPPORTED"
            );
        }
    }
}
