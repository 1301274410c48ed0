//! The members of each register, version 1.

use super::Kind::{Day, Document, Documents, Instant, Text, Texts, Truth, Whole, Word, Words};
use super::{Kind, Member, Shape};
use crate::model::source::Source;

const fn needs(name: &'static str, kind: Kind) -> Member {
    let required = true;
    Member { name, kind, required }
}

const fn may(name: &'static str, kind: Kind) -> Member {
    let required = false;
    Member { name, kind, required }
}

const CLASS: Kind = Word(&["database", "web", "message_broker", "webhook", "cache", "other"]);
const CRITICALITY: Kind = Word(&["critical", "non_critical"]);
const EPHI: Kind = Word(&["stores", "processes", "transmits", "none", "unknown"]);
const RESULT: Kind = Word(&["success", "failure"]);
const EXERCISE: Kind = Word(&["tabletop", "technical"]);

const SYSTEM: &[Member] = &[
    needs("system_id", Text),
    needs("name", Text),
    needs("class", CLASS),
    needs("criticality", CRITICALITY),
    needs("ephi", EPHI),
    may("owner", Text),
    may("owner_role", Text),
    may("classification", Text),
    needs("provider", Word(&["aws", "atlas", "saas", "device"])),
    needs("account", Text),
    needs("region", Text),
    needs("resource_ids", Texts),
    may(
        "backup_method",
        Word(&["aws_backup", "atlas", "native", "iac_rebuild", "none"]),
    ),
    may("mechanism", Text),
    may("exemption", Document(EXEMPTION)),
    may("onboarded_at", Instant),
    may("decommissioned_at", Instant),
    may("migrations", Documents(MIGRATION)),
    may("approved_by", Text),
    needs("as_of", Instant),
];

const EXEMPTION: &[Member] = &[
    needs("rationale", Text),
    needs("approved_by", Text),
    needs("approved_at", Instant),
    needs("from", Instant),
    may("until", Instant),
];

const MIGRATION: &[Member] = &[may("at", Instant), needs("from", Text), may("to", Text)];

const CLASS_NOT_USED: &[Member] = &[
    needs("statement", Word(&["class_not_used"])),
    needs("class", CLASS),
    needs("approved_by", Text),
    needs("approved_at", Instant),
    needs("rationale", Text),
];

const RESTORE_TEST: &[Member] = &[
    needs("test_id", Text),
    needs("system_id", Text),
    needs("backup_id", Text),
    needs("backup_time", Instant),
    may("restore_job_id", Text),
    may("simulated_loss_at", Instant),
    needs("restore_started", Instant),
    may("restore_finished", Instant),
    may("service_ready_at", Instant),
    needs("target_location", Text),
    needs("tester", Text),
    may("reviewer", Text),
    may("reviewed_at", Instant),
    needs("method", Word(&["checksum", "row_count", "app_check", "none"])),
    may("source_manifest", Document(MANIFEST)),
    may("restored_manifest", Document(MANIFEST)),
    may(
        "sample",
        Document(&[may("stated_size", Whole), may("seed", Text)]),
    ),
    may(
        "application_check",
        Document(&[needs("at", Instant), needs("result", RESULT)]),
    ),
    may(
        "write_explanations",
        Documents(&[needs("object", Text), needs("explanation", Text)]),
    ),
    needs("result", RESULT),
    needs("deviations", Texts),
    needs("tickets", Texts),
    may("signed_off", Truth),
];

const MANIFEST: &[Member] = &[
    needs("taken_at", Instant),
    needs(
        "objects",
        Documents(&[needs("name", Text), needs("count", Whole), may("sha256", Text)]),
    ),
];

const SCHEDULE: &[Member] = &[
    needs("schedule_id", Text),
    needs("version", Text),
    may("approved_by", Text),
    may("approved_role", Text),
    may("approved_at", Instant),
    may(
        "delegation",
        Document(&[needs("by", Text), needs("at", Instant), may("reason", Text)]),
    ),
    needs("year", Whole),
    needs("items", Documents(PLANNED)),
];

