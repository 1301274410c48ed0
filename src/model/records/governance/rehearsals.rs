//! What was tried out and thought through: restore tests, exercises, impact analyses.

use chrono::NaiveDate;

use crate::model::ids::SystemId;
use crate::model::time::Instant;

/// How restored data was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComparisonMethod {
    /// Content digests.
    Checksum,
    /// Counts of rows, documents or objects.
    RowCount,
    /// The application was tried.
    AppCheck,
    /// Not at all.
    None,
}

/// Counts and digests of content, object by object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentManifest {
    /// When it was taken.
    pub taken_at: Instant,
    /// Objects in the order of the document.
    pub objects: Vec<ContentObject>,
}

/// One object of a content manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentObject {
    /// Table, collection, path.
    pub name: String,
    /// Rows, documents, objects.
    pub count: i64,
    /// Digest of the canonical content.
    pub digest: Option<String>,
}

/// A declared random sample of the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentSample {
    /// How many objects were to be compared.
    pub stated_size: Option<i64>,
    /// Seed of the draw.
    pub seed: Option<String>,
}

/// A trial of the application on restored data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationCheck {
    /// When.
    pub at: Instant,
    /// Whether the application worked.
    pub passed: bool,
}

/// A restore test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreTest {
    /// Id.
    pub id: String,
    /// System.
    pub system: SystemId,
    /// Recovery point ARN or snapshot id.
    pub backup: String,
    /// Consistency point of that backup, as the log has it.
    pub backup_time: Instant,
    /// Provider's restore job, as the log has it.
    pub restore_job: Option<String>,
    /// The loss that the test supposes; `None` where the log supposes none.
    pub simulated_loss: Option<Instant>,
    /// Started.
    pub started: Instant,
    /// Finished.
    pub finished: Option<Instant>,
    /// When the service was usable again.
    pub service_ready: Option<Instant>,
    /// Where it was restored to.
    pub target: String,
    /// Roster id of the tester.
    pub tester: String,
    /// Roster id of the reviewer.
    pub reviewer: Option<String>,
    /// When it was reviewed.
    pub reviewed: Option<Instant>,
    /// How data was compared.
    pub method: ComparisonMethod,
    /// Manifest at the backup's point.
    pub source_manifest: Option<ContentManifest>,
    /// Manifest of the restored copy.
    pub restored_manifest: Option<ContentManifest>,
    /// Declared sample.
    pub sample: Option<ContentSample>,
    /// The trial of the application on the restored copy.
    pub application_check: Option<ApplicationCheck>,
    /// Objects whose difference is explained by later writes: object and explanation.
    pub explanations: Vec<(String, String)>,
    /// Whether the log calls it a success.
    pub success: bool,
    /// What went otherwise than planned.
    pub deviations: Vec<String>,
    /// Tickets.
    pub tickets: Vec<String>,
    /// Whether the reviewer signed it off; `None` where the record does not say.
    pub signed_off: Option<bool>,
}

/// The two kinds of exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExerciseKind {
    /// Around a table.
    Tabletop,
    /// With real restores.
    Technical,
}

impl ExerciseKind {
    /// The word for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tabletop => "tabletop",
            Self::Technical => "technical",
        }
    }
}

/// A year's schedule of exercises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExerciseSchedule {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Approver's roster id.
    pub approved_by: Option<String>,
    /// Approver's role.
    pub approved_role: Option<String>,
    /// When.
    pub approved_at: Option<Instant>,
    /// By what right somebody else than the CTO approved it.
    pub delegation: Option<Delegation>,
    /// Year.
    pub year: i64,
    /// Items.
    pub items: Vec<PlannedExercise>,
}

/// The CTO's leave for a successor to decide (policy 13.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Roster id of the person who delegated.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: Option<String>,
}

/// One planned exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedExercise {
    /// Id.
    pub id: String,
    /// Kind.
    pub kind: ExerciseKind,
    /// Planned for.
    pub planned: NaiveDate,
    /// Systems.
    pub systems: Vec<SystemId>,
    /// Criteria of success.
    pub criteria: Option<String>,
    /// New date.
    pub rescheduled_to: Option<NaiveDate>,
    /// Who approved the new date.
    pub reschedule_approved_by: Option<String>,
    /// When.
    pub reschedule_approved_at: Option<Instant>,
}

/// An exercise that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// Id.
    pub id: String,
    /// The planned exercise that it fulfils.
    pub planned: Option<String>,
    /// Kind.
    pub kind: ExerciseKind,
    /// When.
    pub held: Instant,
    /// Whether the record calls it completed.
    pub completed: bool,
    /// Scenario.
    pub scenario: Option<String>,
    /// Systems.
    pub systems: Vec<SystemId>,
    /// Participants: roster id and role.
    pub participants: Vec<(String, String)>,
    /// Facilitator's roster id.
    pub facilitator: String,
    /// Whether notification was walked through.
    pub walked_notification: Option<bool>,
    /// Whether activation was walked through.
    pub walked_activation: Option<bool>,
    /// Started and ended.
    pub timing: Option<(Instant, Instant)>,
    /// The three mandatory parts of a technical test: `None` where the record does not say.
    pub elements: Elements,
    /// Task names of policy 13.5.2 that were done; `None` where the record has no list.
    pub tasks: Option<Vec<String>>,
    /// Provider's restore jobs.
    pub restore_jobs: Vec<String>,
    /// The loss that the exercise supposes.
    pub simulated_loss: Option<Instant>,
    /// When the service was usable again.
    pub service_ready: Option<Instant>,
    /// Recovery time in minutes, as the record states it.
    pub rto_minutes: Option<i64>,
    /// Loss of data in minutes, as the record states it.
    pub rpo_minutes: Option<i64>,
    /// Result.
    pub result: Option<String>,
    /// Where the report is.
    pub report: Option<String>,
    /// Roster id of the person who signed the report.
    pub report_signed_by: Option<String>,
    /// When.
    pub report_signed_at: Option<Instant>,
    /// What is to be done after it; `None` where the record has no list.
    pub actions: Option<Vec<ActionItem>>,
}

/// Something that an exercise brought to light and that has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionItem {
    /// Id.
    pub id: String,
    /// Roster id of its owner.
    pub owner: Option<String>,
    /// Day by which it has to be closed.
    pub due: Option<NaiveDate>,
    /// Closed.
    pub closed: Option<Instant>,
    /// What shows that it was done: a ticket, or where the result is.
    pub evidence: Option<String>,
    /// Whether a plan has to be changed; `None` where nobody marked it.
    pub plan_change: Option<bool>,
}

/// The three mandatory parts of a technical test (policy 13.4.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elements {
    /// Processing at the alternate site.
    pub alternate_site: Option<bool>,
    /// Restore from backup.
    pub restore_from_backup: Option<bool>,
    /// Switch of compute and storage.
    pub switch_compute_storage: Option<bool>,
}

/// A business impact analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bia {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Performed on.
    pub performed: Option<NaiveDate>,
    /// Approver's roster id.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Instant>,
    /// Systems.
    pub systems: Vec<BiaSystem>,
}

/// One system of a business impact analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BiaSystem {
    /// System.
    pub system: SystemId,
    /// Whether rated critical; `None` where not rated.
    pub critical: Option<bool>,
    /// Recovery time objective in minutes.
    pub rto_minutes: Option<i64>,
    /// Recovery point objective in minutes.
    pub rpo_minutes: Option<i64>,
}
