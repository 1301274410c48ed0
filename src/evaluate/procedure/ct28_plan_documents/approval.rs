//! Whether a version was approved by its owner's role before it took effect.

use chrono::NaiveDate;

use super::{Shelf, Volume, statements};
use crate::evaluate::documents::version_doubt;
use crate::evaluate::facts::{Doubt, Standing, standing};
use crate::evaluate::roles::{Answer, Office, is_management, roles};
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{DocumentKind, PlanDocument, RoleHolder};
use crate::model::time::day_of;

/// How the approval of a version stands.
pub(super) enum Approved {
    /// By the owner's role, before it took effect: the row of the approver.
    Sound(Evidence),
    /// By the owner's role, and only on this day, with the version in force already.
    Late(NaiveDate),
    /// By another role: in words, and the approver's rows.
    Wrong(String, Option<Evidence>),
    /// Nobody can tell: in words, and the approver's rows, where there are any.
    Open(String, Option<Evidence>),
}

/// The offices that own a kind of document; `None` where the policy names no owner.
fn owners(kind: DocumentKind) -> Option<&'static [Office]> {
    match kind {
        DocumentKind::ContingencyPlan => Some(&[Office::SecurityOfficer]),
        DocumentKind::Policy => Some(&[Office::SecurityOfficer, Office::PrivacyOfficer]),
        DocumentKind::BackupProcedure | DocumentKind::MediaGuidelines => None,
    }
}

impl<'a> Shelf<'a> {
    /// How the approval of `row`, a document of `kind`, stands.
    pub(super) fn approved(&self, row: &Observed<PlanDocument>, kind: Option<DocumentKind>) -> Approved {
        let document = &row.value;
        if let Some(doubt) = version_doubt(self.context, row) {
            return Approved::Open(doubt.reason, Some(doubt.evidence));
        }
        let open = |reason: &str| Approved::Open(reason.to_owned(), None);
        let by = document.approved_by.as_deref().map(str::trim);
        let (Some(by), Some(at)) = (by.filter(|by| !by.is_empty()), document.approved_at) else {
            return open("the register does not say who approved it, or when");
        };
        match standing(self.context, at, row) {
            Standing::AheadOfItsListing => {
                let doubt = Doubt::ahead("the approval", at, row);
                return Approved::Open(doubt.reason, None);
            }
            Standing::NotYet => return Approved::Late(day_of(at, self.zone())),
            Standing::Fact => {}
        }
        let day = day_of(at, self.zone());
        let Some(kind) = kind else {
            return open(
                "the register does not say of what kind the document is, and so whose approval it needs",
            );
        };
        match self.by_owner(document, by, day, kind) {
            Approved::Sound(_) if day > document.effective => Approved::Late(day),
            Approved::Sound(_) if day == document.effective => open(
                "it was approved on the day on which it took effect: whether that was before is not known",
            ),
            other => other,
        }
    }

    fn zone(&self) -> chrono_tz::Tz {
        self.context.scope.period.zone()
    }

    fn by_owner(&self, document: &PlanDocument, by: &str, day: NaiveDate, kind: DocumentKind) -> Approved {
        let owners = owners(kind);
        let right = |role: &str| match owners {
            Some(offices) => Office::of(role).is_some_and(|office| offices.contains(&office)),
            None => is_management(role),
        };
        let answer = self
            .roster
            .ask(by, day, |row: &RoleHolder| Some(right(&row.role)));
        match answer {
            Answer::Yes(row) => match document.approved_role.as_deref() {
                Some(role) if !right(role) => Approved::Open(
                    format!(
                        "the register says that it was approved by the {role}, the roster that {by} was {} that day",
                        row.value.role
                    ),
                    Some(Evidence::of(&row.citation)),
                ),
                _ => Approved::Sound(Evidence::of(&row.citation)),
            },
            Answer::No(rows) => {
                let held = roles(&rows);
                let rows = Evidence::all(rows.iter().map(|row| &row.citation));
                match owners {
                    Some(offices) => {
                        let names: Vec<&str> = offices.iter().map(|office| office.as_str()).collect();
                        let owner = names.join(" or ");
                        let text =
                            format!("approved by {by}, who was {held} that day; its owner is the {owner}");
                        Approved::Wrong(text, rows)
                    }
                    None => Approved::Open(
                        format!(
                            "approved by {by}, who was {held} that day; the policy does not say which roles are \
                             management"
                        ),
                        rows,
                    ),
                }
            }
            Answer::Unclear { reason, evidence } => Approved::Open(reason, evidence),
        }
    }

    /// Concludes `<doc>/<version>/approval`.
    pub(super) fn examine_approval(
        &self,
        volume: &Volume<'a>,
        row: &Observed<PlanDocument>,
        approved: &Approved,
        builder: &mut FindingBuilder,
    ) {
        const CRITERION: &str = "approved by the owner's role on a day before it took effect";
        let document = &row.value;
        let id = format!("{}/{}/approval", document.id, document.version);
        let seen = Evidence::of(&row.citation);
        match approved {
            Approved::Sound(person) => {
                builder.supported_if(&id, &self.with_roster, seen.and(person.clone()));
            }
            Approved::Late(day) => {
                let condition = format!("approved on {day}, in force since {}", document.effective);
                builder.exception(&id, Severity::Medium, condition, CRITERION, seen);
            }
            Approved::Wrong(condition, rows) => {
                let seen = rows.clone().map_or(seen.clone(), |rows| seen.and(rows));
                match &self.with_roster {
                    Ok(_) => builder.exception(&id, Severity::Medium, &**condition, CRITERION, seen),
                    Err(gaps) => builder.gap(&id, gaps, Some(seen)),
                }
            }
            Approved::Open(reason, rows) => {
                let seen = rows.clone().map_or(seen.clone(), |rows| seen.and(rows));
                let resolves =
                    "the approval of the version, with its date and the approver's row in the roster";
                builder.indeterminate(&id, &**reason, resolves, seen);
            }
        }
        builder.only_about(&id, &about(statements(volume.kind)));
    }
}
