//! Ids of records as partners write them. An id is a text and compared exactly. A whole number is taken as its digits,
//! however JSON spells it (`17`, `17.0`, `1.7e1`), so that two spellings of one id never make two records.

use serde_json::{Number, Value};

/// The longest id that is accepted, in characters: as many as the columns hold.
pub const LONGEST: usize = 255;

/// Why a value is no id. Shown after the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoId {
    /// It is of another type, or a number with a fraction.
    #[error("is neither a text nor a whole number")]
    Type,
    /// It has too many characters.
    #[error("is longer than {LONGEST} characters")]
    Long,
    /// It holds NUL, which PostgreSQL cannot store.
    #[error("holds NUL")]
    Nul,
}

/// Reads an id; none where there is none: absent, null, or an empty text.
pub fn of_json(value: Option<&Value>) -> Result<Option<String>, NoId> {
    let id = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => whole_digits(number)?,
        Some(_) => return Err(NoId::Type),
    };

    if id.chars().nth(LONGEST).is_some() {
        return Err(NoId::Long);
    }

    if id.contains('\0') {
        return Err(NoId::Nul);
    }
    Ok(Some(id).filter(|id| !id.is_empty()))
}

/// Whether a text is an id.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().nth(LONGEST).is_none() && !text.contains('\0')
}

/// Whether a record can be asked for by this id. Folders, and characters that servers and proxies between them undo, drop
/// or refuse although they are escaped, would lead to another record or to none.
pub fn fits_into_a_path(id: &str) -> bool {
    let is_folder = matches!(id, "." | "..");
    let is_risky = |c: char| c.is_control() || matches!(c, '/' | '\\' | '%');
    is_id(id) && !is_folder && !id.contains(is_risky) && !id.starts_with(' ') && !id.ends_with(' ')
}

/// The same condition in SQL, to be written after an id.
pub const FITS_INTO_A_PATH_SQL: &str = r"~ '^(?! )(?!\.{1,2}$)[^\x01-\x1f\x7f-\x9f/\\%]+(?<! )$'";

/// The local id that an `external_id` names. Only the form in which it was sent counts: digits without leading zeros,
/// sign or spaces. Anything else is an id that somebody else gave the record.
pub fn local(external_id: &str) -> Option<i64> {
    let id: i64 = external_id.parse().ok()?;
    (id > 0 && id.to_string() == external_id).then_some(id)
}

/// The digits of a whole number. Nothing is written out that would be too long for an id.
fn whole_digits(number: &Number) -> Result<String, NoId> {
    let text = number.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // `17`, `17.0` and `1.7e1` are one id, because partners write numbers in any of these ways.
    let fraction = fraction.trim_end_matches('0');
    let significant = format!("{whole}{fraction}");
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Ok("0".to_owned());
    }

    // The point moves right by the exponent, over the digits of the fraction and then over zeros.
    let exponent: i64 = exponent.parse().map_err(|_| NoId::Long)?;
    let zeros = exponent - i64::try_from(fraction.len()).map_err(|_| NoId::Long)?;
    let length = i64::try_from(significant.len()).map_err(|_| NoId::Long)?;
    // The exponent moves the point to the left. Only zeros may stand behind it then.
    if zeros < 0 {
        let kept = usize::try_from(length + zeros).map_err(|_| NoId::Type)?;
        let (kept, dropped) = significant.split_at(kept);
        let is_whole = !kept.is_empty() && dropped.bytes().all(|digit| digit == b'0');
        return if is_whole { Ok(format!("{sign}{kept}")) } else { Err(NoId::Type) };
    }

    let zeros = usize::try_from(zeros).ok().filter(|zeros| *zeros <= LONGEST).ok_or(NoId::Long)?;
    Ok(format!("{sign}{significant}{}", "0".repeat(zeros)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(json: &str) -> Result<Option<String>, NoId> {
        of_json(Some(&serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn every_spelling_of_a_whole_number_is_the_same_id() {
        for spelling in ["17", "17.0", "1.7e1", "1.70E+1", "170e-1", "0.17e2", "\"17\""] {
            assert_eq!(id(spelling), Ok(Some("17".to_owned())), "{spelling}");
        }
        assert_eq!(id("9223372036854775809"), Ok(Some("9223372036854775809".to_owned())));
        assert_eq!(id("-3.0"), Ok(Some("-3".to_owned())));
        assert_eq!(id("0.0e9"), Ok(Some("0".to_owned())));
        assert_eq!(id("1e3"), Ok(Some("1000".to_owned())));
    }

    #[test]
    fn texts_are_taken_as_they_are() {
        for text in ["017", "17.0", " 17", "Ä/ö", "1e1"] {
            assert_eq!(id(&format!("\"{text}\"")), Ok(Some(text.to_owned())));
        }
    }

    #[test]
    fn a_value_that_is_no_id_is_refused_and_never_written_out() {
        for (json, reason) in [
            ("true", NoId::Type),
            ("17.5", NoId::Type),
            ("1e-1", NoId::Type),
            ("[1]", NoId::Type),
            ("1e300", NoId::Long),
            ("1e131071", NoId::Long),
            ("1e99999999999999999999", NoId::Long),
            ("\"a\\u0000\"", NoId::Nul),
        ] {
            assert_eq!(id(json), Err(reason), "{json}");
        }

        assert_eq!(id(&format!("\"{}\"", "ä".repeat(255))).map(|id| id.is_some()), Ok(true));
        assert_eq!(id(&format!("\"{}\"", "ä".repeat(256))), Err(NoId::Long));

        for none in ["null", "\"\""] {
            assert_eq!(id(none), Ok(None));
        }
    }

    #[test]
    fn only_the_form_in_which_a_local_id_was_sent_names_it() {
        assert_eq!(local("20091"), Some(20091));
        assert_eq!(local("9223372036854775807"), Some(i64::MAX));
        for other in
            ["0020091", "+20091", "-1", "0", " 20091", "20091 ", "20091.0", "2e4", "", "x", "99999999999999999999"]
        {
            assert_eq!(local(other), None, "{other}");
        }
    }
}
