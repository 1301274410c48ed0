//! Who pulled which bytes, when, with which request: the receipt of one pull.

use std::collections::BTreeMap;

use super::ids::{AcquisitionId, EvidenceId};
use super::source::SourceKey;
use super::time::{Instant, Interval};

/// The parameters by which lists of jobs are bounded by completion.
pub const COMPLETED: (&str, &str) = ("ByCompleteAfter", "ByCompleteBefore");

/// Evidence pulled so many days before a period begins, or after it ends, still speaks about it. With these bounds a ledger
/// that goes on growing gives the same package for a period that is over.
pub const EVIDENCE_MARGIN_DAYS: i64 = 31;

/// One response of a service, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Digest of the body's bytes; `None` for a response without a body.
    pub evidence: Option<EvidenceId>,
    /// Length of the body in bytes.
    pub size: u64,
    /// HTTP status, or 0 for protocols without one.
    pub status: u16,
    /// The service's id of the request.
    pub request_id: String,
    /// When the last byte of the response was there.
    pub received: Instant,
    /// Parameters added or changed for this page: the paging token, the page number, the cursor.
    pub parameters: BTreeMap<String, String>,
}

/// How the collector saw the pull end. What is said to be complete is not believed: `normalize` has the pages prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullOutcome {
    /// The collector reached what it took for the last page.
    Complete,
    /// The pull ended early: an evidence gap.
    Failed {
        /// The service's or the collector's code, for instance `AccessDeniedException`.
        code: String,
        /// What it said.
        message: String,
    },
}

/// One pull and what it covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acquisition {
    /// Unique in a ledger.
    pub id: AcquisitionId,
    /// Source, account and region.
    pub key: SourceKey,
    /// The call, for instance `backup:ListBackupJobs`.
    pub operation: String,
    /// The parameters of the first request.
    pub parameters: BTreeMap<String, String>,
    /// The window of creation times that was asked for; `None` for a listing of the present state.
    pub window: Option<Interval>,
    /// When the first request left.
    pub started: Instant,
    /// When the last response was there.
    pub finished: Instant,
    /// The identity that asked.
    pub caller: String,
    /// The collector and its version.
    pub tool: String,
    /// The responses in order.
    pub pages: Vec<Page>,
    /// How it ended.
    pub outcome: PullOutcome,
}

/// The parameter of a page that tells of a redaction. By itself it names the digest of the body as it came; followed by a
/// JSON pointer, that of a value that was struck out.
pub const REDACTED: &str = "redacted";

/// The call that reads a vault's access policy.
pub const GET_VAULT_POLICY: &str = "backup:GetBackupVaultAccessPolicy";

/// The calls that show how one job goes on which a list showed.
pub const DESCRIBE_JOB: [&str; 3] = [
    "backup:DescribeBackupJob",
    "backup:DescribeCopyJob",
    "backup:DescribeRestoreJob",
];

impl Acquisition {
    /// The id's part before the first `/`: pulls of one collection run share it.
    pub fn run(&self) -> &str {
        let id = self.id.as_str();
        id.split_once('/').map_or(id, |(run, _)| run)
    }

    /// The completion times that it asked for; `None` where it did not ask by completion, or not for both bounds.
    pub fn completions(&self) -> Option<Interval> {
        let bound = |name: &str| self.parameters.get(name)?.parse().ok();
        Interval::new(bound(COMPLETED.0)?, bound(COMPLETED.1)?)
    }

    /// Whether the service refused because there is none of what was asked for: a vault without an access policy answers
    /// `ResourceNotFoundException`. That is an answer, and no gap.
    pub fn answers_that_there_is_none(&self) -> bool {
        let said = |code: &str| code == "ResourceNotFoundException";
        let refused = matches!(&self.outcome, PullOutcome::Failed { code, .. } if said(code));
        let answered = matches!(self.pages.as_slice(), [page] if matches!(page.status, 400 | 404));
        self.operation == GET_VAULT_POLICY && refused && answered
    }

    /// The code and message with which the pull failed. One whose answer is that there is none did not fail.
    pub fn failure(&self) -> Option<(&str, &str)> {
        match &self.outcome {
            PullOutcome::Failed { code, message } if !self.answers_that_there_is_none() => {
                Some((code, message))
            }
            _ => None,
        }
    }
}
