//! Small constructors of roster rows and plan documents that are clean in every respect.

use super::testing::{World, at, key, observed};
use crate::model::records::governance::{
    Contact, DocumentKind, PlanDocument, PlanPhase, Predecessor, RoleHolder,
};
use crate::model::source::Source;

/// A person of the roster, in force since 2024.
pub(crate) fn holder(person: &str, role: &str, team: &str) -> RoleHolder {
    RoleHolder {
        id: format!("roster:{person}:{role}"),
        role: role.to_owned(),
        team: Some(team.to_owned()),
        from: "2024-01-01".parse().expect("a day"),
        identities: Vec::new(),
        ..super::testing::backups::person(person)
    }
}

/// A version of a document.
pub(crate) fn document(id: &str, version: &str, effective: &str) -> PlanDocument {
    PlanDocument {
        id: id.to_owned(),
        title: "Contingency Plan".to_owned(),
        version: version.to_owned(),
        kind: Some(DocumentKind::ContingencyPlan),
        effective: effective.parse().expect("a day"),
        superseded: None,
        supersedes: Some(Predecessor::First),
        approved_by: Some("p-002".to_owned()),
        approved_role: Some("Security Officer".to_owned()),
        approved_at: Some(at(effective) - chrono::TimeDelta::days(3)),
        reviews: [at(effective) - chrono::TimeDelta::days(3)].into(),
        change_note: Some("yearly review".to_owned()),
        contacts: Some(vec![
            contact("p-001", "CTO"),
            contact("p-003", "CEO"),
            contact("p-004", "CMO"),
        ]),
        phases: Some(PlanPhase::ALL.into()),
        digest: "aa11".repeat(16),
        retained: None,
    }
}

/// A contact with a number of its own.
pub(crate) fn contact(person: &str, role: &str) -> Contact {
    Contact {
        person: person.to_owned(),
        role: role.to_owned(),
        channel: Some(format!("digest of {person}")),
    }
}

impl World {
    /// Adds a row of the roster.
    pub(crate) fn add_holder(&mut self, holder: RoleHolder) {
        let name = format!("{}/{}", holder.person, holder.role);
        let row = observed(key(Source::RoleRoster, ""), self.collected(), &name, holder);
        self.records.roster.push(row);
    }

    /// Adds a version of a document.
    pub(crate) fn add_document(&mut self, document: PlanDocument) {
        let name = format!("{}/{}", document.id, document.version);
        let row = observed(key(Source::PlanDocuments, ""), self.collected(), &name, document);
        self.records.documents.push(row);
    }
}
