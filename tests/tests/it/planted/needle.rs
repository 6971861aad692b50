//! A secret, and every form in which a text may hold it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A planted secret.
pub(super) struct Needle {
    pub(super) name: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Needle {
    pub(super) fn new(name: &'static str, secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        assert!(secret.len() >= 12, "{name} is too short to be told from chance");
        let mut forms = vec![secret.to_vec(), hex::encode(secret).into(), hex::encode_upper(secret).into()];
        for before in 0..3 {
            let standard = aligned(secret, before, |bytes| STANDARD_NO_PAD.encode(bytes));
            let url_safe = aligned(secret, before, |bytes| URL_SAFE_NO_PAD.encode(bytes));
            forms.extend([standard.into_bytes(), url_safe.into_bytes()]);
        }
        Self { name, forms }
    }

    /// Whether `text` holds the secret, in whatever form.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.forms.iter().any(|form| text.windows(form.len()).any(|part| part == form))
    }
}

/// What of the base64 of a longer text depends on the secret alone, with so many bytes before it.
fn aligned(secret: &[u8], before: usize, encode: impl Fn(&[u8]) -> String) -> String {
    let text = encode(&[&vec![0; before], secret].concat());
    let mixed = [0, 2, 3][before];
    let whole = (before + secret.len()) * 8 / 6;
    text[mixed..whole].to_owned()
}

#[test]
fn a_secret_is_found_in_every_form_and_nothing_else_is() {
    let needle = Needle::new("a secret", "s3cret/value+of?mine");
    let secret = b"s3cret/value+of?mine";
    assert!(needle.is_in(b"before s3cret/value+of?mine after"));
    assert!(needle.is_in(hex::encode([b"ab".as_slice(), secret].concat()).as_bytes()));
    assert!(needle.is_in(hex::encode_upper(secret).as_bytes()));

    for before in ["", "a", "ab", "abc", "abcd"] {
        for after in ["", "z", "zz", "zzz"] {
            let text = [before.as_bytes(), secret, after.as_bytes()].concat();
            assert!(needle.is_in(STANDARD_NO_PAD.encode(&text).as_bytes()), "{before} {after}");
            assert!(needle.is_in(URL_SAFE_NO_PAD.encode(&text).as_bytes()), "{before} {after}");
        }
    }

    assert!(!needle.is_in(b"s3cret/value+of?min s3cret s3cret/value+of?Mine"));
}
