//! Parse, run, hint, exit.

use std::process::ExitCode;

use backproof::cli::{self, Terminal};

fn main() -> ExitCode {
    ExitCode::from(cli::main(std::env::args_os(), &mut Terminal::of_process()).code())
}
