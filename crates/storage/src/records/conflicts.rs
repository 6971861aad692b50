//! Conflicts: fields of a record that both sides had changed since they last agreed. While one is not resolved, its
//! record is held back in both directions.

use crate::listing::{Cursor, List, Rows, Window};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use domain::conflict::{ConflictState, Resolution};
use domain::integration::ConflictPolicy;
use serde_json::Value;
use std::collections::BTreeSet;

/// A conflict that was met.
#[derive(Debug, Clone)]
pub struct NewConflict {
    /// The record's local id.
    pub local_id: i64,
    /// Its Geniacs id.
    pub geniacs_id: String,
    /// The event that met it.
    pub webhook_event_id: Option<i64>,
    /// The fields, as the table keeps them.
    pub fields: Value,
    /// By what it was settled, or is not.
    pub policy: ConflictPolicy,
    /// Whose values held; none: it is open.
    pub resolution: Option<Resolution>,
}

/// Adds to the history of the records whose conflict is resolved how that came, and which fields it was about.
const TELL_RESOLVED: &str = "
    INSERT INTO record_history (integration_id, entity_type, direction, cause, sync_id, local_id, geniacs_id, action, reason,
        webhook_event_id)
    SELECT c.integration_id, c.entity_type, CASE c.resolution WHEN 'local' THEN 'to_geniacs' ELSE 'from_geniacs' END::sync_direction,
        'conflict', coalesce((c.decision ->> 'sync_id')::bigint, c.sync_id), c.local_id, c.geniacs_id, 'conflict',
        'resolved: ' || c.resolution || coalesce(
            ' (' || (SELECT string_agg(f ->> 'local_field', ', ') FROM jsonb_array_elements(c.fields) f) || ')', ''),
        c.webhook_event_id
    FROM changed c WHERE c.state = 'resolved' ORDER BY c.local_id";

/// The statement of [`add`].
pub(crate) fn add_sql() -> String {
    format!(include_str!("conflicts.add.sql"), TELL_RESOLVED = TELL_RESOLVED)
}

