//! Media and devices: who answers for them, where they went, and how they ended.

use super::inventory::Ephi;
use crate::model::time::Instant;

/// A medium or device of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// Id: the tag on it.
    pub id: String,
    /// `laptop`, `external_disk`, `export_bucket`, …
    pub kind: String,
    /// Roster id of who answers for it.
    pub owner: Option<String>,
    /// Who keeps it.
    pub custodian: Option<String>,
    /// `confidential`, …
    pub classification: Option<String>,
    /// What its label says.
    pub label: Option<String>,
    /// Whether it is encrypted.
    pub encrypted: Option<bool>,
    /// Entered in the register.
    pub registered: Option<Instant>,
    /// First used.
    pub first_used: Option<Instant>,
    /// Where it is.
    pub location: Option<String>,
    /// What it does with ePHI; `None` where nobody has said.
    pub ephi: Option<Ephi>,
    /// What the statement that it holds no ePHI rests on.
    pub ephi_basis: Option<String>,
    /// Movements, in the order of the document.
    pub movements: Vec<Movement>,
    /// Sanitisations before re-use, in the order of the document.
    pub sanitisations: Vec<Sanitisation>,
    /// Its end.
    pub disposal: Option<Disposal>,
}

impl Medium {
    /// Whether it is equipment that somebody can hold in hand. What is not named here is: a new word must not let a device
    /// slip out.
    pub fn is_equipment(&self) -> bool {
        !matches!(self.kind.as_str(), "export_bucket" | "downloaded_snapshot")
    }
}

/// A movement of a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: Instant,
    /// From whom or where.
    pub from: String,
    /// To whom or where.
    pub to: String,
    /// Roster id of who moved it.
    pub by: String,
    /// Roster id of who allowed it.
    pub authorised_by: Option<String>,
}

/// A sanitisation of a medium before somebody else uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanitisation {
    /// When.
    pub at: Instant,
    /// How.
    pub method: Option<String>,
    /// Certificate.
    pub certificate: Option<String>,
    /// Roster id of who did it.
    pub by: Option<String>,
}

/// The disposal of a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// When.
    pub at: Option<Instant>,
    /// How.
    pub method: Option<String>,
    /// Certificate.
    pub certificate: Option<String>,
    /// Roster id of who did it.
    pub by: Option<String>,
}

/// A device by a list that does not come from the register: device management, personnel, purchases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDevice {
    /// Id in that list.
    pub id: String,
    /// Which list.
    pub list: String,
    /// Id in the media register, by its tag; `None` where the list has none.
    pub medium: Option<String>,
    /// Roster id of the person who has it.
    pub assigned_to: Option<String>,
    /// Out of use from.
    pub retired: Option<Instant>,
    /// The row's own date.
    pub as_of: Instant,
}
