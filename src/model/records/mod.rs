//! What the evidence says, in the field's words and free of any provider's wire format.
//!
//! A member that may be missing at its source is an `Option`: normalize never invents a default. Records of one thing
//! seen several times are folded into the latest revision; revisions that can't both be true are a [`Conflict`].

pub mod access;
pub mod backups;
mod events;
pub mod governance;
pub mod places;
pub mod protection;
pub mod trail;

use super::acquisition::Acquisition;
use super::coverage::Coverage;
use super::ids::{EvidenceId, SystemId};
use super::source::{Source, SourceKey};
use super::time::Instant;

/// Where a record stands: the evidence and a JSON pointer (RFC 6901) into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The page.
    pub evidence: EvidenceId,
    /// The place in the page, for instance `/BackupJobs/3`.
    pub locator: String,
}

/// A record, where it stands, and when the service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed<T> {
    /// The record.
    pub value: T,
    /// Where its latest revision stands.
    pub citation: Citation,
    /// The source in one place that it came from.
    pub key: SourceKey,
    /// When the response with the first revision was received.
    pub first_seen: Instant,
    /// When the response with the latest revision was received.
    pub last_seen: Instant,
    /// Whether the newest complete export of its register holds it with just this content. One that was withdrawn, or
    /// that only a broken export shows, can't vouch for anything. Always true outside of the registers that people keep.
    pub stands: bool,
}

/// How contradicting revisions of a record differ in what puts it into a population. Then nobody can say by its last one
/// that it lies outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// In when it was.
    pub when: bool,
    /// In what it is about: a system, a resource, a kind.
    pub about: bool,
}

/// Revisions of one thing that can't both be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The source.
    pub source: Source,
    /// The id that both carry: a job id, a recovery point ARN, a document id.
    pub id: String,
    /// What differs.
    pub difference: String,
    /// Whether that decides which populations it belongs to.
    pub moved: Moved,
    /// Where both stand.
    pub citations: Vec<Citation>,
}

/// A record that does not have the form of its kind, or contradicts its pull (a foreign account, a time in the future).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The source in one place.
    pub key: SourceKey,
    /// Its id as far as it could be read.
    pub id: Option<String>,
    /// What does not fit.
    pub reason: String,
    /// Where it stands.
    pub citation: Citation,
}

/// A listing of the present state that was complete: when it was taken, and of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CompleteListing {
    /// The source in one place.
    pub key: SourceKey,
    /// The part that was listed: a vault's ARN, `<project>/<cluster>`, or empty for the whole place.
    pub part: String,
    /// When the last response was received.
    pub at: Instant,
}

/// A pull as it was read: its receipt, whether its pages prove it whole, and what they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The receipt.
    pub receipt: Acquisition,
    /// Whether its pages prove that nothing is missing.
    pub whole: bool,
    /// Why it is not, naming it; `None` of a whole one.
    pub complaint: Option<String>,
    /// Whether it only shows how jobs ended that other pulls list, and proves no time.
    pub follows_up: bool,
    /// What it lists a part of: a vault's name, an event source, a cluster.
    pub part: Option<String>,
    /// Rows on all pages that could be read.
    pub rows: u64,
    /// How many rows the service itself says that there are in all.
    pub stated: Option<u64>,
}

impl Pulled {
    /// When the last response was received.
    pub fn at(&self) -> Instant {
        let received = self.receipt.pages.iter().map(|page| page.received);
        received.max().unwrap_or(self.receipt.finished)
    }
}