/// Keeps conflicts. One about a record that has an unresolved one already shows its fields anew.
pub async fn add(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    sync_id: Option<i64>,
    conflicts: &[NewConflict],
) -> Result<()> {
    if conflicts.is_empty() {
        return Ok(());
    }

    diesel::sql_query(add_sql())
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Nullable<BigInt>, _>(sync_id)
        .bind::<Array<BigInt>, _>(conflicts.iter().map(|c| c.local_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(conflicts.iter().map(|c| c.geniacs_id.as_str()).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(conflicts.iter().map(|c| c.webhook_event_id).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(conflicts.iter().map(|c| c.fields.clone()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(conflicts.iter().map(|c| c.policy.as_str()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(
            conflicts.iter().map(|c| c.resolution.map(Resolution::as_str)).collect::<Vec<_>>(),
        )
        .execute(connection)
        .await?;

    Ok(())
}

/// Closes the conflicts of records that are not held back any more: what was decided is carried out, or both sides say
/// the same.
pub async fn close(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    local_ids: &[i64],
) -> Result<()> {
    if local_ids.is_empty() {
        return Ok(());
    }

    diesel::sql_query(format!(
        "WITH changed AS (
         UPDATE conflicts SET state = 'resolved', resolved_at = geniacs_now(), resolution = coalesce(resolution, 'merge')
         WHERE local_id = ANY ($3) AND integration_id = $1 AND entity_type = $2::entity_type AND state <> 'resolved'
         RETURNING *) {TELL_RESOLVED}"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .execute(connection)
    .await?;
    Ok(())
}

/// A conflict as people see it.
#[derive(Debug, Clone, QueryableByName)]
pub struct ConflictRow {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// The record's kind.
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// The record's local id.
    #[diesel(sql_type = BigInt)]
    pub local_id: i64,
    /// Its Geniacs id.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// The run that met it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sync_id: Option<i64>,
    /// The event that met it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub webhook_event_id: Option<i64>,
    /// The fields.
    #[diesel(sql_type = Jsonb)]
    pub fields: Value,
    /// A [`ConflictPolicy`].
    #[diesel(sql_type = Text)]
    pub policy: String,
    /// A [`ConflictState`].
    #[diesel(sql_type = Text)]
    pub state: String,
    /// A [`Resolution`], once there is one.
    #[diesel(sql_type = Nullable<Text>)]
    pub resolution: Option<String>,
    /// What a person decided, and the sync that carries it out.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub decision: Option<Value>,
    /// When it was met.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it was resolved.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who decided; none where a policy did.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub resolved_by: Option<i64>,
}

const COLUMNS: &str = "t.id, t.integration_id, t.entity_type::text AS entity_type, t.local_id, t.geniacs_id, t.sync_id,
    t.webhook_event_id, t.fields, t.policy::text AS policy, t.state::text AS state, t.resolution::text AS resolution,
    t.decision, t.created_at, t.resolved_at, t.resolved_by";

/// Which conflicts a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose, when, and from where on.
    pub window: Window,
    /// Only of this entity.
    pub entity_type: Option<EntityType>,
    /// Only in this state.
    pub state: Option<ConflictState>,
    /// Only of the record with this local id.
    pub local_id: Option<i64>,
    /// Only those in which this local field is one of those that both sides have changed.
    pub field: Option<String>,
    /// Only those in which both sides have changed exactly these local fields.
    pub fields: Option<BTreeSet<String>>,
}

impl List for Filter {
    type Row = ConflictRow;

    fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    fn cursor(row: &ConflictRow) -> Cursor {
        Cursor { at: row.created_at, id: row.id }
    }

    async fn load(&self, connection: &mut Connection) -> Result<Vec<ConflictRow>> {
        rows(self).load(connection, COLUMNS, "").await
    }

    async fn count(&self, connection: &mut Connection) -> Result<i64> {
        rows(self).count(connection).await
    }
}

pub(crate) fn rows(filter: &Filter) -> Rows {
    let mut rows = Rows::of("conflicts", &filter.window);
    rows.only_named("entity_type", filter.entity_type.map(EntityType::as_str));
    rows.only_named("state", filter.state.map(ConflictState::as_str));
    if let Some(id) = filter.local_id {
        // A number: nothing in it can be SQL.
        rows.only(format!("t.local_id = {id}"));
    }

    // As the index has it.
    rows.only_text("jsonb_path_query_array(t.fields, '$[*].field') ? {}", filter.field.as_deref());

    // A set is in the order of the hash already.
    let fields = filter.fields.as_ref().map(|fields| fields.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    rows.only_text("conflict_fields_hash(t.fields) = md5({})", fields.as_deref());
    rows
}

/// One conflict.
pub async fn find(connection: &mut Connection, id: i64) -> Result<Option<ConflictRow>> {
    let sql = format!("SELECT {COLUMNS} FROM conflicts t WHERE t.id = $1");
    diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// One conflict, locked until the transaction ends.
pub async fn lock(connection: &mut Connection, id: i64) -> Result<Option<ConflictRow>> {
    let sql = format!("SELECT {COLUMNS} FROM conflicts t WHERE t.id = $1 FOR NO KEY UPDATE");
    diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).await.optional()
}

/// Conflicts by their numbers; those that are not there are missing.
pub async fn find_all(connection: &mut Connection, ids: &[i64]) -> Result<Vec<ConflictRow>> {
    let sql = format!("SELECT {COLUMNS} FROM conflicts t WHERE t.id = ANY ($1) ORDER BY t.id");
    diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).load(connection).await
}

/// Conflicts, locked until the transaction ends, in the order of their numbers; those that are not there are missing.
pub async fn lock_all(connection: &mut Connection, ids: &[i64]) -> Result<Vec<ConflictRow>> {
    let sql = format!("SELECT {COLUMNS} FROM conflicts t WHERE t.id = ANY ($1) ORDER BY t.id FOR NO KEY UPDATE");
    diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).load(connection).await
}

/// Keeps one decision about all of these.
pub async fn decide_all(
    connection: &mut Connection,
    ids: &[i64],
    resolution: Resolution,
    decision: &Value,
    user_id: Option<i64>,
) -> Result<()> {
    diesel::sql_query(
        "UPDATE conflicts SET state = 'decided', resolution = $2::conflict_resolution, decision = $3, resolved_by = $4
         WHERE id = ANY ($1)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Text, _>(resolution.as_str())
    .bind::<Jsonb, _>(decision)
    .bind::<Nullable<BigInt>, _>(user_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps what a person decided, to be carried out.
pub async fn decide(
    connection: &mut Connection,
    id: i64,
    resolution: Resolution,
    decision: &Value,
    user_id: i64,
) -> Result<ConflictRow> {
    let sql = format!(
        "UPDATE conflicts t SET state = 'decided', resolution = $2::conflict_resolution, decision = $3, resolved_by = $4
         WHERE t.id = $1 RETURNING {COLUMNS}"
    );

    diesel::sql_query(sql)
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(resolution.as_str())
        .bind::<Jsonb, _>(decision)
        .bind::<BigInt, _>(user_id)
        .get_result(connection)
        .await
}
