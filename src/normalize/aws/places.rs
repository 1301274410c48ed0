//! The accounts of the organisation and the regions of an account, by AWS's own lists.

use super::v1;
use crate::model::ids::{Account, Region};
use crate::model::records::Observed;
use crate::model::records::places::{ListedAccount, ListedRegion};
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;

/// What AWS Organizations says of an account that was closed.
const CLOSED: [&str; 2] = ["SUSPENDED", "CLOSED"];
/// What a region's opt-in status may be; nothing can run in the last.
const STATUSES: [&str; 5] = ["ENABLED_BY_DEFAULT", "ENABLED", "ENABLING", "DISABLING", DISABLED];
const DISABLED: &str = "DISABLED";

/// A row of `ListAccounts`.
pub(in crate::normalize) fn account(row: &Row<'_>) -> Result<Observed<ListedAccount>, String> {
    let wire: v1::AccountRow = row.read()?;
    let account: Account = wire.id.parse().map_err(|error| format!("Id: {error}"))?;
    let state = wire.state.or(wire.status);
    Ok(row.observed(ListedAccount {
        account,
        closed: state.is_some_and(|state| CLOSED.contains(&state.as_str())),
        at: row.received,
    }))
}

/// A row of `ListRegions`.
pub(in crate::normalize) fn region(row: &Row<'_>) -> Result<Observed<ListedRegion>, String> {
    let wire: v1::RegionRow = row.read()?;
    let region: Region = wire
        .region_name
        .parse()
        .map_err(|error| format!("RegionName: {error}"))?;
    if !STATUSES.contains(&wire.region_opt_status.as_str()) {
        return Err(format!("RegionOptStatus is {:?}", wire.region_opt_status));
    }
    Ok(row.observed(ListedRegion {
        region,
        enabled: wire.region_opt_status != DISABLED,
        at: row.received,
    }))
}

/// An account is listed at a time: what is folded is only its repetition.
impl Folded for ListedAccount {
    fn id(&self) -> String {
        format!("{}\n{}", self.account, self.at)
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}

/// A region is listed at a time, in the account that was asked.
impl Folded for ListedRegion {
    fn id(&self) -> String {
        format!("{}\n{}", self.region, self.at)
    }

    fn clash(_: &Self, _: &Self) -> Option<String> {
        None
    }
}
