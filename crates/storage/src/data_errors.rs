//! Telling a value that cannot be stored from a database in trouble.

use crate::Error;
use diesel::result::DatabaseErrorKind as Kind;

/// PostgreSQL's words for values that no later attempt can store. Diesel keeps no error codes.
const REFUSALS: [&str; 10] = [
    "numeric field overflow",
    "value overflows numeric format",
    "value too long for type",
    "out of range",
    "invalid input syntax",
    "unsupported Unicode escape sequence",
    "invalid byte sequence",
    "too long to represent as jsonb",
    "total size of jsonb",
    "number of jsonb",
];

/// Whether a statement failed for what a value holds or refers to, so that it would fail again. Anything else is the
/// database's trouble, such as a full disk or a server that stops.
pub fn is_data_error(error: &Error) -> bool {
    match error {
        Error::SerializationError(_) => true,
        Error::DatabaseError(kind, info) => match kind {
            Kind::ForeignKeyViolation | Kind::CheckViolation | Kind::NotNullViolation | Kind::UniqueViolation => true,
            Kind::Unknown => REFUSALS.iter().any(|words| info.message().contains(words)),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_value_that_cannot_be_stored_is_told_from_a_database_in_trouble() {
        assert!(is_data_error(&error(Kind::ForeignKeyViolation, "")));
        assert!(is_data_error(&error(Kind::Unknown, "numeric field overflow")));
        for message in
            ["could not extend file: No space left on device", "canceling statement due to statement timeout"]
        {
            assert!(!is_data_error(&error(Kind::Unknown, message)), "{message}");
        }
        assert!(!is_data_error(&error(Kind::ClosedConnection, "value too long for type")));
    }
}
