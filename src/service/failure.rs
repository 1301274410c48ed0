//! Why a request failed for good, in one form for all services.

/// The code of an answer that broke off, or is none.
pub const BROKEN: &str = "BrokenAnswer";
/// The code of an answer that did not come in time.
pub const TIMED_OUT: &str = "TimedOut";
/// The code where no connection could be made.
pub const UNREACHABLE: &str = "Unreachable";
/// The code of a question that could not be put.
pub const NOT_SENT: &str = "NotSent";
/// Longest code that a receipt keeps, in characters. It comes from the service like the message.
const CODE_CHARS_MAX: usize = 100;
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
    /// With a code and a message that are cut to lengths that receipts can keep.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let cut = |text: String, chars| text.chars().take(chars).collect();
        Self {
            code: cut(code.into(), CODE_CHARS_MAX),
            message: cut(message.into(), MESSAGE_CHARS_MAX),
        }
    }

    /// Whether the answer broke off on the way.
    pub fn is_broken(&self) -> bool {
        matches!(self.code.as_str(), BROKEN | TIMED_OUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_service_says_fits_into_a_receipt() {
        let long = "é".repeat(3 << 20);
        let failure = Failure::new(long.clone(), long);
        assert_eq!(failure.code, "é".repeat(100));
        assert_eq!(failure.message, "é".repeat(1000));
    }
}
