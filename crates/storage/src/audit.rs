//! Who changed what: written by the transaction that makes the change, and never afterwards.

use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text};
use diesel_async::RunQueryDsl;
use std::net::IpAddr;

/// One change.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Who, if a user did it.
    pub user_id: Option<i64>,
    /// An e-mail address, or the name of the tool that acted.
    pub actor: &'a str,
    /// From where.
    pub address: Option<IpAddr>,
    /// What was done, as `subject.verb`: `integration.created`.
    pub action: &'a str,
    /// What kind of thing was changed.
    pub subject_type: &'a str,
    /// Which one.
    pub subject_id: Option<i64>,
    /// How it was, without secrets; none for something new.
    pub before: Option<serde_json::Value>,
    /// How it is now, without secrets; none for something gone.
    pub after: Option<serde_json::Value>,
    /// The request that asked for it.
    pub request_id: Option<&'a str>,
}

/// Writes an entry.
pub async fn add(connection: &mut Connection, entry: &Entry<'_>) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO audit_log (user_id, actor, address, action, subject_type, subject_id, before, after, request_id)
         VALUES ($1, $2, $3::inet, $4, $5, $6, $7, $8, $9)",
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
    .execute(connection)
    .await?;
    Ok(())
}
