//! Values that are sealed under the key ring: where they are, which keys they need, and sealing them anew.
//!
//! [`ALL`] is the one list of them. A new sealed column is one more line there.

use crate::notifications::rules;
use crate::partners::integrations;
use crate::people::audit;
use crate::webhooks::webhook_secrets;
use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;

/// A column of sealed values, in a table whose primary key is a bigint `id`. Null and empty ones are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table, as the database spells it.
    pub table: &'static str,
    /// The column, as the database spells it.
    pub column: &'static str,
}

impl SealedColumn {
    const fn new(table: &'static str, column: &'static str) -> Self {
        Self { table, column }
    }
}

const API_KEY: SealedColumn = SealedColumn::new(integrations::TABLE, integrations::API_KEY_COLUMN);
const API_SECRET: SealedColumn = SealedColumn::new(integrations::TABLE, integrations::API_SECRET_COLUMN);
const WEBHOOK_SECRET: SealedColumn = SealedColumn::new(integrations::TABLE, integrations::WEBHOOK_SECRET_COLUMN);
const PREVIOUS_WEBHOOK_SECRET: SealedColumn = SealedColumn::new(integrations::TABLE, webhook_secrets::PREVIOUS_COLUMN);
const SIGNING_SECRET: SealedColumn = SealedColumn::new(rules::TABLE, rules::SIGNING_SECRET_COLUMN);
const AUDIT_KEY: SealedColumn = SealedColumn::new(audit::TABLE, audit::KEY_COLUMN);

/// Every sealed column there is: what the gateway opens, and what is sealed anew when the keys rotate.
pub const ALL: &[SealedColumn] =
    &[API_KEY, API_SECRET, WEBHOOK_SECRET, PREVIOUS_WEBHOOK_SECRET, SIGNING_SECRET, AUDIT_KEY];

/// What calls to partners need.
pub const CREDENTIALS: &[SealedColumn] = &[API_KEY, API_SECRET];

/// What verifying webhooks needs.
pub const WEBHOOK_SECRETS: &[SealedColumn] = &[WEBHOOK_SECRET, PREVIOUS_WEBHOOK_SECRET];

/// How many values of a column a key has sealed.
#[derive(Debug, Clone, PartialEq, Eq, diesel::QueryableByName)]
pub struct KeyUse {
    /// The table.
    #[diesel(sql_type = Text)]
    pub table_name: String,
    /// The column.
    #[diesel(sql_type = Text)]
    pub column_name: String,
    /// The key; none for values that are not sealed.
    #[diesel(sql_type = Nullable<Text>)]
    pub key_id: Option<String>,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub values: i64,
}

/// A sealed value.
#[derive(Debug, Clone, PartialEq, Eq, diesel::QueryableByName)]
pub struct SealedValue {
    /// The row.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// As it lies there.
    #[diesel(sql_type = Text)]
    pub sealed: String,
}

/// The key id in the text of a sealed value, `v1.<key id>.<…>`.
const KEY_ID: &str = r"substring(sealed FROM '^v1\.([A-Za-z0-9_-]{1,32})\.')";

/// Which keys have sealed the values of these columns, and how many each.
pub async fn keys_in_use(connection: &mut Connection, columns: &[SealedColumn]) -> Result<Vec<KeyUse>> {
    let values = |SealedColumn { table, column }: &SealedColumn| {
        format!("SELECT '{table}' AS table_name, '{column}' AS column_name, {column} AS sealed FROM {table}")
    };
    let values: Vec<String> = columns.iter().map(values).collect();

    let sql = format!(
        "SELECT table_name, column_name, {KEY_ID} AS key_id, count(*) AS values FROM ({}) AS v (table_name, column_name, sealed)
         WHERE sealed <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        values.join(" UNION ALL ")
    );
    diesel::sql_query(sql).load(connection).await
}

/// The ids of the keys that have sealed the values of these columns.
pub async fn key_ids(connection: &mut Connection, columns: &[SealedColumn]) -> Result<Vec<String>> {
    let used = keys_in_use(connection, columns).await?;
    let mut ids: Vec<String> = used.into_iter().filter_map(|used| used.key_id).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The next values of a column, by id.
pub async fn page(
    connection: &mut Connection,
    SealedColumn { table, column }: SealedColumn,
    after: i64,
    limit: i64,
) -> Result<Vec<SealedValue>> {
    let sql =
        format!("SELECT id, {column} AS sealed FROM {table} WHERE id > $1 AND {column} <> '' ORDER BY id LIMIT $2");
    diesel::sql_query(sql).bind::<BigInt, _>(after).bind::<BigInt, _>(limit).load(connection).await
}

/// The next values of a column, by id, that another key than `key_id` has sealed, locked until the transaction ends.
/// One that was just replaced is as it is now: the lock looks again.
pub async fn lock_others(
    connection: &mut Connection,
    SealedColumn { table, column }: SealedColumn,
    key_id: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<SealedValue>> {
    let sql = format!(
        "SELECT id, {column} AS sealed FROM {table}
         WHERE id > $1 AND {column} <> '' AND NOT starts_with({column}, 'v1.' || $2 || '.')
         ORDER BY id LIMIT $3 FOR NO KEY UPDATE"
    );
    let query = diesel::sql_query(sql).bind::<BigInt, _>(after).bind::<Text, _>(key_id).bind::<BigInt, _>(limit);
    query.load(connection).await
}

/// Puts values in the place of those that were read: `(id, as it was read, sealed anew)`. What is not as it was read any
/// more stays. Returns how many were replaced.
pub async fn replace(
    connection: &mut Connection,
    SealedColumn { table, column }: SealedColumn,
    values: &[(i64, String, String)],
) -> Result<usize> {
    let ids: Vec<i64> = values.iter().map(|(id, _, _)| *id).collect();
    let read: Vec<&str> = values.iter().map(|(_, read, _)| read.as_str()).collect();
    let new: Vec<&str> = values.iter().map(|(_, _, new)| new.as_str()).collect();

    let sql = format!(
        "UPDATE {table} t SET {column} = v.new FROM unnest($1, $2, $3) AS v (id, read, new)
         WHERE t.id = v.id AND t.{column} = v.read"
    );

    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Text>, _>(read)
        .bind::<Array<Text>, _>(new)
        .execute(connection)
        .await
}
