//! Sealing: AES-256-GCM under the ring's current key, bound to the row and column where the value lives.
//!
//! A sealed value reads `v1.<key id>.<base64url(nonce ‖ ciphertext ‖ tag)>`. The nonce is 96 random bits: the credentials
//! of a few thousand integrations stay far below the 2³² values that one key may seal.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, NONCE_LEN, Nonce};
use secrecy::SecretString;
use zeroize::{Zeroize as _, Zeroizing};

use crate::KeyRing;
use crate::key_ring::is_key_id;

const VERSION: &str = "v1";

/// The place of a sealed value. The row's id must be known before the value is sealed, so take it from the sequence
/// first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table, as the database spells it.
    pub table: &'static str,
    /// The column, as the database spells it.
    pub column: &'static str,
    /// The row's primary key.
    pub row: i64,
}

impl Place {
    /// What the seal authenticates beside the ciphertext. Names hold no `.`, so that two places never read alike.
    fn bound_to(&self, key_id: &str) -> String {
        format!("{VERSION}.{key_id}.{}.{}.{}", self.table, self.column, self.row)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of row {}", self.table, self.column, self.row)
    }
}

/// Why a sealed value could not be opened. It must not be used then, in any form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not of the form that [`KeyRing::seal`] makes.
    #[error("the value in {place} is not a sealed value; enter the credential again")]
    Malformed {
        /// Where it was read.
        place: Place,
    },
    /// Sealed under a key that is not on the ring.
    #[error(
        "the value in {place} is sealed with key `{key_id}`, which is not on the key ring; \
         add that key to GENIACS_ENCRYPTION_KEYS again"
    )]
    UnknownKey {
        /// Where it was read.
        place: Place,
        /// The key that is missing.
        key_id: String,
    },
    /// Tampered with, moved from another row or column, or sealed under another key of the same id.
    #[error(
        "authentication failed for the value in {place} under key `{key_id}`: it was changed, moved from another row or \
         column, or the key is another one; enter the credential again or restore the key"
    )]
    AuthenticationFailed {
        /// Where it was read.
        place: Place,
        /// The key that it names.
        key_id: String,
    },
}

impl KeyRing {
    /// Seals `secret` under the current key for `place`; it opens nowhere else. Two calls never give the same text.
    pub fn seal(&self, place: &Place, secret: impl AsRef<[u8]>) -> String {
        let (key_id, key) = self.current();

        // AES-GCM is broken by a nonce that is used twice under one key.
        let nonce = rand::random::<[u8; NONCE_LEN]>();
        // The plain text is overwritten when it is dropped.
        let mut bytes = Zeroizing::new(secret.as_ref().to_vec());

        let aad = Aad::from(place.bound_to(key_id));

        #[expect(clippy::expect_used, reason = "AES-GCM refuses nothing but a plaintext above 64 GiB")]
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut bytes)
            .expect("the secret is shorter than 64 GiB");

        let sealed = [nonce.as_slice(), bytes.as_slice(), tag.as_ref()].concat();
        format!("{VERSION}.{key_id}.{}", URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what [`KeyRing::seal`] made for the same `place`.
    pub fn open(&self, place: &Place, sealed: &str) -> Result<SecretString, OpenError> {
        let place = *place;

        let (key_id, encoded) = split_sealed(sealed).ok_or(OpenError::Malformed { place })?;
        let key = self.key(key_id).ok_or_else(|| OpenError::UnknownKey { place, key_id: key_id.to_owned() })?;

        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| OpenError::Malformed { place })?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Malformed { place })?;

        let mut ciphertext = Zeroizing::new(ciphertext.to_vec());
        let aad = Aad::from(place.bound_to(key_id));

        let plaintext = key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut ciphertext)
            .map_err(|_| OpenError::AuthenticationFailed { place, key_id: key_id.to_owned() })?;

        plain_text(plaintext).ok_or(OpenError::Malformed { place })
    }

    /// The id of the key that sealed `sealed`, whether or not it is on this ring; `None` if it is not a sealed value.
    /// A value whose id differs from [`KeyRing::current_id`] is due for sealing again.
    pub fn key_id_of<'sealed>(&self, sealed: &'sealed str) -> Option<&'sealed str> {
        split_sealed(sealed).map(|(key_id, _)| key_id)
    }
}

fn split_sealed(sealed: &str) -> Option<(&str, &str)> {
    let (key_id, encoded) = sealed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
    is_key_id(key_id).then_some((key_id, encoded))
}

