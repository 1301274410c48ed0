//! The rows of each pull, each given to the one function that knows its form; and then those of all pulls, folded.

use std::collections::{BTreeMap, BTreeSet};

use super::atlas;
use super::aws::digest::Shelf;
use super::aws::{
    iam, jobs, keys, places, plans, points, policies, protected, resources, testing_plans, trail,
};
use super::export::{self, Role};
use super::fold::{Export, Fold, Folded, Folding};
use super::form::Call;
use super::pull::Row;
use super::registers::{self, Document};
use crate::model::coverage::Shortfall;
use crate::model::records::{
    Misfit, Observed, Records, access, backups, governance, places as listed, protection,
};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Spans};

/// What the rows of one pull say.
#[derive(Default)]
pub(super) struct Gathering {
    plans: plans::Plans,
    selections: Fold<backups::Selection>,
    resources: Fold<backups::CloudResource>,
    schedules: Fold<backups::AtlasSchedule>,
    jobs: Fold<backups::BackupJob>,
    job_summaries: Fold<backups::JobSummary>,
    points: Fold<backups::RecoveryPoint>,
    copies: Fold<backups::CopyJob>,
    vaults: Fold<protection::Vault>,
    vault_policies: Fold<protection::VaultPolicy>,
    protected: Fold<protection::ProtectedResource>,
    latest_restores: Fold<protection::LatestRestore>,
    compliance_policies: Fold<protection::CompliancePolicy>,
    restores: Fold<backups::RestoreJob>,
    keys: Fold<backups::KeyState>,
    iam: Fold<access::IamEntity>,
    testing_plans: Fold<backups::RestoreTestingPlan>,
    accounts: Fold<listed::ListedAccount>,
    regions: Fold<listed::ListedRegion>,
    events: Fold<backups::Event>,
    shelf: Shelf,
    systems: Fold<governance::System>,
    unused_classes: Fold<Document<governance::ClassNotUsed>>,
    restore_tests: Fold<governance::RestoreTest>,
    exercise_schedules: Fold<governance::ExerciseSchedule>,
    exercises: Fold<governance::Exercise>,
    bias: Fold<governance::Bia>,
    documents: Fold<governance::PlanDocument>,
    roster: Fold<governance::RoleHolder>,
    tickets: Fold<governance::Ticket>,
    assurances: Fold<Document<governance::VendorAssurance>>,
    incidents: Fold<governance::Incident>,
    media: Fold<governance::Medium>,
    listed_devices: Fold<governance::ListedDevice>,
    misfits: Vec<Misfit>,
    vaults_created: BTreeMap<(SourceKey, String), Instant>,
}

/// What completeness has to know of the records.
pub(super) struct Known {
    /// When each vault was created, by the source in its place and the vault's ARN.
    pub(super) vaults_created: BTreeMap<(SourceKey, String), Instant>,
    /// When each deleted plan was deleted.
    pub(super) plans_deleted: BTreeMap<(SourceKey, String), Instant>,
    /// What the digests of each place's trails prove.
    pub(super) digests: BTreeMap<SourceKey, Spans>,
    /// What they leave open, and why.
    pub(super) digest_shortfalls: Vec<Shortfall>,
}

/// Adds what was read to its fold and answers with its id.
fn keep<T: Folded>(
    fold: &mut Fold<T>,
    row: &Row<'_>,
    read: Result<Observed<T>, String>,
) -> Result<String, String> {
    let observed = read?;
    let id = observed.value.id();
    fold.add(&row.pull.id, observed);
    Ok(id)
}

