//! The gate: format, lints, structure, the files of `deploy/`, licences, generated files, the verifier's dependencies and its
//! browser build, its fuzz targets, and every test. Nothing is skipped; the first fault ends it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::components::{Components, run, say};
use crate::fuzz::Fuzz;

/// Where the verifier's dependencies are listed: an addition shows in a review.
const VERIFIER_DEPENDENCIES: &str = "verify/dependencies.txt";

/// How long each parser of the verifier is given inputs that nobody wrote.
const FUZZ_SECONDS: u32 = 60;

/// Runs the whole gate.
pub fn run_all(root: &Path) -> Result<()> {
    let components = Components::install(root)?;
    let cargo = |arguments: &[&str]| -> Result<()> {
        say(&format!("cargo {}", arguments.join(" ")));
        run(Command::new("cargo")
            .args(arguments)
            .envs(components.environment())
            .current_dir(root))
    };
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&[
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ])?;
    crate::tidy::run(root)?;
    crate::deploy::run(root, &components)?;
    crate::fixtures::run(true)?;
    crate::vectors::run(root, true)?;
    check_verifier_dependencies(root)?;
    cargo(&[
        "deny",
        "--log-level",
        "error",
        "check",
        "bans",
        "licenses",
        "sources",
    ])?;
    wasm(root, &components)?;
    crate::page::make(root, true)?;
    Fuzz::all(FUZZ_SECONDS).run(root)?;
    cargo(&["test", "--workspace"])
}

/// Writes the list of the verifier's dependencies anew.
pub fn write_verifier_dependencies(root: &Path) -> Result<()> {
    Ok(std::fs::write(
        root.join(VERIFIER_DEPENDENCIES),
        verifier_dependencies(root)?,
    )?)
}

fn check_verifier_dependencies(root: &Path) -> Result<()> {
    let listed = std::fs::read_to_string(root.join(VERIFIER_DEPENDENCIES))
        .with_context(|| format!("can't read {VERIFIER_DEPENDENCIES}"))?;
    if listed != verifier_dependencies(root)? {
        bail!(
            "{VERIFIER_DEPENDENCIES} is not what `cargo tree` says: run `cargo xtask dependencies`, and review the diff"
        );
    }
    Ok(())
}

fn verifier_dependencies(root: &Path) -> Result<String> {
    let output = Command::new("cargo")
        .args([
            "tree",
            "--package",
            "backproof-verify",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args([
            "--format",
            "{p} {l}",
            "--no-dedupe",
            "--target",
            "wasm32-unknown-unknown",
            "--locked",
        ])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    // Our own crate's line carries the checkout's path.
    let lines: std::collections::BTreeSet<_> = text
        .lines()
        .filter(|line| !line.contains("backproof-verify"))
        .collect();
    Ok(lines.into_iter().map(|line| format!("{line}\n")).collect())
}

/// The verifier has to build for a browser: no file system, no clock, no network.
fn wasm(root: &Path, components: &Components) -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    crate::page::install_target()?;
    let arguments = ["build", "--package", "backproof-verify", "--target", TARGET];
    say(&format!("cargo {}", arguments.join(" ")));
    run(Command::new("cargo")
        .args(arguments)
        .envs(components.environment())
        .current_dir(root))
}