/// Everything that the evidence says, with what it proves complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// What is proven complete.
    pub coverage: Coverage,
    /// Complete listings of present state, in order.
    pub listings: Vec<CompleteListing>,
    /// Every pull, in the order in which they started.
    pub pulls: Vec<Pulled>,
    /// Revisions that contradict each other.
    pub conflicts: Vec<Conflict>,
    /// Records that do not fit their form.
    pub misfits: Vec<Misfit>,

    /// The inventory's systems, latest revision each.
    pub systems: Vec<Observed<governance::System>>,
    /// Dated statements that a critical class is not in use.
    pub unused_classes: Vec<Observed<governance::ClassNotUsed>>,
    /// Resources by the independent listing.
    pub resources: Vec<Observed<backups::CloudResource>>,
    /// Versions of backup plans.
    pub plans: Vec<Observed<backups::PlanVersion>>,
    /// What plans select.
    pub selections: Vec<Observed<backups::Selection>>,
    /// Atlas backup schedules, one record an observation (not folded: each listing is a state at its time).
    pub atlas_schedules: Vec<Observed<backups::AtlasSchedule>>,
    /// Backup jobs and Atlas snapshots as attempts to back up.
    pub jobs: Vec<Observed<backups::BackupJob>>,
    /// The service's own counts of jobs, one record an observation (not folded).
    pub job_summaries: Vec<Observed<backups::JobSummary>>,
    /// Recovery points and completed Atlas snapshots.
    pub points: Vec<Observed<backups::RecoveryPoint>>,
    /// Copy jobs.
    pub copies: Vec<Observed<backups::CopyJob>>,
    /// Vaults, one record an observation (not folded: each listing is a state at its time).
    pub vaults: Vec<Observed<protection::Vault>>,
    /// Access policies of vaults, one record an observation.
    pub vault_policies: Vec<Observed<protection::VaultPolicy>>,
    /// What AWS Backup lists as protected, one record an observation (not folded: each listing is a state at its time).
    pub protected: Vec<Observed<protection::ProtectedResource>>,
    /// The latest restores of protected resources, one record an observation.
    pub latest_restores: Vec<Observed<protection::LatestRestore>>,
    /// Atlas' backup compliance policies, one record an observation.
    pub compliance_policies: Vec<Observed<protection::CompliancePolicy>>,
    /// Restore jobs of either provider.
    pub restores: Vec<Observed<backups::RestoreJob>>,
    /// Restore testing plans, one record an observation (not folded: each listing is a state at its time).
    pub testing_plans: Vec<Observed<backups::RestoreTestingPlan>>,
    /// Key states, one record an observation (not folded).
    pub keys: Vec<Observed<backups::KeyState>>,
    /// Entities of IAM, one record an observation (not folded: each snapshot is a state at its time).
    pub iam: Vec<Observed<access::IamEntity>>,
    /// Accounts of the organisation, one record an observation (not folded).
    pub accounts: Vec<Observed<places::ListedAccount>>,
    /// Regions of each account, one record an observation (not folded).
    pub regions: Vec<Observed<places::ListedRegion>>,
    /// CloudTrail and Atlas events.
    pub events: Vec<Observed<backups::Event>>,
    /// Chains of digests over CloudTrail's log files, in order of place, trail and kind.
    pub digest_chains: Vec<trail::DigestChain>,

    /// Restore tests.
    pub restore_tests: Vec<Observed<governance::RestoreTest>>,
    /// Exercise schedules.
    pub exercise_schedules: Vec<Observed<governance::ExerciseSchedule>>,
    /// Exercises held.
    pub exercises: Vec<Observed<governance::Exercise>>,
    /// Business impact analyses.
    pub bias: Vec<Observed<governance::Bia>>,
    /// Plan and policy documents.
    pub documents: Vec<Observed<governance::PlanDocument>>,
    /// Who held which role when.
    pub roster: Vec<Observed<governance::RoleHolder>>,
    /// Tickets.
    pub tickets: Vec<Observed<governance::Ticket>>,
    /// Vendors' assurance documents.
    pub assurances: Vec<Observed<governance::VendorAssurance>>,
    /// Incidents.
    pub incidents: Vec<Observed<governance::Incident>>,
    /// Media and devices of the register.
    pub media: Vec<Observed<governance::Medium>>,
    /// Devices by independent lists.
    pub listed_devices: Vec<Observed<governance::ListedDevice>>,
}

impl Records {
    /// The inventory's row for `id`.
    pub fn system(&self, id: &SystemId) -> Option<&Observed<governance::System>> {
        self.systems.iter().find(|system| system.value.id == *id)
    }

    /// The tickets that the register still holds and no revision of which contradicts another: only they can authorise or
    /// explain anything.
    pub fn standing_tickets(&self) -> impl Iterator<Item = &Observed<governance::Ticket>> {
        let rows = self.tickets.iter();
        rows.filter(|ticket| ticket.stands && !self.is_disputed(ticket.key.source, &ticket.value.id))
    }

    /// How contradicting revisions of the record `id` differ in what puts it into a population.
    pub fn moved(&self, source: Source, id: &str) -> Moved {
        let of_it = |conflict: &&Conflict| conflict.source == source && conflict.id == id;
        let conflicts = self.conflicts.iter().filter(of_it);
        conflicts.fold(Moved::default(), |all, conflict| Moved {
            when: all.when || conflict.moved.when,
            about: all.about || conflict.moved.about,
        })
    }

    /// Whether revisions of the record `id` contradict each other.
    pub fn is_disputed(&self, source: Source, id: &str) -> bool {
        let mut conflicts = self.conflicts.iter();
        conflicts.any(|conflict| conflict.source == source && conflict.id == id)
    }

    /// The statements of classes not in use that the inventory still holds.
    pub fn standing_unused_classes(&self) -> impl Iterator<Item = &Observed<governance::ClassNotUsed>> {
        self.unused_classes.iter().filter(|statement| statement.stands)
    }

    /// The role holders that the roster still holds. Whether revisions of one contradict each other, whoever relies on it
    /// has to ask.
    pub fn standing_roster(&self) -> impl Iterator<Item = &Observed<governance::RoleHolder>> {
        self.roster.iter().filter(|holder| holder.stands)
    }

    /// The assurances that the register still holds.
    pub fn standing_assurances(&self) -> impl Iterator<Item = &Observed<governance::VendorAssurance>> {
        self.assurances.iter().filter(|assurance| assurance.stands)
    }
}
