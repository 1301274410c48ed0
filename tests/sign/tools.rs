//! Stock tools as second opinions. A tool that is not installed is a failure, never a skip.

use std::path::Path;
use std::process::Command;

/// Runs a tool; it must exit with 0. Returns all that it printed.
pub(crate) fn run(tool: &str, arguments: &[&str]) -> String {
    let (succeeded, output) = attempt(tool, arguments);
    assert!(succeeded, "{tool} {arguments:?} refused:\n{output}");
    output
}

/// Runs a tool and says whether it exited with 0, and what it printed.
pub(crate) fn attempt(tool: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(tool).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{tool} must be installed for this test: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
