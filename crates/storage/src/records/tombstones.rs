//! Rows that are gone: triggers on the provider's tables leave a tombstone for each that Geniacs has or may have, and a
//! push walks tombstones and rows as one.

use crate::entities::Descriptor;
use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt};
use diesel_async::RunQueryDsl;

/// An entity's tombstones in the place of its table; none where nothing is ever deleted.
pub(crate) fn gone(descriptor: &Descriptor) -> Option<String> {
    let Descriptor { entity, append_only, .. } = descriptor;
    (!append_only).then(|| {
        format!(
            "(SELECT g.local_id AS id, g.changed_xid, g.deleted_at AS updated_at FROM record_tombstones g
              WHERE g.entity_type = '{entity}'::entity_type)"
        )
    })
}

/// Leaves tombstones for those of these rows that are gone: deleted while they were being sent for the first time, when
/// they had no link yet by which the trigger could know that Geniacs has them.
pub async fn leave(connection: &mut Connection, descriptor: &Descriptor, ids: &[i64]) -> Result<()> {
    let sql = format!(
        "INSERT INTO record_tombstones (entity_type, local_id)
         SELECT '{entity}'::entity_type, u.id FROM unnest($1) AS u (id)
         WHERE (SELECT t.id FROM {table} t WHERE t.id = u.id LIMIT 1) IS NULL ORDER BY u.id
         ON CONFLICT (entity_type, local_id) DO UPDATE SET changed_xid = excluded.changed_xid",
        entity = descriptor.entity,
        table = descriptor.table,
    );

    diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).execute(connection).await?;
    Ok(())
}
