//! The inventory, documents, roles, tickets and vendors' assurances.

use super::{Document, closed_before, date, moved_when_over, named, system_id, v1};
use crate::model::records::Observed;
use crate::model::records::governance::{
    ApprovedAccess, Attestation, BackupMethod, ClassNotUsed, CopyOf, Ephi, Exemption, Hosting, Migration,
    RoleHolder, System, SystemClass, Ticket, Training, VendorAssurance,
};
use crate::model::time::{Instant, show};
use crate::normalize::arn;
use crate::normalize::fold::{Folded, backdated, differs};
use crate::normalize::pull::Row;

fn class(wire: v1::Class) -> SystemClass {
    match wire {
        v1::Class::Database => SystemClass::Database,
        v1::Class::Web => SystemClass::Web,
        v1::Class::MessageBroker => SystemClass::MessageBroker,
        v1::Class::Webhook => SystemClass::Webhook,
        v1::Class::Cache => SystemClass::Cache,
        v1::Class::Other => SystemClass::Other,
    }
}

pub(super) fn ephi(wire: v1::Ephi) -> Ephi {
    match wire {
        v1::Ephi::Stores => Ephi::Stores,
        v1::Ephi::Processes => Ephi::Processes,
        v1::Ephi::Transmits => Ephi::Transmits,
        v1::Ephi::None => Ephi::None,
        v1::Ephi::Unknown => Ephi::Unknown,
    }
}

fn hosting(wire: v1::Provider) -> Hosting {
    match wire {
        v1::Provider::Aws => Hosting::Aws,
        v1::Provider::Atlas => Hosting::Atlas,
        v1::Provider::Saas => Hosting::Saas,
        v1::Provider::Device => Hosting::Device,
    }
}

fn backup_method(wire: v1::BackupMethod) -> BackupMethod {
    match wire {
        v1::BackupMethod::AwsBackup => BackupMethod::AwsBackup,
        v1::BackupMethod::Atlas => BackupMethod::Atlas,
        v1::BackupMethod::Native => BackupMethod::Native,
        v1::BackupMethod::IacRebuild => BackupMethod::IacRebuild,
        v1::BackupMethod::None => BackupMethod::None,
    }
}

fn exemption(wire: v1::Exemption) -> Exemption {
    Exemption {
        rationale: wire.rationale,
        approved_by: wire.approved_by,
        approved_at: wire.approved_at.0,
        from: wire.from.0,
        until: date(wire.until),
    }
}

fn migration(wire: &v1::Migration) -> Result<Migration, String> {
    let resource = |text: &String| arn::resource("migrations", text);
    Ok(Migration {
        at: wire.at.map(|at| at.0),
        from: resource(&wire.from)?,
        to: wire.to.as_ref().map(resource).transpose()?,
    })
}

/// A system of the inventory.
pub(in crate::normalize) fn system(row: &Row<'_>) -> Result<Observed<System>, String> {
    let wire: v1::System = row.read()?;
    let resources = wire
        .resource_ids
        .iter()
        .map(|id| arn::resource("resource_ids", id));
    let migrations = wire.migrations.iter().flatten().map(migration);
    Ok(row.observed(System {
        id: system_id(&wire.system_id)?,
        resources: resources.collect::<Result<_, _>>()?,
        migrations: migrations.collect::<Result<_, _>>()?,
        name: wire.name,
        class: class(wire.class),
        critical: wire.criticality == v1::Criticality::Critical,
        ephi: ephi(wire.ephi),
        owner: wire.owner,
        owner_role: wire.owner_role,
        classification: wire.classification,
        hosting: hosting(wire.provider),
        account: wire.account.parse().map_err(|error| format!("{error}"))?,
        region: wire.region.parse().map_err(|error| format!("{error}"))?,
        backup_method: wire.backup_method.map(backup_method),
        mechanism: wire.mechanism,
        exemption: wire.exemption.map(exemption),
        onboarded: date(wire.onboarded_at),
        decommissioned: date(wire.decommissioned_at),
        approved_by: wire.approved_by,
        as_of: wire.as_of.0,
    }))
}

/// A statement that a critical class is not in use; these documents stand in the inventory too.
pub(in crate::normalize) fn unused_class(row: &Row<'_>) -> Result<Observed<Document<ClassNotUsed>>, String> {
    let wire: v1::ClassStatement = row.read()?;
    let v1::Statement::ClassNotUsed = wire.statement;
    let value = ClassNotUsed {
        class: class(wire.class),
        approved_by: wire.approved_by,
        approved_at: wire.approved_at.0,
        rationale: wire.rationale,
    };
    let id = row.id().ok_or("_id is missing")?;
    Ok(row.observed(Document { id, value }))
}

