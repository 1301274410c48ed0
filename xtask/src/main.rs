//! The project's own chores.

mod fixtures;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Write the recorded quarter `fixtures/luma` from its seed
    Fixtures {
        /// Write nothing; fail when the committed files differ from what would be written
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().verb {
        Verb::Fixtures { check } => fixtures::run(check),
    }
}
