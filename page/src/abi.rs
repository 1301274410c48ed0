//! What the page's script calls and provides: numbers and a shared memory, no generated glue.
//!
//! The script calls `reserve(length)`, writes a question there, calls `answer(size_of_file)`, and reads `answer_length()` bytes
//! at `answer_start()`; `answer` says whether they are JSON (0) or a file's bytes (1). It provides `backproof.read_at`.
//! A worker has one thread, and a trap ends it: the script then starts another one, and nothing counts as verified.

#![expect(
    unsafe_code,
    reason = "memory is shared with the script of the page: this file is all of it"
)]

use std::cell::RefCell;

use crate::{Answer, File, ReadAt, Session, Unreadable};

#[link(wasm_import_module = "backproof")]
unsafe extern "C" {
    /// Fills `length` bytes at `into` from the file's `offset` on, and returns how many came.
    fn read_at(offset: u64, into: *mut u8, length: u32) -> u32;
}

struct Browser;

impl ReadAt for Browser {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<(), Unreadable> {
        let length = u32::try_from(into.len()).map_err(|_| Unreadable)?;
        // SAFETY: the script writes at most `length` bytes at `into`, which are all ours.
        let came = unsafe { read_at(offset, into.as_mut_ptr(), length) };
        if came == length { Ok(()) } else { Err(Unreadable) }
    }
}

struct State {
    question: Vec<u8>,
    answer: Vec<u8>,
    session: Option<(u64, Session<Browser>)>,
}

thread_local! {
    static STATE: RefCell<State> = const {
        RefCell::new(State { question: Vec::new(), answer: Vec::new(), session: None })
    };
}

/// Room for a question of `length` bytes.
#[unsafe(no_mangle)]
extern "C" fn reserve(length: u32) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.question = vec![0; length as usize];
        state.question.as_mut_ptr()
    })
}

/// Answers the question about the file of `size` bytes. One worker sees one file.
#[unsafe(no_mangle)]
extern "C" fn answer(size: u64) -> u32 {
    STATE.with_borrow_mut(|state| {
        let session = match state.session.take() {
            Some((same, session)) if same == size => session,
            _ => Session::new(File::new(Browser, size)),
        };
        let (_, session) = state.session.insert((size, session));
        match session.answer(&state.question) {
            Answer::Json(value) => {
                state.answer = value.to_string().into_bytes();
                0
            }
            Answer::Bytes(bytes) => {
                state.answer = bytes;
                1
            }
        }
    })
}

/// Where the answer begins.
#[unsafe(no_mangle)]
extern "C" fn answer_start() -> *const u8 {
    STATE.with_borrow(|state| state.answer.as_ptr())
}

/// How many bytes it has.
#[unsafe(no_mangle)]
extern "C" fn answer_length() -> u32 {
    STATE.with_borrow(|state| state.answer.len() as u32)
}
