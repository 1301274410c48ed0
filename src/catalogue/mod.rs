//! The catalogue: what is tested, against which sentence of the policy, for which control, with which parameters.
//!
//! The catalogue is data. It is one TOML document, kept in several files for reading; [`Catalogue::toml`] is their
//! concatenation, [`Catalogue::digest`] the SHA-256 of exactly those bytes, so that a bundle can carry the text in force
//! and a report can pin it. An organisation lays files of its own over it through [`Catalogue::of_organisation`]; the
//! text is then the two put together.
//!
//! Invariant: a `Catalogue` that exists is whole. Every reference leads somewhere, statements and tests name each other
//! in both directions, every control has a statement, and every default has the form of its parameter.

mod check;
mod entry;
mod error;
mod in_force;
mod keys;
mod parameter;
mod v1;

pub use entry::{
    About, Confidence, Control, Framework, Mappings, Observation, PolicyDefines, Requirement, SampleSize,
    SeverityRule, Source, Statement, StatementKind, Test,
};
pub use error::{CatalogueError, Nearest};
pub use in_force::{Approval, ParameterError, ParameterInForce, Parameters, Setting, Standing};
pub use parameter::{ParameterDefinition, ParameterKind, ParameterValue};

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::model::ids::{ControlId, ParameterId, Sha256Digest, StatementId, TestId};

/// One file of a catalogue: its name, as errors show it, and its text.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueFile<'a> {
    /// Name of the file, for messages only.
    pub name: &'a str,
    /// The TOML text.
    pub text: &'a str,
}

/// The catalogue that comes with the program, in the order in which it is put together.
const BUILTIN: [CatalogueFile<'static>; 8] = [
    CatalogueFile {
        name: "frameworks.toml",
        text: include_str!("data/frameworks.toml"),
    },
    CatalogueFile {
        name: "sources.toml",
        text: include_str!("data/sources.toml"),
    },
    CatalogueFile {
        name: "parameters.toml",
        text: include_str!("data/parameters.toml"),
    },
    CatalogueFile {
        name: "controls.toml",
        text: include_str!("data/controls.toml"),
    },
    CatalogueFile {
        name: "statements.toml",
        text: include_str!("data/statements.toml"),
    },
    CatalogueFile {
        name: "tests.toml",
        text: include_str!("data/tests.toml"),
    },
    CatalogueFile {
        name: "sample_sizes.toml",
        text: include_str!("data/sample_sizes.toml"),
    },
    CatalogueFile {
        name: "observations.toml",
        text: include_str!("data/observations.toml"),
    },
];

/// Whether procedures may direct items at the statement `id`: those of the built-in catalogue.
fn is_builtin_statement(id: &str) -> bool {
    static IDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| v1::statement_ids(&BUILTIN));
    IDS.contains(id)
}

/// Statements, controls, tests, parameters and what belongs to them, checked. Slices are in catalogue order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    about: About,
    frameworks: Vec<Framework>,
    sources: Vec<Source>,
    parameters: Vec<ParameterDefinition>,
    controls: Vec<Control>,
    statements: Vec<Statement>,
    tests: Vec<Test>,
    observations: Vec<Observation>,
    sample_sizes: Vec<SampleSize>,
    toml: String,
}

impl Catalogue {
    /// The catalogue that comes with the program.
    ///
    /// # Errors
    /// None in a released program: its own tests load it.
    pub fn builtin() -> Result<Self, CatalogueError> {
        Self::from_toml(&BUILTIN)
    }

    /// The files of an organisation over the built-in catalogue: `docs/spec/catalogue.md` says what takes the place of what.
    ///
    /// # Errors
    /// As [`Catalogue::from_toml`]; and a test that claims another procedure than the program has for it, or no statement
    /// that names CT-01: what the gate finds has to count somewhere.
    pub fn of_organisation(own: &[CatalogueFile<'_>]) -> Result<Self, CatalogueError> {
        let (catalogue, places) = v1::read_over(&BUILTIN, own)?;
        check::references(&catalogue, &places)?;
        check::gate(&catalogue)?;
        Ok(catalogue)
    }

    /// Reads a catalogue from `files`. Which file holds which tables is free; their order is the catalogue's order.
    ///
    /// # Errors
    /// The first defect: bad TOML, an unknown key, table or word, a missing or empty value, a bad or repeated id, a
    /// reference that leads nowhere or in one direction only. Each names its file and entry.
    pub fn from_toml(files: &[CatalogueFile<'_>]) -> Result<Self, CatalogueError> {
        let (catalogue, places) = v1::read(files)?;
        check::references(&catalogue, &places)?;
        Ok(catalogue)
    }

    /// What the catalogue is about, and its rule on criteria.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The frameworks that controls come from.
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }

    /// The sources of evidence that tests may name.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The definitions of the parameters; for the values in force see [`Parameters`].
    pub fn parameters(&self) -> &[ParameterDefinition] {
        &self.parameters
    }

    /// The controls that statements map to.
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The statements of the policy.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The tests, built or not.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Gaps and tensions in the policies themselves: printed, never decided.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// How many items a sample has, by how often the control operates.
    pub fn sample_sizes(&self) -> &[SampleSize] {
        &self.sample_sizes
    }

    /// The size of a sample where the control operates as often as `frequency` says.
    pub fn sample_size(&self, frequency: &str) -> Option<&SampleSize> {
        self.sample_sizes.iter().find(|size| size.frequency == frequency)
    }

    /// The framework under `id`, for instance `hipaa`.
    pub fn framework(&self, id: &str) -> Option<&Framework> {
        self.frameworks.iter().find(|framework| framework.id == id)
    }

    /// The source under `id`, for instance `aws_backup_jobs`.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The definition of the parameter `id`.
    pub fn parameter(&self, id: &ParameterId) -> Option<&ParameterDefinition> {
        self.parameters.iter().find(|parameter| &parameter.id == id)
    }

    /// The control `id`.
    pub fn control(&self, id: &ControlId) -> Option<&Control> {
        self.controls.iter().find(|control| &control.id == id)
    }

    /// The statement `id`.
    pub fn statement(&self, id: &StatementId) -> Option<&Statement> {
        self.statements.iter().find(|statement| &statement.id == id)
    }

    /// The test `id`.
    pub fn test(&self, id: &TestId) -> Option<&Test> {
        self.tests.iter().find(|test| &test.id == id)
    }

    /// The statements that map to the control `id`, in catalogue order: at least one for a control of the catalogue.
    pub fn statements_of<'a>(&'a self, id: &'a ControlId) -> impl Iterator<Item = &'a Statement> {
        self.statements
            .iter()
            .filter(move |statement| statement.controls.contains(id))
    }

    /// The exact text in force: the files one after the other, each ending in a line feed. It is itself a catalogue.
    pub fn toml(&self) -> &str {
        &self.toml
    }

    /// SHA-256 of the bytes of [`Catalogue::toml`].
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.toml.as_bytes())
    }
}

#[cfg(test)]
mod tests;
