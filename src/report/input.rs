//! What the report is made from: borrowed results, records and texts. Nothing in here is computed by the report.

use backproof_verify::manifest::v1::AskedAuthority;

use crate::catalogue::{Catalogue, Parameters};
use crate::model::acquisition::Acquisition;
use crate::model::finding::Evaluation;
use crate::model::ids::{ControlId, StatementId, TestId};
use crate::model::records::Records;
use crate::model::response::Responses;
use crate::model::scope::Scope;
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
    /// What was to be tested, in words.
    pub catalogue: &'a Catalogue,
    /// The parameters in force, with their approvals.
    pub parameters: &'a Parameters,
    /// What management says about exceptions.
    pub responses: &'a Responses,
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
    /// When the latest evidence came, or the as-of instant if that is later: the report carries no other date of its own,
    /// so that it depends on the evidence alone.
    pub evidence_until: Instant,
    /// Who will sign.
    pub signer: Signer,
    /// Who may read the report, for instance `Confidential: prepared for management and its auditors`.
    pub confidentiality: String,
    /// Id of the bundle before this one.
    pub previous_bundle: Option<String>,
    /// The time stamp authorities that were asked, in that order; the last one stamps unless it failed.
    pub time_stamps: Vec<AskedAuthority>,
}

/// Whose key signs the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// An identity that the tool made for itself: proves integrity, not origin.
    Development,
    /// A configured identity, by the subject of its certificate.
    Named(String),
}

impl<'a> ReportInput<'a> {
    /// The title of a test; empty when the catalogue does not have it.
    pub(super) fn test_title(&self, id: &TestId) -> &'a str {
        self.catalogue.test(id).map_or("", |test| &test.title)
    }

    /// A statement in short; empty when the catalogue does not have it.
    pub(super) fn statement_text(&self, id: &StatementId) -> &'a str {
        self.catalogue
            .statement(id)
            .map_or("", |statement| &statement.paraphrase)
    }

    /// The title of a control; empty when the catalogue does not have it.
    pub(super) fn control_title(&self, id: &ControlId) -> &'a str {
        self.catalogue.control(id).map_or("", |control| &control.title)
    }
}