impl Gathering {
    /// The rows of an independent listing.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Observed<backups::CloudResource>> {
        self.resources.observed()
    }

    /// What it brought of trails and their digests.
    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Takes a row; answers with its id, or with why it does not fit.
    pub(super) fn take(&mut self, row: &Row<'_>) -> Result<String, String> {
        let taken = match row.form.call {
            Call::Find => self.take_document(row),
            Call::AtlasClusters
            | Call::AtlasSnapshots
            | Call::AtlasSchedule
            | Call::AtlasRestoreJobs
            | Call::AtlasPolicy
            | Call::AtlasEvents => self.take_atlas(row),
            _ => self.take_aws(row),
        };
        if let Err(reason) = &taken {
            self.misfits.push(Misfit {
                key: row.pull.key.clone(),
                id: row.id(),
                reason: reason.clone(),
                citation: row.citation.clone(),
            });
        }
        taken
    }

    fn take_aws(&mut self, row: &Row<'_>) -> Result<String, String> {
        match row.form.call {
            Call::BackupJobs | Call::BackupJob => keep(&mut self.jobs, row, jobs::backup(row)),
            Call::CopyJobs | Call::CopyJob => keep(&mut self.copies, row, jobs::copy(row)),
            Call::RestoreJobs | Call::RestoreJob => keep(&mut self.restores, row, jobs::restore(row)),
            Call::JobSummaries => keep(&mut self.job_summaries, row, jobs::summary(row)),
            Call::RecoveryPoints => keep(&mut self.points, row, points::point(row)),
            Call::Vaults => {
                let vault = points::vault(row)?;
                let created = vault.value.created;
                let arn = vault.value.arn.clone();
                let id = (row.pull.key.clone(), arn.clone());
                if let Some(created) = created {
                    let known = self.vaults_created.entry(id).or_insert(created);
                    *known = created.min(*known);
                }
                keep(&mut self.vaults, row, Ok(vault)).map(|_| arn)
            }
            Call::VaultPolicy => keep(&mut self.vault_policies, row, policies::vault_policy(row)),
            Call::Protected => {
                let listed = protected::listed(row)?;
                let arn = listed.value.resource.to_string();
                keep(&mut self.protected, row, Ok(listed)).map(|_| arn)
            }
            Call::ProtectedResource => {
                let described = protected::described(row)?;
                let arn = described.value.resource.to_string();
                keep(&mut self.latest_restores, row, Ok(described)).map(|_| arn)
            }
            Call::Plans => self.plans.list(row),
            Call::PlanVersions => self.plans.version(row),
            Call::Plan => self.plans.content(row),
            Call::Selections => plans::listed_selection(row),
            Call::Selection => keep(&mut self.selections, row, plans::selection(row)),
            Call::Keys => keys::listed(row),
            Call::Key => {
                let state = keys::state(row)?;
                let arn = state.value.arn.clone();
                keep(&mut self.keys, row, Ok(state)).map(|_| arn)
            }
            Call::TestingPlans => {
                let plan = testing_plans::plan(row)?;
                let arn = plan.value.arn.clone();
                keep(&mut self.testing_plans, row, Ok(plan)).map(|_| arn)
            }
            Call::Accounts => {
                let listed = places::account(row)?;
                let id = listed.value.account.to_string();
                keep(&mut self.accounts, row, Ok(listed)).map(|_| id)
            }
            Call::Regions => {
                let listed = places::region(row)?;
                let id = listed.value.region.to_string();
                keep(&mut self.regions, row, Ok(listed)).map(|_| id)
            }
            Call::Iam => keep(&mut self.iam, row, iam::entity(row)),
            Call::Events => keep(&mut self.events, row, trail::event(row)),
            Call::Trails | Call::TrailStatus | Call::TrailKeys | Call::ObjectList | Call::Objects => {
                self.shelf.take(row)
            }
            _ => keep(&mut self.resources, row, resources::resource(row)),
        }
    }

    fn take_atlas(&mut self, row: &Row<'_>) -> Result<String, String> {
        match row.form.call {
            Call::AtlasClusters => keep(&mut self.resources, row, atlas::cluster(row)),
            Call::AtlasSnapshots => {
                let (job, point) = atlas::snapshot(row)?;
                if let Some(point) = point {
                    keep(&mut self.points, row, Ok(point))?;
                }
                keep(&mut self.jobs, row, Ok(job))
            }
            Call::AtlasSchedule => keep(&mut self.schedules, row, atlas::schedule(row)),
            Call::AtlasRestoreJobs => keep(&mut self.restores, row, atlas::restore(row)),
            Call::AtlasPolicy => keep(&mut self.compliance_policies, row, atlas::policy(row)),
            _ => keep(&mut self.events, row, atlas::event(row)),
        }
    }

    fn take_document(&mut self, row: &Row<'_>) -> Result<String, String> {
        if export::role(row.pull, &row.page.parameters) == Role::Misshapen {
            return Err(
                "a value stands where members of a document, or of a list of documents, are to be taken out"
                    .to_owned(),
            );
        }
        let document = match row.fields {
            Some(fields) => export::document(fields, row.pull, row.value)?,
            None if export::is_controlled(row.pull) => {
                return Err("its mapping of fields can't be read".to_owned());
            }
            None => return self.take_named(row),
        };
        self.take_named(&row.read_as(&document))
    }

    /// Takes a document whose members have their own names.
    fn take_named(&mut self, row: &Row<'_>) -> Result<String, String> {
        if row
            .value
            .get("_id")
            .and_then(serde_json::Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err("_id is not a text".to_owned());
        }
        match row.pull.key.source {
            Source::SystemsInventory if row.value.get("statement").is_some() => {
                keep(&mut self.unused_classes, row, registers::unused_class(row))
            }
            Source::SystemsInventory => keep(&mut self.systems, row, registers::system(row)),
            Source::RestoreTests => keep(&mut self.restore_tests, row, registers::restore_test(row)),
            Source::ExerciseSchedule => keep(&mut self.exercise_schedules, row, registers::schedule(row)),
            Source::Exercises => keep(&mut self.exercises, row, registers::exercise(row)),
            Source::Bia => keep(&mut self.bias, row, registers::bia(row)),
            Source::PlanDocuments => keep(&mut self.documents, row, registers::document(row)),
            Source::RoleRoster => keep(&mut self.roster, row, registers::role_holder(row)),
            Source::Tickets => keep(&mut self.tickets, row, registers::ticket(row)),
            Source::VendorAssurance => keep(&mut self.assurances, row, registers::assurance(row)),
            Source::MediaRegister => keep(&mut self.media, row, registers::medium(row)),
            Source::DeviceList => keep(&mut self.listed_devices, row, registers::listed_device(row)),
            Source::Incidents => keep(&mut self.incidents, row, registers::incident(row)),
            other => Err(format!("{other} is not a collection")),
        }
    }
}

