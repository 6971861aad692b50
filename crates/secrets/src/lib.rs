//! Seals credentials, signs and verifies, hashes tokens and passwords.
//!
//! - A [`KeyRing`] **seals** what must be read again (API keys, webhook secrets) with AES-256-GCM. A sealed value is bound
//!   to its [`Place`], so that ciphertext moved to another row or column does not open.
//! - **Signatures** ([`sign_hex`], [`verify_hex`]) are HMAC-SHA256 in hex, as the partner API uses them in both directions.
//! - **Tokens** are random and kept as a SHA-256; **passwords** are kept as argon2id.
//!
//! Nothing in here prints a secret: types that hold one have no `Debug`, or one that hides it. To replace the sealing key,
//! put a new entry in front of the ring: old values still open, new ones use the new key.

mod key_ring;
mod password;
mod seal;
mod signature;
mod token;

pub use key_ring::{KeyRing, KeyRingError, MissingKeys};
pub use password::{
    DUMMY_PASSWORD_HASH, PASSWORD_LENGTH, PasswordError, generate_password, hash_password, verify_password,
};
pub use seal::{OpenError, Place};
pub use secrecy::{ExposeSecret, SecretString};
pub use signature::{PresentedSignature, content_hash, sign, sign_hex, verify_hex};
pub use token::{Token, generate_signing_key, generate_webhook_secret, hash_token};
