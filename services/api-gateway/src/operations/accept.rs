//! Taking an operation on.

use crate::access::Caller;
use crate::audit;
use crate::error::ApiError;
use crate::input::{Fields, rule};
use chrono::{DateTime, Utc};
use domain::conflict::Resolution;
use domain::webhook::LetterState;
use domain::{Reason, SyncStatus};
use serde_json::{Value, json};
use storage::Connection;
use storage::operations::{self, MAX_ITEMS, Narrowed, NewOperation, Operation};
use storage::webhook_events::Batch;

/// What is done with each thing that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Webhook events are applied once more.
    Replay,
    /// What failed in syncs is run again.
    Retry,
    /// Conflicts are decided.
    Resolve,
    /// Dead letters are sent again.
    Requeue,
}

impl Kind {
    /// All of them, by their names.
    pub(crate) const NAMES: [&str; 4] = ["replay", "retry", "resolve", "requeue"];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Retry => "retry",
            Self::Resolve => "resolve",
            Self::Requeue => "requeue",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Replay, Self::Retry, Self::Resolve, Self::Requeue].into_iter().find(|kind| kind.name() == name)
    }
}

/// What an operation is about.
pub(crate) enum Frozen {
    Events(Batch),
    Syncs(Narrowed, Vec<SyncStatus>),
    Conflicts(Narrowed, Resolution),
    Letters(Option<i64>, Option<LetterState>),
}

/// A filter as it was sent, and how many things the caller saw that it finds.
#[derive(Debug, Clone)]
pub(crate) struct Confirmed {
    pub(crate) filter: Value,
    pub(crate) count: i64,
}

/// Takes `filter` and `confirm_count`; the filter's fields are read by `read`.
pub(crate) fn confirmed<T>(body: &mut Fields, read: impl FnOnce(&mut Fields) -> Option<T>) -> Option<(T, Confirmed)> {
    let filter = body.raw("filter");
    let mut fields = body.object("filter");
    let frozen = read(&mut fields);
    body.absorb(fields);
    let count = body.required("confirm_count", rule::whole(1, i32::MAX)).map(i64::from);
    frozen.zip(count).map(|(frozen, count)| (frozen, Confirmed { filter: filter.unwrap_or_default(), count }))
}

/// Takes `integration_id`, `entity_type`, `from` and `to`.
pub(crate) fn read_window(fields: &mut Fields) -> Narrowed {
    let moment = |fields: &mut Fields, name: &str| -> Option<DateTime<Utc>> { fields.optional(name, rule::moment) };
    Narrowed {
        integration_id: fields.optional("integration_id", rule::id),
        entity_type: fields.optional("entity_type", rule::name),
        from: moment(fields, "from"),
        to: moment(fields, "to"),
    }
}

/// Freezes what is there now, and writes the one audit entry.
pub(crate) async fn accept(
    connection: &mut Connection,
    caller: Caller,
    frozen: Frozen,
    confirmed: Confirmed,
) -> Result<Operation, ApiError> {
    let (kind, arguments) = match &frozen {
        Frozen::Events(_) => (Kind::Replay, json!({})),
        Frozen::Syncs(..) => (Kind::Retry, json!({})),
        Frozen::Conflicts(_, resolution) => (Kind::Resolve, json!({"resolution": resolution})),
        Frozen::Letters(..) => (Kind::Requeue, json!({})),
    };
    let new = NewOperation {
        kind: kind.name(),
        filter: &confirmed.filter,
        arguments: &arguments,
        user_id: caller.user_id,
        actor: &caller.email,
        request_id: &caller.request_id,
    };
    let id = operations::insert(connection, &new).await?;
    let found = match &frozen {
        Frozen::Events(batch) => operations::freeze_events(connection, id, batch).await?,
        Frozen::Syncs(narrowed, statuses) => operations::freeze_syncs(connection, id, narrowed, statuses).await?,
        Frozen::Conflicts(narrowed, _) => operations::freeze_conflicts(connection, id, narrowed).await?,
        Frozen::Letters(integration, state) => operations::freeze_letters(connection, id, *integration, *state).await?,
    };
    check(found, confirmed.count)?;

    let after = json!({"operation_id": id, "filter": confirmed.filter, "arguments": arguments, "total": found});
    audit::record_many(connection, &caller, &format!("operation.{}", kind.name()), "operation", after).await?;
    operations::find(connection, id).await?.ok_or(ApiError::Internal("an operation is not there"))
}

fn check(found: i64, confirmed: i64) -> Result<(), ApiError> {
    if found > MAX_ITEMS {
        let message = format!("finds more than {MAX_ITEMS}; narrow it");
        return Err(ApiError::invalid("filter", Reason::new("too_many_items", message).with("maximum", MAX_ITEMS)));
    }
    if found != confirmed {
        let message = format!("the filter finds {found} now, and not {confirmed}; look again");
        return Err(ApiError::Conflict("count_changed", message));
    }
    Ok(())
}
