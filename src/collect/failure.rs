//! Why a pull ended early, in one form for all live sources.

/// The code of an answer that broke off, or is none.
pub(super) const BROKEN: &str = "BrokenAnswer";
/// The code of an answer that did not come in time.
pub(super) const TIMED_OUT: &str = "TimedOut";
/// The code where no connection could be made.
pub(super) const UNREACHABLE: &str = "Unreachable";
/// The code of a question that could not be put.
pub(super) const NOT_SENT: &str = "NotSent";
/// Longest message that a receipt keeps, in characters.
const MESSAGE_CHARS_MAX: usize = 1000;

/// Why a pull ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The service's code, or one of `TimedOut`, `Unreachable`, `BrokenAnswer`, `NotSent`.
    pub(super) code: String,
    /// What it said.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into().chars().take(MESSAGE_CHARS_MAX).collect(),
        }
    }

    /// Whether the answer broke off on the way.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.code.as_str(), BROKEN | TIMED_OUT)
    }
}
