//! The chain as it lies in the database.

use super::Entry;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::result::OptionalExtension as _;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// The chain's table, to whose one row the signing key is sealed.
pub const TABLE: &str = "audit_chain";
/// The column of the sealed signing key.
pub const KEY_COLUMN: &str = "key_encrypted";

/// An entry's columns as PostgreSQL writes them, in the order in which they are signed. `{}` stands before each.
const FIELDS: &str = "ARRAY[{}id::text, {}user_id::text, {}actor::text, {}address::text, {}action::text,
    {}subject_type::text, {}subject_id::text, {}before::text, {}after::text, {}request_id::text,
    (extract(epoch FROM {}created_at) * 1000000)::bigint::text]";

/// The place of the action among them.
const ACTION: usize = 4;

/// Where the chain begins and ends.
#[derive(Debug, Clone, QueryableByName)]
pub struct Head {
    /// Sealed; none before the first entry.
    #[diesel(sql_type = Nullable<Text>)]
    pub key_encrypted: Option<String>,
    /// The last entry's id before the chain began.
    #[diesel(sql_type = BigInt)]
    pub starts_after: i64,
    /// The last entry that retention took away.
    #[diesel(sql_type = BigInt)]
    pub anchor_seq: i64,
    /// Its signature.
    #[diesel(sql_type = Binary)]
    pub anchor_mac: Vec<u8>,
    /// The newest entry.
    #[diesel(sql_type = BigInt)]
    pub seq: i64,
    /// Its signature.
    #[diesel(sql_type = Binary)]
    pub mac: Vec<u8>,
    /// The signature of all that but the key.
    #[diesel(sql_type = Binary)]
    pub head_mac: Vec<u8>,
    /// Unsigned entries that were there when the chain began; none until that was looked up.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub older_entries: Option<i64>,
    /// The signature of that and `starts_after`.
    #[diesel(sql_type = Nullable<Binary>)]
    pub older_mac: Option<Vec<u8>>,
    /// Whether a chain has begun, as it is kept outside of this row.
    #[diesel(sql_type = Bool)]
    pub has_begun: bool,
    /// Whether this transaction wrote the row, so that the row may still be rolled back.
    #[diesel(sql_type = Bool)]
    pub is_uncommitted: bool,
}

impl Head {
    /// Whether the row is as it is made: no chain has begun, as far as the row says.
    pub fn is_blank(&self) -> bool {
        let has_no_macs = self.mac.is_empty() && self.anchor_mac.is_empty() && self.head_mac.is_empty();
        let has_no_numbers = (self.starts_after, self.anchor_seq, self.seq) == (0, 0, 0);
        self.key_encrypted.is_none() && has_no_macs && has_no_numbers
    }
}

/// An entry that has its number and its time, and no signature yet.
#[derive(Debug, Clone, QueryableByName)]
pub struct Draft {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    /// What is signed.
    #[diesel(sql_type = Array<Nullable<Text>>)]
    pub fields: Vec<Option<String>>,
}

/// An entry as it lies there.
#[derive(Debug, Clone, QueryableByName)]
pub struct Row {
    /// Its id, which grows.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its number in the chain.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub seq: Option<i64>,
    /// Its signature.
    #[diesel(sql_type = Nullable<Binary>)]
    pub mac: Option<Vec<u8>>,
    /// What was signed.
    #[diesel(sql_type = Array<Nullable<Text>>)]
    pub fields: Vec<Option<String>>,
    /// Whether it is older than [`stretch`] was asked for.
    #[diesel(sql_type = Bool)]
    pub is_old: bool,
}

impl Row {
    /// What was done.
    pub fn action(&self) -> Option<&str> {
        self.fields.get(ACTION)?.as_deref()
    }
}

const HEAD: &str = "SELECT key_encrypted, starts_after, anchor_seq, anchor_mac, seq, mac, head_mac, older_entries, older_mac,
        audit_chain_has_begun() AS has_begun, xmin::text = pg_current_xact_id_if_assigned()::xid::text IS TRUE AS is_uncommitted
    FROM audit_chain WHERE id = 1";

/// The chain's ends as they are now; none where somebody has deleted the row.
pub async fn head(connection: &mut Connection) -> Result<Option<Head>> {
    diesel::sql_query(HEAD).get_result(connection).await.optional()
}

/// The same, locked until the transaction ends.
pub async fn lock(connection: &mut Connection) -> Result<Option<Head>> {
    diesel::sql_query(format!("{HEAD} FOR UPDATE")).get_result(connection).await.optional()
}

/// Makes the row again, blank, where somebody has deleted it.
pub async fn make(connection: &mut Connection) -> Result<()> {
    diesel::sql_query("INSERT INTO audit_chain (id) VALUES (1) ON CONFLICT DO NOTHING").execute(connection).await?;
    Ok(())
}

/// What is in the log that no chain vouches for.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Unsigned {
    /// The newest entry's id, signed or not; 0 where there is none.
    #[diesel(sql_type = BigInt)]
    pub last_id: i64,
    /// The highest number that an entry has; 0 where none has one.
    #[diesel(sql_type = BigInt)]
    pub last_seq: i64,
    /// Entries without a signature.
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
}

/// Looks at the whole log: for the beginning of a chain only.
pub async fn unsigned(connection: &mut Connection) -> Result<Unsigned> {
    diesel::sql_query(
        "SELECT coalesce(max(id), 0) AS last_id, coalesce(max(seq), 0) AS last_seq,
             count(*) FILTER (WHERE seq IS NULL) AS entries FROM audit_log",
    )
    .get_result(connection)
    .await
}

