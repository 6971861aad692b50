//! Taking an operation on.

use crate::access::Caller;
use crate::audit;
use crate::error::ApiError;
use crate::input::{Fields, Query, rule};
use crate::routes::Decision;
use domain::Reason;
use domain::integration::Invalid;
use serde_json::{Value, json};
use storage::Connection;
use storage::console::dead_letters;
use storage::console::operations::{self, MAX_ITEMS, NewOperation, Operation};
use storage::listing::Window;
use storage::records::conflicts;
use storage::runs::syncs;
use storage::webhooks::webhook_events;

/// What is done with each thing that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// Webhook events are applied once more.
    Replay,
    /// What failed in syncs is run again.
    Retry,
    /// Conflicts are decided.
    Resolve,
    /// Dead letters are sent again.
    Requeue,
}

impl OperationKind {
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

/// The things that an operation is about, frozen when it is accepted.
pub(crate) enum FrozenFilter {
    Events(webhook_events::Filter),
    Syncs(syncs::Filter),
    Conflicts(conflicts::Filter, Decision),
    Letters(dead_letters::Filter),
}

/// A filter as it was sent, and how many things the caller saw that it finds.
#[derive(Debug, Clone)]
pub(crate) struct ConfirmedFilter {
    pub(crate) filter: Value,
    pub(crate) count: i64,
}

/// Takes `filter` and `confirm_count`; the filter's fields are read by `read`, as its list reads its parameters.
pub(crate) fn take_confirmed<T>(body: &mut Fields, read: impl FnOnce(&mut Query) -> T) -> Option<(T, ConfirmedFilter)> {
    let filter = body.raw("filter").unwrap_or_default();
    let frozen = Query::filter_of(body, read);
    let count = body.required("confirm_count", rule::whole(1, i32::MAX)).map(i64::from)?;
    Some((frozen, ConfirmedFilter { filter, count }))
}

/// The same where the list goes by time; without `after`, `before` and `limit`.
pub(crate) fn take_confirmed_of_list<T>(
    body: &mut Fields,
    read: impl FnOnce(&mut Query, Window) -> T,
) -> Option<(T, ConfirmedFilter)> {
    take_confirmed(body, |query| {
        let window = query.span();
        read(query, window)
    })
}

/// Freezes what is there now, and writes the one audit entry.
pub(crate) async fn accept_operation(
    connection: &mut Connection,
    caller: Caller,
    frozen: FrozenFilter,
    confirmed: ConfirmedFilter,
) -> Result<Operation, ApiError> {
    let (kind, arguments) = match &frozen {
        FrozenFilter::Events(_) => (OperationKind::Replay, json!({})),
        FrozenFilter::Syncs(_) => (OperationKind::Retry, json!({})),
        FrozenFilter::Conflicts(_, decision) => (OperationKind::Resolve, decision.arguments()),
        FrozenFilter::Letters(_) => (OperationKind::Requeue, json!({})),
    };

    let mut shown = arguments.clone();
    if let FrozenFilter::Conflicts(_, decision) = &frozen
        && shown.get("fields").is_some()
    {
        // The audit log holds no values: they may be personal.
        shown["fields"] = decision.names().into();
    }

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
        FrozenFilter::Events(filter) => operations::freeze_events(connection, id, filter).await?,
        FrozenFilter::Syncs(filter) => operations::freeze_syncs(connection, id, filter).await?,
        FrozenFilter::Conflicts(filter, _) => operations::freeze_conflicts(connection, id, filter).await?,
        FrozenFilter::Letters(letters) => {
            operations::freeze_letters(connection, id, letters.integration_id, letters.state).await?
        }
    };
    // Refused here, the transaction takes back the operation and what it froze.
    check_count(found, confirmed.count)?;

    let after = json!({"operation_id": id, "filter": confirmed.filter, "arguments": shown, "total": found});
    audit::record_changes(connection, &caller, &format!("operation.{}", kind.name()), "operation", after).await?;
    operations::find(connection, id).await?.ok_or(ApiError::Internal("an operation is not there"))
}

fn check_count(found: i64, confirmed: i64) -> Result<(), ApiError> {
    if found > MAX_ITEMS {
        let message = format!("finds more than {MAX_ITEMS}; narrow it");
        return Err(ApiError::invalid("filter", Reason::new("too_many_items", message).with("maximum", MAX_ITEMS)));
    }

    if found != confirmed {
        let message = format!("the filter finds {found} now, and not {confirmed}; look again");
        let reason = Reason::new("count_changed", "is another number now").with("count", found);
        return Err(ApiError::CountChanged(message, vec![Invalid::new("confirm_count", reason)]));
    }
    Ok(())
}
