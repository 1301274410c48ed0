//! Restore testing plans, as the list of them tells.

use super::v1;
use crate::model::records::Observed;
use crate::model::records::backups::RestoreTestingPlan;
use crate::normalize::arn;
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;

/// A row of `ListRestoreTestingPlans`.
pub(in crate::normalize) fn plan(row: &Row<'_>) -> Result<Observed<RestoreTestingPlan>, String> {
    let wire: v1::RestoreTestingPlanRow = row.read()?;
    let arn = wire.restore_testing_plan_arn;
    arn::in_place("RestoreTestingPlanArn", &arn, &row.pull.key)?;
    let (created, updated) = (wire.creation_time.0, wire.last_update_time.map(|at| at.0));
    row.past("CreationTime", Some(created))?;
    row.past("LastUpdateTime", updated)?;
    Ok(row.observed(RestoreTestingPlan {
        arn,
        name: wire.restore_testing_plan_name,
        created,
        updated,
        schedule: wire.schedule_expression,
        time_zone: wire.schedule_expression_timezone,
        start_window_hours: wire.start_window_hours,
        // That of the whole listing, whichever page the row stands on.
        at: row
            .pull
            .pages
            .iter()
            .map(|page| page.received)
            .max()
            .unwrap_or(row.received),
    }))
}

/// A plan is listed at a time: what is folded is only its repetition.
impl Folded for RestoreTestingPlan {
    fn id(&self) -> String {
        format!("{}\n{}", self.arn, self.at)
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
