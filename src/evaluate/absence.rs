//! Whether it is certain that no backup of a resource counts in a span.

use super::context::Context;
use super::place::Place;
use super::taken::{History, Taken};
use crate::model::coverage::{Gap, Proof};
use crate::model::ids::ResourceId;
use crate::model::records::Citation;
use crate::model::time::Interval;

/// What can be said of a span in which no backup of a resource counts.
#[derive(Debug)]
pub enum Absence<'a> {
    /// There may have been one.
    Doubtful {
        /// Why.
        reason: String,
        /// The record that leaves it open.
        record: &'a Citation,
    },
    /// The list of jobs is not proven.
    Unproven(Vec<Gap>),
    /// There was none, in a list of jobs that is proven.
    Proven(Proof),
}

impl<'a> Absence<'a> {
    /// What can be said of `span`; the histories are the resource's own and that of attempts which name no resource.
    pub fn of(
        context: &Context<'a>,
        resource: &ResourceId,
        place: &Place,
        [own, unplaced]: [&'a History<'a>; 2],
        span: Interval,
    ) -> Self {
        if let Some(doubt) = own.doubts_in(span).chain(unplaced.doubts_in(span)).next() {
            return Self::Doubtful {
                reason: doubt.reason.clone(),
                record: doubt.citation,
            };
        }
        let here = |taken: &&Taken<'_>| {
            let job = taken.job.map(|job| &job.key);
            job.or(taken.point.map(|point| &point.key))
                .is_none_or(|key| key.account == place.account && key.region == place.region)
        };
        let mut nameless = unplaced.taken_in(span).map(|(_, taken)| taken).filter(here);
        let nameless = nameless.find_map(|taken| Some((taken, taken.citations().next()?)));
        if let Some((taken, record)) = nameless {
            let reason = format!("backup {} names no resource: it may be of {resource}", taken.id());
            return Self::Doubtful { reason, record };
        }
        match context.records.coverage.prove(&place.jobs(), span) {
            Ok(searched) => Self::Proven(searched),
            Err(gaps) => Self::Unproven(gaps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::taken::histories;
    use crate::evaluate::testing::backups::job;
    use crate::evaluate::testing::{DB, World, span};

    #[test]
    fn a_backup_that_names_no_resource_may_be_of_any_in_its_place_only() {
        let nameless = |account: &str, region: &str| {
            let mut world = World::new();
            let mut nameless = job("nameless", "2026-07-03T03:00");
            nameless.resource = None;
            world.add_job(nameless);
            let key = &mut world.records.jobs[0].key;
            key.account = account.parse().expect("an account");
            key.region = region.parse().expect("a region");
            world.with_context(|context| {
                let (resource, histories) = (DB.parse().expect("a resource"), histories(context));
                let place = Place::of(&resource, None).expect("a place");
                let (own, day) = (History::default(), span("2026-07-03", "2026-07-04"));
                let absence = Absence::of(context, &resource, &place, [&own, &histories[&None]], day);
                matches!(absence, Absence::Doubtful { .. })
            })
        };
        let account = crate::evaluate::testing::ACCOUNT;
        assert!(nameless(account, "us-east-1"));
        assert!(!nameless(account, "us-west-2") && !nameless("999988887777", "us-east-1"));
    }
}
