//! Small constructors of incidents and media that are clean in every respect.

use chrono::TimeDelta;

use super::recovery_tasks::TASKS;
use super::testing::{World, at, key, observed};
use crate::model::records::governance::{
    Ephi, Incident, ListedDevice, Medium, Movement, Notification, RecoveryTask,
};
use crate::model::source::Source;

/// An outage of `orders` of two hours, predicted to last three, noticed at once; recovery began after ten minutes.
pub(crate) fn incident(id: &str, start: &str) -> Incident {
    let start = at(start);
    Incident {
        id: id.to_owned(),
        detected: start,
        service_impact: Some(true),
        impact_start: Some(start),
        restored: Some(start + TimeDelta::hours(2)),
        hosting_outage: false,
        predicted_minutes: Some(180),
        activated: None,
        activated_by: None,
        activation_reason: None,
        recovery_started: Some(start + TimeDelta::minutes(10)),
        notifications: vec![told(start, 5, "p-001")],
        tasks: Vec::new(),
        systems: vec!["orders".parse().expect("a system")],
    }
}

fn told(start: crate::model::time::Instant, minutes: i64, to: &str) -> Notification {
    Notification {
        at: start + TimeDelta::minutes(minutes),
        from: "p-001".to_owned(),
        to: to.to_owned(),
        channel: "phone".to_owned(),
    }
}

/// An outage of ten hours, predicted to last three days, for which the CTO activated the plan and which was handled as the
/// plan says.
pub(crate) fn contingency(id: &str, start: &str) -> Incident {
    let plain = incident(id, start);
    let begin = plain.detected;
    let groups = [
        "p-001",
        "web_services",
        "team_members",
        "hosting_partners",
        "leadership",
    ];
    let task = |(n, name): (usize, &str)| RecoveryTask {
        name: name.to_owned(),
        team: if n == 8 { "InfoSec" } else { "DevOps" }.to_owned(),
        done: Some(begin + TimeDelta::minutes(30 + 10 * i64::try_from(n).expect("a few"))),
    };
    Incident {
        restored: Some(begin + TimeDelta::hours(10)),
        predicted_minutes: Some(72 * 60),
        activated: Some(begin + TimeDelta::minutes(20)),
        activated_by: Some("p-001".to_owned()),
        notifications: (1i64..)
            .zip(groups)
            .map(|(n, to)| told(begin, 5 * n, to))
            .collect(),
        tasks: TASKS.into_iter().enumerate().map(task).collect(),
        ..plain
    }
}

/// A laptop that p-006 has had since March 2025.
pub(crate) fn laptop(id: &str) -> Medium {
    Medium {
        id: id.to_owned(),
        kind: "laptop".to_owned(),
        owner: Some("p-006".to_owned()),
        custodian: Some("p-006".to_owned()),
        classification: Some("confidential".to_owned()),
        label: Some(id.to_owned()),
        encrypted: Some(true),
        registered: Some(at("2025-03-03T09:00")),
        first_used: Some(at("2025-03-04T09:00")),
        location: Some("with its owner".to_owned()),
        ephi: Some(Ephi::None),
        ephi_basis: Some("storage of customer data is blocked".to_owned()),
        movements: vec![moved("2025-03-04T09:00", "stock", "p-006")],
        sanitisations: Vec::new(),
        disposal: None,
    }
}

/// A movement that was allowed.
pub(crate) fn moved(when: &str, from: &str, to: &str) -> Movement {
    Movement {
        at: at(when),
        from: from.to_owned(),
        to: to.to_owned(),
        by: "p-010".to_owned(),
        authorised_by: Some("p-002".to_owned()),
    }
}

/// The device of a medium by the device management.
pub(crate) fn listed(medium: &str) -> ListedDevice {
    ListedDevice {
        id: format!("MDM-{medium}"),
        list: "device management".to_owned(),
        medium: Some(medium.to_owned()),
        assigned_to: Some("p-006".to_owned()),
        retired: None,
        as_of: at("2026-07-01"),
    }
}

impl World {
    /// Adds an incident.
    pub(crate) fn add_incident(&mut self, incident: Incident) {
        let name = incident.id.clone();
        let row = observed(key(Source::Incidents, ""), self.collected(), &name, incident);
        self.records.incidents.push(row);
    }

    /// Adds a medium to the register.
    pub(crate) fn add_medium(&mut self, medium: Medium) {
        let name = medium.id.clone();
        let row = observed(key(Source::MediaRegister, ""), self.collected(), &name, medium);
        self.records.media.push(row);
    }

    /// Adds a device to the independent list.
    pub(crate) fn add_listed(&mut self, device: ListedDevice) {
        let name = device.id.clone();
        let row = observed(key(Source::DeviceList, ""), self.collected(), &name, device);
        self.records.listed_devices.push(row);
    }
}