/// Stores the signing key of a chain that begins after the entry with the id `starts_after`.
pub async fn start(connection: &mut Connection, key_encrypted: &str, starts_after: i64) -> Result<()> {
    diesel::sql_query("UPDATE audit_chain SET key_encrypted = $1, starts_after = $2 WHERE id = 1")
        .bind::<Text, _>(key_encrypted)
        .bind::<BigInt, _>(starts_after)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores how many unsigned entries there were when the chain began.
pub async fn note_older(connection: &mut Connection, entries: i64, mac: &[u8]) -> Result<()> {
    diesel::sql_query("UPDATE audit_chain SET older_entries = $1, older_mac = $2 WHERE id = 1")
        .bind::<BigInt, _>(entries)
        .bind::<Binary, _>(mac)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps outside of all tables that a chain has begun, at once and for good. The beginning must be committed.
pub async fn note_begun(connection: &mut Connection) -> Result<()> {
    diesel::sql_query("SELECT note_audit_chain_has_begun()").execute(connection).await?;
    Ok(())
}

/// Gives an entry its id and its time, and all of it as PostgreSQL will write it. The chain must be locked.
pub async fn draft(connection: &mut Connection, entry: &Entry<'_>) -> Result<Draft> {
    // `OFFSET 0`: the id and the time are drawn once, however often the statement names them.
    diesel::sql_query(format!(
        "SELECT e.id, e.created_at, {} AS fields
         FROM (SELECT nextval(pg_get_serial_sequence('audit_log', 'id')) AS id, $1 AS user_id, $2 AS actor,
             $3::inet AS address, $4 AS action, $5 AS subject_type, $6 AS subject_id, $7 AS before, $8 AS after,
             $9 AS request_id, geniacs_now() AS created_at OFFSET 0) e",
        FIELDS.replace("{}", "e.")
    ))
    .bind::<Nullable<BigInt>, _>(entry.user_id)
    .bind::<Text, _>(entry.actor)
    .bind::<Nullable<Text>, _>(entry.address.map(|a| a.to_string()))
    .bind::<Text, _>(entry.action)
    .bind::<Text, _>(entry.subject_type)
    .bind::<Nullable<BigInt>, _>(entry.subject_id)
    .bind::<Nullable<Jsonb>, _>(&entry.before)
    .bind::<Nullable<Jsonb>, _>(&entry.after)
    .bind::<Nullable<Text>, _>(entry.request_id)
    .get_result(connection)
    .await
}

/// Writes a signed entry, and the chain's new end.
pub async fn append(
    connection: &mut Connection,
    entry: &Entry<'_>,
    draft: &Draft,
    seq: i64,
    mac: &[u8],
    head_mac: &[u8],
) -> Result<()> {
    diesel::sql_query(
        "WITH head AS (UPDATE audit_chain SET seq = $11, mac = $12, head_mac = $13 WHERE id = 1)
         INSERT INTO audit_log (user_id, actor, address, action, subject_type, subject_id, before, after, request_id,
             created_at, seq, mac, id)
         VALUES ($1, $2, $3::inet, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)",
    )
    .bind::<Nullable<BigInt>, _>(entry.user_id)
    .bind::<Text, _>(entry.actor)
    .bind::<Nullable<Text>, _>(entry.address.map(|a| a.to_string()))
    .bind::<Text, _>(entry.action)
    .bind::<Text, _>(entry.subject_type)
    .bind::<Nullable<BigInt>, _>(entry.subject_id)
    .bind::<Nullable<Jsonb>, _>(&entry.before)
    .bind::<Nullable<Jsonb>, _>(&entry.after)
    .bind::<Nullable<Text>, _>(entry.request_id)
    .bind::<Timestamptz, _>(draft.created_at)
    .bind::<BigInt, _>(seq)
    .bind::<Binary, _>(mac)
    .bind::<Binary, _>(head_mac)
    .bind::<BigInt, _>(draft.id)
    .execute(connection)
    .await?;
    Ok(())
}

/// The next entries after an id, in their order; `is_old` those made more than `days` ago.
pub async fn stretch(connection: &mut Connection, after: i64, days: u32, limit: i64) -> Result<Vec<Row>> {
    diesel::sql_query(format!(
        "SELECT t.id, t.seq, t.mac, {} AS fields, t.created_at < geniacs_now() - make_interval(days => $2) AS is_old
         FROM audit_log t WHERE t.id > $1 ORDER BY t.id LIMIT $3",
        FIELDS.replace("{}", "t.")
    ))
    .bind::<BigInt, _>(after)
    .bind::<Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await
}

/// Deletes the entries up to an id, and notes in the chain what [`Head`] says of its beginning.
pub async fn prune(connection: &mut Connection, upto: i64, head: &Head) -> Result<usize> {
    diesel::sql_query("UPDATE audit_chain SET anchor_seq = $1, anchor_mac = $2, head_mac = $3 WHERE id = 1")
        .bind::<BigInt, _>(head.anchor_seq)
        .bind::<Binary, _>(&head.anchor_mac)
        .bind::<Binary, _>(&head.head_mac)
        .execute(connection)
        .await?;
    diesel::sql_query("DELETE FROM audit_log WHERE id <= $1").bind::<BigInt, _>(upto).execute(connection).await
}
