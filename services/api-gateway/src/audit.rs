//! Entries of the audit log, written in the transaction of the change.

use crate::access::Caller;
use serde_json::Value;
use storage::Connection;
use storage::audit::Entry;

/// What was changed.
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
pub(crate) async fn record(connection: &mut Connection, caller: &Caller, change: Change<'_>) -> storage::Result<()> {
    let entry = Entry {
        subject_id: Some(change.subject_id),
        before: change.before,
        after: change.after,
        ..entry(caller, change.action, change.subject_type)
    };
    storage::audit::add(connection, &entry).await
}

/// Writes down that `caller` changed many things of a kind at once.
pub(crate) async fn record_many(
    connection: &mut Connection,
    caller: &Caller,
    action: &str,
    subject_type: &str,
    after: Value,
) -> storage::Result<()> {
    let entry = Entry { after: Some(after), ..entry(caller, action, subject_type) };
    storage::audit::add(connection, &entry).await
}

fn entry<'a>(caller: &'a Caller, action: &'a str, subject_type: &'a str) -> Entry<'a> {
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