/// Somebody's role.
pub(in crate::normalize) fn role_holder(row: &Row<'_>) -> Result<Observed<RoleHolder>, String> {
    let wire: v1::RoleHolder = row.read()?;
    let training = wire.training.map(|all| all.into_iter().map(training).collect());
    Ok(row.observed(RoleHolder {
        id: wire.id,
        person: named("person_id", wire.person_id)?,
        role: wire.role,
        team: wire.team,
        from: wire.from.0,
        to: wire.to.map(|day| day.0),
        identities: wire.identity_arns,
        atlas_user: wire.atlas_user,
        leads: wire.leads.unwrap_or_default(),
        training,
        attestations: listed(wire.attestations, attestation),
        approved_access: listed(wire.approved_access, approved_access),
    }))
}

/// The members of a list that may be absent: nobody has said anything then.
fn listed<W, T>(wire: Option<Vec<W>>, read: impl Fn(W) -> T) -> Vec<T> {
    wire.into_iter().flatten().map(read).collect()
}

fn training(wire: v1::Training) -> Training {
    Training {
        course: wire.course,
        completed: wire.completed_at.0,
        expires: wire.expires_at.map(|day| day.0),
    }
}

fn attestation(wire: v1::Attestation) -> Attestation {
    Attestation {
        what: match wire.what {
            v1::CopyOf::ContactList => CopyOf::ContactList,
            v1::CopyOf::Policy => CopyOf::Policy,
        },
        document: wire.doc_id,
        version: wire.version,
        at: wire.at.0,
    }
}

fn approved_access(wire: v1::ApprovedAccess) -> ApprovedAccess {
    ApprovedAccess {
        principal: wire.principal_arn,
        actions: wire.actions,
        approved_by: wire.approved_by,
        approved: wire.approved_at.0,
        until: date(wire.until),
        limits: wire.limits,
    }
}

/// A ticket.
pub(in crate::normalize) fn ticket(row: &Row<'_>) -> Result<Observed<Ticket>, String> {
    let wire: v1::Ticket = row.read()?;
    Ok(row.observed(Ticket {
        id: named("ticket_id", wire.ticket_id)?,
        kind: wire.kind,
        title: wire.title,
        opened: wire.opened_at.0,
        opened_by: wire.opened_by,
        approved_by: wire.approved_by,
        approved: date(wire.approved_at),
        due: wire.due.map(|day| day.0),
        closed: date(wire.closed_at),
        refs: wire.refs,
    }))
}

/// A vendor's assurance document.
pub(in crate::normalize) fn assurance(row: &Row<'_>) -> Result<Observed<Document<VendorAssurance>>, String> {
    let wire: v1::VendorAssurance = row.read()?;
    let document = match wire.document {
        v1::Assurance::Baa => "BAA",
        v1::Assurance::Soc2 => "SOC2",
        v1::Assurance::Iso => "ISO",
    };
    let value = VendorAssurance {
        vendor: named("vendor", wire.vendor)?,
        document: document.to_owned(),
        start: wire.period_start.0,
        end: wire.period_end.0,
        reviewed_by: wire.reviewed_by,
        reviewed: date(wire.reviewed_at),
    };
    let id = row.id().ok_or("_id is missing")?;
    Ok(row.observed(Document { id, value }))
}

impl Folded for System {
    fn id(&self) -> String {
        self.id.to_string()
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let known = earlier.ephi != Ephi::Unknown;
        let kept = |resource| later.resources.contains(resource);
        let dropped = earlier.resources.iter().find(|resource| !kept(resource));
        let ephi = known.then_some(&earlier.ephi);
        differs("what it does with ephi", ephi, Some(&later.ephi))
            .or_else(|| {
                differs(
                    "whether it is critical",
                    Some(&earlier.critical),
                    Some(&later.critical),
                )
            })
            .or_else(|| differs("its class", Some(&earlier.class), Some(&later.class)))
            .or_else(|| differs("its host", Some(&earlier.hosting), Some(&later.hosting)))
            .or_else(|| {
                let (was, is) = (earlier.onboarded.as_ref(), later.onboarded.as_ref());
                differs("since when it is in use", was, is)
            })
            .or_else(|| dropped.map(|resource| format!("its resource {resource} was dropped")))
            .or_else(|| {
                let mut moves = earlier.migrations.iter();
                let gone = moves
                    .find(|migration| !later.migrations.iter().any(|known| continues(migration, known)))?;
                Some(format!("the move of {} was changed or dropped", gone.from))
            })
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let (was, is) = (earlier.decommissioned, later.decommissioned);
        let over = was.is_some_and(|at| at <= seen);
        if was != is && (over || is.is_some_and(|at| at < seen)) {
            let how = if over { "put out of use earlier" } else { "in use" };
            return Some(format!("by the row read at {} it was {how}", show(seen)));
        }
        let mut moves = later.migrations.iter();
        let unknown =
            |migration: &&Migration| !earlier.migrations.iter().any(|known| continues(known, migration));
        let backdated =
            moves.find(|migration| migration.at.is_some_and(|at| at < seen) && unknown(migration));
        if let Some(migration) = backdated {
            return Some(format!(
                "the move of {} was not in the row read at {}",
                migration.from,
                show(seen)
            ));
        }
        if earlier.onboarded.is_none() && later.onboarded.is_some_and(|at| at > seen) {
            return Some(format!("it was in the inventory at {} already", show(seen)));
        }
        rewritten_exemption(earlier.exemption.as_ref(), seen, later.exemption.as_ref())
    }
}

