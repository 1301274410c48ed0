//! An HTTP server on the loopback, over a state that the test looks at and changes. It stops with the process.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

pub(crate) struct Served<S> {
    address: SocketAddr,
    state: Arc<Mutex<S>>,
}

impl<S: Send + 'static> Served<S> {
    /// Starts on a free port.
    pub(crate) fn start<B, Answering>(
        state: S,
        answer: fn(Arc<Mutex<S>>, Request<Incoming>) -> Answering,
    ) -> Self
    where
        B: hyper::body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
            + Send
            + 'static,
        Answering: Future<Output = Result<Response<B>, Infallible>> + Send + 'static,
    {
        let state = Arc::new(Mutex::new(state));
        let (tell, told) = std::sync::mpsc::channel();
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let state = Arc::clone(&served);
                    tokio::spawn(async move {
                        let service = service_fn(move |request| answer(Arc::clone(&state), request));
                        let served = hyper::server::conn::http1::Builder::new();
                        // A connection that a fault cut ends with an error, as it should.
                        let _ = served.serve_connection(TokioIo::new(stream), service).await;
                    });
                }
            });
        });
        Self {
            address: told.recv().unwrap(),
            state,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks at, or changes, what it has.
    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