const PLANNED: &[Member] = &[
    needs("planned_id", Text),
    needs("type", EXERCISE),
    needs("planned_date", Day),
    needs("scope_systems", Texts),
    may("criteria", Text),
    may("rescheduled_to", Day),
    may("reschedule_approved_by", Text),
    may("reschedule_approved_at", Instant),
];

const HELD: &[Member] = &[
    needs("exercise_id", Text),
    may("planned_id", Text),
    needs("type", EXERCISE),
    needs("held_at", Instant),
    needs("status", Word(&["completed", "not_completed"])),
    may("scenario", Text),
    needs("scope_systems", Texts),
    needs(
        "participants",
        Documents(&[needs("person", Text), needs("role", Text)]),
    ),
    needs("facilitator", Text),
    may(
        "walkthrough",
        Document(&[may("notification", Truth), may("activation", Truth)]),
    ),
    may(
        "timing",
        Document(&[needs("started", Instant), needs("ended", Instant)]),
    ),
    may("elements_done", Document(ELEMENTS)),
    may("tasks_done", Texts),
    may("restore_job_ids", Texts),
    may("simulated_loss_at", Instant),
    may("service_ready_at", Instant),
    may("rto_measured_minutes", Whole),
    may("rpo_measured_minutes", Whole),
    may("result", Text),
    may("report_ref", Text),
    may("report_signed_by", Text),
    may("report_signed_at", Instant),
    may("action_items", Documents(ACTION_ITEM)),
];

const ELEMENTS: &[Member] = &[
    may("alternate_site", Truth),
    may("restore_from_backup", Truth),
    may("switch_compute_storage", Truth),
];

const ACTION_ITEM: &[Member] = &[
    needs("id", Text),
    may("owner", Text),
    may("due", Day),
    may("closed_at", Instant),
    may("evidence", Text),
    may("plan_change", Truth),
];

const BIA: &[Member] = &[
    needs("bia_id", Text),
    needs("version", Text),
    may("performed_at", Day),
    may("approved_by", Text),
    may("approved_at", Instant),
    needs(
        "systems",
        Documents(&[
            needs("system_id", Text),
            may("criticality", CRITICALITY),
            may("rto_minutes", Whole),
            may("rpo_minutes", Whole),
        ]),
    ),
];

const PLAN_DOCUMENT: &[Member] = &[
    needs("doc_id", Text),
    needs("title", Text),
    needs("version", Text),
    may(
        "kind",
        Word(&[
            "policy",
            "contingency_plan",
            "backup_procedure",
            "media_guidelines",
        ]),
    ),
    needs("effective_from", Day),
    may("superseded_at", Day),
    may("supersedes", Text),
    may("approved_by", Text),
    may("approved_role", Text),
    may("approved_at", Instant),
    may("reviewed_at", Instant),
    may("change_note", Text),
    may(
        "contacts",
        Documents(&[
            needs("person", Text),
            needs("role", Text),
            may("channel_digest", Text),
        ]),
    ),
    may(
        "phases",
        Words(&["notification_activation", "recovery", "reconstitution"]),
    ),
    needs("sha256", Text),
    may(
        "retained",
        Document(&[needs("checked_at", Instant), may("sha256", Text)]),
    ),
];

const ROLE: &[Member] = &[
    needs("person_id", Text),
    needs("role", Text),
    may("team", Text),
    needs("from", Day),
    may("to", Day),
    needs("identity_arns", Texts),
    may("atlas_user", Text),
    may("leads", Texts),
    may(
        "training",
        Documents(&[
            needs("course", Text),
            needs("completed_at", Day),
            may("expires_at", Day),
        ]),
    ),
    may(
        "attestations",
        Documents(&[
            needs("what", Word(&["contact_list", "policy"])),
            needs("doc_id", Text),
            needs("version", Text),
            needs("at", Instant),
        ]),
    ),
    may(
        "approved_access",
        Documents(&[
            needs("principal_arn", Text),
            needs("actions", Texts),
            needs("approved_by", Text),
            needs("approved_at", Instant),
            may("until", Instant),
            may("limits", Text),
        ]),
    ),
];

