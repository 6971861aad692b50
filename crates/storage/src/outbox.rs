//! Messages that a transaction decided to send. A message for later is a row with a later `available_at`.

use crate::prepared::Prepare;
use crate::{Connection, Result};
use diesel::sql_types::{Array, BigInt, Binary, Double, Integer, Text};
use diesel_async::RunQueryDsl;

/// The name of the queue of work permits, as the broker's topology has it.
pub const WORK_QUEUE: &str = "work";
/// The name of the queue of webhook permits.
pub const WEBHOOKS_QUEUE: &str = "webhooks";
/// The type name of a work permit; its payload is empty.
pub const WORK_PERMIT: &str = "geniacs.messages.v1.WorkPermit";

/// A row of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxId(pub i64);

/// A claimed message. Delete it with its epoch once the broker has it.
#[derive(Debug, diesel::QueryableByName)]
pub struct Claimed {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Where it goes.
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// Its type.
    #[diesel(sql_type = Text)]
    pub type_name: String,
    /// Its bytes.
    #[diesel(sql_type = Binary)]
    pub payload: Vec<u8>,
    /// Its headers: the text of a JSON object of strings. It is read by whoever sends the message, so that one row that
    /// cannot be read does not hold back all that are claimed with it.
    #[diesel(sql_type = Text)]
    pub headers: String,
    /// Raised by every claim, so that a late relay deletes nothing that another has claimed since.
    #[diesel(sql_type = Integer)]
    pub epoch: i32,
}

/// A permit that wakes one worker.
pub async fn add_work_permit(connection: &mut Connection) -> Result<OutboxId> {
    let row: IdRow =
        diesel::sql_query("INSERT INTO outbox (queue, type_name, payload) VALUES ($1, $2, '') RETURNING id")
            .bind::<Text, _>(WORK_QUEUE)
            .bind::<Text, _>(WORK_PERMIT)
            .prepared()
            .get_result(connection)
            .await?;
    Ok(OutboxId(row.id))
}

/// A permit that wakes one worker in `delay_seconds`.
pub async fn add_later_work_permit(connection: &mut Connection, delay_seconds: f64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO outbox (queue, type_name, payload, available_at)
         VALUES ($1, $2, '', geniacs_now() + make_interval(secs => $3))",
    )
    .bind::<Text, _>(WORK_QUEUE)
    .bind::<Text, _>(WORK_PERMIT)
    .bind::<Double, _>(delay_seconds)
    .prepared()
    .execute(connection)
    .await?;
    Ok(())
}

/// Claims messages that are due and have lain for `min_age_seconds`, for 10 s.
pub async fn claim(connection: &mut Connection, min_age_seconds: f64, limit: i64) -> Result<Vec<Claimed>> {
    diesel::sql_query(
        "WITH due AS (SELECT id FROM outbox WHERE available_at <= geniacs_now() - make_interval(secs => $1)
                      AND claimed_until <= geniacs_now() ORDER BY available_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         -- A list instead of a join: it is looked up in the index, whatever the planner expects.
         UPDATE outbox o SET claimed_until = geniacs_now() + interval '10 seconds', epoch = o.epoch + 1
         WHERE o.id = ANY (ARRAY(SELECT id FROM due)) RETURNING o.id, o.queue, o.type_name, o.payload,
                                                                     o.headers::text AS headers, o.epoch",
    )
    .bind::<Double, _>(min_age_seconds)
    .bind::<BigInt, _>(limit)
    .prepared()
    .load(connection)
    .await
}

/// Deletes claimed messages that the broker has confirmed, unless somebody claimed them anew.
pub async fn delete_claimed(connection: &mut Connection, sent: &[(i64, i32)]) -> Result<usize> {
    let (ids, epochs): (Vec<i64>, Vec<i32>) = sent.iter().copied().unzip();
    diesel::sql_query(
        "DELETE FROM outbox o USING unnest($1, $2) AS sent (id, epoch)
         WHERE o.id = ANY ($1) AND o.id = sent.id AND o.epoch = sent.epoch",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Integer>, _>(epochs)
    .prepared()
    .execute(connection)
    .await
}

/// Deletes a message that its own writer published right after the commit.
pub async fn delete_published(connection: &mut Connection, id: OutboxId) -> Result<usize> {
    diesel::sql_query("DELETE FROM outbox WHERE id = $1 AND epoch = 0")
        .bind::<BigInt, _>(id.0)
        .prepared()
        .execute(connection)
        .await
}

#[derive(diesel::QueryableByName)]
struct IdRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}
