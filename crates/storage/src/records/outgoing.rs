//! Reading records for a push, each beside its link, in one statement; deleted rows by their tombstones.

use super::tombstones::gone;
use super::walk::Selection;
use crate::entities::Descriptor;
use crate::prepared::Prepare;
use crate::runs::chunks::Stretch;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// A record as a push needs it.
#[derive(Debug, QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a row and its link")]
pub struct Outgoing {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its change position, which is also the version that the partner sees.
    #[diesel(sql_type = BigInt)]
    pub changed_xid: i64,
    /// Whether it is deleted here.
    #[diesel(sql_type = Bool)]
    pub deleted: bool,
    /// The mapped columns as JSON text, digits kept.
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
    pub held_fields: Option<String>,
    /// Whether Geniacs has deleted it.
    #[diesel(sql_type = Bool)]
    pub deleted_there: bool,
    /// Whether a run saw a change of Geniacs' and left it out.
    #[diesel(sql_type = Bool)]
    pub passed_over: bool,
    /// When this was read, microseconds since 1970.
    #[diesel(sql_type = BigInt)]
    pub read_at: i64,
    /// When the link last learned something.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub synced_at: Option<DateTime<Utc>>,
    /// Whether an earlier request for it had no known outcome.
    #[diesel(sql_type = Bool)]
    pub unconfirmed: bool,
    /// What that request sent, canonical text.
    #[diesel(sql_type = Nullable<Text>)]
    pub sent_before: Option<String>,
    /// Whether a conflict holds it back.
    #[diesel(sql_type = Bool)]
    pub held: bool,
}

const READ_AT: &str = "(extract(epoch FROM geniacs_now()) * 1000000)::bigint AS read_at";

/// A deleted record matters only while Geniacs has it, or may have it.
pub(super) const STILL_THERE: &str = "(l.geniacs_id IS NOT NULL OR l.unconfirmed) AND l.deleted_version IS NULL";

/// Statements that read rows `t` with their links, of the table and of the tombstones; `$1` is the integration, and
/// `narrowed` a condition, given the status of such a row.
fn select<'a>(
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str>,
    deletions: bool,
    narrowed: impl Fn(&str) -> String,
) -> String {
    let fields = descriptor.json_of(columns);
    let (table, status) = (descriptor.table, descriptor.status());

    if descriptor.append_only {
        // No links; what came from Geniacs is there already.
        // `$1 = $1`: the caller gives the integration to either form of the statement.
        return format!(
            "SELECT t.id, t.changed_xid::text::bigint AS changed_xid, false AS deleted, {fields}::text AS fields,
                 NULL::text AS geniacs_id, NULL::bytea AS content_hash, NULL::text AS agreed, NULL::text AS held_fields,
                 false AS deleted_there, false AS passed_over, {READ_AT}, NULL::timestamptz AS synced_at, false AS unconfirmed,
                 NULL::text AS sent_before, false AS held
             FROM {table} t WHERE $1 = $1 AND t.deleted_at IS NULL AND t.{} IS NULL AND {} ORDER BY t.id",
            descriptor.geniacs_id_column,
            narrowed(status)
        );
    }

    let read = |source: &str, deleted: &str, fields: &str| {
        format!(
            // `+ 0`: only the index that begins with the record fits, not the one of all conflicts that are open.
            "SELECT t.id, t.changed_xid::text::bigint AS changed_xid, {deleted} AS deleted,
                 {fields}::text AS fields, l.geniacs_id, l.content_hash, l.agreed::text AS agreed, l.held::text AS held_fields,
                 l.deleted_version IS NOT NULL AS deleted_there, coalesce(l.passed_over, false) AS passed_over, {READ_AT},
                 l.last_synced_at AS synced_at, coalesce(l.unconfirmed, false) AS unconfirmed,
                 CASE WHEN l.unconfirmed THEN l.sending::text END AS sent_before,
                 (SELECT c.id FROM conflicts c WHERE c.local_id = t.id AND c.integration_id + 0 = $1
                      AND c.entity_type = '{0}'::entity_type AND c.state <> 'resolved' LIMIT 1) IS NOT NULL AS held
             FROM {source} t LEFT JOIN LATERAL (
                 SELECT * FROM record_links l WHERE l.integration_id = $1 AND l.entity_type = '{0}'::entity_type
                     AND l.local_id = t.id LIMIT 1) l ON true",
            descriptor.entity
        )
    };

    let worth = if deletions {
        format!("(t.deleted_at IS NULL OR ({STILL_THERE}))")
    } else {
        "t.deleted_at IS NULL".to_owned()
    };
    let rows = format!("{} WHERE {worth} AND {}", read(table, "t.deleted_at IS NOT NULL", &fields), narrowed(status));

    // A row that was made anew under the same id speaks for itself.
    let still_gone = format!("(SELECT r.id FROM {table} r WHERE r.id = t.id LIMIT 1) IS NULL");
    let gone = gone(descriptor).filter(|_| deletions).map(|gone| {
        let tombstones = read(&gone, "true", "'{}'");
        format!(" UNION ALL {tombstones} WHERE {STILL_THERE} AND {still_gone} AND {}", narrowed("NULL"))
    });

    format!("{rows}{} ORDER BY id", gone.unwrap_or_default())
}