const MEDIUM: &[Member] = &[
    needs("media_id", Text),
    needs("kind", Text),
    may("owner_person", Text),
    may("custodian", Text),
    may("classification", Text),
    may("label", Text),
    may("encrypted", Truth),
    may("registered_at", Instant),
    may("first_used_at", Instant),
    may("location", Text),
    may("ephi", EPHI),
    may("ephi_basis", Text),
    needs(
        "movements",
        Documents(&[
            needs("at", Instant),
            needs("from", Text),
            needs("to", Text),
            needs("by", Text),
            may("authorised_by", Text),
        ]),
    ),
    may(
        "sanitisations",
        Documents(&[
            needs("at", Instant),
            may("method", Text),
            may("certificate", Text),
            may("by", Text),
        ]),
    ),
    may(
        "disposal",
        Document(&[
            may("at", Instant),
            may("method", Text),
            may("certificate", Text),
            may("by", Text),
        ]),
    ),
];

const DEVICE: &[Member] = &[
    needs("device_id", Text),
    needs("list", Text),
    may("media_id", Text),
    may("assigned_to", Text),
    may("retired_at", Instant),
    needs("as_of", Instant),
];

const TICKET: &[Member] = &[
    needs("ticket_id", Text),
    needs("type", Text),
    needs("title", Text),
    needs("opened_at", Instant),
    needs("opened_by", Text),
    may("approved_by", Text),
    may("approved_at", Instant),
    may("due", Day),
    may("closed_at", Instant),
    needs("refs", Texts),
];

const INCIDENT: &[Member] = &[
    needs("incident_id", Text),
    needs("detected_at", Instant),
    may("service_impact", Truth),
    may("service_impact_start", Instant),
    may("service_restored_at", Instant),
    needs("hosting_outage", Truth),
    may("predicted_outage_minutes", Whole),
    may("plan_activated_at", Instant),
    may("activated_by", Text),
    may("activation_reason", Text),
    may("recovery_started_at", Instant),
    needs(
        "notifications",
        Documents(&[
            needs("at", Instant),
            needs("from", Text),
            needs("to", Text),
            needs("channel", Text),
        ]),
    ),
    needs(
        "tasks",
        Documents(&[needs("name", Text), needs("team", Text), may("done_at", Instant)]),
    ),
    needs("systems", Texts),
];

const ASSURANCE: &[Member] = &[
    needs("vendor", Text),
    needs("document", Word(&["BAA", "SOC2", "ISO"])),
    needs("period_start", Day),
    needs("period_end", Day),
    may("reviewed_by", Text),
    may("reviewed_at", Instant),
];

/// The kinds of documents of a register; none of a source that is no register of MongoDB.
pub const fn shapes(source: Source) -> &'static [Shape] {
    match source {
        Source::SystemsInventory => SYSTEMS_INVENTORY,
        Source::RestoreTests => const { &[shape("a restore test", RESTORE_TEST)] },
        Source::ExerciseSchedule => const { &[shape("a version of the schedule of exercises", SCHEDULE)] },
        Source::Exercises => const { &[shape("an exercise held", HELD)] },
        Source::Bia => const { &[shape("a business impact analysis", BIA)] },
        Source::PlanDocuments => const { &[shape("a version of a plan or policy", PLAN_DOCUMENT)] },
        Source::RoleRoster => const { &[shape("a role that somebody holds", ROLE)] },
        Source::MediaRegister => const { &[shape("a medium", MEDIUM)] },
        Source::DeviceList => const { &[shape("a device of an independent list", DEVICE)] },
        Source::Tickets => const { &[shape("a ticket", TICKET)] },
        Source::Incidents => const { &[shape("an incident", INCIDENT)] },
        Source::VendorAssurance => const { &[shape("what a vendor was assured by", ASSURANCE)] },
        _ => &[],
    }
}

const SYSTEMS_INVENTORY: &[Shape] = &[
    shape("a system", SYSTEM),
    shape("a statement that a class of systems is not used", CLASS_NOT_USED),
];

const fn shape(title: &'static str, members: &'static [Member]) -> Shape {
    Shape { title, members }
}
