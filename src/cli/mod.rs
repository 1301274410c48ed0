//! The command line: the one room that joins the stages. Data goes to stdout, progress and words to stderr.

mod archive;
pub mod clock;
mod collect;
pub mod config;
mod diff;
mod doctor;
mod evaluate;
mod exit;
mod explain;
mod hint;
mod identity;
mod init;
mod job;
mod merge;
mod opened;
mod output;
mod own_catalogue;
mod package;
mod prove;
mod redact;
mod responses;
mod run;
mod sample;
mod scheduled;
mod setting;
mod shards;
mod status;
mod summary;
mod terminal;
mod time_stamps;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use crate::collect::TOOL;
pub use exit::Exit;
use terminal::Log;
pub use terminal::Terminal;

/// Where the configuration lies when nobody says.
const DEFAULT_CONFIG: &str = "backproof.toml";

/// Turns backup histories, restore tests and exercise records into a signed report and an evidence bundle that a
/// stranger can verify.
#[derive(Debug, Parser)]
#[command(name = "backproof", version, after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// How words, errors and events are told on stderr: text, or a line of json each
    #[arg(long, global = true, value_name = "FORM", value_enum, default_value_t = Log::Text, hide_possible_values = true)]
    log: Log,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a commented configuration to start from
    Init(init::InitArguments),
    /// Try whether everything that is configured would work, and print what has to be allowed
    Doctor(doctor::DoctorArguments),
    /// Pull evidence from the configured sources into the ledger
    Collect(collect::CollectArguments),
    /// Put the segments of a run that shards collected into the ledger
    Merge(merge::MergeArguments),
    /// Show what the evidence covers of a period, per source and place
    Status(PeriodArguments),
    /// Evaluate a period and print the results, without packaging
    Evaluate(PeriodArguments),
    /// Evaluate, report, sign and bundle a period from what the ledger holds
    Package(PackageArguments),
    /// Collect, then package: the main job; by schedule, whatever is due
    Run(run::RunArguments),
    /// Verify a bundle, a part of one, a proof or a report, offline
    Verify(verify::VerifyArguments),
    /// Make a bundle that discloses chosen records only, and stands under the same signature
    Redact(redact::RedactArguments),
    /// Prove that one record is in a bundle, by a file of its own
    Prove(prove::ProveArguments),
    /// Put verified bundles into a store that lets nobody delete them, or compare what is there
    Archive(archive::ArchiveArguments),
    /// Compare two bundles row by row: evidence, estate, parameters, catalogue, program, conclusions
    Diff(diff::DiffArguments),
    /// Draw items of a test's population for an auditor to try again, with a lead sheet
    Sample(sample::SampleArguments),
    /// Say what a test, statement, control, parameter or piece of evidence is about
    Explain(explain::ExplainArguments),
}

/// What every verb needs that works with the ledger.
#[derive(Debug, Args)]
struct JobArguments {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    config: PathBuf,
    /// The ledger's directory [default: what the configuration says, else ./ledger]
    #[arg(long, value_name = "DIR")]
    ledger: Option<PathBuf>,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PeriodArguments {
    #[command(flatten)]
    job: JobArguments,
    /// The period: 2026-Q3, 2026-09 or 2026-07-01..2026-10-01
    #[arg(long)]
    period: String,
}

#[derive(Debug, Args)]
struct PackageArguments {
    #[command(flatten)]
    period: PeriodArguments,
    /// Where the bundle and the report go
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Fail where no authority of [time_stamps] vouches for the time, instead of saying so in the report
    #[arg(long)]
    require_timestamp: bool,
}

/// Parses, runs, hints; says how the process has to end.
pub fn main(arguments: impl IntoIterator<Item = OsString>, terminal: &mut Terminal) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return terminal.usage(&error),
    };
    terminal.log_as(arguments.log);
    let done = match arguments.verb {
        Verb::Init(arguments) => init::init(&arguments, terminal),
        Verb::Doctor(arguments) => doctor::doctor(&arguments, terminal),
        Verb::Collect(arguments) => collect::collect(&arguments, terminal),
        Verb::Merge(arguments) => merge::merge(&arguments, terminal),
        Verb::Status(arguments) => status::status(&arguments, terminal),
        Verb::Evaluate(arguments) => evaluate::evaluate(&arguments, terminal),
        Verb::Package(arguments) => package::package(&arguments, terminal),
        Verb::Run(arguments) => run::run(&arguments, terminal),
        Verb::Verify(arguments) => verify::verify(&arguments, terminal),
        Verb::Redact(arguments) => redact::redact(&arguments, terminal),
        Verb::Prove(arguments) => prove::prove(&arguments, terminal),
        Verb::Archive(arguments) => archive::archive(&arguments, terminal),
        Verb::Diff(arguments) => diff::diff(&arguments, terminal),
        Verb::Sample(arguments) => sample::sample(&arguments, terminal),
        Verb::Explain(arguments) => explain::explain(&arguments, terminal),
    };
    done.unwrap_or_else(|error| {
        terminal.error(&error);
        Exit::of_error(&error)
    })
}
