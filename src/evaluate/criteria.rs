//! The parameters in force as the procedures use them: typed, resolved once.

use chrono::TimeDelta;

use crate::catalogue::{Approval, ParameterError, ParameterInForce, Parameters, PolicyDefines, Standing};
use crate::model::scope::Scope;
use crate::model::time::day_start;

/// How daily backups are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyMode {
    /// At least one backup on each day of the policy's calendar.
    CalendarDay,
    /// No gap between consistency points longer than the interval and its tolerance.
    MaxGap,
    /// Both.
    Both,
}

/// Which instant of a backup counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupTimeBasis {
    /// The consistency point.
    ConsistencyPoint,
    /// Completion.
    Completion,
}

/// How far away a copy has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocationLevel {
    /// Another availability zone.
    AvailabilityZone,
    /// Another region.
    Region,
    /// Another account.
    Account,
}

/// A length of time that stands in where nothing else sets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// The length.
    pub length: TimeDelta,
    /// Whether the policy gives it, or management approved it.
    pub settled: bool,
}

/// What management has declared about locks on vaults. The policy asks for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultLock {
    /// Every vault has to be locked.
    Mandatory,
    /// Management approved that none has to be.
    NotMandatory(Approval),
    /// Nobody has said.
    Undeclared,
}

/// The parameters that the procedures use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criteria {
    /// Longest time between two backups.
    pub backup_interval: TimeDelta,
    /// Scheduler jitter on top of it.
    pub backup_interval_tolerance: TimeDelta,
    /// How daily backups are checked.
    pub daily_mode: DailyMode,
    /// Which instant of a backup counts.
    pub backup_time_basis: BackupTimeBasis,
    /// A job not completed after this long does not serve its day until it completes.
    pub completion_max: TimeDelta,
    /// Time until the first backup of a new system is due.
    pub onboarding_grace: TimeDelta,
    /// Time within which a failed job has to be followed up.
    pub failed_job_followup: TimeDelta,
    /// Whether management approved `failed_job_followup`: the policy has none.
    pub failed_job_followup_approved: bool,
    /// Days for which a recovery point has to be kept; `None` while management has not set and approved them: the policy is
    /// silent.
    pub min_retention_days: Option<i64>,
    /// Percent by which a backup may be smaller than those before it without being told of.
    pub size_drop_alert_pct: i64,
    /// How far away a copy has to be.
    pub alternate_location_level: LocationLevel,
    /// Longest time from a recovery point to its copy.
    pub copy_lag_max: TimeDelta,
    /// What management has declared about locks on vaults.
    pub vault_lock: VaultLock,
    /// Age of a restore test in days.
    pub restore_test_max_age_days: i64,
    /// Age of an exercise in days.
    pub exercise_max_age_days: i64,
    /// Age of a business impact analysis in days.
    pub bia_max_age_days: i64,
    /// Age of a review of a plan or policy document in days.
    pub plan_review_max_age_days: i64,
    /// Whether management approved `plan_review_max_age_days`: the policy has none.
    pub plan_review_max_age_approved: bool,
    /// Calendar years for which a superseded document is kept.
    pub documentation_retention_years: u32,
    /// Days by which an exercise may be late.
    pub schedule_slip_max_days: i64,
    /// Goal for the time until the service is usable again.
    pub rto_goal: Goal,
    /// Goal for the time whose data is lost.
    pub rpo_goal: Goal,
    /// A longer predicted outage activates the plan.
    pub activation_outage: Goal,
    /// A longer predicted outage of the hosting activates the plan.
    pub activation_hosting_outage: Goal,
    /// Longest time until the recovery of a critical system begins; `None` where nobody set it.
    pub recovery_start_max: Option<Goal>,
    /// Age of configuration evidence at the report's as-of date, in days.
    pub evidence_max_age_days: i64,
    /// How far clocks may differ.
    pub clock_skew: TimeDelta,
    /// Other names of the team in charge of backups; `None` until management has approved them.
    pub team_aliases: Option<Vec<String>>,
    /// ARNs of roles by which workloads act on backups, `*` allowed; `None` until management has approved them.
    pub expected_service_roles: Option<Vec<String>>,
    /// ARNs of identities for emergencies; `None` until management has approved them.
    pub break_glass_identities: Option<Vec<String>>,
    /// Accounts and projects that are not production; `None` until management has approved them.
    pub test_accounts: Option<Vec<String>>,
}

