//! The records that people keep: inventory, restore tests, exercises, analyses, documents, roles,
//! tickets, incidents, media.

mod documents;
mod incidents;
mod inventory;
mod media;
mod rehearsals;

pub use documents::{
    ApprovedAccess, Attestation, Contact, CopyOf, DocumentKind, PlanDocument, PlanPhase, Predecessor,
    Retained, RoleHolder, Ticket, Training, VendorAssurance,
};
pub use incidents::{Incident, Notification, RecoveryTask};
pub use inventory::{BackupMethod, ClassNotUsed, Ephi, Exemption, Hosting, Migration, System, SystemClass};
pub use media::{Disposal, ListedDevice, Medium, Movement, Sanitisation};
pub use rehearsals::{
    ActionItem, ApplicationCheck, Bia, BiaSystem, ComparisonMethod, ContentManifest, ContentObject,
    ContentSample, Delegation, Elements, Exercise, ExerciseKind, ExerciseSchedule, PlannedExercise,
    RestoreTest,
};
