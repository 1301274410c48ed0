//! The one provider of cryptography under TLS.

use std::sync::Once;

/// Makes *ring* the provider of the process, once. Where somebody did so before, it is left as it is.
pub fn provide() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
