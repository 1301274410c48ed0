//! The recovery tasks of policy 13.5.2, by the names that the registers use for them.
//!
//! The policy says both that they go in order and that they do not: presence counts, never order.

use std::collections::BTreeSet;

/// The task of InfoSec.
pub const SECURITY_TASK: &str = "verify_security_controls";

/// The task with which recovery begins.
pub const BEGIN_TASK: &str = "begin_recovery";

/// Every task.
pub const TASKS: [&str; 9] = [
    "contact_partners_and_customers",
    "assess_damage",
    BEGIN_TASK,
    "test_new_environment",
    "test_logging_security_alerting",
    "assure_patched",
    "deploy_to_production",
    "update_dns",
    SECURITY_TASK,
];

/// The tasks of the teams that recover: all but that of InfoSec.
pub fn of_recovery() -> BTreeSet<&'static str> {
    TASKS.into_iter().filter(|task| *task != SECURITY_TASK).collect()
}

/// A name as the registers mean it: lower case, words joined by underscores.
pub fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}
