//! The end of a sync that somebody asked for: at once where nobody works on it, else as soon as those who do have come to
//! the end of what they are at.

use super::finish::{Ending, finish, totals};
use super::start_next;
use crate::outbox::OutboxId;
use crate::runs::chunks::Chunk;
use crate::runs::logs;
use crate::{Connection, Result};
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;
use domain::{Counts, EntityType, SyncStatus};

/// What became of a request to end a sync.
#[derive(Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It had ended before, or is not there.
    TooLate,
    /// Its workers end it.
    Soon,
    /// It has ended; the permit is that of the next in line.
    Now(Option<OutboxId>),
}

/// Asks for the end of a sync, and ends it if nobody works on it. Run it inside a transaction.
pub async fn cancel(connection: &mut Connection, id: i64, entity: EntityType) -> Result<Cancelled> {
    // Whoever steps or ends a sync holds its row: from here on, nothing begins.
    let asked: Option<Answer> = diesel::sql_query(
        "UPDATE geniacs_data_sync SET cancel_requested_at = coalesce(cancel_requested_at, geniacs_now())
         WHERE id = $1 AND status IN ('pending', 'processing') RETURNING status = 'processing' AS holds",
    )
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()?;

    match asked {
        None => Ok(Cancelled::TooLate),
        Some(running) if running.holds => {
            let ended = end_cancelled(connection, id, entity).await?;
            Ok(ended.map_or(Cancelled::Soon, |ended| Cancelled::Now(ended.next)))
        }
        // A sync that waits holds nobody up.
        Some(_) => Ok(end(connection, id).await?.map_or(Cancelled::TooLate, |_| Cancelled::Now(None))),
    }
}

/// Ends all syncs of an integration that was just archived. Its lock is held, so none is added. Run it inside a
/// transaction.
pub async fn cancel_all_of(connection: &mut Connection, integration_id: i64) -> Result<()> {
    // Those in line first: the end of a running one would start them.
    let open: Vec<Open> = diesel::sql_query(
        "SELECT id, entity_type::text AS entity_type FROM geniacs_data_sync
         WHERE integration_id = $1 AND status IN ('pending', 'processing') ORDER BY status = 'processing', id",
    )
    .bind::<BigInt, _>(integration_id)
    .load(connection)
    .await?;

    for sync in open {
        let Ok(entity) = sync.entity_type.parse() else { continue };
        cancel(connection, sync.id, entity).await?;
    }
    Ok(())
}

/// A cancelled sync that has ended.
#[derive(Debug)]
pub struct EndedByRequest {
    /// What it did until then.
    pub counts: Counts,
    /// The permit of the next in line.
    pub next: Option<OutboxId>,
}

/// Drops what nobody works on, and ends a cancelled sync that runs unless something of it is under way. The caller holds
/// the sync's lock.
pub async fn end_cancelled(connection: &mut Connection, id: i64, entity: EntityType) -> Result<Option<EndedByRequest>> {
    // A lease that ran out is nobody's: what its worker may still write is refused.
    diesel::sql_query(
        "UPDATE sync_chunks SET state = 'dropped' WHERE sync_id = $1 AND state = 'open'
           AND (worker IS NULL OR available_at <= geniacs_now())",
    )
    .bind::<BigInt, _>(id)
    .execute(connection)
    .await?;

    // The worker whose chunk ends next finds the request, and ends the sync.
    if is_under_way(connection, id).await? {
        return Ok(None);
    }

    let Some((integration_id, counts)) = end(connection, id).await? else { return Ok(None) };
    let next = start_next(connection, integration_id, entity).await?;
    Ok(Some(EndedByRequest { counts, next }))
}

async fn end(connection: &mut Connection, id: i64) -> Result<Option<(i64, Counts)>> {
    let counts = totals(connection, id).await?.counts;
    let archived = is_archived(connection, id).await?;

    let why = if archived { "because its integration was archived," } else { "on request" };
    let message = format!("cancelled {why} after {} records; what they changed stays", counts.read);
    let ending = Ending {
        status: SyncStatus::Cancelled,
        error_type: archived.then(|| "integration_archived".to_owned()),
        error_message: Some(message.clone()),
        last_answer: None,
    };

    if !finish(connection, id, &ending, &counts).await? {
        return Ok(None);
    }
    Ok(Some((log_end(connection, id, &message, &counts).await?, counts)))
}

async fn is_archived(connection: &mut Connection, id: i64) -> Result<bool> {
    let sql = "SELECT i.archived_at IS NOT NULL AS holds FROM geniacs_data_sync s
        JOIN geniacs_integrations i ON i.id = s.integration_id WHERE s.id = $1";
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(id).get_result::<Answer>(connection).await?.holds)
}

async fn log_end(connection: &mut Connection, id: i64, message: &str, counts: &Counts) -> Result<i64> {
    let row: Number = diesel::sql_query("SELECT integration_id AS n FROM geniacs_data_sync WHERE id = $1")
        .bind::<BigInt, _>(id)
        .get_result(connection)
        .await?;

    let entry = logs::Entry {
        level: "warning",
        message: format!("Sync ended: {message}"),
        context: serde_json::to_value(counts).ok(),
        ..logs::Entry::default()
    };
    logs::add(connection, row.n, Some(id), &[entry]).await?;
    Ok(row.n)
}

async fn is_under_way(connection: &mut Connection, id: i64) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM sync_chunks WHERE sync_id = $1 AND state = 'open') AS holds";
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(id).get_result::<Answer>(connection).await?.holds)
}

/// Whether the end of a sync that is under way was asked for. It waits for whoever is asking for it at this moment.
pub async fn is_cancelled(connection: &mut Connection, id: i64) -> Result<bool> {
    let answer: Option<Answer> = diesel::sql_query(
        "SELECT cancel_requested_at IS NOT NULL AS holds FROM geniacs_data_sync WHERE id = $1 AND status = 'processing' FOR SHARE",
    )
    .bind::<BigInt, _>(id)
    .get_result(connection)
    .await
    .optional()?;
    Ok(answer.is_some_and(|answer| answer.holds))
}

/// Drops a chunk that its worker holds. Nothing happens where the lease was lost.
pub async fn drop_held(connection: &mut Connection, chunk: &Chunk) -> Result<()> {
    diesel::sql_query("UPDATE sync_chunks SET state = 'dropped' WHERE id = $1 AND fence = $2 AND state = 'open'")
        .bind::<BigInt, _>(chunk.id)
        .bind::<Integer, _>(chunk.fence)
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    holds: bool,
}

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    entity_type: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
