//! What can stop a chunk, and what follows from it.

use crate::worker::AccountError;
use geniacs::PartnerError;

/// Why a chunk did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The lease is somebody else's now; nothing was written.
    #[error("the lease was lost")]
    LeaseLost,
    /// The process is to stop; the chunk goes back.
    #[error("the worker stops")]
    Stopping,
    /// The database said no. The chunk goes back as it was.
    #[error("the database refused a statement: {0}")]
    Database(#[from] storage::Error),
    /// No connection to the database.
    #[error("{0}")]
    Pool(#[from] storage::PoolError),
    /// The partner could not do it.
    #[error("{0}")]
    Partner(#[from] PartnerError),
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
