//! As of when both sides are in step.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// As of when one entity of an integration is in step in one direction.
#[derive(Debug, Clone, QueryableByName)]
pub struct InStep {
    /// Which integration.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// A [`domain::EntityType`].
    #[diesel(sql_type = Text)]
    pub entity_type: String,
    /// `to_geniacs` or `from_geniacs`.
    #[diesel(sql_type = Text)]
    pub sync_direction: String,
    /// When the newest run began that took everything and in which nothing failed; none: there was none yet.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub in_step_as_of: Option<DateTime<Utc>>,
}

/// Integrations of which freshness is told at most.
const MOST_INTEGRATIONS: i64 = 100;

/// The integrations of which freshness is told: this one, or the newest that are not archived.
pub async fn integrations(connection: &mut Connection, integration_id: Option<i64>) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Ids {
        #[diesel(sql_type = Array<BigInt>)]
        ids: Vec<i64>,
    }

    let row: Ids = diesel::sql_query(
        "SELECT ARRAY(SELECT id FROM geniacs_integrations
                      WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END
                      ORDER BY id DESC LIMIT $2) AS ids",
    )
    .bind::<Nullable<BigInt>, _>(integration_id)
    .bind::<BigInt, _>(MOST_INTEGRATIONS)
    .get_result(connection)
    .await?;
    Ok(row.ids)
}

/// The statement of [`in_step`].
pub(crate) fn in_step_sql() -> String {
    let newest = |direction: &str| {
        format!(
            "(SELECT s.started_at FROM geniacs_data_sync s
              WHERE s.integration_id = i.id AND s.entity_type = e.entity_type AND s.sync_direction = {direction}
                AND s.status = 'success' AND sync_takes_everything(s.data) AND s.started_at IS NOT NULL
              ORDER BY s.started_at DESC LIMIT 1)"
        )
    };

    format!(
        include_str!("freshness.in_step.sql"),
        newest_this_way = newest("d.direction"),
        newest_both_ways = newest("'bidirectional'")
    )
}

/// As of when integrations are in step, for each entity and direction that has had such a run or has an active schedule. A
/// run both ways counts for both.
pub async fn in_step(connection: &mut Connection, integration_ids: &[i64]) -> Result<Vec<InStep>> {
    diesel::sql_query(in_step_sql()).bind::<Array<BigInt>, _>(integration_ids).load(connection).await
}
