//! How long each Atlas cluster keeps its snapshots, as far as its schedule was known when its snapshots were listed. A
//! listing can't speak for longer than the shortest retention: what was kept for less may have come and gone.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::fold::Folded as _;
use super::form::Call;
use super::pull::Pull;
use crate::model::records::Observed;
use crate::model::records::backups::AtlasSchedule;
use crate::model::source::{LISTING_REACH_DAYS, Source, SourceKey};
use crate::model::time::Instant;

/// One schedule, as read by a whole pull.
struct Known {
    run: String,
    started: Instant,
    shortest_days: Option<i64>,
}

/// The schedules of each cluster.
pub(super) struct Retentions(BTreeMap<(SourceKey, String), Vec<Known>>);

impl Retentions {
    /// From the schedules that whole pulls read.
    pub(super) fn of(pulls: &[&Pull<'_>], schedules: &[Observed<AtlasSchedule>]) -> Self {
        let by_id: BTreeMap<_, _> = schedules
            .iter()
            .map(|schedule| ((&schedule.key, schedule.value.id()), &schedule.value))
            .collect();
        let mut known: BTreeMap<_, Vec<Known>> = BTreeMap::new();
        for pull in pulls
            .iter()
            .filter(|pull| pull.is_whole() && pull.call() == Some(Call::AtlasSchedule))
        {
            let Some(cluster) = pull.part() else { continue };
            for schedule in pull
                .items
                .iter()
                .filter_map(|id| by_id.get(&(&pull.receipt.key, id.clone())))
            {
                known
                    .entry((pull.receipt.key.clone(), cluster.to_owned()))
                    .or_default()
                    .push(Known {
                        run: pull.run().to_owned(),
                        started: pull.receipt.started,
                        shortest_days: schedule.items.iter().map(|item| item.retention_days).min(),
                    });
            }
        }
        Self(known)
    }

    /// The shortest retention in days among the schedule read in the pull's own run and those read in the days that it
    /// looks back on. `None` when its own run read none, or when one of them keeps nothing.
    pub(super) fn shortest(&self, snapshots: &Pull<'_>) -> Option<i64> {
        let receipt = snapshots.receipt;
        let key = SourceKey {
            source: Source::AtlasBackupSchedule,
            ..receipt.key.clone()
        };
        let since = receipt.started - TimeDelta::days(LISTING_REACH_DAYS);
        let known = self.0.get(&(key, snapshots.part()?.to_owned()))?;
        known.iter().find(|schedule| schedule.run == snapshots.run())?;
        let in_force = known.iter().filter(|schedule| {
            schedule.run == snapshots.run()
                || (since <= schedule.started && schedule.started <= receipt.started)
        });
        let days: Option<Vec<i64>> = in_force.map(|schedule| schedule.shortest_days).collect();
        days?.into_iter().min()
    }
}
