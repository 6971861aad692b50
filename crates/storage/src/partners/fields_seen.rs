//! The fields that Geniacs' records were seen to have, for those who write mappings.

use crate::pg_enum::Named;
use crate::schema::sql_types::EntityType as PgEntityType;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use domain::EntityType;
use serde::Serialize;
use serde_json::{Value, json};

/// Fields that are kept of one entity: more than any partner has, and an end to those that invent names.
pub const MAX_FIELDS: usize = 500;
/// Values that are kept of one field.
pub const MAX_VALUES: usize = 20;

/// What a field was seen to hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewField {
    /// Its name, of at most 255 characters.
    pub name: String,
    /// Names of JSON types.
    pub types: Vec<&'static str>,
    /// A few values, without what nobody is to see.
    pub sample_values: Vec<Value>,
}

/// A field as it was seen so far.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct SeenField {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// A list of names of JSON types.
    #[diesel(sql_type = Jsonb)]
    pub types: Value,
    /// A list of values.
    #[diesel(sql_type = Jsonb)]
    pub sample_values: Value,
    /// When it was first seen.
    #[diesel(sql_type = Timestamptz)]
    pub first_seen_at: DateTime<Utc>,
    /// When something new was last seen in it, or a run last met it.
    #[diesel(sql_type = Timestamptz)]
    pub last_seen_at: DateTime<Utc>,
}

/// The statement of [`note`].
pub(crate) fn note_sql() -> String {
    format!(include_str!("fields_seen.note.sql"), MAX_FIELDS = MAX_FIELDS, MAX_VALUES = MAX_VALUES)
}

/// Adds what was seen to what is known.
pub async fn note(
    connection: &mut Connection,
    integration_id: i64,
    entity: EntityType,
    fields: &[NewField],
) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }

    let sql = note_sql();
    diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<PgEntityType, _>(Named(entity))
        .bind::<Jsonb, _>(json!(fields))
        .execute(connection)
        .await?;
    Ok(())
}

/// The fields of an entity, by name.
pub async fn list(connection: &mut Connection, integration_id: i64, entity: EntityType) -> Result<Vec<SeenField>> {
    diesel::sql_query(
        "SELECT name, types, sample_values, first_seen_at, last_seen_at FROM geniacs_fields_seen
         WHERE integration_id = $1 AND entity_type = $2 ORDER BY name",
    )
    .bind::<BigInt, _>(integration_id)
    .bind::<PgEntityType, _>(Named(entity))
    .load(connection)
    .await
}
