//! How fast a service may be asked, per account and region, by the table of calls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::calls;

/// When each operation may be asked again in one place.
#[derive(Debug, Default)]
pub(super) struct Pace(RefCell<BTreeMap<&'static str, Instant>>);

impl Pace {
    /// Waits until `operation` may be asked.
    pub(super) async fn wait(&self, operation: &'static str) {
        let gap = Duration::from_secs(1) / calls::of(operation).per_second;
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
