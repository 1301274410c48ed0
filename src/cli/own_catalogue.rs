//! The catalogue in force: the built-in one, or the organisation's files over it.

use std::path::PathBuf;

use super::config::Config;
use crate::catalogue::{Catalogue, CatalogueError, CatalogueFile};

/// The catalogue can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnCatalogueError {
    /// A file can't be read.
    #[error("can't read the catalogue file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What stands in the files is no catalogue.
    #[error("catalogue: {0}")]
    Content(#[from] CatalogueError),
}

/// Reads the catalogue that `config` names.
pub(super) fn in_force(config: &Config) -> Result<Catalogue, OwnCatalogueError> {
    if config.catalogue.is_empty() {
        return Ok(Catalogue::builtin()?);
    }
    let mut texts = Vec::new();
    for path in &config.catalogue {
        let text = std::fs::read_to_string(path).map_err(|source| OwnCatalogueError::Read {
            path: path.clone(),
            source,
        })?;
        texts.push((path.display().to_string(), text));
    }
    let files: Vec<_> = texts
        .iter()
        .map(|(name, text)| CatalogueFile { name, text })
        .collect();
    Ok(Catalogue::of_organisation(&files)?)
}
