//! Remedies: what to do about an error. All of them stand here.

use std::io;

use super::archive::Unusable;
use super::config::ConfigError;
use super::job::NotOver;
use super::output::Unwritable;
use super::own_catalogue::OwnCatalogueError;
use super::redact::Guessable;
use super::responses::ResponsesError;
use super::time_stamps::{BadRoots, NobodyToAsk, NotStamped};
use crate::archive::ArchiveError;
use crate::catalogue::ParameterError;
use crate::collect::recorded::RecordingError;
use crate::collect::{CollectError, SecretError};

const KEEP_SECRETS_OUT: &str = "put the secret into a file or the environment, and name that";

/// What to do about `error`, where there is something to do.
pub(super) fn of(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<ConfigError>() {
            return config(error);
        }
        if cause.is::<NotOver>() {
            return Some("name a period that is over; evidence for the present one can be collected with `backproof collect`");
        }
        if cause.is::<OwnCatalogueError>() {
            return Some("[catalogue] files of the configuration name it; docs/spec/catalogue.md says what may stand in it");
        }
        if cause.is::<ResponsesError>() {
            return Some("[responses] file of the configuration names it; docs/spec/responses.md says what may stand in it");
        }
        if cause.is::<ParameterError>() {
            return Some("`backproof explain PARAMETER` says what values a parameter takes");
        }
        if cause.is::<Guessable>() {
            return Some(
                "leave these files out, open what they cite too, or say with --confirmable that this may be; docs/spec/disclosure.md says more",
            );
        }
        if cause.is::<Unwritable>() {
            return Some("name a directory that can be written to, with --out");
        }
        if cause.is::<NobodyToAsk>() {
            return Some("write [time_stamps] with an authority and its trust root; `backproof init` shows how");
        }
        if cause.is::<NotStamped>() {
            return Some("`backproof doctor` tries each authority; without --require-timestamp the report says that there is no time stamp, and why");
        }
        if cause.is::<BadRoots>() {
            return Some("name the roots of your authorities, in PEM, as `trust` in [time_stamps]");
        }
        match cause.downcast_ref() {
            Some(Unusable::NotConfigured(_)) => {
                return Some("write [archive] with the bucket and its region; `backproof init` shows how");
            }
            Some(Unusable::Unwritable(_)) => {
                return Some("name a directory that can be written to as `receipts` in [archive]");
            }
            Some(Unusable::Receipt { .. }) => {
                return Some("take the file out of the way and archive the bundle again: what is stored is found, and not sent twice");
            }
            _ => {}
        }
        if let Some(error) = cause.downcast_ref::<ArchiveError>() {
            return archive(error);
        }
        if let Some(CollectError::Secret(SecretError::NoReference { .. })) = cause.downcast_ref() {
            return Some(KEEP_SECRETS_OUT);
        }
        if let Some(CollectError::Recording(RecordingError::Io { source, .. })) = cause.downcast_ref()
            && source.kind() == io::ErrorKind::NotFound
        {
            return Some("name the recording with `directory` in [[source]]; a relative path starts where the configuration stands");
        }
        cause.downcast_ref::<io::Error>().and_then(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => Some("check who owns the place and who runs backproof"),
            io::ErrorKind::StorageFull => Some("make room and run again: nothing half-written was left behind"),
            io::ErrorKind::ReadOnlyFilesystem => Some("name a place that can be written to, with --out or --ledger"),
            _ => None,
        })
    })
}

/// Codes by which stores refuse what they don't know.
const ENCRYPTION_UNKNOWN: [&str; 3] = ["InvalidRequest", "InvalidArgument", "NotImplemented"];

fn archive(error: &ArchiveError) -> Option<&'static str> {
    match error {
        ArchiveError::Unfit { .. } => Some(
            "make a bucket with Object Lock, which brings versioning with it, and name that in [archive]",
        ),
        ArchiveError::Failed { call, failure, .. }
            if *call == "s3:PutObject" && ENCRYPTION_UNKNOWN.contains(&failure.code.as_str()) =>
        {
            Some(
                "a store that can't encrypt refuses to be asked for it: encryption = \"bucket\" in [archive] leaves it to the bucket",
            )
        }
        ArchiveError::Failed { .. } => Some(
            "docs/spec/archive.md lists the permissions; nothing that was stored is lost: archive it again",
        ),
        _ => None,
    }
}

fn config(error: &ConfigError) -> Option<&'static str> {
    match error {
        ConfigError::Read { .. } => {
            Some("name the configuration with --config FILE, or write one with `backproof init`")
        }
        ConfigError::Reference { .. } => Some(KEEP_SECRETS_OUT),
        ConfigError::Shape { .. }
        | ConfigError::Id { .. }
        | ConfigError::Section { .. }
        | ConfigError::Empty { .. } => None,
    }
}
