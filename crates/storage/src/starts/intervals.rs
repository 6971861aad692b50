//! Entities that are synced by an interval, because their integration has `auto_sync` and they have no schedule.

use crate::starts::ticks::BUSY;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double, Jsonb, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// An entity without a schedule, of an integration whose syncs start by themselves.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Whose.
    pub integration_id: i64,
    /// Which kind of record.
    pub entity: EntityType,
    /// The integration's own [`domain::integration::SyncInterval`].
    pub interval: Option<serde_json::Value>,
    /// Seconds since its last run, or since it was first seen; none before that.
    pub seconds_since: Option<f64>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    integration_id: i64,
    #[diesel(sql_type = Text)]
    entity_type: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    interval: Option<serde_json::Value>,
    #[diesel(sql_type = Nullable<Double>)]
    seconds_since: Option<f64>,
}

/// Every entity that has active mappings and no schedule, not even one that is switched off, in integrations whose
/// syncs start by themselves.
pub async fn candidates(connection: &mut Connection) -> Result<Vec<Candidate>> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT i.id AS integration_id, e.entity::text AS entity_type, i.configuration->'sync_interval' AS interval,
             extract(epoch FROM geniacs_now() - r.last_at)::float8 AS seconds_since
         FROM geniacs_integrations i CROSS JOIN unnest(enum_range(NULL::entity_type)) AS e (entity)
         LEFT JOIN interval_runs r ON r.integration_id = i.id AND r.entity_type = e.entity
         WHERE i.is_active AND i.sync_enabled AND i.archived_at IS NULL
           AND coalesce(i.configuration->>'auto_sync', 'true') <> 'false'
           AND NOT EXISTS (SELECT FROM geniacs_sync_schedules s WHERE s.integration_id = i.id AND s.entity_type = e.entity)
           AND EXISTS (SELECT FROM geniacs_field_mappings m
                       WHERE m.integration_id = i.id AND m.entity_type = e.entity AND m.is_active)
         ORDER BY i.id",
    )
    .load(connection)
    .await?;

    let read = |row: Row| {
        let Row { integration_id, entity_type, interval, seconds_since } = row;
        let interval = interval.filter(|value| !value.is_null());
        Some(Candidate { integration_id, entity: entity_type.parse().ok()?, interval, seconds_since })
    };

    Ok(rows.into_iter().filter_map(read).collect())
}

/// Begins an entity's first interval.
pub async fn begin(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO interval_runs (integration_id, entity_type) VALUES ($1, $2::entity_type) ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Begins the entity's next interval, if the last one has ended and no sync of the entity is under way. Of several who
/// ask, one is told yes.
pub async fn claim(connection: &mut Connection, integration_id: i64, entity: EntityType, seconds: u32) -> Result<bool> {
    let claimed = diesel::sql_query(format!(
        "UPDATE interval_runs s SET last_at = geniacs_now()
         WHERE s.integration_id = $1 AND s.entity_type = $2::entity_type
           AND s.last_at <= geniacs_now() - make_interval(secs => $3) AND NOT {BUSY}"
    ))
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Double, _>(f64::from(seconds))
    .execute(connection)
    .await?;
    Ok(claimed == 1)
}
