//! Whether a test notices when a comparison of the evaluation is turned round: `<` for `<=`, `any` for `all`, `==` for `!=`.
//!
//! A scratch copy of the tree is built once with every flip in it ([`flips`]). Each flip is then switched on alone, for the
//! unit tests that reach it and, where they notice nothing, for the scenarios. A flip that nobody notices is a comparison
//! that nothing holds, unless `mutants/equivalent.toml` says why it can make no difference. Too slow for the gate.

mod flips;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use flips::{Flip, build_in, test_modules};

use crate::components::{run, say};

const EQUIVALENT: &str = "xtask/src/mutants/equivalent.toml";
/// A flip may make a loop endless: that is noticed, too. Unflipped, 40 unit tests take a second, and the scenarios a minute.
const PATIENCE_UNIT: Duration = Duration::from_secs(30);
const PATIENCE_SCENARIOS: Duration = Duration::from_secs(600);
/// Answers whether a flip is switched on; without one, writes down which test reaches which.
const QUESTION: &str = r#"
/// Only in the scratch copy of `cargo xtask mutants`.
pub(crate) fn flipped(number: usize) -> bool {
    use std::io::Write as _;
    static ON: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    thread_local! {
        static REACHED: std::cell::RefCell<std::collections::BTreeSet<usize>> = std::cell::RefCell::default();
    }
    let on = ON.get_or_init(|| std::env::var("MUTANT").ok().and_then(|on| on.parse().ok()));
    if on.is_none()
        && let Ok(path) = std::env::var("MUTANTS_REACHED")
        && REACHED.with_borrow_mut(|reached| reached.insert(number))
    {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).expect("opens");
        file.write_all(format!("{number} {name}\n").as_bytes()).expect("writes");
    }
    *on == Some(number)
}
"#;

/// Which flips are tried.
#[derive(Debug, clap::Args)]
pub struct Mutants {
    /// Files to turn round: those whose path below src/evaluate begins so; without one, all
    files: Vec<String>,
    /// Only those that this output of an earlier run tells
    #[arg(long)]
    again: Option<PathBuf>,
    /// Ask the unit tests only
    #[arg(long)]
    unit: bool,
}

/// A flip that can't be noticed, and why.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Equivalent {
    file: String,
    function: String,
    text: String,
    change: String,
    because: String,
}

impl Equivalent {
    fn is(&self, flip: &Flip) -> bool {
        (&self.file, &self.function, &self.text, &self.change)
            == (&flip.file, &flip.function, &flip.text, &flip.change)
    }
}

impl Mutants {
    /// Tries the flips and lists those that nobody noticed. Fails when there is one without a reason, or a reason for none.
    pub fn run(&self, root: &Path) -> Result<()> {
        let tree = root.join("target/mutants/tree");
        copy(root, &tree)?;
        let flips = build_all_in(&tree)?;
        let written = Written::read(root, &flips)?;
        say(&format!("building {} flips into {}", flips.len(), tree.display()));
        let (unit, scenarios) = build(&tree, !self.unit)?;
        let told = self.again.as_ref().map(fs::read_to_string).transpose()?;
        let is_told = |flip: &&Flip| {
            told.as_ref()
                .is_none_or(|told| told.lines().any(|line| flip.is_told_in(line)))
        };
        let chosen = flips.iter().filter(|flip| self.chooses(flip)).filter(is_told);
        let chosen = chosen.collect::<Vec<_>>();
        say(&format!("asking the unit tests about {} flips", chosen.len()));
        let reached = reached(&unit, &tree)?;
        let left = unnoticed(&chosen, |flip| {
            let names = reached
                .get(&flip.number)
                .map(|names| names.iter().collect::<Vec<_>>());
            let mut parts = names.iter().flat_map(|names| names.chunks(40));
            parts.any(|names| {
                let tests = &mut Command::new(&unit);
                notices(tests.arg("--exact").args(names), &tree, flip, PATIENCE_UNIT)
            })
        });
        let (reasoned, mut left): (Vec<_>, Vec<_>) = left.into_iter().partition(|flip| written.has(flip));
        if let Some(scenarios) = &scenarios {
            say(&format!(
                "asking the scenarios about {} that no unit test noticed",
                left.len()
            ));
            left = unnoticed(&left, |flip| {
                let mut table = Command::new(scenarios);
                if let Some(test) = test_of(flip) {
                    table.env("SCENARIO", test);
                }
                notices(table.arg("table::"), &tree, flip, PATIENCE_SCENARIOS)
            });
        }
        let noticed = chosen
            .iter()
            .filter(|flip| written.has(flip) && !reasoned.contains(flip));
        let noticed =
            noticed.map(|flip| format!("{flip}: noticed, though {EQUIVALENT} says that it can't be"));
        let faults: Vec<_> = left.iter().map(|flip| flip.to_string()).chain(noticed).collect();
        ensure!(
            faults.is_empty(),
            "{} flips:\n  {}",
            faults.len(),
            faults.join("\n  ")
        );
        println!(
            "mutants: every flip is noticed, {} are written down",
            reasoned.len()
        );
        Ok(())
    }

