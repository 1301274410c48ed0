//! The documents of `docs/spec/collections.md` as canonical extended JSON (MongoDB Extended JSON v2): instants as
//! `{"$date":{"$numberLong":…}}`, whole numbers as `{"$numberInt":…}` or `{"$numberLong":…}`.

#[cfg(test)]
mod agreement;
mod contingency;
mod documents;
mod exercises;
mod roles;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::model::time::Instant;
use crate::normalize::instant::{plausible, plausible_day};

pub(super) use contingency::{
    Incident, ListedDevice, Medium, Movement, Notification, RecoveryTask, Sanitisation,
};
pub(super) use documents::{Contact, DocumentKind, Phase, PlanDocument};
pub(super) use exercises::{ActionItem, Exercise};
pub(super) use roles::{ApprovedAccess, Attestation, CopyOf, RoleHolder, Training};

/// A BSON date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Date(pub(super) Instant);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            #[serde(rename = "$date")]
            date: Long,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            #[serde(rename = "$numberLong")]
            millis: String,
        }
        let text = Wire::deserialize(deserializer)?.date.millis;
        let at = text
            .parse()
            .ok()
            .and_then(Instant::from_timestamp_millis)
            .and_then(plausible);
        at.map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is not a date in milliseconds")))
    }
}

/// A whole number. Shells store whole numbers as doubles; one without a fraction is taken for what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole(pub(super) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        enum Wire {
            #[serde(rename = "$numberInt")]
            Int(String),
            #[serde(rename = "$numberLong")]
            Long(String),
            #[serde(rename = "$numberDouble")]
            Double(String),
        }
        let text = match Wire::deserialize(deserializer)? {
            Wire::Int(text) | Wire::Long(text) => text,
            Wire::Double(text) => text.strip_suffix(".0").map(str::to_owned).unwrap_or(text),
        };
        text.parse()
            .map(Self)
            .map_err(|_| D::Error::custom(format_args!("{text:?} is not a whole number")))
    }
}

