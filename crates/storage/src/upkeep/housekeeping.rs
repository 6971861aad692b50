//! The service's own clocked work: each run is done once, by whichever scheduler claims it.

use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Double, Integer, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// A claimed run. It has to be renewed before its time is over, or another scheduler takes it.
#[derive(Debug, Clone)]
pub struct Run {
    /// What is done.
    pub job: String,
    /// Which tick of it.
    pub scheduled_for: DateTime<Utc>,
    claims: i32,
}

#[derive(QueryableByName)]
struct Claims {
    #[diesel(sql_type = Integer)]
    claims: i32,
}

/// Claims a run for `seconds`, unless it or a later one of the same job has been done or is being done.
pub async fn claim(
    connection: &mut Connection,
    job: &str,
    scheduled_for: DateTime<Utc>,
    seconds: f64,
) -> Result<Option<Run>> {
    let claimed: Option<Claims> = diesel::sql_query(
        "INSERT INTO housekeeping_runs AS h (job, scheduled_for, claimed_until)
         SELECT $1, $2, geniacs_now() + make_interval(secs => $3)
         WHERE NOT EXISTS (SELECT FROM housekeeping_runs o WHERE o.job = $1
                           AND (o.scheduled_for > $2
                                OR (o.scheduled_for = $2 AND (o.finished_at IS NOT NULL OR o.claimed_until > geniacs_now()))))
         ON CONFLICT (job, scheduled_for) DO UPDATE SET claimed_until = excluded.claimed_until, claims = h.claims + 1
         WHERE h.finished_at IS NULL AND h.claimed_until <= geniacs_now()
         RETURNING claims",
    )
    .bind::<Text, _>(job)
    .bind::<Timestamptz, _>(scheduled_for)
    .bind::<Double, _>(seconds)
    .get_result(connection)
    .await
    .optional()?;

    Ok(claimed.map(|row| Run { job: job.to_owned(), scheduled_for, claims: row.claims }))
}

/// Keeps a run for `seconds` more. False: another scheduler has it.
pub async fn renew(connection: &mut Connection, run: &Run, seconds: f64) -> Result<bool> {
    let kept = diesel::sql_query(
        "UPDATE housekeeping_runs SET claimed_until = geniacs_now() + make_interval(secs => $4)
         WHERE job = $1 AND scheduled_for = $2 AND claims = $3 AND finished_at IS NULL",
    )
    .bind::<Text, _>(&run.job)
    .bind::<Timestamptz, _>(run.scheduled_for)
    .bind::<Integer, _>(run.claims)
    .bind::<Double, _>(seconds)
    .execute(connection)
    .await?;
    Ok(kept == 1)
}

/// Ends a run for good. False: another scheduler has it.
pub async fn finish(connection: &mut Connection, run: &Run) -> Result<bool> {
    let ended = diesel::sql_query(
        "UPDATE housekeeping_runs SET finished_at = geniacs_now()
         WHERE job = $1 AND scheduled_for = $2 AND claims = $3 AND finished_at IS NULL",
    )
    .bind::<Text, _>(&run.job)
    .bind::<Timestamptz, _>(run.scheduled_for)
    .bind::<Integer, _>(run.claims)
    .execute(connection)
    .await?;
    Ok(ended == 1)
}