    fn chooses(&self, flip: &Flip) -> bool {
        let inside = flip.file.trim_start_matches("src/evaluate/");
        self.files.is_empty() || self.files.iter().any(|file| inside.starts_with(file.as_str()))
    }
}

/// The flips that can't be noticed.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    equivalent: Vec<Equivalent>,
}

impl Written {
    /// Reads them. A reason for a flip that is not there any more has to go.
    fn read(root: &Path, flips: &[Flip]) -> Result<Self> {
        let text =
            fs::read_to_string(root.join(EQUIVALENT)).with_context(|| format!("reading {EQUIVALENT}"))?;
        let written: Self = toml::from_str(&text).with_context(|| format!("reading {EQUIVALENT}"))?;
        for one in &written.equivalent {
            ensure!(
                !one.because.is_empty(),
                "{EQUIVALENT} gives no reason for {one:?}"
            );
            ensure!(
                flips.iter().any(|flip| one.is(flip)),
                "{EQUIVALENT} has what is not there: {one:?}"
            );
        }
        Ok(written)
    }

    fn has(&self, flip: &Flip) -> bool {
        self.equivalent.iter().any(|one| one.is(flip))
    }
}

/// `ct-04/` of a flip in the procedure of CT-04; nothing where procedures share it.
fn test_of(flip: &Flip) -> Option<String> {
    let name = flip.file.strip_prefix("src/evaluate/procedure/ct")?;
    Some(format!("ct-{}/", name.get(..2)?))
}

/// Copies what git knows, and what is new, to the scratch tree.
fn copy(root: &Path, tree: &Path) -> Result<()> {
    if tree.exists() {
        fs::remove_dir_all(tree).context("removing the last scratch copy")?;
    }
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("running git")?;
    ensure!(listed.status.success(), "git ls-files failed");
    for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (root.join(name), tree.join(name));
        if from.exists() {
            fs::create_dir_all(to.parent().context("a file lies in a directory")?)?;
            fs::copy(&from, &to).with_context(|| format!("copying {name}"))?;
        }
    }
    Ok(())
}

/// Builds every flip of the evaluation into the scratch tree.
fn build_all_in(tree: &Path) -> Result<Vec<Flip>> {
    let mut files = Vec::new();
    let mut tests = BTreeSet::new();
    for path in crate::tidy::rust_files(&tree.join("src/evaluate"))? {
        let text = fs::read_to_string(&path)?;
        tests.extend(test_modules(&text).with_context(|| format!("parsing {}", path.display()))?);
        files.push((path, text));
    }
    let mut flips = Vec::new();
    for (path, text) in &files {
        let inside = path.strip_prefix(tree)?;
        let mut parts = inside.iter().filter_map(|part| part.to_str());
        if parts.any(|part| tests.contains(part.trim_end_matches(".rs"))) {
            continue;
        }
        let (found, built) = build_in(&inside.display().to_string(), text, flips.len())?;
        flips.extend(found);
        fs::write(path, built)?;
    }
    let library = tree.join("src/lib.rs");
    let text = fs::read_to_string(&library)?;
    fs::write(&library, format!("#![allow(warnings)]\n{text}{QUESTION}"))?;
    Ok(flips)
}

