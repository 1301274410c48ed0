//! Whether superseded versions are still there, unaltered, for as long as documentation has to be kept.

use chrono::{Days, Months, NaiveDate};

use super::{Shelf, Volume};
use crate::evaluate::documents::name;
use crate::evaluate::facts::{Doubt, Standing, judged_days, standing};
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{PlanDocument, Predecessor, Retained};
use crate::model::time::day_of;

const CRITERION: &str = "a superseded version is kept, unaltered, for documentation_retention";

impl<'a> Shelf<'a> {
    /// Concludes `<doc>/<version>/retained` of each superseded version, and `<doc>/history`.
    pub(super) fn examine_retention(&self, volume: &Volume<'a>, builder: &mut FindingBuilder) {
        let (_, last) = judged_days(self.context);
        for row in &volume.versions {
            let superseded = superseded(volume, row).filter(|day| *day <= last);
            if let Some(day) = superseded.filter(|day| self.is_kept_until(*day, last)) {
                let id = format!("{}/{}/retained", volume.id, row.value.version);
                if !self.is_in_doubt(row, &id, builder) {
                    self.kept(row, day, &id, builder);
                }
                builder.only_about(&id, &about(&["IM-316"]));
            }
            if row.value.effective <= last {
                self.predecessor(volume, row, last, builder);
            }
        }
    }

    /// Whether a version superseded on `day` still has to be there on `last`.
    fn is_kept_until(&self, day: NaiveDate, last: NaiveDate) -> bool {
        let years = self.context.criteria.documentation_retention_years;
        let end = day.checked_add_months(Months::new(12 * years));
        end.is_none_or(|end| last < end)
    }

    fn kept(&self, row: &Observed<PlanDocument>, day: NaiveDate, id: &str, builder: &mut FindingBuilder) {
        let seen = Evidence::of(&row.citation);
        let resolves = "a check of the stored version: when, and the digest that was found";
        let Some(Retained { checked, digest }) = &row.value.retained else {
            let reason = format!("superseded on {day}; nobody says whether it is still there");
            return builder.indeterminate(id, reason, resolves, seen);
        };
        let (_, last) = judged_days(self.context);
        let checked_on = day_of(*checked, self.context.scope.period.zone());
        let max = self.context.criteria.evidence_max_age_days;
        let oldest = last.checked_sub_days(Days::new(u64::try_from(max).unwrap_or(0)));
        match standing(self.context, *checked, row) {
            Standing::AheadOfItsListing => {
                let doubt = Doubt::ahead("the check of the stored version", *checked, row);
                return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
            }
            Standing::NotYet => {
                let reason = format!("checked on {checked_on}, not before the as-of instant");
                return builder.indeterminate(id, reason, resolves, seen);
            }
            Standing::Fact => {}
        }
        let Some(found) = digest else {
            let condition = format!("superseded on {day}, and not found on {checked_on}");
            return builder.exception(id, Severity::Medium, condition, CRITERION, seen);
        };
        if !found.eq_ignore_ascii_case(&row.value.digest) {
            let condition = format!("superseded on {day}; what was found on {checked_on} has another digest");
            return builder.exception(id, Severity::Medium, condition, CRITERION, seen);
        }
        if checked_on < day || oldest.is_some_and(|oldest| checked_on < oldest) {
            let reason = format!(
                "superseded on {day} and last checked on {checked_on}: whether it was there on {last} is not known"
            );
            return builder.indeterminate(id, reason, resolves, seen);
        }
        builder.supported_if(id, &self.register, seen);
    }

    /// The version that `row` replaced has to be on record, as long as it has to be kept.
    fn predecessor(
        &self,
        volume: &Volume<'a>,
        row: &Observed<PlanDocument>,
        last: NaiveDate,
        builder: &mut FindingBuilder,
    ) {
        let document = &row.value;
        if !self.is_kept_until(document.effective, last) {
            return;
        }
        let seen = Evidence::of(&row.citation);
        let oldest = volume.versions.first().map(|row| &row.citation) == Some(&row.citation);
        match &document.supersedes {
            Some(Predecessor::First) => {}
            Some(Predecessor::Version(version)) => {
                let mut versions = volume.versions.iter();
                if versions.any(|known| known.value.version == *version) {
                    return;
                }
                let id = format!("{}/{version}/retained", volume.id);
                match &self.register {
                    Ok(proof) => {
                        let condition = format!(
                            "version {version}, which {} replaced on {}, is not in the register",
                            name(document),
                            document.effective
                        );
                        let seen = seen.and(Evidence::absence_in(proof));
                        builder.exception(&id, Severity::Medium, condition, CRITERION, seen);
                    }
                    Err(gaps) => builder.gap(&id, gaps, Some(seen)),
                }
                builder.only_about(&id, &about(&["IM-316"]));
            }
            None if oldest => {
                let id = format!("{}/history", volume.id);
                let reason = format!(
                    "the register begins with {} of {}, and does not say whether it replaced another",
                    name(document),
                    document.effective
                );
                builder.indeterminate(&id, reason, "the version before, or that there was none", seen);
                builder.only_about(&id, &about(&["IM-316"]));
            }
            None => {}
        }
    }
}

/// The day on which a version was superseded: as recorded, or when a later one took effect.
fn superseded(volume: &Volume<'_>, row: &Observed<PlanDocument>) -> Option<NaiveDate> {
    let later = volume
        .versions
        .iter()
        .map(|other| other.value.effective)
        .filter(|effective| *effective > row.value.effective)
        .min();
    [row.value.superseded, later].into_iter().flatten().min()
}
