//! Plan and policy documents, version by version.

use super::{date, is_over, named, v1};
use crate::model::records::Observed;
use crate::model::records::governance::{
    Contact, DocumentKind, PlanDocument, PlanPhase, Predecessor, Retained,
};
use crate::model::time::{Instant, show};
use crate::normalize::fold::{Folded, backdated, differs};
use crate::normalize::pull::Row;

fn kind(wire: v1::DocumentKind) -> DocumentKind {
    match wire {
        v1::DocumentKind::Policy => DocumentKind::Policy,
        v1::DocumentKind::ContingencyPlan => DocumentKind::ContingencyPlan,
        v1::DocumentKind::BackupProcedure => DocumentKind::BackupProcedure,
        v1::DocumentKind::MediaGuidelines => DocumentKind::MediaGuidelines,
    }
}

fn phase(wire: v1::Phase) -> PlanPhase {
    match wire {
        v1::Phase::NotificationActivation => PlanPhase::NotificationActivation,
        v1::Phase::Recovery => PlanPhase::Recovery,
        v1::Phase::Reconstitution => PlanPhase::Reconstitution,
    }
}

/// The version before, or that there was none.
fn predecessor(text: String) -> Predecessor {
    match text.as_str() {
        "none" => Predecessor::First,
        _ => Predecessor::Version(text),
    }
}

/// A version of a plan or policy document.
pub(in crate::normalize) fn document(row: &Row<'_>) -> Result<Observed<PlanDocument>, String> {
    let wire: v1::PlanDocument = row.read()?;
    let contact = |wire: v1::Contact| Contact {
        person: wire.person,
        role: wire.role,
        channel: wire.channel_digest,
    };
    Ok(row.observed(PlanDocument {
        id: named("doc_id", wire.doc_id)?,
        title: wire.title,
        version: wire.version,
        kind: wire.kind.map(kind),
        effective: wire.effective_from.0,
        superseded: wire.superseded_at.map(|day| day.0),
        supersedes: wire.supersedes.map(predecessor),
        approved_by: wire.approved_by,
        approved_role: wire.approved_role,
        approved_at: date(wire.approved_at),
        reviews: date(wire.reviewed_at).into_iter().collect(),
        change_note: wire.change_note,
        contacts: wire
            .contacts
            .map(|contacts| contacts.into_iter().map(contact).collect()),
        phases: wire.phases.map(|phases| phases.into_iter().map(phase).collect()),
        digest: wire.sha256,
        retained: wire.retained.map(|wire| Retained {
            checked: wire.checked_at.0,
            digest: wire.sha256,
        }),
    }))
}

impl Folded for PlanDocument {
    fn id(&self) -> String {
        format!("{} {}", self.id, self.version)
    }

    /// A changed document is a new version.
    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs(
            "the document's digest",
            Some(&earlier.digest),
            Some(&later.digest),
        )
        .or_else(|| differs("its kind", earlier.kind.as_ref(), later.kind.as_ref()))
        .or_else(|| differs("its first day", Some(&earlier.effective), Some(&later.effective)))
        .or_else(|| {
            let [was, is] = [earlier, later].map(|document| document.supersedes.as_ref());
            differs("what it replaced", was, is)
        })
        .or_else(|| {
            let [was, is] = [earlier, later].map(|document| document.change_note.as_ref());
            differs("the note of its changes", was, is)
        })
        .or_else(|| {
            let [was, is] = [earlier, later].map(|document| document.contacts.as_ref());
            differs("the contact list", was, is)
        })
        .or_else(|| differs("the phases", earlier.phases.as_ref(), later.phases.as_ref()))
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] =
            [earlier, later].map(|document| (document.approved_by.as_ref(), document.approved_at));
        let over = |day: Option<chrono::NaiveDate>| day.is_some_and(|day| is_over(day, seen));
        let ended =
            earlier.superseded != later.superseded && (over(earlier.superseded) || over(later.superseded));
        let mut reviews = later.reviews.iter();
        let unheard = reviews.find(|at| **at < seen && !earlier.reviews.contains(at));
        backdated("the approval", was, seen, is)
            .or_else(|| {
                let read = show(seen);
                ended.then(|| format!("the day it was superseded is not that of the revision read at {read}"))
            })
            .or_else(|| {
                let at = show(*unheard?);
                Some(format!(
                    "the review of {at} is not in the revision read at {}",
                    show(seen)
                ))
            })
    }

    fn remember(&mut self, earlier: &Self) {
        self.reviews.extend(&earlier.reviews);
    }
}