fn plain_text(plaintext: &[u8]) -> Option<SecretString> {
    let mut copy = String::from_utf8(plaintext.to_vec()).map_err(|error| error.into_bytes().zeroize()).ok()?;
    let secret = SecretString::from(copy.as_str());
    copy.zeroize();
    Some(secret)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    const PLACE: Place = Place { table: "geniacs_integrations", column: "api_key_encrypted", row: 7 };

    fn ring(ids: &[&str]) -> KeyRing {
        let entries: Vec<String> = ids.iter().map(|id| KeyRing::generate_entry(id)).collect();
        KeyRing::parse(&entries.join(",")).unwrap()
    }

    fn authentication_failed(place: Place) -> OpenError {
        OpenError::AuthenticationFailed { place, key_id: "k1".into() }
    }

    #[test]
    fn a_sealed_value_opens_in_its_place() {
        let ring = ring(&["k1"]);
        let sealed = ring.seal(&PLACE, "geniacs_api_key_12345");
        assert!(sealed.starts_with("v1.k1.") && !sealed.contains("geniacs"));
        assert_eq!(ring.key_id_of(&sealed), Some("k1"));
        assert_eq!(ring.open(&PLACE, &sealed).unwrap().expose_secret(), "geniacs_api_key_12345");
        assert_ne!(sealed, ring.seal(&PLACE, "geniacs_api_key_12345"));
    }

    #[test]
    fn a_value_moved_to_another_row_column_or_table_is_refused() {
        let ring = ring(&["k1"]);
        let sealed = ring.seal(&PLACE, "secret");
        let column = Place { column: "webhook_secret", ..PLACE };
        let table = Place { table: "users", ..PLACE };
        for place in [Place { row: 8, ..PLACE }, column, table] {
            assert_eq!(ring.open(&place, &sealed).unwrap_err(), authentication_failed(place));
        }
    }

    #[test]
    fn an_old_key_still_opens_and_a_missing_one_is_named() {
        let old = KeyRing::generate_entry("old");
        let sealed = KeyRing::parse(&old).unwrap().seal(&PLACE, "secret");
        let both = KeyRing::parse(&format!("{},{old}", KeyRing::generate_entry("new"))).unwrap();
        assert_eq!(both.open(&PLACE, &sealed).unwrap().expose_secret(), "secret");
        assert!(both.seal(&PLACE, "secret").starts_with("v1.new."));
        let error = ring(&["new"]).open(&PLACE, &sealed).unwrap_err();
        assert_eq!(error, OpenError::UnknownKey { place: PLACE, key_id: "old".into() });
        assert!(error.to_string().contains("`old`"));
    }

    #[test]
    fn another_key_of_the_same_id_is_refused() {
        let sealed = ring(&["k1"]).seal(&PLACE, "secret");
        assert_eq!(ring(&["k1"]).open(&PLACE, &sealed).unwrap_err(), authentication_failed(PLACE));
    }

    #[test]
    fn a_key_id_changed_to_another_key_on_the_ring_is_refused() {
        let ring = ring(&["k2", "k1"]);
        let sealed = ring.seal(&PLACE, "secret").replacen("v1.k2.", "v1.k1.", 1);
        assert_eq!(ring.open(&PLACE, &sealed).unwrap_err(), authentication_failed(PLACE));
    }

    #[test]
    fn a_value_that_is_not_sealed_is_named_as_such() {
        let ring = ring(&["k1"]);
        for text in ["", "plain", "v1", "v1.k1", "v2.k1.AAAA", "v1.k1.!", "v1.k1.AAAA", "v1..AAAA"] {
            assert_eq!(ring.open(&PLACE, text).unwrap_err(), OpenError::Malformed { place: PLACE }, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_and_no_flipped_bit_does(secret in ".{0,200}", row: i64, at: usize, bit in 0..8) {
            let ring = ring(&["k1"]);
            let place = Place { row, ..PLACE };

            let sealed = ring.seal(&place, &secret);
            let opened = ring.open(&place, &sealed).unwrap();
            prop_assert_eq!(opened.expose_secret(), &secret);

            let mut bytes = URL_SAFE_NO_PAD.decode(sealed.rsplit('.').next().unwrap()).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1u8 << bit;

            let tampered = format!("v1.k1.{}", URL_SAFE_NO_PAD.encode(bytes));
            prop_assert_eq!(ring.open(&place, &tampered).unwrap_err(), authentication_failed(place));
        }
    }
}
