//! How fast a service may be asked, per account and region: the throttles that AWS documents, with some room for others
//! who ask at the same time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Calls a second and place.
fn per_second(operation: &str) -> u32 {
    match operation {
        "cloudtrail:LookupEvents" => 2,
        "backup:DescribeBackupJob"
        | "backup:DescribeCopyJob"
        | "backup:DescribeRestoreJob"
        | "backup:GetBackupPlan"
        | "backup:GetBackupSelection"
        | "backup:GetBackupVaultAccessPolicy" => 12,
        "backup:DescribeProtectedResource" => 8,
        "s3:GetObject" => 500,
        _ => 16,
    }
}

/// When each operation may be asked again in one place.
#[derive(Debug, Default)]
pub(super) struct Pace(RefCell<BTreeMap<&'static str, Instant>>);

impl Pace {
    /// Waits until `operation` may be asked.
    pub(super) async fn wait(&self, operation: &'static str) {
        let gap = Duration::from_secs(1) / per_second(operation);
        let at = {
            let mut next = self.0.borrow_mut();
            let at = next
                .get(operation)
                .copied()
                .unwrap_or_else(Instant::now)
                .max(Instant::now());
            next.insert(operation, at + gap);
            at
        };
        sleep_until(at).await;
    }
}
