//! Rules on text.

use super::Ending;
use crate::problem::Failure;
use std::borrow::Cow;

pub(super) fn trim_text(text: &mut Cow<'_, str>) {
    match text {
        Cow::Borrowed(borrowed) => *borrowed = borrowed.trim(),
        Cow::Owned(owned) => {
            let trimmed = owned.trim();
            if trimmed.len() < owned.len() {
                *owned = trimmed.to_owned();
            }
        }
    }
}

pub(super) fn uppercase_text(text: &mut Cow<'_, str>) {
    if text.bytes().any(|b| b.is_ascii_lowercase() || !b.is_ascii()) {
        *text = Cow::Owned(text.to_uppercase());
    }
}

pub(super) fn lowercase_text(text: &mut Cow<'_, str>) {
    if text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        *text = Cow::Owned(text.to_lowercase());
    }
}

/// Keeps `a-z`, `A-Z` and `0-9`; with `keep_plus` also a plus that comes before all of them.
pub(super) fn remove_special_chars(text: &mut Cow<'_, str>, keep_plus: bool) {
    let plus = keep_plus
        && text.find(|c: char| c == '+' || c.is_ascii_alphanumeric()).is_some_and(|at| text[at..].starts_with('+'));
    let rest = if plus { text.strip_prefix('+') } else { Some(text.as_ref()) };
    if rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return;
    }
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    *text = Cow::Owned(plus.then_some('+').into_iter().chain(kept).collect());
}

/// Puts text around text that is there.
pub(super) fn add_text(text: &mut Cow<'_, str>, before: &str, after: &str) {
    if !text.is_empty() {
        *text = Cow::Owned([before, text, after].concat());
    }
}

/// Takes away what stands around text. Where it does not, the text stays.
pub(super) fn take_text(text: &mut Cow<'_, str>, before: &str, after: &str) {
    let Some(inner) = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) else { return };
    let (start, end) = (before.len(), before.len() + inner.len());
    match text {
        Cow::Borrowed(borrowed) => *borrowed = &borrowed[start..end],
        Cow::Owned(owned) => *owned = owned[start..end].to_owned(),
    }
}

/// Brings text down to `characters` Unicode scalar values.
pub(super) fn shorten_text(text: &mut Cow<'_, str>, characters: usize, ending: Ending) -> Result<(), Failure> {
    // Every character takes at least one byte, so a text of so few bytes needs no counting.
    if text.len() <= characters {
        return Ok(());
    }

    let Some((end, _)) = text.char_indices().nth(characters) else { return Ok(()) };

    let cut = match ending {
        Ending::Cut => end,
        // A cut behind a space would leave one that `trim` was to remove.
        Ending::CutAndTrim => text[..end].trim_end().len(),
        Ending::Refuse => {
            return Err(Failure::new(
                "max_length",
                format!("has more than {characters} characters, and part of it would be another number"),
            ));
        }
    };

    match text {
        Cow::Borrowed(borrowed) => *borrowed = &borrowed[..cut],
        Cow::Owned(owned) => owned.truncate(cut),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(rule: impl Fn(&mut Cow<'_, str>), text: &str) -> String {
        let mut borrowed = Cow::Borrowed(text);
        rule(&mut borrowed);
        let mut owned = Cow::Owned(text.to_owned());
        rule(&mut owned);
        assert_eq!(borrowed, owned);
        borrowed.into_owned()
    }

    #[test]
    fn trimming_takes_every_kind_of_space_from_both_ends() {
        assert_eq!(applied(trim_text, "\t\u{a0} Siti  Aminah \n"), "Siti  Aminah");
    }

    #[test]
    fn cases_work_in_every_script() {
        assert_eq!(applied(uppercase_text, "straße żółw"), "STRASSE ŻÓŁW");
        assert_eq!(applied(lowercase_text, "SITI ÉLAN ΟΔΟΣ"), "siti élan οδος");
    }

    #[test]
    fn special_characters_are_all_but_ascii_letters_and_digits() {
        assert_eq!(applied(|t| remove_special_chars(t, false), "+62 (812) É-a_1"), "62812a1");
        assert_eq!(applied(|t| remove_special_chars(t, true), " (+62) 812+3"), "+628123");
        assert_eq!(applied(|t| remove_special_chars(t, true), "0812+3"), "08123");
        assert_eq!(applied(|t| remove_special_chars(t, true), "+62812"), "+62812");
    }

    #[test]
    fn shortening_counts_characters() {
        let shortened = |text, n, ending| applied(|t| shorten_text(t, n, ending).unwrap(), text);
        assert_eq!(shortened("日本語です", 3, Ending::Cut), "日本語");
        assert_eq!(shortened("日本語", 3, Ending::Cut), "日本語");
        assert_eq!(shortened("ab cd", 3, Ending::Cut), "ab ");
        assert_eq!(shortened("ab cd", 3, Ending::CutAndTrim), "ab");
        assert!(shorten_text(&mut Cow::Borrowed("+628123456789"), 5, Ending::Refuse).is_err());
    }
}
