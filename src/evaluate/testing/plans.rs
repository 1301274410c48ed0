//! Plans, selections and Atlas schedules for the tests of procedures.

use super::{ACCOUNT, CLUSTER, World, at, key, observed};
use crate::model::records::backups::{AtlasPolicyItem, AtlasSchedule, PlanRule, PlanVersion, Selection};
use crate::model::source::Source;

/// A rule at 03:00 UTC that keeps its points for 35 days and starts within an hour.
pub(crate) fn rule() -> PlanRule {
    PlanRule {
        id: "r".to_owned(),
        name: "nightly".to_owned(),
        schedule: Some("cron(0 3 ? * * *)".to_owned()),
        time_zone: None,
        start_window_minutes: Some(60),
        completion_window_minutes: Some(180),
        delete_after_days: Some(35),
        continuous: false,
        copy_to: Vec::new(),
    }
}

/// A version of the plan `plan` with [`rule`].
pub(crate) fn version(id: &str, from: &str, until: Option<&str>) -> PlanVersion {
    PlanVersion {
        plan: "plan".to_owned(),
        name: "daily".to_owned(),
        version: id.to_owned(),
        from: at(from),
        until: until.map(at),
        rules: Some(vec![rule()]),
    }
}

/// A selection of the plan `plan`, there since January.
pub(crate) fn selection(resources: &[&str], tags: &[(&str, &str)]) -> Selection {
    Selection {
        id: "sel".to_owned(),
        plan: "plan".to_owned(),
        account: ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        from: at("2026-01-01"),
        gone_after: None,
        absent_from: None,
        resources: resources.iter().map(|arn| (*arn).to_owned()).collect(),
        not_resources: Vec::new(),
        tags: tags
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        conditions: Vec::new(),
    }
}

/// The system with jobs, selected by `selection` of a plan that was always there.
pub(crate) fn planned(selection: Selection) -> World {
    let mut world = World::daily();
    world.add_version(version("v1", "2026-01-01", None));
    world.add_selection(selection);
    world
}

/// A policy item of Atlas that is kept for 35 days.
pub(crate) fn policy_item(frequency: &str, interval: i64) -> AtlasPolicyItem {
    AtlasPolicyItem {
        frequency: frequency.to_owned(),
        interval,
        retention_days: 35,
    }
}

impl World {
    pub(crate) fn add_version(&mut self, version: PlanVersion) {
        let (seen, name) = (self.collected(), version.version.clone());
        let key = key(Source::AwsBackupPlans, "us-east-1");
        self.records.plans.push(observed(key, seen, &name, version));
    }

    pub(crate) fn add_selection(&mut self, selection: Selection) {
        let (seen, name) = (self.collected(), selection.id.clone());
        let key = key(Source::AwsBackupPlans, "us-east-1");
        self.records
            .selections
            .push(observed(key, seen, &name, selection));
    }

    /// Changes the rule of the first plan version.
    pub(crate) fn change_rule(&mut self, change: impl FnOnce(&mut PlanRule)) {
        let rules = self.records.plans[0].value.rules.as_mut();
        change(&mut rules.expect("rules")[0]);
    }

    /// The schedule of [`CLUSTER`] as listed on `day`, at 02:00 UTC.
    pub(crate) fn add_atlas_schedule(&mut self, day: &str, items: Vec<AtlasPolicyItem>) {
        let schedule = AtlasSchedule {
            resource: CLUSTER.parse().expect("a resource"),
            at: at(day),
            items,
            reference_minute: Some(120),
        };
        let key = key(Source::AtlasBackupSchedule, "");
        self.records
            .atlas_schedules
            .push(observed(key, at(day), day, schedule));
    }
}
