//! Incidents, media and the devices of independent lists.

use super::documents::ephi;
use super::{date, named, systems, v1, whole};
use crate::model::records::governance::{
    Disposal, Ephi, Incident, ListedDevice, Medium, Movement, Notification, RecoveryTask, Sanitisation,
};
use crate::model::records::{Moved, Observed};
use crate::model::time::{Instant, show};
use crate::normalize::fold::{Folded, backdated, differs};
use crate::normalize::pull::Row;

/// An incident.
pub(in crate::normalize) fn incident(row: &Row<'_>) -> Result<Observed<Incident>, String> {
    let wire: v1::Incident = row.read()?;
    let notification = |wire: v1::Notification| Notification {
        at: wire.at.0,
        from: wire.from,
        to: wire.to,
        channel: wire.channel,
    };
    let task = |wire: v1::RecoveryTask| RecoveryTask {
        name: wire.name,
        team: wire.team,
        done: date(wire.done_at),
    };
    Ok(row.observed(Incident {
        id: named("incident_id", wire.incident_id)?,
        detected: wire.detected_at.0,
        service_impact: wire.service_impact,
        impact_start: date(wire.service_impact_start),
        restored: date(wire.service_restored_at),
        hosting_outage: wire.hosting_outage,
        predicted_minutes: whole(wire.predicted_outage_minutes),
        activated: date(wire.plan_activated_at),
        activated_by: wire.activated_by,
        activation_reason: wire.activation_reason,
        recovery_started: date(wire.recovery_started_at),
        notifications: wire.notifications.into_iter().map(notification).collect(),
        tasks: wire.tasks.into_iter().map(task).collect(),
        systems: systems(wire.systems)?,
    }))
}

/// A medium or device of the register.
pub(in crate::normalize) fn medium(row: &Row<'_>) -> Result<Observed<Medium>, String> {
    let wire: v1::Medium = row.read()?;
    let movement = |wire: v1::Movement| Movement {
        at: wire.at.0,
        from: wire.from,
        to: wire.to,
        by: wire.by,
        authorised_by: wire.authorised_by,
    };
    let sanitisation = |wire: v1::Sanitisation| Sanitisation {
        at: wire.at.0,
        method: wire.method,
        certificate: wire.certificate,
        by: wire.by,
    };
    Ok(row.observed(Medium {
        id: named("media_id", wire.media_id)?,
        kind: named("kind", wire.kind)?,
        owner: wire.owner_person,
        custodian: wire.custodian,
        classification: wire.classification,
        label: wire.label,
        encrypted: wire.encrypted,
        registered: date(wire.registered_at),
        first_used: date(wire.first_used_at),
        location: wire.location,
        ephi: wire.ephi.map(ephi),
        ephi_basis: wire.ephi_basis,
        movements: wire.movements.into_iter().map(movement).collect(),
        sanitisations: wire
            .sanitisations
            .into_iter()
            .flatten()
            .map(sanitisation)
            .collect(),
        disposal: wire.disposal.map(|wire| Disposal {
            at: date(wire.at),
            method: wire.method,
            certificate: wire.certificate,
            by: wire.by,
        }),
    }))
}

/// A device by an independent list.
pub(in crate::normalize) fn listed_device(row: &Row<'_>) -> Result<Observed<ListedDevice>, String> {
    let wire: v1::ListedDevice = row.read()?;
    Ok(row.observed(ListedDevice {
        id: named("device_id", wire.device_id)?,
        list: named("list", wire.list)?,
        medium: wire.media_id,
        assigned_to: wire.assigned_to,
        retired: date(wire.retired_at),
        as_of: wire.as_of.0,
    }))
}

/// Says that what was known is known otherwise, or no more.
fn changed<V: PartialEq>(what: &str, earlier: Option<&V>, later: Option<&V>) -> Option<String> {
    (earlier.is_some() && earlier != later).then(|| format!("{what} changed"))
}

/// Says that one of several entries is gone.
fn dropped<V: PartialEq>(what: &str, earlier: &[V], later: &[V]) -> Option<String> {
    let gone = earlier.iter().any(|entry| !later.contains(entry));
    gone.then(|| format!("{what} was changed or dropped"))
}

