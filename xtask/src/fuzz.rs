//! The verifier's fuzz targets, guided by coverage (libFuzzer), built by the toolchain of the project.
//!
//! What is found of new inputs stays in `target/fuzz/corpus`; `--keep` adds to `verify/fuzz/seeds` those that reach code which no
//! seed reaches. An input that fails is left in `target/fuzz/found`, and named.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::components::{run, say};

/// A target and the longest input that it is given, in bytes.
const TARGETS: &[(&str, u32)] = &[
    ("zip", 1 << 16),
    ("bundle", 1 << 16),
    ("manifest", 1 << 14),
    ("texts", 1 << 12),
    ("proof", 64),
    ("record_proof", 1 << 14),
    ("pdf", 1 << 15),
    ("cms", 1 << 14),
    ("path", 1 << 14),
    ("timestamp", 1 << 14),
];
/// Targets whose seeds are the vectors themselves.
const OF_THE_VECTORS: &[(&str, &str)] = &[
    ("zip", "zip"),
    ("bundle", "zip"),
    ("record_proof", "tlog-proof"),
    ("pdf", "pdf"),
];
/// The longest that one input may take, in seconds.
const SECONDS_MAX: &str = "20";
/// Instrumentation as libFuzzer wants it; the stable compiler has it.
const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// `cargo xtask fuzz`
#[derive(Args)]
pub struct Fuzz {
    /// These targets; all, unless told
    targets: Vec<String>,
    /// How long each
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Keep as seeds what reaches code that no seed reaches
    #[arg(long)]
    keep: bool,
}

impl Fuzz {
    /// Each target for as long.
    pub fn all(seconds: u32) -> Self {
        Self {
            targets: Vec::new(),
            seconds,
            keep: false,
        }
    }

    /// Runs the targets one after the other; the first that fails ends it.
    pub fn run(&self, root: &Path) -> Result<()> {
        let known = |name: &String| TARGETS.iter().any(|(target, _)| target == name);
        if let Some(unknown) = self.targets.iter().find(|name| !known(name)) {
            let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
            bail!(
                "there is no fuzz target {unknown}: there are {}",
                names.join(", ")
            );
        }
        let files = names(&root.join("verify/fuzz/targets"))?;
        let listed: BTreeSet<OsString> = TARGETS
            .iter()
            .map(|(name, _)| format!("{name}.rs").into())
            .collect();
        if files != listed {
            bail!("verify/fuzz/targets has {files:?}, xtask/src/fuzz.rs lists {listed:?}");
        }
        let programs = build(root)?;
        for (target, longest) in TARGETS {
            if self.targets.is_empty() || self.targets.iter().any(|name| name == target) {
                let program = programs.join(target);
                self.run_one(root, target, *longest, &program)
                    .with_context(|| format!("the fuzz target {target} failed"))?;
            }
        }
        Ok(())
    }

    fn run_one(&self, root: &Path, target: &str, longest: u32, program: &Path) -> Result<()> {
        let work = root.join("target/fuzz");
        let (corpus, found) = (work.join("corpus").join(target), work.join("found").join(target));
        let seeds = root.join("verify/fuzz/seeds").join(target);
        for dir in [&corpus, &found, &seeds] {
            fs::create_dir_all(dir).with_context(|| format!("can't make {}", dir.display()))?;
        }
        let known = work.join("known").join(target);
        gather(root, target, &seeds, &known)?;
        say(&format!("fuzzing {target} for {} s", self.seconds));
        let length = format!("-max_len={longest}");
        let log = work.join(format!("{target}.log"));
        let ended = Command::new(program)
            .args([&length, &format!("-max_total_time={}", self.seconds)])
            .arg(format!("-timeout={SECONDS_MAX}"))
            .arg(format!("-artifact_prefix={}/", found.display()))
            .args(["-verbosity=0", "-print_funcs=0", "-print_final_stats=1"])
            .args([&corpus, &known])
            .stderr(fs::File::create(&log)?)
            .status()?;
        let said = fs::read_to_string(&log)?;
        if !ended.success() {
            bail!(
                "{said}\nlibFuzzer ended with {ended}: the input that failed lies in {}",
                found.display()
            );
        }
        let number = |name: &str| {
            let lines = said.lines().find_map(|line| line.strip_prefix(name));
            lines.map(str::trim).map(str::to_owned)
        };
        let runs = number("stat::number_of_executed_units:").context("libFuzzer told no numbers")?;
        let new = number("stat::new_units_added:").unwrap_or_default();
        say(&format!("{runs} inputs, {new} of them reached something new"));
        if self.keep {
            let before = names(&known)?;
            // What the corpus has beyond those that are known goes to them.
            run(Command::new(program)
                .args([&length, "-merge=1", "-verbosity=0"])
                .args([&known, &corpus]))?;
            for name in names(&known)?.difference(&before) {
                fs::copy(known.join(name), seeds.join(name))?;
            }
        }
        Ok(())
    }
}

fn names(dir: &Path) -> Result<BTreeSet<OsString>> {
    fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// Puts a target's seeds, and the vectors that are seeds of it, into a folder of their own.
fn gather(root: &Path, target: &str, seeds: &Path, known: &Path) -> Result<()> {
    if known.exists() {
        fs::remove_dir_all(known)?;
    }
    fs::create_dir_all(known)?;
    for name in names(seeds)? {
        fs::copy(seeds.join(&name), known.join(&name))?;
    }
    let Some((_, extension)) = OF_THE_VECTORS.iter().find(|(name, _)| *name == target) else {
        return Ok(());
    };
    let vectors = root.join("fixtures/vectors");
    for name in names(&vectors)? {
        if Path::new(&name).extension().is_some_and(|own| own == *extension) {
            fs::copy(vectors.join(&name), known.join(&name))?;
        }
    }
    Ok(())
}

/// Builds the targets, instrumented, apart from all other builds; says where they lie.
fn build(root: &Path) -> Result<PathBuf> {
    let triple = host()?;
    let dir = root.join("target/fuzz");
    say("building the fuzz targets");
    run(Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "backproof-verify-fuzz",
        ])
        // Build scripts are for the host, and not instrumented.
        .args(["--target", &triple])
        .env("CARGO_TARGET_DIR", &dir)
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
        .current_dir(root))?;
    Ok(dir.join(triple).join("release"))
}

/// The triple that the compiler builds for.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc -vV names no host")?.to_owned())
}
