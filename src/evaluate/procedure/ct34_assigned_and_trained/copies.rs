//! Local copies of the contact list, and of the policy for the CTO, of the version in force.

use super::{Trial, all_of};
use crate::evaluate::documents::{InForce, in_force, version_doubt};
use crate::evaluate::facts::{both, register};
use crate::evaluate::roles::Office;
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::governance::{Attestation, CopyOf, PlanDocument, RoleHolder};
use crate::model::source::Source;

/// Whether a document is the contingency plan, or the policy that has the contact list (13.2).
fn is_plan(document: &PlanDocument) -> bool {
    let title = document.title.to_lowercase();
    ["contingency plan", "disaster recovery"]
        .iter()
        .any(|words| title.contains(words))
}

impl<'a> Trial<'a> {
    /// The statements of a member about his copies, on the last day that is judged of him.
    pub(super) fn examine_copies(
        &self,
        person: &str,
        rows: &[&Observed<RoleHolder>],
        builder: &mut FindingBuilder,
    ) {
        let cto = rows
            .iter()
            .any(|row| Office::of(&row.value.role) == Some(Office::Cto));
        let mut due = vec![(CopyOf::ContactList, "contact-list", "the contact list")];
        if cto {
            due.push((CopyOf::Policy, "policy", "the policy"));
        }
        for (what, name, words) in due {
            let id = format!("{person}/{name}");
            self.judge_copy(&id, (what, words), rows, builder);
            builder.only_about(&id, &about(&["DR-13.3-2"]));
        }
    }

    fn judge_copy(
        &self,
        id: &str,
        (what, words): (CopyOf, &str),
        rows: &[&Observed<RoleHolder>],
        builder: &mut FindingBuilder,
    ) {
        let evidence = all_of(rows);
        let days = rows.iter().filter_map(|row| self.days_of(&row.value));
        let last = days.map(|(_, to)| to).max().unwrap_or(self.days.1);
        let stated: Vec<&Attestation> = rows
            .iter()
            .flat_map(|row| &row.value.attestations)
            .filter(|copy| copy.what == what && copy.at < self.context.scope.as_of)
            .collect();
        if stated.is_empty() {
            let reason = format!("no statement that a local copy of {words} is held");
            return builder.indeterminate(id, reason, "a dated statement", evidence);
        }
        let mut outdated = Vec::new();
        for copy in stated {
            let versions = self
                .documents
                .get(copy.document.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            match in_force(versions, last) {
                InForce::Version(row) if is_plan(&row.value) => {
                    let evidence = evidence.clone().and(Evidence::of(&row.citation));
                    if row.value.version != copy.version {
                        outdated.push(format!(
                            "{} {}, and {} is in force",
                            copy.document, copy.version, row.value.version
                        ));
                    } else if let Some(doubt) = version_doubt(self.context, row) {
                        return builder.indeterminate(
                            id,
                            doubt.reason,
                            doubt.resolves,
                            evidence.and(doubt.evidence),
                        );
                    } else {
                        let documents = register(self.context, Source::PlanDocuments);
                        return builder.supported_if(id, &both(self.roster.clone(), documents), evidence);
                    }
                }
                InForce::Version(_) => outdated.push(format!("{}, which is no plan", copy.document)),
                InForce::Several(_) | InForce::Nothing | InForce::BeforeHistory => {
                    outdated.push(format!(
                        "{} {}, of which no one version was in force",
                        copy.document, copy.version
                    ));
                }
            }
        }
        let reason = format!(
            "on {last} the local copy of {words} was stated of {}",
            outdated.join("; of ")
        );
        builder.indeterminate(id, reason, "a dated statement of the version in force", evidence);
    }
}