impl Folded for Incident {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |incident: &Self| (incident.detected, incident.impact_start, incident.restored);
        Moved {
            when: when(earlier) != when(later),
            about: earlier.service_impact != later.service_impact || earlier.systems != later.systems,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let done = |incident: &Self| -> Vec<RecoveryTask> {
            let tasks = incident.tasks.iter();
            tasks.filter(|task| task.done.is_some()).cloned().collect()
        };
        let by = |incident: &Self| incident.activated_by.clone();
        differs(
            "when it was detected",
            Some(&earlier.detected),
            Some(&later.detected),
        )
        .or_else(|| {
            let [was, is] = [earlier, later].map(|incident| incident.service_impact.as_ref());
            changed("whether a service was affected", was, is)
        })
        .or_else(|| {
            let [was, is] = [earlier, later].map(|incident| incident.impact_start.as_ref());
            changed("the start of the impact", was, is)
        })
        .or_else(|| {
            let [was, is] = [earlier, later].map(|incident| incident.restored.as_ref());
            changed("when the service was restored", was, is)
        })
        .or_else(|| {
            let [was, is] = [earlier, later].map(|incident| Some(incident.hosting_outage));
            changed("whether the hosting was out", was.as_ref(), is.as_ref())
        })
        .or_else(|| {
            let [was, is] = [earlier, later].map(|incident| incident.predicted_minutes.as_ref());
            changed("the predicted outage", was, is)
        })
        .or_else(|| {
            changed(
                "the activation",
                earlier.activated.as_ref(),
                later.activated.as_ref(),
            )
        })
        .or_else(|| changed("who activated the plan", by(earlier).as_ref(), by(later).as_ref()))
        .or_else(|| {
            let [was, is] = [earlier, later].map(|incident| incident.recovery_started.as_ref());
            changed("the start of the recovery", was, is)
        })
        .or_else(|| dropped("a notification", &earlier.notifications, &later.notifications))
        .or_else(|| dropped("a task that was done", &done(earlier), &done(later)))
        .or_else(|| dropped("a system", &earlier.systems, &later.systems))
    }

    /// Neither an activation nor a prediction can be made after the fact.
    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] = [earlier, later].map(|incident| (incident.activated_by.as_ref(), incident.activated));
        backdated("the activation", was, seen, is).or_else(|| {
            let hindsight = earlier.predicted_minutes.is_none() && later.predicted_minutes.is_some();
            (hindsight && earlier.restored.is_some())
                .then(|| format!("the outage was predicted after it was over at {}", show(seen)))
        })
    }
}

impl Folded for Medium {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn entered(&self) -> Option<(&'static str, Instant)> {
        Some(("it is dated registered", self.registered?))
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let gone = |medium: &Self| medium.disposal.as_ref().and_then(|disposal| disposal.at);
        let when = |medium: &Self| (medium.registered, medium.first_used, gone(medium));
        Moved {
            when: when(earlier) != when(later),
            about: false,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let known = |medium: &Self| medium.ephi.filter(|ephi| *ephi != Ephi::Unknown);
        let [was, is] = [earlier, later].map(known);
        changed("what it does with ephi", was.as_ref(), is.as_ref())
            .or_else(|| {
                let [was, is] = [earlier, later].map(|medium| medium.registered.as_ref());
                changed("when it was registered", was, is)
            })
            .or_else(|| {
                let [was, is] = [earlier, later].map(|medium| medium.first_used.as_ref());
                changed("when it was first used", was, is)
            })
            .or_else(|| dropped("a movement", &earlier.movements, &later.movements))
            .or_else(|| dropped("a sanitisation", &earlier.sanitisations, &later.sanitisations))
            .or_else(|| {
                let [was, is] = [earlier, later].map(|medium| medium.disposal.as_ref()?.at);
                changed("when it was disposed of", was.as_ref(), is.as_ref())
            })
    }

    /// Neither a registration nor a sanitisation nor a disposal can be written down after an export that knew nothing of it.
    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let late = |what: &str, at: Instant| {
            format!(
                "it was {what} at {} by a revision after {}, which knew nothing of it",
                show(at),
                show(seen)
            )
        };
        let registered = later
            .registered
            .filter(|at| *at < seen && earlier.registered.is_none());
        let mut wiped = later.sanitisations.iter();
        let wiped = wiped.find(|one| one.at < seen && !earlier.sanitisations.contains(one));
        let was_disposed = earlier
            .disposal
            .as_ref()
            .is_some_and(|disposal| disposal.at.is_some());
        let disposed = later.disposal.as_ref().and_then(|disposal| disposal.at);
        let disposed = disposed.filter(|at| *at < seen && !was_disposed);
        registered
            .map(|at| late("registered", at))
            .or_else(|| wiped.map(|one| late("sanitised", one.at)))
            .or_else(|| disposed.map(|at| late("disposed of", at)))
    }
}

impl Folded for ListedDevice {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let [was, is] = [earlier, later].map(|device| Some(&device.list));
        let [tagged, tag] = [earlier, later].map(|device| device.medium.as_ref());
        let [retired, is_retired] = [earlier, later].map(|device| device.retired.as_ref());
        differs("its list", was, is)
            .or_else(|| changed("its tag", tagged, tag))
            .or_else(|| changed("when it went out of use", retired, is_retired))
    }
}
