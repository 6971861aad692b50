//! A partner may say back what it was told, the secrets included, and in whatever form it has them. What it says is stored
//! and shown, so they go first.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

const INSTEAD: &str = "•••";
/// A shorter secret may well be a word or a number of an honest answer.
const SHORTEST: usize = 8;

/// Takes secrets out of answers. Has no `Debug`, since it holds them.
#[derive(Clone)]
pub(crate) struct Scrub(Vec<Finder<'static>>);

impl Scrub {
    /// Looks for the key, for the secret, and for both as HTTP's basic authentication writes them.
    pub(crate) fn of(key: &SecretString, secret: &SecretString) -> Self {
        let pair = format!("{}:{}", key.expose_secret(), secret.expose_secret());
        Self(Vec::new()).and(key).and(secret).and(&SecretString::from(pair))
    }

    /// Looks for one more secret.
    pub(crate) fn and(mut self, secret: &SecretString) -> Self {
        let secret = secret.expose_secret();
        // A short secret, or one of digits alone, would be found in ordinary data and blot it out.
        let telling = secret.len() >= SHORTEST && secret.bytes().any(|byte| !byte.is_ascii_digit());

        if telling {
            let mut forms = secret_forms(secret);
            // A form that holds another one goes first, or a part of it would stay.
            forms.extend(self.0.iter().map(|finder| finder.needle().to_vec()));
            forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
            forms.dedup();
            self.0 = forms.iter().map(|form| Finder::new(form).into_owned()).collect();
        }

        self
    }

    /// The body without the secrets; the same one where none is in it.
    pub(crate) fn body(&self, body: Bytes) -> Bytes {
        self.0.iter().fold(body, without_secret)
    }

    pub(crate) fn text(&self, text: String) -> String {
        String::from_utf8_lossy(&self.body(Bytes::from(text))).into_owned()
    }
}

fn without_secret(body: Bytes, finder: &Finder<'static>) -> Bytes {
    if finder.find(&body).is_none() {
        return body;
    }

    let (mut clean, mut from) = (BytesMut::with_capacity(body.len()), 0);

    for at in finder.find_iter(&body) {
        clean.extend_from_slice(&body[from..at]);
        clean.extend_from_slice(INSTEAD.as_bytes());
        from = at + finder.needle().len();
    }

    clean.extend_from_slice(&body[from..]);
    clean.freeze()
}

/// A secret as it is, and as JSON, an address, a form, base64 and hexadecimal digits write it.
fn secret_forms(secret: &str) -> Vec<Vec<u8>> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or(&json).to_owned();

    let digits = hex::encode(secret);
    let mut forms = vec![
        secret.to_owned(),
        json.replace('/', "\\/"),
        json,
        in_address(secret, |byte| format!("%{byte:02X}")),
        in_address(secret, |byte| format!("%{byte:02x}")),
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        digits.to_uppercase(),
        digits,
    ];

    forms.extend([STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]);
    forms.into_iter().map(String::into_bytes).collect()
}

fn in_address(secret: &str, escaped: impl Fn(u8) -> String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    secret.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { escaped(byte) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(key: &str, text: &str) -> String {
        Scrub::of(&SecretString::from(key), &SecretString::from("unseen!")).text(text.to_owned())
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

    #[test]
    fn every_secret_is_taken_out_in_every_form() {
        let [key, secret, webhook] = ["key/+one \"1\"", "sec:ret/+two&ü", "whsec_three/+"];
        let [key, secret, webhook] = [key, secret, webhook].map(|text| SecretString::from(text.to_owned()));

        let scrub = Scrub::of(&key, &secret).and(&webhook);

        for form in [
            "sec:ret/+two&ü",
            "sec:ret\\/+two&ü",
            "sec%3Aret%2F%2Btwo%26%C3%BC",
            "sec%3aret%2f%2btwo%26%c3%bc",
            "c2VjOnJldC8rdHdvJsO8",
            "7365633a7265742f2b74776f26c3bc",
            "whsec_three/+",
            "key/+one \\\"1\\\"",
            "key%2F%2Bone+%221%22",
            "a2V5LytvbmUgIjEiOnNlYzpyZXQvK3R3bybDvA",
        ] {
            assert_eq!(scrub.text(format!("[{form}]")), "[•••]", "{form}");
        }
    }
}
