//! What pushes note in links: what is about to be sent, and what Geniacs confirmed.

use crate::entities::{Descriptor, descriptor};
use crate::prepared::Prepare;
use crate::records::links::LocalId;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use serde_json::{Map, Value, json};

/// What a push learned about one record.
#[derive(Debug, Clone, Default)]
pub struct Confirmed<'a> {
    /// The local id.
    pub local_id: i64,
    /// The Geniacs id, unless the answer did not tell it.
    pub geniacs_id: Option<&'a str>,
    /// The hash of what the local side held when it was sent; none for a deletion.
    pub content_hash: Option<&'a [u8]>,
    /// What was sent: canonical text.
    pub agreed: Option<&'a str>,
    /// Where the local side held something else; see `reconcile::Kept`.
    pub held: Option<&'a str>,
    /// When the request was sent, or somewhat earlier, microseconds since 1970: how new that is.
    pub sent_at: i64,
    /// The fields that it changed at Geniacs; none: all of them, or nobody knows. What was merely sent along is as old as
    /// before.
    pub changed: Option<&'a [String]>,
    /// What Geniacs may have held until then of the fields for which it was sent something else: a list of values for each.
    pub replaced: Option<&'a Map<String, Value>>,
    /// Whether Geniacs may have held the record before.
    pub was_there: bool,
    /// The change position of the row that was sent; 0 where there is none.
    pub changed_xid: i64,
    /// Whether it was deleted at Geniacs.
    pub deleted: bool,
}

impl Confirmed<'_> {
    /// How new the whole record is by this.
    const fn record_version(&self) -> i64 {
        if self.changed.is_none() { self.sent_at } else { 0 }
    }

    /// How new single fields are by this, what it has replaced, and between which moments Geniacs took the whole record, as
    /// `reconcile::Versions` reads it. The later one of them is not known yet.
    fn field_versions(&self) -> Value {
        let changed = self.changed.unwrap_or_default().iter().map(|name| (name.clone(), json!([self.sent_at, 0])));
        let replaced =
            |(name, values): (&String, &Value)| (format!("  replaced {name}"), json!([self.sent_at, null, values]));
        let replaced = self.replaced.into_iter().flatten().map(replaced);
        let pushed = json!([null, self.sent_at, !self.was_there]);
        let pushed = (!self.deleted).then(|| ("  pushed".to_owned(), pushed));
        Value::Object(changed.chain(replaced).chain(pushed).collect())
    }
}

/// Stores what Geniacs confirmed. Returns the local ids that were stored: one is missing where its Geniacs id belongs
/// to another record already.
pub async fn confirm(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[Confirmed<'_>],
) -> Result<Vec<i64>> {
    let rows: Vec<LocalId> = diesel::sql_query(include_str!("pushed.confirm.sql"))
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.local_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.geniacs_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Binary>>, _>(records.iter().map(|r| r.content_hash).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.agreed).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.held).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(records.iter().map(Confirmed::record_version).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(records.iter().map(Confirmed::field_versions).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.changed_xid).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(records.iter().map(|r| r.deleted).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await?;

    Ok(rows.into_iter().map(|r| r.local_id).collect())
}

/// What a link has learned since it was read.
#[derive(Debug, Clone, QueryableByName)]
pub struct Learned {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub local_id: i64,
    /// What Geniacs said or confirmed last of each field: canonical text.
    #[diesel(sql_type = Nullable<Text>)]
    pub agreed: Option<String>,
    /// Where the local side held something else; see `reconcile::Kept`.
    #[diesel(sql_type = Nullable<Text>)]
    pub held: Option<String>,
}

/// Locks links, given when each had last learned something as it was read, and tells what those keep that have learned
/// something since.
pub async fn learned_since(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[(i64, Option<DateTime<Utc>>)],
) -> Result<Vec<Learned>> {
    let (local_ids, synced_at): (Vec<i64>, Vec<_>) = records.iter().copied().unzip();

    diesel::sql_query(
        "WITH locked AS MATERIALIZED (
             SELECT l.local_id, l.agreed, l.held, l.last_synced_at FROM record_links l WHERE l.local_id = ANY ($3)
                 AND l.integration_id = $1 AND l.entity_type = $2::entity_type ORDER BY l.local_id FOR NO KEY UPDATE
         )
         SELECT l.local_id, l.agreed::text AS agreed, l.held::text AS held
         FROM locked l JOIN unnest($3, $4) AS u (local_id, synced_at) USING (local_id)
         WHERE l.last_synced_at IS DISTINCT FROM u.synced_at",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<Text, _>(entity.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .bind::<Array<Nullable<Timestamptz>>, _>(synced_at)
    .prepared()
    .load(connection)
    .await
}

/// A record that is about to be sent, as it was read.
#[derive(Debug, Clone)]
pub struct Sending<'a> {
    /// The local id.
    pub local_id: i64,
    /// Its fields as they will be sent: canonical text; none for a deletion.
    pub fields: Option<&'a str>,
    /// The change position of its row.
    pub changed_xid: i64,
    /// When its link had last learned something.
    pub synced_at: Option<DateTime<Utc>>,
}

/// Which records may be sent as they were read.
#[derive(Debug, Clone, QueryableByName)]
pub struct Unchanged {
    /// The moment, by the database's clock in microseconds since 1970.
    #[diesel(sql_type = BigInt)]
    pub at: i64,
    /// Those whose row and link have not changed since they were read.
    #[diesel(sql_type = Array<BigInt>)]
    pub local_ids: Vec<i64>,
}

/// The statement of [`note_sending`].
pub(crate) fn note_sending_sql(entity: EntityType) -> String {
    format!(include_str!("pushed.note_sending.sql"), table = descriptor(entity).table)
}

/// Notes in the links of records what is about to be sent, and that it has no answer, where neither the row nor the link has
/// changed since they were read. From then on, an echo of the request can be told from news. It has to be committed before
/// the request begins.
pub async fn note_sending(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    records: &[Sending<'_>],
) -> Result<Unchanged> {
    // The lock comes first, in the order of all others. Then the update sees what others have committed meanwhile.
    let sql = note_sending_sql(entity);
    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(entity.as_str())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.local_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(records.iter().map(|r| r.fields).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(records.iter().map(|r| r.changed_xid).collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamptz>>, _>(records.iter().map(|r| r.synced_at).collect::<Vec<_>>())
        .prepared()
        .get_result(connection)
        .await
}

/// Most rows of a circle.
const LONGEST_CIRCLE: i32 = 32;

/// The statement of [`exchanging`].
pub(crate) fn exchanging_sql(descriptor: &Descriptor, key: &str) -> String {
    format!(
        include_str!("pushed.exchanging.sql"),
        key = key,
        LONGEST_CIRCLE = LONGEST_CIRCLE,
        entity = descriptor.entity,
        table = descriptor.table
    )
}

/// Those of these records whose natural keys change hands in a circle: the row that has a record's former key now is to give
/// up its own, and so on, until one gives up the key that the record is to get.
pub async fn exchanging(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    key_field: &str,
    local_ids: &[i64],
) -> Result<Vec<i64>> {
    let Some(key) = descriptor.natural_key.filter(|_| !local_ids.is_empty()) else { return Ok(Vec::new()) };

    // Each step is one probe of the unique index of the keys, and one of the links'.
    let sql = exchanging_sql(descriptor, key);
    let rows: Vec<LocalId> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Text, _>(key_field)
        .bind::<Array<BigInt>, _>(local_ids)
        .prepared()
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|row| row.local_id).collect())
}
