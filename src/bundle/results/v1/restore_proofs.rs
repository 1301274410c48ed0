//! What each restore test proves, rung by rung.

use serde::{Deserialize, Serialize};

use super::cite;
use crate::model::finding;

/// What a restore test proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreProof {
    /// Id of the test.
    pub test: String,
    /// The system restored.
    pub system: String,
    /// The highest level that holds with all below it.
    pub reached: Option<u8>,
    /// All six, the lowest first.
    pub rungs: Vec<Rung>,
    /// Citations.
    pub evidence: Vec<String>,
}

/// A rung of the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// 0 to 5.
    pub level: u8,
    /// Its name.
    pub rung: String,
    /// `holds`, `fails` or `not_shown`.
    pub state: String,
    /// Why it does not hold.
    pub reason: Option<String>,
}

/// One entry a test.
pub(super) fn encode(proofs: &[finding::RestoreProof]) -> Vec<RestoreProof> {
    proofs.iter().map(entry).collect()
}

fn entry(proof: &finding::RestoreProof) -> RestoreProof {
    RestoreProof {
        test: proof.test.clone(),
        system: proof.system.to_string(),
        reached: proof.reached().map(finding::Rung::level),
        rungs: proof
            .rungs()
            .map(|(rung, hold)| Rung {
                level: rung.level(),
                rung: rung.as_str().to_owned(),
                state: hold.as_str().to_owned(),
                reason: hold.reason().map(str::to_owned),
            })
            .collect(),
        evidence: cite(&proof.evidence),
    }
}
