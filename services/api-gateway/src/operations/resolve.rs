//! Deciding many conflicts in the same way: those of one integration and entity are carried out by one sync.

use super::carry_out::operation_caller;
use super::sets::{SetOutcome, failed_item};
use crate::error::ApiError;
use crate::routes::{Decision, FittingCheck, start_decision_sync};
use crate::state::State;
use domain::EntityType;
use domain::conflict::{ConflictState, Resolution};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::console::operations::{FailedItem, Operation};
use storage::outbox::OutboxId;
use storage::records::conflicts::{self, ConflictRow};
use storage::{AsyncConnection as _, Connection};

/// Conflicts of one integration and entity.
struct ConflictGroup {
    integration_id: i64,
    entity: EntityType,
    rows: Vec<ConflictRow>,
}

impl ConflictGroup {
    fn ids(&self) -> Vec<i64> {
        self.rows.iter().map(|row| row.id).collect()
    }
}

pub(super) async fn resolve_conflicts(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    items: &[i64],
) -> Result<SetOutcome, ApiError> {
    let decision = Decision::of_arguments(&operation.arguments);
    let decision = decision.ok_or(ApiError::Internal("a decision without a resolution"))?;
    let rows = conflicts::find_all(connection, items).await?;

    let mut outcome = SetOutcome::default();
    // Conflicts may be gone since they were frozen.
    let gone = items.iter().filter(|id| rows.iter().all(|row| row.id != **id));
    outcome.failed.extend(gone.map(|id| failed_item(*id, &ApiError::NotFound("conflict"))));

    let groups: Vec<ConflictGroup> = group_conflicts(rows, &mut outcome).collect();
    for group in groups {
        let ids = group.ids();
        match resolve_group(connection, state, operation, &decision, group).await {
            Ok(decided) => {
                outcome.done.extend(decided.done);
                outcome.failed.extend(decided.refused);
                outcome.permits.extend(decided.permit);
            }
            // This says nothing about the conflicts: the whole set is tried again.
            Err(ApiError::DatabaseAway) => return Err(ApiError::DatabaseAway),
            Err(error) => outcome.failed.extend(ids.into_iter().map(|id| failed_item(id, &error))),
        }
    }
    Ok(outcome)
}

/// Decides a group's conflicts as far as the decision fits them.
async fn resolve_group(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    decision: &Decision,
    mut group: ConflictGroup,
) -> Result<DecidedGroup, ApiError> {
    let of = (group.integration_id, group.entity);
    let fitting = match decision.resolution {
        Resolution::Merge => Some(FittingCheck::read(connection, state, of, decision, &group.rows).await?),
        Resolution::Local | Resolution::Geniacs => None,
    };
    let terms = DecisionTerms { decision, fitting };

    let (rows, refused) = terms.sort_out(group.rows);
    if rows.is_empty() {
        return Ok(DecidedGroup { refused, ..DecidedGroup::default() });
    }
    group.rows = rows;

    let (ids, state) = (group.ids(), state.clone());
    let decided = connection
        .transaction(async move |connection| decide_group(connection, &state, operation, &terms, group).await)
        .await;
    let mut decided = match decided {
        Err(error @ ApiError::DatabaseAway) => return Err(error),
        // The conflicts that were refused before keep their own reasons.
        Err(error) => DecidedGroup {
            refused: ids.into_iter().map(|id| failed_item(id, &error)).collect(),
            ..DecidedGroup::default()
        },
        Ok(decided) => decided,
    };
    decided.refused.extend(refused);
    Ok(decided)
}

/// A decision, and what a merge is checked against.
struct DecisionTerms<'a> {
    decision: &'a Decision,
    fitting: Option<FittingCheck>,
}

