//! The one place that asks the clock and the environment for the time.

use std::cell::Cell;

use crate::model::time::Instant;

/// `SOURCE_DATE_EPOCH` is not a number of seconds since 1970.
#[derive(Debug, thiserror::Error)]
#[error("SOURCE_DATE_EPOCH is {0:?}: write the seconds since 1970-01-01, for instance 1790899200")]
pub struct BadEpoch(String);

/// What time it is, and what time is stamped.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The machine's clock, to the second: decides what is past and what is future.
    pub now: Instant,
    /// Stamped as the claimed time of production and signing: `SOURCE_DATE_EPOCH` where it is set, for byte-identical
    /// builds (reproducible-builds.org), otherwise `now`.
    pub stamp: Instant,
}

impl Clock {
    /// Asks the machine and the environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge: everything below gets the time as an argument"
    )]
    pub fn ask() -> Result<Self, BadEpoch> {
        let now: Instant = std::time::SystemTime::now().into();
        let now =
            Instant::from_timestamp(now.timestamp(), 0).expect("invariant: the machine's clock is in range");
        let stamp = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(text) => {
                let seconds = text
                    .parse()
                    .ok()
                    .and_then(|seconds| Instant::from_timestamp(seconds, 0));
                seconds.ok_or(BadEpoch(text))?
            }
            Err(_) => now,
        };
        Ok(Self { now, stamp })
    }
}

/// A clock that goes on, to the millisecond, and never back: answers stand in the order in which they came even where the
/// machine's clock is set while a run goes on.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: everything below gets the time as an argument"
)]
pub fn running() -> impl Fn() -> Instant {
    let last = Cell::new(Instant::MIN_UTC);
    move || {
        let now: Instant = std::time::SystemTime::now().into();
        let now = Instant::from_timestamp_millis(now.timestamp_millis())
            .expect("invariant: the machine's clock is in range");
        last.set(now.max(last.get()));
        last.get()
    }
}
