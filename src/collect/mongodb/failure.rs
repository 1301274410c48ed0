//! What the server, the wire or the driver said when a command failed, and what to do about it.

use std::io;

use mongodb::error::{Error, ErrorKind};

use crate::collect::failure::{BROKEN, Failure, NOT_SENT, TIMED_OUT, UNREACHABLE};

/// Codes of the server that pass: a cursor that it let go of, a primary that steps down, a snapshot that is gone.
const PASSING: [i32; 16] = [
    6, 7, 43, 89, 91, 134, 189, 237, 239, 246, 262, 9001, 10107, 11600, 11602, 13435,
];
/// The code of a login that the server refuses.
const REFUSED: &str = "AuthenticationFailed";

/// A failure, and whether asking again may help.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) passing: bool,
}

impl Failed {
    /// A failure that asking again does not help.
    pub(super) fn for_good(code: &str, message: impl Into<String>) -> Self {
        Self {
            failure: Failure::new(code, message),
            passing: false,
        }
    }

    /// A failure that asking again may help.
    pub(super) fn passing(code: &str, message: impl Into<String>) -> Self {
        Self {
            failure: Failure::new(code, message),
            passing: true,
        }
    }

    /// No answer within `seconds`.
    pub(super) fn late(seconds: u64) -> Self {
        Self::passing(
            TIMED_OUT,
            format!("the server did not answer within {seconds} seconds"),
        )
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            passing: false,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let said = error.kind.to_string();
        match &*error.kind {
            ErrorKind::Command(refused) => {
                let code = match refused.code_name.as_str() {
                    "" => format!("Code{}", refused.code),
                    name => name.to_owned(),
                };
                let advice = match refused.code {
                    13 => "; give the account the role read on the database",
                    18 => "; check user, password and authSource of the connection string",
                    _ => "",
                };
                Self {
                    failure: Failure::new(code, format!("{}{advice}", refused.message)),
                    passing: PASSING.contains(&refused.code),
                }
            }
            ErrorKind::Authentication { .. } => Self::for_good(
                REFUSED,
                format!("{said}; check user, password and authSource of the connection string"),
            ),
            ErrorKind::ServerSelection { .. } | ErrorKind::DnsResolve { .. } => Self::for_good(
                UNREACHABLE,
                format!(
                    "{said}; check host and port of the connection string, the certificate authority (`ca`), and what lies between"
                ),
            ),
            ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::passing(TIMED_OUT, said),
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => Self::passing(BROKEN, said),
            ErrorKind::InvalidResponse { .. } => Self::for_good(BROKEN, said),
            _ => Self::for_good(NOT_SENT, said),
        }
    }
}
