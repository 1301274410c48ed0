//! Vaults, their access policies, and the recovery points in each.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::failure::Failure;
use crate::collect::question::Question;
use crate::model::acquisition::GET_VAULT_POLICY;
use crate::model::source::Source;

/// Rows of a page.
const ROWS: i32 = 1000;

/// The vaults, and for each its access policy and its recovery points.
pub(super) async fn vaults(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::AwsVaults, "backup:ListBackupVaults").with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_backup_vaults()
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        let vaults = said.backup_vault_list.unwrap_or_default().into_iter();
        let names: Vec<String> = vaults.filter_map(|vault| vault.backup_vault_name).collect();
        Ok((names, said.next_token))
    };
    let Some(vaults) = place.ask(question, turn).await? else {
        let failure = Failure::new(
            "NotListed",
            "the vaults could not be listed, so that none could be asked for its points",
        );
        return place.unasked(
            Question::new(
                Source::AwsRecoveryPoints,
                "backup:ListRecoveryPointsByBackupVault",
            ),
            &failure,
        );
    };
    for vault in vaults.concat() {
        policy(place, &vault).await?;
        points(place, &vault).await?;
    }
    Ok(())
}

async fn policy(place: &Place<'_, '_>, vault: &str) -> Result<(), CollectError> {
    let question = Question::new(Source::AwsVaults, GET_VAULT_POLICY)
        .part(format!("policy/{vault}"))
        .with("BackupVaultName", vault);
    let turn = async |config: &SdkConfig, capture: &Capture, _| {
        let request = Client::new(config)
            .get_backup_vault_access_policy()
            .backup_vault_name(vault);
        send!(capture, request);
        Ok(((), None))
    };
    place.ask(question, turn).await.map(drop)
}

async fn points(place: &Place<'_, '_>, vault: &str) -> Result<(), CollectError> {
    let question = Question::new(
        Source::AwsRecoveryPoints,
        "backup:ListRecoveryPointsByBackupVault",
    )
    .part(vault)
    .with("BackupVaultName", vault)
    .with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(vault)
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        Ok(((), said.next_token))
    };
    place.ask(question, turn).await.map(drop)
}
