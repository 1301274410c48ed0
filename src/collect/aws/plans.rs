//! Backup plans: which there are and were, each version, and what each selects. Versions and selections never change, so
//! that each is read once; deleted plans list no selections any more.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::model::source::Source;

const SOURCE: Source = Source::AwsBackupPlans;
/// Rows of a page.
const ROWS: i32 = 1000;

/// A plan of the list.
struct Plan {
    id: String,
    deleted: bool,
}

/// All plans, the deleted ones too.
pub(super) async fn plans(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(SOURCE, "backup:ListBackupPlans")
        .part("list")
        .with("IncludeDeleted", true)
        .with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_backup_plans()
            .include_deleted(true)
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        let listed = said.backup_plans_list.unwrap_or_default().into_iter();
        let plans = listed.filter_map(|plan| {
            let deleted = plan.deletion_date.is_some();
            plan.backup_plan_id.map(|id| Plan { id, deleted })
        });
        Ok((plans.collect::<Vec<_>>(), said.next_token))
    };
    for plan in place
        .ask(question, turn)
        .await?
        .unwrap_or_default()
        .into_iter()
        .flatten()
    {
        versions(place, &plan.id).await?;
        if !plan.deleted {
            selections(place, &plan.id).await?;
        }
    }
    Ok(())
}

async fn versions(place: &Place<'_, '_>, plan: &str) -> Result<(), CollectError> {
    let question = Question::new(SOURCE, "backup:ListBackupPlanVersions")
        .part(format!("{plan}/versions"))
        .with("BackupPlanId", plan)
        .with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_backup_plan_versions()
            .backup_plan_id(plan)
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        let listed = said.backup_plan_versions_list.unwrap_or_default().into_iter();
        let versions: Vec<_> = listed.filter_map(|version| version.version_id).collect();
        Ok((versions, said.next_token))
    };
    for version in place.ask(question, turn).await?.unwrap_or_default().concat() {
        let question = Question::new(SOURCE, "backup:GetBackupPlan")
            .part(format!("{plan}/{version}"))
            .with("BackupPlanId", plan)
            .with("VersionId", &version);
        if place.holds(&question) {
            continue;
        }
        let turn = async |config: &SdkConfig, capture: &Capture, _| {
            let request = Client::new(config)
                .get_backup_plan()
                .backup_plan_id(plan)
                .version_id(&version);
            send!(capture, request);
            Ok(((), None))
        };
        place.ask(question, turn).await?;
    }
    Ok(())
}

async fn selections(place: &Place<'_, '_>, plan: &str) -> Result<(), CollectError> {
    let question = Question::new(SOURCE, "backup:ListBackupSelections")
        .part(format!("{plan}/selections"))
        .with("BackupPlanId", plan)
        .with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_backup_selections()
            .backup_plan_id(plan)
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        let listed = said.backup_selections_list.unwrap_or_default().into_iter();
        let selections: Vec<_> = listed.filter_map(|selection| selection.selection_id).collect();
        Ok((selections, said.next_token))
    };
    for selection in place.ask(question, turn).await?.unwrap_or_default().concat() {
        let question = Question::new(SOURCE, "backup:GetBackupSelection")
            .part(format!("{plan}/selection/{selection}"))
            .with("BackupPlanId", plan)
            .with("SelectionId", &selection);
        if place.holds(&question) {
            continue;
        }
        let turn = async |config: &SdkConfig, capture: &Capture, _| {
            let request = Client::new(config)
                .get_backup_selection()
                .backup_plan_id(plan)
                .selection_id(&selection);
            send!(capture, request);
            Ok(((), None))
        };
        place.ask(question, turn).await?;
    }
    Ok(())
}
