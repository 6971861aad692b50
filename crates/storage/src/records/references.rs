//! Finding the links that records refer to, by either side's ids.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// A record that both sides have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its kind.
    pub entity: EntityType,
    /// Its id here.
    pub local_id: i64,
    /// Its id at Geniacs.
    pub geniacs_id: String,
}

/// Finds links by local ids and by Geniacs ids, in one statement. Keys without a link are missing from the answer.
pub async fn find(
    connection: &mut Connection,
    integration_id: i64,
    local: &[(EntityType, i64)],
    geniacs: &[(EntityType, &str)],
) -> Result<Vec<Linked>> {
    if local.is_empty() && geniacs.is_empty() {
        return Ok(Vec::new());
    }

    let rows: Vec<Row> = diesel::sql_query(
        "SELECT u.entity_type, l.local_id, l.geniacs_id FROM unnest($2, $3) AS u (entity_type, local_id)
         CROSS JOIN LATERAL (
             SELECT l.local_id, l.geniacs_id FROM record_links l WHERE l.integration_id = $1 AND l.local_id = u.local_id
                 AND l.entity_type = u.entity_type::entity_type AND l.geniacs_id IS NOT NULL LIMIT 1) l
         UNION ALL
         SELECT u.entity_type, l.local_id, l.geniacs_id FROM unnest($4, $5) AS u (entity_type, geniacs_id)
         CROSS JOIN LATERAL (
             SELECT l.local_id, l.geniacs_id FROM record_links l WHERE l.integration_id = $1
                 AND l.geniacs_id = u.geniacs_id AND l.entity_type = u.entity_type::entity_type LIMIT 1) l",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Array<Text>, _>(local.iter().map(|(entity, _)| entity.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(local.iter().map(|(_, id)| *id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(geniacs.iter().map(|(entity, _)| entity.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(geniacs.iter().map(|(_, id)| *id).collect::<Vec<_>>())
    .prepared()
    .load(connection)
    .await?;

    Ok(rows.into_iter().filter_map(Row::linked).collect())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    entity_type: String,
    #[diesel(sql_type = BigInt)]
    local_id: i64,
    #[diesel(sql_type = Text)]
    geniacs_id: String,
}

impl Row {
    fn linked(self) -> Option<Linked> {
        let entity = self.entity_type.parse().ok()?;
        Some(Linked { entity, local_id: self.local_id, geniacs_id: self.geniacs_id })
    }
}
