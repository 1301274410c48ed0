//! The parameters in force: the catalogue's defaults under what management has set, with who approved what.
//!
//! Invariant: every value has passed the check of its kind. A value that neither the policy defines nor management has
//! approved is still used, and its [`Standing`] makes the report print it as an assumption. Where there is no value, tests
//! that need one say INDETERMINATE; nothing is made up for them.

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::model::ids::ParameterId;
use crate::model::time::Interval;

use super::Catalogue;
use super::entry::PolicyDefines;
use super::error::Nearest;
use super::parameter::{ParameterDefinition, ParameterValue};

/// Who in management approved the value of a parameter, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The person.
    pub by: String,
    /// Their role on that date.
    pub role: String,
    /// The date.
    pub on: NaiveDate,
    /// Where the approval is recorded, for instance a ticket.
    pub reference: Option<String>,
}

/// One parameter as the configuration sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parameter.
    pub id: String,
    /// The value as text, in the form of the parameter's kind.
    pub value: String,
    /// Its approval, if there is one.
    pub approval: Option<Approval>,
}

/// On what the value of a parameter rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Management has approved it.
    Approved,
    /// The policy itself gives it.
    DefinedByPolicy,
    /// Neither: to be printed as an assumption.
    Assumed,
    /// There is no value.
    NotSet,
}

/// A parameter with the value that a report uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterInForce {
    /// For instance `backup_interval`.
    pub id: ParameterId,
    /// The value; `None` is "not set".
    pub value: Option<ParameterValue>,
    /// Who approved it.
    pub approval: Option<Approval>,
    /// Whether the policy gives the catalogue's default.
    pub policy_defines: PolicyDefines,
    /// Whether the value is the catalogue's default.
    pub is_default: bool,
}

impl ParameterInForce {
    /// On what the value rests. A value other than the policy's own, or one that the policy gives only in part, needs an
    /// approval to be more than an assumption.
    pub fn standing(&self) -> Standing {
        if self.value.is_none() {
            Standing::NotSet
        } else if self.approval.is_some() {
            Standing::Approved
        } else if self.is_default && self.policy_defines == PolicyDefines::Yes {
            Standing::DefinedByPolicy
        } else {
            Standing::Assumed
        }
    }
}

/// Why a setting is refused, or a value can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The catalogue has no such parameter.
    #[error("unknown parameter `{id}`{nearest}")]
    Unknown {
        /// The name found.
        id: String,
        /// A suggestion.
        nearest: Nearest,
    },
    /// Two settings for one parameter.
    #[error("parameter `{id}` is set twice")]
    SetTwice {
        /// The parameter.
        id: ParameterId,
    },
    /// The value does not have the form of the kind, or lies out of range.
    #[error("parameter `{id}`: {value:?} is not a value of kind {kind}: {reason}")]
    BadValue {
        /// The parameter.
        id: ParameterId,
        /// The text found.
        value: String,
        /// The kind that it should have.
        kind: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// An approval without a name or a role approves nothing, and a blank reference leads nowhere.
    #[error("parameter `{id}`: the approval has an empty `{field}`")]
    ApprovalIncomplete {
        /// The parameter.
        id: ParameterId,
        /// The field.
        field: &'static str,
    },
    /// A value was asked for, but there is none.
    #[error("parameter `{id}` is not set")]
    NotSet {
        /// The parameter.
        id: ParameterId,
    },
    /// A value was asked for as another kind than it has: an error of a procedure or of a replaced catalogue.
    #[error("parameter `{id}` holds `{value}`, which is not of kind {asked}")]
    WrongKind {
        /// The parameter.
        id: ParameterId,
        /// What it holds.
        value: String,
        /// The kind asked for.
        asked: &'static str,
    },
}

/// All parameters of a catalogue with the values in force, in catalogue order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    in_force: Vec<ParameterInForce>,
}

impl Parameters {
    /// Lays `settings` over the defaults of `catalogue`.
    ///
    /// # Errors
    /// An unknown or repeated parameter, a value that its kind refuses, an approval that is not complete.
    pub fn new(catalogue: &Catalogue, settings: &[Setting]) -> Result<Self, ParameterError> {
        let definitions = catalogue.parameters();
        for (index, setting) in settings.iter().enumerate() {
            let definition = definitions.iter().find(|known| known.id.as_str() == setting.id);
            let definition = definition
                .ok_or_else(|| unknown(&setting.id, definitions.iter().map(|known| known.id.as_str())))?;
            if settings[..index].iter().any(|earlier| earlier.id == setting.id) {
                return Err(ParameterError::SetTwice {
                    id: definition.id.clone(),
                });
            }
        }
        let in_force = definitions.iter().map(|definition| {
            let setting = settings
                .iter()
                .find(|setting| setting.id == definition.id.as_str());
            setting.map_or_else(|| Ok(by_default(definition)), |setting| set(definition, setting))
        });
        Ok(Self {
            in_force: in_force.collect::<Result<_, _>>()?,
        })
    }

