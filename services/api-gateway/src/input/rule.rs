//! Rules for single values. Each gives the value as what it stands for, or says what it must be.

use chrono::{DateTime, Utc};
use domain::Reason;
use email_address::{EmailAddress, Options};
use secrets::PASSWORD_LENGTH;
use serde_json::Value;
use std::str::FromStr;

/// Text of so many characters, without blanks around it and without control characters.
pub(crate) fn text(least: usize, most: usize) -> impl Fn(&Value) -> Result<String, Reason> {
    move |value| {
        let text = exact_text(value)?.trim();
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(Reason::new("control_characters", "must not hold control characters"));
        }
        length(text, least, most)?;
        Ok(text.to_owned())
    }
}

/// A secret: kept exactly as it is, and never part of a message.
pub(crate) fn secret(most: usize) -> impl Fn(&Value) -> Result<String, Reason> {
    move |value| {
        let secret = exact_text(value)?;
        length(secret, 1, most)?;
        Ok(secret.to_owned())
    }
}

/// A secret that is sent in an HTTP header.
pub(crate) fn header_secret(most: usize) -> impl Fn(&Value) -> Result<String, Reason> {
    move |value| {
        let secret = secret(most)(value)?;
        if secret.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(secret)
        } else {
            Err(Reason::new("not_ascii", "must be letters, digits and signs of ASCII without blanks"))
        }
    }
}

/// Any value; it is checked elsewhere.
#[expect(clippy::unnecessary_wraps, reason = "it stands where a rule stands")]
pub(crate) fn any(value: &Value) -> Result<Value, Reason> {
    Ok(value.clone())
}

/// One of an enum's names.
pub(crate) fn name<T: FromStr<Err = domain::UnknownName>>(value: &Value) -> Result<T, Reason> {
    exact_text(value)?.parse().map_err(|error: domain::UnknownName| Reason::from(error))
}

/// A new password.
pub(crate) fn password(value: &Value) -> Result<String, Reason> {
    let password = exact_text(value)?;
    length(password, *PASSWORD_LENGTH.start(), *PASSWORD_LENGTH.end())?;
    Ok(password.to_owned())
}

/// An e-mail address that somebody can sign in with.
pub(crate) fn email(value: &Value) -> Result<String, Reason> {
    let email = text(1, 255)(value)?;
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    match EmailAddress::parse_with_options(&email, options) {
        Ok(_) => Ok(email),
        Err(_) => Err(Reason::new("not_an_email", "must be an e-mail address such as siti@example.com")),
    }
}

/// True or false.
pub(crate) fn flag(value: &Value) -> Result<bool, Reason> {
    value.as_bool().ok_or_else(|| Reason::new("not_a_flag", "must be true or false"))
}

/// The id of something, as a number or as text: the value of a form's field is text.
pub(crate) fn id(value: &Value) -> Result<i64, Reason> {
    let id = value.as_str().map_or_else(|| value.as_i64(), digits);
    id.filter(|id| *id > 0).ok_or_else(|| Reason::new("not_an_id", "must be an id, a whole number above 0"))
}

/// A whole number written in digits alone.
pub(crate) fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A whole number in a range.
pub(crate) fn whole(least: i32, most: i32) -> impl Fn(&Value) -> Result<i32, Reason> {
    move |value| {
        let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| range(least, most))
    }
}

/// What is wrong with a number that lies outside.
pub(super) fn range<N: Copy + std::fmt::Display + Into<Value>>(least: N, most: N) -> Reason {
    Reason::new("range", format!("must be a whole number from {least} to {most}")).between(least, most)
}

/// A moment with its offset.
pub(crate) fn moment(value: &Value) -> Result<DateTime<Utc>, Reason> {
    let text = exact_text(value)?;
    let parsed = DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc());
    let sensible = parsed.filter(|moment| is_sensible(*moment));
    sensible.ok_or_else(|| Reason::new("not_a_moment", "must be a moment with its offset, like 2026-01-31T08:00:00Z"))
}

/// Whether anything can have happened then: PostgreSQL's own range is wider.
pub(super) fn is_sensible(moment: DateTime<Utc>) -> bool {
    (0..=253_402_300_799).contains(&moment.timestamp())
}

fn exact_text(value: &Value) -> Result<&str, Reason> {
    value.as_str().ok_or_else(|| Reason::new("not_text", "must be text"))
}

fn length(text: &str, least: usize, most: usize) -> Result<(), Reason> {
    match text.chars().count() {
        0 if least > 0 => Err(Reason::new("empty", "must not be empty")),
        count if count < least || count > most => {
            let reason = Reason::new("length", format!("must have from {least} to {most} characters"));
            Err(reason.between(least, most))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_is_a_number_above_zero_or_its_digits() {
        for (value, expected) in [(json!(1), 1), (json!("1"), 1), (json!("9223372036854775807"), i64::MAX)] {
            assert_eq!(id(&value), Ok(expected), "{value}");
        }
        for value in [
            json!(0),
            json!("0"),
            json!(-1),
            json!("-1"),
            json!("+1"),
            json!(1.5),
            json!("1.0"),
            json!(" 1"),
            json!("x"),
            json!("9223372036854775808"),
            json!([1]),
            json!(true),
        ] {
            assert!(id(&value).is_err(), "{value}");
        }
    }
}
