//! What is told: taken up under a lease, sent outside any transaction, and noted. Whoever dies between sending and noting lets
//! it be sent twice, never not at all.

use super::notice::{COLUMNS, Notice};
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;

/// Attempts after which a delivery is given up.
pub const MOST_ATTEMPTS: i32 = 12;

/// A delivery to be sent, with all that its words need.
#[derive(Debug, Clone, QueryableByName)]
pub struct Due {
    /// Its number, which is the same in every attempt.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Which attempt this is, from 1 on.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// A [`domain::notification::Tells`].
    #[diesel(sql_type = Text)]
    pub tells: String,
    /// A person's address; none for a webhook.
    #[diesel(sql_type = Nullable<Text>)]
    pub address: Option<String>,
    /// Whose rule it is of.
    #[diesel(sql_type = BigInt)]
    pub rule_id: i64,
    /// That rule's name.
    #[diesel(sql_type = Text)]
    pub rule_name: String,
    /// A [`domain::notification::Language`].
    #[diesel(sql_type = Text)]
    pub language: String,
    /// Where a webhook goes, as the rule has it now.
    #[diesel(sql_type = Nullable<Text>)]
    pub url: Option<String>,
    /// What signs it; sealed.
    #[diesel(sql_type = Nullable<Text>)]
    pub signing_secret: Option<String>,
    /// How long nothing may be out of step, where that is the cause.
    #[diesel(sql_type = Integer)]
    pub not_in_step_seconds: i32,
    /// What it tells of.
    #[diesel(embed)]
    pub notice: Notice,
}

/// The statement of [`claim`].
pub(crate) fn claim_sql() -> String {
    format!(include_str!("deliveries.claim.sql"), MOST_ATTEMPTS = MOST_ATTEMPTS, COLUMNS = COLUMNS)
}

/// Takes up to `most` deliveries that are due, each for `lease_seconds`. The end of a notice waits for its beginning.
pub async fn claim(connection: &mut Connection, most: i64, lease_seconds: f64) -> Result<Vec<Due>> {
    diesel::sql_query(claim_sql()).bind::<BigInt, _>(most).bind::<Double, _>(lease_seconds).load(connection).await
}

/// Gives up deliveries whose last attempt came to no end. Returns how many.
pub async fn give_up(connection: &mut Connection) -> Result<usize> {
    diesel::sql_query(format!(
        "UPDATE notice_deliveries SET state = 'failed', ended_at = geniacs_now(), error_code = 'unknown_outcome',
             error_message = 'the last attempt came to no end'
         WHERE id = ANY (ARRAY(
             SELECT id FROM notice_deliveries
             WHERE state = 'waiting' AND available_at <= geniacs_now() AND attempts >= {MOST_ATTEMPTS}
             LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED))"
    ))
    .execute(connection)
    .await
}

/// Notes that the other side has taken a delivery in this attempt. A late note of an attempt whose lease is over changes
/// nothing.
pub async fn note_sent(connection: &mut Connection, id: i64, attempt: i32) -> Result<()> {
    diesel::sql_query(
        "UPDATE notice_deliveries SET state = 'sent', ended_at = geniacs_now(), error_code = NULL, error_message = NULL
         WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
    )
    .bind::<BigInt, _>(id)
    .bind::<Integer, _>(attempt)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes why an attempt failed, and sends again in `again_seconds`. Returns whether that was the last attempt.
pub async fn note_failed(
    connection: &mut Connection,
    id: i64,
    attempt: i32,
    code: &str,
    message: &str,
    again_seconds: f64,
) -> Result<bool> {
    let noted = diesel::sql_query(format!(
        "UPDATE notice_deliveries SET error_code = $3, error_message = left($4, 500),
             available_at = geniacs_now() + make_interval(secs => $5),
             state = CASE WHEN attempts >= {MOST_ATTEMPTS} THEN 'failed' ELSE state END,
             ended_at = CASE WHEN attempts >= {MOST_ATTEMPTS} THEN geniacs_now() END
         WHERE id = $1 AND attempts = $2 AND state = 'waiting'"
    ))
    .bind::<BigInt, _>(id)
    .bind::<Integer, _>(attempt)
    .bind::<Text, _>(code)
    .bind::<Text, _>(message)
    .bind::<Double, _>(again_seconds)
    .execute(connection)
    .await?;

    Ok(attempt >= MOST_ATTEMPTS && noted > 0)
}

/// Lets go of what a rule was to tell and has not told yet: everything, or what goes to other addresses than these. Tests
/// stay.
pub async fn drop_waiting(connection: &mut Connection, rule_id: i64, keep: Option<&[String]>) -> Result<()> {
    diesel::sql_query(
        "UPDATE notice_deliveries SET state = 'dropped', ended_at = geniacs_now()
         WHERE rule_id = $1 AND state = 'waiting' AND tells <> 'test' AND ($2::text[] IS NULL OR NOT address = ANY ($2))",
    )
    .bind::<BigInt, _>(rule_id)
    .bind::<Nullable<Array<Text>>, _>(keep)
    .execute(connection)
    .await?;
    Ok(())
}
