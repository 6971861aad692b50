//! What an error of the database means: whether it passes by itself, and what it refuses. Judged by the SQLSTATE alone,
//! since PostgreSQL words its messages in any language (`lc_messages`), and a trigger says what it likes.

pub(crate) mod wire;

use crate::Error;
use diesel::result::DatabaseErrorKind as Kind;

/// The five characters by which PostgreSQL names an error; none for errors that did not come from the server.
pub fn sqlstate(error: &Error) -> Option<&str> {
    let Error::DatabaseError(kind, info) = error else { return None };
    info.hint().and_then(wire::noted).or_else(|| of_kind(*kind))
}

/// The codes that Diesel tells itself, for connections whose bytes are not watched (a socket file).
fn of_kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::UniqueViolation => Some("23505"),
        Kind::ForeignKeyViolation => Some("23503"),
        Kind::RestrictViolation => Some("23001"),
        Kind::ExclusionViolation => Some("23P01"),
        Kind::NotNullViolation => Some("23502"),
        Kind::CheckViolation => Some("23514"),
        Kind::SerializationFailure => Some("40001"),
        Kind::ReadOnlyTransaction => Some("25006"),
        _ => None,
    }
}

/// Why a statement failed that will do better by itself. Everything else would fail again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// The server is away, stops, starts, or only reads for now; or the connection broke.
    Away,
    /// It lost against another transaction, and may be run again at once.
    Conflict,
    /// Another transaction holds what it needs for longer than it may wait.
    LockWait,
    /// The server has no room: disk, memory, connections.
    NoRoom,
}

/// Why the error passes by itself, if it does. An error that nobody has foreseen does not.
pub fn passing(error: &Error) -> Option<Passing> {
    match error {
        Error::BrokenTransactionManager | Error::DatabaseError(Kind::ClosedConnection, _) => Some(Passing::Away),
        // The commit failed, and then the connection: the connection is what is certain.
        Error::RollbackErrorOnCommit { rollback_error, commit_error } => {
            passing(commit_error).or_else(|| passing(rollback_error))
        }
        Error::DatabaseError(Kind::UnableToSendCommand, info) => {
            (!wire::could_not_be_written(info.message())).then_some(Passing::Away)
        }
        _ => sqlstate(error).and_then(passing_state),
    }
}

fn passing_state(state: &str) -> Option<Passing> {
    match state {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Some(Passing::Conflict),
        // lock_not_available
        "55P03" => Some(Passing::LockWait),
        // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
        // idle_in_transaction_session_timeout, read_only_sql_transaction
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" => Some(Passing::Away),
        // connection_exception, insufficient_resources
        _ if state.starts_with("08") => Some(Passing::Away),
        _ if state.starts_with("53") => Some(Passing::NoRoom),
        _ => None,
    }
}

/// Whether the statement lost against another transaction and may simply be run again.
pub fn is_serialization_conflict(error: &Error) -> bool {
    passing(error) == Some(Passing::Conflict)
}

/// Whether the statement waited for a lock longer than it was allowed to.
pub fn is_lock_timeout(error: &Error) -> bool {
    passing(error) == Some(Passing::LockWait)
}

/// Whether the server ended the statement because it took too long.
pub fn is_statement_timeout(error: &Error) -> bool {
    sqlstate(error) == Some("57014")
}

/// Whether the database could not be reached or closed the connection.
pub fn is_connection_lost(error: &Error) -> bool {
    passing(error) == Some(Passing::Away)
}

/// Whether the schema, or what our role may do in it, is not what a statement needs: no record is to blame, and the same
/// statement fails for all of them. `42` is "syntax error or access rule violation", `3F` and `3D` are unknown schemas and
/// databases.
pub fn is_schema_refusal(error: &Error) -> bool {
    sqlstate(error).is_some_and(|state| ["42", "3F", "3D"].iter().any(|class| state.starts_with(class)))
}

/// Whether a statement failed for what a value holds or refers to: a value that does not fit (`22`), a constraint
/// (`23`), a limit (`54`), a trigger's own refusal (`P0`), or what cannot be written at all.
pub fn is_data_error(error: &Error) -> bool {
    if matches!(error, Error::SerializationError(_)) {
        return true;
    }
    sqlstate(error).is_some_and(|state| ["22", "23", "54", "P0"].iter().any(|class| state.starts_with(class)))
}

/// What the database says about a failure, for a person: its message, or what it names, without the values that its
/// details quote. Told in at most 300 characters.
pub fn reason(error: &Error) -> String {
    let Error::DatabaseError(kind, info) = error else { return short(&described(error)) };

    // These messages name a column, a table or a constraint. Others may quote a value behind a colon or in quotes, as in
    // `invalid input syntax for type date: "…"`, but for those that a trigger wrote for people.
    let state = sqlstate(error).unwrap_or_default();
    let place = info.constraint_name().or_else(|| info.column_name());
    let words = match (place, *kind) {
        (Some(place), Kind::UniqueViolation) => format!("a value is taken already ({place})"),
        (Some(place), Kind::ForeignKeyViolation) => format!("it refers to a row that is not there ({place})"),
        (Some(place), _) if state.starts_with("23") => place.to_owned(),
        _ if state.starts_with("22") => unquoted(info.message()),
        _ => info.message().to_owned(),
    };

    short(&words)
}