/// A calendar day, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day(pub(super) NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let day = text
            .parse::<NaiveDate>()
            .ok()
            .filter(|day| day.to_string() == text)
            .and_then(plausible_day);
        day.map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is not a day (YYYY-MM-DD)")))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Class {
    Database,
    Web,
    MessageBroker,
    Webhook,
    Cache,
    Other,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Criticality {
    Critical,
    NonCritical,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ephi {
    Stores,
    Processes,
    Transmits,
    None,
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Provider {
    Aws,
    Atlas,
    Saas,
    Device,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BackupMethod {
    AwsBackup,
    Atlas,
    Native,
    IacRebuild,
    None,
}

#[derive(Debug, Deserialize)]
pub(super) struct System {
    pub(super) system_id: String,
    pub(super) name: String,
    pub(super) class: Class,
    pub(super) criticality: Criticality,
    pub(super) ephi: Ephi,
    pub(super) owner: Option<String>,
    pub(super) owner_role: Option<String>,
    pub(super) classification: Option<String>,
    pub(super) provider: Provider,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) resource_ids: Vec<String>,
    pub(super) backup_method: Option<BackupMethod>,
    pub(super) mechanism: Option<String>,
    pub(super) exemption: Option<Exemption>,
    pub(super) onboarded_at: Option<Date>,
    pub(super) decommissioned_at: Option<Date>,
    pub(super) migrations: Option<Vec<Migration>>,
    pub(super) approved_by: Option<String>,
    pub(super) as_of: Date,
}

#[derive(Debug, Deserialize)]
pub(super) struct Migration {
    pub(super) at: Option<Date>,
    pub(super) from: String,
    pub(super) to: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Exemption {
    pub(super) rationale: String,
    pub(super) approved_by: String,
    pub(super) approved_at: Date,
    pub(super) from: Date,
    pub(super) until: Option<Date>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ClassStatement {
    pub(super) statement: Statement,
    pub(super) class: Class,
    pub(super) approved_by: String,
    pub(super) approved_at: Date,
    pub(super) rationale: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Statement {
    ClassNotUsed,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    Checksum,
    RowCount,
    AppCheck,
    None,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TestResult {
    Success,
    Failure,
}

#[derive(Debug, Deserialize)]
pub(super) struct RestoreTest {
    pub(super) test_id: String,
    pub(super) system_id: String,
    pub(super) backup_id: String,
    pub(super) backup_time: Date,
    pub(super) restore_job_id: Option<String>,
    pub(super) simulated_loss_at: Option<Date>,
    pub(super) restore_started: Date,
    pub(super) restore_finished: Option<Date>,
    pub(super) service_ready_at: Option<Date>,
    pub(super) target_location: String,
    pub(super) tester: String,
    pub(super) reviewer: Option<String>,
    pub(super) reviewed_at: Option<Date>,
    pub(super) method: Method,
    pub(super) source_manifest: Option<Manifest>,
    pub(super) restored_manifest: Option<Manifest>,
    pub(super) sample: Option<Sample>,
    pub(super) application_check: Option<ApplicationCheck>,
    pub(super) write_explanations: Option<Vec<Explanation>>,
    pub(super) result: TestResult,
    pub(super) deviations: Vec<String>,
    pub(super) tickets: Vec<String>,
    pub(super) signed_off: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApplicationCheck {
    pub(super) at: Date,
    pub(super) result: TestResult,
}

#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) taken_at: Date,
    pub(super) objects: Vec<Object>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) count: Whole,
    pub(super) sha256: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    pub(super) stated_size: Option<Whole>,
    pub(super) seed: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Explanation {
    pub(super) object: String,
    pub(super) explanation: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Tabletop,
    Technical,
}

#[derive(Debug, Deserialize)]
pub(super) struct Schedule {
    pub(super) schedule_id: String,
    pub(super) version: String,
    pub(super) approved_by: Option<String>,
    pub(super) approved_role: Option<String>,
    pub(super) approved_at: Option<Date>,
    pub(super) delegation: Option<Delegation>,
    pub(super) year: Whole,
    pub(super) items: Vec<Planned>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Delegation {
    pub(super) by: String,
    pub(super) at: Date,
    pub(super) reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Planned {
    pub(super) planned_id: String,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) planned_date: Day,
    pub(super) scope_systems: Vec<String>,
    pub(super) criteria: Option<String>,
    pub(super) rescheduled_to: Option<Day>,
    pub(super) reschedule_approved_by: Option<String>,
    pub(super) reschedule_approved_at: Option<Date>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Completed,
    NotCompleted,
}

#[derive(Debug, Deserialize)]
pub(super) struct Bia {
    pub(super) bia_id: String,
    pub(super) version: String,
    pub(super) performed_at: Option<Day>,
    pub(super) approved_by: Option<String>,
    pub(super) approved_at: Option<Date>,
    pub(super) systems: Vec<BiaSystem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BiaSystem {
    pub(super) system_id: String,
    pub(super) criticality: Option<Criticality>,
    pub(super) rto_minutes: Option<Whole>,
    pub(super) rpo_minutes: Option<Whole>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Ticket {
    pub(super) ticket_id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) title: String,
    pub(super) opened_at: Date,
    pub(super) opened_by: String,
    pub(super) approved_by: Option<String>,
    pub(super) approved_at: Option<Date>,
    pub(super) due: Option<Day>,
    pub(super) closed_at: Option<Date>,
    pub(super) refs: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) enum Assurance {
    #[serde(rename = "BAA")]
    Baa,
    #[serde(rename = "SOC2")]
    Soc2,
    #[serde(rename = "ISO")]
    Iso,
}

#[derive(Debug, Deserialize)]
pub(super) struct VendorAssurance {
    pub(super) vendor: String,
    pub(super) document: Assurance,
    pub(super) period_start: Day,
    pub(super) period_end: Day,
    pub(super) reviewed_by: Option<String>,
    pub(super) reviewed_at: Option<Date>,
}
