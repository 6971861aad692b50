//! Entries of the audit log, written in the transaction of the change, as the last thing that it does: the log is locked
//! until the commit.

use crate::access::Caller;
use crate::error::ApiError;
use audit_chain::ChainError;
use serde_json::Value;
use storage::Connection;
use storage::people::audit::Entry;

/// A change that an audit entry tells of.
pub(crate) struct Change<'a> {
    /// `subject.verb`.
    pub(crate) action: &'a str,
    pub(crate) subject_type: &'a str,
    pub(crate) subject_id: i64,
    /// Without secrets; none for something new.
    pub(crate) before: Option<Value>,
    /// Without secrets; none for something gone.
    pub(crate) after: Option<Value>,
}

/// Writes down that `caller` made this change.
pub(crate) async fn record_change(
    connection: &mut Connection,
    caller: &Caller,
    change: Change<'_>,
) -> Result<(), ApiError> {
    let entry = Entry {
        subject_id: Some(change.subject_id),
        before: change.before,
        after: change.after,
        ..new_entry(caller, change.action, change.subject_type)
    };
    Ok(caller.log.add(connection, &entry).await?)
}

/// Writes down that `caller` changed many things of a kind at once.
pub(crate) async fn record_changes(
    connection: &mut Connection,
    caller: &Caller,
    action: &str,
    subject_type: &str,
    after: Value,
) -> Result<(), ApiError> {
    let entry = Entry { after: Some(after), ..new_entry(caller, action, subject_type) };
    Ok(caller.log.add(connection, &entry).await?)
}

impl From<ChainError> for ApiError {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Database(error) => error.into(),
            ChainError::Key(_) => Self::Internal("the signing key of the audit log cannot be opened"),
            ChainError::Changed => Self::Internal("the chain of the audit log was changed"),
        }
    }
}

fn new_entry<'a>(caller: &'a Caller, action: &'a str, subject_type: &'a str) -> Entry<'a> {
    Entry {
        user_id: Some(caller.user_id),
        actor: &caller.email,
        address: caller.address,
        action,
        subject_type,
        subject_id: None,
        before: None,
        after: None,
        request_id: Some(&caller.request_id),
    }
}