/// Builds the unit tests, and the scenarios where they are asked, of the scratch tree, apart from the checkout's: cargo
/// can't tell the two by name.
fn build(tree: &Path, with_scenarios: bool) -> Result<(PathBuf, Option<PathBuf>)> {
    let scenarios: &[&str] = if with_scenarios {
        &["--test", "scenarios"]
    } else {
        &[]
    };
    let output = Command::new("cargo")
        .args(["--config", "profile.test.package.backproof.opt-level=0"])
        // The scenarios run the library many times over.
        .args(["--config", "profile.dev.package.backproof.opt-level=1"])
        .args(["test", "--quiet", "--no-run", "--lib"])
        .args(scenarios)
        .args(["--message-format", "json-render-diagnostics"])
        .env("CARGO_TARGET_DIR", tree.with_file_name("build"))
        .current_dir(tree)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "the scratch copy in {} does not build",
        tree.display()
    );
    let mut programs = BTreeMap::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        if let Some(program) = message["executable"]
            .as_str()
            .filter(|_| message["profile"]["test"] == true)
        {
            programs.insert(
                message["target"]["name"].as_str().unwrap_or_default().to_owned(),
                PathBuf::from(program),
            );
        }
    }
    let mut program = |name: &str| {
        programs
            .remove(name)
            .with_context(|| format!("cargo built no {name}"))
    };
    let unit = program("backproof")?;
    let scenarios = with_scenarios.then(|| program("scenarios")).transpose()?;
    Ok((unit, scenarios))
}

/// The unit tests that reach each flip.
fn reached(unit: &Path, tree: &Path) -> Result<BTreeMap<usize, BTreeSet<String>>> {
    let list = tree.with_file_name("reached");
    run(Command::new(unit)
        .args(["--quiet", "evaluate::"])
        .env("MUTANTS_REACHED", &list)
        .current_dir(tree)
        .stdout(Stdio::null()))
    .context("the tests pass without a flip")?;
    let mut reached: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for line in fs::read_to_string(&list)?.lines() {
        let (number, name) = line.split_once(' ').context("a number and a test")?;
        reached
            .entry(number.parse()?)
            .or_default()
            .insert(name.to_owned());
    }
    Ok(reached)
}

