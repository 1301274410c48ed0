//! The tables of `backproof.catalogue/v1`: their shape in TOML, and how each becomes an entry.

use std::str::FromStr;

use serde::Deserialize;

use super::Wire;
use crate::catalogue::entry::{
    About, Confidence, Control, Framework, Mappings, Observation, PolicyDefines, Requirement, SampleSize,
    SeverityRule, Source, Statement, StatementKind, Test,
};
use crate::catalogue::error::Nearest;
use crate::catalogue::is_builtin_statement as is_builtin;
use crate::catalogue::parameter::{ParameterDefinition, ParameterKind};
use crate::model::finding::Severity;

/// The schema that a catalogue has to name.
const SCHEMA: &str = "backproof.catalogue/v1";

fn id<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn ids<T: FromStr<Err: ToString>>(texts: &[String]) -> Result<Vec<T>, String> {
    texts.iter().map(|text| id(text)).collect()
}

fn word<T>(key: &str, text: &str, read: impl Fn(&str) -> Option<T>, known: &[&str]) -> Result<T, String> {
    read(text).ok_or_else(|| {
        let nearest = Nearest::of(text, known.iter().copied());
        format!("`{key}` is {text:?}, the words are {}{nearest}", known.join(", "))
    })
}

fn confidence(key: &str, text: Option<&String>) -> Result<Option<Confidence>, String> {
    text.map(|text| word(key, text, Confidence::from_word, Confidence::WORDS))
        .transpose()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    schema: String,
    as_of: String,
    subject: String,
    criterion_rule: String,
}

impl Wire for Head {
    const TABLE: &'static str = "catalogue";
    type Entry = About;