impl DecisionTerms<'_> {
    /// The conflicts that can be decided in this way, and why the others cannot.
    fn sort_out(&self, rows: Vec<ConflictRow>) -> (Vec<ConflictRow>, Vec<FailedItem>) {
        let mut refused = Vec::new();
        let fits = |row: &ConflictRow| match self.check(row) {
            Ok(()) => true,
            Err(item) => {
                refused.push(item);
                false
            }
        };
        (rows.into_iter().filter(fits).collect(), refused)
    }

    fn check(&self, row: &ConflictRow) -> Result<(), FailedItem> {
        if row.state.parse() != Ok(ConflictState::Open) {
            return Err(failed_item(row.id, &not_open(row.id)));
        }
        match &self.fitting {
            Some(fitting) => fitting.check(self.decision, row).map_err(|error| unfitting_item(row.id, &error)),
            None => Ok(()),
        }
    }
}

/// Why a merge does not fit a conflict.
fn unfitting_item(id: i64, error: &ApiError) -> FailedItem {
    let Some(wrong) = error.details().first() else { return failed_item(id, error) };
    // Each of its fields is to be named, and no other.
    if matches!(wrong.code, "required" | "unknown_field") {
        let message = "the decision does not name exactly the fields that this conflict is about".to_owned();
        return FailedItem { subject_id: id, code: "conflict_not_alike".to_owned(), message };
    }

    let message = format!("{}: {}", wrong.field, wrong.message);
    FailedItem { subject_id: id, code: "value_refused".to_owned(), message }
}

/// Groups conflicts by integration and entity, in the order in which integrations are locked.
fn group_conflicts(rows: Vec<ConflictRow>, outcome: &mut SetOutcome) -> impl Iterator<Item = ConflictGroup> + use<> {
    let mut groups: BTreeMap<(i64, EntityType), ConflictGroup> = BTreeMap::new();
    for row in rows {
        let Ok(entity) = row.entity_type.parse::<EntityType>() else {
            outcome.failed.push(failed_item(row.id, &ApiError::Internal("a conflict's entity is unknown")));
            continue;
        };
        let integration_id = row.integration_id;
        let group = groups.entry((integration_id, entity)).or_insert_with(|| ConflictGroup {
            integration_id,
            entity,
            rows: Vec::new(),
        });
        group.rows.push(row);
    }

    groups.into_values()
}

/// The result of a group.
#[derive(Default)]
struct DecidedGroup {
    done: Vec<i64>,
    refused: Vec<FailedItem>,
    permit: Option<OutboxId>,
}

/// Decides those that can still be decided, and makes the sync that carries it out.
async fn decide_group(
    connection: &mut Connection,
    state: &Arc<State>,
    operation: &Operation,
    terms: &DecisionTerms<'_>,
    group: ConflictGroup,
) -> Result<DecidedGroup, ApiError> {
    // The integration is locked before its conflicts.
    let of = (group.integration_id, group.entity);
    let records = group.rows.iter().map(|row| row.local_id).collect();
    let (sync_id, permit) =
        start_decision_sync(connection, state, operation_caller(state, operation), of, records).await?;

    // The conflicts may have changed since they were read without a lock.
    let ids = group.ids();
    let (rows, mut refused) = terms.sort_out(conflicts::lock_all(connection, &ids).await?);
    let done: Vec<i64> = rows.iter().map(|row| row.id).collect();
    if done.is_empty() {
        // Nothing is left for the sync to do: rolled back, it is not made.
        return Err(not_open(ids.first().copied().unwrap_or_default()));
    }
    let gone = ids.iter().filter(|id| !done.contains(id) && refused.iter().all(|item| item.subject_id != **id));
    let gone: Vec<FailedItem> = gone.map(|id| failed_item(*id, &ApiError::NotFound("conflict"))).collect();
    refused.extend(gone);

    let kept = json!({"fields": terms.decision.fields(), "sync_id": sync_id});
    conflicts::decide_all(connection, &done, terms.decision.resolution, &kept, operation.user_id).await?;
    Ok(DecidedGroup { done, refused, permit })
}

fn not_open(id: i64) -> ApiError {
    ApiError::Conflict("conflict_not_open", format!("conflict {id} is decided or resolved already"))
}
