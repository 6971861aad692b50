//! Records of a sync that failed, each with its reason.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;

/// A record that failed.
#[derive(Debug, Clone)]
pub struct NewRecordError {
    /// The local id, if there is one yet.
    pub record_id: Option<i64>,
    /// The Geniacs id, if there is one yet.
    pub geniacs_id: Option<String>,
    /// A stable name of the kind of failure.
    pub error_type: String,
    /// The field that it is about, by its local name where a mapping has it.
    pub field: Option<String>,
    /// What failed, for a person.
    pub message: String,
    /// Whether another try may help.
    pub retryable: bool,
}

/// Adds failures of a chunk, in the transaction that counts them.
pub async fn add(connection: &mut Connection, sync_id: i64, chunk_id: i64, errors: &[NewRecordError]) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }

    diesel::sql_query(
        "INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, geniacs_id, error_type, error_message, retryable, field)
         SELECT $1, $2, u.* FROM unnest($3, $4, $5, $6, $7, $8) u",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<BigInt, _>(chunk_id)
    .bind::<Array<Nullable<BigInt>>, _>(errors.iter().map(|e| e.record_id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(errors.iter().map(|e| e.geniacs_id.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(errors.iter().map(|e| e.error_type.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(errors.iter().map(|e| e.retryable).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(errors.iter().map(|e| e.field.as_deref().unwrap_or_default()).collect::<Vec<_>>())
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct GeniacsId {
    #[diesel(sql_type = Text)]
    geniacs_id: String,
}

/// Records of Geniacs', up to a number of them, that failed in a sync with this kind of failure.
pub async fn pulled_with(
    connection: &mut Connection,
    sync_id: i64,
    error_type: &str,
    limit: i64,
) -> Result<Vec<String>> {
    let rows: Vec<GeniacsId> = diesel::sql_query(
        "SELECT DISTINCT geniacs_id FROM (
             SELECT e.geniacs_id FROM sync_record_errors e
             WHERE e.sync_id = $1 AND e.error_type = $2 AND e.geniacs_id IS NOT NULL ORDER BY e.id LIMIT $3) failed",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Text, _>(error_type)
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.geniacs_id).collect())
}

/// Takes failures of this kind out of a sync's counts, for records of Geniacs' that are applied once more.
pub async fn take_pulled(
    connection: &mut Connection,
    sync_id: i64,
    error_type: &str,
    geniacs_ids: &[&str],
) -> Result<()> {
    diesel::sql_query(
        "WITH taken AS (
             DELETE FROM sync_record_errors WHERE sync_id = $1 AND error_type = $2 AND geniacs_id = ANY ($3)
             RETURNING chunk_id
         ), per_chunk AS (SELECT chunk_id, count(*) AS n FROM taken GROUP BY chunk_id)
         UPDATE sync_chunks c SET records_read = c.records_read - p.n, failed = c.failed - p.n
         FROM per_chunk p WHERE c.id = p.chunk_id",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Text, _>(error_type)
    .bind::<Array<Text>, _>(geniacs_ids)
    .execute(connection)
    .await?;
    Ok(())
}
