//! Matching and writing records that come from Geniacs, a whole page in each statement.

use crate::entities::{Column, Descriptor};
use crate::json::Object;
use crate::prepared::Prepare;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// What a record from Geniacs may be found by.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Its Geniacs id.
    pub geniacs_id: &'a str,
    /// The local id that Geniacs keeps for it.
    pub external_id: Option<i64>,
    /// The value of the natural key, if it is mapped.
    pub natural_key: Option<&'a str>,
}

/// The statement of [`match_incoming`].
pub(crate) fn match_incoming_sql(descriptor: &Descriptor, key: &str) -> String {
    format!(
        include_str!("incoming.match_incoming.sql"),
        key = key,
        entity = descriptor.entity,
        table = descriptor.table
    )
}

/// Finds the local rows of records: by link, then by `external_id`, then by the natural key; the latter two only where
/// the row has no other link. The answer is in the order asked, none where there is no row, or nothing links the entity.
pub async fn match_incoming(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    candidates: &[Candidate<'_>],
) -> Result<Vec<Option<i64>>> {
    let Some(key) = descriptor.natural_key else { return Ok(vec![None; candidates.len()]) };

    // Each look-up is a subquery with a limit: one index probe per record whatever the planner's statistics say.
    let sql = match_incoming_sql(descriptor, key);
    let rows: Vec<MaybeId> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<Text>, _>(candidates.iter().map(|c| c.geniacs_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(candidates.iter().map(|c| c.external_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(candidates.iter().map(|c| c.natural_key).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await?;

    Ok(rows.into_iter().map(|r| r.id).collect())
}

/// A local row, locked, beside its link.
#[derive(Debug, Clone, QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a row and its link")]
pub struct Locked {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whether it is deleted here.
    #[diesel(sql_type = Bool)]
    pub deleted: bool,
    /// The mapped columns as JSON text.
    #[diesel(sql_type = Text)]
    pub fields: String,
    /// The Geniacs id of its link.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// What Geniacs said or confirmed last of each field, canonical text.
    #[diesel(sql_type = Nullable<Text>)]
    pub agreed: Option<String>,
    /// Where the local side held something else; see `reconcile::Kept`.
    #[diesel(sql_type = Nullable<Text>)]
    pub held: Option<String>,
    /// What a push is sending, or sent without an answer.
    #[diesel(sql_type = Nullable<Text>)]
    pub sending: Option<String>,
    /// Whether the row has not changed since it was in step with what is kept, and holds all of it as it was said.
    #[diesel(sql_type = Bool)]
    pub in_step: bool,
    /// When the link last learned something, microseconds since 1970.
    #[diesel(sql_type = BigInt)]
    pub synced_at: i64,
    /// Whether a run saw a change of Geniacs' and left it out.
    #[diesel(sql_type = Bool)]
    pub passed_over: bool,
    /// The version of the whole record that was last applied, microseconds.
    #[diesel(sql_type = BigInt)]
    pub record_version: i64,
    /// Versions of fields that something newer has touched.
    #[diesel(sql_type = Jsonb)]
    pub field_versions: serde_json::Value,
    /// The version at which Geniacs deleted it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub deleted_version: Option<i64>,
    /// When the local side last changed it, microseconds since 1970; writes of what came from Geniacs do not count.
    #[diesel(sql_type = BigInt)]
    pub changed_at: i64,
    /// Whether the row was last written with what came from Geniacs.
    #[diesel(sql_type = Bool)]
    pub written_last: bool,
    /// The conflict that holds it back: `{"fields", "state", "resolution", "decision"}`.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub conflict: Option<serde_json::Value>,
}

/// The statement of [`lock`].
pub(crate) fn lock_sql(descriptor: &Descriptor, json: &str) -> String {
    format!(include_str!("incoming.lock.sql"), table = descriptor.table, json = json, entity = descriptor.entity)
}

/// Locks rows by id, in the order of their ids, and reads them with their links.
pub async fn lock<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str>,
    integration_id: i64,
    ids: &[i64],
) -> Result<Vec<Locked>> {
    // `+ 0`: only the index that begins with the record fits, not the one of all conflicts that are open.
    let sql = lock_sql(descriptor, &descriptor.json_of(columns));
    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<BigInt>, _>(ids)
        .prepared()
        .load(connection)
        .await
}

/// A row to be made.
#[derive(Debug, Clone)]
pub struct Insert {
    /// The Geniacs id.
    pub geniacs_id: String,
    /// Columns and their values.
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// A row to be changed.
#[derive(Debug, Clone)]
pub struct Update {
    /// The local id.
    pub id: i64,
    /// Columns that change, and their new values.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// Whether it is to be brought back from deletion.
    pub restore: bool,
}

/// A row as it is after the write.
#[derive(Debug, QueryableByName)]
pub struct Written {
    /// The local id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The mapped columns as JSON text, as the database keeps them.
    #[diesel(sql_type = Text)]
    pub fields: String,
    /// Its change time.
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
}

/// Makes rows and returns them in the order given. A code that a record lacks becomes `GEN-<id>`.
pub async fn insert<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str> + Clone,
    rows: &[Insert],
) -> Result<Vec<Written>> {
    let (targets, sources) = new_row(descriptor, columns.clone());
    // The inner SELECT looks the sequence up once, and not for each row.
    let sql = format!(
        "WITH numbered AS (
             SELECT nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass)) AS id, i.ord, i.geniacs_id, i.fields
             FROM unnest($1, $2) WITH ORDINALITY AS i (geniacs_id, fields, ord)
         ), made AS (
             INSERT INTO {table} AS t ({targets}) SELECT {sources}
             FROM numbered n, jsonb_populate_record(NULL::{table}, n.fields) r ORDER BY n.ord
             RETURNING t.id, {json}::text AS fields, t.updated_at
         )
         SELECT made.id, made.fields, made.updated_at FROM made JOIN numbered n USING (id) ORDER BY n.ord",
        table = descriptor.table,
        json = descriptor.json_of(columns),
    );

    diesel::sql_query(sql)
        .bind::<Array<Text>, _>(rows.iter().map(|r| r.geniacs_id.as_str()).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(rows.iter().map(|r| Object(&r.fields)).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await
}

/// The columns of a new row, and the expressions over `n` (its id) and `r` (its fields) that fill them.
fn new_row<'a>(descriptor: &Descriptor, columns: impl Iterator<Item = &'a str>) -> (String, String) {
    let code = descriptor.code.and_then(|name| descriptor.column(name));
    let mapped = columns.filter_map(|n| descriptor.column(n)).filter(|c| Some(c.name) != descriptor.code).chain(code);
    let filled = mapped.map(|column| {
        let name = column.name;
        let source =
            column.default.map_or_else(|| format!("r.{name}"), |default| format!("coalesce(r.{name}, {default})"));
        (name.to_owned(), source)
    });

    let ids = [("id", "n.id"), (descriptor.geniacs_id_column, "n.geniacs_id")];
    let ids = ids.map(|(target, source)| (target.to_owned(), source.to_owned()));

    let (targets, sources): (Vec<_>, Vec<_>) = ids.into_iter().chain(filled).unzip();
    (targets.join(", "), sources.join(", "))
}

/// Adds records that are only ever added, and tells for each whether it was new; one that is there already stays.
pub async fn append<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str>,
    rows: &[Insert],
) -> Result<Vec<bool>> {
    let (targets, sources) = new_row(descriptor, columns);
    let sql = format!(
        "WITH numbered AS (
             SELECT nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass)) AS id, i.ord, i.geniacs_id, i.fields
             FROM unnest($1, $2) WITH ORDINALITY AS i (geniacs_id, fields, ord)
         ), made AS (
             INSERT INTO {table} ({targets}) SELECT {sources}
             FROM numbered n, jsonb_populate_record(NULL::{table}, n.fields) r ORDER BY n.ord
             ON CONFLICT DO NOTHING RETURNING id
         )
         SELECT made.id IS NOT NULL AS is_new FROM numbered n LEFT JOIN made USING (id) ORDER BY n.ord",
        table = descriptor.table,
    );

    let made: Vec<Appended> = diesel::sql_query(sql)
        .bind::<Array<Text>, _>(rows.iter().map(|r| r.geniacs_id.as_str()).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(rows.iter().map(|r| Object(&r.fields)).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await?;

    Ok(made.into_iter().map(|row| row.is_new).collect())
}

/// Changes rows, and only the columns that each names. The rows are locked already.
pub async fn update<'a>(
    connection: &mut Connection,
    descriptor: &Descriptor,
    columns: impl Iterator<Item = &'a str> + Clone,
    rows: &[Update],
) -> Result<Vec<Written>> {
    let mapped: Vec<_> = columns.clone().filter_map(|n| descriptor.column(n)).collect();
    let mut targets: Vec<&str> = mapped.iter().map(|c| c.name).collect();
    targets.push("deleted_at");

    // A column that refuses null keeps its value where a record has none.
    let source = |c: &Column| {
        if c.default.is_some() { format!("coalesce(r.{0}, t.{0})", c.name) } else { format!("r.{}", c.name) }
    };

    let mut sources: Vec<String> = mapped.iter().map(|c| source(c)).collect();
    sources.push("CASE WHEN u.restore THEN NULL ELSE r.deleted_at END".to_owned());

    let sql = format!(
        "UPDATE {table} t SET ({targets}) = (SELECT {sources} FROM jsonb_populate_record(t, u.fields) r)
         FROM unnest($1, $2, $3) AS u (id, fields, restore) WHERE t.id = ANY ($1) AND t.id = u.id
         RETURNING t.id, {json}::text AS fields, t.updated_at",
        table = descriptor.table,
        targets = targets.join(", "),
        sources = sources.join(", "),
        json = descriptor.json_of(columns),
    );

    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(rows.iter().map(|r| r.id).collect::<Vec<_>>())
        .bind::<Array<Jsonb>, _>(rows.iter().map(|r| Object(&r.fields)).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(rows.iter().map(|r| r.restore).collect::<Vec<_>>())
        .prepared()
        .load(connection)
        .await
}

/// Takes out of rows what they hold in a unique index and what their updates replace, so that others can take it in the
/// same transaction. False where that cannot be done: the rows hold nothing there that they give up.
pub async fn let_go(
    connection: &mut Connection,
    descriptor: &Descriptor,
    index: &str,
    rows: &[Update],
) -> Result<bool> {
    let columns = indexed(connection, descriptor, index).await?;
    let given_up = |column: &&Indexed| {
        descriptor.column(&column.name).is_some() && rows.iter().any(|row| row.fields.contains_key(&column.name))
    };

    // Null collides with nothing. Where there must be a text, one that is nobody else's will do.
    let column = columns.iter().filter(given_up).max_by_key(|column| column.nullable);
    let Some(Indexed { name, nullable, .. }) = column.filter(|column| column.nullable || column.is_text) else {
        return Ok(false);
    };

    let nobodys = if *nullable { "NULL" } else { "'~' || id" };
    let ids: Vec<i64> = rows.iter().filter(|row| row.fields.contains_key(name)).map(|row| row.id).collect();
    diesel::sql_query(format!("UPDATE {} SET {name} = {nobodys} WHERE id = ANY ($1)", descriptor.table))
        .bind::<Array<BigInt>, _>(ids)
        .execute(connection)
        .await?;

    Ok(true)
}

/// The columns of a unique index of the entity's table.
pub async fn unique_columns(connection: &mut Connection, descriptor: &Descriptor, index: &str) -> Result<Vec<String>> {
    Ok(indexed(connection, descriptor, index).await?.into_iter().map(|column| column.name).collect())
}

async fn indexed(connection: &mut Connection, descriptor: &Descriptor, index: &str) -> Result<Vec<Indexed>> {
    diesel::sql_query(
        "SELECT a.attname::text AS name, NOT a.attnotnull AS nullable,
             a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) AS is_text
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
         WHERE i.indrelid = $1::text::regclass AND c.relname = $2 AND i.indisunique",
    )
    .bind::<Text, _>(descriptor.table)
    .bind::<Text, _>(index)
    .load(connection)
    .await
}

/// Deletes rows softly. Returns how many were not deleted before.
pub async fn remove(connection: &mut Connection, descriptor: &Descriptor, ids: &[i64]) -> Result<usize> {
    let sql = format!(
        "UPDATE {} SET deleted_at = geniacs_now() WHERE id = ANY ($1) AND deleted_at IS NULL",
        descriptor.table
    );
    diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).prepared().execute(connection).await
}

/// A column of a unique index.
#[derive(QueryableByName)]
struct Indexed {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Bool)]
    is_text: bool,
}

#[derive(QueryableByName)]
struct Appended {
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

#[derive(QueryableByName)]
struct MaybeId {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
}
