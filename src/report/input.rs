//! What the report is made from: borrowed results, records and texts. Nothing in here is computed by the report.

use crate::model::acquisition::Acquisition;
use crate::model::finding::Evaluation;
use crate::model::ids::{ControlId, ParameterId, StatementId, TestId};
use crate::model::records::Records;
use crate::model::scope::Scope;
use crate::model::source::Source;
use crate::model::time::Instant;

/// Everything that the report says something about.
#[derive(Debug, Clone, Copy)]
pub struct ReportInput<'a> {
    /// What was concluded.
    pub evaluation: &'a Evaluation,
    /// The records that were evaluated, with their coverage.
    pub records: &'a Records,
    /// What the evaluation was about.
    pub scope: &'a Scope,
    /// Every pull, complete or not.
    pub acquisitions: &'a [Acquisition],
    /// The catalogue's words.
    pub texts: &'a Texts,
    /// Facts about the run that made the report.
    pub run: &'a RunFacts,
}

/// Facts about the run that made the report.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// Id of the bundle that the report belongs to.
    pub bundle_id: String,
    /// Name and version of the program, for instance `backproof 0.1.0`.
    pub tool: String,
    /// When the report was made.
    pub produced_at: Instant,
    /// Who will sign.
    pub signer: Signer,
    /// Who may read the report, for instance `Confidential: prepared for management and its auditors`.
    pub confidentiality: String,
    /// Id of the bundle before this one.
    pub previous_bundle: Option<String>,
}

/// Whose key signs the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// An identity that the tool made for itself: proves integrity, not origin.
    Development,
    /// A configured identity, by the subject of its certificate.
    Named(String),
}

/// The catalogue's words for readers.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// The policy documents in force.
    pub policies: Vec<PolicyText>,
    /// The statements that the tests try.
    pub statements: Vec<StatementText>,
    /// The controls that statements are mapped to.
    pub controls: Vec<ControlText>,
    /// The tests.
    pub tests: Vec<TestText>,
    /// The parameters in force.
    pub parameters: Vec<ParameterText>,
    /// Gaps in the policies themselves.
    pub policy_observations: Vec<String>,
}

/// A policy document.
#[derive(Debug, Clone)]
pub struct PolicyText {
    /// Title.
    pub title: String,
    /// Version.
    pub version: String,
    /// Digest of the document.
    pub digest: String,
}

/// A sentence of a policy, paraphrased.
#[derive(Debug, Clone)]
pub struct StatementText {
    /// Id.
    pub id: StatementId,
    /// Where it stands, for instance `Data Management 6.2 (1)`.
    pub section: String,
    /// In words.
    pub text: String,
}

/// A reference of a framework.
#[derive(Debug, Clone)]
pub struct ControlText {
    /// Id.
    pub id: ControlId,
    /// Title, paraphrased.
    pub title: String,
    /// Related NIST SP 800-53 controls, for instance `CP-9`.
    pub nist: Vec<String>,
}

/// A test.
#[derive(Debug, Clone)]
pub struct TestText {
    /// Id.
    pub id: TestId,
    /// Title.
    pub title: String,
    /// What an item of the population is.
    pub population: String,
    /// How each item is tried.
    pub procedure: String,
    /// What contradicts the criterion.
    pub exception_when: String,
    /// What leaves the question open.
    pub indeterminate_when: String,
    /// The sources that it reads.
    pub inputs: Vec<Source>,
    /// The parameters that it uses.
    pub parameters: Vec<ParameterId>,
    /// The statements that it tries.
    pub statements: Vec<StatementId>,
}

/// A parameter in force.
#[derive(Debug, Clone)]
pub struct ParameterText {
    /// Id.
    pub id: ParameterId,
    /// What it means.
    pub meaning: String,
    /// The value in force as written; `None` when nobody set one and there is no default.
    pub value: Option<String>,
    /// The sentence of the policy that defines it; `None` when the policy does not.
    pub policy: Option<String>,
    /// Who approved the value, and when; `None` for a default that nobody approved.
    pub approval: Option<(String, Instant)>,
}
