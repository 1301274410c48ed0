//! Why a request failed for good, in one form for all services.

/// The code of an answer that broke off, or is none.
pub const BROKEN: &str = "BrokenAnswer";
/// The code of an answer that did not come in time.
pub const TIMED_OUT: &str = "TimedOut";
/// The code where no connection could be made.
pub const UNREACHABLE: &str = "Unreachable";
/// The code of a question that could not be put.
pub const NOT_SENT: &str = "NotSent";
/// Longest message that a receipt keeps, in characters.
const MESSAGE_CHARS_MAX: usize = 1000;

/// Why a request failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The service's code, or one of `TimedOut`, `Unreachable`, `BrokenAnswer`, `NotSent`.
    pub code: String,
    /// What it said.
    pub message: String,
}

impl Failure {
    /// With a message that is cut to a length that receipts can keep.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into().chars().take(MESSAGE_CHARS_MAX).collect(),
        }
    }

    /// Whether the answer broke off on the way.
    pub fn is_broken(&self) -> bool {
        matches!(self.code.as_str(), BROKEN | TIMED_OUT)
    }
}
