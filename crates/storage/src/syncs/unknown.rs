//! What a run leaves behind of requests whose outcome nobody knows.

use crate::entities::descriptor;
use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::EntityType;

#[derive(QueryableByName)]
struct Sync {
    #[diesel(sql_type = Text)]
    entity_type: String,
    #[diesel(sql_type = Bool)]
    by_change: bool,
}

/// Marks the records of push chunks that the end of a sync drops as unconfirmed, where a request for them may have taken
/// effect: whichever sync sends them next asks for them first. The caller holds the sync's lock.
pub(super) async fn remember(connection: &mut Connection, id: i64) -> Result<()> {
    let in_doubt = "kind = 'push' AND state IN ('open', 'dropped') AND (unconfirmed OR worker IS NOT NULL)";
    let sync: Option<Sync> = diesel::sql_query(format!(
        "SELECT entity_type::text AS entity_type, coalesce((plan #>> '{{selection,by_change}}')::boolean, false) AS by_change
         FROM geniacs_data_sync WHERE id = $1 AND NOT coalesce((data #>> '{{options,dry_run}}')::boolean, false)
           AND EXISTS (SELECT FROM sync_chunks WHERE sync_id = $1 AND {in_doubt})"
    ))
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()?;
    let Some((entity, by_change)) = sync.and_then(|s| Some((s.entity_type.parse::<EntityType>().ok()?, s.by_change)))
    else {
        return Ok(());
    };
    let descriptor = descriptor(entity);
    if descriptor.append_only {
        return Ok(());
    }
    let stretch = if by_change {
        "(t.changed_xid, t.id) > (c.after_xid::text::xid8, c.after_id) AND (t.changed_xid, t.id) <= (c.upto_xid::text::xid8, c.upto_id)"
    } else {
        "t.id > c.after_id AND t.id <= c.upto_id"
    };
    let sql = format!(
        "INSERT INTO record_links (integration_id, entity_type, local_id, unconfirmed)
         SELECT DISTINCT c.integration_id, '{entity}'::entity_type, r.id, true
         FROM (SELECT * FROM sync_chunks WHERE sync_id = $1 AND {in_doubt}) c CROSS JOIN LATERAL (
             SELECT unnest(c.record_ids) AS id
             UNION ALL SELECT t.id FROM {} t WHERE c.record_ids IS NULL AND {stretch}) r
         ORDER BY r.id
         ON CONFLICT (integration_id, entity_type, local_id) DO UPDATE SET unconfirmed = true",
        descriptor.table
    );
    diesel::sql_query(sql).bind::<BigInt, _>(id).execute(connection).await?;
    Ok(())
}
