//! A new test of the catalogue: its procedure, its line in the table, its catalogue entry and its first scenario, so that
//! the four agree from the start.
//!
//! What it writes compiles and concludes INDETERMINATE: a test that nobody has written yet can't tell anything.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

const PROCEDURES: &str = "src/evaluate/procedure";
const TABLE: &str = "src/evaluate/procedure/mod.rs";
const TESTS: &str = "src/catalogue/data/tests.toml";
const STATEMENTS: &str = "src/catalogue/data/statements.toml";
const SCENARIOS: &str = "fixtures/scenarios";

/// What the new test is.
#[derive(Debug, clap::Args)]
pub struct NewProcedure {
    /// The test's id, for instance CT-36
    id: String,
    /// The procedure's name in code, for instance `legal_holds`
    name: String,
    /// The statement of the built-in catalogue that it tries, for instance DM-6.2-5b
    statement: String,
}

impl NewProcedure {
    /// Writes the four parts below `root`. Nothing is written when anything is wrong.
    pub fn scaffold(&self, root: &Path) -> Result<()> {
        let stem = self.stem()?;
        let read =
            |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"));
        let (table, tests, statements) = (read(TABLE)?, read(TESTS)?, read(STATEMENTS)?);
        ensure!(
            !tests.contains(&format!("id = \"{}\"", self.id)),
            "{TESTS} has {} already: write its procedure by hand, and name it there",
            self.id
        );
        let procedure = format!("{PROCEDURES}/{stem}.rs");
        let scenario = format!("{SCENARIOS}/{}/nothing-told-yet.toml", self.id.to_lowercase());
        for path in [&procedure, &scenario] {
            ensure!(!root.join(path).exists(), "{path} is there already");
        }
        let written = [
            (TABLE.to_owned(), self.table(&table, &stem)?),
            (
                TESTS.to_owned(),
                format!(
                    "{}\n{}",
                    tests.trim_end_matches('\n').to_owned() + "\n",
                    self.entry(&stem)
                ),
            ),
            (STATEMENTS.to_owned(), self.statement(&statements)?),
            (procedure, self.procedure()),
            (scenario, self.scenario()),
        ];
        for (path, text) in &written {
            let target = root.join(path);
            let directory = target.parent().context("a file lies in a directory")?;
            fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
            fs::write(&target, text).with_context(|| format!("writing {path}"))?;
            println!("{path}");
        }
        println!(
            "{} says INDETERMINATE until its rule is written. Next: the rule and its unit tests, the words of its catalogue\n\
             entry, a scenario for each outcome, a planted fact in xtask/src/fixtures. `cargo test` says what does not agree.",
            self.id
        );
        Ok(())
    }

    /// `ct36_legal_holds`: the name of the file and of the module.
    fn stem(&self) -> Result<String> {
        let digits = self.id.strip_prefix("CT-").unwrap_or_default();
        let number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        ensure!(number, "{:?} is not a test id: CT- and two digits", self.id);
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let name =
            self.name.bytes().all(plain) && self.name.starts_with(|first: char| first.is_ascii_lowercase());
        ensure!(
            name,
            "{:?} is not a name in code: lower case letters, digits and _",
            self.name
        );
        Ok(format!("ct{digits}_{}", self.name))
    }

    /// The table with the new module and the new line, each in its order.
    fn table(&self, table: &str, stem: &str) -> Result<String> {
        let module = format!("mod {stem};");
        let line = format!("    (\"{}\", {stem}::{}),", self.id, self.name);
        let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
        let mut insert = |new: String, alike: &str| -> Result<()> {
            let last = lines
                .iter()
                .rposition(|line| line.starts_with(alike) && *line < new);
            let after = last.with_context(|| format!("{TABLE} has no line that begins with {alike:?}"))?;
            lines.insert(after + 1, new);
            Ok(())
        };
        insert(module, "mod ct")?;
        insert(line, "    (\"CT-")?;
        Ok(lines.join("\n") + "\n")
    }

    /// The statements, with the test named by the one that it tries.
    fn statement(&self, statements: &str) -> Result<String> {
        let head = format!("id = \"{}\"\n", self.statement);
        let Some((before, entry)) = statements.split_once(&head) else {
            bail!("{STATEMENTS} has no statement {:?}", self.statement);
        };
        let end = entry.find("\n[[").unwrap_or(entry.len());
        let (entry, after) = entry.split_at(end);
        let list = entry
            .find("tests = [")
            .context("the statement is a narrative: no test can try it")?;
        let close = list + entry[list..].find(']').context("the list of tests has an end")?;
        let (names, rest) = entry.split_at(close);
        Ok(format!("{before}{head}{names}, \"{}\"{rest}{after}", self.id))
    }

    fn entry(&self, stem: &str) -> String {
        let (id, statement) = (&self.id, &self.statement);
        format!(
            r#"[[test]]
id = "{id}"
title = "To be worded: what holds if the test finds nothing"
objective = "To be worded: what the test is for."
statements = ["{statement}"]
inputs = ["aws_backup_jobs"]
population = "To be worded: the items."
frequency = "event"
procedure = ["To be worded: what is done, step by step."]
criterion = "To be worded: what an item has to meet."
supported = "To be worded."
exception = "To be worded."
indeterminate = "The rule of this test is not written yet."
severity = "high"
implemented_by = "{stem}"
"#
        )
    }

