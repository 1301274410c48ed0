//! `init`: a commented configuration to start from.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::{Exit, Terminal};

const TEMPLATE: &str = include_str!("../../templates/backproof.toml");

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The file to write; one that exists is left alone
    #[arg(default_value = "backproof.toml")]
    file: PathBuf,
}

pub(super) fn init(arguments: &InitArguments, terminal: &mut Terminal) -> Result<Exit> {
    let path = &arguments.file;
    let context = || format!("can't write {}", path.display());
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(context)?;
    file.write_all(TEMPLATE.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(context)?;
    terminal.line(format!(
        "wrote {}: name your estate and sources in it, then `backproof doctor`, then `backproof collect`",
        path.display()
    ));
    Ok(Exit::Done)
}
