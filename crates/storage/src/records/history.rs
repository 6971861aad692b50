//! `record_history`: what happened to each record, written by the transaction in which it happened.

use crate::conditions::Conditions;
use crate::listing::{Place, Reading, descending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::history::{Action, Cause};
use domain::{EntityType, SyncDirection};
use serde_json::Value;

/// Whose records, on which way, and why.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The integration.
    pub integration_id: i64,
    /// What kind of records.
    pub entity: EntityType,
    /// Towards which side.
    pub direction: SyncDirection,
    /// Why.
    pub cause: Cause,
    /// The sync, unless events did it.
    pub sync_id: Option<i64>,
}

/// What happened to one record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its row here, if it has one.
    pub local_id: Option<i64>,
    /// Its Geniacs id, if it has one.
    pub geniacs_id: Option<String>,
    /// What became of it.
    pub action: Action,
    /// `{"name": {"old": …, "new": …}}`; none where nothing is told apart.
    pub changes: Option<Value>,
    /// Why it failed, for a person.
    pub reason: Option<String>,
    /// The event that did it.
    pub webhook_event_id: Option<i64>,
}

/// Notes what happened to records, in one statement.
pub async fn add(connection: &mut Connection, origin: &Origin, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }

    diesel::sql_query(
        "INSERT INTO record_history (integration_id, entity_type, direction, cause, sync_id, local_id, geniacs_id, action,
             changes, reason, webhook_event_id)
         SELECT $1, $2::entity_type, $3::sync_direction, $4, $5, u.* FROM unnest($6, $7, $8, $9, $10, $11) u",
    )
    .bind::<BigInt, _>(origin.integration_id)
    .bind::<Text, _>(origin.entity.as_str())
    .bind::<Text, _>(origin.direction.as_str())
    .bind::<Text, _>(origin.cause.as_str())
    .bind::<Nullable<BigInt>, _>(origin.sync_id)
    .bind::<Array<Nullable<BigInt>>, _>(entries.iter().map(|e| e.local_id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(entries.iter().map(|e| e.geniacs_id.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|e| e.action.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Jsonb>>, _>(entries.iter().map(|e| e.changes.as_ref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(entries.iter().map(|e| e.reason.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(entries.iter().map(|e| e.webhook_event_id).collect::<Vec<_>>())
    .execute(connection)
    .await?;

    Ok(())
}

/// A line of a record's timeline.
#[derive(Debug, Clone, QueryableByName)]
pub struct HistoryRow {
    /// Its number; later ones are higher.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// Its Geniacs id then, if it had one.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// Towards which side.
    #[diesel(sql_type = Text)]
    pub direction: String,
    /// An [`Action`].
    #[diesel(sql_type = Text)]
    pub action: String,
    /// As in [`Entry`].
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub changes: Option<Value>,
    /// Why it failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// A [`Cause`].
    #[diesel(sql_type = Text)]
    pub cause: String,
    /// The sync that did it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sync_id: Option<i64>,
    /// What kind of sync that is, while it is kept.
    #[diesel(sql_type = Nullable<Text>)]
    pub sync_type: Option<String>,
    /// The event that did it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub webhook_event_id: Option<i64>,
    /// The event's type, while it is kept.
    #[diesel(sql_type = Nullable<Text>)]
    pub event_type: Option<String>,
}

/// Which lines of a timeline are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stretch {
    /// Only with this integration.
    pub integration_id: Option<i64>,
    /// Where it lies in the timeline.
    pub place: Place<i64>,
    /// So many at most.
    pub limit: i64,
}

/// The statement of [`timeline`]; `lines` is a condition on `record_history h`.
pub(crate) fn timeline_sql(entity: EntityType, lines: &str, local_id: &str, order: &str, limit: i64) -> String {
    format!(
        include_str!("history.timeline.sql"),
        local_id = local_id,
        entity = entity,
        lines = lines,
        order = order,
        limit = limit
    )
}

/// A stretch of the timeline of a local record, which is listed newest first: what happened to its row, and to the record at
/// Geniacs before it had one.
pub async fn timeline(
    connection: &mut Connection,
    entity: EntityType,
    local_id: i64,
    stretch: &Stretch,
) -> Result<Vec<HistoryRow>> {
    let Reading { sign, order } = descending(&stretch.place);
    let mut lines = Conditions::default();
    lines.only_if(&format!("h.id {sign} {{}}"), stretch.place.row());
    lines.only_if("h.integration_id = {}", stretch.integration_id);
    let (lines_sql, local_id) = (lines.sql(), lines.bind(local_id));
    let sql = timeline_sql(entity, &lines_sql, &local_id, order, stretch.limit);
    lines.bound(sql).load(connection).await
}
