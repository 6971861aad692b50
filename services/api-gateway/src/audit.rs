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
        user_id: Some(caller.user_id),
        actor: &caller.email,
        address: caller.address,
        action: change.action,
        subject_type: change.subject_type,
        subject_id: Some(change.subject_id),
        before: change.before,
        after: change.after,
        request_id: Some(&caller.request_id),
    };
    storage::audit::add(connection, &entry).await
}