/// Those that `noticed` says no to, asked side by side and told at once.
fn unnoticed<'a>(flips: &[&'a Flip], noticed: impl Fn(&Flip) -> bool + Sync) -> Vec<&'a Flip> {
    let (next, left) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let work = || {
        while let Some(flip) = flips.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !noticed(flip) {
                println!("  {flip}");
                left.lock().expect("invariant: no worker panics").insert(*flip);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let left = left.into_inner().expect("invariant: no worker panics");
    left.into_iter().collect()
}

/// Whether the tests fail with this flip on, or do not end.
fn notices(tests: &mut Command, tree: &Path, flip: &Flip, patience: Duration) -> bool {
    let child = tests
        .env("MUTANT", flip.number.to_string())
        .env("RUST_BACKTRACE", "0")
        .current_dir(tree)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.expect("invariant: the program ran a moment ago");
    let pause = Duration::from_millis(10);
    for _ in 0..patience.as_millis() / pause.as_millis() {
        if let Ok(Some(status)) = child.try_wait() {
            return !status.success();
        }
        std::thread::sleep(pause);
    }
    let _ = child.kill().and_then(|()| child.wait());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flips(tree: &Path) -> Vec<Flip> {
        for (name, text) in [
            ("src/lib.rs", "//! A crate.\npub mod evaluate;\n"),
            ("src/evaluate/mod.rs", "mod age;\n#[cfg(test)]\nmod testing;\n"),
            ("src/evaluate/age.rs", "fn over(days: u8) -> bool { days > 3 }\n"),
            (
                "src/evaluate/testing.rs",
                "fn none(days: u8) -> bool { days > 0 }\n",
            ),
            (
                "src/evaluate/procedure/ct04_rules/span.rs",
                "fn f(a: u8) -> bool { a <= 3 }\n",
            ),
        ] {
            fs::create_dir_all(tree.join(name).parent().expect("a directory")).expect("makes");
            fs::write(tree.join(name), text).expect("writes");
        }
        build_all_in(tree).expect("builds in")
    }

    #[test]
    fn every_file_but_those_for_tests_is_built_in_and_a_procedure_has_its_scenarios() {
        let dir = tempfile::tempdir().expect("a directory");
        let flips = flips(dir.path());
        let told: Vec<_> = flips
            .iter()
            .map(|flip| (flip.file.as_str(), test_of(flip)))
            .collect();
        assert_eq!(
            told,
            [
                ("src/evaluate/age.rs", None),
                (
                    "src/evaluate/procedure/ct04_rules/span.rs",
                    Some("ct-04/".to_owned())
                ),
            ]
        );
        let age = fs::read_to_string(dir.path().join("src/evaluate/age.rs")).expect("reads");
        assert!(age.contains("if crate::flipped(0) { days >= 3 }"), "{age}");
        let chosen = Mutants {
            files: vec!["procedure/ct04".to_owned()],
            again: None,
            unit: true,
        };
        assert!(!chosen.chooses(&flips[0]) && chosen.chooses(&flips[1]));
        // Found again wherever it has moved to.
        let line = "  src/evaluate/age.rs:12 fn over: > becomes >=: days > 3";
        assert!(flips[0].is_told_in(line) && !flips[1].is_told_in(line));
    }

    #[test]
    fn tests_that_fail_or_do_not_end_notice_a_flip() {
        let dir = tempfile::tempdir().expect("a directory");
        let flips = flips(dir.path());
        let ask = |script: &str| {
            // Long enough for a busy machine to end a script, and too short for the one that sleeps.
            let short = Duration::from_secs(20);
            notices(
                Command::new("sh").args(["-c", script]),
                dir.path(),
                &flips[1],
                short,
            )
        };
        assert!(!ask("exit 0") && ask("exit 101") && ask("exec sleep 600"));
        assert!(ask("test $MUTANT = 0") && !ask("test $MUTANT = 1"));
        let all: Vec<_> = flips.iter().collect();
        assert_eq!(unnoticed(&all, |flip| flip.number == 0), [&flips[1]]);
    }

    #[test]
    fn a_reason_has_to_be_one_and_for_what_is_there() {
        let (dir, root) = (
            tempfile::tempdir().expect("a directory"),
            tempfile::tempdir().expect("a directory"),
        );
        let flips = flips(dir.path());
        let written = |file: &str, because: &str| {
            let row = format!(
                "[[equivalent]]\nfile = \"{file}\"\nfunction = \"over\"\ntext = \"days > 3\"\nchange = \"> becomes >=\"\nbecause = \"{because}\"\n"
            );
            let path = root.path().join(EQUIVALENT);
            fs::create_dir_all(path.parent().expect("a directory")).expect("makes");
            fs::write(path, row).expect("writes");
            Written::read(root.path(), &flips)
        };
        let read = written("src/evaluate/age.rs", "It can't be three.").expect("a reason");
        assert!(read.has(&flips[0]) && !read.has(&flips[1]));
        assert!(written("src/evaluate/age.rs", "").is_err());
        assert!(written("src/evaluate/gone.rs", "It can't be three.").is_err());
    }
}