/// The folded records, coverage and listings still to be added, and what completeness has to know of them.
pub(super) fn finish(parts: &[&Gathering], exports: BTreeMap<SourceKey, Vec<Export>>) -> (Records, Known) {
    fn records<T: Clone + PartialEq>(
        fold: Vec<&Fold<Document<T>>>,
        folding: &mut Folding,
    ) -> Vec<Observed<T>> {
        let documents = Fold::finish(fold, folding);
        let documents = documents.into_iter();
        documents
            .map(|document| Document::record(document, &folding.conflicts))
            .collect()
    }
    let mut folding = Folding {
        exports,
        conflicts: Vec::new(),
    };
    let (plans, plans_deleted) = plans::Plans::finish(parts.iter().map(|part| &part.plans), &mut folding);
    let mut records = Records {
        plans,
        selections: Fold::finish(parts.iter().map(|part| &part.selections), &mut folding),
        resources: Fold::finish(parts.iter().map(|part| &part.resources), &mut folding),
        atlas_schedules: Fold::finish(parts.iter().map(|part| &part.schedules), &mut folding),
        jobs: Fold::finish(parts.iter().map(|part| &part.jobs), &mut folding),
        job_summaries: Fold::finish(parts.iter().map(|part| &part.job_summaries), &mut folding),
        points: Fold::finish(parts.iter().map(|part| &part.points), &mut folding),
        copies: Fold::finish(parts.iter().map(|part| &part.copies), &mut folding),
        vaults: Fold::finish(parts.iter().map(|part| &part.vaults), &mut folding),
        vault_policies: Fold::finish(parts.iter().map(|part| &part.vault_policies), &mut folding),
        protected: Fold::finish(parts.iter().map(|part| &part.protected), &mut folding),
        latest_restores: Fold::finish(parts.iter().map(|part| &part.latest_restores), &mut folding),
        compliance_policies: Fold::finish(parts.iter().map(|part| &part.compliance_policies), &mut folding),
        restores: Fold::finish(parts.iter().map(|part| &part.restores), &mut folding),
        keys: Fold::finish(parts.iter().map(|part| &part.keys), &mut folding),
        iam: Fold::finish(parts.iter().map(|part| &part.iam), &mut folding),
        testing_plans: Fold::finish(parts.iter().map(|part| &part.testing_plans), &mut folding),
        accounts: Fold::finish(parts.iter().map(|part| &part.accounts), &mut folding),
        regions: Fold::finish(parts.iter().map(|part| &part.regions), &mut folding),
        events: Fold::finish(parts.iter().map(|part| &part.events), &mut folding),
        systems: Fold::finish(parts.iter().map(|part| &part.systems), &mut folding),
        unused_classes: records(
            parts.iter().map(|part| &part.unused_classes).collect(),
            &mut folding,
        ),
        restore_tests: Fold::finish(parts.iter().map(|part| &part.restore_tests), &mut folding),
        exercise_schedules: Fold::finish(parts.iter().map(|part| &part.exercise_schedules), &mut folding),
        exercises: Fold::finish(parts.iter().map(|part| &part.exercises), &mut folding),
        bias: Fold::finish(parts.iter().map(|part| &part.bias), &mut folding),
        documents: Fold::finish(parts.iter().map(|part| &part.documents), &mut folding),
        roster: Fold::finish(parts.iter().map(|part| &part.roster), &mut folding),
        tickets: Fold::finish(parts.iter().map(|part| &part.tickets), &mut folding),
        assurances: records(parts.iter().map(|part| &part.assurances).collect(), &mut folding),
        incidents: Fold::finish(parts.iter().map(|part| &part.incidents), &mut folding),
        media: Fold::finish(parts.iter().map(|part| &part.media), &mut folding),
        listed_devices: Fold::finish(parts.iter().map(|part| &part.listed_devices), &mut folding),
        misfits: parts.iter().flat_map(|part| part.misfits.clone()).collect(),
        ..Records::default()
    };
    let mut conflicts = folding.conflicts;
    conflicts.sort_by(|a, b| {
        (a.source, &a.id, &a.difference, &a.citations).cmp(&(b.source, &b.id, &b.difference, &b.citations))
    });
    conflicts.dedup();
    records.conflicts = conflicts;
    let mut vaults_created = BTreeMap::new();
    for (vault, created) in parts.iter().flat_map(|part| &part.vaults_created) {
        let known = vaults_created.entry(vault.clone()).or_insert(*created);
        *known = (*created).min(*known);
    }
    let order = |misfit: &Misfit| (misfit.key.clone(), misfit.citation.clone(), misfit.reason.clone());
    records.misfits.sort_by_cached_key(order);
    records.misfits.dedup();
    (
        records,
        Known {
            vaults_created,
            plans_deleted,
            digests: BTreeMap::new(),
            digest_shortfalls: Vec::new(),
        },
    )
}

/// Gives each resource its tags in each complete listing in which it stood.
pub(super) fn tag(
    resources: &mut [Observed<backups::CloudResource>],
    listings: impl Iterator<Item = (Instant, impl Iterator<Item = Observed<backups::CloudResource>>)>,
) {
    let mut histories: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (at, listed) in listings {
        for listed in listed {
            let history = histories.entry((listed.key, listed.value.id)).or_default();
            history.insert((at, listed.value.tags));
        }
    }
    for resource in resources {
        if let Some(history) = histories.remove(&(resource.key.clone(), resource.value.id.clone())) {
            resource.value.tag_history = history.into_iter().collect();
        }
    }
}

/// Marks in `points` each complete listing in which a point stood.
pub(super) fn sight(
    points: &mut [Observed<backups::RecoveryPoint>],
    sightings: &BTreeMap<(SourceKey, String), BTreeSet<Instant>>,
) {
    for point in points {
        if let Some(at) = sightings.get(&(point.key.clone(), point.value.id.clone())) {
            point.value.sightings = at.iter().copied().collect();
        }
    }
}
