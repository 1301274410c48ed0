//! What a version of the contingency plan holds, as far as the register tells: its phases and its note of changes.

use super::{Shelf, Volume};
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{PlanDocument, PlanPhase};

impl<'a> Shelf<'a> {
    /// Concludes `<doc>/<version>/phases` and `<doc>/<version>/changes`.
    pub(super) fn examine_content(
        &self,
        volume: &Volume<'a>,
        row: &Observed<PlanDocument>,
        builder: &mut FindingBuilder,
    ) {
        let id = |part: &str| format!("{}/{}/{part}", volume.id, row.value.version);
        let phases = id("phases");
        if !self.is_in_doubt(row, &phases, builder) {
            self.phases(row, &phases, builder);
        }
        builder.only_about(&phases, &about(&["DR-13.0-2"]));
        let changes = id("changes");
        if !self.is_in_doubt(row, &changes, builder) {
            let seen = Evidence::of(&row.citation);
            let note = row.value.change_note.as_deref().unwrap_or_default();
            if note.trim().is_empty() {
                let reason = "the version has no note of its changes";
                builder.indeterminate(&changes, reason, "what was evaluated and changed", seen);
            } else {
                builder.supported_if(&changes, &self.register, seen);
            }
        }
        builder.only_about(&changes, &about(&["DR-13.4-10"]));
    }

    fn phases(&self, row: &Observed<PlanDocument>, id: &str, builder: &mut FindingBuilder) {
        let seen = Evidence::of(&row.citation);
        let Some(phases) = &row.value.phases else {
            let reason = "the register does not say which phases the plan has";
            return builder.indeterminate(id, reason, "the phases of the plan", seen);
        };
        let lacking = PlanPhase::ALL.into_iter().filter(|phase| !phases.contains(phase));
        let lacking: Vec<&str> = lacking.map(PlanPhase::as_str).collect();
        if lacking.is_empty() {
            builder.supported_if(id, &self.register, seen);
        } else {
            let condition = format!("the plan has no phase of {}", lacking.join(", nor of "));
            let criterion = "phases of notification and activation, recovery, and reconstitution";
            builder.exception(id, Severity::Medium, condition, criterion, seen);
        }
    }
}
