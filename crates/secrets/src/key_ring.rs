//! The keys that seal credentials: one current, and older ones that still open what they sealed.

use std::fmt;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use zeroize::Zeroizing;

/// The length of an AES-256 key.
const KEY_BYTES: usize = 32;
/// Long enough for a date and a word, short enough for a column and a log line.
const MAX_ID_LENGTH: usize = 32;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// The sealing keys by id. The first entry is the current one.
pub struct KeyRing {
    entries: Vec<RingEntry>,
}

struct RingEntry {
    id: String,
    key: LessSafeKey,
}

/// Why a key ring could not be read. Names an entry by its position (from 1) or id, never by its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Nothing but separators was given.
    #[error("the key ring is empty; expected `id:base64 of 32 bytes`, several separated by commas")]
    Empty,
    /// An entry without `:` or with an id of other characters; the text is not repeated, since it may be the key.
    #[error(
        "entry {position} of the key ring has no usable id before a colon; \
         expected `id:base64 of 32 bytes` with an id of up to 32 letters, digits, `-` or `_`"
    )]
    NoId {
        /// Counted from 1.
        position: usize,
    },
    /// What follows the colon is not base64.
    #[error("key `{id}` of the key ring is not base64; make one with `openssl rand -base64 32`")]
    NotBase64 {
        /// The entry's id.
        id: String,
    },
    /// What follows the colon is base64 of another length.
    #[error("key `{id}` of the key ring has {length} bytes instead of 32; make one with `openssl rand -base64 32`")]
    WrongLength {
        /// The entry's id.
        id: String,
        /// How many bytes it decodes to.
        length: usize,
    },
    /// Two entries share an id, so that it would be unclear which one opens a value.
    #[error("key id `{id}` occurs twice in the key ring; give each key an id of its own")]
    Duplicate {
        /// The id that occurs twice.
        id: String,
    },
}

/// Values are sealed with keys that are not on the ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "secrets are sealed with key `{ids}`, which is not on the key ring; add it to GENIACS_ENCRYPTION_KEYS again, behind \
     the current one"
)]
pub struct MissingKeys {
    ids: String,
}

impl KeyRing {
    /// Reads `id:base64(32 bytes)`, entries separated by commas or white space; standard and url-safe base64, padded or not.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut entries: Vec<RingEntry> = Vec::new();
        let texts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty());
        for (index, text) in texts.enumerate() {
            let entry = parse_entry(text, index + 1)?;
            if entries.iter().any(|other| other.id == entry.id) {
                return Err(KeyRingError::Duplicate { id: entry.id });
            }
            entries.push(entry);
        }
        if entries.is_empty() { Err(KeyRingError::Empty) } else { Ok(Self { entries }) }
    }

    /// A fresh entry `id:base64` for a key ring. `id` takes up to 32 letters, digits, `-` or `_`; another one is refused
    /// by [`KeyRing::parse`].
    pub fn generate_entry(id: &str) -> String {
        let key = Zeroizing::new(rand::random::<[u8; KEY_BYTES]>());
        format!("{id}:{}", STANDARD.encode(key.as_slice()))
    }

    /// The id of the key that seals new values.
    pub fn current_id(&self) -> &str {
        self.current().0
    }

    /// Every key's id, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.id.as_str())
    }

    /// Refuses to go on without a key that has sealed something. `used` are key ids, each as often as it likes.
    pub fn must_hold(&self, used: &[impl AsRef<str>]) -> Result<(), MissingKeys> {
        let mut missing: Vec<&str> = used.iter().map(AsRef::as_ref).filter(|id| self.key(id).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() { Ok(()) } else { Err(MissingKeys { ids: missing.join("`, `") }) }
    }

    pub(crate) fn current(&self) -> (&str, &LessSafeKey) {
        // `parse` is the only way to a ring and refuses an empty one.
        let first = &self.entries[0];
        (&first.id, &first.key)
    }

    pub(crate) fn key(&self, id: &str) -> Option<&LessSafeKey> {
        self.entries.iter().find(|entry| entry.id == id).map(|entry| &entry.key)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("ids", &self.ids().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

pub(crate) fn is_key_id(id: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn parse_entry(text: &str, position: usize) -> Result<RingEntry, KeyRingError> {
    let (id, encoded) = text.split_once(':').filter(|(id, _)| is_key_id(id)).ok_or(KeyRingError::NoId { position })?;
    let id = id.to_owned();
    // Tools write base64 in either alphabet.
    let decoded = STANDARD.decode(encoded).or_else(|_| URL_SAFE.decode(encoded));
    let bytes = Zeroizing::new(decoded.map_err(|_| KeyRingError::NotBase64 { id: id.clone() })?);
    match UnboundKey::new(&AES_256_GCM, &bytes) {
        Ok(key) => Ok(RingEntry { id, key: LessSafeKey::new(key) }),
        Err(_) => Err(KeyRingError::WrongLength { id, length: bytes.len() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn error(text: &str) -> KeyRingError {
        KeyRing::parse(text).expect_err("should be refused")
    }

    #[test]
    fn the_first_entry_is_the_current_key() {
        let ring = KeyRing::parse(&format!("2026-11:{KEY},\n 2025:{KEY} ")).unwrap();
        assert_eq!(ring.current_id(), "2026-11");
        assert_eq!(ring.ids().collect::<Vec<_>>(), ["2026-11", "2025"]);
    }

    #[test]
    fn both_base64_alphabets_and_missing_padding_are_read() {
        for key in ["-_8BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=", "+/8BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4"] {
            KeyRing::parse(&format!("k:{key}")).unwrap();
        }
    }

    #[test]
    fn a_generated_entry_is_read_again_and_never_the_same() {
        let entry = KeyRing::generate_entry("k1");
        assert_eq!(KeyRing::parse(&entry).unwrap().current_id(), "k1");
        assert_ne!(entry, KeyRing::generate_entry("k1"));
    }

    #[test]
    fn an_error_names_the_entry_and_not_the_key() {
        assert_eq!(error(" , "), KeyRingError::Empty);
        assert_eq!(error(&format!("a:{KEY},{KEY}")), KeyRingError::NoId { position: 2 });
        assert_eq!(error(&format!("{KEY}:a")), KeyRingError::NoId { position: 1 });
        assert_eq!(error("a:not!base64"), KeyRingError::NotBase64 { id: "a".into() });
        assert_eq!(error("a:AAAA"), KeyRingError::WrongLength { id: "a".into(), length: 3 });
        assert_eq!(error(&format!("a:{KEY} a:{KEY}")), KeyRingError::Duplicate { id: "a".into() });
        assert!(!error(&format!("a:{KEY},{KEY}")).to_string().contains(KEY));
    }

    #[test]
    fn keys_that_have_sealed_something_must_be_there_and_the_missing_are_named() {
        let ring = KeyRing::parse(&format!("a:{KEY},b:{KEY}")).unwrap();
        assert_eq!(ring.must_hold(&["a", "b", "a"]), Ok(()));
        let sentence = ring.must_hold(&["z", "a", "y", "z"]).unwrap_err().to_string();
        assert!(sentence.contains("key `y`, `z`,") && sentence.contains("GENIACS_ENCRYPTION_KEYS"), "{sentence}");
    }

    #[test]
    fn debug_shows_ids_only() {
        let ring = KeyRing::parse(&format!("a:{KEY}")).unwrap();
        assert_eq!(format!("{ring:?}"), r#"KeyRing { ids: ["a"], .. }"#);
    }
}
