//! Deciding many conflicts in the same way: those of one integration and entity are carried out by one sync.

use super::carry_out::caller;
use super::sets::{Outcome, failed};
use crate::error::ApiError;
use crate::routes::start_decision_sync;
use crate::state::State;
use domain::EntityType;
use domain::conflict::{ConflictState, Resolution};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::conflicts::{self, ConflictRow};
use storage::operations::Operation;
use storage::outbox::OutboxId;
use storage::{AsyncConnection as _, Connection};

/// Conflicts of one integration and entity.
struct Group {
    integration_id: i64,
    entity: EntityType,
    ids: Vec<i64>,
    records: Vec<i64>,
}

pub(super) async fn run(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    items: &[i64],
) -> Result<Outcome, ApiError> {
    let resolution = operation.arguments.get("resolution").and_then(|name| name.as_str()?.parse().ok());
    let resolution: Resolution = resolution.ok_or(ApiError::Internal("a decision without a resolution"))?;
    let rows = conflicts::find_all(connection, items).await?;

    let mut outcome = Outcome::default();
    let gone = items.iter().filter(|id| rows.iter().all(|row| row.id != **id));
    outcome.failed.extend(gone.map(|id| failed(*id, &ApiError::NotFound("conflict"))));
    for group in groups(rows, &mut outcome) {
        let (ids, state) = (group.ids.clone(), state.clone());
        let decided = connection
            .transaction(async move |connection| decide(connection, &state, operation, resolution, group).await)
            .await;
        match decided {
            Ok((done, taken, permit)) => {
                outcome.done.extend(done);
                outcome.failed.extend(taken.into_iter().map(|id| failed(id, &not_open(id))));
                outcome.permits.extend(permit);
            }
            Err(ApiError::DatabaseAway) => return Err(ApiError::DatabaseAway),
            Err(error) => outcome.failed.extend(ids.into_iter().map(|id| failed(id, &error))),
        }
    }
    Ok(outcome)
}

/// By integration and entity, in their order: integrations are locked in it.
fn groups(rows: Vec<ConflictRow>, outcome: &mut Outcome) -> impl Iterator<Item = Group> + use<> {
    let mut groups: BTreeMap<(i64, EntityType), Group> = BTreeMap::new();
    for row in rows {
        let Ok(entity) = row.entity_type.parse::<EntityType>() else {
            outcome.failed.push(failed(row.id, &ApiError::Internal("a conflict's entity is unknown")));
            continue;
        };
        let integration_id = row.integration_id;
        let group = groups.entry((integration_id, entity)).or_insert_with(|| Group {
            integration_id,
            entity,
            ids: Vec::new(),
            records: Vec::new(),
        });
        group.ids.push(row.id);
        group.records.push(row.local_id);
    }
    groups.into_values()
}

type Decided = (Vec<i64>, Vec<i64>, Option<OutboxId>);

/// Decides those that are still open, and makes the sync that carries it out. Returns them, and the others.
async fn decide(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    resolution: Resolution,
    group: Group,
) -> Result<Decided, ApiError> {
    // The integration is locked before its conflicts.
    let of = (group.integration_id, group.entity);
    let (sync_id, permit) = start_decision_sync(connection, state, caller(state, operation), of, group.records).await?;

    let locked = conflicts::lock_all(connection, &group.ids).await?;
    let open = |row: &ConflictRow| row.state.parse() == Ok(ConflictState::Open);
    let done: Vec<i64> = locked.iter().filter(|row| open(row)).map(|row| row.id).collect();
    let taken: Vec<i64> = group.ids.iter().copied().filter(|id| !done.contains(id)).collect();
    if done.is_empty() {
        // Nothing is left for the sync to do: rolled back, it is not made.
        return Err(not_open(group.ids.first().copied().unwrap_or_default()));
    }

    let decision = json!({"fields": {}, "sync_id": sync_id});
    conflicts::decide_all(connection, &done, resolution, &decision, operation.user_id).await?;
    Ok((done, taken, permit))
}

fn not_open(id: i64) -> ApiError {
    ApiError::Conflict("conflict_not_open", format!("conflict {id} is decided or resolved already"))
}
