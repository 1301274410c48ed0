//! Kills a program at each step in which it changes the file system, or speaks to the network (`stop.c`, preloaded).

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The number of SIGKILL.
const KILL: i32 = 9;

/// The library, compiled once: a linker is there, for this test was linked.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stopper/stop.c");
        let name = format!("{}-stop.so", env!("CARGO_CRATE_NAME"));
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let made = Command::new("cc")
            // Some compilers put checks of their own before the calls that are taken over.
            .args(["-shared", "-fPIC", "-O1", "-U_FORTIFY_SOURCE", "-o"])
            .arg(&library)
            .arg(source)
            .status();
        assert!(made.unwrap().success(), "stop.c can't be compiled");
        library
    })
}

/// Runs to the end; with the number of its steps. The network counts where STOP_NETWORK is in the environment.
pub(crate) fn counted(mut command: Command) -> (Output, usize) {
    let count = tempfile::NamedTempFile::new().unwrap();
    command
        .env("LD_PRELOAD", library())
        .env("STOP_COUNT", count.path());
    let output = command.output().unwrap();
    let text = std::fs::read_to_string(count.path()).unwrap();
    let count = text
        .parse()
        .unwrap_or_else(|_| panic!("no steps were counted: {output:?}"));
    (output, count)
}

/// Runs until the `n`-th step, from 1. Whether it was killed there, or ended before.
pub(crate) fn killed_at(mut command: Command, n: usize) -> bool {
    command.env("LD_PRELOAD", library()).env("STOP_AT", n.to_string());
    command.output().unwrap().status.signal() == Some(KILL)
}
