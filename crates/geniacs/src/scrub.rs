//! A partner may say back what it was told, the key included. What it says is stored and shown, so the key goes first.

use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;
use secrecy::{ExposeSecret, SecretString};

const INSTEAD: &str = "•••";
/// A shorter key may well be a word or a number of an honest answer.
const SHORTEST: usize = 8;

/// Takes a key out of answers. Has no `Debug`, since it holds the key.
#[derive(Clone)]
pub(crate) struct Scrub(Option<Finder<'static>>);

impl Scrub {
    pub(crate) fn of(key: &SecretString) -> Self {
        let key = key.expose_secret();
        let telling = key.len() >= SHORTEST && key.bytes().any(|byte| !byte.is_ascii_digit());
        Self(telling.then(|| Finder::new(key.as_bytes()).into_owned()))
    }

    /// The body without the key; the same one where the key is not in it.
    pub(crate) fn body(&self, body: Bytes) -> Bytes {
        let Some(finder) = self.0.as_ref().filter(|finder| finder.find(&body).is_some()) else { return body };
        let (mut clean, mut from) = (BytesMut::with_capacity(body.len()), 0);
        for at in finder.find_iter(&body) {
            clean.extend_from_slice(&body[from..at]);
            clean.extend_from_slice(INSTEAD.as_bytes());
            from = at + finder.needle().len();
        }
        clean.extend_from_slice(&body[from..]);
        clean.freeze()
    }

    pub(crate) fn text(&self, text: String) -> String {
        String::from_utf8_lossy(&self.body(Bytes::from(text))).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(key: &str, text: &str) -> String {
        Scrub::of(&SecretString::from(key)).text(text.to_owned())
    }

    #[test]
    fn the_key_is_taken_out_wherever_it_stands() {
        assert_eq!(scrubbed("key-12345", "key-12345, Bearer key-12345!"), "•••, Bearer •••!");
        assert_eq!(scrubbed("key-12345", "nothing"), "nothing");
    }

    #[test]
    fn a_key_that_may_be_a_word_or_a_number_leaves_answers_alone() {
        for key in ["name", "12345678"] {
            assert_eq!(scrubbed(key, r#"{"name": 12345678}"#), r#"{"name": 12345678}"#);
        }
    }
}