impl Criteria {
    /// Resolves the parameters in force. What management approved on a day that had not begun at the as-of instant is no
    /// approval yet.
    ///
    /// # Errors
    /// A parameter is missing from the catalogue, not set, or of another kind.
    pub fn of(parameters: &Parameters, scope: &Scope) -> Result<Self, ParameterError> {
        let is_approved = |parameter: &ParameterInForce| is_approved(parameter, scope);
        let approved_list = |id: &str| -> Result<Option<Vec<String>>, ParameterError> {
            // A list that only management can give: what nobody approved is no list.
            let approved = is_approved(parameters.get(id)?);
            Ok(parameters.optional_list(id)?.filter(|_| approved))
        };
        let days = |id: &str| parameters.days(id).map(i64::from);
        let daily_mode = match parameters.choice("daily_mode")?.as_str() {
            "calendar_day" => DailyMode::CalendarDay,
            "max_gap" => DailyMode::MaxGap,
            _ => DailyMode::Both,
        };
        let backup_time_basis = match parameters.choice("backup_time_basis")?.as_str() {
            "completion" => BackupTimeBasis::Completion,
            _ => BackupTimeBasis::ConsistencyPoint,
        };
        let alternate_location_level = match parameters.choice("alternate_location_level")?.as_str() {
            "REGION" => LocationLevel::Region,
            "ACCOUNT" => LocationLevel::Account,
            _ => LocationLevel::AvailabilityZone,
        };
        let declared = &parameters.get("vault_lock_mandatory")?.approval;
        let vault_lock = match (parameters.switch("vault_lock_mandatory")?, declared) {
            (true, _) => VaultLock::Mandatory,
            (false, Some(approval)) => VaultLock::NotMandatory(approval.clone()),
            (false, None) => VaultLock::Undeclared,
        };
        let followup = parameters.get("failed_job_followup")?;
        let goal = |id: &str| -> Result<Goal, ParameterError> {
            Ok(Goal {
                length: parameters.duration(id)?,
                settled: is_settled(parameters.get(id)?, scope),
            })
        };
        let retention = parameters.get("min_retention")?;
        let retention = parameters
            .optional_days("min_retention")?
            .filter(|_| is_approved(retention));
        Ok(Self {
            backup_interval: parameters.duration("backup_interval")?,
            backup_interval_tolerance: parameters.duration("backup_interval_tolerance")?,
            daily_mode,
            backup_time_basis,
            completion_max: parameters.duration("completion_max")?,
            onboarding_grace: parameters.duration("onboarding_grace")?,
            failed_job_followup: parameters.duration("failed_job_followup")?,
            failed_job_followup_approved: is_approved(followup),
            min_retention_days: retention.map(i64::from),
            size_drop_alert_pct: i64::from(parameters.percent("size_drop_alert_pct")?),
            alternate_location_level,
            copy_lag_max: parameters.duration("copy_lag_max")?,
            vault_lock,
            restore_test_max_age_days: days("restore_test_max_age")?,
            exercise_max_age_days: days("exercise_max_age")?,
            bia_max_age_days: days("bia_max_age")?,
            plan_review_max_age_days: days("plan_review_max_age")?,
            plan_review_max_age_approved: is_approved(parameters.get("plan_review_max_age")?),
            documentation_retention_years: parameters.years("documentation_retention")?,
            schedule_slip_max_days: days("schedule_slip_max")?,
            rto_goal: goal("rto_goal")?,
            rpo_goal: goal("rpo_goal")?,
            activation_outage: goal("activation_outage")?,
            activation_hosting_outage: goal("activation_hosting_outage")?,
            recovery_start_max: match parameters.get("recovery_start_max")?.standing() {
                Standing::NotSet => None,
                _ => Some(goal("recovery_start_max")?),
            },
            evidence_max_age_days: days("evidence_max_age")?,
            clock_skew: parameters.duration("clock_skew")?,
            team_aliases: approved_list("team_aliases")?,
            expected_service_roles: approved_list("expected_service_roles")?,
            break_glass_identities: approved_list("break_glass_identities")?,
            test_accounts: approved_list("test_accounts")?,
        })
    }
}

/// Whether management approved the value on a day that began before the as-of instant.
fn is_approved(parameter: &ParameterInForce, scope: &Scope) -> bool {
    let before = |approval: &Approval| day_start(approval.on, scope.period.zone()) < scope.as_of;
    parameter.value.is_some() && parameter.approval.as_ref().is_some_and(before)
}