/// The column that the database names in a failure.
pub fn column(error: &Error) -> Option<String> {
    let Error::DatabaseError(_, info) = error else { return None };
    info.column_name().map(short)
}

/// A message up to the value that it quotes.
fn unquoted(message: &str) -> String {
    message.split([':', '"', '«', '„', '“', '\'']).next().unwrap_or_default().trim_end().to_owned()
}

/// What a failure on our side of the wire says, without what was read.
fn described(error: &Error) -> String {
    match error {
        Error::DeserializationError(_) => "what is stored cannot be read back".to_owned(),
        Error::SerializationError(_) => "a value cannot be written to the database".to_owned(),
        Error::NotFound => "a row is gone".to_owned(),
        other => other.to_string(),
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error as a watched connection shows it.
    struct Told {
        state: &'static str,
        message: &'static str,
        hint: String,
        constraint: Option<&'static str>,
    }

    impl diesel::result::DatabaseErrorInformation for Told {
        fn message(&self) -> &str {
            self.message
        }
        fn details(&self) -> Option<&str> {
            Some("Key (email)=(a@b.id)")
        }
        fn hint(&self) -> Option<&str> {
            (!self.state.is_empty()).then_some(&self.hint)
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            self.constraint
        }
        fn statement_position(&self) -> Option<i32> {
            None
        }
    }

    fn told(state: &'static str, message: &'static str, constraint: Option<&'static str>) -> Error {
        let hint = wire::note(state, "");
        Error::DatabaseError(Kind::Unknown, Box::new(Told { state, message, hint, constraint }))
    }

    #[test]
    fn only_errors_that_are_known_to_pass_do() {
        let known = [
            ("40001", Passing::Conflict),
            ("40P01", Passing::Conflict),
            ("55P03", Passing::LockWait),
            ("57P01", Passing::Away),
            ("57P03", Passing::Away),
            ("08006", Passing::Away),
            ("25006", Passing::Away),
            ("53100", Passing::NoRoom),
            ("53300", Passing::NoRoom),
        ];
        for (state, expected) in known {
            assert_eq!(passing(&told(state, "", None)), Some(expected), "{state}");
        }

        for state in
            ["57014", "P0001", "23P01", "42703", "42501", "22003", "XX000", "58030", "0A000", "25P04", "99999", ""]
        {
            assert_eq!(passing(&told(state, "connection deadlock lock timeout", None)), None, "{state}");
        }
    }

    #[test]
    fn the_language_of_a_message_makes_no_difference() {
        for message in ["deadlock detected", "Verklemmung entdeckt", "обнаружена взаимоблокировка"]
        {
            assert!(is_serialization_conflict(&told("40P01", message, None)));
        }
    }

    #[test]
    fn an_error_that_never_reached_the_server_passes_only_where_the_connection_broke() {
        let unsent = |message: &str| Error::DatabaseError(Kind::UnableToSendCommand, Box::new(message.to_owned()));
        assert_eq!(passing(&unsent("connection closed")), Some(Passing::Away));
        assert_eq!(passing(&unsent("error encoding message to server")), None);
        let unreadable = Error::DeserializationError("invalid number".into());
        assert_eq!(passing(&unreadable), None);
        assert_eq!(passing(&Error::BrokenTransactionManager), Some(Passing::Away));
    }

    #[test]
    fn a_reason_names_the_constraint_or_the_message_and_no_value() {
        let reason_of = |state, message, constraint| reason(&told(state, message, constraint));
        let date = reason_of("22007", "invalid input syntax for type date: \"31.02.2020\"", None);
        assert_eq!(date, "invalid input syntax for type date");
        assert_eq!(
            reason_of("23514", "new row violates …", Some("customers_balance_check")),
            "customers_balance_check"
        );
        assert_eq!(reason_of("P0001", "no credit: ask sales", None), "no credit: ask sales");
        assert_eq!(reason_of("42703", "column \"phone\" does not exist", None), "column \"phone\" does not exist");
        assert_eq!(reason(&Error::DeserializationError("17".into())), "what is stored cannot be read back");
    }

    #[test]
    fn what_a_value_does_is_told_from_what_the_schema_does() {
        assert!(is_data_error(&told("22003", "", None)) && is_data_error(&told("P0001", "", None)));
        assert!(!is_data_error(&told("42703", "", None)) && is_schema_refusal(&told("42703", "", None)));
        assert!(!is_data_error(&told("57014", "", None)) && is_statement_timeout(&told("57014", "", None)));
    }
}
