//! The bytes of an answer, taken from the SDK before it makes anything of them.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Names under which AWS services send the id of a request, the usual one first.
const REQUEST_IDS: [&str; 2] = ["x-amzn-requestid", "x-amz-request-id"];

/// An answer as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// HTTP status.
    pub(super) status: u16,
    /// The service's id of the request; empty where it sent none.
    pub(super) request_id: String,
    /// The body, verbatim; `None` where it was cut off, or is streamed.
    pub(super) body: Option<Vec<u8>>,
    /// The header `Date`; empty where there was none.
    pub(super) date: String,
}

/// Keeps the answer to the last attempt of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Capture(Arc<Mutex<Option<Answer>>>);

impl Capture {
    /// The answer, if there was one.
    pub(super) fn take(&self) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "Capture"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let id = REQUEST_IDS.iter().find_map(|name| response.headers().get(*name));
        let answer = Answer {
            status: response.status().as_u16(),
            request_id: id.unwrap_or_default().to_owned(),
            body: response.body().bytes().map(<[u8]>::to_vec),
            date: response.headers().get("date").unwrap_or_default().to_owned(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(())
    }
}

/// Sends a request of the SDK, keeps the bytes of its answer in `$capture`, and gives what the SDK made of them.
macro_rules! send {
    ($capture:expr, $request:expr) => {
        $request
            .customize()
            .interceptor($capture.clone())
            .send()
            .await
            .map_err($crate::collect::failure::Failure::from)?
    };
}
pub(super) use send;
