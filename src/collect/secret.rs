//! Secrets of a source: the configuration names where each lies, and holds none.

use std::env::VarError;
use std::fmt;
use std::path::{Path, PathBuf};

use super::Settings;

/// Where a secret or a certificate lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// In a file.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

impl Reference {
    /// `file:PATH`, relative to `base`, or `env:NAME`; `None` for anything else, which may be the secret itself.
    pub fn parse(text: &str, base: &Path) -> Option<Self> {
        if let Some(file) = text.strip_prefix("file:") {
            return Some(Self::File(base.join(file)));
        }
        let name = text.strip_prefix("env:").filter(|name| !name.is_empty())?;
        Some(Self::Env(name.to_owned()))
    }

    /// What lies there.
    #[expect(
        clippy::disallowed_methods,
        reason = "references to secrets are resolved at the edge"
    )]
    pub fn read(&self) -> Result<String, UnreadableSecret> {
        match self {
            Self::File(path) => std::fs::read_to_string(path).map_err(|source| UnreadableSecret::File {
                path: path.clone(),
                source,
            }),
            Self::Env(name) => std::env::var(name).map_err(|error| UnreadableSecret::of(name, error)),
        }
    }
}

/// What a reference names can't be had.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableSecret {
    /// The file can't be read.
    #[error("can't read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such variable.
    #[error("the environment has no {0}")]
    Unset(String),
    /// The variable holds bytes that are no text.
    #[error("{0} of the environment holds no text")]
    NoText(String),
}

impl UnreadableSecret {
    /// The system's own error would show what the variable holds.
    fn of(name: &str, error: VarError) -> Self {
        match error {
            VarError::NotPresent => Self::Unset(name.to_owned()),
            VarError::NotUnicode(_) => Self::NoText(name.to_owned()),
        }
    }
}

/// A setting that should lead to a secret. Its text is not shown: it may be the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The setting is the secret, or a slip.
    #[error("{key} is not a reference: write file:PATH or env:NAME, never the value itself")]
    NoReference {
        /// The setting.
        key: &'static str,
    },
    /// What it names can't be had.
    #[error("can't read what {key} names")]
    Unreadable {
        /// The setting.
        key: &'static str,
        /// Why.
        source: UnreadableSecret,
    },
    /// What it names is empty, or holds more than one line.
    #[error("what {key} names is no single line of printable characters")]
    NoLine {
        /// The setting.
        key: &'static str,
    },
}

/// A secret in memory. It shows itself to nobody who prints it.
#[derive(Clone)]
pub(super) struct Secret(String);

impl Secret {
    /// A secret that a service gave.
    pub(super) fn of(text: String) -> Self {
        Self(text)
    }

    /// The secret.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Settings {
    /// The secret that the setting `key` refers to; `None` where it is not set. White space around it is no part of it.
    pub(super) fn secret(&self, key: &'static str) -> Result<Option<Secret>, SecretError> {
        let Some(text) = self.values.get(key) else {
            return Ok(None);
        };
        let reference = Reference::parse(text, &self.base).ok_or(SecretError::NoReference { key })?;
        let secret = reference
            .read()
            .map_err(|source| SecretError::Unreadable { key, source })?;
        let secret = secret.trim();
        if secret.is_empty() || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretError::NoLine { key });
        }
        Ok(Some(Secret(secret.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_variable_holds_is_never_shown() {
        let held = VarError::NotUnicode("canary".into());
        let error = UnreadableSecret::of("NAME", held);
        assert_eq!(
            format!("{error} {error:?}"),
            "NAME of the environment holds no text NoText(\"NAME\")"
        );
        assert_eq!(format!("{:?}", Secret::of("canary".to_owned())), "Secret");
    }

    #[test]
    fn only_references_are_taken() {
        let parse = |text: &str| Reference::parse(text, Path::new("/base"));
        assert_eq!(parse("file:key"), Some(Reference::File("/base/key".into())));
        assert_eq!(parse("env:KEY"), Some(Reference::Env("KEY".to_owned())));
        for bad in ["", "env:", "KEY", "ENV:KEY", "-----BEGIN PRIVATE KEY-----"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
