//! Stock tools as a stranger has them. A tool that is not installed is a failure, never a skip.

use std::path::Path;
use std::process::Command;

/// Runs a tool in `dir`; it must be there, and it must exit with 0. Returns all that it printed.
#[track_caller]
pub(crate) fn run(dir: &Path, tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool).args(arguments).current_dir(dir).output();
    let output = output.unwrap_or_else(|error| panic!("{tool} must be installed for this test: {error}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{tool} {arguments:?} refused:\n{text}");
    text
}

/// Runs a tool that must be there and must refuse. Returns all that it printed.
#[track_caller]
pub(crate) fn refused(dir: &Path, tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool).args(arguments).current_dir(dir).output();
    let output = output.unwrap_or_else(|error| panic!("{tool} must be installed for this test: {error}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        !output.status.success(),
        "{tool} {arguments:?} found nothing:\n{text}"
    );
    text
}

/// The script that runs veraPDF as `script 3a,ua1 FILE`.
#[expect(clippy::disallowed_methods, reason = "a test asks where its tool is")]
pub(crate) fn verapdf() -> String {
    std::env::var("BACKPROOF_VERAPDF").expect(
        "set BACKPROOF_VERAPDF to a script that runs veraPDF as `script 3a,ua1 FILE` (`cargo xtask setup`)",
    )
}
