//! HMAC-SHA256 signatures in hex, and content hashes.

use ring::digest::{SHA256, digest};
use ring::hmac::{self, HMAC_SHA256, Key};

/// HMAC-SHA256 over the parts one after another. Nothing is put between the parts.
pub fn sign(secret: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&Key::new(HMAC_SHA256, secret));
    for part in parts {
        context.update(part);
    }
    let mut signature = [0; 32];
    signature.copy_from_slice(context.sign().as_ref());
    signature
}

/// The same in lower-case hex.
pub fn sign_hex(secret: &[u8], parts: &[&[u8]]) -> String {
    hex::encode(sign(secret, parts))
}

/// A signature that somebody presents: 32 bytes, right or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentedSignature([u8; 32]);

impl PresentedSignature {
    /// Reads hex, with or without `sha256=` before it. Anything else (empty, truncated, not hex) is no signature by its form,
    /// which costs nothing to find out and says nothing about any secret.
    pub fn read(header: &str) -> Option<Self> {
        let encoded = header.strip_prefix("sha256=").unwrap_or(header);
        let mut signature = [0; 32];
        hex::decode_to_slice(encoded, &mut signature).is_ok().then_some(Self(signature))
    }

    /// Whether it is the HMAC-SHA256 of `body` under `secret`. Takes the same time for any signature.
    pub fn fits(&self, secret: &[u8], body: &[u8]) -> bool {
        hmac::verify(&Key::new(HMAC_SHA256, secret), body, &self.0).is_ok()
    }
}

/// Whether `header` is the hex HMAC-SHA256 of `body`, with or without `sha256=` before it.
pub fn verify_hex(secret: &[u8], body: &[u8], header: &str) -> bool {
    PresentedSignature::read(header).is_some_and(|signature| signature.fits(secret, body))
}

/// SHA-256 of the bytes: what tells whether content changed.
pub fn content_hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4231, test case 2.
    const SIGNATURE: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BODY: &[u8] = b"what do ya want for nothing?";

    #[test]
    fn the_signature_is_that_of_the_standard() {
        assert_eq!(sign_hex(b"Jefe", &[BODY]), SIGNATURE);
        assert_eq!(sign_hex(b"Jefe", &[b"what do ya want ", b"", b"for nothing?"]), SIGNATURE);
    }

    #[test]
    fn a_right_signature_is_accepted_in_both_forms() {
        assert!(verify_hex(b"Jefe", BODY, SIGNATURE));
        assert!(verify_hex(b"Jefe", BODY, &format!("sha256={SIGNATURE}")));
    }

    #[test]
    fn anything_else_is_refused() {
        let truncated = &SIGNATURE[..62];
        let longer = format!("{SIGNATURE}00");
        let other = sign_hex(b"other", &[BODY]);
        let zeros = "0".repeat(64);
        for header in ["", "sha256=", "sha1=x", truncated, &longer, &other, &zeros, "é".repeat(32).as_str()] {
            assert!(!verify_hex(b"Jefe", BODY, header), "{header}");
        }
        assert!(!verify_hex(b"Jefe", b"another body", SIGNATURE));
    }

    #[test]
    fn the_content_hash_is_sha_256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(content_hash(b"abc")), expected);
    }
}
