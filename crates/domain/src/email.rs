//! E-mail addresses that people sign in with.

use std::borrow::Cow;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;

/// An e-mail address in its one form: what an account is looked up by, and what its failed logins count for. Blanks around
/// it, case, and the several ways in which Unicode writes one character make no difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailKey(String);

impl EmailKey {
    /// The form of an address as somebody typed it.
    pub fn of(typed: &str) -> Self {
        let lower = typed.trim().nfkc().collect::<String>().to_lowercase();
        // A lower-case letter may consist of several characters again.
        Self(lower.nfkc().collect())
    }

    /// The form as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address as it is stored. ASCII keeps its case, which every database folds alike; anything else is stored in its
    /// one form.
    pub fn stored(typed: &str) -> Cow<'_, str> {
        let typed = typed.trim();
        if typed.is_ascii() { Cow::Borrowed(typed) } else { Cow::Owned(Self::of(typed).0) }
    }
}

impl fmt::Display for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_have_one_form() {
        let siti = EmailKey::of("siti@example.com");
        for typed in [" Siti@Example.COM ", "\u{ff33}iti@example.com", "SITI\u{ff20}example.com", "siti@example.com\n"]
        {
            assert_eq!(EmailKey::of(typed), siti, "{typed:?}");
        }
        assert_eq!(EmailKey::of("e\u{301}va@b.id"), EmailKey::of("\u{c9}VA@b.id"));
        assert_ne!(EmailKey::of("s.iti@example.com"), siti);
    }

    #[test]
    fn the_form_of_a_form_is_itself() {
        for typed in ["\u{130}x@b.id", "\u{fb01}x@b.id", "\u{1e9e}@b.id", "A@b.id"] {
            let form = EmailKey::of(typed);
            assert_eq!(EmailKey::of(form.as_str()), form, "{typed}");
        }
    }

    #[test]
    fn an_address_is_stored_so_that_its_form_finds_it() {
        assert_eq!(EmailKey::stored(" Siti@Example.com "), "Siti@Example.com");
        assert_eq!(EmailKey::stored("\u{c9}VA@b.id"), "\u{e9}va@b.id");
    }
}
