//! The wire shapes of AWS Backup, KMS, CloudTrail and the tagging service (JSON 1.1 and REST-JSON protocols): the
//! members that matter, required where the service always sends them. Members that are not listed are not looked at.

pub(in crate::normalize) mod iam;

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use crate::model::time::Instant;
use crate::normalize::instant::plausible;

/// Fractional epoch seconds, as the JSON protocols carry instants. Read from the number's decimal text, so that
/// `1783314001.21` is exactly 210 milliseconds past the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch(pub(super) Instant);

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        instant(&number.to_string())
            .map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("{number} is not a time in epoch seconds")))
    }
}

/// Decimal epoch seconds with at most nine decimals.
fn instant(decimal: &str) -> Option<Instant> {
    let (seconds, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    Instant::from_timestamp(seconds.parse().ok()?, nanos).and_then(plausible)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BackupJob {
    pub(super) account_id: String,
    pub(super) backup_job_id: String,
    pub(super) backup_vault_arn: Option<String>,
    pub(super) recovery_point_arn: Option<String>,
    pub(super) resource_arn: Option<String>,
    pub(super) resource_type: Option<String>,
    pub(super) creation_date: Epoch,
    pub(super) completion_date: Option<Epoch>,
    pub(super) state: String,
    pub(super) status_message: Option<String>,
    pub(super) message_category: Option<String>,
    pub(super) backup_size_in_bytes: Option<i64>,
    pub(super) created_by: Option<CreatedBy>,
    #[serde(default)]
    pub(super) is_parent: bool,
    pub(super) parent_job_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatedBy {
    pub(super) backup_plan_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CopyJob {
    pub(super) account_id: String,
    pub(super) copy_job_id: String,
    pub(super) source_backup_vault_arn: Option<String>,
    pub(super) source_recovery_point_arn: Option<String>,
    pub(super) destination_backup_vault_arn: Option<String>,
    pub(super) destination_recovery_point_arn: Option<String>,
    pub(super) resource_arn: Option<String>,
    pub(super) creation_date: Epoch,
    pub(super) completion_date: Option<Epoch>,
    pub(super) state: String,
    pub(super) message_category: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RestoreJob {
    pub(super) account_id: String,
    pub(super) restore_job_id: String,
    pub(super) recovery_point_arn: Option<String>,
    pub(super) source_resource_arn: Option<String>,
    pub(super) created_resource_arn: Option<String>,
    pub(super) creation_date: Epoch,
    pub(super) completion_date: Option<Epoch>,
    pub(super) status: String,
    pub(super) validation_status: Option<String>,
    pub(super) created_by: Option<RestoreCreator>,
}

/// What started a restore, where nobody asked for it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RestoreCreator {
    pub(super) restore_testing_plan_arn: Option<String>,
}

/// A row of `ListRestoreTestingPlans`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RestoreTestingPlanRow {
    pub(super) restore_testing_plan_arn: String,
    pub(super) restore_testing_plan_name: String,
    pub(super) creation_time: Epoch,
    pub(super) last_update_time: Option<Epoch>,
    pub(super) schedule_expression: Option<String>,
    pub(super) schedule_expression_timezone: Option<String>,
    pub(super) start_window_hours: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RecoveryPoint {
    pub(super) recovery_point_arn: String,
    pub(super) backup_vault_arn: String,
    pub(super) source_backup_vault_arn: Option<String>,
    pub(super) resource_arn: Option<String>,
    pub(super) created_by: Option<CreatedBy>,
    pub(super) status: String,
    pub(super) creation_date: Epoch,
    pub(super) completion_date: Option<Epoch>,
    pub(super) backup_size_in_bytes: Option<i64>,
    pub(super) calculated_lifecycle: Option<CalculatedLifecycle>,
    pub(super) storage_class: Option<String>,
    pub(super) encryption_key_arn: Option<String>,
    pub(super) is_encrypted: Option<bool>,
    #[serde(default)]
    pub(super) is_parent: bool,
    pub(super) parent_recovery_point_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CalculatedLifecycle {
    pub(super) delete_at: Option<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Vault {
    pub(super) backup_vault_name: String,
    pub(super) backup_vault_arn: String,
    pub(super) vault_type: Option<String>,
    pub(super) creation_date: Option<Epoch>,
    pub(super) encryption_key_arn: Option<String>,
    pub(super) locked: Option<bool>,
    pub(super) lock_date: Option<Epoch>,
    pub(super) min_retention_days: Option<i64>,
    pub(super) max_retention_days: Option<i64>,
}

/// The reply of `GetBackupVaultAccessPolicy`; the policy is JSON as text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VaultPolicyReply {
    pub(super) backup_vault_arn: Option<String>,
    pub(super) policy: String,
}

/// A row of `ListAccounts` of AWS Organizations. `State` takes the place of `Status`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountRow {
    pub(super) id: String,
    pub(super) status: Option<String>,
    pub(super) state: Option<String>,
}

/// A row of `ListRegions` of the account management service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RegionRow {
    pub(super) region_name: String,
    pub(super) region_opt_status: String,
}

/// A row of `ListProtectedResources`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProtectedRow {
    pub(super) resource_arn: String,
    pub(super) last_backup_time: Option<Epoch>,
}

/// The reply of `DescribeProtectedResource`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProtectedReply {
    pub(super) resource_arn: String,
    pub(super) latest_restore_execution_time_minutes: Option<u64>,
    pub(super) latest_restore_job_creation_date: Option<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JobSummary {
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) state: String,
    pub(super) resource_type: Option<String>,
    pub(super) message_category: Option<String>,
    pub(super) count: u64,
    pub(super) start_time: Epoch,
    pub(super) end_time: Epoch,
}

/// A row of `ListBackupPlans` and of `ListBackupPlanVersions`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PlanRow {
    pub(super) backup_plan_arn: String,
    pub(super) backup_plan_id: String,
    pub(super) backup_plan_name: String,
    pub(super) version_id: String,
    pub(super) creation_date: Epoch,
    pub(super) deletion_date: Option<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PlanReply {
    pub(super) backup_plan: Plan,
    pub(super) backup_plan_id: String,
    pub(super) backup_plan_arn: String,
    pub(super) version_id: String,
    pub(super) creation_date: Epoch,
    pub(super) deletion_date: Option<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Plan {
    pub(super) backup_plan_name: String,
    pub(super) rules: Vec<PlanRule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PlanRule {
    pub(super) rule_id: String,
    pub(super) rule_name: String,
    pub(super) schedule_expression: Option<String>,
    pub(super) schedule_expression_timezone: Option<String>,
    pub(super) start_window_minutes: Option<i64>,
    pub(super) completion_window_minutes: Option<i64>,
    pub(super) lifecycle: Option<Lifecycle>,
    /// The service's own meaning of absence is "snapshots only".
    #[serde(default)]
    pub(super) enable_continuous_backup: Option<bool>,
    pub(super) copy_actions: Option<Vec<CopyAction>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Lifecycle {
    pub(super) delete_after_days: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CopyAction {
    pub(super) destination_backup_vault_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SelectionRow {
    pub(super) selection_id: String,
    pub(super) backup_plan_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SelectionReply {
    pub(super) backup_selection: Selection,
    pub(super) selection_id: String,
    pub(super) backup_plan_id: String,
    pub(super) creation_date: Epoch,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Selection {
    pub(super) resources: Option<Vec<String>>,
    pub(super) not_resources: Option<Vec<String>>,
    pub(super) list_of_tags: Option<Vec<TagEquals>>,
    pub(super) conditions: Option<Conditions>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagEquals {
    pub(super) condition_type: String,
    pub(super) condition_key: String,
    pub(super) condition_value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Conditions {
    pub(super) string_equals: Option<Vec<Condition>>,
    pub(super) string_not_equals: Option<Vec<Condition>>,
    pub(super) string_like: Option<Vec<Condition>>,
    pub(super) string_not_like: Option<Vec<Condition>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Condition {
    pub(super) condition_key: String,
    pub(super) condition_value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyRow {
    pub(super) key_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyReply {
    pub(super) key_metadata: KeyMetadata,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    pub(super) account_id: Option<String>,
    pub(super) arn: String,
    pub(super) key_id: String,
    pub(super) key_state: String,
    pub(super) deletion_date: Option<Epoch>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrailRow {
    pub(super) event_id: String,
    pub(super) event_time: Option<Epoch>,
    pub(super) cloud_trail_event: String,
}

/// The event inside of a [`TrailRow`]: CloudTrail's own record format.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrailEvent {
    #[serde(rename = "eventID")]
    pub(super) event_id: String,
    pub(super) event_time: Rfc3339,
    pub(super) event_source: String,
    pub(super) event_name: String,
    pub(super) aws_region: String,
    pub(super) recipient_account_id: Option<String>,
    pub(super) user_identity: Option<UserIdentity>,
    #[serde(rename = "sourceIPAddress")]
    pub(super) source_ip_address: Option<String>,
    pub(super) error_code: Option<String>,
    #[serde(rename = "requestID")]
    pub(super) request_id: Option<String>,
    pub(super) read_only: Option<bool>,
    #[serde(default)]
    pub(super) request_parameters: Value,
    #[serde(default)]
    pub(super) response_elements: Value,
    #[serde(default)]
    pub(super) service_event_details: Value,
    #[serde(default)]
    pub(super) resources: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserIdentity {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) arn: Option<String>,
    pub(super) invoked_by: Option<String>,
    pub(super) session_context: Option<SessionContext>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionContext {
    pub(super) session_issuer: Option<SessionIssuer>,
    pub(super) attributes: Option<SessionAttributes>,
}

/// Empty where a user got the session for himself.
#[derive(Debug, Deserialize)]
pub(super) struct SessionIssuer {
    pub(super) arn: Option<String>,
}

/// CloudTrail writes the truth as the texts `true` and `false`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionAttributes {
    pub(super) mfa_authenticated: Option<String>,
}

/// An RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rfc3339(pub(super) Instant);

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = text.parse().ok().and_then(plausible);
        at.map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is not an instant")))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ResourceRow {
    #[serde(rename = "ResourceARN")]
    pub(super) arn: String,
    #[serde(rename = "Tags")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[cfg(test)]
mod tests {
    use super::{Epoch, instant};

    #[test]
    fn epoch_seconds_are_exact() {
        let at = |text: &str| serde_json::from_str::<Epoch>(text).map(|epoch| epoch.0).ok();
        let known = |text: &str| text.parse().ok();
        assert_eq!(at("1783314001.21"), known("2026-07-06T05:00:01.210Z"));
        assert_eq!(at("1783314001.067"), known("2026-07-06T05:00:01.067Z"));
        assert_eq!(at("1783314001"), known("2026-07-06T05:00:01Z"));
        assert_eq!(at("1.783314001E9"), known("2026-07-06T05:00:01Z"));
        for bad in [
            "\"1783314001\"",
            "-1",
            "null",
            "\"2026-07-06T05:00:01Z\"",
            "1e300",
            "7258118400",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
        // Every millisecond of a second survives the way through a double.
        for millis in 0..1000 {
            let text = format!("1783314001.{millis:03}");
            assert_eq!(at(&text), instant(&text), "{text}");
        }
    }
}
