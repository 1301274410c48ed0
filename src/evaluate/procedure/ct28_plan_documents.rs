//! CT-28: plan and policy documents are current, approved, consistent and retained (policy 13.0, 13.2, 13.4, 6.3;
//! 45 CFR 164.316(b)).
//!
//! Population: each document with a version in force in the period, and in its parts. `<doc>/in-force`: an approved version
//! on each day. `<doc>/<version>/approval`: by the owner's role, on a day before it took effect; the policy names owners
//! for the contingency plan and the policies, for other documents anybody of management. `<doc>/review`: reviewed within
//! plan_review_max_age, if management approved one. Of the contingency plan: its phases, its note of changes, that its
//! contacts are in the roster with numbers of their own, and that each of the line of succession has one. Of every
//! document: `<doc>/<version>/retained`, a superseded version that was found unaltered since, and `<doc>/history`, which
//! is open where the register begins with a version that replaced another. `kind/<kind>` stands for a kind that is missing.
//!
//! Whether the list of authorities in the plan is current takes a reader: no item speaks about it.

mod approval;
mod contacts;
mod content;
mod days;
mod retention;
mod review;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::evaluate::context::Context;
use crate::evaluate::documents::{InForce, in_force, version_doubt, versions};
use crate::evaluate::facts::{Doubt, judged_days, register};
use crate::evaluate::roles::Roster;
use crate::evaluate::statements::about;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::{DocumentKind, PlanDocument};
use crate::model::source::Source;

use approval::Approved;

/// All that concludes about documents.
struct Shelf<'a> {
    context: &'a Context<'a>,
    roster: Roster<'a>,
    /// The register of documents, and it together with the roster.
    register: Result<Proof, Vec<Gap>>,
    with_roster: Result<Proof, Vec<Gap>>,
}

/// A document with its versions, the oldest first.
struct Volume<'a> {
    id: &'a str,
    versions: Vec<&'a Observed<PlanDocument>>,
    /// Those in force on some day judged, with how their approval stands.
    current: Vec<(&'a Observed<PlanDocument>, Approved)>,
    /// The kind that its versions agree on.
    kind: Option<DocumentKind>,
}

/// Concludes CT-28.
pub(super) fn plan_documents(context: &Context<'_>, test: TestId) -> Finding {
    let documents = register(context, Source::PlanDocuments);
    let people = register(context, Source::RoleRoster);
    let unit = "plan and policy documents in force in the period, part by part";
    let mut builder = FindingBuilder::new(test, unit, documents.clone());
    let shelf = Shelf {
        context,
        roster: Roster::of(context),
        register: documents.clone(),
        with_roster: crate::evaluate::facts::both(documents, people),
    };
    let volumes: Vec<_> = versions(context)
        .into_iter()
        .map(|(id, versions)| shelf.open(id, versions))
        .collect();
    for volume in &volumes {
        shelf.examine(volume, &mut builder);
    }
    shelf.missing_kinds(&volumes, &mut builder);
    builder.finish("invariant: one item at least")
}

impl<'a> Shelf<'a> {
    fn open(&self, id: &'a str, versions: Vec<&'a Observed<PlanDocument>>) -> Volume<'a> {
        let mut kinds = versions.iter().map(|row| row.value.kind);
        let first = kinds.next().flatten();
        let kind = first.filter(|kind| kinds.all(|other| other == Some(*kind)));
        let current = self.judged().fold(BTreeMap::new(), |mut current, day| {
            for row in on(&versions, day) {
                current.entry(&row.citation).or_insert(row);
            }
            current
        });
        let current = current.into_values();
        let current = current.map(|row| (row, self.approved(row, kind))).collect();
        Volume {
            id,
            versions,
            current,
            kind,
        }
    }

    fn judged(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let (first, last) = judged_days(self.context);
        first.iter_days().take_while(move |day| *day <= last)
    }

    fn examine(&self, volume: &Volume<'a>, builder: &mut FindingBuilder) {
        if !volume.current.is_empty() {
            self.examine_days(volume, builder);
            self.examine_review(volume, builder);
            for (row, approved) in &volume.current {
                self.examine_approval(volume, row, approved, builder);
                if volume.kind == Some(DocumentKind::ContingencyPlan) {
                    self.examine_content(volume, row, builder);
                    self.examine_contacts(volume, row, builder);
                }
            }
        }
        self.examine_retention(volume, builder);
    }

    /// A kind of document of which none was in force on any day judged.
    fn missing_kinds(&self, volumes: &[Volume<'_>], builder: &mut FindingBuilder) {
        for kind in DocumentKind::ALL {
            let there = |volume: &&Volume<'_>| volume.kind == Some(kind) && !volume.current.is_empty();
            if volumes.iter().any(|volume| there(&volume)) {
                continue;
            }
            let id = format!("kind/{}", kind.as_str().replace(' ', "-"));
            let unsaid: Vec<_> = volumes.iter().filter(|volume| volume.kind.is_none()).collect();
            let seen = unsaid.iter().flat_map(|volume| &volume.versions);
            match (Evidence::all(seen.map(|row| &row.citation)), &self.register) {
                (Some(seen), _) => {
                    let ids: Vec<&str> = unsaid.iter().map(|volume| volume.id).collect();
                    let reason = format!(
                        "no document in force is called a {}, and of what kind {} is nobody says",
                        kind.as_str(),
                        ids.join(", ")
                    );
                    builder.indeterminate(&id, reason, "the kind of each document", seen);
                }
                (None, Ok(proof)) => {
                    let condition = format!("no {} was in force on any day", kind.as_str());
                    let criterion = "an approved version in force on each day";
                    let searched = Evidence::absence_in(proof);
                    builder.exception(&id, Severity::Medium, condition, criterion, searched);
                }
                (None, Err(gaps)) => builder.gap(&id, gaps, None),
            }
            builder.only_about(&id, &about(statements(Some(kind))));
        }
    }

    /// What stands against a version: INDETERMINATE under `id`.
    fn is_in_doubt(&self, row: &Observed<PlanDocument>, id: &str, builder: &mut FindingBuilder) -> bool {
        let doubt: Option<Doubt> = version_doubt(self.context, row);
        let found = doubt.is_some();
        if let Some(doubt) = doubt {
            builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
        }
        found
    }
}

/// The versions that may have been in force on a day.
fn on<'a>(versions: &[&'a Observed<PlanDocument>], day: NaiveDate) -> Vec<&'a Observed<PlanDocument>> {
    match in_force(versions, day) {
        InForce::Version(row) => vec![row],
        InForce::Several(rows) => rows,
        InForce::Nothing | InForce::BeforeHistory => Vec::new(),
    }
}

/// The statements that a document of a kind speaks about by being in force, approved and reviewed.
fn statements(kind: Option<DocumentKind>) -> &'static [&'static str] {
    match kind {
        Some(DocumentKind::ContingencyPlan | DocumentKind::Policy) => &["DR-13.0-1", "IM-316"],
        Some(DocumentKind::MediaGuidelines) => &["DM-6.3-3", "IM-316"],
        Some(DocumentKind::BackupProcedure) | None => &["IM-316"],
    }
}

#[cfg(test)]
mod tests;
