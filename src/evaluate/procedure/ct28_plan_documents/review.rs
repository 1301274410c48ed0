//! Whether a document was reviewed within the interval that management approved.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Shelf, Volume, statements};
use crate::evaluate::age::{Age, Limit};
use crate::evaluate::documents::version_doubt;
use crate::evaluate::facts::{Standing, judged_days, standing};
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::governance::Predecessor;
use crate::model::time::day_of;

impl<'a> Shelf<'a> {
    /// Concludes `<doc>/review`.
    pub(super) fn examine_review(&self, volume: &Volume<'a>, builder: &mut FindingBuilder) {
        let id = format!("{}/review", volume.id);
        self.judge_review(volume, &id, builder);
        builder.only_about(&id, &about(statements(volume.kind)));
    }

    fn judge_review(&self, volume: &Volume<'a>, id: &str, builder: &mut FindingBuilder) {
        let criteria = self.context.criteria;
        let seen = Evidence::all(volume.versions.iter().map(|row| &row.citation));
        let seen = seen.expect("invariant: a document has a version");
        if !criteria.plan_review_max_age_approved {
            let reason = "the policy sets no interval for reviews, and management approved none";
            return builder.indeterminate(id, reason, "an approved value of plan_review_max_age", seen);
        }
        let (first, last) = judged_days(self.context);
        let limit = Limit {
            first,
            last,
            max_days: criteria.plan_review_max_age_days,
        };
        let sound = self.reviews(volume, true);
        let doubtful = self.reviews(volume, false);
        if sound.is_empty() && doubtful.is_empty() {
            let reason = "the register tells of no review of the document";
            return builder.indeterminate(id, reason, "the reviews of the document, with their dates", seen);
        }
        let oldest = volume.versions.first().map(|row| &row.value);
        let since = oldest.filter(|oldest| oldest.supersedes == Some(Predecessor::First));
        match (
            limit.judge(&sound, &doubtful, since.map(|oldest| oldest.effective)),
            &self.register,
        ) {
            (Age::Within { at_end, .. }, _) => {
                let text = format!("{}: the newest review is {at_end} days old on {last}", volume.id);
                builder.observe(text, seen.clone());
                builder.supported_if(id, &self.register, seen);
            }
            (Age::Over(condition), Ok(proof)) => {
                let max = limit.max_days;
                let criterion = format!("a review at most {max} days old throughout");
                let seen = seen.and(Evidence::absence_in(proof));
                builder.exception(id, Severity::Medium, condition, criterion, seen);
            }
            (Age::Open(reason), Ok(_)) => {
                builder.indeterminate(id, reason, "the earlier reviews of the document", seen);
            }
            (Age::NotDueBefore(day), Ok(_)) => {
                let reason = format!("no sound review is on record, and none was due before {day}");
                builder.indeterminate(id, reason, "the reviews of the document", seen);
            }
            (_, Err(gaps)) => builder.gap(id, gaps, Some(seen)),
        }
    }

    /// The days of the reviews that count (`sound`), or may count.
    fn reviews(&self, volume: &Volume<'a>, sound: bool) -> BTreeSet<NaiveDate> {
        let zone = self.context.scope.period.zone();
        let mut days = BTreeSet::new();
        for row in &volume.versions {
            let in_doubt = version_doubt(self.context, row).is_some();
            for at in &row.value.reviews {
                let stands = standing(self.context, *at, row);
                if stands == Standing::NotYet {
                    continue;
                }
                if (stands == Standing::Fact && !in_doubt) == sound {
                    days.insert(day_of(*at, zone));
                }
            }
        }
        days
    }
}
