//! Runs the built program as a person or a script would: another process, an environment of nothing, exit code and texts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// How the program ended, and what it said.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// It ended with `code`; everything it said otherwise.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}

/// The program, to be started in `dir`, with an environment that tells it nothing.
pub(crate) fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backproof"));
    // A zone far from UTC: nothing may depend on it.
    command
        .env_clear()
        .env("TZ", "Pacific/Kiritimati")
        .current_dir(dir)
        .args(arguments);
    command
}

/// Runs a command of [`command`] to its end. Whatever it was given: it may refuse, it may not panic.
#[track_caller]
pub(crate) fn end(mut command: Command) -> Ended {
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the program speaks UTF-8");
    let ended = Ended {
        code: output.status.code().expect("the program is not killed"),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    ended
}

/// Runs the program in `dir`.
#[track_caller]
pub(crate) fn backproof(dir: &Path, arguments: &[&str]) -> Ended {
    end(command(dir, arguments))
}

/// A place of its own for a test. In memory where the machine has such a place: a ledger syncs every file, and what
/// these tests show does not depend on the disk.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a directory for the test")
}

/// The repository's `fixtures`.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The configuration of the recorded quarter, to be read from anywhere: what it names lies where it lies.
pub(crate) fn quarter_config() -> String {
    let text = fs::read_to_string(fixtures().join("luma/backproof.toml")).expect("the configuration");
    let places = [("directory", "recorded"), ("file", "responses.toml")];
    places.into_iter().fold(text, |text, (key, name)| {
        let path = fixtures().join("luma").join(name);
        text.replace(&format!("{key} = \"{name}\""), &format!("{key} = {path:?}"))
    })
}

/// The names in a directory, hidden ones too, sorted.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let items = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let name = |item: fs::DirEntry| item.file_name().into_string().expect("a name in UTF-8");
    let mut names: Vec<_> = items.map(|item| name(item.expect("an entry"))).collect();
    names.sort();
    names
}

/// Copies a directory with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for item in fs::read_dir(from).expect("a directory to copy") {
        let item = item.expect("an entry");
        let target = to.join(item.file_name());
        if item.file_type().expect("a type").is_dir() {
            copy(&item.path(), &target);
        } else {
            fs::copy(item.path(), target).expect("a copy");
        }
    }
}

/// The one JSON value that a text consists of.
#[track_caller]
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not one JSON value ({error}): {text}"))
}