    fn procedure(&self) -> String {
        let (id, name) = (&self.id, &self.name);
        format!(
            r#"//! {id}: to be worded (policy section).
//!
//! Population: to be worded. What meets the criterion, what contradicts it, and what leaves it open.

use crate::evaluate::context::Context;
use crate::evaluate::grounds::{{Grounds, examined}};
use crate::model::finding::{{Evidence, Finding, FindingBuilder}};
use crate::model::ids::TestId;
use crate::model::source::Source;

/// Concludes {id}.
pub(super) fn {name}(context: &Context<'_>, test: TestId) -> Finding {{
    let records = context.records;
    let grounds = Grounds::of(
        &records.coverage,
        &[Source::AwsBackupJobs],
        examined(context.scope),
    );
    let mut builder = FindingBuilder::new(test, "items to be named", grounds.basis.clone());
    // Until the rule is written nobody can tell: a test starts here, never at a pass.
    for job in &records.jobs {{
        builder.indeterminate(
            job.value.id.as_str(),
            "the rule of this test is not written yet",
            "a version of backproof that has it",
            Evidence::of(&job.citation),
        );
    }}
    grounds.mark(&mut builder);
    builder.finish("nothing to be named happened")
}}
"#
        )
    }

    fn scenario(&self) -> String {
        format!(
            r#"says = "The rule of the test is not written yet: without any job nothing happened that it could be about."
test = "{}"

[[empty]]
source = "aws_backup_jobs"

[[empty]]
source = "atlas_snapshots"

[expect]
state = "NO_OCCURRENCE"
items = ["population: NO_OCCURRENCE"]
"#,
            self.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    /// The files that a new procedure touches, in a place of their own.
    fn copy() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a directory");
        for path in [TABLE, TESTS, STATEMENTS] {
            let target = dir.path().join(path);
            fs::create_dir_all(target.parent().expect("a parent")).expect("a directory");
            fs::copy(repository().join(path), target).expect("a copy");
        }
        dir
    }

    fn new(id: &str, name: &str, statement: &str) -> NewProcedure {
        let [id, name, statement] = [id, name, statement].map(str::to_owned);
        NewProcedure { id, name, statement }
    }

    fn read(dir: &tempfile::TempDir, path: &str) -> String {
        fs::read_to_string(dir.path().join(path)).expect("a file")
    }

    #[test]
    fn the_four_parts_name_each_other() {
        let dir = copy();
        new("CT-36", "legal_holds", "DM-6.2-5b")
            .scaffold(dir.path())
            .expect("written");
        let table = read(&dir, TABLE);
        assert!(table.contains("mod ct36_legal_holds;\n"));
        assert!(table.contains("    (\"CT-36\", ct36_legal_holds::legal_holds),\n];"));
        let procedure = read(&dir, "src/evaluate/procedure/ct36_legal_holds.rs");
        for text in [&table, &procedure] {
            syn::parse_file(text).expect("Rust");
        }
        let tests: toml::Table = read(&dir, TESTS).parse().expect("TOML");
        let entry = tests["test"]
            .as_array()
            .and_then(|tests| tests.last())
            .expect("an entry");
        assert_eq!(entry["implemented_by"].as_str(), Some("ct36_legal_holds"));
        let statements: toml::Table = read(&dir, STATEMENTS).parse().expect("TOML");
        let rows = statements["statement"].as_array().expect("statements");
        let naming = rows.iter().filter(|row| {
            let tests = row.get("tests").and_then(toml::Value::as_array);
            tests.is_some_and(|tests| tests.iter().any(|test| test.as_str() == Some("CT-36")))
        });
        let naming: Vec<_> = naming.map(|row| row["id"].as_str()).collect();
        assert_eq!(naming, [Some("DM-6.2-5b")]);
        let scenario = read(&dir, "fixtures/scenarios/ct-36/nothing-told-yet.toml");
        assert_eq!(
            scenario.parse::<toml::Table>().expect("TOML")["test"].as_str(),
            Some("CT-36")
        );
    }

    #[test]
    fn what_is_wrong_writes_nothing() {
        let refused = |new: NewProcedure, why: &str| {
            let dir = copy();
            let error = new.scaffold(dir.path()).expect_err("refused");
            assert!(error.to_string().contains(why), "{error}");
            for path in [TABLE, TESTS, STATEMENTS] {
                let before = fs::read_to_string(repository().join(path)).expect("a file");
                assert_eq!(read(&dir, path), before, "{path} was written");
            }
        };
        refused(new("CT-5", "x", "DM-6.2-5b"), "is not a test id");
        refused(new("CT-36", "Legal", "DM-6.2-5b"), "is not a name in code");
        refused(new("CT-05", "legal", "DM-6.2-5b"), "has CT-05 already");
        refused(new("CT-36", "legal", "DM-9.9"), "has no statement");
        refused(new("CT-36", "legal", "DM-6.0-6"), "is a narrative");
    }
}
