//! Records as people look at them: each row beside its link.

use crate::entities::Descriptor;
use crate::listing::{Place, Reading, ascending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// A row beside its link.
#[derive(Debug, Clone, QueryableByName)]
pub struct Seen {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whether it is deleted here.
    #[diesel(sql_type = Bool)]
    pub deleted: bool,
    /// When it last changed.
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
    /// The mapped columns as JSON text.
    #[diesel(sql_type = Text)]
    pub fields: String,
    /// Its Geniacs id, if it has one.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// The hash of what the local side held when both sides last agreed.
    #[diesel(sql_type = Nullable<Binary>)]
    pub content_hash: Option<Vec<u8>>,
    /// What Geniacs said or confirmed last of each field, canonical text.
    #[diesel(sql_type = Nullable<Text>)]
    pub agreed: Option<String>,
    /// Where the local side held something else; see `reconcile::Kept`.
    #[diesel(sql_type = Nullable<Text>)]
    pub held: Option<String>,
    /// Whether Geniacs has deleted it.
    #[diesel(sql_type = Bool)]
    pub deleted_there: bool,
    /// Whether a request for it had no known outcome.
    #[diesel(sql_type = Bool)]
    pub unconfirmed: bool,
    /// When it was last sent or received.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_synced_at: Option<DateTime<Utc>>,
    /// The conflict that nobody has decided yet.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub conflict_id: Option<i64>,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Default)]
pub struct Inspection {
    /// Whose links stand beside them.
    pub integration_id: i64,
    /// Where they lie, in the order of their ids.
    pub place: Place<i64>,
    /// So many at most.
    pub limit: i64,
    /// Only rows among these.
    pub ids: Option<Vec<i64>>,
    /// Only rows in a conflict that is not resolved.
    pub in_conflict: bool,
}

/// How many rows a table has, or of these ids, up to `most`.
pub async fn count_listed(
    connection: &mut Connection,
    descriptor: &Descriptor,
    ids: Option<&[i64]>,
    most: i64,
) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    let among = if ids.is_some() { "t.id = ANY ($1)" } else { "$1::bigint[] IS NULL" };
    let sql =
        format!("SELECT count(*) AS n FROM (SELECT FROM {} t WHERE {among} LIMIT {most}) counted", descriptor.table);
    let counted: Counted =
        diesel::sql_query(sql).bind::<Nullable<Array<BigInt>>, _>(ids).get_result(connection).await?;
    Ok(counted.n)
}

/// Reads rows from the place on, the nearest first.
pub async fn inspect<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str>,
    what: &Inspection,
) -> Result<Vec<Seen>> {
    let Descriptor { entity, table, geniacs_id_column, .. } = descriptor;

    let link = if descriptor.append_only {
        // There are no links: what has a Geniacs id came from there.
        format!(
            "SELECT t.{geniacs_id_column}::text AS geniacs_id, NULL::bytea AS content_hash, NULL::json AS agreed, NULL::json AS held,
                 NULL::bigint AS deleted_version, false AS unconfirmed, NULL::timestamptz AS last_synced_at"
        )
    } else {
        format!(
            "SELECT l.geniacs_id, l.content_hash, l.agreed, l.held, l.deleted_version, l.unconfirmed, l.last_synced_at
             FROM record_links l WHERE l.integration_id = $1 AND l.entity_type = '{entity}'::entity_type
                 AND l.local_id = t.id LIMIT 1"
        )
    };

    let of_row = format!(
        "c.integration_id = $1 AND c.entity_type = '{entity}'::entity_type AND c.local_id = t.id AND c.state <> 'resolved'"
    );
    let conflict = if what.in_conflict {
        // From the few conflicts to their rows: from the rows, all of them would be looked at.
        format!("JOIN conflicts c ON {of_row}")
    } else {
        format!("LEFT JOIN LATERAL (SELECT c.id FROM conflicts c WHERE {of_row} LIMIT 1) c ON true")
    };

    let Reading { sign, order } = ascending(&what.place);
    let sql = format!(
        "SELECT t.id, t.deleted_at IS NOT NULL AS deleted, t.updated_at, {fields}::text AS fields, l.geniacs_id,
             l.content_hash, l.agreed::text AS agreed, l.held::text AS held, l.deleted_version IS NOT NULL AS deleted_there,
             coalesce(l.unconfirmed, false) AS unconfirmed, l.last_synced_at, c.id AS conflict_id
         FROM {table} t LEFT JOIN LATERAL ({link}) l ON true {conflict}
         WHERE ($2::bigint IS NULL OR t.id {sign} $2) AND {among}
         ORDER BY t.id {order} LIMIT $3",
        fields = descriptor.json_of(columns),
        among = if what.ids.is_some() { "t.id = ANY ($4)" } else { "$4::bigint[] IS NULL" },
    );

    diesel::sql_query(sql)
        .bind::<BigInt, _>(what.integration_id)
        .bind::<Nullable<BigInt>, _>(what.place.row())
        .bind::<BigInt, _>(what.limit)
        .bind::<Nullable<Array<BigInt>>, _>(what.ids.as_deref())
        .load(connection)
        .await
}
