//! The audit log, newest first.

use crate::conditions::Conditions;
use crate::listing::{Cursor, Reading, Window, descending};
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
    /// Under which address or name.
    pub actor: Option<String>,
    /// By which request.
    pub request_id: Option<String>,
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

/// A stretch of the list.
pub async fn list(connection: &mut Connection, filter: &Filter, window: &Window) -> Result<Vec<Item>> {
    let Reading { sign, order } = descending(&window.place);
    let mut conditions = Conditions::default();

    conditions.only_if("action = {}", filter.action.as_deref());
    conditions.only_if("subject_type = {}", filter.subject_type.as_deref());
    conditions.only_if("subject_id = {}", filter.subject_id);
    conditions.only_if("user_id = {}", filter.user_id);
    conditions.only_if("actor = {}", filter.actor.as_deref());
    conditions.only_if("request_id = {}", filter.request_id.as_deref());
    conditions.only_if("created_at >= {}", window.from);
    conditions.only_if("created_at <= {}", window.to);

    if let Some(Cursor { at, id }) = window.place.row() {
        let (at, id) = (conditions.bind(at), conditions.bind(id));
        conditions.only(format!("(created_at, id) {sign} ({at}, {id})"));
    }

    let sql = format!(
        "SELECT id, seq, user_id, actor, host(address) AS address, action, subject_type, subject_id, before, after,
             request_id, created_at
         FROM audit_log WHERE {} ORDER BY created_at {order}, id {order} LIMIT {}",
        conditions.sql(),
        window.limit
    );

    conditions.bound(sql).load(connection).await
}
