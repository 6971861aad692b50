//! The process-wide TLS provider.

/// Chooses ring for every TLS connection of this process. HTTP clients panic without a choice, so [`crate::main`] calls it
/// first; a test that builds a client without it calls it too. Calling it again changes nothing.
pub fn install_tls_provider() {
    // An error says that a provider is installed already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
