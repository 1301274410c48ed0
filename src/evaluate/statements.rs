//! Statements by the ids that the catalogue gives them.

use crate::model::ids::StatementId;

/// The statements that an item speaks about.
///
/// # Panics
/// When a text is no statement's id: a fault of the procedure.
pub fn about(ids: &[&str]) -> Vec<StatementId> {
    ids.iter()
        .map(|id| id.parse().expect("invariant: a statement of the catalogue"))
        .collect()
}
