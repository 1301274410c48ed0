//! Backup plans: which there are and were, each version, and what each selects. Versions and selections never change, so
//! that each is read anew only when its reply gets too old for the periods of now; deleted plans list no selections any more.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;

use super::capture::{Capture, send};
use super::place::{Place, Turned};
use crate::collect::CollectError;
use crate::collect::failure::Failure;
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

/// What a plan has several of, and what gives each: versions, and selections.
struct Parts {
    list: &'static str,
    get: &'static str,
    /// The ends of the pulls' ids: of the list, and of each part before its own id.
    list_part: &'static str,
    get_part: &'static str,
    /// The parameter that names one.
    id: &'static str,
}

const VERSIONS: Parts = Parts {
    list: "backup:ListBackupPlanVersions",
    get: "backup:GetBackupPlan",
    list_part: "versions",
    get_part: "",
    id: "VersionId",
};
const SELECTIONS: Parts = Parts {
    list: "backup:ListBackupSelections",
    get: "backup:GetBackupSelection",
    list_part: "selections",
    get_part: "selection/",
    id: "SelectionId",
};

impl Parts {
    /// Lists the parts of `plan`, and gets each of which the ledger holds no reply that is new enough.
    async fn pull(
        &self,
        place: &Place<'_, '_>,
        plan: &str,
        list: impl AsyncFn(&Client, &Capture, Option<String>) -> Turned<Vec<String>>,
        get: impl AsyncFn(&Client, &Capture, &str) -> Result<(), Failure>,
    ) -> Result<(), CollectError> {
        let question = Question::new(SOURCE, self.list)
            .part(format!("{plan}/{}", self.list_part))
            .with("BackupPlanId", plan)
            .with("MaxResults", ROWS);
        let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
            list(&Client::new(config), capture, token).await
        };
        for part in place.ask(question, turn).await?.unwrap_or_default().concat() {
            let question = Question::new(SOURCE, self.get)
                .part(format!("{plan}/{}{part}", self.get_part))
                .with("BackupPlanId", plan)
                .with(self.id, &part);
            if place.holds(&question) {
                continue;
            }
            let turn = async |config: &SdkConfig, capture: &Capture, _| {
                get(&Client::new(config), capture, &part).await?;
                Ok(((), None))
            };
            place.ask(question, turn).await?;
        }
        Ok(())
    }
}

async fn versions(place: &Place<'_, '_>, plan: &str) -> Result<(), CollectError> {
    let list = async |client: &Client, capture: &Capture, token: Option<String>| {
        let request = client.list_backup_plan_versions().backup_plan_id(plan);
        let said = send!(capture, request.max_results(ROWS).set_next_token(token));
        let listed = said.backup_plan_versions_list.unwrap_or_default().into_iter();
        let ids = listed.filter_map(|version| version.version_id).collect();
        Ok((ids, said.next_token))
    };
    let get = async |client: &Client, capture: &Capture, version: &str| {
        let request = client.get_backup_plan().backup_plan_id(plan).version_id(version);
        send!(capture, request);
        Ok(())
    };
    VERSIONS.pull(place, plan, list, get).await
}

async fn selections(place: &Place<'_, '_>, plan: &str) -> Result<(), CollectError> {
    let list = async |client: &Client, capture: &Capture, token: Option<String>| {
        let request = client.list_backup_selections().backup_plan_id(plan);
        let said = send!(capture, request.max_results(ROWS).set_next_token(token));
        let listed = said.backup_selections_list.unwrap_or_default().into_iter();
        let ids = listed.filter_map(|selection| selection.selection_id).collect();
        Ok((ids, said.next_token))
    };
    let get = async |client: &Client, capture: &Capture, selection: &str| {
        let request = client.get_backup_selection().backup_plan_id(plan);
        send!(capture, request.selection_id(selection));
        Ok(())
    };
    SELECTIONS.pull(place, plan, list, get).await
}
