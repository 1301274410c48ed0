//! The entries of a catalogue as plain values. They are built by the reader of the wire format and checked as a whole.

use crate::model::finding::{Item, Severity};
use crate::model::ids::{ControlId, ParameterId, StatementId, TestId};

/// An enumeration whose values are written as fixed words in the catalogue.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every word of the catalogue for this enumeration, in the order of the values.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that the catalogue uses.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value that the catalogue writes as `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// What kind of evidence can prove or disprove a statement.
    StatementKind {
        /// Evidence that the control operated.
        Operating = "operating",
        /// The configuration.
        Configuration = "configuration",
        /// Inspection of a document or record.
        Document = "document",
        /// None: narrative, not testable by evidence.
        Narrative = "narrative",
    }
);
words!(
    /// The standing of a HIPAA provision: a standard, or an implementation specification.
    Requirement {
        /// A standard.
        Standard = "standard",
        /// An implementation specification marked R.
        Required = "required",
        /// An implementation specification marked A.
        Addressable = "addressable",
    }
);
words!(
    /// How well a fact of the catalogue is supported.
    Confidence {
        /// Read in the source itself.
        Verified = "verified",
        /// Read in a secondary source only.
        SecondarySource = "secondary_source",
        /// Recalled and not read again: to be confirmed before it is published.
        Recalled = "recalled",
    }
);
words!(
    /// Whether the policy itself gives the value of a parameter.
    PolicyDefines {
        /// It does.
        Yes = "yes",
        /// It does not.
        No = "no",
        /// In part: see the parameter's note.
        Partly = "partly",
    }
);

/// What the catalogue as a whole is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The policies that the statements come from.
    pub subject: String,
    /// The date of the catalogue's facts.
    pub as_of: chrono::NaiveDate,
    /// What may be the criterion of a test.
    pub criterion_rule: String,
}

/// A framework that controls come from, or whose references stand beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// Short name: the part of a [`ControlId`] before the colon.
    pub id: String,
    /// Full name.
    pub title: String,
    /// The edition that the catalogue was made from.
    pub edition: Option<String>,
    /// How well edition and notes are supported, where that is not by the source itself.
    pub confidence: Option<Confidence>,
    /// What a reader should know about its use here.
    pub notes: Vec<String>,
}

/// A source of evidence, as tests name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Canonical name, for instance `aws_backup_jobs`.
    pub id: String,
    /// Name for readers.
    pub title: String,
    /// A limit, or what makes the source independent.
    pub note: Option<String>,
}

/// A reference of a framework to which statements map. Never a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// For instance `hipaa:164.308(a)(7)(ii)(A)`.
    pub id: ControlId,
    /// The framework: the part of the id before the colon.
    pub framework: String,
    /// The title in the framework.
    pub title: String,
    /// How well the title is supported; given for HITRUST.
    pub title_confidence: Option<Confidence>,
    /// Standard, required or addressable; HIPAA only.
    pub requirement: Option<Requirement>,
    /// What it asks for, in our own words; given for HITRUST, whose text is not ours to ship.
    pub paraphrase: Option<String>,
    /// The section of the policy that names this control, if one does.
    pub named_by_policy: Option<String>,
    /// What SP 800-66 describes for it, in our own words.
    pub sp_800_66: Option<String>,
    /// References of NIST frameworks beside it; HIPAA only.
    pub mappings: Option<Mappings>,
    /// A remark to print with it.
    pub note: Option<String>,
}

/// Where a control is found in the NIST frameworks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mappings {
    /// Controls of SP 800-53 Rev. 5.
    pub nist_800_53: Vec<String>,
    /// Subcategories of the Cybersecurity Framework 2.0.
    pub csf_2_0: Vec<String>,
    /// Subcategories of the Cybersecurity Framework 1.1.
    pub csf_1_1: Vec<String>,
    /// How well the mapping is supported.
    pub confidence: Confidence,
}

/// A sentence of the policy, or a duty implied by a control that the policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// For instance `DM-6.2-1a`.
    pub id: StatementId,
    /// The built-in statement in whose place it stands. Procedures direct some items at single built-in statements; this
    /// one hears what is directed at the one that it stands for. One that stands for none hears every item of its tests,
    /// so that nothing adverse can pass it by.
    pub stands_for: Option<StatementId>,
    /// Policy and section, for instance `Data Management Policy 6.2(1)`.
    pub section: String,
    /// What the policy says, in our own words.
    pub paraphrase: String,
    /// What kind of evidence it takes.
    pub kind: StatementKind,
    /// True where no sentence of the policy says it but a named control implies it.
    pub implied: bool,
    /// The tests that try it: none for a narrative, else at least one.
    pub tests: Vec<TestId>,
    /// The controls that it maps to: none for a narrative, else at least one.
    pub controls: Vec<ControlId>,
    /// When it is met, where this needs saying beyond the paraphrase.
    pub criterion: Option<String>,
    /// The evidence that answers it, where the tests' inputs do not already say so.
    pub evidence: Option<String>,
    /// A remark to print with it.
    pub note: Option<String>,
}

impl Statement {
    /// Whether `item`, of one of its tests, speaks about it.
    pub fn hears(&self, item: &Item) -> bool {
        self.stands_for
            .as_ref()
            .is_none_or(|builtin| item.speaks_about(builtin))
    }
}

/// How grave an exception of a test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeverityRule {
    /// For a critical system.
    pub critical_systems: Severity,
    /// For everything else.
    pub otherwise: Severity,
}

impl SeverityRule {
    /// The severity of an exception of a system that is critical, or is not.
    pub fn of(self, critical: bool) -> Severity {
        if critical {
            self.critical_systems
        } else {
            self.otherwise
        }
    }
}

/// A test: how statements are tried, and what gives each state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// For instance `CT-05`.
    pub id: TestId,
    /// What holds if the test finds nothing.
    pub title: String,
    /// What the test is for.
    pub objective: String,
    /// The statements that it tries. A test that none names is run all the same, and decides none.
    pub statements: Vec<StatementId>,
    /// The names of the sources that it reads.
    pub inputs: Vec<String>,
    /// The items that the test is about.
    pub population: String,
    /// How often the control operates: one of the catalogue's sample sizes.
    pub frequency: String,
    /// What is done, step by step.
    pub procedure: Vec<String>,
    /// What an item has to meet.
    pub criterion: String,
    /// What gives SUPPORTED.
    pub supported: String,
    /// What gives EXCEPTION.
    pub exception: String,
    /// What gives INDETERMINATE.
    pub indeterminate: String,
    /// What gives NO_OCCURRENCE, where the test can.
    pub no_occurrence: Option<String>,
    /// What gives NOT_APPLICABLE, where the test can.
    pub not_applicable: Option<String>,
    /// The parameters that it uses.
    pub parameters: Vec<ParameterId>,
    /// The severity of its exceptions.
    pub severity: SeverityRule,
    /// Equivalent controls of AWS Backup Audit Manager.
    pub audit_manager: Vec<String>,
    /// A remark to print with it.
    pub note: Option<String>,
    /// The procedure in code that carries it out; absent while the test is not built.
    pub implemented_by: Option<String>,
}

/// A gap or tension in the policies themselves: printed, never decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// For instance `PO-01`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What was seen.
    pub text: String,
}

/// How many items a sample has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleSize {
    /// How often the control operates, for instance `daily`.
    pub frequency: String,
    /// How many items: at least one.
    pub size: u64,
    /// Where the number comes from.
    pub basis: String,
    /// How well it is supported.
    pub confidence: Confidence,
}
