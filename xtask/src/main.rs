//! The project's own chores: the gate, its components, fixtures, structure.

mod bench;
mod ci;
mod components;
mod deploy;
mod fixtures;
mod fuzz;
mod mutants;
mod new_procedure;
mod page;
mod tidy;
mod vectors;

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The gate: everything that has to hold before a change lands
    Ci,
    /// Check import directions, sizes and names
    Tidy,
    /// Lint the files of `deploy/`
    Deploy,
    /// Install the test components into target/components and print how to use them
    Components,
    /// List the verifier's dependencies anew
    Dependencies,
    /// Begin a new test: procedure, table line, catalogue entry and first scenario
    NewProcedure(new_procedure::NewProcedure),
    /// Turn each comparison of the evaluation round and see whether a test notices; takes most of an hour
    Mutants(mutants::Mutants),
    /// Give each parser of the verifier inputs that nobody wrote, guided by coverage
    Fuzz(fuzz::Fuzz),
    /// Make the verifier's page `assets/verify.html` from its sources
    Page {
        /// Write nothing; fail when the committed page is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write the verifier's vectors `fixtures/vectors` from their fixed keys
    Vectors,
    /// Measure the program: wall time and peak memory, printed; outside of the gate
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Write the recorded quarter `fixtures/luma` from its seed, and the vectors
    Fixtures {
        /// Write nothing; fail when the committed files differ from what would be written
        #[arg(long)]
        check: bool,
    },
}

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask lies in the workspace")?;
    match Arguments::parse().verb {
        Verb::Ci => ci::run_all(root),
        Verb::Tidy => tidy::run(root),
        Verb::Deploy => deploy::run(root, &components::Components::install(root)?),
        Verb::Components => {
            for (name, value) in components::Components::install(root)?.environment() {
                println!("export {name}='{value}'");
            }
            Ok(())
        }
        Verb::Dependencies => ci::write_verifier_dependencies(root),
        Verb::NewProcedure(new) => new.scaffold(root),
        Verb::Bench(bench) => bench.run(root),
        Verb::Mutants(mutants) => mutants.run(root),
        Verb::Fuzz(fuzz) => fuzz.run(root),
        Verb::Page { check } => page::make(root, check),
        Verb::Vectors => vectors::run(root, false),
        Verb::Fixtures { check } => {
            fixtures::run(check)?;
            vectors::run(root, check)
        }
    }
}
