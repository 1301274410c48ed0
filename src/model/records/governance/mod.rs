//! The records that people keep: inventory, restore tests, exercises, analyses, documents, roles, tickets.

mod documents;
mod inventory;
mod rehearsals;

pub use documents::{
    ApprovedAccess, Attestation, CopyOf, PlanDocument, RoleHolder, Ticket, Training, VendorAssurance,
};
pub use inventory::{BackupMethod, ClassNotUsed, Ephi, Exemption, Hosting, System, SystemClass};
pub use rehearsals::{
    ApplicationCheck, Bia, BiaSystem, ComparisonMethod, ContentManifest, ContentObject, ContentSample,
    Delegation, Elements, Exercise, ExerciseKind, ExerciseSchedule, PlannedExercise, RestoreTest,
};
