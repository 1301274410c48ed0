//! How each test is tried: one procedure a file, one line a procedure in the table.

mod ct01_evidence_complete;
mod ct02_population_complete;
mod ct03_assigned_backup;
mod ct04_backup_rules;
mod ct05_daily_backup;
mod ct06_newest_point;
mod ct07_failed_jobs;
mod ct08_whole_system;
mod ct09_encrypted;
mod ct10_keys_allow_recovery;
mod ct11_retention;
mod ct12_vaults_resist_deletion;
mod ct13_early_disappearance;
mod ct14_alternate_location;
mod ct15_backup_register;
mod ct16_given_to_others;
mod ct17_restore_test;
mod ct18_restore_accuracy;
mod ct19_recovery_objectives;
mod ct20_restore_reviewed;
mod ct21_test_schedule;
mod ct22_scheduled_exercises;
mod ct23_tabletop;
mod ct24_technical_test;
mod ct25_attendance;
mod ct26_action_items;
mod ct27_impact_analysis;
mod ct28_plan_documents;
mod ct29_disposal;
mod ct30_contingency_events;
mod ct31_media_register;
mod ct32_who_did;
mod ct33_who_could;
mod ct34_assigned_and_trained;
mod ct35_protection_changes;
#[cfg(test)]
mod rehearsal_evidence;

use super::context::Context;
use crate::model::finding::Finding;
use crate::model::ids::TestId;

/// A procedure concludes one test.
pub type Procedure = fn(&Context<'_>, TestId) -> Finding;

/// Every procedure that is built, in the order of the catalogue.
pub const PROCEDURES: &[(&str, Procedure)] = &[
    ("CT-01", ct01_evidence_complete::evidence_complete),
    ("CT-02", ct02_population_complete::population_complete),
    ("CT-03", ct03_assigned_backup::assigned_backup),
    ("CT-04", ct04_backup_rules::backup_rules),
    ("CT-05", ct05_daily_backup::daily_backup),
    ("CT-06", ct06_newest_point::newest_point),
    ("CT-07", ct07_failed_jobs::failed_jobs),
    ("CT-08", ct08_whole_system::whole_system),
    ("CT-09", ct09_encrypted::encrypted),
    ("CT-10", ct10_keys_allow_recovery::keys_allow_recovery),
    ("CT-11", ct11_retention::retention),
    ("CT-12", ct12_vaults_resist_deletion::vaults_resist_deletion),
    ("CT-13", ct13_early_disappearance::early_disappearance),
    ("CT-14", ct14_alternate_location::alternate_location),
    ("CT-15", ct15_backup_register::backup_register),
    ("CT-16", ct16_given_to_others::given_to_others),
    ("CT-17", ct17_restore_test::restore_test),
    ("CT-18", ct18_restore_accuracy::restore_accuracy),
    ("CT-19", ct19_recovery_objectives::recovery_objectives),
    ("CT-20", ct20_restore_reviewed::restore_reviewed),
    ("CT-21", ct21_test_schedule::test_schedule),
    ("CT-22", ct22_scheduled_exercises::scheduled_exercises),
    ("CT-23", ct23_tabletop::tabletop),
    ("CT-24", ct24_technical_test::technical_test),
    ("CT-25", ct25_attendance::attendance),
    ("CT-26", ct26_action_items::action_items),
    ("CT-27", ct27_impact_analysis::impact_analysis),
    ("CT-28", ct28_plan_documents::plan_documents),
    ("CT-29", ct29_disposal::disposal),
    ("CT-30", ct30_contingency_events::contingency_events),
    ("CT-31", ct31_media_register::media_register),
    ("CT-32", ct32_who_did::who_did),
    ("CT-33", ct33_who_could::who_could),
    ("CT-34", ct34_assigned_and_trained::assigned_and_trained),
    ("CT-35", ct35_protection_changes::protection_changes),
];
