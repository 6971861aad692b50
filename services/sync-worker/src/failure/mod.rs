//! What can go wrong with a piece of work, and what follows from it.

mod backoff;
mod split;
mod table;

pub(crate) use backoff::backoff;
pub(crate) use split::{Together, together_or_apart};
pub(crate) use table::{Follows, Step, Work, follows};

use crate::account::AccountError;
use geniacs::PartnerError;
use storage::DatabaseErrorKind;

/// The kind of failure of a record that needs a unique value which another one holds. It passes where that one gives it up.
pub(crate) const DUPLICATE_VALUE: &str = "duplicate_value";

/// Why a piece of work did not come to its end. What follows from each is decided by [`follows`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The lease is somebody else's now; nothing was written.
    #[error("the lease was lost")]
    LeaseLost,
    /// The process is to stop; the chunk goes back.
    #[error("the worker stops")]
    Stopping,
    /// The database said no.
    #[error("the database refused a statement: {}", storage::sqlstate::reason(.0))]
    Database(#[from] storage::Error),
    /// No connection to the database.
    #[error("{0}")]
    Pool(#[from] storage::PoolError),
    /// The partner could not do it.
    #[error("{0}")]
    Partner(#[from] PartnerError),
    /// What is stored of a record cannot be read back.
    #[error("{0}")]
    Unreadable(String),
    /// It took longer than it may.
    #[error("{0}")]
    TooSlow(&'static str),
    /// Nothing can help this sync until somebody changes something.
    #[error("{message}")]
    Fatal {
        /// A stable name.
        error_type: &'static str,
        /// For a person.
        message: String,
    },
}

impl Failure {
    pub(crate) fn fatal(error_type: &'static str, message: impl Into<String>) -> Self {
        Self::Fatal { error_type, message: message.into() }
    }

    /// A stable name for what a record or a run ends with.
    pub(crate) fn error_type(&self) -> &'static str {
        match self {
            Self::LeaseLost => "lease_lost",
            Self::Stopping => "stopping",
            Self::Database(storage::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => DUPLICATE_VALUE,
            Self::Database(_) => "data_error",
            Self::Unreadable(_) => "record_unreadable",
            Self::Pool(_) => "database_away",
            Self::Partner(error) => error.error_type(),
            Self::TooSlow(_) => "timeout",
            Self::Fatal { error_type, .. } => error_type,
        }
    }

    /// The column that the database names.
    pub(crate) fn field(&self) -> Option<String> {
        match self {
            Self::Database(error) => storage::sqlstate::column(error),
            _ => None,
        }
    }

    /// Why the database refuses a record that stands alone, without its values.
    pub(crate) fn refusal(&self) -> String {
        match self {
            Self::Database(error) => format!("the database refuses the record: {}", storage::sqlstate::reason(error)),
            other => other.to_string(),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        let error_type = match error {
            AccountError::Gone => "integration_gone",
            AccountError::Disabled => "integration_disabled",
            AccountError::Configuration(_) => "invalid_configuration",
            AccountError::Sealed(..) => "credentials_unreadable",
            AccountError::Endpoint(_) => "invalid_endpoint",
        };
        Self::fatal(error_type, error.to_string())
    }
}
