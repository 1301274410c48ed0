//! KMS keys and their states.

use super::v1;
use crate::model::records::Observed;
use crate::model::records::backups::{KeyCondition, KeyState};
use crate::normalize::arn;
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;

/// A row of `ListKeys`: the key's ARN.
pub(in crate::normalize) fn listed(row: &Row<'_>) -> Result<String, String> {
    let wire: v1::KeyRow = row.read()?;
    arn::in_place("KeyArn", &wire.key_arn, &row.pull.key)?;
    Ok(wire.key_arn)
}

/// The reply of `DescribeKey`.
pub(in crate::normalize) fn state(row: &Row<'_>) -> Result<Observed<KeyState>, String> {
    let wire: v1::KeyReply = row.read()?;
    let (key, pull) = (wire.key_metadata, row.pull);
    arn::in_place("Arn", &key.arn, &pull.key)?;
    key.account_id
        .as_deref()
        .map_or(Ok(()), |id| arn::of_account("AWSAccountId", id, &pull.key))?;
    let asked = pull.parameters.get("KeyId");
    if asked.is_some_and(|asked| *asked != key.key_id && *asked != key.arn) {
        return Err(format!(
            "the key described is {}, not the one that was asked for",
            key.key_id
        ));
    }
    Ok(row.observed(KeyState {
        arn: key.arn,
        condition: match key.key_state.as_str() {
            "Enabled" => KeyCondition::Enabled,
            "Disabled" => KeyCondition::Disabled,
            "PendingDeletion" | "PendingReplicaDeletion" => KeyCondition::PendingDeletion,
            _ => KeyCondition::Unavailable,
        },
        word: key.key_state,
        deletion: key.deletion_date.map(|at| at.0),
        at: row.received,
    }))
}

/// A key's state is one at a time: what is folded is only its repetition.
impl Folded for KeyState {
    fn id(&self) -> String {
        format!("{}\n{}", self.arn, self.at)
    }

    fn subject(&self) -> String {
        self.arn.clone()
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