/// Whether a value stands without doubt: the policy gives it, or management approved it.
fn is_settled(parameter: &ParameterInForce, scope: &Scope) -> bool {
    let by_policy = parameter.is_default && parameter.policy_defines == PolicyDefines::Yes;
    parameter.value.is_some() && (by_policy || is_approved(parameter, scope))
}

#[cfg(test)]
impl Default for Criteria {
    /// The catalogue's defaults, for tests.
    fn default() -> Self {
        Self {
            backup_interval: TimeDelta::hours(24),
            backup_interval_tolerance: TimeDelta::hours(2),
            daily_mode: DailyMode::Both,
            backup_time_basis: BackupTimeBasis::ConsistencyPoint,
            completion_max: TimeDelta::hours(24),
            onboarding_grace: TimeDelta::hours(24),
            failed_job_followup: TimeDelta::hours(24),
            failed_job_followup_approved: true,
            min_retention_days: Some(35),
            size_drop_alert_pct: 50,
            alternate_location_level: LocationLevel::AvailabilityZone,
            copy_lag_max: TimeDelta::hours(24),
            vault_lock: VaultLock::Undeclared,
            restore_test_max_age_days: 365,
            exercise_max_age_days: 365,
            bia_max_age_days: 365,
            plan_review_max_age_days: 365,
            plan_review_max_age_approved: true,
            documentation_retention_years: 6,
            schedule_slip_max_days: 0,
            rto_goal: Goal {
                length: TimeDelta::hours(24),
                settled: true,
            },
            rpo_goal: Goal {
                length: TimeDelta::hours(24),
                settled: false,
            },
            activation_outage: Goal {
                length: TimeDelta::hours(48),
                settled: true,
            },
            activation_hosting_outage: Goal {
                length: TimeDelta::hours(24),
                settled: true,
            },
            recovery_start_max: None,
            evidence_max_age_days: 90,
            clock_skew: TimeDelta::minutes(5),
            team_aliases: None,
            expected_service_roles: None,
            break_glass_identities: None,
            test_accounts: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Catalogue, Setting};
    use crate::evaluate::testing::World;

    /// The criteria where one parameter is set, and approved on `day` if there is one. The as-of instant is 11 July at 00:00.
    fn set(id: &str, value: &str, day: Option<&str>) -> Criteria {
        let approval = day.map(|day| Approval {
            by: "p-001".to_owned(),
            role: "CTO".to_owned(),
            on: day.parse().expect("a day"),
            reference: None,
        });
        let setting = Setting {
            id: id.to_owned(),
            value: value.to_owned(),
            approval,
        };
        let catalogue = Catalogue::builtin().expect("the catalogue");
        let parameters = Parameters::new(&catalogue, &[setting]).expect("in force");
        Criteria::of(&parameters, &World::new().scope).expect("criteria")
    }

    #[test]
    fn what_only_management_can_give_is_approved_before_the_as_of_instant() {
        type Given = fn(&Criteria) -> bool;
        let all: [(&str, &str, Given); 9] = [
            ("min_retention", "35d", |given| {
                given.min_retention_days == Some(35)
            }),
            ("failed_job_followup", "24h", |given| {
                given.failed_job_followup_approved
            }),
            ("plan_review_max_age", "365d", |given| {
                given.plan_review_max_age_approved
            }),
            ("rpo_goal", "4h", |given| given.rpo_goal.settled),
            ("team_aliases", "SRE", |given| given.team_aliases.is_some()),
            ("expected_service_roles", "arn:x", |given| {
                given.expected_service_roles.is_some()
            }),
            ("break_glass_identities", "arn:x", |given| {
                given.break_glass_identities.is_some()
            }),
            ("test_accounts", "111122223333", |given| {
                given.test_accounts.is_some()
            }),
            ("recovery_start_max", "1h", |given| {
                given.recovery_start_max.is_some_and(|goal| goal.settled)
            }),
        ];
        for (id, value, given) in all {
            assert!(given(&set(id, value, Some("2026-07-10"))), "{id}");
            for day in [None, Some("2026-07-11"), Some("2026-09-01")] {
                assert!(!given(&set(id, value, day)), "{id} {day:?}");
            }
        }
        // What the policy itself sets needs nobody's approval, and a late one takes nothing away.
        for day in [None, Some("2026-09-01")] {
            assert!(set("rto_goal", "24h", day).rto_goal.settled, "{day:?}");
            assert!(!set("rto_goal", "48h", day).rto_goal.settled, "{day:?}");
        }
    }
}