/// Reads a stretch in its order.
pub async fn read_stretch<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str>,
    integration_id: i64,
    selection: &Selection,
    stretch: Stretch,
) -> Result<Vec<Outgoing>> {
    let range = match (selection.by_change, stretch.after.0 == stretch.upto.0) {
        // An index scan does not end at the second column of a row comparison: it would pass over all the rest that one
        // transaction has changed.
        (true, true) => "t.changed_xid = $2::text::xid8 AND $2 = $4 AND t.id > $3 AND t.id <= $5",
        (true, false) => {
            "(t.changed_xid, t.id) > ($2::text::xid8, $3) AND (t.changed_xid, t.id) <= ($4::text::xid8, $5)"
        }
        (false, _) => "$2 = $4 AND t.id > $3 AND t.id <= $5",
    };

    let sql = select(descriptor, columns, selection.deletions, |status| {
        format!("{range} AND ($6::timestamptz IS NULL OR t.updated_at >= $6) AND ($7::text IS NULL OR {status} = $7)")
    });

    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<BigInt, _>(stretch.after.0)
        .bind::<BigInt, _>(stretch.after.1)
        .bind::<BigInt, _>(stretch.upto.0)
        .bind::<BigInt, _>(stretch.upto.1)
        .bind::<Nullable<Timestamptz>, _>(selection.updated_since)
        .bind::<Nullable<Text>, _>(selection.status.as_deref())
        .prepared()
        .load(connection)
        .await
}

/// Reads named records by id.
pub async fn read_named<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str>,
    integration_id: i64,
    ids: &[i64],
) -> Result<Vec<Outgoing>> {
    let sql = select(descriptor, columns, true, |_| "t.id = ANY ($2)".to_owned());
    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<BigInt>, _>(ids)
        .prepared()
        .load(connection)
        .await
}

/// Of how many rows that changed last those with a link are looked for.
const NEWEST_LOOKED_AT: i64 = 1_000;

/// The ids of the rows that changed last, newest first; with an integration only those that Geniacs has, as far as its
/// newest thousand go.
pub async fn newest(
    connection: &mut Connection,
    descriptor: &Descriptor,
    linked: Option<i64>,
    limit: i64,
) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }

    let Descriptor { entity, table, .. } = descriptor;
    // Written out: with a number that it does not know, the planner would rather sort the table.
    let looked_at = if linked.is_some() { NEWEST_LOOKED_AT } else { limit };
    let sql = format!(
        "SELECT t.id FROM (SELECT id, updated_at FROM {table} WHERE deleted_at IS NULL
             ORDER BY updated_at DESC, id DESC LIMIT {looked_at}) t
         WHERE $1::bigint IS NULL OR (SELECT l.local_id FROM record_links l WHERE l.local_id = t.id AND l.integration_id = $1
             AND l.entity_type = '{entity}'::entity_type AND l.agreed IS NOT NULL LIMIT 1) IS NOT NULL
         ORDER BY t.updated_at DESC, t.id DESC LIMIT $2"
    );

    let query = diesel::sql_query(sql).bind::<Nullable<BigInt>, _>(linked).bind::<BigInt, _>(limit);
    let rows: Vec<Row> = query.load(connection).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The same as [`store_geniacs_ids`], but for rows that another transaction holds: those are not waited for. Returns their
/// ids.
pub async fn copy_geniacs_ids(
    connection: &mut Connection,
    descriptor: &Descriptor,
    ids: &[i64],
    geniacs_ids: &[&str],
) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }

    if ids.is_empty() {
        return Ok(Vec::new());
    }

    let sql = format!(
        "WITH differing AS MATERIALIZED (
             SELECT u.id, u.geniacs_id FROM unnest($1, $2) AS u (id, geniacs_id) CROSS JOIN LATERAL (
                 SELECT t.id FROM {table} t WHERE t.id = u.id AND t.{column} IS DISTINCT FROM u.geniacs_id LIMIT 1) t
         ), free AS MATERIALIZED (
             SELECT d.id, d.geniacs_id FROM differing d CROSS JOIN LATERAL (
                 SELECT t.id FROM {table} t WHERE t.id = d.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) t
         ), copied AS (
             UPDATE {table} t SET {column} = f.geniacs_id FROM free f WHERE t.id = f.id
         )
         SELECT d.id FROM differing d LEFT JOIN free f ON f.id = d.id WHERE f.id IS NULL",
        table = descriptor.table,
        column = descriptor.geniacs_id_column
    );

    let held: Vec<Held> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Text>, _>(geniacs_ids)
        .prepared()
        .load(connection)
        .await?;

    Ok(held.into_iter().map(|row| row.id).collect())
}

/// Copies Geniacs ids into the provider's table, for people and queries. It is not a change.
pub async fn store_geniacs_ids(
    connection: &mut Connection,
    descriptor: &Descriptor,
    ids: &[i64],
    geniacs_ids: &[&str],
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }

    let sql = format!(
        "UPDATE {} t SET {column} = u.geniacs_id FROM unnest($1, $2) AS u (id, geniacs_id)
         WHERE t.id = ANY ($1) AND t.id = u.id AND t.{column} IS DISTINCT FROM u.geniacs_id",
        descriptor.table,
        column = descriptor.geniacs_id_column
    );

    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Text>, _>(geniacs_ids)
        .prepared()
        .execute(connection)
        .await?;
    Ok(())
}
