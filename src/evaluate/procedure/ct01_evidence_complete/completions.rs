//! Lists of the jobs that *completed* in a time. They prove no time, but show how jobs ended that began before: where one
//! failed and none stands for it, an end may have gone unseen, and a job may still look as if it ran.

use std::collections::BTreeMap;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Pulled;
use crate::model::source::SourceKey;
use crate::model::time::{Instant, Interval, Spans, show};

/// An item names this many of the pulls that failed.
const PULLS_SHOWN: usize = 2;

/// One item for each time that a failed list was asked for and no whole one of the place covers.
pub(super) fn examine_completions(context: &Context<'_>, builder: &mut FindingBuilder) {
    let mut by_place: BTreeMap<&SourceKey, Vec<&Pulled>> = BTreeMap::new();
    for pull in context.records.pulls.iter().filter(|pull| pull.follows_up) {
        by_place.entry(&pull.receipt.key).or_default().push(pull);
    }
    for (key, pulls) in by_place {
        let (whole, broken): (Vec<&Pulled>, Vec<_>) = pulls.into_iter().partition(|pull| pull.whole);
        let shown = Spans::of(whole.iter().filter_map(|pull| pull.receipt.completions()));
        let lacking = broken.iter().map(|pull| shown.missing_in(&asked(pull)));
        let lacking = Spans::of(lacking.flat_map(|spans| spans.iter().copied().collect::<Vec<_>>()));
        for interval in lacking.within(&examined(context.scope)).iter() {
            let of_interval = broken
                .iter()
                .filter(|pull| asked(pull).intersect(interval).is_some());
            let mut complaints: Vec<_> = of_interval.filter_map(|pull| pull.complaint.as_deref()).collect();
            let more = match complaints.len().saturating_sub(PULLS_SHOWN) {
                0 => String::new(),
                more => format!("; and {more} more like it"),
            };
            complaints.truncate(PULLS_SHOWN);
            let reason = format!(
                "how jobs ended that completed in {interval} and were created before is not shown: {}{more}",
                complaints.join("; ")
            );
            builder.indeterminate(
                format!(
                    "{}/completed/{}",
                    key.to_string().replace(' ', "/"),
                    show(interval.start())
                ),
                reason,
                format!("a complete list of the jobs that completed in {interval}"),
                Evidence::place(key),
            );
        }
    }
}

/// The time whose completed jobs were asked for; where the request does not say, all until the answer.
fn asked(pull: &Pulled) -> Interval {
    let until = pull
        .receipt
        .finished
        .max(Instant::UNIX_EPOCH + chrono::TimeDelta::milliseconds(1));
    let all = Interval::new(Instant::UNIX_EPOCH, until).expect("invariant: a millisecond at the least");
    pull.receipt.completions().unwrap_or(all)
}
