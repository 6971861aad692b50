//! Opaque bearer tokens and webhook secrets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::content_hash;

/// Lets people and secret scanners recognise a token of this system.
const PREFIX: &str = "gnx_";

/// A new bearer token: 256 random bits. Shown once, in the answer that made it; only [`Token::hash`] is kept.
#[derive(Debug)]
pub struct Token(SecretString);

impl Token {
    /// A fresh token from the operating system's randomness.
    pub fn generate() -> Self {
        Self(SecretString::from(format!("{PREFIX}{}", random_text())))
    }

    /// The token itself, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The hash that is stored and looked up instead of the token.
    pub fn hash(&self) -> [u8; 32] {
        hash_token(self.expose())
    }
}

/// What a presented token is looked up by. A plain SHA-256 suffices: there is nothing to guess in 256 random bits.
pub fn hash_token(token: &str) -> [u8; 32] {
    content_hash(token.as_bytes())
}

/// A webhook secret of 256 random bits, for an integration that was made without one or is rotating it.
pub fn generate_webhook_secret() -> SecretString {
    SecretString::from(format!("whsec_{}", random_text()))
}

/// A key of 256 random bits for signatures of our own, as text, so that a [`crate::KeyRing`] can seal it.
pub fn generate_signing_key() -> SecretString {
    SecretString::from(random_text())
}

fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_found_by_their_hash() {
        let (one, other) = (Token::generate(), Token::generate());
        assert!(one.expose().starts_with("gnx_") && one.expose().len() == 47);
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.hash(), hash_token(one.expose()));
        assert_ne!(one.hash(), other.hash());
    }

    #[test]
    fn debug_hides_a_token() {
        let token = Token::generate();
        assert!(!format!("{token:?}").contains(token.expose()));
    }

    #[test]
    fn webhook_secrets_differ() {
        assert_ne!(generate_webhook_secret().expose_secret(), generate_webhook_secret().expose_secret());
    }
}
