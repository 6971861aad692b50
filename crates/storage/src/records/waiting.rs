//! Records that wait until a record that they refer to is linked, in `waiting_references`.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::sync::RecordKey;
use domain::{EntityType, SyncDirection};

/// A record that cannot go on before its target is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The record's kind.
    pub entity: EntityType,
    /// Its local id on the way to Geniacs; its Geniacs id on the way here.
    pub record: RecordKey,
    /// The kind of record that it refers to.
    pub target_entity: EntityType,
    /// That record's id, of the same side.
    pub target: RecordKey,
    /// The event that brought the record.
    pub webhook_event_id: Option<i64>,
}

impl Wait {
    fn direction(&self) -> SyncDirection {
        match self.record {
            RecordKey::Local(_) => SyncDirection::ToGeniacs,
            RecordKey::Geniacs(_) => SyncDirection::FromGeniacs,
        }
    }
}

fn text(key: &RecordKey) -> String {
    match key {
        RecordKey::Local(id) => id.to_string(),
        RecordKey::Geniacs(id) => id.clone(),
    }
}

/// Notes what waits. What is noted already stays as it is.
pub async fn add(connection: &mut Connection, integration_id: i64, waits: &[Wait]) -> Result<()> {
    if waits.is_empty() {
        return Ok(());
    }

    // The order of the keys keeps two transactions from waiting for each other.
    diesel::sql_query(
        "INSERT INTO waiting_references (integration_id, entity_type, direction, record_key, target_entity, target_key,
             webhook_event_id, check_at)
         SELECT $1, entity::entity_type, direction::sync_direction, record, target_entity::entity_type, target, event,
             geniacs_now() + interval '5 seconds'
         FROM unnest($2, $3, $4, $5, $6, $7) AS u (entity, direction, record, target_entity, target, event)
         ORDER BY entity, direction, record, target_entity, target
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Array<Text>, _>(waits.iter().map(|w| w.entity.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(waits.iter().map(|w| w.direction().as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(waits.iter().map(|w| text(&w.record)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(waits.iter().map(|w| w.target_entity.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(waits.iter().map(|w| text(&w.target)).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(waits.iter().map(|w| w.webhook_event_id).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Has what waits for these records looked at now, because they have just been linked.
pub async fn target_linked(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    links: &[(i64, &str)],
) -> Result<()> {
    diesel::sql_query(
        // A list instead of a join: a join is a loop of all waits times all links where the planner expects one wait, and
        // a list is looked up in an index or in a hash table, whatever it expects.
        "UPDATE waiting_references SET check_at = geniacs_now()
         WHERE check_at > geniacs_now() AND integration_id = $1 AND target_entity = $2::entity_type
           AND (direction = 'to_geniacs' AND target_key = ANY ($3) OR direction = 'from_geniacs' AND target_key = ANY ($4))",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<Text>, _>(links.iter().map(|(local_id, _)| local_id.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(links.iter().map(|(_, geniacs_id)| *geniacs_id).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// A record whose target is linked now.
#[derive(Debug, Clone, QueryableByName)]
pub struct Ready {
    /// The number of its wait.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    #[diesel(sql_type = Text)]
    entity_type: String,
    #[diesel(sql_type = Text)]
    record_key: String,
    #[diesel(sql_type = Text)]
    direction: String,
    /// The event to be applied again instead of a sync.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub webhook_event_id: Option<i64>,
}

impl Ready {
    /// Its kind, the way that it waits to go, and its key.
    pub fn record(&self) -> Option<(EntityType, SyncDirection, RecordKey)> {
        let direction = self.direction.parse().ok()?;
        let key = match direction {
            SyncDirection::ToGeniacs => RecordKey::Local(self.record_key.parse().ok()?),
            _ => RecordKey::Geniacs(self.record_key.clone()),
        };
        Some((self.entity_type.parse().ok()?, direction, key))
    }
}

/// Looks at up to `limit` waits that are due and returns those whose target is linked, while no sync of the target's
/// kind is under way: it may link more of them. Those of an integration that is switched off go on waiting. The others are looked at again after as long as they have waited.
pub async fn ready(connection: &mut Connection, limit: i64) -> Result<Vec<Ready>> {
    diesel::sql_query(include_str!("waiting.ready.sql")).bind::<BigInt, _>(limit).prepared().load(connection).await
}

/// Ends waits. Returns how many there still were: none if somebody else has ended them.
pub async fn end(connection: &mut Connection, ids: &[i64]) -> Result<usize> {
    diesel::sql_query("DELETE FROM waiting_references WHERE id = ANY ($1)")
        .bind::<Array<BigInt>, _>(ids)
        .prepared()
        .execute(connection)
        .await
}

/// Has events that waited for a reference applied again, and ends their waits.
pub async fn reopen_events(connection: &mut Connection, waits: &[i64]) -> Result<usize> {
    diesel::sql_query(
        "WITH ended AS (DELETE FROM waiting_references WHERE id = ANY ($1) RETURNING webhook_event_id)
         UPDATE geniacs_webhook_events e SET state = 'received', processed = false, outcome = NULL, error_message = NULL,
             processing_attempts = 0, available_at = geniacs_now()
         WHERE e.id = ANY (ARRAY(SELECT webhook_event_id FROM ended)) AND e.state IN ('failed', 'set_aside')",
    )
    .bind::<Array<BigInt>, _>(waits)
    .prepared()
    .execute(connection)
    .await
}