    /// Every parameter, set or not, in catalogue order.
    pub fn iter(&self) -> impl Iterator<Item = &ParameterInForce> {
        self.in_force.iter()
    }

    /// The parameter `id` as it is in force.
    ///
    /// # Errors
    /// The catalogue has no such parameter.
    pub fn get(&self, id: &str) -> Result<&ParameterInForce, ParameterError> {
        let found = self.in_force.iter().find(|known| known.id.as_str() == id);
        found.ok_or_else(|| unknown(id, self.in_force.iter().map(|known| known.id.as_str())))
    }
}

fn unknown<'a>(id: &str, known: impl IntoIterator<Item = &'a str>) -> ParameterError {
    ParameterError::Unknown {
        id: id.chars().take(80).collect(),
        nearest: Nearest::of(id, known),
    }
}

fn by_default(definition: &ParameterDefinition) -> ParameterInForce {
    ParameterInForce {
        id: definition.id.clone(),
        value: definition.default.clone(),
        approval: None,
        policy_defines: definition.policy_defines,
        is_default: true,
    }
}

fn set(definition: &ParameterDefinition, setting: &Setting) -> Result<ParameterInForce, ParameterError> {
    let id = || definition.id.clone();
    let bad = |reason| ParameterError::BadValue {
        id: id(),
        value: setting.value.chars().take(120).collect(),
        kind: definition.kind.as_str(),
        reason,
    };
    let value = definition.kind.parse(&setting.value).map_err(bad)?;
    if let Some(approval) = &setting.approval {
        let fields = [
            ("by", Some(&approval.by)),
            ("role", Some(&approval.role)),
            ("reference", approval.reference.as_ref()),
        ];
        let is_blank = |text: Option<&String>| text.is_some_and(|text| text.trim().is_empty());
        if let Some((field, _)) = fields.into_iter().find(|(_, text)| is_blank(*text)) {
            return Err(ParameterError::ApprovalIncomplete { id: id(), field });
        }
    }
    let is_default = definition.default.as_ref() == Some(&value);
    Ok(ParameterInForce {
        value: Some(value),
        approval: setting.approval.clone(),
        is_default,
        ..by_default(definition)
    })
}

/// A pair of typed accessors: one that demands a value, one that lets it be not set.
macro_rules! accessors {
    ($($demand:ident, $optional:ident, $variant:ident, $kind:literal, $type:ty, $what:literal;)+) => {
        impl Parameters {$(
            #[doc = concat!("The value of `id`, ", $what, ".")]
            ///
            /// # Errors
            /// No such parameter, not set, or of another kind.
            pub fn $demand(&self, id: &str) -> Result<$type, ParameterError> {
                let known = self.get(id)?;
                self.$optional(id)?.ok_or_else(|| ParameterError::NotSet { id: known.id.clone() })
            }

            #[doc = concat!("The value of `id`, ", $what, "; `None` if it is not set.")]
            ///
            /// # Errors
            /// No such parameter, or of another kind.
            pub fn $optional(&self, id: &str) -> Result<Option<$type>, ParameterError> {
                let known = self.get(id)?;
                match &known.value {
                    None => Ok(None),
                    Some(ParameterValue::$variant(value)) => Ok(Some(value.clone())),
                    Some(other) => Err(ParameterError::WrongKind {
                        id: known.id.clone(),
                        value: other.to_string(),
                        asked: $kind,
                    }),
                }
            }
        )+}
    };
}

accessors!(
    period, optional_period, Period, "period", Interval, "a half-open period";
    time_zone, optional_time_zone, TimeZone, "time_zone", Tz, "a time zone";
    duration, optional_duration, Duration, "duration", TimeDelta, "elapsed time";
    days, optional_days, Days, "days", u32, "a difference of calendar dates";
    years, optional_years, Years, "years", u32, "calendar years";
    percent, optional_percent, Percent, "percent", u32, "per cent, 1 to 100";
    choice, optional_choice, Choice, "choice", String, "one of the parameter's choices";
    switch, optional_switch, Switch, "switch", bool, "on or off";
    text, optional_text, Text, "text", String, "free text";
    list, optional_list, List, "list", Vec<String>, "a list of texts";
);