    fn translate(self) -> Result<About, String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "`schema` is {:?}, this version reads {SCHEMA:?}",
                self.schema
            ));
        }
        let as_of = self
            .as_of
            .parse()
            .map_err(|_| format!("`as_of` is {:?}, not a date", self.as_of))?;
        Ok(About {
            subject: self.subject,
            as_of,
            criterion_rule: self.criterion_rule,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireFramework {
    id: String,
    title: String,
    edition: Option<String>,
    confidence: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
}

impl Wire for WireFramework {
    const TABLE: &'static str = "framework";
    type Entry = Framework;

    fn translate(self) -> Result<Framework, String> {
        Ok(Framework {
            id: self.id,
            title: self.title,
            edition: self.edition,
            confidence: confidence("confidence", self.confidence.as_ref())?,
            notes: self.notes,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireSource {
    id: String,
    title: String,
    note: Option<String>,
}

impl Wire for WireSource {
    const TABLE: &'static str = "source";
    type Entry = Source;

    fn translate(self) -> Result<Source, String> {
        Ok(Source {
            id: self.id,
            title: self.title,
            note: self.note,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireParameter {
    id: String,
    title: String,
    kind: String,
    #[serde(default)]
    choices: Vec<String>,
    default: Option<String>,
    #[serde(default)]
    zero_allowed: bool,
    #[serde(default)]
    required: bool,
    policy_defines: String,
    source: Option<String>,
    vendor_default: Option<String>,
    note: Option<String>,
}

impl WireParameter {
    fn kind(&self) -> Result<ParameterKind, String> {
        let zero_allowed = self.zero_allowed;
        let kind = match self.kind.as_str() {
            "period" => ParameterKind::Period,
            "time_zone" => ParameterKind::TimeZone,
            "duration" => ParameterKind::Duration { zero_allowed },
            "days" => ParameterKind::Days { zero_allowed },
            "years" => ParameterKind::Years,
            "percent" => ParameterKind::Percent,
            "choice" => ParameterKind::Choice(self.choices.clone()),
            "switch" => ParameterKind::Switch,
            "text" => ParameterKind::Text,
            "list" => ParameterKind::List,
            other => return word("kind", other, |_| None, ParameterKind::WORDS),
        };
        let takes_zero = matches!(kind, ParameterKind::Duration { .. } | ParameterKind::Days { .. });
        if zero_allowed && !takes_zero {
            return Err(format!("`zero_allowed` has no meaning for kind {}", self.kind));
        }
        if matches!(kind, ParameterKind::Choice(_)) == self.choices.is_empty() {
            return Err("`choices` belong to kind choice, and only there".to_owned());
        }
        Ok(kind)
    }
}

impl Wire for WireParameter {
    const TABLE: &'static str = "parameter";
    type Entry = ParameterDefinition;

    fn translate(self) -> Result<ParameterDefinition, String> {
        let kind = self.kind()?;
        let value = |key: &str, text: &Option<String>| {
            let parsed = text.as_ref().map(|text| {
                kind.parse(text).map_err(|reason| {
                    format!(
                        "`{key}` {text:?} is not a value of kind {}: {reason}",
                        kind.as_str()
                    )
                })
            });
            parsed.transpose()
        };
        let policy_defines = word(
            "policy_defines",
            &self.policy_defines,
            PolicyDefines::from_word,
            PolicyDefines::WORDS,
        )?;
        if policy_defines != PolicyDefines::No && (self.source.is_none() || self.default.is_none()) {
            return Err("a value that the policy defines needs `default` and `source`".to_owned());
        }
        Ok(ParameterDefinition {
            id: id(&self.id)?,
            title: self.title,
            default: value("default", &self.default)?,
            vendor_default: value("vendor_default", &self.vendor_default)?,
            kind,
            required: self.required,
            policy_defines,
            source: self.source,
            note: self.note,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireControl {
    id: String,
    title: String,
    title_confidence: Option<String>,
    requirement: Option<String>,
    paraphrase: Option<String>,
    named_by_policy: Option<String>,
    sp_800_66: Option<String>,
    #[serde(default)]
    nist_800_53: Vec<String>,
    #[serde(default)]
    csf_2_0: Vec<String>,
    #[serde(default)]
    csf_1_1: Vec<String>,
    mapping_confidence: Option<String>,
    note: Option<String>,
}

impl Wire for WireControl {
    const TABLE: &'static str = "control";
    type Entry = Control;

    fn translate(self) -> Result<Control, String> {
        let mapped = !(self.nist_800_53.is_empty() && self.csf_2_0.is_empty() && self.csf_1_1.is_empty());
        let mapping_confidence = confidence("mapping_confidence", self.mapping_confidence.as_ref())?;
        if mapped != mapping_confidence.is_some() {
            return Err("`mapping_confidence` has to stand with the mappings, and only there".to_owned());
        }
        let mappings = mapping_confidence.map(|confidence| Mappings {
            nist_800_53: self.nist_800_53,
            csf_2_0: self.csf_2_0,
            csf_1_1: self.csf_1_1,
            confidence,
        });
        let requirement = self
            .requirement
            .map(|text| word("requirement", &text, Requirement::from_word, Requirement::WORDS));
        Ok(Control {
            id: id(&self.id)?,
            framework: self
                .id
                .split_once(':')
                .map_or_else(String::new, |(framework, _)| framework.to_owned()),
            title: self.title,
            title_confidence: confidence("title_confidence", self.title_confidence.as_ref())?,
            requirement: requirement.transpose()?,
            paraphrase: self.paraphrase,
            named_by_policy: self.named_by_policy,
            sp_800_66: self.sp_800_66,
            mappings,
            note: self.note,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireStatement {
    id: String,
    section: String,
    paraphrase: String,
    kind: String,
    #[serde(default)]
    implied: bool,
    stands_for: Option<String>,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    controls: Vec<String>,
    criterion: Option<String>,
    evidence: Option<String>,
    note: Option<String>,
}

impl Wire for WireStatement {
    const TABLE: &'static str = "statement";
    type Entry = Statement;

    fn translate(self) -> Result<Statement, String> {
        let kind = word("kind", &self.kind, StatementKind::from_word, StatementKind::WORDS)?;
        let narrative = kind == StatementKind::Narrative;
        if narrative != self.tests.is_empty() || narrative != self.controls.is_empty() {
            return Err("a statement needs `tests` and `controls`; a narrative has neither".to_owned());
        }
        let stands_for = match &self.stands_for {
            Some(text) if !is_builtin(text) => {
                return Err(format!(
                    "`stands_for` names {text:?}, which is no built-in statement"
                ));
            }
            Some(text) => Some(id(text)?),
            None => is_builtin(&self.id).then(|| id(&self.id)).transpose()?,
        };
        Ok(Statement {
            id: id(&self.id)?,
            stands_for,
            section: self.section,
            paraphrase: self.paraphrase,
            kind,
            implied: self.implied,
            tests: ids(&self.tests)?,
            controls: ids(&self.controls)?,
            criterion: self.criterion,
            evidence: self.evidence,
            note: self.note,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireTest {
    id: String,
    title: String,
    objective: String,
    #[serde(default)]
    statements: Vec<String>,
    inputs: Vec<String>,
    population: String,
    frequency: String,
    procedure: Vec<String>,
    criterion: String,
    supported: String,
    exception: String,
    indeterminate: String,
    no_occurrence: Option<String>,
    not_applicable: Option<String>,
    #[serde(default)]
    parameters: Vec<String>,
    severity: String,
    severity_critical_systems: Option<String>,
    #[serde(default)]
    audit_manager: Vec<String>,
    note: Option<String>,
    implemented_by: Option<String>,
}

impl Wire for WireTest {
    const TABLE: &'static str = "test";
    type Entry = Test;

    fn translate(self) -> Result<Test, String> {
        let words = Severity::ALL.map(Severity::as_str);
        let severity = |key, text: &str| {
            let read = |text: &str| {
                Severity::ALL
                    .into_iter()
                    .find(|severity| severity.as_str() == text)
            };
            word(key, text, read, &words)
        };
        let otherwise = severity("severity", &self.severity)?;
        let critical_systems = match &self.severity_critical_systems {
            Some(text) => severity("severity_critical_systems", text)?,
            None => otherwise,
        };
        Ok(Test {
            id: id(&self.id)?,
            title: self.title,
            objective: self.objective,
            statements: ids(&self.statements)?,
            inputs: self.inputs,
            population: self.population,
            frequency: self.frequency,
            procedure: self.procedure,
            criterion: self.criterion,
            supported: self.supported,
            exception: self.exception,
            indeterminate: self.indeterminate,
            no_occurrence: self.no_occurrence,
            not_applicable: self.not_applicable,
            parameters: ids(&self.parameters)?,
            severity: SeverityRule {
                critical_systems,
                otherwise,
            },
            audit_manager: self.audit_manager,
            note: self.note,
            implemented_by: self.implemented_by,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireObservation {
    id: String,
    title: String,
    text: String,
}

impl Wire for WireObservation {
    const TABLE: &'static str = "observation";
    type Entry = Observation;

    fn translate(self) -> Result<Observation, String> {
        Ok(Observation {
            id: self.id,
            title: self.title,
            text: self.text,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireSampleSize {
    frequency: String,
    size: u64,
    basis: String,
    confidence: String,
}

impl Wire for WireSampleSize {
    const TABLE: &'static str = "sample_size";
    const ID: &'static str = "frequency";
    type Entry = SampleSize;

    fn translate(self) -> Result<SampleSize, String> {
        if self.size == 0 {
            return Err("`size` is 0: a sample of nothing shows nothing".to_owned());
        }
        Ok(SampleSize {
            frequency: self.frequency,
            size: self.size,
            basis: self.basis,
            confidence: word(
                "confidence",
                &self.confidence,
                Confidence::from_word,
                Confidence::WORDS,
            )?,
        })
    }
}