/// Whether two revisions tell of one move: its date and where it went may become known, and do not change.
fn continues(earlier: &Migration, later: &Migration) -> bool {
    earlier.from == later.from
        && earlier.to.as_ref().is_none_or(|to| later.to.as_ref() == Some(to))
        && earlier.at.is_none_or(|at| later.at == Some(at))
}

/// An exemption may end sooner; it can't have been there, or have been another, before it was read.
fn rewritten_exemption(
    earlier: Option<&Exemption>,
    seen: Instant,
    later: Option<&Exemption>,
) -> Option<String> {
    let later = later?;
    let approval =
        |exemption: Option<&'_ Exemption>| exemption.map(|one| (one.approved_by.clone(), one.approved_at));
    let sooner = earlier.is_some_and(|earlier| {
        let until = later
            .until
            .filter(|at| earlier.until.is_none_or(|was| *at <= was));
        *later
            == Exemption {
                until: until.or(earlier.until),
                ..earlier.clone()
            }
    });
    let old = later.approved_at < seen && !sooner;
    old.then(|| {
        let how = if approval(earlier) == approval(Some(later)) {
            "with other terms"
        } else {
            "without it"
        };
        format!(
            "the exemption approved at {} was read {how} at {}",
            show(later.approved_at),
            show(seen)
        )
    })
}

impl Folded for RoleHolder {
    fn id(&self) -> String {
        self.id.clone()
    }

    /// Who moves to another team, or stays longer, gets a row of his own: this one tells who could act when.
    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs("whom it is about", Some(&earlier.person), Some(&later.person))
            .or_else(|| differs("the role", Some(&earlier.role), Some(&later.role)))
            .or_else(|| differs("the team", earlier.team.as_ref(), later.team.as_ref()))
            .or_else(|| differs("since when it holds", Some(&earlier.from), Some(&later.from)))
    }

    /// What is dated before the roster was read without it was written afterwards.
    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let day = seen.date_naive();
        let over = earlier
            .to
            .is_some_and(|to| to < day && later.to.is_none_or(|later| to < later));
        if over {
            return Some(format!(
                "the role was over when the row was read at {}",
                show(seen)
            ));
        }
        let known = earlier.training.as_deref().unwrap_or_default();
        let mut courses = later.training.iter().flatten();
        if let Some(course) = courses.find(|course| course.completed < day && !known.contains(course)) {
            return Some(format!(
                "the course completed on {} was not in the row read at {}",
                course.completed,
                show(seen)
            ));
        }
        let mut stated = later.attestations.iter();
        if let Some(copy) = stated.find(|copy| copy.at < seen && !earlier.attestations.contains(copy)) {
            return Some(format!(
                "the statement of {} was not in the row read at {}",
                show(copy.at),
                show(seen)
            ));
        }
        let mut access = later.approved_access.iter();
        let new = access.find(|access| access.approved < seen && !was_approved(earlier, access));
        new.map(|access| {
            format!(
                "the access approved at {} was not in the row read at {}",
                show(access.approved),
                show(seen)
            )
        })
    }
}

/// Whether the earlier row has the same access; it may end sooner now.
fn was_approved(earlier: &RoleHolder, later: &ApprovedAccess) -> bool {
    earlier.approved_access.iter().any(|access| {
        let sooner = access
            .until
            .is_none_or(|until| later.until.is_some_and(|now| now <= until));
        let ended = ApprovedAccess {
            until: later.until,
            ..access.clone()
        };
        sooner && ended == *later || *access == *later
    })
}

impl Folded for Ticket {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn entered(&self) -> Option<(&'static str, Instant)> {
        Some(("it is dated opened", self.opened))
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs("when it was opened", Some(&earlier.opened), Some(&later.opened))
            .or_else(|| differs("who opened it", Some(&earlier.opened_by), Some(&later.opened_by)))
            .or_else(|| {
                differs(
                    "when it was approved",
                    earlier.approved.as_ref(),
                    later.approved.as_ref(),
                )
            })
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] = [earlier, later].map(|ticket| (ticket.approved_by.as_ref(), ticket.approved));
        backdated("the approval", was, seen, is)
            .or_else(|| moved_when_over("it", earlier.due, seen, later.due))
            .or_else(|| closed_before("it", earlier.closed, seen, later.closed))
    }
}
