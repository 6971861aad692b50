//! The audit log, newest first.

use crate::listing::{Cursor, Window};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

/// What the list is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What was done.
    pub action: Option<String>,
    /// What kind of thing was changed.
    pub subject_type: Option<String>,
    /// Which one.
    pub subject_id: Option<i64>,
    /// Who did it.
    pub user_id: Option<i64>,
}

/// An entry.
#[derive(Debug, Clone, QueryableByName)]
pub struct Item {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its number in the chain; none if it is older.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub seq: Option<i64>,
    /// See [`super::Entry`], as for everything below.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// Who.
    #[diesel(sql_type = Text)]
    pub actor: String,
    /// From where.
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
    /// What was done.
    #[diesel(sql_type = Text)]
    pub action: String,
    /// To what kind of thing.
    #[diesel(sql_type = Text)]
    pub subject_type: String,
    /// Which one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub subject_id: Option<i64>,
    /// How it was.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub before: Option<serde_json::Value>,
    /// How it is.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub after: Option<serde_json::Value>,
    /// The request.
    #[diesel(sql_type = Nullable<Text>)]
    pub request_id: Option<String>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

impl Item {
    /// Its place in the list.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id }
    }
}

/// A stretch of the list. Statements are planned with their values, so that a filter that is not there costs nothing.
pub async fn list(connection: &mut Connection, filter: &Filter, window: &Window) -> Result<Vec<Item>> {
    diesel::sql_query(
        "SELECT id, seq, user_id, actor, host(address) AS address, action, subject_type, subject_id, before, after,
             request_id, created_at
         FROM audit_log
         WHERE ($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR subject_type = $2)
           AND ($3::bigint IS NULL OR subject_id = $3) AND ($4::bigint IS NULL OR user_id = $4)
           AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at <= $6)
           AND ($7::timestamptz IS NULL OR (created_at, id) < ($7, $8))
         ORDER BY created_at DESC, id DESC LIMIT $9",
    )
    .bind::<Nullable<Text>, _>(&filter.action)
    .bind::<Nullable<Text>, _>(&filter.subject_type)
    .bind::<Nullable<BigInt>, _>(filter.subject_id)
    .bind::<Nullable<BigInt>, _>(filter.user_id)
    .bind::<Nullable<Timestamptz>, _>(window.from)
    .bind::<Nullable<Timestamptz>, _>(window.to)
    .bind::<Nullable<Timestamptz>, _>(window.after.map(|after| after.at))
    .bind::<BigInt, _>(window.after.map_or(0, |after| after.id))
    .bind::<BigInt, _>(window.limit)
    .load(connection)
    .await
}
